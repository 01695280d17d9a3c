"""Tokens of a Unigram vocabulary (Kudo, 2018), read from files that stay on the disk.

A text is normalised, cut into words, and each word into the pieces whose log-probabilities have the greatest sum, which
Viterbi's algorithm finds. The pieces are held in a trie and their scores in an array; both are mapped into memory, so
that opening them reads nothing and only the pages that are used are ever loaded. ``retrieval.encoders.tokenizer``
writes them.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import marisa_trie
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Span = tuple[int, int]
Found = tuple[tuple[int, ...], tuple[Span, ...]]

MARK = "\u2581"
TRIE, SCORES, PIECES, REST = "pieces.marisa", "scores.npy", "ids.npy", "rest.json"
FORM = 1
_ONE_OF_EACH = re.compile(" +|[^ ]")
_MARKED = re.compile(f"{MARK}[^{MARK}]*")
_OWN: Span = (0, 0)
_BEFORE: Span = (-1, 0)
# A cached word takes some 800 bytes with its tokens, so all of them some 16 MB at most.
_WORDS = 20_000
_LONGEST_CACHED = 40

# Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12).
_SYLLABLES, _LEADS, _VOWELS, _TAILS = 0xAC00, 0x1100, 0x1161, 0x11A7
_LEAD_COUNT, _VOWEL_COUNT, _TAIL_COUNT = 19, 21, 28
_SYLLABLE_COUNT = _LEAD_COUNT * _VOWEL_COUNT * _TAIL_COUNT


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as a model reads it.

    ``ids`` has the model's own tokens around the text's. ``spans`` are (start, end) in code points of the text, one for
    each of ``ids``: (0, 0) for the model's own.
    """

    ids: list[int]
    spans: list[Span]


