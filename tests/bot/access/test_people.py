"""Who is admitted, who asks to be, and invitations: kept over a restart, each code good once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.access.people import Role
from bot.store import Store
from corpus.database import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.bot.hour import Hour

ADMINS = frozenset({7})
WEEK = 7 * 24 * 3600.0


@pytest.fixture
def store(tmp_path: Path, hour: Hour) -> Iterator[Store]:
    """An empty store."""
    with Store.open(tmp_path / "store.sqlite3", hour) as made:
        yield made


def test_who_is_admitted_is_so_after_a_restart(store: Store, tmp_path: Path, hour: Hour) -> None:
    store.people.admit(8, "Dana @dana", Role.DIPLOMAT, "internal", 7)
    store.people.admit(-100, "Delegation", None, "public", 7)
    store.people.suspend(8, True)
    with Store.open(tmp_path / "store.sqlite3", hour) as again:
        assert again.people.all() == store.people.all()
        one = again.people.of(8)
        assert one is not None
        assert (one.name, one.role, one.clearance, one.by) == ("Dana @dana", Role.DIPLOMAT, "internal", 7)
        assert one.suspended is not None
    assert [one.id for one in store.people.all()] == [8, -100]


def test_a_person_has_a_role_and_a_group_none(store: Store) -> None:
    with pytest.raises(IntegrityError):
        store.people.admit(8, "Dana", None, "public", 7)
    with pytest.raises(IntegrityError):
        store.people.admit(-8, "Delegation", Role.GUEST, "public", 7)
    assert store.people.all() == ()


def test_a_change_leaves_a_suspension(store: Store) -> None:
    store.people.admit(8, "Dana", Role.DIPLOMAT, None, 7)
    store.people.suspend(8, True)
    store.people.change(8, Role.GUEST, "internal", 9)
    one = store.people.of(8)
    assert one is not None and one.suspended is not None
    assert (one.role, one.clearance, one.by) == (Role.GUEST, "internal", 9)


def test_removing_leaves_nothing(store: Store) -> None:
    store.people.admit(8, "Dana", Role.DIPLOMAT, None, 7)
    store.people.remove(8)
    assert store.people.of(8) is None
    assert store.people.suspend(8, True) is None


def test_one_asks_once_and_again_a_week_after_a_refusal(store: Store, hour: Hour) -> None:
    assert store.people.ask(8, "Dana", "ru", 8)
    assert not store.people.ask(8, "Dana", "ru", 8)
    request = store.people.request(8)
    assert request is not None and (request.name, request.language, request.by) == ("Dana", "ru", 8)
    store.people.refuse(8)
    assert store.people.requests() == ()
    assert not store.people.ask(8, "Dana", "ru", 8)
    hour.now += WEEK + 1
    assert store.people.ask(8, "Dana", "ru", 8)
    store.people.admit(8, "Dana", Role.GUEST, None, 7)
    assert store.people.requests() == ()


def test_a_code_admits_one_person(store: Store) -> None:
    store.people.invite("digest", Role.EDITOR, "internal", 7, 60)
    one = store.people.redeem("digest", 8, "Dana", ADMINS)
    assert one is not None and (one.role, one.clearance, one.by) == (Role.EDITOR, "internal", 7)
    assert store.people.redeem("digest", 9, "Second", ADMINS) is None
    assert store.people.redeem("other", 9, "Second", ADMINS) is None
    assert store.people.of(9) is None


def test_a_code_expires(store: Store, hour: Hour) -> None:
    store.people.invite("digest", Role.GUEST, None, 7, 60)
    hour.now += 61
    assert store.people.redeem("digest", 8, "Dana", ADMINS) is None


def test_a_code_of_the_start_ends_with_the_next(store: Store) -> None:
    store.people.invite("first", Role.ADMIN, None, None, 60)
    store.people.invite("of an admin", Role.GUEST, None, 7, 60)
    store.people.invite("second", Role.ADMIN, None, None, 60)
    nobody = frozenset[int]()
    assert store.people.redeem("first", 8, "Dana", nobody) is None
    assert store.people.redeem("of an admin", 9, "Gul", ADMINS) is not None
    assert store.people.redeem("second", 8, "Dana", ADMINS) is None
    assert store.people.redeem("second", 8, "Dana", nobody) is not None


def test_whoever_is_no_admin_any_more_has_invited_nobody(store: Store) -> None:
    people = store.people
    ends: tuple[Callable[[], object], ...] = (
        lambda: people.suspend(5, True, 7),
        lambda: people.change(5, Role.EDITOR, None, 7),
        lambda: people.remove(5, 7),
    )
    for number, end in enumerate(ends):
        people.admit(5, "Eve", Role.ADMIN, None, 7)
        people.suspend(5, False, 7)
        people.invite(f"code {number}", Role.ADMIN, None, 5, 60)
        end()
        # Not even if they are one again.
        assert people.redeem(f"code {number}", 6, "Friend", frozenset({5, 7})) is None
    people.invite("another", Role.ADMIN, None, 5, 60)
    assert people.redeem("another", 6, "Friend", ADMINS) is None


def test_a_request_is_decided_once(store: Store) -> None:
    store.people.ask(8, "Dana", "en", 8)
    request = store.people.request(8)
    assert request is not None
    assert store.people.refuse(8, 7)
    assert not store.people.refuse(8, 7)
    assert store.people.grant(request, Role.GUEST, None, 7) is None
    assert store.people.of(8) is None


def test_a_suspension_outlasts_what_else_is_decided(store: Store) -> None:
    store.people.admit(-8, "Delegation", None, "public", 7)
    store.people.suspend(-8, True, 7)
    store.people.remove(-8, 9)
    one = store.people.admit(-8, "Delegation", None, "internal", 7)
    assert one.suspended is not None
    assert store.people.of(-8) == one


def test_nobody_asks_for_many_groups_at_once_nor_again_by_leaving(store: Store) -> None:
    asked = [store.people.ask(-number, "Group", "en", 8) for number in range(1, 6)]
    store.people.refuse(-1, 7)
    store.people.remove(-1, 8)
    assert asked == [True, True, True, False, False]
    assert not store.people.ask(-1, "Group", "en", 8)


def test_a_group_that_becomes_a_supergroup_stays_admitted(store: Store) -> None:
    store.people.admit(-8, "Delegation", None, "internal", 7)
    store.move_chat(-8, -1008)
    assert store.people.of(-8) is None
    moved = store.people.of(-1008)
    assert moved is not None and moved.clearance == "internal"


def test_every_change_is_in_the_audit_log_once_and_no_code_is(store: Store) -> None:
    people = store.people
    people.invite("digest of a code", Role.GUEST, "internal", 7, 60)
    people.redeem("digest of a code", 8, "Dana", ADMINS)
    for _ in range(2):
        people.change(8, Role.EDITOR, None, 7)
    for _ in range(2):
        people.suspend(8, True, 7)
    people.suspend(8, False, 7)
    people.ask(9, "Gul", "en", 9)
    for _ in range(2):
        people.refuse(9, 7)
    people.admit(-100, "Delegation", None, "public", 7)
    people.admit(-100, "Delegation", None, "public", 7)
    for _ in range(2):
        people.remove(8, 7)
    entries = list(store.audit.entries())
    bodies = [json.loads(entry.body or "{}") for entry in entries]
    assert {entry.kind for entry in entries} == {"access"}
    assert [(body["change"], body["whom"], body["by"]) for body in bodies] == [
        ("invited", None, 7),
        ("admitted", 8, 7),
        ("changed", 8, 7),
        ("suspended", 8, 7),
        ("suspension ended", 8, 7),
        ("refused", 9, 7),
        ("admitted", -100, 7),
        ("removed", 8, 7),
    ]
    assert "digest of a code" not in json.dumps(bodies)
