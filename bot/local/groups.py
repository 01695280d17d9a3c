"""Groups: who is in them, how they change, and how the bot is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.local.errors import WorldError
from bot.local.events import ChatChanged
from bot.local.models import Chat, ChatKind, JsonObject, Message, Person, Status, Topic
from bot.local.state import State
from bot.local.wire import chat_json, member_json, person_json


class Groups(State):
    """What people do with groups and with the bot's place in them."""

    def add_group(
        self,
        title: str,
        *,
        members: Iterable[int],
        admins: Iterable[int] = (),
        supergroup: bool = True,
        forum: bool = False,
        username: str | None = None,
    ) -> Chat:
        """A new group without the bot. The first of ``admins``, or else of ``members``, created it."""
        admins = list(admins)
        everyone = [*admins, *(user_id for user_id in members if user_id not in admins)]
        if not everyone:
            raise WorldError("a group has at least one member")
        if forum and not supergroup:
            raise WorldError("only supergroups have topics")
        kind = ChatKind.SUPERGROUP if supergroup else ChatKind.GROUP
        chat_id = next(self._supergroup_ids) if supergroup else -next(self._group_ids)
        chat = Chat(chat_id, kind, title, username, forum)
        self.chats[chat_id] = chat
        statuses = {self.person(user_id).id: Status.MEMBER for user_id in everyone}
        statuses |= dict.fromkeys(admins, Status.ADMINISTRATOR)
        statuses[everyone[0]] = Status.CREATOR
        self.members[chat_id] = statuses
        self.topics[chat_id] = {}
        self._emit(ChatChanged(chat))
        return chat

    def add_bot(self, chat_id: int, by: int, *, as_admin: bool = False) -> None:
        """``by`` adds the bot: ``my_chat_member`` first, then the notice."""
        chat, person = self._acting(chat_id, by)
        if self.status(chat_id, self.bot.id).is_present:
            raise WorldError("the bot is in the group already")
        self._set_bot_status(chat, Status.ADMINISTRATOR if as_admin else Status.MEMBER, person)
        self._notice(chat, person, {"new_chat_members": [person_json(self.bot)]})

    def remove_bot(self, chat_id: int, by: int) -> None:
        """``by`` throws the bot out: the notice reaches it, then ``my_chat_member``."""
        chat, person = self._acting(chat_id, by)
        if not self.status(chat_id, self.bot.id).is_present:
            raise WorldError("the bot is not in the group")
        self._notice(chat, person, {"left_chat_member": person_json(self.bot)})
        self._set_bot_status(chat, Status.KICKED, person)

    def promote_bot(self, chat_id: int, by: int) -> None:
        """``by`` makes the bot an administrator, who hears everything."""
        self._set_bot_status(*self._governed(chat_id, by, Status.ADMINISTRATOR))

    def demote_bot(self, chat_id: int, by: int) -> None:
        """``by`` makes the bot an ordinary member again."""
        self._set_bot_status(*self._governed(chat_id, by, Status.MEMBER))

    def restrict_bot(self, chat_id: int, by: int) -> None:
        """``by`` forbids the bot to write."""
        self._set_bot_status(*self._governed(chat_id, by, Status.RESTRICTED))

    def leave(self, chat_id: int) -> None:
        """The bot leaves of itself."""
        chat = self.chats[chat_id]
        self._notice(chat, self.bot, {"left_chat_member": person_json(self.bot)})
        self._set_bot_status(chat, Status.LEFT, self.bot)

    def join(self, chat_id: int, user_id: int, *, by: int | None = None, as_admin: bool = False) -> None:
        """A person comes into a group, of themselves or brought by another."""
        actor = self.person(user_id if by is None else by)
        self._set_member(chat_id, user_id, Status.ADMINISTRATOR if as_admin else Status.MEMBER, actor)
        self._notice(self.chats[chat_id], actor, {"new_chat_members": [person_json(self.person(user_id))]})

    def kick(self, chat_id: int, user_id: int, by: int) -> None:
        """``by`` throws a person out, or leaves of themselves; the creator stays."""
        _, actor = self._acting(chat_id, by)
        before = self.status(chat_id, user_id)
        if not before.is_present or before is Status.CREATOR:
            raise WorldError(f"{self.person(user_id).first_name} cannot be taken out of the group")
        self._set_member(chat_id, user_id, Status.LEFT if user_id == by else Status.KICKED, actor)
        self._notice(self.chats[chat_id], actor, {"left_chat_member": person_json(self.person(user_id))})

    def promote(self, chat_id: int, user_id: int, by: int, *, anonymous: bool = False) -> None:
        """``by`` makes a person an administrator, ``anonymous`` if they are to write as the group itself."""
        _, actor = self._acting(chat_id, by)
        if anonymous:
            self.anonymous.add((chat_id, user_id))
        self._set_member(chat_id, user_id, Status.ADMINISTRATOR, actor)

    def demote(self, chat_id: int, user_id: int, by: int) -> None:
        """``by`` makes an administrator an ordinary member again; the creator stays what they are."""
        _, actor = self._acting(chat_id, by)
        if self.status(chat_id, user_id) is not Status.ADMINISTRATOR:
            raise WorldError(f"{self.person(user_id).first_name} is no administrator who could be demoted")
        self._set_member(chat_id, user_id, Status.MEMBER, actor)

    def rename(self, chat_id: int, title: str, by: int) -> None:
        """``by`` gives the group another title."""
        _, actor = self._acting(chat_id, by)
        self.chats[chat_id] = replace(self.chats[chat_id], title=title)
        self._emit(ChatChanged(self.chats[chat_id]))
        self._notice(self.chats[chat_id], actor, {"new_chat_title": title})

    def migrate(self, chat_id: int) -> int:
        """A basic group becomes a supergroup with another id, which is returned; both get their notices."""
        old = self.chat(chat_id)
        if old.kind is not ChatKind.GROUP or old.migrated_to is not None:
            raise WorldError("only a basic group becomes a supergroup, and only once")
        owner = next(self.person(user_id) for user_id, s in self.members[chat_id].items() if s is Status.CREATOR)
        new = Chat(next(self._supergroup_ids), ChatKind.SUPERGROUP, old.title)
        self.chats[new.id] = new
        self.members[new.id] = dict(self.members[chat_id])
        self.topics[new.id] = {}
        self._emit(ChatChanged(new))
        self._notice(old, owner, {"migrate_to_chat_id": new.id})
        self._notice(new, owner, {"migrate_from_chat_id": old.id})
        self._change_chat(chat_id, migrated_to=new.id)
        return new.id

    # Topics

    def create_topic(self, chat_id: int, name: str, *, by: int | None = None) -> int:
        """A new topic of a forum; its id is what ``message_thread_id`` says."""
        chat = self.chat(chat_id)
        if not chat.is_forum:
            raise WorldError("only forums have topics")
        actor = self.person(by) if by is not None else self._owner(chat_id)
        message = self._new_message(chat, actor)
        self.topics[chat_id][message.id] = Topic(message.id, name)
        notice = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        self._announce(replace(message, extra=notice, thread_id=message.id, in_topic=True))
        self._emit(ChatChanged(chat))
        return message.id

    def close_topic(self, chat_id: int, thread_id: int) -> None:
        """Nobody but administrators may write to the topic any more."""
        topic = self.topics[chat_id][thread_id]
        self.topics[chat_id][thread_id] = replace(topic, is_closed=True)
        message = self._new_message(self.chats[chat_id], self._owner(chat_id))
        self._announce(replace(message, extra={"forum_topic_closed": {}}, thread_id=thread_id, in_topic=True))

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """The topic goes, with all its messages; the bot is not told."""
        if self.topics.get(chat_id, {}).pop(thread_id, None) is None:
            raise WorldError(f"there is no topic {thread_id} in {self.chat(chat_id).title}")
        for message in self.history(chat_id, thread_id):
            self._forget(chat_id, message.id)
        self._emit(ChatChanged(self.chats[chat_id]))

    # Private chats

    def block_bot(self, user_id: int) -> None:
        """A person stops the bot, which may then no longer write to them."""
        self.blocked.add(user_id)
        self._set_bot_status(self.private_chat(user_id), Status.KICKED, self.person(user_id))

    def unblock_bot(self, user_id: int) -> None:
        """A person takes the bot back."""
        self.blocked.discard(user_id)
        self._set_bot_status(self.private_chat(user_id), Status.MEMBER, self.person(user_id))

    # What the rest is made of

    def _acting(self, chat_id: int, by: int) -> tuple[Chat, Person]:
        """The group and whoever acts in it, who must be there."""
        chat = self.chat(chat_id)
        if chat.kind is ChatKind.PRIVATE or chat.migrated_to is not None:
            raise WorldError(f"{chat_id} is not a group, or no longer one")
        if not self.status(chat_id, by).is_present:
            raise WorldError(f"{by} is not in the group {chat_id}")
        return chat, self.person(by)

    def _governed(self, chat_id: int, by: int, status: Status) -> tuple[Chat, Status, Person]:
        chat, person = self._acting(chat_id, by)
        if not self.status(chat_id, by).is_administrator:
            raise WorldError(f"{by} does not govern the group {chat_id}")
        if not self.status(chat_id, self.bot.id).is_present:
            raise WorldError("the bot is not in the group")
        return chat, status, person

    def _owner(self, chat_id: int) -> Person:
        return next(self.person(user_id) for user_id, s in self.members[chat_id].items() if s is Status.CREATOR)

    def _notice(self, chat: Chat, actor: Person, extra: JsonObject) -> Message:
        return self._announce(replace(self._new_message(chat, actor), extra=extra))

    def _announce(self, message: Message) -> Message:
        """Store a notice; service messages pass privacy mode."""
        self._store(message)
        self._push_message("message", message)
        return message

    def _set_member(self, chat_id: int, user_id: int, status: Status, actor: Person) -> None:
        """Change what a person is in a group; ``chat_member`` tells a bot that governs it and asked to know."""
        person, before = self.person(user_id), self.status(chat_id, user_id)
        self.members[chat_id][user_id] = status
        if self.status(chat_id, self.bot.id).is_administrator:
            self.updates.push(
                "chat_member",
                {
                    "chat": chat_json(self.chats[chat_id]),
                    "from": person_json(actor),
                    "date": int(self.clock.now()),
                    "old_chat_member": member_json(person, before),
                    "new_chat_member": member_json(person, status),
                },
            )
        self._emit(ChatChanged(self.chats[chat_id]))
