"""Made input for everything that reads what others wrote: it is understood or refused, and nothing breaks."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak.damage import Archives, Backups, FrontMatter, IndexFiles, LibraryFile, StoreFile
from tests.soak.exploring import explore
from tests.soak.findings import Findings
from tests.soak.targets import Links, Presses, Rendering, Target, Updates, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Plan:
    """How many examples each target gets, or for how many seconds it is tried."""

    number: int = 200
    seconds: float | None = 120.0


def _where(error: Exception) -> str:
    """Where in the project an exception was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if ".venv" not in frame.filename]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-3:]))


TARGETS: tuple[type[Target], ...] = (
    Updates,
    Presses,
    Links,
    Words,
    Rendering,
    FrontMatter,
    StoreFile,
    LibraryFile,
    IndexFiles,
    Archives,
    Backups,
)


def run(plan: Plan, folder: Path, targets: tuple[type[Target], ...] = TARGETS) -> Findings:
    """Every target in a folder of its own."""
    findings = Findings("fuzz")
    for kind in targets:
        for problem in _explored(plan, kind, folder, findings.count):
            findings.problems.append(problem)
    return findings


def _explored(plan: Plan, kind: type[Target], folder: Path, count: Callable[[str, object], None]) -> Iterator[str]:
    target = kind(folder / kind.__name__)
    try:
        tried = explore(target.check, target.examples, number=plan.number, seconds=plan.seconds)
    except Exception as error:
        for one in error.exceptions if isinstance(error, ExceptionGroup) else (error,):
            notes = " ".join(getattr(one, "__notes__", ()))
            yield f"{target.name}: {type(one).__name__} at {_where(one)}: {one} {notes}"[:1000]
        tried = -1
    finally:
        target.close()
    most = ", ".join(f"{number} × {what}" for what, number in target.counts.most_common(8))
    count(target.name, f"{tried if tried >= 0 else 'stopped'} examples; {most or 'nothing to count'}")
