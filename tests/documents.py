"""Small documents for tests: three languages, marks that HTML escapes, emoji, duplicates, and sentences without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

EXCHANGE = "The parties adopted the regulation of the working group on the release of detainees & <missing> persons 🕊️."
# In Markdown a tag has to be escaped to be a text.
EIGHTH = f"""---
title: "Joint statement & <final> record of the eighth round"
publisher: Institute of Records
date: 2017-12-22
language: en
url: https://records.example.org/astana/8?part=1&page=2
process: Astana
round: 8
place: Astana
---
# Joint statement & \\<final> record of the eighth round

## Dates and place

The eighth round of talks was held in the city of Astana on 21 and 22 December 2017.

## Participants

Delegations of the guarantor states and observers from Jordan and the United Nations took part.

## Outcomes

{EXCHANGE.replace("<", chr(92) + "<")} The guarantors reaffirmed their commitment to the sovereignty of the country.

## Next meeting

The next round of talks will be held in Astana in the second half of February.
"""
RUSSIAN = """---
title: "Совместное заявление по итогам восьмого раунда"
publisher: Институт документов
date: 2017-12-22
language: ru
process: Astana
round: 8
---
# Совместное заявление по итогам восьмого раунда

## Итоги

Стороны согласовали положение о рабочей группе по освобождению задержанных & поиску \\<пропавших> без вести.

Следующая встреча пройдёт в Сочи в феврале.
"""
ARABIC = """---
title: "بيان حول المساعدات الإنسانية"
publisher: معهد الوثائق
date: 2018-05
language: ar
---
# بيان حول المساعدات الإنسانية

أكدت الأطراف ضرورة إيصال المساعدات الإنسانية إلى جميع المناطق دون عوائق.

رحب المشاركون بفتح الممرات الآمنة للمدنيين 🚑.
"""
CORRIDOR = "A safe corridor for convoys was opened near the bridge."
TWIN = f"""---
title: "Report of the {{}} observer"
language: en
---
# Report of the {{}} observer

{CORRIDOR}

The {{}} observer counted the lorries. {CORRIDOR}
"""
ENDLESS = "---\ntitle: Annex on monitoring\nlanguage: en\n---\n# Annex on monitoring\n\n" + "\n\n".join(
    f"Monitoring post {number} reports "
    + ", ".join(f"violation {number}-{place} of the ceasefire 🔥 in sector \\<{place}>" for place in range(14))
    + "."
    for number in range(1, 7)
)
NINTH = """---
title: "Joint statement of the ninth round"
publisher: Institute of Records
date: 2018-05-15
language: en
process: Astana
round: 9
---
# Joint statement of the ninth round

The ninth round of talks was held in Astana on 14 and 15 May 2018.

The participants agreed to continue the exchange of prisoners.
"""
DOCUMENTS = {
    "eighth.md": EIGHTH,
    "восьмой.md": RUSSIAN,
    "aid.md": ARABIC,
    "first-observer.md": TWIN.format("first", "first", "first"),
    "second-observer.md": TWIN.format("second", "second", "second"),
    "monitoring.md": ENDLESS,
}


def write_documents(folder: Path) -> None:
    """Write ``DOCUMENTS`` into ``folder``, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in DOCUMENTS.items():
        (folder / name).write_text(content, encoding="utf-8")
