"""A generation: the immutable index that answers questions. Built beside the old, loaded whole, swapped in one step.

On disk it is a manifest over segments: which segments, and which of their documents are withdrawn (tombstones). The
manifest named in ``current.json`` is the one that answers; it is replaced by a rename.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.durable import write_atomically
from corpus.sentences import SPLITTER_VERSION
from retrieval.answers.late_interaction import SentenceTokens
from retrieval.encoders.languages import Anchors, Centres
from retrieval.errors import IndexDamaged, IndexMissing
from retrieval.index.joining import Joined, join
from retrieval.index.large_index import Part, nearest
from retrieval.index.segment import IndexedDocument, Segment, empty_segment
from retrieval.index.segment_store import load_segment
from retrieval.index.word_index import WordIndex
from retrieval.questions.known import Known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from corpus.document import Document
    from retrieval.index.vector_index import Nearest

FORMAT = 4
_NUMBERED = "{:08d}.json"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is made of. ``withdrawn`` names, by segment, the documents in it that no longer count.

    One that is ``pinned`` was gone back to, and is not brought up to date unless that is asked for.
    """

    id: str
    encoder: str
    segments: tuple[str, ...]
    withdrawn: Mapping[str, frozenset[str]]
    pinned: bool = False

    def to_json(self) -> dict[str, Any]:
        """The manifest as it is stored."""
        return {
            "format": FORMAT,
            "splitter": SPLITTER_VERSION,
            "id": self.id,
            "encoder": self.encoder,
            "segments": list(self.segments),
            "withdrawn": {name: sorted(ids) for name, ids in self.withdrawn.items()},
            "pinned": self.pinned,
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
    passage_vectors: Nearest
    sentence_vectors: Nearest
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
    if not segments:
        # Everything was erased.
        dimension = len(next(iter(anchors.statements.values())))
        segments = [(empty_segment(dimension), frozenset())]
    joined = join(segments)
    names, of_document = _languages(joined.documents)
    passage_languages = of_document[joined.passages[:, 0]]
    sentence_languages = of_document[joined.sentences[:, 0]]
    centres = Centres.of(anchors, _total(segments, joined), len(joined.passages))
    parts = [segment for segment, _ in segments]
    of_passages = zip(parts, joined.kept_passages, strict=True)
    of_sentences = zip(parts, joined.kept, strict=True)
    tokens = [(one.token_codes, one.token_starts, kept) for one, kept in zip(parts, joined.kept, strict=True)]
    return Generation(
        id=identifier,
        encoder=encoder,
        documents=joined.documents,
        by_id={entry.document.id: number for number, entry in enumerate(joined.documents)},
        passages=joined.passages,
        sentences=joined.sentences,
        passage_vectors=nearest(
            [Part.of(one.passage_vectors, live, one.clusters[0]) for one, live in of_passages], centres.subject
        ),
        sentence_vectors=nearest(
            [Part.of(one.sentence_vectors, live, one.clusters[1]) for one, live in of_sentences], centres.subject
        ),
        tokens=SentenceTokens(tokens),
        words=WordIndex([(one.postings, rows) for one, rows in zip(parts, joined.rows, strict=True)]),
        language_names=names,
        passage_languages=passage_languages,
        sentence_languages=sentence_languages,
        anchors=anchors,
        centres=centres,
        known=Known.of(entry.document.metadata for entry in joined.documents),
    )


def _total(segments: Sequence[tuple[Segment, frozenset[str]]], joined: Joined) -> NDArray[np.float64]:
    """The sum of the vectors of all live passages, float64 of shape (d,)."""
    kept = zip(segments, joined.kept_passages, strict=True)
    found: NDArray[np.float64] = np.sum([one.passage_vectors.where(live).total() for (one, _), live in kept], axis=0)
    return found


def _languages(documents: Sequence[IndexedDocument]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The languages of ``documents``, sorted, and the number of each document's among them, int32."""
    spoken = [entry.document.metadata.language or "" for entry in documents]
    names = tuple(sorted(set(spoken)))
    return names, np.array([names.index(language) for language in spoken], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything that a manifest names, read and verified: what generations are put together from.

    ``segments`` come each with the ids of its documents that no longer count.
    """

    manifest: Manifest
    segments: tuple[tuple[Segment, frozenset[str]], ...]
    anchors: Anchors

    def documents(self) -> dict[str, IndexedDocument]:
        """The documents that count, by id."""
        return {
            entry.document.id: entry
            for segment, withdrawn in self.segments
            for entry in segment.documents
            if entry.document.id not in withdrawn
        }

    def generation(self, hidden: frozenset[str] = frozenset()) -> Generation:
        """The generation without the documents ``hidden``: nothing in it, no count, mean or name, comes from them.

        Its id is the manifest's where nothing is hidden, and otherwise that of the documents which are left.
        """
        kept = [(name, entry.fingerprint) for name, entry in self.documents().items() if name not in hidden]
        segments = [(segment, withdrawn | hidden) for segment, withdrawn in self.segments]
        return assemble(generation_id(kept, self.manifest.encoder), self.manifest.encoder, segments, self.anchors)


class GenerationStore:
    """The folder that holds segments, manifests, and which generation is current."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments_folder = folder / "segments"
        self.current_file = folder / "current.json"
        self.previous_folder = folder / "previous"

    def current(self) -> Manifest:
        """The manifest that answers now.

        Raises:
            IndexMissing: nothing has been indexed yet, or it was by an earlier version of this program.
            IndexDamaged: the manifest cannot be read, or is of a later version of this program.
        """
        return self._read(self.current_file)

    def _read(self, path: Path) -> Manifest:
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise IndexMissing("There is no index yet; run `rapporteur index` to build it.") from None
        except (OSError, ValueError) as error:
            raise IndexDamaged(_cannot_read(path)) from error
        if not isinstance(value, dict) or not isinstance(value.get("format"), int):
            raise IndexDamaged(_cannot_read(path))
        if value["format"] < FORMAT or (value["format"] == FORMAT and value.get("splitter") != SPLITTER_VERSION):
            raise IndexMissing("The index is of another version of this program; run `rapporteur index` to build it.")
        if value["format"] > FORMAT:
            raise IndexDamaged(
                "The index was made by a later version of this program; "
                "use that version, or run `rapporteur index --rebuild` to build it anew from the documents."
            )
        try:
            withdrawn = {name: frozenset(ids) for name, ids in value["withdrawn"].items()}
            return Manifest(value["id"], value["encoder"], tuple(value["segments"]), withdrawn, value["pinned"])
        except (KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged(_cannot_read(path)) from error

    def read(self, manifest: Manifest, known: Stock | None = None, *, whole: bool = False) -> Stock:
        """Read and verify every part of ``manifest``, but for the segments that are in ``known`` already.

        Very large files are verified only if ``whole``; see ``retrieval.index.segment_store.load_segment``.

        Raises:
            IndexDamaged: a part is missing or is not what was written.
        """
        # A segment's name is made from its content, which never changes.
        read = dict(zip(known.manifest.segments, (one for one, _ in known.segments), strict=True)) if known else {}
        segments = tuple(
            (
                read.get(name) or load_segment(self.segments_folder / name, whole=whole),
                manifest.withdrawn.get(name, frozenset()),
            )
            for name in manifest.segments
        )
        stock = Stock(manifest, segments, self.load_anchors(manifest.encoder))
        fingerprints = [(name, entry.fingerprint) for name, entry in stock.documents().items()]
        if generation_id(fingerprints, manifest.encoder) != manifest.id:
            raise IndexDamaged(_cannot_read(self.current_file))
        return stock

    def load(self, manifest: Manifest, *, whole: bool = False) -> Generation:
        """The generation of everything in ``manifest``; see ``read``."""
        return self.read(manifest, whole=whole).generation()

    def publish(self, manifest: Manifest, *, keep: int = 0) -> None:
        """Make ``manifest`` the one that answers, in one step, and keep ``keep`` of those that answered before it."""
        try:
            before = self.current()
        except (IndexMissing, IndexDamaged):
            before = None
        if before is not None and keep and before.id != manifest.id:
            self.previous_folder.mkdir(exist_ok=True)
            numbers = [int(path.stem) for path in self._previous_files()]
            self._write(self.previous_folder / _NUMBERED.format(max(numbers, default=0) + 1), before)
        self._write(self.current_file, manifest)
        for path in self._previous_files()[keep:]:
            path.unlink()

    def previous(self) -> tuple[Manifest, ...]:
        """The manifests that answered before and are kept, newest first; those that cannot be used are left out."""
        found = []
        for path in self._previous_files():
            with contextlib.suppress(IndexMissing, IndexDamaged):
                found.append(self._read(path))
        return tuple(found)

    def before(self) -> Manifest | None:
        """The newest earlier generation that can be gone back to: whole, and by the encoder of the current one.

        Raises:
            IndexMissing, IndexDamaged: there is no current one, or it cannot be read.
        """
        now = self.current()
        for manifest in self.previous():
            # A kill while publishing can leave the current one among those before it.
            if manifest.id != now.id and manifest.encoder == now.encoder:
                with contextlib.suppress(IndexDamaged):
                    self.read(manifest)
                    return manifest
        return None

    def go_back(self) -> Manifest:
        """Make the generation ``before`` this one answer again, pinned, and return its manifest.

        Raises:
            IndexMissing: none is kept.
            IndexDamaged: the current one cannot be read.
        """
        found = self.before()
        if found is None:
            raise IndexMissing("No earlier generation is kept; there is nothing to go back to.")
        manifest = replace(found, pinned=True)
        self._write(self.current_file, manifest)
        for path in self._previous_files():
            with contextlib.suppress(IndexMissing, IndexDamaged):
                if self._read(path).id == found.id:
                    path.unlink()
                    break
        return manifest

    def forget_previous(self, wanted: Callable[[Manifest], bool]) -> None:
        """Keep no earlier manifest that is not ``wanted`` or cannot be read."""
        for path in self._previous_files():
            try:
                is_wanted = wanted(self._read(path))
            except (IndexMissing, IndexDamaged):
                is_wanted = False
            if not is_wanted:
                path.unlink()

    def remove_unused(self) -> None:
        """Delete the segments that no manifest names, and what a killed run left half written."""
        if not self.segments_folder.is_dir():
            return
        used = {name for manifest in (self.current(), *self.previous()) for name in manifest.segments}
        for folder in self.segments_folder.iterdir():
            if folder.name not in used:
                shutil.rmtree(folder, ignore_errors=True)

    def remove_all(self) -> None:
        """Delete every segment, where there is no generation that could be read."""
        shutil.rmtree(self.segments_folder, ignore_errors=True)

    def _previous_files(self) -> list[Path]:
        """The manifests that are kept, newest first."""
        return sorted(self.previous_folder.glob("[0-9]*.json"), reverse=True)

    def _write(self, path: Path, manifest: Manifest) -> None:
        write_atomically(path, json.dumps(manifest.to_json(), ensure_ascii=False, indent=1).encode())

    def load_anchors(self, encoder: str) -> Anchors:
        """The language anchors measured with ``encoder``.

        Raises:
            IndexDamaged: they are missing or not what was written.
        """
        path = self.anchors_file(encoder)
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
        write_atomically(self.anchors_file(encoder), array + hashlib.sha256(array).digest())

    def has_anchors(self, encoder: str) -> bool:
        """Whether anchors measured with ``encoder`` are kept and can be used."""
        try:
            self.load_anchors(encoder)
        except IndexDamaged:
            return False
        return True

    def anchors_file(self, encoder: str) -> Path:
        """Where the anchors measured with ``encoder`` are kept."""
        return self.folder / f"anchors-{hashlib.sha256(encoder.encode()).hexdigest()[:16]}.npz"


def _cannot_read(path: Path) -> str:
    return f"The index is damaged: {path} cannot be used; run `rapporteur index --rebuild` to build it anew."
