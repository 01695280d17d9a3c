"""The provenance of the starter briefings: every paragraph names the facts of a sheet that it rests on.

A briefing is Markdown with YAML front matter. Before each paragraph, list or table of its body stands one comment,
``<!-- facts: R08-dates C01 -->``, with ids of facts and conflicts. The sheet is YAML with ``rounds``, ``background``
and ``conflicts``. Run as ``python -m corpus.provenance SHEET [FOLDER]``.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCUMENTS = Path(__file__).parent / "documents"
WORDS_LEAST, WORDS_MOST = 80, 700
EXPECTED_FIELDS = frozenset({"dates", "city", "participants", "agenda", "outcomes"})
REQUIRED_KEYS = ("id", "title", "publisher", "date", "language")
FRONT_MATTER = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)
COMMENT = re.compile(r"<!-- facts: ((?:\S+ )+)-->\s*")
BLOCKS = {
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "blockquote_open": "block quotation",
}
USAGE_ERROR = 2


class SheetError(Exception):
    """The sheet of facts cannot be read, or is not of the expected shape."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of the sheet: ``item`` is the round or topic it belongs to, ``sources`` titles of pages."""

    id: str
    item: str
    field: str
    confidence: str
    sources: frozenset[str]

    @property
    def seen(self) -> bool:
        """Whether a page says so, rather than somebody's memory."""
        return self.confidence == "seen"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of facts.

    ``facts`` by their ids; ``conflicts`` maps ids to the titles of the pages that disagree; ``items`` maps the ids of
    rounds and topics to what their front matter has to say (``round``, ``place``, ``meeting_start``, ``meeting_end``;
    nothing for a topic).
    """

    facts: Mapping[str, Fact]
    conflicts: Mapping[str, frozenset[str]]
    items: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in one briefing, in one sentence without a full stop."""

    file: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """One briefing as checked.

    ``words`` counts headings and body; ``used`` are the ids of known facts and conflicts it names, ``unused`` the
    seen facts of its item that a briefing is expected to use and this one does not, in the order of the sheet.
    """

    file: str
    id: str
    words: int
    used: frozenset[str]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found, in the order of the files' names."""

    briefings: tuple[Briefing, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A block of a briefing's body with the ids its comment names; None where it has no comment."""

    kind: str
    line: int
    lines: int
    ids: tuple[str, ...] | None


def load_sheet(path: Path) -> Sheet:
    """The sheet in a YAML file. Raises SheetError where it is missing, not YAML, or not a sheet."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SheetError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise SheetError(f"{path} is not YAML") from error
    try:
        return _sheet(raw)
    except (AttributeError, KeyError, TypeError) as error:
        raise SheetError(f"{path} is not a sheet of facts: {error}") from error


def _sheet(raw: Mapping[str, Any]) -> Sheet:
    facts: dict[str, Fact] = {}
    items: dict[str, Mapping[str, str]] = {}
    for entry in raw["rounds"]:
        items[entry["id"]] = {
            "round": str(entry["number"]),
            "place": entry["city"],
            "meeting_start": str(entry["start_date"]),
            "meeting_end": str(entry["end_date"]),
        }
        for listed in entry["facts"].values():
            facts |= _facts(entry["id"], listed)
    for entry in raw["background"]:
        items[entry["id"]] = {}
        facts |= _facts(entry["id"], entry["facts"])
    conflicts = {
        conflict["id"]: frozenset().union(*(_titles(position["source"]) for position in conflict["positions"]))
        for conflict in raw["conflicts"]
    }
    return Sheet(MappingProxyType(facts), MappingProxyType(conflicts), MappingProxyType(items))


def _facts(item: str, listed: Sequence[Mapping[str, Any]]) -> dict[str, Fact]:
    return {
        entry["id"]: Fact(entry["id"], item, entry["field"], entry["confidence"], _titles(entry["source"]))
        for entry in listed
    }


def _titles(sources: object) -> frozenset[str]:
    """Titles with runs of spaces made one; empty where the sheet has a remark in place of sources."""
    if not isinstance(sources, list):
        return frozenset()
    return frozenset(" ".join(str(source["title"]).split()) for source in sources)


def check(sheet: Sheet, folder: Path) -> Report:
    """Check the briefings (``*.md``) of a folder, or one briefing where a file is given, against a sheet."""
    files = [folder] if folder.is_file() else sorted(folder.glob("*.md"))
    briefings: list[Briefing] = []
    problems: list[Problem] = []
    for file in files:
        briefing, sentences = check_text(sheet, file.name, file.read_text(encoding="utf-8"))
        if briefing is not None:
            briefings.append(briefing)
        problems.extend(Problem(file.name, sentence) for sentence in sentences)
    return Report(tuple(briefings), tuple(problems))


def check_text(sheet: Sheet, name: str, text: str) -> tuple[Briefing | None, tuple[str, ...]]:
    """Check one briefing's text under its file name; None where its front matter cannot be read."""
    matched = FRONT_MATTER.match(text)
    if matched is None:
        return None, ("it has no front matter",)
    try:
        front = yaml.safe_load(matched[1])
    except yaml.YAMLError:
        return None, ("its front matter is not YAML",)
    if not isinstance(front, dict) or front.get("id") not in sheet.items:
        return None, ("its front matter has no id of the sheet",)
    identifier = str(front["id"])
    tokens = MarkdownIt("commonmark").enable("table").parse(matched[2])
    parts, sentences = _parts(tokens, first_line=1 + text.count("\n", 0, matched.start(2)))
    named = frozenset(id_ for part in parts for id_ in part.ids or ())
    used = frozenset(id_ for id_ in named if id_ in sheet.facts or id_ in sheet.conflicts)
    words = sum(len(token.content.split()) for token in tokens if token.type == "inline")
    sentences += [
        *_front_problems(sheet, name, front),
        *_part_problems(sheet, parts),
        *_whole_problems(sheet, identifier, used, words),
        *_source_problems(sheet, front.get("sources"), used),
    ]
    unused = tuple(
        fact.id
        for fact in sheet.facts.values()
        if fact.item == identifier and fact.seen and fact.field in EXPECTED_FIELDS and fact.id not in used
    )
    return Briefing(name, identifier, words, used, unused), tuple(sentences)


def _parts(tokens: Iterable[Token], first_line: int) -> tuple[list[_Part], list[str]]:
    """The blocks of a body in order, and what is wrong with its comments; lines count from 1 in the file."""
    parts: list[_Part] = []
    sentences: list[str] = []
    pending: tuple[int, tuple[str, ...]] | None = None
    for token in tokens:
        if token.level > 0 or token.map is None:
            continue
        line = first_line + token.map[0]
        if token.type in BLOCKS:
            parts.append(
                _Part(BLOCKS[token.type], line, token.map[1] - token.map[0], None if pending is None else pending[1])
            )
            pending = None
            continue
        if pending is not None:
            sentences.append(f"line {pending[0]}: a facts comment stands before no paragraph or list")
            pending = None
        if token.type == "html_block":
            matched = COMMENT.fullmatch(token.content)
            if matched is None:
                sentences.append(f"line {line}: this is not a facts comment")
            else:
                pending = (line, tuple(matched[1].split()))
        elif token.type not in ("heading_open", "inline"):
            sentences.append(f"line {line}: unexpected {token.type}")
    if pending is not None:
        sentences.append(f"line {pending[0]}: a facts comment stands before no paragraph or list")
    return parts, sentences


def _front_problems(sheet: Sheet, name: str, front: Mapping[str, Any]) -> Iterator[str]:
    if not name.startswith(f"{front['id']}-"):
        yield f"the file's name does not begin with {front['id']}-"
    for key in REQUIRED_KEYS:
        if not front.get(key):
            yield f"its front matter has no {key}"
    for key, value in sheet.items[front["id"]].items():
        if str(front.get(key)) != value:
            yield f"its front matter has {key} {front.get(key)}, the sheet {value}"


def _part_problems(sheet: Sheet, parts: Iterable[_Part]) -> Iterator[str]:
    for part in parts:
        if part.kind == "paragraph" and part.lines > 1:
            yield f"line {part.line}: a paragraph is more than one line"
        if part.ids is None:
            yield f"line {part.line}: a {part.kind} has no facts comment"
        for id_ in part.ids or ():
            if id_ in sheet.conflicts:
                continue
            if id_ not in sheet.facts:
                yield f"line {part.line}: {id_} is not in the sheet"
            elif not sheet.facts[id_].seen:
                yield f"line {part.line}: {id_} is {sheet.facts[id_].confidence}, not seen"


def _whole_problems(sheet: Sheet, identifier: str, used: frozenset[str], words: int) -> Iterator[str]:
    if not any(id_ in sheet.facts and sheet.facts[id_].item == identifier for id_ in used):
        yield f"it uses no fact of {identifier}"
    if not WORDS_LEAST <= words <= WORDS_MOST:
        yield f"it has {words} words, not {WORDS_LEAST} to {WORDS_MOST}"


def _source_problems(sheet: Sheet, listed: object, used: frozenset[str]) -> Iterator[str]:
    """Each source of the facts used has to be listed; sources of conflicts may be; no others."""
    if not isinstance(listed, list) or not all(isinstance(entry, dict) and entry.get("title") for entry in listed):
        yield "its front matter has no list of sources with titles"
        return
    empty: frozenset[str] = frozenset()
    titles = _titles(listed)
    required = empty.union(*(sheet.facts[id_].sources for id_ in used if id_ in sheet.facts))
    allowed = required.union(*(sheet.conflicts[id_] for id_ in used if id_ in sheet.conflicts))
    for title in sorted(required - titles):
        yield f"its sources lack {title!r}"
    for title in sorted(titles - allowed):
        yield f"its source {title!r} is none of the facts it uses"


def _print_report(report: Report) -> None:
    for problem in report.problems:
        print(f"{problem.file}: {problem.sentence}")
    for briefing in report.briefings:
        unused = ", ".join(briefing.unused) or "none"
        print(f"{briefing.file}: {briefing.words} words, {len(briefing.used)} facts and conflicts; unused: {unused}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check briefings and print what was found: 0 all well, 1 problems; usage errors leave with 2."""
    parser = argparse.ArgumentParser(prog="python -m corpus.provenance", description=__doc__.splitlines()[0])
    parser.add_argument("sheet", metavar="SHEET", type=Path, help="the YAML file of facts")
    parser.add_argument(
        "folder", metavar="FOLDER", type=Path, nargs="?", default=DOCUMENTS, help="the briefings, or one of them"
    )
    options = parser.parse_args(arguments)
    if not options.folder.exists():
        print(f"{options.folder} does not exist", file=sys.stderr)
        return USAGE_ERROR
    try:
        sheet = load_sheet(options.sheet)
    except SheetError as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    report = check(sheet, options.folder)
    _print_report(report)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
