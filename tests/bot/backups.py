"""Data directories for backups: small ones made without an index, and what is in them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from contextlib import closing
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bot.backup.making import make_backup
from bot.backup.restore import restore_backup
from bot.outbox.outgoing import Outgoing
from bot.store import Store
from corpus.document import Extraction, Metadata
from corpus.drafts import Drafts
from corpus.library import Library, Recorded

if TYPE_CHECKING:
    from pathlib import Path

    from bot.backup.encryption import Seal
    from bot.backup.making import Made
    from bot.backup.restore import Restored

NOW = 1_767_225_600.0
LATER = NOW + 3 * 24 * 3600


class Unmetered:
    """A meter that nobody looks at."""

    def start(self, stage: str, total: int) -> None:
        """Nothing is shown."""

    def advance(self, steps: int) -> None:
        """Nothing is shown."""


def extraction(text: str) -> Extraction:
    """What is read of a file with nothing but one paragraph."""
    return Extraction(text, (), Metadata(title=text[:20]))


def record(library: Library, name: str, text: str) -> str:
    """List a document with its original, as indexing does, and return the digest of its bytes."""
    sha256 = library.originals.put(text.encode())
    library.record([Recorded(name, f"/documents/{name}", sha256, extraction(text), b"")], [])
    return sha256


def fill(data: Path, documents: int = 3, size: int = 400) -> None:
    """Make a data directory with a store, a library and files that were sent, and nothing indexed."""
    data.mkdir(mode=0o700, exist_ok=True)
    with Store.open(data / "store.sqlite3", lambda: NOW) as store:
        store.subscriptions.add(-100, 0, "en")
        store.keep_updates({number: f'{{"update_id": {number}}}' for number in range(20)})
    with closing(Library.open(data / "library")) as library:
        for number in range(documents):
            record(library, f"{number}.txt", f"Document {number}: " + " ".join(words(number, size)))
        (library.uploads / ("договор" * 15 + ".txt")).write_text("A name that is long and not in Latin letters.")
        (library.uploads / ".half").write_text("not whole yet")
        Drafts(library, lambda: NOW).add("draft.txt", b"A file that waits.", "7")
    (data / "models").mkdir()
    (data / "models" / "weights").write_bytes(bytes(1000))


def words(seed: int, count: int) -> list[str]:
    """So many words that do not repeat."""
    return [hashlib.sha256(f"{seed} {number}".encode()).hexdigest()[:9] for number in range(count)]


def backed_up(data: Path, target: Path, seal: Seal | None = None, **options: bool) -> Made:
    """Make a backup with nobody looking."""
    return make_backup(data, target, seal, NOW, Unmetered(), **options)


def restored(data: Path, source: Path, *, force: bool = False) -> Restored:
    """Restore a backup that is not encrypted with nobody looking."""
    return restore_backup(data, source, lambda _: [], LATER, Unmetered(), force=force)


def files_in(folder: Path) -> dict[str, bytes]:
    """What is in the files below a folder, by path, but for databases and locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".sqlite3" not in path.name and path.suffix != ".lock" and path.name != "lock"
    }


def everything_in(folder: Path) -> dict[str, bytes]:
    """What is in all files below a folder, by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def waiting(*parts: int) -> list[Outgoing]:
    """Messages to one chat."""
    return [Outgoing(-100, 0, "s", part, f"words {part}") for part in parts]


def quickly_encrypted(plain: bytes, passphrase: str) -> bytes:
    """A short text as age encrypts it to a passphrase, but with a work factor that a test has the time for."""
    salt, nonce, key = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
    wrapping = hashlib.scrypt(
        passphrase.encode(), salt=b"age-encryption.org/v1/scrypt" + salt, n=2**10, r=8, p=1, dklen=32
    )
    wrapped = ChaCha20Poly1305(wrapping).encrypt(bytes(12), key, None)
    header = f"age-encryption.org/v1\n-> scrypt {_base64(salt)} 10\n{_base64(wrapped)}\n---".encode()
    mac = hmac.digest(_derived(key, b"", b"header"), header, "sha256")
    payload = ChaCha20Poly1305(_derived(key, nonce, b"payload")).encrypt(bytes(11) + b"\x01", plain, None)
    return header + b" " + _base64(mac).encode() + b"\n" + nonce + payload


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes by HKDF with SHA-256."""
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")
