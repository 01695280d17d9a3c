"""A Telegram that fails for a while in four ways, and a disk and a store that do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak import disk, telegram
from tests.soak.swift import run_swiftly

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ("connections refused", "HTML, 404", "JSON of another shape", "429 for what is sent")


def test_questions_and_deliveries_wait_for_telegram_and_none_is_lost_or_doubled(tmp_path: Path) -> None:
    troubles = tuple(trouble for trouble in telegram.TROUBLES if trouble.name in _NAMES)
    plan = telegram.Plan(seconds=300.0, fast=300.0, slow=8.0, troubles=troubles)
    findings = run_swiftly(telegram.run(plan, tmp_path))
    assert findings.problems == []
    assert tuple(findings.figures) == _NAMES


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_store_that_cannot_be_used_for_a_while_loses_no_question(tmp_path: Path) -> None:
    plan = disk.Plan(seconds=120.0, fast=120.0, slow=8.0, is_real=False)
    findings = run_swiftly(disk.run(plan, tmp_path))
    assert findings.problems == []
