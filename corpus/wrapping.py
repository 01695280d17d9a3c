"""Putting together lines that a page or a mail program broke: which breaks are meant, what a hyphen at one means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_CUT_WORD = re.compile(r"\w+[-\ufffe\u00ad\u2010]\n\s*\w+")
_LAST_PART = re.compile(r"(\w+)[-\ufffe\u00ad\u2010]$")
_FIRST_PART = re.compile(r"\w+")
# A line this much shorter than it had to be was ended on purpose.
_SLACK = 0.75
_LEAST_WIDTH = 50


def vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of ``texts``, lower-cased, compounds both whole and in their parts; not what a line cut."""
    words: set[str] = set()
    for text in texts:
        for word in _WORD.findall(_CUT_WORD.sub("\n", text.lower())):
            words.add(word)
            words.update(word.split("-"))
    return frozenset(words)


def join_lines(lines: Sequence[str], words: frozenset[str]) -> str:
    """Return ``lines`` as one line.

    A hyphen at a line's end (a hyphen, a soft one, or PDFium's U+FFFE) is kept or dropped as the document itself
    writes the word elsewhere (``words``). After a slash no blank is put.
    """
    joined = ""
    for line in lines:
        line = line.strip()
        if not joined or not line:
            joined = joined or line
            continue
        joined = _joined(joined, line, words)
    # A mark that ended no line has nothing to join.
    return joined.replace("\ufffe", "-")


def _joined(before: str, after: str, words: frozenset[str]) -> str:
    if before.endswith("/") and not before.endswith(" /"):
        return before + after
    first = _LAST_PART.search(before)
    second = _FIRST_PART.match(after)
    if first is None or second is None:
        return f"{before} {after}"
    head, tail = first.group(1), second.group()
    if _is_broken_word(head.lower(), tail.lower(), words, before[-1]):
        return before[:-1] + after
    return f"{before[:-1]}-{after}"


def _is_broken_word(head: str, tail: str, words: frozenset[str], mark: str) -> bool:
    """Say whether ``head`` and ``tail`` are one word that the line's end cut, rather than a compound."""
    if head + tail in words:
        return True
    if f"{head}-{tail}" in words or tail[0].isdigit() or head[-1].isdigit():
        return False
    if mark in "-\u2010":
        # A plain hyphen in running text is more often meant; only a word that is nowhere else is worth a guess.
        return head not in words and tail not in words
    return not (head in words and tail in words)


def is_meant_break(line: str, following: str, width: int) -> bool:
    """Say whether the break after ``line`` was made by a person: the next word would have fitted into ``width``."""
    following = following.lstrip()
    if width < _LEAST_WIDTH or not following or following[0].islower():
        return False
    return len(line.rstrip()) + 1 + len(following.split(None, 1)[0]) < width * _SLACK
