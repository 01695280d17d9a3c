"""What answers: the encoder and the current index, which is swapped whole when a new one is there."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from retrieval.answers import answer as answering
from retrieval.encoders.loading import encoder_identity, load_encoder
from retrieval.encoders.reranking import CrossEncoderReranker
from retrieval.errors import IndexDamaged
from retrieval.index.generation import GenerationStore
from retrieval.summaries.aspects import kept_examples
from retrieval.summaries.summary import Summary, news, summarise

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from pathlib import Path

    from corpus.library import Library
    from retrieval.answers.answer import Answer
    from retrieval.answers.quotes import Quote
    from retrieval.encoders.encoder import Encoder
    from retrieval.encoders.reranking import Reranker
    from retrieval.index.generation import Generation, Manifest, Stock
    from retrieval.questions.question import Filters
    from retrieval.summaries.aspects import Examples


_VIEWS = 4


class Engine:
    """Answers from one index at a time, and from what the library lets the asker read of it.

    Every way of reading takes a clearance, one of the library's labels, and sees a generation that has nothing in it
    which that clearance does not cover: not in its words' frequencies, its languages' means or its names either. Its
    methods compute and read disk: call them off the event loop.
    """

    def __init__(
        self,
        store: GenerationStore,
        encoder: Encoder,
        stock: Stock,
        library: Library,
        confidence: float,
        reranker: Reranker | None = None,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._reranker = reranker
        self._confidence = confidence
        self._stock = stock
        self._lock = threading.Lock()
        self._revision = -1
        self._hidden: dict[str, frozenset[str]] = {}
        self._views: dict[frozenset[str], Generation] = {}
        self._examples: Examples | None = None
        self.library = library

    @staticmethod
    def open(
        index_folder: Path,
        models_folder: Path,
        model: str,
        library: Library,
        confidence: float,
        reranker: str | None = None,
    ) -> Engine:
        """Load the current index, its encoder and, where one is named, a cross-encoder.

        Raises:
            IndexMissing: nothing has been indexed yet.
            IndexDamaged: the index cannot be used, or was made by another encoder.
            EncoderError: the encoder or the cross-encoder cannot be loaded.
        """
        store = GenerationStore(index_folder)
        indexed = store.current()

        def load() -> Encoder:
            # Told before it is loaded, since another one would first have to be exported.
            _refuse_other_encoder(indexed, encoder_identity(model))
            return load_encoder(model, models_folder)

        with ThreadPoolExecutor(1, "encoder") as beside:
            loading = beside.submit(load)
            stock = load_current(store)
            encoder = loading.result()
        _refuse_other_encoder(stock.manifest, encoder.identity)
        cross_encoder = CrossEncoderReranker(reranker) if reranker else None
        return Engine(store, encoder, stock, library, confidence, cross_encoder)

    @property
    def encoder(self) -> Encoder:
        """What reads questions."""
        return self._encoder

    @property
    def stock(self) -> Stock:
        """The index on disk that is answered from, whoever may read what of it."""
        return self._stock

    def view(self, clearance: str) -> Generation:
        """What ``clearance`` lets read now; the same object until a reload or a decision of an admin changes it."""
        with self._lock:
            revision = self.library.revision()
            if revision != self._revision:
                self._revision = revision
                self._hidden.clear()
            hidden = self._hidden.get(clearance)
            if hidden is None:
                hidden = self._unread(self._stock, clearance)
                self._hidden[clearance] = hidden
            generation = self._views.pop(hidden, None) or self._stock.generation(hidden)
            # The view used last comes last, and one that nobody has used for long is let go.
            self._views[hidden] = generation
            while len(self._views) > _VIEWS:
                del self._views[next(iter(self._views))]
            return generation

    def answer(
        self,
        text: str,
        *,
        clearance: str,
        filters: Filters | None = None,
        after: Sequence[str] = (),
        lifted: frozenset[str] = frozenset(),
        today: datetime.date | None = None,
        is_reply: bool = False,
        wanted: int = 3,
    ) -> Answer:
        """Answer a question from what ``clearance`` lets read; see ``retrieval.answers.answer.answer``."""
        return answering.answer(
            self.view(clearance),
            self._encoder,
            text,
            filters=filters,
            after=after,
            lifted=lifted,
            today=today,
            is_reply=is_reply,
            wanted=wanted,
            threshold=self._confidence,
            reranker=self._reranker,
        )

    def summary(
        self, number: int, *, clearance: str, process: str | None = None, topic: str | None = None, words: int = 300
    ) -> Summary:
        """Summarise a round from what ``clearance`` lets read; see ``retrieval.summaries.summary.summarise``."""
        return summarise(
            self.view(clearance),
            self._encoder,
            number,
            process=process,
            topic=topic,
            words=words,
            examples=None if topic else self._section_examples(),
        )

    def news(
        self,
        number: int,
        *,
        clearance: str,
        process: str | None = None,
        documents: frozenset[str],
        quoted: Sequence[Quote],
        words: int = 150,
    ) -> Summary:
        """What late documents that ``clearance`` lets read add to a summary; see ``summary.news``."""
        return news(
            self.view(clearance),
            self._encoder,
            number,
            process=process,
            documents=documents,
            quoted=quoted,
            words=words,
            examples=self._section_examples(),
        )

    def _section_examples(self) -> Examples:
        """Read once; two that ask at the same moment may both read them."""
        if self._examples is None:
            self._examples = kept_examples(self._encoder, self._store.folder)
        return self._examples

    def refresh(self) -> bool:
        """Load the index on disk if it is another one, and let it answer from now on; say whether it was.

        Raises:
            IndexMissing, IndexDamaged: it cannot be loaded or is by another encoder; the present one goes on answering.
        """
        if self._store.current() == self._stock.manifest:
            return False
        stock = load_current(self._store, self._stock)
        _refuse_other_encoder(stock.manifest, self._encoder.identity)
        # Put together before the change, so that no question waits for it.
        revision = self.library.revision()
        hidden = {clearance: self._unread(stock, clearance) for clearance in tuple(self._hidden)}
        views = {unread: stock.generation(unread) for unread in set(hidden.values())}
        with self._lock:
            self._stock, self._revision, self._hidden, self._views = stock, revision, hidden, views
        return True

    def _unread(self, stock: Stock, clearance: str) -> frozenset[str]:
        return self.library.hidden((entry.document for entry in stock.documents().values()), clearance)


def _refuse_other_encoder(manifest: Manifest, identity: str) -> None:
    if manifest.encoder != identity:
        raise IndexDamaged(
            f"The index was made by another encoder ({manifest.encoder}, not {identity}); "
            "set RAPPORTEUR_EMBEDDING_MODEL back, or run `rapporteur index --rebuild` to encode everything anew."
        )


def load_current(store: GenerationStore, known: Stock | None = None) -> Stock:
    """Load the current index, again where another took its place and removed its parts meanwhile.

    What is in ``known`` is not read again.

    Raises:
        IndexMissing, IndexDamaged: it cannot be loaded.
    """
    while True:
        manifest = store.current()
        try:
            return store.read(manifest, known)
        except IndexDamaged:
            if store.current() == manifest:
                raise
