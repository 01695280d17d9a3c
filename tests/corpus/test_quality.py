from __future__ import annotations

import pytest

from corpus.document import Block, BlockKind, Extraction, Metadata, Origin
from corpus.quality import Remark, quality
from corpus.readers.draft import Draft

PROSE = "The delegations of the valleys met in the great hall and spoke of the reservoir at length on Monday. " * 3


def extraction(*texts: str, language: str | None = "en") -> Extraction:
    draft = Draft()
    for text in texts:
        draft.add(BlockKind.PARAGRAPH, text)
    return draft.extraction(Metadata(language=language))


def test_a_sound_document_gets_no_remark() -> None:
    found = quality(extraction(PROSE, "A second paragraph, of its own."))
    assert found.remarks() == ()
    assert (found.characters, found.pages, found.language) == (len(PROSE.strip()) + 31, None, "en")
    assert (found.unreadable, found.recognised, found.reordered, found.longest_run) == (0, 0, 0, 11)


def test_pages_without_text_are_listed_in_ranges() -> None:
    read = extraction(PROSE)
    scanned = Extraction(read.text, read.blocks, read.metadata, pages=9, unread_pages=(1, 2, 3, 7))
    (remark,) = quality(scanned).remarks()
    assert remark == Remark("no_text_pages", (4, 9, "1-3, 7"))
    assert remark.sentence == "4 of its 9 pages have no text: 1-3, 7."


def test_shares_of_recognised_and_reordered_text_are_of_characters() -> None:
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, start, start + length, paragraph=number, origin=origin)
        for number, (start, length, origin) in enumerate(
            [(0, 100, Origin.TEXT), (100, 300, Origin.RECOGNISED), (400, 400, Origin.REORDERED)], start=1
        )
    )
    found = quality(Extraction("word " * 160, blocks, Metadata(language="ar")))
    assert (found.recognised, found.reordered) == (0.375, 0.5)
    assert [remark.sentence for remark in found.remarks()] == [
        "38% of it was read by OCR and may hold wrong letters.",
        "50% of it is right-to-left text put in order from a PDF and may differ from the page.",
    ]


@pytest.mark.parametrize("odd", ["\ufffd", "\ue001", "\U000f0000", "\u0378", "Ð¿", "Ø§"])
def test_unreadable_characters_are_counted(odd: str) -> None:
    found = quality(extraction(PROSE + odd * 4))
    assert found.unreadable == 4 * len(odd) / found.characters
    assert found.remarks()[0].kind == "unreadable"


def test_accents_and_other_scripts_are_readable() -> None:
    found = quality(
        extraction(PROSE, "Türkiye’nin “görüşü”: Ñandú, Ødegård, Über – № 5 · қазақ тілі · هیئت‌های دره‌ها 😀")
    )
    assert (found.unreadable, found.mixed_words) == (0, ())


def test_words_of_two_alphabets_are_told_from_three_on() -> None:
    assert quality(extraction(PROSE, "Cирия Aстана")).remarks() == ()
    (remark,) = quality(extraction(PROSE, "Cирия Aстана мiр")).remarks()
    assert remark == Remark("mixed_words", (3, "Cирия"))


def test_a_line_on_many_pages_is_suspected_whatever_its_page_number() -> None:
    draft = Draft()
    for page in range(1, 11):
        draft.add(BlockKind.PARAGRAPH, f"Basin Institute · {page} of 10", page)
        draft.add(BlockKind.PARAGRAPH, f"{PROSE} It is said on page {page} alone.", page)
        draft.heading(f"Article {page}", 2, page)
        draft.row(["Upper valley", "40%"], page)
    found = quality(draft.extraction(Metadata(language="en")))
    assert found.repeated == (("Basin Institute · 1 of 10", 10),)
    assert found.remarks() == (Remark("repeated_line", ("Basin Institute · 1 of 10", 10)),)


@pytest.mark.parametrize(("times", "expected"), [(4, ()), (5, (("Read more", 5),))])
def test_without_pages_a_line_has_to_come_often(times: int, expected: tuple[tuple[str, int], ...]) -> None:
    assert quality(extraction(PROSE, *["Read more"] * times)).repeated == expected


def test_a_line_on_few_of_many_pages_is_no_header() -> None:
    draft = Draft()
    for page in range(1, 31):
        draft.add(BlockKind.PARAGRAPH, "Summary" if page % 10 == 0 else f"{PROSE} {page}", page)
    assert quality(draft.extraction(Metadata())).repeated == ()


def test_a_long_run_a_short_text_and_no_language_are_told() -> None:
    kinds = [remark.kind for remark in quality(extraction("x" * 300, language=None)).remarks()]
    assert kinds == ["long_run", "no_language"]
    assert quality(extraction("Few words.")).remarks() == (Remark("short", (10,)),)


def test_nothing_is_counted_as_nothing() -> None:
    assert quality(Extraction("", (), Metadata())).characters == 0
