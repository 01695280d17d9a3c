"""How long to wait after failed log-ins."""

from __future__ import annotations

import pytest

from bot.clock import ManualClock
from bot.local.login_delays import Delays


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def delays(clock: ManualClock) -> Delays:
    return Delays(clock, free=2, longest=60.0, most=3)


def test_each_try_after_the_free_ones_doubles_the_wait_up_to_the_longest(delays: Delays) -> None:
    waits = []
    for _ in range(10):
        delays.add("anna")
        waits.append(delays.wait("anna"))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert delays.wait("boris") == 0


def test_the_wait_passes_with_time(delays: Delays, clock: ManualClock) -> None:
    for _ in range(5):
        delays.add("anna")
    clock.advance(1.5)
    assert delays.wait("anna") == 2.5
    clock.advance(2.5)
    assert delays.wait("anna") == 0


def test_a_thousand_tries_wait_no_longer_than_the_longest(delays: Delays) -> None:
    for _ in range(5000):
        delays.add("anna")
    assert delays.wait("anna") == 60


def test_who_did_not_fail_is_forgiven_or_has_one_try_less(delays: Delays) -> None:
    for _ in range(4):
        delays.add("anna")
    delays.take_back("anna")
    assert delays.wait("anna") == 1
    delays.forgive("anna")
    assert (delays.wait("anna"), len(delays)) == (0, 0)
    delays.take_back("anna")
    delays.add("anna")
    delays.take_back("anna")
    assert len(delays) == 0


def test_tries_are_forgotten_after_an_hour(delays: Delays, clock: ManualClock) -> None:
    for _ in range(9):
        delays.add("anna")
    clock.advance(3600)
    delays.add("anna")
    assert delays.wait("anna") == 0


def test_only_so_many_are_remembered_those_of_last(delays: Delays) -> None:
    for name in ("anna", "boris", "daniyar", "anna", "anna", "gulnara"):
        delays.add(name)
    assert len(delays) == 3
    delays.add("boris")
    assert delays.wait("anna") == 1
