"""A web chat with accounts, and browsers of those who have one, as far as HTTP goes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, DummyCookieJar

from bot.access.accounts import Account, AccountTable
from bot.access.passwords import Cost, hashed
from bot.clock import ManualClock
from bot.local.closed import closed_web_chat
from bot.local.residents import Residents
from bot.local.world import World
from bot.reach import Reach
from bot.store import Store

TOKEN = "123456789:AAtesttokentesttokentesttoken"
NAME = "chat.institute.example"
PASSWORDS = {"anna": "a sentence of Anna", "boris": "a sentence of Boris", "daniyar": "a sentence of Daniyar"}
CHEAP = Cost(4, 8, 1)
#: As a proxy on this machine would have it.
PROXIED = {"Host": NAME, "X-Forwarded-Proto": "https"}
BEHIND_PROXY = Reach(names=(NAME,), proxies=(ip_network("127.0.0.0/8"),))


def add(accounts: AccountTable, name: str, **rights: Any) -> Account:
    """An account of the tests."""
    return accounts.add(name, hashed(PASSWORDS[name], CHEAP), **rights)


@dataclass
class Browser:
    """Somebody's browser: it keeps one cookie and says where its requests come from."""

    http: ClientSession
    address: str
    headers: dict[str, str] = field(default_factory=lambda: dict(PROXIED))
    cookie: str | None = None

    async def get(self, path: str, headers: dict[str, str] | None = None, **query: object) -> ClientResponse:
        """Read an address."""
        params = {name: str(value) for name, value in query.items()}
        response = await self.http.get(
            self.address + path, params=params, headers=self._all(headers), allow_redirects=False
        )
        await response.read()
        return response

    async def post(self, path: str, headers: dict[str, str] | None = None, **body: object) -> ClientResponse:
        """Ask for something, as the page's own script does."""
        own = {"Origin": f"https://{self.headers['Host']}"}
        response = await self.http.post(self.address + path, json=body, headers=self._all(own | (headers or {})))
        await response.read()
        return response

    async def log_in(self, name: str, password: str | None = None, **more: object) -> ClientResponse:
        """Log in, and keep the cookie that is given."""
        password = PASSWORDS[name] if password is None else password
        response = await self.post("web/login", name=name, password=password, **more)
        if response.status == 200:
            self.cookie = response.cookies["__Host-rapporteur"].value
        return response

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The events from now on."""
        async with self.http.get(self.address + "web/events", headers=self._all(None)) as response:
            assert response.status == 200
            assert await response.content.readline() == b"retry: 1500\n"

            async def read() -> AsyncIterator[dict[str, Any]]:
                async for line in response.content:
                    if line.startswith(b"data: "):
                        yield json.loads(line.removeprefix(b"data: "))

            yield read()

    def _all(self, headers: dict[str, str] | None) -> dict[str, str]:
        cookie = {} if self.cookie is None else {"Cookie": f"__Host-rapporteur={self.cookie}"}
        return self.headers | cookie | (headers or {})


@dataclass(frozen=True)
class Closed:
    """A running web chat with accounts, and all that is behind it."""

    world: World
    clock: ManualClock
    store: Store
    residents: Residents
    http: ClientSession
    address: str
    people: dict[str, Account]

    @property
    def accounts(self) -> AccountTable:
        """The accounts."""
        return self.store.accounts

    def browser(self, **headers: str) -> Browser:
        """A browser in which nobody is logged in."""
        return Browser(self.http, self.address, PROXIED | {n.replace("_", "-"): v for n, v in headers.items()})

    async def visitor(self, name: str) -> Browser:
        """A browser in which somebody is logged in."""
        browser = self.browser()
        assert (await browser.log_in(name)).status == 200
        return browser

    @property
    def group(self) -> int:
        """The group of all."""
        return next(chat for chat in self.world.chats if chat < 0)


@asynccontextmanager
async def closed_chat(folder: Path, reach: Reach = BEHIND_PROXY) -> AsyncIterator[Closed]:
    """The web chat of Anna, an admin, Boris, who may read what is internal, and Daniyar."""
    clock = ManualClock()
    world = World(TOKEN, clock=clock)
    with Store.open(folder / "local.sqlite3", clock.now) as store:
        people = {
            "anna": add(store.accounts, "anna", is_admin=True),
            "boris": add(store.accounts, "boris", clearance="internal"),
            "daniyar": add(store.accounts, "daniyar"),
        }
        residents = Residents(world, "public")
        residents.settle(store.accounts.all())
        serving = closed_web_chat(world, residents, store.accounts, reach, 0, clock, cost=CHEAP)
        async with serving as port, ClientSession(cookie_jar=DummyCookieJar()) as http:
            scheme = "http" if reach.certificate is None else "https"
            yield Closed(world, clock, store, residents, http, f"{scheme}://127.0.0.1:{port}/", people)
