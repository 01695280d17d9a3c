"""The rules of folders: what a ``_folder.meta.yaml`` states about every document below it, and about some of them."""

from __future__ import annotations

import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from corpus.encoding import decode
from corpus.errors import RefusedContent
from corpus.folders import below, rules_of
from corpus.keys import is_like, key_of
from corpus.mapping import MOST_CHARACTERS, parse_mapping
from corpus.metadata import Statement, state

_MOST_BYTES = 4 * MOST_CHARACTERS
_MOST_RULES = 500
_LONGEST_PATTERN = 300


def read_statement_text(path: Path, where: str) -> str:
    """Return the text of a sidecar or rules file; one that cannot be read raises ``RefusedContent`` about ``where``."""
    try:
        # Opening a pipe would wait for someone to write to it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise RefusedContent(f"{where} is not a file; put one of text in its place.")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise RefusedContent(f"{where} cannot be opened ({error.strerror}); check who may read it.") from error
    if len(data) > _MOST_BYTES:
        raise RefusedContent(f"{where} is longer than {MOST_CHARACTERS:,} characters; shorten it and load it again.")
    try:
        return decode(data) if data.strip() else ""
    except RefusedContent as error:
        raise RefusedContent(f"{where} is not text; save it as UTF-8 and load it again.") from error


def rules_for(path: Path, root: Path) -> Statement:
    """Return what the folders from ``root`` down to the one that holds ``path`` state about it.

    A rules file states values for every file below its folder, and in ``rules``, a list of mappings, for those whose
    path below the folder fits ``files``: later rules win, and inner folders win over outer ones. A pattern without a
    slash is one of names, at any depth; ``*`` and ``?`` stay within a name, ``**`` takes any number of folders, and
    one that ends in a slash takes all that is below. Case does not count.

    A rules file that cannot be read, or is wrong about more than a single value, raises ``RefusedContent``: what it
    would have said about access is then unknown. Raises ``FolderError`` where ``path`` is not below ``root``.
    """
    found = Statement()
    for file in rules_of(path, root):
        where = f"its folder's {below(file, root).as_posix()}"
        content = parse_mapping(read_statement_text(file, where), where)
        name = _comparable(below(path, file.parent).as_posix())
        for statement in _statements(content, where, name.split("/")):
            found = found.then(statement)
    return found


def fits(path: Sequence[str], pattern: str) -> bool:
    """Say whether the parts of a path below a folder fit ``pattern``, both in the same case; see ``rules_for``."""
    wanted = pattern.replace("\\", "/").removeprefix("./").removeprefix("/").split("/")
    if len(wanted) == 1:
        wanted = ["**", *wanted]
    if wanted[-1] == "":
        wanted[-1] = "**"
    # How much of the pattern may be used up: a set, so that several ** cost no more than one.
    used = _past_stars({0}, wanted)
    for part in path:
        stepped = {
            at if wanted[at] == "**" else at + 1
            for at in used
            if at < len(wanted) and (wanted[at] == "**" or fnmatchcase(part, wanted[at]))
        }
        used = _past_stars(stepped, wanted)
    return len(wanted) in used


def _past_stars(used: set[int], wanted: Sequence[str]) -> set[int]:
    """Return ``used`` with the places that are reached by letting each ** stand for no folder."""
    reached = set(used)
    for at in range(len(wanted)):
        if at in reached and wanted[at] == "**":
            reached.add(at + 1)
    return reached


def _statements(content: Mapping[str, Any], where: str, path: Sequence[str]) -> Iterator[Statement]:
    """Yield what one rules file states about the file at ``path``, in the order in which the later wins."""
    for key in content:
        if key != "rules" and key_of(key) is None and is_like(key, "rules"):
            raise RefusedContent(f'{where} has a key "{key[:60]}", which may mean rules; correct it.')
    yield state(content, where, may_label=True, besides=("rules",))
    rules = content.get("rules", [])
    if rules == "":
        return
    if not isinstance(rules, list) or len(rules) > _MOST_RULES:
        raise RefusedContent(f"{where} must have a list of at most {_MOST_RULES} rules; correct it.")
    for number, rule in enumerate(rules, start=1):
        pattern = rule.get("files") if isinstance(rule, dict) else None
        if not isinstance(pattern, str) or not 0 < len(pattern.strip()) <= _LONGEST_PATTERN:
            raise RefusedContent(f'{where} has a rule {number} that does not say its "files"; correct it.')
        # Each rule is checked, whether or not it is about this file: a misspelt one is every file's concern.
        statement = state(rule, f"rule {number} of {where}", may_label=True, besides=("files",))
        if fits(path, _comparable(pattern.strip())):
            yield statement


def _comparable(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
