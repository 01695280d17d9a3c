"""Who may do what, by the settings and by what admins decided."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

import pytest
from telegram import ChatMemberAdministrator, ChatMemberMember, ChatMemberOwner, User

from bot.access.people import Role
from bot.access.rights import Rights, administers_chat, is_admin, is_editor, role_of
from bot.store import Store
from tests.bot.harness import make_settings
from tests.bot.updates import GROUP, PRIVATE, message, person, update

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from telegram import ChatMember

    from bot.services import Context, Services

CHANNEL = {"id": -200, "type": "channel", "title": "A channel"}
ADMIN, EDITOR, DIPLOMAT, GUEST, STRANGER = 7, 8, 9, 10, 11
DELEGATION = -300


class Known:
    """What ``role_of`` and the like take of the services."""

    def __init__(self, rights: Rights) -> None:
        self.rights = rights


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that admits an editor, a diplomat, a guest and a group."""
    with Store.open(tmp_path / "store.sqlite3") as made:
        made.people.admit(EDITOR, "Edit", Role.EDITOR, None, ADMIN)
        made.people.admit(DIPLOMAT, "Dana", Role.DIPLOMAT, "internal", ADMIN)
        made.people.admit(GUEST, "Gul", Role.GUEST, "restricted", ADMIN)
        made.people.admit(DELEGATION, "Delegation", None, "internal", ADMIN)
        yield made


def rights(store: Store, tmp_path: Path, **values: Any) -> Rights:
    """Rights by settings that name one admin and admit nobody else."""
    return Rights(make_settings(tmp_path, **{"admins": frozenset({ADMIN}), "open_to_all": False, **values}), store)


def known(store: Store, tmp_path: Path, **values: Any) -> Services:
    """Services with these rights and nothing else."""
    return cast("Services", Known(rights(store, tmp_path, **values)))


def test_roles_are_those_of_the_settings_and_of_what_admins_decided(store: Store, tmp_path: Path) -> None:
    found = [rights(store, tmp_path).role(one) for one in (ADMIN, EDITOR, DIPLOMAT, GUEST, STRANGER)]
    assert found == [Role.ADMIN, Role.EDITOR, Role.DIPLOMAT, Role.GUEST, None]


def test_where_the_bot_is_open_to_all_strangers_are_diplomats_and_others_what_they_are(
    store: Store, tmp_path: Path
) -> None:
    opened = rights(store, tmp_path, open_to_all=True)
    assert [opened.role(one) for one in (STRANGER, GUEST, EDITOR)] == [Role.DIPLOMAT, Role.GUEST, Role.EDITOR]
    assert opened.admits(-999)


def test_the_suspended_may_nothing_even_where_the_bot_is_open_to_all(store: Store, tmp_path: Path) -> None:
    for one in (DIPLOMAT, DELEGATION, EDITOR):
        store.people.suspend(one, True)
    opened = rights(store, tmp_path, open_to_all=True)
    assert opened.role(DIPLOMAT) is None and opened.is_suspended(DIPLOMAT)
    assert not opened.admits(DELEGATION)
    assert {opened.clearance_of(one) for one in (DIPLOMAT, DELEGATION, EDITOR)} == {"public"}
    store.people.suspend(DIPLOMAT, False)
    assert opened.role(DIPLOMAT) is Role.DIPLOMAT


def test_whom_the_settings_name_is_an_admin_whatever_was_decided(store: Store, tmp_path: Path) -> None:
    store.people.admit(ADMIN, "Ada", Role.GUEST, None, 99)
    store.people.suspend(ADMIN, True)
    found = rights(store, tmp_path)
    assert (found.role(ADMIN), found.is_suspended(ADMIN), found.clearance_of(ADMIN)) == (
        Role.ADMIN,
        False,
        "restricted",
    )


def test_admins_are_those_of_the_settings_and_those_made_in_the_chat_and_not_suspended(
    store: Store, tmp_path: Path
) -> None:
    store.people.admit(STRANGER, "New", Role.ADMIN, None, ADMIN)
    assert rights(store, tmp_path).admins == {ADMIN, STRANGER}
    store.people.suspend(STRANGER, True)
    assert rights(store, tmp_path).admins == {ADMIN}


def test_clearances(store: Store, tmp_path: Path) -> None:
    found = rights(store, tmp_path, clearance="internal", clearances={-400: "restricted"})
    assert {one: found.clearance_of(one) for one in (ADMIN, EDITOR, DIPLOMAT, GUEST, DELEGATION, -400, -500)} == {
        ADMIN: "restricted",
        EDITOR: "restricted",
        DIPLOMAT: "internal",
        # Whatever was given, a guest reads what anybody may.
        GUEST: "public",
        DELEGATION: "internal",
        -400: "restricted",
        -500: "internal",
    }


def test_a_clearance_that_is_in_use_no_longer_gives_nothing(store: Store, tmp_path: Path) -> None:
    found = rights(store, tmp_path, access_labels=("open", "closed"), clearance="closed")
    assert found.clearance_of(DIPLOMAT) == "open"


def test_a_group_is_admitted_by_an_admin_or_by_the_settings(store: Store, tmp_path: Path) -> None:
    found = rights(store, tmp_path, clearances={-400: "public"})
    assert [found.admits(chat) for chat in (DELEGATION, -400, -500)] == [True, True, False]


@pytest.mark.parametrize("written_as", [GROUP, CHANNEL])
def test_one_who_writes_as_a_group_or_channel_is_nobody_in_particular(
    written_as: dict[str, Any], store: Store, tmp_path: Path
) -> None:
    anonymous = update(message=message(chat=GROUP, sender_chat=written_as))
    services = known(store, tmp_path)
    assert (role_of(anonymous, services), is_admin(anonymous, services)) == (None, False)


def test_a_button_is_pressed_by_a_person_whoever_wrote_the_message(store: Store, tmp_path: Path) -> None:
    under = message(chat=GROUP, sender_chat=GROUP)
    pressed = {"id": "1", "chat_instance": "1", "data": "c:0:1", "message": under}
    services = known(store, tmp_path)
    assert is_admin(update(callback_query={**pressed, "from": person(ADMIN)}), services)
    assert not is_admin(update(callback_query={**pressed, "from": person(EDITOR)}), services)
    assert is_editor(update(callback_query={**pressed, "from": person(EDITOR)}), services)
    assert not is_editor(update(callback_query={**pressed, "from": person(DIPLOMAT)}), services)


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
        (message(chat=GROUP, sender_chat=CHANNEL), False),
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
