from __future__ import annotations

import pytest

from corpus.encoding import decode
from corpus.errors import RefusedContent

TURKISH = "Görüşmelerin ikinci turu Bişkek'te başladı. Üyeler ışık, ağaç ve İstanbul üzerine ortak açıklama yayımladı."
RUSSIAN = "В Оше начался восьмой раунд переговоров о воде. Стороны обсудили сроки и обмен сведениями."
KAZAKH = "Ошта су туралы келіссөздердің сегізінші раунды басталды. Тараптар өңірдің қауіпсіздігін талқылады."
ARABIC = "بدأت في المدينة الجولة الثامنة من المفاوضات حول المياه، وناقش الأطراف المواعيد."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "utf-8-sig"),
        (RUSSIAN, "utf-16"),
        (RUSSIAN, "utf-32"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (TURKISH, "cp1254"),
        (TURKISH, "iso8859_9"),
        (KAZAKH, "ptcp154"),
        (KAZAKH, "kz1048"),
        (ARABIC, "cp1256"),
        ("The talks – “began” – at the café.", "cp1252"),
    ],
)
def test_the_text_comes_back_whatever_it_was_written_in(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_the_declared_encoding_is_believed_before_any_guess() -> None:
    assert decode("Ñandú".encode("cp850"), "cp850") == "Ñandú"


def test_utf_8_is_believed_before_a_wrong_declaration() -> None:
    assert decode("İran ve Türkiye".encode(), "iso-8859-1") == "İran ve Türkiye"


def test_an_unknown_declaration_is_passed_over() -> None:
    assert decode(TURKISH.encode("cp1254"), "no-such-encoding") == TURKISH


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(RefusedContent, match="not text in any known encoding"):
        decode(bytes(range(256)) * 20)


def test_a_broken_utf_16_text_is_refused_by_name() -> None:
    with pytest.raises(RefusedContent, match="begins as utf-16"):
        decode(b"\xff\xfea\x00\x00\xd8")
