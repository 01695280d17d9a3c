"""Checks that are tried on made examples, for some seconds or so many times, and what was found in one line each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, seed, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

_AT_ONCE = 500
_HEALTH = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
]


def explore(
    check: Callable[[Any], None], examples: SearchStrategy[Any], *, number: int = 200, seconds: float | None = None
) -> int:
    """Try ``check`` on so many examples, or again and again for so many seconds; returns how many were tried.

    Raises:
        Exception: what ``check`` raised, on the smallest example found, which hypothesis adds to it.
    """
    tried = 0

    def counted(example: Any) -> None:
        nonlocal tried
        tried += 1
        check(example)

    began, turn = time.monotonic(), 0
    while True:
        turn += 1
        trial = settings(
            max_examples=number if seconds is None else _AT_ONCE,
            deadline=None,
            database=None,
            suppress_health_check=_HEALTH,
        )
        seed(turn)(trial(given(examples)(counted)))()
        if seconds is None or time.monotonic() - began > seconds:
            return tried
