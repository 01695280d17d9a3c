"""Groups, as they change and as the bot is told of it."""

from __future__ import annotations

import pytest
from telegram.error import BadRequest

from bot.local.errors import WorldError


@pytest.fixture
def ben(world):
    return world.add_user("Ben")


async def test_the_bot_is_told_when_it_is_added_promoted_and_removed(bot, world, anna, ben):
    group = world.add_group("Delegation", members=[ben.id], admins=[anna.id])
    world.add_bot(group.id, ben.id)
    world.promote_bot(group.id, anna.id)
    world.demote_bot(group.id, anna.id)
    world.remove_bot(group.id, anna.id)
    updates = await bot.get_updates()
    changes = [
        (
            u.my_chat_member.old_chat_member.status,
            u.my_chat_member.new_chat_member.status,
            u.my_chat_member.from_user.id,
        )
        for u in updates
        if u.my_chat_member
    ]
    assert changes == [
        ("left", "member", ben.id),
        ("member", "administrator", anna.id),
        ("administrator", "member", anna.id),
        ("member", "kicked", anna.id),
    ]
    notices = [update.message for update in updates if update.message]
    assert [user.id for user in notices[0].new_chat_members] == [world.bot.id]
    assert notices[1].left_chat_member.id == world.bot.id
    assert [update.update_id for update in updates] == list(range(updates[0].update_id, updates[0].update_id + 6))


async def test_blocking_is_told_in_the_private_chat(bot, world, anna):
    world.block_bot(anna.id)
    world.unblock_bot(anna.id)
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [(change.chat.id, change.new_chat_member.status) for change in changes] == [
        (anna.id, "kicked"),
        (anna.id, "member"),
    ]


async def test_a_migration_is_told_in_both_chats(bot, world, anna):
    group = world.add_group("Delegation", members=[], admins=[anna.id], supergroup=False)
    world.add_bot(group.id, anna.id)
    world.updates.clear()
    new_id = world.migrate(group.id)
    old, new = [update.message for update in await bot.get_updates()]
    assert (old.chat.id, old.migrate_to_chat_id, old.chat.type) == (group.id, new_id, "group")
    assert (new.chat.id, new.migrate_from_chat_id, new.chat.type) == (new_id, group.id, "supergroup")
    assert new.message_id == 1
    with pytest.raises(WorldError, match=r"has become"):
        world.send_text(anna.id, group.id, "/ask")
    with pytest.raises(WorldError, match=r"only once"):
        world.migrate(group.id)


async def test_changes_of_members_are_told_to_a_governing_bot_that_asked(bot, world, anna, ben):
    group = world.add_group("Delegation", members=[], admins=[anna.id])
    world.add_bot(group.id, anna.id, as_admin=True)
    await bot.get_updates(allowed_updates=["chat_member"])
    world.updates.clear()
    world.join(group.id, ben.id)
    world.promote(group.id, ben.id, anna.id)
    world.kick(group.id, ben.id, anna.id)
    changes = [update.chat_member for update in await bot.get_updates()]
    assert [change.new_chat_member.status for change in changes] == ["member", "administrator", "kicked"]
    with pytest.raises(WorldError, match=r"Ben is not in Delegation"):
        world.send_text(ben.id, group.id, "Hello")


async def test_topics_are_announced_and_their_messages_carry_their_number(bot, world, anna):
    forum = world.add_group("Forum", members=[], admins=[anna.id], forum=True)
    world.add_bot(forum.id, anna.id)
    world.updates.clear()
    thread = world.create_topic(forum.id, "Detainees")
    world.send_text(anna.id, forum.id, "/ask who", thread_id=thread)
    world.send_text(anna.id, forum.id, "/ask who")
    created, asked, general = [update.message for update in await bot.get_updates()]
    assert (created.forum_topic_created.name, created.message_id) == ("Detainees", thread)
    assert (asked.message_thread_id, asked.is_topic_message, asked.chat.is_forum) == (thread, True, True)
    assert (general.message_thread_id, general.is_topic_message) == (None, None)
    with pytest.raises(WorldError, match=r"no topic 1"):
        world.send_text(anna.id, forum.id, "/ask", thread_id=1)


