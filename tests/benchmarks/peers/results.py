"""What was measured, and its tables: for a terminal, as Markdown, as JSON."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tests.benchmarks.peers.programs import ProgramFailed
from tests.benchmarks.peers.systems import LABELS, PLAIN, RAPPORTEUR, WITHOUT_RERANKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FAILED, NOT_MEASURED = "failed", "-"
_LABEL, _CELL = 44, 11


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the table: which figure, what it is called, its decimals, and whether more of it is better.

    Of the bot only Rapporteur has figures, and only answers are looked at of its variant without reranking.
    """

    key: str
    label: str
    decimals: int
    more_is_better: bool = False
    of: Literal["processes", "bot", "answers"] = "processes"

    def is_asked_of(self, name: str) -> bool:
        """Whether the system of that name is measured in this at all."""
        if name == WITHOUT_RERANKING:
            return self.of == "answers"
        return name == RAPPORTEUR or self.of != "bot"


MEASURES = (
    Measure("first.starter", "first answer, starter corpus, s", 2),
    Measure("first.large", "first answer, {passages} passages, s", 2),
    Measure("resident.starter", "memory, starter corpus, MiB resident", 0),
    Measure("proportional.starter", "the same, proportional set size", 0),
    Measure("resident.large", "memory, {passages} passages, MiB resident", 0),
    Measure("proportional.large", "the same, proportional set size", 0),
    Measure("bot.starter", "whole bot idle, starter corpus, MiB resident", 0, of="bot"),
    Measure("bot.large", "whole bot idle, {passages} passages, MiB", 0, of="bot"),
    Measure("passages", "indexing, passages/s", 1, True),
    Measure("tokens", "indexing, tokens encoded/s", 0, True),
    Measure("median", "a question, {passages} passages, median ms", 1, of="answers"),
    Measure("p95", "the same, 95th percentile ms", 1, of="answers"),
    Measure("hit@1", "right document first", 3, True, of="answers"),
    Measure("hit@5", "among the first five", 3, True, of="answers"),
    Measure("first_quotation", "first quotation answers", 3, True, of="answers"),
    Measure("first_three", "one of the first three", 3, True, of="answers"),
)


@dataclass(slots=True)
class Result:
    """What was measured of one system; ``samples`` are the single measurements behind some of the ``values``."""

    name: str
    values: dict[str, float] = field(default_factory=dict)
    samples: dict[str, list[float]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    failed: str | None = None

    def add_median(self, key: str, samples: Sequence[float]) -> None:
        """Keep ``samples`` and their median."""
        self.samples[key] = list(samples)
        self.values[key] = float(np.median(samples))

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Note the failure of the system's program, if it comes, and go on after the block."""
        try:
            yield
        except ProgramFailed as error:
            self.failed = str(error)


@dataclass(frozen=True, slots=True)
class Report:
    """All results with what they were measured on."""

    results: Mapping[str, Result]
    passages: int
    questions: int
    about: Mapping[str, str]

    @property
    def failures(self) -> dict[str, str]:
        """Why a system failed, by its name."""
        return {name: result.failed for name, result in self.results.items() if result.failed is not None}

    def rows(self) -> list[tuple[str, list[str]]]:
        """The label and the cells of each measure that any system has: a cell a system, then the two ratios."""
        found = []
        for measure in MEASURES:
            if any(measure.key in result.values for result in self.results.values()):
                label = measure.label.format(passages=f"{self.passages:,}")
                cells = [_cell(result, measure) for result in self.results.values()]
                ratios = [ratio(self.results, measure), ratio(self.results, measure, (PLAIN,))]
                found.append((label, [*cells, *map(_times, ratios)]))
        return found

    def headings(self) -> list[str]:
        """What stands above the cells."""
        return [*(LABELS[name] for name in self.results), "times best", "times encoder"]

    def table(self) -> str:
        """The table for a terminal, a heading's words one above the other."""
        headings = [heading.split(maxsplit=1) for heading in self.headings()]
        lines = [
            " " * _LABEL + "".join(f"{words[0]:>{_CELL}}" for words in headings),
            " " * _LABEL + "".join(f"{words[1] if len(words) > 1 else '':>{_CELL}}" for words in headings),
        ]
        for label, cells in self.rows():
            lines.append(f"{label:<{_LABEL}}" + "".join(f"{cell:>{_CELL}}" for cell in cells))
        return "\n".join([*lines, "", *self._remarks()])

    def markdown(self) -> str:
        """The table for a README, with what it was measured on."""
        headings = self.headings()
        lines = [f"| | {' | '.join(headings)} |", "|---|" + "---|" * len(headings)]
        lines += [f"| {label} | {' | '.join(cells)} |" for label, cells in self.rows()]
        return "\n".join([*lines, "", *self._remarks()]) + "\n"

    def _remarks(self) -> list[str]:
        about = "; ".join(f"{name} {value}" for name, value in self.about.items())
        lines = [
            f"{self.questions} questions over {self.passages:,} passages; {about}.",
            "The last two columns are Rapporteur's figure over that of the best of the frameworks and over that of the "
            "encoder by itself with FAISS.",
        ]
        known = {name: version for result in self.results.values() for name, version in result.versions.items()}
        if known:
            lines.append("With " + ", ".join(f"{name} {version}" for name, version in sorted(known.items())) + ".")
        lines += [f"{LABELS[name]} failed: {reason}." for name, reason in self.failures.items()]
        return lines

    def to_json(self) -> dict[str, Any]:
        """Everything, single measurements too."""
        return {
            "about": dict(self.about),
            "passages": self.passages,
            "questions": self.questions,
            "systems": {
                name: {
                    "values": result.values,
                    "samples": result.samples,
                    "versions": result.versions,
                    "failed": result.failed,
                }
                for name, result in self.results.items()
            },
            "ratios": {measure.key: ratio(self.results, measure) for measure in MEASURES},
        }


def ratio(results: Mapping[str, Result], measure: Measure, among: Sequence[str] | None = None) -> float | None:
    """Rapporteur's figure over the best of ``among``, the frameworks unless given; None where either is missing."""
    names = among or [name for name in results if name not in (RAPPORTEUR, WITHOUT_RERANKING, PLAIN)]
    others = [results[name].values[measure.key] for name in names if _has(results, name, measure.key)]
    if not others or not _has(results, RAPPORTEUR, measure.key):
        return None
    best = max(others) if measure.more_is_better else min(others)
    return results[RAPPORTEUR].values[measure.key] / best if best else None


def _has(results: Mapping[str, Result], name: str, key: str) -> bool:
    return name in results and key in results[name].values


def _times(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.2f}"


def _cell(result: Result, measure: Measure) -> str:
    value = result.values.get(measure.key)
    if value is None:
        return FAILED if result.failed is not None and measure.is_asked_of(result.name) else NOT_MEASURED
    return f"{value:,.{measure.decimals}f}"
