"""Rounds and processes are found where a text names them, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.ordinals import ordinals, roman
from corpus.rounds import RoundMention, find_process, find_rounds

# One ordinal of each language in its dictionary form, by number.
ORDINALS = {
    1: ("first", "первый", "бірінші", "birinci", "الأولى", "اول"),
    2: ("second", "второй", "екінші", "ikinci", "الثانية", "دوم"),
    3: ("third", "третий", "үшінші", "üçüncü", "الثالثة", "سوم"),
    4: ("fourth", "четвертый", "төртінші", "dördüncü", "الرابعة", "چهارم"),
    5: ("fifth", "пятый", "бесінші", "beşinci", "الخامسة", "پنجم"),
    6: ("sixth", "шестой", "алтыншы", "altıncı", "السادسة", "ششم"),
    7: ("seventh", "седьмой", "жетінші", "yedinci", "السابعة", "هفتم"),
    8: ("eighth", "восьмой", "сегізінші", "sekizinci", "الثامنة", "هشتم"),
    9: ("ninth", "девятый", "тоғызыншы", "dokuzuncu", "التاسعة", "نهم"),
    10: ("tenth", "десятый", "оныншы", "onuncu", "العاشرة", "دهم"),
    11: ("eleventh", "одиннадцатый", "он бірінші", "on birinci", "الحادية عشرة", "یازدهم"),
    12: ("twelfth", "двенадцатый", "он екінші", "on ikinci", "الثانية عشرة", "دوازدهم"),
    13: ("thirteenth", "тринадцатый", "он үшінші", "on üçüncü", "الثالثة عشرة", "سیزدهم"),
    15: ("fifteenth", "пятнадцатый", "он бесінші", "on beşinci", "الخامسة عشرة", "پانزدهم"),
    18: ("eighteenth", "восемнадцатый", "он сегізінші", "on sekizinci", "الثامنة عشرة", "هجدهم"),
    19: ("nineteenth", "девятнадцатый", "он тоғызыншы", "on dokuzuncu", "التاسعة عشرة", "نوزدهم"),
    20: ("twentieth", "двадцатый", "жиырмасыншы", "yirminci", "العشرون", "بیستم"),
    21: ("twenty-first", "двадцать первый", "жиырма бірінші", "yirmi birinci", "الحادية والعشرون", "بیست و یکم"),
    22: ("twenty-second", "двадцать второй", "жиырма екінші", "yirmi ikinci", "الثانية والعشرون", "بیست و دوم"),
    23: ("twenty-third", "двадцать третий", "жиырма үшінші", "yirmi üçüncü", "الثالثة والعشرون", "بیست و سوم"),
    30: ("thirtieth", "тридцатый", "отызыншы", "otuzuncu", "الثلاثون", "سی‌ام"),
    34: ("thirty-fourth", "тридцать четвёртый", "отыз төртінші", "otuz dördüncü", "الرابعة والثلاثون", "سی و چهارم"),
    40: ("fortieth", "сороковой", "қырқыншы", "kırkıncı", "الأربعون", "چهلم"),
    48: ("forty-eighth", "сорок восьмой", "қырық сегізінші", "kırk sekizinci", "الثامنة والأربعون", "چهل و هشتم"),
    50: ("fiftieth", "пятидесятый", "елуінші", "ellinci", "الخمسون", "پنجاهم"),
    59: ("fifty-ninth", "пятьдесят девятый", "елу тоғызыншы", "elli dokuzuncu", "التاسعة والخمسون", "پنجاه و نهم"),
    60: ("sixtieth", "шестидесятый", "алпысыншы", "altmışıncı", "الستون", "شصتم"),
}
LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa")
PHRASES = ("{} round", "{} раунд", "{} раунд", "{} tur", "الجولة {}", "دور {}")

FORMS = {
    "en": {
        8: [
            *(
                "8th round",
                "8th Round",
                "EIGHTH ROUND",
                "round 8",
                "Round VIII",
                "VIII round",
                "round eight",
                "Astana-8",
            ),
            *("eighth-round", "8 th round", "eighth Astana round", "eighth and final round", "Round No. 8", "round #8"),
            *("eighth international round", "eighth round", "Astana 8", "Astana VIII", "8th intra-Syrian round"),
        ],
        21: ["21st round", "twenty first round", "twenty-first round", "Round 21", "round XXI", "round twenty-one"],
        22: ["22nd round", "Twenty-second Round", "Astana-22"],
    },
    "ru": {
        8: [
            *("восьмом раунде", "восьмого раунда", "восьмому раунду", "восьмым раундом", "восьмые раунды"),
            *("8-й раунд", "8-го раунда", "8-му раунду", "8-м раунде", "8-ом раунде", "8-ой раунд", "VIII раунд"),
            *("VIII раунда", "раунд 8", "раунде № 8", "раунд VIII", "Астана-8", "Астана 8", "Астана-VIII", "8 раунд"),
            *("8 раунде", "8 раунда", "восьмой Астанинский раунд", "восьмой международный раунд", "ВОСЬМОЙ РАУНД"),
        ],
        3: ["третьем раунде", "третьего раунда", "третьим раундом", "3-м раунде", "III раунд"],
        21: [
            "двадцать первого раунда",
            "двадцать первом раунде",
            "21-го раунда",
            "ХХІ раунд",
            "ХХI раунд",
            "XXI раунд",
        ],
        40: ["сорокового раунда", "сороковом раунде"],
    },
    "kk": {
        8: [
            *("сегізінші раундта", "сегізінші раундының", "сегізінші раундында", "8-раунд", "8-раунды", "8-раундында"),
            *("8-ші раунд", "8-ші раундта", "сегізінші раундтікін", "8 – ші раунд", "сегізінші келіссөз раунды"),
        ],
        12: ["он екінші раундында", "12-раунд", "12-ші раунды"],
        20: ["жиырмасыншы раундты", "20-шы раунд"],
        21: ["жиырма бірінші раундқа", "21-раундтан", "21-ші раунд"],
        40: ["қырқыншы раундтың", "40-раунд"],
    },
    "tr": {
        8: [
            *("8. tur", "8. turu", "8. turunda", "8'inci tur", "8’inci turun", "8inci tur", "sekizinci turda"),
            *("sekizinci turundan", "VIII. tur", "SEKİZİNCİ TUR", "sekizinci görüşme turu", "8. raundu"),
        ],
        4: ["dördüncü turu", "dorduncu turu", "4. turunun", "4'üncü tur"],
        6: ["ALTINCI TUR", "altıncı turda", "6'ncı tur"],
        12: ["on ikinci turunda", "onikinci turda", "12. turdan"],
        21: ["yirmi birinci turun", "yirmibirinci tur", "21. tur"],
        1: ["ilk turda", "birinci turda"],
    },
    "ar": {
        8: [
            *("الجولة 8", "الجولة ٨", "جولة ثامنة", "للجولة الثامنة", "بالجولة الثامنة", "وبالجولة الثامنة"),
            *("الجولة الـ8", "الجولة الـ ٨", "الجولة ال8", "الجولة رقم 8", "أستانا 8", "أستانا ٨", "أستانة-8"),
            *("ثامن جولة", "جولة المحادثات الثامنة", "الجولة الثّامنة", "الجوله الثامنه", "جولتها الثامنة", "آستانا 8"),
        ],
        11: ["الجولة الحادية عشرة", "الجولة الحادية عشر", "جولة حادية عشرة"],
        12: ["الجولة الثانية عشرة", "الجولة الثانية عشر", "الجولة ١٢"],
        20: ["الجولة العشرين", "للجولة العشرين"],
        21: ["الجولة الحادية والعشرين", "الجولة الواحدة والعشرين", "الجولة الحادية و العشرين", "الجولة الـ21"],
        40: ["الجولة الأربعين", "الجولة الاربعين"],
    },
    "fa": {
        8: [
            *("هشتمین دور", "دور ۸", "دور ۸ام", "دور ۸‌ام", "دور 8", "۸مین دور", "راند هشتم", "آستانه ۸", "آستانه-۸"),
            "دور شماره ۸",
        ],
        1: ["دور نخست", "اولین دور", "نخستین دور", "دور یکم"],
        18: ["هجدهمین دور", "دور هیجدهم", "دور ۱۸"],
        21: ["بیست‌ویکمین دور", "بیست و یکمین دور", "دور بیست‌و‌یکم", "دور بیست‌ویکم"],
        30: ["سی‌امین دور", "دور سی ام", "دور سی‌ام"],
    },
}


@pytest.mark.parametrize(("number", "words"), ORDINALS.items(), ids=str)
def test_ordinals_in_words_are_read_in_every_language(number: int, words: tuple[str, ...]) -> None:
    for language, phrase, word in zip(LANGUAGES, PHRASES, words, strict=True):
        text = phrase.format(word)
        assert find_rounds(text) == (RoundMention(number, 0, len(text), language),)


@pytest.mark.parametrize(
    ("language", "number", "form"),
    [(language, number, form) for language in FORMS for number in FORMS[language] for form in FORMS[language][number]],
)
def test_a_form_is_read_whole_inside_a_sentence(language: str, number: int, form: str) -> None:
    text = f"« {form} » 2017."
    mention = RoundMention(number, 2, 2 + len(form), language)
    assert [(found.number, found.start, found.end) for found in find_rounds(text)] == [
        (mention.number, mention.start, mention.end)
    ]
    assert find_rounds(form)[0].language in (language, {"kk": "ru", "tr": "en", "ar": "fa"}.get(language))


@pytest.mark.parametrize("number", range(1, 61))
def test_digits_and_roman_numerals_are_read_up_to_sixty(number: int) -> None:
    persian = str(number).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    forms: tuple[str, ...] = (
        f"round {number}",
        f"{number}th round",
        f"{number}-й раунд",
        f"{number}-раунд",
        f"{number}. tur",
    )
    forms += (
        f"الجولة {number}",
        f"دور {persian}",
        f"Astana-{number}",
        f"Round {roman(number)}",
        f"{roman(number)} раунд",
    )
    assert [[mention.number for mention in find_rounds(form)] for form in forms] == [[number]] * len(forms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_has_every_number_to_sixty(language: str) -> None:
    table = ordinals(language)
    for forms in (table.before, table.after) if language == "fa" else (table.after or table.before,):
        assert set(range(1, 61)) <= set(forms.values())


LISTS = {
    "seventh and eighth rounds": [7, 8],
    "the seventh, eighth and ninth rounds": [7, 8, 9],
    "rounds 7 and 8": [7, 8],
    "Rounds 7, 8 and 9 of the talks": [7, 8, 9],
    "Rounds I and II": [1, 2],
    "rounds seven and eight": [7, 8],
    "rounds 7-9": [7, 8, 9],
    "rounds 15 through 18": [15, 16, 17, 18],
    "from the seventh to the ninth round": [7, 8, 9],
    "the 7th and 9th rounds": [7, 9],
    "седьмой и восьмой раунды": [7, 8],
    "с седьмого по девятый раунд": [7, 8, 9],
    "раунды 7 и 8": [7, 8],
    "7-ші және 8-ші раундтар": [7, 8],
    "7-8-раундтар": [7, 8],
    "жетінші және сегізінші раундтар": [7, 8],
    "7. ve 8. turlar": [7, 8],
    "yedinci ve sekizinci tur": [7, 8],
    "الجولتين السابعة والثامنة": [7, 8],
    "الجولات السابعة والثامنة والتاسعة": [7, 8, 9],
    "الجولتان العشرون والحادية والعشرون": [20, 21],
    "دورهای هفتم و هشتم": [7, 8],
    "دور‌های ۷ و ۸": [7, 8],
    "هفتمین و هشتمین دور": [7, 8],
    "the seventh round and the eighth round": [7, 8],
    "the tenth (July 2018) and fifteenth (February 2021) rounds": [10, 15],
    "двадцатого (июнь 2023 года) и двадцать первого (январь 2024 года) раундов": [20, 21],
    "оныншы (2018 жыл) және он бесінші (2021 жыл) раундтар": [10, 15],
}


@pytest.mark.parametrize(("text", "numbers"), LISTS.items())
def test_lists_and_ranges_name_every_round(text: str, numbers: list[int]) -> None:
    assert sorted(mention.number for mention in find_rounds(text)) == numbers


def test_the_noun_belongs_to_the_number_beside_it() -> None:
    text = "The seventh and eighth rounds were held in 2017."
    assert [text[mention.start : mention.end] for mention in find_rounds(text)] == ["seventh", "eighth rounds"]


def test_a_round_inside_a_range_spans_the_range() -> None:
    text = "rounds 7-9"
    spans = {mention.number: text[mention.start : mention.end] for mention in find_rounds(text)}
    assert spans == {7: "rounds 7", 8: "7-9", 9: "9"}


SENTENCES = {
    "The first day of the eighth round of the Astana talks": [8],
    "First, on the second day, the guarantors of the third round left.": [3],
    "On May 14th, eighth round of talks began": [8],
    "In round 8, 14 delegations took part": [8],
    "In round 8 and 14 other meetings": [8],
    "round 8 may be held in June": [8],
    "the ninth round (Astana-9)": [9, 9],
    "At the third round, elections under United Nations supervision were discussed": [3],
    "The third round discussed elections and sanctions": [3],
    "After the election the third round was held": [3],
    "the eighth round tripartite statement": [8],
    "the eighth round of the Constitutional Committee": [8],
    "На первый день восьмого раунда": [8],
    "Международная встреча: 8-й раунд переговоров в Астане 21–22 декабря 2017 года": [8],
    "На втором заседании четырнадцатого раунда": [14],
    "اليوم الأول من الجولة الثامنة": [8],
    "روز اول دور هشتم": [8],
    "Astana sürecinin sekizinci turunun ilk günü": [8],
    "сегізінші раундтың бірінші күні": [8],
}


@pytest.mark.parametrize(("text", "numbers"), SENTENCES.items())
def test_no_noun_stands_between_an_ordinal_and_its_round(text: str, numbers: list[int]) -> None:
    assert [mention.number for mention in find_rounds(text)] == numbers


MEETINGS = {
    "8th International Meeting on Syria": [8],
    "the eighth meeting of the Astana process": [8],
    "the 21st International High-Level Meeting on Syria in the Astana format": [21],
    "восьмая международная встреча по Сирии": [8],
    "18-я Международная встреча по Сирии в Астанинском формате": [18],
    "Сирия бойынша сегізінші халықаралық кездесу": [8],
    "Астана процесінің 8-кездесуі": [8],
    "8. Astana toplantısı": [8],
    "18. Yüksek Düzeyli Astana Toplantısı": [18],
    "الاجتماع الدولي الثامن بشأن سوريا في إطار مسار أستانا": [8],
    "هشتمین نشست آستانه": [8],
    "the twelfth Astana talks": [12],
    "12th Astana talks": [12],
    "двенадцатые Астанинские переговоры": [12],
    "on ikinci Astana görüşmeleri": [12],
    "the first talks in Astana": [],
    "eighth meeting": [],
    "the eighth meeting of the ministers in Vienna": [],
    "the eighth meeting of the working group in the Astana format": [],
    "the eighth meeting. Astana is a city": [],
    "восьмая встреча министров": [],
    "сегізінші кездесу": [],
    "8. toplantı": [],
    "الاجتماع الثامن": [],
    "هشتمین نشست": [],
}


@pytest.mark.parametrize(("text", "numbers"), MEETINGS.items())
def test_a_meeting_is_a_round_only_where_the_process_is_spoken_of(text: str, numbers: list[int]) -> None:
    assert [mention.number for mention in find_rounds(text)] == numbers


NOT_ROUNDS = (
    *(
        "a round table",
        "the second round table",
        "second round-table",
        "round the corner",
        "round of 16",
        "a new round",
    ),
    *("round 2,000", "round 8.5", "round 61", "round 99", "8 rounds of talks", "eight rounds", "the round I saw"),
    *(
        "year-round 24",
        "all round 8",
        "round 8 percent",
        "Round 8 May",
        "hundred and eighth round",
        "sixty-first round",
    ),
    *("one hundred and first round", "second round of the presidential election", "a second round of applause"),
    *("in Astana 8-9 May 2018", "in Astana 8 and 9 May", "Astana 8 December", "Astana 2018", "Astana 8 delegations"),
    *("22 раунда", "8 раундов", "21 раунд", "в Астане 14-15 мая", "в Астане 14 и 15 мая", "Астана 8 мая"),
    *("сто восьмой раунд", "второй тур выборов", "новый раунд", "круглый стол", "семьдесят первый раунд"),
    *("8 раунд келіссөз өтті", "жаңа раунд", "жетпіс бірінші раунд", "8 tur", "sekiz tur", "ikinci tür", "yeni tur"),
    *("ikinci tur seçim", "ثماني جولات", "جولة جديدة", "الثامنة من مساء اليوم", "الجولة الثانية من الانتخابات"),
    *("أستانا 8 مايو", "۸ دور", "دور جدید", "دور ۸ کیلومتر", "دور دوم انتخابات", "در آستانه ۸ مارس", "دور میز"),
    *("eighth\nround", "resolution 2254", ""),
)


@pytest.mark.parametrize("text", NOT_ROUNDS)
def test_what_only_looks_like_a_round_is_not_one(text: str) -> None:
    assert find_rounds(text) == ()


def test_a_form_spelt_alike_belongs_to_the_language_of_its_letters() -> None:
    texts = (
        "Астана-8 туралы",
        "Астана-8 келіссөздері",
        "about Astana-8",
        "Astana-8 görüşmeleri",
        "أستانا 8",
        "آستانه ۸",
    )
    assert [find_rounds(text)[0].language for text in texts] == ["ru", "kk", "en", "tr", "ar", "fa"]


@given(st.text(alphabet="8۸٨ivVIX-–,.'йші \n" + "roundраундجولةدورturAstana" + "и و", max_size=60))
def test_mentions_lie_in_the_text_in_order_and_within_range(text: str) -> None:
    mentions = find_rounds(text)
    assert all(0 <= mention.start < mention.end <= len(text) and 1 <= mention.number <= 60 for mention in mentions)
    assert list(mentions) == sorted(mentions, key=lambda mention: (mention.start, mention.end, mention.number))


PROCESSES = {
    "the Astana process": "Astana",
    "Astana format talks": "Astana",
    "negotiations on Syria in Astana": "Astana",
    "What was agreed at Astana-8?": "Astana",
    "Астанинский процесс": "Astana",
    "Астанинского процесса": "Astana",
    "переговоры по Сирии в Астане": "Astana",
    "восьмой раунд переговоров в Астане": "Astana",
    "Астана процесі": "Astana",
    "Астанадағы келіссөздер": "Astana",
    "Astana süreci": "Astana",
    "Astana'daki görüşmeler": "Astana",
    "مسار أستانا": "Astana",
    "محادثات أستانة": "Astana",
    "روند آستانه": "Astana",
    "مذاکرات صلح آستانه": "Astana",
    "گفت‌وگوهای آستانه": "Astana",
    "the Geneva process": "Geneva",
    "Geneva II": "Geneva",
    "Женевские переговоры": "Geneva",
    "Женева процесі": "Geneva",
    "Cenevre süreci": "Geneva",
    "مفاوضات جنيف": "Geneva",
    "روند ژنو": "Geneva",
    "the Congress of the Syrian National Dialogue in Sochi": "Sochi",
    "Конгресс в Сочи": "Sochi",
    "مؤتمر سوتشي": "Sochi",
    "The Geneva talks and the Astana process": "Geneva",
}


@pytest.mark.parametrize(("text", "process"), PROCESSES.items())
def test_a_process_is_known_by_its_names_in_six_languages(text: str, process: str) -> None:
    assert find_process(text) == process


@pytest.mark.parametrize(
    "text",
    [
        *("The president arrived in Astana.", "the Geneva Conventions of 1949", "the capital Astana hosted talks"),
        *("В Астане выпал снег", "Астана 8 мая", "in Astana 12 and 13 May 2018", "در آستانه مذاکرات", "Astana 2018"),
        *("Talks ended. In Astana it snowed", "the peace process", ""),
    ],
)
def test_a_city_is_not_a_process(text: str) -> None:
    assert find_process(text) is None
