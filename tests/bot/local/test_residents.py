"""The people of a closed world, and the rights that accounts give them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.access.accounts import Account
from bot.clock import ManualClock
from bot.local.models import Status
from bot.local.residents import Residents
from bot.local.world import World
from tests.bot.harness import make_settings
from tests.bot.local.closed import TOKEN

ANNA = Account(2_000_000_001, "anna", True, None, "hash", False, 0.0)
BORIS = Account(2_000_000_002, "boris", False, "internal", "hash", False, 0.0)
DANIYAR = Account(2_000_000_003, "daniyar", False, None, "hash", False, 0.0)


@pytest.fixture
def world() -> World:
    return World(TOKEN, clock=ManualClock(1_767_225_600.0 + 5000))


@pytest.fixture
def residents(world: World) -> Residents:
    living = Residents(world, "public")
    living.settle((BORIS, ANNA, DANIYAR))
    return living


def test_everybody_has_a_private_chat_and_all_have_a_group_with_the_bot(world: World, residents: Residents) -> None:
    group = next(chat for chat in world.chats.values() if chat.id < 0)
    assert group.title == "Delegation"
    statuses = {person: world.status(group.id, person) for person in (ANNA.person, BORIS.person, world.bot.id)}
    assert statuses == {ANNA.person: Status.CREATOR, BORIS.person: Status.MEMBER, world.bot.id: Status.MEMBER}
    for account in (ANNA, BORIS, DANIYAR):
        assert world.person(account.person).first_name == account.name
        assert world.chats[account.person].id == account.person
        assert world.reachable(account.person).id == account.person


def test_whoever_is_new_joins_and_nobody_comes_twice(world: World, residents: Residents) -> None:
    gulnara = replace(DANIYAR, person=2_000_000_004, name="gulnara")
    group = next(chat.id for chat in world.chats.values() if chat.id < 0)
    for _ in range(2):
        residents.settle((ANNA, BORIS, DANIYAR, gulnara))
    assert world.status(group, gulnara.person) is Status.MEMBER
    joined = [message for message in world.history(group) if "new_chat_members" in message.extra]
    assert len(joined) == 2


def test_who_is_suspended_at_first_comes_in_when_resumed(world: World) -> None:
    residents = Residents(world, "public")
    residents.settle((ANNA, replace(BORIS, suspended=1.0)))
    assert BORIS.person not in world.people
    residents.settle((ANNA, BORIS))
    assert BORIS.person in world.people


def test_a_group_without_an_admin_has_the_bot_too(world: World) -> None:
    Residents(world, "public").settle((BORIS, DANIYAR))
    group = next(chat.id for chat in world.chats.values() if chat.id < 0)
    assert world.status(group, world.bot.id).is_present


def test_rights_are_those_that_the_accounts_say_now(world: World, residents: Residents, tmp_path: Path) -> None:
    """The bot's own settings ask them, as they would ask what was set."""
    rights = {"admins": residents.admins, "clearances": residents.clearances}
    settings = make_settings(tmp_path).model_copy(update=rights)
    group = next(chat.id for chat in world.chats.values() if chat.id < 0)
    everybody = (ANNA.person, BORIS.person, DANIYAR.person, group)
    assert [settings.clearance_of(chat) for chat in everybody] == ["restricted", "internal", "public", "public"]
    assert (sorted(settings.admins), bool(settings.admins)) == ([ANNA.person], True)
    residents.settle((replace(ANNA, suspended=1.0), replace(BORIS, suspended=1.0), replace(DANIYAR, is_admin=True)))
    assert [settings.clearance_of(chat) for chat in everybody] == ["public", "public", "restricted", "public"]
    assert sorted(settings.admins) == [DANIYAR.person]


def test_a_group_reads_at_the_lowest_label_whatever_people_may_by_default(
    world: World, residents: Residents, tmp_path: Path
) -> None:
    rights = {"admins": residents.admins, "clearances": residents.clearances}
    settings = make_settings(tmp_path, clearance="restricted").model_copy(update=rights)
    assert [settings.clearance_of(chat) for chat in (DANIYAR.person, -1, -1_001_000_000_001)] == [
        "restricted",
        "public",
        "public",
    ]


def test_no_message_has_the_number_of_one_of_before(world: World, residents: Residents) -> None:
    sent = world.send_text(BORIS.person, BORIS.person, "Hello")
    group = next(chat.id for chat in world.chats.values() if chat.id < 0)
    assert (sent.id, world.send_text(BORIS.person, group, "Hello").id) == (5000, 5001)


def test_the_language_of_the_page_is_that_of_its_person(world: World, residents: Residents) -> None:
    residents.speak(BORIS.person, "kk")
    assert world.person(BORIS.person).language_code == "kk"
