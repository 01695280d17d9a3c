"""The audit log: a chain in which nothing can be changed, cut off or doubled unnoticed, and from which bodies go."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from bot.audit.check import Noted, check
from bot.audit.entries import BEGINNING, Entry, Kind, access_changed, canonical, limit_hit
from bot.outbox.outgoing import Kind as MessageKind
from bot.outbox.outgoing import Outgoing, State
from bot.store import Store
from corpus.database import DatabaseError, IntegrityError
from corpus.document import Document, Metadata
from retrieval.answers.quotes import Quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.audit.entries import Value, Written
    from tests.bot.hour import Hour

DAY = 24 * 3600.0
TRIGGERS = (
    *("audit_is_added_to", "audit_goes_on", "audit_is_not_changed", "audit_is_not_deleted"),
    *("audit_head_is_one", "audit_head_goes_on", "audit_head_is_not_deleted"),
)
DOCUMENT = Document("a.md", "/a.md", "ab" * 32, "One. Two. Three.", (), Metadata())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def store(path: Path, hour: Hour) -> Iterator[Store]:
    with Store.open(path, hour) as opened:
        yield opened


def said(number: int) -> Entry:
    return Entry(Kind.ACCESS, f"said:{number}", {"change": "said", "number": number})


def fill(store: Store, count: int) -> list[Written]:
    store.audit.note(*(said(number) for number in range(1, count + 1)))
    return list(store.audit.entries())


def tampered(path: Path, *statements: str, triggers: bool = False) -> None:
    """Do to the file what somebody with the right to write it might, who knows of the triggers."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for trigger in () if triggers else TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)


def wrong(store: Store, noted: Noted | None = None) -> str:
    return check(store.audit, noted).wrong or ""


