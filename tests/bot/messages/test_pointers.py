"""What buttons and replies stand for, over restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.outbox.outgoing import Outgoing, State
from bot.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_a_document_keeps_its_short_name_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    with Store.open(path) as store:
        first = store.pointers.handles(["a.md", "b.md"])
    with Store.open(path) as store:
        again = store.pointers.handles(["b.md", "c.md"])
        found = {handle: store.pointers.document_of(handle) for handle in (*first.values(), "00000000")}
    assert again["b.md"] == first["b.md"]
    assert len({*first.values(), *again.values()}) == 3
    assert all(len(handle) == 8 for handle in again.values())
    assert found == {first["a.md"]: "a.md", first["b.md"]: "b.md", "00000000": None}


def test_a_list_is_known_in_its_own_chat_alone(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.sqlite3") as store:
        identifier = store.pointers.keep_listing(7, "note lane")
        assert store.pointers.listing(identifier, 7) == "note lane"
        assert store.pointers.listing(identifier, 8) is None
        assert store.pointers.listing("00000000", 7) is None


def test_a_message_that_asks_for_a_value_keeps_what_for(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    with Store.open(path) as store:
        store.pointers.keep_prompt(7, 12, "up:0123456789", "date")
    with Store.open(path) as store:
        assert store.pointers.prompt(7, 12) == ("up:0123456789", "date")
        assert store.pointers.prompt(7, 13) is None
        assert store.pointers.prompt(8, 12) is None


def test_wordings_of_what_is_dealt_with_are_forgotten_and_what_waits_stays(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.sqlite3") as store:
        store.keep_updates({1: '{"text": "done"}', 2: '{"text": "open"}'})
        store.finish_update(1)
        with store.database.writing() as connection:
            store.outbox.put(
                connection, [Outgoing(7, 0, "a", 0, "sent words"), Outgoing(7, 0, "b", 0, "waiting words")]
            )
        row = store.outbox.next(0)
        assert row is not None
        store.outbox.mark(row.id, State.SENT, message=1)
        store.forget_wordings()
        waiting = store.outbox.next(0)
        assert [body for _, body, _ in store.open_updates()] == ['{"text": "open"}']
    assert waiting is not None
    assert waiting.body == "waiting words"
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert (b"sent words" in content, b'"done"' in content, b"waiting words" in content) == (False, False, True)
