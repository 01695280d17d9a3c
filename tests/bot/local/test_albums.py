"""Albums of the bot."""

from __future__ import annotations

import pytest
from telegram import InputMediaDocument


def text_file(name):
    return InputMediaDocument(name.encode(), filename=f"{name}.txt")


async def test_an_album_of_one_is_a_message_like_any_other(bot, anna):
    [message] = await bot.send_media_group(anna.id, [text_file("one")])
    assert message.media_group_id is None


async def test_two_albums_are_two(bot, anna):
    first, second = [await bot.send_media_group(anna.id, [text_file("one"), text_file("two")]) for _ in range(2)]
    assert first[0].media_group_id == first[1].media_group_id != second[0].media_group_id


async def test_what_is_passed_on_leaves_its_album(bot, world, anna):
    message, _ = await bot.send_media_group(anna.id, [text_file("one"), text_file("two")])
    assert (await bot.forward_message(anna.id, anna.id, message.message_id)).media_group_id is None
    copy = await bot.copy_message(anna.id, anna.id, message.message_id)
    assert world.message(anna.id, copy.message_id).extra == {}


@pytest.mark.parametrize(
    ("media", "refusal"),
    [
        ([], "there are no messages to send"),
        (
            [{"type": "document", "media": "attach://x"}, {"type": "document", "media": "attach://y"}],
            "can't parse InputMedia: media not found",
        ),
        ([{"type": "video", "media": "x"}], 'albums of type "video" are not known to the local server'),
        ([{"type": "document"}], 'can\'t find field "media"'),
        (["x"], "InputMedia must be an Object"),
    ],
)
async def test_an_album_that_cannot_be_is_refused_whole(call, world, anna, media, refusal):
    before = len(world.history(anna.id))
    status, answer = await call("sendMediaGroup", chat_id=anna.id, media=media)
    assert (status, answer["description"]) == (400, f"Bad Request: {refusal}")
    assert len(world.history(anna.id)) == before
