"""Makes the PDFs of the made test set, each with its truth beside it: ``python -m tests.corpus.make_pdf``."""

from __future__ import annotations

import html
import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from reportlab.lib.pdfencrypt import StandardEncryption

from tests.corpus.made_print import SERIF, Drawn, Made, Style, Typesetter, printed, register, scanned
from tests.corpus.made_texts import paragraph, sentence

MADE = Path(__file__).parent / "made"
_SECTIONS = (
    "1. The basin and its history", "2. Winter releases", "3. Payment for energy", "4. Measurements",
    "5. Irrigation", "6. The role of observers", "7. Outlook",
)  # fmt: skip
_TABLE = (
    ("Valley", "Share", "Since"),
    ("Sarykol", "23 per cent", "1991"),
    ("Tesmen", "31 per cent", "1994"),
    ("Orvane", "9 per cent", "2003"),
    ("Kestel", "37 per cent", "2008"),
)
_TWO_COLUMNS = Style(columns=2, indent=12.0, is_justified=True, is_hyphenated=True)
_ONE_COLUMN = Style(size=10.5, leading=14.0, gap=8.0)
_TITLES = {
    "ru": "Доклад о совместном водохранилище четырёх долин",
    "kk": "Төрт аңғардың ортақ су қоймасы туралы баяндама",
    "tr": "Dört vadinin ortak baraj gölü hakkında rapor",
    "ar": "تقرير عن الخزان المشترك للوديان الأربعة",
    "fa": "گزارشی درباره مخزن مشترک چهار دره",
}
_LINE = 88
_LINES_OF_PAGE = 38
_PAGE = """<!doctype html><html lang="{language}" dir="rtl"><meta charset="utf-8"><title>{title}</title><style>
@page {{ size: A4; margin: 0 }} body {{ margin: 0; font: 11.5pt/17pt "Noto Naskh Arabic" }}
section {{ box-sizing: border-box; height: 296mm; padding: 20mm 22mm; break-after: page; position: relative }}
div {{ white-space: nowrap; height: 17pt }}
.full {{ text-align: justify; text-align-last: justify; white-space: normal }}
h1 {{ font-size: 19pt; line-height: 30pt; margin: 0 0 8pt }} .last {{ margin-bottom: 9pt }}
footer {{ position: absolute; bottom: 8mm; left: 100mm; font-size: 9pt }}</style>{sections}</html>
"""


def main() -> None:
    """Write all files."""
    MADE.mkdir(exist_ok=True)
    register()
    two_columns()
    for language in ("ru", "kk", "tr"):
        one_column(language)
    for language in ("ar", "fa"):
        right_to_left(language)
    scan()
    mixed()
    right_to_left_scan()
    protected()


def write(name: str, data: bytes, title: str, blocks: Sequence[Made], footnotes: Sequence[Made] = ()) -> None:
    """Write a PDF and, beside it, what has to be read in it."""
    (MADE / f"{name}.pdf").write_bytes(data)
    truth = {
        "title": title,
        "blocks": [asdict(block) for block in blocks],
        "footnotes": [asdict(note) for note in footnotes],
    }
    (MADE / f"{name}.pdf.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n")


