"""``/summary`` and its buttons, pressed in the chat they are for and in others, over restarts and withdrawals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.rounds.summarising import Request, file_name, made_file, read_request
from bot.rounds.summary_files import page
from bot.store import Store
from corpus.library import SHELL
from tests.bot.desk import Desk, labels
from tests.bot.harness import data_of, delegation, quotations, said_by_bot, shown
from tests.documents import EXCHANGE, NINTH

if TYPE_CHECKING:
    from pathlib import Path

    from bot.local.models import Message
    from bot.local.world import World
    from bot.rounds.summary_sheet import Sheet
    from tests.conftest import Indexed

GENEVA = """---
title: "Communiqué of the eighth round in Geneva"
publisher: Secretariat
date: 2017-12-14
language: en
process: Geneva
round: 8
---
# Communiqué of the eighth round in Geneva

The eighth round of the Geneva process ended on 14 December 2017 without a joint paper.
"""
SECRET = """---
title: "Internal note on the tenth round"
date: 2018-07-31
language: en
process: Astana
round: 10
---
# Internal note on the tenth round

The tenth round of talks will be moved to Sochi.
"""


async def files_after(world: World, chat: int, message: Message) -> Message:
    """The first message with a file that the bot sends in a chat after another one."""
    return await shown(world, chat, lambda found: found.id > message.id and found.attachment is not None)


def content_of(world: World, message: Message) -> bytes:
    """The file that a message carries."""
    assert message.attachment is not None
    return world.file_bytes(message.attachment.file_id)


async def test_a_summary_is_one_message_of_quotations_with_buttons_for_its_files(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/summary 8")
        assert len(said_by_bot(bot.world, desk.anna.id)) == 1
    assert reply.text.startswith("Astana. Round 8: summary in quotations\n")
    assert EXCHANGE in quotations(reply)
    assert labels(reply) == ["Whole as PDF", "Whole as HTML"]
    assert len(data_of(reply, "sf")) == 2


@pytest.mark.parametrize(
    "words", ["8", "VIII", "Astana 8", "8 astana", "the 8th round", "восьмой", "Астана-8", "الجولة الثامنة", "8. tur"]
)
async def test_a_round_is_named_in_many_ways(words: str, desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, f"/summary {words}")
    assert reply.text.startswith("Astana. Round 8: summary in quotations\n")


async def test_a_topic_is_quoted_alone(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/summary 8 release of detainees")
    assert reply.text.startswith("Astana. Round 8: quotations on “release of detainees”\n")
    assert EXCHANGE in quotations(reply)


async def test_a_round_nobody_has_is_said_with_those_that_there_are(desk: Desk) -> None:
    async with desk.bot() as bot:
        unknown = await bot.ask(desk.anna, "/summary 999")
        of_process = await bot.ask(desk.anna, "/summary 9 Astana")
    assert unknown.text == "No document is of round 999.\nRounds that the documents cover: Astana 8."
    assert of_process.text == "No document is of round 9 of Astana.\nRounds that the documents cover: Astana 8."


@pytest.mark.parametrize(
    "words", ["0", "-1", "8.5", "8½", "eight and a half", "8 and a half", "7 8", "1000", "!", "detainees"]
)
async def test_what_is_not_one_round_is_answered_plainly(words: str, desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, f"/summary {words}")
    assert reply.text == (
        "Write the number of one round, for example: /summary 8\nRounds that the documents cover: Astana 8."
    )


async def test_alone_it_offers_the_latest_rounds(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "ninth.md", NINTH)
        offer = await bot.ask(desk.anna, "/summary")
        assert offer.text == "Which round? The latest are:"
        assert [label.split(" · ")[0] for label in labels(offer)] == ["Astana 9", "Astana 8"]
        await bot.press(desk.anna, offer, offer.buttons[0].value)
        reply = await bot.world.bot_message(desk.anna.id, after=offer.id)
    assert reply.text.startswith("Astana. Round 9: summary in quotations\n")


async def test_two_processes_with_a_round_of_that_number_are_offered(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "geneva.md", GENEVA)
        offer = await bot.ask(desk.anna, "/summary 8 without a joint paper")
        assert offer.text == "Round 8 of which process?"
        assert [label.split(" · ")[0] for label in labels(offer)] == ["Astana 8", "Geneva 8"]
        await bot.press(desk.anna, offer, offer.buttons[1].value)
        reply = await bot.world.bot_message(desk.anna.id, after=offer.id)
        named = await bot.ask(desk.anna, "/summary Geneva 8")
    assert reply.text.startswith("Geneva. Round 8: quotations on “without a joint paper”\n")
    assert named.text.startswith("Geneva. Round 8: summary in quotations\n")


async def test_documents_above_a_chats_clearance_are_as_if_they_were_not_there(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "tenth.md", SECRET)
        bot.services.library.relabel("uploads/tenth.md", "restricted", SHELL)
        reply = await bot.ask(desk.anna, "/summary 10")
        offer = await bot.ask(desk.anna, "/summary")
    assert reply.text == "No document is of round 10.\nRounds that the documents cover: Astana 8."
    assert [label.split(" · ")[0] for label in labels(offer)] == ["Astana 8"]


async def test_the_files_are_made_when_the_button_is_pressed(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/summary 8")
        for kind, name, begins in (("p", "Astana-8.pdf", b"%PDF"), ("h", "Astana-8.html", b"<!DOCTYPE html>")):
            await bot.press(desk.anna, reply, next(data for data in data_of(reply, "sf") if data.endswith(f":{kind}")))
            sent = await files_after(bot.world, desk.anna.id, reply)
            assert sent.attachment is not None
            assert sent.attachment.name == name
            assert content_of(bot.world, sent).startswith(begins)
            assert sent.text.startswith("Astana. Round 8: summary in quotations\nPut together on ")
            assert not sent.is_protected
            reply = sent if kind == "h" else await bot.ask(desk.anna, "/summary 8")


async def test_citations_of_the_file_can_be_checked(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/summary 8")
        made = await bot.services.run(bot.services.engine.summary, 8, clearance="public")
        checked = await bot.ask(desk.anna, f"/cite {made.quotes[-1].citation}")
    assert quotations(checked) == [made.quotes[-1].text]
    assert len(quotations(reply)) == len(made.quotes)


async def test_a_file_button_works_after_a_restart_and_only_in_its_chat(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/summary 8")
    data = data_of(reply, "sf")[1]
    async with desk.bot() as bot:
        await bot.press(desk.anna, reply, data)
        sent = await files_after(bot.world, desk.anna.id, reply)
        other = await bot.ask(desk.admin, "/summary 8")
        bot.world._replace(replace(other, keyboard=((replace(other.buttons[0], value=data),),)))
        alert = await bot.press(desk.admin, other, data)
        forged = "sf:00000000:p"
        bot.world._replace(replace(other, keyboard=((replace(other.buttons[0], value=forged),),)))
        unknown = await bot.press(desk.admin, other, forged)
    assert sent.attachment is not None
    assert alert.text == unknown.text == "This button no longer works; please ask again."
    assert not any(message.attachment for message in said_by_bot(desk.world, desk.admin.id))


async def test_who_is_not_admitted_gets_no_file(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/summary 8")
    async with desk.bot(open_to_all=False) as bot:
        alert = await bot.press(desk.anna, reply, data_of(reply, "sf")[0])
    assert alert.text.startswith("This bot answers only those whom its administrators admit")


async def test_what_was_withdrawn_since_is_not_in_the_file(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/summary 8")
        assert EXCHANGE in quotations(reply)
        bot.services.library.withdraw("eighth.md", SHELL)
        await bot.press(desk.anna, reply, data_of(reply, "sf")[1])
        sent = await files_after(bot.world, desk.anna.id, reply)
        content = content_of(bot.world, sent).decode()
        assert "working group on the release of detainees" not in content
        assert "Joint statement" not in content
        assert "Стороны согласовали положение" in content
        bot.services.library.withdraw("восьмой.md", SHELL)
        await bot.press(desk.anna, reply, data_of(reply, "sf")[0])
        gone = await bot.world.bot_message(desk.anna.id, after=sent.id)
    assert gone.text == "No document is of round 8."


async def test_a_withdrawal_while_the_file_is_made_makes_it_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.bot() as bot:
        times: list[Sheet] = []

        def late(sheet: Sheet) -> bytes:
            if not times:
                bot.services.library.withdraw("eighth.md", SHELL)
            times.append(sheet)
            return page(sheet)

        monkeypatch.setattr("bot.rounds.summarising.page", late)
        made = await bot.services.run(made_file, bot.services, "public", "some_bot", "en", False, 8, "Astana", None)
    assert len(times) == 2
    assert "working group on the release of detainees" not in made.content.decode()


async def test_a_file_of_what_not_everybody_may_read_is_not_to_be_passed_on(desk: Desk) -> None:
    async with desk.bot(clearances={desk.anna.id: "restricted"}) as bot:
        bot.services.library.relabel("восьмой.md", "restricted", SHELL)
        reply = await bot.ask(desk.anna, "/summary 8")
        await bot.press(desk.anna, reply, data_of(reply, "sf")[1])
        sent = await files_after(bot.world, desk.anna.id, reply)
    assert sent.is_protected


async def test_in_a_group_the_language_of_the_message_is_that_of_the_file(desk: Desk) -> None:
    async with desk.bot() as bot:
        group = delegation(bot.world, desk.anna, admin=desk.admin)
        asked = bot.world.send_text(desk.anna.id, group.id, "/summary 8")
        reply = await shown(bot.world, group.id, lambda message: message.id > asked.id and bool(message.keyboard))
        await bot.press(desk.admin, reply, data_of(reply, "sf")[1])
        sent = await files_after(bot.world, group.id, reply)
    assert b'<html lang="en" dir="ltr">' in content_of(bot.world, sent)


def test_a_handle_stays_the_same_moves_with_its_group_and_is_of_its_chat_alone(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.sqlite3") as store:
        handle = store.pointers.keep_summary(-1, "Astana", 8, None, "ru")
        assert store.pointers.keep_summary(-1, "Astana", 8, None, "ru") == handle
        assert len({handle, store.pointers.keep_summary(-1, None, 8, None, "ru")}) == 2
        with store.database.writing() as connection:
            inside = store.pointers.keep_summary(-1, "Astana", 8, "aid", "ru", connection=connection)
        kept = store.pointers.summary(inside, -1)
        assert kept is not None
        assert (kept.process, kept.round, kept.topic, kept.language) == ("Astana", 8, "aid", "ru")
        assert store.pointers.summary(handle, -2) is None
        store.move_chat(-1, -2)
        assert store.pointers.summary(handle, -2) is not None
        assert store.pointers.summary(handle, -1) is None


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("8", Request(8)),
        ("8 Astana", Request(8, "Astana")),
        ("Astana 8 detainees", Request(8, "Astana", "detainees")),
        ("8 detainees", Request(8, None, "detainees")),
        ("detainees 8", Request(8, None, "detainees")),
        ("восьмой задержанные", Request(8, None, "задержанные")),
        ("8 «exchange of 2017»", Request(8, None, "exchange of 2017")),
        ("8 Geneva", Request(8, None, "Geneva")),
        ("8½", None),
        ("8 buçuk", None),
        ("8 с половиной", None),
        ("7-9", None),
        ("", None),
    ],
)
def test_a_request_is_a_round_and_what_is_left_a_topic(
    words: str, request_: Request | None, shared_index: Indexed
) -> None:
    engine = shared_index.engine()
    assert read_request(words.split(), engine.view("public")) == request_
    engine.library.close()


def test_the_name_of_a_file_is_of_words() -> None:
    assert file_name("Astana", 8, None, "pdf") == "Astana-8.pdf"
    assert file_name(None, 8, "a/../b <c>", "html") == "round-8-a-b-c.html"
    assert file_name("x" * 100, 8, None, "pdf") == "x" * 60 + ".pdf"


async def test_a_group_is_told_when_what_it_was_shown_on_demand_is_withdrawn(desk: Desk) -> None:
    async with desk.bot() as bot:
        group = delegation(bot.world, desk.anna, admin=desk.admin)
        asked = bot.world.send_text(desk.anna.id, group.id, "/summary 8")
        reply = await shown(bot.world, group.id, lambda message: message.id > asked.id and bool(message.keyboard))
        bot.services.library.withdraw("eighth.md", SHELL)
        bot.application.bot_data["corrector"].decided()
        correction = await shown(bot.world, group.id, lambda message: message.id > reply.id)
    assert correction.reply_to == reply.id
    assert correction.text.startswith("Astana. Correction to the summary of round 8")
    assert EXCHANGE not in correction.text


async def test_of_a_private_summary_nothing_is_kept(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.anna, "/summary 8")
        assert bot.services.store.outbox.row(1) is None


async def test_documents_that_name_no_process_are_a_choice_beside_those_that_do(desk: Desk) -> None:
    unnamed = GENEVA.replace("process: Geneva\n", "").replace("Geneva", "the capital").replace("joint paper", "vote")
    async with desk.bot() as bot:
        await desk.publish(bot, "geneva.md", GENEVA)
        await desk.publish(bot, "unnamed.md", unnamed)
        offer = await bot.ask(desk.anna, "/summary 8")
        assert [label.split(" · ")[0] for label in labels(offer)] == ["Astana 8", "Geneva 8", "Round 8"]
        await bot.press(desk.anna, offer, offer.buttons[2].value)
        reply = await bot.world.bot_message(desk.anna.id, after=offer.id)
    assert any("without a vote" in text for text in quotations(reply))
    assert not any("joint paper" in text or EXCHANGE in text for text in quotations(reply))
