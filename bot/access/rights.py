"""Who may do what. Access is refused unless given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus, ChatType

from bot.access.people import Role

if TYPE_CHECKING:
    from telegram import Update

    from bot.access.people import PeopleTable
    from bot.services import Context, Services
    from bot.settings import Settings
    from bot.store import Store

_ADMINISTRATORS = (ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)


@dataclass(frozen=True, slots=True)
class Rights:
    """Roles and clearances, from the settings and from what admins decided in the chat. Nothing here blocks.

    Whom the settings name as an admin is one whatever else was decided. Where they open the bot to all, whoever was
    not admitted is a diplomat, and every group is admitted.
    """

    settings: Settings
    store: Store

    @property
    def people(self) -> PeopleTable:
        """Those who were admitted in the chat."""
        return self.store.people

    @property
    def admins(self) -> frozenset[int]:
        """The ids of all admins."""
        found = {one.id for one in self.people.all() if one.role is Role.ADMIN and one.suspended is None}
        return frozenset(self.settings.admins) | found

    def role(self, person: int) -> Role | None:
        """What a person may do; None for one who is not admitted or is suspended."""
        if person in self.settings.admins:
            return Role.ADMIN
        one = self.people.of(person)
        if one is None:
            return Role.DIPLOMAT if self.settings.open_to_all else None
        return one.role if one.suspended is None else None

    def is_suspended(self, id: int) -> bool:
        """Whether a person or a group was admitted and may ask no more for the time being."""
        one = self.people.of(id)
        return one is not None and one.suspended is not None and id not in self.settings.admins

    def admits(self, chat: int) -> bool:
        """Whether anything may be said in a chat: its person is admitted, or the group, or what it was before."""
        if chat > 0:
            return self.role(chat) is not None
        one = self.people.of(chat)
        if one is not None:
            return one.suspended is None
        before = self._before(chat)
        return self.is_open_to(chat) or (before is not None and self.admits(before))

    def is_open_to(self, id: int) -> bool:
        """Whether the settings admit a person or group whatever admins decide."""
        before = self.store.moved_from(id)
        named = self.settings.clearances
        return self.settings.open_to_all or (id < 0 and (id in named or before in named))

    def _before(self, chat: int) -> int | None:
        """What a supergroup was, whose id nobody named yet."""
        is_named = chat in self.settings.clearances or self.people.of(chat) is not None
        return None if is_named else self.store.moved_from(chat)

    def clearance_of(self, chat: int) -> str:
        """Up to which label what is said in a chat may draw on documents; a private chat has the id of its person.

        Admins and editors read everything, in their own chats; a group reads what the group may, whoever asks in it,
        and a supergroup that nobody names what the group did that it was before.
        """
        before = self._before(chat)
        if before is not None:
            return self.clearance_of(before)
        labels = self.settings.labels
        one = self.people.of(chat)
        role = self.role(chat) if chat > 0 else None
        if role in (Role.ADMIN, Role.EDITOR):
            return labels.highest
        if role is Role.GUEST or (one is not None and one.suspended is not None):
            return labels.lowest
        # A label that is in use no longer gives nothing.
        if one is not None and one.clearance is not None:
            return labels.named(one.clearance) or labels.lowest
        return self.settings.clearance_of(chat)


def role_of(update: Update, services: Services) -> Role | None:
    """What the sender may do. One who writes as a group or channel is nobody."""
    message = update.effective_message
    if update.callback_query is None and message is not None and message.sender_chat is not None:
        return None
    return services.rights.role(update.effective_user.id) if update.effective_user is not None else None


def is_admin(update: Update, services: Services) -> bool:
    """Whether the sender is an admin of the bot."""
    return role_of(update, services) is Role.ADMIN


def is_editor(update: Update, services: Services) -> bool:
    """Whether the sender decides on documents."""
    return role_of(update, services) in (Role.ADMIN, Role.EDITOR)


async def is_withheld(services: Services, document: str) -> bool:
    """Whether not everybody may read the document of that id, so that what is sent of it may not be passed on."""
    lowest = services.library.labels.lowest
    return (await services.run(services.engine.view, lowest)).document(document) is None


async def administers_chat(update: Update, context: Context) -> bool:
    """Whether the sender decides on the chat: in a private chat its person, in a group its administrators, those who
    write anonymously as the group included.
    """
    chat, message = update.effective_chat, update.effective_message
    if chat is None or message is None:
        return False
    if chat.type == ChatType.PRIVATE:
        return True
    if update.callback_query is None and message.sender_chat is not None:
        # Whoever presses a button is known, also one who writes as the group.
        return message.sender_chat.id == chat.id
    if update.effective_user is None:
        return False
    member = await context.bot.get_chat_member(chat.id, update.effective_user.id)
    return member.status in _ADMINISTRATORS
