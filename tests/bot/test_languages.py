"""The bot's phrases: every one of them is in every catalogue, and dates and directions are those of the language."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from gettext import c2py
from itertools import accumulate
from pathlib import Path
from string import Formatter
from unicodedata import bidirectional

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

import bot
from bot.languages import LANGUAGES, closest, phrases
from bot.local.found import find
from bot.messages.rendering import citation, cited
from corpus.document import Block, BlockKind, Document, Metadata
from retrieval.answers.quotes import Quote
from tests.bot.speech import Module, called, says

_BOT = Path(bot.__file__).parent
_TRANSLATED = tuple(language for language in LANGUAGES if language != "en")


@lru_cache(maxsize=1)
def _modules() -> tuple[Module, ...]:
    """The modules that say something in chats; the command line, which speaks English, is not among them."""
    found = [
        Module(path.name, path.read_text("utf-8")) for path in sorted(_BOT.rglob("*.py")) if path.name != "languages.py"
    ]
    return tuple(module for module in found if module.imports("bot.languages", "bot.messages.conversation", "telegram"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One phrase of a catalogue and its translations: one, or one for each plural form."""

    id: str | tuple[str, str]
    texts: tuple[str, ...]
    fuzzy: bool

    @property
    def phrase(self) -> str:
        """The English, for many things where it counts."""
        return self.id if isinstance(self.id, str) else self.id[1]

    @property
    def counts(self) -> bool:
        return not isinstance(self.id, str)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> Catalog:
    with (_BOT / "locales" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _entries(language: str) -> list[_Entry]:
    entries = []
    for message in _catalogue(language):
        if message.id:
            key = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
            texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
            entries.append(_Entry(key, tuple(text or "" for text in texts), message.fuzzy))
    return entries


def _placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _commands(text: str) -> list[str]:
    return sorted(re.findall(r"/[a-z]+(?: \d)?", text))


def _ending(text: str) -> str:
    """The mark that a text ends with, in its Latin form, or nothing."""
    last = text[-1].replace("؟", "?")
    return last if last in ".:?…" else ""


def _numbers_of_form(language: str) -> dict[int, list[int]]:
    """Which of the numbers up to 300 each plural form of a language is for."""
    plural = c2py(str(_catalogue(language).plural_expr))
    numbers: dict[int, list[int]] = {}
    for number in range(301):
        numbers.setdefault(plural(number), []).append(number)
    return numbers


def _quote() -> Quote:
    text = "A sentence."
    metadata = Metadata(title="Joint statement", publisher="Ministry of Foreign Affairs", date="2017-12-22")
    block = Block(BlockKind.PARAGRAPH, 0, len(text), page=3, heading="Closing", paragraph=2)
    return Quote(Document("report.md", "/documents/report.md", "ab" * 32, text, (block,), metadata), 0, len(text))


@pytest.mark.parametrize("language", _TRANSLATED)
def test_a_catalogue_has_the_phrases_of_the_code_and_no_others(language: str) -> None:
    in_code = {phrase for module in _modules() for phrase in module.phrases()}
    in_catalogue = {entry.id for entry in _entries(language)}
    assert {"missing": in_code - in_catalogue, "stale": in_catalogue - in_code} == {"missing": set(), "stale": set()}
    assert list(_catalogue(language).obsolete) == []


@pytest.mark.parametrize("language", _TRANSLATED)
def test_the_header_names_the_language_and_its_plurals(language: str) -> None:
    header = dict(_catalogue(language).mime_headers)
    source = (_BOT / "locales" / f"{language}.po").read_text("utf-8")
    assert header["Language"] == language
    assert f'"Language: {language}\\n"' in source
    assert f'"Plural-Forms: {Catalog(locale=language).plural_forms}\\n"' in source


@pytest.mark.parametrize("language", _TRANSLATED)
def test_every_translation_is_complete(language: str) -> None:
    forms = Catalog(locale=language).num_plurals
    for entry in _entries(language):
        assert len(entry.texts) == (forms if entry.counts else 1), entry.id
        assert all(text and text == text.strip() for text in entry.texts), entry.id
        assert not entry.fuzzy, entry.id


@pytest.mark.parametrize("language", _TRANSLATED)
def test_a_translation_has_the_placeholders_and_commands_of_its_phrase(language: str) -> None:
    """A plural form leaves out its number only where it is for that number alone, and so can spell it out."""
    numbers = _numbers_of_form(language)
    for entry in _entries(language):
        for form, text in enumerate(entry.texts):
            spelt_out = entry.counts and len(numbers[form]) == 1 and _placeholders(text) == []
            assert spelt_out or _placeholders(text) == _placeholders(entry.phrase), entry.id
            assert _commands(text) == _commands(entry.phrase), entry.id


@pytest.mark.parametrize("language", _TRANSLATED)
def test_a_translation_ends_as_its_phrase_does(language: str) -> None:
    """A sentence stays a sentence, a label a label, and an introduction ends with its colon; but none of nothing."""
    numbers = _numbers_of_form(language)
    for entry in _entries(language):
        for form, text in enumerate(entry.texts):
            if not (entry.counts and numbers[form] == [0]):
                assert _ending(text) == _ending(entry.phrase), entry.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_telegram_limits_is_within_its_limits(language: str) -> None:
    """Alerts have at most 200 characters, descriptions 512, short ones 120, and those of commands 256."""
    limits = {"answer_press": 200, "set_my_description": 512, "set_my_short_description": 120, "BotCommand": 256}
    say = phrases(language)
    checked = Counter[str]()
    for module in _modules():
        for call in ast.walk(module.tree):
            if isinstance(call, ast.Call) and called(call) in limits:
                inner = [node for node in ast.walk(call) if isinstance(node, ast.Call) and says(node)]
                for text in (say(text) for node in inner for text in module.texts(node.args[0])):
                    assert 0 < len(text) <= limits[called(call)], text
                    checked[called(call)] += 1
    assert checked.keys() == limits.keys()


def test_nothing_is_shown_that_no_catalogue_has() -> None:
    assert [found for module in _modules() for found in module.untranslated()] == []


def test_the_modules_that_speak_hold_no_other_prose() -> None:
    assert [found for module in _modules() if any(module.phrases()) for found in module.prose()] == []


@pytest.mark.parametrize(
    "line",
    [
        'await place.tell(context, "Not here.")',
        'text = "Not here."; await place.tell(context, html(text))',
        'await place.tell(context, place.say("Here.") + " Not here.")',
        "await note.show(f\"{say('Here.')} Not here: {number}\")",
        'await place.send(context, [Message("<b>Not</b>")])',
        'lines = [say("Here.")]; lines.append("Not here."); yield Message("\\n".join(lines))',
        'Button("Not", f"c:{number}")',
        'await answer_press(update, place.say("Here.") if number else "Not here.")',
        "await bot.send_document(chat, content, caption='Not here.')",
    ],
)
def test_a_text_shown_without_a_catalogue_is_found(line: str) -> None:
    """The search of the tests above, tried on what it must find."""
    found = list(Module("made.py", f"async def handler(update, context):\n    {line}\n").untranslated())
    assert len(found) == 1
    assert "Not" in found[0]


def test_phrases_are_found_in_constants_choices_and_counts() -> None:
    source = """
_EXAMPLE = "In a " "constant"
TITLES = {"a": "First", "b": "Second"}
def handler(place, say):
    place.say("One" if say(_EXAMPLE) else "Other")
    phrases("ru")(TITLES[place.name])
    place.say.count("{number} thing", "{number} things", 2)
"""
    assert set(Module("made.py", source).phrases()) == {
        "In a constant", "First", "Second", "One", "Other", ("{number} thing", "{number} things")
    }  # fmt: skip


def test_a_phrase_put_together_while_running_is_refused() -> None:
    with pytest.raises(AssertionError, match="not written out"):
        list(Module("made.py", 'def handler(say, name):\n    say(f"Hello {name}")\n').phrases())


@pytest.mark.parametrize(
    ("language", "day", "month", "year"),
    [
        ("en", "22 December 2017", "December 2017", "2017"),
        ("ru", "22 декабря 2017\u202fг.", "декабрь 2017\u202fг.", "2017"),
        ("kk", "2017\u202fж. 22 желтоқсан", "2017\u202fж. желтоқсан", "2017"),
        ("tr", "22 Aralık 2017", "Aralık 2017", "2017"),
        ("ar", "22 ديسمبر 2017", "ديسمبر 2017", "2017"),
        ("fa", "22 دسامبر 2017", "دسامبر 2017", "2017"),
    ],
)
def test_dates_are_written_as_in_the_language(language: str, day: str, month: str, year: str) -> None:
    say = phrases(language)
    assert (say.date("2017-12-22"), say.date("2017-12"), say.date("2017")) == (day, month, year)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["0 documents:", "1 document:", "2 documents:", "5 documents:"]),
        ("ru", ["0 документов:", "1 документ:", "2 документа:", "5 документов:"]),
        ("kk", ["0 құжат:", "1 құжат:", "2 құжат:", "5 құжат:"]),
        ("tr", ["0 belge:", "1 belge:", "2 belge:", "5 belge:"]),
        ("ar", ["لا توجد وثائق.", "وثيقة واحدة:", "وثيقتان:", "5 وثائق:"]),
        ("fa", ["0 سند:", "1 سند:", "2 سند:", "5 سند:"]),
    ],
)
def test_numbers_take_their_plural(language: str, expected: list[str]) -> None:
    say = phrases(language)
    assert [say.count("{number} document:", "{number} documents:", number) for number in (0, 1, 2, 5)] == expected


