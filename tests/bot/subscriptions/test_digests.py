"""Digests: what was released since the last one, once, at the hour of a place, whatever the clocks and the bot did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.clock import ManualClock
from bot.subscriptions.announcing import Outcome
from bot.subscriptions.rhythm import Rhythm, When
from bot.subscriptions.table import Pause
from corpus.library import SHELL
from tests.bot.registry import ADMIN, Registry, registry

if TYPE_CHECKING:
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
HOUR = 3600.0
DAY = 24 * HOUR
MORNING = Rhythm(When.DAILY, 9 * 60)
NINTH_TITLE = "Astana. Round 9: summary in quotations"
TENTH_TITLE = "Astana. Round 10: summary in quotations"


def at(text: str) -> ManualClock:
    """A clock that stands at a time in UTC."""
    return ManualClock(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def titles(made: Registry) -> list[tuple[str, str]]:
    """Kind and first line of what waits."""
    return [(kind, line) for _, _, kind, line in made.waiting()]


def due(made: Registry) -> str:
    """When the next digest is due, in UTC."""
    moment = made.store.subscriptions.next_due()
    assert moment is not None
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


async def test_a_digest_has_a_message_for_each_round_and_comes_once(own_index: Indexed) -> None:
    with registry(own_index, at("2026-01-01 12:00")) as made:
        made.subscribe(-1, 7, rhythm=MORNING)
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
        made.write("tenth", round="10")
        made.write("second")
        await made.pass_by(1)
        assert made.waiting() == []
        await made.pass_by(21 * HOUR)
        assert made.waiting() == [(-1, 7, "digest", NINTH_TITLE), (-1, 7, "digest", TENTH_TITLE)]
        await made.pass_by(DAY)
        assert len(made.waiting()) == 2


async def test_where_nothing_is_new_nothing_is_sent_and_the_next_is_due(own_index: Indexed) -> None:
    with registry(own_index, at("2026-01-01 12:00")) as made:
        made.subscribe(-1, rhythm=MORNING)
        await made.pass_by(21 * HOUR)
        assert made.waiting() == []
        assert due(made) == "2026-01-03 09:00"


async def test_an_hour_that_the_clocks_skip_is_served_at_the_next_minute(own_index: Indexed) -> None:
    with registry(own_index, at("2026-03-28 12:00")) as made:
        made.subscribe(-1, rhythm=Rhythm(When.DAILY, 2 * 60 + 30, zone="Europe/Berlin"))
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
        assert due(made) == "2026-03-29 01:00"
        await made.pass_by(13 * HOUR - 3)
        assert titles(made) == []
        await made.pass_by(1)
        assert titles(made) == [("digest", NINTH_TITLE)]
        assert due(made) == "2026-03-30 00:30"


async def test_an_hour_that_comes_twice_is_served_once(own_index: Indexed) -> None:
    with registry(own_index, at("2026-10-24 12:00")) as made:
        made.subscribe(-1, rhythm=Rhythm(When.DAILY, 2 * 60 + 30, zone="Europe/Berlin"))
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
        assert due(made) == "2026-10-25 00:30"
        await made.pass_by(12 * HOUR + 1800 - 2)
        assert titles(made) == [("digest", NINTH_TITLE)]
        made.write("tenth", round="10")
        await made.pass_by(HOUR)
        assert titles(made) == [("digest", NINTH_TITLE)]
        assert due(made) == "2026-10-26 01:30"


async def test_a_bot_that_was_off_over_days_sends_one_digest_at_its_start(own_index: Indexed) -> None:
    clock = at("2026-01-01 12:00")
    with registry(own_index, clock) as made:
        made.subscribe(-1, rhythm=MORNING)
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
    clock.advance(3 * DAY)
    with registry(own_index, clock) as again:
        await again.pass_by(1)
        assert titles(again) == [("digest", NINTH_TITLE)]
        assert due(again) == "2026-01-05 09:00"
    with registry(own_index, clock) as once_more:
        await once_more.pass_by(DAY)
        assert len(once_more.waiting()) == 1


async def test_a_weekly_digest_gathers_the_week(own_index: Indexed) -> None:
    # The first of January 2026 was a Thursday.
    with registry(own_index, at("2026-01-01 12:00")) as made:
        made.subscribe(-1, rhythm=Rhythm(When.WEEKLY, 9 * 60, weekday=0, zone="Asia/Almaty"))
        await made.pass_by(1)
        for name, number in (("ninth", "9"), ("tenth", "10")):
            made.write(name, round=number)
            await made.pass_by(DAY)
        assert made.waiting() == []
        assert due(made) == "2026-01-05 04:00"
        await made.pass_by(2 * DAY)
        assert titles(made) == [("digest", NINTH_TITLE), ("digest", TENTH_TITLE)]


async def test_what_was_withdrawn_before_the_hour_is_not_in_it(own_index: Indexed) -> None:
    with registry(own_index, at("2026-01-01 12:00")) as made:
        made.subscribe(-1, rhythm=MORNING)
        await made.pass_by(1)
        made.write("ninth")
        made.write("tenth", round="10")
        await made.pass_by(1)
        made.services.library.withdraw("ninth.md", SHELL)
        await made.pass_by(DAY)
        assert titles(made) == [("digest", TENTH_TITLE)]


async def test_a_round_that_further_documents_are_undecided_of_waits_for_the_next_digest(own_index: Indexed) -> None:
    settings = {"summary_approval": True, "admins": frozenset({ADMIN})}
    with registry(own_index, at("2026-01-01 12:00"), **settings) as made:
        made.subscribe(-1, rhythm=MORNING)
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
        assert (await made.announcer.approve(1, 1, ADMIN)).outcome is Outcome.SENT
        made.write("second")
        await made.pass_by(DAY)
        assert [row for row in made.waiting() if row[0] == -1] == []
        assert (await made.announcer.approve(2, 1, ADMIN)).outcome is Outcome.SENT
        await made.pass_by(DAY)
        assert [row for row in made.waiting() if row[0] == -1] == [(-1, 0, "digest", NINTH_TITLE)]


async def test_what_a_chat_was_sent_on_arrival_is_not_in_its_digest_again(own_index: Indexed) -> None:
    with registry(own_index, at("2026-01-01 12:00")) as made:
        made.subscribe(-1)
        made.subscribe(-1, process="Astana", rhythm=MORNING)
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
        await made.pass_by(DAY)
        assert titles(made) == [("summary", NINTH_TITLE)]


async def test_who_changes_to_on_arrival_gets_at_once_what_waited(own_index: Indexed) -> None:
    with registry(own_index, at("2026-01-01 12:00")) as made:
        one = made.subscribe(-1, rhythm=MORNING)
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
        made.store.subscriptions.change(replace(one, rhythm=Rhythm()))
        await made.pass_by(0)
        assert titles(made) == [("digest", NINTH_TITLE)]
        assert made.store.subscriptions.next_due() is None


async def test_who_rests_gets_no_digest_and_after_it_what_had_waited(own_index: Indexed) -> None:
    with registry(own_index, at("2026-01-01 12:00")) as made:
        one = made.subscribe(-1, rhythm=MORNING)
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
        made.store.subscriptions.change(replace(one, pause=Pause.WANTED))
        await made.pass_by(2 * DAY)
        assert made.waiting() == []
        made.store.subscriptions.change(one)
        await made.pass_by(DAY)
        assert titles(made) == [("digest", NINTH_TITLE)]


async def test_a_digest_that_ended_before_its_hour_is_not_sent(own_index: Indexed) -> None:
    with registry(own_index, at("2026-01-01 12:00")) as made:
        one = made.subscribe(-1, rhythm=MORNING)
        await made.pass_by(1)
        made.write("ninth")
        await made.pass_by(1)
        made.store.subscriptions.end(one.id)
        await made.pass_by(DAY)
        assert made.waiting() == []
