"""Progress as lines: one for each hundredth, and for a step after a while, so that who follows sees that it goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.progress import LineProgress

if TYPE_CHECKING:
    import pytest

    from tests.bot.hour import Hour


def test_a_step_is_told_with_each_hundredth_or_after_half_a_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, hour: Hour
) -> None:
    monkeypatch.setattr("bot.progress.time.monotonic", hour)
    lines = LineProgress()
    lines.start("encoding", 10_000)
    for seconds, steps in ((1, 99), (1, 1), (1, 1), (29, 1), (1, 1), (1, 1)):
        hour.now += seconds
        lines.advance(steps)
    told = [json.loads(line)["done"] for line in capsys.readouterr().err.splitlines()]
    assert told == [0, 100, 103]
