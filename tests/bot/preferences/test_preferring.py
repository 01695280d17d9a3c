"""What people and groups choose: the card, its buttons, what is typed, and what it changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.clock import ManualClock
from bot.outbox.outgoing import Outgoing
from bot.preferences.table import Askers, QuietHours
from tests.bot.desk import labels
from tests.bot.harness import data_of, delegation, forged, quotations, said_by_bot, shown

if TYPE_CHECKING:
    from bot.local.models import Message
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
HOUR = 3600.0
MIDNIGHT = 1_767_225_600.0
QUESTION = "What regulation on the release of detainees was adopted?"


async def becomes(bot: Running, message: Message, beginning: str) -> Message:
    """The message, once it begins so."""
    return await shown(bot.world, message.chat_id, lambda one: one.id == message.id and one.text.startswith(beginning))


async def test_a_person_chooses_a_language_and_the_card_speaks_it_at_once(desk: Desk) -> None:
    async with desk.bot() as bot:
        asked = await bot.ask(desk.anna, "/language")
        await desk.press(bot, asked, "Русский", desk.anna)
        card = await becomes(bot, asked, "Ваши настройки")
        answer = await bot.ask(desk.anna, QUESTION)
        menu = bot.world.commands_for(desk.anna.id, desk.anna.id, "en")
        await bot.ask(desk.anna, "/language en")
        back = await bot.ask(desk.anna, "/language English")
    assert labels(asked) == [
        "English",
        "Русский",
        "Қазақ тілі",
        "Türkçe",
        "العربية",
        "فارسی",
        "✓ as in Telegram",
        "Back",
    ]
    assert "Русский" in card.text
    assert "Контекст 1" in labels(answer)
    assert any("документам" in command.description for command in menu)
    assert back.text.startswith("Your settings")


async def test_in_a_group_its_administrators_choose_for_those_whose_language_is_not_spoken(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    guest = desk.world.add_user("João", language_code="pt")
    desk.world.join(group.id, guest.id)
    async with desk.bot() as bot:
        refused = await bot.ask(desk.anna, "/language tr", group.id)
        await bot.ask(desk.admin, "/language tr", group.id)
        answered = await bot.ask(guest, f"/ask {QUESTION}", group.id)
        english = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
    assert refused.text == (
        "Only an administrator of this group decides its language. Choose your own in a private chat with me."
    )
    assert "Bağlam 1" in labels(answered)
    assert "Context 1" in labels(english)


async def test_a_language_that_is_not_spoken_is_refused(desk: Desk) -> None:
    async with desk.bot() as bot:
        refused = await bot.ask(desk.anna, "/language Klingon")
    assert refused.text.startswith("I do not speak that; I speak ")
    assert "Русский, Қазақ тілі" in refused.text


async def test_an_answer_shows_as_many_quotations_as_were_chosen_and_more_goes_on(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await bot.ask(desk.anna, "/settings")
        await desk.press(bot, card, "Quotations at once", desk.anna)
        menu = await becomes(bot, card, "How many")
        await desk.press(bot, menu, "1", desk.anna)
        await becomes(bot, card, "Your settings")
        answer = await bot.ask(desk.anna, QUESTION)
        await desk.press(bot, answer, "More", desk.anna)
        more = await bot.world.bot_message(desk.anna.id, after=answer.id)
    assert labels(card) == ["Language", "Quotations at once"]
    assert labels(menu) == ["1", "2", "✓ 3", "4", "5", "Back"]
    assert len(quotations(answer)) == 1
    assert len(quotations(more)) == 1
    assert "Context 2" in labels(more)


async def test_in_a_group_only_its_administrators_see_and_press_the_buttons(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        seen = await bot.ask(desk.anna, "/settings", group.id)
        card = await bot.ask(desk.admin, "/settings", group.id)
        refused = await desk.press(bot, card, "Who may ask", desk.anna)
        data = ("st:n:9", "st:l:xx", "st:a:nobody", "st:q:9999")
        wrong = {(await bot.press(desk.admin, forged(bot, card, one), one)).text for one in data}
        chosen = bot.services.store.preferences.of(group.id)
    assert labels(seen) == []
    assert labels(card) == ["Language", "Quotations at once", "Who may ask", "Quiet hours", "Summaries"]
    assert refused == "Only an administrator of this group may decide that."
    assert wrong == {"This button no longer works; please ask again."}
    assert chosen.askers is None


async def test_where_only_administrators_may_ask_others_are_told_so(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        bot.services.store.preferences.choose(group.id, askers=Askers.ADMINISTRATORS)
        refused = [await bot.ask(desk.anna, text, group.id) for text in (f"/ask {QUESTION}", "/summary 8", "/rounds")]
        answered = await bot.ask(desk.admin, f"/ask round:8 {QUESTION}", group.id)
        again = (answered, data_of(answered, "or")[0])
        pressed = [(await bot.press(person, *again)).text for person in (desk.anna, desk.admin)]
        alone = await bot.ask(desk.anna, QUESTION)
    assert {one.text for one in refused} == {"In this group only its administrators may ask me."}
    assert pressed == ["In this group only its administrators may ask me.", "The documents are of no other round."]
    assert quotations(answered)
    assert quotations(alone)


async def test_quiet_hours_are_typed_with_a_zone(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        card = await bot.ask(desk.admin, "/settings quiet 21-06 Asia/Almaty", group.id)
        wrong = await bot.ask(desk.admin, "/settings quiet always", group.id)
        other = await bot.ask(desk.anna, "/settings quiet 1-2", group.id)
        off = await bot.ask(desk.admin, "/settings quiet off", group.id)
    assert "Quiet hours: 21:00–06:00 (Asia/Almaty)" in card.text
    assert wrong.text.startswith("Write two hours of the day and a time zone")
    assert other.text == "Only an administrator of this group may decide that."
    assert "Quiet hours: none" in off.text


async def test_in_quiet_hours_what_was_not_asked_for_waits_and_answers_do_not(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    clock = ManualClock(MIDNIGHT)
    async with desk.bot(clock=clock) as bot:
        await bot.ask(desk.anna, "/help")
        clock.advance(2)
        store = bot.services.store
        store.preferences.choose(group.id, quiet=QuietHours(22, 7, "UTC"))
        with store.database.writing() as connection:
            store.outbox.put(connection, [Outgoing(group.id, 0, "s", number, f"part {number}") for number in range(2)])
            store.outbox.put(connection, [Outgoing(desk.anna.id, 0, "s", 0, "hers")])
        bot.application.bot_data["outbox"].wake()
        await shown(bot.world, desk.anna.id, lambda one: one.text == "hers")
        answer = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        before = [one.text for one in said_by_bot(bot.world, group.id) if one.text.startswith("part")]
        while not said_by_bot(bot.world, group.id)[1:] and clock.now() < MIDNIGHT + 8 * HOUR:
            clock.advance(600)
            await asyncio.sleep(0.02)
        began = clock.now()
        while len(said_by_bot(bot.world, group.id)) < 3:
            clock.advance(1)
            await asyncio.sleep(0.01)
        sent = [one.text for one in said_by_bot(bot.world, group.id)][1:]
    assert quotations(answer)
    assert before == []
    assert sent == ["part 0", "part 1"]
    assert MIDNIGHT + 7 * HOUR <= began < MIDNIGHT + 8 * HOUR
