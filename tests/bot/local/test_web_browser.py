"""The web chat in a real browser, as a person uses it: by mouse, by keyboard, on a phone, in several scripts."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.clock import ManualClock
from bot.local.formatting import message_text
from bot.local.inline import parse_results
from bot.local.journal import JournalEntry
from bot.local.keyboards import parse_markup
from bot.local.menus import Scope
from bot.local.models import Command
from bot.local.outgoing import Sending
from bot.local.server import LocalServer
from bot.local.web import seed, web_chat
from bot.local.world import World
from tests.bot.local.browsing import ANSWER, LINK, LONG, NOON, TOKEN, Chat, OpenPage

playwright = pytest.importorskip("playwright.async_api", reason="the Python package playwright is not installed")
from playwright.async_api import expect  # noqa: E402

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_enter_sends_and_shift_enter_breaks_the_line(chat: Chat) -> None:
    await chat.box.fill("What was said")
    await chat.box.press("Shift+Enter")
    await chat.box.press_sequentially("on sovereignty?")
    await chat.box.press("Enter")
    await expect(chat.message("on sovereignty?")).to_be_visible()
    assert chat.world.last_message(chat.diplomat).text == "What was said\non sovereignty?"
    await expect(chat.box).to_have_value("")
    await expect(chat.box).to_be_focused()


async def test_an_answer_is_drawn_as_text_and_never_as_markup(chat: Chat) -> None:
    question = chat.world.send_text(chat.diplomat, chat.diplomat, "<img src=x onerror=alert(1)> sovereignty?")
    chat.says(ANSWER, reply_to=question.id)
    await expect(chat.message("<img src=x onerror=alert(1)>").first).to_be_visible()
    answer = chat.message("From the documents")
    quotation = answer.locator("blockquote")
    assert await quotation.inner_text() == "The guarantors reaffirmed their commitment to the sovereignty of Syria <&>."
    assert await answer.locator("strong").all_inner_texts() == ["Diplomat", "From the documents", "sovereignty"]
    assert await answer.get_by_role("link", name="Joint Statement").get_attribute("href") == LINK
    assert await chat.page.locator("img").count() == 0
    await answer.get_by_role("button", name="sovereignty?").click()
    await expect(chat.page.locator(f"#message-{question.id}")).to_be_focused()


async def test_a_long_quotation_is_folded_until_it_is_opened(chat: Chat) -> None:
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    chat.says(LONG)
    chat.says("<blockquote expandable>Short.</blockquote>")
    body = chat.log.locator(".quote-body").first
    folded = await body.evaluate("node => node.clientHeight")
    await chat.button("Show all").click()
    await expect(chat.button("Show less")).to_have_attribute("aria-expanded", "true")
    assert await body.evaluate("node => node.clientHeight") > 2 * folded
    await chat.button("Show less").click()
    assert await body.evaluate("node => node.clientHeight") == folded
    await expect(chat.message("Short.").locator(".fold")).to_be_hidden()


async def test_buttons_press_and_their_answers_are_shown(chat: Chat) -> None:
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    callbacks = [{"text": "More", "callback_data": "more"}, {"text": "Context", "callback_data": "context"}]
    chat.says("Found.", rows=[callbacks, [{"text": "Page", "url": "https://example.org/p"}]])
    query = await chat.press("More")
    await expect(chat.button("More")).to_have_attribute("aria-busy", "true")
    chat.answer(query, "No more quotations.")
    await expect(chat.page.locator("#toasts")).to_have_text("No more quotations.")
    await expect(chat.button("More")).not_to_have_attribute("aria-busy", "true")
    chat.answer(await chat.press("Context"), "Paragraph 2 of 31.", alert=True)
    dialog = chat.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Paragraph 2 of 31.")
    await chat.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    page = chat.log.get_by_role("link", name="Page")
    assert await page.get_attribute("href") == "https://example.org/p"
    assert await page.get_attribute("rel") == "noopener noreferrer"


async def test_a_deep_link_opens_the_private_chat_and_starts_the_bot(chat: Chat) -> None:
    """From the group too, and from the answer to a button."""
    group = chat.people.group.id
    chat.says(ANSWER, chat=group)
    await chat.row("Delegation").click()
    await chat.log.get_by_role("link", name="Joint Statement").click()
    await expect(chat.page.get_by_role("heading", level=2, name="Rapporteur")).to_be_visible()
    await expect(chat.message("/start c_7Q2M")).to_be_visible()
    assert chat.world.last_message(chat.diplomat).text == "/start c_7Q2M"
    chat.says("Here.", rows=[[{"text": "Open", "callback_data": "open"}]])
    chat.answer(await chat.press("Open"), "", url="https://t.me/rapporteur_local_bot?start=c_9XKD")
    await expect(chat.message("/start c_9XKD")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "kept"),
    [("https://t.me/another_bot?start=x", True), ("javascript:alert(1)", False), ("data:text/html,x", False)],
)
async def test_only_addresses_that_are_safe_are_links(chat: Chat, address: str, kept: bool) -> None:
    """The world refuses such links to bots, so the page is shown one by hand."""
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    drawn = await chat.page.evaluate(
        """async (address) => {
          const { link } = await import("/web/static/text.js");
          return link(address, { start: () => null }).outerHTML;
        }""",
        address,
    )
    assert ("href" in drawn) is kept
    assert not kept or 'target="_blank" rel="noopener noreferrer"' in drawn


async def test_the_command_menu_is_filtered_and_chosen_by_keyboard(chat: Chat) -> None:
    commands = [Command("ask", "Ask the documents"), Command("sources", "What I quote"), Command("summary", "A round")]
    chat.world.set_commands(Scope(), "", commands)
    await expect(chat.button("Commands")).to_be_visible()
    menu = chat.page.get_by_role("listbox", name="Commands")
    await chat.box.press_sequentially("/")
    await expect(menu.get_by_role("option")).to_have_text(
        ["/askAsk the documents", "/sourcesWhat I quote", "/summaryA round"]
    )
    await chat.box.press_sequentially("s")
    await expect(menu.get_by_role("option")).to_have_count(2)
    await chat.box.press("ArrowDown")
    await expect(menu.get_by_role("option", selected=True)).to_contain_text("/summary")
    await expect(chat.box).to_have_attribute("aria-activedescendant", "suggestion-1")
    await chat.box.press("Enter")
    await expect(chat.box).to_have_value("/summary ")
    await expect(menu).to_be_hidden()
    await chat.box.press_sequentially("21")
    await chat.box.press("Enter")
    await expect(chat.message("/summary 21")).to_be_visible()
    await chat.button("Commands").click()
    await expect(menu.get_by_role("option")).to_have_count(3)
    await chat.page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()


async def test_a_command_in_full_is_sent_by_one_enter(chat: Chat) -> None:
    chat.world.set_commands(Scope(), "", [Command("sources", "What I quote")])
    await expect(chat.button("Commands")).to_be_visible()
    await chat.box.press_sequentially("/sources")
    await expect(chat.page.get_by_role("option", name="What I quote")).to_be_visible()
    await chat.box.press("Enter")
    await expect(chat.message("/sources")).to_be_visible()


async def test_an_inline_query_offers_results_in_any_chat(chat: Chat) -> None:
    group = chat.people.group.id
    await chat.row("Delegation").click()
    async with chat.page.expect_response("**/web/inline") as asked:
        await chat.box.press_sequentially("@rapporteur_local_bot unity")
    query = (await (await asked.value).json())["id"]
    titles = ["Unity", "Sovereignty"]
    articles = [
        {"type": "article", "id": title, "title": title, "input_message_content": {"message_text": f"On {title}"}}
        for title in titles
    ]
    results = parse_results(articles, chat.world.people, chat.world.files)
    chat.world.answer_inline(query, results, cache_time=0, is_personal=True, next_offset="", button=None)
    offered = chat.page.get_by_role("listbox", name="Results").get_by_role("option")
    await expect(offered).to_have_text(titles)
    await chat.box.press("ArrowDown")
    await chat.box.press("Enter")
    await expect(chat.message("On Sovereignty")).to_contain_text("@rapporteur_local_bot")
    await expect(chat.box).to_have_value("")
    assert chat.world.last_message(group).text == "On Sovereignty"


async def test_a_changed_menu_leaves_the_messages_as_they_are_drawn(chat: Chat) -> None:
    """What is open stays open, and nothing is read aloud again."""
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    chat.says(LONG)
    await chat.button("Show all").click()
    node = await chat.message("Paragraph 1").element_handle()
    chat.world.set_commands(Scope(), "", [Command("ask", "Ask the documents")])
    await expect(chat.button("Commands")).to_be_visible()
    await expect(chat.button("Show less")).to_be_visible()
    assert await node.evaluate("node => node.isConnected")


async def test_the_start_button_greets_with_the_bots_description(chat: Chat) -> None:
    chat.world.set_profile("description", "", "I quote the institute's documents.")
    await expect(chat.log).to_contain_text("I quote the institute's documents.")
    await chat.button("Start").click()
    await expect(chat.message("/start")).to_be_visible()
    await expect(chat.button("Start")).to_have_count(0)


async def test_the_menu_follows_the_language_one_speaks(chat: Chat) -> None:
    chat.world.set_commands(Scope(), "", [Command("ask", "Ask a question")])
    chat.world.set_commands(Scope(), "ru", [Command("ask", "Задать вопрос")])
    await chat.page.get_by_role("combobox", name="Language").select_option("Русский")
    await chat.box.press_sequentially("/")
    await expect(chat.page.get_by_role("option", name="Задать вопрос")).to_be_visible()
    assert chat.world.person(chat.diplomat).language_code == "ru"


async def test_replying_and_editing(chat: Chat) -> None:
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    greeting = chat.says("Ask me anything.")
    await chat.message("Ask me anything.").hover()
    await chat.message("Ask me anything.").get_by_role("button", name="Reply").click()
    await expect(chat.page.locator("#context")).to_contain_text("Ask me anything.")
    await expect(chat.box).to_be_focused()
    await chat.box.press_sequentially("What of sovereinty?")
    await chat.box.press("Enter")
    question = chat.message("What of sovereinty?")
    await expect(question.locator(".reply")).to_contain_text("Ask me anything.")
    assert chat.world.last_message(chat.diplomat).reply_to == greeting.id
    await chat.box.press("ArrowUp")
    await expect(chat.box).to_have_value("What of sovereinty?")
    await chat.box.fill("What of sovereignty?")
    await chat.box.press("Enter")
    await expect(chat.message("What of sovereignty?")).to_contain_text("edited")
    await expect(question).to_have_count(0)
    await chat.box.press("ArrowUp")
    await chat.box.press("Escape")
    await expect(chat.box).to_have_value("")
    await expect(chat.page.locator("#context")).to_be_hidden()


async def test_files_go_up_and_come_down(chat: Chat, tmp_path: Path) -> None:
    content = b"%PDF-1.7 " * 300
    file = written(tmp_path / "Итог 22.pdf", content)
    await chat.box.fill("Please add")
    async with chat.page.expect_file_chooser() as chooser:
        await chat.button("Attach a file").click()
        await chat.page.get_by_role("menuitem", name="Files").click()
    await (await chooser.value).set_files(file)
    link = chat.log.get_by_role("link", name=re.compile("^Download"))
    await expect(link).to_contain_text("Итог 22.pdf")
    await expect(link).to_contain_text("2.7 kB")
    await expect(chat.message("Please add")).to_be_visible()
    async with chat.page.expect_download() as download:
        await link.click()
    saved = await download.value
    assert saved.suggested_filename == "Итог 22.pdf"
    assert content_of(await saved.path()) == content


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def content_of(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_picture_of_the_bot_is_seen_in_the_chat(chat: Chat) -> None:
    content = BytesIO()
    Image.new("L", (2, 2), 200).save(content, "PNG")
    photo = chat.world.files.add("photo", content.getvalue())
    chat.world.send(Sending(chat.world.chat(chat.diplomat)), message_text("Page 3", "", None, chat.world.people), photo)
    image = chat.message("Page 3").get_by_role("img", name="Picture")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 2


async def test_a_file_is_dropped_into_the_chat(chat: Chat) -> None:
    transfer = await chat.page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["Round 22"], "round.txt"));
          return transfer;
        }"""
    )
    await chat.page.dispatch_event("#log", "dragenter", {"dataTransfer": transfer})
    await expect(chat.page.get_by_text("Drop the file to send it")).to_be_visible()
    await chat.page.dispatch_event("#log", "drop", {"dataTransfer": transfer})
    await expect(chat.log).to_contain_text("round.txt")
    await expect(chat.page.get_by_text("Drop the file to send it")).to_be_hidden()
    attachment = chat.world.last_message(chat.diplomat).attachment
    assert attachment is not None
    assert chat.world.file_bytes(attachment.file_id) == b"Round 22"


