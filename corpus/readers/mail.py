"""The reader of e-mail messages (RFC 5322, MIME), and what is attached to one."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.errors import CloseBoundaryNotFoundDefect, HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from typing import Any, TypeVar

from corpus.canonical import fold
from corpus.document import Extraction, Metadata
from corpus.encoding import decode
from corpus.errors import RefusedContent
from corpus.metadata import web_address
from corpus.readers.draft import Draft
from corpus.readers.mail_text import blocks_of_html, blocks_of_text

# What the standard library raises for headers and parts that are not as they should be, beside its own errors.
_MALFORMED = (MessageError, HeaderParseError, LookupError, ValueError, AttributeError, TypeError, AssertionError)
_MOST_NAMED = 3
_MOST_LEVELS = 50
_MOST_PARTS = 2_000
_NO_TEXT = "there is no text in the message itself; what is attached to it is read each for itself."
_ENCRYPTED = "it is an encrypted message; save it decrypted from the mail program."
# What belongs to the sending of a message rather than to what it says.
_NO_DOCUMENTS = frozenset(
    (
        *("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"),
        *("application/pgp-keys", "message/delivery-status", "text/calendar", "text/rfc822-headers", "text/x-amp-html"),
    )
)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message: its name as the message gives it, and its bytes."""

    name: str
    data: bytes


@dataclass(slots=True)
class _Parts:
    """The parts of a message: what it says, and what is attached, in order."""

    texts: list[EmailMessage] = field(default_factory=list)
    files: list[EmailMessage] = field(default_factory=list)
    count: int = 0


def read_mail(data: bytes) -> Extraction:
    """Read the bytes of a message, its own text without what is attached; raises ``RefusedContent``.

    The subject is the title, the sender the author and the day in the date header, as the sender's clock had it, the
    date. A heading with sender, recipients and date stands over the text, and so in every citation. Plain text is
    preferred to HTML; lines that the mail program broke are joined, and quoted lines keep the first of their marks. A
    web page saved in one file (MHTML) is read as the page.
    """
    message = _message(data)
    parts = _parts(message)
    page = next((part for part in parts.texts if part.get_content_type() == "text/html"), None)
    if _is_saved_page(message) and page is not None:
        return _read_page(message, page)
    subject = fold(_header(message, "subject") or "") or None
    draft = Draft()
    if _is_cut(message):
        draft.warnings.append("The message ends in the middle: what followed is missing.")
    if subject is not None:
        draft.title(subject)
    if head := _head(message):
        draft.heading(head, 1)
    for part in parts.texts:
        text = decode(_payload(part), _charset(part))
        if part.get_content_type() == "text/html":
            blocks = blocks_of_html(text)
        else:
            blocks = blocks_of_text(text, flowed=_parameter(part, "format") == "flowed")
        for kind, content in blocks:
            draft.add(kind, content)
    if not draft.has_prose:
        raise RefusedContent(_NO_TEXT)
    return draft.extraction(Metadata(title=subject, author=_people(message, "from"), date=_day(message)))


def attachments(data: bytes) -> Iterator[Attachment]:
    """Yield what is attached to a message, a message in it as a file of its own; raises ``RefusedContent``.

    Pictures that are shown in the text, signatures and invitations are left out.
    """
    message = _message(data)
    if _is_saved_page(message):
        return
    for number, part in enumerate(_parts(message).files, start=1):
        content = _attached(part)
        if content:
            yield Attachment(_name(part, number), content)


def _message(data: bytes) -> EmailMessage:
    try:
        message = message_from_bytes(data, policy=policy.default)
    except _MALFORMED as error:
        raise RefusedContent("it is a message that cannot be taken apart; save it again as EML or PDF.") from error
    if not message.keys():
        raise RefusedContent("it has no header as a message has; save it again from the mail program.")
    kind = message.get_content_type()
    if kind == "multipart/encrypted" or (kind.startswith("application/") and kind.endswith("pkcs7-mime")):
        raise RefusedContent(_ENCRYPTED)
    return message


def _parts(message: EmailMessage) -> _Parts:
    parts = _Parts()
    _sort(message, parts, is_chosen=True, level=0)
    return parts


def _sort(part: EmailMessage, parts: _Parts, *, is_chosen: bool, level: int) -> None:
    """Put the leaves below ``part`` where they belong; text that is not chosen is another form of what was."""
    if level > _MOST_LEVELS:
        raise RefusedContent("it is a message nested too deeply to be read; save it as PDF.")
    parts.count += 1
    if parts.count > _MOST_PARTS:
        raise RefusedContent(f"it is a message of more than {_MOST_PARTS:,} parts; save what matters of it by itself.")
    kind = part.get_content_type()
    if not part.is_multipart() or kind == "message/rfc822":
        _sort_leaf(part, kind, parts, is_chosen=is_chosen)
        return
    children = [child for child in part.get_payload() if isinstance(child, EmailMessage)]
    if kind == "multipart/encrypted":
        raise RefusedContent(_ENCRYPTED)
    chosen = _preferred(children) if kind == "multipart/alternative" else None
    for child in children:
        is_child_chosen = is_chosen and (chosen is None or child is chosen)
        _sort(child, parts, is_chosen=is_child_chosen, level=level + 1)


