"""What is kept about a person is shown to them alone, and deleted when they ask: from the file as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.access.limit_hits import Hits, Limit
from tests.bot.desk import labels
from tests.bot.harness import STORE, data_of, delegation, forged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.desk import Desk

pytestmark = pytest.mark.asyncio
QUESTION = "What regulation on the release of detainees was adopted by quixotic envoys?"
TELLING = "quixotic"


def bytes_kept(data: Path) -> bytes:
    """All that the store has on disk."""
    return b"".join(path.read_bytes() for path in sorted(data.glob(f"{STORE}*")))


async def test_my_data_counts_what_is_kept(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        before = await bot.ask(desk.anna, "/mydata")
        await bot.ask(desk.anna, QUESTION)
        await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        await bot.ask(desk.admin, f"/ask {QUESTION}", group.id)
        await bot.ask(desk.anna, "/subscribe")
        after = await bot.ask(desk.anna, "/mydata")
        in_group = await bot.ask(desk.anna, "/mydata", group.id)
    assert before.text.split("\n")[0] == "0 answers to you in this chat are kept."
    lines = after.text.split("\n")
    assert lines[:2] == ["1 answer to you in this chat is kept.", "1 answer to you in groups is kept."]
    assert "1 subscription of this chat." in lines
    assert in_group.text == "Please ask me that in a private chat."


async def test_forget_deletes_it_all_and_leaves_others_alone(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        there = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        other = await bot.ask(desk.admin, "/ask Which corridor was opened near the bridge?", group.id)
        await bot.ask(desk.anna, "/subscribe")
        hits: Hits = bot.application.bot_data["limits"].hits
        hits.note(Limit.QUESTIONS, desk.anna.id, "Anna", desk.anna.id, "")
        asked = await bot.ask(desk.anna, "/forget")
        kept_until_pressed = bot.services.store.personal.count(desk.anna.id)
        assert not await desk.press(bot, asked, "Delete it all", desk.anna)
        done = await bot.world.bot_message(desk.anna.id, after=asked.id)
        on_disk = bytes_kept(desk.indexed.data)
        buttons = [(answer, data_of(answer, "c")[0]), (there, data_of(there, "c")[0])]
        pressed = [(await bot.press(desk.anna, message, data)).text for message, data in buttons]
        others = (await bot.press(desk.admin, other, data_of(other, "c")[0])).text
        left = bot.services.store.personal.count(desk.anna.id)
    assert labels(asked) == ["Delete it all"]
    assert (kept_until_pressed.private_answers, kept_until_pressed.group_answers) == (1, 1)
    assert done.text.startswith("Deleted.")
    assert pressed == ["This button no longer works; please ask again."] * 2
    assert others == ""
    assert (left.private_answers, left.group_answers, left.since, left.subscriptions) == (0, 0, None, 0)
    assert TELLING.encode() not in on_disk
    assert (hits.of_last_day(), hits.times) == ([], 1)


async def test_feedback_is_counted_and_forgotten_with_the_rest(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        hers = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        other = await bot.ask(desk.admin, "/ask Which corridor was opened near the bridge?", group.id)
        for person, message in ((desk.anna, hers), (desk.anna, other), (desk.admin, hers), (desk.admin, other)):
            await bot.press(person, message, data_of(message, "u")[0])
        counted = await bot.ask(desk.anna, "/mydata")
        asked = await bot.ask(desk.anna, "/forget")
        await desk.press(bot, asked, "Delete it all", desk.anna)
        await bot.world.bot_message(desk.anna.id, after=asked.id)
        left = [judgement.answer for judgement in bot.services.store.feedback.all()]
    assert "2 judgements of yours on answers." in counted.text.split("\n")
    assert left == [data_of(other, "u")[0].split(":")[1]]


async def test_nobody_forgets_for_another(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        await bot.ask(desk.anna, QUESTION)
        there = await bot.ask(desk.admin, f"/ask {QUESTION}", group.id)
        said = (await bot.press(desk.admin, forged(bot, there, "fg:yes"), "fg:yes")).text
        left = bot.services.store.personal.count(desk.anna.id)
    assert said == "This button no longer works; please ask again."
    assert left.private_answers == 1
