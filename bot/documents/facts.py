"""What is known about a document as lines of a message: fields, remarks on how it was read, and its first words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.lengths import fitting, short, utf16_length
from bot.messages.rendering import blockquote, html
from corpus.document import DocumentClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.languages import Phrases
    from corpus.document import Extraction, Metadata
    from corpus.quality import Remark

_ROOM = 4000
_FIRST_WORDS = 400
_VALUE = 300
_MOST_REMARKS = 8

FIELD_NAMES = {
    "title": "Title",
    "publisher": "Publisher",
    "author": "Author",
    "date": "Date",
    "language": "Language",
    "url": "Address",
    "process": "Process",
    "round": "Round",
    "place": "Place",
    "document_class": "Class",
    "access": "Access label",
}
CLASS_NAMES = {
    DocumentClass.STATEMENT: "official statement",
    DocumentClass.BRIEFING: "briefing",
    DocumentClass.ANALYSIS: "analysis",
    DocumentClass.NEWS: "news",
}
REMARKS = {
    "no_text_pages": "{first} of its {second} pages have no text: {third}.",
    "recognised": "{first} of it was read by OCR and may hold wrong letters.",
    "reordered": "{first} of it is right-to-left text put in order from a PDF and may differ from the page.",
    "unreadable": "{first} of its characters are unreadable.",
    "mixed_words": "{first} words mix two alphabets, such as {second}.",
    "no_language": "Its language is not known.",
    "repeated_line": "{first} stands in it {second} times: a running header may have been left in.",
    "long_run": "It has {first} characters without a blank: words may have been run together.",
    "short": "It has only {first} characters.",
}


def field_name(field: str, say: Phrases) -> str:
    """What a field of ``FIELD_NAMES`` is called."""
    return say(FIELD_NAMES[field])


def class_name(kind: DocumentClass, say: Phrases) -> str:
    """What a class of documents is called."""
    return say(CLASS_NAMES[kind])


def line(say: Phrases, name: str, value: str) -> str:
    """A line of HTML: a name in this language, and a value of any."""
    return f"{html(name)}: {html(say.isolate(value))}"


def field_lines(metadata: Metadata, say: Phrases, corrected: frozenset[str] = frozenset()) -> list[str]:
    """A line of HTML for each field that is known, with a word on those guessed and those an admin gave."""
    lines = []
    for field in FIELD_NAMES:
        value = ", ".join(map(str, metadata.rounds)) or None if field == "round" else getattr(metadata, field)
        if value is None or field == "access":
            continue
        shown = short(_shown(field, value, say), _VALUE)
        if field in metadata.guessed:
            shown = say("{value} (guessed)", value=shown)
        elif field in corrected:
            shown = say("{value} (corrected)", value=shown)
        else:
            shown = say.isolate(shown)
        lines.append(f"{html(say(FIELD_NAMES[field]))}: {html(shown)}")
    return lines


def _shown(field: str, value: str | int | DocumentClass, say: Phrases) -> str:
    if isinstance(value, DocumentClass):
        return say(CLASS_NAMES[value])
    if field == "date":
        return say.date(str(value))
    return say.language_name(str(value)) if field == "language" else str(value)


def size_line(extraction: Extraction, say: Phrases) -> str:
    """How long a document is: pages where it has any, numbered paragraphs, characters."""
    parts = [line(say, say("Pages"), str(extraction.pages))] if extraction.pages else []
    paragraphs = max((block.paragraph or 0 for block in extraction.blocks), default=0)
    parts.append(line(say, say("Paragraphs"), str(paragraphs)))
    parts.append(line(say, say("Characters"), str(len(extraction.text))))
    return " · ".join(parts)


def first_words(extraction: Extraction) -> str:
    """How the text begins, as a block quotation that is a slice of it and ends with a word."""
    text = extraction.text
    start = extraction.blocks[0].start if extraction.blocks else 0
    begun = text[start:]
    if utf16_length(begun) > _FIRST_WORDS:
        cut = begun[: fitting(begun, _FIRST_WORDS)]
        begun = cut[: max(cut.rfind(" "), cut.rfind("\n"))] or cut
    return blockquote(begun.rstrip())


def remark_lines(remarks: Sequence[Remark], warnings: Iterable[str], say: Phrases) -> list[str]:
    """What an admin should look at, each a line of HTML with a sign before it: what was counted, what readers said."""
    lines = []
    for remark in remarks:
        values = dict(zip(("first", "second", "third"), map(_number, remark.values), strict=False))
        lines.append(say(REMARKS[remark.kind], **values))
    lines += [say.isolate(short(warning, _VALUE)) for warning in warnings]
    return [f"{say.line_start}⚠️ {html(text)}" for text in lines[:_MOST_REMARKS]]


def _number(value: float | str) -> object:
    """A value as it is shown: shares as per cent, and of a very long line the beginning."""
    if isinstance(value, float):
        return f"{value:.0%}" if value >= 0.1 else f"{value:.1%}"
    return short(value, 100) if isinstance(value, str) else value


def fitted(lines: Iterable[str]) -> str:
    """Lines of HTML in one message; what there is no room for is left out, and three points say so."""
    text = ""
    for one in lines:
        longer = f"{text}\n{one}" if text else one
        if utf16_length(longer) > _ROOM:
            return f"{text}\n…"
        text = longer
    return text
