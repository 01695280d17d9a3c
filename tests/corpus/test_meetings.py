"""Which round a document is of, by made titles and openings of all six languages, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.document import BlockKind, Extraction, Metadata
from corpus.guessing import with_guesses
from corpus.meetings import guessed_meeting
from corpus.readers.draft import Draft
from corpus.reading import load

DOCUMENTS = Path(__file__).parents[2] / "corpus" / "documents"


def extraction(title: str | None, *paragraphs: str, **known: object) -> Extraction:
    """A document of a title and paragraphs; one that begins with # is a heading."""
    draft = Draft()
    if title is not None:
        draft.title(title)
    for paragraph in paragraphs:
        if paragraph.startswith("#"):
            draft.heading(paragraph.lstrip("# "), 2)
        else:
            draft.add(BlockKind.PARAGRAPH, paragraph)
    return draft.extraction(Metadata(title=title, **known))  # type: ignore[arg-type]


def rounds(title: str | None, *paragraphs: str) -> tuple[int, ...]:
    found = guessed_meeting(extraction(title, *paragraphs))
    return () if found["round"] is None else (found["round"], *found["other_rounds"])


TITLES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("Joint statement on the results of the 8th round", (8,)),
    ("Eighth round of the Astana talks", (8,)),
    ("Astana-8: what was agreed", (8,)),
    ("Round VIII of the intra-Syrian talks", (8,)),
    ("Seventh and eighth rounds of the Geneva process", (7, 8)),
    ("The seventh and the eighth rounds of talks", (7, 8)),
    ("Rounds 7 and 8: a comparison", (7, 8)),
    ("Rounds 7-9 of the Astana process", (7, 8, 9)),
    ("Rounds 1-22 of the Astana process: a chronology", ()),
    ("Round table on the future of Syria", ()),
    ("First round of elections in France", ()),
    ("Second round of presidential voting", ()),
    ("Results of the round of talks", ()),
    ("A round of applause for the hosts", ()),
    ("Ahead of the ninth round of talks", ()),
    ("Between the seventh and eighth rounds", ()),
    ("Following the eighth round of the Astana process", ()),
    ("Preparations for the ninth round of talks", ()),
    ("The next, ninth round of talks", ()),
    ("15 rounds of talks in four years", ()),
    ("Всё о восьмом раунде переговоров", (8,)),
    ("Совместное заявление по итогам восьмого раунда", (8,)),
    ("VIII раунд Астанинского процесса", (8,)),
    ("8-й раунд межсирийских переговоров в Женеве", (8,)),
    ("Седьмой и восьмой раунды Астанинского процесса", (7, 8)),
    ("7-й и 8-й раунды переговоров", (7, 8)),
    ("Раунд переговоров в Астане завершён", ()),
    ("Первый тур выборов президента", ()),
    ("Второй тур голосования", ()),
    ("После восьмого раунда: что дальше", ()),
    ("Накануне девятого раунда переговоров", ()),
    ("Подготовка к девятому раунду переговоров", ()),
    ("Между седьмым и восьмым раундами", ()),
    ("Круглый стол по Сирии", ()),
    ("Сегізінші раундтың қорытындысы", (8,)),
    ("Астана процесінің 8-раунды", (8,)),
    ("VIII раунд: бірлескен мәлімдеме", (8,)),
    ("Жетінші және сегізінші раундтар", (7, 8)),
    ("Келіссөздер раунды аяқталды", ()),
    ("Сегізінші раундтан кейін", ()),
    ("Тоғызыншы раунд қарсаңында", ()),
    ("Сайлаудың бірінші туры", ()),
    ("Astana görüşmelerinin sekizinci turu", (8,)),
    ("8. tur sonuç bildirisi", (8,)),
    ("Cenevre görüşmelerinin 8. turu", (8,)),
    ("Yedinci ve sekizinci turlar", (7, 8)),
    ("Sekizinci turdan sonra Suriye", ()),
    ("Dokuzuncu tur öncesinde", ()),
    ("Seçimlerin ikinci turu", ()),
    ("Görüşmelerde yeni tur", ()),
    ("بيان مشترك حول الجولة الثامنة من محادثات أستانا", (8,)),
    ("الجولة 8 من مسار أستانا", (8,)),
    ("الجولتان السابعة والثامنة", (7, 8)),
    ("جولة جديدة من المفاوضات", ()),
    ("الجولة الثانية من الانتخابات", ()),
    ("بعد الجولة الثامنة", ()),
    ("عشية الجولة التاسعة من المحادثات", ()),
    ("مائدة مستديرة حول سوريا", ()),
    ("بیانیه دور هشتم مذاکرات آستانه", (8,)),
    ("هشتمین دور گفتگوهای آستانه", (8,)),
    ("دورهای هفتم و هشتم مذاکرات", (7, 8)),
    ("دور تازه مذاکرات", ()),
    ("دور دوم انتخابات ریاست جمهوری", ()),
    ("پس از دور هشتم مذاکرات", ()),
    ("در آستانه دور نهم مذاکرات", ()),
    ("میزگرد درباره سوریه", ()),
)


