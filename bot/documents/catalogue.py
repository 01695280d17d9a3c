"""The documents that a chat may see, as lists and one by one. These functions block: call them off the event loop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import dropwhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bot.answers.keyboard import Button
from bot.documents.facts import field_lines, fitted, line, remark_lines, size_line
from bot.messages.lengths import short
from bot.messages.rendering import Message, html
from corpus.library import FOLDERS, SHELL, State
from corpus.quality import quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.languages import Phrases
    from bot.services import Services
    from corpus.document import Extraction
    from corpus.library import Entry, Event, Version

AT_ONCE = 10
_BUTTONS_IN_A_ROW = 5
_VERSIONS_SHOWN = 10
_EVENTS_SHOWN = 25
STATE_NAMES = {
    State.LISTED: "listed",
    State.GONE: "gone from its folder",
    State.WITHDRAWN: "withdrawn",
    State.ERASED: "erased",
}
EVENT_NAMES = {
    "added": "added",
    "changed": "changed",
    "gone": "gone from its folder",
    "back": "back in its folder",
    "published": "published",
    "withdrawn": "withdrawn",
    "restored": "restored",
    "readmitted": "readmitted",
    "labelled": "labelled",
    "corrected": "corrected",
    "erased": "erased",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in a list; ``state`` and ``label`` are for admins alone."""

    id: str
    title: str
    publisher: str | None
    date: str | None
    state: State
    label: str

    def has(self, words: Sequence[str]) -> bool:
        """Whether its title, publisher or file has all of ``words``, in any case."""
        text = f"{self.title}\n{self.publisher or ''}\n{self.id}".casefold()
        return all(word.casefold() in text for word in words)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that can be shown of one document; ``events`` is empty and ``is_whole`` false for who is no admin."""

    entry: Entry
    extraction: Extraction | None
    versions: tuple[Version, ...]
    events: tuple[Event, ...]
    corrected: frozenset[str]
    is_visible: bool
    is_whole: bool


def listing(services: Services, chat: int, *, whole: bool) -> list[Listed]:
    """What a chat may see, by title; with ``whole``, for admins, also what is withdrawn or gone."""
    view = services.engine.view(services.clearance_of(chat))
    entries = services.library.entries()
    found = []
    for id, entry in entries.items():
        document = view.document(id)
        if document is not None:
            metadata = document.metadata
            title = metadata.title or id
            found.append(Listed(id, title, metadata.publisher, metadata.date, entry.state, entry.label))
        elif whole and entry.state is not State.ERASED and (entry.versions or entry.state is State.WITHDRAWN):
            found.append(Listed(id, entry.title or id, None, None, entry.state, entry.label))
    return sorted(found, key=lambda one: (one.title.casefold(), one.id))


def matching(found: Sequence[Listed], words: str) -> list[Listed]:
    """Those that ``words`` may mean: one by id, file or number in the list, else all that have the words."""
    wanted = words.strip()
    exact = exactly(found, wanted)
    if exact is not None:
        return [exact]
    if wanted.isdecimal() and 0 < int(wanted) <= len(found):
        return [found[int(wanted) - 1]]
    return [one for one in found if one.has(wanted.split())] if wanted else []


def exactly(found: Sequence[Listed], name: str) -> Listed | None:
    """The one that ``name`` is the id of, or the name of the file of, where no other has that."""
    by_id = [one for one in found if one.id == name]
    by_file = by_id or [one for one in found if PurePosixPath(one.id).name.casefold() == name.casefold()]
    return by_file[0] if len(by_file) == 1 else None


def list_message(
    found: Sequence[Listed],
    offset: int,
    identifier: str,
    handles: Mapping[str, str],
    say: Phrases,
    *,
    whole: bool,
    numbers: Mapping[str, int],
) -> Message:
    """Ten of a list from ``offset`` on, with a button for each; ``identifier`` is the kept listing's.

    ``numbers`` is each document's place in the whole list of the chat, by its id.
    """
    shown = found[offset : offset + AT_ONCE]
    lines = [html(say.count("{number} document:", "{number} documents:", len(found)))]
    lines += [_list_line(one, numbers[one.id], say, whole=whole) for one in shown]
    buttons = [Button(str(numbers[one.id]), f"do:{handles[one.id]}:s") for one in shown]
    rows = [tuple(buttons[start : start + _BUTTONS_IN_A_ROW]) for start in range(0, len(buttons), _BUTTONS_IN_A_ROW)]
    turning = []
    if offset > 0:
        turning.append(Button(say("Previous"), f"ls:{identifier}:{max(0, offset - AT_ONCE)}"))
    if offset + AT_ONCE < len(found):
        turning.append(Button(say("Next"), f"ls:{identifier}:{offset + AT_ONCE}"))
    if turning:
        rows.append(tuple(turning))
    return Message(fitted(lines), tuple(rows))


def _list_line(one: Listed, number: int, say: Phrases, *, whole: bool) -> str:
    about = [say.isolate(short(one.publisher, 60))] if one.publisher else []
    about += [say.isolate(say.date(one.date))] if one.date else []
    if whole:
        about.append(say.isolate(one.label))
        about += [say(STATE_NAMES[one.state])] if one.state is not State.LISTED else []
    title = html(say.isolate(short(one.title)))
    return f"{say.line_start}{number}. <b>{title}</b>" + (f" ({html(', '.join(about))})" if about else "")


def sheet(services: Services, chat: int, id: str, *, whole: bool) -> Sheet | None:
    """What can be shown in a chat of one document; None where it is not there for that chat."""
    library = services.library
    entry = library.entry(id)
    document = services.engine.view(services.clearance_of(chat)).document(id)
    is_visible = document is not None
    # An archive has no version of its own, and is shown where something was decided on it.
    has_sheet = entry is not None and (entry.versions > 0 or entry.state in (State.WITHDRAWN, State.ERASED))
    if entry is None or not (is_visible or (whole and has_sheet)):
        return None
    versions = library.versions(id)
    if document is not None:
        # What is searched, which after going back is not the newest version.
        entry = replace(entry, title=document.metadata.title, sha256=document.sha256)
        versions = tuple(dropwhile(lambda version: version.sha256 != document.sha256, versions)) or versions
    extraction = library.reading(versions[0]) if versions else None
    corrected = frozenset(library.corrections().get(id, {}))
    events = library.events(id) if whole else ()
    return Sheet(entry, extraction, versions, events, corrected, is_visible, whole)


def sheet_message(one: Sheet, handle: str, say: Phrases) -> Message:
    """One document with its versions; for admins also its state, label, remarks and what they can do with it."""
    entry, extraction = one.entry, one.extraction
    lines = [f"<b>{html(say.isolate(short(entry.title or entry.id)))}</b>"]
    if extraction is not None:
        lines += field_lines(extraction.metadata, say, one.corrected if one.is_whole else frozenset())
    if one.is_whole:
        lines.append(line(say, say("Access label"), entry.label))
        if entry.state is not State.LISTED:
            lines.append(line(say, say("State"), say(STATE_NAMES[entry.state])))
    lines.append(html(say("File: {name}", name=short(entry.id))))
    if extraction is not None:
        lines.append(size_line(extraction, say))
    if entry.sha256 is not None:
        lines.append(f"SHA-256: {entry.sha256}")
    lines += _version_lines(one.versions, say)
    if one.is_whole and extraction is not None:
        lines += remark_lines(quality(extraction).remarks(), extraction.warnings, say)
    return Message(fitted(lines), tuple(_sheet_buttons(one, handle, say)))


def _version_lines(versions: Sequence[Version], say: Phrases) -> list[str]:
    if len(versions) < 2:
        return []
    days = [f"{version.number}: {_day(version.recorded, say)}" for version in versions[:_VERSIONS_SHOWN]]
    return [line(say, say("Versions"), "; ".join(days) + ("; …" if len(versions) > _VERSIONS_SHOWN else ""))]


def _sheet_buttons(one: Sheet, handle: str, say: Phrases) -> list[tuple[Button, ...]]:
    rows: list[tuple[Button, ...]] = []
    if one.is_visible:
        rows.append((Button(say("Send the file"), f"do:{handle}:o"),))
    if not one.is_whole:
        return rows
    state = one.entry.state
    if state is State.ERASED:
        return [(Button(say("Restore"), f"do:{handle}:r"),)]
    hide = (
        Button(say("Restore"), f"do:{handle}:r")
        if state is State.WITHDRAWN
        else Button(say("Withdraw"), f"do:{handle}:w")
    )
    rows.append((hide, Button(say("Erase"), f"do:{handle}:e")))
    rows.append((Button(say("Correct"), f"do:{handle}:c"), Button(say("Access label"), f"do:{handle}:l")))
    rows.append((Button(say("History"), f"do:{handle}:h"),))
    return rows


def history_message(one: Sheet, say: Phrases) -> Message:
    """What happened to a document, newest first: when, what, in which detail, and by whom."""
    lines = [f"<b>{html(say.isolate(short(one.entry.title or one.entry.id)))}</b>"]
    for event in one.events[: -_EVENTS_SHOWN - 1 : -1]:
        parts = [_day(event.at, say), say(EVENT_NAMES[event.event])]
        parts += [say.isolate(short(event.detail, 100))] if event.detail else []
        if event.by not in (FOLDERS, SHELL):
            parts.append(say("by {name}", name=event.by))
        lines.append(f"{say.line_start}• {html(', '.join(parts))}")
    return Message(fitted(lines))


def _day(seconds: float, say: Phrases) -> str:
    return say.isolate(say.date(datetime.fromtimestamp(seconds, UTC).date().isoformat()))
