"""A week of all that people do with a bot, drawn at random: questions, commands, presses, edits, chatter, and noise."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from bot.local.errors import WorldError
from bot.local.events import MessageEdited, MessageSent
from bot.local.models import ButtonKind
from bot.local.people import OTHER_KINDS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from bot.local.models import JsonObject, Message
    from bot.local.world import World

_LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa", "de", None)
_QUESTIONS = (
    "What was agreed on the release of detainees in the week {n}?",
    "Who took part in the eighth round of talks, number {n}?",
    "Что согласовали стороны о задержанных {n}?",
    "ماذا قالت الأطراف عن المساعدات الإنسانية {n}؟",
    "Monitoring post {n} reports which violation?",
    "And at the ninth?",
    "🕊️ {n}",
    "x",
)
_COMMANDS = (
    *("/start", "/help", "/documents", "/rounds", "/round 8", "/settings", "/language", "/mydata", "/subscriptions"),
    *("/subscribe", "/subscribe daily 09:00", "/unsubscribe", "/new", "/cite 0123456789", "/since 2018-01-01"),
    *("/verify The eighth round of talks was held in the city of Astana.", "/document eighth.md", "/nonsense"),
    *("/ask round:8 Who took part?", "/ask round:x", "/language tr", "/language en", "/start c_0123456789", "/forget"),
)
_COSTLY = ("/summary 8", "/compare detainees 8 9", "/summary Astana 8 detainees")
_CHATTER = ("Shall we adjourn?", "Coffee at four.", "See the annex & the <draft>.", "ok", "👍")
# Kinds that the bot does not ask for, and one that there is not.
_NOISE: dict[str, JsonObject] = {
    "poll_answer": {
        "poll_id": "1",
        "option_ids": [0],
        "option_persistent_ids": ["1"],
        "user": {"id": 5, "is_bot": False, "first_name": "P"},
    },
    "channel_post": {
        "message_id": 4,
        "date": 1_767_225_600,
        "chat": {"id": -100777, "type": "channel", "title": "News"},
        "text": "News",
    },
    "hologram": {"id": "7", "layers": [{"kind": "unknown"}]},
    "message_reaction": {
        "chat": {"id": 5, "type": "private", "first_name": "P"},
        "message_id": 3,
        "date": 1_767_225_600,
        "old_reaction": [],
        "new_reaction": [{"type": "emoji", "emoji": "👍"}],
    },
    "message": {
        "message_id": 9,
        "date": 1_767_225_600,
        "chat": {"id": -100778, "type": "supergroup", "title": "Elsewhere"},
        "hologram": {"depth": 3},
    },
}
_FIXED = 40


class Bustle:
    """Whoever is in ``world``; each call of ``happen`` makes about one update."""

    def __init__(self, world: World, draw: random.Random) -> None:
        self.world = world
        self.counts: Counter[str] = Counter()
        self.failures = 0
        self._draw = draw
        self.admin = world.add_user("Admin", language_code="en").id
        self._people = [self._person() for _ in range(_FIXED)]
        self._groups = [self._group(number) for number in range(4)]
        self._pressable: deque[Message] = deque(maxlen=200)
        self._written: deque[Message] = deque(maxlen=200)
        world.send_text(self.admin, self.admin, "/start")
        world.updates.clear()
        world.subscribe(self._look)

    def _person(self) -> int:
        return self.world.add_user("Person", language_code=self._draw.choice(_LANGUAGES)).id

    def _group(self, number: int) -> int:
        """Supergroups and a basic group; in the first the bot hears everything."""
        members = self._people[number * 8 : number * 8 + 8]
        group = self.world.add_group(
            f"Delegation {number}", members=members, admins=[self.admin], supergroup=number < 3
        )
        self.world.add_bot(group.id, by=self.admin, as_admin=number == 0)
        return group.id

    def _look(self, event: object) -> None:
        if not isinstance(event, MessageSent | MessageEdited):
            return
        message = event.message
        if message.sender.id == self.world.bot.id:
            self.failures += message.text.startswith("Something failed")
            if message.buttons and message.chat_id != self.admin:
                self._pressable.append(message)
        elif isinstance(event, MessageSent) and not message.is_service and message.attachment is None:
            self._written.append(message)

    def happen(self) -> None:
        """Let something happen; what cannot be just then is passed over."""
        shares: list[tuple[float, Callable[[], None]]] = [
            (30, self._ask),
            (4, self._ask_as_a_newcomer),
            (10, self._command),
            (0.3, self._command_something_costly),
            (14, self._press),
            (6, self._inline),
            (5, self._edit),
            (12, self._chat),
            (8, self._ask_in_group),
            (4, self._come_and_go),
            (4, self._send_something_else),
            (0.1, self._send_a_file),
            (4, self._make_noise),
            (2, self._forward),
        ]
        weights, kinds = zip(*shares, strict=True)
        kind = self._draw.choices(kinds, weights)[0]
        try:
            kind()
        except WorldError:
            self.counts["passed over"] += 1
        else:
            self.counts[kind.__name__.strip("_").replace("_", " ")] += 1

    def _some(self) -> int:
        return self._draw.choice(self._people)

    def _ask(self) -> None:
        person = self._some()
        text = self._draw.choice(_QUESTIONS).format(n=self._draw.randrange(1_000_000))
        self.world.send_text(person, person, text)

    def _ask_as_a_newcomer(self) -> None:
        person = self._person()
        self.world.send_text(person, person, self._draw.choice(("/start", _QUESTIONS[0].format(n=1))))

    def _command(self) -> None:
        person = self._some()
        self.world.send_text(person, person, self._draw.choice(_COMMANDS))

    def _command_something_costly(self) -> None:
        person = self._some()
        self.world.send_text(person, person, self._draw.choice(_COSTLY))

    def _press(self) -> None:
        if not self._pressable:
            raise WorldError("there is nothing to press yet")
        message = self._draw.choice(self._pressable)
        buttons = [button for button in message.buttons if button.kind is ButtonKind.CALLBACK]
        if not buttons:
            raise WorldError("there is nothing to press there")
        present = [user for user, status in self.world.members[message.chat_id].items() if status.is_present]
        presser = self._draw.choice([user for user in present if user != self.world.bot.id] or [self.admin])
        self.world.press(presser, message.chat_id, message.id, self._draw.choice(buttons).value)

    def _inline(self) -> None:
        asker = self._some() if self._draw.random() < 0.7 else self._person()
        self.world.inline_query(asker, self._draw.choice(_QUESTIONS).format(n=self._draw.randrange(100)))

    def _edit(self) -> None:
        if not self._written:
            raise WorldError("nothing was written yet")
        message = self._draw.choice(self._written)
        text = self._draw.choice(_QUESTIONS).format(n=self._draw.randrange(1000))
        self.world.edit_text(message.sender.id, message.chat_id, message.id, text)

    def _chat(self) -> None:
        group = self._groups[0]
        self.world.send_text(self._member(group), group, self._draw.choice(_CHATTER))

    def _ask_in_group(self) -> None:
        group = self._draw.choice(self._groups)
        self.world.send_text(self._member(group), group, f"/ask {self._draw.choice(_QUESTIONS[:4]).format(n=2)}")

    def _member(self, group: int) -> int:
        members = [user for user, status in self.world.members[group].items() if status.is_present]
        return self._draw.choice([user for user in members if user != self.world.bot.id] or [self.admin])

    def _come_and_go(self) -> None:
        group, person = self._draw.choice(self._groups), self._some()
        kind = self._draw.randrange(5)
        if kind == 0:
            self.world.join(group, person if self._draw.random() < 0.5 else self._person())
        elif kind == 1:
            self.world.kick(group, person, person)
        elif kind == 2:
            self.world.remove_bot(group, by=self.admin)
            self.world.add_bot(group, by=self.admin, as_admin=group == self._groups[0])
        elif kind == 3:
            self.world.block_bot(person)
            self.world.unblock_bot(person)
        else:
            self.world.restrict_bot(group, by=self.admin)
            self.world.demote_bot(group, by=self.admin)
            if group == self._groups[0]:
                self.world.promote_bot(group, by=self.admin)

    def _send_something_else(self) -> None:
        person = self._some()
        caption = self._draw.choice(("", "What was agreed?"))
        self.world.send_other(person, person, self._draw.choice(OTHER_KINDS), caption=caption)

    def _send_a_file(self) -> None:
        text = f"# Note {self._draw.randrange(1000)}\n\nThe envoy carried a sealed letter.\n"
        self.world.send_document(self.admin, self.admin, "note.md", text.encode())

    def _make_noise(self) -> None:
        kind = self._draw.choice(sorted(_NOISE))
        queue = self.world.updates
        wanted, queue.kinds = queue.kinds, queue.kinds | {kind}
        queue.push(kind, _NOISE[kind])
        queue.kinds = wanted

    def _forward(self) -> None:
        person = self._some()
        if not self._pressable:
            raise WorldError("there is nothing to forward yet")
        self.world.forward(person, person, self._draw.choice(self._pressable))
