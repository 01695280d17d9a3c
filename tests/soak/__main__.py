"""All parts of the soak, one after another, and a table of what was done and found; 1 where something must not be.

python -m tests.soak [--only NAME]... [--seconds N] [--kills N] [--updates N] [--encoder words|bundled] [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak import disk, fuzz, guided, kills, poison, telegram, week
from tests.soak.swift import run_swiftly

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.soak.findings import Findings

_BUNDLED_KILLS = 30


def _parts(arguments: argparse.Namespace) -> dict[str, Callable[[Path], Findings]]:
    seed = arguments.seed
    few = min(_BUNDLED_KILLS, arguments.kills)
    return {
        "kills": lambda folder: asyncio.run(kills.run(kills.Plan(arguments.kills, seed=seed), folder)),
        "bundled": lambda folder: asyncio.run(
            kills.run(kills.Plan(few, seconds=6.0, encoder="bundled", seed=seed), folder)
        ),
        "week": lambda folder: asyncio.run(week.run(week.Plan(arguments.updates, seed=seed), folder)),
        "telegram": lambda folder: run_swiftly(telegram.run(telegram.Plan(seed=seed), folder)),
        "fuzz": lambda folder: fuzz.run(fuzz.Plan(seconds=arguments.seconds), folder),
        "guided": lambda folder: guided.run(arguments.seconds, folder),
        "poison": lambda folder: asyncio.run(poison.run(folder)),
        "disk": lambda folder: run_swiftly(disk.run(disk.Plan(), folder)),
    }


def main() -> int:
    """Do what is asked for, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    names = ("kills", "bundled", "week", "telegram", "fuzz", "guided", "poison", "disk")
    parser.add_argument("--only", action="append", choices=names, help="this part; may be given several times")
    parser.add_argument("--seconds", type=float, default=120.0, metavar="N", help="for each target of the fuzzing")
    parser.add_argument("--kills", type=int, default=300, metavar="N", help="how often the bot is killed")
    parser.add_argument("--updates", type=int, default=50_000, metavar="N", help="how many updates make a week")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all that is drawn at random")
    parser.add_argument("--folder", type=Path, help="an empty folder that is kept; a temporary one unless given")
    arguments = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("RAPPORTEUR_")]:
        del os.environ[name]
    # What goes wrong on purpose fills the log; each part looks itself at what it must not hold.
    logging.getLogger().addHandler(logging.NullHandler())
    found = []
    for name, part in _parts(arguments).items():
        if arguments.only and name not in arguments.only:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as temporary:
            findings = part((arguments.folder or Path(temporary)) / name)
        findings.count("minutes", (time.monotonic() - began) / 60)
        print("\n".join(findings.lines()), flush=True)
        found.append(findings)
    return 1 if any(findings.problems for findings in found) else 0


if __name__ == "__main__":
    sys.exit(main())
