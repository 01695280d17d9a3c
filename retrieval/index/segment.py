"""A segment: some documents with their passages, sentences, vectors, tokens, term counts. Built once, never changed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corpus import passages as passage_splitter
from corpus import sentences as sentence_splitter
from retrieval.answers.late_interaction import centred, compress
from retrieval.index.compact_vectors import CompactVectors
from retrieval.index.encoded import Encoded, passage_keys
from retrieval.index.texts import IndexedDocument as IndexedDocument
from retrieval.index.vectors import unit
from retrieval.index.word_index import Postings
from retrieval.index.words import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoder, Encoding
    from retrieval.encoders.languages import Anchors
    from retrieval.index.vector_index import Clusters

_SAMPLES, _SAMPLED = 24, 600


@dataclass(frozen=True, slots=True)
class Segment:
    """The content of one segment.

    ``passages`` is int32 of shape (p, 5): document, start, end, first sentence, one past the last sentence;
    ``sentences`` is int32 of shape (s, 4): document, start, end, passage; numbers count within the segment.
    ``passage_keys`` are as in ``retrieval.index.encoded``.
    The vectors, p and s of them, are those of length 1 less their language's mean statement: a passage's as the encoder
    gave it, a sentence's the mean of its tokens' vectors in the reading of its whole passage (late chunking: Günther et
    al., 2024), so that "he" and "this document" are near what they stand for. Sentence s has the tokens
    ``token_starts[s]:token_starts[s + 1]`` (int64, (s + 1,)) of ``token_codes``, as it is read by itself, compressed
    as in ``retrieval.answers.late_interaction``. ``clusters``, of passages and of sentences, are there in a segment
    that was read from disk and has many.
    """

    documents: tuple[IndexedDocument, ...]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    passage_keys: NDArray[np.uint64]
    passage_vectors: CompactVectors
    sentence_vectors: CompactVectors
    token_codes: NDArray[np.uint8]
    token_starts: NDArray[np.int64]
    postings: Postings
    clusters: tuple[Clusters | None, Clusters | None] = (None, None)


def build_segment(
    documents: Sequence[IndexedDocument],
    encoder: Encoder,
    anchors: Anchors,
    progress: Callable[[int], None] | None = None,
    *,
    keep_tokens: bool = True,
    encoded: Encoded | None = None,
) -> Segment:
    """Split and encode ``documents``; ``progress`` is told how much more of their ``work`` is done.

    Without ``keep_tokens`` no sentence has any; search reads the best ones again when a question is asked. What is
    ``encoded`` already is copied.
    """
    passages, sentences = split(documents)
    keys = passage_keys(documents, passages, sentences)
    held = encoded.find(documents, passages, sentences, keys) if encoded is not None else {}
    new = np.array([row for row in range(len(passages)) if row not in held], dtype=np.int64)
    told = _Told(progress, work(documents))
    told.advance(sum(2 * int(passages[row, 2] - passages[row, 1]) for row in held))
    texts = [in_context(documents, row) for row in passages]
    passage_vectors, sentence_vectors = _passage_vectors(passages, sentences, texts, new, encoder, told)
    codes = _token_codes(documents, sentences, sentence_vectors, new, encoder, anchors, told)
    vectors = [
        _compact(documents, passages, passage_vectors, anchors),
        _compact(documents, sentences, sentence_vectors, anchors),
    ]
    for row, (segment, other) in held.items():
        _copy(segment, other, vectors, codes, (row, int(passages[row, 3])))
    if not keep_tokens:
        codes = [one[:0] for one in codes]
    told.finish()
    return Segment(
        documents=tuple(documents),
        passages=passages,
        sentences=sentences,
        passage_keys=keys,
        passage_vectors=vectors[0],
        sentence_vectors=vectors[1],
        token_codes=np.concatenate(codes) if codes else np.empty((0, 0), dtype=np.uint8),
        token_starts=np.concatenate([[0], np.cumsum([len(one) for one in codes])]).astype(np.int64),
        postings=Postings.of([terms(text) for text in texts]),
    )


def _copy(
    source: Segment,
    passage: int,
    vectors: Sequence[CompactVectors],
    codes: list[NDArray[np.uint8]],
    target: tuple[int, int],
) -> None:
    """Copy a passage of ``source``: its vector, and its sentences' with their tokens, to the rows ``target`` and on."""
    row, sentence = target
    first, last = source.passages[passage, 3:5].tolist()
    for kept, held, rows, place in (
        (vectors[0], source.passage_vectors, slice(passage, passage + 1), row),
        (vectors[1], source.sentence_vectors, slice(first, last), sentence),
    ):
        there = slice(place, place + rows.stop - rows.start)
        kept.codes[there], kept.scales[there] = held.codes[rows], held.scales[rows]
    for number in range(first, last):
        bounds = slice(*source.token_starts[number : number + 2].tolist())
        codes[sentence + number - first] = np.array(source.token_codes[bounds])


def _compact(
    documents: Sequence[IndexedDocument], table: NDArray[np.int32], vectors: NDArray[np.float32], anchors: Anchors
) -> CompactVectors:
    """Vectors of the rows of ``table``, less the mean of statements in the language of each."""
    means = [anchors.statement(entry.document.metadata.language) for entry in documents]
    return CompactVectors.of(vectors - np.array(means, dtype=np.float32).reshape(-1, vectors.shape[1])[table[:, 0]])


