"""Entries of the audit log: what each kind of them says, and the hashes that tie one to the next."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrieval.answers.quotes import Quote

# Whole numbers alone, so that there is one way to write each value.
Value: TypeAlias = "bool | int | str | Sequence[Value] | Mapping[str, Value] | None"
Body: TypeAlias = Mapping[str, Value]

FORM: Final = "rapporteur audit 1"
# What the first entry follows.
BEGINNING: Final = "0" * 64
SALT_BYTES: Final = 16


class Kind(StrEnum):
    """What an entry is about."""

    QUESTION = "question"
    ANSWER = "answer"
    DELIVERY = "delivery"
    FILE = "file"
    DOCUMENT = "document"
    RELOAD = "reload"
    ROLLBACK = "rollback"
    APPROVAL = "approval"
    ROUND = "round"
    RESTORED = "restored"
    ACCESS = "access"
    LIMIT = "limit"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written into the log: once for each ``key``, whatever comes under the same key later.

    The ``body`` is emptied after the time of retention; the key and the kind stay for ever, and must tell nothing that
    may not. In neither is there ever a token, a password, an invitation code, or a word of a document.
    """

    kind: Kind
    key: str
    body: Body


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it is kept; ``at`` is in milliseconds since 1970, ``digest`` and ``chain`` are hexadecimal.

    ``salt`` and ``body`` (canonical JSON) are None where the entry was emptied.
    """

    number: int
    at: int
    key: str
    kind: str
    digest: str
    chain: str
    salt: bytes | None
    body: str | None

    def follows(self, previous: str) -> bool:
        """Whether the chain hash is that of this entry behind one whose chain hash is ``previous``."""
        return self.chain == chain_hash(previous, self.number, self.at, self.key, self.kind, self.digest)

    @property
    def is_emptied(self) -> bool:
        """Whether the body was emptied."""
        return self.body is None

    @property
    def is_intact(self) -> bool:
        """Whether the body is what was written, or was emptied."""
        if self.salt is None or self.body is None:
            return self.salt is None and self.body is None
        return self.digest == body_digest(self.salt, self.body)


def canonical(value: Value) -> str:
    """The one way to write a value: JSON as of RFC 8785, where half a surrogate pair, which no UTF-8 has, is "?"."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace").decode()


def body_digest(salt: bytes, body: str) -> str:
    """SHA-256 over the salt and the canonical body: without the salt, no body can be tried against it."""
    return hashlib.sha256(salt + body.encode()).hexdigest()


def chain_hash(previous: str, number: int, at: int, key: str, kind: str, digest: str) -> str:
    """SHA-256 over the chain hash of the entry before and over all that an entry keeps for ever, as a JSON array."""
    return hashlib.sha256(canonical([FORM, previous, number, at, key, kind, digest]).encode()).hexdigest()


def place(citation: str, document: str, sha256: str, start: int, end: int) -> Value:
    """Where a quotation stands; not what it says."""
    return {"citation": citation, "document": document, "sha256": sha256, "start": start, "end": end}


def places(quotes: Iterable[Quote]) -> list[Value]:
    """Where quotations stand."""
    return [place(quote.citation, quote.document.id, quote.document.sha256, quote.start, quote.end) for quote in quotes]


# For what others write, in a transaction of theirs by ``AuditTable.append``, or by ``AuditTable.note``.


def access_changed(change: str, *, whom: int | None, by: int | str | None, **detail: Value) -> Entry:
    """Somebody's access was changed: ``whom`` is the Telegram id of the person or group, ``by`` that of the admin.

    ``change`` is one word for it, such as "admitted", "role", "suspended" or "invited", and ``detail`` what else there
    is to say (role="diplomat", clearance="internal"), of an invitation never its code nor a digest of that. It is
    written each time.
    """
    body: dict[str, Value] = {"change": change, "whom": whom, "by": by, **detail}
    return Entry(Kind.ACCESS, f"access:{secrets.token_hex(8)}", body)


def limit_hit(limit: str, *, person: int | None, chat: int | None, hour: int) -> Entry:
    """Somebody was refused for having asked or sent too much, which is written once an ``hour``, since 1970.

    ``limit`` is the name of the limit.
    """
    seen = hashlib.sha256(canonical([limit, person, chat, hour]).encode()).hexdigest()
    key = f"limit:{seen[:16]}"
    return Entry(Kind.LIMIT, key, {"limit": limit, "person": person, "chat": chat})
