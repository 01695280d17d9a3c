from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus import reading
from corpus.document import BlockKind
from corpus.errors import CorpusError, UnreadableFile
from corpus.reading import load, read, read_file

Write = Callable[..., Path]
SENTENCE = "The delegations of the valleys met in the hall and spoke of the reservoir at length. "


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "it is empty; send it again."),
        ("a.pdf", b"", "it is empty; send it again."),
        ("a.txt", b" \n\t\r\n", "there is nothing but blanks in it."),
        ("a.md", b"<!-- nothing -->", "there is no text in it that could be quoted."),
        ("a.md", b"# Only a title", "there is no text in it that could be quoted."),
        ("a.pdf", b"hello", "it is named a PDF but does not begin as one: it is damaged or not one; send it again."),
        (
            "a.docx",
            b"PK\x03\x04",
            "it is a ZIP, Word, PowerPoint, Excel, OpenDocument or EPUB file, which is not read here; "
            "save it as PDF, HTML, Markdown or plain text.",
        ),
        (
            "a.txt",
            b"\x89PNG\r\n",
            "it is a picture, which is not read here; save it as PDF, HTML, Markdown or plain text.",
        ),
        (
            "a.xyz",
            b"hello",
            "files named .xyz are not read here; known are .htm, .html, .markdown, .md, .pdf, .text, .txt, .xhtml.",
        ),
        (
            "noext",
            b"hello",
            "files named without a suffix are not read here; known are "
            ".htm, .html, .markdown, .md, .pdf, .text, .txt, .xhtml.",
        ),
        (
            "a.txt",
            bytes(range(256)) * 40,
            "its bytes are not text in any known encoding; save it as UTF-8 and load it again.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(write: Write, name: str, content: bytes, reason: str) -> None:
    path = write(name, content)
    with pytest.raises(UnreadableFile) as caught:
        read(path)
    assert caught.value.reason == reason
    assert str(caught.value) == f"{name}: {reason}"
    assert caught.value.path == path
    assert isinstance(caught.value, CorpusError)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="there is no such file"):
        read(tmp_path / "none.md")
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(UnreadableFile, match="is a folder"):
        read(tmp_path / "folder.md")


def test_a_file_over_the_limit_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1024 * 1024)
    with pytest.raises(UnreadableFile, match="it is over 1 MB; split it or save it smaller"):
        read(write("a.txt", b"word " * 300_000))


def test_a_web_page_named_txt_is_read_as_one_and_a_pdf_by_its_bytes(
    write: Write, print_pages: Callable[..., bytes]
) -> None:
    page = read(write("a.txt", f"<!DOCTYPE html><html><body><h1>Talks</h1><p>{SENTENCE * 3}</p></body></html>"))
    assert "<p>" not in page.text
    pdf = read(write("noext", print_pages([(72, 700, "They met in the hall.")])))
    assert pdf.text == "They met in the hall."


def test_the_hash_is_of_the_bytes_and_the_document_of_the_file(write: Write) -> None:
    path = write("a.md", f"# Talks\n\n{SENTENCE}\n")
    document = load(path, "folder/a.md")
    assert document.id == "folder/a.md"
    assert document.file == str(path)
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert document.text == f"Talks\n\n{SENTENCE.strip()}"
    assert [block.kind for block in document.blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH]
    assert read_file(path).extraction == read(path)


def test_a_sidecar_wins_over_the_file_and_its_warnings_are_kept(write: Write) -> None:
    path = write("a.md", f"---\ntitle: Own\ndate: 2019-03-04\n---\n{SENTENCE}\n")
    write("a.md.meta.yaml", "title: Stated beside it\nround: eight\n")
    extraction = read(path)
    assert extraction.metadata.title == "Stated beside it"
    assert extraction.metadata.date == "2019-03-04"
    assert extraction.warnings == (
        'a.md.meta.yaml beside it: round "eight" is not a number of a round, so it is left out.',
    )


def test_a_sidecar_dates_a_page_that_says_only_this_year(write: Write) -> None:
    path = write("a.txt", "Third round of talks opens\n\nOn March 4th this year the third round opened in the hall.\n")
    assert read(path).metadata.date is None
    write("a.meta.yaml", "date: 2019-03-04\npublisher: Basin Institute\n")
    metadata = read(path).metadata
    assert (metadata.date, metadata.publisher) == ("2019-03-04", "Basin Institute")
    assert "date" not in metadata.guessed


def test_a_sidecar_that_is_no_yaml_refuses_the_file(write: Write) -> None:
    path = write("a.md", SENTENCE)
    write("a.meta.yaml", "title: [")
    with pytest.raises(UnreadableFile, match=r"^a\.md: a\.meta\.yaml beside it is not valid YAML"):
        read(path)


def test_a_title_with_one_round_gives_the_round_and_one_with_two_does_not(write: Write) -> None:
    one = read(write("one.md", f"# Results of the 8th round of the Astana process\n\n{SENTENCE}"))
    assert one.metadata.round == 8
    assert {"round", "process"} <= one.metadata.guessed
    two = read(write("two.md", f"# From the 8th round to the 9th round of talks\n\n{SENTENCE}"))
    assert two.metadata.round is None
    stated = read(write("stated.md", f"---\nround: 3\n---\n# The 8th round\n\n{SENTENCE}"))
    assert stated.metadata.round == 3
    assert "round" not in stated.metadata.guessed


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", SENTENCE),
        ("ru", "Делегации долин встретились в зале и говорили о водохранилище."),
        ("kk", "Делегациялар залда кездесіп, су қоймасы туралы ұзақ сөйлесті."),
        ("tr", "Vadilerin heyetleri salonda bir araya geldi ve baraj gölünü uzun uzun görüştü."),
        ("ar", "اجتمعت وفود الوديان في القاعة وتحدثت مطولا عن الخزان."),
        ("fa", "هیئت‌های دره‌ها در سالن گرد آمدند و درباره مخزن گفت‌وگو کردند."),
    ],
)
def test_the_language_is_guessed_where_it_is_not_stated(write: Write, language: str, text: str) -> None:
    metadata = read(write("a.txt", text)).metadata
    assert metadata.language == language
    assert "language" in metadata.guessed


def test_no_language_is_guessed_from_a_few_letters(write: Write) -> None:
    assert read(write("a.txt", "Yes, 42.")).metadata.language is None


def test_importing_the_dispatch_loads_no_parser() -> None:
    heavy = (
        "{'trafilatura', 'pypdfium2', 'dateparser', 'py3langid', 'lxml', 'markdown_it', 'charset_normalizer', 'numpy'}"
    )
    code = f"import sys, corpus.reading, corpus.extraction; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
