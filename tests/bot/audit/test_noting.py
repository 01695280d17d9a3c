"""What a running bot writes into the audit log: with what it is about, once, and nothing that does not belong there."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from bot.audit.check import check
from bot.audit.noting import take_library
from bot.local.faults import Fault, FaultKind
from bot.store import Store
from corpus.library import SHELL
from tests.bot.desk import NOTE, labels
from tests.bot.harness import STORE, TOKEN, data_of, delegation, forged, make_settings, running, shown
from tests.bot.test_attacks import citation_of
from tests.bot.updates import PRIVATE, message, person, update
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from pathlib import Path

    from bot.local.models import Message
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
OPEN = 5001
QUESTION = "What regulation on the release of detainees did the quixotic parties adopt?"


def log(desk: Desk) -> list[dict[str, Any]]:
    """The entries after the bot has ended, each as its body with key and kind; the log is sound."""
    with Store.open(desk.indexed.data / STORE) as store:
        assert check(store.audit).wrong is None
        return [
            {"key": entry.key, "kind": entry.kind, **(json.loads(entry.body) if entry.body else {"emptied": True})}
            for entry in store.audit.entries()
        ]


def written(desk: Desk) -> str:
    """An update with a question of Anna's."""
    asked = message(QUESTION, chat={**PRIVATE, "id": desk.anna.id}, by=person(desk.anna.id))
    return update(OPEN, message=asked).to_json()


def of_kind(desk: Desk, *kinds: str) -> list[dict[str, Any]]:
    """Entries of these kinds, without commands, which are among the questions."""
    found = [entry for entry in log(desk) if entry["kind"] in kinds]
    return [entry for entry in found if not entry["key"].startswith("command:")]


def told(desk: Desk) -> list[tuple[str, str, object]]:
    """Event, document and by whom, of all that was written on documents since the first index."""
    entries = [entry for entry in of_kind(desk, "document") if (entry["event"], entry["by"]) != ("added", "folders")]
    return [(entry["event"], entry["document"], entry["by"]) for entry in entries]


def everything(data: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(data.glob(f"{STORE}*")))


async def ended(bot: Running, last: Message) -> None:
    """Wait until the update behind a message of the bot is dealt with; updates of a chat are so one after another."""
    await bot.ask(bot.world.people[last.chat_id], "/help")


# Questions


async def test_a_question_its_answer_and_its_delivery_are_written_in_this_order(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, f"/ask round:8 {QUESTION}", group.id)
        clearance = bot.services.clearance_of(group.id)
        generation = bot.services.engine.stock.manifest.id
    question, answer, delivery = of_kind(desk, "question", "answer", "delivery")
    who = {"person": desk.anna.id, "chat": group.id, "thread": None}
    assert question == {
        **{"kind": "question", "key": f"question:{question['update']}", "update": question["update"], **who},
        **{"text": QUESTION, "filters": {"round": 8}, "lifted": []},
    }
    assert {name: answer[name] for name in (*who, "answered", "clearance", "generation", "update")} == {
        **{**who, "answered": True, "clearance": clearance, "generation": generation, "update": question["update"]}
    }
    assert (answer["key"], delivery["key"]) == (f"answer:{answer['answer']}", f"delivery:{answer['answer']}")
    assert {name: delivery[name] for name in (*who, "state", "planned")} == {**who, "state": "sent", "planned": 1}
    assert delivery["messages"] == [reply.id]
    original = (desk.indexed.documents / "eighth.md").read_bytes()
    first = answer["quotes"][0]
    assert (first["document"], first["sha256"]) == ("eighth.md", hashlib.sha256(original).hexdigest())
    assert first["end"] - first["start"] == len(EXCHANGE)
    assert set(first) == {"citation", "document", "sha256", "start", "end"}


async def test_that_nothing_answers_is_written_as_well(desk: Desk) -> None:
    settings = make_settings(desk.indexed.data, desk.indexed.documents)
    async with running(desk.world, settings, desk.indexed.engine(confidence=1.0), desk.indexed) as bot:
        await bot.ask(desk.anna, QUESTION)
    (answer,) = of_kind(desk, "answer")
    assert (answer["answered"], answer["quotes"]) == (False, [])


async def test_a_digest_is_kept_of_a_question_and_none_of_its_words(desk: Desk) -> None:
    async with desk.bot(audit_questions="digest") as bot:
        await bot.ask(desk.anna, QUESTION)
        await bot.ask(desk.anna, QUESTION)
        mydata = await bot.ask(desk.anna, "/mydata")
    first, second = of_kind(desk, "question")
    assert first["hmac_sha256"] == second["hmac_sha256"] != hashlib.sha256(QUESTION.encode()).hexdigest()
    assert "text" not in first
    assert "quixotic" not in json.dumps(log(desk))
    assert mydata.text.split("\n")[-1] == "The words of your questions are not in it."


