"""Files as no one should send them: each gets its sentence, in time, and the next file is read as if nothing was."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest

from corpus.document import Extraction
from corpus.errors import UnreadableFile
from corpus.extraction import Extractor
from corpus.reading import read_file
from corpus.sources import find_sources
from tests.corpus.packing import CONTENT_TYPES, SENTENCE, locked, message, zipped

Write = Callable[..., Path]
MADE = Path(__file__).parent / "made"
ZIP_BASED = ("docx", "pptx", "xlsx", "odt", "epub")
# The part of each made file that holds its first words.
FIRST_PART = {
    "docx": "word/document.xml",
    "pptx": "ppt/slides/slide1.xml",
    "xlsx": "xl/worksheets/sheet1.xml",
    "odt": "content.xml",
    "epub": "EPUB/text/ch001.xhtml",
}
NAMES = {
    "docx": "a Word document",
    "pptx": "a PowerPoint presentation",
    "xlsx": "an Excel workbook",
    "odt": "an OpenDocument text",
    "epub": "an EPUB book",
    "rtf": "an RTF document",
    "pdf": "a PDF",
}
ALL_MADE = {**{format: f"water-en.{format}" for format in (*ZIP_BASED, "rtf")}, "pdf": "one-column-ru.pdf"}
NO_LIST = (
    "it begins as a ZIP file (Word, Excel, PowerPoint and others are such) but its list of contents cannot be read: "
    "it is damaged; send it again."
)
CUT = "it is damaged or was cut short on its way; send it again."
TOO_MUCH = (
    "it unpacks to more than 100 MB or 100 times its size, so this was stopped; split it or save it in another format."
)
LEVELS = "abcdefghij"
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>{}]>".format(
    "".join(f"<!ENTITY {outer} '{f'&{inner};' * 10}'>" for inner, outer in pairwise(LEVELS))
)
ELSEWHERE = "<!DOCTYPE x [<!ENTITY j SYSTEM 'file:///etc/passwd'>]>"


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as made:
        yield made


@pytest.fixture
def refusal(extractor: Extractor, write: Write) -> Callable[[str, str | bytes], str]:
    """Return a function of a file's name and content to the reason it is refused for, after which another is read."""

    def refuse(name: str, content: str | bytes) -> str:
        with pytest.raises(UnreadableFile) as caught:
            extractor.read(write(name, content))
        assert extractor.extract(write("next.txt", SENTENCE)).text == SENTENCE
        return caught.value.reason

    return refuse


@pytest.fixture
def reading(extractor: Extractor, write: Write) -> Callable[[str, str | bytes], Extraction]:
    """Return a function of a file's name and content to what is read of it."""
    return lambda name, content: extractor.extract(write(name, content))


Refusal = Callable[[str, str | bytes], str]
Read = Callable[[str, str | bytes], Extraction]


def made(format: str) -> bytes:
    if format in ("odt", "epub", "rtf") and not (MADE / ALL_MADE[format]).exists():
        pytest.skip(f"{ALL_MADE[format]} is not there")
    return (MADE / ALL_MADE[format]).read_bytes()


