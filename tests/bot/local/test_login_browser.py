"""Logging in with a real browser, over TLS: by keyboard, in several languages, and out again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.access.passwords import hashed
from bot.local.login import WATCH_SECONDS
from bot.reach import Reach
from tests.bot.certificates import make_certificate
from tests.bot.local.browsing import chromium
from tests.bot.local.closed import CHEAP, PASSWORDS, Closed, closed_chat

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

playwright = pytest.importorskip("playwright.async_api", reason="the Python package playwright is not installed")
expect = playwright.expect

pytestmark = pytest.mark.asyncio(loop_scope="module")
OpenPage = Callable[..., Awaitable["Page"]]
#: What the browser says by itself of answers that are refusals.
_REFUSED = "Failed to load resource: the server responded with a status of"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def closed(tmp_path: Path) -> AsyncIterator[Closed]:
    certificate, key = make_certificate(tmp_path, "localhost")
    async with closed_chat(tmp_path, Reach(names=("127.0.0.1",), certificate=certificate, key=key)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser, closed: Closed) -> AsyncIterator[OpenPage]:
    """Opens the page in a browser of its own; none may throw, nor break its policy."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:

        async def opened(*, locale: str = "en-GB", **options: Any) -> Page:
            context = await browser.new_context(locale=locale, timezone_id="UTC", ignore_https_errors=True, **options)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            await page.goto(closed.address)
            await page.locator("body.ready").wait_for()
            return page

        yield opened
    assert [line for line in complaints if _REFUSED not in line] == []


async def enter(page: Page, name: str, password: str | None = None) -> None:
    """Type a name and a password, and Enter."""
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Password", exact=True).fill(PASSWORDS[name] if password is None else password)
    await page.get_by_label("Password", exact=True).press("Enter")


async def test_one_logs_in_by_keyboard_alone_and_writes_to_the_bot(open_page: OpenPage, closed: Closed) -> None:
    page = await open_page()
    await expect(page).to_have_url(f"{closed.address}web/login")
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()
    await page.keyboard.type("Boris")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORDS["boris"])
    await page.keyboard.press("Enter")
    await page.locator("body.ready").get_by_role("textbox", name="Message").wait_for()
    assert page.url.startswith(closed.address) and "login" not in page.url
    box = page.get_by_role("textbox", name="Message")
    await box.fill("What was said?")
    await box.press("Enter")
    await expect(page.get_by_role("log").get_by_role("article").filter(has_text="What was said?")).to_be_visible()
    assert closed.world.last_message(closed.people["boris"].person).text == "What was said?"


