"""Where a reply goes and in which language, and what a group message asks the bot."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages.conversation import Place, question_in_group
from bot.store import Store
from tests.bot.updates import BOT, GROUP, message, person, update

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


PlaceOf = Callable[..., Place]


@pytest.fixture
def place_of(kept: Store) -> PlaceOf:
    """The place of an update with such content."""
    services: Any = SimpleNamespace(store=kept)
    return lambda **content: Place.of(update(**content), services)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    """A store that nothing was written to."""
    with Store.open(tmp_path / "store.sqlite3") as store:
        yield store


def test_in_private_the_reply_stands_by_itself(place_of: PlaceOf) -> None:
    assert place_of(message=message()) == Place(7, None, None, "en", True)


def test_in_a_group_the_reply_is_to_the_question_and_in_its_topic(place_of: PlaceOf) -> None:
    asked = message(chat=GROUP, message_thread_id=3, is_topic_message=True, by=person(8, "ru-RU"))
    assert place_of(message=asked) == Place(-100, 3, 5, "ru", False)


def test_the_thread_of_replies_in_a_group_without_topics_is_no_topic(place_of: PlaceOf) -> None:
    assert place_of(message=message(chat=GROUP, message_thread_id=3)).thread is None


def test_what_a_button_brings_is_a_reply_to_its_message(place_of: PlaceOf) -> None:
    pressed = {"id": "1", "chat_instance": "1", "data": "c:0:1", "message": message(), "from": person(7, "kk")}
    assert place_of(callback_query=pressed) == Place(7, None, 5, "kk", True)


@pytest.mark.parametrize(("spoken", "language"), [("ar", "ar"), ("pt-BR", "en"), (None, "en"), ("fa_IR", "fa")])
def test_a_language_that_the_bot_does_not_speak_is_english(
    place_of: PlaceOf, spoken: str | None, language: str
) -> None:
    place = place_of(message=message(by=person(7, spoken)))
    assert place.language == language
    assert place.say.language == language


def test_an_update_without_a_message_has_no_place(place_of: PlaceOf) -> None:
    with pytest.raises(ValueError, match="no place"):
        place_of()


@pytest.mark.parametrize(
    ("of_person", "of_telegram", "of_group", "spoken"),
    [
        ("kk", "ru", "tr", "kk"),
        (None, "ru", "tr", "ru"),
        (None, "pt-BR", "tr", "tr"),
        (None, None, "tr", "tr"),
        (None, "pt-BR", None, "en"),
    ],
)
def test_the_language_is_the_persons_choice_else_telegrams_else_the_groups_else_english(
    place_of: PlaceOf, kept: Store, of_person: str | None, of_telegram: str | None, of_group: str | None, spoken: str
) -> None:
    kept.preferences.choose(7, language=of_person)
    kept.preferences.choose(-100, language=of_group)
    assert place_of(message=message(chat=GROUP, by=person(7, of_telegram))).language == spoken
