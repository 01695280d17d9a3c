"""Releases and digests without a Telegram: an index whose documents arrive, a clock, and what the outbox holds."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from bot.clock import ManualClock
from bot.documents.reloading import Reloader
from bot.services import Services
from bot.store import Store
from bot.subscriptions.announcing import Announcer, take_arrivals
from tests.bot.harness import STORE, make_settings
from tests.documents import NINTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.outbox.worker import Outbox
    from bot.subscriptions.releases import Release
    from bot.subscriptions.table import Subscription
    from tests.conftest import Indexed

BOT = "some_bot"
ADMIN = 77


class Woken:
    """An outbox that is only counted on to be woken."""

    times = 0

    def wake(self) -> None:
        """Note that there is something to send."""
        self.times += 1


@dataclass(frozen=True, slots=True)
class Registry:
    """What decides on new documents, at work over an index of its own."""

    indexed: Indexed
    clock: ManualClock
    services: Services
    announcer: Announcer
    outbox: Woken = field(default_factory=Woken)

    @property
    def store(self) -> Store:
        """What it remembers."""
        return self.services.store

    def write(self, *names: str, **values: str) -> tuple[Release, ...]:
        """Write a document under each of ``names``, index them and take them up; ``values`` replace parts of NINTH."""
        for name in names:
            text = values.get("text", NINTH)
            for part, other in (("ninth", values.get("word", name)), ("round: 9", f"round: {values.get('round', 9)}")):
                text = text.replace(part, other)
            text = text.replace("process: Astana", f"process: {values.get('process', 'Astana')}")
            (self.indexed.documents / f"{name}.md").write_text(text, encoding="utf-8")
        return self.arrive()

    def arrive(self) -> tuple[Release, ...]:
        """Index what is in the folder and take up what is new."""
        self.indexed.update()
        self.services.engine.refresh()
        return take_arrivals(self.services)

    async def pass_by(self, seconds: float) -> None:
        """Let so much time go by, and do what is due then."""
        self.clock.advance(seconds)
        assert await self.announcer.step()

    def subscribe(self, chat: int, thread: int = 0, language: str = "en", **options: Any) -> Subscription:
        """Subscribe a chat or topic."""
        made = self.store.subscriptions.add(chat, thread, language, **options)
        assert made is not None
        return made

    def waiting(self) -> list[tuple[int, int, str, str]]:
        """Chat, topic, kind and first line without tags of what waits in the outbox, in order."""
        with self.store.database.reading() as connection:
            rows = connection.execute(
                "SELECT chat, thread, kind, body FROM outbox WHERE state = 'pending' ORDER BY id"
            ).fetchall()
        return [(chat, thread, kind, _plain(body.partition("\n")[0])) for chat, thread, kind, body in rows]

    def stages(self) -> list[tuple[int, str]]:
        """Round and stage of each release, in order."""
        with self.store.database.reading() as connection:
            return connection.execute("SELECT round, stage FROM releases ORDER BY id").fetchall()


def _plain(line: str) -> str:
    return line.replace("<b>", "").replace("</b>", "")


@contextmanager
def registry(indexed: Indexed, clock: ManualClock, **settings: Any) -> Iterator[Registry]:
    """A registry that knows the documents of ``indexed``; what it remembers is there for the next one."""
    made = make_settings(indexed.data, **settings)
    with Store.open(indexed.data / STORE, clock.now) as store:
        services = Services(made, indexed.engine(), store, Reloader(made), clock=clock)
        outbox = Woken()
        take_arrivals(services)
        yield Registry(indexed, clock, services, Announcer(services, BOT, cast("Outbox", outbox)), outbox)
        services.executor.shutdown()
        services.library.close()
