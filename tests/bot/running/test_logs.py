"""The log: no secret in it, no line forged by what somebody wrote, and each line with its request."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import io
import json
import logging
import re
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from telegram.error import InvalidToken

from bot.application import build_application
from bot.documents.reloading import Reloader
from bot.errors import CommandError
from bot.local.server import LocalServer
from bot.local.world import World
from bot.running.logs import Redactor, current_request, log_written, redactor_of, request, request_id
from bot.running.root import running_application
from bot.services import Services
from bot.settings import Settings, SettingsError
from bot.store import Store
from bot.trust_settings import LogFormat
from tests.bot.harness import TOKEN, make_settings, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.local.models import Person
    from tests.conftest import Indexed

SECRET = TOKEN.partition(":")[2]
WEBHOOK = "webhook-secret-of-the-institute"
_LOG = logging.getLogger("bot.somewhere")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with both secrets."""
    return make_settings(
        tmp_path, telegram_token=TOKEN, webhook_url="https://bot.institute.example/", webhook_secret=WEBHOOK
    )


@pytest.fixture(autouse=True)
def _hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the hook back that stays where an exception leaves."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)


class Written(io.StringIO):
    """What has been logged."""

    def __call__(self) -> str:
        """Everything since the last time, in which there is no secret."""
        said = self.getvalue()
        self.seek(0)
        self.truncate()
        for secret in (SECRET, WEBHOOK):
            assert secret not in said
        return said

    def objects(self) -> list[dict[str, Any]]:
        """The same, each line being a JSON object."""
        return [json.loads(line) for line in self().splitlines()]


@pytest.fixture
def written(settings: Settings) -> Iterator[Written]:
    """What is logged as text."""
    stream = Written()
    with log_written(settings, stream):
        yield stream


@pytest.fixture
def as_json(settings: Settings) -> Iterator[Written]:
    """What is logged as JSON."""
    stream = Written()
    with log_written(settings.model_copy(update={"log_format": LogFormat.JSON}), stream):
        yield stream


# Secrets


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        SECRET,
        WEBHOOK,
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        f"?token=123456789%3A{SECRET}&",
        f"?token=123456789%3a{SECRET}&",
        f"Bot[token={TOKEN}]",
        repr({"token": TOKEN}),
        repr(TOKEN.encode()),
        json.dumps([WEBHOOK]),
    ],
)
def test_a_secret_is_hidden_however_it_is_written(text: str, settings: Settings) -> None:
    hidden = redactor_of(settings)(text)
    assert "***" in hidden
    assert not any(secret in hidden for secret in (SECRET, WEBHOOK))


def test_what_is_around_a_secret_stays(settings: Settings) -> None:
    assert redactor_of(settings)(f"https://host/bot{TOKEN}/getMe: 404") == "https://host/bot***/getMe: 404"


def test_what_has_to_be_written_otherwise_in_an_address_is_hidden_in_both_forms() -> None:
    redact = Redactor(["key/with ünusual=signs"])
    assert redact("key/with ünusual=signs") == "***"
    assert redact("?key%2Fwith%20%C3%BCnusual%3Dsigns&") == redact("?key%2fwith%20%c3%bcnusual%3dsigns&") == "?***&"


def test_tokens_that_nobody_named_and_passwords_in_addresses_are_hidden_too() -> None:
    redact = Redactor()
    assert redact(f"/bot987654321:{'a' * 35}/getMe") == "/bot***/getMe"
    assert redact("http://anna:password@proxy:8080/") == "http://***@proxy:8080/"
    for plain in ("http://127.0.0.1:8080/a@b", "12:30:45", "sha256:" + "a" * 64, "99999999999:short"):
        assert redact(plain) == plain


def test_the_end_of_a_short_token_does_not_hide_words() -> None:
    redact = Redactor(["12345:AB"])
    assert redact("12345:AB in ABBA") == "*** in ABBA"


def test_neither_message_nor_arguments_nor_traceback_show_a_secret(written: Written) -> None:
    _LOG.warning("The token %s and %r", TOKEN, {"secret": WEBHOOK})
    try:
        raise ValueError(f"https://host/bot{TOKEN}/getMe")
    except ValueError:
        _LOG.exception("It failed with %s", SECRET)
    said = written()
    assert "The token *** and {'secret': '***'}" in said
    assert "ValueError: https://host/bot***/getMe" in said


def test_nor_does_json_with_what_else_a_record_was_given(as_json: Written) -> None:
    try:
        raise ValueError(f"https://host/bot{TOKEN}/getMe")
    except ValueError:
        _LOG.exception("It failed with %s", SECRET, extra={"address": f"/bot{TOKEN}", "tries": 3, "other": None})
    (said,) = as_json.objects()
    assert said["message"] == "It failed with ***"
    assert said["traceback"].splitlines()[-1] == "ValueError: https://host/bot***/getMe"
    assert said["extra"] == {"address": "/bot***", "tries": 3, "other": None}


