"""A question is read as typed, and its asker's limits admit documents or not."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Metadata
from retrieval.errors import QuestionRefused
from retrieval.index.words import words
from retrieval.questions.known import Known
from retrieval.questions.limits import DATES, KINDS, PLACE, PROCESS, ROUND, SOURCE, Limit
from retrieval.questions.periods import Period
from retrieval.questions.question import LONGEST, Filters, Question, understand


@pytest.mark.parametrize("text", ["", "   ", "a", "?", "7", "a?!…", "🕊️🚑🇸🇾", "<&>", "\u200f\u202e", "\n\t\x00"])
def test_a_question_without_two_letters_or_digits_is_refused(text: str) -> None:
    with pytest.raises(QuestionRefused, match="no words to search for"):
        understand(text)


@pytest.mark.parametrize("text", ["ok", "17", "п?р", "سو", "ስም", "談判", "ქა"])
def test_two_letters_or_digits_of_any_script_are_enough(text: str) -> None:
    assert understand(text).text == text


def test_a_question_of_the_longest_length_is_taken_and_a_longer_one_refused() -> None:
    assert len(understand("ab" * (LONGEST // 2)).text) == LONGEST == 1000
    with pytest.raises(QuestionRefused, match="The question has 5000 characters; at most 1000"):
        understand("x" * 5000)


def test_length_is_counted_after_blanks_at_the_ends_are_gone() -> None:
    assert understand(" " * 5000 + "truce").text == "truce"


def test_the_text_becomes_canonical() -> None:
    assert understand(" Cafe\u0301\u202e talks\x07 ").text == "Café talks"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Which delegations took part in the talks?", "en"),
        ("Какие делегации участвовали в переговорах?", "ru"),
        ("Келіссөздерге қандай делегациялар қатысты?", "kk"),
        ("Görüşmelere hangi heyetler katıldı?", "tr"),
        ("ما هي الوفود التي شاركت في المحادثات؟", "ar"),
        ("کدام هیئت‌ها در گفت‌وگوها شرکت کردند؟", "fa"),
        ("2254 / 2017", None),
    ],
)
def test_the_language_is_recognised(text: str, language: str | None) -> None:
    assert understand(text).language == language


def test_rounds_named_in_the_text_are_noted() -> None:
    assert understand("What was agreed in the eighth round?").rounds == {8}
    assert understand("Compare round 8 and round 12 of the talks").rounds == {8, 12}
    assert understand("Who took part in the talks?").rounds == frozenset()


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Who took part in the talks?", "Who took part in the talks?"),
        ("What did the eighth round say about detainees?", "What did the say about detainees?"),
        ("Compare round 8 and round 12 of the talks", "Compare and of the talks"),
        ("Did rounds 8 to 10 decide anything on detainees?", "Did decide anything on detainees?"),
        ("the eighth round", "the eighth round"),
        ("round 8", "round 8"),
    ],
)
def test_the_topic_is_the_text_without_the_rounds_it_names(text: str, topic: str) -> None:
    question = understand(text)
    assert question.topic == topic
    assert question.text == text


def test_no_filters_are_empty_filters() -> None:
    assert understand("Who took part?").filters == Filters()
    limits = Filters(place="Astana")
    assert understand("Who took part?", limits).filters is limits


EIGHTH = Metadata(
    process="Astana",
    round=8,
    place="Sochi",
    publisher="Institute of Records",
    date="2018-01-03",
    meeting_start="2017-12-21",
    meeting_end="2017-12-22",
)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(process="astana"),
        Filters(process="ASTANA", round=8, place="sochi", source="records"),
        Filters(round=8),
        Filters(source="INSTITUTE"),
        Filters(since="2017-12-22"),
        Filters(since="2017-12"),
        Filters(since="2017"),
        Filters(until="2017-12-21"),
        Filters(until="2017-12"),
        Filters(until="2017"),
        Filters(since="2017-12-22", until="2017-12-22"),
    ],
)
def test_a_document_within_every_limit_is_admitted(filters: Filters) -> None:
    assert filters.admit(EIGHTH)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(process="Geneva"),
        Filters(process="Astan"),
        Filters(round=9),
        Filters(place="Astana"),
        Filters(source="Ministry"),
        Filters(since="2017-12-23"),
        Filters(since="2018"),
        Filters(until="2017-12-20"),
        Filters(until="2017-11"),
        Filters(until="2016"),
        Filters(process="Astana", round=9),
    ],
)
def test_a_document_outside_any_limit_is_not(filters: Filters) -> None:
    assert not filters.admit(EIGHTH)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(process="Astana"),
        Filters(round=8),
        Filters(place="Astana"),
        Filters(source="Institute"),
        Filters(since="2000"),
        Filters(until="2100"),
    ],
)
def test_what_is_unknown_is_not_admitted_by_a_limit_on_it(filters: Filters) -> None:
    assert Filters().admit(Metadata())
    assert not filters.admit(Metadata())


def test_without_a_meeting_the_documents_own_date_counts() -> None:
    assert Filters(since="2018-01", until="2018-01").admit(Metadata(date="2018-01-03"))
    assert not Filters(since="2018-02").admit(Metadata(date="2018-01-03"))


@pytest.mark.parametrize(("since", "admitted"), [("2018-05-31", True), ("2018-06-01", False)])
def test_a_date_known_to_the_month_may_be_any_day_of_it(since: str, admitted: bool) -> None:
    assert Filters(since=since).admit(Metadata(date="2018-05")) is admitted


def test_a_meeting_that_began_before_and_ended_within_is_admitted() -> None:
    meeting = Metadata(meeting_start="2017-12-30", meeting_end="2018-01-02")
    assert Filters(since="2018-01-01").admit(meeting)
    assert Filters(until="2017-12-30").admit(meeting)
    assert not Filters(since="2018-01-03").admit(meeting)


NINTH = Metadata(process="Astana", round=9, place="Astana", meeting_start="2018-05-14", meeting_end="2018-05-15")
TENTH = Metadata(process="Astana", round=10, place="Sochi", meeting_start="2018-07-30", meeting_end="2018-07-31")
PAPER = Metadata(publisher="Ministry", date="2020-01-31")
UNKNOWN = Metadata(title="A note")
DOCUMENTS = (EIGHTH, NINTH, TENTH, PAPER, UNKNOWN)
KNOWN = Known.of(DOCUMENTS)
TODAY = datetime.date(2020, 6, 15)


def asked(text: str, *lifted: str, filters: Filters | None = None) -> Question:
    """``text`` understood with what the documents above name."""
    return understand(text, filters, known=KNOWN, lifted=frozenset(lifted), today=TODAY)


def admitted(question: Question) -> list[Metadata]:
    return [document for document in DOCUMENTS if question.admits(document)]


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("Who came?", list(DOCUMENTS)),
        ("Who came to the ninth round?", [NINTH]),
        ("Who came to the ninth and tenth rounds?", [NINTH, TENTH]),
        ("Who came to the latest round?", [TENTH]),
        ("Who came to the 7th round?", list(DOCUMENTS)),
        ("Who came to the 9th round of the Geneva talks?", list(DOCUMENTS)),
        ("Who came to the 9th round of the Astana talks?", [NINTH]),
        ("Who came after the ninth round?", list(DOCUMENTS)),
        ("Who came since 2018?", [NINTH, TENTH, PAPER, UNKNOWN]),
        ("Who came since the ninth round?", [NINTH, TENTH, PAPER, UNKNOWN]),
        ("Who came before June 2018?", [EIGHTH, NINTH, UNKNOWN]),
        ("Who came last year?", [UNKNOWN]),
        ("Who came in 2018?", list(DOCUMENTS)),
        ("Who came in Sochi?", list(DOCUMENTS)),
        ("According to the ministry, who came?", [NINTH, TENTH, PAPER, UNKNOWN]),
        ("According to the ministry, who came to the 8th round?", []),
        ("Who came to the tenth round before 2018?", []),
    ],
)
def test_which_documents_the_words_of_a_question_admit(text: str, documents: list[Metadata]) -> None:
    """Of dates and sources, what is unknown excludes no document; of rounds it does."""
    assert admitted(asked(text)) == documents


def test_options_and_words_hold_together_and_options_exclude_what_is_unknown() -> None:
    assert admitted(asked("Who came?", filters=Filters(since="2018"))) == [NINTH, TENTH, PAPER]
    assert admitted(asked("Who came before June 2018?", filters=Filters(since="2018"))) == [NINTH]


def test_an_option_names_a_place_in_any_language() -> None:
    assert admitted(asked("Who came?", filters=Filters(place="Сочи"))) == [EIGHTH, TENTH]


@pytest.mark.parametrize(
    ("text", "preferences"),
    [
        ("Who came?", [0, 0, 0, 0, 0]),
        ("Who came to the ninth round?", [-1, 1, -1, 0, 0]),
        ("Who came to the 7th round?", [-1, -1, -1, 0, 0]),
        ("Who came in May 2018?", [-0.25, 0.25, -0.25, 0, 0]),
        ("Who came in 2020?", [-0.25, -0.25, -0.25, 0.25, 0]),
        ("Who came in 2022?", [-0.25, -0.25, -0.25, -0.25, 0]),
        ("Who came in Sochi?", [0.25, -0.25, 0.25, 0, 0]),
        ("Who came in Sochi in July 2018?", [0, -0.4, 0.4, 0, 0]),
        ("What is the Astana process?", [0.25, 0.25, 0.25, 0, 0]),
        ("What is the Geneva process?", [-0.25, -0.25, -0.25, 0, 0]),
        ("Who came to the ninth round in Sochi?", [-0.75, 0.75, -0.75, 0, 0]),
        ("Who came since 2018?", [0, 0, 0, 0, 0]),
    ],
)
def test_how_much_each_document_is_preferred(text: str, preferences: list[float]) -> None:
    """A document may speak of what was before it, so that only an earlier one loses by a date."""
    question = asked(text)
    assert [question.preference(document) for document in DOCUMENTS] == preferences


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("What was agreed on aid since May 2018?", "What was agreed on aid?"),
        ("Since 2018, what was agreed on aid?", "what was agreed on aid?"),
        ("According to the ministry, what was agreed on aid?", "what was agreed on aid?"),
        ("What was last year's aid?", "What was aid?"),
        ("What aid came in May 2018?", "What aid came in May 2018?"),
        ("What aid came in Sochi?", "What aid came in Sochi?"),
        ("What aid did the ninth round of the Astana process bring?", "What aid did the of the Astana process bring?"),
        ("since 2018", "since 2018"),
        ("the ninth round since 2018", "the ninth round"),
        ("Помощь с мая 2018 года?", "Помощь?"),
    ],
)
def test_what_became_a_limit_is_not_searched_for_and_all_else_is(text: str, topic: str) -> None:
    assert asked(text).topic == topic


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What aid came at the ninth round?", ROUND),
        ("What aid came since 2018?", DATES),
        ("What aid came last year?", DATES),
        ("What aid came in 2018?", DATES),
        ("What aid came since Sochi?", DATES),
        ("What aid came since the tenth round?", DATES),
        ("What aid came in Sochi?", PLACE),
        ("What aid came by the Astana process?", PROCESS),
        ("What aid came, according to the ministry?", SOURCE),
    ],
)
def test_a_limit_that_is_lifted_is_neither_applied_nor_preferred_and_stays_in_the_topic(text: str, kind: str) -> None:
    assert kind in {limit.kind for limit in asked(text).limits}
    lifted = asked(text, kind)
    assert (lifted.limits, lifted.rounds, lifted.topic) == ((), frozenset(), text)
    assert admitted(lifted) == list(DOCUMENTS)
    assert {lifted.preference(document) for document in DOCUMENTS} == {0.0}


def test_lifting_one_kind_leaves_the_others() -> None:
    question = asked("Who came to the ninth round since 2018?", DATES)
    assert admitted(question) == [NINTH]
    assert question.topic == "Who came to the since 2018?"


def test_lifting_a_kind_takes_the_option_away_too() -> None:
    filters = Filters(round=8, since="2017", until="2018", place="Sochi", process="Astana", source="Records")
    assert asked("Who came?", DATES, filters=filters).filters == Filters(
        round=8, place="Sochi", process="Astana", source="Records"
    )
    assert asked("Who came?", *KINDS, filters=filters).filters == Filters()


def test_all_that_keeps_documents_out_is_told_options_first() -> None:
    question = asked(
        "Who came to the ninth round in Sochi since 2018?", filters=Filters(source="records", until="2019")
    )
    assert question.applied == (
        Limit(DATES, True, periods=(Period(None, "2019"),)),
        Limit(SOURCE, True, names=("records",)),
        Limit(ROUND, True, numbers=(9,), spans=((16, 27),)),
        Limit(DATES, True, periods=(Period("2018-01-01", None),), spans=((37, 47),)),
    )
    assert asked("Who came in Sochi?").applied == ()


def test_today_is_given_or_the_computers() -> None:
    year = datetime.date.today().year
    (limit,) = understand("What was agreed this year?", known=KNOWN).limits
    assert limit.periods == (Period(f"{year}-01-01", f"{year}-12-31"),)


def test_dates_that_exclude_each_other_exclude_nothing() -> None:
    assert admitted(asked("Who came after 2019 and before 2018?")) == list(DOCUMENTS)


def test_a_question_after_another_keeps_its_rounds_but_not_where_rounds_are_lifted() -> None:
    before = ["Who came to the ninth round?"]
    assert understand("And what was agreed on aid?", after=before, known=KNOWN).rounds == {9}
    lifted = understand("And what was agreed on aid?", after=before, known=KNOWN, lifted=frozenset({ROUND}))
    assert lifted.rounds == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "what is the", "2254", "1,000", "Кто was где в 2018?", "ሰላም ምንድን ነው", "和平談判 2018", "Nur-Sultan", "since",
        "Нур-Султан", "Астана", "since since since", "according to", "between and", "round", "the last", "'s 's",
        "göre göre", "с по до", "منذ قبل بعد", "از تا", "2018 2018 2018", "0000-00-00", "31 February 2018",
        "year 99999999999999999999", "№ 18", "8 8 8 8", "\u200f\u200e\u2068 since 2018 \u2069", "round " * 160,
    ],
)  # fmt: skip
def test_odd_questions_are_understood_somehow(text: str) -> None:
    question = asked(text)
    assert question.text
    assert question.topic
    assert all(0 <= start < end <= len(question.text) for limit in question.limits for start, end in limit.spans)


_WORDS = st.sampled_from(
    """
    the round rounds last latest first eighth 8 8th 2018 2020 May 14 since before after between and or from to only
    according institute ministry Sochi Astana process talks of in с до после восьмого раунда года мая между и в по
    сегізінші раундта жылдан бері дейін sekizinci turda 2018'den beri önce göre منذ قبل بين عام الجولة الثامنة الأخيرة
    وفقا از تا دور هشتم سال ۲۰۱۸ ۱۳۹۷ به بعد گفته - – , . ? ' " № 's
    """.split()  # noqa: SIM905 - as a list of literals it could not be read
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, min_size=2, max_size=14).map(" ".join).filter(lambda text: sum(map(str.isalnum, text)) > 1))
def test_any_words_in_any_order_are_understood(text: str) -> None:
    question = asked(text)
    assert all(0 <= start < end <= len(text) for limit in question.limits for start, end in limit.spans)
    assert all(-1 <= question.preference(document) <= 1 for document in DOCUMENTS)
    # "May" counts as a word where a month can be meant, which what is cut away may change.
    assert set(words(question.topic)) - {"may"} <= set(words(text))
    assert question.topic == text if not question.limits else question.topic


@pytest.mark.parametrize("text", ["Who ruled before 1917?", "Who ruled from 1939 to 1945?", "Who ruled until 2016?"])
def test_a_time_before_the_first_document_is_that_of_what_is_asked_about(text: str) -> None:
    assert (asked(text).limits, asked(text).topic) == ((), text)
    assert asked("Who ruled before 2018?").limits != ()


def test_where_no_document_is_dated_dates_exclude_nothing_and_are_searched_for() -> None:
    question = understand("Who has ruled since 1990?", known=Known.of([UNKNOWN]), today=TODAY)
    assert (question.limits, question.topic) == ((), "Who has ruled since 1990?")


def test_dates_that_exclude_no_document_are_told_and_still_searched_for() -> None:
    question = asked("What aid came since 1990?")
    assert [limit.periods for limit in question.applied] == [(Period("1990-01-01", None),)]
    assert question.topic == "What aid came since 1990?"