@pytest.mark.parametrize(("title", "expected"), TITLES, ids=[title for title, _ in TITLES])
def test_a_title_says_which_rounds_a_document_is_of(title: str, expected: tuple[int, ...]) -> None:
    assert rounds(title) == expected


OPENINGS: tuple[tuple[str, tuple[str, ...], tuple[int, ...]], ...] = (
    (
        "the first sentence",
        ("The eighth round of talks was held in Astana on 21 and 22 December 2017. The parties spoke of mines.",),
        (8,),
    ),
    (
        "a heading",
        ("# Eighth round", "The delegations met in the great hall and spoke of the reservoir at length."),
        (8,),
    ),
    (
        "the round before is named too",
        ("The eighth round was held in Astana. Since the seventh round nothing changed, said the eighth round.",),
        (8,),
    ),
    (
        "two rounds alike",
        (
            "The seventh round was held in Astana in October 2017, and the eighth round in December 2017.",
            "At the seventh round nothing was signed. At the eighth round a working group was set up.",
        ),
        (7, 8),
    ),
    (
        "many rounds in passing",
        (
            "Kazakhstan hosted the first round of the Astana process in January 2017, and the eighth round followed.",
            "The second round, the third round, the fourth round and the fifth round were held there too.",
        ),
        (),
    ),
    (
        "once in a long text",
        (
            "The minister spoke of the harvest and mentioned the eighth round of talks.",
            *("Wheat grew well. " * 40,) * 6,
        ),
        (),
    ),
    ("what is to come", ("The minister left for home after preparations for the ninth round of talks were made.",), ()),
    (
        "not of talks",
        ("The first round of the elections was held on Sunday, and the turnout was high everywhere.",),
        (),
    ),
    (
        "news",
        ("ASTANA (AA) - The eighth round of talks on Syria began here on Thursday with bilateral meetings.",),
        (8,),
    ),
    (
        "a background paper",
        (
            "At the seventh round of the Astana process the guarantors spoke of a congress of the Syrian peoples.",
            "The joint statement of the seventh round was published, and a list became known at the seventh round.",
        ),
        (),
    ),
    (
        "ru at",
        (
            "На седьмом раунде Астанинского процесса страны-гаранты условились обсудить созыв конгресса в Сочи.",
            "О списке, о котором стало известно в дни седьмого раунда, говорится в заявлении седьмого раунда.",
        ),
        (),
    ),
    ("kk at", ("Сегізінші раундта тараптар миналар туралы сөйлесті, ал кездесу ұзақ өтті деп хабарлады.",), ()),
    ("tr at", ("Sekizinci turda mayınlar hakkında yapılan toplantı uzun sürdü, dedi bakan gazetecilere.",), ()),
    ("ar at", ("تحدثت الأطراف في الجولة الثامنة عن الألغام، وبدأت أعمال مجموعة جديدة بعد ذلك.",), ()),
    ("fa at", ("طرف‌ها در دور هشتم درباره مین‌ها گفتگو کردند و کار گروه تازه‌ای آغاز شد.",), ()),
    ("ru", ("Восьмой раунд переговоров прошёл в Астане. Стороны говорили о разминировании и о задержанных.",), (8,)),
    ("ru after", ("После восьмого раунда переговоров стороны вернулись домой и не делали никаких заявлений.",), ()),
    ("kk", ("Астана процесінің сегізінші раунды өтті. Тараптар миналар мен тұтқындар туралы сөйлесті.",), (8,)),
    ("tr", ("Astana görüşmelerinin sekizinci turu yapıldı. Taraflar mayınlar ve tutuklular hakkında konuştu.",), (8,)),
    ("ar", ("عقدت الجولة الثامنة من المحادثات في أستانا. وتحدثت الأطراف عن الألغام والمعتقلين.",), (8,)),
    ("fa", ("دور هشتم مذاکرات در آستانه برگزار شد. طرف‌ها درباره مین‌ها و بازداشت‌شدگان گفتگو کردند.",), (8,)),
)


@pytest.mark.parametrize(
    ("paragraphs", "expected"), [case[1:] for case in OPENINGS], ids=[name for name, _, _ in OPENINGS]
)
def test_without_a_title_that_says_so_the_opening_does(paragraphs: tuple[str, ...], expected: tuple[int, ...]) -> None:
    assert rounds("Statement", *paragraphs) == expected


