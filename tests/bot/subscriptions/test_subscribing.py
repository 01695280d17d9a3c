"""Subscribing as people do it: commands, the card and its buttons, in private chats, groups and topics."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.subscriptions.rhythm import Rhythm, When
from bot.subscriptions.table import Pause
from tests.bot.desk import Desk, labels
from tests.bot.harness import delegation, said_by_bot, shown
from tests.documents import NINTH

if TYPE_CHECKING:
    from bot.local.models import Message, Person
    from bot.subscriptions.table import Subscription
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
ADMINISTRATOR_ONLY = "Only an administrator of this group may decide that."
CARD = [["Process", "Language"], ["When"], ["Pause", "End"]]


def kept(bot: Running, chat: int, thread: int = 0) -> tuple[Subscription, ...]:
    """The subscriptions of a chat or topic."""
    return bot.services.store.subscriptions.of(chat, thread)


def now(desk: Desk, card: Message) -> Message:
    """A card as it is now."""
    message = desk.world.message(card.chat_id, card.id)
    assert message is not None
    return message


async def press_old(desk: Desk, bot: Running, message: Message, name: str, person: Person | None = None) -> str:
    """Press a button of a message as it was once, on a screen that has not changed; what is said at once."""
    desk.world._replace(message)
    return await desk.press(bot, message, name, person)


async def choose(desk: Desk, bot: Running, card: Message, *names: str) -> Message:
    """Press one button of a card after another, each once it is there, and return the card as it is then."""
    seen = now(desk, card)
    for name in names:
        assert await desk.press(bot, seen, name) == ""
        seen = await _edited(bot, seen)
    return seen


async def _edited(bot: Running, before: Message) -> Message:
    """A message once it is no more as it was."""
    return await shown(bot.world, before.chat_id, lambda message: message.id == before.id and message != before)


async def asked_for(desk: Desk, bot: Running, card: Message, name: str) -> Message:
    """Press a button that asks for something, and return the question."""
    last = desk.world.last_message(card.chat_id).id
    assert await desk.press(bot, now(desk, card), name) == ""
    return await bot.world.bot_message(card.chat_id, after=last)


def _with_geneva(desk: Desk) -> None:
    text = NINTH.replace("process: Astana", "process: Geneva")
    (desk.indexed.documents / "geneva.md").write_text(text, encoding="utf-8")
    desk.indexed.update()


async def test_in_a_private_chat_a_person_subscribes_alone_and_gets_a_card(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await bot.ask(desk.admin, "/subscribe")
        (made,) = kept(bot, desk.admin.id)
    assert card.text.split("\n") == [
        "Subscribed. When documents of a round arrive, its summary is sent here.",
        "",
        "Summaries of new documents",
        "Process: all",
        "Language: English",
        "When: when documents have arrived",
    ]
    assert labels(card) == [name for row in CARD for name in row]
    assert (made.process, made.language, made.rhythm, made.pause) == (None, "en", Rhythm(), Pause.NONE)


async def test_where_there_are_several_processes_it_is_asked_of_which(desk: Desk) -> None:
    _with_geneva(desk)
    async with desk.bot() as bot:
        question = await bot.ask(desk.admin, "/subscribe")
        assert kept(bot, desk.admin.id) == ()
        card = await choose(desk, bot, question, "Geneva")
        assert await press_old(desk, bot, question, "Geneva") == "This chat is subscribed already."
        assert [made.process for made in kept(bot, desk.admin.id)] == ["Geneva"]
    assert labels(question) == ["All processes", "Astana", "Geneva"]
    assert "Process: Geneva" in card.text


async def test_everything_on_a_card_is_changed_by_its_buttons(desk: Desk) -> None:
    _with_geneva(desk)
    async with desk.bot(timezone="Asia/Almaty") as bot:
        card = await bot.ask(desk.admin, "/subscribe en")
        await choose(desk, bot, card, "Process", "Geneva")
        await choose(desk, bot, card, "Language", "Russian")
        menu = await choose(desk, bot, card, "When", "Every week")
        assert labels(menu)[:7] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        changed = await choose(desk, bot, card, "Friday", "18:00")
        (made,) = kept(bot, desk.admin.id)
        paused = await choose(desk, bot, card, "Pause")
        assert kept(bot, desk.admin.id)[0].pause is Pause.WANTED
        await choose(desk, bot, card, "Resume")
        assert kept(bot, desk.admin.id)[0] == made
        await choose(desk, bot, card, "When", "When documents have arrived")
        assert kept(bot, desk.admin.id)[0].due is None
    assert (made.process, made.language) == ("Geneva", "ru")
    assert made.rhythm == Rhythm(When.WEEKLY, 18 * 60, 4, "Asia/Almaty")
    assert made.due is not None
    assert changed.text.split("\n")[1:] == [
        "Process: Geneva",
        "Language: Russian",
        "When: every week, Friday at 18:00 (Asia/Almaty)",
    ]
    assert "Time zone" in labels(changed)
    assert paused.text.split("\n")[-1] == "Paused: nothing new is sent here."


async def test_a_menu_is_left_without_a_change(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await bot.ask(desk.admin, "/subscribe")
        before = kept(bot, desk.admin.id)
        menu = await choose(desk, bot, card, "When")
        back = await choose(desk, bot, card, "Back")
        assert kept(bot, desk.admin.id) == before
    assert labels(menu) == ["When documents have arrived", "Every day", "Every week", "Back"]
    assert labels(back) == labels(card)


async def test_a_time_and_a_time_zone_are_given_by_replies_also_after_a_restart(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await bot.ask(desk.admin, "/subscribe daily 08:00")
        await choose(desk, bot, card, "When", "Every day")
        asked = await asked_for(desk, bot, card, "Another time")
    async with desk.bot() as bot:
        wrong = await bot.ask(desk.admin, "half past nine", reply_to=asked.id)
        right = await bot.ask(desk.admin, "9:30", reply_to=asked.id)
        asked = await asked_for(desk, bot, right, "Time zone")
        no_zone = await bot.ask(desk.admin, "Mars/Olympus", reply_to=asked.id)
        zone = await bot.ask(desk.admin, "europe/berlin", reply_to=asked.id)
        (made,) = kept(bot, desk.admin.id)
    assert wrong.text == "That is no time; write one such as 09:30."
    assert no_zone.text == "That is no time zone; write one such as Europe/Berlin or Asia/Almaty."
    assert zone.text.split("\n")[-1] == "When: every day at 09:30 (Europe/Berlin)"
    assert made.rhythm == Rhythm(When.DAILY, 9 * 60 + 30, 0, "Europe/Berlin")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("Astana daily 09:00", "When: every day at 09:00 (UTC)"),
        ("daily", "When: every day at 09:00 (UTC)"),
        ("18:30", "When: every day at 18:30 (UTC)"),
        ("weekly monday 09:00", "When: every week, Monday at 09:00 (UTC)"),
        ("Sunday 7:05 Europe/Berlin", "When: every week, Sunday at 07:05 (Europe/Berlin)"),
        ("astana", "When: when documents have arrived"),
    ],
)
async def test_the_short_way_is_typed(desk: Desk, words: str, line: str) -> None:
    async with desk.bot() as bot:
        card = await bot.ask(desk.admin, f"/subscribe {words}")
        (made,) = kept(bot, desk.admin.id)
    assert card.text.split("\n")[-1] == line
    assert made.process == ("Astana" if "stana" in words else None)


@pytest.mark.parametrize("words", ["Minsk", "daily at noon", "daily monday", "25:00"])
async def test_what_is_not_understood_is_said_and_nothing_is_made(desk: Desk, words: str) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.admin, f"/subscribe {words}")
        assert kept(bot, desk.admin.id) == ()
    lines = answer.text.split("\n")
    assert lines[0].startswith("I do not know what is meant by “")
    assert lines[1] == "Processes: Astana."
    assert lines[2].startswith("Examples: /subscribe")


async def test_a_second_one_in_another_language_stands_beside_the_first_but_not_the_same_again(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.admin, "/subscribe")
        second = await bot.ask(desk.admin, "/subscribe ru daily 10:00")
        again = await bot.ask(desk.admin, "/subscribe")
        third = await shown(bot.world, desk.admin.id, lambda message: message.id > again.id)
        refused = await desk.press(bot, await choose(desk, bot, second, "Language"), "English")
        assert [made.language for made in kept(bot, desk.admin.id)] == ["en", "ru"]
        listed = await bot.ask(desk.admin, "/subscriptions")
        await shown(bot.world, desk.admin.id, lambda message: message.id > listed.id)
        ended = await bot.ask(desk.admin, "/unsubscribe")
        none = await bot.ask(desk.admin, "/subscription")
    assert again.text.startswith("This chat is subscribed already.\n\nSummaries of new documents")
    assert third.text.split("\n")[0::2] == ["Summaries of new documents", "Language: Russian"]
    assert refused == "There is another subscription here to the same process in the same language."
    assert listed.text.startswith("Summaries of new documents\n")
    assert ended.text == "Unsubscribed."
    assert none.text == "No summaries are sent here. /subscribe has them sent."


async def test_only_administrators_press_and_what_has_ended_says_so_to_everybody(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        card = await bot.ask(desk.admin, "/subscribe", group.id)
        assert await desk.press(bot, card, "End", desk.anna) == ADMINISTRATOR_ONLY
        assert len(kept(bot, group.id)) == 1
    async with desk.bot() as bot:
        ended = await choose(desk, bot, card, "End")
        assert kept(bot, group.id) == ()
        assert await press_old(desk, bot, card, "Pause") == "This subscription has ended."
        assert await press_old(desk, bot, card, "Pause", desk.anna) == "This subscription has ended."
    assert ended.text == "This subscription has ended."
    assert labels(ended) == []


async def test_who_writes_as_the_group_also_presses(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    desk.world.promote(group.id, desk.anna.id, by=desk.admin.id, anonymous=True)
    async with desk.bot() as bot:
        card = await bot.ask(desk.anna, "/subscribe", group.id)
        assert await desk.press(bot, card, "Pause", desk.anna) == ""
        assert kept(bot, group.id)[0].pause is Pause.WANTED


async def test_a_member_may_not_answer_what_an_administrator_was_asked(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        card = await bot.ask(desk.admin, "/subscribe daily", group.id)
        asked = await asked_for(desk, bot, card, "Time zone")
        refused = await bot.ask(desk.anna, "Asia/Almaty", group.id, reply_to=asked.id)
        accepted = await bot.ask(desk.admin, "Asia/Almaty", group.id, reply_to=asked.id)
        (made,) = kept(bot, group.id)
    assert refused.text == ADMINISTRATOR_ONLY
    assert accepted.text.split("\n")[-1] == "When: every day at 09:00 (Asia/Almaty)"
    assert made.rhythm.zone == "Asia/Almaty"


async def test_a_topic_is_subscribed_for_itself_and_the_general_one_without_a_number(desk: Desk) -> None:
    forum = delegation(desk.world, desk.anna, admin=desk.admin, forum=True)
    topic = desk.world.create_topic(forum.id, "Summaries")
    async with desk.bot() as bot:
        in_topic = await bot.ask(desk.admin, "/subscribe", forum.id, thread_id=topic)
        general = await bot.ask(desk.admin, "/subscribe", forum.id)
        await choose(desk, bot, in_topic, "Pause")
        assert [made.pause for made in kept(bot, forum.id, topic)] == [Pause.WANTED]
        assert [made.pause for made in kept(bot, forum.id)] == [Pause.NONE]
        (desk.indexed.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
        await bot.ask(desk.admin, "/reload")
        await shown(bot.world, forum.id, lambda message: "Round 9: summary" in message.text)
        threads = [message.thread_id for message in said_by_bot(desk.world, forum.id) if "Round 9" in message.text]
    assert in_topic.thread_id == topic
    assert threads == [general.thread_id]


async def test_a_forged_button_does_nothing(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        own = await bot.ask(desk.anna, "/subscribe")
        card = await bot.ask(desk.admin, "/subscribe", group.id)
        foreign = next(button for button in card.buttons if button.text == "End")
        forged = replace(own, keyboard=((foreign,),))
        assert await press_old(desk, bot, forged, "End", desk.anna) == "This subscription has ended."
        assert len(kept(bot, group.id)) == 1
