"""Who ran into limits is counted for a day, bounded in number, and shown to admins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.access.limit_hits import Hit, Hits, Limit, hits_messages
from bot.clock import ManualClock
from bot.languages import LANGUAGES, phrases
from bot.messages.lengths import utf16_length
from tests.bot.harness import delegation

if TYPE_CHECKING:
    from tests.bot.desk import Desk

NEW_YEAR = 1_767_225_600.0
HOUR = 3600.0


def test_hits_are_counted_by_limit_person_and_chat_the_most_frequent_first() -> None:
    clock = ManualClock()
    hits = Hits(clock)
    hits.note(Limit.QUESTIONS, 7, "Anna @anna", 7, "Anna")
    for name in ("Boris", "Boris B."):
        clock.advance(60)
        hits.note(Limit.GROUP_QUESTIONS, 8, name, -1, "Delegation")
    assert hits.times == 3
    assert hits.of_last_day() == [
        Hit(Limit.GROUP_QUESTIONS, 8, "Boris B.", -1, "Delegation", 2, NEW_YEAR + 120),
        Hit(Limit.QUESTIONS, 7, "Anna @anna", 7, "Anna", 1, NEW_YEAR),
    ]


def test_of_a_person_who_is_forgotten_the_number_stays_alone() -> None:
    hits = Hits(ManualClock())
    for person in (7, 7, 8):
        hits.note(Limit.QUESTIONS, person, "Anna", person, "")
    hits.forget_person(7)
    assert [hit.person for hit in hits.of_last_day()] == [8]
    assert hits.times == 3


def test_what_is_older_than_a_day_is_forgotten() -> None:
    clock = ManualClock()
    hits = Hits(clock)
    for _ in range(30):
        hits.note(Limit.QUESTIONS, 7, "Anna", 7, "Anna")
        clock.advance(HOUR)
    assert hits.times == 23
    assert [hit.times for hit in hits.of_last_day()] == [23]
    clock.advance(24 * HOUR)
    assert (hits.times, hits.of_last_day()) == (0, [])


def test_the_latest_are_kept_and_all_are_counted() -> None:
    clock = ManualClock()
    hits = Hits(clock, most=10)
    for stranger in range(100):
        hits.note(Limit.QUESTIONS, stranger, "x" * 500, stranger, "")
        hits.note(Limit.QUESTIONS, 1000, "Anna", 1000, "Anna")
    kept = hits.of_last_day()
    assert hits.times == 200
    assert [hit.person for hit in kept] == [1000, *range(91, 100)]
    assert max(utf16_length(hit.name) for hit in kept) == 60


def test_the_hour_of_a_hit_follows_a_clock_that_is_set() -> None:
    class Set(ManualClock):
        wrong_by = 3 * HOUR

        def now(self) -> float:
            return super().now() - self.wrong_by

    clock = Set()
    hits = Hits(clock)
    hits.note(Limit.QUESTIONS, 7, "Anna", 7, "Anna")
    clock.wrong_by = 0
    assert hits.started == hits.of_last_day()[0].last == NEW_YEAR


@pytest.mark.parametrize("language", LANGUAGES)
def test_however_many_they_are_their_list_fits_into_messages_and_names_are_text(language: str) -> None:
    hits = [
        Hit(limit, number, "<b>" + "&" * 57, -100, "<i>" + "&" * 57, number, NEW_YEAR)
        for number in range(40)
        for limit in Limit
    ]
    messages = hits_messages(hits, 5000, NEW_YEAR, phrases(language))
    assert all(utf16_length(message.text) <= 4096 for message in messages)
    assert not any("<b>&" in message.text or "<i>" in message.text for message in messages)
    assert sum(message.text.count("(-100)") for message in messages) == 30


@pytest.mark.asyncio
async def test_admins_alone_see_in_private_who_asked_more_than_the_limits_allow(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    clock = ManualClock()
    async with desk.bot(clock=clock, questions_per_minute=1) as bot:
        nobody = await bot.ask(desk.admin, "/limits")
        refused = [await bot.ask(desk.admin, "/limits", group.id), await bot.ask(desk.anna, "/limits")]
        await bot.ask(desk.anna, "Who came?")
        clock.advance(5)
        bot.world.send_text(desk.anna.id, group.id, "/ask Who came?")
        async with asyncio.timeout(10):
            while bot.application.bot_data["limits"].hits.times < 2:
                await asyncio.sleep(0.005)
        somebody = await bot.ask(desk.admin, "/limits")
    own = "Only an administrator of this bot may do that, in a private chat with it."
    assert [message.text for message in refused] == [own, own]
    once = "questions of a person, 1 time, last 1 January 2026, 00:00 UTC"
    start = "I count since my start (1 January 2026, 00:00 UTC) and keep a day of it."
    assert nobody.text == f"Nobody has asked more than the limits allow.\n{start}"
    assert somebody.text.split("\n") == [
        "In the last 24 hours I refused 2 requests that were over a limit.",
        start,
        "",
        f"Anna ({desk.anna.id}), Delegation ({group.id}): {once}",
        "",
        f"Anna ({desk.anna.id}): {once}",
    ]
