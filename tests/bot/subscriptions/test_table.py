"""Subscriptions in the store: who gets what and when, resting and resuming, and chats that change or go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.clock import ManualClock
from bot.outbox.outgoing import LEFT, Outgoing
from bot.store import Store
from bot.subscriptions.releases import Present
from bot.subscriptions.rhythm import ON_ARRIVAL, Rhythm, When
from bot.subscriptions.table import AlreadySubscribedError, Pause, Subscription, wait_for_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAILY = Rhythm(When.DAILY, 9 * 60)
START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
HOUR = 3600.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with Store.open(tmp_path / "store.sqlite3", clock.now) as opened:
        yield opened


def _added(store: Store, chat: int, thread: int = 0, language: str = "en", rhythm: Rhythm = DAILY) -> Subscription:
    made = store.subscriptions.add(chat, thread, language, rhythm=rhythm)
    assert made is not None
    return made


def test_a_chat_and_each_of_its_topics_subscribe_for_themselves(store: Store, clock: ManualClock) -> None:
    chat = store.subscriptions.add(-1, 0, "en")
    clock.advance(10)
    topic = store.subscriptions.add(-1, 7, "ru", "Astana", DAILY)
    assert chat is not None
    assert topic is not None
    assert chat == Subscription(chat.id, -1, 0, "en", START)
    assert topic == Subscription(topic.id, -1, 7, "ru", START + 10, "Astana", DAILY, due=START + 9 * HOUR)
    assert store.subscriptions.all() == (chat, topic)
    assert store.subscriptions.of(-1, 7) == (topic,)
    assert store.subscriptions.get(topic.id) == topic
    assert store.subscriptions.end(chat.id)
    assert not store.subscriptions.end(chat.id)
    assert store.subscriptions.all() == (topic,)


def test_a_place_has_several_of_other_processes_or_languages_and_no_two_alike(store: Store) -> None:
    first = _added(store, -1)
    assert store.subscriptions.add(-1, 0, "en", rhythm=Rhythm(When.WEEKLY)) is None
    second = store.subscriptions.add(-1, 0, "ru")
    third = store.subscriptions.add(-1, 0, "en", "Astana")
    assert store.subscriptions.of(-1, 0) == (first, second, third)
    with pytest.raises(AlreadySubscribedError):
        store.subscriptions.change(replace(first, language="ru"))
    assert store.subscriptions.of(-1, 0) == (first, second, third)
    assert store.subscriptions.end_all(-1, 0) == 3


def test_a_change_counts_the_next_digest_from_now(store: Store, clock: ManualClock) -> None:
    made = _added(store, -1)
    clock.advance(10 * HOUR)
    assert store.subscriptions.change(replace(made, rhythm=replace(DAILY, minute=11 * 60)))
    assert store.subscriptions.next_due() == START + 11 * HOUR
    assert store.subscriptions.change(replace(made, rhythm=replace(DAILY, minute=9 * 60)))
    assert store.subscriptions.next_due() == START + 33 * HOUR


def test_one_that_ended_is_not_changed_back_into_being(store: Store) -> None:
    made = _added(store, -1)
    store.subscriptions.end(made.id)
    assert not store.subscriptions.change(made)
    assert store.subscriptions.all() == ()


def test_where_the_clock_is_set_back_nothing_waits_for_longer_than_until_its_next_hour(
    store: Store, clock: ManualClock
) -> None:
    now = clock.now()
    clock.advance(31 * 86_400)
    ahead, resting = _added(store, -1), _added(store, -2)
    at_once = _added(store, -3, rhythm=ON_ARRIVAL)
    store.subscriptions.pause_chat(-2, Pause.RESTRICTED)
    assert store.subscriptions.set_back(clock.now()) == 0
    assert store.subscriptions.set_back(now) == 3
    kept = {one.id: (one.due, one.since) for one in store.subscriptions.all()}
    assert kept == {ahead.id: (DAILY.after(now), now), resting.id: (None, now), at_once.id: (None, now)}
    assert store.subscriptions.set_back(now) == 0


def test_what_rests_has_no_digest(store: Store, clock: ManualClock) -> None:
    made = _added(store, -1)
    assert store.subscriptions.change(replace(made, pause=Pause.WANTED))
    assert store.subscriptions.next_due() is None
    clock.advance(30 * HOUR)
    assert store.subscriptions.due(clock.now()) == ()
    assert store.subscriptions.change(replace(made, pause=Pause.NONE))
    assert store.subscriptions.next_due() == START + 33 * HOUR


def test_what_waited_for_a_digest_goes_out_at_once_where_there_is_none_any_more(
    store: Store, clock: ManualClock
) -> None:
    waiting, other = _added(store, -1), _added(store, -2)
    with store.database.writing() as connection:
        wait_for_digest(connection, 4, [waiting.id, "gone"])
    for one in (waiting, other):
        store.subscriptions.change(replace(one, rhythm=Rhythm()))
    assert [one.id for one in store.subscriptions.due(clock.now())] == [waiting.id]
    store.subscriptions.end(waiting.id)
    with store.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM digest_items").fetchone() == (0,)


def test_where_the_bot_may_not_write_what_was_at_work_rests_and_nothing_else_is_resumed(store: Store) -> None:
    working, resting = _added(store, -1), _added(store, -1, language="ru")
    store.subscriptions.change(replace(resting, pause=Pause.WANTED))
    assert store.subscriptions.pause_chat(-1, Pause.RESTRICTED) == 1
    assert store.subscriptions.next_due() is None
    assert [one.id for one in store.subscriptions.resume_chat(-1)] == [working.id]
    assert [one.pause for one in store.subscriptions.of(-1, 0)] == [Pause.NONE, Pause.WANTED]
    assert store.subscriptions.next_due() == START + 9 * HOUR


def test_a_chat_that_was_left_gets_nothing_more_and_is_greeted_anew(store: Store) -> None:
    _added(store, -1)
    _added(store, -1, thread=7)
    kept = _added(store, -2)
    assert store.subscriptions.greet(-1)
    assert not store.subscriptions.greet(-1)
    with store.database.writing() as connection:
        store.outbox.put(connection, [Outgoing(chat, 0, "s", 0, "one") for chat in (-1, -2)])
    assert store.retire(-1, LEFT) == 1
    assert store.subscriptions.all() == (kept,)
    assert [head.chat for head in store.outbox.heads()] == [-2]
    assert store.subscriptions.greet(-1)


def test_a_topic_that_was_deleted_ends_alone(store: Store) -> None:
    kept = _added(store, -1)
    _added(store, -1, thread=7)
    store.retire(-1, "topic", 7)
    assert store.subscriptions.all() == (kept,)


def test_a_supergroup_has_what_its_group_had_and_what_both_had_once(store: Store) -> None:
    moved, double = _added(store, -1), _added(store, -1, language="ru")
    before = _added(store, -100, language="ru", rhythm=Rhythm())
    for _ in range(2):
        store.move_chat(-1, -100)
    assert store.subscriptions.all() == (replace(moved, chat=-100), before)
    assert store.subscriptions.get(double.id) is None
    assert not store.subscriptions.greet(-100)


def test_all_of_it_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "again.sqlite3"
    with Store.open(path) as store:
        made = store.subscriptions.add(-1, 3, "kk", "Geneva", Rhythm(When.WEEKLY, 1, 6, "Asia/Almaty"))
        store.releases.take({"a": Present("1", 0.0)}, 0)
    with Store.open(path) as store:
        assert store.subscriptions.all() == (made,)
        assert store.releases.known() == {"a": "1"}