def work(documents: Iterable[IndexedDocument]) -> int:
    """How much ``build_segment`` has to do: code points, each of which is read in its passage and in its sentence."""
    return 2 * sum(len(entry.document.text) for entry in documents)


def sample(documents: Sequence[IndexedDocument]) -> list[str]:
    """Some two dozen texts from all over ``documents``, for an encoder that is exported to be checked on."""
    return [entry.document.text[:_SAMPLED] for entry in documents[:: max(1, len(documents) // _SAMPLES)]]


class _Told:
    """Tells how much more is done, and at the end the rest: what is in no passage, such as headings."""

    def __init__(self, tell: Callable[[int], None] | None, total: int) -> None:
        self._tell = tell
        self._left = total

    def advance(self, steps: int) -> None:
        self._left -= steps
        if self._tell is not None:
            self._tell(steps)

    def finish(self) -> None:
        if self._left > 0:
            self.advance(self._left)


def _passage_vectors(
    passages: NDArray[np.int32],
    sentences: NDArray[np.int32],
    texts: Sequence[str],
    new: NDArray[np.int64],
    encoder: Encoder,
    told: _Told,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The vectors of the passages ``new``, and those of their sentences within them; zeros for what was not reached."""
    passage_vectors = np.zeros((len(passages), encoder.dimension), dtype=np.float32)
    sentence_vectors = np.zeros((len(sentences), encoder.dimension), dtype=np.float32)
    for place, encoding in encoder.read_passages([texts[row] for row in new]):
        number = int(new[place])
        passage_vectors[number] = encoding.vector
        told.advance(int(passages[number, 2] - passages[number, 1]))
        if len(encoding.spans) < 2:
            continue
        _, start, end, first, last = passages[number]
        # In the text that was read the title comes before the passage; a token may begin with the blank before it.
        places = encoding.spans[:, 1] - 1 - (len(texts[number]) - (end - start)) + start
        bounds = np.searchsorted(places, [*sentences[first:last, 1], end])
        for row, tokens in enumerate(itertools.pairwise(bounds), int(first)):
            sentence_vectors[row] = unit(encoding.tokens[slice(*tokens), -1].sum(axis=0))
    return passage_vectors, sentence_vectors


def _token_codes(
    documents: Sequence[IndexedDocument],
    sentences: NDArray[np.int32],
    vectors: NDArray[np.float32],
    new: NDArray[np.int64],
    encoder: Encoder,
    anchors: Anchors,
    told: _Told,
) -> list[NDArray[np.uint8]]:
    """The compressed tokens of each sentence of the passages ``new``, which is read by itself.

    One that has zeros in ``vectors`` is given its own vector there.
    """
    rows = np.flatnonzero(np.isin(sentences[:, 3], new))
    codes: list[NDArray[np.uint8]] = [np.empty((0, 0), dtype=np.uint8)] * len(sentences)
    for place, encoding in encoder.read_passages([in_context(documents, sentences[row]) for row in rows]):
        number = int(rows[place])
        codes[number] = own_tokens(documents, sentences[number], encoding, anchors)
        told.advance(int(sentences[number, 2] - sentences[number, 1]))
        if not vectors[number].any():
            vectors[number] = encoding.vector
    return codes


def own_tokens(
    documents: Sequence[IndexedDocument], row: NDArray[np.int32], encoding: Encoding, anchors: Anchors
) -> NDArray[np.uint8]:
    """The compressed tokens of a sentence, a row of ``Segment.sentences``, read ``in_context``; without its title's."""
    document, start, end, _ = row
    title = len(in_context(documents, row)) - (end - start)
    mean = anchors.statement_token(documents[document].document.metadata.language)
    return compress(centred(encoding.tokens[encoding.spans[:, 1] > title], mean))


def empty_segment(dimension: int) -> Segment:
    """A segment without documents, whose vectors would have that many dimensions."""
    passages, sentences = split([])
    vectors = CompactVectors.of(np.empty((0, dimension), dtype=np.float32))
    codes, starts = np.empty((0, 0), dtype=np.uint8), np.zeros(1, dtype=np.int64)
    keys = np.empty(0, dtype=np.uint64)
    return Segment((), passages, sentences, keys, vectors, vectors, codes, starts, Postings.of([]))


def split(documents: Sequence[IndexedDocument]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The tables of passages and sentences of ``documents``, shaped as in ``Segment``."""
    passages: list[tuple[int, int, int, int, int]] = []
    sentences: list[tuple[int, int, int, int]] = []
    for number, indexed in enumerate(documents):
        document = indexed.document
        found = sentence_splitter.sentences(document.text, document.blocks, document.metadata.language)
        offset = len(sentences)
        for passage in passage_splitter.passages(document, found):
            first, last = passage.first_sentence, passage.last_sentence + 1
            sentences.extend((number, sentence.start, sentence.end, len(passages)) for sentence in found[first:last])
            passages.append((number, passage.start, passage.end, first + offset, last + offset))
    return (
        np.array(passages, dtype=np.int32).reshape(-1, 5),
        np.array(sentences, dtype=np.int32).reshape(-1, 4),
    )


def in_context(documents: Sequence[IndexedDocument], row: NDArray[np.int32]) -> str:
    """The text of a passage or sentence with its document's title before it, so that it can be found by that too."""
    document = documents[int(row[0])].document
    text = document.text[int(row[1]) : int(row[2])]
    title = document.metadata.title
    return f"{title}: {text}" if title else text
