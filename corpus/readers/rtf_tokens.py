"""The tokens of Rich Text Format 1.9.1, and the letters that its bytes stand for."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<symbol>[^A-Za-z])|"
    rb"(?P<brace>[{}])|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)",
    re.DOTALL,
)
# By the number of a font's character set; 0 and 1 are the file's own.
_CHARSETS = {
    **{77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254"},
    **{163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"},
    **{254: "cp437", 255: "cp850"},
}
SYMBOL = 2
_WESTERN = "cp1252"


@dataclass(frozen=True, slots=True)
class Token:
    """A control word with its number, a symbol, a byte of text (``data``), plain text, or a brace, by ``kind``."""

    kind: str
    word: str = ""
    number: int | None = None
    data: bytes = b""


def tokens(content: bytes) -> Iterator[Token]:
    """Yield the tokens of a file; the bytes that follow ``\\bin`` are passed over."""
    position = 0
    while match := _TOKEN.match(content, position):
        position = match.end()
        kind = match.lastgroup
        if match["word"] is not None:
            word, number = match["word"].decode("ascii"), match["number"]
            if word == "bin" and number is not None:
                position += max(int(number), 0)
            yield Token("word", word, None if number is None else int(number))
        elif kind == "byte":
            yield Token("text", data=bytes.fromhex(match["byte"].decode("ascii")), number=1)
        elif kind == "symbol":
            yield Token("symbol", match["symbol"].decode("latin-1"))
        elif kind == "brace":
            yield Token(match["brace"].decode("ascii"))
        elif kind == "text":
            yield Token("text", data=match["text"])


@dataclass(slots=True)
class Fonts:
    """The character sets of a file's fonts, by number, and the file's own code page."""

    own: str = _WESTERN
    charsets: dict[int, int] = field(default_factory=dict)
    pages: dict[int, str] = field(default_factory=dict)

    def page(self, number: int) -> str:
        """Return the codec of a code page by its number; the western one where there is none."""
        try:
            return codecs.lookup(f"cp{number}").name
        except LookupError:
            return _WESTERN

    def codec(self, font: int | None) -> str | None:
        """Return the codec of a font's bytes; None for a font of symbols, whose bytes are no letters.

        Where the file tells its fonts' character sets apart, "ANSI" is the western one; else it is the file's own.
        """
        if font in self.pages:
            return self.pages[font]
        charset = self.charsets.get(-1 if font is None else font, 1)
        if charset == SYMBOL:
            return None
        if charset == 0 and any(each in _CHARSETS for each in self.charsets.values()):
            return _WESTERN
        return _CHARSETS.get(charset, self.own)
