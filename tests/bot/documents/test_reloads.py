"""The queue of reloads: one run at a time, what comes meanwhile as one further run, and what is dropped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.documents.reloads import Cancelled, Ended, How, Reloads, Request, Why
from bot.messages.conversation import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

pytestmark = pytest.mark.asyncio
HERE = Place(chat=1, thread=None, reply_to=None, language="en", private=True)
THERE = Place(chat=2, thread=None, reply_to=None, language="ru", private=True)


class Gated:
    """Runs that end when they are let; ``runs`` are the requests of each."""

    def __init__(self) -> None:
        self.runs: list[tuple[Request, ...]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.result = Ended(How.DONE)
        self.error: Exception | None = None
        self.late = False

    async def run(self, requests: Sequence[Request]) -> Ended:
        """Wait to be let go on, and end as it was told to."""
        self.runs.append(tuple(requests))
        self.begun.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.result

    def stop(self) -> bool:
        """End the present run as stopped, unless it is too late."""
        if self.late:
            return False
        self.result = Ended(How.STOPPED)
        self.gate.set()
        return True


@pytest_asyncio.fixture
async def runner() -> Gated:
    return Gated()


@pytest_asyncio.fixture
async def reloads(runner: Gated) -> AsyncIterator[Reloads]:
    queue = Reloads()
    queue.start(runner)
    yield queue
    await queue.stop()


async def test_what_is_asked_for_during_a_run_is_one_further_run(reloads: Reloads, runner: Gated) -> None:
    first = reloads.request(Why.COMMAND, HERE)
    await runner.begun.wait()
    assert reloads.running
    others = [reloads.request(Why.SENT, THERE), reloads.request(Why.WATCHED)]
    runner.gate.set()
    assert [ended.how for ended in await asyncio.gather(first, *others)] == [How.DONE] * 3
    assert runner.runs == [
        (Request(Why.COMMAND, HERE),),
        (Request(Why.SENT, THERE), Request(Why.WATCHED, None)),
    ]
    assert not reloads.running


async def test_cancelling_stops_the_run_and_drops_what_waits(reloads: Reloads, runner: Gated) -> None:
    running = reloads.request(Why.COMMAND, HERE)
    await runner.begun.wait()
    waiting = reloads.request(Why.SENT, THERE)
    assert reloads.cancel() == Cancelled((Request(Why.COMMAND, HERE),), (Request(Why.SENT, THERE),))
    assert await waiting == Ended(How.DROPPED)
    assert await running == Ended(How.STOPPED)
    assert len(runner.runs) == 1


async def test_a_run_that_can_no_longer_be_stopped_ends_as_it_would(reloads: Reloads, runner: Gated) -> None:
    running = reloads.request(Why.COMMAND, HERE)
    await runner.begun.wait()
    runner.late = True
    assert reloads.cancel() == Cancelled((), ())
    runner.gate.set()
    assert await running == Ended(How.DONE)


async def test_a_run_that_fails_unexpectedly_ends_no_other(reloads: Reloads, runner: Gated) -> None:
    runner.gate.set()
    runner.error = OSError("no space")
    assert await reloads.request(Why.COMMAND) == Ended(How.FAILED)
    runner.error = None
    assert await reloads.request(Why.COMMAND) == Ended(How.DONE)


async def test_requests_wait_until_the_queue_starts() -> None:
    queue, runner = Reloads(), Gated()
    runner.gate.set()
    early = queue.request(Why.DECIDED)
    queue.start(runner)
    assert await early == Ended(How.DONE)
    await queue.stop()


async def test_ending_the_queue_stops_the_run_and_drops_the_rest(runner: Gated) -> None:
    queue = Reloads()
    queue.start(runner)
    running = queue.request(Why.COMMAND)
    await runner.begun.wait()
    waiting = queue.request(Why.COMMAND)
    await queue.stop()
    assert (running.result().how, waiting.result().how) == (How.STOPPED, How.DROPPED)


async def test_a_run_that_an_ending_has_no_more_time_for_is_given_up_without_a_word(
    runner: Gated, caplog: pytest.LogCaptureFixture
) -> None:
    runner.late = True
    queue = Reloads()
    queue.start(runner)
    queue.request(Why.COMMAND, HERE)
    await runner.begun.wait()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.stop(), 0.05)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert caplog.records == []
