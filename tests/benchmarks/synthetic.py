"""Segments of any size for measuring: made-up texts, and vectors spread the way real ones are.

Real vectors lie in clusters: passages of a document near each other, a passage's sentences nearer still. How wide each
of these is, and in which directions, is taken from an index that is there; new documents, passages and sentences are
drawn around one another accordingly. Words follow Zipf's law, the most frequent ones being those of the real texts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from corpus.document import Block, BlockKind, Document, Metadata
from retrieval.index.compact_vectors import CompactVectors
from retrieval.index.segment import IndexedDocument, Segment
from retrieval.index.word_index import Postings
from retrieval.index.words import terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.index.generation import Stock

PASSAGES: Final = 20
SENTENCES: Final = 5
WORDS: Final = 24
_VOCABULARY: Final = 100_000
_EXPONENT: Final = 1.1
_TOKENS: Final = 30
_TOKEN_BYTES: Final = 192
_SYLLABLES: Final = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


@dataclass(frozen=True, slots=True)
class Spread:
    """How real vectors lie: the roots of three covariances, float32 of shape (d, d), and the most usual words."""

    documents: NDArray[np.float32]
    passages: NDArray[np.float32]
    sentences: NDArray[np.float32]
    words: tuple[str, ...]

    @staticmethod
    def of(stock: Stock) -> Spread:
        """Measured on the first segment of an index."""
        segment = stock.segments[0][0]
        passages, sentences = (one.rows(slice(None)) for one in (segment.passage_vectors, segment.sentence_vectors))
        of_document = segment.passages[:, 0]
        counts = np.bincount(of_document, minlength=len(segment.documents))
        sums = np.zeros((len(counts), passages.shape[1]), dtype=np.float32)
        np.add.at(sums, of_document, passages)
        centres = np.asarray(sums / np.maximum(counts, 1)[:, None], dtype=np.float32)
        counted = Counter(
            word.casefold()
            for entry in segment.documents
            for word in entry.document.text.split()
            if word.isascii() and word.isalpha()
        )
        return Spread(
            documents=_root(centres[counts > 0]),
            passages=_root(passages - centres[of_document]),
            sentences=_root(sentences - passages[segment.sentences[:, 3]]),
            words=tuple(word for word, _ in counted.most_common()),
        )


def _root(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """What makes vectors with the covariance of ``vectors`` out of standard normal ones."""
    covariance = np.cov(vectors.T)
    values, directions = np.linalg.eigh(covariance)
    return np.asarray(directions * np.sqrt(np.maximum(values, 0)), dtype=np.float32).T


def make_segment(spread: Spread, passages: int, *, with_tokens: bool, seed: int, prefix: str = "made") -> Segment:
    """A segment of so many passages, ``PASSAGES`` to a document; the same seed gives the same."""
    draw = np.random.default_rng(seed)
    count = -(-passages // PASSAGES)
    numbers = _word_numbers(draw, count)
    vocabulary = _vocabulary(spread.words)
    documents, tables = _documents(numbers, vocabulary, prefix)
    passage_vectors, sentence_vectors = _vectors(spread, draw, count)
    total = count * PASSAGES * SENTENCES
    tokens = total * _TOKENS if with_tokens else 0
    starts = np.arange(total + 1, dtype=np.int64) * (_TOKENS if with_tokens else 0)
    return Segment(
        documents=documents,
        passages=tables[0],
        sentences=tables[1],
        passage_keys=draw.integers(0, 2**63, count * PASSAGES, dtype=np.uint64),
        passage_vectors=passage_vectors,
        sentence_vectors=sentence_vectors,
        token_codes=draw.integers(0, 256, (tokens, _TOKEN_BYTES), dtype=np.uint8),
        token_starts=starts,
        postings=_postings(numbers.reshape(count * PASSAGES, -1), vocabulary),
    )


def _word_numbers(draw: np.random.Generator, documents: int) -> NDArray[np.int32]:
    """Numbers of words by Zipf's law, int32 of shape (documents, passages, sentences, words)."""
    weights = 1 / np.arange(1, _VOCABULARY + 1) ** _EXPONENT
    bounds = np.cumsum(weights / weights.sum())
    shape = (documents, PASSAGES, SENTENCES, WORDS)
    found = np.empty(shape, dtype=np.int32)
    for number in range(documents):
        found[number] = np.searchsorted(bounds, draw.random(shape[1:]))
    return np.minimum(found, _VOCABULARY - 1)


def _vocabulary(first: tuple[str, ...]) -> list[str]:
    """Different words: the usual ones, then made-up ones."""
    draw = np.random.default_rng(7)
    words = dict.fromkeys(first)
    while len(words) < _VOCABULARY:
        length = int(draw.integers(2, 5))
        words["".join(_SYLLABLES[number] for number in draw.integers(0, len(_SYLLABLES), length))] = None
    return list(words)[:_VOCABULARY]


