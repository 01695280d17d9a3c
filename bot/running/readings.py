"""What is read of the store and the index for those who watch the bot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.errors import RetrievalError
from retrieval.index.generation import GenerationStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.services import Services
    from retrieval.index.generation import Stock


@dataclass(frozen=True, slots=True)
class Readings:
    """Numbers of the outbox and of the generation that answers.

    ``outbox`` counts messages by state; the ages are in seconds. ``documents`` are those of the generation that are not
    withdrawn.
    """

    outbox: Mapping[str, int]
    outbox_oldest: float
    generation: str
    generation_age: float
    documents: int


class Reader:
    """Reads them, one call at a time, and remembers since when a generation answers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._generation: str | None = None
        self._since = 0.0
        self._seen: tuple[str, int] | None = None
        self._documents = 0

    def read(self) -> Readings:
        """The readings of now. Blocks.

        Raises:
            DatabaseError: the store or the library cannot be read.
        """
        services, table = self._services, self._services.store.outbox
        counts, oldest = table.counts(), table.oldest_waiting()
        stock = services.engine.stock
        if stock.manifest.id != self._generation:
            self._generation, self._since = stock.manifest.id, self._made(stock.manifest.id)
        now = services.clock.now()
        return Readings(
            outbox=counts,
            outbox_oldest=max(0.0, now - oldest) if oldest is not None else 0.0,
            generation=stock.manifest.id,
            generation_age=max(0.0, now - self._since),
            documents=self._count(stock),
        )

    def _count(self, stock: Stock) -> int:
        """How many documents of an index are not withdrawn; counted anew after a reload or a decision of an admin."""
        library, highest = self._services.library, self._services.settings.labels.highest
        seen = (stock.manifest.id, library.revision())
        if seen != self._seen:
            entries = stock.documents()
            hidden = library.hidden((entry.document for entry in entries.values()), highest)
            self._seen, self._documents = seen, len(entries.keys() - hidden)
        return self._documents

    def _made(self, generation: str) -> float:
        """When a generation was made (seconds since 1970): as its file says, or now where that is another's."""
        store = GenerationStore(self._services.settings.index_folder)
        try:
            if store.current().id == generation:
                return store.current_file.stat().st_mtime
        except (RetrievalError, OSError):
            # There is another, or none, though this one goes on answering.
            pass
        return self._services.clock.now()