def test_further_plurals_of_russian_and_arabic() -> None:
    def counted(language: str, number: int) -> str:
        return phrases(language).count("{number} document:", "{number} documents:", number)

    assert [counted("ru", number) for number in (11, 21, 22)] == ["11 документов:", "21 документ:", "22 документа:"]
    assert [counted("ar", number) for number in (11, 100, 103)] == ["11 وثيقة:", "100 وثيقة:", "103 وثائق:"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ru", "с. 3"),
        ("kk", "3-бет"),
        ("tr", "s. 3"),
        ("ar", "ص 3"),
        ("fa", "ص 3"),
    ],
)
def test_a_phrase_is_filled_in_the_language(language: str, expected: str) -> None:
    assert phrases(language)("p. {page}", page=3) == expected


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_values_are_set_apart_where_lines_run_from_right_to_left(language: str) -> None:
    assert "\u2068report.pdf\u2069" in phrases(language)("File: {name}", name="report.pdf")


@pytest.mark.parametrize("language", ["en", "ru", "kk", "tr"])
def test_values_are_as_they_are_where_lines_run_from_left_to_right(language: str) -> None:
    text = phrases(language)("File: {name}", name="report.pdf")
    assert text.endswith(": report.pdf")
    assert "\u2068" not in text


def test_a_list_set_apart_item_by_item_is_not_set_apart_again() -> None:
    """With nothing but isolates in it, an isolate of its own would run from left to right and turn the list around."""
    say = phrases("ar")
    names = ", ".join(say.isolate(name) for name in ("MFA", "United Nations"))
    assert say("Publishers: {names}.", names=names) == ("الجهات الناشرة: \u2068MFA\u2069, \u2068United Nations\u2069.")


