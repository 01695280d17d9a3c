"""Texts to vectors: the ``Encoder`` protocol, and which model is behind it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from retrieval.encoders import bundled_model
from retrieval.encoders.exports import described, export_folder, refusal, refuse
from retrieval.errors import EncoderError
from retrieval.index.storage import storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from retrieval.encoders.exports import Description
    from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder


@dataclass(frozen=True, slots=True)
class Encoding:
    """A text as an encoder reads it.

    ``vector`` is float32 of shape (d,) and length 1. ``tokens`` is float32 of shape (n, 2, d): each token's vector in a
    middle layer as it is, and in the last layer at length 1; ``spans`` (int32, (n, 2)) are the code points of the text
    that each stands for. Tokens of the prompt and of the model's own are left out. A model that does not show its
    tokens has one, the text itself.
    """

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32]
    spans: NDArray[np.int32]


class Encoder(Protocol):
    """What turns texts into vectors of unit length."""

    @property
    def identity(self) -> str:
        """Names the model and its version; vectors of different identities must not be mixed."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    @property
    def serving(self) -> str:
        """What computes it, and how precisely, for an admin to read."""

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 of shape (len(texts), dimension), each of length 1."""

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages or sentences, shaped as above; ``progress`` is told how many more are done."""

    def read_question(self, text: str) -> Encoding:
        """A question with the vectors of its tokens."""

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """Passages or sentences with the vectors of their tokens, each with its index in ``texts``, in any order."""


def load_encoder(name: str, models_folder: Path, *, sample: Sequence[str] = (), threads: int | None = None) -> Encoder:
    """Load the encoder that ``name`` means: "bundled", a folder, or a name on the model hub.

    It is served from its export, which is made where there is none yet, and checked on ``sample``, texts of the corpus.
    One that cannot be exported is served by sentence-transformers. ``threads`` is how many it may compute with.

    Raises:
        EncoderError: it cannot be loaded.
        StorageFailed: its export cannot be written.
    """
    identity = encoder_identity(name)
    folder = export_folder(models_folder, identity)
    description = described(folder, identity)
    if description is None:
        from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder

        with storage(models_folder, "preparing the encoder"):
            source = SentenceTransformerEncoder(_source(name, models_folder), identity=identity, threads=threads)
            description = _exported(source, folder, sample)
        if description is None:
            return source
    from retrieval.encoders.exported_encoder import ExportedEncoder
    from retrieval.encoders.runtimes import RuntimeFailed

    try:
        return ExportedEncoder(folder, description, threads)
    except RuntimeFailed as error:
        raise EncoderError(
            f"The exported encoder in {folder} cannot be loaded ({error}); delete that folder, and it is made anew."
        ) from error


def _exported(source: SentenceTransformerEncoder, folder: Path, sample: Sequence[str]) -> Description | None:
    """The export of ``source``, made now; None where it cannot be exported, which is remembered."""
    if refusal(folder) is not None:
        return None
    from retrieval.encoders.exporting import NotExported, export

    try:
        export(source, folder, sample)
    except NotExported as error:
        refuse(folder, str(error))
    return described(folder, source.identity)


def _source(name: str, models_folder: Path) -> str:
    """What sentence-transformers loads the encoder from."""
    if name == bundled_model.NAME:
        return str(bundled_model.ensure_unpacked(models_folder))
    folder = Path(name).expanduser()
    return str(folder) if folder.is_dir() else name


def encoder_identity(name: str) -> str:
    """The identity of the encoder that ``name`` means, without loading it.

    For a folder it is a digest of the files in it, so that a model changed in place is noticed.

    Raises:
        EncoderError: ``name`` looks like a folder that does not exist, or a file of it cannot be read.
    """
    if name == bundled_model.NAME:
        return f"bundled:{_digest([bundled_model.packaged_file()])}"
    folder = Path(name).expanduser()
    if folder.is_dir():
        return f"folder:{_digest(sorted(path for path in folder.rglob('*') if path.is_file()))}"
    looks_like_one = folder.is_absolute() or name.startswith(".") or name.count("/") != 1
    if looks_like_one and ("/" in name or os.sep in name):
        raise EncoderError(
            f"The encoder's folder {name!r} does not exist; set RAPPORTEUR_EMBEDDING_MODEL to the name or folder "
            'of a Sentence Transformers model, or to "bundled".'
        )
    return f"hub:{name}"


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        try:
            state = path.stat()
            digest.update(path.name.encode())
            digest.update(_digest_of_file(path, state.st_size, state.st_mtime_ns))
        except OSError as error:
            raise EncoderError(
                f"The encoder's file {path} cannot be read ({error.strerror or error}); check its permissions."
            ) from error
    return digest.hexdigest()[:16]


@lru_cache(maxsize=256)
def _digest_of_file(path: Path, size: int, changed: int) -> bytes:
    """Read once by this process, as long as its size and the time of its last change stay as they are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
