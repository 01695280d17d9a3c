"""A few kills of the bot while people use it; ``python -m tests.soak`` has hundreds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.soak import kills

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.asyncio
async def test_whatever_was_confirmed_is_there_once_after_kills_at_random_moments(tmp_path: Path) -> None:
    async with asyncio.timeout(300):
        findings = await kills.run(kills.Plan(kills=6, seconds=0.7), tmp_path)
    assert findings.problems == []
    assert findings.figures["killed"] == "6"
    # More than one for each life.
    assert int(findings.figures["updates"]) > 6
