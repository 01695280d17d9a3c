"""Input that is made to reach code that no input reached before, with Atheris where that is installed.

    python -m tests.soak.guided TARGET SECONDS

It ends with 0 where nothing broke in so many seconds; else libFuzzer says with what input. ``pip install atheris`` is
needed, which has wheels for Linux and CPython 3.11 to 3.13.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak.findings import Findings
from tests.soak.process import python

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS = ("html", "updates", "stated", "markdown")
_GRACE = 120.0
_SEEDS = {
    "html": ["<b>&amp;</b>", "Стороны & <договорились>", "\u202ea\u2069"],
    "updates": ['{"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}}'],
    "stated": ["title: A\ndate: 2018-05-14\nround: 8\nlanguage: en\n", "sources: [{title: a, url: 'https://a.b'}]\n"],
    "markdown": ["---\ntitle: A\n---\n# Heading\n\nText [link](x).\n\n| a | b |\n|---|---|\n| c | d |\n\n> quoted\n"],
}


def run(seconds: float, folder: Path) -> Findings:
    """Each target in a process of its own; none where Atheris is not installed."""
    findings = Findings("guided")
    if importlib.util.find_spec("atheris") is None:
        findings.count("atheris", "not installed, nothing was tried")
        return findings
    for target in TARGETS:
        corpus = folder / target
        corpus.mkdir(parents=True)
        for number, seed in enumerate(_SEEDS[target]):
            (corpus / f"seed-{number}").write_text(seed, encoding="utf-8")
        command = python("tests.soak.guided", target, seconds, corpus)
        root = Path(__file__).parents[2]
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, errors="replace", timeout=seconds + _GRACE, check=False
        )
        lines = done.stderr.splitlines()
        tried = next((line for line in reversed(lines) if line.startswith("Done ")), "stopped")
        findings.count(target, f"{tried}; {len(list(corpus.iterdir()))} inputs that reach something new")
        if done.returncode:
            said = done.stdout[-1500:] + "\n".join(lines[-12:])
            findings.problems.append(f"{target}: ended with {done.returncode}: {said}")
    return findings


def _check_of(target: str) -> Callable[[bytes], None]:
    """What is tried on bytes, with all that it calls instrumented."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(
        include=["corpus", "bot.running.readable", "bot.messages.rendering", "bot.messages.lengths"]
    ):
        from bot.local.markup import parse_html
        from bot.messages.lengths import short, utf16_length
        from bot.messages.rendering import html
        from bot.running.readable import readable
        from corpus.errors import CorpusError
        from corpus.metadata import parse
        from corpus.reading import read_file

    memory = Path("/dev/shm")  # noqa: S108 - a folder with a name of its own is made below it
    path = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None)) / "note.md"

    def show(data: bytes) -> None:
        text = data.decode("utf-8", "ignore")
        assert parse_html(html(text)).text == text
        assert utf16_length(short(text, 50)) <= 50

    def update(data: bytes) -> None:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict):
            readable("getUpdates", [value | {"update_id": 1}], None)  # type: ignore[arg-type]

    def state(data: bytes) -> None:
        try:
            parse(data.decode("utf-8", "replace"), "its front matter", may_label=True)
        except CorpusError as error:
            assert "\n" not in str(error)

    def read(data: bytes) -> None:
        path.write_bytes(data)
        try:
            read_file(path, path.parent)
        except CorpusError as error:
            assert "\n" not in str(error)

    return {"html": show, "updates": update, "stated": state, "markdown": read}[target]


def main() -> None:
    """Try one target; libFuzzer ends the process."""
    atheris = importlib.import_module("atheris")
    _, target, seconds, corpus = sys.argv
    logging.disable(logging.CRITICAL)
    check = _check_of(target)
    options = [f"-max_total_time={float(seconds):.0f}", "-timeout=20", "-rss_limit_mb=3000", "-max_len=4096"]
    artifacts = f"-artifact_prefix={corpus}-"
    atheris.Setup([sys.argv[0], *options, artifacts, corpus], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
