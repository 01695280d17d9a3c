"""Passwords of accounts: kept as salted scrypt hashes, each beside the cost that it was made at."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

#: How many characters a password has at least.
SHORTEST = 12
#: How many bytes of UTF-8 a password has at most.
LONGEST = 1024
# Letters and digits that are not taken for one another.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_SALT_BYTES, _HASH_BYTES = 16, 32
_MOST_MEMORY = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """The parameters of scrypt (RFC 7914): it takes 128 * 2**power * block bytes, and work in proportion to lanes."""

    power: int = 15
    block: int = 8
    lanes: int = 3


COST = Cost()


def hashed(password: str, cost: Cost = COST) -> str:
    """What is kept of a password: method, cost, a new salt and the hash. Takes a good part of a second."""
    salt = secrets.token_bytes(_SALT_BYTES)
    parts = (base64.b64encode(part).decode() for part in (salt, _scrypt(password, salt, cost)))
    return "$".join(("scrypt", str(cost.power), str(cost.block), str(cost.lanes), *parts))


def matches(password: str, kept: str) -> bool:
    """Whether this is the password of which ``kept`` is kept; compared in constant time.

    Raises:
        ValueError: ``kept`` is nothing that ``hashed`` gave.
    """
    method, power, block, lanes, salt, expected = kept.split("$")
    if method != "scrypt":
        raise ValueError(f"passwords are kept with scrypt, not with {method}")
    found = _scrypt(password, base64.b64decode(salt), Cost(int(power), int(block), int(lanes)))
    return hmac.compare_digest(found, base64.b64decode(expected))


def weakness(password: str) -> str | None:
    """Why a password cannot be taken, in one sentence, or None where it can."""
    if len(_normalised(password)) < SHORTEST:
        return f"A password has at least {SHORTEST} characters."
    if len(_normalised(password).encode("utf-8", "replace")) > LONGEST:
        return f"A password has at most {LONGEST} bytes."
    return None


def generated() -> str:
    """A random password of five groups of four, with 99 bits of chance."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(5))


def _normalised(password: str) -> str:
    """One form for the same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFC", password)


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    return hashlib.scrypt(
        _normalised(password).encode("utf-8", "replace"),
        salt=salt,
        n=1 << cost.power,
        r=cost.block,
        p=cost.lanes,
        maxmem=_MOST_MEMORY,
        dklen=_HASH_BYTES,
    )
