"""The table of the outbox: what is put once, in which order it goes, what is held back, settled and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.answers.keyboard import Button
from bot.outbox.outgoing import INTERRUPTED, UNNEEDED, Kind, OutboxRow, Outgoing, State
from bot.store import Store
from corpus.document import Document, Metadata
from retrieval.answers.quotes import Quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bot.hour import Hour

DOCUMENT = Document("a.md", "/a.md", "ab" * 32, "One. Two. Three.", (), Metadata())
TWIN = Document("b.md", "/b.md", "cd" * 32, "Two.", (), Metadata())
QUOTES = (Quote(DOCUMENT, 0, 4), Quote(DOCUMENT, 5, 9, also=(Quote(TWIN, 0, 4),)))


@pytest.fixture
def store(tmp_path: Path, hour: Hour) -> Iterator[Store]:
    with Store.open(tmp_path / "store.sqlite3", hour) as opened:
        yield opened


def put(store: Store, *messages: Outgoing) -> int:
    with store.database.writing() as connection:
        return store.outbox.put(connection, messages)


def message(chat: int, summary: str, part: int = 0, thread: int = 0, **values: Any) -> Outgoing:
    return Outgoing(chat, thread, summary, part, f"{summary}{part}", **values)


def ids(store: Store, *busy: int, now: float = 1000.0) -> list[int]:
    """The ids of all that goes out, one after the other, each marked as sent."""
    found = []
    while (row := store.outbox.next(now, busy)) is not None:
        store.outbox.mark(row.id, State.SENT, message=100 + row.id)
        found.append(row.id)
    return found


def row(store: Store, identifier: int) -> OutboxRow:
    found = store.outbox.row(identifier)
    assert found is not None
    return found


def test_a_message_is_kept_with_all_that_belongs_to_it(store: Store) -> None:
    buttons = ((Button("PDF", "sf:1:p"), Button("HTML", "sf:1:h")),)
    made = Outgoing(-1, 7, "s", 2, "<b>x</b>", Kind.UPDATE, buttons, QUOTES, frozenset({"c.md"}), 5)
    assert put(store, made) == 1
    assert row(store, 1) == OutboxRow(
        id=1,
        chat=-1,
        thread=7,
        summary="s",
        part=2,
        kind=Kind.UPDATE,
        body="<b>x</b>",
        buttons=buttons,
        answers=5,
        state=State.PENDING,
        reason=None,
        attempts=0,
        composed=0,
        created=1000.0,
        named=frozenset({"a.md", "b.md", "c.md"}),
    )
    with store.database.reading() as connection:
        quoted = connection.execute(
            'SELECT outbox, number, citation, document, start, "end", corrected FROM quoted'
        ).fetchall()
    assert quoted == [
        (1, 1, QUOTES[0].citation, "a.md", 0, 4, None),
        (1, 2, QUOTES[1].citation, "a.md", 5, 9, None),
    ]
    assert store.citation(QUOTES[1].also[0].citation) is not None


def test_what_is_put_again_is_left_as_it_is(store: Store) -> None:
    assert put(store, message(-1, "s"), message(-1, "s", 1), message(-1, "s", thread=7)) == 3
    ids(store)
    assert put(store, message(-1, "s", quotes=QUOTES), message(-1, "t")) == 1
    assert store.outbox.counts() == {"sent": 3, "pending": 1}
    with store.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM quoted").fetchone() == (0,)


def test_what_fails_halfway_is_not_put(store: Store) -> None:
    def messages() -> Iterator[Outgoing]:
        yield message(-1, "s", quotes=QUOTES)
        raise InterruptedError

    with pytest.raises(InterruptedError), store.database.writing() as connection:
        store.outbox.put(connection, messages())
    assert store.outbox.counts() == {}
    assert store.citation(QUOTES[0].citation) is None


def test_a_chat_gets_one_message_after_the_other_and_others_do_not_wait_for_it(store: Store) -> None:
    put(store, message(-1, "s", 0), message(-1, "s", 1), message(-2, "s"), message(5, "s"))
    first = store.outbox.next(1000.0)
    assert first is not None
    assert (first.id, first.state) == (1, State.SENDING)
    assert [head.id for head in store.outbox.heads()] == [3, 4]
    assert ids(store, -2) == [4]
    store.outbox.mark(1, State.SENT, message=70)
    assert ids(store) == [2, 3]
    assert [store.outbox.message_of(id) for id in (1, 2, 9)] == [70, 102, None]


def test_what_did_not_go_out_is_tried_again_when_it_is_due_and_nothing_overtakes_it(store: Store) -> None:
    put(store, message(-1, "s"), message(-1, "t"), message(-2, "s"))
    store.outbox.next(1000.0)
    store.outbox.mark(1, State.PENDING, "Flood control", due=1060.0)
    assert (row(store, 1).attempts, row(store, 1).reason) == (1, "Flood control")
    assert ids(store) == [3]
    assert [(head.id, head.due) for head in store.outbox.heads()] == [(1, 1060.0)]
    assert ids(store, now=1060.0) == [1, 2]


def test_after_an_unclear_part_the_rest_of_its_summary_waits_and_other_summaries_go_on(store: Store) -> None:
    put(store, *(message(-1, "s", part) for part in range(3)), message(-1, "t"), message(-1, "s", 3, thread=7))
    store.outbox.mark(2, State.UNCLEAR, "Timed out")
    assert ids(store) == [1, 4, 5]
    assert store.outbox.settle(2, arrived=True, by=1)
    assert ids(store) == [3]


def test_what_answers_an_unclear_message_waits_until_it_is_settled(store: Store) -> None:
    put(store, message(-1, "s"), message(-1, "c", kind=Kind.CORRECTION, answers=1), message(-1, "t"))
    store.outbox.mark(1, State.UNCLEAR, "Timed out")
    assert ids(store) == [3]
    assert store.outbox.settle(1, arrived=False, by=1)
    assert ids(store) == [1, 2]


def test_settling_is_done_once_and_of_unclear_messages_alone(store: Store) -> None:
    put(store, message(-1, "s"), message(-2, "s"), message(-3, "s"))
    for id in (1, 2):
        store.outbox.mark(id, State.UNCLEAR, "Timed out")
    assert [found.id for found in store.outbox.unclear()] == [1, 2]
    settled = [store.outbox.settle(id, arrived, 1) for id, arrived in ((1, True), (1, False), (2, False), (3, True))]
    assert settled == [True, False, True, False]
    assert [(row(store, id).state, row(store, id).body) for id in (1, 2, 3)] == [
        (State.SENT, ""),
        (State.PENDING, "s0"),
        (State.PENDING, "s0"),
    ]
    assert store.outbox.message_of(1) is None


def test_what_was_being_sent_when_the_program_ended_is_unclear(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite3"
    with Store.open(path) as store:
        put(store, message(-1, "s", 0), message(-1, "s", 1))
        store.outbox.next(1e12)
    with Store.open(path) as store:
        assert store.outbox.settle_interrupted() == 1
        assert store.outbox.settle_interrupted() == 0
        assert [(found.id, found.reason) for found in store.outbox.unclear()] == [(1, INTERRUPTED)]
        assert store.outbox.counts() == {"unclear": 1, "pending": 1}


def test_a_message_is_not_taken_where_it_is_not_as_it_was_read(store: Store) -> None:
    put(store, message(-1, "s", named=frozenset({"a.md"})), message(-2, "s"))
    first, second = row(store, 1), row(store, 2)
    store.forget_wordings(["a.md"])
    store.move_chat(-2, -200)
    assert (store.outbox.take(first), store.outbox.take(second)) == (False, False)
    assert store.outbox.take(row(store, 2))
    assert not store.outbox.take(row(store, 2))


def test_admins_are_told_of_each_failure_once(store: Store) -> None:
    put(store, message(-1, "s"), message(-2, "s"), message(-3, "s"))
    store.outbox.mark(1, State.UNCLEAR, "Timed out")
    store.outbox.mark(2, State.FAILED, "message is too long")
    assert [found.id for found in store.outbox.untold()] == [1, 2]
    store.outbox.mark_told([1, 2])
    assert store.outbox.untold() == []
    assert [found.id for found in store.outbox.failed()] == [2]
    store.outbox.settle(1, arrived=False, by=1)
    store.outbox.mark(1, State.UNCLEAR, "Timed out")
    assert [found.id for found in store.outbox.untold()] == [1]


def test_what_was_sent_or_failed_is_not_kept_in_words(store: Store) -> None:
    states = (State.SENT, State.FAILED, State.STALE, State.UNCLEAR, State.PENDING)
    put(store, *(message(-1, state, buttons=((Button("A", "a"),),)) for state in states))
    for id, state in enumerate(states, 1):
        store.outbox.mark(id, state)
    assert [(row(store, id).body, len(row(store, id).buttons)) for id in range(1, 6)] == [
        ("", 0),
        ("", 0),
        ("", 0),
        ("unclear0", 1),
        ("pending0", 1),
    ]


def test_a_message_takes_the_place_of_one_that_waits_and_of_the_parts_after_it(store: Store) -> None:
    put(store, *(message(-1, "s", part) for part in range(3)), message(-1, "u", kind=Kind.UPDATE, answers=2))
    put(store, message(-1, "c", kind=Kind.CORRECTION, answers=2), message(-2, "s", 1))
    store.outbox.mark(1, State.SENT, message=50)
    assert store.outbox.replace(2, [message(-1, "s", 1), message(-1, "s", 2)]) == 2
    assert [row(store, id).state for id in range(1, 9)] == [
        State.SENT,
        State.STALE,
        State.STALE,
        *[State.PENDING] * 5,
    ]
    assert [row(store, id).composed for id in (7, 8)] == [1, 1]
    assert (row(store, 4).answers, row(store, 5).answers) == (7, 2)
    assert store.outbox.replace(2, [message(-1, "s", 1)]) == 0
    assert store.outbox.replace(7, []) == 0
    assert store.outbox.replace(99, [message(-1, "s", 1)]) == 0


def test_nothing_more_is_sent_to_a_chat_or_topic_that_is_gone_and_nothing_there_corrected(store: Store) -> None:
    put(store, message(-1, "s", quotes=QUOTES), message(-1, "s", thread=7, quotes=QUOTES), message(-1, "t", thread=7))
    put(store, message(-2, "s", quotes=QUOTES))
    store.outbox.mark(2, State.UNCLEAR)
    assert store.retire(-1, "message thread not found", 7) == 1
    assert [(found.id, found.reason, found.body) for found in store.outbox.failed()] == [
        (3, "message thread not found", "")
    ]
    assert store.outbox.counts() == {"failed": 1, "pending": 2, "unclear": 1}
    assert store.retire(-1, "kicked") == 1
    with store.database.reading() as connection:
        assert connection.execute("SELECT DISTINCT outbox FROM quoted").fetchall() == [(4,)]


def test_what_fails_since_the_bot_may_not_write_can_still_be_corrected(store: Store) -> None:
    put(store, message(-1, "s", quotes=QUOTES), message(-1, "t"))
    store.outbox.mark(1, State.SENT, message=50)
    assert store.fail_waiting(-1, "no rights") == 1
    with store.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM quoted").fetchone() == (2,)


def test_a_group_that_becomes_a_supergroup_takes_its_messages_along_but_none_that_waits_there_already(
    store: Store,
) -> None:
    put(store, message(-1, "s"), message(-1, "t"), message(-100, "s"))
    store.outbox.next(1000.0)
    store.outbox.mark(1, State.PENDING, due=5000.0)
    store.move_chat(-1, -100)
    assert [(row(store, id).chat, row(store, id).state) for id in (1, 2, 3)] == [
        (-1, State.STALE),
        (-100, State.PENDING),
        (-100, State.PENDING),
    ]
    assert row(store, 1).reason == UNNEEDED
    assert ids(store) == [2, 3]


@pytest.mark.parametrize("erased", ["b.md", "pack.zip"])
def test_no_word_of_an_erased_document_is_left(erased: str, store: Store, tmp_path: Path) -> None:
    words = "Two words that were said"
    named = frozenset({"b.md", "pack.zip/in/c.md"})
    put(store, Outgoing(-1, 0, "s", 0, words, named=named, buttons=((Button(words, "x"),),)), message(-1, "other"))
    put(store, Outgoing(-1, 0, "u", 0, words, named=named))
    store.outbox.mark(3, State.UNCLEAR)
    store.forget_wordings([erased])
    assert [(row(store, id).state, row(store, id).body) for id in (1, 2, 3)] == [
        (State.PENDING, ""),
        (State.PENDING, "other0"),
        (State.UNCLEAR, ""),
    ]
    assert not any(words.encode() in path.read_bytes() for path in tmp_path.iterdir())


def test_what_was_dealt_with_is_forgotten_in_time_but_not_what_may_need_a_correction(store: Store, hour: Hour) -> None:
    put(store, message(-1, "plain"), message(-1, "quoting", quotes=QUOTES), message(-1, "corrected", quotes=QUOTES))
    put(store, message(-1, "failed"), message(-1, "unclear"), message(-1, "waits"), message(-1, "answered"))
    put(store, message(-2, "answer", answers=7))
    for id, state in ((1, "sent"), (2, "sent"), (3, "sent"), (4, "failed"), (5, "unclear"), (7, "sent")):
        store.outbox.mark(id, State(state))
    with store.database.writing() as connection:
        connection.execute("UPDATE quoted SET corrected = 'withdrawn' WHERE outbox = 3")
    hour.now = 1101.0
    assert store.outbox.forget_of_age(200) == 0
    assert store.outbox.forget_of_age(100) == 3
    assert [id for id in range(1, 9) if store.outbox.row(id) is not None] == [2, 5, 6, 7, 8]
    with store.database.reading() as connection:
        assert connection.execute("SELECT DISTINCT outbox FROM quoted").fetchall() == [(2,)]
        assert connection.execute("SELECT DISTINCT outbox FROM named").fetchall() == [(2,)]
