from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Block, BlockKind, Metadata
from corpus.readers.draft import Draft
from corpus.sentences import WINDOW, Sentence, sentences


def split(text: str, language: str | None, kind: BlockKind = BlockKind.PARAGRAPH) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text, [Block(kind, 0, len(text), None, None, 1)], language)]


EXPECTED = {
    "en": [
        "On 20 December 2017 the U.S. and U.K. envoys, Mr. de Mistura and Dr. A. Lavrentiev, met at 10 a.m. in Astana.",
        "They cited resolution 2254 (2015), para. 5 (see S/RES/2254, p. 3).",
        "The share was 5.5 per cent.",
        "Inflation was 3.2%.",
        "Nothing was signed...",
        "Why?",
        "“We agreed.”",
        "The minister added: “The talks go on!”",
        "Then H.E. Mr. K. Abdrakhmanov left.",
    ],
    "ru": [
        "20 дек. 2017 г. в г. Астане прошли переговоры.",
        "Участвовали А. Л. Лаврентьев и С. де Мистура.",
        "«Мы согласны», – сказал он.",
        "«Работа продолжится».",
        "Речь идет о 5 млн. долл. США и т.д.",
        "В соответствии с п. 3 ст. 5 она действует.",
        "Почему?",
        "Никто не знает!",
    ],
    "kk": [
        "2017 ж. 20 желтоқсанда Астанада келіссөздер өтті.",
        "«Біз келістік», – деді министр Қ. Әбдірахманов.",
        "БҰҰ ҚК-нің № 2254 қарары қабылданды.",
        "Неге?",
        "Белгісіз!",
    ],
    "tr": [
        "20 Aralık 2017'de Astana'da Suriye konulu 8. tur görüşmeler yapıldı.",
        "Görüşmelere Dr. A. Yılmaz ve Prof. Mehmet Öz katıldı.",
        "“Anlaştık.” dedi bakan.",
        "BM'nin 2254 sayılı kararı vb. belgeler kabul edildi.",
        "Görüşmeler sürecek...",
        "Neden?",
    ],
    "ar": [
        "بدأت في أستانا الجولة الثامنة من المفاوضات.",
        "ناقش الأطراف مناطق خفض التصعيد؛ وتبادل المحتجزين.",
        "وقال د. محمد علي: «لقد اتفقنا».",
        "ثم غادر القاعة في 20 ديسمبر 2017.",
        "وبلغت النسبة 5.5 في المئة.",
        "هل اتفقوا؟",
        "لا أحد يعلم!",
    ],
    "fa": [
        "دور هشتم مذاکرات در آستانه آغاز شد.",
        "طرف‌ها درباره آتش‌بس گفت‌وگو کردند.",
        "دکتر محمد ج. ظریف گفت: «توافق کردیم.»",
        "سپس سالن را ترک کرد.",
        "سهم آن ۵٫۵ درصد بود.",
        "آیا توافق شد؟",
        "کسی نمی‌داند!",
    ],
}


@pytest.mark.parametrize("language", EXPECTED)
def test_sentences_of_each_language_are_found_whole(language: str) -> None:
    assert split(" ".join(EXPECTED[language]), language) == EXPECTED[language]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Taraflar 8. Turda anlaştı.", "Sonra dağıldılar."],
        ["Savaş 1878'de bitti.", "II. Abdülhamid başa geçti."],
        ["Antlaşma 23. Osmanlı padişahı tarafından imzalandı.", "Savaş bitti."],
        ["Yıl 1876.", "Sonra barış geldi."],
    ],
)
def test_a_turkish_ordinal_ends_no_sentence_but_a_year_does(sentences: list[str]) -> None:
    assert split(" ".join(sentences), "tr") == sentences


def test_a_number_before_a_full_stop_ends_a_sentence_in_other_languages() -> None:
    assert split("They met in room 8. Talks went on.", "en") == ["They met in room 8.", "Talks went on."]


@pytest.mark.parametrize("language", ["ru", "ar"])
def test_a_text_of_unknown_language_gets_rules_by_its_script(language: str) -> None:
    assert split(" ".join(EXPECTED[language]), None) == EXPECTED[language]


def test_a_block_in_another_script_than_the_documents_gets_rules_by_its_script() -> None:
    assert split("Участвовали А. Л. Лаврентьев и др. Они ушли.", "en") == split(
        "Участвовали А. Л. Лаврентьев и др. Они ушли.", "ru"
    )


def test_a_language_without_rules_of_its_own_is_still_split() -> None:
    assert split("Bir sinov. Ikkinchi sinov.", "uz") == ["Bir sinov.", "Ikkinchi sinov."]


def test_headings_have_no_sentences_and_a_table_row_is_one() -> None:
    draft = Draft()
    draft.heading("A heading. It has two.", 1)
    draft.add(BlockKind.PARAGRAPH, "One. Two.")
    draft.row(["Iran. Approx.", "Guarantor. Yes."])
    draft.add(BlockKind.FOOTNOTE, "See there.")
    made = draft.extraction(Metadata())
    assert [(s.block, made.text[s.start : s.end]) for s in sentences(made.text, made.blocks, "en")] == [
        (1, "One."),
        (1, "Two."),
        (2, "Iran. Approx. | Guarantor. Yes."),
        (3, "See there."),
    ]


def test_repeated_sentences_have_places_of_their_own() -> None:
    text = "They met. They met. They met."
    assert sentences(text, [Block(BlockKind.PARAGRAPH, 0, 29, None, None, 1)], "en") == (
        Sentence(0, 9, 0),
        Sentence(10, 19, 0),
        Sentence(20, 29, 0),
    )


def test_a_sentence_longer_than_the_window_is_cut_at_a_semicolon_never_in_a_word() -> None:
    clause = "Recalling the resolution on the reservoir and the statement of its president"
    text = "; ".join([clause] * 40) + "."
    found = split(text, "en")
    assert all(len(sentence) <= WINDOW for sentence in found)
    assert {sentence.removesuffix(";").removesuffix(".").split("; ")[-1] for sentence in found} == {clause}
    assert " ".join(found) == text


@pytest.mark.parametrize("run", ["(" * 50_000, "x" * 50_000, "a\u0301" * 20_000, "word " * 20_000, "1." * 30_000])
def test_unbroken_runs_take_no_quadratic_time(run: str) -> None:
    start = time.process_time()
    found = split(run.strip(), "en")
    assert "".join(found).replace(" ", "") == run.replace(" ", "")
    assert time.process_time() - start < 5


def test_a_run_without_blanks_is_not_cut_before_a_mark() -> None:
    assert not any(sentence.startswith("\u0301") for sentence in split("ab\u0301" * 2000, "en"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.sampled_from("aБجی ...!?؟;،«»“”()1٣\u200cé\u0301😀"), min_size=1, max_size=60),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["en", "ru", "kk", "tr", "ar", "fa", None]),
)
def test_sentences_hold_everything_but_blanks_in_order_and_are_trimmed(paragraphs: list[str], language: str) -> None:
    draft = Draft()
    for paragraph in paragraphs:
        draft.add(BlockKind.PARAGRAPH, paragraph)
    made = draft.extraction(Metadata())
    found = sentences(made.text, made.blocks, language)
    for index, block in enumerate(made.blocks):
        own = [made.text[s.start : s.end] for s in found if s.block == index]
        assert "".join(own).replace(" ", "") == made.text[block.start : block.end].replace(" ", "")
        assert own == [sentence.strip() for sentence in own]
        assert all(block.start <= s.start < s.end <= block.end for s in found if s.block == index)
    assert list(found) == sorted(found, key=lambda s: s.start)
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))
