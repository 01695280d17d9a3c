"""What people write, and what of it the bot hears."""

from __future__ import annotations

import pytest

from bot.local.errors import WorldError
from bot.local.people import OTHER_KINDS
from bot.local.world import World

TOKEN = "123456789:AAtesttokentesttokentesttoken"


def heard(world):
    """The texts of the updates that wait."""
    return [
        update[kind].get("text") or update[kind].get("caption")
        for _, update in world.updates._pending.values()
        for kind in update
        if kind in ("message", "edited_message")
    ]


@pytest.fixture
def group(world, anna):
    group = world.add_group("Delegation", members=[], admins=[anna.id])
    world.add_bot(group.id, anna.id)
    world.updates.clear()
    return group


def test_a_text_is_cleaned_and_its_entities_found(world, anna):
    message = world.send_text(anna.id, anna.id, " /ask\twho\r\nat un.org? ")
    assert message.text == "/ask who\nat un.org?"
    assert [(entity.type, entity.of(message.text)) for entity in message.entities] == [
        ("bot_command", "/ask"),
        ("url", "un.org"),
    ]


def test_in_privacy_mode_commands_and_replies_to_the_bot_are_heard(world, anna, group):
    world.send_text(anna.id, group.id, "Good morning")
    world.send_text(anna.id, group.id, "@rapporteur_local_bot who?")
    world.send_text(anna.id, group.id, "/ask@other_bot who?")
    command = world.send_text(anna.id, group.id, "well, /ask who?")
    world.send_text(anna.id, group.id, "/ask@Rapporteur_Local_bot who?")
    world.send_text(anna.id, group.id, "a reply to myself", reply_to=command.id)
    assert heard(world) == ["well, /ask who?", "/ask@Rapporteur_Local_bot who?"]


async def test_a_reply_to_the_bot_is_heard(bot, world, anna, group):
    answer = await bot.send_message(group.id, "Answer")
    world.send_text(anna.id, group.id, "and then?", reply_to=answer.message_id)
    assert heard(world) == ["and then?"]


def test_an_administrator_and_a_bot_without_privacy_hear_everything(world, anna, group):
    world.promote_bot(group.id, anna.id)
    world.send_text(anna.id, group.id, "Good morning")
    assert heard(world) == ["Good morning"]
    open_world = World(TOKEN, privacy_mode=False)
    ben = open_world.add_user("Ben")
    other = open_world.add_group("Group", members=[ben.id])
    open_world.add_bot(other.id, ben.id)
    open_world.send_text(ben.id, other.id, "Good morning")
    assert heard(open_world)[-1] == "Good morning"


def test_plain_mentions_are_heard_where_the_world_says_so():
    world = World(TOKEN, "some_bot", mentions_pass=True)
    ben = world.add_user("Ben")
    group = world.add_group("Group", members=[ben.id])
    world.add_bot(group.id, ben.id)
    world.updates.clear()
    for text in ("@some_bot who?", "@other_bot who?", "who? @Some_Bot"):
        world.send_text(ben.id, group.id, text)
    assert heard(world) == ["@some_bot who?", "who? @Some_Bot"]


async def test_edits_are_heard_as_edits(bot, world, anna, clock):
    message = world.send_text(anna.id, anna.id, "Who?")
    clock.advance(5)
    world.edit_text(anna.id, anna.id, message.id, "Who agreed?")
    sent, edited = await bot.get_updates()
    assert (sent.message.text, edited.edited_message.text) == ("Who?", "Who agreed?")
    assert (edited.edited_message.edit_date - edited.edited_message.date).total_seconds() == 5


@pytest.mark.parametrize("kind", OTHER_KINDS)
async def test_other_kinds_of_message_reach_the_library(bot, world, anna, kind):
    world.send_other(anna.id, anna.id, kind)
    [update] = await bot.get_updates()
    value = getattr(update.message, kind)
    assert value
    assert update.message.text is None


