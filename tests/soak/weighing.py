"""What the bot holds: memory, tasks, threads, open files, and how much is in each of its collections."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import doubles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.application import BotApplication
    from bot.clock import ManualClock

_LOOK_AGAIN = 0.02
_MOMENT = 0.5
_COLLECTIONS = (dict, list, set, frozenset, deque)
# Objects of these are looked into; the index and the settings, which no update changes, are not.
_LOOKED_INTO = ("bot.", "telegram.ext", "retrieval.engine", "tests.bot.")
_PASSED_OVER = ("Settings", "Database", "Library", "Engine")


async def settle(application: BotApplication, clock: ManualClock) -> bool:
    """Wait until every update that was fetched is dealt with; what waits for a moment of the clock has it pass."""
    joined = asyncio.ensure_future(application.update_queue.join())
    while not (await asyncio.wait({joined}, timeout=_LOOK_AGAIN))[0]:
        clock.advance(_MOMENT)
    return True


def weigh(application: BotApplication) -> dict[str, Any]:
    """Megabytes after all that is not needed is given back, and numbers of everything else."""
    return {
        "megabytes": _megabytes(),
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - only their number is wanted
        "sizes": sizes(application),
    }


def _megabytes() -> float:
    # The encoder of the tests keeps all that it has read.
    for cached in (doubles._read_by, doubles._words_of):
        cached(doubles.WordEncoder.identity).clear()
    doubles._digest.cache_clear()
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def sizes(application: BotApplication) -> dict[str, int]:
    """How many entries each collection has that the bot's objects hold, by the path to it."""
    found: dict[str, int] = {}
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [("application", application)]
    while waiting:
        path, one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, _COLLECTIONS):
            found[path] = len(one)
        waiting += [(f"{path}{step}", held) for step, held in _below(one)]
    return found


def _below(one: object) -> Iterator[tuple[str, object]]:
    """What an object of the bot holds, or the values of a dictionary whose keys are names."""
    if isinstance(one, dict):
        yield from ((f"[{key}]", value) for key, value in one.items() if isinstance(key, str))
        return
    kind = type(one)
    if not kind.__module__.startswith(_LOOKED_INTO) or kind.__name__ in _PASSED_OVER:
        return
    names = {*getattr(one, "__dict__", ())}
    for base in kind.__mro__:
        slots = getattr(base, "__slots__", ())
        names |= {slots} if isinstance(slots, str) else set(slots)
    for name in sorted(names):
        value = getattr(one, name, None)
        if value is not None and not callable(value):
            yield f".{name}", value
