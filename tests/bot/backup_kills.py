"""Run as a program: makes and restores backups in processes of their own that kill themselves, and looks what is left.

Each is killed with SIGKILL before a certain one of the steps in which it asks something of the system (opening, making,
renaming, linking or deleting a file, or loading what exchanges two folders). Prints what was left as lines of JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.backup.restore import restore_backup
from bot.backup.store_copies import copies_of, copy_store, restore_store
from bot.store import Store
from tests.bot.backups import LATER, NOW, Unmetered, backed_up, files_in, fill, restored

if TYPE_CHECKING:
    from collections.abc import Callable

_STEPS: Final = frozenset({"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "ctypes.dlsym"})


def steps_of(work: Callable[[], object], kill_at: int | None) -> int:
    """Do ``work`` in a process that kills itself before that step, or that only counts them; return how many, or -1."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        taken = 0

        def look(event: str, _: object) -> None:
            nonlocal taken
            if event in _STEPS:
                taken += 1
                if taken == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)
        work()
        os.write(writing, str(taken).encode())
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        text = said.read()
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL), status
    return int(text) if text else -1


def main(folder: Path, seed: int) -> None:
    """Kill a backup, restores and the restoring of a store's copy, each at several steps."""
    data, draw = folder / "data", random.Random(seed)
    fill(data)
    backed_up(data, folder / "good", with_index=False)
    copy_store(data / "store.sqlite3", NOW)

    def prepare(name: str) -> Path:
        place = folder / name
        place.mkdir()
        shutil.copytree(data, place / "data")
        (place / "data" / "old").write_text("old")
        return place

    def points(work: Callable[[Path], object], name: str) -> list[int]:
        """Steps from all over, and every one of the last, in which things are put in place."""
        place = prepare(name)
        count = steps_of(lambda: work(place), None)
        return sorted({*draw.sample(range(1, count + 1), 5), *range(count - 6, count + 1)})

    def backup(place: Path) -> None:
        backed_up(place / "data", place / "b", with_index=False)

    for point in points(backup, "backup"):
        place = prepare(f"backup{point}")
        assert steps_of(partial(backup, place), point) == -1
        whole = not (place / "b").exists() or len(files_in_backup(place / "b", place / "try")) == 8
        backed_up(place / "data", place / "b", with_index=False, force=True)
        left = [path.name for path in (*place.glob(".*"), *(place / "data").glob(".*"))]
        print(json.dumps({"what": "backup", "point": point, "well": whole, "left": left}))

    def restore(place: Path) -> None:
        restore_backup(place / "data", folder / "good", lambda _: [], LATER, Unmetered(), force=True)

    for point in points(restore, "restore"):
        place = prepare(f"restore{point}")
        assert steps_of(partial(restore, place), point) == -1
        is_old = (place / "data" / "old").exists()
        is_whole = len(files_in(place / "data")) == (11 if is_old else 8)
        with Store.open(place / "data" / "store.sqlite3") as store:
            is_whole &= len(store.subscriptions.all()) == 1
        restore(place)
        kept = any((path / "old").exists() for path in place.glob("data.before-*"))
        left = [path.name for path in place.glob(".*")]
        well = is_whole and kept
        print(json.dumps({"what": "restore", "point": point, "well": well, "old": is_old, "left": left}))

    def go_back(place: Path) -> None:
        restore_store(place / "data" / "store.sqlite3", LATER)

    for point in points(go_back, "store"):
        place = prepare(f"store{point}")
        store_file = place / "data" / "store.sqlite3"
        with Store.open(store_file) as store:
            store.keep_updates({1000: "{}"})
        assert steps_of(partial(go_back, place), point) == -1
        with Store.open(store_file) as store:
            updates = len(store.open_updates())
        go_back(place)
        copies = [path.name for path in copies_of(store_file)]
        left = [path.name for path in (place / "data" / "copies").iterdir() if path.name not in copies]
        aside = any("before" in path.name for path in store_file.parent.iterdir())
        well = updates in (0, 21) and aside
        print(json.dumps({"what": "store", "point": point, "well": well, "old": updates == 21, "left": left}))


def files_in_backup(backup: Path, target: Path) -> dict[str, bytes]:
    """What a backup restores to."""
    restored(target, backup)
    return files_in(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
