"""Where a quotation stands, said in the words of its format, and how sure its letters are."""

from __future__ import annotations

import pytest

from bot.answers.whereabouts import whereabouts
from bot.languages import phrases
from bot.messages.rendering import quotation_messages, source_line
from corpus.document import Block, BlockKind, Document, Metadata, Origin
from retrieval.answers.quotes import Quote

TEXT = "One.\nTwo."


def quote(first: Block, second: Block | None = None, format: str = "pdf", end: int | None = None) -> Quote:
    """A quotation of the first block, or of both."""
    blocks = (first, second) if second is not None else (first,)
    document = Document("a", "/a", "ab" * 32, TEXT, blocks, Metadata(title="T"), format)
    return Quote(document, 0, end or blocks[-1].end)


def block(start: int = 0, end: int = 4, **values: object) -> Block:
    """A block of kind paragraph, unless said otherwise."""
    kind = values.pop("kind", BlockKind.PARAGRAPH)
    return Block(kind, start, end, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        (quote(block(page=3, paragraph=7)), ["p. 3", "para. 7"]),
        (quote(block(page=3, paragraph=7), block(5, 9, page=4, paragraph=8)), ["p. 3–4", "para. 7–8"]),
        (quote(block(page=3, paragraph=7), format="pptx"), ["slide 3", "para. 7"]),
        (
            quote(block(page=3, paragraph=7, kind=BlockKind.FOOTNOTE, label="notes"), format="pptx"),
            ["slide 3", "speaker's notes"],
        ),
        (
            quote(block(page=2, paragraph=9, kind=BlockKind.TABLE_ROW, label="12"), format="xlsx"),
            ["sheet 2", "row 12"],
        ),
        (quote(block(page=1, paragraph=4, kind=BlockKind.FOOTNOTE, label="3")), ["p. 1", "note 3"]),
        (
            quote(
                block(paragraph=4, kind=BlockKind.TABLE_ROW, label="1"),
                block(5, 9, paragraph=5, kind=BlockKind.TABLE_ROW, label="2"),
                format="docx",
            ),
            ["row 1–2"],
        ),
        (quote(block(page=1, paragraph=1, origin=Origin.RECOGNISED)), ["p. 1", "para. 1", "read by OCR"]),
        (
            quote(block(paragraph=1), block(5, 9, paragraph=2, origin=Origin.REORDERED)),
            ["para. 1–2", "letters put in order from a PDF"],
        ),
        (quote(block(paragraph=1), block(5, 9, paragraph=2, origin=Origin.REORDERED), end=4), ["para. 1"]),
        (quote(block(kind=BlockKind.HEADING), format="text"), []),
    ],
)
def test_a_place_is_named_as_its_format_names_it(quoted: Quote, expected: list[str]) -> None:
    assert whereabouts(quoted, phrases("en")) == expected


def test_the_plain_line_for_the_terminal_says_so_too() -> None:
    quoted = quote(block(page=1, paragraph=1, origin=Origin.RECOGNISED))
    assert source_line(quoted) == "T, p. 1, para. 1, read by OCR"


@pytest.mark.parametrize(("format", "pictured"), [("pdf", True), ("picture", True), ("docx", False), ("text", False)])
def test_pages_are_offered_where_they_can_be_drawn(format: str, pictured: bool) -> None:
    (message,) = quotation_messages([quote(block(page=1, paragraph=1), format=format)], "00aa", 0, "en", "bot")
    data = [button.data for row in message.buttons for button in row]
    assert data == ["c:00aa:1", "d:00aa:1", "y:00aa:1", *(["p:00aa:1"] if pictured else [])]
