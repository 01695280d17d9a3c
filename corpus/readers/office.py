"""What office files have in common: a ZIP of XML parts, and properties that whoever saved the file left in them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import IO, Any
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from lxml import etree  # type: ignore[import-untyped]

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.errors import RefusedContent
from corpus.language import detect_language

ENCRYPTED = "it opens only with a password; save it without one and load it again."
DAMAGED_FILE = "it is damaged or was cut short on its way; send it again."
NESTED = "it is nested too deeply to be read; save it in another format."
NO_TEXT = "there is no text in it that could be quoted."
# What the libraries raise over a part that is missing, cut or not what it should be: none of them checks a file before
# it takes it apart, so that damage shows as whatever the code that meets it stumbles on.
DAMAGE: tuple[type[Exception], ...] = (
    BadZipFile,
    zlib.error,
    etree.LxmlError,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    EOFError,
    NotImplementedError,
)
_UNOPENED: tuple[type[Exception], ...] = (*DAMAGE, RuntimeError)
# A heading longer than this, in characters, is running text in a heading's clothes, and may be quoted as such.
LONGEST_HEADING = 300

STRUCK = "Words that are struck out are read as if they stood; places: {}, the first “{}”."

_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_OLD = "it is of the kind that Office wrote before 2007; save it as {} and load that."
_NOT_OF_KIND = "it is not {}, whatever its name says, or parts of it are missing; save it again."
_DECLARED = "it declares a document type inside, which no office program writes and which is not safe to read."
_CHUNK = 4096
_LONGEST_PROLOGUE = 1024 * 1024
_CORE = "docProps/core.xml"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_NO_TITLE = re.compile(
    r"untitled|microsoft (?:word|powerpoint|excel)\b.*|(?:word )?document\s*\d*|presentation\s*\d*|book\s*\d*|"
    r"powerpoint presentation|презентация powerpoint|slide \d+|title|[\d\W_]+|"
    r".*\.(?:docx?|dotx?|pdf|rtf|odt|pptx?|potx?|xlsx?)",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SCRIPTS = (frozenset({"ru", "kk", "uk", "be", "bg", "ky", "tg", "mn"}), frozenset({"ar", "fa", "ps", "ur", "ku"}))
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_].*)?")


@dataclass(frozen=True, slots=True)
class Properties:
    """What a file's properties say: its title, author and language, and the day on which it was last saved."""

    title: str = ""
    author: str = ""
    language: str = ""
    saved: str = ""


def open_parts(data: bytes, kind: str, suffix: str, needed: Iterable[str], *, may_declare: bool = False) -> ZipFile:
    """Open a ZIP of XML parts; raises ``RefusedContent`` where it is none or not safe to parse.

    ``kind`` names the format with its article, ``suffix`` what to save an older one as, and ``needed`` are the parts
    without which it is not of that kind. No part may declare a document type, since entities are how a small file of
    XML grows without bound, and neither OPC nor OpenDocument files have any; the pages of a book ``may_declare`` one,
    but no entity.
    """
    if data.startswith(_OLE):
        raise RefusedContent(ENCRYPTED if _ENCRYPTED_PACKAGE in data else _OLD.format(suffix))
    try:
        parts = ZipFile(BytesIO(data))
        missing = set(needed) - set(parts.namelist())
        if missing:
            raise RefusedContent(_NOT_OF_KIND.format(kind))
        if any(entry.flag_bits & 1 for entry in parts.infolist()):
            raise RefusedContent(ENCRYPTED)
        for entry in parts.infolist():
            with parts.open(entry) as part:
                if _declares(part, type_counts=not may_declare):
                    raise RefusedContent(_DECLARED)
    except _UNOPENED as error:
        raise RefusedContent(DAMAGED_FILE) from error
    return parts


