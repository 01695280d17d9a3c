"""What answers: the encoder and the current generation, which is swapped whole when a new one is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval import answer as answering
from retrieval.encoder import encoder_identity, load_encoder
from retrieval.errors import IndexDamaged
from retrieval.generation import Generation, GenerationStore
from retrieval.reranking import CrossEncoderReranker
from retrieval.summary import Summary, summarise

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from pathlib import Path

    from retrieval.answer import Answer
    from retrieval.encoder import Encoder
    from retrieval.question import Filters
    from retrieval.reranking import Reranker


class Engine:
    """Answers from one generation at a time. Its methods compute and read disk: call them off the event loop."""

    def __init__(
        self,
        store: GenerationStore,
        encoder: Encoder,
        generation: Generation,
        confidence: float,
        reranker: Reranker | None = None,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._reranker = reranker
        self._confidence = confidence
        self.generation = generation

    @staticmethod
    def open(
        index_folder: Path, models_folder: Path, model: str, confidence: float, reranker: str | None = None
    ) -> Engine:
        """Load the current generation, its encoder and, where one is named, a cross-encoder.

        Raises:
            IndexMissing: nothing has been indexed yet.
            IndexDamaged: the index cannot be used, or was made by another encoder.
            EncoderError: the encoder or the cross-encoder cannot be loaded.
        """
        store = GenerationStore(index_folder)
        generation = load_current(store)
        _refuse_other_encoder(generation, encoder_identity(model))
        encoder = load_encoder(model, models_folder)
        return Engine(store, encoder, generation, confidence, CrossEncoderReranker(reranker) if reranker else None)

    def answer(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        after: Sequence[str] = (),
        lifted: frozenset[str] = frozenset(),
        today: datetime.date | None = None,
        wanted: int = 3,
    ) -> Answer:
        """Answer a question from the current generation; see ``retrieval.answer.answer``."""
        return answering.answer(
            self.generation,
            self._encoder,
            text,
            filters=filters,
            after=after,
            lifted=lifted,
            today=today,
            wanted=wanted,
            threshold=self._confidence,
            reranker=self._reranker,
        )

    def summary(self, number: int, *, process: str | None = None, words: int = 300) -> Summary:
        """Summarise a round from the current generation; see ``retrieval.summary.summarise``."""
        return summarise(self.generation, self._encoder, number, process=process, words=words)

    def refresh(self) -> bool:
        """Load the generation on disk if it is another one, and let it answer from now on; say whether it was.

        Raises:
            IndexMissing, IndexDamaged: it cannot be loaded or is by another encoder; the present one goes on answering.
        """
        if self._store.current().id == self.generation.id:
            return False
        generation = load_current(self._store)
        _refuse_other_encoder(generation, self._encoder.identity)
        self.generation = generation
        return True


def _refuse_other_encoder(generation: Generation, identity: str) -> None:
    if generation.encoder != identity:
        raise IndexDamaged(
            f"The index was made by another encoder ({generation.encoder}, not {identity}); "
            "set RAPPORTEUR_EMBEDDING_MODEL back, or run `rapporteur index --rebuild` to encode everything anew."
        )


def load_current(store: GenerationStore) -> Generation:
    """Load the current generation, again where another took its place and removed its parts meanwhile.

    Raises:
        IndexMissing, IndexDamaged: it cannot be loaded.
    """
    while True:
        manifest = store.current()
        try:
            return store.load(manifest)
        except IndexDamaged:
            if store.current() == manifest:
                raise