async def test_the_page_of_an_account_shows_its_person_alone_and_nothing_of_the_demonstration(
    open_page: OpenPage, closed: Closed
) -> None:
    page = await open_page()
    await enter(page, "boris")
    chats = page.get_by_role("navigation", name="Chats")
    await expect(chats.locator("li")).to_have_count(2)
    await expect(page.get_by_text("Messages here are kept only until the server restarts.")).to_be_visible()
    await expect(page.get_by_role("radio")).to_have_count(1)
    await expect(page.get_by_role("radio", name="boris")).to_be_checked()
    for name in ("Bot API", "New group", "Add a person"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await expect(page.get_by_text("local chat")).to_be_hidden()
    await chats.get_by_role("button").filter(has_text="Delegation").click()
    await expect(page.locator("#group-manage")).to_be_hidden()
    await page.get_by_role("button", name="Attach a file").click()
    await expect(page.get_by_role("menuitem")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_wrong_with_the_log_in_nor_with_the_page_behind_it(
    open_page: OpenPage, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe-playwright-python is missing")
    # The policy of the page would keep axe out.
    page = await open_page(bypass_csp=True, color_scheme=scheme, locale="ar-EG" if scheme == "dark" else "en-GB")
    for prepare in (
        page.locator("#change").check,
        page.locator("#enter").click,
        lambda: enter_by_id(page, "boris"),
        page.locator("#log-out").wait_for,
    ):
        await prepare()
        found = (await axe.Axe().run(page)).response
        assert [(one["id"], one["nodes"][0]["failureSummary"]) for one in found["violations"]] == []


async def enter_by_id(page: Page, name: str) -> None:
    """Log in whatever the language is."""
    await page.locator("#change").uncheck()
    await page.locator("#name").fill(name)
    await page.locator("#password").fill(PASSWORDS[name])
    await page.locator("#enter").click()
    await page.locator("body.ready #log").wait_for()


async def test_what_is_wrong_is_said_and_the_password_is_to_be_typed_again(open_page: OpenPage) -> None:
    page = await open_page()
    await enter(page, "boris", "a guess at it")
    await expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    password = page.get_by_label("Password", exact=True)
    await expect(password).to_be_focused()
    await expect(password).to_have_attribute("aria-invalid", "true")
    await enter(page, "boris")
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()


async def test_too_many_guesses_are_told_how_long_to_wait_in_the_language_that_is_chosen(open_page: OpenPage) -> None:
    page = await open_page()
    for number in range(7):
        async with page.expect_response("**/web/login"):
            await enter(page, "boris", f"guess number {number}")
    await expect(page.get_by_role("alert")).to_have_text("There were too many tries. Please wait 2 seconds.")
    await page.get_by_label("Language").select_option("ru")
    await expect(page.get_by_role("alert")).to_have_text("Слишком много попыток. Подождите 2 секунды.")


async def test_a_password_for_one_time_is_changed_on_the_page(open_page: OpenPage, closed: Closed) -> None:
    closed.accounts.add("gulnara", hashed("just-for-the-first-time", CHEAP), is_one_time=True)
    page = await open_page()
    await expect(page.get_by_label("New password", exact=True)).to_be_hidden()
    await enter(page, "gulnara", "just-for-the-first-time")
    await expect(page.get_by_role("alert")).to_have_text("This password was for one time only. Please choose another.")
    new, again = page.get_by_label("New password", exact=True), page.get_by_label("New password again")
    await expect(new).to_be_focused()
    for first, second, sentence in (
        ("too short", "too short", "The new password is too short: it needs at least 12 characters."),
        ("a sentence of Gulnara", "a sentence of Gulnar", "The two new passwords differ."),
        ("just-for-the-first-time", "just-for-the-first-time", "The new password must not be the old one."),
    ):
        await new.fill(first)
        await again.fill(second)
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_have_text(sentence)
    await new.fill("a sentence of Gulnara")
    await again.fill("a sentence of Gulnara")
    await again.press("Enter")
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "direction", "button"),
    [
        ("en-US", "ltr", "Log in"),
        ("ru-RU", "ltr", "Войти"),
        ("kk-KZ", "ltr", "Кіру"),
        ("tr-TR", "ltr", "Giriş yap"),
        ("ar-EG", "rtl", "تسجيل الدخول"),
        ("fa-IR", "rtl", "ورود"),
        ("de-DE", "ltr", "Log in"),
    ],
)
async def test_the_page_is_in_the_language_of_the_browser(
    open_page: OpenPage, locale: str, direction: str, button: str
) -> None:
    page = await open_page(locale=locale, viewport={"width": 360, "height": 640})
    await expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("dir", direction)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_language_that_was_chosen_is_kept_and_the_bot_hears_of_it(
    open_page: OpenPage, closed: Closed
) -> None:
    page = await open_page()
    await page.get_by_label("Language").select_option("kk")
    await page.get_by_label("Аты").fill("boris")
    await page.get_by_label("Құпиясөз", exact=True).fill(PASSWORDS["boris"])
    await page.get_by_role("button", name="Кіру").click()
    await expect(page.get_by_role("button", name="Шығу")).to_be_visible()
    assert closed.world.person(closed.people["boris"].person).language_code == "kk"


async def test_one_logs_out_and_does_not_come_back_by_the_browsers_back(open_page: OpenPage, closed: Closed) -> None:
    page = await open_page()
    await enter(page, "boris")
    closed.world.send_text(closed.people["boris"].person, closed.people["boris"].person, "For Boris alone")
    await expect(page.get_by_role("article").filter(has_text="For Boris alone")).to_be_visible()
    await page.get_by_role("button").filter(has_text="Delegation").click()
    await expect(page.get_by_role("article").filter(has_text="For Boris alone")).to_have_count(0)
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_label("Password", exact=True)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_label("Password", exact=True)).to_be_visible()
    await expect(page.get_by_text("For Boris alone")).to_have_count(0)
    await page.goto(closed.address)
    await expect(page.get_by_label("Password", exact=True)).to_be_visible()


async def test_a_page_whose_account_is_suspended_is_led_to_the_log_in(open_page: OpenPage, closed: Closed) -> None:
    page = await open_page()
    await enter(page, "boris")
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
    await page.locator("body.ready").wait_for()
    closed.accounts.suspend(closed.people["boris"])
    closed.clock.advance(WATCH_SECONDS)
    await expect(page.get_by_label("Password", exact=True)).to_be_visible(timeout=15_000)


async def test_a_link_from_elsewhere_leads_those_who_are_logged_in_to_the_page(
    open_page: OpenPage, closed: Closed
) -> None:
    """The session is not shown to a request that another site caused; the log-in page then asks for itself."""
    page = await open_page()
    await enter(page, "boris")
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
    await page.goto("data:text/html,<a href='" + closed.address + "'>chat</a>")
    await page.get_by_role("link").click()
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
