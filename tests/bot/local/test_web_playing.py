"""The demonstration in a real browser: more people and groups, faults, albums, and messages passed on."""

from __future__ import annotations

import re

import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter
from telegram.request import HTTPXRequest

from bot.local.models import Status
from bot.local.server import LocalServer
from tests.bot.local.browsing import TOKEN, Chat, OpenPage

pytest.importorskip("playwright.async_api", reason="the Python package playwright is not installed")
from playwright.async_api import Locator, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def be(chat: Chat, name: str) -> None:
    await chat.page.get_by_role("radio", name=name).check()


async def choose(chat: Chat, message: str, action: str) -> None:
    """Take an action from the menu of a message."""
    await chat.message(message).hover()
    await chat.message(message).get_by_role("button", name="More actions").click()
    await chat.page.get_by_role("menuitem", name=action).click()


async def open_faults(chat: Chat) -> Locator:
    await chat.button("Bot API").click()
    pane = chat.page.get_by_role("complementary", name="Bot API")
    await pane.get_by_text("Faults").click()
    return pane


async def test_one_becomes_somebody_new_and_talks_with_the_bot(chat: Chat) -> None:
    await chat.button("Add a person").click()
    dialog = chat.page.get_by_role("dialog", name="Add a person")
    await dialog.get_by_role("textbox", name="Name").fill("Daniyar")
    await dialog.get_by_role("combobox", name="Language").select_option("Қазақ тілі")
    await chat.page.keyboard.press("Enter")
    await expect(chat.page.get_by_role("radio", name="Daniyar")).to_be_checked()
    await expect(chat.page.get_by_role("combobox", name="Language")).to_have_value("kk")
    await chat.button("Start").click()
    await expect(chat.message("/start")).to_be_visible()
    daniyar = next(person for person in chat.world.people.values() if person.first_name == "Daniyar")
    assert chat.world.last_message(daniyar.id).text == "/start"


async def test_a_group_is_made_with_chosen_members_and_topics(chat: Chat) -> None:
    chat.world.private_chat(chat.world.add_user("Daniyar").id)
    await expect(chat.page.get_by_role("radio", name="Daniyar")).to_be_visible()
    await chat.button("New group").click()
    dialog = chat.page.get_by_role("dialog", name="New group")
    await dialog.get_by_role("textbox", name="Title").fill("Working group")
    await dialog.get_by_role("combobox", name="Kind").select_option("Supergroup with topics")
    await dialog.get_by_role("textbox", name="Topics").fill("Round 21\nRound 22")
    await dialog.get_by_role("checkbox", name="Daniyar").uncheck()
    await dialog.get_by_role("button", name="Create").click()
    await expect(chat.page.get_by_role("heading", level=2, name="Working group")).to_be_visible()
    group = next(one for one in chat.world.chats.values() if one.title == "Working group")
    names = {chat.world.person(user).first_name for user in chat.world.members[group.id]}
    assert names == {"Diplomat", "Admin", "Rapporteur"}
    await chat.row("Working group / Round 22").click()
    await chat.box.fill("/ask In the topic")
    await chat.box.press("Enter")
    await expect(chat.message("/ask In the topic")).to_be_visible()
    topics = {topic.name: topic.id for topic in chat.world.topics[group.id].values()}
    assert chat.world.last_message(group.id).thread_id == topics["Round 22"]
    await chat.row("Working group / Round 21").click()
    await expect(chat.message("/ask In the topic")).to_have_count(0)


async def test_the_bot_and_members_come_go_and_are_promoted(chat: Chat) -> None:
    group, bot = chat.people.group.id, chat.world.bot.id
    daniyar = chat.world.add_user("Daniyar").id
    chat.world.private_chat(daniyar)
    await be(chat, "Admin")
    await chat.row("Delegation").click()
    await chat.button("About the group").click()
    dialog = chat.page.get_by_role("dialog", name="Delegation")
    await dialog.get_by_role("button", name="Make \u2068Rapporteur\u2069 an administrator").click()
    await dialog.get_by_role("button", name="Make \u2068Rapporteur\u2069 an ordinary member").click()
    await dialog.get_by_role("button", name="Take \u2068Rapporteur\u2069 out of the group").click()
    await expect(chat.message("Rapporteur left the group").or_(chat.log.get_by_text("left the group"))).to_be_visible()
    assert chat.world.status(group, bot) is Status.KICKED
    await dialog.get_by_role("combobox", name="Bring into the group").select_option("Rapporteur")
    await dialog.get_by_role("button", name="Add").click()
    await expect(dialog.get_by_role("listitem").filter(has_text="Rapporteur")).to_be_visible()
    await dialog.get_by_role("combobox", name="Bring into the group").select_option("Daniyar")
    await dialog.get_by_role("button", name="Add").click()
    await expect(dialog.get_by_role("listitem")).to_have_count(4)
    assert chat.world.status(group, daniyar) is Status.MEMBER
    statuses = [
        update["my_chat_member"] for _, update in chat.world.updates._pending.values() if "my_chat_member" in update
    ]
    assert [change["new_chat_member"]["status"] for change in statuses] == [
        "member",
        "administrator",
        "member",
        "kicked",
        "member",
    ]