def rewritten(path: Path, number: int, body: dict[str, Any]) -> None:
    """Change an entry, and all hashes behind it, so that the chain is sound in itself."""
    tampered(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        rows = connection.execute(
            "SELECT number, at, key, kind, salt, body FROM audit WHERE number >= ? ORDER BY number", (number,)
        ).fetchall()
        (chain,) = connection.execute("SELECT chain FROM audit WHERE number = ?", (number - 1,)).fetchone()
        for row, at, key, kind, salt, kept in rows:
            text = json.dumps(body, separators=(",", ":")) if row == number else kept
            digest = hashlib.sha256(salt + text.encode()).hexdigest()
            array = ["rapporteur audit 1", chain, row, at, key, kind, digest]
            chain = hashlib.sha256(json.dumps(array, separators=(",", ":")).encode()).hexdigest()
            connection.execute(
                "UPDATE audit SET body = ?, digest = ?, chain = ? WHERE number = ?", (text, digest, chain, row)
            )
        connection.execute("UPDATE audit_head SET chain = ?", (chain,))


# The chain


def test_each_entry_holds_the_hash_of_all_before_it(store: Store, hour: Hour) -> None:
    hour.now = 1000.5
    first, second = fill(store, 2)
    assert (first.number, first.at, first.key, first.kind) == (1, 1000500, "said:1", "access")
    assert first.body == '{"change":"said","number":1}'
    previous = "0" * 64
    for entry in (first, second):
        assert entry.salt is not None and entry.body is not None
        assert len(entry.salt) == 16
        assert entry.digest == hashlib.sha256(entry.salt + entry.body.encode()).hexdigest()
        text = f'["rapporteur audit 1","{previous}",{entry.number},1000500,"{entry.key}","access","{entry.digest}"]'
        assert entry.chain == hashlib.sha256(text.encode()).hexdigest()
        previous = entry.chain
    assert first.salt != second.salt
    verdict = check(store.audit)
    assert (verdict.entries, verdict.chain, verdict.emptied, verdict.wrong) == (2, second.chain, 0, None)


def test_an_empty_log_is_sound(store: Store) -> None:
    verdict = check(store.audit, Noted(BEGINNING))
    assert (verdict.entries, verdict.chain, verdict.wrong, verdict.noted) == (0, "0" * 64, None, 0)


def test_a_key_is_written_once_whatever_comes_under_it_later(store: Store) -> None:
    store.audit.note(Entry(Kind.ANSWER, "answer:1", {"answered": True}))
    store.audit.note(Entry(Kind.ANSWER, "answer:1", {"answered": False}), said(1), said(1))
    assert [(entry.number, entry.key) for entry in store.audit.entries()] == [(1, "answer:1"), (2, "said:1")]
    assert json.loads(next(store.audit.entries()).body or "") == {"answered": True}


def test_a_transaction_that_is_undone_leaves_no_entry_and_no_gap(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.database.writing() as connection:
        store.audit.append(connection, said(1))
        raise ZeroDivisionError
    fill(store, 2)
    assert [entry.key for entry in store.audit.entries()] == ["said:1", "said:2"]
    assert wrong(store) == ""


def test_there_is_one_way_to_write_a_value() -> None:
    value: Value = {"ы": 'a\u2028\n"\\', "b": [1, True, None, {}], "a": "\ud800"}
    assert canonical(value) == '{"a":"?","b":[1,true,null,{}],"ы":"a\u2028\\n\\"\\\\"}'


def test_many_pages_of_entries_are_read_in_order(store: Store) -> None:
    numbers = [entry.number for entry in fill(store, 2100)]
    assert numbers == list(range(1, 2101))
    assert [entry.number for entry in store.audit.entries(after=2098)] == [2099, 2100]
    assert wrong(store) == ""


def test_entries_of_several_threads_and_programs_make_one_chain(store: Store, path: Path, hour: Hour) -> None:
    with Store.open(path, hour) as other, ThreadPoolExecutor(8) as executor:

        def write(writer: int) -> None:
            for number in range(25):
                (store, other)[writer % 2].audit.note(Entry(Kind.LIMIT, f"{writer}:{number}", {"writer": writer}))
                store.audit.note(Entry(Kind.LIMIT, f"shared:{number}", {}))

        list(executor.map(write, range(8)))
    verdict = check(store.audit)
    assert (verdict.entries, verdict.wrong) == (8 * 25 + 25, None)
    assert len({entry.key for entry in store.audit.entries()}) == 8 * 25 + 25


# Tampering


@pytest.mark.parametrize(
    "statement",
    [
        *("UPDATE audit SET key = key || 'x'", "UPDATE audit SET kind = 'limit'", "UPDATE audit SET body = '{}'"),
        *("UPDATE audit SET digest = 'x'", "UPDATE audit SET chain = 'x'"),
        *("UPDATE audit SET number = 9 WHERE number = 3", "UPDATE audit SET at = 0", "UPDATE audit SET salt = x'00'"),
        *("DELETE FROM audit", "DELETE FROM audit WHERE number = 3", "DELETE FROM audit_head"),
        "INSERT OR REPLACE INTO audit SELECT 2, at, key, kind, digest, chain, salt, body FROM audit WHERE number = 2",
        "INSERT OR REPLACE INTO audit SELECT 4, at, key, kind, digest, chain, salt, body FROM audit WHERE number = 2",
        "INSERT INTO audit SELECT 5, at, 'new', kind, digest, chain, salt, body FROM audit WHERE number = 2",
        "INSERT INTO audit VALUES (4, 1, 'new', 'access', '', '', NULL, NULL)",
        *("UPDATE audit_head SET number = 2", "UPDATE audit_head SET chain = 'x'", "UPDATE audit_head SET number = 4"),
        "INSERT OR REPLACE INTO audit_head VALUES (1, 0, '')",
    ],
)
def test_sqlite_refuses_what_is_not_an_addition(statement: str, store: Store) -> None:
    before = fill(store, 3)
    with pytest.raises(IntegrityError), store.database.writing() as connection:
        connection.execute(statement)
    assert list(store.audit.entries()) == before
    assert wrong(store) == ""


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE audit SET at = at + 1 WHERE number = 2", "Entry 2 of the audit log is not what was written"),
        ("UPDATE audit SET key = 'said:9' WHERE number = 2", "Entry 2 of the audit log is not what was written"),
        ("UPDATE audit SET kind = 'limit' WHERE number = 2", "Entry 2 of the audit log is not what was written"),
        ("UPDATE audit SET digest = chain WHERE number = 2", "Entry 2 of the audit log is not what was written"),
        ("UPDATE audit SET chain = digest WHERE number = 2", "Entry 2 of the audit log is not what was written"),
        ("UPDATE audit SET chain = digest WHERE number = 4", "Entry 4 of the audit log is not what was written"),
        ("UPDATE audit SET number = 9 WHERE number = 2", "Entry 2 of the audit log is missing."),
        ("DELETE FROM audit WHERE number = 1", "Entry 1 of the audit log is missing."),
        ("DELETE FROM audit WHERE number = 3", "Entry 3 of the audit log is missing."),
        ("UPDATE audit SET body = '{}' WHERE number = 2", "The body of entry 2 of the audit log is not what was"),
        ("UPDATE audit SET salt = x'00' WHERE number = 2", "The body of entry 2 of the audit log is not what was"),
        ("UPDATE audit SET salt = NULL, body = NULL WHERE number = 2", "Entry 2 of the audit log was emptied, and no"),
        ("DELETE FROM audit WHERE number > 2", "The audit log ends at entry 2, though 4 were written: its end was"),
        ("DELETE FROM audit", "The audit log ends at entry 0, though 4 were written: its end was cut off."),
        ("UPDATE audit_head SET chain = 'x'", "Entry 4 of the audit log is not what was written: the log's head has"),
        (
            "INSERT INTO audit SELECT 5, at, 'new', kind, digest, chain, salt, body FROM audit WHERE number = 4",
            "Entry 5 of the audit log was not written by this program",
        ),
    ],
)
def test_what_is_changed_past_the_triggers_is_found(statement: str, sentence: str, store: Store, path: Path) -> None:
    fill(store, 4)
    tampered(path, statement)
    assert wrong(store).startswith(sentence)
    assert wrong(store).endswith(".")


