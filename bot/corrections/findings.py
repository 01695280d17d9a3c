"""What has become of quotations that were sent: whether they stand, and if not, what took their place or why not."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from bot.answers.citation_table import words_digest
from bot.answers.citations import Standing, as_quoted, standing
from corpus.canonical import fold
from corpus.document import Document, Span
from retrieval.answers.quotes import Quote
from retrieval.index.revision import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.answers.citation_table import Citation
    from corpus.document import Extraction
    from retrieval.engine import Engine
    from retrieval.index.generation import Generation

_MOST_KEPT = 20_000


class Verdict(Enum):
    """What has become of a quotation.

    ``REPLACED`` is one of a version that is no longer kept or may not be read any more, ``CLOSED`` one of a document
    that is not there for whoever was sent it, and ``ABSENT`` one that is not in the index that answers now.
    """

    STANDS = "stands"
    REWORDED = "reworded"
    DROPPED = "dropped"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    ABSENT = "absent"


_UNREAD = {
    Standing.WITHDRAWN: Verdict.WITHDRAWN,
    Standing.ABSENT: Verdict.ABSENT,
    Standing.UNKNOWN: Verdict.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, and the quotations that show it.

    ``now`` is what stands in the place of the quotation where it was reworded, and ``then`` what was quoted where that
    may still be shown, which only ``Findings.shown`` looks up; ``then_at`` and ``now_at`` are when their versions were
    indexed (seconds since 1970, None where that is not known).
    """

    verdict: Verdict
    then: Quote | None = None
    now: Quote | None = None
    then_at: float | None = None
    now_at: float | None = None

    @property
    def token(self) -> str | None:
        """What is kept of a finding once it was told, without a word of it; None where the quotation stands."""
        if self.verdict is Verdict.STANDS:
            return None
        return self.verdict.value if self.now is None else f"{self.verdict.value}:{words_digest(self.now.text)}"

    @property
    def document(self) -> str | None:
        """The id of the document that the finding shows words of."""
        shown = self.now or self.then
        return None if shown is None else shown.document.id


@dataclass(frozen=True, slots=True)
class Match:
    """What became of the words of an earlier version in a later one.

    ``earlier`` is that version without its text, recorded at ``recorded``; ``now`` where its words, or those in their
    place, stand in the later one.
    """

    earlier: Document
    recorded: float
    stands: bool
    now: Span | None


