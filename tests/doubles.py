"""Stand-ins for what is slow: an encoder whose vectors a reader can work out."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from corpus import tasks, unpacked
from corpus.extraction import Extractor
from corpus.reading import read_file
from retrieval.encoders.encoder import Encoding
from retrieval.index.vectors import unit
from retrieval.index.words import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from corpus.reading import Holder, Reading
    from corpus.unpacked import Unpacked


@cache
def _digest(term: str) -> int:
    return int(hashlib.sha256(term.encode()).hexdigest(), 16)


@cache
def _words_of(identity: str) -> dict[str, NDArray[np.float32]]:
    """The vectors of single words that an encoder has worked out already, float32 of shape (dimension,)."""
    return {}


@cache
def _read_by(identity: str) -> dict[str, Encoding]:
    """What an encoder has read already, by the text."""
    return {}


class WordEncoder:
    """Counts terms: each term adds 1 at a place that a digest of it gives, and the vector is scaled to length 1.

    Texts that share terms are similar, texts that share none are (but for chance meetings) not, and a question's
    vector is that of the same text as a passage.
    """

    identity = "test:words"
    dimension = 256
    serving = "counted words"

    def __init__(self, sample: Sequence[str] = ()) -> None:
        """The texts that other encoders are checked on are not looked at."""

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 of shape (len(texts), 256)."""
        return self.encode_passages(texts)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages, float32 of shape (len(texts), 256)."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                vectors[row, _digest(term) % self.dimension] += 1
        if progress is not None:
            progress(len(texts))
        return unit(vectors)

    def read_question(self, text: str) -> Encoding:
        """A question with its tokens, which are its words; both layers hold a word's vector."""
        known = _read_by(self.identity)
        if text not in known:
            known[text] = self._read(text)
        return known[text]

    def _read(self, text: str) -> Encoding:
        spans = [match.span() for match in re.finditer(r"\w+", text)]
        words = [text[start:end] for start, end in spans]
        for word in words:
            if word not in _words_of(self.identity):
                _words_of(self.identity)[word] = self.encode_passages([word])[0]
        vectors = np.array([_words_of(self.identity)[word] for word in words], dtype=np.float32)
        vectors = vectors.reshape(len(words), self.dimension)
        tokens = np.stack([vectors, vectors], axis=1)
        return Encoding(self.encode_passages([text])[0], tokens, np.array(spans, dtype=np.int32).reshape(-1, 2))

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """Passages with their tokens, the last first."""
        for number in reversed(range(len(texts))):
            yield number, self.read_question(texts[number])
        if progress is not None:
            progress(len(texts))


class DirectExtractor(Extractor):
    """Reads files in this process: the same readers without the process, and the second it takes to start."""

    def read(
        self,
        path: Path,
        root: Path | None = None,
        corrections: Mapping[str, str] = MappingProxyType({}),
        holders: Sequence[Holder] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> Reading:
        """The same with the hash of the file's bytes."""
        return read_file(path, root, corrections, holders)

    def unpack(self, path: Path, folder: Path, sha256: str) -> Unpacked:
        """The same files below the same folder."""
        return unpacked.write(tasks.unpack({"path": str(path), "sha256": sha256}), folder)
