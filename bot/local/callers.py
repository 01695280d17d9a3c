"""Where a request of the closed web chat comes from: directly, or through a proxy that is believed what it says."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.local.guard import other_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from bot.reach import Network, Reach

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: The addresses that a link on another site may lead to.
PAGES = ("/", "/web/login")


@dataclass(frozen=True, slots=True)
class Caller:
    """The address a request comes from, the host it was sent to, and whether it was encrypted on its way."""

    address: str
    host: str
    is_secure: bool


def caller(request: web.BaseRequest, proxies: Sequence[Network]) -> Caller:
    """Who calls; what ``X-Forwarded-`` headers say is believed only of a proxy."""
    peer = _address(request.remote or "")
    host = request.headers.get("Host", "").lower()
    secure = request.transport is not None and request.transport.get_extra_info("sslcontext") is not None
    if peer is None or not _is_one(peer, proxies):
        return Caller(request.remote or "", host, secure)
    headers = request.headers
    said = headers.getall("X-Forwarded-Proto", [])
    return Caller(
        _forwarded_for(",".join(headers.getall("X-Forwarded-For", [])), peer, proxies),
        headers.get("X-Forwarded-Host", host).lower(),
        secure if not said else [one.strip().lower() for one in said] == ["https"],
    )


def _forwarded_for(chain: str, peer: _Address, proxies: Sequence[Network]) -> str:
    """The last address of the chain that is no proxy of ours: what stands before it, anybody may have written."""
    nearest = peer
    for part in reversed([part for part in chain.split(",") if part.strip()]):
        before = _address(part.strip().strip("[]"))
        if before is None:
            break
        nearest = before
        if not _is_one(before, proxies):
            break
    return str(nearest)


def _is_one(address: _Address, proxies: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in proxies)


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


class ClosedDoor:
    """Lets in whoever comes encrypted and by the name of the page; who they are is asked behind it."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def caller(self, request: web.BaseRequest) -> Caller:
        """Who calls."""
        return caller(request, self._reach.proxies)

    def refusal(self, request: web.Request) -> str | None:
        """Why a request may not be answered, in one sentence, or None where it may."""
        found = self.caller(request)
        if not found.is_secure:
            return "This page is reached over https alone."
        if not self._is_own(found.host):
            return "This page answers only to its own name."
        return other_site(request, f"https://{found.host}", PAGES)

    def is_private(self, request: web.BaseRequest) -> bool:
        """Whatever is not a part of the page itself."""
        return not request.path.startswith("/web/static/")

    def _is_own(self, host: str) -> bool:
        name, sign, port = host.rpartition(":")
        bare = name if sign and port.isdecimal() else host
        return host in self._reach.hosts or bare in self._reach.hosts
