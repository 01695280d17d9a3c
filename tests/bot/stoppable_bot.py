"""A bot in a process of its own, for tests that send it signals: over the index of a test, and held up on demand."""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

from bot.application import build_application
from bot.clock import SystemClock
from bot.documents.reloading import Reloader
from bot.running import root as running
from bot.running import stopping
from bot.running.inbox import KeepingBot
from bot.running.logs import log_written
from bot.running.root import LAST_RESORT, running_application, until_stopped
from bot.services import Services
from bot.store import Store
from retrieval.engine import Engine
from tests.bot.harness import make_settings
from tests.conftest import Indexed
from tests.doubles import DirectExtractor

SLOW = "slow"


def main() -> int:
    """Run until a signal, or a reason of the bot's own, and return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("address")
    parser.add_argument("token")
    parser.add_argument("--admin", type=int, default=1)
    parser.add_argument("--drain", type=float, default=20.0)
    parser.add_argument("--hard", type=float, default=stopping.HARD_SECONDS)
    parser.add_argument("--silence", type=float, default=180.0)
    parser.add_argument("--slow", type=float, default=0.0, help="how long a question with the word slow takes")
    parser.add_argument("--stuck", action="store_true", help="whether the second poll never ends")
    given = parser.parse_args()
    vars(running)["HARD_SECONDS"] = given.hard
    indexed = Indexed(given.data)
    settings = make_settings(given.data, indexed.documents, admins=frozenset({given.admin}))
    settings = settings.model_copy(update={"drain_seconds": given.drain, "silence_seconds": given.silence})
    if given.slow:
        hold_questions(given.slow)
    if given.stuck:
        running._POLL_SECONDS = 0.2
        hold_polls()
    with log_written(settings):
        try:
            return asyncio.run(run(given.address, given.token, settings, indexed))
        finally:
            LAST_RESORT.disarm_unless_threads_run()


async def run(address: str, token: str, settings: Any, indexed: Indexed) -> int:
    """Run it, and print a word once it polls."""
    engine, clock = indexed.engine(), SystemClock()
    store = Store.open(settings.store_file, clock.now)
    services = Services(settings, engine, store, Reloader(settings), clock=clock)
    application = build_application(services, token, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot")
    application.bot_data["menus"] = asyncio.get_running_loop().create_future()
    application.bot_data["menus"].set_result(None)
    application.bot_data["painter"] = DirectExtractor()
    async with running_application(application):
        print("ready", flush=True)
        return await until_stopped(application)


def hold_questions(seconds: float) -> None:
    """Let a question that has the word in it be answered so much later, and say when it is being answered."""
    answer = Engine.answer

    def slowly(self: Engine, question: str, *given: Any, **named: Any) -> Any:
        if SLOW in question:
            print("answering", flush=True)
            threading.Event().wait(seconds)
        return answer(self, question, *given, **named)

    Engine.answer = slowly  # type: ignore[assignment,method-assign]


def hold_polls() -> None:
    """Let the first poll end and the next one never."""
    poll, polls = KeepingBot._new_updates, [0]

    async def stuck(self: KeepingBot, *given: Any, **named: Any) -> Any:
        polls[0] += 1
        if polls[0] > 1:
            await asyncio.Event().wait()
        return await poll(self, *given, **named)

    KeepingBot._new_updates = stuck  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())
