"""Who may ask, reload and subscribe."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

import pytest
from telegram import ChatMemberAdministrator, ChatMemberMember, ChatMemberOwner, User

from bot.access import administers_chat, is_admin, may_ask
from tests.bot.harness import make_settings
from tests.bot.updates import GROUP, PRIVATE, message, person, update

if TYPE_CHECKING:
    from pathlib import Path

    from telegram import ChatMember

    from bot.services import Context
    from bot.settings import Settings

OTHER_GROUP = {"id": -200, "type": "channel", "title": "A channel"}


@pytest.fixture
def closed(tmp_path: Path) -> Settings:
    """Settings that admit the person 7, an admin, and nobody else."""
    return make_settings(tmp_path, admins=frozenset({7}), open_to_all=False)


def test_an_admin_may_ask_where_others_may_not(closed: Settings) -> None:
    admin, other = update(message=message()), update(message=message(by=person(8)))
    assert (is_admin(admin, closed), may_ask(admin, closed)) == (True, True)
    assert (is_admin(other, closed), may_ask(other, closed)) == (False, False)


def test_all_may_ask_where_the_settings_say_so_and_are_no_admins_for_that(closed: Settings) -> None:
    opened = closed.model_copy(update={"open_to_all": True})
    other = update(message=message(by=person(8)))
    assert (is_admin(other, opened), may_ask(other, opened)) == (False, True)


@pytest.mark.parametrize("written_as", [GROUP, OTHER_GROUP])
def test_one_who_writes_as_a_group_or_channel_is_nobody_in_particular(
    written_as: dict[str, Any], closed: Settings
) -> None:
    anonymous = update(message=message(chat=GROUP, sender_chat=written_as))
    assert (is_admin(anonymous, closed), may_ask(anonymous, closed)) == (False, False)


def test_a_button_is_pressed_by_a_person_whoever_wrote_the_message(closed: Settings) -> None:
    under = message(chat=GROUP, sender_chat=GROUP)
    pressed = {"id": "1", "chat_instance": "1", "data": "c:0:1", "message": under}
    assert is_admin(update(callback_query={**pressed, "from": person(7)}), closed)
    assert not may_ask(update(callback_query={**pressed, "from": person(8)}), closed)


class _Asked:
    """A context whose bot knows one member."""

    def __init__(self, member: ChatMember) -> None:
        self.bot = self
        self.member = member
        self.asked: list[tuple[int, int]] = []

    async def get_chat_member(self, chat: int, user: int) -> ChatMember:
        """The member."""
        self.asked.append((chat, user))
        return self.member


USER = User(7, "Anna", False)
_RIGHTS = dict.fromkeys(inspect.signature(ChatMemberAdministrator).parameters, False)
ADMINISTRATOR = ChatMemberAdministrator(**{**_RIGHTS, "user": USER, "custom_title": None, "api_kwargs": None})  # type: ignore[arg-type]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("member", "may"), [(ChatMemberOwner(USER, False), True), (ADMINISTRATOR, True), (ChatMemberMember(USER), False)]
)
async def test_in_a_group_its_administrators_subscribe_it(member: ChatMember, may: bool) -> None:
    context = _Asked(member)
    assert await administers_chat(update(message=message(chat=GROUP)), cast("Context", context)) is may
    assert context.asked == [(-100, 7)]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("content", "may"),
    [
        (message(chat=PRIVATE), True),
        (message(chat=GROUP, sender_chat=GROUP), True),
        (message(chat=GROUP, sender_chat=OTHER_GROUP), False),
    ],
)
async def test_whom_telegram_need_not_be_asked_about(content: dict[str, Any], may: bool) -> None:
    context = _Asked(ChatMemberMember(USER))
    assert await administers_chat(update(message=content), cast("Context", context)) is may
    assert context.asked == []


@pytest.mark.asyncio
@pytest.mark.parametrize(("member", "may"), [(ADMINISTRATOR, True), (ChatMemberMember(USER), False)])
async def test_who_presses_is_asked_about_whoever_wrote_the_message(member: ChatMember, may: bool) -> None:
    context = _Asked(member)
    content = update(
        callback_query={
            "id": "1",
            "from": USER.to_dict(),
            "chat_instance": "1",
            "data": "x",
            "message": message(chat=GROUP, sender_chat=GROUP),
        }
    )
    assert await administers_chat(content, cast("Context", context)) is may
    assert context.asked == [(-100, 7)]
