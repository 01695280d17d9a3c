"""A database is brought up to date by named steps, keeps a transaction whole, and forgets what is deleted."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from corpus.database import Database, DatabaseError, IntegrityError, copies_before

FIRST = ("0001-notes", "CREATE TABLE notes (text TEXT NOT NULL) STRICT;")
SECOND = ("0002-authors", "ALTER TABLE notes ADD COLUMN author TEXT; UPDATE notes SET author = 'nobody';")
SECRET = "The corridor stays closed until the spring"


def notes(database: Database) -> list[tuple[str | None, ...]]:
    """Everything that is noted."""
    with database.reading() as connection:
        return connection.execute("SELECT * FROM notes ORDER BY rowid").fetchall()


def note(database: Database, text: str) -> None:
    """Note a text."""
    with database.writing() as connection:
        connection.execute("INSERT INTO notes (text) VALUES (?)", (text,))


def test_a_new_file_is_made_with_every_step_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    with Database.open(tmp_path / "notes.sqlite3", "notebook", [FIRST, SECOND]) as database:
        assert notes(database) == []
        with database.reading() as connection:
            assert connection.execute("SELECT name FROM migrations ORDER BY name").fetchall() == [
                ("0001-notes",),
                ("0002-authors",),
            ]
    assert (tmp_path / "notes.sqlite3").stat().st_mode & 0o777 == 0o600


def test_an_earlier_file_gets_only_the_steps_that_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with Database.open(path, "notebook", [FIRST]) as database:
        note(database, "one")
    with Database.open(path, "notebook", [FIRST, SECOND]) as database:
        assert notes(database) == [("one", "nobody")]
        note(database, "two")
    with Database.open(path, "notebook", [FIRST, SECOND]) as database:
        assert notes(database) == [("one", "nobody"), ("two", None)]


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with Database.open(path, "notebook", [FIRST]) as database:
        note(database, "one")
    broken = ("0002-broken", "ALTER TABLE notes ADD COLUMN author TEXT; INSERT INTO nowhere VALUES (1);")
    with pytest.raises(DatabaseError, match="no such table: nowhere"):
        Database.open(path, "notebook", [FIRST, broken])
    with Database.open(path, "notebook", [FIRST, SECOND]) as database:
        assert notes(database) == [("one", "nobody")]


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with Database.open(path, "notebook", [FIRST, SECOND]) as database:
        note(database, "one")
    with pytest.raises(DatabaseError, match="was written by a newer version of this program; use that version"):
        Database.open(path, "notebook", [FIRST])
    with Database.open(path, "notebook", [FIRST, SECOND]) as database:
        assert notes(database) == [("one", None)]


def test_a_file_that_is_no_database_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseError, match=f"The notebook {path} cannot be used"):
        Database.open(path, "notebook", [FIRST])
    assert path.read_bytes() == b"no database at all" * 100


@pytest.mark.parametrize("byte", [b"`", b"\xc5", b"\xff"])
def test_a_damaged_schema_is_told_in_one_line_and_at_once(byte: bytes, tmp_path: Path) -> None:
    """SQLite quotes the schema, which has lines, and need not be text any more."""
    path = tmp_path / "notes.sqlite3"
    lines = ("0001-notes", "CREATE TABLE notes (\n    text TEXT NOT NULL,\n    CHECK (text != '')\n) STRICT;")
    with Database.open(path, "notebook", [lines]) as database, database.reading() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sound = path.read_bytes()
    place = sound.rindex(b"notes (\n")
    path.write_bytes(sound[:place] + byte + sound[place + 1 :])
    began = time.monotonic()
    with pytest.raises(DatabaseError) as caught:
        Database.open(path, "notebook", [lines])
    assert time.monotonic() - began < 5
    assert str(caught.value).startswith(f"The notebook {path} cannot be used (")
    assert "\n" not in str(caught.value)


def test_many_that_open_a_new_file_at_once_all_get_it(tmp_path: Path) -> None:
    """As the bot and the process that indexes do when both are started for the first time."""
    path, start = tmp_path / "notes.sqlite3", threading.Barrier(4)
    opened: list[Database] = []
    failed: list[DatabaseError] = []

    def open_it() -> None:
        start.wait()
        try:
            opened.append(Database.open(path, "notebook", [FIRST, SECOND]))
        except DatabaseError as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for number, database in enumerate(opened):
        note(database, str(number))
    assert [text for text, _ in notes(opened[0])] == ["0", "1", "2", "3"]
    for database in opened:
        database.close()


def test_another_that_applied_the_step_meanwhile_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at which steps are missing and the step itself."""
    path = tmp_path / "notes.sqlite3"
    connect = sqlite3.connect

    class Late(sqlite3.Connection):
        """Lets another open the file before its own first step."""

        def executescript(self, script: str, /) -> sqlite3.Cursor:
            monkeypatch.setattr(sqlite3, "connect", connect)
            Database.open(path, "notebook", [FIRST, SECOND]).close()
            return super().executescript(script)

    monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, **named, factory=Late))
    with Database.open(path, "notebook", [FIRST, SECOND]) as database:
        note(database, "one")
        assert notes(database) == [("one", None)]


