"""LangChain with its FAISS store, as its documentation has it. Run as a script in the environment of that name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_community.vectorstores import FAISS  # type: ignore[import-not-found, unused-ignore]
from langchain_community.vectorstores.utils import DistanceStrategy  # type: ignore[import-not-found, unused-ignore]
from langchain_huggingface import HuggingFaceEmbeddings  # type: ignore[import-not-found, unused-ignore]

if TYPE_CHECKING:
    from tests.benchmarks.peers.protocol import BATCH, PASSAGE_PROMPT, QUERY_PROMPT, Passage, run_peer
else:
    from protocol import BATCH, PASSAGE_PROMPT, QUERY_PROMPT, Passage, run_peer

_STRATEGY = DistanceStrategy.MAX_INNER_PRODUCT


class LangChain:
    """A FAISS store over HuggingFaceEmbeddings, by inner product of normalised vectors."""

    packages = ("langchain-core", "langchain-community", "langchain-huggingface", "sentence-transformers", "faiss-cpu")

    def __init__(self, model: str) -> None:
        settings = {"normalize_embeddings": True, "batch_size": BATCH}
        self._embeddings = HuggingFaceEmbeddings(
            model_name=model,
            model_kwargs={"device": "cpu"},
            encode_kwargs={**settings, "prompt": PASSAGE_PROMPT},
            query_encode_kwargs={**settings, "prompt": QUERY_PROMPT},
        )
        self._store: Any = None

    def index(self, passages: list[Passage], folder: str) -> None:
        """Let the store encode, and save it."""
        store = FAISS.from_texts([passage.text for passage in passages], self._embeddings, **self._rest(passages))
        store.save_local(folder)

    def fill(self, passages: list[Passage], vectors: str, folder: str) -> None:
        """Make the store of vectors that are known, and save it."""
        pairs = zip([passage.text for passage in passages], np.load(vectors).tolist(), strict=True)
        FAISS.from_embeddings(pairs, self._embeddings, **self._rest(passages)).save_local(folder)

    def _rest(self, passages: list[Passage]) -> dict[str, Any]:
        return {
            "metadatas": [{"document": passage.document} for passage in passages],
            "ids": [passage.id for passage in passages],
            "distance_strategy": _STRATEGY,
        }

    def open(self, folder: str) -> None:
        """Load the store; the pickle in it is this program's own."""
        self._store = FAISS.load_local(
            folder, self._embeddings, allow_dangerous_deserialization=True, distance_strategy=_STRATEGY
        )

    def ask(self, text: str, count: int) -> list[tuple[str, str]]:
        """The nearest passages."""
        return [(found.id, found.page_content) for found in self._store.similarity_search(text, k=count)]


if __name__ == "__main__":
    sys.exit(run_peer(LangChain))
