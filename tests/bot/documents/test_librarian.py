"""What an admin decides on documents in a shell holds from the next answer on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.backup.format import STORES
from bot.outbox.outgoing import Outgoing
from bot.store import Store
from tests.bot.shell import Rapporteur
from tests.documents import EXCHANGE

QUESTION = "What regulation on the release of detainees did the parties adopt?"
EIGHTH = "eighth.md"


@pytest.fixture
def indexed(rapporteur: Rapporteur) -> Rapporteur:
    """The command line with an index."""
    assert rapporteur("index")[0] == 0
    return rapporteur


def quoted(rapporteur: Rapporteur) -> set[str]:
    """The documents that the answer to the question quotes or names."""
    answer = rapporteur.json("ask", QUESTION, "--k", "12")
    quotes = [*answer["quotes"], *answer["nearest"]]
    return {place["document"] for quote in quotes for place in (quote, *quote["also"])}


def test_the_documents_are_listed_and_found_by_their_words(indexed: Rapporteur) -> None:
    everything = indexed.json("library", "list")["documents"]
    assert [entry["id"] for entry in everything] == sorted(path.name for path in indexed.documents.iterdir())
    found = indexed.json("library", "list", "Eighth", "statement")["documents"]
    assert [(entry["id"], entry["state"], entry["label"]) for entry in found] == [(EIGHTH, "listed", "public")]
    assert indexed.json("library", "list", "nowhere", code=3) == {"documents": []}
    assert f"listed  public       {EIGHTH}: Joint statement" in indexed("library", "list")[1]


def test_a_withdrawn_document_is_quoted_no_more_and_a_restored_one_is(indexed: Rapporteur) -> None:
    assert EIGHTH in quoted(indexed)
    assert indexed("library", "withdraw", EIGHTH, "--reason", "not ours")[0] == 0
    assert EIGHTH not in quoted(indexed)
    report = indexed.json("index")["files"]
    assert {"file": str(indexed.documents / EIGHTH), "outcome": "withdrawn"}.items() <= report[1].items()
    assert EIGHTH not in quoted(indexed)
    assert indexed("library", "restore", EIGHTH)[0] == 0
    assert EIGHTH in quoted(indexed)


def test_one_document_is_shown_with_its_history(indexed: Rapporteur) -> None:
    indexed("library", "withdraw", EIGHTH, "--reason", "not ours")
    shown = indexed.json("library", "show", EIGHTH)
    assert shown["document"]["state"] == "withdrawn"
    assert shown["metadata"]["round"] == "8"
    assert [(event["event"], event["detail"]) for event in shown["events"][1:]] == [("withdrawn", "not ours")]
    out = indexed("library", "show", EIGHTH)[1]
    assert "withdrawn not ours (by shell)" in out
    assert EXCHANGE not in out


def test_an_erased_document_leaves_no_word_and_is_not_read_again(indexed: Rapporteur) -> None:
    assert indexed.fails("library", "erase", EIGHTH).endswith("say --yes to do it.")
    code, out, _ = indexed("library", "erase", EIGHTH, "--yes")
    assert code == 0
    assert f"Its file {indexed.documents / EIGHTH} is not ours to delete" in out
    assert EIGHTH not in quoted(indexed)
    held = [path for path in indexed.data.rglob("*") if path.is_file() and EXCHANGE.encode() in path.read_bytes()]
    assert held == []
    code, out, _ = indexed("index")
    assert code == 4
    assert "eighth.md: it was erased" in out
    indexed("library", "restore", EIGHTH)
    assert indexed("index")[0] == 0
    assert EIGHTH in quoted(indexed)


@pytest.mark.parametrize("name", STORES)
def test_erasing_reaches_whichever_store_there_is_and_makes_no_other(indexed: Rapporteur, name: str) -> None:
    with Store.open(indexed.data / name) as store, store.database.writing() as connection:
        store.outbox.put(connection, [Outgoing(1, 0, "s", 0, EXCHANGE, named=frozenset({EIGHTH}))])
    assert indexed("library", "erase", EIGHTH, "--yes")[0] == 0
    assert [path.name for path in sorted(indexed.data.glob("*.sqlite3"))] == [name]
    assert EXCHANGE.encode() not in b"".join(path.read_bytes() for path in indexed.data.glob(f"{name}*"))


def test_a_label_is_given_from_those_in_use(indexed: Rapporteur) -> None:
    assert indexed("library", "label", EIGHTH, "Restricted")[0] == 0
    assert indexed.json("library", "list", EIGHTH)["documents"][0]["label"] == "restricted"
    said = indexed.fails("library", "label", EIGHTH, "secret")
    assert said == '"secret" is no access label; in use are public, internal, restricted.'


def test_a_correction_counts_from_the_next_indexing_on_and_is_taken_back(indexed: Rapporteur) -> None:
    assert indexed("library", "correct", EIGHTH, "date", "2017-12-21")[0] == 0
    assert indexed.json("index")["files"][1]["outcome"] == "changed"
    assert indexed.json("library", "show", EIGHTH)["metadata"]["date"] == "2017-12-21"
    indexed("library", "correct", EIGHTH, "date")
    indexed("index")
    assert indexed.json("library", "show", EIGHTH)["metadata"]["date"] == "2017-12-22"
    assert "31" in indexed.fails("library", "correct", EIGHTH, "date", "2018-02-31")
    assert "not something" in indexed.fails("library", "correct", EIGHTH, "colour", "red")


@pytest.mark.parametrize("action", ["withdraw", "restore", "label", "correct", "erase"])
def test_a_document_that_there_is_not_is_one_sentence(indexed: Rapporteur, action: str) -> None:
    values = {"label": ("public",), "correct": ("title", "A title"), "erase": ("--yes",)}.get(action, ())
    assert indexed.fails("library", action, "none.md", *values) == "There is no document none.md."
    assert indexed("library", "show", "none.md")[0] == 3


def test_rolling_back_brings_the_earlier_wording_but_not_what_was_withdrawn(indexed: Rapporteur) -> None:
    path = indexed.documents / EIGHTH
    path.write_text(path.read_text(encoding="utf-8").replace(EXCHANGE, "Another sentence about detainees."))
    (indexed.documents / "new.txt").write_text("A regulation on the release of detainees was adopted anew.")
    indexed("index")
    indexed("library", "withdraw", "aid.md")
    before = indexed.json("ask", QUESTION)["generation"]
    stores = [indexed.data / name for name in STORES]
    for path in stores:
        Store.open(path).close()
    assert indexed("library", "rollback")[0] == 0
    for path in stores:
        with Store.open(path) as store:
            (noted,) = store.audit.entries()
        assert (noted.kind, json.loads(noted.body or "")["by"]) == ("rollback", "shell")
    answer = indexed.json("ask", QUESTION, "--k", "12")
    assert answer["generation"] != before
    assert EXCHANGE in [quote["text"] for quote in answer["quotes"]]
    assert not {"aid.md", "new.txt"} & quoted(indexed)
    assert indexed("index")[0] == 0
    assert "new.txt" in quoted(indexed)


def test_without_an_earlier_generation_there_is_nothing_to_go_back_to(indexed: Rapporteur) -> None:
    assert "nothing to go back to" in indexed.fails("library", "rollback")


def test_a_library_is_exported_and_imported_elsewhere(
    indexed: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "library.tar"
    indexed("library", "label", EIGHTH, "internal")
    assert indexed("library", "export", str(archive))[0] == 0
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "own.txt").write_text("The only document of this folder speaks of bridges.")
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("RAPPORTEUR_DOCUMENTS", str(tmp_path / "few"))
    assert indexed("library", "import", str(archive))[0] == 0
    assert indexed("index")[0] == 0
    assert EIGHTH in quoted(indexed)
    assert indexed.json("library", "list", EIGHTH)["documents"][0]["label"] == "internal"
    assert "There is a library" in indexed.fails("library", "import", str(archive))