async def test_more_of_an_answer_and_its_file_are_written(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.ask(desk.anna, QUESTION)
        for kind in ("c", "m", "d"):
            before = bot.world.last_message(desk.anna.id).id
            await bot.press(desk.anna, reply, data_of(reply, kind)[0])
            await bot.world.bot_message(desk.anna.id, after=before)
        listed = await bot.ask(desk.anna, "/document eighth.md")
        await bot.press(desk.anna, listed, data_of(listed, "do")[0])
        await ended(bot, await bot.world.bot_message(desk.anna.id, after=listed.id))
    answer, *others = of_kind(desk, "answer", "delivery", "file")
    shown = [entry for entry in others if entry["key"].startswith("shown:")]
    files = [entry for entry in others if entry["kind"] == "file"]
    brought = [entry for entry in others if entry["key"].startswith("delivery:file:")]
    assert [entry["answer"] for entry in shown] == [answer["answer"]] * 2
    assert shown[0]["quotes"] == answer["quotes"][:1]
    assert not [quote for quote in shown[1]["quotes"] if quote in answer["quotes"]]
    assert all(entry["messages"] and entry["state"] == "sent" for entry in (*shown, *brought))
    assert [(entry["document"], entry["sha256"], entry["person"]) for entry in files] == [
        ("eighth.md", answer["quotes"][0]["sha256"], desk.anna.id)
    ] * 2
    assert [entry["update"] for entry in brought] == [entry["update"] for entry in files]


async def test_a_question_that_is_handled_again_after_a_crash_is_written_once(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.anna, "/start")
    for _ in range(2):
        with closing(sqlite3.connect(desk.indexed.data / STORE)) as connection, connection:
            row = (OPEN, 1.0, written(desk), "pending")
            connection.execute("INSERT OR REPLACE INTO updates VALUES (?, ?, ?, ?)", row)
        async with desk.bot() as bot:
            await bot.ask(desk.anna, "/help")
    entries = of_kind(desk, "question", "answer", "delivery")
    assert [entry["kind"] for entry in entries] == ["question", "answer", "delivery", "answer", "delivery"]
    assert {entry["update"] for entry in entries} == {OPEN}


async def test_what_was_being_sent_at_a_kill_is_written_as_unclear(desk: Desk) -> None:
    with Store.open(desk.indexed.data / STORE) as store:
        store.keep_updates({OPEN: written(desk)})
        store.mark_update(OPEN, "sending")
    async with desk.bot():
        pass
    assert of_kind(desk, "delivery") == [
        {"kind": "delivery", "key": f"delivery:update:{OPEN}", "update": OPEN, "state": "unclear"}
    ]


async def test_an_answer_that_failed_or_may_have_arrived_is_written_so(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.anna, "/start")
        desk.world.faults.plan("sendMessage", Fault(FaultKind.DROP_AFTER))
        reply = await bot.ask(desk.anna, QUESTION)
        await ended(bot, reply)
    desk.world.block_bot(desk.anna.id)
    with Store.open(desk.indexed.data / STORE) as store:
        store.keep_updates({OPEN: written(desk)})
    async with desk.bot() as bot:
        await bot.ask(desk.admin, "/help")
    answers = [entry for entry in of_kind(desk, "delivery") if "answer" in entry]
    assert [(entry["state"], entry["messages"], entry["planned"]) for entry in answers] == [
        ("unclear", [], 1),
        ("failed", [], 1),
    ]


# Documents


async def test_what_is_decided_on_documents_is_written_with_who_decided(desk: Desk) -> None:
    admin = desk.admin.id
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        discarded = await desk.send("other.md", NOTE)
        await desk.pressed(bot, discarded, "Discard")
        withdrawn = await bot.ask(desk.admin, "/withdraw eighth.md")
        await desk.pressed(bot, withdrawn, "Restore")
        sheet = await bot.ask(desk.admin, "/document corridor.md")
        asked = await desk.pressed(bot, await desk.pressed(bot, sheet, "Correct"), "Title")
        written = desk.world.send_text(admin, admin, "A quixotic title", reply_to=asked.id)
        await desk.reloaded(written.id)
        bot.services.library.relabel("eighth.md", "restricted", SHELL)
        await bot.ask(desk.admin, "/withdraw aid.md")
    assert told(desk) == [
        *(("sent", "uploads/corridor.md", admin), ("published", "uploads/corridor.md", admin)),
        *(("sent", "uploads/other.md", admin), ("discarded", "uploads/other.md", admin)),
        *(("withdrawn", "eighth.md", admin), ("restored", "eighth.md", admin)),
        *(("corrected", "uploads/corridor.md", admin), ("changed", "uploads/corridor.md", "folders")),
        *(("labelled", "eighth.md", "shell"), ("withdrawn", "aid.md", admin)),
    ]
    added = next(entry for entry in of_kind(desk, "document") if entry["document"] == "uploads/corridor.md")
    assert added["by"] == admin
    sums = {entry.get("sha256") for entry in of_kind(desk, "document")}
    assert hashlib.sha256(NOTE.encode()).hexdigest() in sums


async def test_of_an_erased_document_only_ids_and_hashes_stay(desk: Desk) -> None:
    async with desk.bot() as bot:
        sheet = await bot.ask(desk.admin, "/document eighth.md")
        asked = await desk.pressed(bot, await desk.pressed(bot, sheet, "Correct"), "Title")
        written = desk.world.send_text(desk.admin.id, desk.admin.id, "Zweisprachigkeit", reply_to=asked.id)
        await desk.reloaded(written.id)
        kept = "Zweisprachigkeit" in json.dumps([e.body for e in bot.services.store.audit.entries()])
        question = await bot.ask(desk.admin, "/erase eighth.md")
        await desk.pressed(bot, question, "Erase Zweisprachigkeit")
        on_disk = everything(desk.indexed.data)
    assert kept
    assert b"Zweisprachigkeit" not in on_disk
    *_, erased, why = (entry for entry in log(desk) if entry["kind"] in ("document", "erased"))
    assert (erased["event"], erased["document"], erased["by"]) == ("erased", "eighth.md", desk.admin.id)
    assert (why["reason"], why["document"], len(why["numbers"])) == ("erased", "eighth.md", 1)


async def test_what_the_library_noted_is_taken_once_whoever_noted_it(desk: Desk) -> None:
    async with desk.bot() as bot:
        services = bot.services
        for _ in range(3):
            take_library(services)
        before = len(list(services.store.audit.entries()))
        services.library.withdraw("eighth.md", SHELL, "wrong version")
        for _ in range(2):
            take_library(services)
        new = [entry.body for entry in services.store.audit.entries(after=before)]
    assert before == len(services.library.entries())
    (body,) = new
    assert {name: value for name, value in json.loads(body or "").items() if name != "at"} == {
        **{"event": "withdrawn", "document": "eighth.md", "by": "shell", "value": "wrong version"}
    }


# Admins


async def test_reloads_and_going_back_are_written_with_who_asked(desk: Desk) -> None:
    async with desk.bot() as bot:
        first = bot.services.engine.stock.manifest.id
        (desk.indexed.documents / "note.md").write_text(NOTE, encoding="utf-8")
        asked = desk.world.send_text(desk.admin.id, desk.admin.id, "/reload")
        await desk.reloaded(asked.id)
        second = bot.services.engine.stock.manifest.id
        offered = await bot.ask(desk.admin, "/rollback")
        await bot.press(desk.admin, offered, data_of(offered, "r")[0])
        await bot.world.bot_message(desk.admin.id, after=offered.id)
    reload, begun, done = of_kind(desk, "reload", "rollback")
    assert reload["asked"] == [{"why": "command", "by": desk.admin.id}]
    assert (reload["ended"], reload["generation"], reload["files"]["added"]) == ("done", second, 1)
    assert [(entry["state"], entry["by"], entry["generation"], entry["answers"]) for entry in (begun, done)] == [
        ("asked", desk.admin.id, first, second),
        ("done", desk.admin.id, first, first),
    ]


async def test_an_approval_and_what_was_sent_of_it_are_written(desk: Desk) -> None:
    ninth = (desk.indexed.documents / "eighth.md").read_text(encoding="utf-8").replace("round: 8", "round: 9")
    async with desk.bot(summary_approval=True) as bot:
        await bot.ask(desk.anna, "/subscribe")
        (desk.indexed.documents / "ninth.md").write_text(ninth, encoding="utf-8")
        asked = desk.world.send_text(desk.admin.id, desk.admin.id, "/reload")
        await desk.reloaded(asked.id)
        card = await shown(bot.world, desk.admin.id, lambda one: "Send" in labels(one))
        last = desk.world.last_message(desk.anna.id).id
        await desk.press(bot, card, "Send")
        await bot.world.bot_message(desk.anna.id, after=last)
        await bot.press(desk.admin, forged(bot, card, data_of(card, "rl")[0]), data_of(card, "rl")[0])
    (approval,) = of_kind(desk, "approval")
    assert (approval["decision"], approval["by"], approval["key"]) == ("approved", desk.admin.id, "approval:1")
    sent = [entry for entry in of_kind(desk, "delivery") if entry.get("chat") == desk.anna.id and "outbox" in entry]
    assert [(entry["message_kind"], entry["state"], entry["round"]) for entry in sent] == [("summary", "sent", 9)]
    assert {quote["document"] for quote in sent[0]["quotes"]} == {"ninth.md"}


# What does not belong there


async def test_neither_the_token_nor_a_word_of_a_document_is_ever_written(desk: Desk) -> None:
    async with desk.bot(telegram_token=TOKEN) as bot:
        await bot.ask(desk.anna, QUESTION)
        await bot.ask(desk.anna, f"Who opposed the corridor with {TOKEN} at Sochi?")
        await bot.ask(desk.admin, "/summary 8")
        await desk.publish(bot, "corridor.md", NOTE)
    text = json.dumps(log(desk), ensure_ascii=False)
    assert "Who opposed the corridor with [secret] at Sochi?" in text
    assert TOKEN not in text
    sentences = [EXCHANGE, "Seventeen lorries", "Delegations of the guarantor states"]
    assert [sentence for sentence in sentences if sentence in text] == []


async def test_what_a_person_forgets_goes_from_the_log_too_as_they_are_told(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.anna, QUESTION)
        mydata = await bot.ask(desk.anna, "/mydata")
        asked = await bot.ask(desk.anna, "/forget")
        await desk.press(bot, asked, "Delete it all", desk.anna)
        await bot.world.bot_message(desk.anna.id, after=asked.id)
        on_disk = everything(desk.indexed.data)
    kept = "The audit log keeps for 365 days when you asked and what you were sent."
    words = "The words of your questions are in it as well until /forget deletes them."
    assert mydata.text.split("\n")[-2:] == [kept, words]
    assert asked.text.split("\n")[-2:] == [kept, "The words of your questions are deleted from it too."]
    assert b"quixotic" not in on_disk
    question, answer, delivery, why = of_kind(desk, "question", "answer", "delivery", "erased")
    assert question == {"kind": "question", "key": question["key"], "emptied": True}
    assert answer["person"] == delivery["person"] == why["person"] == desk.anna.id
    assert answer["quotes"]


async def test_bodies_of_before_are_emptied_at_the_start(desk: Desk) -> None:
    with Store.open(desk.indexed.data / STORE, lambda: 1000.0) as store:
        store.answers.keep(7, "?", "g", False, ())
        store.mark_update(3, "unclear")
    async with desk.bot(audit_days=0):
        pass
    kept = log(desk)[0]
    async with desk.bot(audit_days=1):
        pass
    assert kept["state"] == "unclear"
    assert log(desk)[0] == {"kind": "delivery", "key": "delivery:update:3", "emptied": True}


async def test_commands_and_what_they_cite_and_what_inline_queries_offer_are_written(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        await bot.ask(desk.anna, "/verify The parties adopted a regulation on the release of detainees.")
        await bot.ask(desk.anna, f"/cite {citation_of(answer)}")
        await bot.world.wait_inline_answer(bot.world.inline_query(desk.anna.id, "regulation detainees"))
        await ended(bot, await bot.ask(desk.anna, "/help"))
    entries = log(desk)
    commands = [(entry["command"], entry["person"]) for entry in entries if entry["key"].startswith("command:")]
    assert commands[:3] == [(name, desk.anna.id) for name in ("/verify", "/cite", "/help")]
    cited = [entry for entry in entries if entry["key"].startswith("cited:")]
    assert cited[-1]["quotes"][0]["citation"] == citation_of(answer)
    assert len(cited[-1]["quotes"][0]["sha256"]) == 64
    asked, offered = [entry for entry in entries if entry["key"].startswith("inline:")]
    assert (asked["text"], asked["person"]) == ("regulation detainees", desk.anna.id)
    assert offered["quotes"]


async def test_the_words_of_commands_are_not_kept_where_those_of_questions_are_not(desk: Desk) -> None:
    async with desk.bot(audit_questions="digest") as bot:
        await bot.ask(desk.anna, "/verify\nA quixotic sentence.")
        await bot.world.wait_inline_answer(bot.world.inline_query(desk.anna.id, "quixotic detainees"))
        await ended(bot, await bot.ask(desk.anna, "/help"))
    assert "quixotic" not in json.dumps(log(desk))
    assert [entry["command"] for entry in log(desk) if entry["key"].startswith("command:")][:1] == ["/verify"]


async def test_a_limit_that_is_hit_and_a_code_of_an_invitation(desk: Desk) -> None:
    async with desk.bot(questions_per_minute=1, open_to_all=False) as bot:
        made = await bot.ask(desk.admin, "/invite guest")
        code = made.text.partition("?start=")[2].split()[0]
        await bot.ask(desk.anna, f"/start {code}")
        await bot.ask(desk.anna, QUESTION)
        await ended(bot, await bot.ask(desk.admin, "/help"))
    (hit,) = of_kind(desk, "limit")
    assert (hit["limit"], hit["person"]) == ("questions", desk.anna.id)
    assert [entry["change"] for entry in of_kind(desk, "access")] == ["invited", "admitted"]
    assert code.encode() not in everything(desk.indexed.data)
