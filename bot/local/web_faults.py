"""Faults that whoever plays with the web chat can plan, to see how the bot bears them."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.local import forms
from bot.local.faults import Fault, FaultKind, bad_gateway, flood, timeout_after
from bot.local.forms import from_body
from bot.local.methods import METHODS
from bot.local.models import JsonObject
from bot.local.world import World


class Faults:
    """What the page asks about faults; only a page on which one may be anybody has it."""

    def __init__(self, world: World) -> None:
        """Of one world."""
        self._faults = world.faults

    def routes(self) -> Iterable[web.RouteDef]:
        """The addresses to mount."""
        return (
            web.get("/web/faults", self.planned),
            web.post("/web/faults", self.plan),
            web.post("/web/faults/clear", self.clear),
        )

    async def planned(self, _: web.Request) -> web.Response:
        """The faults still to come."""
        return self._answer()

    async def plan(self, request: web.Request) -> web.Response:
        """Let the next calls go wrong; gives all that is planned now."""
        asked = await from_body(request, forms.FaultPlan)
        self._faults.plan(asked.method, _fault(asked), asked.times)
        return self._answer()

    async def clear(self, _: web.Request) -> web.Response:
        """Forget what is planned."""
        self._faults.clear()
        return self._answer()

    def _answer(self) -> web.Response:
        return web.json_response({"planned": [_view(p.method, p.fault, p.times) for p in self._faults.planned()]})


def _fault(asked: forms.FaultPlan) -> Fault:
    match asked.fault:
        case "flood":
            return flood(asked.seconds)
        case "bad_gateway":
            return bad_gateway()
        case "timeout":
            return timeout_after()
        case "drop":
            return Fault(FaultKind.DROP)


def _view(method: str, fault: Fault, times: int) -> JsonObject:
    """One planned fault: what it is, as in the form that plans it, of which calls, and how often."""
    names = {FaultKind.REFUSE: "bad_gateway", FaultKind.SILENT_AFTER: "timeout", FaultKind.DROP: "drop"}
    seconds = None if fault.error is None else fault.error.parameters.get("retry_after")
    name = names.get(fault.kind, fault.kind.value) if seconds is None else "flood"
    known = METHODS.get(method)
    return {"method": method if known is None else known.name, "fault": name, "seconds": seconds, "times": times}
