"""Archives and messages made in a test: small enough to read what is in them."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

SENTENCE = "The delegations of the valleys met in the hall and spoke of the reservoir at length."
CONTENT_TYPES = "[Content_Types].xml"


def zipped(files: Mapping[str, bytes | str] | Sequence[tuple[str, bytes | str]], method: int = ZIP_DEFLATED) -> bytes:
    """Return a ZIP file of (name, content), always with the same bytes."""
    target = BytesIO()
    with ZipFile(target, "w") as archive, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, content in files.items() if isinstance(files, Mapping) else files:
            entry = ZipInfo(name, (2019, 3, 4, 0, 0, 0))
            entry.compress_type = method
            archive.writestr(entry, content)
    return target.getvalue()


def with_mode(name: str, mode: int, content: bytes = b"elsewhere.txt") -> bytes:
    """Return a ZIP file of one entry of a kind, such as ``stat.S_IFLNK``, and one plain file."""
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        entry = ZipInfo(name)
        entry.create_system = 3
        entry.external_attr = (mode | stat.S_IRUSR) << 16
        archive.writestr(entry, content)
        archive.writestr("plain.txt", SENTENCE)
    return target.getvalue()


def locked(data: bytes) -> bytes:
    """Return a ZIP file whose entries say that they are encrypted."""
    changed = bytearray(data)
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := changed.find(magic, start + 1)) >= 0:
            changed[start + place] |= 1
    return bytes(changed)


def message(text: str | None = SENTENCE, **headers: str) -> EmailMessage:
    """Return a message with a sender, a subject and a date, and other headers where they are given."""
    made = EmailMessage()
    stated = {
        "from": "Aida Sultan <aida@institute.example>",
        "to": "Delegations <all@valleys.example>",
        "subject": "The third round",
        "date": "Mon, 04 Mar 2019 23:30:00 +0500",
        "message-id": "<1@institute.example>",
    }
    for name, value in {**stated, **headers}.items():
        made[name] = value
    if text is not None:
        made.set_content(text)
    return made
