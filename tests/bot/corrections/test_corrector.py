"""Corrections as groups get them: the whole bot against the local server, from a summary to what comes after it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.clock import ManualClock
from bot.documents.reloads import How, Why
from corpus.library import SHELL
from tests.bot.harness import delegation, make_settings, quotations, running, said_by_bot, shown
from tests.documents import NINTH

if TYPE_CHECKING:
    from bot.local.models import Chat, Message
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
HELD = "The ninth round of talks was held in Astana on 14 and 15 May 2018."
AGREED = "The participants agreed to continue the exchange of prisoners."
HEADING = "Astana. Correction to the summary of round 9"


async def reload(bot: Running) -> None:
    """Read the folder again."""
    ended = await bot.services.reloads.request(Why.COMMAND)
    assert ended.how is How.DONE


async def summarised(desk: Desk, bot: Running, chat: Chat, thread: int | None = None) -> Message:
    """The summary that a subscribed chat gets when the ninth round's document arrives."""
    bot.services.store.subscriptions.add(chat.id, thread or 0, "en")
    (desk.indexed.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
    await reload(bot)
    return await shown(bot.world, chat.id, lambda message: HELD in message.text)


async def corrected(bot: Running, chat: int, after: Message) -> Message:
    """The first correction in a chat after a message."""
    return await shown(
        bot.world, chat, lambda message: message.id > after.id and message.text.startswith("Astana. Correction")
    )


def revise(desk: Desk, old: str, new: str) -> None:
    """Change the words of the ninth round's document."""
    path = desk.indexed.documents / "ninth.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


async def test_a_replaced_document_is_told_with_both_wordings_in_reply_to_the_summary(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
        revise(desk, "14 and 15 May", "15 and 16 May")
        await reload(bot)
        correction = await corrected(bot, group.id, summary)
        await reload(bot)
    assert quotations(correction) == [HELD, HELD.replace("14 and 15", "15 and 16")]
    assert correction.reply_to == summary.id
    assert len(said_by_bot(desk.world, group.id)) == 2


async def test_of_a_withdrawn_document_no_word_is_sent_to_anyone_again(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
        calls = len(desk.world.journal)
        desk.world.send_text(desk.admin.id, desk.admin.id, "/withdraw ninth.md")
        withdrawn = await corrected(bot, group.id, summary)
        desk.world.send_text(desk.admin.id, desk.admin.id, "/restore ninth.md")
        restored = await corrected(bot, group.id, withdrawn)
    assert withdrawn.reply_to == restored.reply_to == summary.id
    assert withdrawn.text.split("\n")[0] == restored.text.split("\n")[0] == HEADING
    assert "Please use" in withdrawn.text and "has been withdrawn:" in withdrawn.text
    assert "again, as" in restored.text
    said = [str(entry.parameters.get("text", "")) for entry in list(desk.world.journal)[calls:]]
    assert any(said)
    assert not [text for text in said if "14 and 15 May" in text or "exchange of prisoners" in text]


async def test_of_a_relabelled_document_only_that_it_may_not_be_quoted_there(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
        card = await bot.ask(desk.admin, "/document ninth.md")
        label = next(name for name in bot.services.library.labels.names if name == "restricted")
        handle = next(iter(bot.services.store.pointers.handles(["ninth.md"]).values()))
        number = bot.services.library.labels.names.index(label)
        desk.world.press(desk.admin.id, desk.admin.id, card.id, _button(card, f"do:{handle}:c"))
        menu = await desk.card(card.id)
        desk.world.press(desk.admin.id, desk.admin.id, menu.id, _button(menu, f"do:{handle}:l"))
        labels = await desk.card(menu.id)
        desk.world.press(desk.admin.id, desk.admin.id, labels.id, _button(labels, f"do:{handle}:l{number}"))
        correction = await corrected(bot, group.id, summary)
    assert "may not be quoted here any more:" in correction.text
    assert "Joint statement" not in correction.text
    assert quotations(correction) == []


async def test_a_summary_that_was_deleted_is_corrected_in_words(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
        desk.world.delete_message(desk.admin.id, group.id, summary.id)
        revise(desk, AGREED, "")
        await reload(bot)
        correction = await corrected(bot, group.id, summary)
    assert correction.reply_to is None
    lines = correction.text.split("\n")
    assert lines[0] == HEADING
    assert lines[1].startswith("Quotation ")
    assert quotations(correction) == [AGREED]


async def test_a_topic_is_told_in_the_topic(desk: Desk) -> None:
    forum = delegation(desk.world, desk.anna, admin=desk.admin, supergroup=True, forum=True)
    topic = desk.world.create_topic(forum.id, "Astana", by=desk.admin.id)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, forum, topic)
        desk.world.send_text(desk.admin.id, desk.admin.id, "/withdraw ninth.md")
        correction = await corrected(bot, forum.id, summary)
    assert correction.thread_id == summary.thread_id == topic
    assert correction.reply_to == summary.id


async def test_a_group_that_became_a_supergroup_is_told_there(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin, supergroup=False)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
        moved = desk.world.migrate(group.id)
        while desk.world.last_message(moved).id <= summary.id:
            desk.world.send_text(desk.anna.id, moved, "Good morning")
        desk.world.send_text(desk.admin.id, desk.admin.id, "/withdraw ninth.md")
        correction = await shown(bot.world, moved, lambda message: message.text.startswith(HEADING))
    # Messages are numbered anew there, so that a reply would be to another.
    assert (correction.chat_id, correction.reply_to) == (moved, None)
    assert len(said_by_bot(desk.world, group.id)) == 1
    assert summary.chat_id == group.id


async def test_a_group_that_may_be_written_to_again_is_told_what_it_missed(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
        desk.world.restrict_bot(group.id, by=desk.admin.id)
        sent = await bot.ask(desk.admin, "/withdraw ninth.md")
        alarm = await shown(bot.world, desk.admin.id, lambda message: message.id > sent.id)
        assert len(said_by_bot(desk.world, group.id)) == 1
        desk.world.promote_bot(group.id, by=desk.admin.id)
        correction = await corrected(bot, group.id, summary)
    assert "right" in alarm.text
    assert "has been withdrawn:" in correction.text


async def test_what_is_decided_at_the_shell_is_told_within_half_a_minute(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
    clock = ManualClock()
    settings = make_settings(desk.indexed.data, desk.indexed.documents, admins=frozenset({desk.admin.id}))
    async with running(desk.world, settings, desk.indexed.engine(), desk.indexed, clock=clock) as bot:
        await bot.ask(desk.anna, "/help")
        with desk.indexed.library() as library:
            library.withdraw("ninth.md", SHELL)
        assert len(said_by_bot(desk.world, group.id)) == 1
        told = asyncio.ensure_future(corrected(bot, group.id, summary))
        # It may still be looking for the first time when half a minute has passed.
        while not (await asyncio.wait({told}, timeout=0.1))[0]:
            clock.advance(31)
    assert told.result().reply_to == summary.id


async def test_what_was_decided_while_the_bot_was_stopped_is_told_at_its_start_and_once(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
    with desk.indexed.library() as library:
        library.withdraw("ninth.md", SHELL)
    async with desk.bot() as bot:
        correction = await corrected(bot, group.id, summary)
    async with desk.bot() as bot:
        await bot.ask(desk.anna, "/help")
    assert said_by_bot(desk.world, group.id)[-1].id == correction.id


async def test_going_back_to_an_earlier_generation_is_told_too(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
        offer = await bot.ask(desk.admin, "/rollback")
        desk.world.press(desk.admin.id, desk.admin.id, offer.id, offer.buttons[0].value)
        correction = await corrected(bot, group.id, summary)
    assert "not among" in correction.text
    assert quotations(correction) == []


def _button(message: Message, data: str) -> str:
    """The data of a message's button, which must be there."""
    assert data in [button.value for button in message.buttons]
    return data
