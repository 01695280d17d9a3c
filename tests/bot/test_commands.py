"""The commands against their contract: JSON, exit codes, and one sentence where something is wrong."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import io
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.local.server import LocalServer
from bot.local.world import World
from bot.running.root import EXAMPLE
from bot.store import Store
from corpus.extraction import Extractor
from retrieval.encoders.loading import encoder_identity
from tests.bot.harness import TOKEN
from tests.bot.shell import Rapporteur
from tests.documents import DOCUMENTS, EXCHANGE, NINTH

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
QUESTION = "What regulation on the release of detainees did the parties adopt?"
QUOTE_KEYS = {
    *("citation", "text", "document", "file", "sha256", "start", "end", "title", "publisher", "date", "url"),
    *("process", "round", "page", "heading", "paragraph", "score", "also"),
}


# ask


def test_a_question_is_answered_with_slices_of_files_the_index_being_built_first(rapporteur: Rapporteur) -> None:
    code, out, err = rapporteur("ask", QUESTION, "--json")
    answer = json.loads(out)
    assert code == 0
    assert "Encoding" in err
    assert set(answer) == {"question", "answered", "confidence", "generation", "seconds", "quotes", "nearest"}
    assert (answer["question"], answer["answered"], answer["nearest"]) == (QUESTION, True, [])
    assert len(answer["quotes"]) == 3
    for quote in answer["quotes"]:
        assert set(quote) == QUOTE_KEYS
        assert quote["sha256"] == hashlib.sha256(Path(quote["file"]).read_bytes()).hexdigest()
        read = rapporteur.json("read", quote["file"])
        assert read["text"][quote["start"] : quote["end"]] == quote["text"]
    first = answer["quotes"][0]
    assert first["text"] == EXCHANGE
    assert (first["document"], first["file"]) == ("eighth.md", str(rapporteur.documents / "eighth.md"))
    assert (first["process"], first["round"], first["date"]) == ("Astana", 8, "2017-12-22")
    assert (first["heading"], first["paragraph"], first["page"]) == ("Outcomes", 3, None)


def test_an_answer_for_people_has_the_quotation_its_source_and_its_citation(rapporteur: Rapporteur) -> None:
    code, out, _ = rapporteur("ask", QUESTION, "--k", "1")
    citation = rapporteur.json("ask", QUESTION)["quotes"][0]["citation"]
    assert code == 0
    assert out.startswith(f"1. \u201c{EXCHANGE}\u201d\n   Joint statement & <final> record of the eighth round, ")
    assert out.endswith(f"[{citation}]\n")
    with Store.open(rapporteur.data / "store.sqlite3") as store:
        kept = store.citation(citation)
    assert kept is not None
    assert kept.document == "eighth.md"


def test_where_the_documents_do_not_answer_the_exit_code_is_3(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_CONFIDENCE", "1")
    answer = rapporteur.json("ask", QUESTION, code=3)
    assert (answer["answered"], answer["quotes"]) == (False, [])
    assert len(answer["nearest"]) == 3
    code, out, _ = rapporteur("ask", QUESTION)
    assert code == 3
    assert out.startswith(
        "The documents do not answer this. 6 documents were searched.\nNot an answer, but the nearest:"
    )


def test_the_limits_of_an_answer_are_printed_before_it_and_are_not_in_its_json(rapporteur: Rapporteur) -> None:
    _, out, _ = rapporteur("ask", "What regulation on the release of detainees did the eighth round adopt?")
    assert out.startswith(f"Round 8 only\n\n1. \u201c{EXCHANGE}\u201d\n")
    _, out, _ = rapporteur("ask", QUESTION, "--round", "8", "--since", "2017-12")
    assert out.startswith(f"Round 8 only\nSince 1 December 2017 only\n\n1. \u201c{EXCHANGE}\u201d\n")
    answer = rapporteur.json("ask", "What did the eighth round adopt?")
    assert list(answer) == ["question", "answered", "confidence", "generation", "seconds", "quotes", "nearest"]


def test_where_nothing_answers_the_terminal_says_what_was_searched_and_what_there_is(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_CONFIDENCE", "1")
    code, out, _ = rapporteur("ask", "Who played football at the eighth round since 2017?")
    assert code == 3
    assert out.startswith(
        "Round 8 only\nSince 1 January 2017 only\n\n"
        "The documents do not answer this. 2 documents were searched.\nNot an answer, but the nearest:\n\n"
    )
    assert out.endswith("\n\nRounds that the documents cover: Astana 8.\n")


@pytest.mark.parametrize(
    ("limits", "documents"),
    [
        (["--round", "8"], {"eighth.md", "восьмой.md"}),
        (["--process", "astana", "--source", "records"], {"eighth.md"}),
        (["--since", "2018"], {"aid.md"}),
        (["--until", "2017"], {"eighth.md", "восьмой.md"}),
        (["--place", "Astana"], {"eighth.md"}),
    ],
)
def test_limits_are_kept_to(limits: list[str], documents: set[str], rapporteur: Rapporteur) -> None:
    answer = rapporteur.json("ask", QUESTION, "--k", "50", *limits)
    assert {quote["document"] for quote in answer["quotes"]} == documents


def test_where_no_document_is_admitted_nothing_is_near_either(rapporteur: Rapporteur) -> None:
    answer = rapporteur.json("ask", QUESTION, "--process", "Geneva", code=3)
    assert (answer["quotes"], answer["nearest"]) == ([], [])


@pytest.mark.parametrize("question", ["", "?!", "word " * 300])
def test_what_cannot_be_searched_for_is_a_usage_error(question: str, rapporteur: Rapporteur) -> None:
    assert rapporteur.fails("ask", question, code=2).startswith("The question has")


# index


def test_indexing_says_what_became_of_each_file(rapporteur: Rapporteur) -> None:
    first = rapporteur.json("index")
    assert set(first) == {"generation", "seconds", "files"}
    assert {Path(file["file"]).name: file["outcome"] for file in first["files"]} == dict.fromkeys(DOCUMENTS, "added")
    assert all(set(file) == {"file", "document", "outcome", "reason"} for file in first["files"])
    again = rapporteur.json("index")
    assert again["generation"] == first["generation"]
    assert {file["outcome"] for file in again["files"]} == {"unchanged"}
    (rapporteur.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
    (rapporteur.documents / "aid.md").unlink()
    with (rapporteur.documents / "eighth.md").open("a", encoding="utf-8") as file:
        file.write("\nOne more paragraph.\n")
    third = rapporteur.json("index")
    outcomes = {Path(file["file"]).name: file["outcome"] for file in third["files"]}
    assert {name: outcome for name, outcome in outcomes.items() if outcome != "unchanged"} == {
        "ninth.md": "added",
        "aid.md": "withdrawn",
        "eighth.md": "changed",
    }
    assert third["generation"] != first["generation"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.md", b""),
        ("empty.pdf", b""),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>"),
        ("cut.docx", b"PK\x03\x04"),
        ("program.exe", b"MZ\x00\x00"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name_and_the_others_are_indexed(
    name: str, content: bytes, rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("retrieval.index.indexing", "corpus.extraction"):
        monkeypatch.setattr(f"{module}.Extractor", Extractor)
    (rapporteur.documents / name).write_bytes(content)
    report = rapporteur.json("index", code=4)
    refused = [file for file in report["files"] if file["outcome"] == "refused"]
    assert [Path(file["file"]).name for file in refused] == [name]
    assert refused[0]["reason"].startswith(f"{name}: ")
    assert sum(file["outcome"] == "added" for file in report["files"]) == len(DOCUMENTS)
    assert rapporteur.fails("read", str(rapporteur.documents / name), code=4).startswith(f"{name}: ")


def test_progress_in_the_background_is_lines_of_json(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    nice: list[int] = []
    monkeypatch.setattr(os, "nice", nice.append)
    code, _, err = rapporteur("index", "--background")
    steps = [json.loads(line) for line in err.splitlines()]
    assert code == 0
    assert nice == [15]
    assert steps[0] == {"stage": "reading", "done": 0, "total": len(DOCUMENTS)}
    assert steps[-1]["stage"] == "encoding"
    assert steps[-1]["done"] == steps[-1]["total"]


def test_a_missing_folder_is_named(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_DOCUMENTS", "/nowhere/at/all")
    assert rapporteur.fails("index", code=2) == (
        "/nowhere/at/all: there is no such folder; create it or correct the setting that names it."
    )


def test_an_empty_folder_is_named(rapporteur: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("RAPPORTEUR_DOCUMENTS", str(empty))
    assert rapporteur.fails("ask", QUESTION) == (f"There is no file in {empty}; put documents there and index again.")


def test_an_unwritable_data_directory_is_named(
    rapporteur: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "file" / "data"))
    assert rapporteur.fails("index", code=2).startswith(f"The data directory {tmp_path / 'file' / 'data'} cannot")
    assert rapporteur.fails("check", code=1).startswith("The data directory")


def _damage_manifest(index: Path) -> None:
    (index / "current.json").write_text('{"format": 1', encoding="utf-8")


def _damage_segment(index: Path) -> None:
    largest = max(
        (path for path in index.rglob("segments/*/*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 0xFF
    largest.write_bytes(bytes(content))


def _lose_a_file(index: Path) -> None:
    next(path for path in sorted(index.rglob("segments/*/*")) if path.is_file()).unlink()


@pytest.mark.parametrize("damage", [_damage_manifest, _damage_segment, _lose_a_file])
def test_a_damaged_index_is_said_to_be_so_and_built_anew_on_demand(damage: Any, rapporteur: Rapporteur) -> None:
    rapporteur.json("index")
    damage(rapporteur.data / "index")
    for command in (["ask", QUESTION], ["summary", "8"]):
        said = rapporteur.fails(*command)
        assert said.startswith("The index is damaged: ")
        assert "rapporteur index --rebuild" in said
    checked = rapporteur.json("check", code=1)
    assert {finding["subject"] for finding in checked["findings"] if not finding["well"]} == {"index"}
    rapporteur.json("index", "--rebuild")
    assert rapporteur.json("ask", QUESTION)["quotes"][0]["text"] == EXCHANGE


def test_an_index_of_another_encoder_is_not_mixed_with_this_one(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    rapporteur.json("index")
    for module in ("retrieval.encoders.loading", "retrieval.engine", "bot.checking"):
        monkeypatch.setattr(f"{module}.encoder_identity", lambda _: "test:others")
    for command in (["ask", QUESTION], ["index"]):
        said = rapporteur.fails(*command)
        assert said.startswith("The index was made by another encoder (test:words, not test:others);")


@pytest.mark.parametrize("model", ["./nowhere", "/nowhere/at/all", "a/b/c"])
def test_a_wrong_name_of_an_encoder_is_named(
    model: str, rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.encoders.loading.encoder_identity", encoder_identity)
    monkeypatch.setenv("RAPPORTEUR_EMBEDDING_MODEL", model)
    said = rapporteur.fails("index", code=2)
    assert said.startswith(f"The encoder's folder '{model}' does not exist; set RAPPORTEUR_EMBEDDING_MODEL")


# read, summary


def test_reading_gives_metadata_text_and_blocks_that_are_slices_of_it(rapporteur: Rapporteur) -> None:
    read = rapporteur.json("read", str(rapporteur.documents / "eighth.md"))
    assert set(read) == {"metadata", "text", "blocks", "warnings", "format", "pages", "remarks"}
    assert read["metadata"]["title"] == "Joint statement & <final> record of the eighth round"
    assert (read["metadata"]["round"], read["metadata"]["meeting_start"]) == (8, "2017-12-21")
    assert read["metadata"]["guessed"] == ["document_class", "meeting_end", "meeting_start"]
    assert read["warnings"] == []
    keys = {"kind", "start", "end", "page", "heading", "paragraph", "turns", "origin", "label"}
    assert all(set(block) == keys for block in read["blocks"])
    assert "\n\n".join(read["text"][block["start"] : block["end"]] for block in read["blocks"]) == read["text"]
    assert [block["kind"] for block in read["blocks"][:3]] == ["heading", "heading", "paragraph"]


def test_reading_for_people_shows_the_blocks(rapporteur: Rapporteur) -> None:
    code, out, _ = rapporteur("read", str(rapporteur.documents / "aid.md"))
    assert code == 0
    assert "title: بيان حول المساعدات الإنسانية" in out.splitlines()
    assert "رحب المشاركون بفتح الممرات الآمنة للمدنيين 🚑." in out.splitlines()


def test_a_file_that_is_not_there_is_refused(rapporteur: Rapporteur) -> None:
    assert rapporteur.fails("read", "nowhere.md", code=4).startswith("nowhere.md: ")


def test_a_summary_is_sections_of_quotations(rapporteur: Rapporteur) -> None:
    summary = rapporteur.json("summary", "8")
    lists = {"documents_used", "documents_not_used", "sections", "disagreements"}
    assert set(summary) == {"process", "round", "topic", *lists}
    assert (summary["process"], summary["round"]) == ("Astana", 8)
    assert {*summary["documents_used"], *summary["documents_not_used"]} == {"eighth.md", "восьмой.md"}
    quotes = [quote for section in summary["sections"] for quote in section["quotes"]]
    assert all(set(section) - {"party"} == {"name", "quotes"} for section in summary["sections"])
    assert all(set(quote) == QUOTE_KEYS | {"class"} and quote["round"] == 8 for quote in quotes)
    assert EXCHANGE in [quote["text"] for quote in quotes]
    short = rapporteur.json("summary", "8", "--process", "astana", "--words", "20")
    assert sum(len(quote["text"].split()) for section in short["sections"] for quote in section["quotes"]) <= 20


def test_a_round_that_is_not_there_is_exit_code_3(rapporteur: Rapporteur) -> None:
    assert rapporteur.fails("summary", "7", code=3).startswith("No document is of round 7;")
    assert rapporteur.fails("summary", "8", "--process", "Geneva", code=3).startswith(
        "No document is of round 8 of the process Geneva;"
    )


@pytest.mark.parametrize("number", ["999", "VII", "seventh round"])
def test_a_round_that_nobody_has_is_said_with_those_that_there_are(number: str, rapporteur: Rapporteur) -> None:
    assert rapporteur.fails("summary", number, code=3).endswith("there are documents of Astana 8.")


def test_a_summary_for_people_has_sections_sources_and_documents(rapporteur: Rapporteur) -> None:
    code, out, _ = rapporteur("summary", "VIII")
    assert code == 0
    assert out.startswith("Astana 8\n\n")
    assert f"\u201c{EXCHANGE}\u201d\n   Joint statement & <final> record of the eighth round, " in out
    assert "\nDocuments used: " in out


def test_a_summary_of_a_topic_without_a_passage_is_exit_code_3(rapporteur: Rapporteur) -> None:
    code, out, errors = rapporteur("summary", "8", "--topic", "banana harvest", "--json")
    assert (code, json.loads(out)["sections"]) == (3, [])
    assert errors.endswith('The documents of round 8 have no passage on "banana harvest".\n')
    assert rapporteur.fails("summary", "8", "--topic", "?!", code=2).startswith("The topic has no words")


# check


def test_check_says_of_each_subject_that_it_is_well(rapporteur: Rapporteur) -> None:
    rapporteur.json("index")
    checked = rapporteur.json("check")
    assert checked["well"] is True
    assert [finding["subject"] for finding in checked["findings"]] == [
        *("settings", "documents", "model", "index", "library", "store", "audit log")
    ]
    assert all(set(finding) == {"subject", "well", "reason"} for finding in checked["findings"])
    code, out, _ = rapporteur("check")
    assert code == 0
    assert len(out.splitlines()) == 7
    assert all(line.startswith("    well  ") for line in out.splitlines())


def test_check_without_an_index_says_what_to_do(rapporteur: Rapporteur) -> None:
    checked = rapporteur.json("check", code=1)
    bad = [finding for finding in checked["findings"] if not finding["well"]]
    assert checked["well"] is False
    assert [(finding["subject"], finding["reason"]) for finding in bad] == [
        ("index", "There is no index yet; run `rapporteur index` to build it.")
    ]


def test_a_damaged_store_is_found_and_named(rapporteur: Rapporteur) -> None:
    rapporteur.json("index")
    path = rapporteur.data / "store.sqlite3"
    path.write_bytes(b"no database " * 1000)
    assert rapporteur.fails("ask", QUESTION).startswith(f"The store {path} cannot be used")
    checked = rapporteur.json("check", code=1)
    assert [finding["subject"] for finding in checked["findings"] if not finding["well"]] == ["store"]


def test_damage_deep_in_the_store_is_found(rapporteur: Rapporteur) -> None:
    rapporteur.json("index")
    path = rapporteur.data / "store.sqlite3"
    with Store.open(path) as store:
        store.keep_updates(dict.fromkeys(range(200), "x" * 500))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    content = bytearray(path.read_bytes())
    content[-40_000:] = b"\xff" * 40_000
    path.write_bytes(bytes(content))
    checked = rapporteur.json("check", code=1)
    (bad,) = [finding for finding in checked["findings"] if not finding["well"]]
    assert bad["subject"] == "store"
    assert "damaged" in bad["reason"] or "cannot be used" in bad["reason"]


# run, chat


def test_run_once_asks_the_bot_over_http_and_prints_what_it_says(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_PORT", "0")
    code, out, _ = rapporteur("run", "--once")
    assert code == 0
    assert "The local chat is at http://127.0.0.1:" in out
    assert f"\n> {EXAMPLE}\n" in out
    assert out.index("\n1. ") < out.index("\n2. ") < out.index("\n3. ")
    assert rapporteur.json("ask", EXAMPLE)["quotes"][0]["text"] in out


def test_a_port_in_use_is_named(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    rapporteur.json("index")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("RAPPORTEUR_PORT", str(port))
        said = rapporteur.fails("run", "--once")
    assert said.startswith(f"The port {port} of 127.0.0.1 cannot be used (Address already in use); stop what uses it")
    assert "RAPPORTEUR_PORT" in said


@contextmanager
def _bot_api(token: str) -> Iterator[str]:
    """A Bot API server for one token, in a thread of its own; gives its address."""
    started, address = threading.Event(), ""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        nonlocal address
        async with LocalServer(World(token)) as server:
            address = server.base_url.removesuffix("/bot")
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert started.wait(10)
        yield address
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.mark.filterwarnings("ignore:unclosed")
def test_a_token_that_telegram_refuses_is_named_and_not_shown(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    rapporteur.json("index")
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", "987654321:AAwrongwrongwrongwrongwrong")
    with _bot_api(TOKEN) as address:
        monkeypatch.setenv("RAPPORTEUR_TELEGRAM_API_URL", address)
        said = rapporteur.fails("run", "--once", code=2)
    assert said.startswith("Telegram refuses the token; copy RAPPORTEUR_TELEGRAM_TOKEN again")
    assert "AAwrong" not in said
    # The connection that the refusal came over is left to the end of the process, which here is the test.
    gc.collect()


def test_a_token_that_is_taken_starts_the_bot_there(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    rapporteur.json("index")
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", TOKEN)
    with _bot_api(TOKEN) as address:
        monkeypatch.setenv("RAPPORTEUR_TELEGRAM_API_URL", address)
        code, out, _ = rapporteur("run", "--once")
        monkeypatch.setenv("RAPPORTEUR_ADMINS", "7")
        _, with_admin, _ = rapporteur("run", "--once")
    assert code == 0
    assert out.startswith("The bot @rapporteur_local_bot answers on Telegram")
    assert "Nobody is its admin yet. Open https://t.me/rapporteur_local_bot?start=i_" in out
    assert with_admin.startswith("The bot @rapporteur_local_bot answers on Telegram")
    assert "admin yet" not in with_admin


def test_telegram_out_of_reach_is_said(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    rapporteur.json("index")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_API_URL", f"http://127.0.0.1:{port}")
    said = rapporteur.fails("run", "--once")
    assert said.startswith("Telegram cannot be reached (")
    assert TOKEN not in said


def test_the_terminal_chat_answers_lines_and_presses_buttons_by_number(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{QUESTION}\n1\n"))
    code, out, _ = rapporteur("chat")
    assert code == 0
    assert out.index(EXCHANGE) < out.index("[1] Context 1") < out.index("The paragraph around quotation 1:")


# As a program


@pytest.mark.parametrize("command", [["index"], ["ask", QUESTION]])
def test_as_a_program_a_failure_is_one_line_and_no_traceback(command: list[str], tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RAPPORTEUR_DATA_DIR": str(tmp_path / "data"),
        "RAPPORTEUR_DOCUMENTS": "/nowhere/at/all",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", *command], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "/nowhere/at/all: there is no such folder; create it or correct the setting that names it.\n"
