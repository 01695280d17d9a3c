"""Lines about a document: fields with what is guessed, remarks in every language, and first words that are a slice."""

from __future__ import annotations

import re

import pytest

from bot.documents.facts import REMARKS, field_lines, first_words, fitted, remark_lines
from bot.languages import LANGUAGES, phrases
from bot.messages.lengths import utf16_length
from corpus.document import Block, BlockKind, DocumentClass, Extraction, Metadata
from corpus.quality import Remark

VALUES: dict[str, tuple[int | float | str, ...]] = {
    "no_text_pages": (2, 9, "3-4"),
    "recognised": (0.25,),
    "reordered": (1.0,),
    "unreadable": (0.0125,),
    "mixed_words": (4, "Аstana"),
    "no_language": (),
    "repeated_line": ("Page header", 7),
    "long_run": (512,),
    "short": (42,),
}


def _extraction(text: str) -> Extraction:
    return Extraction(text, (Block(BlockKind.PARAGRAPH, 0, len(text), paragraph=1),), Metadata())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(VALUES))
def test_a_remark_says_its_values_in_every_language(kind: str, language: str) -> None:
    (line,) = remark_lines([Remark(kind, VALUES[kind])], [], phrases(language))
    shown = {0.25: "25%", 1.0: "100%", 0.0125: "1.2%"}
    for value in VALUES[kind]:
        assert shown.get(value, str(value)) in line  # type: ignore[arg-type]


def test_every_kind_of_remark_is_there_and_reads_in_english_as_it_does_in_the_report() -> None:
    assert REMARKS.keys() == VALUES.keys()
    for kind, values in VALUES.items():
        (line,) = remark_lines([Remark(kind, values)], [], phrases("en"))
        letters = re.compile(r"[^\w ]")
        assert letters.sub("", line).strip() == letters.sub("", Remark(kind, values).sentence)


def test_a_field_says_whether_it_was_guessed_or_corrected() -> None:
    metadata = Metadata(
        title="A <note>", date="2018-05", language="kk", document_class=DocumentClass.NEWS, guessed=frozenset({"date"})
    )
    assert field_lines(metadata, phrases("en"), frozenset({"title"})) == [
        "Title: A &lt;note&gt; (corrected)",
        "Date: May 2018 (guessed)",
        "Language: Kazakh",
        "Class: news",
    ]


def test_first_words_are_a_slice_that_ends_with_a_word() -> None:
    text = "Слово & " * 100
    shown = first_words(_extraction(text))
    inside = shown.removeprefix("<blockquote>").removesuffix("</blockquote>").replace("&amp;", "&")
    assert text.startswith(inside)
    assert inside.endswith(("Слово", "&"))
    assert 380 < utf16_length(inside) <= 400


def test_first_words_of_a_short_text_are_all_of_it() -> None:
    assert first_words(_extraction("Two words")) == "<blockquote>Two words</blockquote>"


def test_lines_that_do_not_fit_are_left_out_visibly() -> None:
    assert fitted(["a", "b"]) == "a\nb"
    long = fitted(["x" * 1500] * 4)
    assert long == "\n".join(["x" * 1500] * 2) + "\n…"
