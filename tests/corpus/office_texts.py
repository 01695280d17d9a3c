"""The texts of the made office files, in three languages; ``^1`` calls note 1, ``**`` is bold, links as in Markdown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Element:
    """A heading, paragraph, list item (``level`` from 1) or table (``rows``) of a text."""

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A text, in order, with the notes that it calls."""

    language: str
    direction: str
    title: str
    elements: tuple[Element, ...]
    notes: tuple[str, ...]


def _text(language: str, direction: str, title: str, lines: str, notes: tuple[str, ...]) -> Text:
    """Make a text from lines: ``#`` to ``###`` open headings, ``-`` and ``--`` items, ``|`` rows, others paragraphs."""
    elements: list[Element] = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        mark, _, rest = line.partition(" ")
        if mark in ("#", "##", "###"):
            elements.append(Element("heading", rest, len(mark)))
        elif mark in ("-", "--"):
            elements.append(Element("item", rest, len(mark)))
        elif mark == "|":
            row = tuple(cell.strip() for cell in rest.split("|"))
            rows = elements.pop().rows if elements[-1].kind == "table" else ()
            elements.append(Element("table", rows=(*rows, row)))
        else:
            elements.append(Element("paragraph", line))
    return Text(language, direction, title, tuple(elements), notes)


TEXTS = (
    _text(
        "en",
        "ltr",
        "Third round of water talks",
        """
        The third round opened on Monday with **four** delegations present.^1
        It was chaired by the Basin Institute, and lasted for three days.
        # Agenda
        The agenda was [published in advance](https://basin.example/agenda) and adopted without a vote.
        - Winter releases from the upper reservoir
        - Payment for energy
        -- prices in **summer**
        -- prices in winter
        - Any other business
        ## Releases
        The upper valley offered 40 % of the flow; the lower one asked for half of it.^2
        The chair’s “compromise” was 45 %.
        ### Figures
        | Valley | Share | Year
        | Upper | 40 % | 2018
        | Lower | 60 % | 2019
        # Outcome
        A joint statement was adopted on 6 March 2019.^3
        The next round is to meet in June.
        """,
        (
            "Those of the upper, middle, lower and northern valleys.",
            "The figures are those of the delegations.",
            "Its text is annexed to this report.",
        ),
    ),
    _text(
        "ru",
        "ltr",
        "Третий раунд переговоров о воде",
        """
        Третий раунд открылся в понедельник, в нём участвовали **четыре** делегации.^1
        Председательствовал Институт бассейна; заседания длились три дня.
        # Повестка дня
        Повестка дня была [опубликована заранее](https://basin.example/povestka) и принята без голосования.
        - Зимние попуски из верхнего водохранилища
        - Плата за электроэнергию
        -- цены **летом**
        -- цены зимой
        - Прочие вопросы
        ## Попуски
        Верхняя долина предложила 40 % стока, нижняя просила половину.^2
        «Компромисс» председателя составил 45 %.
        ### Цифры
        | Долина | Доля | Год
        | Верхняя | 40 % | 2018
        | Нижняя | 60 % | 2019
        # Итоги
        Совместное заявление принято 6 марта 2019 года.^3
        Следующий раунд пройдёт в июне.
        """,
        (
            "Верхней, средней, нижней и северной долин.",
            "Данные представлены делегациями.",
            "Текст заявления прилагается.",
        ),
    ),
    _text(
        "ar",
        "rtl",
        "الجولة الثالثة من محادثات المياه",
        """
        افتتحت الجولة الثالثة يوم الاثنين بحضور **أربعة** وفود.^1
        ترأس الجولة معهد الحوض واستمرت ثلاثة أيام.
        # جدول الأعمال
        نُشر جدول الأعمال [مسبقاً](https://basin.example/agenda) واعتُمد دون تصويت.
        - تصريف المياه شتاءً من الخزان الأعلى
        - ثمن الطاقة
        -- الأسعار **صيفاً**
        -- الأسعار شتاءً
        - مسائل أخرى
        ## التصريف
        عرض الوادي الأعلى 40٪ من الجريان، وطلب الوادي الأدنى نصفه.^2
        كانت تسوية الرئيس 45٪.
        ### الأرقام
        | الوادي | الحصة | السنة
        | الأعلى | 40٪ | 2018
        | الأدنى | 60٪ | 2019
        # النتائج
        اعتُمد بيان مشترك في 6 آذار 2019.^3
        تنعقد الجولة المقبلة في حزيران.
        """,
        (
            "وفود الأودية الأعلى والأوسط والأدنى والشمالي.",
            "الأرقام مقدمة من الوفود.",
            "نص البيان مرفق بهذا التقرير.",
        ),
    ),
)
