"""Who speaks in a sentence, as opposed to who is merely named, in six languages; where unsure, nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.document import DocumentClass, Metadata
from corpus.tokens import tokenise
from retrieval.encoders.languages import LANGUAGES
from retrieval.questions.parties import parties, parties_in, party_name, speaker_in, speaker_of
from retrieval.questions.party_table import Kind, PartyMention, find_parties
from tests.retrieval.corpora import document

SPEAKERS = [
    ("The Turkish ministry said that violations must end.", "turkiye"),
    ("According to the Russian delegation, the talks were useful.", "russia"),
    ("Alexander Lavrentyev called the outcome positive.", "russia"),
    ("The attacks were condemned by Russia.", "russia"),
    ("The opposition accused Russia of not upholding the ceasefire.", "syrian_opposition"),
    ("Türkiye voiced grave concern over attacks on civilians.", "turkiye"),
    ("The Syrian Foreign Minister, Walid al-Muallem, said that Damascus would keep to the deal.", "syrian_government"),
    ("Staffan de Mistura described the agreement as a first step.", "united_nations"),
    ("The southern zone, Alexander Lavrentyev said, had to be agreed with Jordan.", "russia"),
    ("The Foreign Ministry of Türkiye expressed concern over the evacuations.", "turkiye"),
    ("In its press release the Turkish Ministry of Foreign Affairs expressed concern.", "turkiye"),
    ("Moscow rejected the proposal.", "russia"),
    ("Alexander Lavrentyev said that Türkiye needed more time.", "russia"),
    ("The office of the UN envoy called the round a missed opportunity.", "united_nations"),
    ("The ICRC asked for access to detainees.", "red_cross"),
    ("The Arab League welcomed the return of Syria.", "arab_league"),
    ("Switzerland offered to host the talks.", "switzerland"),
    ("МИД Турции выразил обеспокоенность нападениями.", "turkiye"),
    ("Россия заявила, что переговоры были полезными.", "russia"),
    ("Иран заявил о поддержке перемирия.", "iran"),
    ("По словам главы российской делегации, итоги положительные.", "russia"),
    ("Сирийская оппозиция обвинила Россию в нарушении перемирия.", "syrian_opposition"),
    ("«Это шаг вперёд», — заявил Лаврентьев.", "russia"),
    ("Глава МИД Ирана Зариф призвал Турцию вывести войска.", "iran"),
    ("В МИД Казахстана сообщили о дате встречи.", "kazakhstan"),
    ("Түркия Сыртқы істер министрлігі шабуылдарға алаңдаушылық білдірді.", "turkiye"),
    ("Иран бұл ұсынысты қолдайтынын мәлімдеді.", "iran"),
    ("Ресей делегациясының айтуынша, келіссөздер пайдалы болды.", "russia"),
    ("Сирия оппозициясы келісімді қабылдамады.", "syrian_opposition"),
    ("Türkiye Dışişleri Bakanlığı saldırılardan endişe duyduğunu belirtti.", "turkiye"),
    ("Rusya, önerinin kabul edilmeyeceğini açıkladı.", "russia"),
    ("Rus heyetine göre görüşmeler yararlı geçti.", "russia"),
    ("İran bu iddiaları reddetti.", "iran"),
    ("Suriye muhalefeti Rusya'yı ateşkesi ihlal etmekle suçladı.", "syrian_opposition"),
    ("Bakan Çavuşoğlu, İran'ın tutumunu eleştirdi.", "turkiye"),
    ("قالت روسيا إن المحادثات كانت مفيدة.", "russia"),
    ("أعربت وزارة الخارجية التركية عن قلقها.", "turkiye"),
    ("رفضت المعارضة السورية البيان.", "syrian_opposition"),
    ("بحسب الوفد الروسي كانت النتائج إيجابية.", "russia"),
    ("قال المبعوث الأممي إن الاتفاق خطوة أولى.", "united_nations"),
    ("وقال لافروف إن تركيا تحتاج إلى وقت.", "russia"),
    ("ایران اعلام کرد که از آتش‌بس حمایت می‌کند.", "iran"),
    ("وزارت خارجه ترکیه ابراز نگرانی کرد.", "turkiye"),
    ("به گفته هیئت روسیه گفتگوها سازنده بود.", "russia"),
    ("مخالفان سوری این طرح را رد کردند.", "syrian_opposition"),
    ("ترکیه از ایران خواستار خروج نیروها شد.", "turkiye"),
]
NOBODY = [
    "Iran, Russia and Türkiye condemned the attacks.",
    "The guarantors condemned the Israeli attacks.",
    "Israeli attacks were criticised in the joint statement.",
    "Accounts differ: Alexander Lavrentyev said that it had been raised, and Bashar Jaafari denied it.",
    "The Syrian government and the opposition had each proposed 50 candidates.",
    "Talks with Russia were held in Ankara.",
    "At the fifth round Jordan and the United States were observers.",
    "The joint statement welcomed Iran's accession.",
    "Russia's proposal was discussed.",
    "The Doha meeting urged that the process be restarted.",
    "The demining statement asks Damascus to create a group.",
    "Someone told us that it was cold.",
    "Иран, Россия и Турция осудили удары Израиля.",
    "Страны-гаранты осудили удары Израиля.",
    "Переговоры с Ираном прошли в Анкаре.",
    "Удары Израиля по Сирии были осуждены.",
    "Иран, Ресей және Түркия шабуылдарды айыптады.",
    "Келіссөздер Анкарада өтті.",
    "İran, Rusya ve Türkiye saldırıları kınadı.",
    "Görüşmeler Ankara'da yapıldı.",
    "أدانت إيران وروسيا وتركيا الهجمات.",
    "عقدت المحادثات في أنقرة.",
    "ایران، روسیه و ترکیه حملات را محکوم کردند.",
    "گفتگوها در آنکارا برگزار شد.",
]


@pytest.mark.parametrize(("text", "key"), SPEAKERS)
def test_who_speaks_is_the_party(text: str, key: str) -> None:
    assert speaker_in(text) == key


@pytest.mark.parametrize("text", NOBODY)
def test_who_is_merely_named_or_speaks_with_others_is_no_party(text: str) -> None:
    assert speaker_in(text) is None


def test_every_party_that_is_named_is_found_once_in_order() -> None:
    text = "Russia and Iran met Turkey; the Russian side, the UN and MOSCOW agreed. (in Tehran, Syrian opposition)"
    assert parties_in(text) == ("russia", "iran", "turkiye", "united_nations", "syrian_opposition")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("us, the mali and rus words", ()),
        ("The US met us.", ("united_states",)),
        ("Talks in Moscow, Geneva and Ankara.", ()),
        ("Ankara and Moscow agreed.", ("turkiye", "russia")),
        ("российскими и иранскими делегациями", ("russia", "iran")),
        ("Ресейдің, Иранның және Түркияның өкілдері", ("russia", "iran", "turkiye")),
        ("İran'ın ve Rusya'nın heyetleri", ("iran", "russia")),
        ("وفود روسيا وإيران وتركيا", ("russia", "iran", "turkiye")),
        ("للولايات المتحدة", ("united_states",)),
        ("هیئت‌های روسیه و ایران", ("russia", "iran")),
        ("", ()),
    ],
)
def test_inflected_names_are_found_and_common_words_are_not(text: str, keys: tuple[str, ...]) -> None:
    assert parties_in(text) == keys


def test_a_mention_says_how_it_names_the_party() -> None:
    tokens = tokenise("Lavrov met the Turkish side and Iran")
    assert find_parties(tokens) == (
        PartyMention("russia", Kind.PERSON, 0, 1, True),
        PartyMention("turkiye", Kind.ADJECTIVE, 3, 4, True),
        PartyMention("iran", Kind.NAME, 6, 7, True),
    )


def test_a_party_has_a_name_in_each_language() -> None:
    assert [party_name("russia", language) for language in LANGUAGES] == [
        "Russia",
        "Россия",
        "Ресей",
        "Rusya",
        "روسيا",
        "روسیه",
    ]
    assert party_name("syrian_government", "tr") == "Suriye hükümeti"
    assert party_name("russia", "xx") == "Russia"
    assert party_name("no_such_party", "en") == "no such party"
    assert all(set(party.names) == set(LANGUAGES) and all(party.names.values()) for party in parties().values())


STATEMENT = Metadata(
    title="Press release on the talks",
    publisher="Ministry of Foreign Affairs of Türkiye",
    language="en",
    document_class=DocumentClass.STATEMENT,
)
TEXT = "We attach importance to calm in Idlib."


@pytest.mark.parametrize(
    ("metadata", "key"),
    [
        (STATEMENT, "turkiye"),
        (replace(STATEMENT, title="Joint statement"), None),
        (replace(STATEMENT, title="Statement by Iran, Russia and Türkiye"), None),
        (replace(STATEMENT, title="Statement of the guarantors"), None),
        (replace(STATEMENT, title=None), "turkiye"),
        (replace(STATEMENT, publisher="An institute"), None),
        (replace(STATEMENT, publisher=None), None),
        (replace(STATEMENT, document_class=DocumentClass.NEWS), None),
    ],
)
def test_a_statement_of_one_party_is_its_position_throughout(metadata: Metadata, key: str | None) -> None:
    made = document("release", TEXT, metadata=metadata).document
    assert speaker_of(made, 0, len(TEXT)) == key


def test_another_that_speaks_in_a_statement_is_the_speaker() -> None:
    text = "Russia said that it agreed."
    made = document("release", text, metadata=STATEMENT).document
    assert speaker_of(made, 0, len(text)) == "russia"