async def test_another_person_sees_their_own_chats_and_what_they_have_not_read(chat: Chat) -> None:
    await chat.row("Delegation").click()
    await chat.box.fill("Colleagues, the summary is coming.")
    await chat.box.press("Enter")
    await expect(chat.message("Colleagues")).to_have_class(re.compile("own"))
    chat.world.send_text(chat.diplomat, chat.diplomat, "A private question")
    admin = chat.page.get_by_role("radio", name="Admin")
    await admin.check()
    await expect(chat.message("Colleagues")).to_have_class(re.compile("other"))
    await expect(chat.log.get_by_role("separator").filter(has_text="New messages")).to_be_visible()
    await chat.row("Rapporteur").click()
    await expect(chat.log).not_to_contain_text("A private question")
    chat.world.send_text(chat.diplomat, chat.people.group.id, "And the files.")
    await expect(chat.row("Delegation")).to_contain_text("unread: 1")
    assert await chat.page.title() == "(1) Rapporteur - local chat"
    await chat.row("Delegation").click()
    await expect(chat.row("Delegation")).not_to_contain_text("unread")
    assert await chat.page.title() == "Rapporteur - local chat"


async def test_each_paragraph_has_its_own_direction(chat: Chat) -> None:
    """Arabic reads from the right, beside English from the left, and isolates stay in the text."""
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    chat.says(
        "<blockquote>أكدوا التزامهم بسيادة الجمهورية</blockquote>\nالبيان المشترك\n"
        "Joint Statement \u2068ملف\u2069 21\nانتهى"
    )
    message = chat.message("البيان المشترك")
    lines = message.locator(".line")
    directions = [await lines.nth(index).evaluate("node => getComputedStyle(node).direction") for index in range(4)]
    assert directions == ["rtl", "rtl", "ltr", "rtl"]
    assert await message.locator("blockquote").get_attribute("dir") == "rtl"
    assert await lines.nth(2).text_content() == "Joint Statement \u2068ملف\u2069 21"


