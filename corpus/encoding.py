"""From bytes to text: the byte order mark first, then UTF-8, then what the file declares, then what it looks like."""

from __future__ import annotations

import codecs
import re

from corpus.errors import RefusedContent

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Western encodings that Turkish is mistaken for, and the letters it then shows: Turkish ı, ş, ğ, İ, Ş and Ğ lie where
# Icelandic has these, and Icelandic is not a language of these documents.
_WESTERN = frozenset({"cp1252", "latin_1", "iso8859_1", "iso8859_15", "cp1254", "iso8859_9", "mac_iceland"})
# The same for Kazakh read as Russian: қ, ң, ө and ұ lie where cp1251 has Serbian and Macedonian letters.
_SERBIAN = re.compile("[љњќћџѕјЉЊЌЋЏЅЈ]")
_ICELANDIC = re.compile("[ýþðÝÞÐ]")
_CANDIDATES = (
    "cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "ptcp154", "kz1048", "mac_cyrillic",
    "cp1256", "iso8859_6", "cp1254", "iso8859_9", "cp857", "cp1252", "iso8859_1",
)  # fmt: skip
_SAMPLE = 200_000
# Signs that stand inside no word.
_SIGNS = "\x80-\xac\xae-\xb6\xb8-\xbf×÷\u2018\u201a-\u2026\u2030-\u203a\u20ac\u2122\u2500-\u259f"
_WORD = re.compile(rf"[^\W\d_]+(?:[{_SIGNS}]+[^\W\d_]+)*")
_LATIN, _CYRILLIC, _ARABIC = "A-Za-z\xc0-\u024f", "\u0400-\u052f", "\u0600-\u06ff"
_ODD = re.compile(
    "|".join(
        f"[{one}][{other}]"
        for one in (_LATIN, _CYRILLIC, _ARABIC)
        for other in (_LATIN, _CYRILLIC, _ARABIC)
        if one != other
    )
    + f"|[а-яё][А-ЯЁ]|[А-ЯЁ]{{2}}[а-яё]|[{_SIGNS}]"
)
# More odd words than this, and it is not the encoding.
_MOST_ODD = 0.2
# So many times more letters of UTF-8 than bytes that are none, and it is UTF-8.
_MOSTLY = 5
# Encodings in units of several bytes, without a mark: they show in the zeros of blanks and line ends, and what they
# give is in the scripts of these documents (Latin, Cyrillic, Arabic with its forms, punctuation).
_WIDE = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2))
_KNOWN = re.compile(
    "[\t\n\r\f -~\xa0-\u024f\u02b0-\u0301\u0400-\u052f\u0600-\u06ff\u0750-\u077f"
    "\u1e00-\u1eff\u2000-\u22ff\ufb50-\ufeff]*"
)


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text of ``data``.

    ``declared`` is the encoding that the file names for itself, if it does. Raises ``RefusedContent`` where the
    bytes are not text in any encoding that is known here.
    """
    for mark, marked in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(marked)
            except UnicodeDecodeError as error:
                reason = f"it begins as {marked} text but is broken at byte {error.start}; save it as UTF-8."
                raise RefusedContent(reason) from error
    if b"\x00" in data and (wide := _wide(data)) is not None:
        return wide
    for name in ("utf-8", declared):
        if name is not None and (text := _try(data, name)) is not None:
            return text
    _refuse_broken_utf_8(data)
    return _detect(data)


def _wide(data: bytes) -> str | None:
    for name, unit in _WIDE:
        if len(data) % unit:
            continue
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if _KNOWN.fullmatch(text):
            return text
    return None


def _refuse_broken_utf_8(data: bytes) -> None:
    """Raise ``RefusedContent`` where most of what is beyond ASCII is UTF-8: read as anything else it is no text."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        letters = [letter for letter in data[:_SAMPLE].decode("utf-8", "replace") if letter > "\x7f"]
        broken = letters.count("\ufffd")
        if len(letters) - broken > _MOSTLY * broken:
            raise RefusedContent(f"it is UTF-8 text but broken at byte {error.start}; save it again.") from error


def _try(data: bytes, name: str) -> str | None:
    try:
        text = data.decode(codecs.lookup(name).name)
    except (LookupError, UnicodeDecodeError):
        return None
    return None if "\x00" in text else text


def _detect(data: bytes) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(data[:_SAMPLE], cp_isolation=list(_CANDIDATES))
    # The library's order, but for what it reads as words that no one writes.
    readings = [(_oddness(text), text) for match in found if (text := _reading(data, match.encoding)) is not None]
    oddness, text = min(readings, key=lambda reading: reading[0], default=(1.0, ""))
    if oddness > _MOST_ODD:
        raise RefusedContent("its bytes are not text in any known encoding; save it as UTF-8 and load it again.")
    return text


def _reading(data: bytes, encoding: str) -> str | None:
    """Return ``data`` as ``encoding``, or as what that encoding is mistaken for where the letters say so."""
    text = _try(data, encoding)
    if text is None:
        return None
    if encoding in _WESTERN and _ICELANDIC.search(text):
        return _try(data, "cp1254") or text
    if encoding == "cp1251" and _SERBIAN.search(text):
        return _try(data, "kz1048") or text
    return text


def _oddness(text: str) -> float:
    """Return the share of words in two scripts, or with capitals inside, in the words with letters beyond ASCII."""
    words = [word for word in _WORD.findall(text[:_SAMPLE]) if not word.isascii()]
    return sum(1 for word in words if _ODD.search(word)) / len(words) if words else 0.0
