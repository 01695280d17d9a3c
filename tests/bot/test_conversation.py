"""Where a reply goes and in which language, and what a group message asks the bot."""

from __future__ import annotations

from typing import Any

import pytest

from bot.conversation import Place, question_in_group
from tests.bot.updates import BOT, GROUP, message, person, update


def _asked(text: str, **fields: Any) -> str | None:
    """What a group message asks; what looks like a mention in it is marked as one."""
    entities, at = [], text.find("@")
    while at >= 0:
        name = text[at:].split(" ")[0].rstrip("?!,.")
        offset = len(text[:at].encode("utf-16-le")) // 2
        entities.append({"type": "mention", "offset": offset, "length": len(name)})
        at = text.find("@", at + 1)
    made = update(message=message(text, chat=GROUP, entities=entities, **fields)).message
    assert made is not None
    return question_in_group(made, "some_bot", 42)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Shall we have lunch?", None),
        ("@some_bot What was agreed?", "What was agreed?"),
        ("What was agreed, @SOME_BOT?", "What was agreed, ?"),
        ("🕊️🔥 @some_bot Что решили?", "🕊️🔥  Что решили?"),
        ("@some_bot", ""),
        ("@some_bot and @some_bot again", "and  again"),
        ("@some_bot_of_others What was agreed?", None),
        ("@anna what do you think?", None),
        ("@anna @some_bot who spoke?", "@anna  who spoke?"),
    ],
)
def test_a_mention_of_the_bot_makes_a_question_without_the_mention(text: str, question: str | None) -> None:
    assert _asked(text) == question


def test_a_reply_to_the_bot_is_a_question_and_one_to_a_person_is_not() -> None:
    assert _asked(" And then? ", reply_to_message=message(chat=GROUP, by=BOT)) == "And then?"
    assert _asked("And then?", reply_to_message=message(chat=GROUP, by=person(8))) is None


def test_in_private_the_reply_stands_by_itself() -> None:
    assert Place.of(update(message=message())) == Place(7, None, None, "en", True)


def test_in_a_group_the_reply_is_to_the_question_and_in_its_topic() -> None:
    asked = message(chat=GROUP, message_thread_id=3, is_topic_message=True, by=person(8, "ru-RU"))
    assert Place.of(update(message=asked)) == Place(-100, 3, 5, "ru", False)


def test_the_thread_of_replies_in_a_group_without_topics_is_no_topic() -> None:
    assert Place.of(update(message=message(chat=GROUP, message_thread_id=3))).thread is None


def test_what_a_button_brings_is_a_reply_to_its_message() -> None:
    pressed = {"id": "1", "chat_instance": "1", "data": "c:0:1", "message": message(), "from": person(7, "kk")}
    assert Place.of(update(callback_query=pressed)) == Place(7, None, 5, "kk", True)


@pytest.mark.parametrize(("spoken", "language"), [("ar", "ar"), ("pt-BR", "en"), (None, "en"), ("fa_IR", "fa")])
def test_a_language_that_the_bot_does_not_speak_is_english(spoken: str | None, language: str) -> None:
    place = Place.of(update(message=message(by=person(7, spoken))))
    assert place.language == language
    assert place.say.language == language


def test_an_update_without_a_message_has_no_place() -> None:
    with pytest.raises(ValueError, match="no place"):
        Place.of(update())