async def test_the_time_stands_below_a_last_line_that_runs_the_other_way(chat: Chat) -> None:
    """Also where only a mark says which way it runs, before a name that is set apart."""
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    chat.says("\u200f\u2068[2]\u2069 \u2068Statement of the Ministry\u2069, \u206822 ديسمبر 2017\u2069")
    message = chat.message("Statement of the Ministry")
    line, time = await message.locator(".line").bounding_box(), await message.locator(".meta").bounding_box()
    assert line is not None and time is not None
    assert time["y"] >= line["y"] + line["height"]


async def test_the_bot_is_seen_writing(chat: Chat) -> None:
    chat.world.send_text(chat.diplomat, chat.diplomat, "What was said?")
    status = chat.page.locator("#chat-status")
    await expect(status).to_have_text("bot")
    chat.world.show_action(chat.diplomat, None, "typing")
    await expect(status).to_contain_text("is typing")
    content = message_text("Searching 22 rounds", "HTML", None, chat.world.people)
    chat.world.show_draft(chat.world.chat(chat.diplomat), None, 1, content)
    await expect(chat.log.locator(".draft")).to_contain_text("Searching 22 rounds")
    chat.says("Found.")
    await expect(chat.message("Found.")).to_be_visible()
    await expect(chat.log.locator(".draft")).to_have_count(0)
    await expect(status).to_have_text("bot")


