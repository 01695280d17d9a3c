"""Pressed buttons and inline queries: what people ask by touch, and what the bot answers in time."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.local.entities import FormattedText
from bot.local.errors import WorldError, bad_request
from bot.local.events import CallbackAnswered, InlineAnswered
from bot.local.inline import Result
from bot.local.models import ButtonKind, CallbackAnswer, InlineAnswer, JsonObject, Message
from bot.local.outgoing import Outgoing
from bot.local.wire import message_json, person_json

#: How long the bot may take to answer, in seconds.
ANSWER_SECONDS = 15.0
_INLINE_QUERY_LIMIT = 256
_TOO_LATE = "query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True, slots=True)
class _Pressed:
    user_id: int
    key: tuple[int, int, int, str]
    since: float
    answer: CallbackAnswer | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    user_id: int
    query: str
    offset: str
    since: float
    answer: InlineAnswer | None = None
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cached:
    until: float
    answer: InlineAnswer
    results: tuple[Result, ...]


class Queries(Outgoing):
    """Callback queries and inline queries."""

    def __init__(
        self,
        token: str,
        bot_username: str = "rapporteur_local_bot",
        clock: Clock | None = None,
        *,
        privacy_mode: bool = True,
        mentions_pass: bool = False,
    ) -> None:
        """As ``State``."""
        super().__init__(token, bot_username, clock, privacy_mode=privacy_mode, mentions_pass=mentions_pass)
        self._pressed: dict[str, _Pressed] = {}
        self._cached_callbacks: dict[tuple[int, int, int, str], tuple[float, CallbackAnswer]] = {}
        self._asked: dict[str, _Asked] = {}
        self._cached_inline: dict[tuple[int, str, str], _Cached] = {}

    # Buttons

    def press(self, user_id: int, chat_id: int, message_id: int, data: str) -> str:
        """A person presses the button of a message that carries ``data``; the id of the callback query.

        Raises WorldError where they see no such button. An answer that the bot let Telegram cache is there at once.
        """
        message, person = self.message(chat_id, message_id), self.person(user_id)
        if message is None or not self.status(chat_id, user_id).is_present:
            raise WorldError(f"{person.first_name} sees no message {message_id} in {chat_id}")
        if not any(button.kind is ButtonKind.CALLBACK and button.value == data for button in message.buttons):
            raise WorldError(f"message {message_id} has no button with the data {data!r}")
        query_id = str(next(self._query_ids))
        key = (user_id, chat_id, message_id, data)
        until, cached = self._cached_callbacks.get(key, (0.0, None))
        if cached is not None and self.clock.now() < until:
            answer = replace(cached, query_id=query_id)
            self._pressed[query_id] = _Pressed(user_id, key, self.clock.now(), answer)
            self._emit(CallbackAnswered(answer))
            return query_id
        self._pressed[query_id] = _Pressed(user_id, key, self.clock.now())
        update: dict[str, object] = {
            "id": query_id,
            "from": person_json(person),
            "chat_instance": str(-5_000_000_000_000_000_000 + abs(chat_id)),
            "data": data,
        }
        if message.inline_id is not None:
            update["inline_message_id"] = message.inline_id
        else:
            update["message"] = message_json(message, self)
        self.updates.push("callback_query", update)
        return query_id

    def callback_answer(self, query_id: str) -> CallbackAnswer | None:
        """What the bot answered to a pressed button, None as long as it has not. Raises WorldError."""
        if query_id not in self._pressed:
            raise WorldError(f"no button was pressed as {query_id}")
        return self._pressed[query_id].answer

    async def wait_callback_answer(self, query_id: str, timeout: float = 10.0) -> CallbackAnswer:
        """What the bot answers to a pressed button. Raises TimeoutError after ``timeout`` real seconds."""
        answer = self.callback_answer(query_id)
        if answer is not None:
            return answer
        event = await self.wait_for(CallbackAnswered, lambda event: event.answer.query_id == query_id, timeout)
        return event.answer

    def answer_callback(self, query_id: str, text: str, *, show_alert: bool, url: str | None, cache_time: int) -> None:
        """The bot answers, once and in time. Raises ApiError."""
        pressed = self._pressed.get(query_id)
        if pressed is None or pressed.answer is not None or self.clock.now() - pressed.since > ANSWER_SECONDS:
            raise bad_request(_TOO_LATE)
        if len(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        answer = CallbackAnswer(query_id, pressed.user_id, text, show_alert, url)
        self._pressed[query_id] = replace(pressed, answer=answer)
        if cache_time > 0:
            self._cached_callbacks[pressed.key] = (self.clock.now() + cache_time, answer)
        self._emit(CallbackAnswered(answer))

    # Inline queries

    def inline_query(self, user_id: int, query: str, *, offset: str = "", chat_type: str | None = None) -> str:
        """A person writes ``@bot query`` in some chat; the id of the inline query.

        Results that the bot let Telegram cache are there at once, and the bot hears nothing.
        """
        person, query = self.person(user_id), query[:_INLINE_QUERY_LIMIT]
        query_id = str(next(self._query_ids))
        asked = _Asked(user_id, query, offset, self.clock.now())
        for owner in (user_id, 0):
            cached = self._cached_inline.get((owner, query, offset))
            if cached is not None and self.clock.now() < cached.until:
                answer = replace(cached.answer, query_id=query_id, user_id=user_id, is_cached=True)
                self._asked[query_id] = replace(asked, answer=answer, results=cached.results)
                self._emit(InlineAnswered(answer))
                return query_id
        self._asked[query_id] = asked
        update: dict[str, object] = {"id": query_id, "from": person_json(person), "query": query, "offset": offset}
        if chat_type is not None:
            update["chat_type"] = chat_type
        self.updates.push("inline_query", update)
        return query_id

    def inline_answer(self, query_id: str) -> InlineAnswer | None:
        """The results of an inline query, None as long as there are none. Raises WorldError."""
        if query_id not in self._asked:
            raise WorldError(f"nothing was asked as {query_id}")
        return self._asked[query_id].answer

    async def wait_inline_answer(self, query_id: str, timeout: float = 10.0) -> InlineAnswer:
        """The results of an inline query. Raises TimeoutError after ``timeout`` real seconds."""
        answer = self.inline_answer(query_id)
        if answer is not None:
            return answer
        event = await self.wait_for(InlineAnswered, lambda event: event.answer.query_id == query_id, timeout)
        return event.answer

    def answer_inline(
        self,
        query_id: str,
        results: Sequence[Result],
        *,
        cache_time: int,
        is_personal: bool,
        next_offset: str,
        button: JsonObject | None,
    ) -> None:
        """The bot answers an inline query, once and in time. Raises ApiError."""
        asked = self._asked.get(query_id)
        if asked is None or asked.answer is not None or self.clock.now() - asked.since > ANSWER_SECONDS:
            raise bad_request(_TOO_LATE)
        shown = tuple(result.shown for result in results)
        answer = InlineAnswer(query_id, asked.user_id, shown, next_offset, button=button)
        self._asked[query_id] = replace(asked, answer=answer, results=tuple(results))
        if cache_time > 0:
            owner = asked.user_id if is_personal else 0
            cached = _Cached(self.clock.now() + cache_time, answer, tuple(results))
            self._cached_inline[(owner, asked.query, asked.offset)] = cached
        self._emit(InlineAnswered(answer))

    def choose(
        self, user_id: int, chat_id: int, query_id: str, result_id: str, *, thread_id: int | None = None
    ) -> Message:
        """A person sends one of the results to a chat, even one that the bot is not in. Raises WorldError."""
        asked = self._asked.get(query_id)
        if asked is None or asked.user_id != user_id:
            raise WorldError(f"{user_id} asked nothing as {query_id}")
        chosen = next((result for result in asked.results if result.id == result_id), None)
        if chosen is None:
            raise WorldError(f"there is no result {result_id!r}")
        message = self._written(user_id, chat_id, None, thread_id)
        content: FormattedText = chosen.content
        inline_id = self._inline_id(chat_id, message.id) if chosen.keyboard else None
        update: dict[str, object] = {
            "result_id": result_id,
            "from": person_json(self.person(user_id)),
            "query": asked.query,
        }
        if inline_id is not None:
            update["inline_message_id"] = inline_id
        self.updates.push("chosen_inline_result", update)
        return self._say(
            replace(
                message,
                text=content.text,
                entities=content.entities,
                attachment=chosen.attachment,
                keyboard=chosen.keyboard,
                via_bot=True,
                inline_id=inline_id,
            )
        )

    def _inline_id(self, chat_id: int, message_id: int) -> str:
        return base64.urlsafe_b64encode(f"inline:{chat_id}:{message_id}".encode()).decode().rstrip("=")
