"""Texts to vectors: what every encoder does, and what it makes of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Encoding:
    """A text as an encoder reads it.

    ``vector`` is float32 of shape (d,) and length 1. ``tokens`` is float32 of shape (n, 2, d): each token's vector in a
    middle layer as it is, and in the last layer at length 1; ``spans`` (int32, (n, 2)) are the code points of the text
    that each stands for. Tokens of the prompt and of the model's own are left out. A model that does not show its
    tokens has one, the text itself.
    """

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32]
    spans: NDArray[np.int32]


class Encoder(Protocol):
    """What turns texts into vectors of unit length."""

    @property
    def identity(self) -> str:
        """Names the model and its version; vectors of different identities must not be mixed."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    @property
    def serving(self) -> str:
        """What computes it, and how precisely, for an admin to read."""

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 of shape (len(texts), dimension), each of length 1."""

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages or sentences, shaped as above; ``progress`` is told how many more are done."""

    def read_question(self, text: str) -> Encoding:
        """A question with the vectors of its tokens."""

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """Passages or sentences with the vectors of their tokens, each with its index in ``texts``, in any order."""
