from __future__ import annotations

import pytest

from corpus.document import BlockKind, DocumentClass, Extraction, Metadata
from corpus.guessing import with_guesses
from corpus.readers.draft import Draft

PROSE = (
    "The delegations of the valleys met in the great hall and spoke of the reservoir at length, and on 20 December "
    "2017 they agreed to meet again in the spring of the next year in the same town."
)
RUSSIAN = (
    "Делегации долин встретились в большом зале и долго говорили о водохранилище и о том, что будет с ним дальше. " * 2
)
ARABIC = (
    "اجتمعت وفود الوديان في القاعة الكبرى وتحدثت مطولا عن الخزان واتفقت على اللقاء مجددا في ربيع العام المقبل. " * 2
)


def extraction(title: str | None, *lines: str, language: str | None = "en") -> Extraction:
    """A document of a title and lines; one that begins with # is a heading."""
    draft = Draft()
    if title is not None:
        draft.title(title)
    for line in lines:
        if line.startswith("#"):
            draft.heading(line.lstrip("# "), 2)
        else:
            draft.add(BlockKind.PARAGRAPH, line)
    return draft.extraction(Metadata(title=title, language=language))


def guess(title: str | None, *lines: str, language: str | None = "en") -> Metadata:
    return with_guesses(extraction(title, *lines, language=language)).metadata


@pytest.mark.parametrize(
    ("title", "lines", "language", "expected"),
    [
        ("Talks", ["Astana, 22 December 2017", PROSE], "en", "2017-12-22"),
        ("Talks", ["Thursday, December 21, 2017", PROSE], "en", "2017-12-21"),
        ("Talks", ["Published: 22 December 2017, 14:30", PROSE], "en", "2017-12-22"),
        ("Talks", ["05.12.2017", RUSSIAN], "ru", "2017-12-05"),
        ("Talks", ["05.12.2017", RUSSIAN], None, "2017-12-05"),
        ("Talks", ["Астана, 22 декабря 2017 года", RUSSIAN], "ru", "2017-12-22"),
        ("Talks", ["Астана, 2017 жылғы 22 желтоқсан", RUSSIAN], "kk", "2017-12-22"),
        ("Talks", ["22 Aralık 2017", PROSE], "tr", "2017-12-22"),
        ("Talks", ["أستانا، 22 ديسمبر 2017", ARABIC], "ar", "2017-12-22"),
        ("Talks", ["۱ دی ۱۳۹۶", ARABIC], "fa", "2017-12-22"),
        ("Talks", ["ASTANA, 21 December 2017 (Xinhua) -- Talks began."], "en", "2017-12-21"),
        ("Talks, 22 December 2017", [PROSE], "en", "2017-12-22"),
        ("Statement of the ministers (Astana, 16 March 2018)", [PROSE], "en", "2018-03-16"),
        ("Talks", [PROSE, "Astana, 22 December 2017"], "en", "2017-12-22"),
    ],
)
def test_the_date_is_the_day_a_document_dates_itself_by(
    title: str, lines: list[str], language: str | None, expected: str
) -> None:
    metadata = guess(title, *lines, language=language)
    assert metadata.date == expected
    assert "date" in metadata.guessed


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Talks", [PROSE]),
        ("Talks", ["Astana, 21-22 December 2017", PROSE]),
        ("Talks", ["December 2017", PROSE]),
        ("Talks", ["31 February 2018", PROSE]),
        ("Talks", ["05/12/2017", PROSE]),
        ("Talks", ["On 22 December 2017 they met", PROSE]),
        ("Talks", ["Published: 22 December 2017", "Updated: 23 December 2017", PROSE]),
        ("Chronicle", ["4 May 2017", PROSE, "5 May 2017", PROSE]),
        ("Chronicle", ["# 4 May 2017", PROSE]),
        ("The memorandum of 4 May 2017", [PROSE]),
        ("The memorandum of 4 May 2017 and its course", [PROSE]),
        ("The 8th round of talks, 21 December 2017", [PROSE]),
        ("Talks in Astana, 21-22 December 2017", [PROSE]),
        ("Talks", ["ASTANA, Dec. 21 (Xinhua) -- Talks began this year."]),
    ],
)
def test_a_date_that_may_be_something_elses_is_not_guessed(title: str, lines: list[str]) -> None:
    assert guess(title, *lines).date is None


