"""The metrics of a bot at work: what happened is counted once, and nobody and no document is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families
from telegram.error import TelegramError

from bot.documents.reloads import How, Why
from bot.local.errors import bad_request, forbidden
from bot.local.faults import Fault, FaultKind, bad_gateway, flood
from bot.outbox.outgoing import Outgoing
from bot.running.metrics import Metrics
from bot.running.readings import Reader, Readings
from tests.bot.desk import LORRIES, NOTE
from tests.bot.hooks import until

if TYPE_CHECKING:
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
QUESTION = "What regulation on the release of detainees did the eighth round adopt?"
PROMISED = {
    "rapporteur_questions": {"outcome"},
    "rapporteur_answer_seconds": {"stage", "le"},
    "rapporteur_reloads": {"how"},
    "rapporteur_telegram_errors": {"kind"},
    "rapporteur_limits_hit": {"limit"},
    "rapporteur_webhook_requests": {"status"},
    "rapporteur_updates_waiting": set(),
    "rapporteur_updates_held": set(),
    "rapporteur_last_update_timestamp_seconds": set(),
    "rapporteur_outbox_messages": {"state"},
    "rapporteur_outbox_oldest_seconds": set(),
    "rapporteur_generation_info": {"generation"},
    "rapporteur_generation_age_seconds": set(),
    "rapporteur_documents": set(),
    "rapporteur_build_info": {"version", "python"},
}


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """The value of one series; 0 where there is none."""
    return metrics.registry.get_sample_value(f"rapporteur_{name}", labels) or 0.0


def fates(metrics: Metrics) -> dict[str, float]:
    """How many questions had each fate."""
    names = ("answered", "silent", "refused", "failed")
    return {name: value(metrics, "questions_total", outcome=name) for name in names}


# Counting


async def test_each_question_is_counted_by_what_became_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.bot() as bot:
        metrics = bot.services.metrics
        await bot.ask(desk.anna, QUESTION)
        await bot.ask(desk.anna, "x" * 1500)
        monkeypatch.setattr(bot.services.engine, "_confidence", 1.0)
        await bot.ask(desk.anna, QUESTION)
        monkeypatch.setattr(bot.services.engine, "_encoder", None)
        await bot.ask(desk.anna, QUESTION)
        monkeypatch.undo()
        bot.world.faults.plan("sendMessage", Fault(FaultKind.REFUSE, bad_request("something is wrong")))
        bot.world.send_text(desk.anna.id, desk.anna.id, QUESTION)
        await until(lambda: sum(fates(metrics).values()) == 5)
        await bot.ask(desk.anna, "/help")
    assert fates(metrics) == {"answered": 1, "silent": 1, "refused": 1, "failed": 2}


async def test_the_stages_of_an_answer_are_measured_and_add_up(desk: Desk) -> None:
    async with desk.bot() as bot:
        metrics = bot.services.metrics
        for _ in range(3):
            await bot.ask(desk.anna, QUESTION)
        await until(lambda: sum(fates(metrics).values()) == 3)
    stages = ("waiting", "search", "keeping", "sending", "total")
    counts = [value(metrics, "answer_seconds_count", stage=stage) for stage in stages]
    *parts, total = (value(metrics, "answer_seconds_sum", stage=stage) for stage in stages)
    assert counts == [3] * 5
    assert all(part > 0 for part in parts)
    assert sum(parts) == pytest.approx(total)


async def test_calls_that_fail_are_counted_by_kind(desk: Desk) -> None:
    async with desk.bot() as bot:
        metrics = bot.services.metrics
        before = {kind: value(metrics, "telegram_errors_total", kind=kind) for kind in ("retry_after", "network")}
        for kind, fault in (
            ("bad_request", Fault(FaultKind.REFUSE, bad_request("something is wrong"))),
            ("forbidden", Fault(FaultKind.REFUSE, forbidden("bot was blocked by the user"))),
            ("network", bad_gateway()),
            ("retry_after", flood(1)),
        ):
            bot.world.faults.plan("sendChatAction", fault)
            await bot.ask(desk.anna, QUESTION)
            assert value(metrics, "telegram_errors_total", kind=kind) == before.get(kind, 0.0) + 1
        bot.world.faults.plan("getUpdates", bad_gateway())
        bot.world.send_text(desk.anna.id, desk.anna.id, QUESTION)
        await until(lambda: value(metrics, "telegram_errors_total", kind="network") == 2)


async def test_reloads_are_counted_by_how_they_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.bot() as bot:
        metrics, reloads = bot.services.metrics, bot.services.reloads
        assert (await reloads.request(Why.SENT)).how is How.DONE
        bot.reloader.gate.clear()
        stopping = reloads.request(Why.SENT)
        await until(lambda: bot.reloader._busy)
        reloads.cancel()
        assert (await stopping).how is How.STOPPED
        monkeypatch.setattr(bot.services.engine, "refresh", None)
        assert (await reloads.request(Why.SENT)).how is How.FAILED
    counts = {how: value(metrics, "reloads_total", how=how) for how in ("done", "stopped", "failed")}
    assert counts == {"done": 1, "stopped": 1, "failed": 1}


async def test_it_shows_when_an_update_last_came_and_how_many_wait(desk: Desk) -> None:
    async with desk.bot() as bot:
        metrics = bot.services.metrics
        assert value(metrics, "last_update_timestamp_seconds") == 0
        await bot.ask(desk.anna, QUESTION)
        came = value(metrics, "last_update_timestamp_seconds")
        assert 0 <= bot.services.clock.now() - came < 60
        await until(lambda: value(metrics, "updates_waiting") == 0)


async def test_two_bots_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.telegram_failed(TelegramError("something"))
    assert (value(one, "telegram_errors_total", kind="other"), value(other, "telegram_errors_total", kind="other")) == (
        1,
        0,
    )


# Reading


async def test_the_outbox_is_shown_by_state_with_the_age_of_its_oldest(desk: Desk) -> None:
    async with desk.bot() as bot:
        services, reader = bot.services, Reader(bot.services)
        assert (reader.read().outbox, reader.read().outbox_oldest) == ({}, 0.0)
        # Nobody is there to send it to, and it is held back.
        put = [Outgoing(-4, 0, "8", part, "text") for part in (0, 1)]
        with services.store.database.writing() as connection:
            services.store.outbox.put(connection, put)
            connection.execute("UPDATE outbox SET created = created - 100, state = 'unclear' WHERE part = 0")
            connection.execute("UPDATE outbox SET created = created - 30, due = 9e9 WHERE part = 1")
        readings = reader.read()
        services.metrics.show(readings)
    assert readings.outbox == {"unclear": 1, "pending": 1}
    assert 30 <= readings.outbox_oldest < 90
    shown = {state: value(services.metrics, "outbox_messages", state=state) for state in ("unclear", "pending", "sent")}
    assert shown == {"unclear": 1, "pending": 1, "sent": 0}


async def test_the_generation_and_its_documents_are_those_that_answer(desk: Desk) -> None:
    async with desk.bot() as bot:
        reader, metrics = Reader(bot.services), bot.services.metrics
        first = reader.read()
        metrics.show(first)
        await desk.publish(bot, "note.md", NOTE)
        second = reader.read()
        metrics.show(second)
        withdrawn = next(name for name in bot.services.engine.stock.documents() if "note" in name)
        bot.services.library.withdraw(withdrawn, by="Daniyar")
        third = reader.read()
    assert first.generation != second.generation == third.generation
    assert [second.documents - first.documents, third.documents - second.documents] == [1, -1]
    assert 0 <= second.generation_age <= first.generation_age + 60
    assert value(metrics, "generation_info", generation=second.generation) == 1
    assert value(metrics, "generation_info", generation=first.generation) == 0


async def test_what_cannot_be_read_is_shown_as_unknown_and_not_as_it_was() -> None:
    metrics = Metrics()
    metrics.show(Readings({"pending": 3}, 5.0, "abc", 7.0, 9))
    assert (value(metrics, "outbox_messages", state="pending"), value(metrics, "documents")) == (3, 9)
    metrics.show(None)
    assert value(metrics, "outbox_messages", state="pending") == 0
    assert str(value(metrics, "documents")) == "nan"


# What is shown


async def test_what_is_promised_is_shown_and_no_other_label_is_there(desk: Desk) -> None:
    async with desk.bot() as bot:
        await _use(desk, bot)
        bot.services.metrics.show(Reader(bot.services).read())
        text = bot.services.metrics.exposition().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    ours = {name: family for name, family in families.items() if name.startswith("rapporteur_")}
    assert set(ours) == set(PROMISED)
    for name, labels in PROMISED.items():
        found = {label for sample in ours[name].samples for label in sample.labels}
        assert found <= labels, name
        assert ours[name].documentation.endswith(".")
    assert {"process_resident_memory_bytes", "process_open_fds", "python_info"} <= set(families)
    assert len(text.splitlines()) < 300


async def test_nobody_and_nothing_that_was_said_is_named(desk: Desk) -> None:
    async with desk.bot() as bot:
        await _use(desk, bot)
        bot.services.metrics.show(Reader(bot.services).read())
        text = bot.services.metrics.exposition().decode().casefold()
        named = [entry.document.metadata.title for entry in bot.services.engine.stock.documents().values()]
        ids = list(bot.services.engine.stock.documents())
    secrets = [str(desk.anna.id), str(desk.admin.id), "anna", "daniyar", "detainees", "lorries", bot.world.token]
    for word in (*secrets, *filter(None, named), *ids):
        assert word.casefold() not in text


async def _use(desk: Desk, bot: Running) -> None:
    """Do a little of everything."""
    await bot.ask(desk.anna, QUESTION)
    await desk.publish(bot, "note.md", NOTE)
    await bot.ask(desk.anna, LORRIES)
    bot.world.faults.plan("sendChatAction", bad_gateway())
    await bot.ask(desk.anna, "Who counted the lorries at the northern bridge?")
