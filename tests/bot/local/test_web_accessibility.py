"""The page as axe-core judges it, in the states that people bring it to, and its use by keyboard alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.local.inline import parse_results
from bot.local.journal import JournalEntry
from bot.local.menus import Scope
from bot.local.models import Command
from tests.bot.local.browsing import ANSWER, LONG, NOON, Chat, OpenPage

pytest.importorskip("playwright.async_api", reason="the Python package playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe-playwright-python is not installed")
from playwright.async_api import expect  # noqa: E402

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
#: Axe leaves the size of targets out where it is not asked.
OPTIONS = {"resultTypes": ["violations", "passes"], "rules": {"target-size": {"enabled": True}}}
#: What has the focus, and whether one sees that it has.
FOCUS = """() => {
  const node = document.activeElement;
  const shown = [node, node.closest("label"), node.querySelector(".bubble")].some((one) => {
    const style = one && getComputedStyle(one);
    return style && (style.outlineStyle !== "none" || style.boxShadow.includes("0px 0px 0px 1px"));
  });
  return [node === document.body ? "BODY" : node.id || node.dataset.chat || node.className || node.tagName, shown];
}"""
#: The controls of the page itself, by what FOCUS calls them; of radio buttons only the one that is checked.
CONTROLS = """() => [...document.querySelectorAll("button[id], select[id], textarea[id], button[data-chat]")]
  .filter((node) => node.checkVisibility())
  .map((node) => node.id || node.dataset.chat)"""
ADDITIONS = """() => {
  const added = [];
  const log = document.querySelector("#log");
  new MutationObserver((records) => {
    for (const record of records) for (const node of record.addedNodes) added.push(node.textContent);
  }).observe(log, { childList: true, subtree: true });
  return added;
}"""
State = Callable[[Chat], Awaitable[None]]


async def violations(chat: Chat) -> list[str]:
    """What axe finds, of any weight: rule, place, and why."""
    # Half-shown menus would be judged by the colours of their transition.
    # One that is broken off is over as well.
    await chat.page.evaluate("Promise.allSettled(document.getAnimations().map((animation) => animation.finished))")
    found = await axe.Axe().run(chat.page, options=OPTIONS)
    assert len(found.response["passes"]) > 10
    return [
        f"{violation['id']}: {node['target']}: {node['failureSummary']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def fill(chat: Chat) -> None:
    """A private chat with an answer and its buttons, and a group with files, edits and another's words."""
    world, group, admin = chat.world, chat.people.group.id, chat.people.admin.id
    world.set_commands(Scope(), "", [Command("ask", "Ask the documents"), Command("sources", "What I quote")])
    rows = [[{"text": "More", "callback_data": "more"}, {"text": "Page", "url": "https://example.org/p"}]]
    question = world.send_text(chat.diplomat, chat.diplomat, "What of <sovereignty>?")
    chat.says(ANSWER + " <code>c_7Q2M</code> <tg-spoiler>p. 2</tg-spoiler>", reply_to=question.id, rows=rows)
    chat.says(LONG + "\n<pre>round 22</pre>")
    chat.says("<blockquote>أكدوا التزامهم بسيادة الجمهورية</blockquote>\nالبيان المشترك")
    world.send_other(chat.diplomat, chat.diplomat, "voice")
    asked = world.send_text(admin, group, "/ask Sovreignty? @diplomat_local https://example.org")
    world.edit_text(admin, group, asked.id, "/ask Sovereignty? @diplomat_local https://example.org")
    world.send_document(admin, group, "Итог 22.pdf", b"%PDF" * 900, caption="For the file")
    chat.says(ANSWER, chat=group, reply_to=asked.id, rows=rows)
    world.record(JournalEntry(NOON, "sendMessage", {"chat_id": 5}, {"message_id": 1}, milliseconds=3.5))
    world.record(JournalEntry(NOON, "sendMessage", {}, code=400, error="Bad Request: x", milliseconds=1.0))


async def answer(chat: Chat) -> None:
    await expect(chat.log.locator("article").first).to_be_visible()


async def group(chat: Chat) -> None:
    await chat.page.locator("#chat-list button").nth(1).click()
    await expect(chat.log).to_contain_text("Итог 22.pdf")


