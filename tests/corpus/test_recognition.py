"""Which pages are recognised, in which language, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from corpus.document import Origin
from corpus.errors import RefusedContent, UnreadableFile
from corpus.readers.pdf_lines import Line
from corpus.readers.recognised import RecognisedPage, recognition_warnings
from corpus.readers.rendering import draw, frames
from corpus.recognition import PageCache, Recognition, Survey, forget, recognise_scans, survey

MADE = Path(__file__).parent / "made"
FILE = Path("a.pdf")


def page(number: int, language: str = "eng", confidence: float = 0.9, words: int = 30) -> RecognisedPage:
    line = Line("a word", 1.0, 9.5, 700.0, 10.0, page=number, origin=Origin.RECOGNISED, places=((1.0, 2.0),) * 5)
    return RecognisedPage((line,), 842.0, language, (confidence,) * words)


class Asked:
    """Recognises every page in the language asked for, or in Russian where none is; remembers what was asked."""

    def __init__(self, confidence: float = 0.9, fails: Sequence[int] = ()) -> None:
        self.asked: list[tuple[int, tuple[str, ...]]] = []
        self._confidence = confidence
        self._fails = fails

    def __call__(self, number: int, languages: Sequence[str]) -> RecognisedPage:
        self.asked.append((number, tuple(languages)))
        if number in self._fails:
            raise UnreadableFile(FILE, "it failed.")
        return page(number, "eng" if languages == ("en",) else "rus", self._confidence)


def scans(*numbers: int, pages: int = 5, language: str | None = None, stated: str | None = None) -> Survey:
    return Survey("ab" * 32, "pdf", pages, numbers, language, stated)


def test_the_first_page_tells_the_language_of_those_after_it() -> None:
    asked = Asked()
    found = recognise_scans(FILE, scans(2, 3), asked)
    assert asked.asked == [(2, ()), (3, ("ru",))]
    assert sorted(found.pages) == [2, 3]


@pytest.mark.parametrize(
    ("surveyed", "languages"),
    [(scans(1, language="en"), ("en",)), (scans(1, language="en", stated="ru"), ("ru",)), (scans(1, stated="de"), ())],
)
def test_what_is_stated_comes_before_the_files_other_text(surveyed: Survey, languages: tuple[str, ...]) -> None:
    asked = Asked()
    recognise_scans(FILE, surveyed, asked)
    assert asked.asked == [(1, languages)]


def test_a_page_that_is_read_badly_is_tried_in_any_language_unless_it_was_stated() -> None:
    asked = Asked(confidence=0.5)
    recognise_scans(FILE, scans(1, language="en"), asked)
    assert asked.asked == [(1, ("en",)), (1, ())]
    asked = Asked(confidence=0.5)
    recognise_scans(FILE, scans(1, stated="en"), asked)
    assert asked.asked == [(1, ("en",))]


def test_progress_is_told_after_every_page() -> None:
    told: list[tuple[int, int]] = []
    recognise_scans(FILE, scans(1, 4), Asked(), progress=lambda done, all: told.append((done, all)))
    assert told == [(1, 2), (2, 2)]


def test_too_many_scans_are_refused_with_their_number_the_time_and_the_setting() -> None:
    with pytest.raises(UnreadableFile) as caught:
        recognise_scans(FILE, scans(*range(1, 301), pages=300), Asked())
    assert caught.value.reason == (
        "it has 300 scanned pages, and no more than 100 are read by text recognition; these would take about "
        "20 minutes: split it, or set RAPPORTEUR_OCR_PAGES to 300."
    )


def test_a_page_that_fails_is_named_and_the_others_are_read() -> None:
    found = recognise_scans(FILE, scans(1, 2, 3), Asked(fails=[2]))
    assert sorted(found.pages) == [1, 3]
    assert found.warnings() == ["Page 2 was not recognised: it failed."]


def test_after_three_failures_no_more_are_tried() -> None:
    asked = Asked(fails=range(1, 9))
    found = recognise_scans(FILE, scans(*range(1, 9), pages=20), asked)
    assert [number for number, _ in asked.asked] == [1, 2, 3]
    assert found.warnings() == ["Page 1, 2, 3, 4, 5, 6, 7, 8 was not recognised: it failed."]


def test_a_file_of_nothing_but_scans_that_all_fail_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="it failed"):
        recognise_scans(FILE, scans(1, 2, pages=2), Asked(fails=[1, 2]))
    assert recognise_scans(FILE, scans(1, 2, pages=3), Asked(fails=[1, 2])).pages == {}


def test_what_is_kept_is_not_read_again_and_can_be_forgotten(tmp_path: Path) -> None:
    cache = PageCache(tmp_path / "recognised")
    first = recognise_scans(FILE, scans(1, 3), Asked(), cache=cache)
    again = Asked()
    assert recognise_scans(FILE, scans(1, 3), again, cache=cache) == first
    assert again.asked == []
    assert cache.pages("ab" * 32) == first.pages
    assert forget(tmp_path / "recognised", "ab" * 32) == 2
    assert list((tmp_path / "recognised").iterdir()) == []
    assert forget(tmp_path / "nothing", "ab" * 32) == 0


def test_a_page_kept_in_one_language_is_not_that_of_another_and_a_broken_one_is_none(tmp_path: Path) -> None:
    cache = PageCache(tmp_path)
    cache.put("ab" * 32, 1, ("ru",), page(1))
    assert cache.get("ab" * 32, 1, ("ru",)) == page(1)
    assert cache.get("ab" * 32, 1, ()) is None
    next(tmp_path.iterdir()).write_bytes(b'{"lines": [')
    assert cache.get("ab" * 32, 1, ("ru",)) is None


def test_an_interrupted_reading_keeps_the_pages_that_were_done(tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    cache = PageCache(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        recognise_scans(FILE, scans(1, 2, 3), Asked(), cache=cache, progress=stop)
    asked = Asked()
    recognise_scans(FILE, scans(1, 2, 3), asked, cache=cache)
    assert [number for number, _ in asked.asked] == [3]


def test_a_recognised_page_survives_as_json() -> None:
    assert RecognisedPage.from_json(page(3).to_json()) == page(3)


def test_warnings_tell_the_share_of_doubtful_words_and_pages_without_any() -> None:
    pages = {
        1: page(1, confidence=0.9, words=3),
        2: page(2, confidence=0.5, words=1),
        4: RecognisedPage((), 9.0, "eng"),
    }
    assert list(recognition_warnings(pages)) == [
        "Read by text recognition: page 1, 2; its words were read with a confidence of 0.80 on average, 1 of 4 "
        "(25.0%) doubtfully: compare quotations with the page.",
        "Text recognition found no text on page 4.",
    ]
    assert Recognition().warnings() == []


@pytest.mark.parametrize(
    ("name", "pages", "scanned", "language"),
    [
        ("mixed-ru.pdf", 3, (2,), "ru"),
        ("scan-en.pdf", 2, (1, 2), None),
        ("one-column-tr.pdf", 3, (), "tr"),
        ("scan-en.tiff", 2, (1, 2), None),
        ("scan-en.png", 1, (1,), None),
    ],
)
def test_pages_without_text_are_told_from_those_with(
    name: str, pages: int, scanned: tuple[int, ...], language: str | None
) -> None:
    found = survey((MADE / name).read_bytes(), Path(name).suffix)
    assert (found.pages, found.scans, found.language) == (pages, scanned, language)


def test_an_empty_page_is_no_scan_and_a_text_has_none(print_pages: Callable[..., bytes]) -> None:
    assert survey(print_pages([(72, 700, "A word.")], []), ".pdf").scans == ()
    assert survey(b"A text.", ".txt").scans == ()


def test_a_stamp_on_a_scan_does_not_make_it_text() -> None:
    target = BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for size, text in (((595, 842), "Copy 12"), ((60, 60), "Beside a mark"), ((595, 842), "A long text. " * 10)):
        canvas.drawImage(ImageReader(Image.new("1", (40, 40), 1)), 0, 0, *size)
        canvas.drawString(72, 40, text)
        canvas.showPage()
    canvas.save()
    assert survey(target.getvalue(), ".pdf").scans == (1,)


def test_a_picture_is_drawn_as_wide_as_a_page_whatever_it_measures() -> None:
    target = BytesIO()
    Image.new("L", (620, 877), 255).save(target, "PNG")
    bitmap, scale = draw(target.getvalue(), "picture", 1, 300)
    assert bitmap.size == (2481, 3509)
    assert scale == pytest.approx(300 / 72)


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_a_damaged_picture_is_refused(share: float) -> None:
    data = (MADE / "scan-en.png").read_bytes()
    with pytest.raises(RefusedContent, match="damaged picture"):
        draw(data[: int(len(data) * share)], "picture", 1, 100)


def test_a_picture_bomb_is_refused_before_it_is_unpacked() -> None:
    target = BytesIO()
    Image.new("1", (20_000, 20_000)).save(target, "PNG")
    with pytest.raises(RefusedContent, match="too large"):
        frames(target.getvalue())