class Normaliser:
    """Unicode's normal form KC (UAX #15) with where each character comes from, after some characters were replaced.

    The tables are those of the library that a tokenizer was made with, not those of the running Python: the two follow
    different versions of Unicode. They hold, as one-character strings, ``replaced`` (by one character or by nothing,
    before all else), ``decomposed`` (in full), ``ranks`` (by combining class, none for starters), ``composed`` (by the
    two characters that it is composed of) and ``touched`` (all that may be other in a normalised text).
    """

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._replaced: dict[str, str] = tables["replaced"]
        self._decomposed: dict[str, str] = tables["decomposed"]
        self._ranks = {char: rank for rank, chars in enumerate(tables["ranks"], 1) for char in chars}
        self._composed: dict[str, str] = tables["composed"]
        self.touched = frozenset(tables["touched"])

    def leaves(self, text: str) -> bool:
        """Whether ``text`` is sure to be normalised already."""
        return self.touched.isdisjoint(text)

    def normalise(self, text: str) -> tuple[str, list[Span]]:
        """The normalised text, and for each of its characters the code points of ``text`` that it is laid to.

        These are the places that the library gives: a character composed of several has that of the first, each of
        several that one became has that one's, and a character at the very front that came out of the reordering of
        marks has (0, 0).
        """
        chars, places = [], []
        for index, char in enumerate(text):
            char = self._replaced.get(char, char)
            if char:
                chars.append(char)
                places.append((index, index + 1))
        parts = self._compose(self._order(chars))
        return "".join(char for char, _ in parts), _follow(parts, places)

    def _decompose(self, char: str) -> str:
        index = ord(char) - _SYLLABLES
        if not 0 <= index < _SYLLABLE_COUNT:
            return self._decomposed.get(char, char)
        index, tail = divmod(index, _TAIL_COUNT)
        lead, vowel = divmod(index, _VOWEL_COUNT)
        return chr(_LEADS + lead) + chr(_VOWELS + vowel) + (chr(_TAILS + tail) if tail else "")

    def _order(self, chars: Sequence[str]) -> list[tuple[str, int]]:
        """Decomposed characters, marks in the order of their classes, each with how many more it is (0 or 1)."""
        parts: list[tuple[str, int]] = []
        settled = 0
        for char in chars:
            for more, part in enumerate(self._decompose(char)):
                if part not in self._ranks:
                    self._sort(parts, settled)
                    settled = len(parts) + 1
                parts.append((part, min(more, 1)))
        self._sort(parts, settled)
        return parts

    def _sort(self, parts: list[tuple[str, int]], start: int) -> None:
        if len(parts) > start + 1:
            parts[start:] = sorted(parts[start:], key=lambda part: self._ranks[part[0]])

    def _compose(self, parts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
        """Join to each starter what it composes with and nothing blocks, counting the characters that get fewer."""
        done: list[tuple[str, int]] = []
        starter, last = -1, 0
        for char, more in parts:
            rank = self._ranks.get(char, 0)
            if starter >= 0 and last < rank:
                joined = self._join(done[starter][0], char)
                if joined is not None:
                    done[starter] = (joined, done[starter][1] + more - 1)
                    continue
            if rank == 0:
                starter, last = len(done), -1
            else:
                last = rank
            done.append((char, more))
        return done

    def _join(self, first: str, second: str) -> str | None:
        joined = self._composed.get(first + second)
        if joined is not None:
            return joined
        lead, vowel = ord(first) - _LEADS, ord(second) - _VOWELS
        if 0 <= lead < _LEAD_COUNT and 0 <= vowel < _VOWEL_COUNT:
            return chr(_SYLLABLES + (lead * _VOWEL_COUNT + vowel) * _TAIL_COUNT)
        syllable, tail = ord(first) - _SYLLABLES, ord(second) - _TAILS
        if 0 <= syllable < _SYLLABLE_COUNT and syllable % _TAIL_COUNT == 0 and 0 < tail < _TAIL_COUNT:
            return chr(ord(first) + tail)
        return None


def _follow(parts: Sequence[tuple[str, int]], places: Sequence[Span]) -> list[Span]:
    """Lay each part to a place: one more to that before it, others to the next, passing over as many as got fewer."""
    followed = []
    position = 0
    for _, more in parts:
        if more > 0:
            followed.append(places[position - 1] if position else _OWN)
        else:
            followed.append(places[position])
            position += 1 - more
    return followed


class Unigram:
    """The most probable pieces of a word; mapped files of ``folder`` hold the pieces and their float64 scores."""

    def __init__(self, folder: Path, unknown: int, unknown_score: float, longest: int) -> None:
        self._trie = marisa_trie.Trie().mmap(str(folder / TRIE))
        # A view of the mapped array gives Python's numbers, several times as fast as NumPy gives its own.
        self._scores = memoryview(np.load(folder / SCORES, mmap_mode="r"))
        self._pieces = memoryview(np.load(folder / PIECES, mmap_mode="r"))
        self._unknown = unknown
        self._unknown_score = unknown_score
        self._longest = longest

    def segment(self, word: str) -> list[tuple[int, int]]:
        """The pieces of ``word`` in order: the id of each and the index at which it ends.

        Of paths with the same score that found first is kept, going through the starts from the left and at each
        through the pieces from the shortest. A character that is no piece is unknown, at 10 below the lowest score;
        unknown characters in a row are one piece.
        """
        path = self._path(word)
        found: list[tuple[int, int]] = []
        start = 0
        for (piece, end), (following, _) in pairwise([*path, (-1, 0)]):
            if piece == self._unknown:
                if following == self._unknown:
                    continue
                key = self._trie.get(word[start:end])
                piece = piece if key is None else self._pieces[key]
            found.append((piece, end))
            start = end
        return found

    def _path(self, word: str) -> list[tuple[int, int]]:
        size = len(word)
        best = [0.0] + [-math.inf] * size
        starts = [0] * (size + 1)
        keys = [-1] * (size + 1)
        find, scores = self._trie.iter_prefixes_with_ids, self._scores
        for start in range(size):
            so_far = best[start]
            known = False
            for piece, key in find(word[start : start + self._longest]):
                length = len(piece)
                known = known or length == 1
                score = so_far + scores[key]
                if score > best[start + length]:
                    best[start + length], starts[start + length], keys[start + length] = score, start, key
            if not known and so_far + self._unknown_score > best[start + 1]:
                best[start + 1], starts[start + 1], keys[start + 1] = so_far + self._unknown_score, start, -1
        path = []
        end = size
        while end:
            path.append((self._unknown if keys[end] < 0 else self._pieces[keys[end]], end))
            end = starts[end]
        return path[::-1]


class UnigramTokenizer:
    """A tokenizer in its light form; what it gives is what the ``tokenizers`` library gives for the same file.

    Words are read once and kept, the most recent 20,000 of them.

    Raises:
        OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError: ``folder`` does not hold what was
            written, whole.
    """

    def __init__(self, folder: Path) -> None:
        rest = json.loads((folder / REST).read_text(encoding="utf-8"))
        for name, size in rest["sizes"].items():
            if (folder / name).stat().st_size != size:
                raise ValueError(f"{name} is not of {size} bytes")
        if rest["form"] != FORM:
            raise ValueError(f"its form is {rest['form']}, not {FORM}")
        self.pad: int = rest["pad"]
        self._before: list[int] = rest["before"]
        self._after: list[int] = rest["after"]
        self._special: dict[str, int] = rest["special"]
        # Where several begin at one place the longest is meant.
        longest_first = sorted(self._special, key=len, reverse=True)
        self._specials = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._words = re.compile(f"[^{re.escape(rest['tables']['blanks'])}]+")
        self.normaliser = Normaliser(rest["tables"])
        self._unigram = Unigram(folder, rest["unknown"], rest["unknown_score"], rest["longest"])
        self._cached_word = lru_cache(_WORDS)(self._word)

    def read_all(self, texts: Sequence[str], most: int) -> list[Tokens]:
        """Each of ``texts`` read as ``read`` does."""
        return [self.read(text, most) for text in texts]

    def read(self, text: str, most: int) -> Tokens:
        """The tokens of ``text``, the last left out where there are more than ``most`` with the model's own.

        A word's first token begins at the blank before it, or at the last of several. Of a character that became
        several each has the place of that one, of several that became one it has the place of the first.

        Raises:
            ValueError: ``most`` is less than the model's own tokens, or ``text`` has half of a surrogate pair.
        """
        limit = most - len(self._after)
        if limit < len(self._before):
            own = len(self._before) + len(self._after)
            raise ValueError(f"the model's own tokens are {own}, more than {most}")
        ids = list(self._before)
        spans = [_OWN] * len(ids)
        for start, section, special in self._sections(text):
            if special is None:
                self._read_section(section, start, limit, ids, spans)
            else:
                ids.append(special)
                spans.append((start, start + len(section)))
            if len(ids) >= limit:
                break
        del ids[limit:], spans[limit:]
        ids += self._after
        spans += [_OWN] * len(self._after)
        return Tokens(ids, spans)

    def _sections(self, text: str) -> Iterator[tuple[int, str, int | None]]:
        """What lies between special tokens written out in ``text``, and these with their ids, each with its start."""
        position = 0
        for match in self._specials.finditer(text):
            if position < match.start():
                yield position, text[position : match.start()], None
            yield match.start(), match.group(), self._special[match.group()]
            position = match.end()
        if position < len(text):
            yield position, text[position:], None

    def _read_section(self, section: str, offset: int, limit: int, ids: list[int], spans: list[Span]) -> None:
        """Append the tokens of ``section``, which begins at ``offset``, until there are ``limit`` or more."""
        position = 0
        for match in self._words.finditer(section):
            start, end = match.span()
            read = self._cached_word if end - start <= _LONGEST_CACHED else self._word
            found = read(match.group(), start == 0)
            if found is None:
                # The word before ends in no blank and one follows: what is read of it is not changed by the rest.
                _append(self._rest(section[position:]), offset + position, ids, spans)
                return
            _append(found, offset + start, ids, spans)
            if len(ids) >= limit:
                return
            position = end
        if position < len(section):
            _append(self._rest(" "), offset + len(section) - 1, ids, spans)

    def _word(self, word: str, first: bool) -> Found | None:
        """The tokens of a word after a blank, or ``first`` in its section; none where the word cannot be read alone.

        That is where its normal form is empty or has a blank, or a character's place depends on what is before it.
        """
        chars, places = word, [(index, index + 1) for index in range(len(word))]
        if not self.normaliser.leaves(word):
            chars, places = self.normaliser.normalise(word)
            if not chars or " " in chars or _OWN in places:
                return None
        return self._pieces(MARK + chars, [places[0] if first else _BEFORE, *places])

    def _rest(self, text: str) -> Found:
        """The tokens of ``text``, from the front of a section or from a blank on to its end."""
        chars, places = self.normaliser.normalise(text)
        # Of several blanks the last is kept.
        kept = [match.end() - 1 for match in _ONE_OF_EACH.finditer(chars)]
        marked = "".join(chars[index] for index in kept).replace(" ", MARK)
        places = [places[index] for index in kept]
        if marked and marked[0] != MARK:
            marked, places = MARK + marked, [places[0], *places]
        ids: list[int] = []
        spans: list[Span] = []
        for match in _MARKED.finditer(marked):
            _append(self._pieces(match.group(), places[match.start() : match.end()]), 0, ids, spans)
        return tuple(ids), tuple(spans)

    def _pieces(self, marked: str, places: Sequence[Span]) -> Found:
        """The tokens of one word with the mark before it, each character of which is laid to one of ``places``."""
        pieces = self._unigram.segment(marked)
        starts = [0, *(end for _, end in pieces)]
        spans = [(places[start][0], places[end - 1][1]) for start, end in pairwise(starts)]
        return tuple(piece for piece, _ in pieces), tuple(spans)


def _append(found: Found, offset: int, ids: list[int], spans: list[Span]) -> None:
    ids.extend(found[0])
    spans.extend([(start + offset, end + offset) for start, end in found[1]])
