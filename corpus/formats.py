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
    ".docx": "docx",
    ".docm": "docx",
    ".dotx": "docx",
    ".dotm": "docx",
    ".pptx": "pptx",
    ".pptm": "pptx",
    ".potx": "pptx",
    ".ppsx": "pptx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xltx": "xlsx",
    ".odt": "odt",
    ".ott": "odt",
    ".rtf": "rtf",
    ".epub": "epub",
    ".eml": "mail",
    ".mht": "mail",
    ".mhtml": "mail",
    ".png": "picture",
    ".jpg": "picture",
    ".jpeg": "picture",
    ".tif": "picture",
    ".tiff": "picture",
}
SUFFIXES = frozenset(_SUFFIX_FORMATS)
FORMATS = frozenset(_SUFFIX_FORMATS.values())
# Files of these suffixes may hold others; see ``corpus.containers``.
CONTAINER_SUFFIXES = frozenset({".zip", ".eml"})
CONTAINERS = frozenset({"zip", "mail"})

_NAMES = {
    "text": "plain text",
    "markdown": "Markdown",
    "html": "a web page",
    "pdf": "a PDF",
    "docx": "a Word document",
    "pptx": "a PowerPoint presentation",
    "xlsx": "an Excel workbook",
    "odt": "an OpenDocument text",
    "rtf": "an RTF document",
    "epub": "an EPUB book",
    "mail": "an e-mail message",
    "picture": "a picture",
    "zip": "a ZIP file",
}
# Formats that have no mark of their own at their beginning.
_PLAIN = frozenset({"text", "markdown", "html"})
_MAGIC = (
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"PK\x05\x06", "zip"),
)
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"GIF8", "a picture in the GIF format, which is not read here; save it as PNG or PDF."),
    (b"BM", "a picture in the BMP format, which is not read here; save it as PNG or PDF."),
    (b"RIFF", "a picture, sound or film in a format that is not read here; save a picture as PNG or PDF."),
    (b"\x1f\x8b", "a compressed file, which is not read here; unpack it, or pack it as ZIP."),
    (b"BZh", "a compressed file, which is not read here; unpack it, or pack it as ZIP."),
    (b"\xfd7zXZ", "a compressed file, which is not read here; unpack it, or pack it as ZIP."),
    (b"7z\xbc\xaf", "a compressed file, which is not read here; unpack it, or pack it as ZIP."),
    (b"Rar!", "a compressed file, which is not read here; unpack it, or pack it as ZIP."),
    (b"PK\x07\x08", "one part of a ZIP file in several; put the parts together first."),
    (b"\x7fELF", "a program, not a document."),
    (b"MZ\x90\x00", "a program, not a document."),
)
# The streams of an OLE file, named in UTF-16, and what they make of it.
_OLE_STREAMS = (
    ("EncryptedPackage", "it opens only with a password; save it without one."),
    ("WordDocument", "it is an old Word document (.doc), which is not read here; save it as DOCX or PDF."),
    (
        "PowerPoint Document",
        "it is an old PowerPoint presentation (.ppt), which is not read here; save it as PPTX or PDF.",
    ),
    ("Workbook", "it is an old Excel workbook (.xls), which is not read here; save it as XLSX."),
    ("__properties_version1.0", "it is an Outlook message (.msg), which is not read here; save it as EML or PDF."),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:|From ")
_SENT = re.compile(rb"^(?:message-id|received|mime-version)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(rb"^from[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HEAD = 4096


def format_of(data: bytes, suffix: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of a file's format, and warnings where its name says another.

    What the bytes say counts, and only where they say nothing, what the ``suffix`` (in lower case, with its point)
    says. Raises ``RefusedContent`` for a format that is not read, and for a ZIP-based one that would unpack to too
    much.
    """
    stated = _SUFFIX_FORMATS.get(suffix)
    format = recognise(data, suffix)
    if format == "zip" and stated is not None and stated not in _PLAIN:
        raise RefusedContent(
            f"it is named {_NAMES[stated]} but is a ZIP file of something else, or parts of it are missing; "
            "send it again, or name it .zip."
        )
    if format == "zip":
        raise RefusedContent(
            "it is a ZIP file: what is in it is read when it is indexed; unpack it to read one file by itself."
        )
    if stated == format or (stated is None and suffix not in CONTAINER_SUFFIXES):
        return format, ()
    without = ", without what is attached to it" if format == "mail" else ""
    return format, (f"It is named {suffix} but is {_NAMES[format]}, and was read as that{without}.",)


def recognise(data: bytes, suffix: str) -> str:
    """Return the name of a file's format, one of ``FORMATS`` or "zip"; raises ``RefusedContent`` for any other."""
    stated = _SUFFIX_FORMATS.get(suffix)
    seen = _seen(data, stated)
    if seen is not None:
        return seen
    if stated in _PLAIN:
        return str(stated)
    if stated == "mail":
        raise RefusedContent("it is named a message but does not begin as one; save it again from the mail program.")
    if stated is not None:
        raise RefusedContent(
            f"it is named {_NAMES[stated]} but does not begin as one: it is damaged or not one; send it again."
        )
    known = ", ".join(sorted(SUFFIXES | CONTAINER_SUFFIXES))
    raise RefusedContent(f"files named {suffix or 'without a suffix'} are not read here; known are {known}.")


def _seen(data: bytes, stated: str | None) -> str | None:
    """Return the format that the bytes show, None where they show none."""
    # A PDF may begin late; but one in the first kilobyte of a ZIP file is only packed in it.
    is_late_pdf = b"%PDF-" in data[:1024] and stated in (None, "pdf") and not data.startswith(_ZIP)
    if data.startswith(b"%PDF-") or is_late_pdf:
        return "pdf"
    if data.startswith(_ZIP):
        from corpus.archives import check_archive

        return check_archive(data)
    if data.startswith(_OLE):
        raise RefusedContent(_ole_reason(data))
    for magic, format in _MAGIC:
        if data.startswith(magic):
            return format
    for magic, reason in _FOREIGN:
        if data.startswith(magic) and not _is_plain(data):
            raise RefusedContent(f"it is {reason}")
    if stated != "markdown" and _HTML.match(data.removeprefix(b"\xef\xbb\xbf")[:_HEAD]):
        return "html"
    return "mail" if _is_mail(data, stated) else None


def _ole_reason(data: bytes) -> str:
    for stream, reason in _OLE_STREAMS:
        if stream.encode("utf-16-le") in data:
            return reason
    return "it is an old Office file, which is not read here; save it as DOCX, XLSX, PPTX or PDF."


def _is_plain(data: bytes) -> bool:
    """Say whether a file's beginning is text: "BM" and "Rar!" may open one."""
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", data[:_HEAD])


def _is_mail(data: bytes, stated: str | None) -> bool:
    """Say whether a file begins with the header of a message.

    A note may begin with "From:" and "To:" too: unless it is named a message, it must show that it was sent.
    """
    if not _HEADER_LINE.match(data):
        return False
    if stated == "mail":
        return True
    head = re.split(rb"\r?\n\r?\n", data[: 4 * _HEAD], maxsplit=1)[0]
    lines = [line for line in head.splitlines() if line and not line.startswith((b" ", b"\t"))]
    return all(map(_HEADER_LINE.match, lines)) and bool(_SENT.search(head)) and bool(_FROM.search(head))


def reader_of(format: str) -> Reader:
    """Return the reader of a format, whose parser is imported only now."""
    match format:
        case "markdown":
            from corpus.readers.markdown import read_markdown

            return read_markdown
        case "html":
            from corpus.readers.html import read_html

            return read_html
        case "pdf":
            from corpus.readers.pdf import read_pdf

            return read_pdf
        case "picture":
            from corpus.readers.picture import read_picture

            return read_picture
        case "mail":
            from corpus.readers.mail import read_mail

            return read_mail
        case "docx":
            from corpus.readers.docx import read_docx

            return read_docx
        case "odt":
            from corpus.readers.odt import read_odt

            return read_odt
        case "rtf":
            from corpus.readers.rtf import read_rtf

            return read_rtf
        case "epub":
            from corpus.readers.pandoc import read_epub

            return read_epub
        case "pptx":
            from corpus.readers.pptx import read_pptx

            return read_pptx
        case "xlsx":
            from corpus.readers.xlsx import read_xlsx

            return read_xlsx
        case _:
            from corpus.readers.text import read_text

            return read_text
