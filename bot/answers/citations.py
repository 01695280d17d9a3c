"""Kept citations against the documents of now: unchanged, changed since, withdrawn, or not for whoever asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.answers.citation_table import words_digest
from corpus.document import Document, Span
from corpus.library import State
from retrieval.answers.quotes import Quote
from retrieval.index.revision import counterpart

if TYPE_CHECKING:
    from bot.answers.citation_table import Citation
    from bot.store import Store
    from corpus.library import Library
    from retrieval.engine import Engine

#: The id of a citation in the link of one.
CITED = re.compile(r"\?start=c_([a-z2-7]+)")


class Standing(Enum):
    """How a citation stands.

    ``UNKNOWN`` is one that is not there for whoever asks, and ``ABSENT`` one of a document that is listed and not in
    the index that answers now.
    """

    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    ABSENT = "absent"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def as_quoted(citation: Citation, document: Document) -> Quote | None:
    """The quotation, where the document still has the very words at that place of that version."""
    if document.sha256 != citation.sha256 or citation.end > len(document.text):
        return None
    quote = Quote(document, citation.start, citation.end)
    return quote if citation.digest in (None, words_digest(quote.text)) else None


def standing(engine: Engine, citation: Citation | None, clearance: str) -> tuple[Standing, Document | None]:
    """How a citation stands for ``clearance``, and its document where that may be read. Blocks.

    The same file may be another document too, which is shown where the one that was kept first is not.
    """
    if citation is None:
        return Standing.UNKNOWN, None
    stands, document = _of_its_document(engine, citation, clearance)
    if document is None:
        for entry in engine.view(clearance).documents:
            if entry.document.sha256 == citation.sha256 and as_quoted(citation, entry.document) is not None:
                return Standing.UNCHANGED, entry.document
    return stands, document


def _of_its_document(engine: Engine, citation: Citation, clearance: str) -> tuple[Standing, Document | None]:
    library = engine.library
    entry = library.entry(citation.document)
    if entry is None:
        return Standing.UNKNOWN, None
    # Nothing says any more whom an erased document was for.
    label = library.labels.highest if entry.state is State.ERASED else entry.label
    if not library.labels.admits(clearance, label):
        return Standing.UNKNOWN, None
    if entry.state is not State.LISTED:
        return Standing.WITHDRAWN, None
    document = engine.view(clearance).document(citation.document)
    if document is None:
        return _unseen(engine, citation.document), None
    return (Standing.CHANGED if as_quoted(citation, document) is None else Standing.UNCHANGED), document


def _unseen(engine: Engine, id: str) -> Standing:
    """How a citation of a listed document stands that is not seen: what it is packed in may be hidden."""
    indexed, library = engine.stock.documents().get(id), engine.library
    if indexed is None:
        return Standing.ABSENT
    return Standing.WITHDRAWN if library.hidden([indexed.document], library.labels.highest) else Standing.UNKNOWN


def may_be_shown(engine: Engine, store: Store, body: str, clearance: str) -> bool:
    """Whether ``clearance`` lets read all that a message (HTML) cites, in the same words, now. Blocks."""
    cited = (store.citation(identifier) for identifier in set(CITED.findall(body)))
    return all(standing(engine, citation, clearance)[0] is Standing.UNCHANGED for citation in cited)


@dataclass(frozen=True, slots=True)
class Revision:
    """A citation of a document that changed: the words it stood for, and those in their place now.

    ``old`` is None where that version is no longer kept or may not be read, ``new`` where the passage is gone; the
    times are when each version was indexed, in seconds since 1970, None where that is not known.
    """

    old: Quote | None
    new: Quote | None
    then: float | None
    now: float | None


def revision(library: Library, citation: Citation, document: Document, clearance: str) -> Revision:
    """Compare the version that was cited, where ``clearance`` lets read it, with the present ``document``. Blocks."""
    versions = library.versions(citation.document)
    now = next((version.recorded for version in versions if version.sha256 == document.sha256), None)
    for version in versions:
        if version.sha256 != citation.sha256:
            continue
        reading = library.reading(version)
        if reading is None:
            continue
        before = Document(
            document.id, document.file, version.sha256, reading.text, reading.blocks, reading.metadata, reading.format
        )
        old = as_quoted(citation, before)
        # It may have been withdrawn, or more closely held, before the present one took its place.
        if old is not None and not library.hidden([before], clearance):
            span = counterpart(before, Span(old.start, old.end), document)
            new = Quote(document, span.start, span.end) if span is not None else None
            return Revision(old, new, version.recorded, now)
    return Revision(None, None, None, now)
