"""Two quotations say the same where no number, name or negation differs, in six languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.sameness import SAME_WORDS, Wording, alike, folded_wording


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Sides agreed.", "the sides   agreed."),
        ("The sides\nagreed.", "The\u00a0sides agreed."),
        ("A list \u2013 and a date", "a list-and a date"),
        ("Astana\u20118", "Astana-8"),
        ("\u201cPeace\u201d and \u00abwar\u00bb", "\"peace\" and 'war'"),
        ("Astana\u2019da imzalandı", "Astana'da imzalandı"),
        ("Стороны — гаранты", "СТОРОНЫ-ГАРАНТЫ"),
        ("آن\u200cها امضا کردند", "آن ها امضا کردند"),
    ],
)
def test_case_blanks_dashes_and_quotation_marks_do_not_make_another_wording(one: str, other: str) -> None:
    assert folded_wording(one) == folded_wording(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The sides agreed.", "The sides agreed"),
        ("The sides agreed.", "The side agreed."),
        ("5 percent", "6 percent"),
        ("Сирия", "Сирии"),
        ("1,5", "15"),
    ],
)
def test_anything_else_does(one: str, other: str) -> None:
    assert folded_wording(one) != folded_wording(other)


@given(st.text(max_size=30), st.text(max_size=30))
def test_folding_twice_is_folding_once_and_alike_has_no_order(one: str, other: str) -> None:
    assert folded_wording(folded_wording(one)) == folded_wording(one)
    assert alike(Wording.of(one), Wording.of(one))
    assert alike(Wording.of(one), Wording.of(other)) == alike(Wording.of(other), Wording.of(one))


EN = (
    "The delegations of the guarantor states exchanged long lists of prisoners and remains in the great hall of the "
    "old palace near the river bank{}."
)
RU = (
    "Делегации стран-гарантов обменялись длинными списками удерживаемых лиц и тел погибших в большом зале старого "
    "дворца у берега реки{}."
)
KK = (
    "Кепіл елдердің делегациялары ұсталған адамдардың ұзын тізімдерін ескі сарайдың үлкен залында алмасып, толық "
    "келісімге келді{}."
)
TR = (
    "Garantör ülkelerin heyetleri tutulan kişilerin uzun listelerini eski sarayın büyük salonunda karşılıklı şekilde "
    "hızla verdi{}."
)


def _share(one: str, other: str) -> float:
    these, those = Wording.of(one).words, Wording.of(other).words
    return len(these & those) / len(these | those)


@pytest.mark.parametrize("text", [EN, RU, KK, TR])
def test_one_plain_word_more_is_nearly_the_same(text: str) -> None:
    assert alike(Wording.of(text.format("")), Wording.of(text.format(" again" if text is EN else " жаңа")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (EN.format(" for 5 days"), EN.format(" for 6 days")),
        (EN.format(" for five days"), EN.format(" for six days")),
        (EN.format(" from 5 to 6"), EN.format(" from 6 to 5")),
        (EN.format(" at 5 degrees"), EN.format(" at -5 degrees")),
        (EN.format(" for $5"), EN.format(" for \u20ac5")),
        (EN.format(" in March"), EN.format(" in April")),
        (EN.format(""), EN.replace("exchanged", "never exchanged").format("")),
        (EN.replace("exchanged", "did exchange").format(""), EN.replace("exchanged", "didn't exchange").format("")),
        (EN.replace("long", "agreed").format(""), EN.replace("long", "disagreed").format("")),
        (EN.format(" of Iran"), EN.format(" of Iraq")),
        (EN.format(", Iran before Russia"), EN.format(", Russia before Iran")),
        (RU.format(" за 5 дней"), RU.format(" за 6 дней")),
        (RU.format(" за пять дней"), RU.format(" за шесть дней")),
        (RU.format(" в марте"), RU.format(" в апреле")),
        (RU.format(""), RU.replace("обменялись", "не обменялись").format("")),
        (RU.replace("длинными", "полными").format(""), RU.replace("длинными", "неполными").format("")),
        (RU.format(" Ирана"), RU.format(" Ирака")),
        (KK.format(", 5 күн"), KK.format(", 6 күн")),
        (KK.format(", бес күн"), KK.format(", алты күн")),
        (KK.replace("келді", "келмеді").format(""), KK.format("")),
        (KK.format(" емес"), KK.format("")),
        (KK.format(", Иран"), KK.format(", Ирак")),
        (TR.format(" 5 gün"), TR.format(" 6 gün")),
        (TR.format(" beş gün"), TR.format(" altı gün")),
        (TR.replace("verdi", "vermedi").format(""), TR.format("")),
        (TR.format(" değil"), TR.format("")),
        (TR.format(", İran'da"), TR.format(", Irak'ta")),
    ],
)
def test_another_number_month_name_or_a_negation_is_another_statement(one: str, other: str) -> None:
    assert _share(one, other) >= SAME_WORDS
    assert not alike(Wording.of(one), Wording.of(other))


AR = "تبادلت وفود الدول الضامنة قوائم طويلة بأسماء المحتجزين والجثامين في قاعة القصر القديم الكبيرة قرب ضفة النهر{}."
FA = "هیئت‌های کشورهای ضامن فهرست‌های بلند نام بازداشت‌شدگان و پیکرها را در تالار بزرگ کاخ قدیمی مبادله کردند{}."


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (AR.format(""), AR.replace("في قاعة", "من قاعة").format(""), True),
        (AR.format(""), AR.replace("طويلة", "غير طويلة").format(""), False),
        (AR.format(" خلال ٥ أيام"), AR.format(" خلال ٦ أيام"), False),
        (AR.format(" في إيران"), AR.format(" في العراق"), False),
        (FA.format(""), FA.replace("در تالار", "از تالار").format(""), True),
        (FA.format(""), FA.replace("کردند", "نکردند").format(""), False),
        (FA.format(" در ۵ روز"), FA.format(" در ۶ روز"), False),
        (FA.format(" در ایران"), FA.format(" در عراق"), False),
    ],
)
def test_where_no_capitals_show_names_only_the_commonest_words_may_differ(one: str, other: str, same: bool) -> None:
    assert _share(one, other) >= SAME_WORDS
    assert alike(Wording.of(one), Wording.of(other)) is same


def test_a_word_is_no_name_for_beginning_a_sentence_if_the_other_has_it_small() -> None:
    one, other = EN.format("").removeprefix("The ").replace("delegations", "Delegations"), EN.format("")
    assert alike(Wording.of(one), Wording.of(other))


def test_a_common_word_that_begins_a_sentence_is_no_name() -> None:
    one = EN.format("").replace("The delegations", "But the delegations")
    assert alike(Wording.of(one), Wording.of(EN.format("")))


def test_six_of_seven_words_in_common_are_enough_and_five_of_six_are_not() -> None:
    five = "alpha bravo charlie delta echo"
    assert alike(Wording.of(f"{five} foxtrot"), Wording.of(f"{five} foxtrot golf"))
    assert not alike(Wording.of(five), Wording.of(f"{five} foxtrot"))


def test_texts_without_words_are_alike_only_where_they_are_the_same() -> None:
    assert alike(Wording.of("\U0001f54a\ufe0f"), Wording.of("\U0001f54a\ufe0f"))
    assert not alike(Wording.of("\U0001f54a\ufe0f"), Wording.of("!?"))
    assert not alike(Wording.of("It is."), Wording.of("He was."))