def two_columns() -> None:
    """Thirteen pages of two columns with running headers, footnotes, a table, a list and cut words."""
    random, said = Random(7), set[str]()
    notes = [f"See the letter of {random.randint(2, 28)} May: {sentence('en', random, said)}" for _ in range(14)]
    setter = Typesetter(_TWO_COLUMNS, notes)
    title = ["Four valleys and one reservoir:", "a record of twenty years"]
    setter.title(title)
    count = 84
    note = 0
    for index in range(count):
        if index % 12 == 0:
            setter.heading(_SECTIONS[index // 12])
        if index == 40:
            setter.space()
            for number, row in enumerate(_TABLE, start=1):
                setter.row(row, number)
            setter.space()
        if index % 21 == 9:
            for _ in range(3):
                setter.block("list_item", sentence("en", random, said), bullet="•")
            setter.space()
        text = paragraph("en", random, said, 4, 9)
        if index % 6 == 3:
            note += 1
            words = text.split(" ")
            place = random.randrange(4, len(words) - 4)
            words[place] += f"[{note}]"
            text = " ".join(words)
        setter.block("paragraph", text)
    setter.end()
    headers = ("Basin Review, Number 7", "Four valleys and one reservoir")
    whole = " ".join(title)
    for name, by_rows in (("two-columns", False), ("two-columns-by-rows", True)):
        write(name, printed(setter.drawn, headers, by_rows=by_rows), whole, setter.blocks, setter.footnotes)


def one_column(language: str) -> None:
    """Pages of one column, ragged, with gaps between the paragraphs."""
    random, said = Random(11), set[str]()
    setter = Typesetter(_ONE_COLUMN)
    setter.title([_TITLES[language]], 15.0)
    for _ in range(20):
        setter.block("paragraph", paragraph(language, random, said, 3, 7))
    setter.end()
    write(f"one-column-{language}", printed(setter.drawn), _TITLES[language], setter.blocks)


def right_to_left(language: str) -> None:
    """Pages as a browser prints them, with letters really joined; the lines and pages are broken here."""
    random, said = Random(13), set[str]()
    blocks = [Made("heading", _TITLES[language], page=1)]
    pages = [[f"<h1>{_TITLES[language]}</h1>"]]
    room = _LINES_OF_PAGE - 3
    for _ in range(20):
        made = Made("paragraph", paragraph(language, random, said, 3, 7))
        lines = _broken(made.text)
        for number, (line, start) in enumerate(lines):
            if not room:
                pages.append([])
                room = _LINES_OF_PAGE
            room -= 1
            if not number:
                made.page = len(pages)
            elif len(pages) != (made.turns[-1][1] if made.turns else made.page):
                made.turns.append((start, len(pages)))
            kind = "last" if number == len(lines) - 1 else "full"
            pages[-1].append(f'<div class="{kind}">{html.escape(line)}</div>')
        blocks.append(made)
    sections = "".join(
        f"<section>{''.join(page)}<footer>{number}</footer></section>" for number, page in enumerate(pages, start=1)
    )
    content = _PAGE.format(language=language, title=_TITLES[language], sections=sections)
    write(f"browser-{language}", _browser_print(content), _TITLES[language], blocks)


def scan() -> None:
    """Two scanned pages in English with a paragraph over both, as a PDF, and the first of them as a picture."""
    setter = _short("en", 6)
    pages = {page: scanned(printed(setter.drawn), page) for page in (1, 2)}
    write("scan-en", printed(setter.drawn, scans=pages), setter.blocks[0].text, setter.blocks)
    pages[1].save(MADE / "scan-en.png", optimize=True)
    pages[1].save(MADE / "scan-en.tiff", save_all=True, append_images=[pages[2]], compression="group4", dpi=(200, 200))


def mixed() -> None:
    """Three pages in Russian, of which the second is a scan; paragraphs go over to it and from it."""
    setter = _short("ru", 10)
    pages = {2: scanned(printed(setter.drawn), 2)}
    write("mixed-ru", printed(setter.drawn, scans=pages), setter.blocks[0].text, setter.blocks)


def right_to_left_scan() -> None:
    """The first page of the Arabic print as a scan."""
    source = "browser-ar"
    picture = scanned((MADE / f"{source}.pdf").read_bytes(), 1)
    blocks = [Made(**block) for block in json.loads((MADE / f"{source}.pdf.json").read_text())["blocks"]]
    data = printed([Drawn(1, 0, 0, "", SERIF, 9)], scans={1: picture})
    write("scan-ar", data, _TITLES["ar"], [block for block in blocks if block.page == 1 and not block.turns])


def protected() -> None:
    """A PDF that opens only with a password, and one that opens without its owner's."""
    setter = _short("en", 1)
    for name, password in (("password", "user"), ("owner-password", "")):
        encryption = StandardEncryption(password, "owner", strength=128)
        write(name, printed(setter.drawn, encrypt=encryption), setter.blocks[0].text, setter.blocks)


def _short(language: str, paragraphs: int) -> Typesetter:
    random, said = Random(17), set[str]()
    setter = Typesetter(Style(size=11.5, leading=16.0, gap=9.0, bottom=420.0))
    setter.title([_TITLES.get(language, "A record of the shared reservoir")], 16.0)
    for _ in range(paragraphs):
        setter.block("paragraph", paragraph(language, random, said, 2, 4))
    setter.end()
    return setter


def _broken(text: str) -> list[tuple[str, int]]:
    lines: list[tuple[str, int]] = []
    start = 0
    for word in text.split(" "):
        if lines and len(lines[-1][0]) + 1 + len(word) <= _LINE:
            lines[-1] = (f"{lines[-1][0]} {word}", lines[-1][1])
        else:
            lines.append((word, start))
        start += len(word) + 1
    return lines


def _browser_print(content: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        page, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(content)
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        command = ["/usr/bin/chromium", *options, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}"]
        subprocess.run([*command, page.as_uri()], check=True, capture_output=True, timeout=120)
        return target.read_bytes()


if __name__ == "__main__":
    main()
