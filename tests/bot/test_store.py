"""What survives a restart: updates, citations, answers, subscriptions, the outbox; and the schema's migrations."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.answers.citation_table import Citation, words_digest
from bot.answers.table import StoredAnswer
from bot.migrations import MIGRATIONS
from bot.outbox.outgoing import Kind, State
from bot.store import Store
from bot.subscriptions.releases import Present
from bot.subscriptions.table import Subscription
from corpus.database import DatabaseError
from corpus.document import Document, Metadata
from retrieval.answers.quotes import Quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bot.hour import Hour

DOCUMENT = Document("a.md", "/a.md", "ab" * 32, "One. Two. Three.", (), Metadata())
QUOTES = (Quote(DOCUMENT, 0, 4), Quote(DOCUMENT, 5, 9))
TABLES = {"updates", "citations", "answers", "subscriptions", "known_documents", "outbox", "migrations"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def store(path: Path, hour: Hour) -> Iterator[Store]:
    with Store.open(path, hour) as opened:
        yield opened


def _older(path: Path, migrations: int) -> None:
    """A store as the version with that many migrations left it."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE migrations (name TEXT PRIMARY KEY) STRICT")
        for name, script in MIGRATIONS[:migrations]:
            connection.executescript(script)
            connection.execute("INSERT INTO migrations VALUES (?)", (name,))
        if migrations:
            connection.execute("INSERT INTO updates VALUES (7, 1.0, '{}', 'pending')")
    connection.close()