def with_part(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a ZIP-based file with one part changed."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as changed:
        for entry in source.infolist():
            content = source.read(entry)
            changed.writestr(entry, change(content) if entry.filename == part else content)
    return target.getvalue()


def with_entity(content: bytes, declaration: str) -> bytes:
    """Return XML with a document type, and the entity ``j`` of it before its first words."""
    text = content.decode()
    head = text[: text.find("?>") + 2] if text.startswith("<?xml") else ""
    rest = text.removeprefix(head)
    referring = re.sub(r">([^<>]*[^<>\s])<", r">&j;\1<", rest, count=1)
    assert referring != rest
    return f"{head}{declaration}{referring}".encode()


@pytest.mark.parametrize("format", ZIP_BASED)
@pytest.mark.parametrize("declaration", [LAUGHS, ELSEWHERE], ids=["billion laughs", "another file"])
def test_entities_of_xml_are_never_filled_in(refusal: Refusal, format: str, declaration: str) -> None:
    changed = with_part(made(format), FIRST_PART[format], lambda content: with_entity(content, declaration))
    assert refusal(f"a.{format}", changed) == (
        "it declares a document type inside, which no office program writes and which is not safe to read."
    )


@pytest.mark.parametrize("format", [*ZIP_BASED, "rtf", "pdf"])
def test_a_file_cut_short_is_said_to_be_damaged(refusal: Refusal, format: str) -> None:
    data = made(format)
    reason = NO_LIST if format in ZIP_BASED else CUT
    assert {refusal(f"a.{format}", data[:kept]) for kept in (8, len(data) // 2, len(data) - 30)} == {reason}


@pytest.mark.parametrize("format", [*ZIP_BASED, "rtf", "pdf"])
def test_a_file_without_its_beginning_is_not_what_it_is_named(refusal: Refusal, format: str) -> None:
    data = b"\x00" + made(format)[2_000:]
    assert refusal(f"a.{format}", data) == (
        f"it is named {NAMES[format]} but does not begin as one: it is damaged or not one; send it again."
    )


@pytest.mark.parametrize("format", ZIP_BASED)
def test_a_bomb_in_any_format_is_stopped_before_its_reader(refusal: Refusal, format: str) -> None:
    def grow(content: bytes) -> bytes:
        return content + b" " * 40_000_000

    assert refusal(f"a.{format}", with_part(made(format), FIRST_PART[format], grow)) == TOO_MUCH


@pytest.mark.parametrize("format", ZIP_BASED)
def test_a_file_with_a_password_says_so(refusal: Refusal, format: str) -> None:
    assert refusal(f"a.{format}", locked(made(format))) == "it opens only with a password; save it without one."


def test_an_office_file_encrypted_by_its_program_says_so(refusal: Refusal) -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    assert refusal("a.docx", container) == "it opens only with a password; save it without one."


@pytest.mark.parametrize("suffix", ["pdf", "docx", "pptx", "xlsx", "odt", "epub", "rtf", "eml", "html", "md", "txt"])
def test_an_empty_file_is_said_to_be_empty(refusal: Refusal, suffix: str) -> None:
    assert refusal(f"a.{suffix}", b"") == "it is empty; send it again."
    assert refusal(f"a.{suffix}", b" \r\n\t") == "there is nothing but blanks in it."


@pytest.mark.parametrize("format", [*ZIP_BASED, "rtf", "pdf"])
@pytest.mark.parametrize("suffix", ["docx", "pdf", "txt"])
def test_a_file_named_as_another_is_read_as_what_it_is_and_it_is_said(reading: Read, format: str, suffix: str) -> None:
    as_it_is = reading(f"a.{format}", made(format))
    renamed = reading(f"a.{suffix}", made(format))
    assert (renamed.text, renamed.format) == (as_it_is.text, format)
    told = f"It is named .{suffix} but is {NAMES[format]}, and was read as that."
    assert (told in renamed.warnings) is (format != suffix)


def test_sixty_thousand_nested_elements_are_an_error_and_no_empty_document(refusal: Refusal) -> None:
    page = f"<html><body>{'<div>' * 60_000}{SENTENCE}{'</div>' * 60_000}</body></html>"
    assert refusal("a.html", page) == (
        "no article was found in this page; save the page again once it is fully loaded, or save it as PDF."
    )
    mail = f"From: a@b.example\nMIME-Version: 1.0\nContent-Type: text/html\n\n{page}"
    assert refusal("a.eml", mail) == (
        "there is no text in the message itself; what is attached to it is read each for itself."
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("parts.eml", "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2_000))),
        ("messages.eml", "Content-Type: message/rfc822\n\n" * 2_000),
        ("groups.rtf", "{\\rtf1 " + "{" * 100_000 + "a" + "}" * 100_000),
    ],
)
def test_what_is_nested_without_end_is_refused(refusal: Refusal, name: str, content: str) -> None:
    assert refusal(name, content) == "it is nested too deeply to be read; save it in another format."


def test_a_title_of_four_thousand_characters_is_left_out(reading: Read) -> None:
    stated = reading("a.md", f"---\ntitle: {'t' * 4_000}\n---\n{SENTENCE}\n")
    assert stated.metadata.title is None
    assert stated.warnings == (
        "its front matter: title is 4,000 characters long, more than the 500 it may have, so it is left out.",
    )
    headed = reading("b.md", f"# {'t' * 4_000}\n\n{SENTENCE}\n")
    assert headed.metadata.title is None
    assert headed.warnings == ("Its title is 4,000 characters long, more than the 500 it may have, so it is left out.",)


def test_front_matter_that_is_not_yaml_refuses_the_file(refusal: Refusal) -> None:
    reason = refusal("a.md", f"---\ntitle: [\n---\n{SENTENCE}\n")
    assert reason.startswith("its front matter is not valid YAML (")
    assert reason.endswith("line 1); correct it and load it again.")


def test_a_date_of_31_february_is_left_out(reading: Read) -> None:
    extraction = reading("a.md", f"---\ndate: 2019-02-31\n---\n{SENTENCE}\n")
    assert extraction.metadata.date is None
    assert extraction.warnings == (
        'its front matter: date "2019-02-31" is not a date (YYYY-MM-DD, YYYY-MM or YYYY), so it is left out.',
    )
    mail = message(date="Thu, 31 Feb 2019 10:00:00 +0500")
    assert reading("a.eml", mail.as_bytes()).metadata.date is None


def test_a_pipe_is_refused_and_not_waited_for(extractor: Extractor, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(UnreadableFile, match=r"^a\.txt: it is a pipe or a device, not a file\.$"):
        extractor.read(tmp_path / "a.txt")


def test_a_file_that_no_one_may_read_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal is the system's, which gives none to the superuser: so it is put in its place."""
    path = write("a.txt", SENTENCE)

    def refuse(self: Path, *_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableFile, match=r"^a\.txt: cannot be opened \(Permission denied\); check who may read it"):
        read_file(path)


def test_an_archive_of_everything_bad_refuses_each_and_reads_the_rest(
    extractor: Extractor, write: Write, tmp_path: Path
) -> None:
    write(
        "in/box.zip",
        zipped(
            {
                "good.txt": SENTENCE,
                "../up.txt": SENTENCE,
                f"{'deep/' * 1000}a.txt": SENTENCE,
                "cut.docx": made("docx")[:5_000],
                "bomb.docx": zipped({CONTENT_TYPES: "", "word/document.xml": " " * 3_000_000}),
                "empty.pdf": b"",
                "named.docx": made("pdf"),
                "odd.xyz": b"\x00\x01\x02",
            }
        ),
    )
    found = find_sources([tmp_path / "in"], tmp_path / "unpacked", extractor)
    outcome = {}
    for source in found.sources:
        try:
            outcome[source.id] = extractor.read(source.path, source.root).extraction.format
        except UnreadableFile as error:
            outcome[source.id] = error.reason.partition(" ")[2][:24]
    assert outcome == {
        "box.zip/bomb.docx": "unpacks to more than 100",
        "box.zip/cut.docx": "begins as a ZIP file (Wo",
        "box.zip/empty.pdf": "is empty; send it again.",
        "box.zip/good.txt": "text",
        "box.zip/named.docx": "pdf",
        "box.zip/odd.xyz": "named .xyz are not read ",
    }
    assert [reason.partition(",")[0] for _, _, reason in found.refused] == [
        "its path leads out of the archive",
        "it lies 1000 folders deep",
    ]


def test_a_file_replaced_while_it_is_read_is_one_of_the_two_and_never_a_mixture(
    extractor: Extractor, write: Write
) -> None:
    """The bytes are read once: what is hashed is what is quoted."""
    contents = {f"{letter * 40} was said in the hall. " * 1_000: letter for letter in "ab"}
    path = write("a.txt", next(iter(contents)))
    is_over = threading.Event()

    def replace() -> None:
        while not is_over.is_set():
            for content in contents:
                write("new.tmp", content).replace(path)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        readings = [extractor.read(path) for _ in range(8)]
    finally:
        is_over.set()
        thread.join()
    hashes = {hashlib.sha256(content.encode()).hexdigest(): content.strip() for content in contents}
    assert all(hashes[reading.sha256] == reading.extraction.text for reading in readings)
