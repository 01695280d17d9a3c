"""ZIP files before they are trusted: opened, told apart, and unpacked by counting what really comes out of them."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from corpus.errors import RefusedContent

MOST_UNPACKED = 100 * 1024 * 1024
MOST_TIMES = 100
MOST_ENTRIES = 5_000
# However well it is packed, this much is no bomb.
_HARMLESS = 1024 * 1024
_PIECE = 64 * 1024
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 1
_BOMB = (
    f"it unpacks to more than {MOST_UNPACKED // 1024**2} MB or {MOST_TIMES} times its size, so this was stopped; "
    "split it or save it in another format."
)
# A font of a book may be obscured without the book being locked.
_LOCKED_PAGE = re.compile(rb"""URI\s*=\s*["'][^"']*\.x?html?["']""", re.IGNORECASE)


class TooMuch(RefusedContent):
    """More would come out of a file than may: it is, or is like, a bomb."""

    def __init__(self) -> None:
        super().__init__(_BOMB)


class Damaged(RefusedContent):
    """A ZIP file, or one entry of it, is not as it was made; ``what`` says where."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"it begins as a ZIP file (Word, Excel, PowerPoint and others are such) but {what}: "
            "it is damaged; send it again."
        )


@dataclass(slots=True)
class Allowance:
    """How many bytes may still come out of one file, whatever is packed in it and however deep.

    ``at`` is what may come out of a file of a size: 100 MB, and 100 times its size where that is less.
    """

    left: int

    @classmethod
    def at(cls, packed: int) -> Allowance:
        """Return the allowance of a file of ``packed`` bytes."""
        return cls(min(MOST_UNPACKED, max(packed * MOST_TIMES, _HARMLESS)))

    def spend(self, size: int) -> None:
        """Take ``size`` bytes; raises ``TooMuch`` where that is more than is left."""
        if size > self.left:
            raise TooMuch
        self.left -= size


def open_archive(data: bytes) -> ZipFile:
    """Return the ZIP file ``data``; raises ``RefusedContent`` where it is damaged or has too many entries."""
    try:
        archive = ZipFile(BytesIO(data))
    except (BadZipFile, NotImplementedError, ValueError, OSError, EOFError, OverflowError, struct.error) as error:
        raise Damaged("its list of contents cannot be read") from error
    if len(archive.infolist()) > MOST_ENTRIES:
        raise RefusedContent(f"it holds more than {MOST_ENTRIES:,} files and folders; split it.")
    return archive


def contents(data: bytes, entry: ZipInfo, allowance: Allowance) -> bytes:
    """Return what is packed in one entry of the ZIP file ``data``; raises ``RefusedContent``."""
    return b"".join(_unpacked(data, entry, allowance))


def check_archive(data: bytes) -> str:
    """Unpack a ZIP file without keeping anything, and return its format as ``corpus.formats`` names it.

    What comes out is counted, since the sizes that a ZIP file states may be false. Raises ``RefusedContent`` for a
    bomb, a password, damage, or a format of ZIP files that is not read here.
    """
    archive = open_archive(data)
    format = format_of_archive(data, archive)
    if format != "zip":
        allowance = Allowance.at(len(data))
        for entry in archive.infolist():
            for _ in _unpacked(data, entry, allowance):
                pass
    return format


