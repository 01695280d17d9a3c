"""Faults planned on the page over HTTP."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.local.faults import FaultKind
from bot.local.web import add_web_chat, seed
from bot.local.world import World
from tests.bot.local.page import TOKEN, Page


@pytest.mark.parametrize(
    ("fault", "kind", "code", "seconds"),
    [
        ("flood", FaultKind.REFUSE, 429, 7),
        ("bad_gateway", FaultKind.REFUSE, 502, None),
        ("timeout", FaultKind.SILENT_AFTER, None, None),
        ("drop", FaultKind.DROP, None, None),
    ],
)
async def test_a_fault_is_planned_shown_and_spent(
    page: Page, fault: str, kind: FaultKind, code: int | None, seconds: int | None
) -> None:
    answer = await page.done("faults", fault=fault, method="sendMessage", seconds=7, times=2)
    planned = {"method": "sendMessage", "fault": fault, "seconds": seconds}
    assert answer == {"planned": [{**planned, "times": 2}]}
    met = page.world.faults.take("sendMessage")
    assert met is not None and met.kind is kind
    assert (met.error and met.error.code) == code
    assert await (await page.get("faults")).json() == {"planned": [{**planned, "times": 1}]}


async def test_what_is_planned_is_forgotten_when_asked(page: Page) -> None:
    await page.done("faults", fault="drop", method="any send")
    await page.done("faults", fault="flood", method="getUpdates")
    assert [one["method"] for one in (await (await page.get("faults")).json())["planned"]] == ["any send", "getUpdates"]
    assert await page.done("faults/clear") == {"planned": []}
    assert page.world.faults.take("sendMessage") is None


@pytest.mark.parametrize(
    "wrong", [{"method": "close"}, {"times": 0}, {"times": 101}, {"seconds": 0}, {"fault": "flames"}, {"after": 1}]
)
async def test_only_faults_of_the_list_are_planned(page: Page, wrong: dict[str, object]) -> None:
    await page.refused("faults", **{"fault": "flood", "method": "any send", **wrong})
    assert page.world.faults.planned() == []


async def test_only_a_demonstration_lets_one_play_with_people_and_faults() -> None:
    world = World(TOKEN)
    seeded = seed(world)
    app = web.Application()
    add_web_chat(app, world, demonstration=False)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        page = Page(client, world, seeded)
        assert (await (await page.get("state")).json())["demonstration"] is False
        for path in ("faults", "journal"):
            assert (await page.get(path)).status == 404
        for path in (
            "faults",
            "faults/clear",
            "person",
            "group",
            "member",
            "topic",
            "topic/delete",
            "migrate",
            "block",
        ):
            assert (await page.post(path)).status == 404, path