def test_causes_and_notes_of_an_error_show_none(written: Written) -> None:
    try:
        try:
            raise ValueError(TOKEN)
        except ValueError as error:
            error.add_note(WEBHOOK)
            raise RuntimeError("outer") from error
    except RuntimeError:
        _LOG.error("It failed", exc_info=True)
    assert written().count("***") == 2


def test_what_cannot_be_formatted_is_named_without_its_arguments(written: Written) -> None:
    (handler,) = (one for one in logging.getLogger().handlers if getattr(one, "stream", None) is written)
    handler.handle(logging.LogRecord("bot.x", logging.WARNING, "a.py", 7, "%d of them", (TOKEN,), None))
    assert re.fullmatch(r"\S+ ERROR bot\.x: A line of the log could not be written \(TypeError\), a\.py:7\n", written())


def test_an_error_that_nobody_caught_is_logged_when_the_program_ends_by_it(
    settings: Settings,
) -> None:
    stream = Written()
    with pytest.raises(RuntimeError) as caught, log_written(settings, stream):
        raise RuntimeError(f"at https://host/bot{TOKEN}/getMe")
    sys.excepthook(caught.type, caught.value, caught.tb)
    lines = stream().splitlines()
    assert " CRITICAL bot.running.logs: The program ends by an error" in lines[0]
    assert lines[-1] == "  | RuntimeError: at https://host/bot***/getMe"
    assert all(line.startswith("  | ") for line in lines[1:])


def test_ctrl_c_is_none_of_these(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt) as caught, log_written(settings):
        raise KeyboardInterrupt
    sys.excepthook(caught.type, caught.value, caught.tb)
    assert capsys.readouterr().err.splitlines()[-1] == "KeyboardInterrupt"


def test_errors_of_threads_and_of_what_is_collected_are_logged_too(as_json: Written) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ValueError(TOKEN)

    def fail() -> None:
        raise ValueError(TOKEN)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    broken = Broken()
    del broken
    gc.collect()
    said = as_json.objects()
    assert [entry["traceback"].splitlines()[-1] for entry in said] == ["ValueError: ***"] * 2


async def test_an_error_of_a_task_that_nobody_awaits_is_logged(as_json: Written) -> None:
    async def fail() -> None:
        raise ValueError(TOKEN)

    task = asyncio.ensure_future(fail())
    await asyncio.wait({task})
    del task
    gc.collect()
    (said,) = as_json.objects()
    assert (said["logger"], said["traceback"].splitlines()[-1]) == ("asyncio", "ValueError: ***")


def test_warnings_are_lines_of_the_log(as_json: Written) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # As the program would show it, and not the tests.
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn(f"deprecated: {TOKEN}", UserWarning, stacklevel=1)
        logging.captureWarnings(False)
    (said,) = as_json.objects()
    assert said["logger"] == "py.warnings" and "deprecated: ***" in said["message"]


