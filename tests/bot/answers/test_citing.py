"""Citations over the versions of a document: unchanged, changed with both wordings, withdrawn, or not for the asker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.answers.citation_table import words_digest
from bot.documents.reloads import How, Why
from corpus.erasure import erase_document
from corpus.library import SHELL
from tests.bot.desk import Desk
from tests.bot.harness import data_of, quotations
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from bot.local.models import Message
    from bot.local.world import World
    from tests.bot.harness import Running
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
QUESTION = "What regulation on the release of detainees did the parties adopt?"
ADOPTED = EXCHANGE.replace("the release of detainees", "the exchange of prisoners")


@pytest.fixture
def desk(telegram: World, own_index: Indexed) -> Desk:
    return Desk(telegram, telegram.add_user("Daniyar"), telegram.add_user("Anna"), own_index)


def first_id(answer: Message) -> str:
    """The id of the first citation of an answer."""
    link = next(entity.url or "" for entity in answer.entities if entity.type == "text_link")
    return link.partition("?start=c_")[2]


async def revise(desk: Desk, bot: Running, old: str, new: str) -> None:
    """Change the words of the eighth round's document, and index it."""
    path = desk.indexed.documents / "eighth.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    ended = await bot.services.reloads.request(Why.COMMAND)
    assert ended.how is How.DONE


async def test_an_unchanged_citation_is_shown_with_all_that_checks_it(desk: Desk) -> None:
    async with desk.bot() as bot:
        identifier = first_id(await bot.ask(desk.anna, QUESTION))
        by_command = await bot.ask(desk.anna, f"/cite {identifier}")
        by_link = await bot.ask(desk.anna, f"/start c_{identifier}")
        spelled = await bot.ask(desk.anna, f"/cite [{identifier.upper()}]")
    assert by_command.text == by_link.text == spelled.text
    assert quotations(by_command) == [EXCHANGE]
    assert "This is what the document says, unchanged." in by_command.text


async def test_of_changed_words_both_wordings_are_shown(desk: Desk) -> None:
    async with desk.bot() as bot:
        identifier = first_id(await bot.ask(desk.anna, QUESTION))
        await revise(desk, bot, "release of detainees", "exchange of prisoners")
        checked = await bot.ask(desk.anna, f"/cite {identifier}")
        (link,) = [entity.url or "" for entity in checked.entities if "start=c_" in (entity.url or "")]
        now = await bot.ask(desk.anna, f"/start c_{link.partition('start=c_')[2]}")
    assert quotations(checked) == [EXCHANGE, ADOPTED]
    assert checked.text.startswith("The document of this citation has changed since.\n\nIts wording then, indexed on ")
    assert quotations(now) == [ADOPTED]


async def test_the_same_words_in_a_changed_document_are_said_to_be_there_still(desk: Desk) -> None:
    async with desk.bot() as bot:
        identifier = first_id(await bot.ask(desk.anna, QUESTION))
        await revise(desk, bot, "Jordan and the United Nations", "Jordan, Lebanon and the United Nations")
        checked = await bot.ask(desk.anna, f"/cite {identifier}")
    assert quotations(checked) == [EXCHANGE, EXCHANGE]
    assert "The same words are in its present version" in checked.text


async def test_a_passage_that_is_gone_is_said_to_be(desk: Desk) -> None:
    async with desk.bot() as bot:
        identifier = first_id(await bot.ask(desk.anna, QUESTION))
        await revise(desk, bot, EXCHANGE.replace("<", "\\<") + " ", "")
        checked = await bot.ask(desk.anna, f"/cite {identifier}")
    assert quotations(checked) == [EXCHANGE]
    assert checked.text.endswith("The passage is no longer in its present version.")


