"""The outbox at work: each message sent once, in order; put off, unclear, failed or composed anew as it turns out."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
import pytest_asyncio
from telegram import Message as TelegramMessage
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.clock import ManualClock
from bot.documents.reloading import Reloader
from bot.outbox.outgoing import UNNEEDED, WITHDRAWN, Kind, OutboxRow, Outgoing, State
from bot.outbox.worker import Outbox
from bot.services import Services
from bot.store import Store
from corpus.database import DatabaseError
from corpus.library import SHELL
from retrieval.answers.quotes import Quote
from tests.bot.harness import make_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from telegram import Bot

    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio


def never_connected() -> TelegramError:
    error = NetworkError("no")
    error.__cause__ = httpx.ConnectError("no")
    return error


class Sender:
    """A bot that meets the given errors: one a call, or in one chat always the same."""

    def __init__(self, *errors: TelegramError | None, always: dict[int, TelegramError] | None = None) -> None:
        self.errors = list(errors)
        self.always = always or {}
        self.calls: list[tuple[int, str, int | None, int | None]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._called = asyncio.Condition()

    async def send_message(
        self, chat: int, text: str, *, message_thread_id: int | None, reply_parameters: Any, **_: Any
    ) -> TelegramMessage:
        """Fail with the next error, or be sent."""
        async with self._called:
            reply = reply_parameters.message_id if reply_parameters else None
            self.calls.append((chat, text, message_thread_id, reply))
            number = len(self.calls)
            self._called.notify_all()
        await self.gate.wait()
        error = self.errors.pop(0) if self.errors else self.always.get(chat)
        if error is not None:
            raise error
        return cast("TelegramMessage", dataclasses.make_dataclass("Sent", ["message_id"])(1000 + number))

    async def until_called(self, times: int) -> None:
        """Wait for so many calls in all."""
        async with asyncio.timeout(5), self._called:
            await self._called.wait_for(lambda: len(self.calls) >= times)

    @property
    def texts(self) -> list[str]:
        """What was sent, or tried, in order."""
        return [text for _, text, _, _ in self.calls]


class Teller:
    """Takes the place of what tells the admins; says the given answers, and then that all were told."""

    def __init__(self, services: Services, *answers: bool) -> None:
        self._table = services.store.outbox
        self._answers = list(answers)
        self.told: list[list[int]] = []
        self.is_told = asyncio.Event()

    async def __call__(self) -> bool:
        """Take them as told."""
        untold = [row.id for row in self._table.untold()]
        self.told.append(untold)
        is_told = self._answers.pop(0) if self._answers else True
        if is_told:
            self._table.mark_told(untold)
        self.is_told.set()
        return is_told


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest_asyncio.fixture
async def services(shared_index: Indexed, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Services]:
    settings = make_settings(tmp_path)
    with Store.open(tmp_path / "store.sqlite3", clock.now) as store:
        made = Services(settings, shared_index.engine(), store, Reloader(settings), clock=clock)
        yield made
        made.executor.shutdown()


def put(services: Services, *messages: Outgoing) -> None:
    with services.store.database.writing() as connection:
        services.store.outbox.put(connection, messages)


def message(chat: int, body: str, part: int = 0, thread: int = 0, **values: Any) -> Outgoing:
    return Outgoing(chat, thread, values.pop("summary", body), part, body, **values)


def two(services: Services) -> None:
    """A message to each of two groups, the second in a topic."""
    put(services, message(-1, "one"), message(-2, "two", thread=7))


@asynccontextmanager
async def sending(services: Services, sender: Sender, **options: Any) -> AsyncIterator[Outbox]:
    """The outbox at work, and then stopped."""
    outbox = Outbox(services, cast("Bot", sender), **options)
    await outbox.start()
    try:
        yield outbox
    finally:
        await outbox.stop()


async def sent(services: Services, sender: Sender, calls: int, **options: Any) -> None:
    """Run the outbox until it has called so many times, and stop it."""
    async with sending(services, sender, **options):
        await sender.until_called(calls)


async def until_it_waits(clock: ManualClock, services: Services, wanted: Callable[[dict[str, int]], bool]) -> None:
    """Wait until the outbox has nothing to do but wait, with such counts."""
    async with asyncio.timeout(5):
        while clock.sleepers == 0 or not wanted(services.store.outbox.counts()):
            await asyncio.sleep(0)


def row(services: Services, identifier: int) -> OutboxRow:
    found = services.store.outbox.row(identifier)
    assert found is not None
    return found


async def test_messages_go_out_in_order_each_to_its_topic_and_their_numbers_are_kept(services: Services) -> None:
    two(services)
    sender = Sender()
    await sent(services, sender, 2)
    assert sender.calls == [(-1, "one", None, None), (-2, "two", 7, None)]
    assert services.store.outbox.counts() == {"sent": 2}
    assert [services.store.outbox.message_of(id) for id in (1, 2)] == [1001, 1002]


async def test_an_answer_replies_to_the_message_it_answers(services: Services) -> None:
    put(services, message(-1, "one"), message(-1, "more", kind=Kind.UPDATE, answers=1))
    sender = Sender()
    await sent(services, sender, 2)
    assert sender.calls == [(-1, "one", None, None), (-1, "more", None, 1001)]


@pytest.mark.parametrize("kind", [Kind.CORRECTION, Kind.UPDATE])
async def test_a_correction_of_what_never_arrived_is_not_sent_but_an_update_of_it_is(
    kind: Kind, services: Services
) -> None:
    put(services, message(-1, "one"), message(-1, "answer", kind=kind, answers=1), message(-1, "two"))
    sender = Sender(BadRequest("can't parse entities"))
    await sent(services, sender, 2 if kind is Kind.CORRECTION else 3)
    assert sender.texts == ["one", "two"] if kind is Kind.CORRECTION else ["one", "answer", "two"]
    expected = (State.STALE, UNNEEDED) if kind is Kind.CORRECTION else (State.SENT, None)
    assert (row(services, 2).state, row(services, 2).reason) == expected


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TimedOut(), State.UNCLEAR),
        (NetworkError("Bad Gateway"), State.UNCLEAR),
        (BadRequest("Message is too long"), State.FAILED),
        (Forbidden("bot was kicked from the group chat"), State.FAILED),
    ],
)
async def test_what_may_have_arrived_or_never_can_is_not_tried_again_and_keeps_nothing_up(
    error: TelegramError, state: State, services: Services
) -> None:
    two(services)
    sender = Sender(error)
    await sent(services, sender, 2)
    assert sender.texts == ["one", "two"]
    assert (row(services, 1).state, row(services, 1).reason) == (state, str(error))
    assert row(services, 2).state is State.SENT


async def test_flood_control_holds_up_its_own_chat_for_as_long_as_it_says(
    services: Services, clock: ManualClock
) -> None:
    put(services, message(-1, "one"), message(-1, "more"), message(-2, "two"))
    sender = Sender(RetryAfter(100))
    async with sending(services, sender) as outbox:
        await sender.until_called(2)
        await until_it_waits(clock, services, lambda counts: counts == {"pending": 2, "sent": 1})
        outbox.wake()
        clock.advance(99)
        await asyncio.sleep(0.05)
        assert sender.texts == ["one", "two"]
        clock.advance(2)
        await sender.until_called(4)
    assert sender.texts == ["one", "two", "one", "more"]
    assert services.store.outbox.counts() == {"sent": 3}


async def test_flood_control_of_several_chats_holds_up_all(services: Services, clock: ManualClock) -> None:
    put(services, *(message(-number, f"{number}") for number in range(1, 10)))
    sender = Sender(*[RetryAfter(100)] * 3)
    async with sending(services, sender):
        await sender.until_called(3)
        await until_it_waits(clock, services, lambda counts: row(services, 3).attempts == 1)
        await asyncio.sleep(0.05)
        assert sender.texts == ["1", "2", "3"]
        clock.advance(102)
        await sender.until_called(12)
    assert sorted(sender.texts[3:]) == [f"{number}" for number in range(1, 10)]


async def test_without_a_connection_all_is_kept_and_tried_again_less_and_less_often(
    services: Services, clock: ManualClock
) -> None:
    two(services)
    errors: list[TelegramError | None] = [never_connected() for _ in range(4)]
    async with sending(services, Sender(*errors)):
        await until_it_waits(clock, services, lambda counts: row(services, 2).attempts == 1)
        clock.advance(2)
        await until_it_waits(clock, services, lambda counts: row(services, 2).attempts == 2)
    with services.store.database.reading() as connection:
        waits = [due - clock.now() for (due,) in connection.execute("SELECT due FROM outbox")]
    assert all(2 <= wait <= 4 for wait in waits)
    clock.advance(4)
    await sent(services, Sender(), 2)
    assert services.store.outbox.counts() == {"sent": 2}


async def test_a_token_that_is_refused_loses_no_message(services: Services, clock: ManualClock) -> None:
    two(services)
    sender = Sender(InvalidToken("Unauthorized"))
    async with sending(services, sender):
        await until_it_waits(clock, services, lambda counts: row(services, 1).attempts == 1)
        await asyncio.sleep(0.05)
        assert sender.texts == ["one"]
        clock.advance(2)
        await sender.until_called(3)
    assert services.store.outbox.counts() == {"sent": 2}


async def test_one_chat_that_does_not_answer_holds_up_no_other(services: Services, clock: ManualClock) -> None:
    put(services, message(-1, "one"), message(-1, "more"), message(-2, "two"), message(-2, "three"))
    sender = Sender()
    sender.gate.clear()
    async with sending(services, sender):
        await sender.until_called(1)
        await until_it_waits(clock, services, lambda counts: counts == {"sending": 1, "pending": 3})
        await asyncio.sleep(0.05)
        assert sender.texts == ["one"]
        clock.advance(0.5)
        await sender.until_called(2)
        assert sender.texts == ["one", "two"]
        sender.gate.set()
        await sender.until_called(4)
    assert services.store.outbox.counts() == {"sent": 4}


async def test_stopping_finishes_what_is_under_way_and_lets_the_rest_wait(services: Services) -> None:
    put(services, message(-1, "one"), message(-1, "more"))
    sender = Sender()
    sender.gate.clear()
    outbox = Outbox(services, cast("Bot", sender))
    await outbox.start()
    await sender.until_called(1)
    stopping = asyncio.create_task(outbox.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    sender.gate.set()
    await stopping
    assert sender.texts == ["one"]
    assert services.store.outbox.counts() == {"sent": 1, "pending": 1}


async def test_a_group_that_became_a_supergroup_gets_it_there(services: Services) -> None:
    two(services)
    services.store.subscriptions.add(-1, 0, "en")
    sender = Sender(ChatMigrated(-100))
    await sent(services, sender, 3)
    assert sorted(chat for chat, _, _, _ in sender.calls) == [-100, -2, -1]
    assert services.store.outbox.counts() == {"sent": 2}
    assert [subscription.chat for subscription in services.store.subscriptions.all()] == [-100]


async def test_a_supergroup_does_not_get_twice_what_it_was_sent_under_its_new_id(services: Services) -> None:
    put(services, message(-1, "one"), message(-100, "one"))
    sender = Sender(ChatMigrated(-100))
    await sent(services, sender, 2)
    assert services.store.outbox.counts() == {"sent": 1, "stale": 1}


async def test_what_the_last_run_left_half_sent_is_unclear_and_admins_are_told(
    services: Services, clock: ManualClock
) -> None:
    two(services)
    services.store.outbox.next(clock.now())
    sender, teller = Sender(), Teller(services)
    async with sending(services, sender, tell=teller):
        await sender.until_called(1)
        await until_it_waits(clock, services, lambda counts: counts == {"unclear": 1, "sent": 1})
        clock.advance(3)
        await asyncio.wait_for(teller.is_told.wait(), 5)
    assert sender.texts == ["two"]
    assert teller.told == [[1]]


async def test_admins_are_told_of_all_that_comes_together_in_one_message(
    services: Services, clock: ManualClock
) -> None:
    put(services, *(message(-number, f"{number}") for number in range(1, 4)))
    sender, teller = Sender(TimedOut(), BadRequest("too long"), TimedOut()), Teller(services)
    async with sending(services, sender, tell=teller):
        await sender.until_called(3)
        await until_it_waits(clock, services, lambda counts: counts == {"unclear": 2, "failed": 1})
        clock.advance(3)
        await asyncio.wait_for(teller.is_told.wait(), 5)
    assert teller.told == [[1, 2, 3]]


async def test_admins_who_cannot_be_told_are_told_later(services: Services, clock: ManualClock) -> None:
    put(services, message(-1, "one"))
    teller = Teller(services, False)
    async with sending(services, Sender(TimedOut()), tell=teller):
        await until_it_waits(clock, services, lambda counts: counts == {"unclear": 1})
        for _ in range(2):
            teller.is_told.clear()
            while not teller.is_told.is_set():
                clock.advance(150)
                await asyncio.sleep(0)
    assert [told for told in teller.told if told] == [[1], [1]]


@pytest.mark.parametrize(
    ("error", "subscribed", "failed"),
    [
        (Forbidden("bot was blocked by the user"), [(-2, 0)], [1, 2, 3]),
        (BadRequest("Chat not found"), [(-2, 0)], [1, 2, 3]),
        (BadRequest("Message thread not found"), [(-2, 0), (-1, 0)], [1, 2]),
        (BadRequest("TOPIC_CLOSED"), [(-2, 0), (-1, 0), (-1, 7)], [1]),
        (BadRequest("Message is too long"), [(-2, 0), (-1, 0), (-1, 7)], [1]),
        (BadRequest("Not enough rights to send text messages to the chat"), [(-2, 0), (-1, 0), (-1, 7)], [1, 2, 3]),
    ],
)
async def test_a_chat_or_topic_that_is_gone_gets_nothing_more(
    error: TelegramError, subscribed: list[tuple[int, int]], failed: list[int], services: Services
) -> None:
    for chat, thread in ((-1, 0), (-1, 7), (-2, 0)):
        services.store.subscriptions.add(chat, thread, "en")
    put(services, message(-1, "one", thread=7), message(-1, "two", thread=7), message(-1, "three"))
    put(services, message(-2, "four"))
    sender = Sender(error)
    await sent(services, sender, 5 - len(failed))
    assert [found.id for found in services.store.outbox.failed()] == failed
    assert {found.reason for found in services.store.outbox.failed()} == {str(error)}
    assert [(one.chat, one.thread) for one in services.store.subscriptions.all()] == subscribed


async def test_where_the_bot_may_not_write_subscriptions_rest(services: Services) -> None:
    services.store.subscriptions.add(-1, 0, "en")
    put(services, message(-1, "one"))
    await sent(services, Sender(BadRequest("CHAT_WRITE_FORBIDDEN")), 1)
    assert [bool(one.pause) for one in services.store.subscriptions.all()] == [True]


async def test_the_outbox_survives_what_goes_wrong_inside_and_what_it_was_sending_is_unclear(
    services: Services, clock: ManualClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    two(services)
    mark = services.store.outbox.mark
    failures = [DatabaseError("database or disk is full")]

    def fail_once(*args: Any, **values: Any) -> None:
        if failures:
            raise failures.pop()
        mark(*args, **values)

    monkeypatch.setattr(type(services.store.outbox), "mark", lambda _, *args, **values: fail_once(*args, **values))
    sender = Sender()
    with caplog.at_level(logging.ERROR):
        async with sending(services, sender):
            await until_it_waits(clock, services, lambda counts: counts == {"sent": 1, "unclear": 1})
    assert "was not dealt with: database or disk is full" in caplog.text
    assert sorted(sender.texts) == ["one", "two"]


# What is checked before it is sent.


def cite(services: Services, *places: tuple[str, int, int]) -> list[Quote]:
    """Quotations of documents, which the store knows."""
    view = services.engine.view("public")
    documents = {id: view.document(id) for id, _, _ in places}
    quotes = [Quote(found, start, end) for id, start, end in places if (found := documents[id]) is not None]
    services.store.remember_citations(quotes)
    return quotes


def link(quote: Quote) -> str:
    return f'"<a href="https://t.me/bot?start=c_{quote.citation}">{quote.citation}</a>'


async def test_a_summary_of_what_was_withdrawn_or_changed_meanwhile_is_not_sent(
    services: Services, own_index: Indexed
) -> None:
    own = dataclasses.replace(services, engine=own_index.engine())
    quotes = cite(own, ("eighth.md", 0, 10), ("aid.md", 0, 10), ("eighth.md", 5, 15))
    with own.store.database.writing() as connection:
        connection.execute("UPDATE citations SET digest = 'other' WHERE id = ?", (quotes[2].citation,))
    bodies = [*map(link, quotes), "c_aaaaaaaaaa is no link"]
    put(own, *(message(5, body, part, summary="w") for part, body in enumerate(bodies)))
    own.engine.library.withdraw("eighth.md", SHELL)
    sender = Sender()
    async with sending(own, sender):
        while len(sender.calls) < 2:
            cast("ManualClock", own.clock).advance(1)
            await asyncio.sleep(0)
    assert sender.texts == [bodies[1], bodies[3]]
    assert [(found.part, found.reason) for found in own.store.outbox.failed()] == [(0, WITHDRAWN), (2, WITHDRAWN)]


async def test_a_summary_is_checked_against_what_its_own_chat_may_read(services: Services, own_index: Indexed) -> None:
    settings = services.settings.model_copy(update={"clearances": {6: "restricted"}})
    own = dataclasses.replace(services, engine=own_index.engine(), settings=settings)
    (quote,) = cite(own, ("eighth.md", 0, 10))
    put(own, message(5, link(quote)), message(6, link(quote)), message(7, "named", named=frozenset({"eighth.md"})))
    own.engine.library.relabel("eighth.md", "restricted", SHELL)
    sender = Sender()
    async with sending(own, sender):
        await sender.until_called(1)
        await until_it_waits(cast("ManualClock", own.clock), own, lambda counts: counts == {"failed": 2, "sent": 1})
    assert [chat for chat, _, _, _ in sender.calls] == [6]


async def test_what_cannot_be_sent_as_it_is_is_composed_anew(services: Services, own_index: Indexed) -> None:
    own = dataclasses.replace(services, engine=own_index.engine())
    quotes = cite(own, ("eighth.md", 0, 10))
    put(own, message(-1, link(quotes[0]), summary="s", quotes=tuple(quotes)), message(-1, "part", 1, summary="s"))
    own.engine.library.withdraw("eighth.md", SHELL)
    asked: list[OutboxRow] = []

    def recompose(found: OutboxRow) -> Sequence[Outgoing]:
        asked.append(found)
        return [message(-1, "new", summary="s")]

    sender = Sender()
    outbox = Outbox(own, cast("Bot", sender))
    outbox.recompose = recompose
    await outbox.start()
    await sender.until_called(1)
    await outbox.stop()
    assert sender.texts == ["new"]
    assert [found.id for found in asked] == [1]
    assert own.store.outbox.counts() == {"sent": 1, "stale": 2}


async def test_what_was_erased_is_not_sent_and_what_can_never_be_composed_is_given_up(services: Services) -> None:
    put(services, message(-1, "one", named=frozenset({"aid.md"})))
    services.store.forget_wordings(["aid.md"])
    composed: list[int] = []

    def recompose(found: OutboxRow) -> Sequence[Outgoing]:
        composed.append(found.composed)
        return [message(-1, "again", named=frozenset({"gone.md"}))]

    outbox = Outbox(services, cast("Bot", Sender()), tell=Teller(services))
    outbox.recompose = recompose
    await outbox.start()
    await until_it_waits(
        cast("ManualClock", services.clock), services, lambda counts: counts == {"stale": 3, "failed": 1}
    )
    await outbox.stop()
    assert composed == [0, 1, 2]
    assert [found.reason for found in services.store.outbox.failed()] == [WITHDRAWN]
