"""What admins decide on rounds stays with the library, whatever becomes of its index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corpus.library import Library
from corpus.library_archive import export, import_library
from corpus.metadata import WrongValue
from corpus.round_decisions import DATES, PLACE, RoundDecision, RoundDecisions, checked_days, checked_place, round_key

if TYPE_CHECKING:
    from pathlib import Path


def _untold(_: int, __: int) -> None:
    """Progress that nobody looks at."""


def test_decisions_are_kept_by_process_in_any_of_its_names_and_taken_back_one_by_one(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        decisions = RoundDecisions(library)
        decisions.decide_dates("Astana", 8, "2017-12-21", "2017-12-22", "1")
        decisions.decide_place("Астанинский процесс", 8, "Nur-Sultan", "1")
        decisions.decide_place("Geneva", 8, "Vienna", "1")
        decisions.decide_place(None, 8, "Sochi", "1")
        assert decisions.decided() == {
            ("astana", 8): RoundDecision("2017-12-21", "2017-12-22", "Nur-Sultan"),
            ("geneva", 8): RoundDecision(place="Vienna"),
            ("", 8): RoundDecision(place="Sochi"),
        }
        decisions.decide_place("Astana", 8, "Astana", "2")
        decisions.undo("Astana process", 8, DATES)
        decisions.undo("Geneva", 8, PLACE)
        assert decisions.decided() == {
            ("astana", 8): RoundDecision(place="Astana"),
            ("", 8): RoundDecision(place="Sochi"),
        }


def test_every_decision_gives_the_library_a_new_revision(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        before = library.revision()
        RoundDecisions(library).decide_place("Astana", 8, "Astana", "1")
        RoundDecisions(library).undo("Astana", 8, PLACE)
        assert library.revision() == before + 2


def test_decisions_go_with_an_export_and_are_there_after_its_import(tmp_path: Path) -> None:
    with Library.open(tmp_path / "one") as library:
        RoundDecisions(library).decide_dates("Astana", 8, "2017-12-21", "2017-12-22", "1")
        export(library, tmp_path / "all.tar", _untold)
    import_library(tmp_path / "all.tar", tmp_path / "two", set(), _untold)
    with Library.open(tmp_path / "two") as library:
        assert RoundDecisions(library).decided() == {round_key("Astana", 8): RoundDecision("2017-12-21", "2017-12-22")}


@pytest.mark.parametrize(
    "text",
    [
        *("2017-12-21 2017-12-22", "2017-12-21 - 2017-12-22", "2017-12-21/2017-12-22", "2017-12-21 to 2017-12-22"),
        *("21-22 December 2017", "21–22 декабря 2017 года", "2017 жылғы 21-22 желтоқсан", "21-22 Aralık 2017"),
        *("21 و22 ديسمبر 2017", "۳۰ آذر و ۱ دی ۱۳۹۶", "٢٠١٧-١٢-٢١ ٢٠١٧-١٢-٢٢"),
    ],
)
def test_days_may_be_written_as_people_write_them(text: str) -> None:
    assert checked_days(text) == ("2017-12-21", "2017-12-22")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2017-12-21", ("2017-12-21", "2017-12-21")),
        ("2017-12", ("2017-12", "2017-12")),
        ("December 2017", ("2017-12", "2017-12")),
        ("2017", ("2017", "2017")),
        ("2017-12-21 2017-12", ("2017-12-21", "2017-12")),
    ],
)
def test_one_day_or_less_precise_ones_do_too(text: str, days: tuple[str, str]) -> None:
    assert checked_days(text) == days


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2017-02-31", "31 February 2017", "2017-12-22 2017-12-21", "21 December 2017 and 3 May 2018"),
        *("held on 21 December 2017", "2017-12-21 2017-12-22 2017-12-23"),
    ],
)
def test_what_says_no_days_or_two_things_is_refused(text: str) -> None:
    with pytest.raises(WrongValue):
        checked_days(text)


def test_a_place_is_one_line_of_text() -> None:
    assert checked_place("  Nur-Sultan ") == "Nur-Sultan"
    for wrong in ("", "  ", "x" * 501):
        with pytest.raises(WrongValue):
            checked_place(wrong)
