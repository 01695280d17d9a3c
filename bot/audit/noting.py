"""What handlers write into the audit log: questions and their answers, files handed out, decisions and reloads."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from typing import TYPE_CHECKING, Final

from bot.answers.citations import CITED
from bot.audit.entries import Body, Entry, Kind, Value, canonical, places
from bot.audit.entries import place as quoted_at
from bot.trust_settings import AuditedQuestions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update

    from bot.answers.table import StoredAnswer
    from bot.documents.reloads import Ended, Request
    from bot.messages.conversation import Place
    from bot.messages.rendering import Message
    from bot.services import Context, Services
    from bot.settings import Settings
    from corpus.database import Connection
    from corpus.drafts import SentFile
    from retrieval.answers.answer import Answer
    from retrieval.answers.quotes import Quote
    from retrieval.summaries.round_table import Round

_LIBRARY: Final = "library"
# What is written with its answer, or may hold the code of an invitation.
_NOT_COMMANDS: Final = ("/ask", "/start")
# What the detail of an event of the library is; of the others it is nothing, or is not taken.
_DETAILS: Final = {
    "added": "sha256",
    "changed": "sha256",
    "back": "sha256",
    "labelled": "label",
    "corrected": "value",
    "withdrawn": "value",
}


# Questions and answers.


def note_answer(
    context: Context, place: Place, found: Answer, clearance: str, connection: Connection, stored: StoredAnswer
) -> None:
    """Write who asked what, and where the quotations stand that the answer shows at once; with the stored answer.

    A question whose handling is repeated after a crash is written once, and each answer that was made to it.
    """
    services, update = context.services, context.update_id
    audit, who = services.store.audit, _who(stored.person, place)
    asked: dict[str, Value] = {
        "update": update,
        **who,
        "filters": dict(stored.filters),
        "lifted": sorted(stored.lifted),
    }
    text = _without_secrets(stored.question, services.settings)
    if services.settings.audit_questions is AuditedQuestions.DIGEST:
        asked["hmac_sha256"] = audit.sealed(connection, text)
    else:
        asked["text"] = text
    answered: Body = {
        "update": update,
        **who,
        "answer": stored.id,
        "answered": stored.answered,
        "clearance": clearance,
        "generation": found.generation,
        "quotes": places(found.ranked[: place.at_once(services)] if stored.answered else ()),
    }
    key = f"question:{update}" if update is not None else f"question:{stored.id}"
    audit.append(connection, Entry(Kind.QUESTION, key, asked), Entry(Kind.ANSWER, f"answer:{stored.id}", answered))


def note_delivery(
    context: Context, place: Place, sent: Sequence[int], planned: int, connection: Connection, stored: StoredAnswer
) -> None:
    """Write which messages hold an answer; with the note that the store makes of that."""
    body: Body = {
        "update": context.update_id,
        **_who(stored.person, place),
        "answer": stored.id,
        "state": _state(connection, context.update_id, len(sent) == planned),
        "messages": list(sent),
        "planned": planned,
    }
    context.services.store.audit.append(connection, Entry(Kind.DELIVERY, f"delivery:{stored.id}", body))


def _state(connection: Connection, update: int | None, is_whole: bool) -> str:
    """What became of a reply: "sent", "unclear" where some of it may have arrived, else "failed"."""
    if is_whole:
        return "sent"
    row = connection.execute("SELECT state FROM updates WHERE id = ?", (update,)).fetchone()
    return "unclear" if row is not None and row[0] == "unclear" else "failed"


def note_shown(
    context: Context, place: Place, person: int | None, stored: StoredAnswer, quotes: Sequence[Quote], sent: list[int]
) -> None:
    """Write that a button under an answer showed more of it; when the update is marked as done. Does not block."""
    body: Body = {
        "update": context.update_id,
        **_who(person, place),
        "answer": stored.id,
        "state": "sent" if sent else "failed",
        "messages": list(sent),
        "quotes": places(quotes),
    }
    entry = Entry(Kind.DELIVERY, f"shown:{context.update_id}", body)
    context.services.store.audit.later(context.update_id, entry)


def note_command(update: Update, context: Context) -> None:
    """Write which command somebody gave, but for questions, whose answer says it; when the update is marked as done.

    Where questions are kept as a digest alone, so are no words behind the command. Does not block.
    """
    message, user, chat = update.message, update.effective_user, update.effective_chat
    text = message.text if message is not None else None
    if not text or not text.startswith("/") or chat is None:
        return
    command, *words = text.split(maxsplit=1)
    if command.partition("@")[0].casefold() in _NOT_COMMANDS:
        return
    body: dict[str, Value] = {
        "update": update.update_id,
        "person": user.id if user is not None else None,
        "chat": chat.id,
        "thread": message.message_thread_id if message is not None else None,
        "command": command,
    }
    if context.services.settings.audit_questions is AuditedQuestions.TEXT:
        body["text"] = _without_secrets(" ".join(words), context.services.settings)
    entry = Entry(Kind.QUESTION, f"command:{update.update_id}", body)
    context.services.store.audit.later(update.update_id, entry)


async def note_cited(context: Context, place: Place, messages: Sequence[Message], sent: Sequence[int]) -> None:
    """Write which quotations a reply cites; when the update is marked as done."""
    identifiers = sorted({found for message in messages for found in CITED.findall(message.text)})
    if not identifiers or context.update_id is None:
        return
    services, update = context.services, context.update_id
    citations = [await services.run(services.store.citation, identifier) for identifier in identifiers]
    body: Body = {
        "update": update,
        **_who(place.chat if place.private else None, place),
        "state": "sent" if len(sent) == len(messages) else "failed",
        "messages": list(sent),
        "quotes": [
            quoted_at(one.id, one.document, one.sha256, one.start, one.end) for one in citations if one is not None
        ],
    }
    services.store.audit.later(update, Entry(Kind.DELIVERY, f"cited:{update}:{secrets.token_hex(4)}", body))


def note_offered(services: Services, person: int, query: str, question: str, quotes: Sequence[Quote]) -> None:
    """Write what somebody was offered to insert in another chat, and what they had typed. Blocks."""
    asked: dict[str, Value] = {"person": person, "inline": query}
    offered: Body = {"person": person, "inline": query, "quotes": places(quotes)}
    audit = services.store.audit
    with services.store.database.writing() as connection:
        text = _without_secrets(question, services.settings)
        if services.settings.audit_questions is AuditedQuestions.DIGEST:
            asked["hmac_sha256"] = audit.sealed(connection, text)
        else:
            asked["text"] = text
        audit.append(
            connection,
            Entry(Kind.QUESTION, f"inline:{query}:question", asked),
            Entry(Kind.ANSWER, f"inline:{query}:answer", offered),
        )


async def note_made_file(context: Context, place: Place, person: int | None, name: str) -> None:
    """Write that a file that was made, of a summary or of feedback, is handed out: before it is sent."""
    update = context.update_id
    body: Body = {"update": update, **_who(person, place), "made": name}
    services = context.services
    await services.run(services.store.audit.note, Entry(Kind.FILE, f"file:{update}", body))


def _who(person: int | None, place: Place) -> dict[str, Value]:
    return {"person": person, "chat": place.chat, "thread": place.thread}


def _without_secrets(text: str, settings: Settings) -> str:
    """A question without the bot's own secrets, should somebody have written one."""
    for secret in (settings.telegram_token, settings.webhook_secret):
        if secret is not None:
            text = text.replace(secret.get_secret_value(), "[secret]")
    return text


