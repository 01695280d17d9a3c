from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_STORED, ZipFile

import pytest

from corpus import archives
from corpus.archives import Allowance, Damaged, TooMuch, check_archive, contents, open_archive
from corpus.errors import RefusedContent
from tests.corpus.packing import CONTENT_TYPES, locked, zipped

WORD = {CONTENT_TYPES: "<Types/>", "word/document.xml": "<w:document/>"}


@pytest.mark.parametrize(
    ("files", "format"),
    [
        (WORD, "docx"),
        ({CONTENT_TYPES: "", "ppt/presentation.xml": "", "ppt/embeddings/a.xlsx": ""}, "pptx"),
        ({CONTENT_TYPES: "", "xl/workbook.xml": ""}, "xlsx"),
        ({"mimetype": "application/epub+zip", "META-INF/container.xml": ""}, "epub"),
        ({"META-INF/container.xml": "", "OEBPS/a.xhtml": ""}, "epub"),
        ({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}, "odt"),
        ({"mimetype": "application/vnd.oasis.opendocument.text-template\n", "content.xml": ""}, "odt"),
        ({"META-INF/manifest.xml": "", "content.xml": ""}, "odt"),
        ({"report.txt": "hello", "word/notes.txt": "hello"}, "zip"),
        ({}, "zip"),
    ],
)
def test_a_zip_file_is_known_by_what_is_in_it(files: dict[str, bytes | str], format: str) -> None:
    assert check_archive(zipped(files)) == format


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            {CONTENT_TYPES: "", "xl/workbook.bin": ""},
            "it is a binary Excel workbook (.xlsb), which is not read here; save it as XLSX.",
        ),
        (
            {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"},
            "it is an OpenDocument spreadsheet, which is not read here; save it as XLSX.",
        ),
        (
            {"mimetype": "application/vnd.oasis.opendocument.presentation"},
            "it is an OpenDocument presentation, which is not read here; save it as PPTX or PDF.",
        ),
        (
            {"mimetype": "application/vnd.oasis.opendocument.graphics"},
            "it is an OpenDocument file that holds no text; save it as PDF.",
        ),
        (
            {
                "mimetype": "application/vnd.oasis.opendocument.text",
                "META-INF/manifest.xml": "<manifest:encryption-data/>",
            },
            "it opens only with a password; save it without one.",
        ),
        (
            {"mimetype": "application/epub+zip", "META-INF/rights.xml": ""},
            "it is a book locked against copying; ask its publisher for an open copy.",
        ),
        (
            {"mimetype": "application/epub+zip", "META-INF/encryption.xml": '<R URI="OEBPS/one.xhtml"/>'},
            "it is a book locked against copying; ask its publisher for an open copy.",
        ),
        (
            {"Index/Document.iwa": ""},
            "it is a Pages, Numbers or Keynote file, which is not read here; save it as PDF or DOCX.",
        ),
    ],
)
def test_zip_formats_that_are_not_read_are_named(files: dict[str, bytes | str], reason: str) -> None:
    with pytest.raises(RefusedContent) as caught:
        check_archive(zipped(files))
    assert caught.value.reason == reason


def test_a_book_whose_fonts_alone_are_obscured_is_open() -> None:
    files = {"mimetype": "application/epub+zip", "META-INF/encryption.xml": '<R URI="OEBPS/fonts/a.otf"/>'}
    assert check_archive(zipped(files)) == "epub"


def test_a_file_that_unpacks_to_over_a_hundred_times_its_size_is_refused() -> None:
    bomb = zipped({**WORD, "word/media/zeros.bin": bytes(10_000_000)})
    assert len(bomb) < 100_000
    with pytest.raises(TooMuch) as caught:
        check_archive(bomb)
    assert caught.value.reason == (
        "it unpacks to more than 100 MB or 100 times its size, so this was stopped; "
        "split it or save it in another format."
    )


def test_a_small_file_is_no_bomb_however_well_it_is_packed() -> None:
    assert check_archive(zipped({**WORD, "word/blank.xml": " " * 500_000})) == "docx"


def test_what_comes_out_is_counted_and_what_is_stated_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(zipped({**WORD, "word/media/zeros.bin": bytes(10_000_000)}))
    size = struct.pack("<I", 10_000_000)
    for place in range(len(data) - 4):
        if data[place : place + 4] == size:
            data[place : place + 4] = struct.pack("<I", 10)
    assert zipfile.ZipFile(BytesIO(bytes(data))).getinfo("word/media/zeros.bin").file_size == 10
    with pytest.raises(TooMuch):
        check_archive(bytes(data))
    monkeypatch.setattr(archives, "MOST_TIMES", 1_000_000)
    with pytest.raises(Damaged, match=r"zeros\.bin in it is not what it was"):
        check_archive(bytes(data))


def test_files_that_lie_over_each_other_are_counted_each() -> None:
    """A bomb without nesting: many entries that point at the same packed bytes."""
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name, text in WORD.items():
            archive.writestr(name, text)
        archive.writestr("word/kernel", bytes(900_000), zipfile.ZIP_DEFLATED)
        kernel = archive.getinfo("word/kernel")
        for number in range(200):
            entry = zipfile.ZipInfo(f"word/copy{number}")
            for field in ("header_offset", "compress_type", "CRC", "compress_size", "file_size"):
                setattr(entry, field, getattr(kernel, field))
            archive.filelist.append(entry)
    with pytest.raises(TooMuch):
        check_archive(target.getvalue())


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_ENTRIES", 2)
    with pytest.raises(RefusedContent, match=r"^it holds more than 2 files and folders; split it\.$"):
        check_archive(zipped({**WORD, "word/styles.xml": ""}))


def test_a_locked_file_is_refused() -> None:
    with pytest.raises(RefusedContent, match=r"^it opens only with a password; save it without one\.$"):
        check_archive(locked(zipped(WORD)))


def test_a_way_of_packing_that_readers_do_not_know_is_refused() -> None:
    with pytest.raises(RefusedContent, match="packed in a way that few programs read"):
        check_archive(zipped({**WORD, "word/styles.xml": "x" * 100}, ZIP_BZIP2))


@pytest.mark.parametrize("kept", [4, 30, 200])
def test_a_file_cut_short_is_damaged(kept: int) -> None:
    with pytest.raises(Damaged) as caught:
        check_archive(zipped(WORD)[:kept])
    assert caught.value.reason == (
        "it begins as a ZIP file (Word, Excel, PowerPoint and others are such) but its list of contents cannot be "
        "read: it is damaged; send it again."
    )


@pytest.mark.parametrize("method", [ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_changed_byte_is_seen(method: int) -> None:
    data = bytearray(zipped({**WORD, "word/a.xml": "The same words. " * 50}, method))
    data[data.find(b"word/a.xml") + 14] ^= 0x10
    with pytest.raises(Damaged, match=r"word/a\.xml in it"):
        check_archive(bytes(data))


def test_contents_are_the_bytes_that_were_packed_and_are_paid_for() -> None:
    text = "".join(f"{number} " for number in range(50_000)).encode()
    data = zipped({"a.txt": text})
    allowance = Allowance(len(text) + 5)
    assert contents(data, open_archive(data).getinfo("a.txt"), allowance) == text
    assert allowance.left == 5


def test_an_allowance_is_by_the_size_and_never_over_the_limit() -> None:
    assert Allowance.at(10).left == 1024**2
    assert Allowance.at(50_000).left == 5_000_000
    assert Allowance.at(50_000_000).left == 100 * 1024**2
