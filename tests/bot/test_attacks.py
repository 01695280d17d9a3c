"""Attempts to read what is withheld or withdrawn, or to decide without being an admin in a private chat."""

from __future__ import annotations

import itertools
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.documents.reloads import How, Why
from bot.local.faults import flood
from bot.outbox.worker import may_be_sent
from corpus.erasure import erase_document
from corpus.library import SHELL, State
from tests.bot.answers.test_picturing import PAGES, Painter
from tests.bot.desk import LORRIES, NOTE, labels
from tests.bot.harness import data_of, delegation, forged, make_settings, quotations, running, said_by_bot, shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.local.models import Message, Person
    from corpus.document import Document
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
NO_LONGER = "This button no longer works; please ask again."
WORDS = "The envoy carried a sealed letter about the harbour to the northern palace."
TITLE = "Memorandum of the harbour"
QUESTION = "Who carried a sealed letter about the harbour to the palace?"
MEMORANDUM = f"""---
title: {TITLE}
publisher: Bureau of Envoys
date: 2019-03-04
language: en
process: Harbour
round: 31
place: Geneva
---
# {TITLE}

{WORDS}

The keeper of the lighthouse wrote down the hour at which the envoy landed there.
"""
TELLING = ("sealed letter", "Memorandum", "Bureau of Envoys", "Harbour", "31", "memo.md", "Geneva")


def write(desk: Desk, content: str = MEMORANDUM, name: str = "memo.md", label: str | None = None) -> None:
    """Put a file into the folder of documents, and where it has a label, that beside it."""
    (desk.indexed.documents / name).write_text(content, encoding="utf-8")
    sidecar = desk.indexed.documents / f"{name}.meta.yaml"
    sidecar.unlink(missing_ok=True)
    if label is not None:
        sidecar.write_text(f"access: {label}\n", encoding="utf-8")


def add(desk: Desk, content: str = MEMORANDUM, name: str = "memo.md", label: str | None = None) -> None:
    """Put a file into the folder of documents and index it."""
    write(desk, content, name, label)
    desk.indexed.update()


async def reload(bot: Running) -> None:
    """Index what changed."""
    assert (await bot.services.reloads.request(Why.COMMAND)).how is How.DONE


async def press(bot: Running, person: Person, message: Message, data: str) -> str:
    """Press a forged button, and return what is said at once."""
    return (await bot.press(person, forged(bot, message, data), data)).text


def handle(bot: Running, id: str = "eighth.md") -> str:
    """The short name of a document in buttons."""
    return bot.services.store.pointers.handles([id])[id]


def citation_of(message: Message) -> str:
    """The id of the first citation of a message."""
    return next(entity.url or "" for entity in message.entities if "start=c_" in (entity.url or "")).partition("c_")[2]


@asynccontextmanager
async def without_admin(desk: Desk) -> AsyncIterator[Running]:
    """The bot at work again, after whoever was its admin is one no more."""
    settings = make_settings(desk.indexed.data, desk.indexed.documents, admins=frozenset({1}))
    async with running(desk.world, settings, desk.indexed.engine(), desk.indexed) as bot:
        yield bot


# Deciding without being an admin in a private chat.

DECIDING = ("w", "r", "e", "z", "c", "l", "u", "h", "f0", "k0", "l0", "l2")
DRAFT = ("p", "x", "s", "c", "l", "l0", "f0")


