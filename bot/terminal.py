"""``rapporteur chat``: the same bot in the terminal, through the local Bot API server."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from typing import TYPE_CHECKING

from bot.backup.data_lock import CHAT, hold
from bot.errors import DONE
from bot.local.errors import WorldError
from bot.local.events import CallbackAnswered, MessageEdited, MessageSent
from bot.opening import open_engine
from bot.progress import BarProgress
from bot.running.logs import log_written
from bot.running.root import local_bot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.local.events import Event
    from bot.local.models import Message
    from bot.local.world import World
    from bot.settings import Settings
    from retrieval.engine import Engine

_REPLY_SECONDS = 30.0
_HELP = "Type a question, /help, or the number of a button in [brackets]. Ctrl-D ends."


class Terminal:
    """One person's private chat with the bot, as lines of text."""

    def __init__(self, world: World, person: int) -> None:
        self._world = world
        self._person = person
        self._chat = world.private_chat(person).id
        self._buttons: dict[str, tuple[int, str]] = {}
        self._heard = asyncio.Event()

    def show(self, event: Event) -> None:
        """Print what the bot says."""
        if isinstance(event, MessageSent | MessageEdited) and event.message.chat_id == self._chat:
            if event.message.sender.is_bot:
                self._print(event.message)
                self._heard.set()
        elif isinstance(event, CallbackAnswered) and event.answer.text:
            print(f"! {event.answer.text}", flush=True)
            self._heard.set()

    def _print(self, message: Message) -> None:
        print("\n" + message.text, flush=True)
        if message.attachment is not None:
            print(f"<file {message.attachment.name}, {message.attachment.size} bytes>", flush=True)
        if message.keyboard:
            buttons = [button for row in message.keyboard for button in row]
            keys = _keys([button.text for button in buttons])
            self._buttons = {key: (message.id, button.value) for key, button in zip(keys, buttons, strict=True)}
            shown = (
                f"[{key}]" if key == one.text else f"[{key}] {one.text}" for key, one in zip(keys, buttons, strict=True)
            )
            print("  ".join(shown), flush=True)

    def say(self, line: str) -> bool:
        """Send a line, or press the button whose number it is; False for an empty one."""
        text = line.strip()
        if not text:
            return False
        self._heard.clear()
        if text in self._buttons:
            message, data = self._buttons[text]
            self._world.press(self._person, self._chat, message, data)
        else:
            self._world.send_text(self._person, self._chat, text)
        return True

    async def reply(self) -> None:
        """Wait for the bot to say something, so that lines of a pipe are answered in turn; half a minute at most."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._heard.wait(), _REPLY_SECONDS)


def _keys(labels: Sequence[str]) -> list[str]:
    """What is typed for each button: its label where that is a number, else the next number that is free."""
    taken = {label for label in labels if label.isdecimal()}
    free = (str(number) for number in itertools.count(1) if str(number) not in taken)
    return [label if label in taken else next(free) for label in labels]


def run_terminal(settings: Settings) -> int:
    """Read lines until the input ends."""
    with log_written(settings), hold(settings.data_dir, CHAT, shared=True):
        asyncio.run(_converse(settings, open_engine(settings, BarProgress())))
    return DONE


async def _converse(settings: Settings, engine: Engine) -> None:
    async with local_bot(settings, engine) as (world, people, _):
        terminal = Terminal(world, people.admin.id)
        world.subscribe(terminal.show)
        print(_HELP, flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            try:
                said = terminal.say(line)
            except WorldError as error:
                print(f"! {error}", flush=True)
                continue
            if said:
                await terminal.reply()
