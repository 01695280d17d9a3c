"""What people may ask of the bot is limited: who asks too much is told how long to wait, and not too often."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.access.costs import Cost
from bot.access.limit_hits import Limit
from bot.access.limiting import Limits, Refused, _sentence
from bot.access.rates import QUARTER, WHOLE
from bot.answers import inline
from bot.clock import ManualClock
from bot.languages import LANGUAGES, phrases
from bot.running.metrics import Metrics
from bot.store import Store
from tests.bot.desk import NOTE
from tests.bot.harness import STORE, data_of, delegation, make_settings, said_by_bot
from tests.bot.updates import message, person, update

if TYPE_CHECKING:
    from pathlib import Path

    from telegram import InlineQuery

    from bot.local.models import Person
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

QUESTION = "What regulation on the release of detainees was adopted?"
MUCH = "You have asked much in a short time; please wait {}."
MUCH_HERE = "Much was asked in this group in a short time; please wait {}."


async def settled(bot: Running) -> None:
    """Wait until the bot has fetched and dealt with all that was written to it."""
    async with asyncio.timeout(10):
        while len(bot.world.updates) or bot.services.store.open_updates():
            await asyncio.sleep(0.005)


async def silent(bot: Running, person: Person, text: str, chat: int | None = None) -> None:
    """Write something that the bot says nothing to."""
    where = chat or person.id
    bot.world.send_text(person.id, where, text)
    last = len(said_by_bot(bot.world, where))
    await settled(bot)
    assert len(said_by_bot(bot.world, where)) == last


def hits(bot: Running) -> int:
    times: int = bot.application.bot_data["limits"].hits.times
    return times


async def test_the_thirteenth_question_of_a_minute_has_to_wait_and_is_answered_then(desk: Desk) -> None:
    clock = ManualClock()
    async with desk.bot(clock=clock, questions_per_minute=12) as bot:
        answered = [await bot.ask(desk.anna, QUESTION) for _ in range(12)]
        told = await bot.ask(desk.anna, QUESTION)
        clock.advance(4.99)
        await silent(bot, desk.anna, QUESTION)
        clock.advance(0.01)
        then = await bot.ask(desk.anna, QUESTION)
    assert told.text == MUCH.format("5 seconds")
    assert {message.text for message in answered} == {then.text}


async def test_of_two_persons_each_has_their_own_and_an_admin_has_no_limit(desk: Desk) -> None:
    boris = desk.world.add_user("Boris")
    async with desk.bot(clock=ManualClock(), questions_per_minute=1) as bot:
        first = await bot.ask(desk.anna, QUESTION)
        told = await bot.ask(desk.anna, QUESTION)
        others = [await bot.ask(boris, QUESTION), *[await bot.ask(desk.admin, QUESTION) for _ in range(3)]]
        assert hits(bot) == 1
        assert (
            bot.services.metrics.registry.get_sample_value("rapporteur_limits_hit_total", {"limit": "questions"}) == 1.0
        )
    assert told.text == MUCH.format("60 seconds")
    assert {message.text for message in others} == {first.text}


async def test_a_group_has_a_limit_of_its_own_of_which_an_admin_takes_nothing(desk: Desk) -> None:
    boris = desk.world.add_user("Boris")
    group = delegation(desk.world, desk.anna, boris, admin=desk.admin)
    async with desk.bot(clock=ManualClock(), group_questions_per_minute=2) as bot:
        for _ in range(3):
            await bot.ask(desk.admin, f"/ask {QUESTION}", group.id)
        answered = [await bot.ask(one, f"/ask {QUESTION}", group.id) for one in (desk.anna, boris)]
        asked = bot.world.send_text(desk.anna.id, group.id, f"/ask {QUESTION}")
        told = await bot.world.bot_message(group.id, after=asked.id)
        private = await bot.ask(desk.anna, QUESTION)
    assert (told.text, told.reply_to) == (MUCH_HERE.format("30 seconds"), asked.id)
    assert private.text == answered[0].text == answered[1].text


async def test_what_people_say_to_each_other_in_a_group_costs_nothing(desk: Desk) -> None:
    desk.world.privacy_mode = False
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot(clock=ManualClock(), questions_per_minute=1, group_questions_per_minute=1) as bot:
        for text in ("Shall we have lunch?", "/ask@other_bot What was agreed?", "/lunch") * 5:
            await silent(bot, desk.anna, text, group.id)
        answered = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
    assert "adopted" in answered.text


async def test_one_who_goes_on_is_told_again_after_ten_seconds_and_in_groups_after_a_minute(desk: Desk) -> None:
    clock = ManualClock()
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot(clock=clock, questions_per_minute=0.1) as bot:
        await bot.ask(desk.anna, QUESTION)
        told = [await bot.ask(desk.anna, QUESTION)]
        for _ in range(5):
            await silent(bot, desk.anna, QUESTION)
        await silent(bot, desk.anna, f"/ask {QUESTION}", group.id)
        clock.advance(10)
        told.append(await bot.ask(desk.anna, f"/ask {QUESTION}", group.id))
        for seconds in (10, 30):
            clock.advance(seconds)
            await silent(bot, desk.anna, f"/ask {QUESTION}", group.id)
        told.append(await bot.ask(desk.anna, QUESTION))
        clock.advance(20)
        told.append(await bot.ask(desk.anna, f"/ask {QUESTION}", group.id))
    assert [message.text for message in told] == [
        MUCH.format(f"{minutes} minutes") for minutes in (10, 10, 10, 9)
    ]  # 600, 590, 550 and 530 seconds


async def test_a_group_hears_of_it_every_ten_seconds_at_most_however_many_ask(desk: Desk) -> None:
    clock = ManualClock()
    members = [desk.world.add_user(f"Member {number}") for number in range(5)]
    group = delegation(desk.world, *members, admin=desk.admin)
    async with desk.bot(clock=clock, group_questions_per_minute=1) as bot:
        await bot.ask(members[0], f"/ask {QUESTION}", group.id)
        told = await bot.ask(members[0], f"/ask {QUESTION}", group.id)
        for member in members[1:]:
            await silent(bot, member, f"/ask {QUESTION}", group.id)
        clock.advance(10)
        again = await bot.ask(members[4], f"/ask {QUESTION}", group.id)
    assert [told.text, again.text] == [MUCH_HERE.format("60 seconds"), MUCH_HERE.format("50 seconds")]


async def test_each_press_is_answered_and_the_first_one_too_many_with_the_time_to_wait(desk: Desk) -> None:
    async with desk.bot(clock=ManualClock(), questions_per_minute=1.25) as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        context = data_of(answer, "c")[0]
        pressed = [await bot.press(desk.anna, answer, context) for _ in range(3)]
        shown = await bot.world.bot_message(desk.anna.id, after=answer.id)
        await settled(bot)
        assert said_by_bot(bot.world, desk.anna.id)[-1] == shown
    assert [(one.text, one.show_alert) for one in pressed] == [
        ("", False),
        (MUCH.format("12 seconds"), True),
        ("", False),
    ]


async def test_an_inline_query_is_answered_with_a_button_that_says_how_long_to_wait(desk: Desk) -> None:
    async with desk.bot(clock=ManualClock(), questions_per_minute=1) as bot:
        await bot.ask(desk.anna, QUESTION)
        told = await bot.world.wait_inline_answer(bot.world.inline_query(desk.anna.id, QUESTION))
        dropped = bot.world.inline_query(desk.anna.id, QUESTION + "?")
        async with asyncio.timeout(10):
            while hits(bot) < 2:
                await asyncio.sleep(0.005)
        await bot.ask(desk.admin, QUESTION)
        assert bot.world.inline_answer(dropped) is None
    assert told.results == ()
    assert told.button == {"text": "Please wait 15 seconds", "start_parameter": "inline"}


async def test_of_inline_queries_of_one_person_three_are_searched_for_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, gate, begun = ManualClock(), threading.Event(), list[str]()

    def found(_: object, query: InlineQuery) -> tuple[()]:
        begun.append(query.query)
        assert gate.wait(10)
        return ()

    monkeypatch.setattr(inline, "_found", found)
    async with desk.bot(clock=clock) as bot, asyncio.timeout(10):
        turns = bot.application.bot_data["turns"]
        queries = []
        for number in range(5):
            queries.append(bot.world.inline_query(desk.anna.id, f"Question {number}"))
            while bot.application.bot_data.get("inline", {}).get(desk.anna.id) != queries[-1]:
                await asyncio.sleep(0.005)
            clock.advance(1)
            while turns._present.get(desk.anna.id, 0) != number + 1:
                await asyncio.sleep(0.005)
        while len(begun) < 3:
            await asyncio.sleep(0.005)
        assert sorted(begun) == ["Question 0", "Question 1", "Question 2"]
        gate.set()
        await bot.world.wait_inline_answer(queries[4])
        # The fourth had waited so long that more was typed meanwhile.
        assert (begun[3:], bot.world.inline_answer(queries[3])) == (["Question 4"], None)


async def test_an_edit_beyond_the_limit_changes_nothing_and_is_not_spoken_of(desk: Desk) -> None:
    async with desk.bot(clock=ManualClock(), questions_per_minute=1) as bot:
        asked = bot.world.send_text(desk.anna.id, desk.anna.id, QUESTION)
        answer = await bot.world.bot_message(desk.anna.id, after=asked.id)
        await settled(bot)
        said = said_by_bot(bot.world, desk.anna.id)
        bot.world.edit_text(desk.anna.id, desk.anna.id, asked.id, "Who won the chess tournament?")
        await settled(bot)
        assert said_by_bot(bot.world, desk.anna.id) == said
        assert hits(bot) == 1
        assert bot.world.message(desk.anna.id, answer.id) == answer


async def test_files_are_limited_for_admins_as_well(desk: Desk) -> None:
    async with desk.bot(clock=ManualClock(), uploads_per_hour=2, questions_per_minute=1) as bot:
        cards = [await desk.send(f"{number}.md", NOTE) for number in range(2)]
        told = await desk.send("2.md", NOTE)
        answered = await bot.ask(desk.admin, QUESTION)
    assert all(card.text.startswith("Note on the corridor") or "corridor" in card.text for card in cards)
    assert told.text == (
        "You have sent many files in a short time; those without an answer were not taken. Before the next one, please "
        "wait 30 minutes."
    )
    assert "adopted" in answered.text


async def test_the_bot_comes_into_a_group_whoever_brings_it(desk: Desk) -> None:
    async with desk.bot(clock=ManualClock(), questions_per_minute=1) as bot:
        await bot.ask(desk.anna, QUESTION)
        group = delegation(desk.world, admin=desk.anna)
        greeting = await bot.world.bot_message(group.id)
    assert greeting.text.startswith("I answer questions from the documents")


async def test_what_was_left_open_is_charged_once_when_it_is_handled(desk: Desk) -> None:
    chat = {"id": desk.anna.id, "type": "private"}
    left = update(7000, message=message(QUESTION, chat=chat, by=person(desk.anna.id)))
    with Store.open(desk.indexed.data / STORE) as store:
        store.keep_updates({left.update_id: left.to_json()})
    desk.world.send_text(desk.anna.id, desk.anna.id, "/start")
    async with desk.bot(clock=ManualClock(), questions_per_minute=2.25) as bot:
        await settled(bot)
        assert len(said_by_bot(bot.world, desk.anna.id)) >= 2
        answered = await bot.ask(desk.anna, QUESTION)
        told = await bot.ask(desk.anna, QUESTION)
    assert "adopted" in answered.text
    assert told.text.startswith(MUCH.partition(";")[0])


def limits(path: Path, **settings: Any) -> Limits:
    """Limits by a clock that stands."""
    made = make_settings(path, **settings)
    services: Any = SimpleNamespace(settings=made, clock=ManualClock(), metrics=Metrics())
    return Limits(services)


def test_any_number_of_strangers_leave_a_bounded_number_of_traces(tmp_path: Path) -> None:
    made = limits(tmp_path, questions_per_minute=1, group_questions_per_minute=1)
    for stranger in range(25_000):
        made.charge(Cost(WHOLE), stranger, -stranger)
        made.may_tell(stranger, -stranger)
    kept = [made._questions, made._group_questions, made._notices, made._notices_in_groups]
    assert max(map(len, kept)) <= 10_000


def test_a_group_that_refuses_takes_nothing_of_its_members_and_the_longer_wait_is_told(tmp_path: Path) -> None:
    made = limits(tmp_path, questions_per_minute=2, group_questions_per_minute=1)
    assert made.charge(Cost(WHOLE), 7, -1) is None
    assert [made.charge(Cost(WHOLE), 7, -1) for _ in range(5)] == [Refused(Limit.GROUP_QUESTIONS, 60.0)] * 5
    assert made.charge(Cost(WHOLE), 7, None) is None
    assert made.charge(Cost(QUARTER), 7, None) == Refused(Limit.QUESTIONS, 7.5)


def test_a_file_of_one_who_may_send_none_costs_of_their_questions_too(tmp_path: Path) -> None:
    made = limits(tmp_path, questions_per_minute=1, uploads_per_hour=0)
    cost = Cost(QUARTER, is_upload=True)
    assert [made.charge(cost, 7, None) for _ in range(5)] == [None] * 4 + [Refused(Limit.QUESTIONS, 15.0)]
    assert [made.charge(cost, 8, None, is_spared=True) for _ in range(50)] == [None] * 50


def test_what_has_happened_anyway_costs_and_is_never_refused(tmp_path: Path) -> None:
    made = limits(tmp_path, questions_per_minute=1)
    assert [made.charge(Cost(QUARTER, is_fact=True), 7, -1) for _ in range(50)] == [None] * 50
    assert made.charge(Cost(WHOLE), 7, None) == Refused(Limit.QUESTIONS, 60.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_fits_into_an_alert(language: str) -> None:
    said = [
        _sentence(Refused(limit, seconds), phrases(language))
        for limit in (Limit.QUESTIONS, Limit.GROUP_QUESTIONS)
        for seconds in (0.1, 1.5, 119.5, 3600.0)
    ]
    assert max(map(len, said)) <= 200


def test_times_are_rounded_up_and_take_their_plural() -> None:
    def said(language: str, seconds: float) -> str:
        return _sentence(Refused(Limit.QUESTIONS, seconds), phrases(language)).rpartition("please wait ")[2]

    assert [said("en", seconds) for seconds in (0.01, 1, 1.01, 120, 120.1)] == [
        "1 second.", "1 second.", "2 seconds.", "120 seconds.", "3 minutes."
    ]  # fmt: skip
    assert [said("ru", seconds).rpartition("подождите ")[2] for seconds in (1, 2, 5)] == [
        "1 секунду.", "2 секунды.", "5 секунд."
    ]  # fmt: skip