def test_a_title_with_a_round_and_a_range_of_days_tells_the_meeting() -> None:
    metadata = guess("Eighth round of the Astana process: Nur-Sultan, 21-22 December 2017", PROSE)
    assert metadata == Metadata(
        title="Eighth round of the Astana process: Nur-Sultan, 21-22 December 2017",
        language="en",
        process="Astana",
        round=8,
        place="Nur-Sultan",
        meeting_start="2017-12-21",
        meeting_end="2017-12-22",
        guessed=frozenset({"process", "round", "place", "meeting_start", "meeting_end"}),
    )


def test_a_meeting_of_which_one_day_is_stated_gets_no_other() -> None:
    read = extraction("Eighth round of the Astana process: Astana, 21-22 December 2017", PROSE)
    stated = Extraction(read.text, read.blocks, Metadata(title=read.metadata.title, meeting_start="2017-12-20"))
    metadata = with_guesses(stated).metadata
    assert (metadata.meeting_start, metadata.meeting_end) == ("2017-12-20", None)
    assert with_guesses(read, {"meeting_end"}).metadata.meeting_start is None


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("Results of the eighth round, 21-22 December 2017", None),
        ("Eighth round of talks held in the hall, 21-22 December 2017", None),
        ("Восьмой раунд: Астана, 21-22 декабря 2017 года", "Астана"),
    ],
)
def test_a_place_is_a_name_beside_the_days(title: str, place: str | None) -> None:
    metadata = guess(title, PROSE)
    assert metadata.place == place
    assert metadata.meeting_start == "2017-12-21"


@pytest.mark.parametrize(
    "title",
    [
        "After the 22nd round of the Astana process",
        "Before the eighth round",
        "После восьмого раунда",
        "From the 8th round to the 9th round",
    ],
)
def test_the_time_around_a_round_is_not_the_round(title: str) -> None:
    assert guess(title, PROSE).round is None


@pytest.mark.parametrize(
    ("title", "lines", "expected"),
    [
        ("Joint Statement by Iran, Russia and Turkey", [PROSE], DocumentClass.STATEMENT),
        ("What next", ["Policy Brief No. 12", PROSE], DocumentClass.ANALYSIS),
        ("What next", ["# Briefing Note", PROSE], DocumentClass.BRIEFING),
        ("Talks begin", ["ASTANA (AA) - Talks began."], DocumentClass.NEWS),
        ("Joint Statement", ["ASTANA (AA) - Talks began."], DocumentClass.STATEMENT),
        ("What next", ["Analysis", "News", PROSE], None),
        ("What next", [PROSE, "Analysis"], None),
        ("What next", [PROSE], None),
    ],
)
def test_the_class_is_what_title_label_or_dateline_say(
    title: str, lines: list[str], expected: DocumentClass | None
) -> None:
    metadata = guess(title, *lines)
    assert metadata.document_class == expected
    assert ("document_class" in metadata.guessed) is (expected is not None)


def test_the_publisher_is_the_agency_of_the_dateline_and_makes_it_news() -> None:
    metadata = guess("Talks begin", "ASTANA, Dec. 21 (Xinhua) -- Talks began.")
    assert (metadata.publisher, metadata.document_class) == ("Xinhua", DocumentClass.NEWS)
    assert {"publisher", "document_class"} <= metadata.guessed


def test_a_title_corrects_what_the_page_around_it_suggested() -> None:
    read = extraction("Joint Statement by Iran, Russia and Turkey", PROSE)
    guessed = Metadata(
        title=read.metadata.title, document_class=DocumentClass.NEWS, guessed=frozenset({"document_class"})
    )
    assert with_guesses(Extraction(read.text, read.blocks, guessed)).metadata.document_class is DocumentClass.STATEMENT
    stated = Metadata(title=read.metadata.title, document_class=DocumentClass.NEWS)
    assert with_guesses(Extraction(read.text, read.blocks, stated)).metadata.document_class is DocumentClass.NEWS


def test_what_is_stated_or_settled_is_not_guessed_over() -> None:
    read = extraction("Joint Statement on the 8th round", "Astana, 22 December 2017", PROSE)
    metadata = with_guesses(read, {"date", "round", "document_class"}).metadata
    assert (metadata.date, metadata.round, metadata.document_class) == (None, None, None)
