"""The check of starter briefings against a sheet of facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.provenance import Briefing, Problem, SheetError, check, check_text, load_sheet, main

SHEET = """
rounds:
  - id: R01
    number: 1
    city: Astana
    start_date: '2017-01-23'
    end_date: '2017-01-24'
    facts:
      dates:
        - {id: R01-dates, field: dates, fact: Held then., confidence: seen,
           source: [{title: "Talks   open", publisher: TASS}]}
      outcomes:
        - {id: R01-statement, field: outcomes, fact: Issued., confidence: seen,
           source: [{title: Statement, publisher: TASS}]}
        - {id: R01-rumour, field: outcomes, fact: Perhaps., confidence: recalled, source: none}
      open_points:
        - {id: R01-open, field: open_points, fact: Left open., confidence: seen,
           source: [{title: Statement, publisher: TASS}]}
background:
  - id: B01
    title: Origins
    facts:
      - {id: B01-idea, field: origin, fact: Proposed., confidence: seen, source: [{title: Idea, publisher: TASS}]}
conflicts:
  - id: C01
    positions:
      - {claim: the 23rd, source: [{title: "Talks open", publisher: TASS}]}
      - {claim: the 22nd, source: [{title: Another day, publisher: Sputnik}]}
"""

FRONT = """---
id: R01
title: "First round"
publisher: Starter briefings
date: 2026-11-24
language: en
round: 1
place: Astana
meeting_start: 2017-01-23
meeting_end: 2017-01-24
sources:
  - title: "Talks open"
  - title: "Statement"
---
"""

SENTENCE = " ".join(["word"] * 39) + " end."

BODY = f"""
## Dates and place

<!-- facts: R01-dates C01 -->
{SENTENCE}

## Outcomes

