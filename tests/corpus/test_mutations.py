"""A few of the damaged files of ``tests.benchmarks.mutate``: each is read or refused with a reason."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.extraction import Extractor
from tests.benchmarks.mutate import OUTCOMES, Sample, damaged, judge, samples

EACH = 4
SEED = 20


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as made:
        yield made


def some() -> list[Sample]:
    """A few damaged files of each of the quick formats, always the same."""
    chance = random.Random(SEED)
    quick, _ = samples()
    formats = sorted({sample.format for sample in quick})
    return [damaged(chance, [sample for sample in quick if sample.format == format]) for format in formats * EACH]


def test_the_same_seed_gives_the_same_files_of_every_format() -> None:
    first = some()
    assert first == some()
    assert {sample.format for sample in first} >= {"docx", "pptx", "xlsx", "odt", "epub", "rtf", "pdf", "eml", "zip"}


def test_damaged_files_are_read_or_refused_with_a_reason(extractor: Extractor, tmp_path: Path) -> None:
    outcomes = [(sample, *judge(extractor, sample, tmp_path)) for sample in some()]
    wrong = [
        (sample.name, outcome, reason)
        for sample, outcome, reason, _ in outcomes
        if outcome not in ("read", "refused") or (outcome == "refused") is not reason.endswith(".")
    ]
    assert wrong == []
    assert {outcome for _, outcome, _, _ in outcomes} == {"read", "refused"}


class Broken:
    """An extractor that fails as none should."""

    def read(self, path: Path) -> None:
        """Fail."""
        raise ValueError("not caught")


def test_any_other_exception_is_told_from_a_refusal(tmp_path: Path) -> None:
    outcome, reason, _ = judge(Broken(), Sample("a.txt", b"words"), tmp_path)  # type: ignore[arg-type]
    assert (outcome, reason) == ("raised", "ValueError: not caught")
    assert outcome in OUTCOMES
