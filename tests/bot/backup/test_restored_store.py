"""What a restored store would send again is unclear, and an admin says what becomes of it; nothing goes out twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.audit.check import check
from bot.backup.restored_store import doubt_what_waits, settle_restored
from bot.clock import ManualClock
from bot.documents.reloading import Reloader
from bot.outbox.outgoing import RESTORED, UNNEEDED, Kind, Outgoing, State
from bot.services import Services
from bot.store import Store
from bot.subscriptions.rhythm import Rhythm, When
from tests.bot.corrections.test_noting import Newsroom
from tests.bot.harness import make_settings
from tests.bot.registry import Registry, registry
from tests.bot.subscriptions.test_announcing import NINTH_TITLE, SETTLE
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.outbox.outgoing import OutboxRow
    from tests.bot.hour import Hour
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
DAY = 24 * 3600.0


@pytest.fixture
def store(tmp_path: Path, hour: Hour) -> Store:
    """A store of its own."""
    return Store.open(tmp_path / "store.sqlite3", hour)


@pytest_asyncio.fixture
async def chancery(own_index: Indexed) -> AsyncIterator[Registry]:
    """A bot that sends without asking, to a chat that subscribed a second ago."""
    with registry(own_index, ManualClock(), summary_settle_seconds=SETTLE) as made:
        made.subscribe(-1)
        made.clock.advance(1)
        yield made


def doubt(made: Registry) -> int:
    """Do to a store at work what is done to one that is restored."""
    return doubt_what_waits(made.store.database, made.clock.now())


def unclear(made: Registry) -> list[tuple[int, int, str, str | None, str]]:
    """Chat, topic, kind, reason and words of what is unclear."""
    return [(row.chat, row.thread, row.kind, row.reason, row.body) for row in made.store.outbox.unclear()]


async def test_what_waits_or_is_being_sent_is_unclear_and_what_was_settled_stays(store: Store, hour: Hour) -> None:
    outgoing = [Outgoing(-1, 0, "s", part, f"words {part}") for part in range(5)]
    outgoing.append(Outgoing(7, 0, "proposal:3:1", 0, "to be decided", kind=Kind.NOTICE))
    with store.database.writing() as connection:
        store.outbox.put(connection, outgoing)
    for id, state in ((2, State.SENDING), (3, State.SENT), (4, State.FAILED), (5, State.UNCLEAR)):
        store.outbox.mark(id, state, "before")
    store.outbox.mark_told(range(1, 7))
    assert doubt_what_waits(store.database, hour()) == 2
    rows = [store.outbox.row(id) for id in range(1, 7)]
    assert [(row.state, row.reason) for row in rows if row] == [
        (State.UNCLEAR, RESTORED),
        (State.UNCLEAR, RESTORED),
        (State.SENT, "before"),
        (State.FAILED, "before"),
        (State.UNCLEAR, "before"),
        (State.FAILED, UNNEEDED),
    ]
    assert [row.id for row in store.outbox.untold()] == [1, 2]
    assert store.outbox.heads() == []
    store.outbox.settle(1, False, 1)
    assert store.outbox.heads()[0].id == 1


async def test_questions_that_were_open_are_not_answered_again_and_invitations_hold_no_more(
    store: Store, hour: Hour
) -> None:
    store.keep_updates({1: "{}", 2: "{}"})
    store.mark_update(2, "sending")
    with store.database.writing() as connection:
        connection.execute("INSERT INTO invitations VALUES ('d', 'admin', NULL, 7, ?, NULL, NULL)", (hour() + 1000,))
    doubt_what_waits(store.database, hour())
    assert store.open_updates() == ()
    assert store.keep_updates({1: "{}"}) == frozenset()
    with store.database.reading() as connection:
        assert connection.execute("SELECT expires FROM invitations").fetchall() == [(0.0,)]


async def test_a_summary_that_had_not_been_decided_on_is_composed_only_if_an_admin_wants_it(
    chancery: Registry,
) -> None:
    chancery.subscribe(-2, 7, process="Minsk")
    chancery.subscribe(-3, rhythm=Rhythm(When.DAILY))
    chancery.clock.advance(1)
    chancery.write("ninth")
    assert doubt(chancery) == 2
    assert unclear(chancery) == [(-1, 0, "summary", RESTORED, ""), (-3, 0, "digest", RESTORED, "")]
    assert chancery.stages() == [(9, "approved")]
    await chancery.pass_by(SETTLE + 2 * DAY)
    assert chancery.waiting() == []
    rows = chancery.store.outbox.unclear()
    for row in rows:
        chancery.store.outbox.settle(row.id, False, 1)
        messages = chancery.announcer.recompose(row)
        assert messages is not None and chancery.store.outbox.replace(row.id, messages) == 1
    assert chancery.waiting() == [(-1, 0, "summary", NINTH_TITLE), (-3, 0, "digest", NINTH_TITLE)]


async def test_a_digest_that_is_due_is_unclear_and_the_next_one_comes_at_its_hour(chancery: Registry) -> None:
    daily = chancery.subscribe(-3, rhythm=Rhythm(When.DAILY, minute=9 * 60))
    chancery.clock.advance(1)
    chancery.write("ninth")
    await chancery.pass_by(SETTLE)
    chancery.store.outbox.mark(1, State.SENT)
    with chancery.store.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM digest_items").fetchone() == (1,)
    # It was sent at nine, which a copy made before does not know.
    chancery.clock.advance(DAY)
    assert doubt(chancery) == 1
    assert unclear(chancery) == [(-3, 0, "digest", RESTORED, "")]
    now = chancery.store.subscriptions.get(daily.id)
    assert now is not None and now.due is not None and chancery.clock.now() < now.due < chancery.clock.now() + DAY
    await chancery.pass_by(DAY)
    assert chancery.waiting() == []


async def test_a_digest_that_is_yet_to_come_is_sent_as_ever(chancery: Registry) -> None:
    chancery.subscribe(-3, rhythm=Rhythm(When.DAILY, minute=9 * 60))
    chancery.clock.advance(1)
    chancery.write("ninth")
    await chancery.pass_by(SETTLE)
    chancery.store.outbox.mark(1, State.SENT)
    assert doubt(chancery) == 0
    await chancery.pass_by(DAY)
    assert chancery.waiting() == [(-3, 0, "digest", NINTH_TITLE)]


async def test_documents_that_the_store_does_not_know_are_not_announced_but_later_ones_are(chancery: Registry) -> None:
    doubt(chancery)
    assert chancery.write("ninth") == ()
    await chancery.pass_by(SETTLE)
    assert chancery.waiting() == []
    chancery.write("tenth", round="10")
    await chancery.pass_by(SETTLE)
    assert [first for *_, first in chancery.waiting()] == [NINTH_TITLE.replace("9", "10")]


async def test_doubting_twice_is_the_same_as_once(chancery: Registry) -> None:
    chancery.write("ninth")
    assert doubt(chancery) == 1
    before = unclear(chancery)
    assert doubt(chancery) == 0
    assert unclear(chancery) == before


async def test_corrections_found_first_are_unclear_since_they_may_have_been_sent(
    own_index: Indexed, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path)
    with Store.open(tmp_path / "store.sqlite3") as store:
        services = Services(settings, own_index.engine(), store, Reloader(settings))
        room = Newsroom(services, own_index)
        room.send(-5, EXCHANGE)
        doubt_what_waits(store.database, 0.0)
        room.revise("release of detainees", "exchange of prisoners")
        assert await room.correct("eighth.md") == 1
        assert [row.reason for row in _unclear_corrections(store)] == [RESTORED]
        await room.correct()
        room.revise("exchange of prisoners", "return of prisoners")
        await room.correct()
        assert len(room.waiting()) == 1
        services.executor.shutdown()


def _unclear_corrections(store: Store) -> list[OutboxRow]:
    return [row for row in store.outbox.unclear() if row.kind is Kind.CORRECTION]


@pytest.mark.parametrize("now", [None, 1_800_000_000.0])
async def test_that_it_was_restored_is_in_its_audit_log(tmp_path: Path, now: float | None) -> None:
    path = tmp_path / "store.sqlite3"
    Store.open(path).close()
    assert settle_restored(path, now) == 0
    with Store.open(path) as store:
        (entry,) = store.audit.entries()
        assert check(store.audit).wrong is None
    assert (entry.kind, entry.body) == ("restored", '{"unclear":0}')