async def test_edits_and_deletions_reach_the_page(chat: Chat) -> None:
    message = chat.world.send_text(chat.diplomat, chat.diplomat, "First")
    await expect(chat.message("First")).to_be_visible()
    chat.world.edit_text(chat.diplomat, chat.diplomat, message.id, "Second")
    await expect(chat.message("Second")).to_be_visible()
    await expect(chat.message("First")).to_have_count(0)
    chat.world.delete_message(chat.diplomat, chat.diplomat, message.id)
    await expect(chat.message("Second")).to_have_count(0)


async def test_the_newest_message_is_followed_only_from_the_end(chat: Chat) -> None:
    for number in range(40):
        chat.world.send_text(chat.diplomat, chat.diplomat, f"Question {number}")
    await expect(chat.message("Question 39")).to_be_in_viewport()
    await expect(chat.button("To the newest")).to_be_hidden()
    await chat.log.evaluate("node => { node.scrollTop = 0; }")
    await expect(chat.button("To the newest")).to_be_visible()
    chat.says("An answer far below.")
    await expect(chat.page.locator("#newest-count")).to_have_text("1")
    await expect(chat.message("An answer far below.")).not_to_be_in_viewport()
    await chat.page.locator("#newest").click()
    await expect(chat.message("An answer far below.")).to_be_in_viewport()
    await expect(chat.page.locator("#newest")).to_be_hidden()


