"""Admins and proposed summaries: what they are shown, what their presses do, and what the others see of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.clock import ManualClock
from corpus.library import SHELL
from tests.bot.desk import Desk, labels
from tests.bot.harness import said_by_bot, shown
from tests.documents import NINTH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.local.models import Message, Person
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
TITLE = "Astana. Round 9: summary in quotations"
CARD = "Astana. Round 9\n"
SETTLE = 600.0
_REAL_SECONDS = 0.02
_STEP = 20


@dataclass(slots=True)
class Office:
    """A desk whose admins approve of summaries; Anna is subscribed to them."""

    desk: Desk
    clock: ManualClock = field(default_factory=ManualClock)

    @asynccontextmanager
    async def bot(self, *others: Person, **settings: Any) -> AsyncIterator[Running]:
        """The bot at work, with ``others`` as admins too."""
        made = {"summary_approval": True, "summary_settle_seconds": SETTLE} | settings
        async with self.desk.bot(clock=self.clock, **made) as bot:
            now = bot.services.settings
            object.__setattr__(now, "admins", now.admins | {other.id for other in others})
            yield bot

    async def arrive(self, bot: Running, *names: str) -> Message:
        """Let a document of the ninth round arrive under each of ``names``; the report of the reload."""
        for name in names:
            text = NINTH.replace("ninth", name)
            (self.desk.indexed.documents / f"{name}.md").write_text(text, encoding="utf-8")
        return await bot.ask(self.desk.admin, "/reload")

    async def settled(self, bot: Running, person: Person, after: int = 0) -> Message:
        """Let the ten minutes pass, and return the card that a person is shown then."""
        self.clock.advance(SETTLE)
        return await self.passing(bot, person.id, CARD, after)

    async def passing(self, bot: Running, chat: int, beginning: str, after: int = 0) -> Message:
        """The first message of a chat that begins so, while seconds pass."""
        waiting = asyncio.ensure_future(
            shown(bot.world, chat, lambda message: message.id > after and message.text.startswith(beginning))
        )
        while not (await asyncio.wait({waiting}, timeout=_REAL_SECONDS))[0]:
            self.clock.advance(_STEP)
        return await waiting

    def said(self, person: Person, beginning: str) -> int:
        """How many messages a person has that begin so."""
        return sum(message.text.startswith(beginning) for message in said_by_bot(self.desk.world, person.id))


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


async def test_the_report_of_a_reload_says_that_a_summary_will_be_proposed_and_when(office: Office) -> None:
    async with office.bot() as bot:
        await bot.ask(office.desk.anna, "/subscribe")
        report = await office.arrive(bot, "ninth")
        text = (await shown(bot.world, report.chat_id, lambda one: one.text.startswith("Done."))).text
    assert "Astana. Round 9: its summary is proposed to the administrators in 10 minutes." in text.split("\n")


async def test_a_summary_is_shown_to_an_admin_and_sent_once_it_is_approved(office: Office) -> None:
    desk = office.desk
    async with office.bot() as bot:
        await bot.ask(desk.anna, "/subscribe")
        office.clock.advance(1)
        await office.arrive(bot, "ninth")
        card = await office.settled(bot, desk.admin)
        assert office.said(desk.admin, TITLE) == 1
        assert office.said(desk.anna, TITLE) == 0
        assert await desk.press(bot, card, "Send") == ""
        sent = await office.passing(bot, desk.anna.id, TITLE)
        after = await shown(bot.world, desk.admin.id, lambda one: one.id == card.id and "Sent" in one.text)
    assert labels(card) == ["Send", "Discard"]
    assert "What is shown above is sent to 1 chat at once." in card.text
    assert labels(sent) == ["Whole as PDF", "Whole as HTML"]
    assert after.text == "Astana. Round 9\nSent for 1 subscription."
    assert labels(after) == []


async def test_an_admin_who_writes_first_after_a_summary_was_proposed_is_shown_it_then(office: Office) -> None:
    desk = office.desk
    late = desk.world.add_user("Oleg")
    async with office.bot(late) as bot:
        await bot.ask(desk.anna, "/subscribe")
        office.clock.advance(1)
        await office.arrive(bot, "ninth")
        await office.settled(bot, desk.admin)
        await bot.ask(late, "/start")
        card = await office.passing(bot, late.id, CARD)
        again = office.said(desk.admin, CARD)
        office.clock.advance(2)
        await bot.ask(late, "/start")
        await bot.ask(late, "/help")
        office.clock.advance(SETTLE)
        shown_once = office.said(late, CARD)
    assert labels(card) == ["Send", "Discard"]
    assert again >= 1
    assert shown_once == 1


async def test_one_admin_settles_it_for_all_of_them_over_a_restart(office: Office) -> None:
    desk = office.desk
    other = desk.world.add_user("Oleg")
    async with office.bot(other) as bot:
        await bot.ask(other, "/start")
        await bot.ask(desk.anna, "/subscribe")
        office.clock.advance(1)
        await office.arrive(bot, "ninth")
        card = await office.settled(bot, desk.admin)
        others = await office.passing(bot, other.id, CARD)
    async with office.bot(other) as bot:
        assert await desk.press(bot, card, "Discard") == ""
        gone = await shown(bot.world, other.id, lambda one: one.id == others.id and one != others)
        desk.world._replace(others)
        late = await desk.press(bot, others, "Send", other)
    assert gone.text == "Astana. Round 9\nThis summary was discarded and is not sent."
    assert labels(gone) == []
    assert late == "This summary was discarded and is not sent."
    assert office.said(desk.anna, TITLE) == 0


async def test_what_waits_is_shown_again_on_demand(office: Office) -> None:
    desk = office.desk
    async with office.bot() as bot:
        none = await bot.ask(desk.admin, "/proposals")
        await bot.ask(desk.anna, "/subscribe")
        refused = await bot.ask(desk.anna, "/proposals")
        office.clock.advance(1)
        await office.arrive(bot, "ninth")
        card = await office.settled(bot, desk.admin)
        desk.world.send_text(desk.admin.id, desk.admin.id, "/proposals")
        again = await office.passing(bot, desk.admin.id, CARD, card.id)
        assert await desk.press(bot, again, "Discard") == ""
    assert none.text == "No summary waits for an administrator."
    assert refused.text == "Only an administrator of this bot may do that, in a private chat with it."
    assert again.text == card.text


async def test_nobody_but_an_admin_decides(office: Office) -> None:
    desk = office.desk
    async with office.bot() as bot:
        await bot.ask(desk.anna, "/subscribe")
        office.clock.advance(1)
        await office.arrive(bot, "ninth")
        card = await office.settled(bot, desk.admin)
        answer = await bot.ask(desk.anna, "/help")
        forged = replace(answer, keyboard=card.keyboard)
        desk.world._replace(forged)
        refused = await desk.press(bot, forged, "Send", desk.anna)
        stage = bot.services.store.releases.open()[0].stage
    assert refused == "This button no longer works; please ask again."
    assert stage == "awaiting"


async def test_where_documents_changed_the_new_summary_is_shown_and_pressed_again(office: Office) -> None:
    desk = office.desk
    async with office.bot() as bot:
        await bot.ask(desk.anna, "/subscribe")
        office.clock.advance(1)
        await office.arrive(bot, "ninth", "second")
        card = await office.settled(bot, desk.admin)
        bot.services.library.withdraw("second.md", SHELL)
        said = await desk.press(bot, card, "Send")
        again = await office.passing(bot, desk.admin.id, CARD, card.id)
        old = await desk.press(bot, card, "Send")
        assert office.said(desk.anna, TITLE) == 0
        assert await desk.press(bot, again, "Send") == ""
        sent = await office.passing(bot, desk.anna.id, TITLE)
    assert said == "The documents have changed since; what would be sent now is shown below. Please press again."
    assert old == "A newer version of this summary is shown below."
    assert "second" not in sent.text


async def test_a_press_while_more_documents_settle_says_when_they_are_shown(office: Office) -> None:
    desk = office.desk
    async with office.bot() as bot:
        await bot.ask(desk.anna, "/subscribe")
        office.clock.advance(1)
        await office.arrive(bot, "ninth")
        card = await office.settled(bot, desk.admin)
        report = await office.arrive(bot, "second")
        await shown(bot.world, report.chat_id, lambda one: one.id == report.id and one.text.startswith("Done."))
        said = await desk.press(bot, card, "Send")
        again = await office.settled(bot, desk.admin, after=card.id)
    assert said == ("More documents of this round have arrived; what would be sent then is shown in 10 minutes.")
    assert "New documents: Joint statement of the ninth round; Joint statement of the second round" in again.text
