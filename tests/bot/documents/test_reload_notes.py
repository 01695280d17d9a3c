"""What is said of a reload: stage, share and the time that is left; and its report, in a file where it is long."""

from __future__ import annotations

import pytest

from bot.documents.reload_notes import Course, told
from bot.documents.reloading import Step
from bot.languages import phrases
from retrieval.index.reports import FileReport, IndexReport, Outcome

EN = phrases("en")


class Seconds:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def course(clock: Seconds) -> Course:
    return Course(clock)


def test_before_the_first_step_there_is_only_that_it_began(course: Course) -> None:
    assert course.line(EN) == "Reloading…"


def test_the_time_left_is_told_once_the_rate_says_something(course: Course, clock: Seconds) -> None:
    course.take(Step("encoding", 0, 1000))
    clock.now += 4
    course.take(Step("encoding", 100, 1000))
    assert course.line(EN) == "Step 2 of 2 · Encoding: 10 %"
    clock.now += 16
    course.take(Step("encoding", 200, 1000))
    assert course.seconds_left() == 80
    assert course.line(EN) == "Step 2 of 2 · Encoding: 20 % · about 1 minute left"
    course.take(Step("encoding", 900, 1000))
    assert course.line(EN) == "Step 2 of 2 · Encoding: 90 % · less than a minute left"
    course.take(Step("encoding", 1000, 1000))
    assert course.seconds_left() is None


def test_a_small_share_says_nothing_of_the_rate_however_long_it_took(course: Course, clock: Seconds) -> None:
    course.take(Step("encoding", 0, 1000))
    clock.now += 60
    course.take(Step("encoding", 40, 1000))
    assert course.seconds_left() is None


def test_each_stage_has_a_rate_of_its_own(course: Course, clock: Seconds) -> None:
    course.take(Step("reading", 0, 10))
    clock.now += 1000
    course.take(Step("reading", 10, 10))
    course.take(Step("encoding", 0, 10))
    clock.now += 10
    course.take(Step("encoding", 5, 10))
    assert course.seconds_left() == 10


def test_a_file_that_takes_long_and_its_scanned_pages_are_told_of(course: Course, clock: Seconds) -> None:
    course.take(Step("reading", 1, 2))
    clock.now += 20
    assert course.line(EN).endswith(" · one file takes long, as scanned pages do (20 s so far)")
    course.take(Step("pages", 3, 80))
    assert course.line(EN).endswith(" · scan: page 3 of 80")
    course.take(Step("reading", 2, 2))
    assert course.line(EN) == "Step 1 of 2 · Reading files: 100 %"


def _report(*files: FileReport) -> IndexReport:
    return IndexReport("0123", 1.0, files)


def test_a_report_names_what_is_not_as_it_was_and_the_refused_first() -> None:
    files = (
        FileReport("/d/a.md", "a.md", Outcome.UNCHANGED),
        FileReport("/d/b.md", "b.md", Outcome.ADDED),
        FileReport("/d/c.md", "c.md", Outcome.REFUSED, "c.md: it is empty; send it again."),
    )
    report = told(_report(*files), EN, "Proof.")
    assert report.whole is None
    assert report.text.split("\n") == [
        "Done.",
        "added: 1, changed: 0, unchanged: 1, withdrawn: 0, refused: 1",
        "Proof.",
        "refused: c.md (c.md: it is empty; send it again.)",
        "added: b.md",
    ]


def test_a_long_report_is_whole_in_a_file_beside_a_short_message() -> None:
    files = [FileReport(f"/d/{number}.md", f"{number}.md", Outcome.ADDED) for number in range(500)]
    report = told(_report(*files), EN)
    assert report.whole is not None
    lines = report.text.split("\n")
    assert lines[:3] == ["Done.", "added: 500, changed: 0, unchanged: 0, withdrawn: 0, refused: 0", "added: 0.md"]
    assert (len(lines), lines[-1]) == (15, "All of it is in the file below.")
    assert report.whole.split("\n")[3:-1] == [f"added: {number}.md" for number in range(500)]


def test_few_lines_that_are_too_long_for_a_message_go_into_the_file() -> None:
    report = told(_report(FileReport("/d/a.md", "a.md", Outcome.REFUSED, "<" * 4000)), EN)
    assert report.whole is not None and "<" * 4000 in report.whole
    assert len(report.text) < 400
