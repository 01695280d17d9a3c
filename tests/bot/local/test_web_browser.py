"""The web chat in a real browser, as a person uses it: by mouse, by keyboard, on a phone, in several scripts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.local.clock import ManualClock
from bot.local.events import CallMade, Event, MessageSent
from bot.local.formatting import message_text
from bot.local.journal import JournalEntry
from bot.local.keyboards import parse_markup
from bot.local.menus import Scope
from bot.local.models import Command, Message
from bot.local.outgoing import Reply, Sending
from bot.local.web import Seed, seed, web_chat
from bot.local.world import World

playwright = pytest.importorskip("playwright.async_api", reason="the Python package playwright is not installed")
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect  # noqa: E402

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "123456789:AAtesttokentesttokentesttoken"
NOON = 1_767_268_800.0
LINK = "https://t.me/rapporteur_local_bot?start=c_7Q2M"
ANSWER = (
    "<b>From the documents</b>\n\n<blockquote>The guarantors reaffirmed their commitment to the "
    f"<b>sovereignty</b> of Syria &lt;&amp;&gt;.</blockquote>\n<a href='{LINK}'>Joint Statement</a>, p. 1"
)
LONG = "<blockquote expandable>" + "\n".join(f"Paragraph {number} of the statement." for number in range(1, 9)) + "</blockquote>"

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="the Debian package chromium is not installed"),
]

OpenPage = Callable[..., Awaitable["Chat"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        await browser.close()


@dataclass(frozen=True, slots=True)
class Chat:
    """One open page and the world behind it."""

    page: Page
    world: World
    people: Seed
    address: str

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def amina(self) -> int:
        return self.people.diplomat.id

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def message(self, text: str) -> Locator:
        return self.log.get_by_role("article").filter(has_text=text)

    def row(self, name: str) -> Locator:
        return self.page.get_by_role("navigation", name="Chats").get_by_role("button").filter(has_text=name)

    def says(
        self,
        html: str,
        *,
        chat: int | None = None,
        rows: Sequence[Sequence[Mapping[str, object]]] = (),
        reply_to: int | None = None,
    ) -> Message:
        """The bot writes, by default to Amina, who has written to it."""
        markup = parse_markup({"inline_keyboard": rows} if rows else None)
        reply = None if reply_to is None else Reply(reply_to)
        sending = Sending(self.world.chat(chat or self.amina), reply=reply, markup=markup)
        return self.world.send(sending, message_text(html, "HTML", None, self.world.people))


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Opens a page on a world of its own; at the end no page may have broken a rule or thrown."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:

        async def opened(*, start: str = "", locale: str = "en-GB", **options: object) -> Chat:
            world = World(TOKEN, clock=ManualClock(NOON))
            people = seed(world)
            address = await stack.enter_async_context(web_chat(world))
            context: BrowserContext = await browser.new_context(locale=locale, timezone_id="UTC", **options)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            await page.clock.set_fixed_time(NOON * 1000)
            await page.goto(address + start)
            await page.locator("body.ready").wait_for()
            return Chat(page, world, people, address)

        yield opened
        assert complaints == []


@pytest_asyncio.fixture(loop_scope="module")
async def chat(open_page: OpenPage) -> Chat:
    return await open_page()


async def test_enter_sends_and_shift_enter_breaks_the_line(chat: Chat) -> None:
    await chat.box.fill("What was said")
    await chat.box.press("Shift+Enter")
    await chat.box.press_sequentially("on sovereignty?")
    await chat.box.press("Enter")
    await expect(chat.message("on sovereignty?")).to_be_visible()
    assert chat.world.last_message(chat.amina).text == "What was said\non sovereignty?"
    await expect(chat.box).to_have_value("")
    await expect(chat.box).to_be_focused()


async def test_an_answer_is_drawn_as_text_and_never_as_markup(chat: Chat) -> None:
    question = chat.world.send_text(chat.amina, chat.amina, "<img src=x onerror=alert(1)> sovereignty?")
    chat.says(ANSWER, reply_to=question.id)
    await expect(chat.message("<img src=x onerror=alert(1)>").first).to_be_visible()
    answer = chat.message("From the documents")
    quotation = answer.locator("blockquote")
    assert await quotation.inner_text() == "The guarantors reaffirmed their commitment to the sovereignty of Syria <&>."
    assert await answer.locator("strong").all_inner_texts() == ["Amina", "From the documents", "sovereignty"]
    assert await answer.get_by_role("link", name="Joint Statement").get_attribute("href") == LINK
    assert await chat.page.locator("img").count() == 0
    await answer.get_by_role("button", name="sovereignty?").click()
    await expect(chat.page.locator(f"#message-{question.id}")).to_be_focused()


async def test_a_long_quotation_is_folded_until_it_is_opened(chat: Chat) -> None:
    chat.world.send_text(chat.amina, chat.amina, "/start")
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
    chat.world.send_text(chat.amina, chat.amina, "/start")
    row = [{"text": "More", "callback_data": "more"}, {"text": "Context", "callback_data": "context"}]
    copy = [{"text": "Copy", "copy_text": {"text": "c_7Q2M"}}, {"text": "Page", "url": "https://example.org/p"}]
    chat.says("Found.", rows=[row, copy])
    answers = {"more": ("No more quotations.", False), "context": ("Paragraph 2 of 31.", True)}
    for data, (text, alert) in answers.items():
        wanted = chat.page.wait_for_response(lambda response: response.url.endswith("/web/press"))
        await chat.button("More" if data == "more" else "Context").click()
        query = (await (await wanted).json())["id"] if False else None
        del query
        pressed = next(reversed(chat.world._pressed))
        chat.world.answer_callback(pressed, text, show_alert=alert, url=None, cache_time=0)
    await expect(chat.page.get_by_role("status").filter(has_text="No more quotations.")).to_be_visible()
    dialog = chat.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Paragraph 2 of 31.")
    await chat.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    page = chat.page.get_by_role("link", name="Page")
    assert (await page.get_attribute("href"), await page.get_attribute("rel")) == ("https://example.org/p", "noopener noreferrer")
