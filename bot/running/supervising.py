"""What the supervisor that started the bot is told, and when the bot gives up so that it is started anew."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.errors import FAILED, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.running.pulse import Pulse

_LOG = logging.getLogger(__name__)
LOOK_SECONDS: Final = 5.0
REFUSED: Final = "Telegram refuses the token; copy RAPPORTEUR_TELEGRAM_TOKEN again from BotFather."


class Standing(StrEnum):
    """How it stands between the bot and Telegram, in a sentence for whoever runs it."""

    RECEIVING = "Receiving messages from Telegram."
    UNREACHED = "Telegram does not answer; it is tried again."
    CONFLICT = "Another program polls with the same token; stop one of the two."


class Notifier:
    """Tells a supervisor how the bot is, in the datagrams of systemd's ``sd_notify``; nobody where there is none.

    ``address`` is the path of a socket, or an abstract one's name after an "@".
    """

    def __init__(self, address: str | None = None) -> None:
        self._address = "\0" + address[1:] if address and address.startswith("@") else address

    def tell(self, *assignments: str) -> None:
        """Send assignments such as "READY=1"; that the supervisor does not take them is no failure of the bot."""
        if not self._address:
            return
        lines = "\n".join(" ".join(assignment.split("\n")) for assignment in assignments)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            # It would wait where the supervisor does not read.
            sender.setblocking(False)
            with contextlib.suppress(OSError):
                sender.sendto(lines.encode("utf-8", "replace"), self._address)


class Supervision:
    """Tells the supervisor that the event loop turns and polls are made, and ends the bot where they are not.

    A poll that fails is one that is made: where Telegram cannot be reached the bot stays and tries again. ``silence``
    is how many seconds may pass in which no poll ends; None where there are no polls. ``look`` is what is looked at
    meanwhile, and says in a sentence how it stands. ``watchdog`` is after how many seconds without a word the
    supervisor would end the bot, None where it never does.
    """

    def __init__(
        self,
        pulse: Pulse,
        notifier: Notifier,
        look: Callable[[], str],
        *,
        silence: float | None,
        watchdog: float | None = None,
    ) -> None:
        self._pulse = pulse
        self._notifier = notifier
        self._look = look
        self._silence = silence
        self._pause = min(LOOK_SECONDS, watchdog / 2 if watchdog else LOOK_SECONDS)
        self._said = ""
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None
        self.given_up: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """Done with the exit code once the bot should end of its own accord."""

    def start(self) -> None:
        """Say that the bot is ready, and look from now on."""
        self._notifier.tell("READY=1")
        self._task = asyncio.create_task(self._work(), name="supervision")

    def stopping(self) -> None:
        """Say that the bot is about to end; that the event loop turns is said until ``end``."""
        self._is_stopping = True
        self._notifier.tell("STOPPING=1", "STATUS=Finishing what is under way.")

    async def end(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def step(self) -> None:
        """Look once, and tell the supervisor."""
        if self._is_stopping:
            self._notifier.tell("WATCHDOG=1")
            return
        status, stuck = self._look(), self._pulse.stuck_for()
        if self._silence is not None and not self.given_up.done():
            if self._pulse.is_refused:
                self._give_up(USAGE, REFUSED)
            elif stuck > self._silence:
                self._give_up(FAILED, f"No poll of Telegram has ended for {stuck:.0f} seconds; the bot ends.")
        if self.given_up.done():
            return
        self._notifier.tell("WATCHDOG=1", *([f"STATUS={status}"] if status != self._said else []))
        self._said = status

    def _give_up(self, code: int, sentence: str) -> None:
        _LOG.error(sentence)
        self._notifier.tell(f"STATUS={sentence}")
        self.given_up.set_result(code)

    async def _work(self) -> None:
        while True:
            self.step()
            await asyncio.sleep(self._pause)
