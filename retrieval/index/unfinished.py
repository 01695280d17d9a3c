"""What an indexing run has encoded before it is done, so that the next one need not do it again after a kill."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Final

from corpus.durable import write_atomically
from corpus.sentences import SPLITTER_VERSION
from retrieval.errors import IndexDamaged, IndexMissing
from retrieval.index.generation import FORMAT
from retrieval.index.segment_store import load_segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.index.generation import GenerationStore
    from retrieval.index.segment import Segment

_FILE: Final = "unfinished.json"
_TOGETHER: Final = 16


class Unfinished:
    """The segments of a run that has not published them; they are of ``encoder``, this format and this splitter."""

    def __init__(self, store: GenerationStore, encoder: str) -> None:
        self._file = store.folder / _FILE
        self._folder = store.segments_folder
        self._of = {"format": FORMAT, "splitter": SPLITTER_VERSION, "encoder": encoder}
        self._names = self._read()
        self._published = _published(store)
        # Those of this run: how many portions of it each holds, and its name.
        self._portions: list[tuple[int, str]] = []

    def segments(self) -> dict[str, Segment]:
        """Those that are whole, by name; not those that a run published before it was killed."""
        found = {}
        for name in self._names:
            if name in self._published:
                continue
            try:
                found[name] = load_segment(self._folder / name)
            except IndexDamaged:
                continue
        return found

    def add(self, name: str) -> None:
        """One more is on disk."""
        self._names.append(name)
        self._portions.append((1, name))
        self._write()

    def to_merge(self) -> Iterator[list[str]]:
        """The last ones, whenever there are many of one size: so few are open, however long the run is."""
        while len(last := self._portions[-_TOGETHER:]) == _TOGETHER and len({size for size, _ in last}) == 1:
            yield [name for _, name in last]

    def merge(self, names: Sequence[str], name: str) -> None:
        """The last ones, ``names``, are in ``name`` now."""
        size = sum(size for size, _ in self._portions[-len(names) :])
        self._portions[-len(names) :] = [(size, name)]
        self._names = [*(one for one in self._names if one not in names), name]
        self._write()
        for one in names:
            shutil.rmtree(self._folder / one, ignore_errors=True)

    def clear(self) -> None:
        """All are published, or no longer wanted."""
        self._names, self._portions = [], []
        self._file.unlink(missing_ok=True)

    def _write(self) -> None:
        write_atomically(self._file, json.dumps(self._of | {"segments": self._names}).encode())

    def _read(self) -> list[str]:
        try:
            value = json.loads(self._file.read_text(encoding="utf-8"))
            names = [str(name) for name in value.pop("segments")]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []
        return names if value == self._of else []


def _published(store: GenerationStore) -> frozenset[str]:
    """The segments of the generation that answers now."""
    try:
        return frozenset(store.current().segments)
    except (IndexMissing, IndexDamaged):
        return frozenset()