async def replying(chat: Chat) -> None:
    await chat.log.locator(".tools button").first.click()
    await expect(chat.page.locator("#context")).to_be_visible()


async def editing(chat: Chat) -> None:
    await chat.page.locator("#message").press("ArrowUp")
    await expect(chat.page.locator("#context")).to_be_visible()


async def inline_results(chat: Chat) -> None:
    async with chat.page.expect_response("**/web/inline") as asked:
        await chat.page.locator("#message").press_sequentially("@rapporteur_local_bot unity")
    query = (await (await asked.value).json())["id"]
    content = {"message_text": "On unity"}
    article = {"type": "article", "id": "1", "title": "Unity", "description": "p. 1", "input_message_content": content}
    results = parse_results([article], chat.world.people, chat.world.files)
    chat.world.answer_inline(query, results, cache_time=0, is_personal=True, next_offset="", button=None)
    await expect(chat.page.locator("#suggestions [role=option]")).to_have_count(1)


async def commands(chat: Chat) -> None:
    await chat.page.locator("#message").press_sequentially("/")
    await expect(chat.page.locator("#suggestions [role=option]")).to_have_count(2)


async def attachments(chat: Chat) -> None:
    await chat.page.locator("#attach").click()
    await expect(chat.page.get_by_role("menu")).to_be_visible()


async def message_menu(chat: Chat) -> None:
    await chat.log.locator(".tools [aria-haspopup]").first.click()
    await expect(chat.page.get_by_role("menu")).to_be_visible()


async def calls_and_faults(chat: Chat) -> None:
    await chat.page.locator("#calls-toggle").click()
    await chat.page.locator("#calls-list summary").last.click()
    await chat.page.locator("#faults summary").click()
    await chat.page.locator("#faults-form [type=submit]").click()
    await expect(chat.page.locator("#faults-list li")).to_have_count(1)


async def alert(chat: Chat) -> None:
    async with chat.page.expect_response("**/web/press") as pressed:
        await chat.log.locator(".keyboard button").first.click()
    chat.answer((await (await pressed.value).json())["id"], "No more quotations.", alert=True)
    await expect(chat.page.get_by_role("dialog")).to_be_visible()


async def new_person(chat: Chat) -> None:
    await chat.page.locator("#person-new").click()
    await expect(chat.page.get_by_role("dialog")).to_be_visible()


async def new_group(chat: Chat) -> None:
    await chat.page.locator("#group-new").click()
    await chat.page.get_by_role("dialog").locator("select").select_option("forum")


async def members(chat: Chat) -> None:
    await chat.page.locator("#people-list input").nth(1).check()
    await group(chat)
    chat.world.add_user("Daniyar")
    await chat.page.locator("#group-manage").click()
    await expect(chat.page.get_by_role("dialog")).to_be_visible()


async def forwarding(chat: Chat) -> None:
    await message_menu(chat)
    await chat.page.get_by_role("menuitem").first.press("End")
    await (
        chat.page.get_by_role("menuitem").nth(0 if await chat.page.get_by_role("menuitem").count() == 1 else 1).click()
    )
    await expect(chat.page.get_by_role("dialog")).to_be_visible()


STATES: list[State] = [
    answer,
    group,
    replying,
    editing,
    inline_results,
    commands,
    attachments,
    message_menu,
    calls_and_faults,
    alert,
    new_person,
    new_group,
    members,
    forwarding,
]


async def found_in(chat: Chat, states: Sequence[State]) -> dict[str, list[str]]:
    """What axe finds in each state, the page being loaded anew before each."""
    found = {}
    for state in states:
        await chat.page.goto(f"{chat.address}#{chat.diplomat}/{chat.diplomat}")
        await chat.page.reload()
        await chat.page.locator("body.ready").wait_for()
        await state(chat)
        found[state.__name__] = await violations(chat)
    return {name: complaints for name, complaints in found.items() if complaints}


@pytest.mark.parametrize(
    ("scheme", "locale", "states"),
    [("light", "en-GB", STATES), ("dark", "ar", [answer, group, inline_results, calls_and_faults, members])],
    ids=["day", "night"],
)
async def test_axe_finds_nothing_wrong_in_any_state(
    open_page: OpenPage, scheme: str, locale: str, states: Sequence[State]
) -> None:
    """In English by day, and the main ones in Arabic, from right to left, by night."""
    chat = await open_page(color_scheme=scheme, locale=locale, bypass_csp=True)
    fill(chat)
    assert await found_in(chat, states) == {}


