"""What a supervisor is told, when the bot gives up, and what is said of polls that fail."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from telegram import Bot
from telegram.error import Conflict, NetworkError, TelegramError

from bot.application import build_application
from bot.documents.reloading import Reloader
from bot.errors import FAILED, USAGE
from bot.local.errors import ApiError
from bot.local.faults import Fault, FaultKind, flood
from bot.local.server import LocalServer
from bot.running.inbox import KeepingBot
from bot.running.poll_troubles import CALM_SECONDS, OUTAGE_SECONDS, PollTroubles
from bot.running.pulse import Pulse
from bot.running.root import running_application
from bot.running.supervising import REFUSED, Notifier, Standing, Supervision
from bot.services import Services
from bot.settings import supervisor
from bot.store import Store
from tests.bot.harness import TOKEN, make_settings, shown
from tests.doubles import DirectExtractor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.local.world import World
    from bot.services import BotApplication
    from tests.bot.hour import Hour
    from tests.conftest import Indexed

SILENCE = 60.0


class Supervisor:
    """The socket that a supervisor reads."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        """What came since this was asked last, a datagram each."""
        found = []
        while True:
            try:
                found.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        """Read no more."""
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def supervised(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(str(tmp_path / "notify") if request.param == "path" else f"@rapporteur-test-{tmp_path.name}")
    yield made
    made.close()


# The supervisor


def test_assignments_arrive_in_one_datagram_and_no_line_can_be_smuggled_in(supervised: Supervisor) -> None:
    Notifier(supervised.address).tell("WATCHDOG=1", "STATUS=Молчит\nREADY=1")
    assert supervised.heard() == ["WATCHDOG=1\nSTATUS=Молчит READY=1"]


def test_a_supervisor_that_is_not_there_or_gone_is_no_failure(tmp_path: Path) -> None:
    Notifier().tell("READY=1")
    Notifier(str(tmp_path / "nobody")).tell("READY=1")
    gone = Supervisor(str(tmp_path / "gone"))
    gone.close()
    Notifier(gone.address).tell("READY=1")


def test_a_supervisor_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    deaf = Supervisor(str(tmp_path / "deaf"))
    for _ in range(2000):
        Notifier(deaf.address).tell("WATCHDOG=1")
    assert set(deaf.heard()) == {"WATCHDOG=1"}
    deaf.close()


def test_the_environment_says_where_the_supervisor_is_and_for_whom_its_watchdog_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    assert supervisor() == (None, None)
    monkeypatch.setenv("NOTIFY_SOCKET", "@one")
    monkeypatch.setenv("WATCHDOG_USEC", "1500000")
    assert supervisor() == ("@one", 1.5)
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert supervisor() == ("@one", None)
    monkeypatch.delenv("WATCHDOG_PID")
    monkeypatch.setenv("WATCHDOG_USEC", "soon")
    assert supervisor() == ("@one", None)


# The pulse


def test_a_poll_that_fails_is_made_and_no_word_from_telegram(hour: Hour) -> None:
    pulse = Pulse(hour)
    hour.now += 40
    pulse.attempted("no route")
    assert (pulse.silent_for(), pulse.stuck_for(), pulse.failure) == (40, 0, "no route")
    hour.now += 5
    assert (pulse.silent_for(), pulse.stuck_for()) == (45, 5)
    pulse.attempted()
    assert (pulse.silent_for(), pulse.stuck_for(), pulse.failure) == (0, 0, None)


def test_the_rest_that_follows_a_poll_is_not_taken_for_its_being_stuck(hour: Hour) -> None:
    pulse = Pulse(hour)
    pulse.attempted("try again later", pause=300)
    hour.now += 299
    assert pulse.stuck_for() == 0
    hour.now += 11
    assert pulse.stuck_for() == 10


# Giving up


class Watched:
    """A supervision of a pulse whose clock stands where it is put, and the supervisor that hears of it."""

    def __init__(self, hour: Hour, path: Path, silence: float | None = SILENCE) -> None:
        self.hour = hour
        self.pulse = Pulse(hour)
        self.supervisor = Supervisor(str(path / "notify"))
        self.status = "All is well."
        notifier = Notifier(self.supervisor.address)
        self.supervision = Supervision(self.pulse, notifier, lambda: self.status, silence=silence, watchdog=30.0)

    def step(self, seconds: float) -> list[str]:
        """Let time pass, look once, and return what the supervisor was told."""
        self.hour.now += seconds
        self.supervision.step()
        return self.supervisor.heard()

    @property
    def code(self) -> int | None:
        """The exit code that the bot is to end with; None while it is to go on."""
        return self.supervision.given_up.result() if self.supervision.given_up.done() else None


@pytest.fixture
async def watched(hour: Hour, tmp_path: Path) -> AsyncIterator[Watched]:
    made = Watched(hour, tmp_path)
    yield made
    await made.supervision.end()
    made.supervisor.close()


async def test_it_says_that_it_is_ready_and_alive_and_how_it_is_where_that_changes(watched: Watched) -> None:
    watched.supervision.start()
    assert watched.supervisor.heard() == ["READY=1"]
    assert watched.step(1) == ["WATCHDOG=1\nSTATUS=All is well."]
    assert watched.step(1) == ["WATCHDOG=1"]
    watched.status = "Another."
    assert watched.step(1) == ["WATCHDOG=1\nSTATUS=Another."]
    watched.supervision.stopping()
    assert watched.supervisor.heard() == ["STOPPING=1\nSTATUS=Finishing what is under way."]
    assert watched.step(1000) == ["WATCHDOG=1"]
    assert watched.code is None


async def test_polls_that_fail_for_a_day_are_no_reason_to_end(watched: Watched) -> None:
    for _ in range(24 * 60):
        watched.pulse.attempted("no route", pause=30)
        assert "WATCHDOG=1" in watched.step(60)[0]
    assert watched.code is None
    assert watched.pulse.silent_for() == 24 * 3600


async def test_where_no_poll_ends_any_more_the_bot_does_and_the_supervisor_hears_nothing_more(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.pulse.attempted()
    watched.step(SILENCE)
    assert watched.code is None
    said = watched.step(1)
    assert said == ["STATUS=No poll of Telegram has ended for 61 seconds; the bot ends."]
    assert watched.code == FAILED
    assert watched.step(1) == []
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("ERROR", "No poll of Telegram has ended for 61 seconds; the bot ends.")
    ]


async def test_a_token_that_is_refused_while_it_runs_ends_it_as_a_wrong_setting_does(watched: Watched) -> None:
    watched.pulse.refused()
    watched.step(1)
    assert watched.code == USAGE
    assert REFUSED.startswith("Telegram refuses the token")


async def test_where_it_does_not_poll_silence_is_no_reason_to_end(hour: Hour, tmp_path: Path) -> None:
    watched = Watched(hour, tmp_path, silence=None)
    assert watched.step(24 * 3600) == ["WATCHDOG=1\nSTATUS=All is well."]
    assert watched.code is None
    watched.supervisor.close()


# Polls


@pytest.fixture
async def services(shared_index: Indexed, tmp_path: Path, telegram: World) -> AsyncIterator[Services]:
    admins = frozenset(telegram.add_user(name).id for name in ("Daniyar", "Gulnara"))
    settings = make_settings(tmp_path, admins=admins)
    with Store.open(tmp_path / "store.sqlite3") as store:
        made = Services(settings, shared_index.engine(), store, Reloader(settings))
        yield made
        made.executor.shutdown()
        made.library.close()


@pytest.fixture
async def polled(services: Services, telegram: World) -> AsyncIterator[KeepingBot]:
    async with LocalServer(telegram) as server, KeepingBot(services, TOKEN, base_url=server.base_url) as made:
        yield made


def _failure(pulse: Pulse) -> str:
    return pulse.failure or ""


async def test_each_poll_is_noted_with_how_it_ended(
    polled: KeepingBot, services: Services, telegram: World, monkeypatch: pytest.MonkeyPatch, hour: Hour
) -> None:
    pulse = services.pulse
    monkeypatch.setattr(pulse, "_now", hour)
    pulse.attempted()
    hour.now += 100
    telegram.faults.plan("getUpdates", Fault(FaultKind.DROP))
    with pytest.raises(NetworkError):
        await polled.get_updates()
    assert _failure(pulse).startswith("httpx.")
    assert (pulse.silent_for(), pulse.stuck_for()) == (100, 0)
    telegram.faults.plan("getUpdates", flood(500))
    with pytest.raises(TelegramError):
        await polled.get_updates()
    hour.now += 500
    assert (pulse.silent_for(), pulse.stuck_for()) == (500, 0)
    await polled.get_updates()
    assert (pulse.silent_for(), _failure(pulse)) == (0, "")
    telegram.faults.plan("getUpdates", Fault(FaultKind.REFUSE, ApiError(401, "Unauthorized")))
    with pytest.raises(TelegramError):
        await polled.get_updates()
    assert pulse.is_refused


async def test_updates_that_cannot_be_stored_are_not_confirmed_and_the_poll_counts_as_failed(
    polled: KeepingBot, services: Services, telegram: World
) -> None:
    """PTB would poll again at once, and without end, after an error that it does not know."""
    anna = telegram.add_user("Anna")
    telegram.send_text(anna.id, anna.id, "one")
    with services.store.database.writing() as connection:
        connection.execute("ALTER TABLE updates RENAME TO elsewhere")
    with pytest.raises(TelegramError, match="could not be written"):
        await polled.get_updates()
    assert services.pulse.failure is not None
    with services.store.database.writing() as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO updates")
    assert [update.message.text for update in await polled.get_updates() if update.message] == ["one"]


class Troubled:
    """Troubles by a clock that stands where it is put."""

    def __init__(self, services: Services, bot: Bot, hour: Hour, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services.pulse, "_now", hour)
        services.pulse.attempted()
        self.pulse = services.pulse
        self.hour = hour
        self.troubles = PollTroubles(services, bot, now=hour)

    def conflict(self) -> None:
        """A poll was refused since another program polls."""
        self.pulse.heard()
        error = Conflict("terminated by other getUpdates request")
        self.pulse.attempted(str(error), 30)
        self.troubles.failed(error)

    async def told(self) -> None:
        """Wait until the admins have been told what they are being told."""
        await self.troubles.settle(5.0)


@pytest.fixture
def troubled(
    services: Services,
    polled: KeepingBot,
    hour: Hour,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Troubled:
    caplog.set_level(logging.WARNING)
    return Troubled(services, polled, hour, monkeypatch)


def _said(world: World) -> dict[str, list[str]]:
    return {
        person.first_name: [message.text for message in world.history(person.id)]
        for person in world.people.values()
        if not person.is_bot
    }


async def test_another_poller_is_said_once_and_the_admins_are_told_in_their_languages(
    troubled: Troubled, services: Services, telegram: World, caplog: pytest.LogCaptureFixture
) -> None:
    for admin in services.settings.admins:
        telegram.send_text(admin, admin, "/start")
    services.store.keep_language(min(services.settings.admins), "ru")
    for _ in range(20):
        troubled.conflict()
        troubled.hour.now += 20
        assert troubled.troubles.look() is Standing.CONFLICT
    await troubled.told()
    first, second = (texts[1:] for texts in _said(telegram).values())
    assert [len(first), len(second)] == [1, 1]
    assert first[0].startswith("Другая программа получает сообщения с токеном этого бота")
    assert second[0].startswith("Another program polls with this bot's token")
    assert [record.message.partition(";")[0] for record in caplog.records] == [
        "Another program polls with the same token"
    ]


async def test_its_end_is_said_once_it_has_been_calm_and_a_new_beginning_within_the_hour_is_not_told(
    troubled: Troubled, services: Services, telegram: World, caplog: pytest.LogCaptureFixture
) -> None:
    for admin in services.settings.admins:
        telegram.send_text(admin, admin, "/start")
    troubled.conflict()
    # Two that poll are both answered now and then.
    troubled.pulse.attempted()
    troubled.hour.now += CALM_SECONDS - 1
    assert troubled.troubles.look() is Standing.CONFLICT
    troubled.hour.now += 1
    troubled.pulse.attempted()
    assert troubled.troubles.look() is Standing.RECEIVING
    await troubled.told()
    troubled.conflict()
    troubled.hour.now += CALM_SECONDS
    troubled.pulse.attempted()
    troubled.troubles.look()
    await troubled.told()
    assert [len(texts) for texts in _said(telegram).values()] == [3, 3]
    assert [texts[-1] for texts in _said(telegram).values()] == [
        "No other program polls with this bot's token any more; messages arrive here again."
    ] * 2
    assert [record.message.partition(";")[0].rstrip(".") for record in caplog.records] == [
        "Another program polls with the same token",
        "No other program polls with the same token any more",
    ] * 2
    troubled.hour.now += 3600
    troubled.conflict()
    await troubled.told()
    assert [len(texts) for texts in _said(telegram).values()] == [4, 4]


async def test_an_outage_is_said_once_and_its_end_once_and_a_poll_that_fails_now_and_then_is_none(
    troubled: Troubled, caplog: pytest.LogCaptureFixture
) -> None:
    pulse, hour, troubles = troubled.pulse, troubled.hour, troubled.troubles
    for _ in range(10):
        pulse.attempted("cut")
        troubles.failed(NetworkError("cut"))
        hour.now += OUTAGE_SECONDS - 1
        assert troubles.look() is Standing.RECEIVING
        pulse.attempted()
    assert caplog.records == []
    for _ in range(100):
        pulse.attempted("cut", 30)
        troubles.failed(NetworkError("cut"))
        hour.now += 60
        assert troubles.look() is Standing.UNREACHED
    pulse.attempted()
    assert troubles.look() is Standing.RECEIVING
    assert [record.message for record in caplog.records] == [
        "Telegram has not answered for 60 seconds (cut); it is tried again.",
        "Telegram answers again, after 6000 seconds.",
    ]


# All of it together


@asynccontextmanager
async def _running(services: Services, server: LocalServer) -> AsyncIterator[BotApplication]:
    application = build_application(services, TOKEN, base_url=server.base_url, base_file_url=server.base_file_url)
    application.bot_data["menus"] = asyncio.get_running_loop().create_future()
    application.bot_data["menus"].set_result(None)
    application.bot_data["painter"] = DirectExtractor()
    async with running_application(application):
        yield application


async def test_two_that_poll_on_telegram_are_told_to_an_admin_of_the_running_bot(
    shared_index: Indexed, tmp_path: Path, telegram: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervised = Supervisor(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", supervised.address)
    admin = telegram.add_user("Daniyar")
    settings = make_settings(tmp_path, admins=frozenset({admin.id}))
    services = Services(settings, shared_index.engine(), Store.open(tmp_path / "store.sqlite3"), Reloader(settings))
    telegram.send_text(admin.id, admin.id, "/start")
    async with LocalServer(telegram) as server, Bot(TOKEN, server.base_url) as other, _running(services, server):
        await shown(telegram, admin.id, lambda message: True)
        await other.get_updates(timeout=0)
        told = await shown(telegram, admin.id, lambda message: message.text.startswith("Another program polls"))
    assert told.text.endswith("The bot goes on trying.")
    heard = supervised.heard()
    assert heard[0] == "READY=1"
    assert heard[-1].startswith("STOPPING=1") or heard[-1] == "WATCHDOG=1"
    supervised.close()
