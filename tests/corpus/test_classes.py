from __future__ import annotations

import pytest

from corpus.classes import class_of_label, class_of_publisher, class_of_title, dateline, is_agency
from corpus.document import DocumentClass

STATEMENT, BRIEFING = DocumentClass.STATEMENT, DocumentClass.BRIEFING
ANALYSIS, NEWS = DocumentClass.ANALYSIS, DocumentClass.NEWS


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Joint Statement by Iran, Russia and Turkey", STATEMENT),
        ("[Joint statement, fourteenth high-level meeting on Syria]", STATEMENT),
        ("Full text: Final Communiqué of the meeting", STATEMENT),
        ("No. 384, Press Release Regarding the Talks", STATEMENT),
        ("Statement by the Minister of Foreign Affairs", STATEMENT),
        ("Совместное заявление Ирана, России и Турции", STATEMENT),
        ("Заявление МИД Казахстана", STATEMENT),
        ("Комментарий Департамента информации и печати МИД", STATEMENT),
        ("Бірлескен мәлімдеме", STATEMENT),
        ("Астана форматындағы кездесудің бірлескен мәлімдемесі", STATEMENT),
        ("Astana Formatında Suriye Toplantısı Ortak Açıklaması", STATEMENT),
        ("البيان الختامي للجولة الثامنة", STATEMENT),
        ("بیانیه مشترک ایران، روسیه و ترکیه", STATEMENT),
        ("Briefing note on the valleys", BRIEFING),
        ("Информационная справка о переговорах", BRIEFING),
        ("Suriye görüşmeleri hakkında bilgi notu", BRIEFING),
        ("ورقة إحاطة عن المحادثات", BRIEFING),
        ("Policy Brief: what next", ANALYSIS),
        ("Analysis of the results of the talks", ANALYSIS),
        ("Анализ итогов переговоров", ANALYSIS),
        ("Analiz: Astana süreci", ANALYSIS),
        ("تقدير موقف: مسار أستانا", ANALYSIS),
        ("یادداشت سیاستی درباره آب", ANALYSIS),
        ("Iran, Russia, Turkey issue joint statement", None),
        ("Joint statement welcomed by the United Nations", None),
        ("Policy briefing", None),
        ("Press conference of the minister", None),
        ("Результаты переговоров", None),
        ("Görüşmelerin sonuçları", None),
        ("Results of the 8th round of negotiations", None),
        ("", None),
    ],
)
def test_a_title_names_its_class_or_none(title: str, expected: DocumentClass | None) -> None:
    assert class_of_title(title) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PRESS RELEASE No. 12/2018", STATEMENT),
        ("Справка", BRIEFING),
        ("Policy Brief No. 7", ANALYSIS),
        ("[Commentary]", ANALYSIS),
        ("Талдау:", ANALYSIS),
        ("أخبار", NEWS),
        ("Analysis of water", None),
        ("The commentary", None),
    ],
)
def test_a_label_is_a_line_of_its_own(line: str, expected: DocumentClass | None) -> None:
    assert class_of_label(line) == expected


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("ASTANA, 21 December 2017 (Xinhua) -- Talks began.", ("ASTANA, 21 December 2017", "Xinhua")),
        ("АСТАНА, 21 декабря 2017 года. /ТАСС/. Переговоры начались.", ("АСТАНА, 21 декабря 2017 года", "ТАСС")),
        ("АСТАНА, 21 декабря — РИА Новости. Переговоры.", ("АСТАНА, 21 декабря", "РИА Новости")),
        ("АСТАНА. ҚазАқпарат – Келіссөздер басталды.", ("АСТАНА", "ҚазАқпарат")),
        ("ASTANA (AA) - Görüşmeler başladı.", ("ASTANA", "AA")),
        ("أستانا-سانا- بدأت المحادثات.", ("أستانا", "سانا")),
        ("تهران - ایرنا - گفت‌وگوها آغاز شد.", ("تهران", "ایرنا")),
        ("The minister (Xinhua) said that talks began.", None),
        ("Geneva - UN - Talks began.", None),
        ("they met in the hall (AP) - and left.", None),
        ("The talks began in Astana.", None),
        ("", None),
    ],
)
def test_a_dateline_is_a_place_and_an_agency(paragraph: str, expected: tuple[str, str] | None) -> None:
    assert dateline(paragraph) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TASS", True),
        ("Sputnik Arabic", True),
        ("Mehr News Agency", True),
        ("Информационное агентство Долина", True),
        ("وكالة الأنباء السورية", True),
        ("Ministry of Foreign Affairs", False),
        ("Kazakhstan Institute for Strategic Studies", False),
    ],
)
def test_an_agency_is_known_by_its_name(name: str, expected: bool) -> None:
    assert is_agency(name) is expected
    assert class_of_publisher(name) == (NEWS if expected else None)
