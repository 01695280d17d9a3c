"""Every update passes the gate before any handler, and ends there unless its sender may ask where it comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from telegram import Update
from telegram.error import TimedOut
from telegram.ext import BaseHandler, CallbackQueryHandler, ChatMemberHandler, CommandHandler, TypeHandler

from bot.access import gate
from bot.access.gate import Verdict, judge
from bot.access.groups import membership, migrated
from bot.access.people import Role
from bot.running.postponed import Undelivered
from corpus.database import DatabaseError
from tests.bot.harness import delegation, quotations, said_by_bot
from tests.bot.updates import BOT, message, person, update

if TYPE_CHECKING:
    from bot.local.models import Message
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
STRANGER = 4_000_000_000
GROUP = {"id": -1_000_000_000_777, "type": "supergroup", "title": "Elsewhere"}
QUESTION = "How many lorries crossed the northern bridge?"


def command(text: str, **fields: Any) -> dict[str, Any]:
    """A command of a stranger in a private chat, unless another chat is given."""
    entity = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
    return sent(text, entities=[entity], **fields)


def sent(text: str | None = "Hello", **fields: Any) -> dict[str, Any]:
    """A message of a stranger in a private chat, unless another chat is given."""
    private = {"id": STRANGER, "type": "private", "first_name": "Anna"}
    made = message(text or "", chat=fields.pop("chat", private), by=person(STRANGER), **fields)
    return made if text is not None else {name: value for name, value in made.items() if name != "text"}


def pressed(data: str, chat: dict[str, Any] | None = None) -> dict[str, Any]:
    """A press by a stranger."""
    under = {**(sent(chat=chat) if chat else sent()), "from": BOT}
    return {"id": "1", "chat_instance": "1", "data": data, "message": under, "from": person(STRANGER)}


def fitting(pattern: re.Pattern[str]) -> str:
    """Data of a button that a pattern takes; the first found, for to look for the simplest takes seconds."""
    first = settings(parent=settings(), phases=[Phase.generate])
    return find(st.from_regex(pattern, fullmatch=True), lambda _: True, settings=first)


def samples(bot: Running) -> list[Update]:
    """Updates of a stranger, in private and in a group that is not admitted, such as each handler is for."""
    found: list[dict[str, Any]] = []
    for handler in bot.application.handlers[0]:
        if isinstance(handler, CommandHandler):
            for name in handler.commands:
                found += [{"message": command(f"/{name} 8")}, {"message": command(f"/{name} 8", chat=GROUP)}]
        elif isinstance(handler, CallbackQueryHandler):
            pattern = handler.pattern
            data = fitting(pattern) if isinstance(pattern, re.Pattern) else "anything"
            found += [{"callback_query": pressed(data)}, {"callback_query": pressed(data, GROUP)}]
    name = f"@{bot.application.bot.username}"
    mention = [{"type": "mention", "offset": 0, "length": len(name)}]
    file = {"file_id": "a", "file_unique_id": "b", "file_name": "a.md"}
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "x"}
    found += [
        {"message": sent(QUESTION)},
        {"message": sent(f"{name} {QUESTION}", entities=mention, chat=GROUP)},
        {"message": command("/nothing")},
        {"message": sent(QUESTION, forward_origin=origin)},
        {"message": sent(None, document=file)},
        {"message": sent(None, document=file, caption=QUESTION)},
        {"message": sent(None, caption=QUESTION, voice={"file_id": "a", "file_unique_id": "b", "duration": 1})},
        {"message": sent(None, voice={"file_id": "a", "file_unique_id": "b", "duration": 1})},
        {"edited_message": sent(QUESTION)},
        {"edited_message": sent(f"{name} {QUESTION}", entities=mention, chat=GROUP)},
        {"inline_query": {"id": "1", "from": person(STRANGER), "query": QUESTION, "offset": ""}},
    ]
    made = [update(number, **content) for number, content in enumerate(found, 1)]
    for one in made:
        one.set_bot(bot.application.bot)
        for inner in (one.message, one.edited_message, one.callback_query, one.inline_query):
            if inner is not None:
                inner.set_bot(bot.application.bot)
    return made


async def test_the_gate_comes_first_and_nothing_else_comes_with_it(desk: Desk) -> None:
    async with desk.bot() as bot:
        handlers = bot.application.handlers
    assert sorted(handlers) == [-1, 0]
    (first,) = handlers[-1]
    assert isinstance(first, TypeHandler)
    assert first.callback is gate.gate and first.type is Update and first.strict is False


def guarded_handlers(bot: Running) -> list[BaseHandler[Any, Any, Any]]:
    """All handlers but those that strangers reach, too."""
    return [handler for handler in bot.application.handlers[0] if handler.callback not in (membership, migrated)]


def watched(bot: Running, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The guarded handlers that are reached from now on, which do nothing else any more."""
    reached: list[str] = []
    for number, handler in enumerate(guarded_handlers(bot)):

        async def note(update: Update, context: Any, name: str = f"{number} {handler}") -> None:
            reached.append(name)

        monkeypatch.setattr(handler, "callback", note)
    return reached


