"""Corrections: what a chat was sent and does not stand any more is told once, and what was withdrawn never again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, cast

import pytest
import pytest_asyncio

from bot.corrections.noting import correct, is_current
from bot.documents.reloading import Reloader
from bot.outbox.outgoing import Kind, Outgoing, State
from bot.outbox.worker import Outbox
from bot.services import Services
from bot.store import Store
from corpus.erasure import erase_document
from corpus.library import SHELL
from retrieval.answers.quotes import Quote
from tests.bot.harness import make_settings
from tests.bot.outbox.test_worker import Sender
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from telegram import Bot

    from bot.outbox.outgoing import OutboxRow
    from retrieval.engine import Engine
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
BOT = "some_bot"
HELD = "The eighth round of talks was held in the city of Astana on 21 and 22 December 2017."
NEXT = "The next round of talks will be held in Astana in the second half of February."
TOOK_PART = "Delegations of the guarantor states and observers from Jordan and the United Nations took part."
ADOPTED = EXCHANGE.replace("the release of detainees", "the exchange of prisoners")
HEADING = "<b>Astana. Correction to the summary of round 8</b>"


@dataclass(frozen=True, slots=True)
class Newsroom:
    """Services over an index of their own, and what is done in them."""

    services: Services
    indexed: Indexed

    @property
    def engine(self) -> Engine:
        """What answers."""
        return self.services.engine

    def send(
        self, chat: int, *words: str, thread: int = 0, document: str = "eighth.md", summary: str = "s", message: int = 7
    ) -> int:
        """Put a summary that quotes ``words``, let it be sent as ``message``, and return its row."""
        row = self.put(chat, *words, thread=thread, document=document, summary=summary)
        self.services.store.outbox.mark(row, State.SENT, message=message)
        return row

    def put(
        self, chat: int, *words: str, thread: int = 0, document: str = "eighth.md", summary: str = "s", part: int = 0
    ) -> int:
        """Put a summary that quotes ``words``, and return its row."""
        quotes = tuple(self.quote(one, document) for one in words)
        outgoing = Outgoing(
            chat,
            thread,
            summary,
            part,
            "".join(f"?start=c_{quote.citation}" for quote in quotes),
            quotes=quotes,
            process="Astana",
            round=8,
            sections=("Outcomes",) * len(quotes),
        )
        store = self.services.store
        with store.database.writing() as connection:
            assert store.outbox.put(connection, [outgoing]) == 1
            (row,) = connection.execute("SELECT max(id) FROM outbox").fetchone()
        return int(row)

    def quote(self, words: str, document: str = "eighth.md") -> Quote:
        """The quotation of these words."""
        found = self.engine.view("restricted").document(document)
        assert found is not None
        start = found.text.index(words)
        return Quote(found, start, start + len(words))

    def revise(self, old: str, new: str, document: str = "eighth.md") -> None:
        """Change the words of a document, and index it."""
        path = self.indexed.documents / document
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        self.index()

    def index(self) -> None:
        """Bring the index up to date, and let it answer."""
        self.indexed.update()
        self.engine.refresh()

    async def correct(self, within: str | None = None) -> int:
        """Put the corrections that are due."""
        return await correct(self.services, BOT, within=within)

    def waiting(self) -> list[OutboxRow]:
        """The corrections that wait, in order."""
        with self.services.store.database.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM outbox WHERE kind = 'correction' AND state = 'pending' ORDER BY id"
            ).fetchall()
        found = [self.services.store.outbox.row(row[0]) for row in rows]
        return [row for row in found if row is not None]

    def deliver(self) -> list[str]:
        """Let what waits be sent, and return its bodies."""
        bodies = []
        for row in self.waiting():
            assert is_current(self.services, row.id)
            bodies.append(row.body)
            self.services.store.outbox.mark(row.id, State.SENT, message=100 + row.id)
        return bodies

    async def told(self) -> list[str]:
        """The bodies of the corrections that are due now, which are sent."""
        await self.correct()
        return self.deliver()


@pytest_asyncio.fixture
async def room(own_index: Indexed, tmp_path: Path) -> AsyncIterator[Newsroom]:
    settings = make_settings(tmp_path, clearances={-6: "restricted"})
    with Store.open(tmp_path / "store.sqlite3") as store:
        services = Services(settings, own_index.engine(), store, Reloader(settings))
        yield Newsroom(services, own_index)
        services.executor.shutdown()


def quotations(body: str) -> list[str]:
    """The block quotations of a message's HTML, as they are seen."""
    return [unescape(found) for found in re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", body, re.DOTALL)]


async def test_of_a_replaced_wording_both_are_told_in_reply_to_the_message(room: Newsroom) -> None:
    row = room.send(-5, HELD, EXCHANGE, thread=3)
    room.revise("release of detainees", "exchange of prisoners")
    assert await room.correct() == 1
    (correction,) = room.waiting()
    assert (correction.chat, correction.thread, correction.kind) == (-5, 3, Kind.CORRECTION)
    assert correction.answers == row
    lines = correction.body.split("\n")
    assert lines[0] == HEADING
    assert lines[1].startswith("<b>Quotation 2 (Outcomes)</b> · ")
    assert lines[2].startswith("Its wording then, indexed on ")
    assert quotations(correction.body) == [EXCHANGE, ADOPTED]
    assert room.quote(ADOPTED).citation in correction.body
    assert correction.named == {"eighth.md"}


async def test_what_stands_needs_no_correction_wherever_it_stands_now(room: Newsroom) -> None:
    room.send(-5, HELD, EXCHANGE)
    room.revise("## Participants", "A new paragraph before all that follows.\n\n## Who took part")
    assert await room.told() == []


async def test_a_change_is_told_once(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    room.revise("release of detainees", "exchange of prisoners")
    assert len(await room.told()) == 1
    assert await room.told() == []
    room.revise("reaffirmed their", "repeated their")
    assert await room.told() == []


async def test_a_sentence_that_goes_on_where_the_quotation_ended_has_changed(room: Newsroom) -> None:
    part = "Delegations of the guarantor states"
    room.send(-5, part)
    room.revise("United Nations took part.", "United Nations took no part.")
    (body,) = await room.told()
    assert quotations(body) == [part, TOOK_PART.replace("took part", "took no part")]


async def test_a_passage_that_is_gone_is_told_with_what_it_said(room: Newsroom) -> None:
    room.send(-5, NEXT)
    room.revise(NEXT, "Nothing else was decided.")
    (body,) = await room.told()
    assert quotations(body) == [NEXT]
    assert body.endswith("The passage is no longer in its present version.")
    assert "Joint statement &amp; &lt;final&gt; record" in body


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ("withdraw", "Please use these 2 quotations no more; what they quote has been withdrawn:"),
        ("gone", "Please use these 2 quotations no more; what they quote has been withdrawn:"),
        ("relabel", "Please use these 2 quotations no more; what they quote may not be quoted here any more:"),
        ("erase", "Please use these 2 quotations no more; what they quote may not be quoted here any more:"),
    ],
)
async def test_of_what_may_not_be_read_any_more_neither_words_nor_title_are_told(
    decision: str, sentence: str, room: Newsroom
) -> None:
    room.send(-5, HELD, EXCHANGE)
    cited = [room.quote(HELD).citation, room.quote(EXCHANGE).citation]
    library = room.services.library
    match decision:
        case "withdraw":
            library.withdraw("eighth.md", SHELL)
        case "relabel":
            library.relabel("eighth.md", "restricted", SHELL)
        case "erase":
            erase_document(library, "eighth.md", SHELL)
        case _:
            (room.indexed.documents / "eighth.md").unlink()
            room.index()
    assert await room.told() == [
        f"{HEADING}\n{sentence}\nQuotation 1 (Outcomes) · {cited[0]}\nQuotation 2 (Outcomes) · {cited[1]}"
    ]
    assert await room.told() == []


