"""Verdicts on answers in chats: who may give one, what is noted and taken back, and what admins see of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.feedback.table import Judgement, Verdict
from bot.menus import set_menus
from bot.preferences.table import Askers
from tests.bot.desk import labels
from tests.bot.harness import data_of, delegation, forged, make_settings, running, said_by_bot
from tests.documents import CORRIDOR, EXCHANGE

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bot.local.models import Message, Person
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
QUESTION = "What regulation on the release of detainees was adopted?"
NOTED = "Thank you, noted. Administrators see the question and what was quoted, and not who you are."
TAKEN_BACK = "Taken back."
NO_LONGER = "This button no longer works; please ask again."
REFUSED = "Only an administrator of this bot may do that, in a private chat with it."


def silent(desk: Desk) -> AbstractAsyncContextManager[Running]:
    """The bot at work, which is never sure enough to answer."""
    settings = make_settings(desk.indexed.data, desk.indexed.documents, admins=frozenset({desk.admin.id}))
    return running(desk.world, settings, desk.indexed.engine(1.0), desk.indexed)


async def press(bot: Running, person: Person, message: Message, end: str, kind: str = "u") -> str:
    """Press the button of that kind whose data ends so, and return what is said at once."""
    data = next(data for data in data_of(message, kind) if data.endswith(f":{end}"))
    return (await bot.press(person, message, data)).text


def verdicts(bot: Running) -> list[tuple[Verdict, int | None]]:
    """All that is noted."""
    return [(one.verdict, one.quotation) for one in bot.services.store.feedback.all()]


async def test_an_answer_ends_with_a_row_to_judge_it_and_silence_with_thumbs_alone(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
    async with silent(desk) as bot:
        silence = await bot.ask(desk.anna, QUESTION)
    assert [button.text for button in answer.keyboard[-1]] == ["👍", "👎", "Wrong source"]
    assert [button.text for button in silence.keyboard[-1]] == ["👍", "👎"]


async def test_a_thumb_is_noted_taken_back_and_replaced(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        said, kept = [], []
        for end in ("1", "1", "1", "0"):
            said.append(await press(bot, desk.anna, answer, end))
            kept.append(verdicts(bot))
    assert said == [NOTED, TAKEN_BACK, NOTED, NOTED]
    assert kept == [[(Verdict.GOOD, None)], [], [(Verdict.GOOD, None)], [(Verdict.BAD, None)]]


async def test_a_wrong_source_is_asked_for_by_the_numbers_that_are_shown(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        assert await press(bot, desk.anna, answer, "2") == ""
        menu = await bot.world.bot_message(desk.anna.id, after=answer.id)
        said = [await press(bot, desk.anna, menu, end, "w") for end in ("2", "3", "3")]
        kept = verdicts(bot)
        said.append(await press(bot, desk.anna, menu, "2", "w"))
        last = verdicts(bot)
    assert menu.text == "Which quotation has the wrong source?"
    assert labels(menu) == [data.split(":")[2] for data in data_of(answer, "c")] == ["1", "2", "3"]
    assert said == [NOTED, NOTED, TAKEN_BACK, NOTED]
    assert (kept, last) == ([], [(Verdict.WRONG_SOURCE, 2)])


async def test_of_a_single_quotation_the_source_is_wrong_at_once(desk: Desk) -> None:
    async with desk.bot() as bot:
        bot.services.store.preferences.choose(desk.anna.id, quotations=1)
        answer = await bot.ask(desk.anna, QUESTION)
        said = [await press(bot, desk.anna, answer, "2")]
        kept = verdicts(bot)
        said.append(await press(bot, desk.anna, answer, "2"))
        assert verdicts(bot) == []
        messages = len(said_by_bot(desk.world, desk.anna.id))
    assert (kept, said) == ([(Verdict.WRONG_SOURCE, 1)], [NOTED, TAKEN_BACK])
    assert messages == 1


async def test_in_a_group_everybody_judges_for_themselves(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        said = [
            await press(bot, person, answer, end)
            for person, end in ((desk.anna, "1"), (desk.admin, "0"), (desk.anna, "1"))
        ]
        kept = verdicts(bot)
    assert said == [NOTED, NOTED, TAKEN_BACK]
    assert kept == [(Verdict.BAD, None)]


async def test_who_may_not_ask_may_not_judge(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        bot.services.store.preferences.choose(group.id, askers=Askers.ADMINISTRATORS)
        refused = await press(bot, desk.anna, answer, "1")
        admitted = await press(bot, desk.admin, answer, "1")
    async with desk.bot(open_to_all=False) as bot:
        bot.services.store.preferences.choose(group.id, askers=None)
        closed = await press(bot, desk.anna, answer, "1")
        kept = verdicts(bot)
    assert refused == "In this group only its administrators may ask me."
    assert admitted == NOTED
    assert closed.startswith("An administrator of this bot has to admit this group first.")
    assert kept == [(Verdict.GOOD, None)]


async def test_forged_buttons_are_refused_and_note_nothing(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        mine = await bot.ask(desk.anna, QUESTION)
        there = await bot.ask(desk.admin, f"/ask {QUESTION}", group.id)
        own, other = (data_of(message, "u")[0].split(":")[1] for message in (mine, there))
        made_up = [
            f"u:{other}:1",
            f"w:{other}:1",
            "u:0123456789:1",
            f"u:{own}:3",
            f"u:{own}:1\n",
            f"u:{own}:-1",
            f"u:{own}:٢",
            f"u:{own}:",
            f"u:{own}",
            f"u:{own}:1:1",
            f"w:{own}:0",
            f"w:{own}:999",
            f"w:{own}:" + "9" * 40,
            "u:' OR 1=1:1",
            "fb:file",
        ]
        said = {data: (await bot.press(desk.anna, forged(bot, mine, data), data)).text for data in made_up}
        kept = verdicts(bot)
        messages = len(said_by_bot(desk.world, desk.anna.id))
    assert said == dict.fromkeys(made_up, NO_LONGER)
    assert (kept, messages) == ([], 1)


async def test_a_wrong_source_of_silence_is_refused(desk: Desk) -> None:
    async with silent(desk) as bot:
        silence = await bot.ask(desk.anna, QUESTION)
        own = data_of(silence, "u")[0].split(":")[1]
        said = [
            (await bot.press(desk.anna, forged(bot, silence, data), data)).text for data in (f"u:{own}:2", f"w:{own}:1")
        ]
        assert verdicts(bot) == []
        thumb = (await bot.press(desk.anna, forged(bot, silence, f"u:{own}:0"), f"u:{own}:0")).text
    assert (said, thumb) == ([NO_LONGER] * 2, NOTED)


async def test_a_hundred_presses_leave_one_verdict(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        said = [await press(bot, desk.anna, answer, str(number % 2)) for number in range(100)]
        kept = verdicts(bot)
        messages = len(said_by_bot(desk.world, desk.anna.id))
    assert set(said) == {NOTED}
    assert (kept, messages) == ([(Verdict.GOOD, None)], 1)


async def test_presses_are_noted_after_a_restart_and_after_a_reload(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
    for path in desk.indexed.documents.iterdir():
        path.write_text(path.read_text(encoding="utf-8") + "\nOne more sentence.\n", encoding="utf-8")
    desk.indexed.update()
    async with desk.bot() as bot:
        said = await press(bot, desk.anna, answer, "0")
        kept = bot.services.store.feedback.all()
        overview = await bot.ask(desk.admin, "/feedback")
    assert said == NOTED
    assert [(type(one), one.verdict) for one in kept] == [(Judgement, Verdict.BAD)]
    assert "What was quoted has been withdrawn or has changed since." in overview.text
    assert EXCHANGE not in overview.text


async def test_what_was_forgotten_is_judged_no_more(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        bot.services.store.personal.forget(desk.anna.id)
        assert await press(bot, desk.anna, answer, "1") == NO_LONGER
        assert verdicts(bot) == []


async def test_feedback_shows_admins_counts_and_complaints_and_names_nobody(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        bridge = await bot.ask(desk.anna, "Which corridor was opened near the <bridge>?")
        answer = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        await press(bot, desk.anna, bridge, "0")
        await press(bot, desk.admin, answer, "1")
        await press(bot, desk.anna, answer, "2")
        menu = await bot.world.bot_message(group.id, after=answer.id)
        await press(bot, desk.anna, menu, "1", "w")
        overview = await bot.ask(desk.admin, "/feedback")
    lines = overview.text.split("\n")
    assert lines[:3] == [
        "Last 30 days: 1 👍, 1 👎, 1 wrong source",
        "In all: 1 👍, 1 👎, 1 wrong source",
        "Who asked and who judged is not shown.",
    ]
    assert "The latest complaints:" in lines
    newest, older = (lines.index(line) for line in (f"“{QUESTION}”", "“Which corridor was opened near the <bridge>?”"))
    assert newest < older
    assert lines[newest - 1].endswith("Wrong source of quotation 1")
    assert lines[newest + 1].startswith("Quoted: Joint statement & <final> record of the eighth round, Institute of")
    assert lines[older - 1].endswith("👎")
    assert desk.anna.first_name not in overview.text
    assert str(desk.anna.id) not in overview.text
    assert labels(overview) == ["Have it as a file"]


async def test_a_complaint_about_silence_says_that_nothing_was_quoted(desk: Desk) -> None:
    async with silent(desk) as bot:
        silence = await bot.ask(desk.anna, QUESTION)
        await press(bot, desk.anna, silence, "0")
        overview = await bot.ask(desk.admin, "/feedback")
    assert "Nothing was quoted: the documents did not answer." in overview.text


async def test_a_withdrawn_document_is_not_named_among_complaints_nor_in_the_file(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        await press(bot, desk.anna, answer, "0")
        bot.services.library.withdraw("eighth.md", "test")
        overview = await bot.ask(desk.admin, "/feedback")
        sent = await bot.ask(desk.admin, "/feedback file")
    assert "Joint statement" not in overview.text
    assert EXCHANGE not in file_of(desk, sent).decode()


def file_of(desk: Desk, message: Message) -> bytes:
    """The content of the file that a message carries."""
    assert message.attachment is not None
    return desk.world.file_bytes(message.attachment.file_id)


async def test_the_file_has_the_questions_to_measure_on_and_another_those_for_a_person(desk: Desk) -> None:
    async with desk.bot() as bot:
        good = await bot.ask(desk.anna, QUESTION)
        bad = await bot.ask(desk.anna, "Which corridor was opened near the bridge?")
        await press(bot, desk.anna, good, "1")
        await press(bot, desk.anna, bad, "0")
        overview = await bot.ask(desk.admin, "/feedback")
        assert await desk.press(bot, overview, "Have it as a file") == ""
        first = await bot.world.bot_message(desk.admin.id, after=overview.id)
        second = await bot.world.bot_message(desk.admin.id, after=first.id)
        files = [json.loads(file_of(desk, message)) for message in (first, second)]
    assert [message.attachment.name for message in (first, second) if message.attachment] == [
        "queries.jsonl",
        "unjudged.jsonl",
    ]
    assert (files[0]["relevant"], files[0]["answers"]) == (["eighth.md"], [EXCHANGE])
    assert files[1]["judged"] == {"good": 0, "bad": 1, "wrong source": 0}
    assert files[1]["quoted"][0]["text"] == CORRIDOR
    assert not first.is_protected


async def test_a_file_that_quotes_what_not_everybody_may_read_cannot_be_passed_on(desk: Desk) -> None:
    async with desk.bot() as bot:
        bot.services.library.relabel("eighth.md", "restricted", "test")
        answer = await bot.ask(desk.admin, QUESTION)
        await press(bot, desk.admin, answer, "1")
        sent = await bot.ask(desk.admin, "/feedback FILE")
    assert json.loads(file_of(desk, sent))["relevant"] == ["eighth.md"]
    assert sent.is_protected


async def test_without_feedback_admins_are_told_so(desk: Desk) -> None:
    async with desk.bot() as bot:
        said = [(await bot.ask(desk.admin, text)).text for text in ("/feedback", "/feedback file")]
    assert said == ["Nobody has judged an answer yet."] * 2


async def test_feedback_is_for_admins_in_their_private_chat_alone(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        await press(bot, desk.anna, answer, "0")
        said = [
            (await bot.ask(person, text, chat)).text
            for person, chat in ((desk.anna, desk.anna.id), (desk.anna, group.id), (desk.admin, group.id))
            for text in ("/feedback", "/feedback file")
        ]
        overview = await bot.ask(desk.admin, "/feedback")
        borrowed = replace(answer, keyboard=overview.keyboard)
        bot.world._replace(borrowed)
        pressed = (await bot.press(desk.anna, borrowed, "fb:file")).text
    assert said == [REFUSED] * 6
    assert pressed == NO_LONGER


async def test_help_and_menus_name_feedback_to_admins_alone(desk: Desk) -> None:
    async with desk.bot() as bot:
        admin, anna = [await bot.ask(person, "/help") for person in (desk.admin, desk.anna)]
    async with desk.bot() as bot:
        # An admin has a menu of their own once they have written to the bot.
        await set_menus(bot.application.bot, bot.services)
        menus = {
            person.id: {command.command for command in desk.world.commands_for(person.id, person.id)}
            for person in (desk.admin, desk.anna)
        }
    assert "/feedback" in admin.text
    assert "/feedback" not in anna.text
    assert "feedback" in menus[desk.admin.id] - menus[desk.anna.id]
