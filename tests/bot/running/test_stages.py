"""The stages of an answer: each takes the time since the one before, and what failed or was cancelled says so."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from bot.running.metrics import Metrics
from bot.running.stages import Course, Fate, Stage, ended, measured, passed

if TYPE_CHECKING:
    from bot.services import Context
    from tests.bot.hour import Hour


def test_the_stages_together_are_the_whole(hour: Hour) -> None:
    hour.now = 10.5
    course = Course(10.0, hour)
    for stage, seconds in ((Stage.SEARCH, 2.0), (Stage.KEEPING, 0.25), (Stage.SENDING, 1.0), (Stage.KEEPING, 0.5)):
        hour.now += seconds
        course.passed(stage)
    assert course.seconds == {
        Stage.WAITING: 0.5,
        Stage.SEARCH: 2.0,
        Stage.KEEPING: 0.75,
        Stage.SENDING: 1.0,
        Stage.TOTAL: 4.25,
    }


def test_what_did_not_wait_has_waited_for_nothing(hour: Hour) -> None:
    assert Course(None, hour).seconds == {Stage.WAITING: 0.0}


def counted(metrics: Metrics) -> dict[str, float]:
    """How many questions had each fate, those alone that any had."""
    found = {
        fate.value: metrics.registry.get_sample_value("rapporteur_questions_total", {"outcome": fate}) for fate in Fate
    }
    return {fate: count for fate, count in found.items() if count}


@pytest.mark.asyncio
async def test_a_question_counts_as_what_was_said_of_it_and_else_as_failed() -> None:
    metrics = Metrics()
    context = cast("Context", SimpleNamespace(services=SimpleNamespace(metrics=metrics)))

    @measured
    async def answer(context: Context, fate: Fate | None, error: BaseException | None = None) -> None:
        passed(Stage.SEARCH)
        if fate is not None:
            ended(fate)
        if error is not None:
            raise error

    await answer(context, Fate.ANSWERED)
    await answer(context, Fate.SILENT)
    await answer(context, Fate.REFUSED)
    await answer(context, None)
    with pytest.raises(ValueError, match="broken"):
        await answer(context, Fate.ANSWERED, ValueError("broken"))
    with pytest.raises(asyncio.CancelledError):
        await answer(context, Fate.ANSWERED, asyncio.CancelledError())
    assert counted(metrics) == {"answered": 1, "silent": 1, "refused": 1, "failed": 2}
    times = metrics.registry.get_sample_value("rapporteur_answer_seconds_count", {"stage": "total"})
    assert times == 2
    # Outside of a question there is none to note anything of.
    passed(Stage.SENDING)
    ended(Fate.ANSWERED)
    assert metrics.registry.get_sample_value("rapporteur_answer_seconds_count", {"stage": "sending"}) == 0
