"""One verdict of each person on each answer: given, replaced, taken back, counted, and gone with the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.feedback.table import Judgement, Press, Verdict
from bot.store import Store
from corpus.document import Document, Metadata
from retrieval.answers.quotes import Quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.answers.table import StoredAnswer
    from tests.bot.hour import Hour

DOCUMENT = Document("a.md", "/a.md", "ab" * 32, "One. Two. Three.", (), Metadata())
QUOTES = (Quote(DOCUMENT, 0, 4), Quote(DOCUMENT, 5, 9))
ANNA, BORIS, GROUP = 7, 8, -100


@pytest.fixture
def store(tmp_path: Path, hour: Hour) -> Iterator[Store]:
    with Store.open(tmp_path / "store.sqlite3", hour) as opened:
        yield opened


def kept(store: Store, chat: int = GROUP, person: int = ANNA) -> StoredAnswer:
    """An answer to a person in a chat."""
    return store.answers.keep(chat, "What?", "g", True, QUOTES, person=person)


def test_the_same_verdict_again_is_taken_back_and_another_replaces_it(store: Store, hour: Hour) -> None:
    answer = kept(store).id
    assert store.feedback.press(answer, ANNA, Verdict.GOOD) is Press.NOTED
    assert store.feedback.press(answer, ANNA, Verdict.GOOD) is Press.TAKEN_BACK
    assert store.feedback.all() == ()
    store.feedback.press(answer, ANNA, Verdict.GOOD)
    hour.now = 2000.0
    assert store.feedback.press(answer, ANNA, Verdict.BAD) is Press.NOTED
    assert store.feedback.all() == (Judgement(answer, Verdict.BAD, None, 2000.0),)


def test_another_quotation_replaces_the_one_whose_source_was_wrong(store: Store) -> None:
    answer = kept(store).id
    outcomes = [store.feedback.press(answer, ANNA, Verdict.WRONG_SOURCE, number) for number in (1, 2)]
    assert outcomes == [Press.NOTED, Press.NOTED]
    assert store.feedback.all() == (Judgement(answer, Verdict.WRONG_SOURCE, 2, 1000.0),)
    assert store.feedback.press(answer, ANNA, Verdict.WRONG_SOURCE, 2) is Press.TAKEN_BACK
    assert store.feedback.all() == ()


def test_everybody_judges_for_themselves(store: Store) -> None:
    answer = kept(store).id
    store.feedback.press(answer, ANNA, Verdict.GOOD)
    store.feedback.press(answer, BORIS, Verdict.BAD)
    store.feedback.press(answer, ANNA, Verdict.GOOD)
    assert [judgement.verdict for judgement in store.feedback.all()] == [Verdict.BAD]


def test_a_hundred_presses_leave_one_row_or_none(store: Store) -> None:
    answer = kept(store).id
    for _ in range(101):
        store.feedback.press(answer, ANNA, Verdict.GOOD)
    assert len(store.feedback.all()) == 1
    store.feedback.press(answer, ANNA, Verdict.GOOD)
    assert store.feedback.all() == ()


def test_nothing_is_noted_of_an_answer_that_is_not_kept(store: Store) -> None:
    assert store.feedback.press("0123456789", ANNA, Verdict.GOOD) is Press.GONE
    assert store.feedback.all() == ()


def test_a_press_is_not_handled_again_after_a_crash_which_would_take_it_back(store: Store) -> None:
    store.keep_updates({5: "{}", 6: "{}"})
    store.feedback.press(kept(store).id, ANNA, Verdict.GOOD, update=5)
    assert store.open_updates() == ((5, "{}", "sending"), (6, "{}", "pending"))


def test_counts_are_of_all_and_of_late(store: Store, hour: Hour) -> None:
    first, second = kept(store).id, kept(store).id
    store.feedback.press(first, ANNA, Verdict.GOOD)
    store.feedback.press(first, BORIS, Verdict.BAD)
    hour.now = 5000.0
    store.feedback.press(second, ANNA, Verdict.WRONG_SOURCE, 1)
    in_all = {Verdict.GOOD: 1, Verdict.BAD: 1, Verdict.WRONG_SOURCE: 1}
    assert store.feedback.counts() == in_all
    assert store.feedback.counts(4000.0) == in_all
    assert store.feedback.counts(3999.0) == {Verdict.GOOD: 0, Verdict.BAD: 0, Verdict.WRONG_SOURCE: 1}


def test_complaints_come_newest_first_and_the_same_of_several_people_once(store: Store, hour: Hour) -> None:
    first, second, third = (kept(store).id for _ in range(3))
    store.feedback.press(first, ANNA, Verdict.BAD)
    store.feedback.press(second, ANNA, Verdict.WRONG_SOURCE, 2)
    store.feedback.press(third, ANNA, Verdict.GOOD)
    hour.now = 2000.0
    store.feedback.press(first, BORIS, Verdict.BAD)
    found = store.feedback.complaints(10)
    assert [(one.judgement, one.people) for one in found] == [
        (Judgement(first, Verdict.BAD, None, 2000.0), 2),
        (Judgement(second, Verdict.WRONG_SOURCE, 2, 1000.0), 1),
    ]
    assert store.feedback.complaints(1) == found[:1]


def test_forgetting_a_person_takes_what_they_judged_and_what_was_judged_of_theirs(store: Store) -> None:
    hers, his, private = kept(store), kept(store, person=BORIS), kept(store, chat=ANNA)
    for answer in (hers, his):
        store.feedback.press(answer.id, ANNA, Verdict.GOOD)
        store.feedback.press(answer.id, BORIS, Verdict.BAD)
    store.feedback.press(private.id, ANNA, Verdict.BAD)
    assert store.personal.count(ANNA).judged == 3
    store.personal.forget(ANNA)
    assert store.feedback.all() == (Judgement(his.id, Verdict.BAD, None, 1000.0),)
    assert store.personal.count(ANNA).judged == 0


def test_verdicts_outlive_a_restart_and_a_group_that_becomes_a_supergroup(tmp_path: Path) -> None:
    with Store.open(tmp_path / "other.sqlite3") as store:
        answer = kept(store)
        store.feedback.press(answer.id, ANNA, Verdict.GOOD)
        store.move_chat(GROUP, -1007)
    with Store.open(tmp_path / "other.sqlite3") as store:
        (judgement,) = store.feedback.all()
        moved = store.answers.get(judgement.answer)
        assert moved is not None
        assert moved.chat == -1007
