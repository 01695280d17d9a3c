"""The one form of text that is stored, compared and shown: NFC, and already as Telegram's server leaves a message.

What the server does to a text: control characters become spaces, U+2028-202E, U+0333, U+033F and U+030A are deleted,
in a run of U+200E and U+200F all but the last become U+200C, and the ends are trimmed. A text in this form is
displayed as it is stored, so that an offset here is an offset there.
"""

from __future__ import annotations

import re
import unicodedata

# A carriage return and the two Unicode separators end a line; the server would only delete them and join the words.
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
# The server blanks U+0000-001F; the delete character and U+0080-009F are as invisible and go the same way.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_DELETED = re.compile("[\u202a-\u202e\u0333\u033f\u030a]")
_MARKS = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Invisible, and only in the way of comparing: soft hyphens, zero width spaces, word joiners, byte order marks.
# The zero width non-joiner and joiner stay: Persian spells with them.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_BLANKS = re.compile(r"\s+")


def canonical(text: str) -> str:
    """Return ``text`` in the form in which it is stored and displayed; ``canonical(canonical(t)) == canonical(t)``.

    Line breaks of every make become ``\\n``. Blanks inside a line stay as many as they were; see ``fold``.
    A lone surrogate, which no UTF-8 can carry, becomes U+FFFD.
    """
    text = _SURROGATES.sub("\ufffd", _LINE_ENDS.sub("\n", text))
    text = _CONTROLS.sub(" ", text)
    # Deleting one mark may let its neighbours compose, which may set another mark free: repeat until nothing changes.
    while True:
        composed = _DELETED.sub("", unicodedata.normalize("NFC", text))
        if composed == text:
            break
        text = composed
    return _MARKS.sub(lambda run: "\u200c" * len(run.group()), text).strip()


def is_canonical(text: str) -> bool:
    """Say whether ``text`` is already as ``canonical`` would leave it."""
    return canonical(text) == text


def fold(text: str) -> str:
    """Return ``text`` as one canonical line: every run of blanks and line breaks one space, invisible marks dropped."""
    folded = _BLANKS.sub(" ", canonical(_INVISIBLE.sub("", text)))
    # Folding can bring nothing new to compose or delete: only blanks changed.
    return folded.strip()