async def test_message_numbers_run_through_all_chats_but_supergroups(bot, world, anna):
    basic = world.add_group("Basic", members=[], admins=[anna.id], supergroup=False)
    wide = world.add_group("Wide", members=[], admins=[anna.id])
    world.add_bot(basic.id, anna.id)
    world.add_bot(wide.id, anna.id)
    first = (await bot.send_message(anna.id, "Hello")).message_id
    assert (await bot.send_message(basic.id, "Hello")).message_id == first + 1
    assert (await bot.send_message(anna.id, "Hello")).message_id == first + 2
    assert (await bot.send_message(wide.id, "Hello")).message_id == 2


async def test_the_bot_can_look_at_a_chat_and_who_is_in_it(bot, world, anna, ben):
    stranger = world.add_user("Stranger")
    group = world.add_group("Delegation", members=[ben.id], admins=[anna.id], username="delegation")
    world.add_bot(group.id, anna.id)
    chat = await bot.get_chat("@delegation")
    assert (chat.id, chat.title, chat.type) == (group.id, "Delegation", "supergroup")
    statuses = [(await bot.get_chat_member(group.id, user.id)).status for user in (anna, ben, stranger, world.bot)]
    assert statuses == ["creator", "member", "left", "member"]
    assert [member.user.id for member in await bot.get_chat_administrators(group.id)] == [anna.id]
    world.promote_bot(group.id, anna.id)
    assert len(await bot.get_chat_administrators(group.id)) == 1
    assert len(await bot.get_chat_administrators(group.id, return_bots=True)) == 2
    assert await bot.get_chat_member_count(group.id) == 3
    assert (await bot.get_chat(anna.id)).first_name == "Anna"
    with pytest.raises(BadRequest, match=r"^User not found$"):
        await bot.get_chat_member(group.id, 5)
    with pytest.raises(BadRequest, match=r"^There are no administrators in the private chat$"):
        await bot.get_chat_administrators(anna.id)
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await bot.get_chat(stranger.id)


async def test_the_bot_can_leave(bot, world, anna):
    group = world.add_group("Delegation", members=[], admins=[anna.id])
    world.add_bot(group.id, anna.id)
    world.updates.clear()
    await bot.leave_chat(group.id)
    [update] = await bot.get_updates()
    assert update.my_chat_member.new_chat_member.status == "left"
    world.send_text(anna.id, group.id, "/ask")
    assert await bot.get_updates(offset=update.update_id + 1) == ()


async def test_a_person_leaves_or_is_demoted_and_the_creator_stays(bot, world, anna, ben):
    group = world.add_group("Delegation", members=[ben.id], admins=[anna.id])
    world.promote(group.id, ben.id, anna.id)
    world.demote(group.id, ben.id, anna.id)
    assert world.status(group.id, ben.id).value == "member"
    world.kick(group.id, ben.id, ben.id)
    assert world.status(group.id, ben.id).value == "left"
    for impossible in (anna.id, ben.id):
        with pytest.raises(WorldError, match=r"cannot be taken out"):
            world.kick(group.id, impossible, anna.id)
    with pytest.raises(WorldError, match=r"is no administrator"):
        world.demote(group.id, anna.id, anna.id)


def test_what_people_cannot_do_with_groups(world, anna, ben):
    group = world.add_group("Delegation", members=[ben.id], admins=[anna.id])
    stranger = world.add_user("Stranger")
    with pytest.raises(WorldError, match=r"is not in the group"):
        world.add_bot(group.id, stranger.id)
    world.add_bot(group.id, ben.id)
    with pytest.raises(WorldError, match=r"in the group already"):
        world.add_bot(group.id, ben.id)
    with pytest.raises(WorldError, match=r"does not govern"):
        world.promote_bot(group.id, ben.id)
    with pytest.raises(WorldError, match=r"only forums have topics"):
        world.create_topic(group.id, "x")
    with pytest.raises(WorldError, match=r"at least one member"):
        world.add_group("Empty", members=[])
    with pytest.raises(WorldError, match=r"only supergroups have topics"):
        world.add_group("Forum", members=[anna.id], supergroup=False, forum=True)
    with pytest.raises(WorldError, match=r"nobody has the id 5"):
        world.person(5)
    with pytest.raises(WorldError, match=r"there is no chat 5"):
        world.chat(5)
