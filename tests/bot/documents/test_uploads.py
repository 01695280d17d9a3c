"""Files that an admin sends to the bot: what is shown of them, and what publishing and discarding do."""

from __future__ import annotations

import threading
import zipfile
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from bot.documents import uploads
from bot.local.faults import Fault, FaultKind, flood
from corpus.drafts import Drafts
from corpus.extraction import ExtractorError
from tests.bot.desk import LORRIES, NOTE, labels
from tests.bot.harness import quotations, said_by_bot, shown
from tests.documents import EIGHTH
from tests.doubles import DirectExtractor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from corpus.reading import Reading
    from corpus.recognition import Progress
    from tests.bot.desk import Desk

pytestmark = pytest.mark.asyncio
NO_LONGER = "This button no longer works; please ask again."
MEGABYTE = 1024 * 1024


def _zipped(files: dict[str, str]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


async def test_a_card_shows_what_was_understood_and_how_the_text_begins(desk: Desk) -> None:
    async with desk.bot():
        card = await desk.send("corridor.md", NOTE)
    assert card.text.split("\n")[:8] == [
        "File: corridor.md",
        "Title: Note on the corridor",
        "Publisher: Institute of Records",
        "Date: 15 May 2018",
        "Language: English",
        "Access label: public",
        "Paragraphs: 2 · Characters: 198",
        "It begins:",
    ]
    assert quotations(card)[0].startswith(f"Note on the corridor\n\n{LORRIES}")
    assert labels(card) == ["Publish", "Correct", "Access label", "Discard"]


async def test_what_is_published_answers_questions_and_its_draft_is_gone(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        answer = await bot.ask(desk.anna, "How many lorries crossed the northern bridge?")
        assert list((bot.services.library.folder / "drafts").iterdir()) == []
    assert quotations(answer)[0] == LORRIES


async def test_values_in_the_caption_are_taken_and_what_is_wrong_in_it_is_said(desk: Desk) -> None:
    caption = "internal\ntitle: The corridor\nDate: 2018-02-31\nround: ٩\nplease publish soon"
    async with desk.bot():
        card = await desk.send("corridor.md", NOTE, caption=caption)
    lines = card.text.split("\n")
    assert "Title: The corridor (corrected)" in lines
    assert "Round: 9 (corrected)" in lines
    assert "Date: 15 May 2018" in lines
    assert "Access label: internal" in lines
    assert "ℹ️ 2018-02-31 is not a date; write for example 2018-05-15, 2018-05, 2018" in lines
    assert any(line.startswith("ℹ️ please publish soon says nothing of a document") for line in lines)


async def test_a_label_in_the_caption_keeps_the_document_from_those_without_clearance(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE, caption="restricted")
        hidden = await bot.ask(desk.anna, "lorries crossed the northern bridge")
        shown_to_admin = await bot.ask(desk.admin, "lorries crossed the northern bridge")
    assert LORRIES not in hidden.text
    assert quotations(shown_to_admin)[0] == LORRIES


async def test_a_guess_is_marked_as_one(desk: Desk) -> None:
    text = (
        "Statement of the ministry\n\nThe ministry welcomed the release of the detainees in the north of the country."
    )
    async with desk.bot():
        card = await desk.send("statement.txt", text)
    assert "Language: English (guessed)" in card.text.split("\n")


async def test_a_file_of_21_megabytes_is_for_the_folder(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await desk.send("large.pdf", b"%PDF-1.7" + bytes(21 * MEGABYTE))
        assert Drafts(bot.services.library).get("0000000000") is None
        assert list((bot.services.library.folder / "drafts").iterdir()) == []
    assert card.text == (
        "large.pdf is over 20 MB, more than Telegram hands on to a bot; put it into the folder of documents."
    )


async def test_one_who_is_no_admin_adds_nothing_and_is_told_so(desk: Desk) -> None:
    async with desk.bot() as bot:
        sent = desk.world.send_document(desk.anna.id, desk.anna.id, "corridor.md", NOTE.encode())
        told = await bot.world.bot_message(desk.anna.id, after=sent.id)
        assert list((bot.services.library.folder / "drafts").iterdir()) == []
    assert told.text == "Only an administrator of this bot may add documents."


async def test_a_file_in_a_group_is_left_alone(desk: Desk) -> None:
    group = desk.world.add_group("Delegation", members=[desk.anna.id], admins=[desk.admin.id])
    desk.world.add_bot(group.id, by=desk.admin.id, as_admin=True)
    async with desk.bot() as bot:
        desk.world.send_document(desk.admin.id, group.id, "corridor.md", NOTE.encode())
        # What is answered was fetched after the file.
        await bot.ask(desk.admin, "/help")
    assert said_by_bot(desk.world, group.id) == []


async def test_an_album_with_a_bad_file_gives_each_its_card(desk: Desk) -> None:
    files = {"one.md": NOTE, "bad.pdf": "%PDF-1.7 cut short", "two.md": NOTE.replace("corridor", "bridge")}
    async with desk.bot():
        for name, content in files.items():
            desk.world.send_document(desk.admin.id, desk.admin.id, name, content.encode(), album="7")
        cards = {
            name: await shown(desk.world, desk.admin.id, lambda message, name=name: _is_card(message.text, name))  # type: ignore[misc]
            for name in files
        }
    assert "Title: Note on the corridor" in cards["one.md"].text
    assert "Title: Note on the bridge" in cards["two.md"].text
    assert cards["bad.pdf"].text.startswith("bad.pdf is refused: it is damaged")
    assert labels(cards["bad.pdf"]) == []


async def test_a_caption_below_an_album_holds_for_all_its_files_but_for_what_is_of_one(desk: Desk) -> None:
    captions = {
        "one.md": "",
        "two.md": "publisher: Ministry",
        "three.md": "restricted\npublisher: Agency\ntitle: Third",
    }
    async with desk.bot() as bot:
        for name, caption in captions.items():
            desk.world.send_document(desk.admin.id, desk.admin.id, name, NOTE.encode(), album="9", caption=caption)
        cards = [
            await shown(
                desk.world,
                desk.admin.id,
                lambda message, name=name: _is_card(message.text, name) and "restricted" in message.text,  # type: ignore[misc]
            )
            for name in captions
        ]
        await desk.press(bot, cards[0], "Publish")
        await desk.reloaded(cards[0].id)
        entry = bot.services.library.entry("uploads/one.md")
    heads = [[line for line in card.text.split("\n") if line.startswith(("Title", "Publisher"))] for card in cards]
    assert heads == [
        ["Title: Note on the corridor", "Publisher: Agency (corrected)"],
        ["Title: Note on the corridor", "Publisher: Ministry (corrected)"],
        ["Title: Third (corrected)", "Publisher: Agency (corrected)"],
    ]
    assert entry is not None
    assert entry.label == "restricted"


def _is_card(text: str, name: str) -> bool:
    return text.startswith((f"File: {name}", f"{name} is refused"))


async def test_thirty_files_at_once_are_all_read(desk: Desk) -> None:
    async with desk.bot():
        for number in range(30):
            desk.world.send_document(desk.admin.id, desk.admin.id, f"note-{number}.md", NOTE.encode(), album="8")
        for number in range(30):
            await shown(
                desk.world,
                desk.admin.id,
                lambda message, number=number: _is_card(message.text, f"note-{number}.md\n"),  # type: ignore[misc]
            )
    assert len(said_by_bot(desk.world, desk.admin.id)) == 30


async def test_a_new_version_is_said_to_replace_the_one_there_is(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        card = await desk.send("corridor.md", NOTE.replace("Seventeen", "Eighteen"))
        published = await desk.pressed(bot, card, "Publish")
        report = await desk.reloaded(card.id)
        answer = await bot.ask(desk.anna, "How many lorries crossed the northern bridge?")
        versions = bot.services.library.versions("uploads/corridor.md")
    assert "ℹ️ It replaces Note on the corridor, published 15 May 2018." in card.text.split("\n")
    assert published.text == (
        "corridor.md is published in place of the file of that name; it can be found when it is indexed."
    )
    assert "changed: uploads/corridor.md" in report.text
    assert quotations(answer)[0] == LORRIES.replace("Seventeen", "Eighteen")
    assert len(versions) == 2


async def test_a_file_that_is_there_already_and_one_almost_the_same_are_named(desk: Desk) -> None:
    async with desk.bot() as bot:
        same = await desk.send("again.md", EIGHTH)
        long = NOTE + "\n\n".join(f"Lorry number {number} carried flour for the north." for number in range(60))
        await desk.publish(bot, "long.md", long)
        similar = await desk.send("longer.md", long.replace("Lorry number 7 ", "Lorry number seven "))
    title = "Joint statement & <final> record of the eighth round"
    assert f"ℹ️ It is the same file as {title}." in same.text.split("\n")
    assert "ℹ️ It is almost the same as Note on the corridor (" in similar.text


async def test_publishing_a_withdrawn_document_again_shows_it_and_the_card_says_so(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        await bot.ask(desk.admin, "/withdraw corridor.md")
        card = await desk.send("corridor.md", NOTE)
        await desk.press(bot, card, "Publish")
        await desk.reloaded(card.id)
        answer = await bot.ask(desk.anna, "How many lorries crossed the northern bridge?")
    assert "Note on the corridor was withdrawn; publishing this shows it again, in this version." in card.text
    assert quotations(answer)[0] == LORRIES


async def test_what_was_erased_is_refused(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        asked = await bot.ask(desk.admin, "/erase corridor.md")
        await desk.pressed(bot, asked, "Erase Note on the corridor")
        card = await desk.send("corridor.md", NOTE)
        assert list((bot.services.library.folder / "drafts").iterdir()) == []
    assert card.text == "corridor.md is refused: it was erased for good; restore it before it is sent again."


async def test_discarding_leaves_nothing_and_its_buttons_work_no_longer(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await desk.send("corridor.md", NOTE)
        told = await desk.pressed(bot, card, "Discard")
        again = await desk.press(bot, card, "Publish")
        assert list((bot.services.library.folder / "drafts").iterdir()) == []
        assert bot.services.library.entry("uploads/corridor.md") is None
    assert told.text == "corridor.md is discarded."
    assert again == NO_LONGER


async def test_an_archive_is_shown_with_what_is_in_it_and_its_label_holds_for_all(desk: Desk) -> None:
    content = _zipped({"a/corridor.md": NOTE, "broken.pdf": "%PDF-1.7 cut short"})
    async with desk.bot() as bot:
        card = await desk.send("papers.zip", content, caption="restricted")
        await desk.press(bot, card, "Publish")
        await desk.reloaded(card.id)
        entry = bot.services.library.entry("uploads/papers.zip/a/corridor.md")
        hidden = await bot.ask(desk.anna, "lorries crossed the northern bridge")
    lines = card.text.split("\n")
    assert lines[:4] == [
        "File: papers.zip",
        "Access label: restricted",
        "In it:",
        "• a/corridor.md: Note on the corridor",
    ]
    assert lines[4].startswith("• broken.pdf is refused: it is damaged")
    assert labels(card) == ["Publish", "Access label", "Discard"]
    assert entry is not None
    assert LORRIES not in hidden.text


async def test_a_file_about_another_file_is_not_taken_for_a_document(desk: Desk) -> None:
    async with desk.bot():
        card = await desk.send("corridor.md.meta.yaml", "title: The corridor")
    assert card.text.startswith("corridor.md.meta.yaml says something about another file;")


class HeldExtractor(DirectExtractor):
    """Reads a file only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def read(
        self,
        path: Path,
        root: Path | None = None,
        corrections: Mapping[str, str] | None = None,
        holders: Sequence[Any] = (),
        progress: Progress | None = None,
    ) -> Reading:
        """As the reader in this process does, after the gate is open; there is a scan of nine pages in it."""
        if progress is not None:
            progress(4, 9)
        assert self.gate.wait(10)
        if progress is not None:
            progress(9, 9)
        return super().read(path, root, corrections or {}, holders)

    def close(self) -> None:
        """Nothing is read any more."""
        self.gate.set()


async def test_questions_are_answered_while_a_file_is_read_and_the_card_says_how_long_that_takes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SECONDS_BETWEEN_EDITS", 0.02)
    async with desk.bot() as bot:
        held = bot.services.intake.extractor = HeldExtractor()
        desk.world.send_document(desk.admin.id, desk.admin.id, "scan.md", NOTE.encode())
        await shown(desk.world, desk.admin.id, lambda message: message.text == "Reading scan.md… scanned page 4 of 9")
        answer = await bot.ask(desk.admin, "safe corridor for convoys near the bridge")
        held.gate.set()
        card = await shown(desk.world, desk.admin.id, lambda message: message.text.startswith("File: scan.md"))
    assert quotations(answer)
    assert "Title: Note on the corridor" in card.text


async def test_a_file_that_is_discarded_while_it_is_read_is_read_no_further(desk: Desk) -> None:
    async with desk.bot() as bot:
        held = bot.services.intake.extractor = HeldExtractor()
        desk.world.send_document(desk.admin.id, desk.admin.id, "scan.md", NOTE.encode())
        waiting = await shown(desk.world, desk.admin.id, lambda message: message.text == "Reading scan.md…")
        told = await desk.pressed(bot, waiting, "Discard")
        held.gate.set()
        card = await shown(desk.world, desk.admin.id, lambda message: message.text.startswith("scan.md is refused"))
    assert told.text == "scan.md is discarded."
    assert (card.id, card.text) == (waiting.id, "scan.md is refused: reading it was given up.")


async def test_a_file_that_was_being_read_when_the_bot_stopped_is_read_on_request_after_the_restart(desk: Desk) -> None:
    async with desk.bot() as bot:
        bot.services.intake.extractor = HeldExtractor()
        desk.world.send_document(desk.admin.id, desk.admin.id, "scan.md", NOTE.encode())
        waiting = await shown(desk.world, desk.admin.id, lambda message: message.text == "Reading scan.md…")
    async with desk.bot() as bot:
        card = await desk.pressed(bot, waiting, "Read again")
    assert "Title: Note on the corridor" in card.text


async def test_a_file_stays_where_the_process_that_reads_files_does_not_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk.bot() as bot:

        def fail(*_: object, **__: object) -> None:
            raise ExtractorError("the process that reads files does not start; reinstall rapporteur.")

        monkeypatch.setattr(bot.services.intake.extractor, "read", fail)
        card = await desk.send("corridor.md", NOTE)
        monkeypatch.undo()
        again = await desk.pressed(bot, card, "Read again")
    assert card.text == (
        "corridor.md could not be read: the process that reads files does not start; reinstall rapporteur."
    )
    assert again.text.startswith("File: corridor.md")


async def test_a_value_given_while_a_file_is_read_is_on_its_card(desk: Desk) -> None:
    async with desk.bot() as bot:
        held = bot.services.intake.extractor = HeldExtractor()
        desk.world.send_document(desk.admin.id, desk.admin.id, "scan.md", NOTE.encode())
        waiting = await shown(desk.world, desk.admin.id, lambda message: message.text == "Reading scan.md…")
        identifier = waiting.buttons[0].value.split(":")[1]
        Drafts(bot.services.library).correct(identifier, "title", "The corridor")
        held.gate.set()
        card = await shown(desk.world, desk.admin.id, lambda message: message.text.startswith("File: scan.md"))
    assert "Title: The corridor (corrected)" in card.text.split("\n")


async def test_a_file_that_cannot_be_fetched_is_asked_for_again(desk: Desk) -> None:
    desk.world.faults.plan("getFile", Fault(FaultKind.DROP_AFTER))
    async with desk.bot():
        card = await desk.send("corridor.md", NOTE)
    assert card.text == "corridor.md could not be fetched from Telegram; please send it again."


async def test_a_card_put_off_by_flood_control_comes_when_that_ends(desk: Desk) -> None:
    desk.world.faults.plan("sendMessage", flood(1))
    async with desk.bot():
        card = await desk.send("corridor.md", NOTE)
    assert card.text.startswith("File: corridor.md")


async def test_a_file_whose_card_telegram_does_not_take_is_kept_once_and_gets_it_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.documents.uploads.seconds_to_wait", lambda _: 0.01)
    monkeypatch.setattr("bot.running.postponed._PAUSE", 0.01)
    desk.world.faults.plan("sendMessage", flood(1), 4)
    async with desk.bot() as bot:
        card = await desk.send("corridor.md", NOTE)
        drafts = list((bot.services.library.folder / "drafts").iterdir())
        said = said_by_bot(desk.world, desk.admin.id)
    assert card.text.startswith("File: corridor.md")
    assert len(drafts) == len(said) == 1


async def test_a_message_is_shown_with_what_is_attached_to_it(desk: Desk) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "The corridor"
    message["Date"], message["Message-ID"] = "Tue, 15 May 2018 10:00:00 +0000", "<1@example.org>"
    message.set_content("Please find attached the note on the corridor, which the observers wrote yesterday.")
    message.add_attachment(NOTE.encode(), maintype="text", subtype="markdown", filename="corridor.md")
    async with desk.bot():
        card = await desk.send("message.eml", message.as_bytes())
    lines = card.text.split("\n")
    assert "Title: The corridor" in lines
    assert lines[lines.index("In it:") + 1] == "• corridor.md: Note on the corridor"
    assert labels(card) == ["Publish", "Correct", "Access label", "Discard"]


async def test_a_card_is_filled_though_its_first_change_times_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "seconds_to_wait", lambda _: 0.0)
    desk.world.faults.plan("editMessageText", Fault(FaultKind.DROP_AFTER))
    async with desk.bot():
        card = await desk.send("corridor.md", NOTE)
    assert card.text.startswith("File: corridor.md")


async def test_a_card_of_a_very_long_title_and_many_warnings_is_one_message(desk: Desk) -> None:
    async with desk.bot():
        card = await desk.send("corridor.md", NOTE.replace("Note on the corridor", "T" * 4000))
    assert "4,000 characters long" in card.text
    assert len(card.text) < 4096


async def test_buttons_of_a_sent_file_are_for_admins_alone(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await desk.send("corridor.md", NOTE)
        greeting = await bot.ask(desk.anna, "/start")
        # A client of one's own can send the data of any button.
        forged = replace(greeting, keyboard=card.keyboard)
        desk.world._replace(forged)
        refused = [await desk.press(bot, forged, label, desk.anna) for label in labels(card)]
        assert bot.services.library.entry("uploads/corridor.md") is None
    assert refused == [NO_LONGER] * 4
