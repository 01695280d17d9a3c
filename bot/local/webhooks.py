"""Delivery of updates to a webhook: one at a time, with the secret, and again until it is taken."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.clock import Clock
from bot.local.models import JsonObject
from bot.local.updates import Failure, UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_TIMEOUT = ClientTimeout(total=10)


def is_local(url: str) -> bool:
    """Whether a webhook is on this machine; the local server reaches no other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


class WebhookDelivery:
    """Takes updates from the queue to the webhook, as long as one is set."""

    def __init__(self, updates: UpdateQueue, clock: Clock) -> None:
        """Nothing is delivered before ``run``."""
        self._updates = updates
        self._clock = clock
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Deliver until cancelled."""
        forget = self._updates.listen(self._wake.set)
        try:
            async with ClientSession(timeout=_TIMEOUT) as session:
                while True:
                    await self._deliver_all(session)
                    await self._wake.wait()
                    self._wake.clear()
        finally:
            forget()

    async def _deliver_all(self, session: ClientSession) -> None:
        """Empty the queue; after a failure wait one second, then two, four, ... up to a minute."""
        pause = _FIRST_PAUSE
        while (first := self._updates.first()) is not None and self._updates.webhook is not None:
            update_id, update = first
            if await self._deliver(session, update):
                self._updates.confirm(update_id)
                pause = _FIRST_PAUSE
            else:
                await self._clock.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _deliver(self, session: ClientSession, update: JsonObject) -> bool:
        """Send one update; whether it was taken."""
        webhook = self._updates.webhook
        if webhook is None:
            return False
        headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
        try:
            async with session.post(webhook.url, json=update, headers=headers, allow_redirects=False) as response:
                if 200 <= response.status < 300:
                    return True
                reason = f"Wrong response from the webhook: {response.status} {response.reason}"
        except TimeoutError:
            reason = "Read timeout expired"
        except ClientError:
            reason = "Connection refused"
        self._updates.failure = Failure(self._clock.now(), reason)
        return False


@contextlib.asynccontextmanager
async def delivering(updates: UpdateQueue, clock: Clock) -> AsyncIterator[None]:
    """Deliver to the webhook while the context is open."""
    task = asyncio.create_task(WebhookDelivery(updates, clock).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
