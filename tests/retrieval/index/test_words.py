"""Words are folded and cut so that the forms of one word meet, in each of the six languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.words import STOP_WORDS, fold, terms, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Astana", "astana"),
        ("İSTANBUL", "istanbul"),
        ("ISTANBUL", "istanbul"),
        ("ışık", "işik"),
        ("IŞIK", "işik"),
        ("Ёлка", "елка"),
        ("Straße", "strasse"),
        ("كِتَابٌ", "کتاب"),
        ("أإآٱ", "اااا"),
        ("مدينة", "مدینه"),
        ("علي علی على", "علی علی علی"),
        ("مـــدن", "مدن"),
        ("می‌شود", "می شود"),
        ("۲۰۱۷", "2017"),
        ("٢٠١٧", "2017"),
        ("\u200fabc\u200e", "abc"),
        ("ﬁnal", "final"),
        ("№ 2254", "  2254"),
    ],
)
def test_fold_brings_variants_together(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words_come_in_order_without_stop_words() -> None:
    assert words("What did the parties agree on in Astana?") == ["parties", "agree", "astana"]


def test_a_repeated_word_is_repeated() -> None:
    assert words("talks about talks") == ["talks", "talks"]


@pytest.mark.parametrize("text", ["Astana'da", "Astana\u2019nın", "Astana\u02bcға"])
def test_an_ending_after_an_apostrophe_is_cut_off(text: str) -> None:
    assert words(text) == ["astana"]


@pytest.mark.parametrize("text", ["", "  ", "?!…", "🕊️🚑", "<&>", "the of и و در"])
def test_a_text_without_content_has_no_words(text: str) -> None:
    assert words(text) == []


def test_an_underscore_parts_words() -> None:
    assert words("peace_talks") == ["peace", "talks"]


def test_stop_words_are_left_out_in_any_case_and_spelling() -> None:
    assert words("МЕНЯ ЕЩЁ Где أين این İÇİN") == []
    assert "which" in STOP_WORDS


@pytest.mark.parametrize("text", ["№ 2254", "№2254", "no № 2254"])
def test_the_numero_sign_is_no_word_nor_part_of_one(text: str) -> None:
    assert words(text) == ["2254"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in May 2018", ["may", "2018"]),
        ("in may", ["may"]),
        ("since May", ["since", "may"]),
        ("on 4 May", ["4", "may"]),
        ("the 4th of May", ["4th", "may"]),
        ("May 4, 2018", ["may", "4", "2018"]),
        ("May 2018", ["may", "2018"]),
        ("May I ask?", ["ask"]),
        ("it may be so", []),
        ("they may release 1000 people", ["release", "1000", "people"]),
        ("۴ می ۲۰۱۸", ["4", "می", "2018"]),
        ("می ۲۰۱۸", ["می", "2018"]),
        ("چه می‌شود", ["شود"]),
    ],
)
def test_may_is_a_word_where_it_is_a_month(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_words_are_cut_to_five_letters_and_numbers_are_not() -> None:
    assert terms("detainees 22542254 S2017") == ["detai", "22542254", "s2017"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("задержанных", "задержанные"),
        ("тұтқындардың", "тұтқындар"),
        ("görüşmelerin", "görüşme"),
        ("الأطراف", "أطراف"),
        ("والأطراف", "بالأطراف"),
        ("كالأطراف", "للأطراف"),
        ("negotiations", "negotiated"),
    ],
)
def test_inflected_forms_meet_in_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)
    assert len(terms(one)) == 1


def test_a_prefix_that_would_leave_under_three_letters_stays() -> None:
    assert terms("الم المن") == ["الم", "المن"]
    assert terms("البيت") == ["بیت"]


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_each_word_gives_one_term_of_at_most_five_letters_or_a_number(text: str) -> None:
    found = words(text)
    cut = terms(text)
    assert len(cut) == len(found)
    assert all(term and (term[0].isdigit() or len(term) <= 5) for term in cut)
    assert all(term in word for term, word in zip(cut, found, strict=True))
