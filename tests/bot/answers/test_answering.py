"""Follow-ups: what a question is read after, how that is shown, and how it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.clock import ManualClock
from tests.bot.desk import labels
from tests.bot.harness import data_of, delegation, forged, quotations

if TYPE_CHECKING:
    from tests.bot.desk import Desk

pytestmark = pytest.mark.asyncio
EIGHTH = "What regulation on the release of detainees did the eighth round adopt?"
SHORT = "Jordan?"
READ_AFTER = f"Read after: “{EIGHTH}”"


async def test_in_private_a_question_too_short_to_stand_alone_follows_the_one_before(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.anna, EIGHTH)
        followed = await bot.ask(desk.anna, SHORT)
        whole = await bot.ask(desk.anna, "Which observers from Jordan took part in the talks?")
    assert READ_AFTER in followed.text
    assert "Ask it by itself" in labels(followed)
    assert "Read after" not in whole.text


async def test_the_question_is_asked_by_itself_where_that_was_not_meant(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.anna, EIGHTH)
        followed = await bot.ask(desk.anna, SHORT)
        await desk.press(bot, followed, "Ask it by itself", desk.anna)
        alone = await bot.world.bot_message(desk.anna.id, after=followed.id)
    assert "Read after" not in alone.text
    assert "Jordan" in quotations(alone)[0]


async def test_what_was_asked_long_ago_or_before_new_is_followed_by_nothing(desk: Desk) -> None:
    clock = ManualClock()
    async with desk.bot(clock=clock) as bot:
        await bot.ask(desk.anna, EIGHTH)
        clock.advance(1801)
        late = await bot.ask(desk.anna, SHORT)
        clock.advance(1)
        await bot.ask(desk.anna, EIGHTH)
        clock.advance(1)
        begun = await bot.ask(desk.anna, "/new")
        new = await bot.ask(desk.anna, SHORT)
    assert "Read after" not in late.text
    assert begun.text == "The conversation begins anew: your next question follows nothing."
    assert "Read after" not in new.text


async def test_a_reply_to_an_answer_follows_it_whatever_was_asked_meanwhile(desk: Desk) -> None:
    async with desk.bot() as bot:
        first = await bot.ask(desk.anna, EIGHTH)
        await bot.ask(desk.anna, "Which corridor was opened near the bridge for convoys?")
        followed = await bot.ask(desk.anna, "And observers from Jordan?", reply_to=first.id)
        further = await bot.ask(desk.anna, "United Nations?", reply_to=followed.id)
        await bot.ask(desk.anna, "/help")
        stored = bot.services.store.answers.in_message(desk.anna.id, further.id)
    assert READ_AFTER in followed.text
    assert "Read after: “And observers from Jordan?”" in further.text
    assert stored is not None
    assert stored.before.questions == (EIGHTH, "And observers from Jordan?")
    assert stored.before.is_reply


async def test_in_a_group_only_a_reply_follows(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        first = await bot.ask(desk.anna, f"/ask {EIGHTH}", group.id)
        alone = await bot.ask(desk.anna, f"/ask {SHORT}", group.id)
        followed = await bot.ask(desk.anna, SHORT, group.id, reply_to=first.id)
        told = await bot.ask(desk.anna, "/new", group.id)
    assert "Read after" not in alone.text
    assert READ_AFTER in followed.text
    assert told.text == "In a group a question follows another only as a reply to its answer."


async def test_the_same_question_is_asked_about_another_round(desk: Desk) -> None:
    ninth = (
        "---\ntitle: Ninth round\nlanguage: en\nprocess: Astana\nround: 9\n---\n# Ninth round\n\n"
        "The ninth round adopted a note on the release of detainees at the border.\n"
    )
    (desk.indexed.documents / "ninth.md").write_text(ninth, encoding="utf-8")
    desk.indexed.update()
    async with desk.bot() as bot:
        first = await bot.ask(desk.anna, EIGHTH)
        assert not await desk.press(bot, first, "Another round", desk.anna)
        offered = await bot.world.bot_message(desk.anna.id, after=first.id)
        assert not await desk.press(bot, offered, "9", desk.anna)
        other = await bot.world.bot_message(desk.anna.id, after=offered.id)
        data = offered.buttons[0].value[:-1] + "7"
        refused = (await bot.press(desk.anna, forged(bot, offered, data), data)).text
    assert labels(offered) == ["9"]
    assert quotations(other)[0] == "The ninth round adopted a note on the release of detainees at the border."
    assert other.text.startswith("Round 9 only")
    assert refused == "This button no longer works; please ask again."


async def test_where_there_is_no_other_round_the_button_says_so(desk: Desk) -> None:
    async with desk.bot() as bot:
        first = await bot.ask(desk.anna, EIGHTH)
        said = (await bot.press(desk.anna, first, data_of(first, "or")[0])).text
    assert said == "The documents are of no other round."


@pytest.mark.parametrize("kind", ["voice", "sticker", "location", "contact", "poll", "video"])
async def test_what_is_no_text_is_replied_to_in_words(desk: Desk, kind: str) -> None:
    async with desk.bot() as bot:
        sent = bot.world.send_other(desk.anna.id, desk.anna.id, kind)
        replied = await bot.world.bot_message(desk.anna.id, after=sent.id)
    heard = "I cannot listen to recordings; please write your question."
    assert replied.text == (heard if kind == "voice" else "I read text only; please write your question.")


async def test_a_caption_is_a_question(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    desk.world.privacy_mode = False
    async with desk.bot() as bot:
        sent = bot.world.send_other(desk.anna.id, desk.anna.id, "photo", caption=EIGHTH)
        answered = await bot.world.bot_message(desk.anna.id, after=sent.id)
        caption = f"@{bot.application.bot.username} {EIGHTH}"
        sent = bot.world.send_other(desk.anna.id, group.id, "photo", caption=caption)
        there = await bot.world.bot_message(group.id, after=sent.id)
    assert quotations(answered)
    assert quotations(there) == quotations(answered)


@pytest.mark.parametrize("text", ["\u200f \u2067 \u2069", "🕊️", "???", "a" * 4096])
async def test_what_cannot_be_searched_for_is_said_to_be_so(desk: Desk, text: str) -> None:
    async with desk.bot() as bot:
        replied = await bot.ask(desk.anna, f"/ask {text}"[:4096])
    assert replied.text in {
        "I find no words to search for in this. Please ask in a few words.",
        "The question is too long: at most 1000 characters can be searched for.",
        "Write the question after /ask, for example: /ask What was said at the eighth round about the exchange of "
        "detainees?",
    }


async def test_two_languages_in_one_sentence_are_answered(desk: Desk) -> None:
    async with desk.bot() as bot:
        answered = await bot.ask(desk.anna, "Что решили о release of detainees и missing persons?")
    assert any("detainees" in quotation or "задержанных" in quotation for quotation in quotations(answered))