def _schema(path: Path) -> set[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        rows = set(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    connection.close()
    return rows


@pytest.mark.parametrize("migrations", range(len(MIGRATIONS) + 1))
def test_a_store_of_any_earlier_version_is_brought_up_to_date_with_what_it_holds(
    migrations: int, tmp_path: Path
) -> None:
    _older(tmp_path / "old.sqlite3", migrations)
    Store.open(tmp_path / "new.sqlite3").close()
    with Store.open(tmp_path / "old.sqlite3") as store:
        assert store.open_updates() == (((7, "{}", "pending"),) if migrations else ())
        assert store.answers.keep(1, "?", "g", True, QUOTES).citations == tuple(quote.citation for quote in QUOTES)
        assert store.subscriptions.add(1, 0, "en") is not None
    assert {name for name, _ in _schema(tmp_path / "old.sqlite3")} >= TABLES
    assert {name for name, _ in _schema(tmp_path / "old.sqlite3")} == {n for n, _ in _schema(tmp_path / "new.sqlite3")}


def test_subscriptions_and_known_documents_of_before_are_kept(path: Path) -> None:
    _older(path, 11)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO subscriptions VALUES (-1, 7, 'ru', 5.0)")
        connection.execute("INSERT INTO known_documents VALUES ('a', '1')")
    connection.close()
    with Store.open(path) as store:
        (kept,) = store.subscriptions.all()
        assert kept == Subscription(kept.id, -1, 7, "ru", 5.0)
        assert len(kept.id) == 8
        eighth: frozenset[tuple[str | None, int]] = frozenset({("Astana", 8)})
        (release,) = store.releases.take({"a": Present("1", 0.0, eighth), "b": Present("2", 9.0, eighth)}, 0)
    assert release.documents == {"b": 9.0}


def test_the_names_of_migrations_are_in_order_and_each_is_there_once() -> None:
    names = [name for name, _ in MIGRATIONS]
    assert names == sorted(set(names))
    assert names[:5] == ["0001-updates", "0002-citations", "0003-answers", "0004-subscriptions", "0005-outbox"]


def test_a_migration_that_fails_leaves_the_store_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _older(path, 2)
    before = _schema(path)
    broken = (*MIGRATIONS[:2], ("0003-broken", "CREATE TABLE half (a); CREATE TABLE updates (a);"))
    monkeypatch.setattr("bot.store.MIGRATIONS", broken)
    with pytest.raises(DatabaseError, match=r"updates already exists"):
        Store.open(path)
    assert _schema(path) == before


def test_a_store_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    Store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO migrations VALUES ('9999-of-tomorrow')")
    connection.close()
    before = _schema(path)
    with pytest.raises(DatabaseError, match=f"^The store {path} was written by a newer version of this program"):
        Store.open(path)
    assert _schema(path) == before


@pytest.mark.parametrize("content", [b"This was never a database. " * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_refused_in_one_sentence_and_left_alone(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=f"^The store {path} cannot be used .*restore it from a backup.$") as caught:
        Store.open(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_the_file_is_private(store: Store, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_update_is_kept_once_and_is_open_until_it_is_done(store: Store) -> None:
    assert store.keep_updates({2: "b", 1: "a"}) == {1, 2}
    assert store.keep_updates({2: "again", 3: "c"}) == {3}
    assert store.open_updates() == ((1, "a", "pending"), (2, "b", "pending"), (3, "c", "pending"))
    store.mark_update(2, "sending")
    store.finish_update(1)
    assert store.open_updates() == ((2, "b", "sending"), (3, "c", "pending"))


def test_an_unclear_update_stays_unclear_when_it_is_finished(store: Store) -> None:
    store.keep_updates({1: "a"})
    store.mark_update(1, "unclear")
    store.finish_update(1)
    assert store.open_updates() == ()
    assert store._database._connection.execute("SELECT state FROM updates").fetchall() == [("unclear",)]


def test_done_updates_are_forgotten_after_a_time_and_open_ones_are_not(store: Store, hour: Hour) -> None:
    store.keep_updates({1: "a", 2: "b"})
    store.finish_update(1)
    hour.now += 100
    store.keep_updates({3: "c"})
    store.finish_update(3)
    store.forget_updates_of_age(60)
    assert store.keep_updates({1: "a", 2: "b", 3: "c"}) == {1}


def test_a_citation_is_looked_up_by_its_id(store: Store) -> None:
    store.remember_citations(QUOTES)
    store.remember_citations(QUOTES)
    digest = hashlib.sha256(QUOTES[1].text.encode()).hexdigest()[:16]
    assert store.citation(QUOTES[1].citation) == Citation(QUOTES[1].citation, "a.md", "ab" * 32, 5, 9, digest)
    assert store.citation("nothing") is None


def test_where_else_the_words_of_a_quotation_stand_is_remembered_too(store: Store) -> None:
    copy = replace(DOCUMENT, id="b.md", sha256="cd" * 32)
    also = (Quote(copy, 0, 4), Quote(replace(copy, id="c.md", sha256="ef" * 32), 0, 4))
    kept = store.answers.keep(1, "What?", "generation", True, [replace(QUOTES[0], also=also)])
    assert kept.citations == (QUOTES[0].citation,)
    digest = words_digest(DOCUMENT.text[:4])
    assert store.citation(also[0].citation) == Citation(also[0].citation, "b.md", "cd" * 32, 0, 4, digest)
    assert store.citation(also[1].citation) == Citation(also[1].citation, "c.md", "ef" * 32, 0, 4, digest)


def test_an_answer_is_looked_up_by_an_id_that_fits_a_button(store: Store) -> None:
    kept = store.answers.keep(-5, "What?", "generation", False, QUOTES)
    other = store.answers.keep(-5, "What?", "generation", False, QUOTES)
    assert store.answers.get(kept.id) == kept
    assert (kept.chat, kept.question, kept.answered) == (-5, "What?", False)
    assert kept.citations == tuple(quote.citation for quote in QUOTES)
    assert len(kept.id) == 10
    assert kept.id != other.id
    assert store.answers.get("0123456789") is None


def test_an_answer_keeps_the_limits_typed_with_it_and_those_lifted(store: Store, path: Path) -> None:
    limits: dict[str, str | int] = {"round": 8, "source": "Институт"}
    kept = store.answers.keep(-5, "What?", "g", False, QUOTES, filters=limits, lifted={"dates", "round"})
    plain = store.answers.keep(-5, "What?", "g", False, QUOTES)
    with Store.open(path) as again:
        assert again.answers.get(kept.id) == kept
        assert again.answers.get(plain.id) == plain
    assert kept.filters == limits
    assert kept.lifted == {"dates", "round"}
    assert plain.filters == {}
    assert plain.lifted == frozenset()


def test_an_answer_kept_before_limits_were_has_none(path: Path) -> None:
    _older(path, 5)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO answers VALUES ('0123456789', 7, 'What?', 'g', 1, '[]', 1.0)")
    connection.close()
    with Store.open(path) as store:
        assert store.answers.get("0123456789") == StoredAnswer(
            "0123456789", 7, "What?", True, (), {}, frozenset(), created=1.0
        )


def test_a_group_that_becomes_a_supergroup_takes_its_answers_along(store: Store) -> None:
    answer = store.answers.keep(-1, "?", "g", True, QUOTES)
    store.move_chat(-1, -100)
    store.move_chat(-1, -100)
    moved = store.answers.get(answer.id)
    assert moved is not None
    assert moved.chat == -100


def test_messages_of_an_earlier_version_are_carried_over_without_the_words_of_those_sent(path: Path) -> None:
    _older(path, 10)
    with sqlite3.connect(path) as connection:
        for id, state in enumerate(("pending", "sending", "sent", "unclear", "failed"), 3):
            connection.execute("INSERT INTO outbox VALUES (?, -1, 7, 's', ?, 'words', ?, 'why', 5.0)", (id, id, state))
        connection.execute("INSERT INTO named_documents VALUES ('s', 'a.md')")
    connection.close()
    with Store.open(path) as store:
        rows = [store.outbox.row(id) for id in range(3, 8)]
        assert store.outbox.settle_interrupted() == 1
    assert [(row.state, row.body) for row in rows if row is not None] == [
        (State.PENDING, "words"),
        (State.SENDING, "words"),
        (State.SENT, ""),
        (State.UNCLEAR, "words"),
        (State.FAILED, ""),
    ]
    assert {(row.chat, row.thread, row.kind, row.named, row.created) for row in rows if row is not None} == {
        (-1, 7, Kind.SUMMARY, frozenset({"a.md"}), 5.0)
    }
