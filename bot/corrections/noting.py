"""Corrections: what a chat was sent and may not rely on any more, told once for each change, in the step that notes it.

A correction that waits when things change again is taken back, and what is still to be said is composed anew.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from typing import TYPE_CHECKING

from bot.corrections.findings import Findings
from bot.corrections.table import Telling
from bot.corrections.wording import Changed, correction_texts
from bot.outbox.outgoing import Kind, Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.corrections.table import Key, Shown, Snapshot, Waiting
    from bot.messages.packing import Packed
    from bot.services import Services

# Chat, topic, summary, and whether its message may not have arrived: what one correction answers.
Group = tuple[int, int, str, bool]


async def correct(services: Services, bot: str, *, within: str | None = None) -> int:
    """Put a correction into the outbox for each message whose quotations do not stand as its chat was told last.

    To be called after every change of the index and of a decision on a document; what has not changed is not told
    again. With ``within`` only of that document, or of what was packed in it. Returns how many messages were put;
    ``bot`` is the bot's user name.
    """
    return await services.run(decide_corrections, services, bot, within)


def decide_corrections(services: Services, bot: str, within: str | None = None) -> int:
    """The same as ``correct``; blocks."""
    table = services.store.corrections
    with table.lock:
        while True:
            state = state_of(services)
            findings = Findings(services.engine, table.matches)
            citations = _off(services, findings, within)
            seen = table.snapshot(citations, within)
            revoked = [one for one in seen.waiting if not _is_right(services, findings, one, seen.shown)]
            tellings = _tellings(services, findings, seen, revoked, bot)
            put = table.commit(seen, citations, within, revoked, tellings) if revoked or tellings else 0
            if put is not None:
                # What is decided of one document says nothing of the others.
                if within is None:
                    table.checked = state
                    table.trust()
                return put


def state_of(services: Services) -> tuple[int, str]:
    """What tells one state of the documents from another: of the decisions on them, and of their index. Blocks."""
    return services.library.revision(), services.engine.stock.manifest.id


def is_current(services: Services, row: int) -> bool:
    """Whether a correction that waits in that row of the outbox still says what has become of what it tells of. Blocks.

    Where it does not, it must not be sent, and ``correct`` composes what is still to be said.
    """
    table = services.store.corrections
    told = table.told_by(row)
    if not told or not all(one.arrived for one in told):
        return False
    if table.checked == state_of(services):
        return True
    findings = Findings(services.engine, table.matches)
    return all(_token(services, findings, one) == one.told for one in told)


def _off(services: Services, findings: Findings, within: str | None) -> list[str]:
    """The ids of the citations that do not stand for all that they were sent to."""
    cited, chats = services.store.corrections.cited(within)
    clearances = sorted({services.clearance_of(chat) for chat in chats})
    for clearance in clearances:
        findings.look(cited, clearance)
    return [one.id for one in cited if any(findings.of(one, clearance).token is not None for clearance in clearances)]


def _token(services: Services, findings: Findings, shown: Shown) -> str | None:
    return findings.of(shown.citation, services.clearance_of(shown.chat)).token


def _is_right(services: Services, findings: Findings, waiting: Waiting, shown: Mapping[Key, Shown]) -> bool:
    """Whether a correction that was not sent yet may stay."""
    told = [shown.get(key) for key in waiting.before]
    return waiting.may_stay and all(
        one is not None and one.arrived and _token(services, findings, one) == one.told for one in told
    )


def _tellings(
    services: Services, findings: Findings, seen: Snapshot, revoked: Sequence[Waiting], bot: str
) -> list[Telling]:
    """What is to be told, in as few messages as there are messages to correct."""
    before = {key: told for waiting in revoked for key, told in waiting.before.items()}
    groups: defaultdict[Group, list[Shown]] = defaultdict(list)
    for one in seen.shown.values():
        if one.arrived and _token(services, findings, one) != before.get(one.key, one.told):
            groups[one.chat, one.thread, one.summary, one.unclear].append(one)
    writer = _Writer(services, findings, bot)
    return [telling for group in groups.values() for telling in writer.tellings(group)]


class _Writer:
    """Writes corrections for many chats, each wording once for those that were sent the same."""

    def __init__(self, services: Services, findings: Findings, bot: str) -> None:
        self._services = services
        self._findings = findings
        self._bot = bot
        self._texts: dict[tuple[object, ...], list[Packed[Changed]]] = {}

    def tellings(self, group: Sequence[Shown]) -> Iterator[Telling]:
        """The messages that correct one that was sent, and what each tells."""
        first, name = group[0], f"correction:{secrets.token_hex(8)}"
        for part, text in enumerate(self._written(group)):
            told = {group[one.place].key: one.finding for one in text.shows}
            message = Outgoing(
                first.chat,
                first.thread,
                name,
                part,
                text.body,
                kind=Kind.CORRECTION,
                named=frozenset(finding.document for finding in told.values() if finding.document is not None),
                answers=first.key[0],
                language=first.subject.language,
                process=first.subject.process,
                round=first.subject.round,
            )
            yield Telling(message, told)

    def _written(self, group: Sequence[Shown]) -> list[Packed[Changed]]:
        subject, clearance = group[0].subject, self._services.clearance_of(group[0].chat)
        key = (subject, clearance, *((one.key[1], one.section, one.citation) for one in group))
        if key not in self._texts:
            changed = [
                Changed(place, one.key[1], one.section, one.citation.id, self._findings.shown(one.citation, clearance))
                for place, one in enumerate(group)
            ]
            self._texts[key] = correction_texts(subject, changed, self._bot)
        return self._texts[key]