def test_without_its_head_the_log_is_neither_sound_nor_added_to(store: Store, path: Path) -> None:
    fill(store, 2)
    tampered(path, "DELETE FROM audit_head")
    for attempt in (lambda: check(store.audit), lambda: store.audit.note(said(3))):
        with pytest.raises(DatabaseError, match=r"^The audit log has lost its head: .*\.$"):
            attempt()


def test_an_end_that_is_cut_off_with_the_head_is_found_by_what_was_noted(store: Store, path: Path) -> None:
    entries = fill(store, 5)
    noted = Noted(entries[4].chain, 5)
    head = f"UPDATE audit_head SET number = 3, chain = '{entries[2].chain}'"  # noqa: S608 - our own words
    tampered(path, "DELETE FROM audit WHERE number > 3", head)
    assert wrong(store) == ""
    assert wrong(store, noted) == ("The audit log ends at entry 3, before entry 5 that was noted: its end was cut off.")
    assert wrong(store, Noted(entries[4].chain)).startswith("No entry of the audit log has the hash that was noted")
    assert check(store.audit, Noted(entries[2].chain, 3)).noted == 3


def test_a_chain_that_is_made_anew_is_found_by_what_was_noted(store: Store, path: Path) -> None:
    entries = fill(store, 4)
    rewritten(path, 2, {"change": "said", "number": 7})
    assert wrong(store) == ""
    assert wrong(store, Noted(entries[0].chain, 1)) == ""
    assert wrong(store, Noted(entries[3].chain, 4)) == (
        "Entry 4 of the audit log has another hash than was noted: it, or one before it, was changed."
    )


def test_what_was_noted_is_found_when_the_log_has_gone_on(store: Store) -> None:
    head = fill(store, 3)[-1].chain
    store.audit.note(said(4))
    assert [check(store.audit, noted).noted for noted in (Noted(head), Noted(head, 3))] == [3, 3]
    assert wrong(store, Noted(head, 2)).startswith("Entry 2 of the audit log has another hash")


# Emptying


