"""``rapporteur backup`` and ``rapporteur restore`` as an admin types them."""

from __future__ import annotations

import getpass
import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from pyrage import x25519

from bot.backup.commands import _stopping_cleanly
from bot.store import Store
from tests.bot.backups import quickly_encrypted, waiting

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.shell import Rapporteur

QUESTION = "What regulation on the release of detainees did the parties adopt?"
UNSEALED = (
    "This backup is not encrypted: whoever gets the file can read all documents and questions; see --to and "
    "--passphrase."
)


@pytest.fixture
def indexed(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> Rapporteur:
    """The command line with an index, a store, and passphrases that take little time."""
    monkeypatch.setattr("bot.backup.encryption.by_passphrase.encrypt", quickly_encrypted)
    rapporteur.json("ask", QUESTION)
    return rapporteur


def said(err: str) -> list[str]:
    """The lines on stderr that are no bars."""
    return [line for line in err.replace("\r", "\n").split("\n") if line.strip() and "%|" not in line]


def test_a_backup_is_restored_elsewhere_and_answers_alike(
    indexed: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = indexed.json("ask", QUESTION)
    code, out, err = indexed("backup", str(tmp_path / "b"))
    assert (code, said(err)) == (0, [UNSEALED])
    assert re.match(r"\d+ files were backed up to ", out)
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "elsewhere"))
    code, out, err = indexed("restore", str(tmp_path / "b"))
    assert (code, said(err)) == (0, [])
    assert out.split("\n")[1:] == [
        "What was sent, asked, withdrawn or erased since that backup is not in it.",
        "`rapporteur check` says whether all is well.",
        "",
    ]
    after = indexed.json("ask", QUESTION)
    assert {**before, "seconds": 0} == {**after, "seconds": 0}
    assert indexed.json("check")["well"]


def test_what_is_there_is_moved_aside_only_if_that_is_wanted(indexed: Rapporteur, tmp_path: Path) -> None:
    with Store.open(indexed.data / "store.sqlite3") as store, store.database.writing() as connection:
        store.outbox.put(connection, waiting(0, 1, 2))
    indexed("backup", str(tmp_path / "b"), "--without-index")
    assert "say --force to replace it" in indexed("backup", str(tmp_path / "b"))[2]
    refused = indexed.fails("restore", str(tmp_path / "b"))
    assert refused == f"There is something in {indexed.data}; say --force to restore, and it is moved aside."
    code, out, _ = indexed("restore", str(tmp_path / "b"), "--force")
    assert code == 0
    assert f"\nWhat was there before is in {indexed.data}.before-" in out
    assert "\n3 messages may have been sent since: an admin settles them with /outbox.\n" in out
    assert "\nThere is no index in it: run `rapporteur index`" in out
    assert indexed("index")[0] == 0
    assert indexed.json("ask", QUESTION)["answered"]


def test_an_index_of_another_encoder_is_named(
    indexed: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed("backup", str(tmp_path / "b"))
    monkeypatch.setattr("retrieval.encoders.loading.encoder_identity", lambda _: "another")
    _, out, _ = indexed("restore", str(tmp_path / "b"), "--force")
    assert "\nIts index is of another encoder: run `rapporteur index --rebuild`.\n" in out


def test_an_encrypted_backup_opens_with_what_belongs_to_it(indexed: Rapporteur, tmp_path: Path) -> None:
    key, other = x25519.Identity.generate(), x25519.Identity.generate()
    backup, word = str(tmp_path / "b"), tmp_path / "word"
    (tmp_path / "key").write_text(f"# public key: {key.to_public()}\n{key}\n")
    (tmp_path / "other").write_text(f"{other}\n")
    word.write_text("correct horse\n")
    code, _, err = indexed("backup", backup, "--to", str(key.to_public()), "--passphrase-file", str(word))
    assert (code, said(err)) == (0, [])
    restore = ("restore", backup, "--force")
    assert "give the file of" not in indexed.fails(*restore, code=2)
    assert indexed.fails(*restore, "--identity", str(tmp_path / "other")) == (
        f"{backup} cannot be restored: the backup was not encrypted to this key; nothing was changed."
    )
    assert indexed(*restore, "--identity", str(tmp_path / "key"))[0] == 0
    assert indexed(*restore, "--passphrase-file", str(word))[0] == 0
    word.write_text("wrong horse")
    assert indexed.fails(*restore, "--passphrase-file", str(word)) == (
        f"{backup} cannot be restored: the passphrase is not that of the backup; nothing was changed."
    )
    indexed("backup", backup, "--force", "--to", str(key.to_public()))
    assert indexed.fails(*restore, code=2) == (
        "The backup is encrypted to a recipient; give the file of its secret key with --identity."
    )


def test_a_passphrase_is_asked_for_twice_in_a_terminal_and_nowhere_else(
    indexed: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = str(tmp_path / "b")
    assert "in a terminal only" in indexed.fails("backup", backup, "--passphrase", code=2)
    typed = iter(["one", "two", "three", "three", "", "", "three"])
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr(getpass, "getpass", lambda _: next(typed))
    assert "are not the same" in indexed.fails("backup", backup, "--passphrase", code=2)
    assert indexed("backup", backup, "--passphrase")[0] == 0
    assert indexed.fails("backup", backup, "--passphrase", "--force", code=2) == "The passphrase is empty."
    assert indexed("restore", backup, "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("backup", "b", "--to", "age1x"), "'age1x' is no recipient"),
        (("backup", "b", "--passphrase-file", "none"), "The file none cannot be read (No such file or directory)."),
        (("backup", "b", "--passphrase-file", "lines"), "The file lines has several lines"),
        (("backup", "b", "--passphrase-file", "bytes"), "The file bytes is not text in UTF-8."),
        (("restore",), "Name the backup to be restored, or say --store"),
        (("restore", "b", "--store"), "leave the others out"),
        (("restore", "b"), "There is no file b."),
    ],
)
def test_what_cannot_be_used_is_named(
    rapporteur: Rapporteur, tmp_path: Path, arguments: tuple[str], sentence: str
) -> None:
    (tmp_path / "lines").write_text("one\ntwo\n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    code = 1 if sentence.startswith("There is no file") else 2
    assert sentence in rapporteur.fails(*arguments, code=code)
    assert not (tmp_path / "b").exists()


def test_what_a_supervisor_sends_stops_it_as_ctrl_c_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), _stopping_cleanly():
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
    assert signal.getsignal(signal.SIGTERM) == before
