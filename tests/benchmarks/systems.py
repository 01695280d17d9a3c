"""Three systems that answer the same questions from the same documents with the same encoder, to be compared.

- ``PlainStack`` is what most would build: LangChain's splitter and its FAISS store, passages alone, the question's
  nearest passages, each quoted from its beginning.
- ``FirstRecipe`` adds the best sentence's similarity to the passage's, and BM25 as a share of the best, whatever the
  languages; it quotes that sentence.
- ``Rapporteur`` is this program.
"""

from __future__ import annotations

import hashlib
import importlib
import time
import warnings
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from retrieval.answers.answer import answer
from retrieval.errors import QuestionRefused
from retrieval.evaluation.measuring import QUOTE_LIMIT, QUOTES_KEPT, RANKING_LENGTH, Prediction
from retrieval.index.generation import assemble
from retrieval.index.segment import in_context
from retrieval.index.word_index import WordIndex
from retrieval.index.words import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoder, Encoding
    from retrieval.encoders.languages import Anchors
    from retrieval.evaluation.question_sets import Query
    from retrieval.index.segment import IndexedDocument, Segment

_CHUNK, _OVERLAP = 1000, 100
_CHUNKS_FOUND = 30
_WORDS = 0.1


class LangChainMissing(Exception):  # noqa: N818 - named for what it is about
    """LangChain is not installed; the message is one sentence that says how to install it."""


class System(Protocol):
    """What answers questions in order to be compared."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def ask(self, query: Query) -> Prediction:
        """The documents and quotations found for ``query``, and the seconds that took."""


class CachedEncoder:
    """An encoder that keeps the vector of each passage in a folder, under a digest of its identity and the text."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder, self._folder = encoder, folder
        self.identity, self.dimension, self.serving = encoder.identity, encoder.dimension, encoder.serving
        self._kept: dict[str, NDArray[np.float32]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.npz")):
            with np.load(path, allow_pickle=False) as file:
                self._kept.update(zip(file["names"].tolist(), file["vectors"], strict=True))

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, encoded each time."""
        return self._encoder.encode_questions(texts)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages, encoded where they are not kept yet."""
        names = [hashlib.sha256(f"{self.identity}\0{text}".encode()).hexdigest() for text in texts]
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in self._kept}
        if missing:
            vectors = self._encoder.encode_passages(list(missing.values()), progress)
            self._kept.update(zip(missing, vectors, strict=True))
            self._write(list(missing), vectors)
        if progress is not None:
            progress(len(texts) - len(missing))
        return np.array([self._kept[name] for name in names], dtype=np.float32).reshape(len(texts), self.dimension)

    def read_question(self, text: str) -> Encoding:
        """A question with its tokens, encoded each time."""
        return self._encoder.read_question(text)

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """Passages with their tokens, which are too large to keep."""
        return self._encoder.read_passages(texts, progress)

    def _write(self, names: list[str], vectors: NDArray[np.float32]) -> None:
        """Add a file for these vectors, whole or not at all."""
        target = self._folder / f"{hashlib.sha256(' '.join(names).encode()).hexdigest()[:32]}.npz"
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, names=np.array(names), vectors=vectors)
        partial.replace(target)


class _LangChainEmbeddings:
    """The encoder as LangChain asks for one."""

    def __init__(self, encoder: Encoder, progress: Callable[[int], None] | None) -> None:
        self._encoder, self._progress = encoder, progress

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of passages."""
        return [[float(part) for part in vector] for vector in self._encoder.encode_passages(texts, self._progress)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return [float(part) for part in self._encoder.encode_questions([text])[0]]


class PlainStack:
    """The passages of ``chunks`` in LangChain's FAISS store; ``progress`` is told how many more are encoded."""

    name = "LangChain, FAISS"

    def __init__(
        self, passages: Sequence[Any], encoder: Encoder, progress: Callable[[int], None] | None = None
    ) -> None:
        _langchain("langchain_core.embeddings").Embeddings.register(_LangChainEmbeddings)
        store = _langchain("langchain_community.vectorstores").FAISS
        self._store = store.from_documents(list(passages), _LangChainEmbeddings(encoder, progress))

    def ask(self, query: Query) -> Prediction:
        """The nearest passages, each quoted from its beginning."""
        started = time.perf_counter()
        found = self._store.similarity_search(query.text, k=_CHUNKS_FOUND)
        quotes = []
        for passage in found[:QUOTES_KEPT]:
            text, start = passage.page_content[:QUOTE_LIMIT], passage.metadata["start_index"]
            quotes.append((passage.metadata["document"], start, start + len(text), text))
        ranking = dict.fromkeys(passage.metadata["document"] for passage in found)
        seconds = time.perf_counter() - started
        return Prediction(query, tuple(ranking)[:RANKING_LENGTH], tuple(quotes), True, 1.0, seconds)