async def test_no_handler_is_reached_by_one_who_is_not_admitted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every registered handler would take one of the updates, and none of them gets it."""
    async with desk.bot(open_to_all=False) as bot:
        tried, guarded = samples(bot), guarded_handlers(bot)
        reached = watched(bot, monkeypatch)
        unmatched = [handler for handler in guarded if not any(handler.check_update(one) for one in tried)]
        for one in tried:
            await bot.application.process_update(one)
        # The same updates reach them where the bot is open to all.
        assert unmatched == []
        assert reached == []
        monkeypatch.setattr(type(bot.services.settings), "__eq__", object.__eq__)
        object.__setattr__(bot.services, "settings", bot.services.settings.model_copy(update={"open_to_all": True}))
        for one in tried:
            await bot.application.process_update(one)
    assert len(set(reached)) == len(guarded)


@pytest.mark.parametrize("error", [Undelivered(5.0), DatabaseError("The store is locked."), TimedOut(), TypeError()])
async def test_where_the_gate_itself_fails_nothing_gets_past_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail(*_: Any, **__: Any) -> bool:
        raise error

    async with desk.bot(open_to_all=False) as bot:
        reached = watched(bot, monkeypatch)
        for place in ("within_limits", "_refuse", "_enters"):
            with monkeypatch.context() as patch:
                patch.setattr(gate, place, fail)
                await bot.application.process_update(update(1, message=sent(QUESTION)))
    assert reached == []


async def test_only_membership_and_the_moving_of_groups_pass_unasked(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        others = [handler for handler in bot.application.handlers[0] if handler.callback in (membership, migrated)]
        assert [type(handler) for handler in others if handler.callback is membership] == [ChatMemberHandler]
        moved = update(1, message=sent(None, chat=GROUP, migrate_from_chat_id=-5))
        assert judge(moved, bot.services, "some_bot", 42) is Verdict.PASSES


@pytest.mark.parametrize(
    "content",
    [
        {"channel_post": message(chat={"id": -9, "type": "channel", "title": "C"})},
        {"edited_channel_post": message(chat={"id": -9, "type": "channel", "title": "C"})},
        {"message": message(chat={"id": -9, "type": "channel", "title": "C"})},
        {"poll_answer": {"poll_id": "1", "user": person(7), "option_ids": [0], "option_persistent_ids": ["a"]}},
        {"invented_later": {"from": person(7)}},
        {},
        {
            "callback_query": {
                "id": "1",
                "chat_instance": "1",
                "from": person(7),
                "inline_message_id": "x",
                "data": "c:",
            }
        },
        {"message": message("chatter", chat=GROUP)},
        {"message": command("/ask@other_bot who?", chat=GROUP)},
    ],
)
async def test_what_is_not_for_the_bot_ends_at_the_gate_even_of_an_admin(content: dict[str, Any], desk: Desk) -> None:
    async with desk.bot() as bot:
        services = bot.services
        services.store.people.admit(7, "Ada", Role.ADMIN, None, None)
        assert judge(update(1, **content), services, "some_bot", 42) is Verdict.IGNORED


async def test_a_group_is_nobody_s_until_an_admin_admits_it(desk: Desk) -> None:
    """Not even the admin is answered there, where everybody could read it."""
    async with desk.bot(open_to_all=False) as bot:
        desk.world.add_group("Elsewhere", members=[desk.anna.id, desk.admin.id])
        group = desk.world.add_group("Talks", members=[desk.anna.id], admins=[desk.admin.id])
        desk.world.add_bot(group.id, by=desk.anna.id)
        first = await bot.world.bot_message(group.id)
        desk.world.send_text(desk.admin.id, group.id, f"/ask {QUESTION}")
    async with desk.bot(open_to_all=False) as bot:
        refused = await bot.ask(desk.admin, f"/ask {QUESTION}", group.id)
        bot.services.store.people.admit(group.id, "Talks", None, "public", desk.admin.id)
        answer = await bot.ask(desk.admin, f"/ask {QUESTION}", group.id)
        said = len(said_by_bot(desk.world, group.id))
    expected = f"An administrator of this bot has to admit this group first. Its number is {group.id}."
    assert (first.text, refused.text) == (expected, expected)
    assert quotations(answer) or answer.text
    assert said == 3


async def test_in_an_admitted_group_only_the_known_may_ask_unless_the_settings_let_all(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot(open_to_all=False) as bot:
        refused = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        bot.services.store.people.admit(desk.anna.id, "Anna", Role.GUEST, None, desk.admin.id)
        known = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        bot.services.store.people.remove(desk.anna.id)
    async with desk.bot(open_to_all=False, known_in_groups=False) as bot:
        anyone = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        alone = await bot.ask(desk.anna, QUESTION)
        bot.services.store.people.admit(desk.anna.id, "Anna", Role.GUEST, None, desk.admin.id)
        bot.services.store.people.suspend(desk.anna.id, True)
        desk.world.send_text(desk.anna.id, group.id, f"/ask {QUESTION}")
        suspended = await bot.ask(desk.anna, QUESTION)
        before = len(said_by_bot(desk.world, group.id))
    assert refused.text.startswith("This bot answers only those whom")
    assert alone.text.startswith("This bot answers only those whom")
    assert not any(text.startswith("This bot answers") for text in (known.text, anyone.text))
    assert suspended.text == "An administrator of this bot has suspended access here."
    assert before == 4


async def test_an_anonymous_administrator_is_the_group_and_a_channel_is_nobody(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    desk.world.promote(group.id, desk.anna.id, by=desk.admin.id, anonymous=True)
    async with desk.bot(open_to_all=False) as bot:
        bot.services.store.people.admit(desk.anna.id, "Anna", Role.DIPLOMAT, None, desk.admin.id)
        known_only = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
    async with desk.bot(open_to_all=False, known_in_groups=False) as bot:
        anyone = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        services = bot.services
        channel = {"id": -55, "type": "channel", "title": "C"}
        chat = {"id": group.id, "type": "supergroup", "title": "Delegation"}
        written = command("/ask who?", chat=chat, sender_chat=channel)
        assert judge(update(1, message=written), services, "some_bot", 42) is Verdict.NAMELESS
    assert known_only.text == "Here I answer only people whom I know; please write under your own name."
    assert anyone.text != known_only.text


async def test_a_group_that_loses_the_bot_is_admitted_no_longer(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot(open_to_all=False) as bot:
        answer: Message = await bot.ask(desk.admin, f"/ask {QUESTION}", group.id)
        assert bot.services.rights.admits(group.id)
        desk.world.remove_bot(group.id, by=desk.admin.id)
        await bot.ask(desk.admin, "/help")
    async with desk.bot(open_to_all=False) as bot:
        assert not bot.services.rights.admits(group.id)
        # What was pressed there before is not answered any more.
        data = answer.buttons[0].value if answer.buttons else "c:0:1"
        chat = {"id": group.id, "type": "supergroup", "title": "Delegation"}
        late = {**pressed(data, chat), "from": person(desk.admin.id)}
        assert judge(update(1, callback_query=late), bot.services, "some_bot", 42) is Verdict.GROUP
