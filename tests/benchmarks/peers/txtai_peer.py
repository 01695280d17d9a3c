"""txtai with its FAISS index and its database of texts. Run as a script in the environment of that name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from txtai import Embeddings  # type: ignore[import-not-found, unused-ignore]

if TYPE_CHECKING:
    from tests.benchmarks.peers.protocol import BATCH, PASSAGE_PROMPT, QUERY_PROMPT, Passage, run_peer
else:
    from protocol import BATCH, PASSAGE_PROMPT, QUERY_PROMPT, Passage, run_peer


class Txtai:
    """An embeddings database that keeps the texts, and an exact index: by itself it approximates above 5,000."""

    packages = ("txtai", "transformers", "faiss-cpu")

    def __init__(self, model: str) -> None:
        self._configuration = {
            "path": model,
            "gpu": False,
            "content": True,
            "instructions": {"query": QUERY_PROMPT, "data": PASSAGE_PROMPT},
            "encodebatch": BATCH,
            "faiss": {"components": "IDMap,Flat"},
        }
        # Where each further index finds the encoder loaded.
        self._models: dict[str, Any] = {}
        self._embeddings: Any = None

    def index(self, passages: list[Passage], folder: str) -> None:
        """Let it encode, and save it."""
        embeddings = Embeddings(self._configuration, models=self._models)
        embeddings.index((passage.id, passage.text, None) for passage in passages)
        embeddings.save(folder)

    def fill(self, passages: list[Passage], vectors: str, folder: str) -> None:
        """Index with a function that knows the vectors, and save with the configuration that encodes questions."""
        rows = dict(zip([passage.text for passage in passages], np.load(vectors), strict=True))

        def known(texts: list[str]) -> Any:
            return np.array([rows[text] for text in texts], dtype=np.float32)

        kept = {name: value for name, value in self._configuration.items() if name not in ("path", "instructions")}
        embeddings = Embeddings({**kept, "method": "external", "transform": known})
        embeddings.index((passage.id, passage.text, None) for passage in passages)
        del embeddings.config["method"], embeddings.config["transform"]
        embeddings.config.update(self._configuration)
        embeddings.save(folder)

    def open(self, folder: str) -> None:
        """Load the database, and with it the encoder."""
        self._embeddings = Embeddings(models=self._models)
        self._embeddings.load(folder)

    def ask(self, text: str, count: int) -> list[tuple[str, str]]:
        """The nearest passages."""
        return [(found["id"], found["text"]) for found in self._embeddings.search(text, count)]


if __name__ == "__main__":
    sys.exit(run_peer(Txtai))
