"""Texts to vectors: the ``Encoder`` protocol, and any Sentence Transformers model behind it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from retrieval import bundled_model
from retrieval.errors import EncoderError
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

_BATCH = 32
# Token vectors are taken from the last layer, which knows what the text is about, and from one three quarters of the
# way up, where words of several languages that mean the same lie closest (as Jalili Sabet et al., 2020, found for word
# alignment: layer 8 of 12). Measured together they rank better than either.
_DEPTHS = (0.75, 1.0)


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


class SentenceTransformerEncoder:
    """Any Sentence Transformers model; its prompts named "query" and "passage" (or "document") are used if it has them.

    Raises:
        EncoderError: the model cannot be loaded.
    """

    def __init__(self, name_or_folder: str, *, identity: str, threads: int | None = None) -> None:
        torch, sentence_transformers = import_quietly()
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            self._model = sentence_transformers.SentenceTransformer(name_or_folder, device="cpu")
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise EncoderError(
                f"The encoder {name_or_folder!r} cannot be loaded ({_first_line(error)}); set "
                'RAPPORTEUR_EMBEDDING_MODEL to the name or folder of a Sentence Transformers model, or to "bundled".'
            ) from error
        self._torch = torch
        self._has_tokens = hasattr(self._model[0], "auto_model") and self._model.tokenizer.is_fast
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

    def read_question(self, text: str) -> Encoding:
        """A question with the vectors of its tokens."""
        return self._read([text], self._question_prompt)[0]

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """Passages or sentences with the vectors of their tokens, the longest first, each with its index."""
        by_length = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for start in range(0, len(by_length), _BATCH):
            batch = by_length[start : start + _BATCH]
            yield from zip(batch, self._read([texts[index] for index in batch], self._passage_prompt), strict=True)
            if progress is not None:
                progress(len(batch))

    def _read(self, texts: Sequence[str], prompt: str) -> list[Encoding]:
        """Encode one batch with its tokens."""
        if not self._has_tokens:
            return [
                Encoding(vector, np.stack([vector, vector])[None], np.array([[0, len(text)]], dtype=np.int32))
                for text, vector in zip(texts, self._encode(texts, prompt), strict=True)
            ]
        inputs = self._model.tokenizer(
            [prompt + text for text in texts],
            padding=True,
            truncation=True,
            max_length=self._model.max_seq_length,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        spans = inputs.pop("offset_mapping").numpy().astype(np.int32) - len(prompt)
        with self._torch.inference_mode():
            layers = self._model[0].auto_model(**inputs, output_hidden_states=True).hidden_states
            features = {"token_embeddings": layers[-1], "attention_mask": inputs["attention_mask"]}
            for module in list(self._model)[1:]:
                features = module(features)
            vectors = unit(features["sentence_embedding"].numpy())
            middle, last = (layers[round(depth * (len(layers) - 1))].numpy() for depth in _DEPTHS)
        tokens = np.stack([middle, unit(last)], axis=2)
        # Padding and the model's own tokens stand for no characters, the prompt's for some before the text.
        kept = (spans[..., 1] > spans[..., 0]) & (spans[..., 1] > 0)
        return [
            Encoding(vectors[row], tokens[row, kept[row]], np.maximum(spans[row, kept[row]], 0))
            for row in range(len(texts))
        ]

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


def import_quietly() -> tuple[Any, Any]:
    """Import torch and sentence-transformers with their progress bars and load reports turned off."""
    import sentence_transformers
    import torch
    import transformers

    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return torch, sentence_transformers


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__
