"""Following the world."""

from __future__ import annotations

import pytest

from bot.local.errors import WorldError
from bot.local.events import ChatChanged, MessageSent


def test_followers_are_told_of_everything_until_they_leave(world):
    seen = []
    unsubscribe = world.subscribe(seen.append)
    ben = world.add_user("Ben")
    world.send_text(ben.id, ben.id, "Hello")
    unsubscribe()
    unsubscribe()
    world.send_text(ben.id, ben.id, "Again")
    assert [type(event) for event in seen] == [ChatChanged, MessageSent]
    assert seen[1].message.text == "Hello"


async def test_the_bots_next_message_is_waited_for(bot, world, anna):
    first = await bot.send_message(anna.id, "One")
    assert (await world.bot_message(anna.id)).text == "One"
    with pytest.raises(TimeoutError):
        await world.bot_message(anna.id, after=first.message_id, timeout=0.01)


def test_the_history_is_in_order_and_the_last_message_is_known(world, anna):
    for text in ("One", "Two"):
        world.send_text(anna.id, anna.id, text)
    assert [message.text for message in world.history(anna.id)] == ["/start", "One", "Two"]
    assert world.last_message(anna.id).text == "Two"
    with pytest.raises(WorldError, match="no messages"):
        world.last_message(5)


def test_a_private_chat_is_named_after_its_person(world):
    ben = world.add_user("Ben", username="ben")
    chat = world.private_chat(ben.id)
    assert (chat.id, chat.title, chat.username) == (ben.id, "Ben", "ben")
    assert world.private_chat(ben.id) is chat
