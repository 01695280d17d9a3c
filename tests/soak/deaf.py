"""A Bot API that is never called over a network: it answers every call itself and looks at what is sent."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

from bot.application import build_application
from bot.clock import SystemClock
from bot.documents.reloading import Reloader
from bot.local.markup import MarkupError, parse_html
from bot.local.texts import utf16_length
from bot.services import Services
from bot.store import Store
from tests.bot.harness import TOKEN, make_settings
from tests.conftest import Indexed, make_index

if TYPE_CHECKING:
    from types import TracebackType

    from bot.services import BotApplication

BOT = {"id": 123456789, "is_bot": True, "first_name": "Rapporteur", "username": "rapporteur_local_bot"}
ADMIN = 4711
_LIMIT, _CAPTION = 4096, 1024


class Deaf(BaseRequest):
    """Answers at once, with what Telegram might; ``updates`` are what the next poll brings."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.problems: list[str] = []
        self._number = 1000

    @property
    def read_timeout(self) -> float:
        """Of no meaning here."""
        return 5.0

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """The answer to one call."""
        name = url.rpartition("/")[2]
        values = dict(request_data.parameters) if request_data is not None else {}
        self.calls.append((name, values))
        self._look_at(name, values)
        return 200, json.dumps({"ok": True, "result": self._result(name, values)}).encode()

    def _look_at(self, name: str, values: dict[str, Any]) -> None:
        """Whether Telegram would take it."""
        limit = _LIMIT if "text" in values else _CAPTION
        text = values.get("text", values.get("caption"))
        if not isinstance(text, str) or name == "answerCallbackQuery":
            return
        try:
            shown = parse_html(text).text if values.get("parse_mode") == "HTML" else text
        except (MarkupError, UnicodeError) as error:
            self.problems.append(f"{name}: {error}: {text[:200]!r}")
            return
        if not 0 < utf16_length(shown) <= limit:
            self.problems.append(f"{name}: {utf16_length(shown)} units")

    def _result(self, name: str, values: dict[str, Any]) -> Any:
        if name == "getMe":
            return BOT | {
                "can_join_groups": True,
                "can_read_all_group_messages": False,
                "supports_inline_queries": True,
            }
        if name == "getUpdates":
            updates, self.updates = self.updates, []
            return updates
        if name == "getChatMember":
            return {"status": "member", "user": {"id": 7, "is_bot": False, "first_name": "Anna"}}
        if name == "getChatAdministrators":
            return []
        if name == "getFile":
            return {"file_id": "f", "file_unique_id": "u", "file_size": 4, "file_path": "documents/file_1.md"}
        if name.startswith(("send", "edit", "forward")) and name != "sendChatAction":
            self._number += 1
            chat = values.get("chat_id", 1)
            kind = "private" if isinstance(chat, int) and chat > 0 else "supergroup"
            return {
                "message_id": self._number,
                "date": 1_767_225_600,
                "chat": {"id": chat if isinstance(chat, int) else 1, "type": kind, "first_name": "A", "title": "G"},
                "from": BOT,
                "text": str(values.get("text", "x"))[:_LIMIT],
            }
        return True


@dataclass(slots=True)
class Heard(logging.Handler):
    """What goes to the log that must not, or that is worth counting."""

    errors: list[logging.LogRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        logging.Handler.__init__(self, logging.ERROR)

    def __hash__(self) -> int:
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.errors.append(record)


class Bench:
    """The real application on a loop of its own, to be handed updates one by one; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._indexed: Indexed = make_index(folder / "data")
        self._runner = asyncio.Runner()
        self._log = Heard()
        self._number = 1_000_000
        self.api = Deaf()
        self.application: BotApplication
        self.services: Services

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self._log)
        self._runner.run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._stop())
        self._runner.close()
        logging.getLogger().removeHandler(self._log)

    async def _start(self) -> None:
        settings = make_settings(self._indexed.data, self._indexed.documents, admins=frozenset({ADMIN}))
        clock = SystemClock()
        store = Store.open(settings.store_file, clock.now)
        engine = self._indexed.engine()
        self.services = Services(settings, engine, store, Reloader(settings, engine), clock=clock)
        self.application = build_application(self.services, TOKEN)
        self.application.bot._request = (self.api, self.api)
        self.application.bot.rate_limiter._base_limiter = None
        self.application.bot.rate_limiter._group_max_rate = 0
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        self.application.bot_data["menus"] = done
        await self.application.initialize()
        assert self.application.post_init is not None
        await self.application.post_init(self.application)

    async def _stop(self) -> None:
        assert self.application.post_stop is not None
        await self.application.post_stop(self.application)
        await self.application.shutdown()
        self.services.executor.shutdown(wait=True)
        self.services.store.close()
        self.services.library.close()

    def handle(self, update: dict[str, Any]) -> list[str]:
        """Fetch an update and handle it as PTB does; returns the names of exceptions that the error handler got.

        Raises:
            AssertionError: something went wrong beyond the error handler, or Telegram would not take what was sent.
        """
        if type(update.get("update_id")) is int and 0 < update["update_id"] < 2**53:
            # Under a number that has come before it would be known.
            self._number += 1
            update = update | {"update_id": self._number}
        self.api.updates = [update]
        self.api.calls.clear()
        self._log.errors.clear()
        self._runner.run(self._handle())
        assert self.api.problems == [], self.api.problems
        caught = []
        for record in self._log.errors:
            if record.name == "bot.running.readable" or "could not be dealt with" in record.getMessage():
                caught.append("passed over" if record.name == "bot.running.readable" else "put off")
                continue
            assert record.getMessage().startswith("Update failed, reference"), _told(record)
            caught.append(_told(record))
        return caught

    async def _handle(self) -> None:
        try:
            updates = await self.application.bot.get_updates(timeout=0)
        except NetworkError:
            # The only update had no number.
            return
        for update in updates:
            await self.application.update_processor.process_update(update, self.application.process_update(update))


def _told(record: logging.LogRecord) -> str:
    """An exception of the log, and where it came from, in one line."""
    if not record.exc_info or record.exc_info[1] is None:
        return record.getMessage()[:300]
    error, trace = record.exc_info[1], record.exc_info[2]
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else "?"
    return f"{type(error).__name__} at {where}: {str(error)[:200]}"