@pytest.mark.parametrize(("language", "comma"), [("en", ", "), ("kk", ", "), ("ar", "، "), ("fa", "، ")])
def test_a_list_has_the_comma_of_the_language_and_says_that_there_is_more(language: str, comma: str) -> None:
    say = phrases(language)
    assert say.listed(["a", "b", "c"]) == comma.join("abc")
    assert say.listed(["a", "b", "c"], 2) == comma.join("ab…")
    assert say.listed(["a"], 2) == "a"
    assert say.listed([]) == ""


def test_commands_keep_their_slash_before_them_where_lines_run_from_right_to_left() -> None:
    phrase = "Write the number of one round, for example: /summary 8"
    assert phrases("ar")(phrase) == "اكتب رقم جولة واحدة، مثلاً: \u2068/summary 8\u2069"
    assert phrases("ru")(phrase) == "Напишите номер одного раунда, например: /summary 8"


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_commands_set_apart_are_still_commands_to_telegram(language: str) -> None:
    text = phrases(language)("/subscribe has summaries of new rounds sent here; /unsubscribe ends that.")
    assert [entity.of(text) for entity in find(text)] == ["/subscribe", "/unsubscribe"]


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_a_line_of_help_begins_in_its_own_script(language: str) -> None:
    """A line that began with a command would run from left to right as a whole."""
    for entry in _entries(language):
        for text in entry.texts:
            written = re.sub(r"\{\w+\}", "", text)
            strong = next(kind for character in written if (kind := bidirectional(character)) in {"L", "R", "AL"})
            assert strong == "AL", entry.id


