"""Questions with limits in a chat: what is shown of them, the buttons that lift them, and limits typed with /ask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from retrieval.questions.limits import KINDS
from tests.bot.harness import Running, data_of, delegation, make_settings, quotations, running
from tests.documents import CORRIDOR, EXCHANGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.local.models import Message, Person
    from bot.local.world import World
    from retrieval.answers.answer import Answer
    from tests.bot.desk import Desk
    from tests.conftest import Indexed

    Start = Callable[..., AbstractAsyncContextManager[Running]]

pytestmark = pytest.mark.asyncio
EIGHTH = "What regulation on the release of detainees did the eighth round adopt?"
BRIDGE = "Which corridor was opened near the bridge at the eighth round?"


@pytest.fixture
def anna(telegram: World) -> Person:
    """A diplomat."""
    return telegram.add_user("Anna")


@pytest.fixture
def start(telegram: World, shared_index: Indexed, tmp_path: Path) -> Start:
    """Starts the bot, each time with the same data directory."""
    data = tmp_path / "bot"
    data.mkdir()

    def started(confidence: float = 0.0) -> AbstractAsyncContextManager[Running]:
        settings = make_settings(data, shared_index.documents)
        return running(telegram, settings, shared_index.engine(confidence), shared_index)

    return started


def labels(message: Message) -> list[str]:
    return [button.text for button in message.buttons if button.value.startswith("l:")]


async def lifted(bot: Running, person: Person, message: Message, number: int) -> Message:
    """What comes when the button is pressed that lifts limits of kind ``number``."""
    data = next(data for data in data_of(message, "l") if data.endswith(f":{number}"))
    assert not (await bot.press(person, message, data)).text
    return await bot.world.bot_message(message.chat_id, after=message.id)


async def test_a_round_named_limits_the_answer_and_the_reply_says_so(start: Start, anna: Person) -> None:
    async with start() as bot:
        answer = await bot.ask(anna, BRIDGE)
        everywhere = await lifted(bot, anna, answer, 0)
    assert answer.text.startswith("Round 8 only\n\n")
    assert CORRIDOR not in quotations(answer)
    assert labels(answer) == ["Search all rounds"]
    assert quotations(everywhere)[0] == CORRIDOR
    assert "only" not in everywhere.text.partition("\n")[0]
    assert labels(everywhere) == []


async def test_a_question_without_limits_has_no_line_and_no_button_for_any(start: Start, anna: Person) -> None:
    async with start() as bot:
        answer = await bot.ask(anna, "What regulation on the release of detainees was adopted?")
    assert answer.text.startswith(EXCHANGE)
    assert labels(answer) == []


async def test_limits_are_lifted_one_after_the_other_and_after_a_restart(start: Start, anna: Person) -> None:
    async with start() as bot:
        first = await bot.ask(anna, f"{BRIDGE[:-1]}, according to the institute, since 2017?")
    async with start() as bot:
        second = await lifted(bot, anna, first, 0)
    async with start() as bot:
        third = await lifted(bot, anna, second, 4)
    assert first.text.startswith("Round 8 only\nSince 1 January 2017 only\nSource: \u2068Institute of Records")
    assert labels(first) == ["Search all rounds", "Search all dates", "Search all sources"]
    assert second.text.startswith("Since 1 January 2017 only\nSource: \u2068Institute of Records")
    assert labels(third) == ["Search all dates"]


async def test_silence_names_its_limits_what_was_searched_and_what_there_is(start: Start, anna: Person) -> None:
    async with start(confidence=1.0) as bot:
        silence = await bot.ask(anna, "Who played football at the eighth round?")
        after = await lifted(bot, anna, silence, 0)
    assert silence.text == (
        "The documents do not answer this.\n"
        "Round 8 only\n"
        "2 documents were searched. Publishers: Institute of Records, Институт документов. Languages: English, Russian."
        "\nRounds that the documents cover: Astana 8."
    )
    assert [button.text for button in silence.buttons] == [
        "Show the nearest, not an answer",
        "Search all rounds",
        "Another round",
        "👍",
        "👎",
    ]
    assert "6 documents were searched." in after.text


async def test_where_limits_leave_no_document_the_reply_says_so_and_how_to_go_on(start: Start, anna: Person) -> None:
    async with start() as bot:
        silence = await bot.ask(anna, "What did the eighth round adopt on detainees since 2019?")
        after = await lifted(bot, anna, silence, 2)
    assert silence.text.startswith(
        "The documents do not answer this.\nRound 8 only\nSince 1 January 2019 only\n0 documents were searched."
    )
    assert [button.text for button in silence.buttons] == [
        "Search all rounds",
        "Search all dates",
        "Another round",
        "👍",
        "👎",
    ]
    assert quotations(after)[0] == EXCHANGE


async def test_limits_are_shown_in_the_language_of_the_reader(start: Start, telegram: World) -> None:
    boris = telegram.add_user("Boris", language_code="ru")
    async with start() as bot:
        answer = await bot.ask(boris, "Какое положение согласовали на восьмом раунде с 2017 года?")
    assert answer.text.startswith("Только раунд 8\nТолько с 1 января 2017\u202fг.\n\n")
    assert labels(answer) == ["Искать по всем раундам", "Искать за все даты"]


async def test_limits_typed_with_ask_hold_and_are_lifted_like_those_of_the_question(start: Start, anna: Person) -> None:
    question = "Which corridor was opened near the bridge?"
    async with start() as bot:
        answer = await bot.ask(anna, f'/ask round:8 since:2017-12 source:"institute of records" {question}')
        second = await lifted(bot, anna, answer, 0)
    async with start() as bot:
        third = await lifted(bot, anna, second, 4)
        fourth = await lifted(bot, anna, third, 2)
    assert answer.text.startswith("Round 8 only\nSince 1 December 2017 only\nSource: institute of records only\n\n")
    assert second.text.startswith("Since 1 December 2017 only\nSource: institute of records only\n\n")
    assert third.text.startswith("Since 1 December 2017 only\n\n")
    assert quotations(fourth)[0] == CORRIDOR
    assert labels(fourth) == []


async def test_what_is_typed_wrong_is_said_in_the_language_of_who_typed_it(start: Start, telegram: World) -> None:
    boris = telegram.add_user("Boris", language_code="ru")
    async with start() as bot:
        unknown = await bot.ask(boris, "/ask rund:8 Что решили?")
        wrong = await bot.ask(boris, "/ask round:восемь Что решили?")
        alone = await bot.ask(boris, "/ask round:8")
    assert unknown.text == "Ограничения rund нет; есть такие: round, since, until, place, process, source."
    assert wrong.text == "восемь — не номер раунда; напишите, например, round:8"
    assert alone.text.startswith("Напишите вопрос после команды /ask")


async def test_limits_in_reply_to_a_message_are_for_that_message(start: Start, telegram: World, anna: Person) -> None:
    group = delegation(telegram, anna, admin=telegram.add_user("Daniyar"))
    async with start() as bot:
        said = telegram.send_text(anna.id, group.id, "Which corridor was opened near the bridge?")
        answer = await bot.ask(anna, "/ask round:8", group.id, reply_to=said.id)
    assert answer.text.startswith("Round 8 only\n\n")


async def test_a_button_that_lifts_what_there_is_not_says_that_it_no_longer_works(start: Start, anna: Person) -> None:
    async with start() as bot:
        answer = await bot.ask(anna, EIGHTH)
        (data,) = data_of(answer, "l")
        made_up = f"{data[:-1]}{len(KINDS)}"
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Search everywhere", callback_data=made_up)]])
        await bot.application.bot.send_message(anna.id, "Of another version", reply_markup=keyboard)
        message = await bot.world.bot_message(anna.id, after=answer.id)
        pressed = await bot.press(anna, message, made_up)
    assert pressed.text == "This button no longer works; please ask again."


async def test_help_says_how_limits_are_typed(start: Start, anna: Person) -> None:
    async with start() as bot:
        said = await bot.ask(anna, "/help")
    assert (
        "/ask takes limits before the question, for example: /ask round:8 since:2018-02 until:2019 place:Sochi "
        'process:Astana source:"Institute of Records"'
    ) in said.text


async def test_a_reload_between_search_and_reply_is_searched_again(
    telegram: World, shared_index: Indexed, tmp_path: Path, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an older generation found may have been withdrawn."""
    engine = shared_index.engine(0.0)
    search = engine.answer
    found: list[Answer] = []

    def outrun(*arguments: Any, **options: Any) -> Answer:
        answer = search(*arguments, **options)
        found.append(answer if found else replace(answer, generation="older", ranked=answer.ranked[1:]))
        return found[-1]

    monkeypatch.setattr(engine, "answer", outrun)
    (tmp_path / "bot").mkdir()
    settings = make_settings(tmp_path / "bot", shared_index.documents)
    async with running(telegram, settings, engine, shared_index) as bot:
        said = await bot.ask(anna, BRIDGE)
    assert len(found) == 2
    assert quotations(said) == [quote.text for quote in found[1].quotes]
    assert quotations(said) != [quote.text for quote in found[0].quotes]


async def test_help_tells_admins_how_documents_are_added_and_nobody_else(desk: Desk) -> None:
    async with desk.bot() as bot:
        admin = await bot.ask(desk.admin, "/help")
        anna = await bot.ask(desk.anna, "/help")
    assert "send me files to add documents" in admin.text
    assert "send me files" not in anna.text
