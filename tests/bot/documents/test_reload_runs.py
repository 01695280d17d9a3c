"""Runs of the queue as admins see them: progress, reports, cancelling, and only news of watched folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.documents.reloads import How, Why
from corpus.library import SHELL
from tests.bot.desk import NOTE, Desk
from tests.bot.harness import said_by_bot, shown

if TYPE_CHECKING:
    from bot.local.world import World
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio


@pytest.fixture
def desk(telegram: World, own_index: Indexed) -> Desk:
    return Desk(telegram, telegram.add_user("Daniyar"), telegram.add_user("Anna"), own_index)


async def test_cancelling_says_what_became_of_the_run_and_of_what_waited(desk: Desk) -> None:
    async with desk.bot() as bot:
        bot.reloader.gate.clear()
        note = await bot.ask(desk.admin, "/reload")
        await bot.ask(desk.admin, "/reload")
        cancelled = await bot.ask(desk.admin, "/cancel")
        stopped = await shown(bot.world, desk.admin.id, lambda message: message.text.startswith("Stopped."))
        nothing = await bot.ask(desk.admin, "/cancel")
    assert cancelled.text == "The reload under way is being stopped.\n1 reload that waited is dropped."
    assert stopped.id == note.id
    assert nothing.text == "No reload is under way."


async def test_another_admin_whose_reload_is_dropped_is_told_so(desk: Desk) -> None:
    other = desk.world.add_user("Oleg", language_code="ru")
    async with desk.bot() as bot:
        settings = bot.services.settings
        object.__setattr__(settings, "admins", settings.admins | {other.id})
        bot.reloader.gate.clear()
        await bot.ask(desk.admin, "/reload")
        await bot.ask(other, "/reload")
        await bot.ask(desk.admin, "/cancel")
        told = await shown(bot.world, other.id, lambda message: message.text.startswith("Администратор"))
    assert told.text == "Администратор отменил ожидавшее здесь обновление; /reload запросит его снова."


async def test_a_long_report_comes_as_a_file_beside_the_message(desk: Desk) -> None:
    for number in range(20):
        text = NOTE.replace("Seventeen", f"Some {number} hundred")
        (desk.indexed.documents / f"note-{number}.md").write_text(text, encoding="utf-8")
    async with desk.bot() as bot:
        report = await bot.ask(desk.admin, "/reload")
        file = await shown(bot.world, desk.admin.id, lambda message: message.attachment is not None)
        assert file.attachment is not None
        content = bot.world.file_bytes(file.attachment.file_id).decode()
        report = await shown(bot.world, desk.admin.id, lambda message: message.id == report.id)
    assert file.attachment.name == "report.txt"
    assert report.text.endswith("All of it is in the file below.")
    assert sum(line.startswith("added: note-") for line in content.split("\n")) == 20


async def test_after_a_withdrawal_the_report_proves_by_search_that_nothing_is_found(desk: Desk) -> None:
    async with desk.bot() as bot:
        (desk.indexed.documents / "eighth.md").unlink()
        await bot.ask(desk.admin, "/reload")
        report = await shown(bot.world, desk.admin.id, lambda message: message.text.startswith("Done."))
    assert report.text.split("\n")[2:] == [
        "Proof: 4 searches for the words of withdrawn documents find none of them.",
        "withdrawn: eighth.md",
    ]


async def test_admins_hear_of_a_watched_folder_only_where_there_is_news(desk: Desk) -> None:
    documents = desk.indexed.documents
    async with desk.bot() as bot:
        reloads = bot.services.reloads
        await bot.ask(desk.admin, "/start")
        before = len(said_by_bot(bot.world, desk.admin.id))
        assert (await reloads.request(Why.WATCHED)).how is How.DONE
        assert len(said_by_bot(bot.world, desk.admin.id)) == before
        (documents / "empty.md").write_bytes(b"")
        bot.services.library.withdraw("eighth.md", SHELL)
        await reloads.request(Why.WATCHED)
        first = said_by_bot(bot.world, desk.admin.id)[before:]
        await reloads.request(Why.WATCHED)
        second = said_by_bot(bot.world, desk.admin.id)[before + len(first) :]
        (documents / "note.md").write_text(NOTE, encoding="utf-8")
        await reloads.request(Why.WATCHED)
        third = said_by_bot(bot.world, desk.admin.id)[before + len(first) :]
    assert len(first) == len(third) == 1
    assert "refused: empty.md" in first[0].text
    assert "withdrawn: eighth.md (An administrator withdrew it; it is not shown.)" in first[0].text
    assert second == []
    assert "added: note.md" in third[0].text


async def test_a_watched_folder_that_cannot_be_indexed_is_told_of_once(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.admin, "/start")
        before = len(said_by_bot(bot.world, desk.admin.id))
        for path in desk.indexed.documents.iterdir():
            path.unlink()
        ended = [await bot.services.reloads.request(Why.WATCHED) for _ in range(2)]
        said = said_by_bot(bot.world, desk.admin.id)[before:]
    assert [one.how for one in ended] == [How.FAILED, How.FAILED]
    assert len(said) == 1
    assert said[0].text.startswith(
        "The reload failed; the documents searched are those of before.\nThere is no file in"
    )


async def test_an_admin_is_told_in_the_language_last_spoken(desk: Desk) -> None:
    oleg = desk.world.add_user("Oleg", language_code="ru")
    async with desk.bot() as bot:
        settings = bot.services.settings
        object.__setattr__(settings, "admins", frozenset({oleg.id}))
        await bot.ask(oleg, "/reload")
        await shown(bot.world, oleg.id, lambda message: message.text.startswith("Готово."))
        (desk.indexed.documents / "note.md").write_text(NOTE, encoding="utf-8")
        await bot.services.reloads.request(Why.WATCHED)
        said = said_by_bot(bot.world, oleg.id)[-1]
    assert "добавлено: note.md" in said.text
