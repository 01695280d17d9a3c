"""Pictures of pages: drawn once from the original, kept, and sent only while the document may be seen."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest
import pytest_asyncio

from bot.answers.picturing import page_pictures
from bot.documents.reloading import Reloader
from bot.services import Services
from bot.store import Store
from corpus.document import Block, BlockKind
from corpus.erasure import erase_document
from corpus.errors import CorpusError
from corpus.library import SHELL
from retrieval.answers.quotes import Quote
from tests.bot.desk import Desk
from tests.bot.harness import make_settings, said_by_bot
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local.models import Message
    from bot.local.world import World
    from corpus.document import Document
    from tests.bot.harness import Running
    from tests.conftest import Indexed

QUESTION = "What regulation on the release of detainees did the parties adopt?"


def png(shade: int) -> bytes:
    """A picture of four pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes([0, shade, shade] * 2))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


PAGES = (png(0), png(255))


@dataclass
class Painter:
    """Draws the pages it was given, and takes down for what."""

    pages: tuple[bytes, ...] = PAGES
    drawn: list[tuple[bytes, int, int]] = field(default_factory=list)

    def picture(self, path: Path, document: Document, start: int, end: int) -> tuple[bytes, ...]:
        """The pages."""
        self.drawn.append((path.read_bytes(), start, end))
        return self.pages

    def close(self) -> None:
        """Nothing to close."""


class Unable(Painter):
    """Cannot draw."""

    def picture(self, path: Path, document: Document, start: int, end: int) -> tuple[bytes, ...]:
        """Fail."""
        raise CorpusError("It is damaged.")


@pytest_asyncio.fixture
async def services(own_index: Indexed, tmp_path: Path) -> AsyncIterator[Services]:
    settings = make_settings(own_index.data, own_index.documents)
    with Store.open(tmp_path / "store.sqlite3") as store:
        made = Services(settings, own_index.engine(), store, Reloader(settings))
        yield made
        made.executor.shutdown()
        made.library.close()


@pytest.fixture
def quote(services: Services) -> Quote:
    """A quotation that begins on page 2 and ends on page 3."""
    document = services.engine.view("public").document("eighth.md")
    assert document is not None
    block = Block(BlockKind.PARAGRAPH, 0, len(document.text), page=2, turns=((20, 3),))
    return Quote(replace(document, blocks=(block,)), 10, 40)


async def test_pages_are_drawn_once_from_the_original_and_kept(services: Services, quote: Quote) -> None:
    painter = Painter()
    assert page_pictures(services, painter, quote) == PAGES
    assert page_pictures(services, painter, quote) == PAGES
    original = services.library.originals.read(quote.document.sha256)
    assert painter.drawn == [(original, 10, 40)]
    kept = sorted(path.name for path in (services.library.cache / "pages").iterdir())
    assert kept == [f"{quote.document.sha256}-10-40-{page}.png" for page in (2, 3)]


async def test_erasing_a_document_leaves_no_picture_of_it(services: Services, quote: Quote) -> None:
    page_pictures(services, Painter(), quote)
    erase_document(services.library, "eighth.md", SHELL)
    assert list((services.library.cache / "pages").iterdir()) == []


async def test_without_the_original_there_is_no_picture(services: Services, quote: Quote) -> None:
    services.library.originals.remove(quote.document.sha256)
    assert page_pictures(services, Painter(), quote) == ()


@pytest.fixture
def desk(telegram: World, own_index: Indexed) -> Desk:
    return Desk(telegram, telegram.add_user("Daniyar"), telegram.add_user("Anna"), own_index)


async def press_page(desk: Desk, bot: Running, painter: Painter) -> tuple[Message, str | None]:
    """Ask, and press a button for the page of the first quotation; the answer and the alert."""
    bot.application.bot_data["painter"] = painter
    answer = await bot.ask(desk.anna, QUESTION)
    data = next(button.value for button in answer.buttons if button.value.startswith("c:")).replace("c:", "p:", 1)
    bot.world._replace(replace(answer, keyboard=((replace(answer.buttons[0], value=data),),)))
    return answer, (await bot.press(desk.anna, answer, data)).text


async def test_the_button_sends_each_page_the_citation_below_the_first(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer, _ = await press_page(desk, bot, Painter(PAGES))
        first = await bot.world.bot_message(desk.anna.id, after=answer.id)
        second = await bot.world.bot_message(desk.anna.id, after=first.id)
        contents = [
            bot.world.file_bytes(cast("str", one.attachment and one.attachment.file_id)) for one in (first, second)
        ]
    assert contents == [*PAGES]
    assert first.text.startswith("Joint statement & <final> record of the eighth round, Institute of Records, ")
    assert EXCHANGE not in first.text
    assert second.text == ""


async def test_of_a_withdrawn_document_no_page_is_drawn(desk: Desk) -> None:
    painter = Painter()
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        data = next(button.value for button in answer.buttons if button.value.startswith("c:")).replace("c:", "p:", 1)
        bot.world._replace(replace(answer, keyboard=((replace(answer.buttons[0], value=data),),)))
        bot.application.bot_data["painter"] = painter
        bot.services.library.withdraw("eighth.md", SHELL)
        alert = await bot.press(desk.anna, answer, data)
    assert alert.text == "This document has been withdrawn; it is no longer quoted."
    assert painter.drawn == []


async def test_a_page_that_cannot_be_drawn_is_said_to_be_so(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer, _ = await press_page(desk, bot, Unable())
        reply = await bot.world.bot_message(desk.anna.id, after=answer.id)
    assert reply.text == "The page cannot be shown. It is damaged."
    assert said_by_bot(desk.world, desk.anna.id)[-1] == reply
