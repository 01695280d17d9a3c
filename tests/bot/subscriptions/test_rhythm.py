"""When digests are due by the clock of a place: changes of the clocks, skipped and repeated hours, and bad names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.subscriptions.rhythm import ON_ARRIVAL, Rhythm, When, known_zone, minute_of

BERLIN = "Europe/Berlin"


def at(text: str) -> float:
    """Seconds since 1970 of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def dues(rhythm: Rhythm, start: str, times: int) -> list[str]:
    """When a rhythm is due from ``start`` on, in UTC."""
    found, now = [], at(start)
    for _ in range(times):
        due = rhythm.after(now)
        assert due is not None
        found.append(datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%d %H:%M"))
        now = due
    return found


def test_on_arrival_is_due_at_no_time() -> None:
    assert ON_ARRIVAL.after(at("2026-01-01")) is None


def test_a_daily_hour_is_that_of_its_place_in_summer_and_in_winter() -> None:
    rhythm = Rhythm(When.DAILY, 9 * 60, zone=BERLIN)
    assert dues(rhythm, "2026-03-27 12:00", 3) == ["2026-03-28 08:00", "2026-03-29 07:00", "2026-03-30 07:00"]


def test_an_hour_that_is_skipped_is_served_at_the_next_minute_there_is() -> None:
    rhythm = Rhythm(When.DAILY, 2 * 60 + 30, zone=BERLIN)
    # The clocks go from 02:00 to 03:00, which is 01:00 UTC.
    assert dues(rhythm, "2026-03-28 00:00", 3) == ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"]


def test_an_hour_that_comes_twice_is_served_once() -> None:
    rhythm = Rhythm(When.DAILY, 2 * 60 + 30, zone=BERLIN)
    assert dues(rhythm, "2026-10-24 12:00", 3) == ["2026-10-25 00:30", "2026-10-26 01:30", "2026-10-27 01:30"]


def test_between_the_two_hours_that_are_the_same_the_second_is_not_due() -> None:
    rhythm = Rhythm(When.DAILY, 2 * 60 + 30, zone=BERLIN)
    assert rhythm.after(at("2026-10-25 01:00")) == at("2026-10-26 01:30")


def test_a_place_whose_clocks_never_change() -> None:
    rhythm = Rhythm(When.DAILY, 9 * 60 + 5, zone="Asia/Almaty")
    assert dues(rhythm, "2026-03-28 04:05", 2) == ["2026-03-29 04:05", "2026-03-30 04:05"]


def test_a_day_that_a_place_left_out_is_served_when_the_next_begins() -> None:
    rhythm = Rhythm(When.DAILY, 9 * 60, zone="Pacific/Apia")
    # There was no 30 December 2011 there; the 31st began at 10:00 UTC.
    assert dues(rhythm, "2011-12-29 20:00", 2) == ["2011-12-30 10:00", "2011-12-30 19:00"]


def test_weekly_is_on_its_day_alone_also_over_a_change_of_the_clocks() -> None:
    rhythm = Rhythm(When.WEEKLY, 2 * 60 + 30, weekday=6, zone=BERLIN)
    assert dues(rhythm, "2026-03-22 00:00", 3) == ["2026-03-22 01:30", "2026-03-29 01:00", "2026-04-05 00:30"]


def test_the_day_is_that_of_the_place_and_not_of_greenwich() -> None:
    rhythm = Rhythm(When.WEEKLY, 60, weekday=0, zone="Asia/Almaty")
    # Monday 01:00 in Almaty is Sunday 20:00 UTC.
    assert dues(rhythm, "2026-03-24 00:00", 1) == ["2026-03-29 20:00"]


def test_due_right_now_is_due_the_next_time() -> None:
    rhythm = Rhythm(When.DAILY, 9 * 60)
    assert rhythm.after(at("2026-01-01 09:00")) == at("2026-01-02 09:00")
    assert rhythm.after(at("2026-01-01 08:59")) == at("2026-01-01 09:00")


@pytest.mark.parametrize(
    ("text", "minute"),
    [("09:30", 570), ("9.30", 570), ("0:00", 0), ("23:59", 1439), ("24:00", None), ("9", None), ("12:60", None)],
)
def test_a_time_is_an_hour_and_minutes(text: str, minute: int | None) -> None:
    assert minute_of(text) == minute


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("utc", "UTC"),
        ("America/New York", "America/New_York"),
        ("Mars/Olympus", None),
        ("../etc/passwd", None),
        ("/etc/localtime", None),
        ("Europe", None),
        ("", None),
        ("a\0b", None),
    ],
)
def test_a_time_zone_is_one_that_there_is(name: str, zone: str | None) -> None:
    assert known_zone(name) == zone
