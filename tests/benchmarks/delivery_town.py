"""The Telegram of the delivery benchmark: subscribed chats of every kind, what happens to them, and what goes wrong."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.local.events import MessageSent
from bot.local.faults import Fault, FaultKind, bad_gateway, flood, timeout_after
from bot.local.models import ChatKind
from bot.local.rates import Limit, RateLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.local.models import Message, Person
    from bot.local.world import World

_SUMMARY = re.compile(r"^[^\n]*Round (\d+): summary in quotations")
# How often a message to a subscribed chat meets each fault.
_FAULTS: tuple[tuple[float, Callable[[random.Random], Fault]], ...] = (
    (0.03, lambda draw: flood(draw.randint(1, 3))),
    (0.004, lambda _: timeout_after()),
    (0.004, lambda _: Fault(FaultKind.SILENT)),
    (0.006, lambda _: bad_gateway()),
    (0.006, lambda _: bad_gateway(after=True)),
    (0.006, lambda _: Fault(FaultKind.DROP)),
    (0.006, lambda _: Fault(FaultKind.DROP_AFTER)),
)


@dataclass(slots=True)
class Place:
    """A subscribed chat or topic; ``lost`` says what keeps the bot from writing there, empty for nothing."""

    chat: int
    thread: int
    owner: int
    lost: str = ""


class Town:
    """The people and chats of ``world``, of which so many chats and topics are subscribed; the bot was told of all.

    Messages meet faults ``trouble`` times as often as they usually do.
    """

    def __init__(self, world: World, chats: int, seed: int, *, trouble: float = 1.0) -> None:
        self.world = world
        self.draw = random.Random(seed)
        self._trouble = trouble
        self._forum: Place | None = None
        self.admin = self._person("Admin")
        self.places = [self._place(number) for number in range(chats)]
        self.delivered: Counter[tuple[int, int, int]] = Counter()
        self.said: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.moved: dict[int, int] = {}
        # To a person one a second, as it is for all, but in short bursts: that the bot is typing, and then the answer.
        world.limits = RateLimits(world.clock, private=Limit(4, 4.0))
        world.subscribe(self._look)
        world.updates.clear()

    def _person(self, name: str) -> Person:
        person = self.world.add_user(name)
        self.world.send_text(person.id, person.id, "/start")
        return person

    def people(self, number: int) -> list[Person]:
        """So many more people, who have started the bot."""
        found = [self._person(f"Asker {place}") for place in range(number)]
        self.world.updates.clear()
        return found

    def _place(self, number: int) -> Place:
        """Of ten places three are private chats, two basic groups, three supergroups and two topics of a forum."""
        owner = self._person(f"Owner {number}")
        if number % 10 < 3:
            return Place(owner.id, 0, owner.id)
        if number % 10 == 9:
            assert self._forum is not None
            return replace(self._forum, thread=self.world.create_topic(self._forum.chat, "Second"))
        is_forum = number % 10 == 8
        group = self.world.add_group(
            f"Delegation {number}", members=[], admins=[owner.id], supergroup=number % 10 > 4, forum=is_forum
        )
        self.world.add_bot(group.id, by=owner.id)
        place = Place(group.id, self.world.create_topic(group.id, "First") if is_forum else 0, owner.id)
        self._forum = place if is_forum else None
        return place

    def _look(self, event: object) -> None:
        """Count each summary that the bot is seen to send, and what else it says in a chat."""
        if isinstance(event, MessageSent) and event.message.sender.id == self.world.bot.id:
            found = _SUMMARY.match(event.message.text)
            if found is not None:
                self.delivered[event.message.chat_id, _topic(event.message), int(found.group(1))] += 1
            else:
                self.said[event.message.chat_id] += 1

    def times_delivered(self, place: Place, number: int) -> int:
        """How often a place got the summary of a round, whatever its chat's id was then."""
        chats = {place.chat, self.moved.get(place.chat, place.chat)}
        return sum(self.delivered[chat, place.thread, number] for chat in chats)

    def answers(self, chat: int) -> int:
        """How many messages that are no summaries a chat got, whatever its id was then."""
        return sum(self.said[id] for id in {chat, self.moved.get(chat, chat)})

    async def answer(self, asked: Message, timeout: float) -> Message:
        """What the bot replies to a question, in a private chat its first message after it that is no summary.

        Raises:
            TimeoutError: nothing for so many seconds.
        """

        def is_answer(event: MessageSent) -> bool:
            found = event.message
            if found.sender.id != self.world.bot.id or _SUMMARY.match(found.text):
                return False
            if asked.chat_id > 0:
                return found.chat_id == asked.chat_id and found.id > asked.id
            # In a supergroup that the group has become there is no message to reply to.
            is_reply = found.chat_id == asked.chat_id and found.reply_to == asked.id
            return is_reply or found.chat_id == self.moved.get(asked.chat_id)

        return (await self.world.wait_for(MessageSent, is_answer, timeout)).message

    def fault(self, method: str, values: Mapping[str, object]) -> Fault | None:
        """What goes wrong with a call: something now and then with what the outbox sends, nothing with answers."""
        is_answer = "reply_parameters" in values or int(str(values.get("chat_id", 0))) not in self._subscribed()
        if method != "sendMessage" or is_answer:
            return None
        threshold = self.draw.random()
        for share, make in _FAULTS:
            threshold -= share * self._trouble
            if threshold < 0:
                fault = make(self.draw)
                self.faults[f"{fault.error.code if fault.error else ''} {fault.kind}".strip()] += 1
                return fault
        return None

    def _subscribed(self) -> frozenset[int]:
        return frozenset({place.chat for place in self.places} | set(self.moved.values()))

    def disasters(self) -> list[Callable[[], str]]:
        """What happens to chats, in random order: about a sixth of them are lost or move."""
        found = [event for number, place in enumerate(self.places) for event in self._disasters_of(number, place)]
        self.draw.shuffle(found)
        return found

    def _disasters_of(self, number: int, place: Place) -> Iterator[Callable[[], str]]:
        kind = self.world.chat(place.chat).kind
        if number % 20 == 1:
            yield lambda: self._lose(place, "blocked", lambda: self.world.block_bot(place.owner))
        elif number % 20 == 5:
            yield lambda: self._lose(place, "kicked", lambda: self.world.remove_bot(place.chat, by=place.owner))
        elif number % 40 == 6:
            yield lambda: self._lose(place, "restricted", lambda: self.world.restrict_bot(place.chat, by=place.owner))
        elif number % 20 == 9:
            yield lambda: self._lose(place, "topic deleted", lambda: self.world.delete_topic(place.chat, place.thread))
        elif kind is ChatKind.GROUP and number % 20 in (3, 14):
            yield lambda: self._migrate(place)

    def _lose(self, place: Place, why: str, how: Callable[[], None]) -> str:
        how()
        place.lost = why
        return why

    def _migrate(self, place: Place) -> str:
        self.moved[place.chat] = self.world.migrate(place.chat)
        return "migrated"


def _topic(message: Message) -> int:
    return message.thread_id or 0 if message.in_topic else 0