async def test_a_voice_message_can_be_fetched(bot, world, anna):
    world.send_other(anna.id, anna.id, "voice")
    [update] = await bot.get_updates()
    assert bytes(await (await update.message.voice.get_file()).download_as_bytearray()).startswith(b"OggS")


async def test_reactions_are_told_to_a_bot_that_asked_and_in_groups_only_if_it_governs(bot, world, anna, group):
    await bot.get_updates(allowed_updates=["message_reaction"])
    private = await bot.send_message(anna.id, "Answer")
    public = await bot.send_message(group.id, "Answer")
    world.react(anna.id, anna.id, private.message_id, "👍")
    world.react(anna.id, group.id, public.message_id, "👎")
    [update] = await bot.get_updates()
    assert (update.message_reaction.chat.id, update.message_reaction.user.id) == (anna.id, anna.id)
    with pytest.raises(WorldError, match=r"sees no message"):
        world.react(anna.id, anna.id, 999, "👍")


async def test_forwarding_keeps_the_first_origin(bot, world, anna, group):
    answer = await bot.send_message(anna.id, "Answer")
    first = world.forward(anna.id, anna.id, world.message(anna.id, answer.message_id))
    second = world.forward(anna.id, anna.id, first)
    _, update = await bot.get_updates()
    assert update.message.forward_origin.sender_user.id == world.bot.id
    assert (second.text, second.forwarded) == ("Answer", first.forwarded)


async def test_anonymous_administrators_write_as_the_group(bot, world, anna, group):
    world.promote(group.id, anna.id, anna.id, anonymous=True)
    world.send_text(anna.id, group.id, "/ask who?")
    [update] = await bot.get_updates()
    assert (update.message.sender_chat.id, update.message.from_user.username) == (group.id, "GroupAnonymousBot")


async def test_a_reply_in_a_supergroup_belongs_to_a_thread_that_is_no_topic(bot, world, anna, group):
    answer = await bot.send_message(group.id, "Answer")
    world.send_text(anna.id, group.id, "and?", reply_to=answer.message_id)
    [update] = await bot.get_updates()
    assert (update.message.message_thread_id, update.message.is_topic_message) == (answer.message_id, None)
    sent = await bot.send_message(group.id, "So", message_thread_id=answer.message_id)
    assert sent.message_thread_id == answer.message_id


def test_people_delete_what_is_theirs(world, anna, group):
    ben = world.add_user("Ben")
    world.join(group.id, ben.id)
    message = world.send_text(anna.id, group.id, "Hello")
    with pytest.raises(WorldError, match=r"wrote no message"):
        world.delete_message(ben.id, group.id, message.id)
    world.delete_message(anna.id, group.id, message.id)
    assert world.message(group.id, message.id) is None


def test_what_people_cannot_write(world, anna, group):
    stranger = world.add_user("Stranger")
    for impossible, reason in [
        (lambda: world.send_text(anna.id, anna.id, " \u200b"), "neither empty"),
        (lambda: world.send_text(anna.id, anna.id, "a" * 4097), "nor longer than 4096"),
        (lambda: world.send_text(stranger.id, group.id, "Hello"), "Stranger is not in Delegation"),
        (lambda: world.send_text(anna.id, anna.id, "Hello", reply_to=999), "no message 999"),
        (lambda: world.send_other(anna.id, anna.id, "gift"), "cannot send 'gift'"),
        (lambda: world.send_document(anna.id, anna.id, "a", b"x", caption="a" * 1025), "longer than 1024"),
        (lambda: world.edit_text(stranger.id, anna.id, 1, "x"), "wrote no message"),
    ]:
        with pytest.raises(WorldError, match=reason):
            impossible()
    world.block_bot(anna.id)
    with pytest.raises(WorldError, match=r"has blocked the bot"):
        world.send_text(anna.id, anna.id, "Hello")


def test_a_token_must_look_like_one():
    with pytest.raises(ValueError, match=r"a token is digits"):
        World("nonsense")
