"""The keys under which facts about a document are stated: known ones in any spelling, and misspelt ones told."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

_NAMES = (
    *("title", "publisher", "author", "date", "language", "url", "process", "round", "place"),
    *("meeting_start", "meeting_end", "document_class", "access", "sources"),
)
_KEYS = {"class": "document_class"} | {name: name for name in _NAMES}
_CLOSE = 0.8
# No known key is half as long; comparing longer ones only takes time.
_LONGEST = 30
# Cyrillic letters that look like Latin ones, as a key typed on the wrong keyboard has them.
_LOOKALIKES = str.maketrans("асеорхукі", "aceopxyki")
_NOT_ACCESS = ("accessed", "accessib", "accession")
_OF_ACCESS = frozenset(
    ("classification", "clearance", "confidentiality", "label", "labels", "secrecy", "sensitivity", "visibility")
)


def key_of(key: str) -> str | None:
    """Return the field of ``Metadata`` that ``key`` names, in any case, with hyphens or blanks; None for any other."""
    return _KEYS.get(_plain(key))


def similar_key(key: str) -> str | None:
    """Return the known key, of all but access, that an unknown one resembles; None where it resembles none."""
    known = [name for name in _KEYS if name != "access"]
    return next(iter(get_close_matches(_plain(key).translate(_LOOKALIKES), known, 1, _CLOSE)), None)


def is_like(key: str, name: str) -> bool:
    """Say whether ``key`` is ``name`` misspelt."""
    return bool(get_close_matches(_plain(key).translate(_LOOKALIKES), (name,), 1, _CLOSE))


def is_like_access(key: str) -> bool:
    """Say whether an unknown ``key`` may be meant for the access label: "acess", "accès", "access_level"."""
    plain = _plain(key)
    if plain.startswith(_NOT_ACCESS):
        return False
    return plain.startswith("access") or plain.endswith("access") or is_like(key, "access")


def is_of_access(key: str) -> bool:
    """Say whether an unknown ``key`` is what others call an access label: "clearance", "classification"."""
    return _plain(key) in _OF_ACCESS


def _plain(key: str) -> str:
    letters = unicodedata.normalize("NFKD", key.strip()[:_LONGEST])
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\s_-]+", "_", bare.casefold())
