"""What could not be dealt with for now is dealt with later, once, and stays in the store until then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.local.events import CallMade
from bot.local.faults import Fault, FaultKind, flood
from bot.messages import delivery
from bot.running import postponed
from corpus.database import DatabaseError
from tests.bot.harness import make_settings, running, said_by_bot, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.local.world import World
    from tests.bot.harness import Running
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
QUESTION = "Who took part in the eighth round of talks?"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    monkeypatch.setattr(postponed, "_PAUSE", 0.01)
    monkeypatch.setattr(delivery, "_PAUSE", 0.01)
    monkeypatch.setattr(delivery, "seconds_to_wait", lambda _: 0.01)


async def _done(bot: Running) -> None:
    async with asyncio.timeout(15):
        while bot.services.store.open_updates():
            await asyncio.sleep(0.01)


async def test_a_question_whose_answer_telegram_does_not_take_is_answered_when_it_does(
    telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    anna = telegram.add_user("Anna")
    async with running(telegram, make_settings(tmp_path), shared_index.engine(), shared_index) as bot:
        telegram.faults.plan("sendMessage", flood(1), 7)
        answer = await bot.ask(anna, QUESTION)
        await _done(bot)
        assert "observers from Jordan" in answer.text
        assert said_by_bot(telegram, anna.id) == [answer]
        assert len([entry for entry in telegram.journal.of("sendMessage") if entry.code == 429]) == 7
        assert not bot.services.postponed._due
        assert not bot.services.postponed._tries


async def test_what_is_put_off_waits_in_the_store_for_the_next_start(
    telegram: World, shared_index: Indexed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postponed, "_PAUSE", 3600.0)
    monkeypatch.setattr(postponed, "_LONGEST_PAUSE", 3600.0)
    anna, settings = telegram.add_user("Anna"), make_settings(tmp_path)
    async with running(telegram, settings, shared_index.engine(), shared_index) as bot:
        telegram.faults.plan("sendMessage", flood(1), 3)
        telegram.send_text(anna.id, anna.id, QUESTION)
        await telegram.wait_for(CallMade, lambda _: len(telegram.journal.of("sendMessage")) == 3)
        async with asyncio.timeout(15):
            while not bot.services.postponed._due:
                await asyncio.sleep(0.01)
        assert [state for _, _, state in bot.services.store.open_updates()] == ["pending"]
    async with running(telegram, settings, shared_index.engine(), shared_index) as bot:
        await shown(telegram, anna.id, lambda message: "observers from Jordan" in message.text)
        await _done(bot)
    assert len(said_by_bot(telegram, anna.id)) == 1


async def test_a_question_that_the_store_is_not_ready_for_is_answered_once_it_is(
    telegram: World, shared_index: Indexed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = telegram.add_user("Anna")
    async with running(telegram, make_settings(tmp_path), shared_index.engine(), shared_index) as bot:
        keep, failures = bot.services.store.answers.keep, [DatabaseError("no room"), DatabaseError("no room")]

        def full(*arguments: object, **options: object) -> object:
            if failures:
                raise failures.pop()
            return keep(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(bot.services.store.answers, "keep", full)
        answer = await bot.ask(anna, QUESTION)
        await _done(bot)
    assert "observers from Jordan" in answer.text
    assert len(said_by_bot(telegram, anna.id)) == 1


async def test_where_the_store_fails_again_and_again_its_sender_is_told(
    telegram: World, shared_index: Indexed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = telegram.add_user("Anna")
    async with running(telegram, make_settings(tmp_path), shared_index.engine(), shared_index) as bot:

        def full(*_: object, **__: object) -> None:
            raise DatabaseError("no room")

        monkeypatch.setattr(bot.services.store.answers, "keep", full)
        answer = await bot.ask(anna, QUESTION)
        await _done(bot)
    assert answer.text.startswith("Something failed, and your message was not dealt with.")


async def test_an_answered_question_whose_mark_could_not_be_written_is_not_answered_again(
    telegram: World, shared_index: Indexed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = telegram.add_user("Anna")
    async with running(telegram, make_settings(tmp_path), shared_index.engine(), shared_index) as bot:
        finish, failures = bot.services.store.finish_update, [DatabaseError("no room")] * 2

        def full(identifier: int) -> None:
            if failures:
                raise failures.pop()
            finish(identifier)

        monkeypatch.setattr(bot.services.store, "finish_update", full)
        answer = await bot.ask(anna, QUESTION)
        await _done(bot)
    assert failures == []
    assert said_by_bot(telegram, anna.id) == [answer]


async def test_nothing_is_sent_from_the_outbox_while_polls_fail(
    telegram: World, shared_index: Indexed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent then may have arrived for all that is known, and is never sent again."""
    from bot.outbox.outgoing import Outgoing

    monkeypatch.setattr("bot.outbox.worker._SILENCE", 0.0)
    monkeypatch.setattr("bot.outbox.worker._LOOK_FOR_TELEGRAM", 0.01)
    monkeypatch.setattr("bot.running.inbox._LONGEST_REST", 0.02)
    anna = telegram.add_user("Anna")
    telegram.send_text(anna.id, anna.id, "/start")
    cut: list[bool] = []

    def rule(method: str, _: Mapping[str, object]) -> Fault | None:
        if cut and method == "getUpdates":
            return Fault(FaultKind.DROP)
        return None

    telegram.faults.rule = rule
    async with running(telegram, make_settings(tmp_path), shared_index.engine(), shared_index) as bot:
        await shown(telegram, anna.id, lambda _: True)
        cut.append(True)
        telegram.send_text(anna.id, anna.id, "/help")
        async with asyncio.timeout(15):
            while bot.services.pulse.failure is None:
                await asyncio.sleep(0.01)
        store, outbox = bot.services.store, bot.application.bot_data["outbox"]
        with store.database.writing() as connection:
            store.outbox.put(connection, [Outgoing(anna.id, 0, "s", 0, "Summary")])
        outbox.wake()
        await telegram.wait_for(CallMade, lambda event: event.entry.method == "getUpdates")
        assert store.outbox.counts() == {"pending": 1}
        cut.clear()
        # A poll would end after ten seconds without it.
        telegram.send_text(anna.id, anna.id, "/help")
        await shown(telegram, anna.id, lambda message: message.text == "Summary")
