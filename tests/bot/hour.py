"""A clock for tables, which are given nothing but what it says."""

from __future__ import annotations


class Hour:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
