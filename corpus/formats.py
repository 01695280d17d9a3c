"""Which format a file has, by its bytes before its name, and which reader takes it."""

from __future__ import annotations

import re
from collections.abc import Callable

from corpus.document import Extraction
from corpus.errors import RefusedContent

Reader = Callable[[bytes], Extraction]
_SUFFIX_FORMATS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
}
SUFFIXES = frozenset(_SUFFIX_FORMATS)
FORMATS = frozenset(_SUFFIX_FORMATS.values())

_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_FOREIGN = (
    (b"PK\x03\x04", "a ZIP, Word, PowerPoint, Excel, OpenDocument or EPUB file"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or PowerPoint file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def format_of(data: bytes, suffix: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of a file's format, and warnings where its name says another.

    What the bytes say counts, and only where they say nothing, what the ``suffix`` (in lower case, with its point)
    says. Raises ``RefusedContent`` for a format that is not read.
    """
    stated = _SUFFIX_FORMATS.get(suffix)
    if b"%PDF-" in data[:1024] and stated in (None, "pdf"):
        return "pdf", ()
    if stated == "pdf":
        raise RefusedContent("it is named a PDF but does not begin as one: it is damaged or not one; send it again.")
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            raise RefusedContent(f"it is {name}, which is not read here; save it as PDF, HTML, Markdown or plain text.")
    if stated is None:
        known = ", ".join(sorted(SUFFIXES))
        raise RefusedContent(f"files named {suffix or 'without a suffix'} are not read here; known are {known}.")
    if stated == "text" and _HTML.match(data.removeprefix(b"\xef\xbb\xbf")[:4096]):
        return "html", ()
    return stated, ()


def reader_of(format: str) -> Reader:
    """Return the reader of a format, whose parser is imported only now."""
    match format:
        case "markdown":
            from corpus.markdown import read_markdown

            return read_markdown
        case "html":
            from corpus.html import read_html

            return read_html
        case "pdf":
            from corpus.pdf import read_pdf

            return read_pdf
        case _:
            from corpus.text import read_text

            return read_text