def test_bodies_go_after_their_time_and_the_chain_stays(store: Store, path: Path, hour: Hour) -> None:
    store.audit.note(Entry(Kind.QUESTION, "question:1", {"person": 7, "text": "quixotic envoys"}))
    old = next(store.audit.entries())
    hour.now += 3 * DAY
    store.audit.note(said(2))
    store.audit.keep_for(2)
    first, second, why = store.audit.entries()
    assert (first.body, first.salt) == (None, None)
    assert (first.number, first.at, first.key, first.digest, first.chain) == (
        *(1, 1000000, "question:1"),
        *(old.digest, old.chain),
    )
    assert second.body is not None
    assert (why.kind, json.loads(why.body or "")) == ("erased", {"reason": "age", "until": 1})
    verdict = check(store.audit)
    assert (verdict.entries, verdict.emptied, verdict.wrong) == (3, 1, None)
    assert b"quixotic" not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_what_is_kept_for_ever_is_never_emptied(store: Store, hour: Hour) -> None:
    fill(store, 2)
    hour.now += 40_000 * DAY
    store.audit.keep_for(0)
    store.audit.note(said(3))
    assert all(entry.body is not None for entry in store.audit.entries())


def test_a_bot_that_runs_on_empties_once_a_day(store: Store, hour: Hour) -> None:
    store.audit.keep_for(2)
    store.audit.note(said(1))
    emptied = []
    for number in range(2, 9):
        hour.now += DAY * 3 / 4
        store.audit.note(said(number))
        emptied.append(check(store.audit).emptied)
    assert emptied == sorted(emptied)
    assert emptied[0] == 0 and emptied[-1] > 2
    assert sum(entry.kind == "erased" for entry in store.audit.entries()) <= 5
    assert wrong(store) == ""


def test_the_entries_that_say_what_was_emptied_are_emptied_in_their_turn(store: Store, hour: Hour) -> None:
    for _ in range(3):
        store.audit.note(Entry(Kind.QUESTION, f"question:{hour.now}", {"person": 7, "text": "?"}))
        with store.database.writing() as connection:
            store.audit.forget_questions(connection, 7)
        hour.now += 3 * DAY
        store.audit.keep_for(2)
        assert wrong(store) == ""
    assert [entry.number for entry in store.audit.entries() if entry.body is not None] == [9]


def test_a_person_s_questions_are_forgotten_and_what_they_got_is_not(store: Store) -> None:
    store.audit.note(
        Entry(Kind.QUESTION, "question:1", {"person": 7, "text": "quixotic"}),
        Entry(Kind.ANSWER, "answer:1", {"person": 7}),
        Entry(Kind.QUESTION, "question:2", {"person": 8, "text": "other"}),
        Entry(Kind.QUESTION, "question:3", {"person": 7, "hmac_sha256": "ab"}),
    )
    store.personal.forget(7)
    store.personal.forget(7)
    bodies = {entry.key: json.loads(entry.body) for entry in store.audit.entries() if entry.body is not None}
    assert bodies == {
        "answer:1": {"person": 7},
        "question:2": {"person": 8, "text": "other"},
        "erased:5": {"reason": "forgotten", "person": 7, "numbers": [1, 4]},
    }
    assert (check(store.audit).emptied, wrong(store)) == (2, "")


def test_a_forged_reason_explains_nothing(store: Store, path: Path) -> None:
    fill(store, 2)
    store.audit.note(Entry(Kind.ERASED, "erased:3", {"reason": "age", "until": 1}))
    tampered(
        path,
        """UPDATE audit SET body = '{"reason":"age","until":2}' WHERE number = 3""",
        "UPDATE audit SET salt = NULL, body = NULL WHERE number = 2",
    )
    assert wrong(store) == "The body of entry 3 of the audit log is not what was written."


# What is written with what


def test_a_question_s_seal_is_the_same_in_one_store_and_another_in_the_next(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path / "other.sqlite3") as other:
        seals = []
        for one in (store, store, other):
            with one.database.writing() as connection:
                seals.append(one.audit.sealed(connection, "Who?"))
        with store.database.writing() as connection:
            seals.append(store.audit.sealed(connection, "Where?"))
    assert seals[0] == seals[1]
    assert len({*seals}) == 3
    assert hashlib.sha256(b"Who?").hexdigest() not in seals


def test_what_waits_for_an_update_is_written_when_it_is_done(store: Store) -> None:
    store.keep_updates({5: "{}", 6: "{}"})
    store.audit.later(5, said(1), said(2))
    store.audit.later(None, said(3))
    assert list(store.audit.entries()) == []
    store.finish_update(6)
    store.finish_update(5)
    store.finish_update(5)
    assert [entry.key for entry in store.audit.entries()] == ["said:1", "said:2"]


