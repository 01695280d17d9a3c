"""Citations in the store's database: where each quotation that was shown stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corpus.database import Connection
    from retrieval.answers.quotes import Quote


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a version of a document, under its short id.

    ``digest`` is that of the words quoted (see ``words_digest``), None for a citation kept before these were.
    """

    id: str
    document: str
    sha256: str
    start: int
    end: int
    digest: str | None = None


def words_digest(text: str) -> str:
    """The first sixteen hexadecimal digits of the SHA-256 of quoted words."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def keep_citations(connection: Connection, quotes: Iterable[Quote]) -> None:
    """Keep where each quotation stands, and where else its words do, within the caller's transaction."""
    places = [place for quote in quotes for place in (quote, *quote.also)]
    # Under the same id the words differ only where the readers have changed: what is quoted now counts.
    connection.executemany(
        'INSERT INTO citations (id, document, sha256, start, "end", digest) VALUES (?, ?, ?, ?, ?, ?)'
        " ON CONFLICT (id) DO UPDATE SET digest = excluded.digest",
        [(place.citation, *place_row(place)) for place in places],
    )


def place_row(quote: Quote) -> tuple[str, str, int, int, str]:
    """Document, SHA-256, start, end and digest of the words of a quotation."""
    return quote.document.id, quote.document.sha256, quote.start, quote.end, words_digest(quote.text)