def _sort_leaf(part: EmailMessage, kind: str, parts: _Parts, *, is_chosen: bool) -> None:
    disposition = _safely(part.get_content_disposition)
    name = _file_name(part)
    if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
        if is_chosen:
            parts.texts.append(part)
    elif kind not in _NO_DOCUMENTS and (disposition == "attachment" or not _is_shown(part, kind)):
        parts.files.append(part)


def _is_shown(part: EmailMessage, kind: str) -> bool:
    """Say whether a part is a picture or the like that the text shows, rather than a document of its own."""
    return kind.startswith(("image/", "audio/", "video/", "font/")) or kind in ("text/css", "text/plain", "text/html")


def _preferred(children: list[EmailMessage]) -> EmailMessage | None:
    """Return the form of a text that is read: plain text that says something, else what contains HTML."""
    for child in children:
        if child.get_content_type() == "text/plain" and _payload(child).strip():
            return child
    for child in children:
        if child.get_content_type() == "text/html" or child.is_multipart():
            return child
    return children[0] if children else None


def _payload(part: EmailMessage) -> bytes:
    payload = _safely(lambda: part.get_payload(decode=True))
    return payload if isinstance(payload, bytes) else b""


def _attached(part: EmailMessage) -> bytes:
    if part.get_content_type() != "message/rfc822":
        return _payload(part)
    inner: Any = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    if not isinstance(first, Message):
        return _payload(part)
    # As it came: folding headers anew fails on malformed ones.
    return _safely(lambda: first.as_bytes(policy=policy.default.clone(refold_source="none"))) or b""


def _name(part: EmailMessage, number: int) -> str:
    name = _decoded(_file_name(part) or "")
    if name:
        return name
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner: Any = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        subject = fold(_header(first, "subject") or "") if isinstance(first, EmailMessage) else ""
        return f"{subject[:80] or f'message {number}'}.eml"
    return f"attachment {number}{mimetypes.guess_extension(kind) or ''}"


def _file_name(part: EmailMessage) -> str | None:
    name = _safely(lambda: part.get_filename(None))
    return str(name) if name else None


def _decoded(name: str) -> str:
    """Return a name with the encoded words (RFC 2047) that some programs put where RFC 2231 wants another form."""
    if "=?" not in name:
        return name
    return _safely(lambda: str(make_header(decode_header(name)))) or name


def _head(message: EmailMessage) -> str:
    """Return sender, recipients and date as one line; people by their names, which is what a citation needs."""
    fields = [("From", _people(message, "from")), ("To", _people(message, "to")), ("Date", _header(message, "date"))]
    return "; ".join(f"{name}: {fold(value)}" for name, value in fields if value and fold(value))


def _people(message: EmailMessage, name: str) -> str | None:
    people = [fold(address.display_name or address.addr_spec) for address in _addresses(message, name)]
    people = [person for person in people if any(map(str.isalnum, person))]
    if len(people) > _MOST_NAMED:
        return f"{', '.join(people[:_MOST_NAMED])} and {len(people) - _MOST_NAMED} others"
    return ", ".join(people) or None


def _addresses(message: EmailMessage, name: str) -> tuple[Any, ...]:
    return _safely(lambda: tuple(_parsed(message, name).addresses)) or ()


def _day(message: EmailMessage) -> str | None:
    moment = _safely(lambda: _parsed(message, "date").datetime)
    return moment.date().isoformat() if moment is not None else None


def _header(message: Message[Any, Any], name: str) -> str | None:
    return _safely(lambda: str(_parsed(message, name))) or _raw(message, name)


def _parsed(message: Message[Any, Any], name: str) -> Any:
    return policy.default.header_factory(name, _raw(message, name) or "")


def _raw(message: Message[Any, Any], name: str) -> str | None:
    """Return a header as it was sent, unfolded; None where there is none. Old programs sent it in any encoding."""
    for key, value in message.raw_items():
        if key.lower() == name:
            line = "".join(str(value).splitlines())
            if line.isascii():
                return line
            try:
                return decode(line.encode("utf-8", "surrogateescape"))
            except RefusedContent:
                return line.encode("ascii", "replace").decode("ascii")
    return None


def _charset(part: EmailMessage) -> str | None:
    return _safely(part.get_content_charset)


def _parameter(part: EmailMessage, name: str) -> str | None:
    value = _safely(lambda: part.get_param(name))
    return value.lower() if isinstance(value, str) else None


def _safely(get: Callable[[], _Value]) -> _Value | None:
    """Return what ``get`` gives, None where the message is malformed there."""
    try:
        return get()
    except _MALFORMED:
        return None


def _is_cut(message: EmailMessage) -> bool:
    return any(isinstance(defect, CloseBoundaryNotFoundDefect) for part in message.walk() for defect in part.defects)


def _is_saved_page(message: EmailMessage) -> bool:
    """Say whether this is a web page that a browser saved in one file."""
    return message.get_content_type() == "multipart/related" and (
        "snapshot-content-location" in message or "saved by" in (_header(message, "from") or "").lower()
    )


def _read_page(message: EmailMessage, page: EmailMessage) -> Extraction:
    from corpus.readers.html import read_html

    # The page's own declaration may be of the encoding before it was saved.
    content = decode(_payload(page), _charset(page)).encode("utf-8", "replace")
    extraction = read_html(content)
    address = _header(message, "snapshot-content-location") or _header(page, "content-location") or ""
    url = extraction.metadata.url or web_address(address)
    return replace(extraction, metadata=replace(extraction.metadata, url=url))