async def test_earlier_messages_are_fetched_when_asked_for(open_page: OpenPage) -> None:
    chat = await open_page()
    for number in range(105):
        chat.world.send_text(chat.diplomat, chat.diplomat, f"Question {number}.")
    await chat.page.reload()
    await chat.page.locator("body.ready").wait_for()
    await expect(chat.log.get_by_role("article")).to_have_count(100)
    await chat.button("Earlier messages").click()
    await expect(chat.log.get_by_role("article")).to_have_count(105)
    await expect(chat.button("Earlier messages")).to_have_count(0)
    await expect(chat.message("Question 0.")).to_have_count(1)


async def test_the_calls_of_the_bot_can_be_read(chat: Chat) -> None:
    chat.world.record(JournalEntry(NOON, "getMe", {}, {"id": 1}, milliseconds=1.0))
    await chat.button("Bot API").click()
    calls = chat.page.get_by_role("list", name="Bot API")
    await expect(calls.locator("summary")).to_have_count(1)
    refused = JournalEntry(
        NOON, "sendMessage", {"chat_id": 6}, code=400, error="Bad Request: chat not found", milliseconds=2.4
    )
    chat.world.record(refused)
    chat.world.record(JournalEntry(NOON, "getUpdates", {"timeout": 10}, [], milliseconds=10_000.0))
    await expect(calls.locator("summary:visible")).to_have_text(
        [r"12:00:00getMe1 msok", "12:00:00sendMessage2.4 mserror 400"]
    )
    await calls.get_by_text("sendMessage").click()
    await expect(calls).to_contain_text('"chat_id": 6')
    await expect(calls).to_contain_text('"Bad Request: chat not found"')
    await chat.page.get_by_role("checkbox", name="polling").check()
    await expect(calls.locator("summary:visible")).to_have_count(3)
    await chat.page.keyboard.press("Escape")
    await expect(calls).to_be_hidden()
    await expect(chat.button("Bot API")).to_be_focused()


