"""From new documents to messages: what settles, for whom it is, when an admin is asked; nothing is lost by a kill."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.outbox.outgoing import Kind, State
from bot.subscriptions.announcing import Outcome, take_arrivals
from bot.subscriptions.table import Pause
from corpus.library import SHELL
from tests.bot.registry import ADMIN, Registry, registry
from tests.documents import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
SETTLE = 600.0
LATE = """---
title: Note on the prisoners
date: 2018-05-16
language: en
process: Astana
round: 9
---
# Note on the prisoners

Forty-one prisoners were released at the western gate on the day after the talks.
"""
NINTH_TITLE = "Astana. Round 9: summary in quotations"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest_asyncio.fixture
async def chancery(own_index: Indexed, clock: ManualClock) -> AsyncIterator[Registry]:
    """A bot that sends without asking, to a chat that subscribed a second ago."""
    with registry(own_index, clock, summary_settle_seconds=SETTLE) as made:
        made.subscribe(-1)
        clock.advance(1)
        yield made


@pytest_asyncio.fixture
async def asking(own_index: Indexed, clock: ManualClock) -> AsyncIterator[Registry]:
    """A bot that asks its admin first."""
    settings = {"summary_approval": True, "admins": frozenset({ADMIN})}
    with registry(own_index, clock, summary_settle_seconds=SETTLE, **settings) as made:
        made.subscribe(-1)
        clock.advance(1)
        yield made


async def test_a_first_index_is_taken_as_known_and_announced_to_nobody(chancery: Registry) -> None:
    assert set(chancery.store.releases.known()) == set(DOCUMENTS)
    await chancery.pass_by(SETTLE)
    assert chancery.waiting() == []
    assert chancery.stages() == []


async def test_a_round_is_announced_once_when_its_documents_have_settled(chancery: Registry) -> None:
    chancery.subscribe(-1, 7, "ru")
    chancery.clock.advance(1)
    chancery.write("ninth")
    await chancery.pass_by(SETTLE - 1)
    assert chancery.waiting() == []
    await chancery.pass_by(1)
    await chancery.pass_by(SETTLE)
    assert chancery.arrive() == ()
    await chancery.pass_by(SETTLE)
    english, russian = chancery.waiting()
    assert english == (-1, 0, "summary", NINTH_TITLE)
    assert russian[:3] == (-1, 7, "summary")
    assert russian[3] != NINTH_TITLE
    assert chancery.stages() == [(9, "approved")]


async def test_a_message_carries_what_it_quotes_and_buttons_for_its_files(chancery: Registry) -> None:
    chancery.write("ninth")
    await chancery.pass_by(SETTLE)
    row = chancery.store.outbox.next(chancery.clock.now())
    assert row is not None
    assert (row.kind, row.named) == (Kind.SUMMARY, frozenset({"ninth.md"}))
    assert [len(buttons) for buttons in row.buttons] == [2]
    with chancery.store.database.reading() as connection:
        kept = connection.execute("SELECT language, process, round FROM outbox").fetchone()
        quoted = connection.execute("SELECT number, document, section FROM quoted ORDER BY number").fetchall()
    assert kept == ("en", "Astana", 9)
    assert [number for number, _, _ in quoted] == list(range(1, len(quoted) + 1))
    assert {document for _, document, _ in quoted} == {"ninth.md"}
    assert all(section for _, _, section in quoted)


async def test_a_summary_that_settles_when_the_clock_is_set_back_does_not_wait_for_the_hour_of_before(
    chancery: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    chancery.clock.advance(86_400)
    chancery.write("ninth")
    await chancery.pass_by(1)
    assert chancery.waiting() == []
    monkeypatch.setattr(chancery.clock, "_now", chancery.clock.now() - 43_200)
    await chancery.pass_by(0)
    assert chancery.waiting() == [(-1, 0, "summary", NINTH_TITLE)]


async def test_documents_that_come_one_after_another_make_one_summary(chancery: Registry) -> None:
    chancery.write("ninth")
    await chancery.pass_by(SETTLE - 1)
    chancery.write("second")
    await chancery.pass_by(SETTLE - 1)
    assert chancery.waiting() == []
    await chancery.pass_by(1)
    assert [row[3] for row in chancery.waiting()] == [NINTH_TITLE]


async def test_two_rounds_make_two_summaries_and_documents_without_a_round_none(chancery: Registry) -> None:
    chancery.write("ninth")
    chancery.write("tenth", round="10")
    chancery.write("note", text="# A note\n\nNothing of any meeting is said here.\n")
    await chancery.pass_by(SETTLE)
    assert [row[3] for row in chancery.waiting()] == [NINTH_TITLE, "Astana. Round 10: summary in quotations"]


async def test_who_subscribed_after_the_documents_came_is_not_told_of_them(chancery: Registry) -> None:
    chancery.write("ninth")
    chancery.clock.advance(1)
    chancery.subscribe(-2)
    await chancery.pass_by(SETTLE)
    assert [row[0] for row in chancery.waiting()] == [-1]


async def test_who_rests_or_wants_another_process_or_ended_is_not_told(chancery: Registry) -> None:
    resting, other, ending = chancery.subscribe(-2), chancery.subscribe(-3, process="Geneva"), chancery.subscribe(-4)
    named = chancery.subscribe(-5, process="astana process")
    chancery.store.subscriptions.pause_chat(resting.chat, Pause.WANTED)
    chancery.clock.advance(1)
    chancery.write("ninth")
    chancery.store.subscriptions.end(ending.id)
    await chancery.pass_by(SETTLE)
    assert [row[0] for row in chancery.waiting()] == [named.chat, -1]
    chancery.write("geneva", process="Geneva")
    await chancery.pass_by(SETTLE)
    assert [row[0] for row in chancery.waiting()[2:]] == [other.chat, -1]


async def test_two_subscriptions_of_a_chat_to_the_same_round_and_language_are_served_once(chancery: Registry) -> None:
    chancery.subscribe(-1, process="Astana")
    chancery.subscribe(-1, language="ru")
    chancery.clock.advance(1)
    chancery.write("ninth")
    await chancery.pass_by(SETTLE)
    assert len(chancery.waiting()) == 2


async def test_a_chat_does_not_learn_of_documents_above_its_clearance(own_index: Indexed, clock: ManualClock) -> None:
    settings = {"summary_settle_seconds": SETTLE, "clearances": {-2: "restricted"}}
    with registry(own_index, clock, **settings) as chancery:
        for chat in (-1, -2):
            chancery.subscribe(chat)
        clock.advance(1)
        chancery.write("ninth", text="---\nprocess: Astana\nround: 8\n---\n# A ninth thing\n\nIt was held there.\n")
        chancery.services.library.relabel("ninth.md", "restricted", SHELL)
        await chancery.pass_by(SETTLE)
        assert [row[0] for row in chancery.waiting()] == [-2]


async def test_what_is_withdrawn_while_it_settles_is_not_counted_and_nothing_left_is_dropped(
    chancery: Registry,
) -> None:
    chancery.write("ninth")
    chancery.write("tenth", round="10")
    chancery.services.library.withdraw("ninth.md", SHELL)
    await chancery.pass_by(SETTLE)
    assert [row[3] for row in chancery.waiting()] == ["Astana. Round 10: summary in quotations"]
    assert chancery.stages() == [(9, "dropped"), (10, "approved")]


async def test_a_document_that_is_restored_is_not_announced_again(chancery: Registry) -> None:
    chancery.write("ninth")
    await chancery.pass_by(SETTLE)
    chancery.services.library.withdraw("ninth.md", SHELL)
    assert chancery.arrive() == ()
    chancery.services.library.restore("ninth.md", SHELL)
    assert chancery.arrive() == ()
    await chancery.pass_by(SETTLE)
    assert len(chancery.waiting()) == 1


async def test_changed_documents_announce_nothing(chancery: Registry) -> None:
    text = DOCUMENTS["eighth.md"].replace("21 and 22", "20 and 22")
    (chancery.indexed.documents / "eighth.md").write_text(text, encoding="utf-8")
    assert chancery.arrive() == ()
    await chancery.pass_by(SETTLE)
    assert chancery.waiting() == []


async def test_a_round_that_nobody_wants_is_dropped(own_index: Indexed, clock: ManualClock) -> None:
    settings = {"summary_approval": True, "admins": frozenset({ADMIN})}
    with registry(own_index, clock, summary_settle_seconds=SETTLE, **settings) as chancery:
        chancery.write("ninth")
        await chancery.pass_by(SETTLE)
        assert chancery.stages() == [(9, "dropped")]
        assert chancery.waiting() == []


# With approval


async def test_an_admin_is_shown_the_summary_and_a_card_before_anything_is_sent(asking: Registry) -> None:
    asking.write("ninth")
    await asking.pass_by(SETTLE)
    assert asking.waiting() == [(ADMIN, 0, "notice", NINTH_TITLE), (ADMIN, 0, "notice", "Astana. Round 9")]
    assert asking.stages() == [(9, "awaiting")]
    card = asking.store.outbox.row(2)
    assert card is not None
    assert card.body.split("\n")[1:] == [
        "What is shown above is sent to 1 chat at once.",
        "New documents: Joint statement of the ninth round",
        "Nothing is sent before an administrator presses Send.",
    ]
    assert [button.data for row in card.buttons for button in row] == ["rl:1:1:s", "rl:1:1:d"]


async def test_a_press_sends_once_whoever_presses_again(asking: Registry) -> None:
    asking.write("ninth")
    await asking.pass_by(SETTLE)
    verdict = await asking.announcer.approve(1, 1, ADMIN)
    assert (verdict.outcome, verdict.served) == (Outcome.SENT, 1)
    # What the admins had not been shown by then, they are not shown any more.
    assert asking.waiting() == [(-1, 0, "summary", NINTH_TITLE)]
    assert (await asking.announcer.approve(1, 1, ADMIN)).outcome is Outcome.SENT_BEFORE
    assert (await asking.announcer.discard(1, 1, ADMIN)).outcome is Outcome.SENT_BEFORE
    assert len(asking.waiting()) == 1


async def test_of_two_admins_who_press_at_once_one_decides(asking: Registry) -> None:
    asking.write("ninth")
    await asking.pass_by(SETTLE)
    verdicts = await asyncio.gather(asking.announcer.approve(1, 1, ADMIN), asking.announcer.discard(1, 1, 78))
    assert [verdict.outcome for verdict in verdicts] == [Outcome.SENT, Outcome.SENT_BEFORE]
    assert asking.waiting() == [(-1, 0, "summary", NINTH_TITLE)]


async def test_what_is_discarded_is_never_sent(asking: Registry) -> None:
    asking.write("ninth")
    await asking.pass_by(SETTLE)
    assert (await asking.announcer.discard(1, 1, ADMIN)).outcome is Outcome.DISCARDED
    assert (await asking.announcer.approve(1, 1, ADMIN)).outcome is Outcome.DISCARDED_BEFORE
    await asking.pass_by(SETTLE)
    assert asking.waiting() == []


async def test_what_has_changed_since_it_was_shown_is_shown_anew_and_pressed_again(asking: Registry) -> None:
    asking.write("ninth")
    asking.write("second")
    await asking.pass_by(SETTLE)
    asking.services.library.withdraw("second.md", SHELL)
    assert (await asking.announcer.approve(1, 1, ADMIN)).outcome is Outcome.CHANGED
    assert [row[:3] for row in asking.waiting()] == [(ADMIN, 0, "notice")] * 2
    assert (await asking.announcer.approve(1, 1, ADMIN)).outcome is Outcome.OUTDATED
    assert (await asking.announcer.approve(1, 2, ADMIN)).outcome is Outcome.SENT
    assert asking.waiting() == [(-1, 0, "summary", NINTH_TITLE)]


async def test_more_documents_while_it_awaits_let_it_settle_and_be_shown_again(asking: Registry) -> None:
    asking.write("ninth")
    await asking.pass_by(SETTLE)
    asking.write("second")
    assert (await asking.announcer.approve(1, 1, ADMIN)).outcome is Outcome.SETTLING
    await asking.pass_by(SETTLE)
    assert asking.stages() == [(9, "awaiting")]
    assert (await asking.announcer.approve(1, 2, ADMIN)).outcome is Outcome.SENT
    assert [row[0] for row in asking.waiting()] == [-1]


async def test_where_all_documents_are_gone_there_is_nothing_to_press(asking: Registry) -> None:
    asking.write("ninth")
    await asking.pass_by(SETTLE)
    asking.services.library.withdraw("ninth.md", SHELL)
    assert (await asking.announcer.approve(1, 1, ADMIN)).outcome is Outcome.GONE
    assert asking.stages() == [(9, "dropped")]
    assert asking.waiting() == []


async def test_a_press_on_what_never_was_does_nothing(asking: Registry) -> None:
    assert (await asking.announcer.approve(5, 1, ADMIN)).outcome is Outcome.GONE


async def test_where_approval_is_no_longer_wanted_what_awaits_it_is_sent(
    own_index: Indexed, clock: ManualClock
) -> None:
    with registry(own_index, clock, summary_approval=True, admins=frozenset({ADMIN})) as asking:
        asking.subscribe(-1)
        clock.advance(1)
        asking.write("ninth")
        await asking.pass_by(1)
    with registry(own_index, clock) as again:
        await again.pass_by(1)
        assert again.waiting() == [(-1, 0, "summary", NINTH_TITLE)]


async def test_different_clearances_are_shown_as_versions(own_index: Indexed, clock: ManualClock) -> None:
    settings = {"summary_approval": True, "admins": frozenset({ADMIN}), "clearances": {-2: "restricted"}}
    with registry(own_index, clock, **settings) as asking:
        for chat in (-1, -2, -3):
            asking.subscribe(chat)
        clock.advance(1)
        asking.write("ninth")
        asking.write("secret")
        asking.services.library.relabel("secret.md", "restricted", SHELL)
        await asking.pass_by(1)
        assert [row[3] for row in asking.waiting()] == [
            "<i>2 chats get this:</i>",
            NINTH_TITLE,
            "<i>1 chat gets this:</i>",
            NINTH_TITLE,
            "Astana. Round 9",
        ]


# Late documents


async def test_a_chat_that_has_a_summary_of_the_round_gets_what_late_documents_add(chancery: Registry) -> None:
    chancery.write("ninth")
    await chancery.pass_by(SETTLE)
    chancery.subscribe(-2)
    chancery.clock.advance(1)
    chancery.write("second", text=LATE)
    await chancery.pass_by(SETTLE)
    updates = [row for row in chancery.waiting() if row[0] == -1]
    assert updates == [
        (-1, 0, "summary", NINTH_TITLE),
        (-1, 0, "update", "Astana. Round 9: what 1 further document adds"),
    ]
    with chancery.store.database.reading() as connection:
        answered = connection.execute("SELECT answers FROM outbox WHERE kind = 'update'").fetchall()
    assert answered == [(1,)]
    # Who has none gets a whole one.
    assert [row[2:] for row in chancery.waiting() if row[0] == -2] == [("summary", NINTH_TITLE)]


async def test_a_waiting_update_that_quotes_what_was_withdrawn_stays_an_update(chancery: Registry) -> None:
    chancery.write("ninth")
    await chancery.pass_by(SETTLE)
    chancery.write("second", text=LATE)
    other = LATE.replace("Forty-one prisoners were released at the western gate", "Nine convoys crossed the bridge")
    chancery.write("third", text=other.replace("Note on the prisoners", "Note on convoys"))
    await chancery.pass_by(SETTLE)
    row = chancery.store.outbox.row(2)
    assert row is not None
    assert (row.kind, row.named) == (Kind.UPDATE, frozenset({"second.md", "third.md"}))
    chancery.services.library.withdraw("third.md", SHELL)
    renewed = chancery.announcer.recompose(row)
    assert renewed is not None
    assert [(one.kind, one.summary, one.answers, one.named) for one in renewed] == [
        (Kind.UPDATE, "r2:en:late", 1, frozenset({"second.md"}))
    ]
    # What the update before it quoted of the other document is still new.
    assert [quote.document.id for quote in renewed[0].quotes] == ["second.md"]


async def test_an_update_is_in_the_language_of_each_subscription(chancery: Registry) -> None:
    chancery.subscribe(-1, language="ru")
    chancery.clock.advance(1)
    chancery.write("ninth")
    await chancery.pass_by(SETTLE)
    chancery.write("second", text=LATE)
    await chancery.pass_by(SETTLE)
    assert [row[2] for row in chancery.waiting()] == ["summary", "summary", "update", "update"]


async def test_an_admin_is_shown_the_update_that_would_be_sent(asking: Registry) -> None:
    asking.write("ninth")
    await asking.pass_by(SETTLE)
    await asking.announcer.approve(1, 1, ADMIN)
    asking.write("second", text=LATE)
    await asking.pass_by(SETTLE)
    assert [row[3] for row in asking.waiting() if row[0] == ADMIN] == [
        "Astana. Round 9: what 1 further document adds",
        "Astana. Round 9",
    ]
    verdict = await asking.announcer.approve(2, 1, ADMIN)
    assert verdict.outcome is Outcome.SENT
    assert [row[2] for row in asking.waiting()] == ["summary", "update"]


# Over restarts, and messages that wait


async def test_a_kill_between_any_two_steps_loses_nothing(own_index: Indexed, clock: ManualClock) -> None:
    settings = {"summary_settle_seconds": SETTLE, "summary_approval": True, "admins": frozenset({ADMIN})}
    with registry(own_index, clock, **settings) as first:
        first.subscribe(-1)
        clock.advance(1)
        first.write("ninth")
    with registry(own_index, clock, **settings) as second:
        await second.pass_by(SETTLE)
        assert second.stages() == [(9, "awaiting")]
    with registry(own_index, clock, **settings) as third:
        await third.pass_by(SETTLE)
        assert len(third.waiting()) == 2
        assert (await third.announcer.approve(1, 1, ADMIN)).outcome is Outcome.SENT
    with registry(own_index, clock, **settings) as last:
        await last.pass_by(SETTLE)
        assert last.waiting() == [(-1, 0, "summary", NINTH_TITLE)]


async def test_what_was_indexed_while_the_bot_was_down_settles_at_its_start(
    own_index: Indexed, clock: ManualClock
) -> None:
    with registry(own_index, clock, summary_settle_seconds=SETTLE) as before:
        before.subscribe(-1)
    clock.advance(1)
    (own_index.documents / "ninth.md").write_text(
        DOCUMENTS["eighth.md"].replace("round: 8", "round: 9"), encoding="utf-8"
    )
    own_index.update()
    with registry(own_index, clock, summary_settle_seconds=SETTLE) as after:
        await after.pass_by(SETTLE)
        assert [row[0] for row in after.waiting()] == [-1]


async def test_two_reloads_at_once_make_one_release(chancery: Registry) -> None:
    (release,) = chancery.write("ninth")
    assert take_arrivals(chancery.services) == ()
    assert [one.id for one in chancery.store.releases.open()] == [release.id]


async def test_a_waiting_summary_that_quotes_what_was_withdrawn_is_composed_anew(chancery: Registry) -> None:
    chancery.write("ninth")
    chancery.write("second")
    await chancery.pass_by(SETTLE)
    row = chancery.store.outbox.row(1)
    assert row is not None
    chancery.services.library.withdraw("second.md", SHELL)
    renewed = chancery.announcer.recompose(row)
    assert renewed is not None
    assert [(one.chat, one.summary, one.part, one.kind) for one in renewed] == [(-1, "r1:en", 0, Kind.SUMMARY)]
    assert renewed[0].named == {"ninth.md"}
    assert renewed[0].buttons == row.buttons
    chancery.services.library.withdraw("ninth.md", SHELL)
    assert chancery.announcer.recompose(row) is None


async def test_a_waiting_proposal_of_what_was_withdrawn_is_shown_anew(asking: Registry) -> None:
    asking.write("ninth")
    asking.write("second")
    await asking.pass_by(SETTLE)
    row = asking.store.outbox.row(1)
    assert row is not None
    asking.services.library.withdraw("second.md", SHELL)
    instead = asking.announcer.recompose(row)
    assert instead is not None
    assert asking.store.outbox.replace(row.id, instead) == 1
    await asking.pass_by(0)
    assert [row[3] for row in asking.waiting()] == [NINTH_TITLE, "Astana. Round 9"]
    assert asking.store.outbox.counts() == {State.STALE: 2, State.FAILED: 1, State.PENDING: 2}
    assert (await asking.announcer.approve(1, 2, ADMIN)).outcome is Outcome.SENT
