"""Updates that Telegram brings: each written to the store before its receipt is confirmed, and handled once."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from aiohttp import web
from aiohttp.http import HttpProcessingError
from telegram import Update
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.application import ALLOWED_UPDATES
from bot.errors import CommandError
from bot.messages.delivery import seconds_to_wait
from bot.running.inbox import waiting_updates
from bot.running.logs import redactor_of
from corpus.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import StreamReader
    from telegram import WebhookInfo

    from bot.running.inbox import KeepingBot
    from bot.services import BotApplication, Services
    from bot.settings import Settings

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
LONGEST_BODY = 1024 * 1024
_LOG = logging.getLogger(__name__)
_CONNECTIONS = 20
_MOST_WAITING = 1000
_BODY_SECONDS = 10.0
_LOOK_SECONDS = 60.0
_QUIET_SECONDS = 60.0
_ATTEMPTS = 3
_LARGEST_ID = 2**63 - 1
# What PTB raises where a field of an update is not of the kind that it should be.
_MISMATCHES = (TypeError, ValueError, LookupError, AttributeError, OverflowError, OSError)


class Forgeries:
    """Counts requests that do not come from Telegram, and says so in the log, not more than once a minute."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._count = 0
        self._said: float | None = None

    def note(self) -> None:
        """One more."""
        self._count += 1
        self.tell_log()

    def tell_log(self) -> None:
        """Log how many there were since the last time, unless that was within a minute."""
        if self._count and (self._said is None or self._now() - self._said >= _QUIET_SECONDS):
            _LOG.warning("Requests to the webhook without the right secret, all refused: %s", self._count)
            self._count, self._said = 0, self._now()