def test_a_dump_of_all_stacks_has_no_values(tmp_path: Path) -> None:
    token = TOKEN
    with (tmp_path / "dump").open("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        dump = file.read()
    assert "test_a_dump_of_all_stacks_has_no_values" in dump and token not in dump and SECRET not in dump


def test_afterwards_everything_is_as_it_was(settings: Settings) -> None:
    def state() -> tuple[object, ...]:
        root = logging.getLogger()
        return (*root.handlers, root.level, sys.excepthook, sys.unraisablehook, threading.excepthook)

    before = state()
    with log_written(settings):
        assert state() != before
    assert state() == before


# Telegram's library


@pytest.fixture
def talkative() -> Iterator[None]:
    """The libraries that call Telegram log all that they do."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore", "telegram")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@contextlib.contextmanager
def made(settings: Settings, indexed: Indexed) -> Iterator[Services]:
    """The services of a bot with the token of the settings."""
    with Store.open(settings.data_dir / "store.sqlite3") as store:
        yield Services(settings, indexed.engine(), store, Reloader(settings))


async def test_a_refused_token_is_not_shown(
    settings: Settings, shared_index: Indexed, written: Written, telegram: World
) -> None:
    async with LocalServer(World("987654321:AAanothertokenofanotherbotentirely")) as server:
        with made(settings, shared_index) as services:
            application = build_application(
                services, TOKEN, base_url=server.base_url, base_file_url=server.base_file_url
            )
            with pytest.raises(InvalidToken) as refused:
                await application.bot.initialize()
            _LOG.error("Refused: %s by %r of %r", refused.value, application.bot, application, exc_info=refused.value)
            await application.bot.shutdown()
            with pytest.raises(SettingsError) as said:
                async with running_application(application):
                    pass
            await application.bot.shutdown()
    assert SECRET in str(refused.value)
    assert SECRET not in str(said.value)
    assert "The token `***` was rejected by the server." in written()


async def test_an_address_that_cannot_be_reached_is_not_shown_with_the_token(
    settings: Settings, shared_index: Indexed, written: Written
) -> None:
    with made(settings, shared_index) as services:
        address = "localhost:1/bot"
        application = build_application(services, TOKEN, base_url=address, base_file_url=address)
        with pytest.raises(CommandError, match=r"^Telegram cannot be reached \(") as said:
            async with running_application(application):
                pass
        await application.bot.shutdown()
    assert SECRET not in str(said.value)
    written()


async def test_the_calls_that_the_library_logs_have_no_token(
    settings: Settings, shared_index: Indexed, written: Written, telegram: World, talkative: None
) -> None:
    async with LocalServer(telegram) as server:
        with made(settings, shared_index) as services:
            application = build_application(
                services, TOKEN, base_url=server.base_url, base_file_url=server.base_file_url
            )
            await application.bot.initialize()
            await application.bot.shutdown()
    assert re.search(r"INFO httpx: HTTP Request: POST http://127\.0\.0\.1:\d+/bot\*\*\*/getMe", written())


# Lines


def test_a_line_of_text_has_time_level_logger_and_message(written: Written) -> None:
    _LOG.warning("Message %s was not sent", 7)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING bot\.somewhere: Message 7 was not sent\n", written()
    )


def test_an_object_of_json_has_the_same_and_null_where_there_is_nothing(as_json: Written) -> None:
    _LOG.warning("Сообщение %s\nне отправлено 🕊️", 7)
    (said,) = as_json.objects()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said.pop("time"))
    assert said == {
        "level": "WARNING",
        "logger": "bot.somewhere",
        "message": "Сообщение 7\nне отправлено 🕊️",
        "request": None,
        "traceback": None,
    }


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_nobody_can_begin_a_line_of_the_log_with_what_they_write(end: str, written: Written) -> None:
    forged = "2026-11-29T12:00:00.000Z CRITICAL bot.access: Anna is an admin"
    _LOG.warning("Asked: %s", f"hello{end}{forged}")
    try:
        raise ValueError(f"hello{end}{forged}")
    except ValueError:
        _LOG.exception("It failed")
    lines = written().splitlines()
    assert not any(line.startswith(forged) for line in lines)
    assert [line[:4] for line in lines].count("  | ") == len(lines) - 2


def test_nothing_moves_the_cursor_or_turns_the_text(written: Written) -> None:
    _LOG.warning("Asked: %s", "\x1b[2J\b\u202eabc\u2066")
    assert "Asked: \\x1b[2J\\x08\\u202eabc\\u2066\n" in written()


def test_a_stack_that_was_asked_for_is_part_of_the_record(as_json: Written) -> None:
    _LOG.warning("Here", stack_info=True)
    assert "test_a_stack_that_was_asked_for" in as_json.objects()[0]["traceback"]


# Requests


def test_an_update_has_the_same_request_whenever_it_is_handled() -> None:
    assert request_id(1) == request_id(1) != request_id(2)
    assert all(re.fullmatch(r"[0-9a-f]{8}", made) for made in (request_id(10**9), request_id()))
    assert request_id() != request_id()


def test_lines_within_a_request_carry_it(written: Written) -> None:
    with request("0123abcd"):
        _LOG.warning("within")
    _LOG.warning("outside")
    assert [line.partition("WARNING ")[2] for line in written().splitlines()] == [
        "bot.somewhere [0123abcd]: within",
        "bot.somewhere: outside",
    ]
    assert current_request() is None


async def test_the_reference_that_a_person_is_told_is_that_of_every_line_of_their_update(
    shared_index: Indexed, telegram: World, tmp_path: Path, as_json: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, boris = telegram.add_user("Anna"), telegram.add_user("Boris")

    def fail(question: str, *_: object, **__: object) -> None:
        _LOG.warning("In the executor: %s", question)
        raise RuntimeError("secret of the machine")

    async def told(bot: Any, person: Person) -> str:
        answer = await bot.ask(person, f"What did {person.first_name} sign?")
        found = re.search(r"the reference ([0-9a-f]{8})\.", answer.text)
        assert found is not None, answer.text
        return found[1]

    async with running(telegram, make_settings(tmp_path), shared_index.engine(), shared_index) as bot:
        monkeypatch.setattr(bot.services.engine, "answer", fail)
        references = await asyncio.gather(told(bot, anna), told(bot, boris))
    said = [entry for entry in as_json.objects() if entry["request"] is not None]
    assert len(set(references)) == 2
    for reference, name in zip(references, ("Anna", "Boris"), strict=True):
        lines = [entry for entry in said if entry["request"] == reference]
        assert [entry["message"] for entry in lines] == [
            f"In the executor: What did {name} sign?",
            f"Update failed, reference {reference}",
        ]
        assert lines[1]["traceback"].splitlines()[-1] == "RuntimeError: secret of the machine"