# Files.


async def note_file(context: Context, place: Place, person: int | None, document: str, sha256: str) -> None:
    """Write that a document's file is handed out: before it is sent, so that none leaves without that."""
    update = context.update_id
    body: Body = {"update": update, **_who(person, place), "document": document, "sha256": sha256}
    services = context.services
    await services.run(services.store.audit.note, Entry(Kind.FILE, f"file:{update}", body))


def note_file_sent(context: Context, message: int) -> None:
    """Write which message brought the file; when the update is marked as done. Does not block."""
    update = context.update_id
    body: Body = {"update": update, "state": "sent", "messages": [message]}
    context.services.store.audit.later(update, Entry(Kind.DELIVERY, f"delivery:file:{update}", body))


# Documents.


def note_draft(context: Context, draft: SentFile, event: str, by: int, value: Value = None) -> None:
    """Write that a file was "sent" to be published, "corrected" before that to a ``value``, or "discarded".

    Written when the update is marked as done. Does not block.
    """
    body: dict[str, Value] = {"event": event, "document": draft.document, "sha256": draft.sha256, "by": by}
    if value:
        body["value"] = value
    entry = Entry(Kind.DOCUMENT, f"draft:{draft.id}:{event}:{context.update_id}", body)
    context.services.store.audit.later(context.update_id, entry)


