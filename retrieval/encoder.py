"""Texts to vectors: the ``Encoder`` protocol, and any Sentence Transformers model behind it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from retrieval import bundled_model
from retrieval.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

_BATCH = 32


class Encoder(Protocol):
    """What turns texts into vectors of unit length."""

    @property
    def identity(self) -> str:
        """Names the model and its version; vectors of different identities must not be mixed."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 of shape (len(texts), dimension), each of length 1."""

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages or sentences, shaped as above; ``progress`` is told how many more are done."""


class SentenceTransformerEncoder:
    """Any Sentence Transformers model; its prompts named "query" and "passage" (or "document") are used if it has them.

    Raises:
        EncoderError: the model cannot be loaded.
    """

    def __init__(self, name_or_folder: str, *, identity: str, threads: int | None = None) -> None:
        torch, sentence_transformers = _import_quietly()
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            self._model = sentence_transformers.SentenceTransformer(name_or_folder, device="cpu")
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise EncoderError(
                f"The encoder {name_or_folder!r} cannot be loaded ({_first_line(error)}); set "
                'RAPPORTEUR_EMBEDDING_MODEL to the name or folder of a Sentence Transformers model, or to "bundled".'
            ) from error
        self._question_prompt = self._prompt("query")
        self._passage_prompt = self._prompt("passage", "document")
        self.identity = identity
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def _prompt(self, *names: str) -> str:
        return next((self._model.prompts[name] for name in names if self._model.prompts.get(name)), "")

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 of shape (len(texts), dimension), each of length 1."""
        return self._encode(texts, self._question_prompt)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages or sentences, encoded in batches of like length so that little padding is computed."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for start in range(0, len(by_length), _BATCH):
            batch = by_length[start : start + _BATCH]
            vectors[batch] = self._encode([texts[index] for index in batch], self._passage_prompt)
            if progress is not None:
                progress(len(batch))
        return vectors

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts), prompt=prompt, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(name: str, models_folder: Path, *, threads: int | None = None) -> Encoder:
    """Load the encoder that ``name`` means: "bundled", a folder, or a name on the model hub.

    Raises:
        EncoderError: it cannot be loaded.
    """
    if name == bundled_model.NAME:
        folder = bundled_model.ensure_unpacked(models_folder)
        return SentenceTransformerEncoder(str(folder), identity=encoder_identity(name), threads=threads)
    identity = encoder_identity(name)
    folder = Path(name).expanduser()
    return SentenceTransformerEncoder(str(folder) if folder.is_dir() else name, identity=identity, threads=threads)


def encoder_identity(name: str) -> str:
    """The identity of the encoder that ``name`` means, without loading it.

    For a folder it is a digest of the files in it, so that a model changed in place is noticed.

    Raises:
        EncoderError: ``name`` looks like a folder that does not exist.
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
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _import_quietly() -> tuple[Any, Any]:
    """Import torch and sentence-transformers with their progress bars and load reports turned off."""
    import sentence_transformers
    import torch
    import transformers

    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return torch, sentence_transformers


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__
