"""The files that people and the bot sent, by the identifiers that Telegram would give them."""

from __future__ import annotations

import base64
import hashlib
import struct

from bot.local.errors import bad_request
from bot.local.models import Attachment

#: What a bot may download and upload through Telegram's own server, in bytes.
DOWNLOAD_LIMIT = 20 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
_PREFIXES = {"document": "BQACAgIAAxk", "photo": "AgACAgIAAxk", "voice": "AwACAgIAAxk", "sticker": "CAACAgIAAxk"}
_FOLDERS = {"photo": "photos", "voice": "voice", "sticker": "stickers", "video": "videos", "audio": "music"}


class FileStore:
    """Contents of files, held in memory."""

    def __init__(self) -> None:
        """No files."""
        self._files: dict[str, tuple[Attachment, bytes]] = {}
        self._paths: dict[str, str] = {}

    def add(
        self, kind: str, content: bytes, *, name: str | None = None, mime: str | None = None, duration: int = 0
    ) -> Attachment:
        """Keep ``content`` and give it identifiers; the same kind, name and content get the same ones."""
        digest = hashlib.sha256(b"\x00".join((kind.encode(), (name or "").encode(), content))).digest()
        unique_id = "AgAD" + base64.urlsafe_b64encode(digest[:8]).decode().rstrip("=")
        file_id = _PREFIXES.get(kind, "BAACAgIAAxk") + base64.urlsafe_b64encode(digest[:24]).decode()
        width, height = image_size(content) or (512, 512) if kind in ("photo", "sticker", "video") else (0, 0)
        attachment = Attachment(kind, file_id, unique_id, len(content), name, mime, width, height, duration)
        self._files.setdefault(file_id, (attachment, content))
        return attachment

    def get(self, file_id: str) -> Attachment:
        """What was kept under ``file_id``. Raises ApiError 400 where nothing was."""
        if file_id not in self._files:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return self._files[file_id][0]

    def content(self, file_id: str) -> bytes:
        """The bytes of a file, of any size. Raises KeyError where there is none."""
        return self._files[file_id][1]

    def prepare(self, file_id: str) -> tuple[Attachment, str]:
        """A file and the path under which it can now be downloaded.

        Raises ApiError 400 for an unknown identifier and for a file over 20 MB.
        """
        if file_id not in self._files:
            raise bad_request("invalid file_id")
        attachment, _ = self._files[file_id]
        if attachment.size > DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        number = list(self._files).index(file_id)
        _, dot, ending = (attachment.name or "").rpartition(".")
        folder = _FOLDERS.get(attachment.kind, "documents")
        path = f"{folder}/file_{number}{dot}{ending if dot and ending.isascii() and ending.isalnum() else ''}".rstrip(
            "."
        )
        self._paths[path] = file_id
        return attachment, path

    def at(self, path: str) -> bytes | None:
        """The bytes of the file that ``prepare`` gave ``path``, or None."""
        file_id = self._paths.get(path)
        return None if file_id is None else self._files[file_id][1]


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG picture in pixels, None for anything else."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    if content[:2] == b"\xff\xd8":
        return _jpeg_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