async def test_what_is_refused_in_a_window_is_said_in_it(chat: Chat) -> None:
    await be(chat, "Admin")
    await chat.row("Delegation").click()
    await chat.button("About the group").click()
    dialog = chat.page.get_by_role("dialog", name="Delegation")
    await expect(dialog.get_by_role("button", name="Take \u2068Admin\u2069 out of the group")).to_have_count(0)
    chat.world.kick(chat.people.group.id, chat.diplomat, chat.diplomat)
    await dialog.get_by_role("button", name="Take \u2068Diplomat\u2069 out of the group").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Diplomat cannot be taken out of the group.")
    chat.allow("400")


async def test_one_who_is_taken_out_no_longer_sees_the_group(chat: Chat) -> None:
    await chat.row("Delegation").click()
    await chat.button("About the group").click()
    dialog = chat.page.get_by_role("dialog", name="Delegation")
    await expect(dialog.get_by_role("button", name="administrator")).to_have_count(0)
    await dialog.get_by_role("button", name="Take \u2068Diplomat\u2069 out of the group").click()
    await expect(dialog).to_have_count(0)
    await expect(chat.row("Delegation")).to_have_count(0)
    await expect(chat.page.get_by_role("heading", level=2, name="Rapporteur")).to_be_visible()


async def test_a_planned_fault_is_seen_until_a_call_has_met_it(chat: Chat) -> None:
    """The library itself meets it, on its way to the local server."""
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    pane = await open_faults(chat)
    await pane.get_by_role("combobox", name="What goes wrong").select_option("429: too many requests")
    await pane.get_by_role("spinbutton", name="Seconds to wait").fill("9")
    await pane.get_by_role("button", name="Plan", exact=True).click()
    await pane.get_by_role("combobox", name="What goes wrong").select_option("Dropped connection")
    await expect(pane.get_by_role("spinbutton", name="Seconds to wait")).to_be_disabled()
    await pane.get_by_role("combobox", name="Of which calls").select_option("sendMessage")
    await pane.get_by_role("spinbutton", name="How many times").fill("2")
    await pane.get_by_role("button", name="Plan", exact=True).click()
    planned = pane.get_by_role("list", name="Planned").get_by_role("listitem")
    await expect(planned).to_have_text(["1 × anything sent429: wait 9 s", "2 × sendMessageDropped connection"])
    async with LocalServer(chat.world) as server, Bot(TOKEN, server.base_url, request=HTTPXRequest()) as bot:
        for _ in range(2):
            with pytest.raises(NetworkError):
                await bot.send_message(chat.diplomat, "Lost")
        await expect(planned).to_have_count(1)
        with pytest.raises(RetryAfter):
            await bot.send_message(chat.diplomat, "Too fast")
        await expect(pane.get_by_text("Nothing is planned.")).to_be_visible()
        await expect(pane.get_by_role("list", name="Bot API")).to_contain_text("error 429")
        await bot.send_message(chat.diplomat, "At last")
    await expect(chat.message("At last")).to_be_visible()
    await expect(chat.message("Lost")).to_have_count(0)


async def test_what_is_planned_is_forgotten_by_a_button(chat: Chat) -> None:
    pane = await open_faults(chat)
    await pane.get_by_role("button", name="Plan", exact=True).click()
    await pane.get_by_role("button", name="Forget what is planned").click()
    await expect(pane.get_by_text("Nothing is planned.")).to_be_visible()
    await expect(pane.get_by_role("combobox", name="What goes wrong")).to_be_focused()
    assert chat.world.faults.planned() == []


async def test_a_person_blocks_the_bot_and_takes_it_back(chat: Chat) -> None:
    pane = await open_faults(chat)
    await pane.get_by_role("button", name="Block the bot").click()
    await expect(pane.get_by_role("button", name="Unblock the bot")).to_be_focused()
    await expect(chat.page.locator("#chat-status")).to_have_text("blocked")
    assert chat.world.blocked == {chat.diplomat}
    await pane.get_by_role("button", name="Unblock the bot").click()
    await expect(pane.get_by_role("button", name="Block the bot", exact=True)).to_be_visible()
    assert chat.world.blocked == set()


async def test_the_open_group_loses_its_bot_its_topic_and_its_number(chat: Chat) -> None:
    world, admin = chat.world, chat.people.admin.id
    basic = world.add_group("Basic", members=[], admins=[admin], supergroup=False)
    forum = world.add_group("Forum", members=[], admins=[admin], forum=True)
    world.add_bot(basic.id, admin)
    topic = world.create_topic(forum.id, "Round 22")
    await be(chat, "Admin")
    await chat.row("Basic").click()
    pane = await open_faults(chat)
    await pane.get_by_role("button", name="Make it a supergroup").click()
    await expect(chat.page).to_have_url(re.compile(rf"{admin}/-100\d+$"))
    await expect(chat.log.get_by_text("The group became a supergroup")).to_be_visible()
    moved = world.chats[basic.id].migrated_to
    assert moved is not None and chat.page.url.endswith(f"/{moved}")
    await pane.get_by_role("button", name="Take the bot out").click()
    await expect(pane.get_by_role("button", name="Bring the bot in")).to_be_focused()
    assert world.status(moved, world.bot.id) is Status.KICKED
    await chat.row("Forum / Round 22").click()
    await pane.get_by_role("button", name="Delete the topic").click()
    await expect(chat.row("Forum / Round 22")).to_have_count(0)
    await expect(chat.page.get_by_role("heading", level=2, name="Forum")).to_be_visible()
    assert topic not in world.topics[forum.id]