def parse_part(content: bytes) -> Any:
    """Return the root of an XML part; raises lxml's ``XMLSyntaxError``, and never resolves an entity."""
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def local(element: Any) -> str:
    """Return an element's name without its namespace; a comment or an entity has none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child(element: Any | None, *path: str) -> Any | None:
    """Return the first child of a name, and its first child of the next name in ``path``, and so on."""
    for name in path:
        element = next((below for below in element if local(below) == name), None) if element is not None else None
    return element


def attribute(element: Any | None, name: str) -> str | None:
    """Return an attribute by its name in whichever namespace."""
    if element is None:
        return None
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), None)


def core_properties(parts: ZipFile) -> Properties:
    """Return the properties of an Office Open XML file, all empty where it has none that can be read."""
    try:
        root = parse_part(parts.read(_CORE))
    except DAMAGE:
        return Properties()
    return Properties(
        title=root.findtext(f"{_DUBLIN_CORE}title") or "",
        author=root.findtext(f"{_DUBLIN_CORE}creator") or "",
        language=root.findtext(f"{_DUBLIN_CORE}language") or "",
        saved=root.findtext(f"{_TERMS}modified") or root.findtext(f"{_TERMS}created") or "",
    )


def described(
    extraction: Extraction, properties: Properties, printed: str | None, *, opens_with_title: bool = True
) -> Extraction:
    """Return the extraction with metadata from what is ``printed`` as its title and from the file's properties.

    Raises ``RefusedContent`` where nothing in it could be quoted. The printed title wins: properties often are those
    of the file that this one was made from, and one that does not stand in the text is marked as guessed, as is a
    heading that the text opens with. The author is whoever's account made the file, and the day of saving is not the
    document's date.
    """
    if not any(block.paragraph for block in extraction.blocks):
        raise RefusedContent(NO_TEXT)
    stated = fold(properties.title)
    if len(stated.split()) < 2 or _NO_TITLE.fullmatch(stated):
        stated = ""
    title = printed or stated or (_first_heading(extraction) if opens_with_title else None)
    is_certain = printed or (stated and stated.casefold() in extraction.text.casefold())
    guessed = set() if is_certain or title is None else {"title"}
    author = fold(properties.author)
    is_named = len(author.split()) > 1
    if is_named:
        guessed.add("author")
    warnings = list(extraction.warnings)
    if day := _DAY.match(properties.saved):
        warnings.append(
            f"The file was last saved on {day.group()}, which need not be the document's date; "
            "state its date beside it."
        )
    metadata = Metadata(
        title=title,
        author=author if is_named else None,
        language=_language(properties.language, extraction.text),
        guessed=frozenset(guessed),
    )
    return replace(extraction, metadata=metadata, warnings=tuple(warnings))


def _language(stated: str, text: str) -> str | None:
    """Return the language that the properties state, unless the text is in another script: templates keep theirs."""
    match = _LANGUAGE.fullmatch(stated.strip())
    if match is None:
        return None
    language, seen = match.group(1).lower(), detect_language(text)
    return None if any((language in each) != (seen in each) for each in _SCRIPTS) else language


def _first_heading(extraction: Extraction) -> str | None:
    """Return the heading that the text opens with, where it does."""
    first = extraction.blocks[0]
    return extraction.text[first.start : first.end] if first.kind is BlockKind.HEADING else None


def numbers(found: Iterable[int]) -> str:
    """Return numbers as a sentence lists them: the first ten, and how many more."""
    listed = list(found)
    shown = ", ".join(map(str, listed[:10]))
    return shown if len(listed) <= 10 else f"{shown} and {len(listed) - 10} more"


def _declares(part: IO[bytes], *, type_counts: bool) -> bool:
    """Say whether a part is XML with a declaration of an entity, or of a document type where that ``type_counts``.

    Reads no further than the part's root element.
    """
    seen: list[bool] = []
    parser = expat.ParserCreate()
    if type_counts:
        parser.StartDoctypeDeclHandler = lambda *_: seen.append(True)
    parser.EntityDeclHandler = lambda *_: seen.append(True)
    parser.StartElementHandler = lambda *_: seen.append(False)
    size = 0
    try:
        while not seen and size < _LONGEST_PROLOGUE and (chunk := part.read(_CHUNK)):
            size += len(chunk)
            parser.Parse(chunk)
    except expat.ExpatError:
        # A picture, or XML that the reader itself will find broken.
        pass
    return bool(seen and seen[0]) or size >= _LONGEST_PROLOGUE
