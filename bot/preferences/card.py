"""What a chat has chosen as a message, with the buttons that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel import Locale

from bot.answers.keyboard import Button, in_rows
from bot.languages import LANGUAGES
from bot.messages.rendering import AT_ONCE, Message, html
from bot.preferences.table import MOST_QUOTATIONS, QUIET_EXAMPLE, Askers, Preferences, QuietHours

if TYPE_CHECKING:
    from bot.languages import Phrases

DATA = "st"
NONE = "-"
LANGUAGE, ASKERS, QUOTATIONS, QUIET, SUMMARIES = "l", "a", "n", "q", "s"
_OFFERED_HOURS = ((20, 7), (21, 7), (22, 7), (22, 8), (23, 6), (0, 6))
_TICK = "✓ "


def card(chosen: Preferences, say: Phrases, private: bool) -> Message:
    """All choices, with a button for each."""
    fields = [(LANGUAGE, say("Language")), (QUOTATIONS, say("Quotations at once"))]
    if not private:
        fields += [(ASKERS, say("Who may ask")), (QUIET, say("Quiet hours")), (SUMMARIES, say("Summaries"))]
    buttons = [Button(label, f"{DATA}:{field}") for field, label in fields]
    return Message(described(chosen, say, private), in_rows(buttons, 2))


def described(chosen: Preferences, say: Phrases, private: bool) -> str:
    """All choices in lines, as HTML."""
    lines = [
        f"{say('Language')}: {_language(chosen, say)}",
        f"{say('Quotations at once')}: {chosen.quotations or AT_ONCE}",
    ]
    if not private:
        lines.append(f"{say('Who may ask')}: {_askers(chosen.askers or Askers.EVERYONE, say)}")
        lines.append(f"{say('Quiet hours')}: {_quiet(chosen.quiet, say)}")
    title = say("Your settings") if private else say("Settings of this group")
    return "\n".join([f"<b>{html(title)}</b>", *(html(line) for line in lines)])


def menu(field: str, chosen: Preferences, say: Phrases, zone: str) -> Message | None:
    """What one choice can be, what it is now with a tick; None where there is no such choice.

    New quiet hours are in the ``zone``, or in that of those there are.
    """
    if field == LANGUAGE:
        return _menu(say("Which language shall I speak?"), _languages(chosen, say), field, say)
    if field == QUOTATIONS:
        now = chosen.quotations or AT_ONCE
        options = [(str(number), str(number), number == now) for number in range(1, MOST_QUOTATIONS + 1)]
        return _menu(say("How many quotations shall an answer show at once?"), options, field, say, 5)
    if field == ASKERS:
        asking = chosen.askers or Askers.EVERYONE
        options = [(one.value, _askers(one, say), one is asking) for one in Askers]
        return _menu(say("Who may ask me in this group?"), options, field, say, 1)
    if field == QUIET:
        zone = chosen.quiet.zone if chosen.quiet is not None else zone
        offered = [QuietHours(start, end, zone) for start, end in _OFFERED_HOURS]
        options = [(f"{one.start:02}{one.end:02}", _hours(one), one == chosen.quiet) for one in offered]
        options.append((NONE, say("none"), chosen.quiet is None))
        text = say(
            "When shall nothing be sent here unasked? The hours are those of {zone}; others are typed, for example: "
            "{example}",
            zone=zone,
            example=QUIET_EXAMPLE,
        )
        return _menu(text, options, field, say)
    return None


def _menu(text: str, options: list[tuple[str, str, bool]], field: str, say: Phrases, in_a_row: int = 2) -> Message:
    """A question with a button for each option: its value, its label, and whether it is chosen."""
    buttons = [
        Button(f"{_TICK if is_chosen else ''}{label}", f"{DATA}:{field}:{value}") for value, label, is_chosen in options
    ]
    return Message(html(text), (*in_rows(buttons, in_a_row), (Button(say("Back"), f"{DATA}:"),)))


def _languages(chosen: Preferences, say: Phrases) -> list[tuple[str, str, bool]]:
    """The languages, each by its own name, and none but that of Telegram."""
    named = [(code, own_name(code), code == chosen.language) for code in LANGUAGES]
    return [*named, (NONE, say("as in Telegram"), chosen.language is None)]


def own_name(code: str) -> str:
    """The name of a language in that language."""
    name = str(Locale.parse(code).languages[code])
    return name[0].upper() + name[1:]


def _language(chosen: Preferences, say: Phrases) -> str:
    return say.isolate(own_name(chosen.language)) if chosen.language else say("as in Telegram")


def _askers(askers: Askers, say: Phrases) -> str:
    return say("everyone in the group") if askers is Askers.EVERYONE else say("administrators of the group")


def _hours(quiet: QuietHours) -> str:
    return f"{quiet.start:02}:00–{quiet.end:02}:00"


def _quiet(quiet: QuietHours | None, say: Phrases) -> str:
    return say.isolate(f"{_hours(quiet)} ({quiet.zone})") if quiet is not None else say("none")
