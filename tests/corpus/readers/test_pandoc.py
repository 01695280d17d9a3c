from __future__ import annotations

import subprocess

import pytest

import corpus.readers.pandoc
from corpus.document import BlockKind
from corpus.errors import RefusedContent
from corpus.readers.pandoc import find_pandoc, read_epub
from tests.corpus.office_files import BOMB, blocks, labels, packed, texts

needs_pandoc = pytest.mark.skipif(find_pandoc() is None, reason="pandoc is not installed")
_XHTML = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
_CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="O/c.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def book(*chapters: str, metadata: str = "<dc:title>The book of water</dc:title>", prologue: str = "") -> bytes:
    """A book whose chapters are in the order of the spine, which is not that of their names."""
    names = [f"c{len(chapters) - number}.xhtml" for number in range(len(chapters))]
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in sorted(names))
    spine = "".join(f'<itemref idref="{name}"/>' for name in names)
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": _CONTAINER,
            "O/c.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
            f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">x</dc:identifier>{metadata}'
            f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{
                f"O/{name}": f"{prologue}<html {_XHTML}><head><title>t</title></head><body>{chapter}</body></html>"
                for name, chapter in zip(names, chapters, strict=True)
            },
        }
    )


@needs_pandoc
def test_chapters_are_read_in_the_order_of_the_book() -> None:
    extraction = read_epub(
        book(
            "<h1>The book of water</h1><p>By hand.</p>",
            "<h1>One</h1><p>First <b>bold</b> <a href='http://x.y'>link</a>,<br/>line.</p><div><h2>Sub</h2>"
            "<blockquote><p>quoted</p></blockquote><figure><img src='x.png' alt='unseen'/>"
            "<figcaption>Caption</figcaption></figure></div><ul><li>x<ul><li>y</li></ul></li></ul><pre>code</pre>",
            "<h1>Two</h1><dl><dt>term</dt><dd>meaning</dd></dl>",
            prologue='<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">',
        )
    )
    assert blocks(extraction) == [
        (BlockKind.HEADING, None, "The book of water"),
        (BlockKind.PARAGRAPH, None, "By hand."),
        (BlockKind.HEADING, None, "One"),
        (BlockKind.PARAGRAPH, "One", "First bold link, line."),
        (BlockKind.HEADING, "One", "Sub"),
        (BlockKind.PARAGRAPH, "One › Sub", "quoted"),
        (BlockKind.PARAGRAPH, "One › Sub", "Caption"),
        (BlockKind.LIST_ITEM, "One › Sub", "x"),
        (BlockKind.LIST_ITEM, "One › Sub", "y"),
        (BlockKind.PARAGRAPH, "One › Sub", "code"),
        (BlockKind.HEADING, None, "Two"),
        (BlockKind.LIST_ITEM, "Two", "term"),
        (BlockKind.LIST_ITEM, "Two", "meaning"),
    ]


@needs_pandoc
def test_notes_follow_their_section_numbered_and_their_marks_are_no_text() -> None:
    extraction = read_epub(
        book(
            '<h1>One</h1><p>A<a epub:type="noteref" href="#n1">1</a>, b.<sup>2</sup> In 12 km<sup>2</sup>'
            ' of it<a href="#n3">[3]</a>.</p><p>C.</p><aside epub:type="footnote" id="n1"><p>The note.</p></aside>'
            "<h1>Two</h1><p>D.</p>"
        )
    )
    assert texts(extraction) == ["One", "A, b. In 12 km2 of it.", "C.", "The note.", "Two", "D."]
    assert labels(extraction) == [("1", "The note.")]


@needs_pandoc
def test_the_items_of_an_ordered_list_are_called_by_their_numbers() -> None:
    extraction = read_epub(
        book('<ol start="3"><li><p>x</p><p>more</p><ol type="a"><li>y</li></ol></li><li>z</li></ol><ul><li>w</li></ul>')
    )
    assert texts(extraction) == ["x", "more", "y", "z", "w"]
    assert labels(extraction) == [("3.", "x"), ("a.", "y"), ("4.", "z")]


