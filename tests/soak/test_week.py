"""Some hundred updates of all kinds leave no task, thread, open file or entry behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.soak import week

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.asyncio
async def test_what_the_bot_holds_does_not_grow_with_the_updates_it_dealt_with(tmp_path: Path) -> None:
    async with asyncio.timeout(300):
        findings = await week.run(week.Plan(updates=600, judges_memory=False), tmp_path)
    assert findings.problems == []
    assert int(findings.figures["updates"]) > 500
    assert int(findings.figures["collections looked at"]) > 30