def take_library(services: Services) -> None:
    """Write what the library has noted of documents since the last time, whoever decided or indexed it. Blocks.

    Called after each decision and each reload, and at the start: a kill between a decision and this leaves it to the
    next call, and an event that was taken already is not written again, for its key is the same.
    """
    audit = services.store.audit
    with services.store.database.reading() as connection:
        mark = audit.mark(connection, _LIBRARY)
    number, at = json.loads(mark) if mark is not None else (0, 0.0)
    with services.library.database.reading() as connection:
        # Erasing deletes events, whose numbers are given again.
        events = connection.execute(
            "SELECT number, document, event, detail, by, at FROM events WHERE number > ? OR at >= ? ORDER BY number",
            (number, at),
        ).fetchall()
        last = connection.execute("SELECT ifnull(max(number), 0), ifnull(max(at), 0) FROM events").fetchone()
    if not events:
        return
    has_forgotten = False
    with services.store.database.writing() as connection:
        for event in events:
            entry = _of_library(*event)
            audit.append(connection, entry)
            if entry.body["event"] == "erased":
                has_forgotten |= audit.forget_values(connection, str(entry.body["document"]))
        if json.dumps(last) != mark:
            audit.set_mark(connection, _LIBRARY, json.dumps(last))
    if has_forgotten:
        services.store.database.forget_deleted()


def _of_library(number: int, document: str, event: str, detail: str, by: str, at: float) -> Entry:
    body: dict[str, Value] = {
        "event": event,
        "document": document,
        "by": int(by) if by.removeprefix("-").isdecimal() else by,
        "at": int(at * 1000),
    }
    if detail and event in _DETAILS:
        body[_DETAILS[event]] = detail
    # Without the detail, for a key is kept for ever.
    name = hashlib.sha256(canonical([document, event, by, repr(at)]).encode()).hexdigest()[:16]
    return Entry(Kind.DOCUMENT, f"library:{number}:{name}", body)


# What admins decide on the whole.


def note_reload(services: Services, requests: Sequence[Request], ended: Ended) -> None:
    """Write how a run of the reload queue ended, after what it changed in the library. Blocks.

    A run is not repeated after a crash, and one that is killed is not written.
    """
    take_library(services)
    asked: list[Value] = [
        {"why": request.why.value, "by": request.place.chat if request.place is not None else None}
        for request in requests
    ]
    counts = Counter(file.outcome.value for file in ended.report.files) if ended.report is not None else {}
    body: Body = {
        "asked": asked,
        "ended": ended.how.value,
        "generation": services.engine.stock.manifest.id,
        "files": dict(counts),
    }
    services.store.audit.note(Entry(Kind.RELOAD, f"reload:{secrets.token_hex(8)}", body))


def rollback_entry(context: Context, by: int, generation: str, state: str) -> Entry:
    """That an admin goes back to an earlier generation: "asked" is written before, "done" or "failed" after.

    A press that is handled again after a kill may find it done, and fail: ``answers`` is the generation that answers.
    """
    answers = context.services.engine.stock.manifest.id
    body: Body = {"by": by, "generation": generation, "state": state, "answers": answers}
    return Entry(Kind.ROLLBACK, f"rollback:{context.update_id}:{state}", body)


def note_round(context: Context, one: Round, field: str, by: int, value: str | None) -> None:
    """Write what an admin decided on a round, None where the documents are to say it again.

    Written when the update is marked as done. Does not block.
    """
    body: Body = {"process": one.process, "round": one.number, "field": field, "value": value, "by": by}
    entry = Entry(Kind.ROUND, f"round:{context.update_id}:{field}", body)
    context.services.store.audit.later(context.update_id, entry)


def note_approval(services: Services, release: int) -> None:
    """Write which admin decided on a proposed summary, and how, once one has. Blocks.

    Called after the press of a button is dealt with: one that is handled again after a kill finds it decided, and
    writes it then.
    """
    with services.store.database.writing() as connection:
        row = connection.execute(
            "SELECT stage, revision, decided_by FROM releases WHERE id = ? AND decided_by IS NOT NULL"
            " AND stage NOT IN ('settling', 'awaiting')",
            (release,),
        ).fetchone()
        if row is not None:
            body: Body = {"release": release, "decision": row[0], "revision": row[1], "by": row[2]}
            services.store.audit.append(connection, Entry(Kind.APPROVAL, f"approval:{release}", body))
