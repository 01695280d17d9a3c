"""What the bot holds: memory, tasks, threads, open files, and how much is in each of its collections."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import re
import statistics
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import doubles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clock import ManualClock
    from bot.services import BotApplication

_LOOK_AGAIN = 0.02
_MOMENT = 0.5
_COPYING_SECONDS = 30.0
_LOOKS = 10
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


async def weigh(application: BotApplication) -> dict[str, Any]:
    """Megabytes after all that is not needed is given back, and what there is of everything else.

    A copy of the store that is being made is waited for.
    """
    async with asyncio.timeout(_COPYING_SECONDS):
        while any("/copies/" in name for name in _open_files()):
            await asyncio.sleep(_LOOK_AGAIN)
    tasks = await _tasks()
    return {
        "megabytes": _megabytes(),
        "tasks": tasks,
        "threads": sorted(_without_number(thread.name) for thread in threading.enumerate()),
        "files": sorted(_open_files()),
        "sizes": sizes(application),
    }


async def _tasks() -> list[str]:
    """What the tasks do that there are at most moments; others come and go."""
    looks = []
    for _ in range(_LOOKS):
        looks.append(tuple(sorted(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks())))
        await asyncio.sleep(_LOOK_AGAIN)
    return list(statistics.mode(looks))


def _open_files() -> Iterator[str]:
    """What each open file is."""
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            yield _without_number(str(path.readlink()))


def _without_number(name: str) -> str:
    return re.sub(r"\d+", "#", name)


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
