"""A generation: the immutable index that answers questions. Built beside the old, loaded whole, swapped in one step.

On disk it is a manifest over segments: which segments, and which of their documents are withdrawn (tombstones). The
manifest named in ``current.json`` is the one that answers; it is replaced by a rename.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.durable import write_atomically
from corpus.sentences import SPLITTER_VERSION
from retrieval.errors import IndexDamaged, IndexMissing
from retrieval.known import Known
from retrieval.languages import Anchors, Centres
from retrieval.late_interaction import SentenceTokens
from retrieval.segment import IndexedDocument, Segment, load_segment
from retrieval.vector_index import VectorIndex
from retrieval.vectors import unit
from retrieval.word_index import WordIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from corpus.document import Document

FORMAT = 2
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is made of. ``withdrawn`` names, by segment, the documents in it that no longer count."""

    id: str
    encoder: str
    segments: tuple[str, ...]
    withdrawn: Mapping[str, frozenset[str]]

    def to_json(self) -> dict[str, Any]:
        """The manifest as it is stored."""
        return {
            "format": FORMAT,
            "id": self.id,
            "encoder": self.encoder,
            "segments": list(self.segments),
            "withdrawn": {name: sorted(ids) for name, ids in self.withdrawn.items()},
        }


def generation_id(fingerprints: Iterable[tuple[str, str]], encoder: str) -> str:
    """The id of a generation of these documents, (document id, fingerprint) each; the same documents give the same."""
    digest = hashlib.sha256(f"{FORMAT}\n{SPLITTER_VERSION}\n{encoder}\n".encode())
    for document, fingerprint in sorted(fingerprints):
        digest.update(f"{document}\0{fingerprint}\n".encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Generation:
    """Documents, tables and indexes, ready to be searched.

    ``passages`` and ``sentences`` are the tables of ``Segment`` put together, with numbers that count over the whole
    generation; ``languages`` holds each document's language, and ``passage_languages`` and ``sentence_languages`` the
    number in ``language_names`` of each row's; ``known`` is what the documents' metadata name.
    """

    id: str
    encoder: str
    documents: tuple[IndexedDocument, ...]
    by_id: Mapping[str, int]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    passage_vectors: VectorIndex
    sentence_vectors: VectorIndex
    tokens: SentenceTokens
    words: WordIndex
    language_names: tuple[str, ...]
    passage_languages: NDArray[np.int32]
    sentence_languages: NDArray[np.int32]
    anchors: Anchors
    centres: Centres
    known: Known

    def document(self, identifier: str) -> Document | None:
        """The document of that id, or None where this generation does not have it."""
        number = self.by_id.get(identifier)
        return None if number is None else self.documents[number].document


def assemble(
    identifier: str,
    encoder: str,
    segments: Sequence[tuple[Segment, frozenset[str]]],
    anchors: Anchors,
) -> Generation:
    """Put the live documents of ``segments`` together; each comes with the ids of its withdrawn documents."""
    documents: list[IndexedDocument] = []
    passages, sentences, passage_vectors, sentence_vectors, tokens, postings = [], [], [], [], [], []
    passage_count = sentence_count = 0
    for segment, withdrawn in segments:
        live = np.array([entry.document.id not in withdrawn for entry in segment.documents], dtype=bool)
        numbers = np.cumsum(live) - 1 + len(documents)
        documents += [entry for entry, keep in zip(segment.documents, live, strict=True) if keep]
        keep_passage = live[segment.passages[:, 0]]
        keep_sentence = live[segment.sentences[:, 0]]
        passage_rows = np.where(keep_passage, np.cumsum(keep_passage) - 1 + passage_count, -1).astype(np.int64)
        sentence_rows = np.concatenate([[0], np.cumsum(keep_sentence)]) + sentence_count
        table = segment.passages[keep_passage].copy()
        table[:, 0] = numbers[table[:, 0]]
        table[:, 3:5] = sentence_rows[table[:, 3:5]]
        passages.append(table)
        table = segment.sentences[keep_sentence].copy()
        table[:, 0] = numbers[table[:, 0]]
        table[:, 3] = passage_rows[table[:, 3]]
        sentences.append(table)
        passage_vectors.append(segment.passage_vectors[keep_passage])
        sentence_vectors.append(segment.sentence_vectors[keep_sentence])
        tokens.append((segment.token_codes, segment.token_starts, keep_sentence))
        postings.append((segment.postings, passage_rows))
        passage_count += int(keep_passage.sum())
        sentence_count += int(keep_sentence.sum())

    all_passages, all_sentences = np.concatenate(passages), np.concatenate(sentences)
    names, of_document = _languages(documents)
    passage_languages = of_document[all_passages[:, 0]]
    sentence_languages = of_document[all_sentences[:, 0]]
    raw_passages, raw_sentences = np.concatenate(passage_vectors), np.concatenate(sentence_vectors)
    sums = {
        name: (raw_passages[passage_languages == number].sum(axis=0), int((passage_languages == number).sum()))
        for number, name in enumerate(names)
    }
    centres = Centres.of(anchors, sums)
    centre_rows = np.array([centres.passage_centre(name) for name in names], dtype=np.float32)
    return Generation(
        id=identifier,
        encoder=encoder,
        documents=tuple(documents),
        by_id={entry.document.id: number for number, entry in enumerate(documents)},
        passages=all_passages,
        sentences=all_sentences,
        passage_vectors=VectorIndex(unit(raw_passages - centre_rows[passage_languages])),
        sentence_vectors=VectorIndex(unit(raw_sentences - centre_rows[sentence_languages])),
        tokens=SentenceTokens(tokens),
        words=WordIndex(postings),
        language_names=names,
        passage_languages=passage_languages,
        sentence_languages=sentence_languages,
        anchors=anchors,
        centres=centres,
        known=Known.of(entry.document.metadata for entry in documents),
    )


def _languages(documents: Sequence[IndexedDocument]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The languages of ``documents``, sorted, and the number of each document's among them, int32."""
    spoken = [entry.document.metadata.language or "" for entry in documents]
    names = tuple(sorted(set(spoken)))
    return names, np.array([names.index(language) for language in spoken], dtype=np.int32)


class GenerationStore:
    """The folder that holds segments, manifests, and which generation is current."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments_folder = folder / "segments"
        self.current_file = folder / "current.json"

    def current(self) -> Manifest:
        """The manifest that answers now.

        Raises:
            IndexMissing: nothing has been indexed yet.
            IndexDamaged: the manifest cannot be read, or is of another version of this program.
        """
        try:
            value = json.loads(self.current_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise IndexMissing("There is no index yet; run `rapporteur index` to build it.") from None
        except (OSError, ValueError) as error:
            raise IndexDamaged(_cannot_read(self.current_file)) from error
        if not isinstance(value, dict):
            raise IndexDamaged(_cannot_read(self.current_file))
        if value.get("format") != FORMAT:
            raise IndexDamaged(
                "The index was made by another version of this program; "
                "run `rapporteur index --rebuild` to build it anew from the documents."
            )
        try:
            withdrawn = {name: frozenset(ids) for name, ids in value["withdrawn"].items()}
            return Manifest(value["id"], value["encoder"], tuple(value["segments"]), withdrawn)
        except (KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged(_cannot_read(self.current_file)) from error

    def load(self, manifest: Manifest) -> Generation:
        """Load and verify every part of ``manifest``.

        Raises:
            IndexDamaged: a part is missing or is not what was written.
        """
        segments = [
            (load_segment(self.segments_folder / name), manifest.withdrawn.get(name, frozenset()))
            for name in manifest.segments
        ]
        generation = assemble(manifest.id, manifest.encoder, segments, self.load_anchors(manifest.encoder))
        fingerprints = [(entry.document.id, entry.fingerprint) for entry in generation.documents]
        if generation_id(fingerprints, manifest.encoder) != manifest.id:
            raise IndexDamaged(_cannot_read(self.current_file))
        return generation

    def publish(self, manifest: Manifest) -> None:
        """Make ``manifest`` the one that answers, in one step."""
        data = json.dumps(manifest.to_json(), ensure_ascii=False, indent=1)
        write_atomically(self.current_file, data.encode())

    def load_anchors(self, encoder: str) -> Anchors:
        """The language anchors measured with ``encoder``.

        Raises:
            IndexDamaged: they are missing or not what was written.
        """
        path = self._anchors_file(encoder)
        try:
            data = path.read_bytes()
            array, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
            if hashlib.sha256(array).digest() != digest:
                raise IndexDamaged(_cannot_read(path))
            with np.load(io.BytesIO(array), allow_pickle=False) as arrays:
                return Anchors.of_arrays(arrays)
        except (OSError, ValueError, KeyError) as error:
            raise IndexDamaged(_cannot_read(path)) from error

    def save_anchors(self, encoder: str, anchors: Anchors) -> None:
        """Keep the language anchors measured with ``encoder``."""
        buffer = io.BytesIO()
        np.savez(buffer, **anchors.as_arrays())  # type: ignore[arg-type]
        array = buffer.getvalue()
        write_atomically(self._anchors_file(encoder), array + hashlib.sha256(array).digest())

    def has_anchors(self, encoder: str) -> bool:
        """Whether anchors measured with ``encoder`` are kept and can be used."""
        try:
            self.load_anchors(encoder)
        except IndexDamaged:
            return False
        return True

    def _anchors_file(self, encoder: str) -> Path:
        return self.folder / f"anchors-{hashlib.sha256(encoder.encode()).hexdigest()[:16]}.npz"


def _cannot_read(path: Path) -> str:
    return f"The index is damaged: {path} cannot be used; run `rapporteur index --rebuild` to build it anew."