async def test_a_forged_button_decides_nothing_for_anna_nor_for_an_admin_in_a_group(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        forged = [f"do:{handle(bot)}:{verb}" for verb in DECIDING]
        here, there = await bot.ask(desk.anna, "/start"), await bot.ask(desk.admin, "/start", group.id)
        alone = [await press(bot, desk.anna, here, data) for data in forged]
        in_group = [await press(bot, person, there, data) for data in forged for person in (desk.admin, desk.anna)]
        entry = bot.services.library.entry("eighth.md")
        said = len(said_by_bot(desk.world, group.id))
    assert [*alone, *in_group] == [NO_LONGER] * 3 * len(DECIDING)
    assert entry is not None
    assert (entry.state, entry.label, said) == (State.LISTED, "public", 1)


async def test_a_forged_button_of_a_sent_file_does_nothing_for_others(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        card = await desk.send("corridor.md", NOTE)
        forged = [f"up:{card.buttons[0].value.split(':')[1]}:{verb}" for verb in DRAFT]
        here, there = await bot.ask(desk.anna, "/start"), await bot.ask(desk.admin, "/start", group.id)
        alone = [await press(bot, desk.anna, here, data) for data in forged]
        in_group = [await press(bot, desk.admin, there, data) for data in forged]
        drafts = [path.name for path in (bot.services.library.folder / "drafts").iterdir()]
        entry = bot.services.library.entry("uploads/corridor.md")
    assert [*alone, *in_group] == [NO_LONGER] * 2 * len(DRAFT)
    assert (len(drafts), entry) == (1, None)


async def test_a_forged_button_beyond_the_last_quotation_does_nothing(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "Who took part in the eighth round of talks in Astana?")
        name = data_of(reply, "m")[0].split(":")[1]
        said = {await press(bot, desk.anna, reply, f"{kind}:{name}:{9 * 10**20}") for kind in "mn"}
        assert reply == replace(bot.world.last_message(desk.anna.id), keyboard=reply.keyboard)
    assert said == {NO_LONGER}


async def test_the_buttons_of_one_who_was_an_admin_do_nothing_after_the_restart(desk: Desk) -> None:
    async with desk.bot() as bot:
        sheet = await bot.ask(desk.admin, "/document eighth.md")
        buttons = [f"do:{handle(bot)}:{verb}" for verb in DECIDING]
    async with without_admin(desk) as bot:
        said = [await press(bot, desk.admin, sheet, data) for data in buttons]
        entry = bot.services.library.entry("eighth.md")
    assert said == [NO_LONGER] * len(DECIDING)
    assert entry is not None
    assert (entry.state, entry.label) == (State.LISTED, "public")


async def test_a_card_and_a_prompt_from_before_are_no_use_to_one_who_was_an_admin(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await desk.send("corridor.md", NOTE)
        sheet = await bot.ask(desk.admin, "/document eighth.md")
        prompt = await desk.pressed(bot, await desk.pressed(bot, sheet, "Correct"), "Title")
        earlier = await bot.ask(desk.admin, "/rollback")
    async with without_admin(desk) as bot:
        published = await desk.press(bot, card, "Publish")
        answered = await bot.ask(desk.admin, "A title of mine", reply_to=prompt.id)
        refused = await bot.ask(desk.admin, "/rollback")
        file = desk.world.send_document(desk.admin.id, desk.admin.id, "other.md", NOTE.encode())
        sent = await bot.world.bot_message(desk.admin.id, after=file.id)
        library = bot.services.library
        kept = library.corrections(), library.entry("uploads/corridor.md")
    assert earlier.text.startswith("No earlier generation")
    assert published == NO_LONGER
    assert not answered.text.startswith("Corrected")
    assert kept == ({}, None)
    assert refused.text == "Only an administrator of this bot may do that, in a private chat with it."
    assert sent.text == "Only an administrator of this bot may add documents."


async def test_one_who_was_an_admin_reads_in_old_answers_what_anybody_may(desk: Desk) -> None:
    add(desk, label="restricted")
    async with desk.bot() as bot:
        answer = await bot.ask(desk.admin, QUESTION)
        listed = await bot.ask(desk.admin, "/documents memorandum")
        number = labels(listed)[0]
    async with without_admin(desk) as bot:
        pressed = [
            await press(bot, desk.admin, answer, data) for data in (f"{kind}:{_answer(answer)}:1" for kind in "cdp")
        ]
        on_list = await desk.press(bot, listed, number)
        cited = await bot.ask(desk.admin, f"/cite {citation_of(answer)}")
        said = said_by_bot(desk.world, desk.admin.id)[-1]
    assert quotations(answer)[0] == WORDS
    assert pressed == ["This document has been withdrawn; it is no longer quoted."] * 3
    assert on_list == NO_LONGER
    assert cited.text == said.text == f"There is no citation {citation_of(answer)}."


def _answer(message: Message) -> str:
    return data_of(message, "c")[0].split(":")[1]


@pytest.mark.parametrize("command", ["withdraw", "restore", "erase", "rollback", "reload", "cancel"])
async def test_commands_of_admins_do_nothing_for_anna_nor_for_an_anonymous_administrator(
    command: str, desk: Desk
) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    desk.world.promote(group.id, desk.anna.id, desk.admin.id, anonymous=True)
    async with desk.bot() as bot:
        before = bot.services.library.revision()
        replies = [await bot.ask(desk.anna, f"/{command} eighth.md", chat) for chat in (desk.anna.id, group.id)]
        after, runs = bot.services.library.revision(), bot.services.reloads.running
    assert all(reply.text.startswith("Only an administrator of this bot may") for reply in replies)
    assert (after, runs) == (before, False)


async def test_a_report_in_a_group_names_nothing_that_the_group_may_not_read(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        write(desk, label="restricted")
        await bot.ask(desk.admin, "/reload", group.id)
        await reload(bot)
        said = "\n".join(message.text for message in said_by_bot(desk.world, group.id))
    assert "memo.md" not in said


async def test_a_withdrawn_document_is_not_named_in_a_group_by_a_reload(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    add(desk)
    async with desk.bot() as bot:
        bot.services.library.withdraw("memo.md", SHELL)
        await bot.ask(desk.admin, "/reload", group.id)
        await reload(bot)
        said = "\n".join(message.text for message in said_by_bot(desk.world, group.id))
    assert "memo.md" not in said


# Reading what is withheld or withdrawn.


def _restrict(bot: Running) -> None:
    bot.services.library.relabel("memo.md", "restricted", SHELL)


def _withdraw(bot: Running) -> None:
    bot.services.library.withdraw("memo.md", SHELL)


def _erase(bot: Running) -> None:
    erase_document(bot.services.library, "memo.md", SHELL)


HIDING = pytest.mark.parametrize("hide", [_restrict, _withdraw, _erase])


READING = (
    QUESTION,
    "/ask envoy sealed letter",
    "/ask round:31 what was carried",
    '/ask source:"Bureau of Envoys" what was carried',
    "/ask place:Geneva what was carried",
    "/ask process:Harbour what was carried",
    "/ask since:2019-03 until:2019-03 what was carried",
    "/summary 31",
    "/summary 31 Harbour",
    "/documents",
    "/documents memorandum",
    "/document memo.md",
    "/document memorandum harbour",
    "/document 3",
)


@HIDING
async def test_what_is_hidden_is_like_what_never_was(hide: Callable[[Running], None], desk: Desk) -> None:
    async with desk.bot() as bot:
        never = [await bot.ask(desk.anna, text) for text in READING]
    add(desk)
    async with desk.bot() as bot:
        there = [await bot.ask(desk.anna, text) for text in READING]
        hide(bot)
        after = [await bot.ask(desk.anna, text) for text in READING]
    assert [(reply.text, labels(reply)) for reply in after] == [(reply.text, labels(reply)) for reply in never]
    alike = [text for text, reply, other in zip(READING, there, never, strict=True) if reply.text == other.text]
    assert alike == []


@HIDING
async def test_what_is_hidden_is_in_no_list_of_what_is_covered_or_near(
    hide: Callable[[Running], None], desk: Desk
) -> None:
    add(desk)
    settings = make_settings(desk.indexed.data, desk.indexed.documents, admins=frozenset({desk.admin.id}))
    async with running(desk.world, settings, desk.indexed.engine(1.0), desk.indexed) as bot:
        hide(bot)
        replies = [await bot.ask(desk.anna, text) for text in (QUESTION, "memorandum harbour", "zebra", "round 31")]
        nearest = [
            await _pressed(bot, desk.anna, reply, data_of(reply, "n")[0]) for reply in replies if data_of(reply, "n")
        ]
    said = "\n".join(message.text for message in (*replies, *nearest))
    assert not any(telling in said.replace(text, "") for telling in TELLING for text in ("round 31",))


async def _pressed(bot: Running, person: Person, message: Message, data: str) -> Message:
    last = bot.world.last_message(message.chat_id)
    await bot.press(person, message, data)
    return await bot.world.bot_message(message.chat_id, after=last.id)


@HIDING
async def test_no_button_of_an_old_answer_shows_what_is_hidden_since(
    hide: Callable[[Running], None], desk: Desk
) -> None:
    add(desk)
    async with desk.bot() as bot:
        bot.application.bot_data["painter"] = Painter()
        answer = await bot.ask(desk.anna, QUESTION)
        assert quotations(answer)[0] == WORDS
        before = len(said_by_bot(desk.world, desk.anna.id))
        hide(bot)
        buttons = [f"{kind}:{_answer(answer)}:{0 if kind in 'mn' else 1}" for kind in "cdmnpv"]
        alerts = [await press(bot, desk.anna, answer, data) for data in buttons]
        await bot.ask(desk.anna, "/help")
        said = said_by_bot(desk.world, desk.anna.id)[before:-1]
    assert not any(message.attachment for message in said)
    words = "\n".join([*alerts, *(message.text for message in said)])
    assert not any(telling in words for telling in TELLING)


@HIDING
async def test_lists_and_sheets_from_before_lead_nowhere(hide: Callable[[Running], None], desk: Desk) -> None:
    add(desk)
    async with desk.bot() as bot:
        listed = await bot.ask(desk.anna, "/documents memorandum")
        sheet = await bot.ask(desk.anna, "/document memo.md")
        hide(bot)
        pressed = [
            await desk.press(bot, listed, labels(listed)[0], desk.anna),
            await desk.press(bot, sheet, "Send the file", desk.anna),
            await press(bot, desk.anna, sheet, f"do:{handle(bot, 'memo.md')}:s"),
        ]
    assert pressed == [NO_LONGER] * 3


async def test_a_button_of_an_admins_answer_works_in_no_other_chat(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    add(desk, label="restricted")
    async with desk.bot() as bot:
        answer = await bot.ask(desk.admin, QUESTION)
        here, there = await bot.ask(desk.anna, "/start"), await bot.ask(desk.admin, "/start", group.id)
        buttons = [f"{kind}:{_answer(answer)}:{0 if kind in 'mnl' else 1}" for kind in "cdmnpvl"]
        alone = [await press(bot, desk.anna, here, data) for data in buttons]
        in_group = [await press(bot, desk.admin, there, data) for data in buttons]
    assert quotations(answer)[0] == WORDS
    assert [*alone, *in_group] == [NO_LONGER] * 2 * len(buttons)


async def test_in_a_group_an_admin_gets_what_the_group_may_read(desk: Desk) -> None:
    # Two groups, so that the answers are not held back as too many for one.
    groups = [delegation(desk.world, desk.anna, admin=desk.admin).id for _ in range(2)]
    add(desk, label="restricted")
    async with desk.bot() as bot:
        own = await bot.ask(desk.admin, QUESTION)
        texts = [text if text.startswith("/") else f"/ask {text}" for text in (*READING, f"/cite {citation_of(own)}")]
        asked = zip(texts, itertools.cycle(groups), strict=False)
        said = "\n".join([(await bot.ask(desk.admin, text, group)).text for text, group in asked])
    assert quotations(own)[0] == WORDS
    assert not any(telling in said for telling in ("sealed letter about", TITLE))


# Earlier wordings.


async def test_the_wording_that_was_withdrawn_is_not_shown_beside_the_one_published_in_its_place(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        identifier = citation_of(await bot.ask(desk.anna, "lorries crossed the northern bridge"))
        bot.services.library.withdraw("uploads/corridor.md", SHELL)
        await desk.publish(bot, "corridor.md", NOTE.replace("Seventeen lorries", "Several lorries"))
        checked = await bot.ask(desk.anna, f"/cite {identifier}")
    assert "Seventeen" not in checked.text
    assert checked.text.startswith("The document of this citation has changed since.")


async def test_the_wording_that_was_restricted_is_not_shown_beside_the_public_one(desk: Desk) -> None:
    add(desk, label="restricted")
    async with desk.bot() as bot:
        identifier = citation_of(await bot.ask(desk.admin, QUESTION))
        write(desk, MEMORANDUM.replace("a sealed letter", "a parcel"))
        await reload(bot)
        checked = await bot.ask(desk.anna, f"/cite {identifier}")
        whole = await bot.ask(desk.admin, f"/cite {identifier}")
    assert "sealed letter" not in checked.text
    assert "sealed letter" in whole.text


async def test_after_a_rollback_the_file_that_was_gone_back_from_is_not_sent(desk: Desk) -> None:
    add(desk, MEMORANDUM.replace("a sealed letter", "a parcel"))
    async with desk.bot() as bot:
        write(desk, MEMORANDUM.replace(f"title: {TITLE}", "title: Names of the sources"))
        await reload(bot)
        asked = await bot.ask(desk.admin, "/rollback")
        await bot.press(desk.admin, asked, data_of(asked, "r")[0])
        await bot.world.bot_message(desk.admin.id, after=asked.id)
        sheet = await bot.ask(desk.anna, "/document memo.md")
        await desk.press(bot, sheet, "Send the file", desk.anna)
        sent = await shown(bot.world, desk.anna.id, lambda message: message.attachment is not None)
        content = bot.world.file_bytes(sent.attachment.file_id) if sent.attachment else b""
    assert b"sealed letter" not in content
    assert "Names of the sources" not in sheet.text + sent.text


async def test_what_was_relabelled_by_its_file_is_not_public_again_by_a_rollback(desk: Desk) -> None:
    add(desk)
    async with desk.bot() as bot:
        write(desk, label="restricted")
        await reload(bot)
        asked = await bot.ask(desk.admin, "/rollback")
        await bot.press(desk.admin, asked, data_of(asked, "r")[0])
        await bot.world.bot_message(desk.admin.id, after=asked.id)
        answer = await bot.ask(desk.anna, QUESTION)
    assert "sealed letter" not in answer.text


# What was on its way when it was hidden.


@pytest.mark.parametrize("hide", [_restrict, _withdraw])
async def test_an_answer_held_up_by_flood_control_is_not_sent_with_words_hidden_meanwhile(
    hide: Callable[[Running], None], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desk)
    async with desk.bot() as bot:
        hidden: list[str] = []

        def seconds(_: object) -> float:
            if not hidden:
                hide(bot)
                hidden.append("memo.md")
            return 0.01

        monkeypatch.setattr("bot.messages.delivery.seconds_to_wait", seconds)
        bot.world.faults.plan("sendMessage", flood(1))
        asked = bot.world.send_text(desk.anna.id, desk.anna.id, QUESTION)
        reply = await bot.world.bot_message(desk.anna.id, after=asked.id)
    assert reply.text == "The documents have changed since this answer; please ask again."


async def test_a_summary_does_not_quote_what_is_withdrawn_while_it_is_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desk)
    async with desk.bot() as bot:
        engine = bot.services.engine
        make = type(engine).summary

        def late(*arguments: Any, **options: Any) -> Any:
            made = make(*arguments, **options)
            _withdraw(bot)
            return made

        monkeypatch.setattr(type(engine), "summary", late)
        reply = await bot.ask(desk.anna, "/summary 31")
    assert reply.text == "No document is of round 31.\nRounds that the documents cover: Astana 8."


class Late(Painter):
    """Draws, and while it does, something happens."""

    happening: Callable[[], object] = staticmethod(lambda: None)

    def picture(self, path: Path, document: Document, start: int, end: int) -> tuple[bytes, ...]:
        """The pages."""
        drawn = super().picture(path, document, start, end)
        self.happening()
        return drawn


async def test_the_file_of_a_withdrawn_summary_does_not_name_its_process(desk: Desk) -> None:
    add(desk)
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, "/summary 31")
        _withdraw(bot)
        said = await _pressed(bot, desk.anna, reply, data_of(reply, "sf")[0])
    assert said.text == "No document is of round 31."


@HIDING
async def test_a_page_that_is_drawn_while_its_document_is_hidden_is_neither_sent_nor_kept_after_erasing(
    hide: Callable[[Running], None], desk: Desk
) -> None:
    add(desk)
    async with desk.bot() as bot:
        painter = Late(PAGES)
        painter.happening = lambda: hide(bot)
        bot.application.bot_data["painter"] = painter
        answer = await bot.ask(desk.anna, QUESTION)
        await press(bot, desk.anna, answer, f"p:{_answer(answer)}:1")
        await bot.ask(desk.anna, "/help")
        said = said_by_bot(desk.world, desk.anna.id)
        kept = list((bot.services.library.cache / "pages").iterdir())
    assert painter.drawn
    assert not any(message.attachment for message in said)
    assert hide is not _erase or kept == []


# Messages that wait.


async def _waiting(desk: Desk, bot: Running, chat: int) -> None:
    """Two documents of a new round, and a summary of them that waits to be sent to ``chat``."""
    bot.services.store.subscriptions.add(chat, 0, "en")
    await bot.application.bot_data["outbox"].stop()
    write(desk)
    write(desk, _SHORT, "minute.md")
    await reload(bot)
    assert await bot.application.bot_data["announcer"].step()


_SHORT = (
    "---\ntitle: Minute of the lamp\nlanguage: en\nprocess: Harbour\nround: 31\n---\n# Minute of the lamp\n\nLamp.\n"
)


def _unsent(bot: Running) -> list[str]:
    with bot.services.store._database.reading() as connection:
        return [
            str(row[0]) for row in connection.execute("SELECT body FROM outbox WHERE state = 'pending' ORDER BY id")
        ]


@pytest.mark.parametrize("id", ["memo.md", "minute.md"])
@pytest.mark.parametrize("state", ["restricted", "withdrawn", "erased"])
async def test_a_waiting_summary_neither_quotes_nor_names_what_is_hidden_since(id: str, state: str, desk: Desk) -> None:
    async with desk.bot() as bot:
        await _waiting(desk, bot, desk.anna.id)
        assert any("Minute of the lamp" in body for body in _unsent(bot))
        library = bot.services.library
        if state == "restricted":
            library.relabel(id, "restricted", SHELL)
        elif state == "withdrawn":
            library.withdraw(id, SHELL)
        else:
            erase_document(library, id, SHELL)
        row = bot.services.store.outbox.next(bot.services.clock.now())
        assert row is not None
        may = may_be_sent(bot.services, row)
    assert not may


async def test_a_waiting_summary_is_sent_where_nothing_of_it_is_hidden(desk: Desk) -> None:
    async with desk.bot() as bot:
        await _waiting(desk, bot, desk.anna.id)
        bot.services.library.withdraw("monitoring.md", SHELL)
        row = bot.services.store.outbox.next(bot.services.clock.now())
        assert row is not None
        may = may_be_sent(bot.services, row)
    assert may


def _holding(desk: Desk, *wordings: str) -> list[str]:
    """The files of the data directory, and which of ``wordings`` are in them."""
    return [
        f"{path.relative_to(desk.indexed.data)}: {wording}"
        for path in desk.indexed.data.rglob("*")
        if path.is_file() and path.parent != desk.indexed.documents
        for wording in wordings
        if wording.encode() in path.read_bytes()
    ]


async def test_erasing_leaves_nothing_in_messages_that_wait_or_were_dealt_with(desk: Desk) -> None:
    async with desk.bot() as bot:
        await _waiting(desk, bot, desk.anna.id)
        answer = await bot.ask(desk.anna, QUESTION)
        await bot.ask(desk.anna, "/cite x", reply_to=answer.id)
        asked = await bot.ask(desk.admin, "/erase memo.md")
        await desk.pressed(bot, asked, f"Erase {TITLE}")
        await bot.ask(desk.anna, "/help")
        holding = _holding(desk, WORDS, TITLE)
    assert holding == []


# A group that becomes a supergroup.


async def test_a_group_that_became_a_supergroup_reads_no_more_than_the_group_did(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin, supergroup=False)
    add(desk, label="internal")
    settings: dict[str, Any] = {"clearance": "internal", "clearances": {group.id: "public"}}
    async with desk.bot(**settings) as bot:
        before = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        moved = desk.world.migrate(group.id)
        after = await bot.ask(desk.anna, f"/ask {QUESTION}", moved)
    async with desk.bot(**settings) as bot:
        restarted = await bot.ask(desk.anna, f"/ask {QUESTION}", moved)
    assert not any("sealed letter" in reply.text for reply in (before, after, restarted))


async def test_a_group_that_became_a_supergroup_keeps_its_answers_within_what_it_may_read(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin, supergroup=False)
    add(desk, label="internal")
    async with desk.bot(clearances={group.id: "internal"}) as bot:
        answer = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        moved = desk.world.migrate(group.id)
        there = await bot.ask(desk.anna, "/start", moved)
        pressed = await press(bot, desk.anna, there, f"c:{_answer(answer)}:1")
    assert quotations(answer)[0] == WORDS
    assert pressed in ("", "This document has been withdrawn; it is no longer quoted.")


# Names that try to be something else.

NAMES = [
    "<b>bold</b> & <script>alert(1)</script> <a href='x'>y</a>",
    "</blockquote><blockquote>The parties agreed to nothing",
    "&lt;i&gt; &amp; {title} {0} %s {number}",
    "\u202egnihtyreve\u202c \u2066left\u2069 \u2069\u2069 \u2068open",
    "🕊️" * 400,
    "t" * 4000,
    "two\\nlines\\n\\nSHA-256: 0000",
]


@pytest.mark.parametrize("title", NAMES)
async def test_a_title_is_shown_as_it_is_and_stops_nothing(title: str, desk: Desk) -> None:
    quoted = title.replace('"', '\\"')
    async with desk.bot() as bot:
        add(desk, MEMORANDUM.replace(f"title: {TITLE}", f'title: "{quoted}"'))
        bot.services.engine.refresh()
        bot.application.bot_data["painter"] = Painter()
        replies = [
            await bot.ask(person, text)
            for person in (desk.anna, desk.admin)
            for text in (QUESTION, "/documents", "/document memo.md", "/summary 31")
        ]
        answer = replies[0]
        sent = [await _pressed(bot, desk.anna, answer, data_of(answer, kind)[0]) for kind in "cd"]
        sent.append(await _picture(bot, desk.anna, answer))
        withdrawn = await bot.ask(desk.admin, "/withdraw memo.md")
    assert quotations(answer)[0] == WORDS
    assert all(WORDS in quotations(reply) for reply in (replies[0], replies[3], replies[4], replies[7], sent[0]))
    assert sent[1].attachment is not None
    assert sent[2].attachment is not None
    assert "is withdrawn; it is not shown any more." in withdrawn.text
    assert not any(line.startswith("SHA-256: 0000") for reply in replies for line in reply.text.split("\n"))


async def _picture(bot: Running, person: Person, answer: Message) -> Message:
    last = bot.world.last_message(answer.chat_id)
    await press(bot, person, answer, f"p:{_answer(answer)}:1")
    return await bot.world.bot_message(answer.chat_id, after=last.id)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd.md", "passwd.md"),
        ("..\\..\\boot.md", "boot.md"),
        ("<b>x</b>&.md", "b>&.md"),
        ("\u202edm.exe.md", "dm.exe.md"),
        (".hidden.md", "hidden.md"),
        ("n" * 4000 + ".md", "n" * 147 + ".md"),
        ("-", None),
    ],
)
async def test_the_name_of_a_sent_file_leads_nowhere(name: str, kept: str | None, desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await desk.send(name, NOTE)
        if kept is None:
            assert "refused" in card.text
            return
        await desk.press(bot, card, "Publish")
        await desk.reloaded(card.id)
        files = [path.name for path in bot.services.library.uploads.iterdir()]
        answer = await bot.ask(desk.anna, "lorries crossed the northern bridge")
    assert files == [kept]
    assert quotations(answer)[0] == LORRIES


@pytest.mark.parametrize("name", ["_folder.meta.yaml", "eighth.md.meta.yaml", "x/_folder.meta.yaml"])
async def test_rules_of_a_folder_cannot_be_sent(name: str, desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await desk.send(name, "access: public\n")
        drafts = list((bot.services.library.folder / "drafts").iterdir())
    assert "says something about another file" in card.text
    assert drafts == []


# What may not be passed on.


@pytest.mark.parametrize("kind", ["d", "p"])
async def test_files_and_pages_that_not_everybody_may_read_cannot_be_passed_on(kind: str, desk: Desk) -> None:
    add(desk, label="restricted")
    async with desk.bot() as bot:
        bot.application.bot_data["painter"] = Painter()
        answer = await bot.ask(desk.admin, QUESTION)
        await press(bot, desk.admin, answer, f"{kind}:{_answer(answer)}:1")
        sent = await shown(bot.world, desk.admin.id, lambda message: message.attachment is not None)
    assert sent.is_protected
