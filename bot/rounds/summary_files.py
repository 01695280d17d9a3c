"""A whole round summary as a file: a page that needs nothing else, or a PDF. Both block: call them off the loop."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import typst
from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rounds.summary_sheet import Sheet

_TEMPLATES = "templates"


def page(sheet: Sheet) -> bytes:
    """A summary as one HTML file without scripts, which asks no other computer for anything."""
    return _environment().get_template("summary.html").render(asdict(sheet)).encode()


@cache
def _environment() -> Environment:
    environment = Environment(loader=PackageLoader("bot", _TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["is_address"] = is_address
    return environment


def is_address(link: str) -> bool:
    """Whether a document's address may be a link, which it may not where it is a script."""
    return re.match(r"https?://", link) is not None


def pdf(sheet: Sheet, at: datetime) -> bytes:
    """A summary as a tagged PDF with its fonts in it, made at ``at``."""
    with as_file(files("bot") / _TEMPLATES / "summary.typ") as template:
        content = typst.compile(
            Path(template),
            font_paths=[fonts()],
            sys_inputs={"sheet": json.dumps(asdict(sheet), ensure_ascii=False)},
            timestamp=int(at.timestamp()),
        )
    # Readers of a file that is bound on the right take every line of it to run from right to left, Latin ones too.
    return content.replace(b"/ViewerPreferences<</Direction/R2L>>", b"/ViewerPreferences<</Direction/L2R>>")


def fonts() -> Path:
    """The folder with DejaVu Sans, which has the letters of all six languages."""
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
