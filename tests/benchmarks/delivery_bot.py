"""The bot of the delivery benchmark: over the small documents, with the encoder of the tests, until it is stopped.

    python -m tests.benchmarks.delivery_bot DATA ADDRESS TOKEN ADMIN

ADDRESS is that of a Bot API server. "ready" is printed once it polls.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from pathlib import Path

from bot.application import build_application
from bot.clock import SystemClock
from bot.documents.reloading import Reloader
from bot.running.root import running_application, until_stopped
from bot.services import Services
from bot.store import Store
from tests.bot.harness import make_settings
from tests.conftest import Indexed


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("address")
    parser.add_argument("token")
    parser.add_argument("admin", type=int)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # It logs each refusal with a traceback, also those that are only waited out.
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
    asyncio.run(_run(arguments.data, arguments.address, arguments.token, arguments.admin))


async def _run(data: Path, address: str, token: str, admin: int) -> None:
    indexed, clock = Indexed(data), SystemClock()
    settings = make_settings(data, indexed.documents, admins=frozenset({admin}))
    engine = indexed.engine()
    store = Store.open(settings.store_file, clock.now)
    services = Services(settings, engine, store, Reloader(settings, engine), clock=clock)
    application = build_application(services, token, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot")
    async with running_application(application):
        print("ready", flush=True)
        await until_stopped(application)


if __name__ == "__main__":
    main()
