"""The whole way in a browser: ask the bot in the web chat, press for context, see the quotation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.local.web import seed, web_chat
from tests.bot.harness import make_settings, running
from tests.documents import EXCHANGE

playwright = pytest.importorskip("playwright.async_api", reason="the Python package playwright is not installed")

if TYPE_CHECKING:
    from bot.local.world import World
    from tests.conftest import Indexed

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
QUESTION = "What regulation on the release of detainees did the parties adopt?"


@pytest.mark.skipif(not CHROMIUM.exists(), reason="the Debian package chromium is not installed")
async def test_a_question_in_the_web_chat_is_answered_and_its_context_shown(
    telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    seed(telegram)
    settings = make_settings(tmp_path)
    async with (
        running(telegram, settings, shared_index.engine(confidence=0.0), shared_index, menus=True),
        web_chat(telegram) as address,
        playwright.async_playwright() as driver,
    ):
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = await browser.new_page(locale="en-GB")
        await page.goto(address)
        await playwright.expect(page.get_by_role("heading", name="What can this bot do?")).to_be_visible()
        box = page.get_by_role("textbox", name="Message")
        await box.fill(QUESTION)
        await box.press("Enter")
        answer = page.get_by_role("article").filter(has=page.get_by_role("button", name="Context 1"))
        await playwright.expect(answer.locator("blockquote").first).to_have_text(EXCHANGE)
        await answer.get_by_role("button", name="Context 1").click()
        context = page.get_by_role("article").filter(has_text="The paragraph around quotation 1:")
        await playwright.expect(context.locator("blockquote")).to_contain_text(EXCHANGE)
        await playwright.expect(context.locator("blockquote strong")).to_have_text(EXCHANGE)
        await browser.close()
