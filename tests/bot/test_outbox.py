"""The outbox: each summary sent once, in order; put off, unclear or failed according to what went wrong."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
import pytest_asyncio
from telegram.error import ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.outbox import Outbox
from bot.reloading import Reloader
from bot.services import Services
from bot.store import Store
from corpus.library import SHELL
from retrieval.quotes import Quote
from tests.bot.harness import make_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from telegram import Bot

    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio


class Sender:
    """A bot that meets the given errors, one a call."""

    def __init__(self, *errors: TelegramError | None) -> None:
        self.errors = list(errors)
        self.calls: list[tuple[int, str, int | None]] = []
        self.called = asyncio.Condition()

    async def send_message(self, chat: int, text: str, *, message_thread_id: int | None, **_: Any) -> None:
        """Fail with the next error, or be sent."""
        async with self.called:
            self.calls.append((chat, text, message_thread_id))
            self.called.notify_all()
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error

    async def until_called(self, times: int) -> None:
        """Wait for so many calls in all."""
        async with asyncio.timeout(5), self.called:
            await self.called.wait_for(lambda: len(self.calls) >= times)


@pytest_asyncio.fixture
async def services(shared_index: Indexed, tmp_path: Path) -> AsyncIterator[Services]:
    settings = make_settings(tmp_path)
    with Store.open(tmp_path / "store.sqlite3") as store:
        store.decide({}, [(-1, 0, "s", 0, "one"), (-2, 7, "s", 0, "two")])
        made = Services(settings, shared_index.engine(), store, Reloader(settings))
        yield made
        made.executor.shutdown()


async def _sent(services: Services, sender: Sender, calls: int) -> Outbox:
    """Run the outbox until it has called so many times, and stop it."""
    outbox = Outbox(services, cast("Bot", sender))
    await outbox.start()
    await sender.until_called(calls)
    await outbox.stop()
    return outbox


async def test_messages_go_out_in_order_each_to_its_topic(services: Services) -> None:
    sender = Sender()
    await _sent(services, sender, 2)
    assert sender.calls == [(-1, "one", None), (-2, "two", 7)]
    assert services.store.outbox_states() == {"sent": 2}


@pytest.mark.parametrize(
    ("error", "state"),
    [(TimedOut(), "unclear"), (NetworkError("Bad Gateway"), "unclear"), (Forbidden("kicked"), "failed")],
)
async def test_what_may_have_arrived_or_never_can_is_not_tried_again_and_keeps_nothing_up(
    error: TelegramError, state: str, services: Services
) -> None:
    sender = Sender(error)
    await _sent(services, sender, 2)
    assert [chat for chat, _, _ in sender.calls] == [-1, -2]
    assert services.store.outbox_states() == {state: 1, "sent": 1}


async def test_flood_control_is_waited_out_unless_there_is_news(services: Services) -> None:
    sender = Sender(RetryAfter(1000))
    outbox = Outbox(services, cast("Bot", sender))
    await outbox.start()
    await sender.until_called(1)
    outbox.wake()
    await sender.until_called(3)
    await outbox.stop()
    assert [text for _, text, _ in sender.calls] == ["one", "one", "two"]
    assert services.store.outbox_states() == {"sent": 2}


async def test_without_a_connection_the_message_waits_for_the_next_start(services: Services) -> None:
    error = NetworkError("no")
    error.__cause__ = httpx.ConnectError("no")
    await _sent(services, Sender(error), 1)
    assert services.store.outbox_states() == {"pending": 2}
    await _sent(services, Sender(), 2)
    assert services.store.outbox_states() == {"sent": 2}


async def test_a_group_that_became_a_supergroup_gets_it_there(services: Services) -> None:
    services.store.subscribe(-1, 0, "en")
    sender = Sender(ChatMigrated(-100))
    await _sent(services, sender, 3)
    assert [chat for chat, _, _ in sender.calls] == [-1, -100, -2]
    assert services.store.outbox_states() == {"sent": 2}
    assert [subscription.chat for subscription in services.store.subscriptions()] == [-100]


async def test_what_the_last_run_left_half_sent_is_unclear(services: Services) -> None:
    services.store.next_message()
    sender = Sender()
    await _sent(services, sender, 1)
    assert sender.calls == [(-2, "two", 7)]
    assert services.store.outbox_states() == {"unclear": 1, "sent": 1}


async def test_stopping_lets_the_rest_wait(services: Services) -> None:
    outbox = Outbox(services, cast("Bot", Sender()))
    await outbox.stop()
    assert services.store.outbox_states() == {"pending": 2}


async def test_a_summary_of_what_was_withdrawn_or_changed_meanwhile_is_not_sent(
    services: Services, own_index: Indexed, tmp_path: Path
) -> None:
    engine = own_index.engine()
    document = engine.view("public").document("eighth.md")
    other = engine.view("public").document("aid.md")
    assert document is not None and other is not None
    own = dataclasses.replace(services, engine=engine)
    quotes = [Quote(document, 0, 10), Quote(other, 0, 10), Quote(document, 5, 15)]
    own.store.remember_citations(quotes)
    with own.store._database.writing() as connection:
        connection.execute("UPDATE citations SET digest = 'other' WHERE id = ?", (quotes[2].citation,))
    bodies = [f'"<a href="https://t.me/bot?start=c_{quote.citation}">{quote.citation}</a>' for quote in quotes]
    bodies.append("c_aaaaaaaaaa is no link")
    own.store.decide({}, [(5, 0, "w", part, body) for part, body in enumerate(bodies)])
    engine.library.withdraw("eighth.md", SHELL)
    sender = Sender()
    await _sent(own, sender, 4)
    assert [text for chat, text, _ in sender.calls if chat == 5] == [bodies[1], bodies[3]]
    with own.store._database.reading() as connection:
        reasons = connection.execute("SELECT part, reason FROM outbox WHERE state = 'failed'").fetchall()
    assert reasons == [(0, "withdrawn"), (2, "withdrawn")]


async def test_a_summary_is_checked_against_what_its_own_chat_may_read(services: Services, own_index: Indexed) -> None:
    engine = own_index.engine()
    document = engine.view("public").document("eighth.md")
    assert document is not None
    settings = services.settings.model_copy(update={"clearances": {6: "restricted"}})
    own = dataclasses.replace(services, engine=engine, settings=settings)
    own.store.remember_citations([Quote(document, 0, 10)])
    body = f"?start=c_{Quote(document, 0, 10).citation}"
    own.store.decide({}, [(5, 0, "w", 0, body), (6, 0, "w", 0, body)])
    engine.library.relabel("eighth.md", "restricted", SHELL)
    sender = Sender()
    await _sent(own, sender, 3)
    assert [chat for chat, _, _ in sender.calls] == [-1, -2, 6]
