"""What counts as new documents of a round, and how long their release settles."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from bot.clock import ManualClock
from bot.store import Store
from bot.subscriptions.releases import Present, Stage, decide, propose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.subscriptions.releases import Release

START = 1_000_000.0
SETTLE = 600.0
EIGHTH: tuple[str | None, int] = ("Astana", 8)
NINTH: tuple[str | None, int] = ("Astana", 9)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    """A store that has looked at an index with one document of the eighth round."""
    with Store.open(tmp_path / "store.sqlite3", clock.now) as opened:
        assert opened.releases.take(OLD, SETTLE) == ()
        clock.advance(1000)
        yield opened


_NUMBERS = itertools.count()


def _document(*rounds: tuple[str | None, int], fingerprint: str | None = None, added: float = 0.0) -> Present:
    """A document of those rounds, like no other unless a fingerprint is given."""
    return Present(fingerprint or f"file {next(_NUMBERS)}", added, frozenset(rounds))


OLD = {"old": _document(EIGHTH, fingerprint="1")}


def _decide(store: Store, release: Release, stage: Stage) -> bool:
    with store.database.writing() as connection:
        return decide(connection, release, stage, 7, 1.0)


def test_of_a_first_index_nothing_is_new(store: Store) -> None:
    assert store.releases.take(OLD, SETTLE) == ()
    assert store.releases.open() == ()
    assert store.releases.next_due() is None
    assert store.releases.known() == {"old": "1"}


def test_after_an_index_without_documents_the_first_ones_are_new(tmp_path: Path) -> None:
    with Store.open(tmp_path / "empty.sqlite3", lambda: START) as store:
        assert store.releases.take({}, SETTLE) == ()
        (release,) = store.releases.take(OLD, SETTLE)
    assert release.documents == {"old": START}


def test_new_documents_of_a_round_settle_together(store: Store, clock: ManualClock) -> None:
    now = clock.now()
    (first,) = store.releases.take(OLD | {"a": _document(NINTH)}, SETTLE)
    assert (first.process, first.round, first.stage, first.due) == ("Astana", 9, Stage.SETTLING, now + SETTLE)
    clock.advance(500)
    (second,) = store.releases.take(OLD | {"b": _document(NINTH)}, SETTLE)
    assert second.id == first.id
    assert second.documents == {"a": now, "b": now + 500}
    assert second.due == now + 500 + SETTLE == store.releases.next_due()
    assert store.releases.take({}, SETTLE) == ()
    assert store.releases.open() == (second,)


def test_a_document_about_two_rounds_is_new_to_both(store: Store) -> None:
    releases = store.releases.take(OLD | {"a": _document(EIGHTH, NINTH, (None, 3))}, SETTLE)
    assert [(release.process, release.round) for release in releases] == [("Astana", 8), ("Astana", 9), (None, 3)]


def test_other_names_of_a_process_are_the_same_round(store: Store) -> None:
    (first,) = store.releases.take(OLD | {"a": _document(NINTH)}, SETTLE)
    (second,) = store.releases.take(OLD | {"a": _document(NINTH), "b": _document(("Астана", 9))}, SETTLE)
    assert second.id == first.id


def test_a_document_arrived_when_it_was_indexed_where_that_is_since_the_last_look(
    store: Store, clock: ManualClock
) -> None:
    start = START  # of the last look
    documents = {
        "between": _document(NINTH, added=start + 10),
        "before": _document(NINTH, added=start - 10),
        "ahead": _document(NINTH, added=clock.now() + 10),
    }
    (release,) = store.releases.take(OLD | documents, SETTLE)
    assert release.documents == {"between": start + 10, "before": clock.now(), "ahead": clock.now()}


def test_a_document_that_was_gone_and_came_back_is_not_new(store: Store) -> None:
    assert store.releases.take({}, SETTLE) == ()
    assert store.releases.take(OLD, SETTLE) == ()
    assert store.releases.take({"old": _document(EIGHTH, fingerprint="2")}, SETTLE) == ()
    assert store.releases.known() == {"old": "2"}


def test_a_file_that_was_moved_or_copied_is_not_new(store: Store) -> None:
    assert store.releases.take({"folder/old": OLD["old"]}, SETTLE) == ()
    assert store.releases.take({"folder/old": OLD["old"], "copy": OLD["old"]}, SETTLE) == ()
    (release,) = store.releases.take(
        {"folder/old": _document(EIGHTH, fingerprint="2"), "a": _document(NINTH, fingerprint="3")}, SETTLE
    )
    assert set(release.documents) == {"a"}


def test_a_new_version_of_what_settles_puts_it_off(store: Store, clock: ManualClock) -> None:
    store.releases.take(OLD | {"a": _document(NINTH)}, SETTLE)
    clock.advance(300)
    (release,) = store.releases.take(OLD | {"a": _document(NINTH, fingerprint="2")}, SETTLE)
    assert release.due == clock.now() + SETTLE


def test_a_document_whose_round_is_corrected_while_it_settles_is_new_to_the_right_one(store: Store) -> None:
    store.releases.take(OLD | {"a": _document(EIGHTH)}, SETTLE)
    releases = store.releases.take(OLD | {"a": _document(NINTH, fingerprint="2")}, SETTLE)
    assert {release.round: set(release.documents) for release in releases} == {8: {"a"}, 9: {"a"}}


def test_a_document_is_new_to_a_round_that_is_found_later_unless_it_was_decided_on(store: Store) -> None:
    store.releases.take(OLD | {"a": _document(), "b": _document(EIGHTH)}, SETTLE)
    (eighth,) = store.releases.open()
    assert _decide(store, eighth, Stage.APPROVED)
    (release,) = store.releases.take(OLD | {"a": _document(NINTH), "b": _document(NINTH)}, SETTLE)
    assert set(release.documents) == {"a"}


def test_a_document_from_before_all_subscriptions_is_new_to_no_round(store: Store) -> None:
    assert store.releases.take({"old": _document(NINTH, fingerprint="1")}, SETTLE) == ()


def test_what_arrives_while_a_release_awaits_an_admin_lets_it_settle_again(store: Store) -> None:
    (first,) = store.releases.take(OLD | {"a": _document(NINTH)}, SETTLE)
    with store.database.writing() as connection:
        assert propose(connection, first, "digest")
        assert not propose(connection, first, "digest")
    awaiting = store.releases.get(first.id)
    assert awaiting is not None
    assert (awaiting.stage, awaiting.revision, awaiting.proposed) == (Stage.AWAITING, 1, "digest")
    assert store.releases.next_due() is None
    (again,) = store.releases.take(OLD | {"a": _document(NINTH), "b": _document(NINTH)}, SETTLE)
    assert (again.id, again.stage, again.revision) == (first.id, Stage.SETTLING, 1)
    assert not _decide(store, awaiting, Stage.APPROVED)


def test_a_release_is_decided_on_once(store: Store) -> None:
    (release,) = store.releases.take(OLD | {"a": _document(NINTH)}, SETTLE)
    assert _decide(store, release, Stage.DISCARDED)
    assert not _decide(store, release, Stage.APPROVED)
    assert store.releases.open() == ()
    (later,) = store.releases.take(OLD | {"a": _document(NINTH), "b": _document(NINTH)}, SETTLE)
    assert later.id != release.id
    assert set(later.documents) == {"b"}
