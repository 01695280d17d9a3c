"""What no one stated about a document and its title, its first lines or its last one say plainly."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from corpus.classes import class_of_label, class_of_publisher, class_of_title, dateline
from corpus.dates import find_dates
from corpus.document import BlockKind, DocumentClass, Extraction, Metadata
from corpus.language import LANGUAGES, detect_language
from corpus.meetings import guessed_meeting
from corpus.rounds import find_rounds

# Few letters tell a language badly; below this nothing is guessed, and with fewer than that nothing is contradicted.
_LEAST_LETTERS: Final = 20
_SURE_LETTERS: Final = 500
_LONGEST_LINE = 160
_MOST_HEAD_LINES = 8
_MOST_DATELINE_WORDS = 6
_NO_LINES: Final = frozenset({BlockKind.FOOTNOTE, BlockKind.TABLE_ROW})
# What may stand beside a date in a line that dates its document.
_PUBLISHED = re.compile(
    r"\b(?:date|dated|published|posted|issued|released|updated?|as of|дата(?: публикации)?|опубликовано|күні|жарияланды"
    r"|tarih|yayın tarihi|yayınlanma tarihi|التاريخ|تاريخ النشر|نشر في|تاریخ|تاریخ انتشار)\s*[:：]?",
    re.IGNORECASE,
)
_WEEKDAY_OR_TIME = re.compile(r"\b\d{1,2}[:.]\d\d(?::\d\d)?\b|\b(?:utc|gmt|msk|мск)\b", re.IGNORECASE)
_YEAR_SIGN = re.compile(r"\b(?:год[а]?|г|жыл[ғы]*|yılı|سنة|عام|م)\b\.?", re.IGNORECASE)
_APART = re.compile(r"(?:^|[,(\[:|–—])(?:\s*[^\W\d_][^\d,:()|]{1,30},)?$")


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines that may date or class a document: those above its first real paragraph, that one, and the last."""

    head: tuple[str, ...]
    headings: tuple[str, ...]
    first: str
    last: str


def with_guesses(extraction: Extraction, settled: Collection[str] = ()) -> Extraction:
    """Return the extraction with what is plain in its title and first lines where nobody stated it, marked as guessed.

    ``settled`` are fields that someone said to be unknown, which are left so. Where a text says two things (two dates,
    rounds that are not named together) nothing is guessed. A language stated against a long text's own is warned of.
    """
    metadata = extraction.metadata
    lines = _lines(extraction)
    language = _language(extraction)
    found: dict[str, Any] = {
        "language": language,
        **guessed_meeting(extraction, metadata.rounds),
        "document_class": _class(metadata, lines),
        "date": _date(extraction, lines, metadata.language or language),
        "publisher": _publisher(lines),
    }
    free = {name for name in found if getattr(metadata, name) is None and name not in settled}
    if "round" in free:
        free.add("other_rounds")
    if not {"meeting_start", "meeting_end"} <= free:
        # The first day from one place and the last from another may be of two meetings.
        free -= {"meeting_start", "meeting_end"}
    if metadata.document_class is not None and "document_class" in metadata.guessed:
        # The title says more surely what a document is than the page around it.
        free.add("document_class")
    guesses = {name: value for name, value in found.items() if name in free and value not in (None, ())}
    guessed = replace(metadata, **guesses, guessed=metadata.guessed | guesses.keys())
    return replace(extraction, metadata=guessed, warnings=(*extraction.warnings, *_contradiction(extraction)))


def _lines(extraction: Extraction) -> _Lines:
    blocks = [block for block in extraction.blocks if block.kind not in _NO_LINES]
    texts = [extraction.text[block.start : block.end] for block in blocks]
    head: list[str] = []
    headings: list[str] = []
    first = ""
    for block, text in zip(blocks[: _MOST_HEAD_LINES + 1], texts, strict=False):
        if len(text) > _LONGEST_LINE or dateline(text):
            first = text
            break
        if text != extraction.metadata.title:
            (headings if block.kind is BlockKind.HEADING else head).append(text)
    return _Lines(tuple(head), tuple(headings), first, texts[-1] if len(texts) > 1 else "")


