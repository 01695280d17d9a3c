"""Late documents: what they add to a summary that a chat has, as a reply to it, and nothing that it had already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.documents.reloading import Reloader
from bot.outbox.outgoing import Kind, Outgoing, State
from bot.services import Services
from bot.store import Store
from bot.subscriptions.late_documents import Late
from retrieval.answers.quotes import Quote
from tests.bot.corrections.test_corrector import AGREED, HELD, reload, summarised
from tests.bot.harness import delegation, make_settings, quotations, said_by_bot, shown
from tests.documents import NINTH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.bot.desk import Desk
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
MINES = "A joint centre for clearing mines was set up by the guarantors in Ankara."
LATE = f"""---
title: "Communiqué of the ninth round"
publisher: Institute of Records
date: 2018-05-16
language: en
process: Astana
round: 9
---
# Communiqué of the ninth round

{AGREED}

{MINES}
"""
ECHO = LATE.replace("Communiqué", "Echo").replace(f"\n{MINES}\n", "")


@pytest_asyncio.fixture
async def services(own_index: Indexed, tmp_path: Path) -> AsyncIterator[Services]:
    """Services whose index has the ninth round, of which the chat -5 has a summary."""
    (own_index.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
    own_index.update()
    settings = make_settings(tmp_path, clearances={-6: "restricted"})
    with Store.open(tmp_path / "store.sqlite3") as store:
        made = Services(settings, own_index.engine(), store, Reloader(settings))
        _send_summary(made, -5)
        yield made
        made.executor.shutdown()


def _send_summary(services: Services, chat: int, *, thread: int = 0, round: int = 9, state: State = State.SENT) -> int:
    """Let a chat have a summary of a round that quotes both sentences of the ninth; return its row."""
    document = services.engine.view("public").document("ninth.md")
    assert document is not None
    starts = [(document.text.index(words), len(words)) for words in (HELD, AGREED)]
    quotes = tuple(Quote(document, start, start + length) for start, length in starts)
    outgoing = Outgoing(chat, thread, f"r{round}:en", 0, "body", quotes=quotes, process="Astana", round=round)
    with services.store.database.writing() as connection:
        services.store.outbox.put(connection, [outgoing])
        (row,) = connection.execute("SELECT max(id) FROM outbox").fetchone()
    services.store.outbox.mark(row, state, message=7)
    return int(row)


def _arrive(services: Services, own_index: Indexed, **files: str) -> frozenset[str]:
    """Index further documents, and return their ids."""
    for name, content in files.items():
        (own_index.documents / f"{name}.md").write_text(content, encoding="utf-8")
    own_index.update()
    services.engine.refresh()
    return frozenset(f"{name}.md" for name in files)


def _late(services: Services, chat: int, documents: frozenset[str], *, language: str = "en") -> list[Outgoing]:
    return Late(services, "some_bot").messages(
        chat=chat, thread=0, language=language, process="Astana", number=9, documents=documents
    )


async def test_what_is_new_is_quoted_in_reply_to_the_summary(services: Services, own_index: Indexed) -> None:
    documents = _arrive(services, own_index, late=LATE)
    (update,) = _late(services, -5, documents)
    assert (update.kind, update.answers, update.part) == (Kind.UPDATE, 1, 0)
    assert [quote.text for quote in update.quotes] == [MINES]
    assert update.numbers == (1,)
    assert (update.language, update.process, update.round, update.named) == ("en", "Astana", 9, documents)
    lines = update.body.split("\n")
    assert lines[0] == "<b>Astana. Round 9: what 1 further document adds</b>"
    assert f"<blockquote>{MINES}</blockquote>" in lines
    assert lines[-1] == "New in this: Communiqué of the ninth round."
    assert AGREED not in update.body


async def test_documents_that_add_nothing_are_named_as_sources(services: Services, own_index: Indexed) -> None:
    documents = _arrive(services, own_index, echo=ECHO)
    (update,) = _late(services, -5, documents)
    assert update.quotes == ()
    assert update.body.split("\n") == [
        "<b>Astana. Round 9: what 1 further document adds</b>",
        "These add nothing new to what was quoted: Echo of the ninth round.",
    ]


async def test_a_chat_without_a_summary_of_the_round_gets_no_update(services: Services, own_index: Indexed) -> None:
    documents = _arrive(services, own_index, late=LATE)
    _send_summary(services, -7, thread=3)
    _send_summary(services, -8, round=8)
    _send_summary(services, -9, state=State.FAILED)
    assert [_late(services, chat, documents) for chat in (-7, -8, -9, -10)] == [[], [], [], []]


async def test_a_summary_that_waits_or_may_have_arrived_counts(services: Services, own_index: Indexed) -> None:
    documents = _arrive(services, own_index, late=LATE)
    waiting, unclear = _send_summary(services, -7, state=State.PENDING), _send_summary(services, -8)
    services.store.outbox.mark(unclear, State.UNCLEAR)
    assert [_late(services, chat, documents)[0].answers for chat in (-7, -8)] == [waiting, unclear]


async def test_what_a_chat_may_not_read_is_not_even_known_to_have_come(services: Services, own_index: Indexed) -> None:
    closed = LATE.replace("round: 9\n", "round: 9\n").replace("Communiqué", "Closed note")
    documents = _arrive(services, own_index, closed=closed)
    services.library.relabel("closed.md", "restricted", "shell")
    _send_summary(services, -6)
    assert _late(services, -5, documents) == []
    (update,) = _late(services, -6, documents)
    assert [quote.text for quote in update.quotes] == [MINES]


async def test_what_an_update_said_is_not_said_again_by_the_next(services: Services, own_index: Indexed) -> None:
    first = _late(services, -5, _arrive(services, own_index, late=LATE))
    with services.store.database.writing() as connection:
        services.store.outbox.put(connection, first)
    (second,) = _late(services, -5, _arrive(services, own_index, again=LATE.replace("Communiqué", "Second text")))
    assert second.quotes == ()
    assert second.answers == 1
    assert second.summary != first[0].summary


async def test_a_group_gets_the_update_below_its_summary_and_a_correction_of_it(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        summary = await summarised(desk, bot, group)
        (desk.indexed.documents / "late.md").write_text(LATE, encoding="utf-8")
        await reload(bot)
        update = await shown(bot.world, group.id, lambda message: MINES in message.text)
        desk.world.send_text(desk.admin.id, desk.admin.id, "/withdraw late.md")
        correction = await shown(bot.world, group.id, lambda message: message.id > update.id)
    assert update.reply_to == summary.id
    assert quotations(update) == [MINES]
    assert correction.reply_to == update.id
    assert "has been withdrawn:" in correction.text
    assert len(said_by_bot(desk.world, group.id)) == 3
