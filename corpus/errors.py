"""What can go wrong in reading files and folders, each a sentence that says what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path


class CorpusError(Exception):
    """The base of this package's errors; its text is one sentence for an admin."""


class FolderError(CorpusError):
    """A folder of documents that is missing, unreadable or not a folder."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class UnreadableFile(CorpusError):  # noqa: N818 - named for what it is about
    """A file that cannot become a document.

    ``reason`` is a sentence without the file's name; the error's own text has both. ``is_beside`` says that nothing is
    wrong with the file itself, but with what is stated about it in a sidecar or in the rules of its folders.
    """

    def __init__(self, path: Path, reason: str, *, is_beside: bool = False) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path = path
        self.reason = reason
        self.is_beside = is_beside


class RefusedContent(CorpusError):  # noqa: N818 - named for what it is about
    """Raised by a reader that knows the content but not the file; ``read`` turns it into ``UnreadableFile``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
