"""Files of the web chat over HTTP: albums, samples, and what is passed on and taken back."""

from __future__ import annotations

import pytest

from tests.bot.local.page import Page


async def test_files_of_one_album_stay_together_and_may_reply(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    question = page.world.send_text(diplomat, diplomat, "Which files?")
    for name, caption in [("1.pdf", "Both rounds"), ("2.pdf", "")]:
        place = {"person": diplomat, "chat": diplomat, "reply_to": question.id, "album": "77"}
        assert (await page.upload(b"%PDF", **place, name=name, caption=caption)).status == 200
    first, second = page.world.history(diplomat)[1:]
    assert (first.extra, second.extra) == ({"media_group_id": "77"}, {"media_group_id": "77"})
    assert (first.text, second.text, first.reply_to) == ("Both rounds", "", question.id)


@pytest.mark.parametrize("kind", ["voice", "sticker", "photo", "location", "contact", "poll"])
async def test_a_sample_reaches_the_bot_and_is_named_on_the_page(page: Page, kind: str) -> None:
    diplomat = page.seeded.diplomat.id
    page.world.updates.clear()
    await page.done("sample", person=diplomat, chat=str(diplomat), kind=kind)
    update = page.world.updates.first()
    assert update is not None and kind in str(update[1]["message"])
    [view] = (await (await page.get("history", person=diplomat, chat=diplomat)).json())["messages"]
    assert view["what"] == (None if kind == "photo" else kind)
    await page.refused("sample", person=diplomat, chat=str(diplomat), kind="gift")


async def test_a_message_is_passed_on_between_a_persons_own_chats(page: Page) -> None:
    diplomat, admin, group = page.seeded.diplomat.id, page.seeded.admin.id, str(page.seeded.group.id)
    message = page.world.send_text(diplomat, diplomat, "Unity")
    body = {"chat": group, "source": str(diplomat), "message": message.id}
    await page.done("forward", person=diplomat, **body)
    view = (await (await page.get("history", person=diplomat, chat=group)).json())["messages"][-1]
    assert (view["text"], view["forwarded"]) == ("Unity", "Diplomat")
    assert await page.refused("forward", person=admin, **body) == "Admin is not in Diplomat."
    gone = await page.refused("forward", person=diplomat, **{**body, "message": 999})
    assert gone == "There is no such message in this chat."


async def test_a_message_is_taken_back_by_whoever_wrote_it(page: Page) -> None:
    diplomat, admin, group = page.seeded.diplomat.id, page.seeded.admin.id, str(page.seeded.group.id)
    message = page.world.send_text(admin, page.seeded.group.id, "Unity")
    assert "wrote no message" in await page.refused("take", person=diplomat, chat=group, message=message.id)
    await page.done("take", person=admin, chat=group, message=message.id)
    assert page.world.message(page.seeded.group.id, message.id) is None
