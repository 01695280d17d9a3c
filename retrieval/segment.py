"""A segment: some documents with their passages, sentences, raw vectors, term counts. Written once, never changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus import passages as passage_splitter
from corpus import sentences as sentence_splitter
from corpus.document import Block, BlockKind, Document, Metadata, Source
from corpus.durable import publish_folder
from retrieval.errors import IndexDamaged
from retrieval.word_index import Postings
from retrieval.words import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from retrieval.encoder import Encoder

_ARRAYS = (
    "passages",
    "sentences",
    "passage_vectors",
    "sentence_vectors",
    "posting_starts",
    "posting_passages",
    "posting_counts",
    "passage_lengths",
)


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document as a segment keeps it.

    ``fingerprint`` covers the file and its sidecar: it changes when either does. ``added`` is when this document was
    first indexed, in seconds since 1970; a new version of it keeps that time in ``added`` and has its own ``changed``.
    """

    document: Document
    fingerprint: str
    added: float
    changed: float


@dataclass(frozen=True, slots=True)
class Segment:
    """The content of one segment.

    ``passages`` is int32 of shape (p, 5): document, start, end, first sentence, one past the last sentence;
    ``sentences`` is int32 of shape (s, 4): document, start, end, passage; numbers count within the segment.
    The vectors are float32 of shapes (p, d) and (s, d), of length 1, as the encoder gave them.
    """

    documents: tuple[IndexedDocument, ...]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    passage_vectors: NDArray[np.float32]
    sentence_vectors: NDArray[np.float32]
    postings: Postings


def build_segment(
    documents: Sequence[IndexedDocument], encoder: Encoder, progress: Callable[[int], None] | None = None
) -> Segment:
    """Split and encode ``documents``; ``progress`` is told how many more passages and sentences are encoded."""
    passages, sentences = split(documents)
    passage_texts = [_in_context(documents, row) for row in passages]
    sentence_texts = [_in_context(documents, row) for row in sentences]
    vectors = encoder.encode_passages([*passage_texts, *sentence_texts], progress)
    return Segment(
        documents=tuple(documents),
        passages=passages,
        sentences=sentences,
        passage_vectors=vectors[: len(passages)],
        sentence_vectors=vectors[len(passages) :],
        postings=Postings.of([terms(text) for text in passage_texts]),
    )


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


def merge_segments(segments: Sequence[tuple[Segment, frozenset[str]]]) -> Segment:
    """One segment with the documents of several, without the withdrawn ones whose ids come with each."""
    documents: list[IndexedDocument] = []
    passage_vectors, sentence_vectors = [], []
    for segment, withdrawn in segments:
        live = np.array([entry.document.id not in withdrawn for entry in segment.documents], dtype=bool)
        documents += [entry for entry, keep in zip(segment.documents, live, strict=True) if keep]
        passage_vectors.append(segment.passage_vectors[live[segment.passages[:, 0]]])
        sentence_vectors.append(segment.sentence_vectors[live[segment.sentences[:, 0]]])
    passages, sentences = split(documents)
    return Segment(
        documents=tuple(documents),
        passages=passages,
        sentences=sentences,
        passage_vectors=np.concatenate(passage_vectors),
        sentence_vectors=np.concatenate(sentence_vectors),
        postings=Postings.of([terms(_in_context(documents, row)) for row in passages]),
    )


def _in_context(documents: Sequence[IndexedDocument], row: NDArray[np.int32]) -> str:
    """The text of a passage or sentence with its document's title before it, so that it can be found by that too."""
    document = documents[int(row[0])].document
    text = document.text[int(row[1]) : int(row[2])]
    title = document.metadata.title
    return f"{title}: {text}" if title else text


def save_segment(segment: Segment, folder: Path) -> str:
    """Write ``segment`` below ``folder``, under a name made from its content, and return that name.

    A segment of that name which is already there is the same one, and is left as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    try:
        _write(segment, temporary)
        name = _digest_of(temporary)
        if (folder / name).exists():
            shutil.rmtree(temporary)
        else:
            publish_folder(temporary, folder / name)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return name


def _write(segment: Segment, folder: Path) -> None:
    lines = [json.dumps(_document_to_json(indexed), ensure_ascii=False) for indexed in segment.documents]
    (folder / "documents.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    (folder / "terms.json").write_text(json.dumps(segment.postings.terms, ensure_ascii=False), encoding="utf-8")
    arrays: tuple[NDArray[Any], ...] = (
        segment.passages,
        segment.sentences,
        segment.passage_vectors,
        segment.sentence_vectors,
        segment.postings.starts,
        segment.postings.passages,
        segment.postings.counts,
        segment.postings.lengths,
    )
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def load_segment(folder: Path) -> Segment:
    """Read a segment, checking first that its files are those that were written.

    Raises:
        IndexDamaged: a file is missing or not what was written.
    """
    try:
        if _digest_of(folder) != folder.name:
            raise IndexDamaged(_damaged(folder))
        documents = tuple(
            _document_from_json(json.loads(line))
            for line in (folder / "documents.jsonl").read_text(encoding="utf-8").split("\n")
            if line
        )
        words = tuple(json.loads((folder / "terms.json").read_text(encoding="utf-8")))
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS}
    except (OSError, ValueError, KeyError) as error:
        raise IndexDamaged(_damaged(folder)) from error
    postings = Postings(
        terms=words,
        starts=arrays["posting_starts"],
        passages=arrays["posting_passages"],
        counts=arrays["posting_counts"],
        lengths=arrays["passage_lengths"],
    )
    return Segment(
        documents=documents,
        passages=arrays["passages"],
        sentences=arrays["sentences"],
        passage_vectors=arrays["passage_vectors"],
        sentence_vectors=arrays["sentence_vectors"],
        postings=postings,
    )


def _damaged(folder: Path) -> str:
    return (
        f"The index is damaged: its part {folder.name} is not what was written; "
        "run `rapporteur index --rebuild` to build it anew from the documents."
    )


def _digest_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


def _document_to_json(indexed: IndexedDocument) -> dict[str, Any]:
    document = indexed.document
    metadata = asdict(document.metadata)
    metadata["guessed"] = sorted(document.metadata.guessed)
    return {
        "id": document.id,
        "file": document.file,
        "sha256": document.sha256,
        "fingerprint": indexed.fingerprint,
        "added": indexed.added,
        "changed": indexed.changed,
        "metadata": metadata,
        "blocks": [
            [block.kind.value, block.start, block.end, block.page, block.heading, block.paragraph]
            for block in document.blocks
        ],
        "text": document.text,
    }


def _document_from_json(value: dict[str, Any]) -> IndexedDocument:
    metadata = dict(value["metadata"])
    metadata["sources"] = tuple(Source(**source) for source in metadata["sources"])
    metadata["guessed"] = frozenset(metadata["guessed"])
    document = Document(
        id=value["id"],
        file=value["file"],
        sha256=value["sha256"],
        text=value["text"],
        blocks=tuple(Block(BlockKind(kind), *rest) for kind, *rest in value["blocks"]),
        metadata=Metadata(**metadata),
    )
    return IndexedDocument(document, value["fingerprint"], value["added"], value["changed"])
