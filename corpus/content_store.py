"""Files kept under the SHA-256 of their content: written once, never changed, the same content once."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from corpus.durable import sync_folder, write_atomically


class ContentStore:
    """A folder of such files, in folders named by the first two digits of the hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the content of that hash is, if it is here."""
        return self.folder / sha256[:2] / sha256

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, str) and self.path(sha256).is_file()

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its hash."""
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self:
            self._folder_of(sha256)
            write_atomically(self.path(sha256), content)
        return sha256

    def put_file(self, file: Path, sha256: str) -> bool:
        """Keep a copy of ``file``; False, and nothing is kept, where its content is another by now or it is gone."""
        if sha256 in self:
            return True
        try:
            original = file.open("rb")
        except OSError:
            return False
        folder = self._folder_of(sha256)
        handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=folder)
        try:
            digest = hashlib.sha256()
            with original, os.fdopen(handle, "wb") as copy:
                while part := original.read(1024 * 1024):
                    digest.update(part)
                    copy.write(part)
                copy.flush()
                os.fsync(copy.fileno())
            if digest.hexdigest() != sha256:
                return False
            Path(temporary).replace(self.path(sha256))
            sync_folder(folder)
        finally:
            Path(temporary).unlink(missing_ok=True)
        return True

    def read(self, sha256: str) -> bytes | None:
        """The content of that hash; None where it is not here, or is not what it was."""
        try:
            content = self.path(sha256).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def remove(self, sha256: str) -> None:
        """Keep the content of that hash no longer."""
        path = self.path(sha256)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def __iter__(self) -> Iterator[str]:
        """The hashes of everything that is here, sorted."""
        return iter(sorted(path.name for path in self.folder.glob("??/*") if not path.name.startswith(".")))

    def clear_unfinished(self) -> None:
        """Remove what a killed run left half written."""
        for path in self.folder.glob("??/.*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _folder_of(self, sha256: str) -> Path:
        folder = self.path(sha256).parent
        folder.mkdir(parents=True, exist_ok=True)
        return folder