class Webhook:
    """Listens where the settings say, behind a proxy that speaks TLS, and has Telegram send updates to ``url``.

    Only the path of ``url`` is served; a port 0 in it stands for the one that is listened on. An update is confirmed
    once it is in the store; where it cannot be, Telegram is told so and brings it again. ``most_waiting`` updates at
    most are taken in advance of what is handled, and a body has to come within ``body_seconds``.
    """

    def __init__(
        self,
        application: BotApplication,
        url: str,
        secret: str,
        *,
        most_waiting: int = _MOST_WAITING,
        body_seconds: float = _BODY_SECONDS,
    ) -> None:
        self.url = url
        self._path = unquote(urlsplit(url).path) or "/"
        self._application = application
        self._bot: KeepingBot = application.bot
        self._services: Services = application.bot_data["services"]
        self._secret = secret
        self._most_waiting = most_waiting
        self._body_seconds = body_seconds
        self._forgeries = Forgeries(self._services.clock.monotonic)
        self._is_stopping = False
        self._failed_at: object = None
        self._looking: asyncio.Task[None] | None = None
        server = web.Server(
            self._receive, access_log=None, logger=_requests_log(), lingering_time=1.0, auto_decompress=False
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=2.0)

    async def start(self) -> None:
        """Listen, and then tell Telegram where.

        Raises:
            OSError: the address or the port cannot be used.
            TelegramError: Telegram cannot be reached, or refuses the address.
        """
        settings = self._services.settings
        await self._runner.setup()
        await web.TCPSite(self._runner, settings.webhook_host, settings.webhook_port).start()
        parts = urlsplit(self.url)
        if parts.port == 0:
            self.url = parts._replace(netloc=f"{parts.hostname}:{self._runner.addresses[0][1]}").geturl()
        await self._announce()
        self._looking = asyncio.create_task(self._look(), name="webhook")

    def refuse(self) -> None:
        """Take no more updates: Telegram keeps them for the next start."""
        self._is_stopping = True

    async def stop(self) -> None:
        """Take no more updates, finish with what is being received, and listen no more."""
        self.refuse()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        await self._runner.cleanup()

    async def _announce(self) -> None:
        """Have Telegram send updates, waiting where it asks for that."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._bot.set_webhook(
                    self.url,
                    secret_token=self._secret,
                    allowed_updates=ALLOWED_UPDATES,
                    max_connections=_CONNECTIONS,
                    drop_pending_updates=False,
                )
            except RetryAfter as error:
                if attempt == _ATTEMPTS:
                    raise
                await self._services.clock.sleep(seconds_to_wait(error))
            else:
                return

    # Receiving.

    async def _receive(self, request: web.BaseRequest) -> web.Response:
        status = await self._taken(request)
        self._services.metrics.webhook_requests.labels(status).inc()
        return web.Response(status=status)

    async def _taken(self, request: web.BaseRequest) -> int:
        """Take what is sent if it is an update from Telegram; the HTTP status that says what became of it."""
        refused = self._refusal(request)
        if refused is not None:
            return refused
        self._services.pulse.heard()
        try:
            async with asyncio.timeout(self._body_seconds):
                body = await _read(request.content)
        except TimeoutError:
            return 408
        except (ConnectionError, web.RequestPayloadError):
            # It broke off, or was not what its headers say.
            return 400
        if body is None:
            return 413
        try:
            update = parsed(body, self._bot)
        except ValueError as error:
            _LOG.warning("What was sent to the webhook is no update: %s", error)
            return 400
        return 200 if update is None else await self._kept(update)

    def _refusal(self, request: web.BaseRequest) -> int | None:
        """The HTTP status for a request that is refused before its body is read; None for one that is not."""
        if request.path != self._path:
            return 404
        if request.method != "POST":
            return 405
        shown = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(shown, self._secret.encode()):
            self._forgeries.note()
            return 403
        if request.content_type != "application/json" or "Content-Encoding" in request.headers:
            return 415
        if (request.content_length or 0) > LONGEST_BODY:
            return 413
        return None

    async def _kept(self, update: Update) -> int:
        """Write an update to the store and hand it on to be handled, unless that was done before."""
        if self._is_stopping or waiting_updates(self._application) >= self._most_waiting:
            return 503
        try:
            new = await self._bot.keep([update])
        except DatabaseError as error:
            _LOG.error("An update could not be kept, and Telegram is asked to bring it again: %s", error)
            return 500
        for one in new:
            self._application.update_queue.put_nowait(one)
        return 200

    # Looking after it.

    async def _look(self) -> None:
        """See now and then that Telegram can be reached and still sends updates here, for they may be rare."""
        settings, clock, pulse = self._services.settings, self._services.clock, self._services.pulse
        while True:
            await clock.sleep(min(_LOOK_SECONDS, settings.silence_seconds / 3))
            self._forgeries.tell_log()
            try:
                await self._see(await self._bot.get_webhook_info())
            except TelegramError as error:
                _LOG.warning("Telegram was not reached to ask after the webhook: %s", error)
                pulse.attempted(str(error))
            else:
                pulse.heard()
                pulse.attempted()

    async def _see(self, info: WebhookInfo) -> None:
        if info.url != self.url:
            _LOG.warning("Telegram no longer sends updates here, as another program told it; it is told to again.")
            await self._announce()
        if info.last_error_date is not None and info.last_error_date != self._failed_at:
            _LOG.warning("Telegram could not bring an update to the webhook: %s", info.last_error_message)
        self._failed_at = info.last_error_date
        self._services.metrics.updates_held.set(info.pending_update_count)


def _requests_log() -> logging.Logger:
    """A log of what goes wrong with requests here, without those that are not HTTP: anybody can send these."""

    def is_ours(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | web.RequestPayloadError)

    log = logging.Logger(f"{__name__}.requests")
    log.parent = _LOG
    log.addFilter(is_ours)
    return log


async def _read(content: StreamReader) -> bytes | None:
    """A body, or None where it is longer than any update."""
    body = bytearray()
    async for part in content.iter_any():
        body += part
        if len(body) > LONGEST_BODY:
            return None
    return bytes(body)


def parsed(body: bytes, bot: KeepingBot) -> Update | None:
    """The update in a body of JSON; None for one of a kind that the bot has not asked for or does not know.

    Raises:
        ValueError: there is none in it.
    """
    try:
        value: Any = json.loads(body)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    identifier = value.get("update_id")
    if type(identifier) is not int or not 0 <= identifier <= _LARGEST_ID:
        raise ValueError("it has no update_id")
    if all(value.get(kind) is None for kind in ALLOWED_UPDATES):
        return None
    try:
        return Update.de_json(value, bot)
    except _MISMATCHES as error:
        raise ValueError(f"its fields are not those of one ({type(error).__name__})") from None


async def receiving_at(application: BotApplication, url: str) -> Webhook:
    """A webhook that listens, and that Telegram knows of; the secret is that of the settings.

    Raises:
        CommandError: the port cannot be used, or Telegram cannot be reached or does not take the address.
    """
    settings = application.bot_data["services"].settings
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else secrets.token_urlsafe(32)
    webhook = Webhook(application, url, secret)
    try:
        await webhook.start()
    except (OSError, TelegramError) as error:
        await webhook.stop()
        raise CommandError(_sentence(error, settings)) from None
    return webhook


def _sentence(error: Exception, settings: Settings) -> str:
    if isinstance(error, OSError):
        return (
            f"The port {settings.webhook_port} of {settings.webhook_host} cannot be used for the webhook "
            f"({os.strerror(error.errno or 0)}); stop what uses it, or set RAPPORTEUR_WEBHOOK_HOST or "
            "RAPPORTEUR_WEBHOOK_PORT to another."
        )
    # It may have the address of the call, of which the token is a part.
    said = redactor_of(settings)(str(error))
    if isinstance(error, BadRequest):
        return f"Telegram does not take the address in RAPPORTEUR_WEBHOOK_URL ({said}); see that it is right."
    return f"Telegram was not told of the webhook ({said}); check the network, and start the bot again."
