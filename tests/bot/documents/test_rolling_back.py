"""Going back a generation: asked first, in one step, and never to what was withdrawn, erased or relabelled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.documents.reloads import How, Why
from corpus.library import SHELL
from retrieval.index.indexing import index_lock
from tests.bot.desk import Desk
from tests.bot.harness import data_of, quotations
from tests.documents import EXCHANGE, NINTH

if TYPE_CHECKING:
    from bot.local.models import Message
    from bot.local.world import World
    from tests.bot.harness import Running
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
NINTH_QUESTION = "exchange of prisoners"
QUESTION = "What regulation on the release of detainees did the parties adopt?"


@pytest.fixture
def desk(telegram: World, own_index: Indexed) -> Desk:
    return Desk(telegram, telegram.add_user("Daniyar"), telegram.add_user("Anna"), own_index)


async def reload(bot: Running) -> None:
    """Index what changed."""
    assert (await bot.services.reloads.request(Why.COMMAND)).how is How.DONE


async def add_ninth(desk: Desk, bot: Running) -> None:
    """Index a ninth round, and another wording of the eighth."""
    (desk.indexed.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
    path = desk.indexed.documents / "eighth.md"
    path.write_text(path.read_text(encoding="utf-8").replace("second half", "first half"), encoding="utf-8")
    await reload(bot)


async def go_back(desk: Desk, bot: Running) -> Message:
    """Write the command, press the button, and return the report."""
    asked = await bot.ask(desk.admin, "/rollback")
    await bot.press(desk.admin, asked, data_of(asked, "r")[0])
    return await bot.world.bot_message(desk.admin.id, after=asked.id)


async def test_going_back_is_asked_first_and_then_done_in_one_step(desk: Desk) -> None:
    async with desk.bot() as bot:
        await add_ninth(desk, bot)
        asked = await bot.ask(desk.admin, "/rollback")
        pinned_before = bot.services.engine.stock.manifest.pinned
        report = await go_back(desk, bot)
        answer = await bot.ask(desk.anna, NINTH_QUESTION)
        stock = bot.services.engine.stock
        await reload(bot)
        again = await bot.ask(desk.anna, NINTH_QUESTION)
    assert "has 6 documents" in asked.text
    assert not pinned_before
    assert (stock.manifest.pinned, len(stock.documents())) == (True, 6)
    assert report.text.split("\n") == [
        "The generation before answers again.",
        "No longer searched: ninth.md",
        "In their earlier version: eighth.md",
        "/reload goes on from the folders as they are.",
    ]
    assert not any("exchange of prisoners" in text for text in quotations(answer))
    assert "exchange of prisoners" in quotations(again)[0]


async def test_what_was_withdrawn_erased_or_relabelled_stays_so(desk: Desk) -> None:
    async with desk.bot() as bot:
        await add_ninth(desk, bot)
        library = bot.services.library
        library.withdraw("eighth.md", SHELL)
        library.relabel("aid.md", "restricted", SHELL)
        report = await go_back(desk, bot)
        answer = await bot.ask(desk.anna, QUESTION)
        listed = bot.services.engine.view("public").by_id
    assert "Withdrawn or erased, and not shown: eighth.md" in report.text.split("\n")
    assert EXCHANGE not in answer.text
    assert not {"eighth.md", "aid.md"} & listed.keys()


async def test_only_an_admin_in_private_may_go_back(desk: Desk) -> None:
    async with desk.bot() as bot:
        await add_ninth(desk, bot)
        refused = await bot.ask(desk.anna, "/rollback")
        asked = await bot.ask(desk.admin, "/rollback")
        bot.world._replace(_moved(asked, refused))
        stolen = await bot.press(desk.anna, refused, data_of(asked, "r")[0])
        documents = len(bot.services.engine.stock.documents())
    assert refused.text == "Only an administrator of this bot may do that, in a private chat with it."
    assert stolen.text == "This button no longer works; please ask again."
    assert documents == 7


def _moved(message: Message, to: Message) -> Message:
    """``to`` with the buttons of ``message``."""
    return replace(to, keyboard=message.keyboard)


async def test_without_an_earlier_generation_there_is_nothing_to_go_back_to(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.admin, "/rollback")
    assert reply.text == "No earlier generation is kept; there is nothing to go back to."


async def test_a_button_from_before_a_reload_goes_nowhere(desk: Desk) -> None:
    async with desk.bot() as bot:
        await add_ninth(desk, bot)
        asked = await bot.ask(desk.admin, "/rollback")
        (desk.indexed.documents / "ninth.md").unlink()
        await reload(bot)
        pressed = await bot.press(desk.admin, asked, data_of(asked, "r")[0])
        now = bot.services.engine.stock.manifest
    assert pressed.text == "The generations have changed meanwhile; write /rollback again."
    assert not now.pinned


async def test_during_a_reload_one_does_not_go_back(desk: Desk) -> None:
    async with desk.bot() as bot:
        await add_ninth(desk, bot)
        asked = await bot.ask(desk.admin, "/rollback")
        bot.reloader.gate.clear()
        await bot.ask(desk.admin, "/reload")
        refused = await bot.ask(desk.admin, "/rollback")
        pressed = await bot.press(desk.admin, asked, data_of(asked, "r")[0])
        bot.reloader.gate.set()
    assert refused.text == pressed.text == "A reload is under way; wait for its end, or stop it with /cancel."


async def test_while_another_process_indexes_the_reason_is_told(desk: Desk) -> None:
    async with desk.bot() as bot:
        await add_ninth(desk, bot)
        asked = await bot.ask(desk.admin, "/rollback")
        with index_lock(desk.indexed.generations):
            await bot.press(desk.admin, asked, data_of(asked, "r")[0])
            told = await bot.world.bot_message(desk.admin.id, after=asked.id)
        documents = len(bot.services.engine.stock.documents())
    assert told.text == "Another process is indexing the same data directory; try again when it is done."
    assert documents == 7
