"""What admins are told of the outbox, and how they settle it: through the local Bot API server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.answers.keyboard import Button
from bot.local.faults import Fault, FaultKind
from bot.local.rates import RateLimits
from bot.outbox.outgoing import INTERRUPTED, Kind, Outgoing, State
from bot.outbox.unclear import tell_admins
from tests.bot.desk import labels
from tests.bot.harness import delegation, said_by_bot, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.local.models import Message
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbox.worker._BEFORE_TELLING", 0.3)


def put(bot: Running, *messages: Outgoing) -> None:
    with bot.services.store.database.writing() as connection:
        bot.services.store.outbox.put(connection, messages)
    bot.application.bot_data["outbox"].wake()


def message(chat: int, body: str, part: int = 0, **values: Any) -> Outgoing:
    return Outgoing(chat, values.pop("thread", 0), values.pop("summary", body), part, body, **values)


async def told(desk: Desk, wanted: Callable[[str], bool]) -> Message:
    """What the admin is shown."""
    return await shown(desk.world, desk.admin.id, lambda found: wanted(found.text))


async def edited(desk: Desk, notice: Message, start: str) -> Message:
    """What a message to the admin has become; an earlier one may say the same."""
    return await shown(desk.world, desk.admin.id, lambda found: found.id == notice.id and found.text.startswith(start))


async def test_what_may_have_arrived_is_told_at_once_and_settled_with_buttons(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        await bot.ask(desk.admin, "/help")
        desk.world.faults.plan("sendMessage", Fault(FaultKind.DROP_AFTER))
        desk.world.faults.plan("sendMessage", Fault(FaultKind.DROP))
        put(bot, message(group.id, "one"), message(group.id, "two", 1), message(group.id, "three", 2, summary="two"))
        notice = await told(desk, lambda text: text.startswith("2 messages may or may not have arrived."))
        first = await desk.press(bot, notice, "1: it arrived")
        after_first = await edited(desk, notice, "1 message may or may not have arrived.")
        offered = labels(after_first)
        second = await desk.press(bot, after_first, "1: send again")
        await shown(desk.world, group.id, lambda found: found.text == "three")
        await edited(desk, notice, "No message is unclear.")
    assert notice.text.split("\n")[1].startswith(f"1. Delegation ({group.id}): summary, part 1, ")
    assert labels(notice) == ["1: it arrived", "1: send again", "2: it arrived", "2: send again"]
    assert offered == ["1: it arrived", "1: send again"]
    assert (first, second) == ("Noted as arrived.", "It is sent again.")
    assert [found.text for found in said_by_bot(desk.world, group.id)] == ["one", "two", "three"]
    assert "one" not in notice.text.split()


async def test_a_message_is_settled_once(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.admin, "/help")
        await bot.ask(desk.anna, "/help")
        desk.world.faults.plan("sendMessage", Fault(FaultKind.DROP_AFTER))
        put(bot, message(desk.anna.id, "words"))
        notice = await told(desk, lambda text: text.startswith("1 message may or may not have arrived."))
        asked = await bot.ask(desk.admin, "/outbox")
        first = await desk.press(bot, asked, "1: it arrived")
        second = await desk.press(bot, notice, "1: send again")
        states = bot.services.store.outbox.counts()
        await told(desk, lambda text: text == "No message is unclear.")
    assert (first, second) == ("Noted as arrived.", "This was settled already.")
    assert states == {"sent": 1}
    assert asked.text.split("\n")[:4] == [
        "0 messages wait to be sent.",
        "0 messages were sent.",
        "1 message is unclear.",
        "0 messages failed.",
    ]


async def test_only_an_admin_in_private_settles_and_sees_the_outbox(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    row = ((Button("Arrived", "ob:3:a"), Button("Again", "ob:3:s")),)
    async with desk.bot() as bot:
        await bot.ask(desk.anna, "/help")
        put(bot, message(desk.anna.id, "one", buttons=row), message(group.id, "two", buttons=row))
        here = await shown(desk.world, desk.anna.id, lambda found: found.text == "one")
        there = await shown(desk.world, group.id, lambda found: found.text == "two")
        desk.world.faults.plan("sendMessage", Fault(FaultKind.DROP_AFTER))
        put(bot, message(group.id, "three"))
        await shown(desk.world, group.id, lambda found: found.text == "three")
        said = [
            (await bot.press(person, pressed, data)).text
            for person, pressed in ((desk.anna, here), (desk.anna, there), (desk.admin, there))
            for data in ("ob:3:a", "ob:3:s")
        ]
        asked = [await bot.ask(desk.anna, "/outbox"), await bot.ask(desk.admin, "/outbox", group.id)]
        unclear = [found.id for found in bot.services.store.outbox.unclear()]
    assert set(said) == {"This button no longer works; please ask again."}
    assert {found.text for found in asked} == {
        "Only an administrator of this bot may do that, in a private chat with it."
    }
    assert unclear == [3]


async def test_failures_are_told_by_chat_and_reason_and_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbox.worker._BEFORE_TELLING", 60)
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    forum = delegation(desk.world, desk.anna, admin=desk.admin, forum=True)
    topic = desk.world.create_topic(forum.id, "Aid")
    async with desk.bot() as bot:
        await bot.ask(desk.admin, "/help")
        bot.services.store.subscriptions.add(forum.id, topic, "en")
        desk.world.delete_topic(forum.id, topic)
        put(bot, message(group.id, "<b>never closed"), message(group.id, "x" * 4097), message(group.id, "sound"))
        put(bot, message(forum.id, "one", thread=topic), message(forum.id, "two", thread=topic))
        async with asyncio.timeout(15):
            while bot.services.store.outbox.counts() != {"failed": 4, "sent": 1}:
                await asyncio.sleep(0.01)
    monkeypatch.setattr("bot.outbox.worker._BEFORE_TELLING", 0.05)
    async with desk.bot() as bot:
        notice = await told(desk, lambda text: text.startswith("4 messages were not sent:"))
        listed = await bot.ask(desk.admin, "/outbox")
        left = bot.services.store.subscriptions.all()
    assert notice.text.split("\n")[1:] == [
        f"Delegation ({group.id}): 1 (Can't parse entities: can't find end tag corresponding to start tag \"b\")",
        f"Delegation ({group.id}): 1 (Message is too long)",
        f"Delegation ({forum.id}), topic {topic}: 2 (Message thread not found)",
    ]
    assert notice.text in listed.text
    assert left == ()
    assert sum("were not sent" in found.text for found in said_by_bot(desk.world, desk.admin.id)) == 2
    assert [found.text for found in said_by_bot(desk.world, group.id)] == ["sound"]


async def test_many_unclear_messages_are_shown_a_few_at_a_time(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.admin, "/help")
        await bot.application.bot_data["outbox"].stop()
        put(bot, *(message(-number, f"{number}", kind=Kind.CORRECTION) for number in range(1, 11)))
        for id in range(1, 11):
            bot.services.store.outbox.mark(id, State.UNCLEAR, INTERRUPTED)
        listed = await bot.ask(desk.admin, "/outbox")
    lines = listed.text.split("\n")
    assert "10 messages may or may not have arrived. Look into their chats, then press:" in lines
    assert sum("correction, part 1" in line for line in lines) == 8
    assert lines[-2].endswith("(the bot was stopped while it was sent)")
    assert lines[-1] == "The others are shown as these are settled."
    assert len(labels(listed)) == 16


async def test_without_an_admin_who_can_be_told_nothing_is_taken_as_told(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        await bot.application.bot_data["outbox"].stop()
        put(bot, message(group.id, "one"))
        bot.services.store.outbox.mark(1, State.UNCLEAR, INTERRUPTED)
        assert not await tell_admins(bot.services, bot.application.bot)
        await bot.ask(desk.admin, "/help")
        assert await tell_admins(bot.services, bot.application.bot)
        assert await tell_admins(bot.services, bot.application.bot)
    notices = [found for found in said_by_bot(desk.world, desk.admin.id) if "may or may not" in found.text]
    assert len(notices) == 1


async def test_an_answer_in_a_group_does_not_wait_for_what_waits_to_be_sent_there(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    desk.world.limits = RateLimits(desk.world.clock)
    async with desk.bot() as bot:
        put(bot, *(message(group.id, f"{number}") for number in range(15)))
        await shown(desk.world, group.id, lambda found: found.text == "9")
        answers = [await bot.ask(desk.anna, "/ask exchange of prisoners", group.id) for _ in range(3)]
        counts = bot.services.store.outbox.counts()
    assert all(answer.reply_to is not None for answer in answers)
    assert counts == {"sent": 10, "pending": 5}
    assert all(entry.code == 200 for entry in desk.world.journal.of("sendMessage"))
