"""A subscription as a message: what it is of, in which language and when; and the buttons that change it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from babel import Locale

from bot.answers.keyboard import Button
from bot.languages import LANGUAGES
from bot.messages.lengths import short
from bot.messages.rendering import Message, html
from bot.subscriptions.rhythm import When
from bot.subscriptions.table import Pause

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.languages import Phrases
    from bot.subscriptions.table import Subscription

DATA = "sb"
NEW_DATA = "sn"
ALL = "0"
MENUS = frozenset("plwdh")
_WHEN = {"a": When.ARRIVAL, "d": When.DAILY, "w": When.WEEKLY}
_PAUSES = {"s": Pause.WANTED, "r": Pause.NONE}
_IN_A_ROW = 3
_HOURS_IN_A_ROW = 6
_MOST_PROCESSES = 30
_LABEL = 40


def process_code(process: str | None) -> str:
    """What stands for a process in a button's data."""
    return ALL if process is None else hashlib.sha256(process.encode()).hexdigest()[:8]


def process_of(code: str, processes: Iterable[str]) -> str | None:
    """The process that a code stands for among ``processes``; None where it is for all, or for none of them."""
    return next((process for process in processes if process_code(process) == code), None)


def card(subscription: Subscription, say: Phrases, note: str = "") -> Message:
    """The subscription with all its buttons, below a sentence where there is one."""
    data = f"{DATA}:{subscription.id}"
    rows: list[tuple[Button, ...]] = [(Button(say("Process"), f"{data}:p"), Button(say("Language"), f"{data}:l"))]
    times = [Button(say("When"), f"{data}:w")]
    if subscription.rhythm.when is not When.ARRIVAL:
        times.append(Button(say("Time zone"), f"{data}:z"))
    rests = subscription.pause is not Pause.NONE
    rest = Button(say("Resume"), f"{data}:r") if rests else Button(say("Pause"), f"{data}:s")
    rows += [tuple(times), (rest, Button(say("End"), f"{data}:e"))]
    return Message("\n\n".join([*([html(note)] if note else []), described(subscription, say)]), tuple(rows))


def described(subscription: Subscription, say: Phrases) -> str:
    """The subscription in lines, as HTML."""
    process = say.isolate(short(subscription.process)) if subscription.process else say("all")
    lines = [
        f"{say('Process')}: {process}",
        f"{say('Language')}: {say.language_name(subscription.language)}",
        f"{say('When')}: {when_line(subscription, say)}",
    ]
    if subscription.pause is Pause.WANTED:
        lines.append(say("Paused: nothing new is sent here."))
    elif subscription.pause is Pause.RESTRICTED:
        lines.append(say("Paused, since I may not write here."))
    return "\n".join([f"<b>{html(say('Summaries of new documents'))}</b>", *(html(line) for line in lines)])


def when_line(subscription: Subscription, say: Phrases) -> str:
    """When it is served, in words."""
    rhythm = subscription.rhythm
    if rhythm.when is When.DAILY:
        return say("every day at {time} ({zone})", time=rhythm.clock, zone=rhythm.zone)
    if rhythm.when is When.WEEKLY:
        day = weekday_name(rhythm.weekday, say)
        return say("every week, {day} at {time} ({zone})", day=day, time=rhythm.clock, zone=rhythm.zone)
    return say("when documents have arrived")


def weekday_name(weekday: int, say: Phrases) -> str:
    """The name of a day of the week, Monday being 0."""
    return str(Locale.parse(say.language).days["stand-alone"]["wide"][weekday])


def menu(kind: str, subscription: Subscription, processes: Sequence[str], say: Phrases) -> Message:
    """The menu that a button of the card leads to, by the letter in its data."""
    if kind == "p":
        return _process_menu(subscription, processes, say)
    return {"l": _language_menu, "w": _when_menu, "d": _weekday_menu, "h": _hour_menu}[kind](subscription, say)


def shown_after(verb: str, subscription: Subscription, processes: Sequence[str], say: Phrases) -> Message:
    """What is shown once a button was pressed: a menu that it leads to or that has to follow, else the card."""
    if verb in MENUS:
        return menu(verb, subscription, processes, say)
    following = {"wd": "h", "ww": "d"}.get(verb) or ("h" if verb.startswith("d") else None)
    return menu(following, subscription, processes, say) if following else card(subscription, say)