async def test_what_the_world_refuses_is_said_and_the_text_kept(chat: Chat) -> None:
    chat.world.block_bot(chat.diplomat)
    await chat.box.fill("Hello?")
    await chat.box.press("Enter")
    await expect(chat.page.get_by_role("alert").filter(has_text="Diplomat has blocked the bot.")).to_be_visible()
    await expect(chat.box).to_have_value("Hello?")
    chat.allow("400")


async def test_a_reply_keyboard_is_offered_until_it_is_taken_away(chat: Chat) -> None:
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    markup = parse_markup(
        {"keyboard": [[{"text": "English"}, {"text": "العربية"}]], "input_field_placeholder": "Which?"}
    )
    sending = Sending(chat.world.chat(chat.diplomat), markup=markup)
    chat.world.send(sending, message_text("Which language?", "HTML", None, chat.world.people))
    answers = chat.page.get_by_role("group", name="Suggested answers")
    await expect(answers.get_by_role("button")).to_have_text(["English", "العربية"])
    await answers.get_by_role("button", name="العربية").click()
    await expect(chat.message("العربية")).to_be_visible()
    sending = Sending(chat.world.chat(chat.diplomat), markup=parse_markup({"remove_keyboard": True}))
    chat.world.send(sending, message_text("Thank you.", "HTML", None, chat.world.people))
    await expect(answers).to_be_hidden()


async def test_the_chats_are_walked_by_arrows(chat: Chat) -> None:
    await chat.row("Rapporteur").focus()
    await chat.page.keyboard.press("ArrowDown")
    await expect(chat.row("Delegation")).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chat.page.get_by_role("heading", level=2, name="Delegation")).to_be_visible()
    await expect(chat.row("Delegation")).to_have_attribute("aria-current", "true")
    await expect(chat.box).to_be_focused()
    assert chat.page.url == f"{chat.address}#{chat.diplomat}/{chat.people.group.id}"
    await chat.page.reload()
    await expect(chat.page.get_by_role("heading", level=2, name="Delegation")).to_be_visible()


async def test_what_is_typed_waits_in_its_chat(chat: Chat) -> None:
    await chat.box.fill("Half a question")
    await chat.row("Delegation").click()
    await expect(chat.box).to_have_value("")
    await chat.row("Rapporteur").click()
    await expect(chat.box).to_have_value("Half a question")


async def test_a_phone_shows_one_pane_at_a_time(open_page: OpenPage) -> None:
    chat = await open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    await expect(chat.log).to_be_hidden()
    await chat.page.get_by_role("radio", name="Admin").check()
    await expect(chat.log).to_be_hidden()
    await chat.row("Delegation").tap()
    await expect(chat.log).to_be_visible()
    await expect(chat.row("Delegation")).to_be_hidden()
    assert await chat.page.evaluate("document.documentElement.scrollWidth") == 390
    await chat.button("Back to the chats").tap()
    await expect(chat.row("Delegation")).to_be_visible()
    await expect(chat.log).to_be_hidden()


@pytest.mark.parametrize(
    ("locale", "direction", "label"),
    [
        ("ru-RU", "ltr", "Сообщение"),
        ("kk", "ltr", "Хабар"),
        ("tr-TR", "ltr", "Mesaj"),
        ("ar", "rtl", "رسالة"),
        ("fa-IR", "rtl", "پیام"),
        ("de", "ltr", "Message"),
    ],
)
async def test_the_page_speaks_the_browsers_language(
    open_page: OpenPage, locale: str, direction: str, label: str
) -> None:
    chat = await open_page(locale=locale)
    await expect(chat.page.get_by_role("textbox", name=label, exact=True)).to_be_visible()
    assert await chat.page.evaluate("document.documentElement.dir") == direction