async def test_several_files_go_up_as_one_album_under_one_caption(chat: Chat) -> None:
    await chat.box.fill("Both rounds")
    async with chat.page.expect_file_chooser() as chooser:
        await chat.button("Attach a file").click()
        await chat.page.get_by_role("menuitem", name="Files").click()
    files = [{"name": f"{number}.txt", "mimeType": "text/plain", "buffer": b"Round"} for number in (21, 22)]
    await (await chooser.value).set_files(files)
    await expect(chat.log.get_by_role("link")).to_have_count(2)
    first, second = chat.world.history(chat.diplomat)
    assert (first.text, second.text) == ("Both rounds", "")
    assert first.extra["media_group_id"] == second.extra["media_group_id"]


async def test_a_sample_is_sent_from_the_menu(chat: Chat) -> None:
    await chat.button("Attach a file").click()
    await chat.page.get_by_role("menuitem", name="Voice message").click()
    await expect(chat.message("Voice message")).to_be_visible()
    attachment = chat.world.last_message(chat.diplomat).attachment
    assert attachment is not None and attachment.kind == "voice"


async def test_a_message_of_the_bot_is_passed_on_to_a_group(chat: Chat) -> None:
    chat.world.send_text(chat.diplomat, chat.diplomat, "/start")
    chat.says("<blockquote>Unity</blockquote>p. 1")
    await choose(chat, "Unity", "Forward")
    await chat.page.get_by_role("dialog", name="Forward to").get_by_role("button", name="Delegation").click()
    await expect(chat.page.get_by_role("heading", level=2, name="Delegation")).to_be_visible()
    passed = chat.message("Forwarded from")
    await expect(passed).to_contain_text("Rapporteur")
    await expect(passed.locator("blockquote")).to_have_text("Unity")
    assert chat.world.last_message(chat.people.group.id).forwarded is not None


async def test_own_messages_are_changed_and_taken_back_from_their_menu(chat: Chat) -> None:
    chat.world.send_document(chat.diplomat, chat.diplomat, "a.txt", b"x", caption="Frist")
    await choose(chat, "Frist", "Edit")
    await chat.box.fill("First")
    await chat.box.press("Enter")
    await expect(chat.message("First")).to_contain_text("edited")
    await choose(chat, "First", "Delete")
    await expect(chat.log.get_by_role("article")).to_have_count(0)
    assert chat.world.history(chat.diplomat) == []


@pytest.mark.parametrize(("system", "chosen"), [("light", "Dark"), ("dark", "Light")])
async def test_light_or_dark_may_be_chosen_and_is_remembered(open_page: OpenPage, system: str, chosen: str) -> None:
    chat = await open_page(color_scheme=system)
    ground = "getComputedStyle(document.body).backgroundColor"
    before = await chat.page.evaluate(ground)
    await chat.page.get_by_role("combobox", name="Appearance").select_option(chosen)
    after = await chat.page.evaluate(ground)
    assert before != after
    await chat.page.reload()
    await chat.page.locator("body.ready").wait_for()
    assert await chat.page.evaluate(ground) == after
    await chat.page.get_by_role("combobox", name="Appearance").select_option("As the system")
    assert await chat.page.evaluate(ground) == before


async def test_a_narrow_phone_has_room_for_everything(open_page: OpenPage) -> None:
    chat = await open_page(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    wide = "document.documentElement.scrollWidth"
    assert await chat.page.evaluate(wide) == 360
    await chat.row("Delegation").tap()
    chat.world.send_text(chat.diplomat, chat.people.group.id, "A" * 300)
    chat.says("<code>" + "b" * 300 + "</code>", chat=chat.people.group.id)
    await expect(chat.message("bbb")).to_be_visible()
    assert await chat.page.evaluate(wide) == 360
    await chat.message("bbb").tap(position={"x": 100, "y": 40})
    await chat.message("bbb").get_by_role("button", name="More actions").tap()
    await expect(chat.page.get_by_role("menuitem", name="Forward")).to_be_in_viewport(ratio=1)
    await chat.page.get_by_role("menuitem", name="Forward").tap()
    await expect(chat.page.get_by_role("dialog")).to_be_in_viewport(ratio=1)
    await chat.button("Close").tap()
    await chat.button("Bot API").tap()
    await chat.page.get_by_text("Faults").tap()
    assert await chat.page.evaluate(wide) == 360
