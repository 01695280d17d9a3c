"""The log: as text or as JSON, each line with the request that it belongs to, and none with a secret in it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import secrets
import sys
import threading
import traceback
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from bot.secret_files import secret_values
from bot.trust_settings import LogFormat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from bot.settings import Settings

HIDDEN = "***"
# The part of a token behind its colon is hidden by itself too, unless it is so short that words might have it in them.
_SHORT = 8
# What looks like a token of any bot, and the user and password of an address.
_ALWAYS = (r"(?<!\d)\d{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}", r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
# Control characters, what some readers take for the end of a line, and what turns the direction of writing.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_OF_RECORDS = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
_Failure = tuple[type[BaseException], BaseException, "TracebackType | None"]


# The request


def request_id(update: int | None = None) -> str:
    """Eight hexadecimal digits: always the same for the update of an id, replayed ones too; random without one."""
    if update is None:
        return secrets.token_hex(4)
    return hashlib.blake2b(str(update).encode(), digest_size=4, person=b"request").hexdigest()


@contextmanager
def request(identifier: str) -> Iterator[None]:
    """Within it, what this task and those it starts log belongs to the request."""
    token = _REQUEST.set(identifier)
    try:
        yield
    finally:
        _REQUEST.reset(token)


def current_request() -> str | None:
    """The request that is being dealt with, None outside of one."""
    return _REQUEST.get()


# Secrets


class Redactor:
    """Puts asterisks in the place of secrets, of what looks like a bot's token, and of passwords in addresses."""

    def __init__(self, hidden: Iterable[str] = ()) -> None:
        forms = sorted({form for secret in hidden for form in _forms(secret)}, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join([*map(re.escape, forms), *_ALWAYS]))

    def __call__(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub(HIDDEN, text)


def redactor_of(settings: Settings) -> Redactor:
    """What hides the secrets of the settings."""
    return Redactor(secret_values(settings))


def _forms(secret: str) -> set[str]:
    """How a secret may be written: whole, the part behind the colon alone, and either as part of an address."""
    part = secret.partition(":")[2]
    plain = {secret, part} if len(part) >= _SHORT else {secret}
    quoted = {quote(form, safe="") for form in plain if form}
    lowered = {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in quoted}
    return {form for form in plain | quoted | lowered if form}


# Lines


class TextFormatter(logging.Formatter):
    """A line a record: time (UTC), level, logger, the request in brackets, and the message; no text can end the line.

    A traceback follows in lines that begin with a bar.
    """

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines."""
        asked = current_request()
        of = f"{record.name} [{asked}]" if asked is not None else record.name
        lines = [f"{_time(record)} {record.levelname} {of}: {_one_line(record.getMessage())}"]
        trace = _trace(record)
        if trace is not None:
            lines += [f"  | {_one_line(line)}" for line in trace.split("\n")]
        return self._redact("\n".join(lines))


class JsonFormatter(logging.Formatter):
    """A JSON object a record: time (ISO 8601, UTC), level, logger, message, request and traceback, null where none.

    What else a record was given is in "extra".
    """

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The object, in one line of ASCII."""
        trace = _trace(record)
        said: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
            "request": current_request(),
            "traceback": None if trace is None else self._redact(trace),
        }
        extra = {name: self._plain(value) for name, value in vars(record).items() if name not in _OF_RECORDS}
        return json.dumps(said | ({"extra": extra} if extra else {}))

    def _plain(self, value: object) -> str | int | None:
        return value if value is None or isinstance(value, int) else self._redact(str(value))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(record: logging.LogRecord) -> str | None:
    """The traceback or the stack that a record has, None where it has neither."""
    parts = []
    if record.exc_info is not None and record.exc_info[1] is not None:
        parts.append("".join(traceback.format_exception(record.exc_info[1])).rstrip("\n"))
    elif record.exc_text:
        parts.append(record.exc_text)
    if record.stack_info:
        parts.append(record.stack_info)
    return "\n".join(parts) or None


def _one_line(text: str) -> str:
    """The text with what could end or rearrange a line written out as an escape."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


# Writing it


class _Stream(logging.StreamHandler[Any]):
    """Writes to a stream; what cannot be formatted is named without its arguments, which may be secrets."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say that a line is missing, and where it was to be logged."""
        kind = sys.exc_info()[0]
        if kind is None or issubclass(kind, OSError):
            return
        place = (kind.__name__, record.pathname, record.lineno)
        said = "A line of the log could not be written (%s), %s:%s"
        with contextlib.suppress(OSError, ValueError):
            spare = logging.LogRecord(record.name, logging.ERROR, record.pathname, record.lineno, said, place, None)
            self.stream.write(self.format(spare) + self.terminator)


@contextmanager
def log_written(settings: Settings, stream: TextIO | None = None) -> Iterator[None]:
    """Write warnings and errors, in the format of the settings, also those that nobody caught; to standard error.

    An exception that leaves the context is written in the same way when the program ends by it.
    """
    redact = redactor_of(settings)
    handler = _Stream(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(redact) if settings.log_format == LogFormat.JSON else TextFormatter(redact))
    root = logging.getLogger()
    level, hooks = root.level, (sys.excepthook, sys.unraisablehook, threading.excepthook)
    root.setLevel(logging.WARNING)
    root.addHandler(handler)
    logging.captureWarnings(True)

    def write(said: str, failure: _Failure) -> None:
        handler.handle(logging.LogRecord(__name__, logging.CRITICAL, __file__, 0, said, None, failure))

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            write("The program ends by an error", (kind, error, trace))

    def unraisable(found: sys.UnraisableHookArgs) -> None:
        if found.exc_value is not None:
            write(
                found.err_msg or "An error could not be raised", (found.exc_type, found.exc_value, found.exc_traceback)
            )

    def in_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None and not issubclass(found.exc_type, SystemExit):
            write("A thread ends by an error", (found.exc_type, found.exc_value, found.exc_traceback))

    sys.excepthook, sys.unraisablehook, threading.excepthook = uncaught, unraisable, in_thread
    try:
        yield
        sys.excepthook = hooks[0]
    finally:
        # The first stays where an exception leaves: it is called when nothing of the program is left to catch it.
        _, sys.unraisablehook, threading.excepthook = hooks
        logging.captureWarnings(False)
        root.removeHandler(handler)
        root.setLevel(level)