async def chat_list(chat: Chat) -> None:
    await chat.page.locator("#back").tap()
    await expect(chat.page.locator("#chat-list")).to_be_visible()


async def tapped(chat: Chat) -> None:
    await chat.log.locator("article").first.tap()
    await message_menu(chat)


async def test_axe_finds_nothing_wrong_on_a_phone(open_page: OpenPage) -> None:
    chat = await open_page(color_scheme="dark", locale="fa", bypass_csp=True, **PHONE)
    fill(chat)
    assert await found_in(chat, [chat_list, answer, tapped, attachments, calls_and_faults]) == {}


async def test_every_control_is_reached_by_tab_and_its_focus_is_seen(chat: Chat) -> None:
    fill(chat)
    await chat.page.reload()
    await chat.page.locator("body.ready").wait_for()
    await chat.page.evaluate("document.activeElement.blur()")
    passed: list[str] = []
    unseen: list[str] = []
    while passed.count("BODY") < 2:
        await chat.page.keyboard.press("Tab")
        name, seen = await chat.page.evaluate(FOCUS)
        passed.append(name)
        assert len(passed) < 200
        unseen += [] if seen or name == "BODY" else [name]
    controls = await chat.page.evaluate(CONTROLS)
    assert [name for name in controls if name not in passed] == []
    assert unseen == []


async def test_messages_are_walked_by_arrows_and_their_actions_by_tab(chat: Chat) -> None:
    fill(chat)
    await expect(chat.log).to_contain_text("Voice message")
    await chat.log.focus()
    await chat.page.keyboard.press("ArrowUp")
    await chat.page.keyboard.press("ArrowUp")
    await expect(chat.message("البيان المشترك")).to_be_focused()
    await chat.page.keyboard.press("Tab")
    await expect(chat.message("البيان المشترك").get_by_role("button", name="Reply")).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chat.page.locator("#context")).to_contain_text("البيان المشترك")
    await expect(chat.box).to_be_focused()


async def test_a_menu_is_walked_by_arrows_and_gives_the_focus_back(chat: Chat) -> None:
    await chat.button("Attach a file").focus()
    await chat.page.keyboard.press("Enter")
    items = chat.page.get_by_role("menuitem")
    await expect(items.first).to_be_focused()
    await chat.page.keyboard.press("ArrowDown")
    await expect(items.nth(1)).to_be_focused()
    await chat.page.keyboard.press("End")
    await chat.page.keyboard.press("ArrowDown")
    await expect(items.first).to_be_focused()
    await chat.page.keyboard.press("Escape")
    await expect(items).to_have_count(0)
    await expect(chat.button("Attach a file")).to_be_focused()
    await expect(chat.button("Attach a file")).to_have_attribute("aria-expanded", "false")


async def test_a_window_keeps_the_focus_and_gives_it_back(chat: Chat) -> None:
    await chat.button("Add a person").focus()
    await chat.page.keyboard.press("Enter")
    dialog = chat.page.get_by_role("dialog", name="Add a person")
    await expect(dialog.get_by_role("textbox", name="Name")).to_be_focused()
    for _ in range(6):
        await chat.page.keyboard.press("Tab")
        assert await chat.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    await chat.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(chat.button("Add a person")).to_be_focused()


async def test_new_messages_are_read_out_and_old_ones_are_not(chat: Chat) -> None:
    """The log is a live region, but not while another chat's past is put into it."""
    await expect(chat.log).to_have_attribute("aria-live", "polite")
    await expect(chat.log).to_have_attribute("aria-relevant", "additions")
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    added = await chat.page.evaluate_handle(ADDITIONS)
    chat.says("An answer.")
    await expect(chat.message("An answer.")).to_be_visible()
    assert await added.evaluate("added => added.filter((text) => text.includes('An answer.')).length") == 1
    await chat.page.clock.install(time=NOON)
    await chat.row("Delegation").click()
    await expect(chat.log).to_have_attribute("aria-live", "off")
    await chat.page.clock.run_for(1000)
    await expect(chat.log).to_have_attribute("aria-live", "polite")
