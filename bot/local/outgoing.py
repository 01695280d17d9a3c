"""What the bot does in chats, and when Telegram refuses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.local.entities import FormattedText
from bot.local.errors import ApiError, bad_request, forbidden, migrated
from bot.local.events import DraftShown
from bot.local.keyboards import Markup
from bot.local.models import Attachment, Chat, ChatKind, JsonObject, Message, Quote, Status
from bot.local.people import People
from bot.local.texts import utf16_length
from bot.local.wire import origin_json

_DELETE_SECONDS = 48 * 3600
_QUOTE_LIMIT = 1024
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a message of the bot replies to; ``quote`` must be a part of that message's text."""

    message_id: int
    allow_without: bool = False
    quote: FormattedText = field(default_factory=FormattedText)
    quote_position: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """All that a message of the bot needs beside its content."""

    chat: Chat
    thread_id: int | None = None
    reply: Reply | None = None
    markup: Markup = field(default_factory=Markup)
    is_protected: bool = False
    is_silent: bool = False
    link_preview: JsonObject | None = None


class Outgoing(People):
    """The bot's own doings. Every refusal is an ApiError."""

    def reachable(self, chat_id: int | str, *, write: bool = True) -> Chat:
        """The chat that the bot names by id or ``@username``, if it may read or write there."""
        chat = self._named(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        status = self.status(chat.id, self.bot.id)
        if chat.kind is ChatKind.PRIVATE:
            if write and chat.id not in self.started:
                raise self._not_started(chat.id)
            if write and chat.id in self.blocked:
                raise forbidden("bot was blocked by the user")
            return chat
        if chat.migrated_to is not None and write:
            raise migrated(chat.migrated_to)
        if self.bot.id not in self.members[chat.id] and chat.username is None:
            raise bad_request("chat not found")
        if write or chat.kind is ChatKind.SUPERGROUP:
            if status is Status.KICKED:
                raise forbidden(f"bot was kicked from the {chat.kind} chat")
            if not status.is_present and (write or chat.username is None):
                raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    def send(
        self,
        sending: Sending,
        content: FormattedText,
        attachment: Attachment | None = None,
        *,
        album: str | None = None,
    ) -> Message:
        """Send a message of the bot, perhaps as one of several that have the same ``album``."""
        chat = sending.chat
        if self.status(chat.id, self.bot.id) is Status.RESTRICTED:
            raise bad_request("not enough rights to send text messages to the chat")
        original = self._replied(sending)
        thread_id, in_topic = self._sending_thread(chat, sending.thread_id, original)
        quote = None if original is None or sending.reply is None else self._quote(original, sending.reply)
        message = replace(
            self._new_message(chat, self.bot),
            text=content.text,
            entities=content.entities,
            attachment=attachment,
            keyboard=sending.markup.inline,
            reply_keyboard=sending.markup.reply,
            reply_to=None if original is None else original.id,
            quote=quote,
            thread_id=thread_id,
            in_topic=in_topic,
            is_protected=sending.is_protected,
            is_silent=sending.is_silent,
            link_preview=sending.link_preview,
            extra={} if album is None else {"media_group_id": album},
        )
        return self._store(message)

    def new_album(self) -> str:
        """The name of an album that the bot is about to send."""
        return str(next(self._album_ids))

    def pass_on(
        self, sending: Sending, source_chat: Chat, message_id: int, *, copy_caption: FormattedText | None
    ) -> Message:
        """Forward a message; with ``copy_caption`` copy it, an empty one keeping the caption it has."""
        copying = copy_caption is not None
        source = self._seen(source_chat.id, message_id)
        if source is None:
            raise bad_request(f"message to {'copy' if copying else 'forward'} not found")
        if source.is_protected or source.is_service:
            raise bad_request(f"the message can't be {'copied' if copying else 'forwarded'}")
        content = FormattedText(source.text, source.entities)
        if copy_caption is not None and copy_caption.text and source.attachment is not None:
            content = copy_caption
        message = self.send(sending, content, source.attachment)
        origin = None if copying else source.forwarded or origin_json(source.sender, source.date)
        extra = {key: value for key, value in source.extra.items() if key != "media_group_id"}
        if origin is None and not extra:
            return message
        return self._replace_quietly(replace(message, forwarded=origin, extra=extra))

    def edit_content(
        self, message: Message, content: FormattedText, markup: Markup, link_preview: JsonObject | None = None
    ) -> Message:
        """Change a text or a caption; the inline keyboard goes unless it is given again."""
        return self._edit(
            replace(
                message,
                text=content.text,
                entities=content.entities,
                keyboard=markup.inline,
                link_preview=link_preview,
            ),
            message,
        )

    def edit_keyboard(self, message: Message, markup: Markup) -> Message:
        """Change the inline keyboard alone, or take it away."""
        return self._edit(replace(message, keyboard=markup.inline), message)

    def editable(self, chat: Chat, message_id: int) -> Message:
        """A message that the bot may change, which must be its own."""
        message = self._seen(chat.id, message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if message.sender.id != self.bot.id or message.is_service or message.forwarded is not None:
            raise bad_request("message can't be edited")
        return message

    def inline_editable(self, inline_id: str) -> Message:
        """The message that a person sent through the bot, by the id that the bot was told."""
        for messages in self._messages.values():
            for message in messages.values():
                if message.inline_id == inline_id:
                    return message
        raise bad_request("MESSAGE_ID_INVALID")

    def delete(self, chat: Chat, message_id: int) -> None:
        """Take away a message of the bot, or one that it may take away as an administrator or in a private chat."""
        message = self._seen(chat.id, message_id)
        if message is None:
            raise bad_request("message to delete not found")
        governs = self.status(chat.id, self.bot.id).is_administrator
        own = message.sender.id == self.bot.id or chat.kind is ChatKind.PRIVATE
        too_old = self.clock.now() - message.date > _DELETE_SECONDS
        if not (governs or (own and not too_old)):
            raise bad_request("message can't be deleted for everyone" if own else "message can't be deleted")
        self._forget(chat.id, message_id)

    def show_draft(self, chat: Chat, thread_id: int | None, draft_id: int, content: FormattedText) -> None:
        """Show a part of a message to come, which only private chats do."""
        if chat.kind is not ChatKind.PRIVATE:
            raise bad_request("method is available only for private chats")
        if draft_id == 0:
            raise bad_request("draft_id must be non-zero")
        draft = Message(chat.id, 0, int(self.clock.now()), self.bot, content.text, content.entities)
        self._emit(DraftShown(chat.id, thread_id, draft_id, draft))

    # What the rest is made of

    def _named(self, chat_id: int | str) -> Chat | None:
        if isinstance(chat_id, str):
            name = chat_id.removeprefix("@").lower()
            named = (c for c in self.chats.values() if (c.username or "").lower() == name)
            return next((chat for chat in named if chat.kind is ChatKind.SUPERGROUP), None)
        if chat_id == self.bot.id:
            raise forbidden("bot can't send messages to bots")
        if chat_id in self.people:
            return self.private_chat(chat_id) if self._knows(chat_id) else None
        return self.chats.get(chat_id)

    def _knows(self, user_id: int) -> bool:
        """Whether the bot has met a person: in their private chat, or in a group that it is or was in."""
        return user_id in self.started or any(
            user_id in members and self.bot.id in members
            for chat_id, members in self.members.items()
            if self.chats[chat_id].kind is not ChatKind.PRIVATE
        )

    def _not_started(self, user_id: int) -> ApiError:
        if self._knows(user_id):
            return forbidden("bot can't initiate conversation with a user")
        return bad_request("chat not found")

    def _seen(self, chat_id: int, message_id: int) -> Message | None:
        return self.message(chat_id, message_id)

    def _replied(self, sending: Sending) -> Message | None:
        if sending.reply is None:
            return None
        original = self._seen(sending.chat.id, sending.reply.message_id)
        if original is None and not sending.reply.allow_without:
            raise bad_request("message to be replied not found")
        return original

    def _quote(self, original: Message, reply: Reply) -> Quote | None:
        """The quotation of a reply, which must be a part of what is replied to, word for word."""
        text = reply.quote.text
        if not text:
            return None
        if utf16_length(text) > _QUOTE_LIMIT:
            raise bad_request("message quote is too long")
        places = []
        at = original.text.find(text)
        while at >= 0:
            places.append(utf16_length(original.text[:at]))
            at = original.text.find(text, at + 1)
        if not places:
            raise bad_request("QUOTE_TEXT_INVALID")
        position = min(places, key=lambda place: abs(place - reply.quote_position))
        return Quote(text, position, reply.quote.entities)

    def _sending_thread(self, chat: Chat, thread_id: int | None, original: Message | None) -> tuple[int | None, bool]:
        """The thread of a message of the bot. The general topic has no number, and 1 is refused."""
        if thread_id is not None:
            if chat.is_forum:
                topic = self.topics[chat.id].get(thread_id)
                if topic is None:
                    raise bad_request("message thread not found")
                if topic.is_closed and not self.status(chat.id, self.bot.id).is_administrator:
                    raise bad_request("TOPIC_CLOSED")
                return thread_id, True
            known = any(thread_id in (m.id, m.thread_id) for m in self.history(chat.id))
            if chat.kind is not ChatKind.SUPERGROUP or not known:
                raise bad_request("message thread not found")
            return thread_id, False
        return self._thread(chat, None if original is None else original.id, None)

    def _edit(self, edited: Message, before: Message) -> Message:
        if (edited.text, edited.entities, edited.keyboard) == (before.text, before.entities, before.keyboard):
            raise bad_request(NOT_MODIFIED)
        return self._replace(replace(edited, edit_date=int(self.clock.now())))

    def _replace_quietly(self, message: Message) -> Message:
        self._messages[message.chat_id][message.id] = message
        return message


def delete_many(world: Outgoing, chat: Chat, message_ids: Sequence[int]) -> None:
    """Take away what can be taken away of up to a hundred messages; the others are passed over."""
    for message_id in message_ids:
        if world.message(chat.id, message_id) is not None:
            world.delete(chat, message_id)