async def test_only_chats_that_may_not_read_a_relabelled_document_are_told(room: Newsroom) -> None:
    room.send(-5, HELD)
    room.send(-6, HELD)
    room.services.library.relabel("eighth.md", "restricted", SHELL)
    await room.correct()
    assert [row.chat for row in room.waiting()] == [-5]


async def test_the_old_words_of_a_version_that_was_withdrawn_are_not_shown_beside_the_new(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    library = room.services.library
    library.withdraw("eighth.md", SHELL)
    assert len(await room.told()) == 1
    library.expect("eighth.md", {}, None, SHELL)
    room.revise("release of detainees", "exchange of prisoners")
    (body,) = await room.told()
    assert quotations(body) == []
    assert "detainees" not in body
    assert "Please use this quotation no more; its document has been replaced:" in body


async def test_what_is_restored_is_said_to_stand_again_where_a_correction_was_sent(room: Newsroom) -> None:
    room.send(-5, HELD)
    library = room.services.library
    library.withdraw("eighth.md", SHELL)
    await room.told()
    library.restore("eighth.md", SHELL)
    assert await room.told() == [
        f"{HEADING}\nThis quotation stands again, as it was sent:\nQuotation 1 (Outcomes) · {room.quote(HELD).citation}"
    ]
    assert await room.told() == []
    library.withdraw("eighth.md", SHELL)
    assert len(await room.told()) == 1


async def test_what_is_restored_before_the_correction_was_sent_needs_none(room: Newsroom) -> None:
    room.send(-5, HELD)
    library = room.services.library
    library.withdraw("eighth.md", SHELL)
    assert await room.correct() == 1
    library.restore("eighth.md", SHELL)
    assert await room.correct() == 0
    assert room.waiting() == []
    assert room.services.store.outbox.counts() == {"sent": 1, "stale": 1}


async def test_what_changed_twice_before_it_was_told_is_told_as_it_is_now(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    room.revise("release of detainees", "return of detainees")
    assert await room.correct() == 1
    (first,) = room.waiting()
    room.revise("return of detainees", "exchange of prisoners")
    assert not is_current(room.services, first.id)
    assert await room.correct() == 1
    (body,) = room.deliver()
    assert quotations(body) == [EXCHANGE, ADOPTED]


async def test_a_second_change_is_told_against_what_was_quoted(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    room.revise("release of detainees", "return of detainees")
    await room.told()
    room.revise("return of detainees", "exchange of prisoners")
    (body,) = await room.told()
    assert quotations(body) == [EXCHANGE, ADOPTED]


async def test_what_changes_back_stands_again(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    room.revise("release of detainees", "return of detainees")
    await room.told()
    room.revise("return of detainees", "release of detainees")
    (body,) = await room.told()
    assert "This quotation stands again, as it was sent:" in body
    assert quotations(body) == []


async def test_one_message_tells_a_chat_of_all_that_changed_in_a_summary(room: Newsroom) -> None:
    room.send(-5, HELD, EXCHANGE, TOOK_PART)
    room.send(-5, EXCHANGE, thread=4)
    room.revise("21 and 22 December", "20 and 22 December")
    room.revise("release of detainees", "exchange of prisoners")
    room.revise("Jordan and the United Nations", "Jordan, Lebanon and the United Nations")
    await room.correct()
    first, second = room.waiting()
    assert [first.thread, second.thread] == [0, 4]
    assert len(quotations(first.body)) == 6
    assert len(quotations(second.body)) == 2


async def test_many_corrections_are_divided_between_quotations_and_each_is_told_once(room: Newsroom) -> None:
    text = room.engine.view("public").document("monitoring.md")
    assert text is not None
    sentences = [line for line in text.text.split("\n") if line.startswith("Monitoring post")]
    room.send(-5, *sentences, document="monitoring.md")
    room.revise("Monitoring post", "The monitoring post", "monitoring.md")
    bodies = await room.told()
    assert len(bodies) > 1
    assert all(len(body.encode("utf-16-le")) // 2 <= 4096 for body in bodies)
    shown = [quotation for body in bodies for quotation in quotations(body)]
    assert shown == [wording for one in sentences for wording in (one, f"The m{one[1:]}")]
    assert await room.told() == []


async def test_what_waits_or_failed_is_not_corrected(room: Newsroom) -> None:
    room.put(-5, EXCHANGE, summary="waiting")
    failed = room.put(-6, EXCHANGE, summary="failed")
    room.services.store.outbox.mark(failed, State.FAILED, "blocked")
    room.services.library.withdraw("eighth.md", SHELL)
    assert await room.correct() == 0


async def test_what_may_have_arrived_is_corrected_once_that_is_settled(room: Newsroom) -> None:
    unclear = room.put(-5, EXCHANGE)
    room.services.store.outbox.mark(unclear, State.UNCLEAR)
    room.services.library.withdraw("eighth.md", SHELL)
    assert await room.correct() == 1
    assert room.services.store.outbox.heads() == []
    room.services.store.outbox.settle(unclear, True, 1)
    assert [head.id for head in room.services.store.outbox.heads()] == [room.waiting()[0].id]


async def test_what_is_to_be_sent_again_is_not_corrected(room: Newsroom) -> None:
    unclear = room.put(-5, EXCHANGE)
    room.services.store.outbox.mark(unclear, State.UNCLEAR)
    room.services.library.withdraw("eighth.md", SHELL)
    await room.correct()
    (correction,) = room.waiting()
    room.services.store.outbox.settle(unclear, False, 1)
    assert not is_current(room.services, correction.id)
    assert await room.correct() == 0
    assert room.waiting() == []


async def test_a_correction_that_may_have_arrived_and_is_told_otherwise_since_is_not_sent_again(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    library, outbox = room.services.library, room.services.store.outbox
    library.withdraw("eighth.md", SHELL)
    await room.correct()
    (first,) = room.waiting()
    outbox.mark(first.id, State.UNCLEAR)
    library.restore("eighth.md", SHELL)
    assert len(await room.told()) == 1
    outbox.settle(first.id, False, 1)
    assert not is_current(room.services, first.id)
    assert await room.correct() == 0
    assert room.waiting() == []


async def test_a_chat_that_could_not_be_written_to_is_told_once_it_can(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    room.send(-6, EXCHANGE)
    room.services.library.withdraw("eighth.md", SHELL)
    await room.correct()
    for row in room.waiting():
        room.services.store.outbox.mark(row.id, State.FAILED, "not enough rights")
    assert await room.correct() == 0
    room.services.store.corrections.retry(-5)
    await room.correct()
    assert [row.chat for row in room.waiting()] == [-5]
    assert len(room.deliver()) == 1
    assert await room.correct() == 0


async def test_a_group_that_became_a_supergroup_is_told_there_and_one_that_left_is_not(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    room.send(-6, EXCHANGE)
    store = room.services.store
    store.move_chat(-5, -1005)
    store.retire(-6, "left")
    room.services.library.withdraw("eighth.md", SHELL)
    await room.correct()
    assert [row.chat for row in room.waiting()] == [-1005]


async def test_within_a_document_nothing_is_said_of_others(room: Newsroom) -> None:
    room.send(-5, EXCHANGE)
    room.services.library.withdraw("eighth.md", SHELL)
    assert await room.correct(within="aid.md") == 0
    assert await room.correct(within="eighth.md") == 1


async def test_after_a_kill_what_was_decided_is_told_once(room: Newsroom, tmp_path: Path) -> None:
    room.send(-5, EXCHANGE)
    room.services.library.withdraw("eighth.md", SHELL)
    with Store.open(tmp_path / "store.sqlite3") as store:
        again = Services(room.services.settings, room.indexed.engine(), store, room.services.reloader)
        assert await correct(again, BOT) == 1
        again.executor.shutdown()
    assert await room.correct() == 0
    assert len(room.waiting()) == 1


async def test_messages_of_earlier_versions_have_nothing_to_correct(room: Newsroom) -> None:
    row = room.send(-5, EXCHANGE)
    with room.services.store.database.writing() as connection:
        connection.execute("DELETE FROM quoted WHERE outbox = ?", (row,))
    room.services.library.withdraw("eighth.md", SHELL)
    assert await room.correct() == 0


class Speaker(Sender):
    """A bot with a name."""

    username = BOT


async def test_a_correction_that_is_not_so_any_more_when_its_turn_comes_is_composed_anew(room: Newsroom) -> None:
    room.send(-5, HELD, EXCHANGE)
    library = room.services.library
    library.withdraw("eighth.md", SHELL)
    await room.correct()
    library.restore("eighth.md", SHELL)
    room.revise("release of detainees", "exchange of prisoners")
    sender = Speaker()
    outbox = Outbox(room.services, cast("Bot", sender))
    await outbox.start()
    await sender.until_called(1)
    await outbox.stop()
    ((chat, text, _, reply_to),) = sender.calls
    assert (chat, reply_to) == (-5, 7)
    assert quotations(text) == [EXCHANGE, ADOPTED]
    assert room.services.store.outbox.counts() == {"sent": 2, "stale": 1}


async def test_what_is_withdrawn_between_looking_and_sending_is_not_sent(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = room.put(-5, EXCHANGE)
    room.send(-6, HELD, summary="other")
    take = room.services.store.outbox.take

    def withdraw_and_take(taken: OutboxRow) -> bool:
        monkeypatch.undo()
        room.services.library.withdraw("eighth.md", SHELL)
        return take(taken)

    monkeypatch.setattr(room.services.store.outbox, "take", withdraw_and_take)
    sender = Speaker()
    outbox = Outbox(room.services, cast("Bot", sender))
    outbox.recompose = lambda _: [Outgoing(-5, 0, "s", 0, "Nothing of it is left.", named=frozenset())]
    await outbox.start()
    await sender.until_called(1)
    await outbox.stop()
    assert sender.texts == ["Nothing of it is left."]
    replaced = room.services.store.outbox.row(row)
    assert replaced is not None and replaced.state is State.STALE
