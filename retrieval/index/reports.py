"""What an update of the index reports: what became of each file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of a file."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file of the folders, or one that is no longer there; ``reason`` where it was refused or read with a doubt."""

    file: str
    document: str
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an update did."""

    generation: str
    seconds: float
    files: tuple[FileReport, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as the command line prints it."""
        return {
            "generation": self.generation,
            "seconds": round(self.seconds, 3),
            "files": [
                {"file": file.file, "document": file.document, "outcome": file.outcome.value, "reason": file.reason}
                for file in self.files
            ],
        }
