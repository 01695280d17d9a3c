"""Which sentences need the one before them, in six languages; where in doubt, none."""

from __future__ import annotations

import pytest

from retrieval.answers.leaning import begins_inside, is_fragment, leans

LEANING = {
    "en": (
        "He arrived in Astana on Monday.",
        "They agreed to meet again.",
        "It was signed in May 2017.",
        "It took place in the old palace.",
        "Its capital is Astana.",
        "Their delegations left the next day.",
        "This document has ten articles.",
        "This led to another round.",
        "These zones were to last six months.",
        "That was the last of the talks.",
        "However, they did not sign.",
        "In addition, it provides for a joint centre.",
        "On 4 May 2017, he signed the memorandum.",
        "The sides confirmed their commitment.",
        "The parties agreed on a list.",
        "The two sides exchanged lists.",
        "Both sides declined.",
        "The latter was rejected.",
        "One of them was the exchange of prisoners.",
        "It is a list of names that the working group drew up.",
    ),
    "ru": (
        "Он прибыл в Астану.",
        "Она продлится шесть месяцев.",
        "Они договорились о новой встрече.",
        "Это привело к прекращению огня.",
        "Этот документ состоит из десяти статей.",
        "Эти зоны создаются на полгода.",
        "Данное положение вступает в силу сегодня.",
        "Его подписали три гаранта.",
        "Её столица находится на севере.",
        "Однако они не подписали его.",
        "В 2017 году он возглавил делегацию.",
        "У них не было мандата.",
        "Стороны подтвердили приверженность миру.",
        "Стороны также обсудили обмен пленными.",
        "Обе стороны отказались.",
        "Один из них касается обмена пленными.",
    ),
    "kk": (
        "Ол Астанаға дүйсенбіде келді.",
        "Олар қайта кездесуге келісті.",
        "Бұл құжат он баптан тұрады.",
        "Осы шешім барлығына ұнады.",
        "Оның астанасы солтүстікте орналасқан.",
        "Бірақ олар қол қоймады.",
        "Тараптар бітімге келді.",
        "Екі тарап та бас тартты.",
        "2017 жылы ол делегацияны басқарды.",
    ),
    "tr": (
        "Bu belge on maddeden oluşuyor.",
        "Bunlar altı ay sürecek.",
        "O, pazartesi günü geldi.",
        "Onlar yeniden buluşmaya karar verdi.",
        "Onun başkenti kuzeydedir.",
        "Ancak bu öneri kabul edilmedi.",
        "Taraflar listeleri değiş tokuş etti.",
        "Her iki taraf da reddetti.",
        "1877'de o orduyu yönetti.",
    ),
    "ar": (
        "هذا الاتفاق يتألف من عشر مواد.",
        "هذه المناطق ستستمر ستة أشهر.",
        "وهو يتألف من عشر مواد.",
        "هم وقعوا على الوثيقة.",
        "وهذا البيان صدر في أستانا.",
        "ولكنهم لم يوقعوا عليها.",
        "اتفق الطرفان على القائمة.",
        "أكد الجانبان التزامهما بالهدنة.",
        "الأطراف أكدت التزامها بالهدنة.",
    ),
    "fa": (
        "این سند از ده ماده تشکیل شده است.",
        "آنها دوباره دیدار خواهند کرد.",
        "آن‌ها دوباره دیدار خواهند کرد.",
        "این‌ها شش ماه ادامه خواهند یافت.",
        "او روز دوشنبه به آستانه آمد.",
        "وی رئیس هیئت بود.",
        "اما آنها امضا نکردند.",
        "طرفین بر تعهد خود تأکید کردند.",
        "یکی از آنها درباره تبادل اسیران است.",
    ),
}
ALONE = {
    "en": (
        "Astana hosted the talks.",
        "It is Astana that hosted the talks.",
        "It was not until 2018 that the committee met.",
        "It is known that the committee met in Geneva.",
        "It was agreed that the zones would last six months.",
        "It was agreed to hold the next meeting in July.",
        "It is important for all delegations to attend.",
        "It's a fact that no list was drawn up.",
        "It seems that the list was lost.",
        "It took three days to draw up the list.",
        "This week the guarantors meet in Astana.",
        "This year Astana hosts two rounds.",
        "These days the palace is a museum.",
        "This Agreement enters into force on signature.",
        "The Contracting Parties shall exchange lists.",
        "The parties to the conflict exchanged lists.",
        "Both sides of the river were mined.",
        "His Excellency the minister opened the meeting.",
        "That is, the list was not exchanged.",
        "Those who signed were the guarantors.",
        "There were ten delegations.",
        "Theirs of all lists was the longest.",
        "Heritage sites were closed.",
        "Italy sent an observer.",
        "\u201cHe will come,\u201d said the envoy.",
    ),
    "ru": (
        "Астана приняла переговоры.",
        "Этой осенью в Астане пройдёт встреча.",
        "Этот год был трудным.",
        "На этой неделе гаранты встречаются в Астане.",
        "Известно, что встреча прошла в Астане.",
        "Стороны конфликта обменялись списками.",
        "Стороны соглашения обязаны обменяться списками.",
        "Его Превосходительство министр открыл встречу.",
        "Данные о числе участников не приводятся.",
        "Ониксовая ваза стоит в зале.",
        "То, что решено, будет выполнено.",
    ),
    "kk": (
        "Астана келіссөздерді қабылдады.",
        "Бұл жылы Астанада екі раунд өтеді.",
        "Осы аптада кепілгерлер кездеседі.",
        "Сол кезде тізім болған жоқ.",
        "Олимпиада ойындары кейінге қалды.",
        "Жанжал тараптары тізім алмасты.",
    ),
    "tr": (
        "Astana görüşmelere ev sahipliği yaptı.",
        "Bu hafta garantörler Astana'da buluşuyor.",
        "Bu yıl iki tur yapılacak.",
        "O dönemde liste yoktu.",
        "Bu nedenle liste hazırlanmadı.",
        "Bununla birlikte liste hazırlandı.",
        "Buna göre liste hazırlanacak.",
        "Bunun üzerine heyet döndü.",
        "Ordu geri çekildi.",
        "Onur konuğu bakandı.",
        "Çatışmanın tarafları liste değiş tokuş etti.",
    ),
    "ar": (
        "استضافت أستانا المحادثات.",
        "هذا العام تستضيف أستانا جولتين.",
        "هذا الأسبوع يجتمع الضامنون.",
        "هذا وقد اتفق المشاركون على القائمة.",
        "ذلك أن القائمة لم تكتمل.",
        "الجانبان الروسي والتركي اتفقا على القائمة.",
        "اتفق الطرفان المتحاربان على القائمة.",
        "الأطراف المتحاربة تبادلت القوائم.",
        "بين الأطراف خلاف على القائمة.",
    ),
    "fa": (
        "آستانه میزبان گفتگوها بود.",
        "این هفته ضامن‌ها در آستانه دیدار می‌کنند.",
        "این سال دو دور برگزار می‌شود.",
        "اینکه فهرست آماده شود مهم است.",
        "این که فهرست آماده شود مهم است.",
        "آن چه گفته شد درست است.",
        "این در حالی است که فهرست آماده نیست.",
        "اوضاع آرام است.",
    ),
}


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in LEANING.items() for text in texts])
def test_a_sentence_that_begins_with_what_the_one_before_it_names_leans(language: str, text: str) -> None:
    assert leans(text, language)


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in ALONE.items() for text in texts])
def test_a_sentence_that_says_itself_who_or_what_or_when_stands_alone(language: str, text: str) -> None:
    assert not leans(text, language)


