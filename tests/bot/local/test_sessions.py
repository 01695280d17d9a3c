"""Sessions: their secrets, their ends, and what ends with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.access.accounts import Account
from bot.clock import ManualClock
from bot.local.sessions import LONGEST, LONGEST_IDLE, MOST, Sessions

ANNA = Account(2_000_000_001, "anna", False, None, "hash", False, 0.0)
BORIS = replace(ANNA, person=2_000_000_002, name="boris")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sessions(clock: ManualClock) -> Sessions:
    return Sessions(clock)


def test_a_session_is_found_by_its_secret_which_is_not_kept(sessions: Sessions) -> None:
    secret = sessions.open(ANNA)
    session = sessions.find(secret)
    assert session is not None and session.person == ANNA.person
    assert secret.encode() not in session.key and len(session.key) == 32
    assert sessions.find(secret + "x") is sessions.find("") is None


def test_a_session_lasts_while_it_is_used_and_twelve_hours_at_most(sessions: Sessions, clock: ManualClock) -> None:
    secret = sessions.open(ANNA)
    for _ in range(int(LONGEST // LONGEST_IDLE)):
        session = sessions.find(secret)
        assert session is not None
        sessions.use(session)
        clock.advance(LONGEST_IDLE - 1)
    session = sessions.find(secret)
    assert session is not None
    sessions.use(session)
    clock.advance(LONGEST - (clock.now() - session.opened))
    assert sessions.find(secret) is None
    assert len(sessions) == 0


def test_looking_at_a_session_is_no_use_of_it(sessions: Sessions, clock: ManualClock) -> None:
    secret = sessions.open(ANNA)
    clock.advance(LONGEST_IDLE - 1)
    assert sessions.find(secret) is not None
    clock.advance(1)
    assert sessions.find(secret) is None


def test_ending_a_session_tells_all_that_goes_on_in_it(sessions: Sessions) -> None:
    session = sessions.find(sessions.open(ANNA))
    assert session is not None
    told: list[str] = []
    session.leaving |= {lambda: told.append("one"), lambda: told.append("other")}
    sessions.end(session)
    sessions.end(session)
    assert sorted(set(told)) == ["one", "other"]


def test_only_sessions_of_accounts_as_they_were_are_kept(sessions: Sessions) -> None:
    anna, boris = sessions.open(ANNA), sessions.open(BORIS)
    sessions.keep((ANNA, BORIS))
    assert len(sessions) == 2
    sessions.keep((replace(ANNA, suspended=1.0), replace(BORIS, revision=1)))
    assert sessions.find(anna) is sessions.find(boris) is None
    boris = sessions.open(BORIS)
    sessions.keep((ANNA,))
    assert sessions.find(boris) is None


def test_a_further_session_than_an_account_may_have_ends_its_oldest(sessions: Sessions) -> None:
    other = sessions.open(BORIS)
    secrets = [sessions.open(ANNA) for _ in range(MOST + 2)]
    assert [sessions.find(secret) is None for secret in secrets] == [True, True, *[False] * MOST]
    assert sessions.find(other) is not None
