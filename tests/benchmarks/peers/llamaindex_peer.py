"""LlamaIndex with its FAISS store, as its documentation has it. Run as a script in the environment of that name.

What is asked is its retriever: the query engine above it would have a language model write.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
from llama_index.core import (  # type: ignore[import-not-found, unused-ignore]
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.schema import TextNode  # type: ignore[import-not-found, unused-ignore]
from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # type: ignore[import-not-found, unused-ignore]
from llama_index.vector_stores.faiss import FaissVectorStore  # type: ignore[import-not-found, unused-ignore]

if TYPE_CHECKING:
    from tests.benchmarks.peers.protocol import BATCH, PASSAGE_PROMPT, QUERY_PROMPT, Passage, run_peer
else:
    from protocol import BATCH, PASSAGE_PROMPT, QUERY_PROMPT, Passage, run_peer


class LlamaIndex:
    """A VectorStoreIndex over HuggingFaceEmbedding, by inner product of normalised vectors."""

    packages = (
        "llama-index-core",
        "llama-index-embeddings-huggingface",
        "llama-index-vector-stores-faiss",
        "sentence-transformers",
        "faiss-cpu",
    )

    def __init__(self, model: str) -> None:
        self._embeddings = HuggingFaceEmbedding(
            model_name=model,
            query_instruction=QUERY_PROMPT,
            text_instruction=PASSAGE_PROMPT,
            embed_batch_size=BATCH,
            normalize=True,
            device="cpu",
        )
        self._index: Any = None
        self._retriever: Any = None

    def index(self, passages: list[Passage], folder: str) -> None:
        """Let the index encode, and save it."""
        self._save([_node(passage) for passage in passages], folder)

    def fill(self, passages: list[Passage], vectors: str, folder: str) -> None:
        """Make the index of nodes that have their vectors, and save it."""
        rows = np.load(vectors).tolist()
        self._save([_node(passage, row) for passage, row in zip(passages, rows, strict=True)], folder)

    def _save(self, nodes: list[Any], folder: str) -> None:
        dimension = len(self._embeddings.get_query_embedding("dimension"))
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(dimension))
        context = StorageContext.from_defaults(vector_store=store)
        VectorStoreIndex(nodes, storage_context=context, embed_model=self._embeddings)
        context.persist(persist_dir=folder)

    def open(self, folder: str) -> None:
        """Load the index."""
        store = FaissVectorStore.from_persist_dir(folder)
        context = StorageContext.from_defaults(vector_store=store, persist_dir=folder)
        self._index = load_index_from_storage(context, embed_model=self._embeddings)

    def ask(self, text: str, count: int) -> list[tuple[str, str]]:
        """The nearest passages; a retriever is made anew only for another count."""
        if self._retriever is None or self._retriever.similarity_top_k != count:
            self._retriever = self._index.as_retriever(similarity_top_k=count)
        return [(found.node.node_id, found.node.text) for found in self._retriever.retrieve(text)]


def _node(passage: Passage, vector: list[float] | None = None) -> Any:
    """A passage as a node; its document's name is kept with it and is not encoded."""
    return TextNode(
        id_=passage.id,
        text=passage.text,
        embedding=vector,
        metadata={"document": passage.document},
        excluded_embed_metadata_keys=["document"],
    )


if __name__ == "__main__":
    sys.exit(run_peer(LlamaIndex))
