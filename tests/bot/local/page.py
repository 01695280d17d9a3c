"""A browser of the web chat, as far as HTTP goes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from bot.local.web import Seed
from bot.local.world import World

TOKEN = "123456789:AAtesttokentesttokentesttoken"


class Page:
    """Requests as the page makes them, and the world behind it."""

    def __init__(self, client: TestClient[web.Request, web.Application], world: World, seeded: Seed) -> None:
        self.client = client
        self.world = world
        self.seeded = seeded
        self.origin = f"http://127.0.0.1:{client.server.port}"

    async def get(self, path: str, **query: object) -> ClientResponse:
        return await self.client.get(f"/web/{path}", params={name: str(value) for name, value in query.items()})

    async def post(self, path: str, **body: object) -> ClientResponse:
        return await self.client.post(f"/web/{path}", json=body, headers={"Origin": self.origin})

    async def upload(self, content: bytes, **query: object) -> ClientResponse:
        params = {name: str(value) for name, value in query.items()}
        return await self.client.post(
            "/web/upload", params=params, data=BytesIO(content), headers={"Origin": self.origin}
        )

    async def done(self, path: str, **body: object) -> dict[str, Any]:
        """The answer to something that must succeed."""
        response = await self.post(path, **body)
        answer: dict[str, Any] = await response.json()
        assert response.status == 200, answer
        return answer

    async def refused(self, path: str, **body: object) -> str:
        """The sentence with which something is refused."""
        response = await self.post(path, **body)
        answer = await response.json()
        assert response.status == 400, answer
        return str(answer["error"])