<!-- facts: R01-statement -->
- {SENTENCE}
- Last.
"""


@pytest.fixture
def sheet_file(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.yaml"
    path.write_text(SHEET, encoding="utf-8")
    return path


def problems_of(sheet_file: Path, text: str, name: str = "R01-first.md") -> tuple[str, ...]:
    return check_text(load_sheet(sheet_file), name, text)[1]


def test_a_sound_briefing_has_no_problems(sheet_file: Path) -> None:
    briefing, problems = check_text(load_sheet(sheet_file), "R01-first.md", FRONT + BODY)
    assert problems == ()
    assert briefing == Briefing(
        file="R01-first.md",
        id="R01",
        words=85,
        used=frozenset({"R01-dates", "C01", "R01-statement"}),
        unused=(),
    )


def test_unused_facts_are_the_seen_ones_of_the_expected_fields(sheet_file: Path) -> None:
    text = FRONT.replace('  - title: "Statement"\n', "") + BODY.replace("R01-statement", "R01-dates")
    briefing, problems = check_text(load_sheet(sheet_file), "R01-first.md", text)
    assert problems == ()
    assert briefing is not None
    assert briefing.unused == ("R01-statement",)


def test_a_source_of_a_conflict_may_be_listed_and_need_not(sheet_file: Path) -> None:
    text = FRONT.replace('"Statement"\n', '"Statement"\n  - title: "Another day"\n') + BODY
    assert problems_of(sheet_file, text) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("R01-statement -->", "R01-satement -->", "line 24: R01-satement is not in the sheet"),
        ("R01-statement -->", "R01-statement C99 -->", "line 24: C99 is not in the sheet"),
        ("R01-statement -->", "R01-statement R01-rumour -->", "line 24: R01-rumour is recalled, not seen"),
        ("<!-- facts: R01-dates C01 -->\n", "", "line 18: a paragraph has no facts comment"),
        ("<!-- facts: R01-statement -->\n", "", "line 23: a list has no facts comment"),
        ("## Outcomes\n", "<!-- facts: R01-dates -->\n## Outcomes\n", "facts comment stands before no paragraph"),
        ("- Last.\n", "- Last.\n\n<!-- facts: R01-dates -->\n", "line 27: a facts comment stands before no"),
        ("<!-- facts: R01-statement -->", "<!-- R01-statement -->", "line 23: this is not a facts comment"),
        ("word word", "word\nword", "line 19: a paragraph is more than one line"),
        (SENTENCE, "Short.", "it has 7 words, not 80 to 700"),
        ("## Outcomes\n", "***\n", "line 21: unexpected hr"),
        ("id: R01\n", "id: R77\n", "its front matter has no id of the sheet"),
        ("id: R01\n", "id: B01\n", "the file's name does not begin with B01-"),
        ("id: R01\n", "id: B01\n", "it uses no fact of B01"),
        ("language: en\n", "", "its front matter has no language"),
        ("meeting_end: 2017-01-24", "meeting_end: 2017-01-25", "has meeting_end 2017-01-25, the sheet 2017-01-24"),
        ("place: Astana\n", "", "its front matter has place None, the sheet Astana"),
        ('  - title: "Talks open"\n', "", "its sources lack 'Talks open'"),
        ('title: "Talks open"\n', 'title: "Idea"\n', "its source 'Idea' is none of the facts it uses"),
        ('  - title: "Talks open"\n  - title: "Statement"\n', "", "no list of sources with titles"),
        ("---\nid", "id", "it has no front matter"),
        ("title: ", "title: [", "its front matter is not YAML"),
    ],
)
def test_each_fault_is_named(sheet_file: Path, old: str, new: str, expected: str) -> None:
    text = FRONT + BODY
    assert old in text
    problems = problems_of(sheet_file, text.replace(old, new))
    assert [problem for problem in problems if expected in problem] != [], problems


def test_a_line_named_is_the_line_of_the_file(sheet_file: Path) -> None:
    text = (FRONT + BODY).replace("<!-- facts: R01-dates C01 -->\n", "")
    (named,) = [problem for problem in problems_of(sheet_file, text) if problem.startswith("line ")]
    number = int(named.split()[1].rstrip(":"))
    assert text.split("\n")[number - 1] == SENTENCE


def test_a_topic_needs_no_round(sheet_file: Path) -> None:
    front = (
        "---\nid: B01\ntitle: Origins\npublisher: Starter briefings\ndate: 2026-11-24\nlanguage: en\n"
        "sources:\n  - title: Idea\n---\n"
    )
    text = f"{front}\n<!-- facts: B01-idea -->\n{SENTENCE} {SENTENCE}\n"
    assert problems_of(sheet_file, text, "B01-origins.md") == ()


def test_a_folder_is_checked_in_the_order_of_names(sheet_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "R01-second.md").write_text(FRONT + BODY, encoding="utf-8")
    (folder / "R01-first.md").write_text("Nothing.\n", encoding="utf-8")
    (folder / "other.txt").write_text("Nothing.\n", encoding="utf-8")
    report = check(load_sheet(sheet_file), folder)
    assert [briefing.file for briefing in report.briefings] == ["R01-second.md"]
    assert report.problems == (Problem("R01-first.md", "it has no front matter"),)
    assert check(load_sheet(sheet_file), folder / "R01-second.md").problems == ()


def test_the_command_exits_0_where_all_is_well(
    sheet_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    briefing = tmp_path / "R01-first.md"
    briefing.write_text(FRONT + BODY, encoding="utf-8")
    assert main([str(sheet_file), str(tmp_path)]) == 0
    assert capsys.readouterr().out == "R01-first.md: 85 words, 3 facts and conflicts; unused: none\n"


def test_the_command_exits_1_with_the_problems_first(
    sheet_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    briefing = tmp_path / "R01-first.md"
    briefing.write_text((FRONT + BODY).replace("language: en\n", ""), encoding="utf-8")
    assert main([str(sheet_file), str(briefing)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "R01-first.md: its front matter has no language",
        "R01-first.md: 85 words, 3 facts and conflicts; unused: none",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read: No such file or directory"),
        ("a: [", "is not YAML"),
        ("rounds: []\nbackground: []\n", "is not a sheet of facts: 'conflicts'"),
        ("- 1\n", "is not a sheet of facts"),
    ],
)
def test_the_command_exits_2_with_one_sentence_about_the_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, expected: str
) -> None:
    path = tmp_path / "sheet.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main([str(path), str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert expected in error
    assert error.count("\n") == 1


def test_the_command_exits_2_where_the_folder_is_missing(
    sheet_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(sheet_file), str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none'} does not exist\n"


def test_a_sheet_names_its_facts_and_front_matter(sheet_file: Path) -> None:
    sheet = load_sheet(sheet_file)
    assert list(sheet.facts) == ["R01-dates", "R01-statement", "R01-rumour", "R01-open", "B01-idea"]
    assert sheet.facts["R01-rumour"].seen is False
    assert sheet.conflicts == {"C01": frozenset({"Talks open", "Another day"})}
    assert sheet.items["R01"] == {
        "round": "1",
        "place": "Astana",
        "meeting_start": "2017-01-23",
        "meeting_end": "2017-01-24",
    }


def test_a_sheet_that_is_missing_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="cannot be read"):
        load_sheet(tmp_path / "none.yaml")
