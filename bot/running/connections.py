"""Connections to the Bot API, on which nothing is waited for without a limit, however slowly the other side goes on."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import httpx
from telegram.error import TimedOut
from telegram.request import HTTPXRequest

if TYPE_CHECKING:
    from telegram.request import RequestData

# Seconds for one step of a call: to connect, to read or write some bytes, and to wait for a connection that is free.
_CONNECT, _READ, _WRITE, _FREE = 5.0, 5.0, 5.0, 1.0
_READ_FILE, _WRITE_FILE = 20.0, 20.0
# Seconds for a whole call. A poll asks Telegram to answer within ten; a file of 50 MB goes up or down in a few minutes.
CALL_SECONDS: Final = 60.0
FILE_SECONDS: Final = 300.0


class BoundedRequest(HTTPXRequest):
    """So many connections at once; a call has a limit as a whole, beside those of its steps.

    A call that reaches it may have taken effect, as after any time-out.
    """

    __slots__ = ("_call_seconds", "_file_seconds")

    def __init__(
        self, connections: int, *, call_seconds: float = CALL_SECONDS, file_seconds: float = FILE_SECONDS
    ) -> None:
        super().__init__(
            connection_pool_size=connections,
            connect_timeout=_CONNECT,
            read_timeout=_READ,
            write_timeout=_WRITE,
            pool_timeout=_FREE,
            media_write_timeout=_WRITE_FILE,
            httpx_kwargs={"verify": _certificates()},
        )
        self._call_seconds = call_seconds
        self._file_seconds = file_seconds

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """Make one call.

        Raises:
            TimedOut: it or a step of it took too long.
            NetworkError: it failed on the way.
        """
        has_file = "/file/" in url or bool(request_data and request_data.multipart_data)
        if has_file and kwargs.get("read_timeout") is self.DEFAULT_NONE:
            # Telegram looks at the whole of a file before it answers.
            kwargs["read_timeout"] = _READ_FILE
        try:
            async with asyncio.timeout(self._file_seconds if has_file else self._call_seconds):
                return await super().do_request(url, method, request_data, *args, **kwargs)
        except TimeoutError as error:
            raise TimedOut("The call took too long as a whole.") from error


@cache
def _certificates() -> ssl.SSLContext:
    """What servers' certificates are checked against: read once, for reading takes a while."""
    return httpx.create_ssl_context()
