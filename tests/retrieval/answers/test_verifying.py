"""Exact, exact but for spelling, near with its differences, or absent; a turned meaning is never exact."""

from __future__ import annotations

import pytest

from corpus.document import Metadata
from retrieval.answers.differences import Difference, Kind
from retrieval.answers.verifying import LONGEST, Verdict, Verification, verify, worst
from retrieval.errors import QuestionRefused
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation, spoken

SWAP = "On 26 November 2018 the sides exchanged ten detainees near Al-Bab, said the Türkiye delegation."
DENIAL = "It is not the case that the observers signed the memorandum."
BUILT = generation(
    document("swap", SWAP, "The delegations didn't adopt a new document. Trade grew by 2.5 % in all zones."),
    document("denial", DENIAL, "Nothing was said of oil."),
    spoken("ru", "ru", "Стороны не согласовали дату следующей встречи в Сочи."),
    spoken("fa", "fa", "طرف‌ها می‌گویند که نشست بعدی در تهران برگزار می‌شود."),
)


def verified(text: str) -> Verification:
    """The verification of a text of one sentence."""
    (found,) = verify(BUILT, WordEncoder(), text)
    return found


def test_a_sentence_as_it_stands_is_exact_and_quoted_by_its_offsets() -> None:
    found = verified(SWAP)
    assert found.verdict is Verdict.EXACT
    assert [(quote.document.id, quote.text) for quote in found.quotes] == [("swap", SWAP)]
    assert found.differences == ()


@pytest.mark.parametrize(
    "text",
    [
        SWAP.replace("On 26", "On  26").replace("Al-Bab,", "Al-Bab ,"),
        SWAP.replace("ten detainees", "“ten detainees”"),
        SWAP.replace("Al-Bab", "Al–Bab"),
        SWAP.upper(),
        f"«{SWAP}»",
        "Стороны не согласовали дату «следующей встречи» в сочи.",
        "طرف ها می گویند که نشست بعدی در تهران برگزار می شود.",
        "Trade grew by 2.5% in all zones.",
        "The delegations didn’t adopt a new document.",
    ],
)
def test_spaces_dashes_quotation_marks_and_case_make_no_other_sentence(text: str) -> None:
    assert verified(text).verdict is Verdict.NORMALISED


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (SWAP.replace("26", "27"), Difference(Kind.NUMBER, "27", "26")),
        (SWAP.replace("2018", "20 18"), Difference(Kind.NUMBER, "20", "2018")),
        (SWAP.replace("ten", "eleven"), Difference(Kind.NUMBER, "eleven", "ten")),
        (SWAP.replace("Türkiye", "Norway"), Difference(Kind.NAME, "Norway", "Türkiye")),
        (SWAP.replace("exchanged", "never exchanged"), Difference(Kind.NEGATION, "never", "")),
        ("The delegations did adopt a new document.", Difference(Kind.NEGATION, "did", "didn't")),
        ("Стороны согласовали дату следующей встречи в Сочи.", Difference(Kind.NEGATION, "", "не")),
        (SWAP.replace("detainees", "officers"), Difference(Kind.WORD, "officers", "detainees")),
        (SWAP.replace("2018 the", "2018, the"), Difference(Kind.PUNCTUATION, ",", "")),
        ("Trade grew by 5 % in all zones.", Difference(Kind.NUMBER, "5", "2.5")),
    ],
)
def test_a_changed_sentence_is_near_and_what_matters_most_comes_first(text: str, first: Difference) -> None:
    found = verified(text)
    assert found.verdict is Verdict.NEAR
    assert found.differences[0] == first


def test_a_number_changed_beside_a_word_comes_before_the_word() -> None:
    found = verified(SWAP.replace("exchanged ten", "handed eleven").replace("26", "28"))
    assert [difference.kind for difference in found.differences] == [Kind.NUMBER, Kind.NUMBER, Kind.WORD]


def test_words_torn_out_of_a_denial_are_not_exact() -> None:
    found = verified("The observers signed the memorandum.")
    assert found.verdict is Verdict.NEAR
    assert found.quotes[0].text == DENIAL
    assert found.differences[0].kind is Kind.NEGATION


def test_a_part_of_a_sentence_that_denies_nothing_is_exact() -> None:
    assert verified("the sides exchanged ten detainees near Al-Bab").verdict is Verdict.EXACT


def test_a_part_of_a_word_or_number_is_not_exact() -> None:
    assert verified("the sides exchanged ten detain").verdict is not Verdict.EXACT
    assert verified("5 % in all zones").verdict is not Verdict.EXACT


def test_words_moved_are_a_change_of_order() -> None:
    found = verified("Near Al-Bab on 26 November 2018 the sides exchanged ten detainees, said the Türkiye delegation.")
    assert found.verdict is Verdict.NEAR
    assert Kind.ORDER in {difference.kind for difference in found.differences}


def test_a_sentence_from_nowhere_is_absent() -> None:
    found = verified("Penguins waddle across the frozen harbour every winter.")
    assert found == Verification("Penguins waddle across the frozen harbour every winter.", Verdict.ABSENT)


def test_each_sentence_is_verified_by_itself_and_the_worst_counts() -> None:
    found = verify(BUILT, WordEncoder(), f"{SWAP} Penguins waddle across the frozen harbour.\n{DENIAL}")
    assert [one.verdict for one in found] == [Verdict.EXACT, Verdict.ABSENT, Verdict.EXACT]
    assert worst(found) is Verdict.ABSENT


def test_of_many_sentences_no_more_are_looked_for_than_wanted() -> None:
    found = verify(BUILT, WordEncoder(), f"{SWAP} Penguins waddle across the frozen harbour.\n{DENIAL}", 2)
    assert [one.verdict for one in found] == [Verdict.EXACT, Verdict.ABSENT]


def test_the_same_words_in_two_documents_are_found_in_both() -> None:
    twice = generation(document("one", SWAP), document("two", SWAP))
    (found,) = verify(twice, WordEncoder(), SWAP)
    (quote,) = found.quotes
    assert (quote.document.id, [other.document.id for other in quote.also]) == ("one", ["two"])


def test_an_empty_index_has_nothing() -> None:
    (found,) = verify(generation(document("none", metadata=Metadata())), WordEncoder(), SWAP)
    assert found.verdict is Verdict.ABSENT


@pytest.mark.parametrize("text", ["", "   ", "«…»", "\u200f\u200f", "x" * (LONGEST + 1)])
def test_what_cannot_be_verified_is_refused(text: str) -> None:
    with pytest.raises(QuestionRefused):
        verify(BUILT, WordEncoder(), text)


def test_what_a_sentence_has_beyond_the_words_claimed_is_no_difference() -> None:
    found = verified("On 26 November 2018 the sides exchanged nine detainees near Al-Bab.")
    assert found.differences[0] == Difference(Kind.NUMBER, "nine", "ten")
    assert "Türkiye" not in " ".join(difference.written for difference in found.differences)