class Matches:
    """What was compared, by citation and by the text that it was compared with, so that it is not compared again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Match] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, citation: str, text: str) -> Match | None:
        """What is kept of a citation against the text of that digest."""
        with self._lock:
            found = self._kept.get((citation, text))
            if found is not None:
                self._kept.move_to_end((citation, text))
            return found

    def keep(self, citation: str, text: str, match: Match) -> None:
        """Keep a match, and of very many not the one that was asked for longest ago."""
        with self._lock:
            self._kept[citation, text] = match
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)


class Findings:
    """What has become of citations, as things are when it is made. It blocks."""

    def __init__(self, engine: Engine, matches: Matches) -> None:
        self._engine = engine
        self._library = engine.library
        self._matches = matches
        self._found: dict[tuple[Citation, str], Finding] = {}
        self._versions: dict[tuple[str, str], list[tuple[Document, float]]] = {}
        self._compared: dict[tuple[int, int], Comparison] = {}
        self._digests: dict[int, tuple[Document, str]] = {}

    def of(self, citation: Citation, clearance: str) -> Finding:
        """What has become of a citation for those whom ``clearance`` lets read, without what was quoted."""
        if (citation, clearance) not in self._found:
            self.look([citation], clearance)
        return self._found[citation, clearance]

    def look(self, citations: Iterable[Citation], clearance: str) -> None:
        """Find out about many citations at once."""
        changed: dict[Citation, tuple[Document, Match]] = {}
        for citation in citations:
            stands, document = standing(self._engine, citation, clearance)
            verdict = _UNREAD.get(stands, Verdict.STANDS)
            if document is not None and stands is Standing.CHANGED:
                match = self._match(citation, document, self._engine.view(clearance))
                verdict = Verdict.REPLACED if match is None else Verdict.STANDS
                if match is not None and not match.stands:
                    changed[citation] = document, match
            self._found[citation, clearance] = Finding(verdict)
        hidden = self._hidden([match.earlier for _, match in changed.values()], clearance)
        for citation, (document, match) in changed.items():
            if (match.earlier.id, match.earlier.sha256) in hidden:
                self._found[citation, clearance] = Finding(Verdict.REPLACED)
            elif match.now is None:
                self._found[citation, clearance] = Finding(Verdict.DROPPED, then_at=match.recorded)
            else:
                self._found[citation, clearance] = Finding(
                    Verdict.REWORDED,
                    now=Quote(document, match.now.start, match.now.end),
                    then_at=match.recorded,
                    now_at=self._indexed(document),
                )

    def shown(self, citation: Citation, clearance: str) -> Finding:
        """The same as ``of`` with what was quoted, where that may be shown."""
        found = self.of(citation, clearance)
        document = self._engine.view(clearance).document(citation.document)
        if document is None or found.verdict not in (Verdict.REWORDED, Verdict.DROPPED):
            return found
        for earlier, _ in self._earlier(document, citation.sha256):
            quote = as_quoted(citation, earlier)
            if quote is not None:
                return replace(found, then=quote)
        return Finding(Verdict.REPLACED)

    def _match(self, citation: Citation, document: Document, view: Generation) -> Match | None:
        """What became of a citation's words in ``document``; None where the version that it cites is not kept."""
        if id(document) not in self._digests:
            self._digests[id(document)] = document, words_digest(document.text)
        _, digest = self._digests[id(document)]
        match = self._matches.get(citation.id, digest)
        if match is not None:
            return match
        for earlier, recorded in self._earlier(document, citation.sha256):
            quote = as_quoted(citation, earlier)
            if quote is not None:
                stands, now = self._compare(quote, document, view)
                match = Match(replace(earlier, text="", blocks=()), recorded, stands, now)
                self._matches.keep(citation.id, digest, match)
                return match
        return None

    def _compare(self, quote: Quote, document: Document, view: Generation) -> tuple[bool, Span | None]:
        """Whether what an earlier version said stands in ``document``, and where that, or what took its place, is."""
        comparison, span = self._comparison(quote.document, document, view), Span(quote.start, quote.end)
        if comparison.stands(span):
            return True, None
        now = comparison.counterpart(span)
        if now is None:
            return False, None
        if document.text[now.start : now.end] == quote.text:
            # The words are there, in a sentence that has changed around them.
            now = comparison.around(now)
        return fold(document.text[now.start : now.end]) == fold(quote.text), now

    def _comparison(self, earlier: Document, document: Document, view: Generation) -> Comparison:
        key = id(earlier), id(document)
        if key not in self._compared:
            number = view.by_id.get(document.id)
            is_seen = number is not None and view.documents[number].document is document
            spans = view.sentences[view.sentences[:, 0] == number][:, 1:3].tolist() if is_seen else None
            after = None if spans is None else [Span(start, end) for start, end in spans]
            self._compared[key] = Comparison(earlier, document, after)
        return self._compared[key]

    def _earlier(self, document: Document, sha256: str) -> list[tuple[Document, float]]:
        """The versions of a document with that hash as they were read, newest first, and when."""
        key = document.id, sha256
        if key not in self._versions:
            self._versions[key] = [
                (_as_read(document, sha256, reading), version.recorded)
                for version in self._library.versions(document.id)
                if version.sha256 == sha256 and (reading := self._library.reading(version)) is not None
            ]
        return self._versions[key]

    def _hidden(self, documents: Iterable[Document], clearance: str) -> frozenset[tuple[str, str]]:
        """Those earlier versions, (document, sha256) each, that ``clearance`` does not let read.

        They may have been withdrawn, or more closely held, before the present ones took their place.
        """
        hidden: set[tuple[str, str]] = set()
        left = {(one.id, one.sha256): one for one in documents}
        while left:
            # The library tells versions of the same document apart only one by one.
            some = {one.id: one for one in left.values()}
            hidden |= {(id, some[id].sha256) for id in self._library.hidden(some.values(), clearance)}
            left = {key: one for key, one in left.items() if one is not some[one.id]}
        return frozenset(hidden)

    def _indexed(self, document: Document) -> float | None:
        versions = self._library.versions(document.id)
        return next((version.recorded for version in versions if version.sha256 == document.sha256), None)


def _as_read(document: Document, sha256: str, reading: Extraction) -> Document:
    """An earlier version of a document."""
    return Document(document.id, document.file, sha256, reading.text, reading.blocks, reading.metadata, reading.format)
