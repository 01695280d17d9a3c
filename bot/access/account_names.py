"""Names of accounts: how they are written, and which of them would be taken for one another."""

from __future__ import annotations

import unicodedata

SHORTEST, LONGEST = 2, 32
_SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC")
_SIGNS = "._-"
# Small letters of different alphabets, and digits, that look like another letter. Marks are taken off before.
_ALIKE = str.maketrans(
    {
        **dict(zip("аеорсхуіјѕһкԛԝүѵ", "aeopcxyijshkqwyv", strict=True)),
        **dict(zip("01ıɑɡ", "oliag", strict=True)),
        **dict(zip("يىكةە", "ییکهه", strict=True)),
    }
)
_PAIRS = (("rn", "m"), ("vv", "w"))


class NameRefusedError(ValueError):
    """A name that no account can have; the message is one sentence."""


def checked_name(written: str) -> str:
    """A name as it is kept: in small letters, composed, with digits of one kind.

    Raises:
        NameRefusedError: it is too short or too long, has other characters than letters, digits, ".", "_" and "-", or
            letters of more than one alphabet.
    """
    name = _folded(written)
    if not SHORTEST <= len(name) <= LONGEST:
        raise NameRefusedError(f"A name has {SHORTEST} to {LONGEST} characters.")
    scripts = set()
    for character in name:
        if character in _SIGNS or character in "0123456789":
            continue
        script = unicodedata.name(character, "").partition(" ")[0]
        if unicodedata.category(character) not in ("Ll", "Lo") or script not in _SCRIPTS:
            raise NameRefusedError(
                f'A name has Latin, Cyrillic or Arabic letters, digits, ".", "_" and "-"; not {written!r}.'
            )
        scripts.add(script)
    if len(scripts) > 1:
        raise NameRefusedError(f"A name has letters of one alphabet; {written!r} mixes two.")
    if name[0] in _SIGNS or name[-1] in _SIGNS:
        raise NameRefusedError("A name begins and ends with a letter or a digit.")
    return name


def look(written: str) -> str:
    """The same for all names that are taken for one another: what is typed finds its account by this."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", _folded(written)) if not unicodedata.combining(c))
    seen = plain.translate(_ALIKE)
    for pair, letter in _PAIRS:
        seen = seen.replace(pair, letter)
    return seen


def _folded(written: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written[: 8 * LONGEST]).casefold()).strip()
    # The Turkish capital with a dot leaves the dot behind.
    folded = folded.replace("i\u0307", "i")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)