@pytest.mark.parametrize("marker", ["1. ", "12) ", "(a) ", "iv. ", "• ", "- ", "— "])
def test_a_marker_before_the_sentence_changes_nothing(marker: str) -> None:
    assert leans(f"{marker}They agreed to meet again.", "en")
    assert not leans(f"{marker}Astana hosted the talks.", "en")


@pytest.mark.parametrize(
    ("text", "is_rest"),
    [
        ("and the list was exchanged.", True),
        ("и обменялись списками.", True),
        (") was the name of the list.", True),
        ("» — так назывался список.", True),
        ("Exchange of lists.", False),
        ("2018 was the year of the exchange.", False),
        ("قائمة الأسماء.", False),
    ],
)
def test_the_rest_of_a_sentence_leans(text: str, is_rest: bool) -> None:
    assert leans(text, "en") is is_rest


def test_of_an_unknown_language_a_sentence_leans_where_it_would_in_any() -> None:
    assert all(leans(text, None) for texts in LEANING.values() for text in texts)
    assert leans("Они договорились.", "de")
    assert not leans("Они договорились.", "en")
    assert not leans("Astana hosted the talks.", None)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Yes."),
        ("en", "No."),
        ("en", "Astana, Kazakhstan"),
        ("en", "See below."),
        ("en", "As stated above."),
        ("en", "Agreed."),
        ("en", "(1) Talks with Iran"),
        ("en", "* * *"),
        ("en", "(2018)"),
        ("ru", "Да."),
        ("ru", "Договорились."),
        ("ru", "См. ниже."),
        ("ru", "Город Астана."),
        ("kk", "Иә."),
        ("kk", "Төменде қараңыз."),
        ("kk", "Астана қаласы"),
        ("tr", "Evet."),
        ("tr", "Aşağıya bakınız."),
        ("tr", "Kuzeydeki Astana."),
        ("ar", "نعم."),
        ("ar", "انظر أدناه."),
        ("ar", "مدينة أستانا"),
        ("fa", "بله."),
        ("fa", "زیر را بنگرید."),
        ("fa", "شهر آستانه"),
        (None, "Yes."),
    ],
)
def test_a_few_words_without_a_verb_are_a_fragment(language: str | None, text: str) -> None:
    assert is_fragment(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Nobody agreed."),
        ("en", "Astana was chosen."),
        ("en", "The talks with Iran"),
        ("ru", "Стороны договорились."),
        ("ru", "Астана — столица."),
        ("kk", "Келісімге қол қойылды."),
        ("tr", "Ateşkes imzalandı."),
        ("ar", "وقعت الأطراف الاتفاق."),
        ("fa", "آتش‌بس امضا شد."),
        (None, "Ateşkes imzalandı."),
    ],
)
def test_a_short_sentence_or_four_words_are_none(language: str | None, text: str) -> None:
    assert not is_fragment(text, language)


def test_a_small_letter_begins_the_rest_of_a_sentence_behind_a_marker_too() -> None:
    assert begins_inside("to exchange lists")
    assert begins_inside("- обменяться списками")
    assert not begins_inside("Exchange lists")
    assert not begins_inside("تبادل القوائم")
    assert not begins_inside("")