def _language(extraction: Extraction) -> str | None:
    letters = sum(map(str.isalpha, extraction.text[: 10 * _LEAST_LETTERS]))
    if extraction.metadata.language is not None or letters < _LEAST_LETTERS:
        return None
    return detect_language(extraction.text)


def _contradiction(extraction: Extraction) -> Iterator[str]:
    stated = extraction.metadata.language
    if stated not in LANGUAGES or sum(map(str.isalpha, extraction.text[: 4 * _SURE_LETTERS])) < _SURE_LETTERS:
        return
    seen = detect_language(extraction.text)
    if seen != stated:
        yield f"Its language is stated to be {stated}, but its text looks like {seen}."


def _class(metadata: Metadata, lines: _Lines) -> DocumentClass | None:
    if metadata.title is not None and (titled := class_of_title(metadata.title) or class_of_label(metadata.title)):
        return titled
    labelled = {kind for line in (*lines.head, *lines.headings) if (kind := class_of_label(line)) is not None}
    if len(labelled) == 1:
        return labelled.pop()
    if not labelled and dateline(lines.first) is not None:
        return DocumentClass.NEWS
    if not labelled and metadata.publisher is not None:
        return metadata.document_class or class_of_publisher(metadata.publisher)
    return None


def _publisher(lines: _Lines) -> str | None:
    found = dateline(lines.first)
    return found[1] if found else None


def _date(extraction: Extraction, lines: _Lines, language: str | None) -> str | None:
    """Return the day a document dates itself by: in a line of its head, a dateline, its title, or its last line."""
    if _is_chronicle(extraction, language):
        return None
    opening = dateline(lines.first)
    title = extraction.metadata.title or ""
    sources: tuple[Sequence[str], ...] = (
        [line for line in lines.head if _dates_itself(line, language)],
        [opening[0]] if opening else [],
        # Beside the number of a round a day in the title is as likely the meeting's.
        [title] if not find_rounds(title) and _stands_apart(title, language) else [],
        [lines.last] if _dates_itself(lines.last, language) else [],
    )
    for texts in sources:
        mentions = [mention for text in texts for mention in find_dates(text, language) if mention.precision == "day"]
        days = {(mention.start_date, mention.end_date) for mention in mentions}
        if len(days) > 1 or any(first != last for first, last in days):
            return None
        if days:
            return days.pop()[0]
    return None


def _dates_itself(line: str, language: str | None) -> bool:
    """Say whether a line is a date and no more than a place, a word such as "Published" and a time beside it."""
    mentions = find_dates(line, language)
    if len(mentions) != 1 or len(line) > _LONGEST_LINE:
        return False
    (mention,) = mentions
    beside = f"{line[: mention.start]} {line[mention.end :]}"
    beside = _YEAR_SIGN.sub(" ", _WEEKDAY_OR_TIME.sub(" ", _PUBLISHED.sub(" ", beside)))
    words = re.findall(r"[^\W\d_][\w'’-]*", beside)
    return len(words) <= _MOST_DATELINE_WORDS - 2 and not any(word[0].islower() for word in words)


def _stands_apart(title: str, language: str | None) -> bool:
    """Say whether a title's one date begins or ends it, set off by a sign: "..., 4 May 2017", "... (Ankara, 4.5.2017)".

    "The memorandum of 4 May 2017" is about a date, not of it.
    """
    mentions = find_dates(title, language)
    if len(mentions) != 1:
        return False
    before, after = title[: mentions[0].start].rstrip(), title[mentions[0].end :].strip()
    return not (before and after.strip(")].")) and bool(
        _APART.search(before) if before else re.match(r"[:,–—-]", after)
    )


def _is_chronicle(extraction: Extraction, language: str | None) -> bool:
    """Say whether lines of the document are different dates: a chronicle, say, which none of them dates."""
    found: set[str] = set()
    for block in extraction.blocks:
        text = extraction.text[block.start : block.end]
        is_line = block.kind not in _NO_LINES and len(text) <= _LONGEST_LINE and text != extraction.metadata.title
        if is_line and any(map(str.isdigit, text)) and _dates_itself(text, language):
            found.update(mention.start_date for mention in find_dates(text, language))
            if len(found) > 1:
                return True
    return False