async def test_a_button_under_an_old_answer_leads_to_both_wordings(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        await revise(desk, bot, "release of detainees", "exchange of prisoners")
        alert = await bot.press(desk.anna, answer, data_of(answer, "d")[0])
        offer = await bot.world.bot_message(desk.anna.id, after=answer.id)
        await bot.press(desk.anna, offer, data_of(offer, "v")[0])
        both = await bot.world.bot_message(desk.anna.id, after=offer.id)
    assert (alert.text, alert.show_alert) == ("This document has changed since; please ask again.", True)
    assert offer.text == "What was quoted has changed since. Both wordings can be shown:"
    assert quotations(both) == [EXCHANGE, ADOPTED]


async def test_of_a_withdrawn_document_no_wording_is_shown_old_or_new(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        identifier = first_id(answer)
        await revise(desk, bot, "release of detainees", "exchange of prisoners")
        desk_library = bot.services.library
        desk_library.withdraw("eighth.md", SHELL)
        withdrawn = await bot.ask(desk.anna, f"/cite {identifier}")
        pressed = await bot.press(desk.anna, answer, data_of(answer, "c")[0])
        erase_document(desk_library, "eighth.md", SHELL)
        erased = await bot.ask(desk.anna, f"/cite {identifier}")
        erased_for_admin = await bot.ask(desk.admin, f"/cite {identifier}")
    assert withdrawn.text == erased_for_admin.text == "The document of this citation has been withdrawn."
    assert pressed.text == "This document has been withdrawn; it is no longer quoted."
    assert erased.text == f"There is no citation {identifier}."


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_what_the_asker_may_not_read_is_as_if_it_had_never_been(withdrawn: bool, desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.admin, QUESTION)
        identifier = first_id(answer)
        bot.services.library.relabel("eighth.md", "restricted", SHELL)
        if withdrawn:
            bot.services.library.withdraw("eighth.md", SHELL)
        for_admin = await bot.ask(desk.admin, f"/cite {identifier}")
        for_anna = await bot.ask(desk.anna, f"/cite {identifier}")
        never = await bot.ask(desk.anna, "/cite aaaaaaaaaa")
    assert never.text == "There is no citation aaaaaaaaaa."
    assert for_anna.text == f"There is no citation {identifier}."
    assert ("has been withdrawn" in for_admin.text) is withdrawn


async def test_the_same_file_read_otherwise_is_not_unchanged(desk: Desk) -> None:
    async with desk.bot() as bot:
        identifier = first_id(await bot.ask(desk.anna, QUESTION))
        with bot.services.store._database.writing() as connection:
            connection.execute("UPDATE citations SET digest = ? WHERE id = ?", (words_digest("other"), identifier))
        other = await bot.ask(desk.anna, f"/cite {identifier}")
        with bot.services.store._database.writing() as connection:
            connection.execute("UPDATE citations SET digest = NULL WHERE id = ?", (identifier,))
        kept_before_digests = await bot.ask(desk.anna, f"/cite {identifier}")
    assert quotations(other) == []
    assert "The version that was cited is no longer kept." in other.text
    assert quotations(kept_before_digests) == [EXCHANGE]


async def test_the_command_alone_says_how_it_is_written(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/cite")
    assert reply.text == "Write the id of a citation after /cite, as it stands in an answer."


async def test_citations_of_a_summary_can_be_checked(desk: Desk) -> None:
    async with desk.bot() as bot:
        summary = await bot.ask(desk.anna, "/summary 8")
        checked = await bot.ask(desk.anna, f"/cite {first_id(summary)}")
    assert quotations(checked) == quotations(summary)[:1]


async def test_where_the_same_file_is_another_document_that_one_is_cited(desk: Desk) -> None:
    folder = desk.indexed.documents
    (folder / "copy.md").write_bytes((folder / "eighth.md").read_bytes())
    desk.indexed.update()
    async with desk.bot() as bot:
        identifier = first_id(await bot.ask(desk.anna, QUESTION))
        bot.services.library.withdraw("eighth.md", SHELL)
        checked = await bot.ask(desk.anna, f"/cite {identifier}")
        bot.services.library.withdraw("copy.md", SHELL)
        gone = await bot.ask(desk.anna, f"/cite {identifier}")
    assert quotations(checked) == [EXCHANGE]
    assert "File: copy.md" in checked.text
    assert quotations(gone) == []
