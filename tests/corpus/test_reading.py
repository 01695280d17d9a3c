from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus import reading
from corpus.document import BlockKind, DocumentClass
from corpus.errors import CorpusError, UnreadableFile
from corpus.reading import Holder, load, read, read_file

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


@pytest.mark.parametrize(("name", "called"), [("a.xyz", ".xyz"), ("noext", "without a suffix")])
def test_a_file_of_an_unknown_kind_is_told_the_known_ones(write: Write, name: str, called: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(write(name, b"hello"))
    assert caught.value.reason.startswith(f"files named {called} are not read here; known are .")


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
    write("a.md.meta.yaml", "title: Stated beside it\nround: 8.5\n")
    extraction = read(path)
    assert extraction.metadata.title == "Stated beside it"
    assert extraction.metadata.date == "2019-03-04"
    assert extraction.warnings == (
        'a.md.meta.yaml beside it: round "8.5" is not a number of a round, so it is left out.',
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


def test_corrections_win_over_the_sidecar_that_over_the_file_that_over_rules_and_they_over_guesses(
    write: Write, tmp_path: Path
) -> None:
    """Each of the five states one field more than the one that wins over it."""
    stated = {"author": "5", "process": "5", "place": "5", "publisher": "5", "round": "5"}
    write("_folder.meta.yaml", "author: 4\nprocess: 4\nplace: 4\npublisher: 4\nlanguage: tr\n")
    path = write(
        "a.md", f"---\nauthor: 3\nprocess: 3\nplace: 3\n---\n# The 1st round of the Astana process\n\n{SENTENCE}"
    )
    write("a.meta.yaml", "author: 2\nprocess: 2\n")
    metadata = read_file(path, tmp_path, {"author": "1"}).extraction.metadata
    assert (metadata.author, metadata.process, metadata.place, metadata.publisher) == ("1", "2", "3", "4")
    assert (metadata.round, metadata.language) == (1, "tr")
    assert metadata.guessed == {"round"}
    corrected = read_file(path, tmp_path, stated).extraction.metadata
    assert (corrected.author, corrected.process, corrected.place, corrected.publisher) == ("5",) * 4
    assert (corrected.round, corrected.guessed) == (5, frozenset())


def test_a_rule_wins_over_what_a_reader_guessed(write: Write, tmp_path: Path) -> None:
    path = write("in/a.txt", f"Basin Institute\n\nResults of the talks\n\n{SENTENCE}\n")
    assert read(path).metadata.publisher == "Basin Institute"
    write("in/_folder.meta.yaml", "publisher: Institute of the Basin\n")
    metadata = read_file(path, tmp_path).extraction.metadata
    assert metadata.publisher == "Institute of the Basin"
    assert "publisher" not in metadata.guessed


def test_what_is_said_to_be_unknown_is_not_guessed(write: Write) -> None:
    path = write("a.md", f"# Joint Statement on the 8th round\n\nAstana, 22 December 2017\n\n{SENTENCE * 3}")
    assert read(path).metadata.date == "2017-12-22"
    write("a.meta.yaml", "date:\nclass:\nround:\n")
    metadata = read(path).metadata
    assert (metadata.date, metadata.document_class, metadata.round) == (None, None, None)


def test_access_is_labelled_by_rules_sidecars_and_admins_and_never_by_the_file(write: Write, tmp_path: Path) -> None:
    path = write("a.md", f"---\naccess: public\n---\n{SENTENCE}")
    extraction = read_file(path, tmp_path).extraction
    assert extraction.metadata.access is None
    assert extraction.warnings == (
        "its front matter: access is not taken from the document itself, so it is left out.",
    )
    write("_folder.meta.yaml", "rules: [{files: 'a.*', access: internal}]")
    assert read_file(path, tmp_path).extraction.metadata.access == "internal"
    write("a.meta.yaml", "access: restricted")
    assert read_file(path, tmp_path).extraction.metadata.access == "restricted"
    assert read_file(path, tmp_path, {"access": "public"}).extraction.metadata.access == "public"


def test_what_is_stated_of_a_container_holds_for_what_is_in_it(write: Write, tmp_path: Path) -> None:
    write("in/_folder.meta.yaml", "access: internal\npublisher: Basin Institute\n")
    packed = write("in/all.zip", "x")
    write("in/all.zip.meta.yaml", "title: All of it\naccess: restricted\nclass: analysis\n")
    path = write("out/a.md", f"# Own title\n\n{SENTENCE}")
    holder = Holder(packed, tmp_path / "in", {"place": "Astana"})
    metadata = read_file(path, tmp_path / "out", holders=[holder]).extraction.metadata
    assert (metadata.title, metadata.access, metadata.publisher) == ("Own title", "restricted", "Basin Institute")
    assert (metadata.document_class, metadata.place) == (DocumentClass.ANALYSIS, "Astana")
    write("out/_folder.meta.yaml", "access: public")
    assert read_file(path, tmp_path / "out", holders=[holder]).extraction.metadata.access == "public"


@pytest.mark.parametrize("name", ["_folder.meta.yaml", "a.meta.yaml", "a.md.meta.yaml"])
@pytest.mark.parametrize(
    "content", ["access: [", "acess: restricted", "access:", b"\xff\xfe\xfd", "- restricted", "#" * 100_001]
)
def test_what_may_hold_a_label_and_cannot_be_read_refuses_the_file(
    write: Write, tmp_path: Path, name: str, content: str | bytes
) -> None:
    path = write("a.md", SENTENCE)
    write(name, content)
    with pytest.raises(UnreadableFile) as caught:
        read_file(path, tmp_path)
    assert name in caught.value.reason
    assert caught.value.path == path


def test_a_file_outside_its_folder_is_refused(write: Write, tmp_path: Path) -> None:
    path = write("a.md", SENTENCE)
    write("in/b.md", SENTENCE)
    with pytest.raises(UnreadableFile, match=r"does not hold a\.md, which is said to be in it"):
        read_file(path, tmp_path / "in")


def test_a_title_of_4000_characters_is_left_out_wherever_it_stands(write: Write) -> None:
    stated = read(write("stated.md", f"---\ntitle: {'x' * 4000}\n---\n# Talks\n\n{SENTENCE}"))
    assert stated.metadata.title == "Talks"
    assert stated.warnings == (
        "its front matter: title is 4,000 characters long, more than the 500 it may have, so it is left out.",
    )
    printed = read(write("printed.md", f"# {'x' * 4000}\n\n{SENTENCE}"))
    assert printed.metadata.title is None
    assert printed.warnings == (
        "Its title is 4,000 characters long, more than the 500 it may have, so it is left out.",
    )


def test_a_date_is_asked_for_only_while_it_is_unknown(write: Write, print_pages: Callable[..., bytes]) -> None:
    path = write("a.pdf", print_pages([(72, 700, "They met in the hall.")]))
    (warning,) = read(path).warnings
    assert warning.endswith("state its date beside it.")
    write("a.meta.yaml", "date: 2019-03-04")
    assert read(path).warnings == ()


def test_a_language_stated_against_the_text_is_warned_of(write: Write) -> None:
    text = "Делегации долин встретились в зале и говорили о водохранилище. " * 20
    extraction = read(write("a.md", f"---\nlanguage: en\n---\n{text}"))
    assert extraction.metadata.language == "en"
    assert extraction.warnings == ("Its language is stated to be en, but its text looks like ru.",)
    assert read(write("b.md", f"---\nlanguage: ru\n---\n{text}")).warnings == ()


def test_importing_the_dispatch_loads_no_parser() -> None:
    heavy = (
        "{'trafilatura', 'pypdfium2', 'dateparser', 'py3langid', 'lxml', 'markdown_it', 'charset_normalizer', 'numpy'}"
    )
    code = f"import sys, corpus.reading, corpus.extraction; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