@needs_pandoc
def test_tables_are_rows_and_a_merged_cell_is_read_once() -> None:
    table = (
        "<table><thead><tr><th>H</th><th>I</th><th>J</th></tr></thead><tbody><tr><td rowspan='2'>a</td>"
        "<td colspan='2'><p>b</p><p>c</p></td></tr><tr><td>d</td><td>e</td></tr></tbody></table>"
    )
    assert labels(read_epub(book(table))) == [("1", "H | I | J"), ("2", "a | b c |"), ("3", "| d | e")]


@needs_pandoc
def test_what_a_book_states_of_itself_is_its_metadata() -> None:
    stated = (
        "<dc:title>The book of water</dc:title><dc:creator>Anna Writer</dc:creator><dc:creator>B. Other</dc:creator>"
        "<dc:language>ru-RU</dc:language><dc:publisher>Basin Press</dc:publisher>"
        "<dc:date>2019-03-04T00:00:00Z</dc:date>"
    )
    metadata = read_epub(book("<p>Мы договорились встретиться снова в июне.</p>", metadata=stated)).metadata
    assert (metadata.title, metadata.author, metadata.language, metadata.publisher, metadata.date) == (
        "The book of water",
        "Anna Writer, B. Other",
        "ru",
        "Basin Press",
        "2019-03-04",
    )
    assert metadata.guessed == frozenset()


@needs_pandoc
def test_deleted_words_are_read_with_a_warning() -> None:
    extraction = read_epub(book("<p>It <del>shall</del> be.</p>"))
    assert extraction.warnings == (
        "Words that are struck out are read as if they stood; places: 1, the first “It shall be.”.",
    )


GOOD = book("<p>Text.</p>")
_DAMAGED = "it is damaged or was cut short on its way; send it again."


@needs_pandoc
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:-40], _DAMAGED),
        (
            packed({"mimetype": "application/epub+zip"}),
            "it is not an EPUB book, whatever its name says, or parts of it are missing; save it again.",
        ),
        (packed({"META-INF/container.xml": _CONTAINER}), _DAMAGED),
        (
            book("<p>&c;</p>", prologue=BOMB),
            "it declares a document type inside, which no office program writes and which is not safe to read.",
        ),
        (book("<p></p>"), "there is no text in it that could be quoted."),
    ],
    ids=["cut", "parts", "no book", "bomb", "empty"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedContent) as refused:
        read_epub(data)
    assert refused.value.reason == reason


def test_where_pandoc_is_not_installed_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus.readers.pandoc, "find_pandoc", lambda: None)
    with pytest.raises(RefusedContent) as refused:
        read_epub(GOOD)
    assert refused.value.reason == (
        "reading EPUB needs pandoc, which is not installed; install it (apt install pandoc) and load it again."
    )


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (
            subprocess.TimeoutExpired("pandoc", 50),
            "pandoc took longer than 50 seconds to read it; split it or save it in another format.",
        ),
        (
            subprocess.CompletedProcess([], 6, b"", b"Unknown option --sandbox."),
            "reading EPUB needs pandoc 2.15 or newer, and an older one is installed; install a newer one.",
        ),
        (subprocess.CompletedProcess([], 63, b"", b"cannot parse"), _DAMAGED),
        (subprocess.CompletedProcess([], 0, b"{", b""), _DAMAGED),
        (
            subprocess.CompletedProcess([], 0, b"[" * 100_000, b""),
            "it is nested too deeply to be read; save it in another format.",
        ),
    ],
    ids=["slow", "old", "failed", "no JSON", "nested"],
)
def test_what_pandoc_cannot_do_is_refused_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, outcome: object, reason: str
) -> None:
    def run(*_: object, **__: object) -> object:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(corpus.readers.pandoc, "find_pandoc", lambda: "pandoc")
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(RefusedContent) as refused:
        read_epub(GOOD)
    assert refused.value.reason == reason
