"""What can go wrong in finding and quoting. Each message is one sentence for the person who can mend it."""

from __future__ import annotations


class RetrievalError(Exception):
    """The root of this package's errors."""


class EncoderError(RetrievalError):
    """The encoder named in the settings cannot be loaded or does not give what it should."""


class IndexMissing(RetrievalError):  # noqa: N818 - named for what it is about
    """No index has been built yet in the data directory."""


class IndexDamaged(RetrievalError):  # noqa: N818 - named for what it is about
    """The index on disk is not what was written, or was made by another encoder or version."""


class IndexBusy(RetrievalError):  # noqa: N818 - named for what it is about
    """Another process is indexing the same data directory."""


class NoDocuments(RetrievalError):  # noqa: N818 - named for what it is about
    """The folders hold no document that could be read."""


class QuestionRefused(RetrievalError):  # noqa: N818 - named for what it is about
    """The question cannot be searched for: empty, or too long."""


class NoSuchRound(RetrievalError):  # noqa: N818 - named for what it is about
    """No indexed document belongs to the round asked for."""


class StorageFailed(RetrievalError):  # noqa: N818 - named for what happened
    """What is made could not be written, such as on a full disk, or memory ran out; what was there is as it was."""
