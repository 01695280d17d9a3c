"""Which documents are versions of one another: MinHash over shingles of words.

A. Z. Broder, "On the resemblance and containment of documents", 1997: the resemblance of two texts is the share of
their shingles, runs of some words, that they have in common, and the share of equal places in two lists of minima
under the same random orders estimates it. With 128 minima a resemblance of 0.8 is told to within 0.035 (one standard
deviation).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

MINIMA: Final = 128
SIGNATURE_BYTES: Final = 4 * MINIMA
NEAR: Final = 0.8
_SHINGLE: Final = 4

_WORD = re.compile(r"\w+")
# What one version of an Arabic or Persian text has and another, copied from a PDF, has lost.
_LOST = re.compile("[\u00ad\u200b-\u200f\u0640\u064b-\u0652\u0670]")

_Numbers = NDArray[np.uint64]
# The constants of splitmix64 (Steele, Lea and Flood, 2014).
_STEP, _FIRST, _SECOND = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


def text_digest(text: str) -> str:
    """Return the SHA-256, in hexadecimal, of a text's words alone: equal for texts that differ in signs and case."""
    return hashlib.sha256(" ".join(_words(text)).encode("utf-8", "surrogatepass")).hexdigest()


def signature(text: str) -> bytes:
    """Return the ``SIGNATURE_BYTES`` by which a text is compared: ``MINIMA`` numbers of 32 bits, little-endian.

    The same text gives the same bytes on every machine. A text without words gives no bytes, and resembles nothing.
    """
    shingles = _shingles(list(_words(text)))
    if not len(shingles):
        return b""
    minima = np.fromiter((_mixed(shingles ^ order).min() for order in _ORDERS), np.uint64, MINIMA)
    return (minima >> np.uint64(32)).astype("<u4").tobytes()


def resemblance(one: bytes, other: bytes) -> float:
    """Return the estimated resemblance of two signatures, from 0 to 1."""
    found = _shares(one, [other])
    return float(found[0]) if len(found) else 0.0


def near(one: bytes, others: Iterable[tuple[str, bytes]], least: float = NEAR) -> list[tuple[str, float]]:
    """Return (id, resemblance) of those of ``others`` that resemble ``one`` by ``least`` or more, the nearest first.

    Equally near ones are in the order of their ids.
    """
    listed = [(name, other) for name, other in others if other]
    shares = _shares(one, [other for _, other in listed])
    found = [(name, float(share)) for (name, _), share in zip(listed, shares, strict=False) if share >= least]
    return sorted(found, key=lambda entry: (-entry[1], entry[0]))


def _shares(one: bytes, others: list[bytes]) -> NDArray[np.float64]:
    """Return the share of equal minima of ``one`` with each of ``others``; nothing where any of them has no words."""
    for found in (one, *others):
        if len(found) not in (0, SIGNATURE_BYTES):
            raise ValueError(f"a signature has {SIGNATURE_BYTES} bytes, not {len(found)}")
    if not one or not all(others) or not others:
        return np.zeros(0)
    rows = np.frombuffer(b"".join(others), "<u4").reshape(len(others), MINIMA)
    return np.asarray((rows == np.frombuffer(one, "<u4")).mean(axis=1), np.float64)


def _words(text: str) -> Iterator[str]:
    plain = _LOST.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return (match.group() for match in _WORD.finditer(plain))


def _shingles(words: list[str]) -> _Numbers:
    """Return a number of 64 bits for each different run of words; fewer words than a shingle has are one together."""
    if not words:
        return np.zeros(0, np.uint64)
    numbers = {word: _number(word) for word in set(words)}
    of_words = np.array([numbers[word] for word in words], np.uint64)
    width = min(_SHINGLE, len(words))
    runs = np.zeros(len(words) - width + 1, np.uint64)
    for at in range(width):
        # Mixing between the words makes their order count.
        runs = _mixed(runs ^ of_words[at : at + len(runs)])
    return np.unique(runs)


def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mixed(numbers: _Numbers) -> _Numbers:
    """Return numbers scattered over 64 bits; different ones stay different."""
    numbers = numbers + _STEP
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _FIRST
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _SECOND
    return numbers ^ (numbers >> np.uint64(31))


_ORDERS: Final = _mixed(np.arange(1, MINIMA + 1, dtype=np.uint64))