async def test_a_lost_server_is_said_and_found_again(open_page: OpenPage) -> None:
    chat = await open_page()
    port = int(chat.address.rstrip("/").rpartition(":")[2])
    world = World(TOKEN, clock=ManualClock(NOON))
    seeded = seed(world)
    await chat.stop()
    await expect(chat.page.get_by_role("alert").filter(has_text="Connection lost")).to_be_visible()
    chat.allow("ERR_")
    async with web_chat(world, port):
        world.send_text(seeded.diplomat.id, seeded.diplomat.id, "In another world")
        await expect(chat.message("In another world")).to_be_visible(timeout=15_000)
        await expect(chat.page.get_by_role("alert").filter(has_text="Connection lost")).to_be_hidden()
        await chat.page.close()


async def test_a_real_bot_is_talked_with_through_the_page(chat: Chat) -> None:
    """The real library polls the local server, and every one of its calls is in the pane."""

    async def more(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("Here it is")
        await update.callback_query.edit_message_text("<blockquote>The whole of it.</blockquote>", parse_mode="HTML")

    async def greet(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_message is not None
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
        await update.effective_message.reply_html("<b>Good day</b>", reply_markup=keyboard, do_quote=True)

    async with LocalServer(chat.world) as server:
        builder = Application.builder().token(TOKEN).base_url(server.base_url).base_file_url(server.base_file_url)
        application = builder.build()
        application.add_handlers([CommandHandler("start", greet), CallbackQueryHandler(more)])
        async with application:
            assert application.updater is not None
            await application.start()
            await application.updater.start_polling(timeout=10)
            await chat.button("Start").click()
            await expect(chat.message("Good day").locator(".reply")).to_contain_text("/start")
            await chat.button("More").click()
            await expect(chat.page.locator("#toasts")).to_have_text("Here it is")
            await expect(chat.log.locator("blockquote")).to_have_text("The whole of it.")
            await expect(chat.message("The whole of it.")).to_contain_text("edited")
            await chat.button("Bot API").click()
            calls = chat.page.get_by_role("list", name="Bot API").locator("summary:visible strong")
            wanted = ["getMe", "deleteWebhook", "sendMessage", "answerCallbackQuery", "editMessageText"]
            await expect(calls).to_have_text(wanted)
            await application.updater.stop()
            await application.stop()


CONTRASTS = """() => {
  const parse = (color) => {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [1, 1, 1, 1]);
  };
  const light = (color) => {
    const [r, g, b] = color.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!text || !node.checkVisibility() || node.closest(".visually-hidden, .spoiler, option")) continue;
    const under = ground(node);
    const a = light(over(parse(getComputedStyle(node).color), under));
    const b = light(under);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const name = node.className || node.tagName;
    if (ratio < 4.5) poor.push(`${name} ${node.textContent.slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_is_legible(open_page: OpenPage, scheme: str) -> None:
    """WCAG 2.2 AA: a contrast of 4.5 for everything written, in both palettes."""
    chat = await open_page(color_scheme=scheme)
    group = chat.people.group.id
    question = chat.world.send_text(chat.diplomat, group, "/ask Sovereignty? See https://example.org")
    edited = chat.world.send_text(chat.people.admin.id, group, "Sovreignty")
    chat.world.edit_text(chat.people.admin.id, group, edited.id, "Sovereignty")
    chat.world.send_document(chat.diplomat, group, "round.pdf", b"%PDF", caption="@diplomat_local")
    chat.says(
        ANSWER + "<code>c_1</code>", chat=group, reply_to=question.id, rows=[[{"text": "More", "callback_data": "x"}]]
    )
    chat.says(LONG, chat=group)
    chat.world.record(JournalEntry(NOON, "sendMessage", {}, code=400, error="Bad Request: x", milliseconds=1.0))
    chat.world.record(JournalEntry(NOON, "getMe", {}, {}, milliseconds=1.0))
    await chat.row("Delegation").click()
    await chat.button("Bot API").click()
    await chat.page.get_by_role("list", name="Bot API").get_by_text("sendMessage").click()
    await chat.message("Show all").get_by_role("button", name="Reply").click()
    assert await chat.page.evaluate(CONTRASTS) == []
