"""What is new here: documents that were added, or came in a new version, since a point in time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from retrieval.summaries.round_table import rounds

if TYPE_CHECKING:
    from corpus.document import Document
    from corpus.round_decisions import Decided
    from retrieval.index.generation import Generation
    from retrieval.summaries.round_table import Round


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document that came at ``at``, seconds since 1970; ``is_new`` says that no version of it was here before."""

    document: Document
    at: float
    is_new: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """The arrivals of one round, None for documents of none, newest first."""

    round: Round | None
    arrivals: tuple[Arrival, ...]


def arrivals_since(generation: Generation, since: float, decided: Decided) -> tuple[Batch, ...]:
    """The documents of ``generation`` added or changed at ``since`` (seconds since 1970) or later, by round.

    Rounds come by process and number, what is of no round last; a document of several rounds is listed with its first.
    When a document was written does not matter, only when it came.
    """
    of: dict[str, tuple[int, Round]] = {}
    for place, one in enumerate(rounds(generation, decided)):
        for document in one.documents:
            if document.metadata.round == one.number:
                of.setdefault(document.id, (place, one))
    found = [
        (
            *of.get(entry.document.id, (len(generation.documents), None)),
            _arrival(entry.document, entry.added, entry.changed, since),
        )
        for entry in generation.documents
        if max(entry.added, entry.changed) >= since
    ]
    found.sort(key=lambda one: (one[0], -one[2].at, one[2].document.id))
    return tuple(
        Batch(members[0][1], tuple(arrival for _, _, arrival in members))
        for members in (list(group) for _, group in groupby(found, key=lambda one: one[0]))
    )


def _arrival(document: Document, added: float, changed: float, since: float) -> Arrival:
    return Arrival(document, added, True) if added >= since else Arrival(document, changed, False)
