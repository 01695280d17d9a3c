"""The reader of web pages: trafilatura finds the article and what the page states about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpus.canonical import fold
from corpus.document import BlockKind, DocumentClass, Extraction, Metadata
from corpus.encoding import decode
from corpus.errors import RefusedContent
from corpus.language import detect_language
from corpus.metadata import iso_date, web_address
from corpus.readers.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARED = re.compile(rb"""<(?:meta\b[^>]*?charset|\?xml\b[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_].*)?")
# What schema.org calls the page, as plug-ins put it there. They call everything news, also on an institute's site.
_SCHEMA = re.compile(r"\"@type\"\s*:\s*\[?\s*\"(Analysis|Opinion|Reportage|)NewsArticle\"")
_SCHEMA_CLASSES = {"Analysis": DocumentClass.ANALYSIS, "Opinion": DocumentClass.ANALYSIS}
_NO_NEWSROOM = re.compile(
    r"institut|minist|embass|universit|president|government|council|cent(?:re|er)|foundation|министерств|институт|посольств"
    r"|университет|президент|правительств|совет|центр|фонд|министрлі|орталы|қор|bakanlı|enstitü|merkez|vakf|cumhurbaşkan"
    r"|وزارة|معهد|مركز|جامعة|رئاسة|مؤسسة|وزارت|پژوهش|اندیشکده|مرکز|دانشگاه",
    re.IGNORECASE,
)
_CYRILLIC, _ARABIC = frozenset({"ru", "kk"}), frozenset({"ar", "fa"})
_NOTE = re.compile(r"\s*\[?(?:\d{1,3}|[*†‡])\]?\s*")
_CLOSING = tuple(".,;:!?…\"'”’»)]،؛؟")
_NO_ARTICLE = "no article was found in this page; save the page again once it is fully loaded, or save it as PDF."


@dataclass(slots=True)
class _Walk:
    """Turns trafilatura's tree (head, p, list, table, quote) into blocks."""

    draft: Draft
    title: str | None
    is_title_seen: bool = False

    def children(self, element: Any) -> None:
        """Take in everything below ``element``, and the loose text between."""
        self._loose(element.text)
        for child in element:
            self._element(child)
            self._loose(child.tail)

    def _element(self, element: Any) -> None:
        match element.tag:
            case "head":
                self._heading(element)
            case "list":
                for item in element.iter("item"):
                    self._text(BlockKind.LIST_ITEM, _own_text(item))
            case "table":
                for row in element.iter("row"):
                    self.draft.row([_own_text(cell) for cell in row.iter("cell")])
            case "quote" | "div" if len(element.xpath("./p|./list|./table|./head|./quote")):
                self.children(element)
            case _:
                self._text(BlockKind.PARAGRAPH, _own_text(element))

    def _heading(self, element: Any) -> None:
        text = fold(_own_text(element))
        level = re.fullmatch(r"h([1-6])", element.get("rend", ""))
        if not self.is_title_seen and text == self.title:
            self.is_title_seen = True
            self.draft.title(text)
        else:
            self.draft.heading(text, int(level.group(1)) if level else 2)

    def _loose(self, text: str | None) -> None:
        if text:
            self._text(BlockKind.PARAGRAPH, text)

    def _text(self, kind: BlockKind, text: str) -> None:
        # Old pages part their paragraphs by two line breaks instead of a paragraph each.
        for part in re.split(r"\v\s*\v", text):
            self.draft.add(kind, part)


def read_html(data: bytes) -> Extraction:
    """Read the bytes of a web page; raises ``RefusedContent`` where there is no article in it."""
    from trafilatura import bare_extraction, load_html

    declared = _DECLARED.search(data[:4096])
    page = decode(data, declared.group(1).decode("ascii") if declared else None)
    tree = load_html(page)
    if tree is None:
        raise RefusedContent(_NO_ARTICLE)
    stated_language = tree.get("lang") or tree.get("xml:lang") or ""
    for note in list(_note_links(tree)):
        note.drop_tree()
    found: Any = bare_extraction(
        tree,
        include_comments=False,
        include_tables=True,
        include_formatting=True,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"},
    )
    if found is None or found.body is None:
        raise RefusedContent(_NO_ARTICLE)
    title = fold(found.title or "") or None
    walk = _Walk(Draft(), title)
    walk.children(found.body)
    if not walk.draft.has_prose:
        raise RefusedContent(_NO_ARTICLE)
    extraction = walk.draft.extraction(Metadata())
    metadata = _metadata(found, title, _language(stated_language, extraction.text), page)
    return walk.draft.extraction(metadata)


def _metadata(found: Any, title: str | None, language: str | None, page: str) -> Metadata:
    date = iso_date(found.date or "")
    publisher = fold(found.sitename or "") or None
    guessed = set()
    if date is not None and date not in page:
        # Read from the running text or the address rather than from what the page states.
        guessed.add("date")
    if publisher is not None and not re.search(r"og:site_name|application-name|\"publisher\"", page):
        guessed.add("publisher")
    document_class = _schema_class(page, publisher)
    if document_class is not None:
        guessed.add("document_class")
    return Metadata(
        title=title,
        publisher=publisher,
        document_class=document_class,
        author=fold(found.author or "") or None,
        date=date,
        language=language,
        url=web_address(found.url or ""),
        guessed=frozenset(guessed),
    )


def _schema_class(page: str, publisher: str | None) -> DocumentClass | None:
    """Return the class of the article that a page's structured data names, on a site that may have a newsroom."""
    kinds = {_SCHEMA_CLASSES.get(kind, DocumentClass.NEWS) for kind in _SCHEMA.findall(page)}
    if len(kinds) != 1 or publisher is None or _NO_NEWSROOM.search(publisher):
        return None
    return kinds.pop()


def _language(stated: str, text: str) -> str | None:
    """Return the language a page states, unless its text is in another script: templates are often left in English."""
    match = _LANGUAGE.fullmatch(stated.strip())
    if match is None:
        return None
    language = match.group(1).lower()
    seen = detect_language(text)
    for languages in (_CYRILLIC, _ARABIC):
        if (language in languages) != (seen in languages) and (language in languages or seen in languages):
            return None
    return language


def _note_links(tree: Any) -> Iterator[Any]:
    """Yield the raised links to footnotes, which are no part of the sentence they stand in."""
    for note in tree.iter("sup"):
        if note.find(".//a") is not None and _NOTE.fullmatch("".join(note.itertext())):
            yield note


def _own_text(element: Any) -> str:
    """Return the text of an element without what is in lists below it; a line break is a vertical tab."""
    return "".join(_texts(element)).strip()


def _texts(element: Any) -> Iterator[str]:
    before = element.text or ""
    yield before
    for child in element:
        if child.tag == "lb":
            yield "\v"
        elif child.tag == "hi" and child.get("rend") == "#sup" and _is_note("".join(child.itertext()), before):
            pass
        elif child.tag == "p":
            yield "\v\v" + "".join(_texts(child)) + "\v\v"
        elif child.tag != "list":
            yield from _texts(child)
        before = child.tail or ""
        yield before


def _is_note(raised: str, before: str) -> bool:
    """Say whether a raised number is a footnote's: it follows closing punctuation (not so in "km2")."""
    return _NOTE.fullmatch(raised) is not None and before.rstrip().endswith(_CLOSING)
