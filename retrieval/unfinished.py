"""What an indexing run has encoded before it is done, so that the next one need not do it again after a kill."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from corpus.durable import write_atomically
from corpus.sentences import SPLITTER_VERSION
from retrieval.errors import IndexDamaged
from retrieval.generation import FORMAT
from retrieval.segment_store import load_segment

if TYPE_CHECKING:
    from retrieval.generation import GenerationStore
    from retrieval.segment import Segment

_FILE: Final = "unfinished.json"


class Unfinished:
    """The segments of a run that has not published them; they are of ``encoder``, this format and this splitter."""

    def __init__(self, store: GenerationStore, encoder: str) -> None:
        self._file = store.folder / _FILE
        self._folder = store.segments_folder
        self._of = {"format": FORMAT, "splitter": SPLITTER_VERSION, "encoder": encoder}
        self._names = self._read()

    def segments(self) -> dict[str, Segment]:
        """Those that are whole, by name."""
        found = {}
        for name in self._names:
            try:
                found[name] = load_segment(self._folder / name)
            except IndexDamaged:
                continue
        return found

    def add(self, name: str) -> None:
        """One more is on disk."""
        self._names.append(name)
        write_atomically(self._file, json.dumps(self._of | {"segments": self._names}).encode())

    def clear(self) -> None:
        """All are published, or no longer wanted."""
        self._names = []
        self._file.unlink(missing_ok=True)

    def _read(self) -> list[str]:
        try:
            value = json.loads(self._file.read_text(encoding="utf-8"))
            names = [str(name) for name in value.pop("segments")]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []
        return names if value == self._of else []
