"""The encoder by itself with an exact index: what one writes without any framework, and the baseline of encoding.

Run as a script in the environment of that name. It computes the vectors that the other systems are filled with, too.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
from sentence_transformers import SentenceTransformer

if TYPE_CHECKING:
    from tests.benchmarks.peers.protocol import BATCH, PASSAGE_PROMPT, QUERY_PROMPT, Passage, run_peer
else:
    from protocol import BATCH, PASSAGE_PROMPT, QUERY_PROMPT, Passage, run_peer


class Plain:
    """Sentence Transformers in float32, and FAISS."""

    packages = ("sentence-transformers", "faiss-cpu", "transformers", "torch")

    def __init__(self, model: str) -> None:
        self._model = SentenceTransformer(model, device="cpu")
        self._index: Any = None
        self._passages: list[list[str]] = []

    def _encode(self, texts: list[str], prompt: str) -> Any:
        return self._model.encode(
            texts, prompt=prompt, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )

    def index(self, passages: list[Passage], folder: str) -> None:
        """Encode and save."""
        self._save(passages, self._encode([passage.text for passage in passages], PASSAGE_PROMPT), folder)

    def fill(self, passages: list[Passage], vectors: str, folder: str) -> None:
        """Save, with vectors that are known."""
        self._save(passages, np.load(vectors), folder)

    def _save(self, passages: list[Passage], vectors: Any, folder: str) -> None:
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        Path(folder).mkdir(parents=True, exist_ok=True)
        faiss.write_index(index, str(Path(folder) / "vectors.faiss"))
        texts = [[passage.id, passage.text] for passage in passages]
        (Path(folder) / "passages.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")

    def open(self, folder: str) -> None:
        """Load the index."""
        self._index = faiss.read_index(str(Path(folder) / "vectors.faiss"))
        self._passages = json.loads((Path(folder) / "passages.json").read_text(encoding="utf-8"))

    def ask(self, text: str, count: int) -> list[tuple[str, str]]:
        """The nearest passages."""
        _, rows = self._index.search(self._encode([text], QUERY_PROMPT), count)
        return [(self._passages[row][0], self._passages[row][1]) for row in rows[0].tolist() if row >= 0]

    def encode(self, passages: list[Passage], first: int, last: int, vectors: str) -> None:
        """Write the vectors of the passages from ``first`` up to ``last`` to an .npy file."""
        np.save(vectors, self._encode([passage.text for passage in passages[first:last]], PASSAGE_PROMPT))

    def count_tokens(self, passages: list[Passage]) -> int:
        """How many tokens the encoder reads for these texts, with its prompt and its own, without padding."""
        texts = [PASSAGE_PROMPT + passage.text for passage in passages]
        read = self._model.tokenizer(texts, truncation=True, max_length=self._model.max_seq_length)
        return sum(map(len, read["input_ids"]))


if __name__ == "__main__":
    sys.exit(run_peer(Plain))
