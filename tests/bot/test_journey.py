"""What people live through with the bot: the real application over real HTTP against the local Bot API server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from telegram import Update

from bot.documents.reloading import Reloader
from bot.languages import phrases
from bot.local.faults import Fault, FaultKind, flood, timeout_after
from bot.local.server import LocalServer
from bot.local.world import World
from bot.running.inbox import KeepingBot
from bot.running.root import EXAMPLE, ask_in_private, local_bot
from bot.services import Services
from bot.store import Store
from tests.bot.harness import (
    STORE,
    TOKEN,
    Running,
    data_of,
    delegation,
    make_settings,
    quotations,
    running,
    said_by_bot,
    shown,
)
from tests.documents import CORRIDOR, DOCUMENTS, EXCHANGE, NINTH

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.local.models import Message, Person
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
QUESTION = "What regulation on the release of detainees did the parties adopt?"
DAY = phrases("en").date("2017-12-22")
WITHDRAWN = "This document has been withdrawn; it is no longer quoted."
NO_LONGER = "This button no longer works; please ask again."


@pytest.fixture
def anna(telegram: World) -> Person:
    """A diplomat."""
    return telegram.add_user("Anna")


@pytest.fixture
def daniyar(telegram: World) -> Person:
    """The admin of the bot in ``start``."""
    return telegram.add_user("Daniyar")


class Start:
    """Starts the bot over an index; called with other settings where a test needs them."""

    def __init__(self, world: World, admin: Person, data: Path) -> None:
        self.world, self.admin, self.data = world, admin, data

    def __call__(
        self, indexed: Indexed, *, confidence: float = 0.0, server: LocalServer | None = None, open_to_all: bool = True
    ) -> AbstractAsyncContextManager[Running]:
        """The bot at work while the context is open."""
        settings = make_settings(
            self.data, indexed.documents, admins=frozenset({self.admin.id}), open_to_all=open_to_all
        )
        return running(self.world, settings, indexed.engine(confidence), indexed, server=server)

    def updates(self) -> list[str]:
        """The states of the updates that a bot which has stopped left in its store."""
        with Store.open(self.data / STORE) as store:
            return [row[0] for row in store._database._connection.execute("SELECT state FROM updates ORDER BY id")]

    def outbox(self) -> dict[str, int]:
        """How many messages are in each state of the outbox of a bot that has stopped."""
        with Store.open(self.data / STORE) as store:
            return store.outbox.counts()


@pytest.fixture
def start(telegram: World, daniyar: Person, tmp_path: Path) -> Start:
    """Starts the bot, with a data directory of its own."""
    data = tmp_path / "bot"
    data.mkdir()
    return Start(telegram, daniyar, data)


# Questions


async def test_start_greets_and_says_what_can_be_asked(start: Start, shared_index: Indexed, anna: Person) -> None:
    async with start(shared_index) as bot:
        greeting = await bot.ask(anna, "/start")
    assert greeting.text.startswith("I answer questions from documents, in their own words")
    assert EXAMPLE in greeting.text
    assert start.updates() == ["done"]


async def test_a_greeting_is_in_the_language_of_the_person(start: Start, shared_index: Indexed) -> None:
    oleg = start.world.add_user("Oleg", language_code="ru")
    async with start(shared_index) as bot:
        greeting = await bot.ask(oleg, "/start")
    assert "документ" in greeting.text


async def test_a_private_question_is_answered_with_a_slice_and_its_source(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with start(shared_index) as bot:
        answer = await bot.ask(anna, QUESTION)
    assert quotations(answer)[0] == EXCHANGE
    lines = answer.text.split("\n")
    assert lines[1].startswith(
        f"1. Joint statement & <final> record of the eighth round, Institute of Records, {DAY}, "
        "\u201cOutcomes\u201d, para. 3 · "
    )
    links = [entity.url or "" for entity in answer.entities if entity.type == "text_link"]
    assert links[0].startswith("https://t.me/rapporteur_local_bot?start=c_")
    assert links[1] == "https://records.example.org/astana/8?part=1&page=2"
    assert answer.reply_to is None


async def test_an_answer_in_arabic_is_the_slice_of_the_arabic_document(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with start(shared_index) as bot:
        answer = await bot.ask(anna, "فتح الممرات الآمنة للمدنيين")
    assert quotations(answer)[0] == "رحب المشاركون بفتح الممرات الآمنة للمدنيين 🚑."


async def test_where_the_documents_do_not_answer_the_nearest_are_offered_as_such(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with start(shared_index, confidence=1.0) as bot:
        silence = await bot.ask(anna, QUESTION)
        (button,) = data_of(silence, "n")
        await bot.press(anna, silence, button)
        nearest = await bot.world.bot_message(anna.id, after=silence.id)
    assert silence.text.startswith("The documents do not answer this.\n6 documents were searched.")
    assert quotations(silence) == []
    assert nearest.text.startswith("Not an answer, only the nearest passages:\n\n" + EXCHANGE)


async def test_what_cannot_be_searched_for_is_said_to_be_so(start: Start, shared_index: Indexed, anna: Person) -> None:
    async with start(shared_index) as bot:
        empty = await bot.ask(anna, "?!")
        long = await bot.ask(anna, "word " * 300)
        sticker = start.world.send_other(anna.id, anna.id, "sticker")
        text_only = await bot.world.bot_message(anna.id, after=sticker.id)
        command = await bot.ask(anna, "/nonsense")
    assert empty.text == "I find no words to search for in this. Please ask in a few words."
    assert long.text == "The question is too long: at most 1000 characters can be searched for."
    assert text_only.text == "I read text only; please write your question."
    assert command.text == "I do not know that command; /help says what I can do."


async def test_in_a_group_a_command_and_a_reply_are_answered_and_talk_is_not(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar)
    async with start(shared_index) as bot:
        asked = start.world.send_text(anna.id, group.id, f"/ask {QUESTION}")
        by_command = await bot.world.bot_message(group.id, after=asked.id)
        start.world.send_text(anna.id, group.id, "Shall we have lunch after the session?")
        by_reply = await bot.ask(anna, "safe corridor for convoys near the bridge", group.id, reply_to=by_command.id)
    assert by_command.reply_to == asked.id
    assert quotations(by_command)[0] == EXCHANGE
    assert quotations(by_reply)[0] == CORRIDOR
    assert len(said_by_bot(start.world, group.id)) == 2


async def test_a_bot_that_hears_all_answers_mentions_and_leaves_talk_alone(
    shared_index: Indexed, tmp_path: Path
) -> None:
    world = World(TOKEN, privacy_mode=False)
    anna, daniyar = world.add_user("Anna"), world.add_user("Daniyar")
    group = delegation(world, anna, admin=daniyar)
    start = Start(world, daniyar, tmp_path)
    async with start(shared_index) as bot:
        world.send_text(anna.id, group.id, "What do you think of the release of detainees?")
        mentioned = await bot.ask(anna, f"@Rapporteur_Local_Bot {QUESTION}", group.id)
    assert quotations(mentioned)[0] == EXCHANGE
    assert len(said_by_bot(world, group.id)) == 1
    assert start.updates() == ["done"] * 4


async def test_ask_without_words_in_reply_takes_the_message_replied_to(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar)
    async with start(shared_index) as bot:
        said = start.world.send_text(anna.id, group.id, QUESTION)
        answer = await bot.ask(daniyar, "/ask", group.id, reply_to=said.id)
        told = await bot.ask(daniyar, "/ask", group.id)
    assert quotations(answer)[0] == EXCHANGE
    assert told.text.startswith("Write the question after /ask")


async def test_an_answer_in_a_topic_stays_in_the_topic(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    forum = delegation(start.world, anna, admin=daniyar, forum=True)
    topic = start.world.create_topic(forum.id, "Detainees")
    async with start(shared_index) as bot:
        answer = await bot.ask(anna, f"/ask {QUESTION}", forum.id, thread_id=topic)
    assert answer.thread_id == topic


async def test_documents_are_listed(start: Start, shared_index: Indexed, anna: Person) -> None:
    async with start(shared_index) as bot:
        listed = await bot.ask(anna, "/documents")
    lines = listed.text.split("\n")
    assert lines[0] == "6 documents:"
    assert f"2. Joint statement & <final> record of the eighth round (Institute of Records, {DAY})" in lines
    assert len(lines) == 1 + len(DOCUMENTS)


async def test_a_summary_is_made_of_quotations_of_its_round(start: Start, shared_index: Indexed, anna: Person) -> None:
    async with start(shared_index) as bot:
        summary = await bot.ask(anna, "/summary 8")
        none = await bot.ask(anna, "/summary 7")
        spelt = await bot.ask(anna, "/summary eight")
        wrong = await bot.ask(anna, "/summary eight and a half")
    assert summary.text.startswith("Astana. Round 8: summary in quotations\n21–22 Dec 2017 · Astana\n")
    assert quotations(spelt) == quotations(summary)
    assert EXCHANGE in quotations(summary)
    texts = [entry.document.text for entry in shared_index.engine().view("public").documents]
    assert all(any(quotation in text for text in texts) for quotation in quotations(summary))
    assert none.text.startswith("No document is of round 7.")
    assert wrong.text.startswith("Write the number of one round, for example: /summary 8")


# Buttons and links


async def test_the_context_button_shows_the_paragraph_with_the_quotation_in_bold(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with start(shared_index) as bot:
        answer = await bot.ask(anna, QUESTION)
        acknowledged = await bot.press(anna, answer, data_of(answer, "c")[0])
        context = await bot.world.bot_message(anna.id, after=answer.id)
    paragraph = f"{EXCHANGE} The guarantors reaffirmed their commitment to the sovereignty of the country."
    assert acknowledged.text == ""
    assert quotations(context) == [paragraph]
    bold = [entity.of(context.text) for entity in context.entities if entity.type == "bold"]
    assert bold[0] == EXCHANGE


async def test_more_goes_on_counting_until_there_is_no_more(start: Start, shared_index: Indexed, anna: Person) -> None:
    async with start(shared_index) as bot:
        message = await bot.ask(anna, QUESTION)
        seen, numbers = quotations(message), [button.split(":")[2] for button in data_of(message, "c")]
        while more := data_of(message, "m"):
            await bot.press(anna, message, more[0])
            message = await bot.world.bot_message(anna.id, after=message.id)
            numbers += [button.split(":")[2] for button in data_of(message, "c")]
            seen += quotations(message)
    ranked = shared_index.engine().answer(QUESTION, clearance="public").ranked
    assert numbers == [str(number) for number in range(1, len(ranked) + 1)]
    assert len(ranked) > 3
    assert len(seen) == len(set(seen))


async def test_the_document_button_sends_the_very_bytes_of_the_file(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with start(shared_index) as bot:
        answer = await bot.ask(anna, QUESTION)
        await bot.press(anna, answer, data_of(answer, "d")[0])
        sent = await shown(bot.world, anna.id, lambda message: message.attachment is not None)
    assert sent.attachment is not None
    assert start.world.file_bytes(sent.attachment.file_id) == (shared_index.documents / "eighth.md").read_bytes()
    assert sent.attachment.name == "eighth.md"
    assert sent.text == "Joint statement & <final> record of the eighth round"


async def test_a_file_changed_on_disk_is_sent_as_it_was_quoted(start: Start, own_index: Indexed, anna: Person) -> None:
    indexed = (own_index.documents / "eighth.md").read_bytes()
    async with start(own_index) as bot:
        answer = await bot.ask(anna, QUESTION)
        (own_index.documents / "eighth.md").write_text("Something else.", encoding="utf-8")
        await bot.press(anna, answer, data_of(answer, "d")[0])
        sent = await shown(bot.world, anna.id, lambda message: message.attachment is not None)
    assert sent.attachment is not None
    assert start.world.file_bytes(sent.attachment.file_id) == indexed


async def test_a_file_whose_original_is_damaged_is_not_sent(start: Start, own_index: Indexed, anna: Person) -> None:
    async with start(own_index) as bot:
        answer = await bot.ask(anna, QUESTION)
        for original in (own_index.data / "library" / "originals").glob("*/*"):
            original.write_text("Something else.", encoding="utf-8")
        await bot.press(anna, answer, data_of(answer, "d")[0])
        refusal = await bot.world.bot_message(anna.id, after=answer.id)
    assert refusal.text == "The file is no longer what was indexed; an administrator should reload."
    assert refusal.attachment is None


async def test_a_deep_link_checks_the_citation_again(start: Start, shared_index: Indexed, anna: Person) -> None:
    async with start(shared_index) as bot:
        answer = await bot.ask(anna, QUESTION)
        link = next(entity.url or "" for entity in answer.entities if entity.type == "text_link")
        checked = await bot.ask(anna, f"/start {link.partition('?start=')[2]}")
        unknown = await bot.ask(anna, "/start c_aaaaaaaaaa")
    quote = shared_index.engine().answer(QUESTION, clearance="public").ranked[0]
    assert quotations(checked) == [EXCHANGE]
    assert f"SHA-256: {quote.document.sha256}\nCharacters {quote.start} to {quote.end}" in checked.text
    assert unknown.text == "There is no citation aaaaaaaaaa."


async def test_a_button_of_another_chat_is_refused(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    async with start(shared_index) as bot:
        mine = await bot.ask(anna, QUESTION)
        other = await bot.ask(daniyar, QUESTION)
        forged = data_of(mine, "c")[0]
        # Whoever passes a bot's message on cannot change its data, but a client of one's own can send any.
        start.world._replace(_with_button(other, forged))
        answer = await bot.press(daniyar, other, forged)
    assert (answer.text, answer.show_alert) == (NO_LONGER, True)
    assert len(said_by_bot(start.world, daniyar.id)) == 1


def _with_button(message: Message, data: str) -> Message:
    from dataclasses import replace

    first = replace(message.keyboard[0][0], value=data)
    return replace(message, keyboard=((first,),))


async def test_a_button_of_no_answer_is_refused(start: Start, shared_index: Indexed, anna: Person) -> None:
    async with start(shared_index) as bot:
        answer = await bot.ask(anna, QUESTION)
        start.world._replace(_with_button(answer, "x:of an older version"))
        old = await bot.press(anna, answer, "x:of an older version")
        start.world._replace(_with_button(answer, "c:0123456789:1"))
        forgotten = await bot.press(anna, answer, "c:0123456789:1")
    assert (old.text, forgotten.text) == (NO_LONGER, NO_LONGER)


async def test_what_was_withdrawn_is_quoted_by_no_button_and_no_link(
    start: Start, own_index: Indexed, anna: Person, daniyar: Person
) -> None:
    async with start(own_index) as bot:
        answer = await bot.ask(anna, QUESTION)
        link = next(entity.url or "" for entity in answer.entities if entity.type == "text_link")
        (own_index.documents / "eighth.md").unlink()
        start.world.send_text(daniyar.id, daniyar.id, "/reload")
        report = await shown(bot.world, daniyar.id, lambda message: message.text.startswith("Done."))
        context = await bot.press(anna, answer, data_of(answer, "c")[0])
        document = await bot.press(anna, answer, data_of(answer, "d")[0])
        more = await bot.press(anna, answer, data_of(answer, "m")[0])
        checked = await bot.ask(anna, f"/start {link.partition('?start=')[2]}")
        again = await bot.ask(anna, QUESTION)
    assert "withdrawn: eighth.md" in report.text.split("\n")
    assert (context.text, context.show_alert, document.text) == (WITHDRAWN, True, WITHDRAWN)
    assert more.text == "The documents have changed since this answer; please ask again."
    assert checked.text == "The document of this citation has been withdrawn."
    assert EXCHANGE not in again.text


async def test_a_changed_document_is_not_quoted_by_an_old_button(
    start: Start, own_index: Indexed, anna: Person, daniyar: Person
) -> None:
    async with start(own_index) as bot:
        answer = await bot.ask(anna, QUESTION)
        path = own_index.documents / "eighth.md"
        path.write_text(path.read_text(encoding="utf-8").replace("21 and 22", "20 and 22"), encoding="utf-8")
        start.world.send_text(daniyar.id, daniyar.id, "/reload")
        await shown(bot.world, daniyar.id, lambda message: message.text.startswith("Done."))
        context = await bot.press(anna, answer, data_of(answer, "c")[0])
        offer = await bot.world.bot_message(anna.id, after=answer.id)
        link = next(entity.url or "" for entity in answer.entities if entity.type == "text_link")
        checked = await bot.ask(anna, f"/start {link.partition('?start=')[2]}")
    assert context.text == "This document has changed since; please ask again."
    assert data_of(offer, "v") == ["v:" + data_of(answer, "c")[0].removeprefix("c:")]
    assert checked.text.startswith("The document of this citation has changed since.\n\nIts wording then")


# Access


async def test_one_who_is_not_admitted_is_told_so_and_nothing_else(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    async with start(shared_index, open_to_all=False) as bot:
        refused = [
            await bot.ask(anna, text) for text in ("/start", QUESTION, "/documents", f"/ask {QUESTION}", "/help")
        ]
        admitted = await bot.ask(daniyar, QUESTION)
    assert {message.text for message in refused} == {
        f"This bot answers only those whom its administrators admit. Your Telegram id is {anna.id}; give it to one "
        "of them."
    }
    assert quotations(admitted)[0] == EXCHANGE


async def test_one_who_is_not_admitted_gets_no_summary_and_no_quotation_by_a_button(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar)
    async with start(shared_index, open_to_all=False) as bot:
        answer = await bot.ask(daniyar, f"/ask {QUESTION}", group.id)
        pressed = await bot.press(anna, answer, data_of(answer, "c")[0])
        start.world.send_text(anna.id, anna.id, "/summary 8")
        start.world.send_text(anna.id, group.id, "/summary 8")
        start.world.send_text(anna.id, anna.id, "/subscribe")
        await bot.ask(daniyar, "/help")
    assert pressed.text.startswith("This bot answers only those whom its administrators admit")
    assert all(not quotations(message) for message in said_by_bot(start.world, anna.id))
    first, *refused = said_by_bot(start.world, group.id)
    assert first == answer
    assert [message.text.partition(".")[0] for message in refused] == [
        "This bot answers only those whom its administrators admit"
    ]


async def test_only_an_administrator_subscribes_a_group(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar)
    async with start(shared_index) as bot:
        refused = await bot.ask(anna, "/subscribe", group.id)
        accepted = await bot.ask(daniyar, "/subscribe", group.id)
        twice = await bot.ask(daniyar, "/subscribe", group.id)
        kept = await bot.ask(anna, "/unsubscribe", group.id)
        ended = await bot.ask(daniyar, "/unsubscribe", group.id)
        none = await bot.ask(daniyar, "/unsubscribe", group.id)
    assert [message.text.partition("\n")[0] for message in (refused, accepted, twice, kept, ended, none)] == [
        "Only an administrator of this group may decide that.",
        "Subscribed. When documents of a round arrive, its summary is sent here.",
        "This chat is subscribed already.",
        "Only an administrator of this group may decide that.",
        "Unsubscribed.",
        "This chat was not subscribed.",
    ]


async def test_an_anonymous_administrator_of_the_group_administers_chat_it_but_not_reload(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar)
    start.world.promote(group.id, daniyar.id, by=daniyar.id, anonymous=True)
    async with start(shared_index) as bot:
        subscribed = await bot.ask(daniyar, "/subscribe", group.id)
        refused = await bot.ask(daniyar, "/reload", group.id)
    assert subscribed.text.startswith("Subscribed.")
    assert refused.text == "Only an administrator of this bot may reload."


async def test_only_an_admin_of_the_bot_reloads_or_cancels(start: Start, shared_index: Indexed, anna: Person) -> None:
    async with start(shared_index) as bot:
        reload, cancel = await bot.ask(anna, "/reload"), await bot.ask(anna, "/cancel")
        none = await bot.ask(start.admin, "/cancel")
    assert reload.text == cancel.text == "Only an administrator of this bot may reload."
    assert none.text == "No reload is under way."


# Reloading and announcing


async def test_questions_are_answered_during_a_reload_and_a_new_round_is_announced_once(
    start: Start, own_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar)
    askers = [start.world.add_user(f"Asker {number}") for number in range(8)]
    async with start(own_index) as bot:
        subscribed = await bot.ask(daniyar, "/subscribe", group.id)
        (own_index.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
        bot.reloader.gate.clear()
        note = await bot.ask(daniyar, "/reload")
        under_way = await asyncio.gather(*(bot.ask(asker, QUESTION) for asker in askers))
        second = await bot.ask(daniyar, "/reload")
        bot.reloader.gate.set()
        across = await asyncio.gather(*(bot.ask(asker, QUESTION) for asker in askers))
        report = await shown(bot.world, daniyar.id, lambda message: message.text.startswith("Done."))
        summary = await bot.world.bot_message(group.id, after=subscribed.id)
        start.world.send_text(daniyar.id, daniyar.id, "/reload")
        unchanged = await shown(bot.world, daniyar.id, lambda message: "unchanged: 7" in message.text)
        after = await bot.ask(anna, "exchange of prisoners")
    assert all(quotations(answer)[0] == EXCHANGE for answer in [*under_way, *across])
    assert second.text == "A reload is under way, and another follows it; /cancel stops both."
    assert report.id == note.id
    assert report.text.split("\n") == [
        "Done.",
        "added: 1, changed: 0, unchanged: 6, withdrawn: 0, refused: 0",
        "Astana. Round 9: its summary is sent to subscribed chats now.",
        "added: ninth.md",
    ]
    assert unchanged.id != note.id
    assert quotations(after)[0] == "The participants agreed to continue the exchange of prisoners."
    assert summary.text.startswith("Astana. Round 9: summary in quotations")
    assert said_by_bot(start.world, group.id) == [subscribed, summary]
    assert start.outbox() == {"sent": 1}


async def test_a_first_index_announces_nothing(start: Start, own_index: Indexed, anna: Person, daniyar: Person) -> None:
    with Store.open(start.data / STORE, now=lambda: 0.0) as store:
        store.subscriptions.add(anna.id, 0, "en")
    async with start(own_index) as bot:
        await bot.ask(anna, "/start")
    assert start.outbox() == {}
    with Store.open(start.data / STORE) as store:
        assert set(store.releases.known()) == set(DOCUMENTS)


async def test_a_round_added_while_the_bot_was_down_is_announced_at_the_next_start(
    start: Start, own_index: Indexed, anna: Person
) -> None:
    async with start(own_index) as bot:
        await bot.ask(anna, "/subscribe")
    (own_index.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
    own_index.update()
    async with start(own_index) as bot:
        await shown(bot.world, anna.id, lambda message: "Round 9: summary" in message.text)
    async with start(own_index) as bot:
        await bot.ask(anna, "/start")
    assert sum("Round 9: summary" in message.text for message in said_by_bot(start.world, anna.id)) == 1
    assert start.outbox() == {"sent": 1}


async def test_a_reload_that_fails_changes_nothing(start: Start, own_index: Indexed, daniyar: Person) -> None:
    for path in own_index.documents.iterdir():
        path.unlink()
    async with start(own_index) as bot:
        start.world.send_text(daniyar.id, daniyar.id, "/reload")
        failed = await shown(bot.world, daniyar.id, lambda message: "failed" in message.text)
        answer = await bot.ask(daniyar, QUESTION)
    assert failed.text.startswith("The reload failed; the documents searched are those of before.\nThere is no file in")
    assert quotations(answer)[0] == EXCHANGE


# Groups that change


async def test_a_group_that_becomes_a_supergroup_keeps_its_subscription(
    start: Start, own_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar, supergroup=False)
    async with start(own_index) as bot:
        await bot.ask(daniyar, "/subscribe", group.id)
        new = start.world.migrate(group.id)
        answer = await bot.ask(anna, f"/ask {QUESTION}", new)
        (own_index.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
        start.world.send_text(daniyar.id, daniyar.id, "/reload")
        summary = await bot.world.bot_message(new, after=answer.id)
    assert summary.text.startswith("Astana. Round 9")


async def test_a_question_from_before_the_migration_is_answered_in_the_supergroup(
    start: Start, shared_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar, supergroup=False)
    start.world.send_text(anna.id, group.id, f"/ask {QUESTION}")
    new = start.world.migrate(group.id)
    async with start(shared_index) as bot:
        answer = await bot.world.bot_message(new)
    assert quotations(answer)[0] == EXCHANGE


async def test_a_group_that_throws_the_bot_out_gets_nothing_more(
    start: Start, own_index: Indexed, anna: Person, daniyar: Person
) -> None:
    group = delegation(start.world, anna, admin=daniyar)
    async with start(own_index) as bot:
        await bot.ask(daniyar, "/subscribe", group.id)
        start.world.remove_bot(group.id, by=daniyar.id)
        # What is answered was fetched after the notice, and what was fetched is handled before the bot stops.
        await bot.ask(anna, "/help")
    with Store.open(start.data / STORE) as store:
        assert store.subscriptions.all() == ()


# Failures of the network, and restarts


async def test_an_update_stored_and_not_handled_at_a_kill_is_answered_once_after_the_restart(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with LocalServer(start.world) as server:
        start.world.send_text(anna.id, anna.id, QUESTION)
        await _poll_and_die(start, shared_index, server)
        assert start.updates() == ["pending"]
        async with start(shared_index, server=server) as bot:
            answer = await bot.world.bot_message(anna.id)
            await bot.ask(anna, "/help")
        async with start(shared_index, server=server) as bot:
            await bot.ask(anna, "/help")
    assert quotations(answer)[0] == EXCHANGE
    assert sum(bool(quotations(message)) for message in said_by_bot(start.world, anna.id)) == 1
    assert start.updates() == ["done"] * 3


async def _poll_and_die(start: Start, indexed: Indexed, server: LocalServer) -> None:
    """Fetch and store what waits, as a bot that is killed before it handles any of it."""
    settings = make_settings(start.data, indexed.documents)
    with Store.open(start.data / STORE) as store:
        services = Services(settings, indexed.engine(), store, Reloader(settings))
        async with KeepingBot(services, TOKEN, base_url=server.base_url) as bot:
            updates = await bot.get_updates(allowed_updates=[Update.MESSAGE])
        services.executor.shutdown()
    assert len(updates) == 1


async def test_updates_known_already_are_confirmed_and_not_fetched_over_and_over(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with LocalServer(start.world) as server:
        start.world.send_text(anna.id, anna.id, QUESTION)
        await _poll_and_die(start, shared_index, server)
        async with start(shared_index, server=server) as bot:
            await bot.world.bot_message(anna.id)
            await bot.ask(anna, "/help")
    fetched = [entry for entry in start.world.journal.of("getUpdates") if entry.result]
    assert len(fetched) == 3


async def test_an_update_whose_reply_was_under_way_at_a_kill_is_not_answered_twice(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with LocalServer(start.world) as server:
        start.world.send_text(anna.id, anna.id, QUESTION)
        await _poll_and_die(start, shared_index, server)
        with Store.open(start.data / STORE) as store:
            ((identifier, _, _),) = store.open_updates()
            store.mark_update(identifier, "sending")
        async with start(shared_index, server=server) as bot:
            only = await bot.ask(anna, "/help")
    assert said_by_bot(start.world, anna.id) == [only]
    assert start.updates() == ["unclear", "done"]


async def test_a_time_out_after_the_message_arrived_is_unclear_and_nothing_is_sent_again(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with start(shared_index) as bot:
        start.world.faults.plan("sendMessage", timeout_after())
        await bot.ask(anna, QUESTION)
    async with start(shared_index) as bot:
        await bot.ask(anna, "/help")
    assert sum(bool(quotations(message)) for message in said_by_bot(start.world, anna.id)) == 1
    assert start.updates() == ["unclear", "done"]


async def test_a_reply_put_off_by_flood_control_is_sent_when_that_ends(
    start: Start, shared_index: Indexed, anna: Person
) -> None:
    async with start(shared_index) as bot:
        start.world.faults.plan("sendMessage", flood(1))
        answer = await bot.ask(anna, QUESTION)
    assert quotations(answer)[0] == EXCHANGE
    assert len(said_by_bot(start.world, anna.id)) == 1
    assert start.updates() == ["done"]


async def test_a_summary_that_may_have_arrived_is_unclear_and_not_sent_again(
    start: Start, own_index: Indexed, anna: Person
) -> None:
    async with start(own_index) as bot:
        await bot.ask(anna, "/subscribe")
    (own_index.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
    own_index.update()
    start.world.faults.plan("sendMessage", Fault(FaultKind.DROP_AFTER))
    async with start(own_index) as bot:
        await shown(bot.world, anna.id, lambda message: "Round 9" in message.text)
    async with start(own_index) as bot:
        await bot.ask(anna, "/help")
    assert sum("Round 9: summary" in message.text for message in said_by_bot(start.world, anna.id)) == 1
    assert start.outbox() == {"unclear": 1}


async def test_an_error_inside_is_answered_with_a_reference_and_no_word_of_itself(
    start: Start, shared_index: Indexed, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(shared_index) as bot:

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("secret of the machine")

        monkeypatch.setattr(bot.services.engine, "answer", fail)
        told = await bot.ask(anna, QUESTION)
    assert told.text.startswith("Something failed, and your message was not dealt with.")
    assert "secret" not in told.text


# The demonstration


async def test_the_local_bot_answers_the_example_and_stops(shared_index: Indexed, tmp_path: Path) -> None:
    settings = make_settings(tmp_path, shared_index.documents, open_to_all=False)
    async with local_bot(settings, shared_index.engine()) as (world, people, application):
        answer = await ask_in_private(world, people.diplomat.id, QUESTION)
    assert quotations(answer[0])[0] == EXCHANGE
    assert not application.running
