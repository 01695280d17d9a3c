"""The HTML of the Bot API, parsed as Telegram does it, with its messages and its byte offsets.

Only ``&lt; &gt; &amp; &quot;`` and numeric references are decoded; every other markup is an error or plain text.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.local.entities import Entity, FormattedText, in_order

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_SPACES = frozenset(b" \t\r\n\v\x00")
_END = 0


class MarkupError(ValueError):
    """The markup is not what the Bot API accepts; the message is Telegram's."""


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    start: int


def parse_html(source: str) -> FormattedText:
    """The text and the entities that ``source`` stands for, before cleaning.

    Raises MarkupError with Telegram's own words, such as ``Unclosed start tag at byte offset 3``.
    """
    return _Parser(source).parse()


def checked_link(url: str) -> str | None:
    """``url`` as Telegram keeps it, or None where it would not make a link of it."""
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), parts.netloc
    if scheme in ("tg", "ton", "tonsite"):
        return url.strip()
    if (
        scheme not in ("http", "https", "ftp")
        or "." not in host.strip(".")
        or any(c.isspace() or c == "@" for c in host)
    ):
        return None
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{scheme}://{host}{path}{query}{fragment}"


class _Parser:
    """One pass over the UTF-8 bytes, as the offsets in the messages count them."""

    def __init__(self, source: str) -> None:
        self._bytes = source.encode("utf-8", errors="surrogatepass") + b"\x00"
        self._size = len(self._bytes) - 1
        self._at = 0
        self._text = bytearray()
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []
        self._languages: dict[int, str] = {}

    def parse(self) -> FormattedText:
        while self._at < self._size:
            byte = self._bytes[self._at]
            if byte == ord("&") and (code := self._reference()) is not None:
                self._offset += 1 + (code > 0xFFFF)
                self._text += chr(code).encode("utf-8", errors="surrogatepass")
            elif byte == ord("<"):
                begin = self._at
                self._at += 1
                if self._bytes[self._at] == ord("/"):
                    self._end_tag(begin)
                else:
                    self._start_tag(begin)
            else:
                self._offset += (byte & 0xC0) != 0x80
                self._offset += byte >= 0xF0
                self._text.append(byte)
                self._at += 1
        if self._open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        try:
            text = self._text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MarkupError(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched "
                "surrogate code units"
            ) from error
        return FormattedText(text, tuple(in_order(self._entities)))

    def _reference(self) -> int | None:
        """The code point of the reference here, which is then passed over; None where it is none."""
        end = self._at + 1
        code = 0
        if self._bytes[end] == ord("#"):
            end += 1
            base, digits = 10, b"0123456789"
            if self._bytes[end] == ord("x"):
                end += 1
                base, digits = 16, b"0123456789abcdefABCDEF"
            start = end
            while self._bytes[end] in digits:
                end += 1
            code = int(self._bytes[start:end], base) if end > start else 0
            if code == 0 or code >= 0x10FFFF or end - self._at >= 10:
                return None
        else:
            while chr(self._bytes[end]).isascii() and chr(self._bytes[end]).isalpha():
                end += 1
            named = _NAMED.get(self._bytes[self._at + 1 : end])
            if named is None:
                return None
            code = ord(named)
        self._at = end + (self._bytes[end] == ord(";"))
        return code

    def _until(self, stops: bytes) -> bytes:
        """The bytes up to a space, the end or one of ``stops``, which is not passed over."""
        begin = self._at
        while self._bytes[self._at] not in _SPACES and self._bytes[self._at] not in stops:
            self._at += 1
        return self._bytes[begin : self._at]

    def _skip_spaces(self) -> None:
        while self._at < self._size and self._bytes[self._at] in _SPACES:
            self._at += 1

    def _start_tag(self, begin: int) -> None:
        tag = _lower(self._until(b">"))
        if self._at >= self._size:
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        if tag not in _TYPES:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = ""
        while self._bytes[self._at] != ord(">"):
            self._skip_spaces()
            if self._bytes[self._at] == ord(">"):
                break
            argument = self._attribute(tag, begin, argument)
        self._at += 1
        if tag == "span" and argument != "spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self._open.append(_Open(tag, argument, self._offset, len(self._text)))

    def _attribute(self, tag: str, begin: int, argument: str) -> str:
        """Read one attribute; the argument of the tag is what it says, or what it was."""
        name = _lower(self._until(b"=>"))
        if not name:
            if self._at >= self._size:
                raise MarkupError(f"Unclosed start tag at byte offset {begin}")
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self._skip_spaces()
        if self._bytes[self._at] != ord("="):
            if self._at >= self._size:
                raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
            return "expandable" if (tag, name) == ("blockquote", "expandable") else argument
        self._at += 1
        self._skip_spaces()
        if self._at >= self._size:
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value = self._value()
        if self._at >= self._size:
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        match tag, name:
            case ("a", "href") | ("tg-emoji", "emoji-id"):
                return value
            case ("code", "class") if value.startswith("language-"):
                return value.removeprefix("language-")
            case ("span", "class") if value.startswith("tg-"):
                return value.removeprefix("tg-")
            case ("blockquote", "expandable"):
                return "expandable"
        return argument

    def _value(self) -> str:
        """The value of an attribute: a token of letters, digits, points and hyphens, or a quoted string."""
        begin = self._at
        quote = self._bytes[self._at]
        if quote not in b"'\"":
            while self._bytes[self._at] in b".-" or (
                self._bytes[self._at] < 128 and chr(self._bytes[self._at]).isalnum()
            ):
                self._at += 1
            if self._bytes[self._at] not in _SPACES and self._bytes[self._at] != ord(">"):
                raise MarkupError(f"Unexpected end of name token at byte offset {begin}")
            return _lower(self._bytes[begin : self._at])
        self._at += 1
        value = bytearray()
        while self._bytes[self._at] not in (quote, _END):
            if self._bytes[self._at] == ord("&") and (code := self._reference()) is not None:
                value += chr(code).encode("utf-8", errors="replace")
                continue
            value.append(self._bytes[self._at])
            self._at += 1
        if self._bytes[self._at] == quote:
            self._at += 1
        return value.decode("utf-8", errors="replace")

    def _end_tag(self, begin: int) -> None:
        if not self._open:
            raise MarkupError(f"Unexpected end tag at byte offset {begin}")
        tag = _lower(self._until(b">")[1:])
        self._skip_spaces()
        if self._bytes[self._at] != ord(">"):
            raise MarkupError(f"Unclosed end tag at byte offset {begin}")
        self._at += 1
        opened = self._open.pop()
        if tag and tag != opened.tag:
            raise MarkupError(f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{tag}>"')
        if self._offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        kind, length = _TYPES[opened.tag], self._offset - opened.offset
        match opened.tag:
            case "a":
                self._link(opened, length)
                return
            case "tg-emoji":
                if not opened.argument.isdigit() or int(opened.argument) == 0:
                    raise MarkupError("Invalid custom emoji identifier specified")
                self._entities.append(Entity(kind, opened.offset, length, custom_emoji_id=opened.argument))
                return
            case "pre" | "code":
                self._code(opened, length)
                return
            case "blockquote" if opened.argument == "expandable":
                kind = "expandable_blockquote"
        self._entities.append(Entity(kind, opened.offset, length))

    def _link(self, opened: _Open, length: int) -> None:
        url = opened.argument or self._text[opened.start :].decode("utf-8", errors="replace")
        parts = urlsplit(url)
        identifier = parse_qs(parts.query).get("id", [""])[0]
        if parts.scheme == "tg" and parts.netloc == "user" and identifier.isdigit():
            self._entities.append(Entity("text_mention", opened.offset, length, user_id=int(identifier)))
        elif link := checked_link(url):
            self._entities.append(Entity("text_link", opened.offset, length, url=link))

    def _code(self, opened: _Open, length: int) -> None:
        """``<pre><code class="language-x">`` is one entity with a language, whichever of the two is outside."""
        last = self._entities[-1] if self._entities else None
        if last is not None and (last.offset, last.length) == (opened.offset, length) and last.type != opened.tag:
            language = self._languages.get(opened.offset) if opened.tag == "pre" else opened.argument
            if last.type in ("pre", "code") and language:
                self._entities[-1] = Entity("pre", opened.offset, length, language=language)
                return
        if opened.tag == "code" and opened.argument:
            self._languages[opened.offset] = opened.argument
        self._entities.append(Entity(opened.tag, opened.offset, length))


def _lower(raw: bytes) -> str:
    """ASCII letters made small, as Telegram compares names."""
    return raw.lower().decode("utf-8", errors="replace")