def format_of_archive(data: bytes, archive: ZipFile) -> str:
    """Return the format of a ZIP file by the names in it, "zip" where it is a mere folder of files."""
    names = frozenset(archive.namelist())
    if "mimetype" in names or "META-INF/manifest.xml" in names or "META-INF/container.xml" in names:
        kind = _small(data, archive, "mimetype").strip()
        if kind.startswith(b"application/vnd.oasis.opendocument.") or (not kind and "content.xml" in names):
            return _open_document(data, archive, kind)
        if kind == b"application/epub+zip" or "META-INF/container.xml" in names:
            _refuse_locked_book(data, archive, names)
            return "epub"
    if "[Content_Types].xml" in names:
        for folder, format in (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx")):
            if any(name.startswith(folder) for name in names):
                if "xl/workbook.bin" in names:
                    raise RefusedContent(
                        "it is a binary Excel workbook (.xlsb), which is not read here; save it as XLSX."
                    )
                return format
    if "Index/Document.iwa" in names or "Index.zip" in names:
        raise RefusedContent("it is a Pages, Numbers or Keynote file, which is not read here; save it as PDF or DOCX.")
    return "zip"


def is_encrypted(entry: ZipInfo) -> bool:
    """Say whether an entry opens only with a password."""
    return bool(entry.flag_bits & _ENCRYPTED)


def _open_document(data: bytes, archive: ZipFile, kind: bytes) -> str:
    if b"encryption-data" in _small(data, archive, "META-INF/manifest.xml"):
        raise RefusedContent("it opens only with a password; save it without one.")
    if not kind or re.search(rb"opendocument\.text(-template|-master)?$", kind):
        return "odt"
    if b"spreadsheet" in kind:
        raise RefusedContent("it is an OpenDocument spreadsheet, which is not read here; save it as XLSX.")
    if b"presentation" in kind:
        raise RefusedContent("it is an OpenDocument presentation, which is not read here; save it as PPTX or PDF.")
    raise RefusedContent("it is an OpenDocument file that holds no text; save it as PDF.")


def _refuse_locked_book(data: bytes, archive: ZipFile, names: frozenset[str]) -> None:
    locked = "META-INF/rights.xml" in names or (
        "META-INF/encryption.xml" in names and _LOCKED_PAGE.search(_small(data, archive, "META-INF/encryption.xml"))
    )
    if locked:
        raise RefusedContent("it is a book locked against copying; ask its publisher for an open copy.")


def _small(data: bytes, archive: ZipFile, name: str) -> bytes:
    """Return a small part, empty where there is none."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        return b""
    return contents(data, entry, Allowance(_HARMLESS))


def _unpacked(data: bytes, entry: ZipInfo, allowance: Allowance) -> Iterator[bytes]:
    """Yield what is packed in an entry, piece by piece, each paid for before it is held."""
    if is_encrypted(entry):
        raise RefusedContent("it opens only with a password; save it without one.")
    check, size = 0, 0
    for piece in _pieces(data, entry):
        allowance.spend(len(piece))
        check = zlib.crc32(piece, check)
        size += len(piece)
        yield piece
    if check != entry.CRC or size != entry.file_size:
        raise Damaged(f"{_shown(entry)} in it is not what it was")


def _pieces(data: bytes, entry: ZipInfo) -> Iterator[bytes]:
    packed = _packed(data, entry)
    if entry.compress_type == ZIP_STORED:
        yield bytes(packed)
        return
    if entry.compress_type != ZIP_DEFLATED:
        raise RefusedContent("it is packed in a way that few programs read; pack it again as an ordinary ZIP file.")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for start in range(0, len(packed), _PIECE):
            pending: bytes | memoryview = packed[start : start + _PIECE]
            while pending and not inflater.eof:
                yield inflater.decompress(pending, _PIECE)
                pending = inflater.unconsumed_tail
    except zlib.error as error:
        raise Damaged(f"{_shown(entry)} in it cannot be unpacked") from error


def _packed(data: bytes, entry: ZipInfo) -> memoryview:
    start = entry.header_offset
    head = data[start : start + _LOCAL_HEADER.size] if start >= 0 else b""
    if len(head) < _LOCAL_HEADER.size or not head.startswith(_LOCAL_MAGIC):
        raise Damaged(f"{_shown(entry)} is not where it should be")
    _, name, extra = _LOCAL_HEADER.unpack(head)
    begin = start + _LOCAL_HEADER.size + name + extra
    return memoryview(data)[begin : begin + entry.compress_size]


def _shown(entry: ZipInfo) -> str:
    """Return an entry's name for a sentence."""
    name = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "�", entry.filename)
    return name if len(name) <= 80 else f"{name[:77]}..."
