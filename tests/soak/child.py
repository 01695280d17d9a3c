"""The bot of the soak: the parts of ``bot.running.root`` over small documents, with the encoder of the tests.

    python -m tests.soak.child DATA ADDRESS TOKEN ADMIN [--by-hand SECONDS]

ADDRESS is that of a Bot API server. The index is brought up to date first, as ``rapporteur run`` does; "ready" is
printed once it polls. With ``--by-hand`` its clock stands at SECONDS since 1970, and lines on stdin are obeyed, each
answered with a line of JSON: "advance SECONDS", "settle", "weigh".
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.application import build_application
from bot.clock import ManualClock, SystemClock
from bot.documents.reloading import Reloader
from bot.running.root import running_application, until_stopped
from bot.services import Services
from bot.store import Store
from tests.bot.harness import make_settings
from tests.conftest import Indexed
from tests.soak.weighing import settle, weigh

if TYPE_CHECKING:
    from bot.services import BotApplication


def main() -> None:
    """Run until SIGTERM, or until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("address")
    parser.add_argument("token")
    parser.add_argument("admin", type=int)
    parser.add_argument("--by-hand", type=float, metavar="SECONDS")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # It logs each refusal with a traceback, also those that are only waited out.
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
    asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> None:
    indexed = Indexed(arguments.data)
    indexed.update()
    clock = SystemClock() if arguments.by_hand is None else ManualClock(arguments.by_hand)
    settings = make_settings(indexed.data, indexed.documents, admins=frozenset({arguments.admin}))
    engine = indexed.engine()
    store = Store.open(settings.store_file, clock.now)
    services = Services(settings, engine, store, Reloader(settings, engine), clock=clock)
    base, files = f"{arguments.address}/bot", f"{arguments.address}/file/bot"
    application = build_application(services, arguments.token, base_url=base, base_file_url=files)
    if isinstance(clock, ManualClock):
        _pass_freely(application)
    async with running_application(application):
        print("ready", flush=True)
        if isinstance(clock, ManualClock):
            await _obey(application, clock)
        else:
            await until_stopped(application)


def _pass_freely(application: BotApplication) -> None:
    """Let calls pass as fast as they are made: PTB's limiter goes by the machine's time, in which a week is long."""
    limiter = application.bot.rate_limiter
    limiter._base_limiter = None
    limiter._group_max_rate = 0


async def _obey(application: BotApplication, clock: ManualClock) -> None:
    """Do what lines on stdin say, until there are no more."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        word, *values = line.decode().split()
        if word == "advance":
            clock.advance(float(values[0]))
            said: object = clock.now()
        elif word == "settle":
            said = await settle(application, clock)
        else:
            said = await weigh(application)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
