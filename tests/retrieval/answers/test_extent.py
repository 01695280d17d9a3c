"""A quotation is one sentence, and more only where it would say too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Block, BlockKind, Document, Metadata
from corpus.readers.draft import Draft
from corpus.sentences import sentences
from retrieval.answers.extent import QUOTE_LIMIT, extent, stands_alone

if TYPE_CHECKING:
    from collections.abc import Sequence

P, L, H = BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.HEADING
ROW, NOTE = BlockKind.TABLE_ROW, BlockKind.FOOTNOTE


def _document(*blocks: tuple[BlockKind, str], language: str | None = "en") -> Document:
    draft = Draft()
    for page, (kind, text) in enumerate(blocks, 1):
        if kind is H:
            draft.heading(text, 2, page)
        else:
            draft.add(kind, text, page)
    made = draft.extraction(Metadata(language=language))
    return Document("a.md", "/a.md", "ab" * 32, made.text, made.blocks, made.metadata)


def _spans(document: Document) -> list[tuple[int, int]]:
    found = sentences(document.text, document.blocks, document.metadata.language)
    return [(sentence.start, sentence.end) for sentence in found]


def _quoted(document: Document, sentence: str) -> str:
    """What is quoted for ``sentence``, which stands once in the document and is one of its sentences."""
    spans = _spans(document)
    (place,) = [place for place, (start, end) in enumerate(spans) if document.text[start:end] == sentence]
    start, end = extent(document, spans, place)
    return document.text[start:end]


FIRST_LEANING_OTHER = {
    "en": (
        "Iran, Russia and Türkiye signed the memorandum in May.",
        "It provides for four zones.",
        "Astana hosted the ceremony.",
    ),
    "ru": (
        "Иран, Россия и Турция подписали меморандум в мае.",
        "Этот документ предусматривает четыре зоны.",
        "Церемонию приняла Астана.",
    ),
    "kk": (
        "Иран, Ресей және Түркия мамырда меморандумға қол қойды.",
        "Бұл құжат төрт аймақты қарастырады.",
        "Рәсім Астана қаласында өтті.",
    ),
    "tr": (
        "İran, Rusya ve Türkiye mayıs ayında muhtırayı imzaladı.",
        "Bu belge dört bölge öngörüyor.",
        "Törene Astana ev sahipliği yaptı.",
    ),
    "ar": (
        "وقعت إيران وروسيا وتركيا المذكرة في شهر مايو.",
        "هذا الاتفاق ينص على أربع مناطق.",
        "استضافت أستانا مراسم التوقيع هناك.",
    ),
    "fa": (
        "ایران و روسیه و ترکیه یادداشت تفاهم را در ماه مه امضا کردند.",
        "این سند چهار منطقه را پیش‌بینی می‌کند.",
        "آستانه میزبان مراسم امضا بود.",
    ),
}


@pytest.mark.parametrize("language", FIRST_LEANING_OTHER)
def test_a_sentence_that_leans_takes_the_one_before_and_others_stand_alone(language: str) -> None:
    first, leaning, other = FIRST_LEANING_OTHER[language]
    document = _document((P, f"{first} {leaning} {other}"), language=language)
    assert _quoted(document, leaning) == f"{first} {leaning}"
    assert _quoted(document, first) == first
    assert _quoted(document, other) == other


def test_two_that_lean_take_two_before_and_a_third_none() -> None:
    text = "The committee met in Geneva. It drafted a list. It sent the list to Astana. It was never published."
    document = _document((P, text))
    assert _quoted(document, "It sent the list to Astana.") == (
        "The committee met in Geneva. It drafted a list. It sent the list to Astana."
    )
    assert _quoted(document, "It was never published.") == "It was never published."


def test_where_nothing_before_it_stands_in_the_same_paragraph_it_stands_alone() -> None:
    document = _document((P, "The committee met in Geneva."), (P, "It drafted a list. Astana waited."))
    assert _quoted(document, "It drafted a list.") == "It drafted a list."


def test_at_most_the_limit_is_quoted() -> None:
    assert QUOTE_LIMIT == 400
    leaning = "It drafted a list."
    before = "The committee met " + "again and " * 36
    fits = before + "a" * (QUOTE_LIMIT - len(before) - len(leaning) - 2) + "."
    assert len(f"{fits} {leaning}") == QUOTE_LIMIT
    assert _quoted(_document((P, f"{fits} {leaning}")), leaning) == f"{fits} {leaning}"
    longer = fits[:-1] + "b."
    assert _quoted(_document((P, f"{longer} {leaning}")), leaning) == leaning


def test_a_sentence_longer_than_the_limit_is_quoted_alone_and_whole() -> None:
    long = "It drafted " + "one list and " * 40 + "another list."
    document = _document((P, f"The committee met. {long}"), (L, "a list"))
    assert len(long) > QUOTE_LIMIT
    assert _quoted(document, long) == long
    announcing = long.replace("another list.", "this list:")
    assert _quoted(_document((P, announcing), (L, "names")), announcing) == announcing


def test_a_colon_takes_the_sentence_that_follows_and_no_more() -> None:
    document = _document((P, "The envoy said this about the list:"), (P, "The list is lost. Nobody was surprised."))
    assert _quoted(document, "The envoy said this about the list:") == (
        "The envoy said this about the list:\n\nThe list is lost."
    )


ITEMS = ("the exchange of prisoners;", "the search for the missing;", "humanitarian access.")


def test_a_colon_takes_the_list_as_far_as_it_fits() -> None:
    document = _document((P, "The agenda of the round was:"), *((L, item) for item in ITEMS), (P, "Lunch was served."))
    assert _quoted(document, "The agenda of the round was:") == "\n\n".join(("The agenda of the round was:", *ITEMS))
    long = [(L, f"{number} " + "item " * 30 + "end.") for number in "ABCD"]
    quoted = _quoted(_document((P, "The agenda of the round was:"), *long), "The agenda of the round was:")
    assert quoted == "\n\n".join(("The agenda of the round was:", long[0][1], long[1][1]))


def test_items_marked_in_paragraphs_go_on_after_semicolons_only() -> None:
    document = _document((P, "The agenda was:"), (P, "1. The exchange;"), (P, "2. The search."), (P, "3. The access."))
    assert _quoted(document, "The agenda was:") == "The agenda was:\n\n1. The exchange;\n\n2. The search."


@pytest.mark.parametrize("between", [(H, "Agenda"), (ROW, "1 | exchange"), (NOTE, "See the annex to the list.")])
def test_nothing_is_taken_over_a_heading_a_table_or_a_footnote(between: tuple[BlockKind, str]) -> None:
    document = _document((P, "The agenda of the round was:"), between, (L, "the exchange of prisoners."))
    assert _quoted(document, "The agenda of the round was:") == "The agenda of the round was:"
    assert _quoted(document, "the exchange of prisoners.") == "the exchange of prisoners."


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_that_is_part_of_a_sentence_takes_what_introduces_the_list(item: str) -> None:
    document = _document((P, "The agenda of the round was:"), *((L, each) for each in ITEMS))
    taken = ITEMS[: ITEMS.index(item) + 1]
    assert _quoted(document, item) == "\n\n".join(("The agenda of the round was:", *taken))


def test_an_item_that_ends_or_follows_on_a_semicolon_is_part_of_a_sentence_and_one_after_a_full_stop_is_not() -> None:
    items = ("Exchange of all lists is resumed;", "Search for the missing is resumed.", "Access to all is resumed.")
    document = _document((P, "The guarantors decided:"), *((L, item) for item in items))
    assert _quoted(document, items[0]) == f"The guarantors decided:\n\n{items[0]}"
    assert _quoted(document, items[1]) == f"The guarantors decided:\n\n{items[0]}\n\n{items[1]}"
    assert _quoted(document, items[2]) == items[2]


def test_the_second_sentence_of_an_item_is_no_part_of_the_introduction() -> None:
    document = _document((P, "The guarantors noted:"), (L, "The list was exchanged today. Nobody was missing from it;"))
    assert _quoted(document, "Nobody was missing from it;") == "Nobody was missing from it;"


def test_an_introduction_of_one_word_is_enough() -> None:
    document = _document((P, "Lunch was served at noon."), (P, "Guarantors:"), (L, "Iran"), (L, "Russia"))
    assert _quoted(document, "Iran") == "Guarantors:\n\nIran"
    assert _quoted(document, "Guarantors:") == "Guarantors:\n\nIran\n\nRussia"


def test_a_fragment_before_a_sentence_that_leans_takes_the_one_before_in_turn() -> None:
    document = _document((P, "The guarantors came to Astana. Twice. They met in May."))
    assert _quoted(document, "They met in May.") == "The guarantors came to Astana. Twice. They met in May."


def test_an_item_takes_the_introduction_of_its_list_whole_or_not_at_all() -> None:
    first = "a very long item " * 25 + "ends;"
    document = _document((P, "The agenda was:"), (L, first), (L, "the search for the missing;"))
    assert _quoted(document, "the search for the missing;") == "the search for the missing;"
    without = _document(
        (P, "The hosts said:"), (P, "The talks ended."), (L, "the search for the missing;"), (L, "the exchange")
    )
    assert _quoted(without, "the search for the missing;") == "the search for the missing;"


def test_an_item_that_is_a_sentence_stands_alone_and_one_that_is_a_name_does_not() -> None:
    document = _document((P, "The guarantors were:"), (L, "Iran"), (L, "Russia"), (L, "Türkiye hosted no round."))
    assert _quoted(document, "Türkiye hosted no round.") == "Türkiye hosted no round."
    assert _quoted(document, "Russia") == "The guarantors were:\n\nIran\n\nRussia"
    assert _quoted(_document((H, "Guarantors"), (L, "Iran"), (L, "Russia")), "Russia") == "Russia"


def test_the_introduction_of_a_list_may_lean_in_turn() -> None:
    document = _document((P, "The guarantors met in May. They agreed on:"), (L, "four zones;"), (L, "a joint centre."))
    assert _quoted(document, "four zones;") == "The guarantors met in May. They agreed on:\n\nfour zones;"


@pytest.mark.parametrize(
    ("blocks", "fragment", "quoted"),
    [
        (["Was the list exchanged? No."], "No.", "Was the list exchanged? No."),
        (["Was the list exchanged?", "No."], "No.", "Was the list exchanged?\n\nNo."),
        (["Yes. The list was exchanged."], "Yes.", "Yes. The list was exchanged."),
        (["The list is long. See below."], "See below.", "The list is long. See below."),
        (["No."], "No.", "No."),
        (["They met in Geneva. Twice."], "Twice.", "They met in Geneva. Twice."),
    ],
)
def test_a_fragment_takes_the_sentence_before_or_after_it(blocks: list[str], fragment: str, quoted: str) -> None:
    assert _quoted(_document(*((P, text) for text in blocks)), fragment) == quoted


def test_a_fragment_below_a_list_is_no_part_of_it() -> None:
    document = _document((P, "The agenda was:"), (L, "the exchange of lists"), (P, "No."), (L, "the search"))
    assert _quoted(document, "No.") == "No."


def test_a_fragment_below_a_heading_does_not_take_what_is_above() -> None:
    document = _document((P, "Was the list exchanged?"), (H, "Answer"), (P, "No."), (H, "Next"), (P, "Nobody asked."))
    assert _quoted(document, "No.") == "No."


def test_a_sentence_broken_off_at_the_end_of_a_page_is_quoted_whole() -> None:
    document = _document((P, "The guarantors agreed to exchange the"), (P, "lists of prisoners in May. Astana waited."))
    whole = "The guarantors agreed to exchange the\n\nlists of prisoners in May."
    assert _quoted(document, "The guarantors agreed to exchange the") == whole
    assert _quoted(document, "lists of prisoners in May.") == whole


def test_halves_too_long_for_one_quotation_stay_apart() -> None:
    half = "the guarantors and " * 15
    document = _document((P, f"First {half}others"), (P, f"{half}yet others met."))
    assert _quoted(document, f"First {half}others") == f"First {half}others"
    assert _quoted(document, f"{half}yet others met.") == f"{half}yet others met."


def test_a_fragment_takes_nothing_too_long() -> None:
    long = "The guarantors " + "and others " * 35 + "met."
    assert _quoted(_document((P, f"{long} Twice. Astana hosted it.")), "Twice.") == "Twice. Astana hosted it."
    assert _quoted(_document((P, f"{long} Twice. {long}")), "Twice.") == "Twice."
    assert _quoted(_document((P, long), (P, "Twice.")), "Twice.") == "Twice."


def test_a_fragment_takes_the_sentence_before_though_that_leans_on_what_is_not_there() -> None:
    assert _quoted(_document((P, "They met there in May. Twice.")), "Twice.") == "They met there in May. Twice."


@pytest.mark.parametrize("following", [(P, "Astana waited for them."), (L, "the exchange of prisoners")])
def test_a_paragraph_without_a_full_stop_is_not_broken_off_where_no_rest_follows(
    following: tuple[BlockKind, str],
) -> None:
    document = _document((P, "The guarantors agreed on the lists"), following)
    assert _quoted(document, "The guarantors agreed on the lists") == "The guarantors agreed on the lists"


def test_a_paragraph_that_begins_small_after_a_full_stop_is_none_that_was_broken_off() -> None:
    document = _document((P, "The guarantors met."), (P, "al-Assad sent an envoy to the talks."))
    assert _quoted(document, "al-Assad sent an envoy to the talks.") == "al-Assad sent an envoy to the talks."
    assert _quoted(document, "The guarantors met.") == "The guarantors met."


def test_a_table_row_is_quoted_as_a_row() -> None:
    document = _document(
        (P, "The rounds were:"), (ROW, "8 | December 2017"), (ROW, "It | led on to"), (P, "They ended.")
    )
    assert _quoted(document, "8 | December 2017") == "8 | December 2017"
    assert _quoted(document, "It | led on to") == "It | led on to"
    assert _quoted(document, "The rounds were:") == "The rounds were:"


def test_a_footnote_is_quoted_whole_where_it_fits() -> None:
    note = "Memorandum of 4 May 2017. It has ten articles. The zones are in article 1."
    document = _document((P, "The zones were marked."), (NOTE, note))
    for sentence in ("It has ten articles.", "The zones are in article 1."):
        assert _quoted(document, sentence) == note
    long = note + " The annex is not public." * 20
    assert _quoted(_document((NOTE, long)), "It has ten articles.") == "It has ten articles."


def test_without_blocks_a_sentence_stands_alone() -> None:
    text = "The guarantors met. They agreed."
    document = Document("a", "/a", "0" * 64, text, (), Metadata(language="en"))
    assert extent(document, [(0, 19), (20, 32)], 1) == (20, 32)


def test_a_fragment_does_not_stand_alone() -> None:
    document = _document((P, "Yes. The list was exchanged."))
    assert not stands_alone(document, 0, 4)
    assert stands_alone(document, 5, 28)


_starts = st.sampled_from(
    [
        *(
            "He ",
            "It ",
            "They ",
            "This ",
            "The parties ",
            "The envoy ",
            "and ",
            "Yes. ",
            "(a) the ",
            "It is known that ",
        ),
        *("Он ", "Эти люди ", "Стороны ", "Посол ", "Олар ", "Бұл ", "Елші ", "Onlar ", "Bu ", "Elçi "),
        *("هذا ", "وهم ", "السفير ", "این ", "آنها ", "سفیر "),
    ]
)
_words = st.sampled_from(
    ["list", "met", "список", "вернули", "тізім", "liste", "قائمة", "فهرست", "A.", "8", "🕊️", "&lt;"]
)
_ends = st.sampled_from([".", ":", ";", "?", "", "...", " —"])
_sentence = st.builds(
    lambda start, words, end: start + " ".join(words) + end, _starts, st.lists(_words, max_size=25), _ends
)
_block = st.tuples(st.sampled_from(BlockKind), st.lists(_sentence, min_size=1, max_size=6).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(st.lists(_block, min_size=1, max_size=7), st.sampled_from(["en", "ru", "kk", "tr", "ar", "fa", None]))
def test_a_quotation_is_whole_sentences_within_the_limit_and_holds_the_one_that_answers(
    blocks: Sequence[tuple[BlockKind, str]], language: str | None
) -> None:
    document = _document(*blocks, language=language)
    spans = _spans(document)
    starts, ends = {start for start, _ in spans}, {end for _, end in spans}
    for place, (sentence_start, sentence_end) in enumerate(spans):
        start, end = extent(document, spans, place)
        assert start in starts
        assert end in ends
        assert start <= sentence_start < sentence_end <= end
        assert end - start <= QUOTE_LIMIT or (start, end) == (sentence_start, sentence_end)
        taken = [block for block in document.blocks if block.start < end and start < block.end]
        assert len({kind_of_text(block) for block in taken}) == 1
        assert H not in {block.kind for block in taken}
        assert len(taken) == 1 or taken[0].kind not in (ROW, NOTE)


def kind_of_text(block: Block) -> BlockKind:
    """The kind of a block, running text being one."""
    return P if block.kind is L else block.kind
