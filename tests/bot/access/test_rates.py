"""Token buckets: never more than a bucket and what has flowed in, exactly as long to wait, bounded in number."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.access.rates import QUARTER, WHOLE, Buckets, take_all
from bot.clock import ManualClock
from tests.bot.hour import Hour

MILLISECOND = 0.001
# Milliseconds that pass, and quarters that are asked for then.
REQUESTS = st.lists(st.tuples(st.integers(0, 40_000), st.sampled_from([QUARTER, WHOLE])), max_size=60)
# Rates whose quarters are whole numbers of nanoseconds.
COUNTS = st.sampled_from([1, 2, 3, 12, 30, 600])


def taken(buckets: Buckets, hour: Hour, requests: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The requests that are granted, with the millisecond of each."""
    granted, passed = [], 0
    for pause, quarters in requests:
        passed += pause
        hour.now = passed * MILLISECOND
        if not take_all((buckets, 1, quarters)):
            granted.append((passed, quarters))
    return granted


@given(REQUESTS, st.floats(0.1, 100))
@settings(deadline=None)
def test_in_no_window_more_is_taken_than_a_bucket_and_what_flowed_in(
    requests: list[tuple[int, int]], count: float
) -> None:
    hour = Hour()
    granted = taken(Buckets(count, 60, hour), hour, requests)
    for first, (began, _) in enumerate(granted):
        inside = 0
        for ended, quarters in granted[first:]:
            inside += quarters
            assert inside <= WHOLE * (max(count, 1) + count * (ended - began) * MILLISECOND / 60) + 1e-6


@given(REQUESTS, COUNTS)
@settings(deadline=None)
def test_what_is_granted_is_what_a_bucket_of_exact_fractions_grants(
    requests: list[tuple[int, int]], count: int
) -> None:
    expected, tokens, passed, last = [], Fraction(WHOLE * count), 0, 0
    for pause, quarters in requests:
        passed += pause
        tokens = min(Fraction(WHOLE * count), tokens + Fraction((passed - last) * WHOLE * count, 60_000))
        last = passed
        if tokens >= quarters:
            tokens -= quarters
            expected.append((passed, quarters))
    hour = Hour()
    assert taken(Buckets(count, 60, hour), hour, requests) == expected


@given(REQUESTS, st.floats(0.1, 100), st.sampled_from([QUARTER, WHOLE]))
@settings(deadline=None)
def test_the_time_to_wait_is_what_it_takes_and_never_negative(
    requests: list[tuple[int, int]], count: float, quarters: int
) -> None:
    hour = Hour()
    buckets = Buckets(count, 60, hour)
    taken(buckets, hour, requests)
    wait = buckets.seconds_to_wait(1, quarters)
    assert 0 <= wait <= max(60, 60 / count)
    if wait > 2 * MILLISECOND:
        hour.now += wait - MILLISECOND
        assert buckets.seconds_to_wait(1, quarters) > 0
        hour.now += 2 * MILLISECOND
    assert buckets.seconds_to_wait(1, quarters) == 0


def test_a_question_of_which_there_is_less_than_one_in_the_time_can_be_asked(hour: Hour) -> None:
    buckets = Buckets(0.5, 60, hour)
    assert take_all((buckets, 1, WHOLE)) == 0
    assert take_all((buckets, 1, WHOLE)) == 120


def test_each_key_has_a_bucket_of_its_own(hour: Hour) -> None:
    buckets = Buckets(1, 60, hour)
    assert [take_all((buckets, key, WHOLE)) for key in (1, 2, 1)] == [0, 0, 60]


def test_of_several_buckets_all_give_or_none(hour: Hour) -> None:
    wide, narrow = Buckets(10, 60, hour), Buckets(1, 60, hour)
    assert take_all((wide, 1, WHOLE), (narrow, 1, WHOLE)) == 0
    assert take_all((wide, 1, WHOLE), (narrow, 1, WHOLE)) == 60
    assert [take_all((wide, 1, WHOLE)) for _ in range(10)] == [0] * 9 + [6]


def test_without_a_limit_nothing_waits_and_nothing_is_kept(hour: Hour) -> None:
    buckets = Buckets(0, 60, hour)
    assert [take_all((buckets, 1, WHOLE)) for _ in range(1000)] == [0] * 1000
    assert len(buckets) == 0


def test_what_is_taken_in_any_case_empties_a_bucket_and_leaves_no_debt(hour: Hour) -> None:
    buckets = Buckets(1, 60, hour)
    for _ in range(100):
        buckets.take(1, WHOLE)
    assert buckets.seconds_to_wait(1, WHOLE) == 60


@pytest.mark.parametrize("jump", [-1e9, -86_400.0, 86_400.0, 1e9])
def test_a_clock_that_jumps_locks_nobody_out_and_gives_no_more_than_a_bucket(hour: Hour, jump: float) -> None:
    buckets = Buckets(3, 60, hour)
    assert [take_all((buckets, 1, WHOLE)) for _ in range(3)] == [0] * 3
    hour.now += jump
    assert buckets.seconds_to_wait(1, WHOLE) <= 20
    hour.now += 60
    assert [take_all((buckets, 1, WHOLE)) for _ in range(4)] == [0] * 3 + [20]


def test_of_a_hundred_thousand_strangers_no_more_buckets_are_kept_than_that() -> None:
    clock = ManualClock()
    buckets, most = Buckets(12, 60, clock.monotonic), 0
    for stranger in range(100_000):
        buckets.take(stranger, WHOLE)
        most = max(most, len(buckets))
    assert most == 10_000


def test_who_is_over_the_limit_is_remembered_among_many_who_are_not(hour: Hour) -> None:
    buckets = Buckets(2, 60, hour, most=10)
    assert [take_all((buckets, 1, WHOLE)) for _ in range(3)] == [0, 0, 30]
    for stranger in range(100, 200):
        buckets.take(stranger, WHOLE)
    assert take_all((buckets, 1, WHOLE)) == 30


def test_full_buckets_are_the_first_to_be_forgotten(hour: Hour) -> None:
    buckets = Buckets(2, 60, hour, most=10)
    for person in range(10):
        buckets.take(person, WHOLE)
    hour.now += 60
    buckets.take(10, WHOLE)
    assert len(buckets) == 1