def test_an_arabic_citation_sets_apart_a_latin_title_publisher_and_heading() -> None:
    quote = _quote()
    line = citation(quote, phrases("ar"), "rapporteur_bot")
    assert line.startswith(
        "<b>\u2068Joint statement\u2069</b>, \u2068Ministry of Foreign Affairs\u2069, \u206822 ديسمبر 2017\u2069, "
        "\u2068\u201cClosing\u201d\u2069, ص 3, الفقرة 2 · "
    )
    depth = list(accumulate({"\u2068": 1, "\u2069": -1}.get(character, 0) for character in line))
    assert (min(depth), max(depth), depth[-1]) == (0, 1, 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_citation_below_a_quotation_runs_in_the_direction_of_the_language(language: str) -> None:
    """It begins with a number and a foreign title, neither of which shows that direction."""
    *_, last = cited(_quote(), 1, phrases(language), "rapporteur_bot")
    below = last.rpartition("</blockquote>\n")[2]
    assert below.startswith("\u200f1. " if language in {"ar", "fa"} else "1. ")


def test_languages_are_named_in_the_language() -> None:
    assert [phrases(language).language_name("fa") for language in LANGUAGES] == [
        "Persian", "персидский", "парсы тілі", "Farsça", "الفارسية", "فارسی"
    ]  # fmt: skip
    assert phrases("ru").language_name("xx") == "xx"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("ru",), "ru"),
        (("AR-eg",), "ar"),
        (("fa_AF", "en"), "fa"),
        (("pt-BR", "tr"), "tr"),
        ((None, "", "kk"), "kk"),
        (("de", None), "en"),
        ((), "en"),
    ],
)
def test_the_closest_language_that_is_spoken(codes: tuple[str | None, ...], expected: str) -> None:
    assert closest(*codes) == expected


def test_english_needs_no_catalogue_and_an_unknown_phrase_stays_as_it_is() -> None:
    assert phrases("en")("Round {number}", number="8") == "Round 8"
    assert phrases("kk")("Nobody says {number}", number="8") == "Nobody says 8"


@pytest.mark.parametrize("language", _TRANSLATED)
def test_the_web_chat_has_its_labels_with_the_same_placeholders(language: str) -> None:
    labels = json.loads((_BOT / "local" / "static" / "strings.json").read_text("utf-8"))
    assert tuple(labels) == LANGUAGES
    assert {key: _placeholders(text) for key, text in labels[language].items()} == {
        key: _placeholders(text) for key, text in labels["en"].items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("title", "closed"),
    [
        ("to the \u2067right", "to the \u2067right\u2069"),
        ("\u2068open \u2066and open", "\u2068open \u2066and open\u2069\u2069"),
        ("closed\u2069 \u2069twice", "closed twice"),
        ("\u2068whole\u2069", "\u2068whole\u2069"),
    ],
)
def test_a_title_that_opens_a_direction_does_not_leave_it_open(title: str, closed: str, language: str) -> None:
    assert phrases(language).isolate(title) in (closed, f"\u2068{closed}\u2069")
