"""The health pages: that the bot lives, what keeps it from being ready, and nothing that is no business of others."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer

from bot.clock import ManualClock
from bot.errors import CommandError
from bot.running.health import HealthPages, Kept, health_of
from bot.running.pulse import Pulse
from bot.running.root import local_bot
from retrieval.errors import IndexDamaged
from tests.bot.harness import TOKEN, make_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.services import Services
    from tests.bot.desk import Desk
    from tests.bot.hour import Hour
    from tests.bot.shell import Rapporteur
    from tests.conftest import Indexed


class Watched:
    """The pages of a bot."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self._client = client

    async def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and text of a page."""
        async with self._client.request(method, path) as response:
            return response.status, await response.text()

    async def ready(self) -> tuple[int, dict[str, str]]:
        """Status of ``/readyz``, and what it says is missing."""
        async with self._client.get("/readyz") as response:
            body = await response.json()
            assert set(body) == {"ready", "missing"}
            assert body["ready"] is (response.status == 200) is (not body["missing"])
            return response.status, body["missing"]


@asynccontextmanager
async def watched(services: Services, *, running: bool = True, patience: float = 5.0) -> AsyncIterator[Watched]:
    """The pages over services, on a clock that lets every request look anew."""
    clock = ManualClock()
    tick = clock.monotonic

    class Clock(ManualClock):
        def monotonic(self) -> float:
            clock.advance(10)
            return tick()

    pages = HealthPages(replace(services, clock=Clock()), lambda: running, patience)
    async with TestClient(TestServer(pages.application(), host="127.0.0.1")) as client:
        yield Watched(client)
    pages.close()


# The pages


async def test_a_bot_at_work_lives_is_ready_and_shows_its_metrics(shared_index: Indexed, tmp_path: Path) -> None:
    settings = make_settings(tmp_path, shared_index.documents, health_port=0)
    async with (
        local_bot(settings, shared_index.engine()) as (_, _, application),
        health_of(application) as port,
        ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        found = {}
        for path in ("/healthz", "/readyz", "/metrics"):
            async with session.get(path) as response:
                found[path] = (response.status, response.headers["Content-Type"], await response.text())
    assert found["/healthz"] == (200, "text/plain; charset=utf-8", "ok")
    assert found["/readyz"] == (200, "application/json; charset=utf-8", '{"ready": true, "missing": {}}')
    status, kind, metrics = found["/metrics"]
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert f"rapporteur_documents {len(shared_index.engine().stock.documents()):.1f}\n" in metrics


async def test_without_a_port_there_are_no_pages(desk: Desk) -> None:
    async with desk.bot() as bot, health_of(bot.application) as port:
        assert port is None


async def test_nothing_else_is_served(desk: Desk) -> None:
    async with desk.bot() as bot, watched(bot.services) as pages:
        for path in ("/", "/health", "/metrics/", "/healthz/..%2fmetrics", "/../etc/passwd", "/favicon.ico"):
            assert (await pages.get(path))[0] == 404
        for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
            assert (await pages.get("/metrics", method))[0] == 405


async def test_no_page_names_a_person_a_document_or_a_secret(desk: Desk) -> None:
    async with desk.bot(webhook_url="https://bot.example.org/x", webhook_secret="s" * 20) as bot:
        await bot.ask(desk.anna, "What regulation on the release of detainees did the eighth round adopt?")
        with bot.services.store.database.reading() as connection:
            connection.execute("PRAGMA query_only = ON")
        async with watched(bot.services) as pages:
            text = "".join([(await pages.get(path))[1] for path in ("/healthz", "/readyz", "/metrics")]).casefold()
        with bot.services.store.database.reading() as connection:
            connection.execute("PRAGMA query_only = OFF")
        ids = list(bot.services.engine.stock.documents())
    for word in (TOKEN, "s" * 20, "anna", "detainees", "example.org", str(desk.anna.id), str(desk.indexed.data), *ids):
        assert word.casefold() not in text


# Readiness


async def test_a_store_that_cannot_be_written_is_named_until_it_can(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.bot() as bot, watched(bot.services) as pages:
        with bot.services.store.database.reading() as connection:
            connection.execute("PRAGMA query_only = ON")
        bad = [await pages.ready() for _ in range(3)]
        lives = await pages.get("/healthz")
        with bot.services.store.database.reading() as connection:
            connection.execute("PRAGMA query_only = OFF")
        good = await pages.ready()
    assert bad == [(503, {"store": "cannot be written"})] * 3
    assert lives == (200, "ok")
    assert good == (200, {})
    said = [record.getMessage() for record in caplog.records if record.name == "bot.running.health"]
    assert [line.split(" (")[0] for line in said] == ["Not ready: store", "Ready again: store"]
    assert "readonly" in said[0]


async def test_looking_whether_the_store_can_be_written_changes_nothing_in_it(desk: Desk) -> None:
    async with desk.bot() as bot:
        with bot.services.store.database.reading() as connection:
            before = list(connection.iterdump())
        bot.services.store.check_writable()
        with bot.services.store.database.reading() as connection:
            assert list(connection.iterdump()) == before


async def test_an_index_that_does_not_answer_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.bot() as bot, watched(bot.services) as pages:

        def broken(*_: Any, **__: Any) -> None:
            raise IndexDamaged("The index cannot be read: /srv/index/secret-name.bin")

        monkeypatch.setattr(bot.services.engine, "answer", broken)
        assert await pages.ready() == (503, {"index": "does not answer"})
        monkeypatch.undo()
        assert await pages.ready() == (200, {})


async def test_an_index_without_documents_is_ready(desk: Desk) -> None:
    async with desk.bot() as bot, watched(bot.services) as pages:
        for name in bot.services.engine.stock.documents():
            bot.services.library.withdraw(name, by="Daniyar")
        assert bot.services.engine.view("public").documents == ()
        assert await pages.ready() == (200, {})


async def test_a_search_that_hangs_is_named_in_time_and_not_begun_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun = threading.Event(), []

    def hanging(*_: Any, **__: Any) -> None:
        begun.append(1)
        gate.wait(10)

    async with desk.bot() as bot, watched(bot.services, patience=0.05) as pages:
        monkeypatch.setattr(bot.services.engine, "answer", hanging)
        try:
            assert [(await pages.ready())[1].get("index") for _ in range(3)] == ["does not answer"] * 3
            assert (await pages.get("/healthz"))[0] == 200
        finally:
            gate.set()
        assert len(begun) == 1


async def test_silence_of_telegram_is_named_and_a_word_ends_it(desk: Desk, hour: Hour) -> None:
    async with desk.bot(silence_seconds=60) as bot:
        pulse = Pulse(hour)
        async with watched(replace(bot.services, pulse=pulse)) as pages:
            hour.now += 60
            assert await pages.ready() == (200, {})
            hour.now += 1
            assert await pages.ready() == (503, {"telegram": "not heard of for 61 seconds"})
            pulse.heard()
            assert await pages.ready() == (200, {})


async def test_a_bot_that_starts_or_stops_is_not_ready_and_nothing_is_looked_at(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk.bot() as bot, watched(bot.services, running=False) as pages:
        monkeypatch.setattr(bot.services.engine, "answer", None)
        assert await pages.ready() == (503, {"bot": "starting or stopping"})


async def test_a_bot_whose_threads_are_closed_still_answers(desk: Desk) -> None:
    async with desk.bot() as bot, watched(bot.services) as pages:
        bot.services.executor.shutdown()
        assert (await pages.get("/healthz"))[0] == 200
        assert (await pages.get("/metrics"))[0] == 503
        assert (await pages.ready())[0] == 503


# Keeping


async def test_many_who_ask_at_once_wait_for_one_finding_that_is_kept_a_while(hour: Hour) -> None:
    found = []

    async def find() -> int:
        await asyncio.sleep(0)
        found.append(1)
        return len(found)

    kept = Kept(find, 5.0, hour)
    assert set(await asyncio.gather(*(kept.get() for _ in range(10)))) == {1}
    hour.now += 4.9
    assert await kept.get() == 1
    hour.now += 0.1
    assert await kept.get() == 2


# Starting


async def test_a_port_that_is_taken_ends_the_start_with_a_sentence(desk: Desk) -> None:
    async with desk.bot(health_port=0) as bot, health_of(bot.application) as port:
        taken = bot.services.settings.model_copy(update={"health_port": port})
        bot.application.bot_data["services"] = replace(bot.services, settings=taken)
        with pytest.raises(
            CommandError, match=rf"^The port {port} of 127\.0\.0\.1 cannot be used for the health pages"
        ):
            async with health_of(bot.application):
                pass
        bot.application.bot_data["services"] = bot.services


def test_the_command_line_serves_the_pages_or_says_why_not(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    rapporteur.json("index")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("RAPPORTEUR_PORT", "0")
        monkeypatch.setenv("RAPPORTEUR_HEALTH_PORT", str(port))
        said = rapporteur.fails("run", "--once")
    assert said == (
        f"The port {port} of 127.0.0.1 cannot be used for the health pages (Address already in use); stop what uses "
        "it, or set RAPPORTEUR_HEALTH_HOST or RAPPORTEUR_HEALTH_PORT to another."
    )
    assert rapporteur("run", "--once")[0] == 0


async def test_an_address_that_others_reach_is_warned_of(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    async with desk.bot(health_port=0) as bot, health_of(bot.application):
        assert "RAPPORTEUR_HEALTH_HOST" not in caplog.text
    async with desk.bot(health_port=0, health_host="0.0.0.0") as bot, health_of(bot.application):  # noqa: S104 - what is warned of
        assert "RAPPORTEUR_HEALTH_HOST is 0.0.0.0: whoever reaches that address can read" in caplog.text
