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
    "cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "ptcp154", "kz1048",
    "cp1256", "iso8859_6", "cp1254", "iso8859_9", "cp1252", "iso8859_1", "utf_16_le", "utf_16_be",
)  # fmt: skip
_SAMPLE = 200_000


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
    for name in ("utf-8", declared):
        if name is not None and (text := _try(data, name)) is not None:
            return text
    return _detect(data)


def _try(data: bytes, name: str) -> str | None:
    try:
        text = data.decode(codecs.lookup(name).name)
    except (LookupError, UnicodeDecodeError):
        return None
    return None if "\x00" in text else text


def _detect(data: bytes) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(data[:_SAMPLE], cp_isolation=list(_CANDIDATES)).best()
    text = _try(data, found.encoding) if found is not None else None
    if text is None or found is None:
        raise RefusedContent("its bytes are not text in any known encoding; save it as UTF-8 and load it again.")
    if found.encoding in _WESTERN and _ICELANDIC.search(text):
        return _try(data, "cp1254") or text
    if found.encoding == "cp1251" and _SERBIAN.search(text):
        return _try(data, "kz1048") or text
    return text
