"""An update, reduced to what handlers need: where to reply, in which language, and what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import MessageEntity
from telegram.constants import ChatType

from bot.access.rights import administers_chat
from bot.audit.noting import note_cited
from bot.languages import Phrases, closest, phrases
from bot.messages.delivery import reply
from bot.messages.rendering import AT_ONCE, Message, html
from bot.preferences.table import Askers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Message as TelegramMessage
    from telegram import Update, User

    from bot.services import Context, Services


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply goes: chat, topic and the message it replies to; and the language spoken there."""

    chat: int
    thread: int | None
    reply_to: int | None
    language: str
    private: bool

    @staticmethod
    def of(update: Update, services: Services) -> Place:
        """The place that an update with a message or a button came from.

        Its language is that of ``spoken_with``.
        """
        message, chat, user = update.effective_message, update.effective_chat, update.effective_user
        if message is None or chat is None:
            raise ValueError("an update without a message has no place")
        private = chat.type == ChatType.PRIVATE
        return Place(
            chat=chat.id,
            thread=message.message_thread_id if message.is_topic_message else None,
            reply_to=None if private and update.callback_query is None else message.message_id,
            language=spoken_with(services, user, chat.id),
            private=private,
        )

    @property
    def say(self) -> Phrases:
        """The phrases of this place's language."""
        return phrases(self.language)

    def at_once(self, services: Services) -> int:
        """How many quotations are shown here at once."""
        return services.store.preferences.of(self.chat).quotations or AT_ONCE

    async def tell(self, context: Context, text: str) -> None:
        """Reply with a plain text of the bot's own."""
        await self.send(context, [Message(html(text))])

    async def send(self, context: Context, messages: Sequence[Message], *, is_audited: bool = False) -> list[int]:
        """Reply with ``messages``, and return Telegram's numbers of those that certainly arrived.

        What they cite is written into the audit log, unless it ``is_audited`` by the caller.
        """
        instead = html(self.say("The documents have changed since this answer; please ask again."))
        sent = await reply(context, self.chat, messages, thread=self.thread, reply_to=self.reply_to, instead=instead)
        if not is_audited:
            await note_cited(context, self, messages, sent)
        return sent


def spoken_with(services: Services, user: User | None, chat: int | None = None) -> str:
    """The language that a person has chosen, else the one of their Telegram, else the one that the chat has chosen."""
    chosen = services.store.preferences.of
    return closest(
        chosen(user.id).language if user is not None else None,
        user.language_code if user is not None else None,
        chosen(chat).language if chat is not None else None,
    )


def question_in_group(message: TelegramMessage, bot: str, bot_id: int) -> str | None:
    """What a group message asks the bot, by mentioning it or replying to it; None where it does neither."""
    text = message.text or message.caption or ""
    parse = message.parse_entities if message.text else message.parse_caption_entities
    mentions = [
        entity for entity, named in parse([MessageEntity.MENTION]).items() if named.casefold() == f"@{bot}".casefold()
    ]
    if mentions:
        units = text.encode("utf-16-le")
        for entity in sorted(mentions, key=lambda entity: -entity.offset):
            units = units[: 2 * entity.offset] + units[2 * (entity.offset + entity.length) :]
        return units.decode("utf-16-le").strip()
    replied = message.reply_to_message
    if text and replied is not None and replied.from_user is not None and replied.from_user.id == bot_id:
        return text.strip()
    return None


async def admitted(update: Update, context: Context, place: Place) -> bool:
    """Whether the sender, whom the gate let pass, may ask in this chat by its choice; one who may not is told so."""
    reason = await not_here(update, context, place)
    if reason is not None:
        await place.tell(context, reason)
    return reason is None


async def not_here(update: Update, context: Context, place: Place) -> str | None:
    """Why the sender may not ask in this chat though the bot is open to them; None where they may."""
    askers = context.services.store.preferences.of(place.chat).askers
    if askers is not Askers.ADMINISTRATORS or await administers_chat(update, context):
        return None
    return place.say("In this group only its administrators may ask me.")
