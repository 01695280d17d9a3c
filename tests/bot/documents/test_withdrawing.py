"""Withdrawing, restoring and erasing documents in the chat, and the proof that nothing of them is found."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from bot.documents.proving import Proof, proof, prove_absence
from bot.documents.reloads import Why
from corpus.library import SHELL
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import index_lock
from tests.bot.desk import LORRIES, NOTE, labels
from tests.bot.harness import quotations, said_by_bot
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from tests.bot.desk import Desk

pytestmark = pytest.mark.asyncio
NO_LONGER = "This button no longer works; please ask again."
QUESTION = "What regulation on the release of detainees did the parties adopt?"
TITLE = "Joint statement & <final> record of the eighth round"
PROVED = "Searched for its title and its longest sentences (3): nothing of it is found."


async def test_a_document_is_withdrawn_at_once_and_that_is_proved_without_its_words(desk: Desk) -> None:
    async with desk.bot() as bot:
        before = await bot.ask(desk.anna, QUESTION)
        told = await bot.ask(desk.admin, "/withdraw eighth.md")
        after = await bot.ask(desk.anna, QUESTION)
    assert quotations(before)[0] == EXCHANGE
    assert told.text.split("\n") == [f"{TITLE} is withdrawn; it is not shown any more.", PROVED]
    assert quotations(told) == []
    assert labels(told) == ["Restore"]
    assert EXCHANGE not in after.text


async def test_a_withdrawn_document_is_restored_by_its_button(desk: Desk) -> None:
    async with desk.bot() as bot:
        told = await bot.ask(desk.admin, "/withdraw eighth.md")
        restored = await desk.pressed(bot, told, "Restore")
        twice = await desk.pressed(bot, told, "Restore")
        answer = await bot.ask(desk.anna, QUESTION)
    assert restored.text == f"{TITLE} is shown again."
    assert twice.text == f"That is done already, or cannot be done with {TITLE} as it is."
    assert quotations(answer)[0] == EXCHANGE


async def test_a_reply_to_a_quotation_withdraws_its_document(desk: Desk) -> None:
    async with desk.bot() as bot:
        checked = await bot.ask(desk.admin, QUESTION)
        link = next(entity.url or "" for entity in checked.entities if entity.type == "text_link")
        quotation = await bot.ask(desk.admin, f"/start {link.partition('?start=')[2]}")
        told = await bot.ask(desk.admin, "/withdraw", reply_to=quotation.id)
    assert told.text.startswith(f"{TITLE} is withdrawn")


async def test_words_and_answers_with_several_documents_lead_to_a_choice_and_to_no_decision(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.admin, "safe corridor for convoys near the bridge")
        several = await bot.ask(desk.admin, "/withdraw", reply_to=answer.id)
        by_words = await bot.ask(desk.admin, "/withdraw eighth record")
        none = await bot.ask(desk.admin, "/withdraw lighthouse")
        bare = await bot.ask(desk.admin, "/withdraw")
        states = {entry.state.value for entry in bot.services.library.entries().values()}
    assert "documents:" in several.text.split("\n")[0]
    assert by_words.text.split("\n")[0] == "1 document:"
    assert labels(by_words) == ["2"]
    assert none.text == "There is no document lighthouse; /documents lists those there are."
    assert bare.text.startswith("Name a document, or reply to a quotation")
    assert states == {"listed"}


async def test_another_document_with_the_same_bytes_is_named(desk: Desk) -> None:
    (desk.indexed.documents / "copy.md").write_bytes((desk.indexed.documents / "eighth.md").read_bytes())
    desk.indexed.update()
    async with desk.bot() as bot:
        told = await bot.ask(desk.admin, "/withdraw copy.md")
    assert f"The same file is {TITLE}, which is still shown." in told.text.split("\n")
    assert PROVED in told.text.split("\n")


async def test_the_proof_finds_a_document_that_is_still_there(desk: Desk) -> None:
    async with desk.bot() as bot:
        found = proof(bot.services.engine, "eighth.md", ["nothing", EXCHANGE])
        hidden = proof(bot.services.engine, "no-such.md", ["nothing", EXCHANGE, "?!"])
    assert found == Proof(2, ("eighth.md",))
    assert hidden == Proof(2, ())


async def test_what_a_reload_found_withdrawn_may_be_shown_again_since(desk: Desk) -> None:
    async with desk.bot() as bot:
        library = bot.services.library
        library.withdraw("eighth.md", SHELL)
        gone = prove_absence(bot.services.engine, ["eighth.md"])
        library.restore("eighth.md", SHELL)
        shown_again = prove_absence(bot.services.engine, ["eighth.md"])
    assert gone.found == shown_again.found == ()
    assert gone.searches == shown_again.searches > 0


async def test_a_proof_that_fails_is_an_error_in_the_report(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.bot() as bot:
        monkeypatch.setattr("bot.documents.withdrawing.proof", lambda *_: Proof(3, ("eighth.md",)))
        told = await bot.ask(desk.admin, "/withdraw eighth.md")
    assert "ERROR: a search still finds it. Tell whoever looks after this bot at once." in told.text.split("\n")


async def test_erasing_is_asked_for_twice_and_leaves_nothing_on_disk(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        await bot.ask(desk.admin, "lorries crossed the northern bridge")
        asked = await bot.ask(desk.admin, "/erase corridor.md")
        still = await bot.ask(desk.anna, "lorries crossed the northern bridge")
        erased = await desk.pressed(bot, asked, "Erase Note on the corridor")
        after = await bot.ask(desk.anna, "lorries crossed the northern bridge")
        holding = [
            path for path in desk.indexed.data.rglob("*") if path.is_file() and LORRIES.encode() in path.read_bytes()
        ]
    assert asked.text.startswith("Erase Note on the corridor for good? Its file, all its versions")
    assert quotations(still)[0] == LORRIES
    lines = erased.text.split("\n")
    assert lines[0] == "Note on the corridor is erased."
    assert lines[1] == "Searched for its title and its longest sentences (2): nothing of it is found."
    assert len(lines) == 2
    assert LORRIES not in after.text
    assert holding == []


async def test_erasing_names_the_file_in_a_folder_and_the_twin(desk: Desk) -> None:
    path = desk.indexed.documents / "copy.md"
    path.write_bytes((desk.indexed.documents / "eighth.md").read_bytes())
    desk.indexed.update()
    async with desk.bot() as bot:
        asked = await bot.ask(desk.admin, "/erase copy.md")
        erased = await desk.pressed(bot, asked, f"Erase {TITLE[:39]}…")
    lines = erased.text.split("\n")
    assert "The same file is also eighth.md." in lines
    assert f"This file still holds it, and is for you to delete: {path}" in lines


async def test_erasing_during_a_reload_hides_at_once_and_says_that_the_rest_follows(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        asked = await bot.ask(desk.admin, "/erase corridor.md")
        with index_lock(GenerationStore(bot.services.settings.index_folder)):
            bot.reloader.gate.clear()
            erased = await desk.pressed(bot, asked, "Erase Note on the corridor")
        after = await bot.ask(desk.anna, "lorries crossed the northern bridge")
        bot.reloader.gate.set()
        await bot.services.reloads.request(Why.DECIDED)
        generation = desk.indexed.engine().stock
    assert "A reload is under way; what the index holds of it is deleted when that has ended." in erased.text
    assert LORRIES not in after.text
    assert "uploads/corridor.md" not in generation.documents()
    assert not any(
        entry.document.id == "uploads/corridor.md" for segment, _ in generation.segments for entry in segment.documents
    )


async def test_an_erased_document_may_be_readmitted_by_its_id(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        asked = await bot.ask(desk.admin, "/erase corridor.md")
        await desk.pressed(bot, asked, "Erase Note on the corridor")
        sheet = await bot.ask(desk.admin, "/document uploads/corridor.md")
        again = await bot.ask(desk.admin, "/restore uploads/corridor.md")
        await desk.publish(bot, "corridor.md", NOTE)
        answer = await bot.ask(desk.anna, "lorries crossed the northern bridge")
    assert labels(sheet) == ["Restore"]
    assert again.text == "uploads/corridor.md may be read again; send it, or leave it in its folder."
    assert quotations(answer)[0] == LORRIES


async def test_an_archive_is_withdrawn_with_all_that_is_in_it_and_found_to_be_restored(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "papers.zip", _packed(NOTE))
        before = await bot.ask(desk.anna, "lorries crossed the northern bridge")
        told = await bot.ask(desk.admin, "/withdraw uploads/papers.zip")
        hidden = await bot.ask(desk.anna, "lorries crossed the northern bridge")
        listed = await bot.ask(desk.admin, "/documents papers")
        await desk.pressed(bot, told, "Restore")
        after = await bot.ask(desk.anna, "lorries crossed the northern bridge")
    assert quotations(before)[0] == quotations(after)[0] == LORRIES
    assert "Searched for its title and its longest sentences (2): nothing of it is found." in told.text.split("\n")
    assert LORRIES not in hidden.text
    assert any("uploads/papers.zip (public, withdrawn)" in line for line in listed.text.split("\n"))


async def test_erasing_what_is_packed_in_an_archive_names_the_archive(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "papers.zip", _packed(NOTE))
        asked = await bot.ask(desk.admin, "/erase uploads/papers.zip/corridor.md")
        erased = await desk.pressed(bot, asked, "Erase Note on the corridor")
        path = bot.services.library.uploads / "papers.zip"
        hidden = await bot.ask(desk.anna, "lorries crossed the northern bridge")
    assert f"This file still holds it, and is for you to delete: {path}" in erased.text.split("\n")
    assert LORRIES not in hidden.text


def _packed(text: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("corridor.md", text)
    return content.getvalue()


async def test_only_admins_decide_and_only_in_their_own_chat(desk: Desk) -> None:
    group = desk.world.add_group("Delegation", members=[desk.anna.id], admins=[desk.admin.id])
    desk.world.add_bot(group.id, by=desk.admin.id)
    async with desk.bot() as bot:
        refused = [await bot.ask(desk.anna, f"/{name} eighth.md") for name in ("withdraw", "restore", "erase")]
        in_group = await bot.ask(desk.admin, "/withdraw eighth.md", group.id)
        asked = await bot.ask(desk.admin, "/erase eighth.md")
        greeting = await bot.ask(desk.anna, "/start")
        forged = replace(greeting, keyboard=asked.keyboard)
        desk.world._replace(forged)
        pressed = (await bot.press(desk.anna, forged, asked.buttons[0].value)).text
        entry = bot.services.library.entry("eighth.md")
    assert {message.text for message in refused} == {"Only an administrator of this bot may decide on documents."}
    assert in_group.text == "Please decide on documents in your private chat with me."
    assert pressed == NO_LONGER
    assert entry is not None
    assert entry.state.value == "listed"
    assert len(said_by_bot(desk.world, group.id)) == 1
