"""The web chat on a closed network: the page behind a log-in, over TLS or behind a proxy that provides it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from bot.access.passwords import COST
from bot.local.callers import ClosedDoor
from bot.local.login import Login
from bot.local.login_check import LoginCheck
from bot.local.sessions import Sessions
from bot.local.web import add_web_chat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.access.accounts import AccountTable
    from bot.access.passwords import Cost
    from bot.clock import Clock
    from bot.local.residents import Residents
    from bot.local.world import World
    from bot.reach import Reach


@asynccontextmanager
async def closed_web_chat(
    world: World,
    residents: Residents,
    accounts: AccountTable,
    reach: Reach,
    port: int,
    clock: Clock,
    *,
    cost: Cost = COST,
) -> AsyncIterator[int]:
    """Serve the page to those who log in, on any free port for 0, while the context is open; gives the port.

    Raises:
        ReachError: certificate or key cannot be used.
        OSError: the port cannot be.
    """
    tls = await asyncio.to_thread(reach.tls)
    check = await asyncio.to_thread(LoginCheck, accounts, clock, cost)
    app, door = web.Application(), ClosedDoor(reach)
    add_web_chat(app, world, demonstration=False, door=door)
    Login(world, residents, Sessions(clock), check, door, clock).mount(app)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, reach.host, port, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
