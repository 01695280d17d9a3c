"""``/verify`` by command, by reply and by forwarding: exact, nearly (what differs first), or not found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.documents.reloads import How, Why
from tests.bot.desk import Desk
from tests.bot.harness import delegation, quotations
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from bot.local.world import World
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
QUESTION = "What regulation on the release of detainees did the parties adopt?"
EXACT = "Exact: this is in the documents, word for word."


@pytest.fixture
def desk(telegram: World, own_index: Indexed) -> Desk:
    return Desk(telegram, telegram.add_user("Daniyar"), telegram.add_user("Anna"), own_index)


async def test_a_sentence_of_a_document_is_exact_and_quoted_with_its_source(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, f"/verify {EXCHANGE}")
    assert reply.text.startswith(EXACT)
    assert quotations(reply) == [EXCHANGE]
    assert any("start=c_" in (entity.url or "") for entity in reply.entities)


async def test_other_spelling_is_said(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, f"/verify {EXCHANGE.upper()}")
    assert reply.text.startswith("Exact but for spaces, dashes, quotation marks or case.")


async def test_what_differs_stands_before_the_quotation(desk: Desk) -> None:
    changed = EXCHANGE.replace("release", "sale")
    assert changed != EXCHANGE
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, f"/verify {changed}")
    assert reply.text.startswith("Not exact: the nearest sentence differs.")
    assert "Words: here “sale”, in the document “release”" in reply.text
    assert quotations(reply) == [EXCHANGE]


async def test_what_is_nowhere_is_not_found(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/verify Penguins waddle over frozen harbours.")
        named = len(bot.services.engine.view("public").documents)
    assert reply.text.startswith("Not found in the documents.")
    assert f"{named} documents were searched." in reply.text


async def test_of_many_sentences_the_first_twelve_are_verified_and_counted(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/verify " + "Penguins waddle over frozen harbours. " * 40)
    assert reply.text.startswith("Of 12 sentences: exact 0, different 0, not found 12.")
    assert reply.text.endswith("Only the first 12 sentences were verified; send the others again.")


async def test_a_forwarded_answer_is_verified_by_its_quotations_alone(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        chat = desk.world.private_chat(desk.anna.id).id
        sent = desk.world.forward(desk.anna.id, chat, answer)
        reply = await desk.world.bot_message(chat, after=sent.id)
    assert quotations(answer)
    assert [text for text in quotations(reply) if text == EXCHANGE] == [EXCHANGE]
    assert "Not found" not in reply.text


async def test_in_a_group_a_reply_is_verified(desk: Desk) -> None:
    async with desk.bot() as bot:
        group = delegation(desk.world, desk.anna, admin=desk.admin)
        await desk.world.bot_message(group.id, after=0)
        claim = desk.world.send_text(desk.admin.id, group.id, EXCHANGE)
        reply = await bot.ask(desk.anna, "/verify", group.id, reply_to=claim.id)
    assert reply.text.startswith(EXACT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/verify", "Write the sentence after /verify, or reply with /verify to the message that has it."),
        ("/verify …?!", "There is no sentence in this that could be verified."),
    ],
)
async def test_what_has_no_sentence_is_answered_plainly(desk: Desk, text: str, said: str) -> None:
    async with desk.bot() as bot:
        assert (await bot.ask(desk.anna, text)).text == said


async def test_a_withdrawn_document_verifies_nothing(desk: Desk) -> None:
    async with desk.bot() as bot:
        (desk.indexed.documents / "eighth.md").unlink()
        assert (await bot.services.reloads.request(Why.COMMAND)).how is How.DONE
        reply = await bot.ask(desk.anna, f"/verify {EXCHANGE}")
    assert EXCHANGE not in quotations(reply)
    assert "Exact" not in reply.text