def changed(subscription: Subscription, verb: str, processes: Iterable[str]) -> Subscription | None:
    """The subscription as the button with that data makes it; None where what it chooses is not there any more."""
    kind, value, rhythm = verb[0], verb[1:], subscription.rhythm
    if kind == "p":
        process = process_of(value, processes)
        return replace(subscription, process=process) if process is not None or value == ALL else None
    if kind == "l":
        return replace(subscription, language=value) if value in LANGUAGES else None
    if kind == "w" and value in _WHEN:
        return replace(subscription, rhythm=replace(rhythm, when=_WHEN[value]))
    if kind == "d":
        return replace(subscription, rhythm=replace(rhythm, weekday=int(value)))
    if kind == "h":
        return replace(subscription, rhythm=replace(rhythm, minute=60 * int(value)))
    if kind in _PAUSES:
        return replace(subscription, pause=_PAUSES[kind])
    return None


def _process_menu(subscription: Subscription, processes: Sequence[str], say: Phrases) -> Message:
    """Which process it is to be of."""
    data = f"{DATA}:{subscription.id}"
    return _menu(subscription, say("Of which process?"), _process_buttons(f"{data}:p", processes, say), say)


def which_process(processes: Sequence[str], say: Phrases) -> Message:
    """The question of which process there is to be a subscription."""
    buttons = _process_buttons(f"{NEW_DATA}:", processes, say)
    return Message(html(say("Of which process are summaries to be sent here?")), tuple((button,) for button in buttons))


def _language_menu(subscription: Subscription, say: Phrases) -> Message:
    """In which language it is to be."""
    buttons = [Button(say.language_name(code), f"{DATA}:{subscription.id}:l{code}") for code in LANGUAGES]
    return _menu(subscription, say("In which language?"), buttons, say, in_a_row=_IN_A_ROW)


def _when_menu(subscription: Subscription, say: Phrases) -> Message:
    """How often it is to be served."""
    data = f"{DATA}:{subscription.id}"
    buttons = [
        Button(say("When documents have arrived"), f"{data}:wa"),
        Button(say("Every day"), f"{data}:wd"),
        Button(say("Every week"), f"{data}:ww"),
    ]
    return _menu(subscription, say("When are summaries to be sent?"), buttons, say)


def _weekday_menu(subscription: Subscription, say: Phrases) -> Message:
    """On which day of the week its digest is to be."""
    buttons = [Button(weekday_name(day, say), f"{DATA}:{subscription.id}:d{day}") for day in range(7)]
    return _menu(subscription, say("On which day?"), buttons, say, in_a_row=_IN_A_ROW)


def _hour_menu(subscription: Subscription, say: Phrases) -> Message:
    """At which hour its digest is to be."""
    data = f"{DATA}:{subscription.id}"
    buttons = [Button(f"{hour:02}:00", f"{data}:h{hour:02}") for hour in range(24)]
    other = (Button(say("Another time"), f"{data}:t"),)
    return _menu(subscription, say("At what time?"), buttons, say, in_a_row=_HOURS_IN_A_ROW, more=[other])


def _process_buttons(data: str, processes: Sequence[str], say: Phrases) -> list[Button]:
    shown = [Button(short(process, _LABEL), f"{data}{process_code(process)}") for process in processes]
    return [Button(say("All processes"), f"{data}{ALL}"), *shown[:_MOST_PROCESSES]]


def _menu(
    subscription: Subscription,
    question: str,
    buttons: Sequence[Button],
    say: Phrases,
    *,
    in_a_row: int = 1,
    more: Sequence[tuple[Button, ...]] = (),
) -> Message:
    rows = [tuple(buttons[start : start + in_a_row]) for start in range(0, len(buttons), in_a_row)]
    back = (Button(say("Back"), f"{DATA}:{subscription.id}:b"),)
    return Message(f"{described(subscription, say)}\n\n{html(question)}", (*rows, *more, back))
