"""What the simulated world holds: the bot, people, chats, members, topics and messages, and who follows it."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from bot.clock import Clock, SystemClock
from bot.local.errors import WorldError
from bot.local.events import (
    ActionShown,
    CallMade,
    ChatChanged,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Subscriber,
)
from bot.local.faults import Faults
from bot.local.files import FileStore
from bot.local.journal import Journal, JournalEntry
from bot.local.models import Chat, ChatKind, Message, Person, Status, Topic
from bot.local.rates import RateLimits
from bot.local.updates import UpdateQueue
from bot.local.wire import chat_json, member_json, message_json, person_json

E = TypeVar("E")
_TOKEN = re.compile(r"(\d+):[A-Za-z0-9_-]{20,}")
_FIRST_PERSON = 1_000_001
_FIRST_SUPERGROUP = -1_001_000_000_001


class State:
    """The data of the world and the few rules that all the rest stands on.

    Everything runs in one event loop and nothing here waits: a method has done its work when it returns.
    """

    def __init__(
        self,
        token: str,
        bot_username: str = "rapporteur_local_bot",
        clock: Clock | None = None,
        *,
        privacy_mode: bool = True,
        mentions_pass: bool = False,
    ) -> None:
        """A world with one bot and nobody else.

        ``token`` is ``digits:letters``, the digits being the bot's id. With ``privacy_mode`` the bot hears only
        commands and replies to itself in groups it does not govern, and plain mentions too if ``mentions_pass``.
        """
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise ValueError("a token is digits, a colon and at least twenty letters, digits, _ or -")
        self.token = token
        self.clock: Clock = clock if clock is not None else SystemClock()
        self.bot = Person(int(match.group(1)), "Rapporteur", bot_username, None, is_bot=True)
        self.privacy_mode = privacy_mode
        self.mentions_pass = mentions_pass
        self.people: dict[int, Person] = {self.bot.id: self.bot}
        self.chats: dict[int, Chat] = {}
        self.members: dict[int, dict[int, Status]] = {}
        self.topics: dict[int, dict[int, Topic]] = {}
        self.started: set[int] = set()
        self.blocked: set[int] = set()
        self.anonymous: set[tuple[int, int]] = set()
        self.files = FileStore()
        self.journal = Journal()
        self.faults = Faults()
        self.limits: RateLimits | None = None
        self.updates = UpdateQueue(self.clock)
        self._messages: dict[int, dict[int, Message]] = {}
        self._subscribers: list[Subscriber] = []
        self._person_ids = itertools.count(_FIRST_PERSON)
        self._group_ids = itertools.count(4_000_001)
        self._supergroup_ids = itertools.count(_FIRST_SUPERGROUP, -1)
        self._first_message = 1
        self._shared_message_ids = itertools.count(1)
        self._message_ids: dict[int, itertools.count[int]] = {}
        self._query_ids = itertools.count(4_000_000_000_000_001)
        self._album_ids = itertools.count(13_000_000_000_000_001)

    # People and chats

    def add_user(
        self,
        first_name: str,
        *,
        username: str | None = None,
        language_code: str | None = "en",
        is_premium: bool = False,
    ) -> Person:
        """A new person, who has not yet written to the bot."""
        person = Person(next(self._person_ids), first_name, username, language_code, is_premium)
        self.people[person.id] = person
        return person

    def private_chat(self, user_id: int) -> Chat:
        """The chat of a person with the bot, which the bot may write to once the person has written there."""
        if user_id not in self.chats:
            person = self.person(user_id)
            chat = Chat(user_id, ChatKind.PRIVATE, person.first_name, person.username)
            self.chats[user_id] = chat
            self.members[user_id] = {user_id: Status.MEMBER, self.bot.id: Status.MEMBER}
            self._emit(ChatChanged(chat))
        return self.chats[user_id]

    def person(self, user_id: int) -> Person:
        """Whoever has this id. Raises WorldError where nobody has."""
        if user_id not in self.people:
            raise WorldError(f"nobody has the id {user_id}")
        return self.people[user_id]

    def chat(self, chat_id: int) -> Chat:
        """The chat with this id; a private one is made when first asked for. Raises WorldError."""
        if chat_id in self.chats:
            return self.chats[chat_id]
        if chat_id in self.people and chat_id != self.bot.id:
            return self.private_chat(chat_id)
        raise WorldError(f"there is no chat {chat_id}")

    def status(self, chat_id: int, user_id: int) -> Status:
        """What someone is in a chat; LEFT where they never were in it."""
        return self.members.get(chat_id, {}).get(user_id, Status.LEFT)

    # Messages

    def message(self, chat_id: int, message_id: int) -> Message | None:
        """A message, or None where it is gone or never was."""
        return self._messages.get(chat_id, {}).get(message_id)

    def history(self, chat_id: int, thread_id: int | None = None) -> list[Message]:
        """The messages of a chat, oldest first; only those of one topic where ``thread_id`` is given."""
        messages = self._messages.get(chat_id, {}).values()
        return [message for message in messages if thread_id is None or message.thread_id == thread_id]

    def last_message(self, chat_id: int) -> Message:
        """The newest message of a chat. Raises WorldError where there is none."""
        messages = self._messages.get(chat_id)
        if not messages:
            raise WorldError(f"there are no messages in {chat_id}")
        return messages[max(messages)]

    def file_bytes(self, file_id: str) -> bytes:
        """The content of a file in a message. Raises KeyError where there is none."""
        return self.files.content(file_id)

    def number_messages_from(self, first: int) -> None:
        """Let the first message of every chat, none of which has one yet, have this id at least."""
        self._first_message = first
        self._shared_message_ids = itertools.count(first)

    def _new_message_id(self, chat: Chat) -> int:
        """Supergroups number their messages themselves; all other chats of the bot share one sequence."""
        if chat.kind is not ChatKind.SUPERGROUP:
            return next(self._shared_message_ids)
        return next(self._message_ids.setdefault(chat.id, itertools.count(self._first_message)))

    def _store(self, message: Message) -> Message:
        """Put a new message into its chat and tell the subscribers."""
        self._messages.setdefault(message.chat_id, {})[message.id] = message
        self._emit(MessageSent(message))
        return message

    def _replace(self, message: Message) -> Message:
        """Let ``message`` stand for the one of its id and tell the subscribers."""
        self._messages[message.chat_id][message.id] = message
        self._emit(MessageEdited(message))
        return message

    def _forget(self, chat_id: int, message_id: int) -> None:
        """Take a message away for everyone and tell the subscribers."""
        del self._messages[chat_id][message_id]
        self._emit(MessageDeleted(chat_id, message_id))

    def _new_message(self, chat: Chat, sender: Person) -> Message:
        """A bare message with the next id, not yet put into the chat."""
        return Message(chat.id, self._new_message_id(chat), int(self.clock.now()), sender)

    def _push_message(self, kind: str, message: Message) -> None:
        """Make an update of ``message``, unless the bot wrote it or cannot see its chat."""
        if message.sender.id != self.bot.id and self.status(message.chat_id, self.bot.id).is_present:
            self.updates.push(kind, message_json(message, self))

    def _set_bot_status(self, chat: Chat, status: Status, by: Person) -> None:
        """Change what the bot is in a chat and tell it with ``my_chat_member``."""
        before = self.status(chat.id, self.bot.id)
        self.members.setdefault(chat.id, {})[self.bot.id] = status
        self.updates.push(
            "my_chat_member",
            {
                "chat": chat_json(chat),
                "from": person_json(by),
                "date": int(self.clock.now()),
                "old_chat_member": member_json(self.bot, before),
                "new_chat_member": member_json(self.bot, status),
            },
        )
        self._emit(ChatChanged(chat))

    def _change_chat(self, chat_id: int, *, migrated_to: int) -> Chat:
        self.chats[chat_id] = replace(self.chats[chat_id], migrated_to=migrated_to)
        self._emit(ChatChanged(self.chats[chat_id]))
        return self.chats[chat_id]

    # Followers

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every event from now on; what is returned ends it."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def _emit(self, event: Event) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(event)

    async def wait_for(self, kind: type[E], wanted: Callable[[E], bool], timeout: float = 10.0) -> E:
        """The next event of a kind that ``wanted`` accepts. Raises TimeoutError after ``timeout`` real seconds."""
        arrived: asyncio.Future[E] = asyncio.get_running_loop().create_future()

        def look(event: Event) -> None:
            if isinstance(event, kind) and not arrived.done() and wanted(event):
                arrived.set_result(event)

        unsubscribe = self.subscribe(look)
        try:
            async with asyncio.timeout(timeout):
                return await arrived
        finally:
            unsubscribe()

    async def bot_message(self, chat_id: int, after: int = 0, timeout: float = 10.0) -> Message:
        """The bot's first message in a chat with an id above ``after``, waited for where it is not yet there.

        Raises TimeoutError after ``timeout`` real seconds.
        """

        def is_it(message: Message) -> bool:
            return message.chat_id == chat_id and message.sender.id == self.bot.id and message.id > after

        for message in self.history(chat_id):
            if is_it(message):
                return message
        return (await self.wait_for(MessageSent, lambda event: is_it(event.message), timeout)).message

    def record(self, entry: JournalEntry) -> None:
        """Put a call into the journal and tell the subscribers."""
        self.journal.add(entry)
        self._emit(CallMade(entry))

    def show_action(self, chat_id: int, thread_id: int | None, action: str) -> None:
        """Let the bot be seen doing something."""
        self._emit(ActionShown(chat_id, thread_id, action))


def is_group(chat: Chat) -> bool:
    """Whether a chat is a group of either kind."""
    return chat.kind is not ChatKind.PRIVATE


def people_in(members: Mapping[int, Status]) -> list[int]:
    """The ids of those who are in a chat."""
    return [user_id for user_id, status in members.items() if status.is_present]
