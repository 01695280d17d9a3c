from __future__ import annotations

import pytest

from corpus.encoding import decode
from corpus.errors import RefusedContent

TEXTS = {
    "en": "The talks – “began” – at the café in the third week; the parties didn’t agree on dates.",
    "ru": "В Оше начался восьмой раунд переговоров о воде. Стороны обсудили сроки и обмен сведениями.",
    "kk": "Ошта су туралы келіссөздердің сегізінші раунды басталды. Тараптар өңірдің қауіпсіздігін, ғылымды талқылады.",
    "tr": "Görüşmelerin ikinci turu Bişkek'te başladı. Üyeler ışık, ağaç ve İstanbul üzerine açıklama yayımladı.",
    "ar": "بدأت في المدينة الجولة الثامنة من المفاوضات حول المياه، وناقش الأطراف المواعيد.",
    "fa": "در شهر دور هشتم گفتگوها درباره آب آغاز شد و طرف‌ها درباره زمان‌بندی گفت‌وگو کردند.",
}
TURKISH = TEXTS["tr"]
WIDE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
NARROW = {
    "en": ("cp1252",),
    "ru": ("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "ptcp154", "kz1048", "mac_cyrillic"),
    "kk": ("ptcp154", "kz1048"),
    "tr": ("cp1254", "iso8859_9", "cp857"),
    "ar": ("cp1256", "iso8859_6"),
    "fa": (),
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [(language, encoding) for language, narrow in NARROW.items() for encoding in (*WIDE, *narrow)],
)
@pytest.mark.parametrize("times", [1, 20])
def test_the_text_comes_back_whatever_it_was_written_in(language: str, encoding: str, times: int) -> None:
    text = "\n".join([TEXTS[language]] * times)
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("title: Özet", "cp1254"),
        ("title: Işık", "iso8859_9"),
        ("title: café", "cp1252"),
        ("title: Итоги", "cp1251"),
        ("title: Қысқаша есеп", "ptcp154"),
        ("title: ملخص", "cp1256"),
        ("title: Özet", "utf-16-le"),
    ],
)
def test_a_few_words_are_enough(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_single_foreign_name_in_a_long_text_comes_back() -> None:
    text = "The parties met in the hall and spoke of the reservoir.\n" * 40 + "The hall is that of Müller.\n"
    assert decode(text.encode("cp1252")) == text


def test_an_encoding_that_is_not_known_is_refused_rather_than_misread() -> None:
    with pytest.raises(RefusedContent, match="not text in any known encoding"):
        decode(TURKISH.encode("iso8859_3"))
    with pytest.raises(RefusedContent, match="not text in any known encoding"):
        decode(TEXTS["ar"].encode("mac_arabic"))


def test_the_declared_encoding_is_believed_before_any_guess() -> None:
    assert decode("Ñandú".encode("cp850"), "cp850") == "Ñandú"


def test_utf_8_is_believed_before_a_wrong_declaration() -> None:
    assert decode("İran ve Türkiye".encode(), "iso-8859-1") == "İran ve Türkiye"


def test_an_unknown_declaration_is_passed_over() -> None:
    assert decode(TURKISH.encode("cp1254"), "no-such-encoding") == TURKISH


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(RefusedContent, match="not text in any known encoding"):
        decode(bytes(range(256)) * 20)


def test_a_broken_utf_8_text_is_refused_by_name() -> None:
    data = bytearray(TEXTS["ru"].encode())
    data[40] = 0x20
    with pytest.raises(RefusedContent, match=r"^it is UTF-8 text but broken at byte \d+; save it again\.$"):
        decode(bytes(data))


def test_a_broken_utf_16_text_is_refused_by_name() -> None:
    with pytest.raises(RefusedContent, match="begins as utf-16"):
        decode(b"\xff\xfea\x00\x00\xd8")
