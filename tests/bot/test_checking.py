"""What ``rapporteur check`` says of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.outbox.outgoing import Outgoing, State
from bot.store import Store

if TYPE_CHECKING:
    from tests.bot.shell import Rapporteur


def _of_the_store(rapporteur: Rapporteur) -> tuple[bool, str]:
    findings = {finding["subject"]: finding for finding in rapporteur.json("check")["findings"]}
    return findings["store"]["well"], findings["store"]["reason"].removeprefix(str(rapporteur.data / "store.sqlite3"))


def test_check_says_which_messages_wait_are_unclear_or_failed(rapporteur: Rapporteur) -> None:
    rapporteur.json("index")
    assert _of_the_store(rapporteur) == (True, " is sound")
    with Store.open(rapporteur.data / "store.sqlite3") as store:
        with store.database.writing() as connection:
            store.outbox.put(connection, [Outgoing(-1, 0, "s", part, "words") for part in range(5)])
        for id, state in ((1, State.SENT), (2, State.UNCLEAR), (3, State.UNCLEAR), (4, State.FAILED)):
            store.outbox.mark(id, state)
    assert _of_the_store(rapporteur) == (
        True,
        " is sound, 1 messages pending, 2 messages unclear, 1 messages failed;"
        " an admin settles unclear ones with /outbox",
    )
