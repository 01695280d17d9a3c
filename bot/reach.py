"""How the web chat is reached: on this machine by anybody, or on a closed network by people with accounts."""

from __future__ import annotations

import ipaddress
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_HERE = ("127.0.0.0/8", "::1/128")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?")


class ReachError(Exception):
    """The web chat cannot be served so; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The address that the web chat listens on, the names under which people reach it, and who encrypts.

    ``certificate`` and ``key`` are files in PEM format, by which the page itself speaks TLS. ``proxies`` are the
    networks of the reverse proxies that do so in its place, and that are believed what they say of a request.
    """

    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[Network, ...] = ()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback

    @property
    def has_accounts(self) -> bool:
        """Whether people log in, since others than those on this machine may reach the page."""
        return not self.is_loopback or self.certificate is not None or bool(self.proxies)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names under which the page is reached, without a port where any will do."""
        if self.names or ipaddress_is_open(self.host):
            return self.names
        return LOOPBACK_NAMES if self.is_loopback else (bracketed(self.host),)

    def contradiction(self, prefix: str) -> str | None:
        """Why the settings, whose variables begin with ``prefix``, cannot hold together; None where they do."""
        certificate, key = f"{prefix}CERTIFICATE", f"{prefix}KEY"
        if self.certificate is not None and self.key is None:
            return f"{certificate} needs {key}, the file with its private key"
        if self.key is not None and self.certificate is None:
            return f"{key} needs {certificate}, the file with its certificate"
        if not self.is_loopback and self.certificate is None and not self.proxies:
            return (
                f"{prefix}HOST {self.host} lets other machines reach the web chat; set {certificate} and {key} for "
                f"TLS, or {prefix}PROXY where a proxy provides it"
            )
        if self.names and not self.has_accounts:
            return (
                f"{prefix}NAME is for a web chat that is reached from elsewhere; set {certificate} and {key} for TLS, "
                f"or {prefix}PROXY where a proxy provides it"
            )
        if self.has_accounts and not self.names and (self.proxies or not self.hosts):
            return f"{prefix}NAME must say under which name people reach the web chat, such as chat.institute.example"
        return None

    def address(self, port: int) -> str:
        """Where people find the page that listens on ``port``."""
        name = self.hosts[0]
        has_port = re.search(r":\d+$", name.rpartition("]")[2] or name) is not None
        if has_port or (self.proxies and self.certificate is None) or port == 443:
            return f"https://{name}/"
        return f"https://{name}:{port}/"

    def tls(self) -> ssl.SSLContext | None:
        """What the page speaks TLS with, None where a proxy does.

        Raises:
            ReachError: certificate or key cannot be read, or do not belong together.
        """
        if self.certificate is None or self.key is None:
            return None
        for file in (self.certificate, self.key):
            try:
                file.read_bytes()
            except OSError as error:
                raise ReachError(f"The file {file} cannot be read ({error.strerror}).") from None
        return _context(self.certificate, self.key)


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(certificate)
    except ssl.SSLError:
        raise ReachError(f"The file {certificate} is no certificate in PEM format.") from None
    try:
        # Without a password here, one would be asked for on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        if b"ENCRYPTED" in key.read_bytes():
            raise ReachError(f"The key {key} has a passphrase; write it without one.") from None
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ReachError(f"The key {key} does not belong to the certificate {certificate}.") from None
        raise ReachError(f"The file {key} is no private key in PEM format.") from None
    return context


def checked_host(value: str) -> str:
    """An address to listen on. Raises ValueError where it is none."""
    if value == "localhost":
        return value
    try:
        return str(ipaddress.ip_address(value.strip("[]")))
    except ValueError:
        raise ValueError(
            f'"{value}" is no address; write one such as 127.0.0.1, 10.0.0.5, or 0.0.0.0 for all of this machine'
        ) from None


def checked_names(values: Iterable[str]) -> tuple[str, ...]:
    """Names of hosts as browsers send them, with a port or without. Raises ValueError where one is none."""
    return tuple(_checked_name(value.strip()) for value in values if value.strip())


def _checked_name(value: str) -> str:
    try:
        name = bracketed(str(ipaddress.ip_address(value.strip("[]"))))
    except ValueError:
        try:
            name = value.lower() if value.isascii() else value.encode("idna").decode()
        except UnicodeError:
            name = ""
    if not _NAME.fullmatch(name):
        raise ValueError(f'"{value}" is no name of a host; write it alone, such as chat.institute.example')
    return name


def split_proxies(value: str) -> tuple[str, ...]:
    """The networks that ``true``, ``false`` or a list of addresses and networks means."""
    folded = value.strip().casefold()
    if folded in _FALSE:
        return ()
    return _HERE if folded in _TRUE else tuple(part.strip() for part in value.split(",") if part.strip())


def checked_proxies(values: Iterable[str]) -> tuple[Network, ...]:
    """The networks of proxies. Raises ValueError where one is none, or is all the world."""
    found = []
    for value in values:
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            raise ValueError(
                f'"{value}" is no address of a proxy; write one such as 10.0.0.2 or 10.0.0.0/29, or true for one here'
            ) from None
        if network.prefixlen == 0:
            raise ValueError(f"{value} would let everybody pass for the proxy; write its own address")
        found.append(network)
    return tuple(found)


def ipaddress_is_open(host: str) -> bool:
    """Whether an address to listen on means all addresses of this machine."""
    return host != "localhost" and ipaddress.ip_address(host).is_unspecified


def bracketed(host: str) -> str:
    """An address as it is written in front of a port."""
    return f"[{host}]" if ":" in host else host