def test_an_update_that_may_have_been_answered_is_written_once(store: Store) -> None:
    store.keep_updates({5: "{}"})
    for _ in range(2):
        store.mark_update(5, "sending")
        store.mark_update(5, "unclear")
    (entry,) = store.audit.entries()
    assert (entry.key, json.loads(entry.body or "")) == ("delivery:update:5", {"update": 5, "state": "unclear"})


def _outcomes(store: Store) -> list[tuple[str, str]]:
    return [(entry.key, json.loads(entry.body or "")["state"]) for entry in store.audit.entries()]


def test_what_became_of_a_message_of_the_outbox_is_written_with_its_mark(store: Store) -> None:
    quotes = (Quote(DOCUMENT, 0, 4), Quote(DOCUMENT, 5, 9))
    message = Outgoing(-5, 3, "r1:en", 0, "<b>words</b>", MessageKind.SUMMARY, quotes=quotes, process="Astana", round=8)
    with store.database.writing() as connection:
        store.outbox.put(connection, [message])
    row = store.outbox.next(2000.0)
    assert row is not None and list(store.audit.entries()) == []
    store.outbox.mark(row.id, State.SENT, message=77)
    store.outbox.mark(row.id, State.SENT, message=77)
    (entry,) = store.audit.entries()
    assert (entry.kind, entry.key) == ("delivery", f"delivery:{row.id}:1:sent")
    assert json.loads(entry.body or "") == {
        **{"outbox": row.id, "message_kind": "summary", "summary": "r1:en", "part": 0, "state": "sent"},
        **{"chat": -5, "thread": 3, "process": "Astana", "round": 8, "messages": [77], "named": ["a.md"]},
        "quotes": [
            {"citation": quote.citation, "document": "a.md", "sha256": "ab" * 32, "start": start, "end": end}
            for quote, (start, end) in zip(quotes, ((0, 4), (5, 9)), strict=True)
        ],
    }
    assert "One." not in (entry.body or "")


def test_an_unclear_message_that_an_admin_settles_is_followed(store: Store) -> None:
    with store.database.writing() as connection:
        store.outbox.put(connection, [Outgoing(1, 0, "s", part, "words") for part in range(3)])
    for _ in range(2):
        assert store.outbox.next(2000.0) is not None
        store.outbox.settle_interrupted()
        store.outbox.settle(1, arrived=False, by=42)
    assert store.outbox.next(2000.0) is not None
    store.outbox.mark(1, State.UNCLEAR)
    store.outbox.settle(1, arrived=True, by=42)
    store.retire(1, "left")
    assert _outcomes(store) == [
        *(("delivery:1:1:unclear", "unclear"), ("delivery:1:2:pending", "pending")),
        *(("delivery:1:3:unclear", "unclear"), ("delivery:1:4:pending", "pending")),
        *(("delivery:1:5:unclear", "unclear"), ("delivery:1:6:sent", "sent")),
        *(("delivery:2:1:failed", "failed"), ("delivery:3:1:failed", "failed")),
    ]
    settled = [json.loads(entry.body or "").get("by") for entry in store.audit.entries()]
    assert settled == [None, 42, None, 42, None, 42, None, None]
    assert wrong(store) == ""


def test_what_was_tried_in_vain_or_is_not_needed_is_no_delivery(store: Store) -> None:
    with store.database.writing() as connection:
        store.outbox.put(connection, [Outgoing(chat, 0, "s", 0, "words") for chat in (1, 2)])
    store.outbox.mark(1, State.PENDING, "again", due=1.0)
    store.outbox.mark(2, State.STALE)
    assert list(store.audit.entries()) == []


def test_others_write_changes_of_access_and_limits(store: Store) -> None:
    change = access_changed("role", whom=7, by=1, role="diplomat", clearance=None)
    again = limit_hit("QUESTIONS_PER_MINUTE", person=7, chat=-5, hour=12)
    store.audit.note(change, again, again)
    first, second = store.audit.entries()
    assert (first.kind, second.kind) == ("access", "limit")
    assert json.loads(first.body or "") == {"change": "role", "whom": 7, "by": 1, "role": "diplomat", "clearance": None}
    assert json.loads(second.body or "") == {"limit": "QUESTIONS_PER_MINUTE", "person": 7, "chat": -5}
