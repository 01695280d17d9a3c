"""The entities that Telegram finds by itself: commands, mentions, hashtags, cashtags, addresses and e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.local.entities import Entity
from bot.local.texts import utf16_offsets

_COMMAND = re.compile(r"(?<![\w/<>])/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{3,32}))?(?![\w/<>])", re.ASCII)
_MENTION = re.compile(r"(?<!\w)@([A-Za-z0-9_]{3,32})(?!\w)")
_HASHTAG = re.compile(r"(?<![\w#])#(\w{1,256})(?:@[A-Za-z0-9_]{3,32})?(?![\w#])")
_CASHTAG = re.compile(r"(?<![\w$])\$([A-Z]{1,8})(?![\w$])")
_EMAIL = re.compile(r"(?<![\w.@+-])[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}(?![\w@])")
_DOMAIN = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+"
_PATH = r"(?:[/?#][^\s<>«»“”\"]*)?"
_ADDRESS = re.compile(rf"(?<![\w@.-])(?:https?|ftp)://{_DOMAIN}[^\W\d_]{{2,63}}(?::\d{{1,5}})?{_PATH}", re.IGNORECASE)
#: Without a protocol only a name with a known ending is an address. Telegram knows every top-level domain; these
#: are the ones that diplomatic documents carry.
_ENDINGS = "com|org|net|int|edu|gov|info|biz|eu|io|me|ru|kz|tr|ir|sy|uk|us|de|fr|ch|at|cn|iq|jo|lb|рф|қаз"
_BARE_ADDRESS = re.compile(
    rf"(?<![\w@./:-]){_DOMAIN}(?:{_ENDINGS})(?![\w@-])(?!\.\w)(?::\d{{1,5}})?{_PATH}", re.IGNORECASE
)
_LINK = re.compile(r"(?<![\w@.-])(?:tg|ton|tonsite)://[A-Za-z0-9_-]{1,253}(?:[/?#][^\s<>«»“”\"]*)?", re.IGNORECASE)
_CLOSING = ".,:;!?'\""


def find(text: str) -> list[Entity]:
    """The entities found in ``text``, in order and without overlaps; of two that overlap the address wins."""
    offsets = utf16_offsets(text)
    kept: list[Entity] = []
    taken: list[tuple[int, int]] = []
    for kind, start, end in _candidates(text):
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        taken.append((start, end))
        kept.append(Entity(kind, offsets[start], offsets[end] - offsets[start]))
    return sorted(kept, key=lambda entity: entity.offset)


def command_target(command: str) -> tuple[str, str | None]:
    """The name of a bot command and the bot it is addressed to: ``/ask@some_bot`` gives ``ask``, ``some_bot``."""
    name, _, target = command.removeprefix("/").partition("@")
    return name, target or None


def _candidates(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end in code points of everything that could be an entity, the stronger kinds first."""
    for kind, pattern in (("url", _ADDRESS), ("url", _LINK), ("email", _EMAIL), ("url", _BARE_ADDRESS)):
        for match in pattern.finditer(text):
            end = match.end() if kind == "email" else match.start() + len(_without_closing(match.group()))
            yield kind, match.start(), end
    for kind, pattern in (("bot_command", _COMMAND), ("mention", _MENTION), ("cashtag", _CASHTAG)):
        for match in pattern.finditer(text):
            yield kind, match.start(), match.end()
    for match in _HASHTAG.finditer(text):
        if not match.group(1).isdigit():
            yield "hashtag", match.start(), match.end()


def _without_closing(address: str) -> str:
    """``address`` without the punctuation of the sentence around it: full stops, and brackets it did not open."""
    while address:
        last = address[-1]
        opening = {")": "(", "]": "["}.get(last)
        if last in _CLOSING or (opening is not None and address.count(last) > address.count(opening)):
            address = address[:-1]
        else:
            break
    return address
