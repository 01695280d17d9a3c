"""Putting together lines that a page or a mail program broke: which breaks are meant, what a hyphen at one means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
# A hyphen, PDFium's mark for one at a line's end, a soft hyphen, the Unicode hyphen.
_HYPHENS = "-\ufffe\u00ad\u2010"
# Looked for from the start of a word alone: else a long run of letters would be gone through from each of them.
_CUT_WORD = re.compile(rf"(?<!\w)(\w+)[{_HYPHENS}]\n\s*(\w+)")
_LAST_PART = re.compile(rf"(?<!\w)(\w+)[{_HYPHENS}]$")
_FIRST_PART = re.compile(r"\w+")
# What closes a text that may be a whole one, with what may stand behind it; and a point that is an abbreviation's.
_CLOSED = re.compile(r"[.!?:;…؟؛۔][\"'”’»)\]\s]*$")
_ABBREVIATED = re.compile(r"(?:\b[^\W\d_]|\b(?:Mr|Mrs|Dr|No|Nos|Art|vol|pp|ст|им|гг|стр|рис))\.$")
_OPENING = "\"'“‘«([ "
# A text whose lines end in a hyphen oftener than this, and more than once or twice, was hyphenated to fill its lines.
_HYPHENATED = 0.02
_LEAST_CUTS = 3
# A line this much shorter than it had to be was ended on purpose.
_SLACK = 0.75
_LEAST_WIDTH = 50
# In characters: as much of a text's end as is looked at for a cut word.
_LONGEST_WORD = 200


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a document itself writes its words, which decides about a hyphen at a line's end.

    ``words`` are lower-cased, compounds both whole and in their parts; ``is_hyphenated`` says that words were cut to
    fill the lines, rather than only compounds broken at the hyphens they have.
    """

    words: frozenset[str]
    is_hyphenated: bool = False

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Return the spelling of ``texts``, whose lines end as they do in print."""
        words: set[str] = set()
        cuts: list[tuple[str, str]] = []
        lines = 0
        for text in texts:
            lines += text.count("\n") + 1
            cuts += _CUT_WORD.findall(text.lower())
            for word in _WORD.findall(_CUT_WORD.sub("\n", text.lower())):
                words.add(word)
                words.update(word.split("-"))
        soft = sum(head + tail in words for head, tail in cuts)
        hard = sum(f"{head}-{tail}" in words for head, tail in cuts)
        return cls(frozenset(words), soft > hard or (len(cuts) >= _LEAST_CUTS and len(cuts) > _HYPHENATED * lines))

    def join(self, lines: Sequence[str]) -> str:
        """Return ``lines`` as one line; after a slash no blank is put."""
        return "".join(self.join_parts([lines]))

    def join_parts(self, parts: Sequence[Sequence[str]]) -> list[str]:
        """Return the lines of each of ``parts`` as one text, such that the texts together are all lines as one line.

        A blank between two parts is at the end of the first, where a hyphen is missing that a cut word had.
        """
        pieces: list[str] = []
        length = 0
        ending = ""
        starts: list[int | None] = []
        for lines in parts:
            start = None
            for line in filter(None, map(str.strip, lines)):
                is_cut, between = self._joint(ending, line) if pieces else (False, "")
                if is_cut:
                    pieces[-1] = pieces[-1][:-1]
                    ending = ending[:-1]
                pieces += [between, line]
                length += len(between) + len(line) - is_cut
                ending = f"{ending}{between}{line}"[-_LONGEST_WORD:]
                start = length - len(line) if start is None else start
            starts.append(start)
        # A mark that ended no line has nothing to join.
        joined = "".join(pieces).replace("\ufffe", "-")
        texts = []
        end = len(joined)
        for start in reversed(starts):
            # A part without text starts where the next one does.
            texts.append(joined[end if start is None else start : end])
            end = end if start is None else start
        return texts[::-1]

    def _joint(self, before: str, after: str) -> tuple[bool, str]:
        """Return whether the hyphen that ends ``before`` goes, and what then stands between the two lines."""
        if before.endswith("/") and not before.endswith(" /"):
            return False, ""
        head, tail = _LAST_PART.search(before), _FIRST_PART.match(after)
        if head is None or tail is None:
            return False, " "
        return True, "" if self._is_one_word(head.group(1), tail.group()) else "-"

    def _is_one_word(self, head: str, tail: str) -> bool:
        """Say whether ``head`` and ``tail`` are one word that a line's end cut, rather than a compound."""
        head, tail, is_name = head.lower(), tail.lower(), tail[0].isupper()
        if head + tail in self.words:
            return True
        is_compound = f"{head}-{tail}" in self.words or (head in self.words and tail in self.words)
        if is_compound or is_name or len(head) == 1 or head[-1].isdigit() or tail[0].isdigit():
            return False
        return self.is_hyphenated or (head not in self.words and tail not in self.words)


def goes_on(before: str, after: str) -> bool | None:
    """Say whether the paragraph that ``before`` ends with at the end of a page or column goes on with ``after``.

    Where neither a cut word, punctuation nor case tells it, None: there only how the lines stand can.
    """
    before, after = before.rstrip(), after.lstrip(_OPENING)
    if _LAST_PART.search(before[-_LONGEST_WORD:]) and _FIRST_PART.match(after):
        return True
    is_closed = _CLOSED.search(before) is not None and not _ABBREVIATED.search(before)
    if after[:1].islower():
        return None if is_closed else True
    return False if is_closed else None


def is_meant_break(line: str, following: str, width: int) -> bool:
    """Say whether the break after ``line`` was made by a person: the next word would have fitted into ``width``."""
    following = following.lstrip()
    if width < _LEAST_WIDTH or not following or following[0].islower():
        return False
    return len(line.rstrip()) + 1 + len(following.split(None, 1)[0]) < width * _SLACK
