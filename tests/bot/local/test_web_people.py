"""People and groups of the web chat over HTTP: made, changed, and kept from those who may not."""

from __future__ import annotations

import pytest

from bot.local.models import ChatKind, Status
from tests.bot.local.page import Page


@pytest.fixture
def ids(page: Page) -> tuple[int, int, str, int]:
    """Diplomat, Admin, their group and the bot."""
    seeded = page.seeded
    return seeded.diplomat.id, seeded.admin.id, str(seeded.group.id), page.world.bot.id


async def test_somebody_new_has_a_name_a_language_and_a_chat_with_the_bot(page: Page) -> None:
    added = (await page.done("person", name=" Daniyar ", language="kk"))["id"]
    person = page.world.person(added)
    assert (person.first_name, person.language_code) == ("Daniyar", "kk")
    state = await (await page.get("state")).json()
    assert [one["name"] for one in state["people"]] == ["Diplomat", "Admin", "Daniyar"]
    assert str(added) in [chat["id"] for chat in state["chats"]]
    assert "pattern" in await page.refused("person", name="  ", language="kk")


@pytest.mark.parametrize(
    ("kind", "made", "is_forum"),
    [
        ("group", ChatKind.GROUP, False),
        ("supergroup", ChatKind.SUPERGROUP, False),
        ("forum", ChatKind.SUPERGROUP, True),
    ],
)
async def test_a_group_is_made_with_its_members_and_the_bot(
    page: Page, ids: tuple[int, int, str, int], kind: str, made: ChatKind, is_forum: bool
) -> None:
    diplomat, admin, _, bot = ids
    body = {"person": diplomat, "title": "Working group", "kind": kind, "members": [admin], "topics": ["Round 22"]}
    group = int((await page.done("group", **body))["id"])
    chat = page.world.chat(group)
    assert (chat.title, chat.kind, chat.is_forum) == ("Working group", made, is_forum)
    assert page.world.members[group] == {diplomat: Status.CREATOR, admin: Status.MEMBER, bot: Status.MEMBER}
    assert [topic.name for topic in page.world.topics[group].values()] == (["Round 22"] if is_forum else [])


async def test_a_group_may_be_made_without_the_bot(page: Page, ids: tuple[int, int, str, int]) -> None:
    diplomat, _, _, bot = ids
    body = {"person": diplomat, "title": "Private", "kind": "supergroup", "with_bot": False}
    group = int((await page.done("group", **body))["id"])
    assert not page.world.status(group, bot).is_present


async def test_people_and_the_bot_come_go_rise_and_fall(page: Page, ids: tuple[int, int, str, int]) -> None:
    diplomat, admin, group, bot = ids
    world, chat = page.world, page.seeded.group.id
    ben = world.add_user("Ben").id

    async def act(by: int, member: int, act: str) -> Status:
        await page.done("member", person=by, chat=group, member=member, act=act)
        return world.status(chat, member)

    assert await act(diplomat, ben, "add") is Status.MEMBER
    assert await act(admin, ben, "promote") is Status.ADMINISTRATOR
    assert await act(ben, diplomat, "remove") is Status.KICKED
    assert await act(admin, ben, "demote") is Status.MEMBER
    assert await act(ben, ben, "remove") is Status.LEFT
    assert await act(admin, bot, "promote") is Status.ADMINISTRATOR
    assert await act(admin, bot, "demote") is Status.MEMBER
    assert await act(admin, bot, "remove") is Status.KICKED
    assert await act(admin, bot, "add") is Status.MEMBER


async def test_only_those_who_govern_a_group_change_it(page: Page, ids: tuple[int, int, str, int]) -> None:
    diplomat, admin, group, bot = ids
    only = "Only those who govern Delegation may do that."
    for member, act in [(admin, "remove"), (diplomat, "promote"), (bot, "remove"), (bot, "promote")]:
        assert await page.refused("member", person=diplomat, chat=group, member=member, act=act) == only
    assert await page.refused("topic", person=diplomat, chat=group, name="Round 22") == only
    assert await page.refused("migrate", person=diplomat, chat=group) == only
    stranger = page.world.add_user("Stranger").id
    refusal = await page.refused("member", person=stranger, chat=group, member=stranger, act="add")
    assert refusal == "Stranger is not in Delegation."


async def test_what_makes_no_sense_is_refused(page: Page, ids: tuple[int, int, str, int]) -> None:
    diplomat, admin, group, bot = ids
    for member, act, refusal in [
        (diplomat, "add", "Diplomat is in the group already."),
        (bot, "add", "The bot is in the group already."),
        (admin, "remove", "Admin cannot be taken out of the group."),
        (diplomat, "demote", "Diplomat is no administrator who could be demoted."),
        (5, "add", "Nobody has the id 5."),
    ]:
        assert await page.refused("member", person=admin, chat=group, member=member, act=act) == refusal
    assert await page.refused("topic", person=admin, chat=group, name="x") == "Only forums have topics."
    assert (await page.refused("topic/delete", person=admin, chat=f"{group}.7")).startswith("There is no topic 7")
    assert (await page.refused("migrate", person=admin, chat=group)).startswith("Only a basic group becomes")


async def test_topics_open_and_go_with_all_that_was_said_in_them(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    forum = page.world.add_group("Forum", members=[], admins=[diplomat], forum=True).id
    place = (await page.done("topic", person=diplomat, chat=str(forum), name="Round 22"))["id"]
    await page.done("send", person=diplomat, chat=place, text="In the topic")
    assert len(page.world.history(forum)) == 2
    await page.done("topic/delete", person=diplomat, chat=place)
    assert (page.world.history(forum), page.world.topics[forum]) == ([], {})


async def test_a_group_becomes_a_supergroup_of_another_number(page: Page) -> None:
    admin = page.seeded.admin.id
    group = page.world.add_group("Basic", members=[], admins=[admin], supergroup=False)
    new = (await page.done("migrate", person=admin, chat=str(group.id)))["id"]
    chats = [chat["id"] for chat in (await (await page.get("state")).json())["chats"]]
    assert new in chats and str(group.id) not in chats


async def test_a_person_blocks_the_bot_and_takes_it_back(page: Page) -> None:
    diplomat = page.seeded.diplomat.id

    async def blocked() -> list[bool]:
        return [person["blocked"] for person in (await (await page.get("state")).json())["people"]]

    await page.done("block", person=diplomat, blocked=True)
    assert (await blocked(), page.world.blocked) == ([True, False], {diplomat})
    await page.done("block", person=diplomat, blocked=False)
    assert (await blocked(), page.world.blocked) == ([False, False], set())
