"""People and groups come in: the first admin by a code of the start, others invited or asking, an admin deciding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.access import admitting
from bot.access.admission import first_admin_code, make_invitation
from bot.access.people import Role
from tests.bot.harness import delegation, forged, quotations, said_by_bot, shown

if TYPE_CHECKING:
    from bot.local.models import Message, Person
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
QUESTION = "What was said about the exchange of detainees?"
REFUSAL = "This bot answers only those whom its administrators admit"
NO_LONGER = "This button no longer works; please ask again."
GOOD_NO_LONGER = "This invitation is no longer good; ask for another."


def button(message: Message, label: str) -> str:
    """The data of the button with that label."""
    return next(one.value for one in message.buttons if one.text == label)


async def now(desk: Desk, message: Message, label: str) -> Message:
    """A message of the bot's to the admin as it is once it has a button with that label."""
    return await shown(
        desk.world,
        desk.admin.id,
        lambda one: one.id == message.id and any(other.text == label for other in one.buttons),
    )


async def press(bot: Running, person: Person, message: Message, label: str) -> str:
    """Press the button with that label, and return what is said at once."""
    return (await bot.press(person, message, button(message, label))).text


async def test_the_first_admin_shows_the_code_of_the_start_and_nobody_does_so_again(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        assert first_admin_code(bot.services) is None
        object.__setattr__(
            bot.services, "settings", bot.services.settings.model_copy(update={"admins": frozenset[int]()})
        )
        early = first_admin_code(bot.services)
        code = first_admin_code(bot.services)
        assert code is not None
        too_early = await bot.ask(desk.anna, f"/start {early}")
        welcome = await bot.ask(desk.anna, f"/start {code}")
        again = await bot.ask(desk.admin, f"/start {code}")
        assert first_admin_code(bot.services) is None
        assert bot.services.rights.admins == {desk.anna.id}
        people = await bot.ask(desk.anna, "/people")
    assert too_early.text == GOOD_NO_LONGER
    assert welcome.text.startswith("You have been admitted.")
    assert "You are an administrator of this bot" in welcome.text
    assert again.text == GOOD_NO_LONGER
    assert people.text == "1 is admitted or asks to be."


async def test_an_invitation_admits_one_person_with_what_it_says(desk: Desk) -> None:
    other = desk.world.add_user("Bela")
    async with desk.bot(open_to_all=False) as bot:
        made = await bot.ask(desk.admin, "/invite diplomat internal 24")
        code = made.text.partition("?start=")[2].split()[0]
        welcome = await bot.ask(desk.anna, f"/start {code}")
        late = await bot.ask(other, f"/start {code}")
        told = await shown(desk.world, desk.admin.id, lambda message: "came in with an invitation" in message.text)
        once_more = await bot.ask(desk.anna, f"/start {code}")
        answer = await bot.ask(desk.anna, QUESTION)
        one = bot.services.store.people.of(desk.anna.id)
    assert "for 24 hours" in made.text
    assert "Documents up to “internal” are searched here." in welcome.text
    assert one is not None and (one.role, one.clearance, one.by) == (Role.DIPLOMAT, "internal", desk.admin.id)
    assert late.text == GOOD_NO_LONGER
    assert str(desk.anna.id) in told.text
    assert once_more.text == "You are admitted already."
    assert quotations(answer)
    assert code not in (desk.indexed.data / "store.sqlite3").read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    "words", ["king", "diplomat diplomat", "internal restricted", "0", "24 48", "99999999999", "-1"]
)
async def test_an_invitation_that_says_what_there_is_not_is_none(words: str, desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        reply = await bot.ask(desk.admin, f"/invite {words}")
    assert reply.text.startswith("Write a role (admin, editor, diplomat, guest)")


async def test_nobody_but_an_admin_invites_or_sees_people_and_only_in_private(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot(open_to_all=False) as bot:
        bot.services.store.people.admit(desk.anna.id, "Anna", Role.EDITOR, None, desk.admin.id)
        replies = [
            await bot.ask(person, words, chat)
            for words in ("/invite", "/people", f"/people {desk.admin.id}")
            for person, chat in ((desk.anna, None), (desk.anna, group.id), (desk.admin, group.id))
        ]
    assert {reply.text for reply in replies} == {
        "Only an administrator of this bot may do that, in a private chat with it."
    }


async def test_a_stranger_asks_and_an_admin_admits(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        await bot.ask(desk.admin, "/start")
        refused = await bot.ask(desk.anna, QUESTION)
        said = await press(bot, desk.anna, refused, "Ask to be admitted")
        card = await shown(desk.world, desk.admin.id, lambda message: "asks to be admitted" in message.text)
        again = await press(bot, desk.anna, refused, "Ask to be admitted")
        await press(bot, desk.admin, card, "Admit as guest")
        welcome = await shown(
            desk.world, desk.anna.id, lambda message: message.text.startswith("You have been admitted")
        )
        decided = await shown(desk.world, desk.admin.id, lambda message: message.text.endswith("admitted."))
        answer = await bot.ask(desk.anna, QUESTION)
        one = bot.services.store.people.of(desk.anna.id)
    assert refused.text.startswith(REFUSAL)
    assert said == "You have asked; an administrator decides, and I shall tell you."
    assert again == "You have asked already; an administrator decides."
    assert f"(id {desk.anna.id})" in card.text
    assert decided.id == card.id and not decided.buttons
    assert welcome.id < answer.id
    assert one is not None and (one.role, one.clearance) == (Role.GUEST, None)


async def test_one_who_is_refused_is_told_and_cannot_ask_at_once(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        await bot.ask(desk.admin, "/start")
        refused = await bot.ask(desk.anna, "/start")
        await press(bot, desk.anna, refused, "Ask to be admitted")
        card = await shown(desk.world, desk.admin.id, lambda message: "asks to be admitted" in message.text)
        await press(bot, desk.admin, card, "Refuse")
        told = await shown(desk.world, desk.anna.id, lambda message: message.text.endswith("has refused that."))
        late = (await bot.press(desk.admin, forged(bot, card, f"rq:d:{desk.anna.id}"), f"rq:d:{desk.anna.id}")).text
        again = await press(bot, desk.anna, refused, "Ask to be admitted")
        question = await bot.ask(desk.anna, QUESTION)
    assert told.id > refused.id
    assert late == "That has been decided already."
    assert again == "You have asked already; an administrator decides."
    assert question.text.startswith(REFUSAL)


async def test_a_stranger_cannot_admit_themselves_by_a_forged_button(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        refused = await bot.ask(desk.anna, "/start")
        await press(bot, desk.anna, refused, "Ask to be admitted")
        said = [
            (await bot.press(desk.anna, forged(bot, refused, data), data)).text
            for data in (f"rq:d:{desk.anna.id}", f"pe:{desk.anna.id}:a", "pl:0", f"pe:{desk.anna.id}")
        ]
        assert bot.services.store.people.all() == ()
        bot.services.store.people.admit(desk.anna.id, "Anna", Role.EDITOR, None, desk.admin.id)
        as_editor = [
            (await bot.press(desk.anna, forged(bot, refused, data), data)).text
            for data in (f"rq:e:{desk.anna.id}", f"pe:{desk.anna.id}:a", "pl:0", f"pe:{desk.admin.id}")
        ]
        one = bot.services.store.people.of(desk.anna.id)
    assert all(text.startswith(REFUSAL) for text in said)
    assert set(as_editor) == {NO_LONGER}
    assert one is not None and one.role is Role.EDITOR


async def test_a_name_like_that_of_one_who_is_admitted_is_pointed_at(desk: Desk) -> None:
    sly = desk.world.add_user("DАNA")  # The first A is Cyrillic.
    async with desk.bot(open_to_all=False) as bot:
        await bot.ask(desk.admin, "/start")
        bot.services.store.people.admit(77, "Dana", Role.ADMIN, None, desk.admin.id)
        refused = await bot.ask(sly, "/start")
        await press(bot, sly, refused, "Ask to be admitted")
        card = await shown(desk.world, desk.admin.id, lambda message: "asks to be admitted" in message.text)
    assert "Careful: Dana (id 77) is called so, too." in card.text


async def test_an_admitted_person_s_group_is_asked_for_and_a_stranger_s_is_not(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        await bot.ask(desk.admin, "/start")
        foreign = desk.world.add_group("Strangers", members=[desk.anna.id], admins=[desk.anna.id])
        desk.world.add_bot(foreign.id, by=desk.anna.id)
        await bot.world.bot_message(foreign.id)
        bot.services.store.people.admit(desk.anna.id, "Anna", Role.DIPLOMAT, None, desk.admin.id)
        group = desk.world.add_group("Talks", members=[desk.admin.id], admins=[desk.anna.id])
        desk.world.add_bot(group.id, by=desk.anna.id)
        card = await shown(desk.world, desk.admin.id, lambda message: "is to be admitted" in message.text)
        await press(bot, desk.admin, card, "Admit up to internal")
        await shown(desk.world, group.id, lambda message: message.text.startswith("This group has been admitted"))
        answer = await bot.ask(desk.anna, f"/ask {QUESTION}", group.id)
        told = [message.text for message in said_by_bot(desk.world, desk.admin.id)]
        clearance = bot.services.clearance_of(group.id)
    assert "Talks" in card.text
    assert not any("Strangers" in text for text in told)
    assert clearance == "internal"
    assert quotations(answer)


async def test_a_group_that_an_admin_brings_the_bot_into_is_admitted_and_its_clearance_offered(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        await bot.ask(desk.admin, "/start")
        group = delegation(desk.world, desk.anna, admin=desk.admin)
        card = await shown(desk.world, desk.admin.id, lambda message: message.text.startswith("Delegation"))
        assert bot.services.clearance_of(group.id) == "public"
        await press(bot, desk.admin, card, "Up to restricted")
        assert bot.services.clearance_of(group.id) == "restricted"


async def test_an_admin_changes_suspends_and_removes(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        await bot.ask(desk.admin, "/start")
        people = bot.services.store.people
        people.admit(desk.anna.id, "Anna", Role.DIPLOMAT, None, desk.admin.id)
        await bot.ask(desk.anna, "/subscribe")
        page = await bot.ask(desk.admin, "/people")
        await press(bot, desk.admin, page, "Anna: diplomat, public")
        await press(bot, desk.admin, await now(desk, page, "Up to internal"), "Up to internal")
        assert bot.services.clearance_of(desk.anna.id) == "internal"
        await press(bot, desk.admin, await now(desk, page, "editor"), "editor")
        assert bot.services.rights.role(desk.anna.id) is Role.EDITOR
        await press(bot, desk.admin, await now(desk, page, "Suspend"), "Suspend")
        suspended = await bot.ask(desk.anna, QUESTION)
        assert bot.services.store.subscriptions.of(desk.anna.id, 0) == ()
        await press(bot, desk.admin, await now(desk, page, "End the suspension"), "End the suspension")
        answer = await bot.ask(desk.anna, QUESTION)
        await press(bot, desk.admin, await now(desk, page, "Admit no longer"), "Admit no longer")
        removed = await bot.ask(desk.anna, QUESTION)
    assert suspended.text == "An administrator of this bot has suspended access here."
    assert quotations(answer)
    assert removed.text.startswith(REFUSAL)


async def test_nobody_changes_what_they_may_do_themselves_nor_whom_the_settings_name(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        people = bot.services.store.people
        people.admit(desk.anna.id, "Anna", Role.ADMIN, None, desk.admin.id)
        people.admit(desk.admin.id, "Daniyar", Role.GUEST, None, 5)
        await bot.ask(desk.anna, "/start")
        own = await bot.ask(desk.anna, f"/people {desk.anna.id}")
        named = await bot.ask(desk.anna, f"/people {desk.admin.id}")
        said = [
            (await bot.press(desk.anna, forged(bot, own, data), data)).text
            for data in (f"pe:{desk.anna.id}:d", f"pe:{desk.admin.id}:s", f"pe:{desk.admin.id}:x")
        ]
        assert bot.services.rights.admins == {desk.anna.id, desk.admin.id}
    assert not own.buttons and not named.buttons
    assert set(said) == {NO_LONGER}


async def test_many_are_shown_page_by_page(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        for number in range(1, 12):
            bot.services.store.people.admit(number, f"Person {number}", Role.GUEST, None, desk.admin.id)
        page = await bot.ask(desk.admin, "/people")
        await press(bot, desk.admin, page, "›")
        second = await now(desk, page, "‹")
        nobody = await bot.ask(desk.admin, "/people 12345")
    assert [one.text for one in page.buttons][-2:] == ["Person 8: guest, public", "›"]
    assert [one.text for one in second.buttons] == [*(f"Person {number}: guest, public" for number in (9, 10, 11)), "‹"]
    assert nobody.text == "Nobody of that number is admitted or asks to be."


async def test_an_editor_adds_documents_and_reads_them_all_but_does_not_erase(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        bot.services.store.people.admit(desk.anna.id, "Anna", Role.EDITOR, None, desk.admin.id)
        desk.world.send_document(desk.anna.id, desk.anna.id, "note.md", b"# A note\n\nThe envoy counted seven ships.\n")
        card = await shown(
            desk.world, desk.anna.id, lambda message: any(one.text == "Publish" for one in message.buttons)
        )
        erased = await bot.ask(desk.anna, "/erase eighth.md")
        withdrawn = await bot.ask(desk.anna, "/withdraw eighth.md")
        rolled = await bot.ask(desk.anna, "/rollback")
        assert bot.services.clearance_of(desk.anna.id) == "restricted"
    assert card.buttons
    assert erased.text == "Only an administrator of this bot may decide on documents."
    assert "withdrawn" in withdrawn.text.casefold()
    assert rolled.text.startswith("Only an administrator")


async def test_an_expired_invitation_admits_nobody(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        code = make_invitation(bot.services, Role.GUEST, None, desk.admin.id, -1)
        reply = await bot.ask(desk.anna, f"/start {code}")
        assert bot.services.store.people.all() == ()
    assert reply.text == GOOD_NO_LONGER


async def test_the_code_of_a_start_is_good_where_the_bot_is_open_to_all_and_no_longer_than_there_is_no_admin(
    desk: Desk,
) -> None:
    async with desk.bot() as bot:
        nobody = bot.services.settings.model_copy(update={"admins": frozenset[int]()})
        object.__setattr__(bot.services, "settings", nobody)
        code = first_admin_code(bot.services)
        welcome = await bot.ask(desk.anna, f"/start {code}")
        assert bot.services.rights.admins == {desk.anna.id}
        bot.services.store.people.remove(desk.anna.id)
        code = first_admin_code(bot.services)
    async with desk.bot(open_to_all=False) as bot:
        # An admin is named in the settings now.
        assert first_admin_code(bot.services) is None
        late = await bot.ask(desk.anna, f"/start {code}")
    assert "You are an administrator of this bot" in welcome.text
    assert late.text == GOOD_NO_LONGER


async def test_whom_the_settings_would_admit_is_suspended_instead_of_removed(desk: Desk) -> None:
    async with desk.bot(clearance="internal") as bot:
        await bot.ask(desk.admin, "/start")
        bot.services.store.people.admit(desk.anna.id, "Anna", Role.GUEST, None, desk.admin.id)
        card = await bot.ask(desk.admin, f"/people {desk.anna.id}")
        await press(bot, desk.admin, card, "Admit no longer")
        refused = await bot.ask(desk.anna, QUESTION)
    assert refused.text == "An administrator of this bot has suspended access here."


async def test_a_change_of_one_who_was_removed_meanwhile_admits_nobody(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        people = bot.services.store.people
        one = people.admit(desk.anna.id, "Anna", Role.DIPLOMAT, None, desk.admin.id)
        people.remove(one.id, desk.admin.id)
        for verb in ("s", "u", "e", "c0"):
            admitting._change(bot.services, one, verb, desk.admin.id)
        assert people.of(one.id) is None
        assert not bot.services.rights.is_suspended(one.id)


async def test_one_who_may_ask_because_everybody_may_is_suspended_by_their_number(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.anna)
    async with desk.bot(open_to_all=True) as bot:
        answer = await bot.ask(desk.anna, QUESTION)
        for id in (desk.anna.id, group.id):
            card = await bot.ask(desk.admin, f"/people {id}")
            await press(bot, desk.admin, card, "Suspend")
            await now(desk, card, "End the suspension")
        refused = await bot.ask(desk.anna, QUESTION)
        own = await bot.ask(desk.admin, f"/people {desk.admin.id}")
        nobody = await bot.ask(desk.admin, "/people 0")
        assert bot.services.rights.is_suspended(group.id)
        noted = [entry.body or "" for entry in bot.services.store.audit.entries() if entry.kind == "access"]
    assert quotations(answer)
    assert refused.text == "An administrator of this bot has suspended access here."
    assert own.buttons == []
    assert nobody.text == "Nobody of that number is admitted or asks to be."
    assert [json.loads(body)["change"] for body in noted] == ["admitted", "suspended"] * 2


async def test_who_is_suspended_while_an_answer_is_made_does_not_get_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk.bot(open_to_all=False) as bot:
        people = bot.services.store.people
        people.admit(desk.anna.id, "Anna", Role.DIPLOMAT, "restricted", desk.admin.id)
        keep = bot.services.store.answers.keep

        def lowered(*arguments: Any, **options: Any) -> Any:
            people.change(desk.anna.id, Role.GUEST, None, desk.admin.id)
            return keep(*arguments, **options)

        monkeypatch.setattr(bot.services.store.answers, "keep", lowered)
        answer = await bot.ask(desk.anna, QUESTION)
    assert answer.text == "The documents have changed since this answer; please ask again."
