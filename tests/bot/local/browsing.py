"""A person's browser: the page of the web chat in Chromium, and what tests do with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.clock import ManualClock
from bot.local.formatting import message_text
from bot.local.keyboards import parse_markup
from bot.local.models import Message
from bot.local.outgoing import Reply, Sending
from bot.local.web import Seed, seed, web_chat
from bot.local.world import World

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Locator, Page

CHROMIUM = Path("/usr/bin/chromium")
_IS_INSTALLED = CHROMIUM.exists()
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
LONG = (
    "<blockquote expandable>"
    + "\n".join(f"Paragraph {number} of the statement." for number in range(1, 9))
    + "</blockquote>"
)

OpenPage = Callable[..., Awaitable["Chat"]]


@dataclass(frozen=True, slots=True)
class Chat:
    """One open page and the world behind it."""

    page: Page
    world: World
    people: Seed
    address: str
    stop: Callable[[], Awaitable[None]]
    allow: Callable[[str], None]

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def diplomat(self) -> int:
        return self.people.diplomat.id

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def press(self, name: str) -> str:
        """Press a button under a message; the id of the callback query."""
        async with self.page.expect_response("**/web/press") as pressed:
            await self.button(name).click()
        return str((await (await pressed.value).json())["id"])

    def answer(self, query: str, text: str, *, alert: bool = False, url: str | None = None) -> None:
        """The bot answers a pressed button."""
        self.world.answer_callback(query, text, show_alert=alert, url=url, cache_time=0)

    def message(self, text: str) -> Locator:
        return self.log.get_by_role("article").filter(has_text=text)

    def row(self, name: str) -> Locator:
        return (
            self.page.get_by_role("navigation", name="Chats")
            .get_by_role("button")
            .filter(has=self.page.locator("strong", has_text=name))
        )

    def says(
        self,
        html: str,
        *,
        chat: int | None = None,
        rows: Sequence[Sequence[Mapping[str, object]]] = (),
        reply_to: int | None = None,
    ) -> Message:
        """The bot writes, by default to Diplomat, who has written to it."""
        markup = parse_markup({"inline_keyboard": rows} if rows else None)
        reply = None if reply_to is None else Reply(reply_to)
        sending = Sending(self.world.chat(chat or self.diplomat), reply=reply, markup=markup)
        return self.world.send(sending, message_text(html, "HTML", None, self.world.people))


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser, or a skipped test where it, or the library that drives it, is not installed."""
    async_api = pytest.importorskip("playwright.async_api", reason="the Python package playwright is not installed")
    if not _IS_INSTALLED:
        pytest.skip("the Debian package chromium is not installed")
    async with async_api.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def pages(browser: Browser) -> AsyncIterator[OpenPage]:
    """Opens pages, each on a world of its own; at the end no page may have thrown, nor broken its policy."""
    complaints: list[str] = []
    allowed: list[str] = []
    async with AsyncExitStack() as stack:

        async def opened(*, start: str = "", locale: str = "en-GB", **options: Any) -> Chat:
            world = World(TOKEN, clock=ManualClock(NOON))
            people = seed(world)
            serving = await stack.enter_async_context(AsyncExitStack())
            address = await serving.enter_async_context(web_chat(world))
            context: BrowserContext = await browser.new_context(locale=locale, timezone_id="UTC", **options)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            await page.clock.set_fixed_time(NOON)
            await page.goto(address + start)
            await page.locator("body.ready").wait_for()
            return Chat(page, world, people, address, serving.aclose, allowed.append)

        yield opened
    assert [line for line in complaints if not any(part in line for part in allowed)] == []