@pytest.mark.parametrize(
    ("sentence", "start", "end", "place"),
    [
        (
            "The eighth round of talks was held in Astana on 21 and 22 December 2017.",
            "2017-12-21",
            "2017-12-22",
            "Astana",
        ),
        ("The 8th round took place on 21–22 December 2017 in Vienna.", "2017-12-21", "2017-12-22", "Vienna"),
        (
            "The eighth round of the Astana process was held in Sochi on 30 and 31 July 2018.",
            "2018-07-30",
            "2018-07-31",
            "Sochi",
        ),
        ("Восьмой раунд прошёл в Астане 21-22 декабря 2017 года.", "2017-12-21", "2017-12-22", "Astana"),
        ("Сегізінші раунд 2017 жылғы 21-22 желтоқсанда Астанада өтті.", "2017-12-21", "2017-12-22", "Astana"),
        ("Sekizinci tur 21-22 Aralık 2017 tarihlerinde Astana'da yapıldı.", "2017-12-21", "2017-12-22", "Astana"),
        ("عقدت الجولة الثامنة من المحادثات في أستانا يومي 21 و22 ديسمبر 2017.", "2017-12-21", "2017-12-22", "Astana"),
        ("دور هشتم مذاکرات ۳۰ آذر و ۱ دی ۱۳۹۶ در ژنو برگزار شد.", "2017-12-21", "2017-12-22", "Geneva"),
        ("The eighth round was held on 21 December 2017.", "2017-12-21", "2017-12-21", None),
    ],
)
def test_a_sentence_of_the_opening_says_when_and_where(sentence: str, start: str, end: str, place: str | None) -> None:
    found = with_guesses(extraction("Statement", sentence)).metadata
    assert (found.round, found.meeting_start, found.meeting_end, found.place) == (8, start, end, place)
    assert {"round", "meeting_start", "meeting_end"} <= found.guessed


@pytest.mark.parametrize(
    "sentence",
    [
        "The eighth round of talks was held in December 2017.",
        "The eighth round, held on 21 December 2017, was to have begun on 14 December 2017.",
        "The eighth round spoke of the shelling of 21 and 22 December 2017.",
        "The eighth round was held in Astana. The next meeting will be held on 30 and 31 January 2018.",
    ],
)
def test_other_days_are_not_those_of_the_round(sentence: str) -> None:
    found = with_guesses(extraction("Statement", sentence, round=8)).metadata
    assert (found.meeting_start, found.meeting_end) == (None, None)


def test_two_sentences_with_different_days_say_neither() -> None:
    found = guessed_meeting(
        extraction(
            "Eighth round",
            "The eighth round was held on 21 and 22 December 2017.",
            "According to others the eighth round was held on 20 and 21 December 2017.",
        )
    )
    assert found.get("meeting_start") is None


def test_the_days_of_a_round_that_is_stated_are_looked_for() -> None:
    read = extraction("Minutes", "The 8th round was held in Geneva from 28 November to 14 December 2017.", round=8)
    found = with_guesses(read).metadata
    assert (found.round, found.meeting_start, found.meeting_end) == (8, "2017-11-28", "2017-12-14")
    other = with_guesses(extraction("Minutes", "The 8th round was held on 28 November 2017.", round=9)).metadata
    assert other.meeting_start is None


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Eighth round of the Astana process", "Astana"),
        ("Eighth round of the Geneva talks", "Geneva"),
        ("Ahead of Geneva talks: the eighth round of the Astana process", "Astana"),
        ("The Astana process and the Geneva talks", None),
        ("Женевские переговоры: восьмой раунд", "Geneva"),
        ("Weather in Astana", None),
    ],
)
def test_the_process_is_the_only_one_or_the_one_beside_the_round(title: str, expected: str | None) -> None:
    assert guessed_meeting(extraction(title))["process"] == expected


def test_the_round_of_another_process_than_the_stated_one_is_not_the_documents() -> None:
    read = extraction("Eighth round of the Astana process", "Talks went on.", process="Geneva")
    assert with_guesses(read).metadata.rounds == ()
    same = extraction("Eighth round of the Astana process", "Talks went on.", process="Астанинский процесс")
    assert with_guesses(same).metadata.rounds == (8,)


def test_several_rounds_are_guessed_together_and_marked() -> None:
    found = with_guesses(extraction("Seventh and eighth rounds of the Astana process, 1-2 May 2018")).metadata
    assert (found.round, found.other_rounds, found.meeting_start) == (7, (8,), None)
    assert found.guessed >= {"round", "other_rounds", "process"}
    settled = with_guesses(extraction("Seventh and eighth rounds"), {"round", "other_rounds"}).metadata
    assert settled.rounds == ()
    stated = with_guesses(extraction("Seventh and eighth rounds", round=7)).metadata
    assert stated.rounds == (7,)


def test_the_starter_briefings_say_of_themselves_what_their_front_matter_states() -> None:
    """Found from their titles and texts alone, and never a wrong one."""
    found, wrong = 0, []
    briefings = [load(path, path.name) for path in sorted(DOCUMENTS.glob("[BR][0-9][0-9]-*.md"))]
    for document in briefings:
        bare = Extraction(document.text, document.blocks, Metadata(title=document.metadata.title, language="en"))
        guessed = with_guesses(bare).metadata
        stated = () if "round" in document.metadata.guessed else document.metadata.rounds
        found += guessed.rounds == stated
        if guessed.rounds not in ((), stated):
            wrong.append((document.id, guessed.rounds))
    assert wrong == []
    assert found == len(briefings)
