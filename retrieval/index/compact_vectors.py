"""Vectors in eight bits a dimension with a scale for each: a quarter of float32, at a cosine of some 0.9999 to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_MOST = 127
_BLOCK = 16384


@dataclass(frozen=True, slots=True)
class CompactVectors:
    """Vectors of any length: row r is ``codes[r] * scales[r]``.

    ``codes`` is int8 of shape (n, d), ``scales`` float32 of shape (n,). What a row is kept as depends on it alone.
    """

    codes: NDArray[np.int8]
    scales: NDArray[np.float32]

    @staticmethod
    def of(vectors: NDArray[np.float32]) -> CompactVectors:
        """Keep ``vectors``, float32 of shape (n, d)."""
        scales = (np.abs(vectors).max(axis=1, initial=0) / _MOST).astype(np.float32)
        codes = np.rint(vectors / np.maximum(scales, np.float32(1e-30))[:, None]).astype(np.int8)
        return CompactVectors(codes, scales)

    @staticmethod
    def joined(parts: Sequence[CompactVectors]) -> CompactVectors:
        """The rows of at least one part, one part after the other."""
        return CompactVectors(
            np.concatenate([part.codes for part in parts]), np.concatenate([part.scales for part in parts])
        )

    def __len__(self) -> int:
        return len(self.scales)

    def where(self, kept: NDArray[np.bool_]) -> CompactVectors:
        """The rows that are ``kept``, bool of shape (n,)."""
        if kept.all():
            return self
        return CompactVectors(self.codes[kept], self.scales[kept])

    def rows(self, numbers: NDArray[np.integer] | slice) -> NDArray[np.float32]:
        """Those rows as float32."""
        found: NDArray[np.float32] = self.codes[numbers] * self.scales[numbers][:, None]
        return found

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """All rows as float32, some thousands at a time."""
        for start in range(0, len(self), _BLOCK):
            yield self.rows(slice(start, start + _BLOCK))

    def total(self) -> NDArray[np.float64]:
        """The sum of all rows, float64 of shape (d,)."""
        found = np.zeros(self.codes.shape[1], dtype=np.float64)
        for block in self.blocks():
            found += block.sum(axis=0, dtype=np.float64)
        return found
