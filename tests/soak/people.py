"""The people of the kills: they ask, load and decide all along, and write down what the bot owes them."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bot.local.errors import WorldError
from bot.local.events import MessageEdited, MessageSent
from tests.documents import NINTH
from tests.doubles import DirectExtractor

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bot.local.models import Message
    from bot.local.world import World

FIRST_ROUND = 101
_QUESTIONS = (
    "What was agreed on the release of detainees?",
    "Who took part in the eighth round of talks?",
    "When is the next round of talks?",
    "Where was a safe corridor for convoys opened?",
)
_EDITION = "Which edition of the tally counts lorries at the northern bridge?"
_FOUND = re.compile(r"Edition (\d+) of the tally")
_SUMMARY = re.compile(r"^[^\n]*Round (\d+): summary in quotations")
_DECIDED = "first-observer.md"
# So many questions are open at once at most, far below what the bot puts aside.
_MOST_OPEN = 12
_PATIENCE, _PATIENCE_WITH_CARDS = 8.0, 3.0
_TRIES = 6


@dataclass(slots=True)
class Asked:
    """Something that was sent to the bot, with the number of its update, and how many replies came."""

    update: int
    text: str
    replies: int = 0


@dataclass(slots=True)
class File:
    """A file that was sent: its cards, and whether the bot has said that it is published."""

    update: int
    is_carded: bool = False
    is_published: bool = False


@dataclass(slots=True)
class Owed:
    """All that was sent, and what came of it."""

    questions: dict[int, Asked] = field(default_factory=dict)
    in_group: dict[int, Asked] = field(default_factory=dict)
    subscribed: dict[int, Asked] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    decisions: list[tuple[str, Asked]] = field(default_factory=list)
    editions: list[int] = field(default_factory=list)
    summaries: Counter[tuple[int, int]] = field(default_factory=Counter)
    quoted: set[str] = field(default_factory=set)
    apologies: int = 0

    @property
    def open(self) -> int:
        """How many questions have no answer yet."""
        return sum(not asked.replies for asked in (*self.questions.values(), *self.in_group.values()))


class People:
    """Whoever uses the bot of ``world``, whose documents are in a folder; ``subscribers`` are chats with summaries."""

    def __init__(self, world: World, documents: Path, draw: random.Random) -> None:
        self.world = world
        self.owed = Owed()
        self.admin = world.add_user("Admin")
        self.subscribers = [self._person() for _ in range(6)]
        self.rounds: list[int] = []
        self.wordings: set[str] = set()
        self.edition = 0
        self.is_reloading = self.is_sending = False
        self._documents = documents
        self._draw = draw
        self._prober = self._person()
        self._member = world.add_user("Member")
        group = world.add_group("Delegation", members=[self._member.id], admins=[self.admin.id])
        world.add_bot(group.id, by=self.admin.id)
        self.group = group.id
        self._seen = asyncio.Event()
        self._reports: list[str] = []
        world.send_text(self.admin.id, self.admin.id, "/start")
        world.updates.clear()
        world.subscribe(self._look)
        self._write_edition()

    def _person(self) -> int:
        person = self.world.add_user("Person").id
        self.world.private_chat(person)
        self.world.started.add(person)
        return person

    @property
    def reports(self) -> int:
        """How many reloads have been reported as done."""
        return len(self._reports)

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Let them go on while the context is open."""
        work = (self._ask, self._ask_in_group, self._probe, self._change, self._send, self._decide, self._subscribe)
        tasks = [asyncio.create_task(self._again_and_again(one), name=one.__name__) for one in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for task in tasks:
                if not task.cancelled():
                    task.result()

    async def _again_and_again(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await work()

    # What they do.

    async def _ask(self) -> None:
        await self._pause(0.1, 0.5)
        if self.owed.open < _MOST_OPEN:
            person, text = self._person(), self._draw.choice(_QUESTIONS)
            self.owed.questions[person] = self._write(person, person, text)

    async def _ask_in_group(self) -> None:
        await self._pause(3.0, 5.0)
        if self.owed.open < _MOST_OPEN:
            text = f"/ask {self._draw.choice(_QUESTIONS)}"
            asked = self._write(self._member.id, self.group, text)
            self.owed.in_group[self.world.last_message(self.group).id] = asked

    async def _probe(self) -> None:
        """Ask which edition answers; the next time only when that is known, or was given up."""
        before = len(self.owed.editions)
        self._write(self._prober, self._prober, _EDITION)
        await self._until(lambda: len(self.owed.editions) > before)
        await self._pause(0.1, 0.4)

    async def _change(self) -> None:
        """Write another edition, or now and then the document of a new round, and have it indexed."""
        await self._pause(0.5, 2.0)
        self._write_edition()
        if self.edition % 8 == 3:
            self.arrive()
        done = self.reports
        self.is_reloading = True
        self.reload()
        await self._until(lambda: self.reports > done)
        self.is_reloading = False

    async def _send(self) -> None:
        """Send a file and publish it, read again where its card was not filled."""
        await self._pause(0.5, 1.5)
        self.is_sending = True
        name = f"note-{len(self.owed.files) + 1}.md"
        text = f"---\ntitle: {name}\nlanguage: en\n---\n# Note\n\nThe envoy of {name} carried a sealed letter.\n"
        self.world.send_document(self.admin.id, self.admin.id, name, text.encode())
        # Its card shows how it begins.
        self.wordings.add(f"Note\n\nThe envoy of {name} carried a sealed letter.")
        file = self.owed.files[name] = File(self._last_update())
        for _ in range(_TRIES):
            if not file.is_published:
                await self._until(partial(self._press, name, "Publish"), _PATIENCE_WITH_CARDS)
                await self._until(lambda: file.is_published, _PATIENCE_WITH_CARDS)
            if not file.is_published:
                self._press(name, "Read again")
        self.is_sending = False

    async def _decide(self) -> None:
        """Withdraw a document, or restore it."""
        await self._pause(1.0, 3.0)
        word = "withdraw" if len(self.owed.decisions) % 2 == 0 else "restore"
        asked = self._write(self.admin.id, self.admin.id, f"/{word} {_DECIDED}")
        self.owed.decisions.append((word, asked))
        await self._until(lambda: bool(asked.replies))

    async def _subscribe(self) -> None:
        await self._pause(3.0, 8.0)
        person = self._person()
        self.owed.subscribed[person] = self._write(person, person, "/subscribe")

    def reload(self) -> None:
        """An admin asks for a reload."""
        self.world.send_text(self.admin.id, self.admin.id, "/reload")

    def arrive(self) -> None:
        """The document of a new round is put into the folder."""
        number = FIRST_ROUND + len(self.rounds)
        self.rounds.append(number)
        text = NINTH.replace("round: 9", f"round: {number}").replace("ninth", f"{number}th")
        self._put(f"{number}.md", text)

    def _write_edition(self) -> None:
        self.edition += 1
        text = f"Edition {self.edition} of the tally counts {self.edition} lorries at the northern bridge."
        self._put("tally.md", f"---\ntitle: Tally\nlanguage: en\n---\n# Tally\n\n{text}\n")

    def _put(self, name: str, text: str) -> None:
        """Put a file into the folder in one step, and remember its wording."""
        temporary = self._documents.parent / f".{name}"
        temporary.write_text(text, encoding="utf-8")
        path = temporary.replace(self._documents / name)
        self.wordings.add(DirectExtractor().load(path, name).text)

    # What comes of it.

    def _look(self, event: object) -> None:
        if not isinstance(event, MessageSent | MessageEdited) or event.message.sender.id != self.world.bot.id:
            return
        message = event.message
        self._seen.set()
        self.owed.apologies += message.text.startswith("Something failed")
        self.owed.quoted |= {one.of(message.text) for one in message.entities if one.type.endswith("blockquote")}
        if message.chat_id == self.admin.id:
            self._look_at_desk(message)
        elif isinstance(event, MessageSent):
            self._count(message)

    def _count(self, message: Message) -> None:
        """A message that is not for the admin."""
        found = _SUMMARY.match(message.text)
        asked = self.owed.questions.get(message.chat_id) or self.owed.subscribed.get(message.chat_id)
        if found is not None:
            self.owed.summaries[message.chat_id, int(found[1])] += 1
        elif message.chat_id == self.group and message.reply_to in self.owed.in_group:
            self.owed.in_group[message.reply_to].replies += 1
        elif message.chat_id == self._prober:
            self.owed.editions += [int(edition[1]) for edition in [_FOUND.search(message.text)] if edition]
        elif asked is not None:
            asked.replies += 1

    def _look_at_desk(self, message: Message) -> None:
        """A message for the admin, or what one says now."""
        if message.text.startswith("Done."):
            self._reports.append(message.text)
        elif (
            "it is not shown any more" in message.text
            or "is shown again" in message.text
            or "is done already" in (message.text)
        ):
            waiting = [asked for _, asked in self.owed.decisions if not asked.replies]
            if waiting:
                waiting[-1].replies += 1
        for name, file in self.owed.files.items():
            if re.search(rf"\b{re.escape(name)}\b", message.text):
                file.is_carded |= bool(message.buttons)
                file.is_published |= f"{name} is published" in message.text

    def _press(self, name: str, label: str) -> bool:
        """Press the button of that label on the last card of a file; False where there is none."""
        for message in reversed(self.world.history(self.admin.id)[-60:]):
            data = next((button.value for button in message.buttons if button.text == label), None)
            if data is not None and re.search(rf"\b{re.escape(name)}\b", message.text):
                with contextlib.suppress(WorldError):
                    self.world.press(self.admin.id, self.admin.id, message.id, data)
                    return True
        return False

    # What the rest is made of.

    def _write(self, person: int, chat: int, text: str) -> Asked:
        self.world.send_text(person, chat, text)
        return Asked(self._last_update(), text)

    def _last_update(self) -> int:
        """The number of the update that was made last."""
        return max(self.world.updates._pending)

    async def _pause(self, least: float, most: float) -> None:
        await asyncio.sleep(self._draw.uniform(least, most))

    async def _until(self, is_so: Callable[[], bool], seconds: float = _PATIENCE) -> None:
        """Wait until something is so, looking whenever the bot says something, for so many seconds at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not is_so():
                    self._seen.clear()
                    await self._seen.wait()
