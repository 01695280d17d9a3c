"""The documents of a segment: what is known of each is held, and its text and blocks are read from disk when asked for.

A segment's folder has a line of JSON for each document, one file with all texts, one with all blocks, and the offsets
in these. The two large ones are mapped when the segment is loaded and never opened again, so that documents can be read
until the last of them is let go, even where the folder has been deleted meanwhile. Like every file of a segment they
are written once and never changed.
"""

from __future__ import annotations

import itertools
import json
import mmap
import sys
import weakref
from collections import OrderedDict, deque
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import numpy as np

from corpus.document import Document
from corpus.serial import blocks_from_json, blocks_to_json, metadata_from_json, metadata_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from corpus.document import Block

_DOCUMENTS: Final = "documents.jsonl"
_TEXTS: Final = "texts.bin"
_BLOCKS: Final = "blocks.bin"
_BOUNDS: Final = "text_bounds.npy"
# In bytes, for all segments together: some 16 million characters of Cyrillic or Arabic, and 50,000 blocks.
_MOST_TEXT = 32 * 2**20
_MOST_BLOCKS = 16 * 2**20
# One block with its numbers and its heading.
_BLOCK_BYTES = 320

_Value = TypeVar("_Value")


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


class Recent(Generic[_Value]):
    """The values used last that have ``most`` bytes together; the very last one is held however large it is.

    A key is (owner, number). Threads may share it.
    """

    def __init__(self, most: int, weigh: Callable[[_Value], int]) -> None:
        self._most = most
        self._weigh = weigh
        self._lock = Lock()
        self._held: OrderedDict[tuple[int, int], tuple[_Value, int]] = OrderedDict()
        self._gone: deque[int] = deque()
        self.weight = 0

    def get(self, key: tuple[int, int]) -> _Value | None:
        """The value of ``key``; None where it is not held."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def keep(self, key: tuple[int, int], value: _Value) -> None:
        """Hold ``value``, and let go of those that were not used for longest."""
        weight = self._weigh(value)
        with self._lock:
            self._drop(key)
            while self._gone:
                owner = self._gone.popleft()
                for other in [one for one in self._held if one[0] == owner]:
                    self._drop(other)
            self._held[key] = value, weight
            self.weight += weight
            while self.weight > self._most and len(self._held) > 1:
                self._drop(next(iter(self._held)))

    def let_go(self, owner: int) -> None:
        """Drop all that ``owner`` has when something is kept next.

        It takes no lock: the garbage collector may call it at any moment, even in a thread that holds the lock.
        """
        self._gone.append(owner)

    def _drop(self, key: tuple[int, int]) -> None:
        _, weight = self._held.pop(key, (None, 0))
        self.weight -= weight


RECENT_TEXTS: Final = Recent[str](_MOST_TEXT, sys.getsizeof)
RECENT_BLOCKS: Final = Recent["tuple[Block, ...]"](_MOST_BLOCKS, lambda blocks: _BLOCK_BYTES * (1 + len(blocks)))
_owners = itertools.count()


class Texts:
    """The texts and blocks of a segment's documents, by the number of the document in its segment.

    ``_bounds`` is int64 of shape (documents + 1, 2): document n has the bytes from row n to row n + 1 of the file of
    texts (UTF-8), by the first column, and of the file of blocks (JSON), by the second.
    """

    def __init__(self, folder: Path) -> None:
        """Map the files in ``folder``.

        Raises:
            OSError: a file is missing or cannot be read.
            ValueError: the bounds are not of these files.
        """
        self._texts, self._blocks = _mapped(folder / _TEXTS), _mapped(folder / _BLOCKS)
        self._bounds = np.load(folder / _BOUNDS, allow_pickle=False)
        if not _are_bounds(self._bounds, [len(self._texts), len(self._blocks)]):
            raise ValueError("the bounds do not lead from the beginning of the files to their ends")
        self._owner = next(_owners)
        for recent in (RECENT_TEXTS, RECENT_BLOCKS):
            weakref.finalize(self, recent.let_go, self._owner).atexit = False

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def text(self, number: int) -> str:
        """The text of a document."""
        key = self._owner, number
        text = RECENT_TEXTS.get(key)
        if text is None:
            # Threads may read the same at once: none waits for another's disk.
            text = self.text_bytes(number).decode("utf-8")
            RECENT_TEXTS.keep(key, text)
        return text

    def blocks(self, number: int) -> tuple[Block, ...]:
        """The blocks of a document."""
        key = self._owner, number
        blocks = RECENT_BLOCKS.get(key)
        if blocks is None:
            blocks = blocks_from_json(json.loads(self.block_bytes(number)))
            RECENT_BLOCKS.keep(key, blocks)
        return blocks

    def holds(self, number: int, part: bytes) -> bool:
        """Whether the text of a document, in UTF-8, has ``part`` in it; nothing is decoded."""
        return self._texts.find(part, int(self._bounds[number, 0]), int(self._bounds[number + 1, 0])) >= 0

    def text_bytes(self, number: int) -> bytes:
        """The text of a document as it is on disk."""
        return self._texts[int(self._bounds[number, 0]) : int(self._bounds[number + 1, 0])]

    def block_bytes(self, number: int) -> bytes:
        """The blocks of a document as they are on disk."""
        return self._blocks[int(self._bounds[number, 1]) : int(self._bounds[number + 1, 1])]


class StoredDocument(Document):
    """A document whose text and blocks stay on disk.

    It is like any other to all that have it: equal to one of the same content, of the same class, and turned into a
    plain one by ``dataclasses.replace``, copying and pickling.
    """

    __slots__ = ("_number", "_texts")
    _texts: Texts
    _number: int

    def __init__(self, described: Mapping[str, Any], texts: Texts, number: int) -> None:
        """Take what ``_described`` wrote of document ``number`` of ``texts``."""
        held = {name: described[name] for name in ("id", "file", "sha256", "format")}
        held |= {"metadata": metadata_from_json(described["metadata"]), "_texts": texts, "_number": number}
        for name, value in held.items():
            object.__setattr__(self, name, value)

    @property
    def text(self) -> str:
        return self._texts.text(self._number)

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self._texts.blocks(self._number)

    def holds(self, part: bytes) -> bool:
        """Whether the text, in UTF-8, has ``part`` in it."""
        return self._texts.holds(self._number, part)

    @property
    def encoded(self) -> tuple[bytes, bytes]:
        """Text and blocks as they are on disk."""
        return self._texts.text_bytes(self._number), self._texts.block_bytes(self._number)

    @property  # type: ignore[misc]
    def __class__(self) -> type[Document]:  # type: ignore[override]
        # What dataclasses ask for: two documents are compared, and one is made anew, as of this class.
        return Document

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Document):
            return NotImplemented
        # Nothing is read from disk where that does not matter.
        return (
            (self.id, self.sha256, self.file, self.format) == (other.id, other.sha256, other.file, other.format)
            and self.metadata == other.metadata
            and self.text == other.text
            and self.blocks == other.blocks
        )

    __hash__ = Document.__hash__

    def __reduce__(self) -> tuple[type[Document], tuple[Any, ...]]:
        return Document, (self.id, self.file, self.sha256, self.text, self.blocks, self.metadata, self.format)


def holds(document: Document, part: str) -> bool:
    """Whether the text of ``document`` has ``part`` in it, which is sooner said than its text is read from disk."""
    if isinstance(document, StoredDocument):
        return document.holds(part.encode("utf-8", "surrogatepass"))
    return part in document.text


def write_documents(documents: Sequence[IndexedDocument], folder: Path) -> None:
    """Write ``documents`` into ``folder``, one by one.

    Raises:
        UnicodeEncodeError: a text has a lone surrogate, which is in no canonical text.
    """
    bounds = np.zeros((len(documents) + 1, 2), dtype=np.int64)
    with (
        (folder / _DOCUMENTS).open("wb") as lines,
        (folder / _TEXTS).open("wb") as texts,
        (folder / _BLOCKS).open("wb") as blocks,
    ):
        for number, indexed in enumerate(documents):
            lines.write(_json(_described(indexed)) + b"\n")
            text, encoded_blocks = _encoded(indexed.document)
            texts.write(text)
            blocks.write(encoded_blocks)
            bounds[number + 1] = texts.tell(), blocks.tell()
    np.save(folder / _BOUNDS, bounds, allow_pickle=False)


def read_documents(folder: Path) -> tuple[IndexedDocument, ...]:
    """The documents that were written into ``folder``, their texts and blocks left there.

    Raises:
        OSError: a file is missing or cannot be read.
        ValueError, KeyError: the files are not those of one segment.
    """
    texts = Texts(folder)
    with (folder / _DOCUMENTS).open("rb") as lines:
        documents = tuple(_indexed(json.loads(line), texts, number) for number, line in enumerate(lines))
    if len(documents) != len(texts):
        raise ValueError(f"{len(documents)} documents, but {len(texts)} texts")
    return documents


def _indexed(described: Mapping[str, Any], texts: Texts, number: int) -> IndexedDocument:
    document = StoredDocument(described, texts, number)
    return IndexedDocument(document, described["fingerprint"], described["added"], described["changed"])


def _described(indexed: IndexedDocument) -> dict[str, Any]:
    """What is known of a document, as ``json`` can write it; all but its text and blocks."""
    document = indexed.document
    return {
        "id": document.id,
        "file": document.file,
        "sha256": document.sha256,
        "format": document.format,
        "fingerprint": indexed.fingerprint,
        "added": indexed.added,
        "changed": indexed.changed,
        "metadata": metadata_to_json(document.metadata),
    }


def _encoded(document: Document) -> tuple[bytes, bytes]:
    """The text and the blocks of a document as they are written; those of a stored one as they are."""
    if isinstance(document, StoredDocument):
        return document.encoded
    return document.text.encode("utf-8"), _json(blocks_to_json(document.blocks))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _are_bounds(bounds: NDArray[Any], sizes: list[int]) -> bool:
    """Whether ``bounds``, shaped as those of ``Texts``, go in order from 0 to the ``sizes`` of the two files."""
    if bounds.dtype != np.int64 or bounds.ndim != 2 or bounds.shape[1] != 2 or len(bounds) == 0:
        return False
    ends = bounds[[0, -1]].tolist() == [[0, 0], sizes]
    return ends and bool((np.diff(bounds, axis=0) >= 0).all())


def _mapped(path: Path) -> mmap.mmap | bytes:
    """The bytes of a file, to be read from it when they are looked at."""
    with path.open("rb") as file:
        # There is nothing to map in an empty file.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