def _documents(
    numbers: NDArray[np.int32], vocabulary: list[str], prefix: str
) -> tuple[tuple[IndexedDocument, ...], tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Documents with a passage a paragraph, and the tables of their passages and sentences."""
    lengths = np.array([len(word) for word in vocabulary], dtype=np.int32)
    # Each word is followed by a blank, or by a full stop and a blank or line break.
    of_sentence = lengths[numbers].sum(axis=3) + WORDS + 1
    ends = of_sentence.reshape(len(numbers), -1).cumsum(axis=1).reshape(of_sentence.shape)
    starts = ends - of_sentence
    found = []
    for number, words in enumerate(numbers):
        paragraphs = [
            " ".join(" ".join(vocabulary[word] for word in sentence) + "." for sentence in passage)
            for passage in words.tolist()
        ]
        blocks = tuple(
            Block(BlockKind.PARAGRAPH, int(first), int(last) - 1, paragraph=place + 1)
            for place, (first, last) in enumerate(zip(starts[number, :, 0], ends[number, :, -1], strict=True))
        )
        name = f"{prefix}-{number:07}"
        metadata = Metadata(title=f"Document {number}", language="en")
        document = Document(name, f"/{name}", f"{number:064x}", "\n".join(paragraphs), blocks, metadata)
        found.append(IndexedDocument(document, f"{number:032x}", 0.0, 0.0))
    count = len(numbers) * PASSAGES
    of_passage = np.repeat(np.arange(len(numbers)), PASSAGES)
    first_sentence = np.arange(count) * SENTENCES
    passages = np.stack(
        [of_passage, starts[:, :, 0].ravel(), ends[:, :, -1].ravel() - 1, first_sentence, first_sentence + SENTENCES],
        axis=1,
    )
    sentences = np.stack(
        [np.repeat(of_passage, SENTENCES), starts.ravel(), ends.ravel() - 1, np.repeat(np.arange(count), SENTENCES)],
        axis=1,
    )
    return tuple(found), (passages.astype(np.int32), sentences.astype(np.int32))


def _vectors(spread: Spread, draw: np.random.Generator, documents: int) -> tuple[CompactVectors, CompactVectors]:
    """Vectors of passages and of sentences, drawn document by document."""
    dimension = len(spread.documents)

    def around(root: NDArray[np.float32], centres: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        noise = draw.standard_normal((len(centres) * count, dimension), dtype=np.float32)
        return np.repeat(centres, count, axis=0) + noise @ root

    passages, sentences = [], []
    for start in range(0, documents, 100):
        count = min(100, documents - start)
        centres = around(spread.documents, np.zeros((count, dimension), dtype=np.float32), 1)
        of_passages = around(spread.passages, centres, PASSAGES)
        passages.append(CompactVectors.of(of_passages))
        sentences.append(CompactVectors.of(around(spread.sentences, of_passages, SENTENCES)))
    return CompactVectors.joined(passages), CompactVectors.joined(sentences)


def _postings(numbers: NDArray[np.int32], vocabulary: list[str]) -> Postings:
    """The postings of passages, each a row of numbers of words; as ``Postings.of`` counts them."""
    of_word = [next(iter(terms(word)), "") for word in vocabulary]
    names = sorted(set(of_word) - {""})
    place = {name: number for number, name in enumerate(names)}
    term_of = np.array([place.get(name, -1) for name in of_word], dtype=np.int64)
    found, counts = [], []
    for start in range(0, len(numbers), 50_000):
        terms_here = term_of[numbers[start : start + 50_000]]
        passages = np.broadcast_to(np.arange(start, start + len(terms_here))[:, None], terms_here.shape)
        keys = terms_here[terms_here >= 0] * len(numbers) + passages[terms_here >= 0]
        distinct, times = np.unique(keys, return_counts=True)
        found.append(distinct)
        counts.append(times)
    keys, times = np.concatenate(found), np.concatenate(counts)
    order = np.argsort(keys, kind="stable")
    keys, times = keys[order], times[order]
    held = np.bincount(keys // len(numbers), minlength=len(names))
    kept = np.flatnonzero(held)
    return Postings(
        terms=tuple(names[number] for number in kept),
        starts=np.concatenate([[0], np.cumsum(held[kept])]).astype(np.int64),
        passages=(keys % len(numbers)).astype(np.int32),
        counts=times.astype(np.int32),
        lengths=np.full(len(numbers), int((term_of >= 0).mean() * numbers.shape[1]), dtype=np.int32),
    )
