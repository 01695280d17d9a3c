"""A quotation with its reference, as the institute's style has it: as text, or as a file for reference managers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import rispy

from bot.answers.whereabouts import whereabouts

if TYPE_CHECKING:
    from bot.languages import Phrases
    from retrieval.answers.quotes import Quote


class Style(StrEnum):
    """How references are written; the last two are files."""

    AUTHOR_DATE = "author-date"
    FOOTNOTE = "footnote"
    BIBTEX = "bibtex"
    RIS = "ris"


FILES = {Style.BIBTEX: "bib", Style.RIS: "ris"}
_GUILLEMETS = ("«", "»")
_MARKS = {"en": ("“", "”"), "tr": ("“", "”")}
# What has a meaning of its own in BibTeX. The writers of libraries lose a backslash, or leave braces as they are.
_ESCAPED = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        # With a backslash before it, a brace alone would still count as one that opens or closes.
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        **{sign: f"\\{sign}" for sign in ("$", "&", "#", "%", "_")},
    }
)


def reference(quote: Quote, style: Style, say: Phrases) -> str:
    """The reference of a quotation as a line of text, in author-date style where ``style`` is that, else as a note."""
    metadata = quote.document.metadata
    title = say.isolate(metadata.title or quote.document.id)
    institution = say.isolate(metadata.publisher) if metadata.publisher else ""
    day, place = say.date(metadata.date) if metadata.date else "", ", ".join(whereabouts(quote, say))
    if style is not Style.AUTHOR_DATE:
        return _sentence(", ", [institution, title, day, place, metadata.url or ""])
    head = f"{institution} ({_year(quote)})" if institution and metadata.date else institution or _year(quote)
    return _sentence(". ", [head, title, day, metadata.url or ""])


def copied(quote: Quote, style: Style, say: Phrases) -> tuple[str, str]:
    """What stands before a quotation that is copied out as text, and what behind it."""
    opening, closing = _MARKS.get(say.language, _GUILLEMETS)
    if style is not Style.AUTHOR_DATE:
        return opening, f"{closing}\n\n{reference(quote, style, say)}"
    metadata = quote.document.metadata
    named = say.isolate(metadata.publisher or metadata.title or quote.document.id)
    pointer = ", ".join([" ".join(part for part in (named, _year(quote)) if part), *whereabouts(quote, say)])
    return opening, f"{closing} ({pointer})\n\n{reference(quote, style, say)}"


def reference_file(quote: Quote, style: Style, text: str) -> str:
    """The content of a file of one reference, with ``text``, the quotation, as its note."""
    return _ris(quote, text) if style is Style.RIS else _bibtex(quote, text)


def _bibtex(quote: Quote, text: str) -> str:
    metadata = quote.document.metadata
    fields = {
        # Braces of their own keep an institution from being taken apart as a person's name.
        "author": f"{{{metadata.publisher.translate(_ESCAPED)}}}" if metadata.publisher else "",
        "title": f"{{{(metadata.title or quote.document.id).translate(_ESCAPED)}}}",
        "date": metadata.date or "",
        "year": _year(quote),
        "pages": _pages(quote, "--"),
        "url": metadata.url or "",
        "note": text.translate(_ESCAPED),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@techreport{{{quote.citation},", *lines, "}\n"])


def _ris(quote: Quote, text: str) -> str:
    metadata = quote.document.metadata
    entry = {
        "type_of_reference": "RPRT",
        "id": quote.citation,
        "title": _line(metadata.title or quote.document.id),
        "authors": [_line(metadata.publisher)] if metadata.publisher else [],
        "year": _year(quote),
        "date": (metadata.date or "").replace("-", "/"),
        "start_page": str(quote.page or ""),
        "end_page": str(quote.last_page or ""),
        "urls": [metadata.url] if metadata.url else [],
        "notes": [_line(text)],
    }
    return str(rispy.dumps([{name: value for name, value in entry.items() if value}]))


def _line(text: str) -> str:
    """``text`` on one line, since a line of this format is a field."""
    return " ".join(text.split("\n"))


def _year(quote: Quote) -> str:
    return (quote.document.metadata.date or "")[:4]


def _pages(quote: Quote, between: str) -> str:
    pages = [str(page) for page in dict.fromkeys([quote.page, quote.last_page]) if page]
    return between.join(pages)


def _sentence(between: str, parts: list[str]) -> str:
    """The parts that there are, with a full stop behind them unless they end with an address."""
    line = between.join(part for part in parts if part)
    return line if line.endswith(parts[-1]) and parts[-1] else f"{line}."