def chunks(documents: Sequence[IndexedDocument]) -> list[Any]:
    """LangChain's passages of ``documents``, of a thousand characters, with the document's id and the place of each.

    Raises:
        LangChainMissing: it is not installed.
    """
    splitter = _langchain("langchain_text_splitters").RecursiveCharacterTextSplitter(
        chunk_size=_CHUNK, chunk_overlap=_OVERLAP, add_start_index=True
    )
    texts = [entry.document.text for entry in documents]
    found: list[Any] = splitter.create_documents(texts, [{"document": entry.document.id} for entry in documents])
    return found


def _langchain(module: str) -> Any:
    """A module of LangChain, which is imported only where it is compared with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return importlib.import_module(module)
        except ImportError:
            raise LangChainMissing(
                "LangChain is not installed, so it is left out; `.venv/bin/pip install -e '.[bench]'` installs it."
            ) from None


class FirstRecipe:
    """Passage, best sentence and words added up as they are: no regard to languages, nothing centred."""

    name = "first recipe"

    def __init__(self, segment: Segment, encoder: Encoder, progress: Callable[[int], None] | None = None) -> None:
        self._segment, self._encoder = segment, encoder
        texts = [in_context(segment.documents, row) for row in segment.sentences]
        self._sentence_vectors = encoder.encode_passages(texts, progress)
        texts = [in_context(segment.documents, row) for row in segment.passages]
        self._passage_vectors = encoder.encode_passages(texts, progress)
        self._words = WordIndex([(segment.postings, np.arange(len(segment.passages), dtype=np.int64))])

    def ask(self, query: Query) -> Prediction:
        """The best passages, each quoted by its sentence nearest to the question."""
        started = time.perf_counter()
        segment = self._segment
        vector = self._encoder.encode_questions([query.text])[0]
        nearness = self._sentence_vectors @ vector
        scores = self._passage_vectors @ vector + np.maximum.reduceat(nearness, segment.passages[:, 3])
        words = self._words.scores(terms(query.text))
        scores = scores + _WORDS * words / max(float(words.max()), 1e-9)
        order = np.argsort(-scores, kind="stable")
        quotes = []
        for number, _, _, first, last in segment.passages[order[:QUOTES_KEPT]]:
            document = segment.documents[number].document
            _, start, end, _ = segment.sentences[first + int(np.argmax(nearness[first:last]))]
            quotes.append((document.id, int(start), int(end), document.text[start:end]))
        ranking = dict.fromkeys(segment.documents[number].document.id for number in segment.passages[order, 0])
        seconds = time.perf_counter() - started
        return Prediction(query, tuple(ranking)[:RANKING_LENGTH], tuple(quotes), True, 1.0, seconds)


class Rapporteur:
    """This program, with nothing set."""

    name = "Rapporteur"

    def __init__(self, segment: Segment, encoder: Encoder, anchors: Anchors) -> None:
        self._encoder = encoder
        self._generation = assemble("compared", encoder.identity, [(segment, frozenset())], anchors)

    def ask(self, query: Query) -> Prediction:
        """What it answers or, where it does not, what comes nearest."""
        try:
            return Prediction.of(query, answer(self._generation, self._encoder, query.text, after=query.history))
        except QuestionRefused:
            return Prediction.refused(query)
