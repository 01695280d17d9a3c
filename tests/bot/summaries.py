"""Made summaries: documents of every standing in six languages, and quotations of them."""

from __future__ import annotations

import hashlib
from typing import Any

from corpus.document import Block, BlockKind, Document, DocumentClass, Metadata
from retrieval.answers.quotes import Quote
from retrieval.summaries.round_table import Period, Round
from retrieval.summaries.summary import Disagreement, Section, Summary

STATEMENT, BRIEFING, NEWS = DocumentClass.STATEMENT, DocumentClass.BRIEFING, DocumentClass.NEWS


def made(id: str, *paragraphs: str, kind: DocumentClass | None = None, **metadata: Any) -> Document:
    """A document of round 8 whose paragraphs each stand on a page of their own."""
    text, blocks = "\n\n".join(paragraphs), []
    start = 0
    for number, paragraph in enumerate(paragraphs, 1):
        blocks.append(Block(BlockKind.PARAGRAPH, start, start + len(paragraph), page=number, paragraph=number))
        start += len(paragraph) + 2
    given: dict[str, Any] = {"process": "Astana", "round": 8, "document_class": kind}
    known = Metadata(**(given | metadata))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(id, f"/documents/{id}", sha256, text, tuple(blocks), known, "pdf")


def quoted(document: Document, paragraph: int, score: float = 0.5) -> Quote:
    """A paragraph of a made document, counted from 1."""
    block = document.blocks[paragraph - 1]
    return Quote(document, block.start, block.end, score)


ENGLISH = made(
    "joint.pdf",
    "The eighth round was held in Astana on 21 and 22 December 2017.",
    "The parties adopted a regulation on the release of detainees <&> the handover of bodies.",
    "The guarantors reaffirmed resolution 2254.",
    kind=STATEMENT,
    title="Joint statement",
    publisher="Ministry",
    date="2017-12-22",
    language="en",
    url="https://example.org/8?a=1&b=2",
)
RUSSIAN = made(
    "итоги.pdf",
    "Восьмой раунд прошёл в Астане 20–22 декабря 2017 года.",
    "Россия заявила, что конгресс состоится в Сочи.",
    kind=NEWS,
    title="Итоги раунда",
    publisher="Агентство",
    date="2017-12-23",
    language="ru",
)
KAZAKH = made(
    "kz.pdf", "Сегізінші раунд Астанада өтті, ереже қабылданды.", kind=NEWS, title="Сегізінші раунд", language="kk"
)
TURKISH = made("tr.pdf", "Türkiye, kararların uygulanmasını istedi; İdlib’de 12 nokta var.", kind=NEWS, language="tr")
ARABIC = made(
    "بيان.pdf",
    "اتفق المجتمعون على عقد الجولة التاسعة في شهر شباط 2018.",
    kind=BRIEFING,
    title="بيان حول الجولة الثامنة",
    publisher="وكالة",
    date="2017-12-22",
    language="ar",
)
PERSIAN = made("fa.pdf", "کشورهای ضامن می‌خواهند گفت‌وگوها را ادامه دهند.", title="دور هشتم", language="fa")
NOT_USED = tuple(made(f"{number}.pdf", "Nothing.", title=f"Remarks {number}") for number in range(1, 10))

SUMMARY = Summary(
    process="Astana",
    round=8,
    topic=None,
    sections=(
        Section("dates_and_place", (quoted(ENGLISH, 1),)),
        Section("outcomes", (quoted(ENGLISH, 2, 0.9), quoted(ENGLISH, 3, 0.4), quoted(KAZAKH, 1), quoted(PERSIAN, 1))),
        Section("positions", (quoted(RUSSIAN, 2),), "russia"),
        Section("positions", (quoted(TURKISH, 1),), "turkiye"),
        Section("next_meeting", (quoted(ARABIC, 1),)),
    ),
    disagreements=(Disagreement("dates", (quoted(ENGLISH, 1), quoted(RUSSIAN, 1))),),
    used=(ENGLISH, KAZAKH, PERSIAN, RUSSIAN, TURKISH, ARABIC),
    not_used=NOT_USED,
)
KNOWN = Round(
    "Astana",
    8,
    (Period("2017-12-20", "2017-12-22", (RUSSIAN,)), Period("2017-12-21", "2017-12-22", (ENGLISH,))),
    ("Astana",),
    (ENGLISH, RUSSIAN),
)
