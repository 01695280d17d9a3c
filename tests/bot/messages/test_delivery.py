"""What a failure to send means, and replies that are sent again only where they certainly did not arrive."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
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

from bot.answers.keyboard import Button
from bot.messages.delivery import Fate, Refusal, fate, keyboard, refusal, reply, seconds_to_wait
from bot.messages.rendering import Message
from bot.running.postponed import Undelivered

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services import Context


def _caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RetryAfter(3), Fate.NOT_SENT),
        (_caused(NetworkError("no"), httpx.ConnectError("no")), Fate.NOT_SENT),
        (_caused(TimedOut(), httpx.ConnectTimeout("no")), Fate.NOT_SENT),
        (_caused(TimedOut(), httpx.ReadTimeout("no")), Fate.UNCLEAR),
        (_caused(NetworkError("no"), httpx.RemoteProtocolError("no")), Fate.UNCLEAR),
        (NetworkError("Bad Gateway"), Fate.UNCLEAR),
        (_caused(TimedOut(), httpx.PoolTimeout("no")), Fate.NOT_SENT),
        (_caused(NetworkError("no"), httpx.ProxyError("no")), Fate.NOT_SENT),
        (InvalidToken("Unauthorized"), Fate.NOT_SENT),
        (_caused(TelegramError("Invalid server response"), ValueError("no JSON")), Fate.UNCLEAR),
        (BadRequest("message is too long"), Fate.REFUSED),
        (Forbidden("bot was blocked by the user"), Fate.REFUSED),
        (ChatMigrated(-100), Fate.REFUSED),
        (TelegramError("something new"), Fate.REFUSED),
    ],
)
def test_what_an_error_means(error: TelegramError, expected: Fate) -> None:
    assert fate(error) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Forbidden("bot was blocked by the user"), Refusal.CHAT),
        (Forbidden("bot is not a member of the supergroup chat"), Refusal.CHAT),
        (BadRequest("Chat not found"), Refusal.CHAT),
        (BadRequest("Message thread not found"), Refusal.TOPIC),
        (BadRequest("Not enough rights to send text messages to the chat"), Refusal.RIGHTS),
        (BadRequest("Chat_write_forbidden"), Refusal.RIGHTS),
        (BadRequest("Topic_closed"), Refusal.MESSAGE),
        (BadRequest("Can't parse entities: unsupported start tag"), Refusal.MESSAGE),
        (TelegramError("something new"), Refusal.MESSAGE),
    ],
)
def test_what_a_refusal_says_of_more_messages(error: TelegramError, expected: Refusal) -> None:
    assert refusal(error) is expected


def test_flood_control_says_how_long_to_wait() -> None:
    assert seconds_to_wait(RetryAfter(17)) == 17.0
    assert seconds_to_wait(NetworkError("no")) == 3.0


def test_buttons_become_rows() -> None:
    made = keyboard(Message("t", ((Button("A", "c:1:1"), Button("B", "d:1:1")), (Button("C", "m:1:3"),))))
    assert made is not None
    assert [[(button.text, button.callback_data) for button in row] for row in made.inline_keyboard] == [
        [("A", "c:1:1"), ("B", "d:1:1")],
        [("C", "m:1:3")],
    ]
    assert keyboard(Message("t")) is None


class _Telegram:
    """A context with a bot that meets the given errors, one a call, and a store that writes down what it is told."""

    def __init__(self, *errors: TelegramError | None) -> None:
        self.errors = list(errors)
        self.sent: list[tuple[int, str]] = []
        self.told: list[tuple[Any, ...]] = []
        self.arrived: list[int] = []
        self.bot = self.services = self.store = self
        self.update_id = 9

    async def send_message(self, chat: int, text: str, **_: Any) -> SimpleNamespace:
        """Fail with the next error, or be sent."""
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.sent.append((chat, text))
        return SimpleNamespace(message_id=100 + len(self.sent))

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Do it at once."""
        return work(*args)

    def begin_reply(self, identifier: int) -> bool:
        """Write down that a reply begins; the first time it is the first."""
        is_first = self.told == []
        self.mark_update(identifier, "sending")
        return is_first

    def mark_update(self, identifier: int, state: str) -> None:
        """Write down the state."""
        self.told.append((identifier, state))

    def move_chat(self, old: int, new: int) -> None:
        """Write down the move."""
        self.told.append((old, new))


async def _reply(telegram: _Telegram, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Reply with two messages; returns the seconds waited for."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async def everybody_may(*_: object) -> bool:
        return False

    monkeypatch.setattr("bot.messages.delivery.is_protected", everybody_may)
    monkeypatch.setattr("bot.messages.delivery.asyncio.sleep", wait)
    messages = [Message("one"), Message("two")]
    telegram.arrived = await reply(cast("Context", telegram), 1, messages, thread=4, reply_to=5)
    return waits


@pytest.mark.asyncio
async def test_an_update_is_being_answered_before_the_first_message_goes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = _Telegram()
    assert await _reply(telegram, monkeypatch) == []
    assert telegram.sent == [(1, "one"), (1, "two")]
    assert telegram.told == [(9, "sending")]
    assert telegram.arrived == [101, 102]


@pytest.mark.asyncio
async def test_what_certainly_did_not_go_out_is_sent_again_after_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = _Telegram(RetryAfter(7), _caused(NetworkError("no"), httpx.ConnectError("no")))
    assert await _reply(telegram, monkeypatch) == [7.0, 3.0]
    assert telegram.sent == [(1, "one"), (1, "two")]


@pytest.mark.asyncio
async def test_after_three_attempts_the_update_is_to_be_handled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = _Telegram(*[RetryAfter(1)] * 3)
    with pytest.raises(Undelivered) as caught:
        await _reply(telegram, monkeypatch)
    assert caught.value.seconds == 1.0
    assert telegram.sent == []
    assert telegram.told == [(9, "sending"), (9, "pending")]


@pytest.mark.asyncio
async def test_whoever_is_to_wait_for_long_does_not_wait_here(monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = _Telegram(RetryAfter(300))
    with pytest.raises(Undelivered) as caught:
        await _reply(telegram, monkeypatch)
    assert caught.value.seconds == 300.0


@pytest.mark.asyncio
@pytest.mark.parametrize("before", [[None], []])
async def test_what_comes_to_an_end_in_the_midst_of_a_reply_is_unclear(
    before: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = _Telegram(*before, *[RetryAfter(1)] * 3)
    if not before:
        # Something of another reply to the same update went out.
        telegram.begin_reply(9)
    assert await _reply(telegram, monkeypatch) == [1.0, 1.0]
    assert telegram.told[-1] == (9, "unclear")


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [TimedOut(), NetworkError("Bad Gateway")])
async def test_what_may_have_arrived_is_unclear_and_nothing_follows(
    error: TelegramError, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = _Telegram(None, error)
    assert await _reply(telegram, monkeypatch) == []
    assert telegram.sent == [(1, "one")]
    assert telegram.told == [(9, "sending"), (9, "unclear")]
    assert telegram.arrived == [101]


@pytest.mark.asyncio
async def test_a_refusal_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = _Telegram(Forbidden("bot was blocked by the user"))
    assert await _reply(telegram, monkeypatch) == []
    assert telegram.sent == []
    assert telegram.told == [(9, "sending")]


@pytest.mark.asyncio
async def test_a_group_that_became_a_supergroup_is_answered_there(monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = _Telegram(ChatMigrated(-100))
    assert await _reply(telegram, monkeypatch) == []
    assert telegram.sent == [(-100, "one"), (-100, "two")]
    assert telegram.told == [(9, "sending"), (1, -100)]
