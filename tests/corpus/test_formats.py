from __future__ import annotations

import time

import pytest

from corpus.errors import RefusedContent
from corpus.formats import FORMATS, format_of, reader_of, recognise
from tests.corpus.packing import CONTENT_TYPES, message, zipped

WORD = zipped({CONTENT_TYPES: "", "word/document.xml": ""})
BOOK = zipped({"mimetype": "application/epub+zip"})
MAIL = message().as_bytes()
NOTE = b"From: the chair\nTo: the delegations\nDate: 4 March\n\nThe hall is open.\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("data", "suffix", "format"),
    [
        (b"%PDF-1.7\n", ".pdf", "pdf"),
        (b"junk before\n%PDF-1.7\n", ".pdf", "pdf"),
        (b"%PDF-1.7\n", "", "pdf"),
        (b"How a file begins with %PDF- and goes on", ".txt", "text"),
        (WORD, ".docx", "docx"),
        (WORD, ".docm", "docx"),
        (WORD, ".bak", "docx"),
        (BOOK, ".epub", "epub"),
        (b"{\\rtf1 a}", ".rtf", "rtf"),
        (b"{\\rtf1 a}", ".doc", "rtf"),
        (b"\x89PNG\r\n\x1a\n", ".png", "picture"),
        (b"\xff\xd8\xff\xe0", ".jpeg", "picture"),
        (b"II*\x00", ".tif", "picture"),
        (MAIL, ".eml", "mail"),
        (MAIL, "", "mail"),
        (NOTE, ".eml", "mail"),
        (NOTE, ".txt", "text"),
        (b"<!-- a --> <!-- b --><html><body>", "", "html"),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html>", ".xhtml", "html"),
        (b"Words.", ".txt", "text"),
        (b"BM is short for basin management.", ".txt", "text"),
        (b"# Words", ".md", "markdown"),
    ],
)
def test_the_bytes_say_the_format_and_the_name_where_they_say_nothing(data: bytes, suffix: str, format: str) -> None:
    assert format_of(data, suffix) == (format, ())


@pytest.mark.parametrize(
    ("data", "suffix", "format", "warning"),
    [
        (b"%PDF-1.7\n", ".docx", "pdf", "It is named .docx but is a PDF, and was read as that."),
        (b"%PDF-1.7\n", ".txt", "pdf", "It is named .txt but is a PDF, and was read as that."),
        (WORD, ".pdf", "docx", "It is named .pdf but is a Word document, and was read as that."),
        (WORD, ".zip", "docx", "It is named .zip but is a Word document, and was read as that."),
        (b"<html>", ".docx", "html", "It is named .docx but is a web page, and was read as that."),
        (b"<html>", ".txt", "html", "It is named .txt but is a web page, and was read as that."),
        (b"{\\rtf1 a}", ".docx", "rtf", "It is named .docx but is an RTF document, and was read as that."),
        (
            MAIL,
            ".txt",
            "mail",
            "It is named .txt but is an e-mail message, and was read as that, without what is attached to it.",
        ),
    ],
)
def test_a_file_with_another_name_is_read_as_what_it_is(data: bytes, suffix: str, format: str, warning: str) -> None:
    assert format_of(data, suffix) == (format, (warning,))


@pytest.mark.parametrize(
    ("data", "suffix", "reason"),
    [
        (
            b"hello",
            ".docx",
            "it is named a Word document but does not begin as one: it is damaged or not one; send it again.",
        ),
        (b"hello", ".pdf", "it is named a PDF but does not begin as one: it is damaged or not one; send it again."),
        (
            b"<no header>",
            ".eml",
            "it is named a message but does not begin as one; save it again from the mail program.",
        ),
        (
            OLE + "EncryptedPackage".encode("utf-16-le"),
            ".docx",
            "it opens only with a password; save it without one.",
        ),
        (
            OLE + "WordDocument".encode("utf-16-le"),
            ".doc",
            "it is an old Word document (.doc), which is not read here; save it as DOCX or PDF.",
        ),
        (
            OLE + "Workbook".encode("utf-16-le"),
            ".xls",
            "it is an old Excel workbook (.xls), which is not read here; save it as XLSX.",
        ),
        (
            OLE + "PowerPoint Document".encode("utf-16-le"),
            ".ppt",
            "it is an old PowerPoint presentation (.ppt), which is not read here; save it as PPTX or PDF.",
        ),
        (
            OLE + "__properties_version1.0".encode("utf-16-le"),
            ".msg",
            "it is an Outlook message (.msg), which is not read here; save it as EML or PDF.",
        ),
        (OLE, ".doc", "it is an old Office file, which is not read here; save it as DOCX, XLSX, PPTX or PDF."),
        (b"GIF89a\x00", ".gif", "it is a picture in the GIF format, which is not read here; save it as PNG or PDF."),
        (
            b"\x1f\x8b\x08\x00",
            ".gz",
            "it is a compressed file, which is not read here; unpack it, or pack it as ZIP.",
        ),
        (b"\x7fELF\x02\x01\x00", ".txt", "it is a program, not a document."),
        (
            zipped({"a.txt": "hello"}),
            ".docx",
            "it is named a Word document but is a ZIP file of something else, or parts of it are missing; "
            "send it again, or name it .zip.",
        ),
        (
            zipped({"a.txt": "hello"}),
            ".txt",
            "it is a ZIP file: what is in it is read when it is indexed; unpack it to read one file by itself.",
        ),
        (
            b"hello",
            ".xyz",
            "files named .xyz are not read here; known are .docm, .docx, .dotm, .dotx, .eml, .epub, .htm, .html, "
            ".jpeg, .jpg, .markdown, .md, .mht, .mhtml, .odt, .ott, .pdf, .png, .potx, .ppsx, .pptm, .pptx, .rtf, "
            ".text, .tif, .tiff, .txt, .xhtml, .xlsm, .xlsx, .xltx, .zip.",
        ),
    ],
)
def test_what_is_not_read_is_refused_in_one_sentence(data: bytes, suffix: str, reason: str) -> None:
    with pytest.raises(RefusedContent) as caught:
        format_of(data, suffix)
    assert caught.value.reason == reason


def test_a_zip_file_is_recognised_as_one() -> None:
    assert recognise(zipped({"a.txt": "hello"}), ".zip") == "zip"
    assert recognise(zipped({}), ".zip") == "zip"


def test_many_comments_before_a_page_cost_no_time() -> None:
    started = time.perf_counter()
    assert format_of(b"<!-- a -->" * 400 + b"words", ".txt") == ("text", ())
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_every_format_has_a_reader_of_its_own(format: str) -> None:
    assert format in {"text"} or reader_of(format) is not reader_of("text")
