"""A cross-encoder that reads question and passage together and reorders the best hits; off unless it is set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from retrieval.encoders.sentence_transformer import import_quietly
from retrieval.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.answers.search import Hit
    from retrieval.index.generation import Generation

_READ = 20


class Reranker(Protocol):
    """What says how well each text answers a question."""

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """A score for each of ``texts``, float32 of shape (len(texts),), the higher the better."""


class CrossEncoderReranker:
    """Any Sentence Transformers ``CrossEncoder`` with one output, by name or folder.

    Raises:
        EncoderError: it cannot be loaded, or has more than one output.
    """

    def __init__(self, name_or_folder: str) -> None:
        _, sentence_transformers = import_quietly()
        advice = "set RAPPORTEUR_RERANKER to the name or folder of a Sentence Transformers CrossEncoder, or unset it."
        try:
            self._model = sentence_transformers.CrossEncoder(name_or_folder, device="cpu")
        except (OSError, ValueError, KeyError, ImportError) as error:
            reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
            raise EncoderError(f"The reranker {name_or_folder!r} cannot be loaded ({reason}); {advice}") from error
        if self._model.num_labels != 1:
            raise EncoderError(
                f"The reranker {name_or_folder!r} gives {self._model.num_labels} numbers where one is needed; {advice}"
            )

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """The model's score for each of ``texts``, float32 of shape (len(texts),)."""
        found = self._model.predict([(question, text) for text in texts], show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)


def reranked(generation: Generation, hits: Sequence[Hit], question: str, reranker: Reranker) -> tuple[Hit, ...]:
    """The first twenty of ``hits`` in the reranker's order, each read with its document's title, then the rest.

    What the first twenty score, apart from what they gain by what the question names, is dealt out anew in the
    reranker's order; scores fall along the hits as before.
    """
    read, rest = hits[:_READ], hits[_READ:]
    if not read:
        return ()
    texts = []
    for hit in read:
        document = generation.documents[hit.document].document
        text = document.text[hit.start : hit.end]
        texts.append(f"{document.metadata.title}: {text}" if document.metadata.title else text)
    order = np.argsort(-reranker.scores(question, texts), kind="stable")
    shares = sorted((hit.score - hit.gain for hit in read), reverse=True)
    dealt = [replace(read[place], score=share + read[place].gain) for place, share in zip(order, shares, strict=True)]
    return (*sorted(dealt, key=lambda hit: -hit.score), *rest)