def test_an_exception_undoes_the_whole_transaction_and_the_next_one_works(tmp_path: Path) -> None:
    with Database.open(tmp_path / "notes.sqlite3", "notebook", [FIRST]) as database:
        note(database, "one")
        with pytest.raises(KeyboardInterrupt), database.writing() as connection:
            connection.execute("INSERT INTO notes VALUES ('two')")
            connection.execute("DELETE FROM notes WHERE text = 'one'")
            raise KeyboardInterrupt
        assert notes(database) == [("one",)]
        note(database, "three")
        assert notes(database) == [("one",), ("three",)]


def test_what_was_committed_is_there_without_closing(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    first = Database.open(path, "notebook", [FIRST])
    note(first, "one")
    with Database.open(path, "notebook", [FIRST]) as second:
        assert notes(second) == [("one",)]
    first.close()


def on_disk(folder: Path) -> bytes:
    """The bytes of the database and of the log beside it."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_nothing_of_what_was_deleted_stays_in_the_file_or_its_log(tmp_path: Path) -> None:
    with Database.open(tmp_path / "notes.sqlite3", "notebook", [FIRST]) as database:
        for number in range(50):
            note(database, f"{SECRET} {number} " * 40)
        note(database, "Something that stays.")
        assert SECRET.encode() in on_disk(tmp_path)
        with database.writing() as connection:
            connection.execute("DELETE FROM notes WHERE text LIKE ?", (f"{SECRET}%",))
        database.forget_deleted()
        assert SECRET.encode() not in on_disk(tmp_path)
        assert notes(database) == [("Something that stays.",)]


def test_a_copy_is_whole_while_the_file_is_in_use(tmp_path: Path) -> None:
    with Database.open(tmp_path / "notes.sqlite3", "notebook", [FIRST]) as database:
        note(database, "one")
        database.copy_to(tmp_path / "copy.sqlite3")
        note(database, "two")
    with Database.open(tmp_path / "copy.sqlite3", "notebook", [FIRST]) as copy:
        assert notes(copy) == [("one",)]


def test_a_sound_file_has_no_problem_and_a_damaged_one_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with Database.open(path, "notebook", [FIRST]) as database:
        for number in range(200):
            note(database, f"Note {number} " * 50)
        assert database.problem() is None
        database.forget_deleted()
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    path.write_bytes(content)
    with Database.open(path, "notebook", [FIRST]) as database:
        problem = database.problem()
        assert problem is not None
        assert problem != "ok"


def test_a_disk_without_room_is_said_in_a_sentence_and_nothing_is_changed(tmp_path: Path) -> None:
    with Database.open(tmp_path / "full.sqlite3", "store", (("0001", "CREATE TABLE t (words TEXT);"),)) as database:
        with database.writing() as connection:
            connection.execute("INSERT INTO t VALUES ('kept')")
            connection.execute("PRAGMA max_page_count = 4")
        with pytest.raises(DatabaseError, match="could not be written"), database.writing() as connection:
            connection.executemany("INSERT INTO t VALUES (?)", [("x" * 4000,)] * 10)
        with database.reading() as connection:
            assert connection.execute("SELECT words FROM t").fetchall() == [("kept",)]


def test_a_contradiction_is_no_failure_of_the_file(tmp_path: Path) -> None:
    with Database.open(
        tmp_path / "key.sqlite3", "store", (("0001", "CREATE TABLE t (id INTEGER PRIMARY KEY);"),)
    ) as one:
        with pytest.raises(IntegrityError), one.writing() as connection:
            connection.executemany("INSERT INTO t VALUES (?)", [(1,), (1,)])
        with one.reading() as connection:
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


# Copies from before


THIRD, FOURTH = (("0003-places", "CREATE TABLE places (name TEXT) STRICT;"), ("0004-days", "CREATE TABLE days (d);"))


def test_before_the_schema_of_a_file_in_use_changes_a_copy_of_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with Database.open(path, "notebook", [FIRST]) as database:
        note(database, "one")
    Database.open(path, "notebook", [FIRST, SECOND, THIRD]).close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["notes.sqlite3", "notes.sqlite3.before-0002-authors"]
    copy = tmp_path / "notes.sqlite3.before-0002-authors"
    assert copy.stat().st_mode & 0o777 == 0o600
    with Database.open(copy, "notebook", [FIRST]) as before:
        assert notes(before) == [("one",)]
    Database.open(path, "notebook", [FIRST, SECOND, THIRD]).close()
    assert copies_before(path) == [copy]


def test_the_copy_has_what_was_only_in_the_log_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with Database.open(path, "notebook", [FIRST]) as other:
        note(other, "in the log")
        assert (tmp_path / "notes.sqlite3-wal").stat().st_size > 0
        Database.open(path, "notebook", [FIRST, SECOND]).close()
    with Database.open(copies_before(path)[0], "notebook", [FIRST]) as before:
        assert notes(before) == [("in the log",)]


def test_a_new_file_has_no_copy_and_of_copies_the_last_two_are_kept(tmp_path: Path) -> None:
    path, steps = tmp_path / "notes.sqlite3", [FIRST, SECOND, THIRD, FOURTH]
    for count in range(1, 5):
        Database.open(path, "notebook", steps[:count]).close()
    assert [copy.name for copy in copies_before(path)] == [
        "notes.sqlite3.before-0003-places",
        "notes.sqlite3.before-0004-days",
    ]


def test_what_is_forgotten_is_in_no_copy_either(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with Database.open(path, "notebook", [FIRST]) as database:
        note(database, SECRET)
    with Database.open(path, "notebook", [FIRST, SECOND]) as database:
        assert SECRET.encode() in copies_before(path)[0].read_bytes()
        with database.writing() as connection:
            connection.execute("DELETE FROM notes")
        database.forget_deleted()
        assert copies_before(path) == []
        assert SECRET.encode() not in on_disk(tmp_path)


def test_without_a_copy_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notes.sqlite3"
    with Database.open(path, "notebook", [FIRST]) as database:
        note(database, "one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("corpus.database.os.fsync", full)
        with pytest.raises(DatabaseError, match=r"cannot be copied before .* \(No space left on device\)"):
            Database.open(path, "notebook", [FIRST, SECOND])
    assert [file.name for file in tmp_path.iterdir()] == ["notes.sqlite3"]
    with Database.open(path, "notebook", [FIRST]) as database:
        assert notes(database) == [("one",)]


def test_of_several_that_bring_a_file_up_to_date_at_once_none_copies_what_is_changed_already(tmp_path: Path) -> None:
    path, start = tmp_path / "notes.sqlite3", threading.Barrier(4)
    with Database.open(path, "notebook", [FIRST]) as database:
        note(database, "one")
    failed: list[DatabaseError] = []

    def open_it() -> None:
        start.wait()
        try:
            Database.open(path, "notebook", [FIRST, SECOND]).close()
        except DatabaseError as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    (copy,) = copies_before(path)
    with Database.open(copy, "notebook", [FIRST]) as before:
        assert notes(before) == [("one",)]
