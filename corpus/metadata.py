"""What a file's front matter or sidecar states about a document, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import yaml

from corpus.canonical import fold
from corpus.document import Metadata, Source
from corpus.errors import RefusedContent

_TEXT_FIELDS = ("title", "publisher", "author", "process", "place")
_DATE_FIELDS = ("date", "meeting_start", "meeting_end")
FIELDS = (*_TEXT_FIELDS, *_DATE_FIELDS, "language", "url", "round", "sources")

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_].*)?")
_MOST_ROUNDS = 999


@dataclass(frozen=True, slots=True)
class Statement:
    """What someone stated: ``values`` by the names of ``Metadata``'s fields, where None is "said to be unknown"."""

    values: Mapping[str, str | int | tuple[Source, ...] | None]
    warnings: tuple[str, ...] = ()

    def over(self, metadata: Metadata) -> Metadata:
        """Return ``metadata`` with what is stated here in place of what was there, and no longer called guessed."""
        stated: dict[str, Any] = dict(self.values)
        return replace(metadata, **stated, guessed=metadata.guessed - self.values.keys())


def parse(text: str, where: str) -> Statement:
    """Return what the YAML ``text`` states; ``where`` ("its front matter") begins the sentences about it.

    Text that is not YAML, or not a mapping, raises ``RefusedContent``. A field of the wrong type or an impossible
    date is left unknown with a warning. Unknown keys are ignored.
    """
    try:
        # Every scalar stays the text that was written: no octal rounds, no "no" for Norway, no guessed dates.
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes only text, lists and mappings
    except yaml.YAMLError as error:
        raise RefusedContent(f"{where} is not valid YAML ({_place(error)}); correct it and load it again.") from error
    except RecursionError as error:
        raise RefusedContent(f"{where} is nested too deeply to be metadata; correct it.") from error
    if content is None or content == "":
        return Statement({})
    if not isinstance(content, dict):
        raise RefusedContent(f'{where} is not a list of "key: value" lines; correct it and load the file again.')
    return _check(content, where)


def iso_date(text: str) -> str | None:
    """Return ``text`` as YYYY, YYYY-MM or YYYY-MM-DD where it is such a date, real in the calendar; else None."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)


def web_address(text: str) -> str | None:
    """Return ``text`` where it is an http or https address with a host; else None."""
    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc and not re.search(r"[\s<>\"]", text) else None


def _check(content: dict[object, object], where: str) -> Statement:
    values: dict[str, str | int | tuple[Source, ...] | None] = {}
    warnings: list[str] = []
    for name in FIELDS:
        if name not in content:
            continue
        value = content[name]
        if value in ("", "~", "null"):
            values[name] = None
            continue
        checked, problem = _field(name, value)
        if problem is not None:
            warnings.append(f"{where}: {name} {problem}, so it is left out.")
        if checked is not None:
            values[name] = checked
    _order(values, warnings, where)
    return Statement(values, tuple(warnings))


def _field(name: str, value: object) -> tuple[str | int | tuple[Source, ...] | None, str | None]:
    """Return the checked value, None where it is unusable, and the problem with it, None where there is none."""
    if name == "sources":
        return _sources(value)
    if not isinstance(value, str):
        return None, "must be one line of text, not a list or a mapping"
    if name in _TEXT_FIELDS:
        return fold(value) or None, None
    if name in _DATE_FIELDS:
        return iso_date(value), None if iso_date(value) else f'"{value}" is not a date (YYYY-MM-DD, YYYY-MM or YYYY)'
    if name == "language":
        match = _LANGUAGE.fullmatch(value.strip())
        return (match.group(1).lower(), None) if match else (None, f'"{value}" is not a two-letter code such as en')
    if name == "url":
        return web_address(value), None if web_address(value) else f'"{value}" is not an http or https address'
    number = int(value) if re.fullmatch(r"[0-9]{1,3}", value.strip()) else 0
    return (number, None) if 0 < number <= _MOST_ROUNDS else (None, f'"{value}" is not a number of a round')


def _sources(value: object) -> tuple[tuple[Source, ...] | None, str | None]:
    if not isinstance(value, list):
        return None, "must be a list"
    sources = []
    problems = []
    for position, entry in enumerate(value, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("title"), str) or not fold(entry["title"]):
            problems.append(f"entry {position} has no title")
            continue
        given = {name: entry.get(name) for name in ("publisher", "date", "url")}
        fields = {name: text for name, text in given.items() if isinstance(text, str) and text}
        if "date" in fields and iso_date(fields["date"]) is None:
            problems.append(f'entry {position} has a date "{fields.pop("date")}" that is none')
        if "url" in fields and web_address(fields["url"]) is None:
            problems.append(f'entry {position} has an address "{fields.pop("url")}" that is none')
        sources.append(
            Source(
                title=fold(entry["title"]),
                publisher=fold(fields["publisher"]) if "publisher" in fields else None,
                date=iso_date(fields["date"]) if "date" in fields else None,
                url=web_address(fields["url"]) if "url" in fields else None,
            )
        )
    return tuple(sources), "; ".join(problems) or None


def _order(values: dict[str, str | int | tuple[Source, ...] | None], warnings: list[str], where: str) -> None:
    start, end = values.get("meeting_start"), values.get("meeting_end")
    if isinstance(start, str) and isinstance(end, str) and end < start[: len(end)]:
        warnings.append(f"{where}: the meeting ends ({end}) before it starts ({start}), so its end is left out.")
        del values["meeting_end"]


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    return f"{problem}, line {mark.line + 1}" if mark is not None else str(problem)
