"""Any Sentence Transformers model as an encoder, with all of its training stack: what models are exported from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.encoders.encoder import Encoding
from retrieval.errors import EncoderError
from retrieval.index.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

_BATCH = 32
# Token vectors are taken from the last layer, which knows what the text is about, and from one three quarters of the
# way up, where words of several languages that mean the same lie closest (as Jalili Sabet et al., 2020, found for word
# alignment: layer 8 of 12). Measured together they rank better than either.
DEPTHS = (0.75, 1.0)


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
            self.model = sentence_transformers.SentenceTransformer(name_or_folder, device="cpu")
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise EncoderError(
                f"The encoder {name_or_folder!r} cannot be loaded ({_first_line(error)}); set "
                'RAPPORTEUR_EMBEDDING_MODEL to the name or folder of a Sentence Transformers model, or to "bundled".'
            ) from error
        self._torch = torch
        self.has_tokens = hasattr(self.model[0], "auto_model") and self.model.tokenizer.is_fast
        self.question_prompt = self._prompt("query")
        self.passage_prompt = self._prompt("passage", "document")
        self.identity = identity
        self.dimension = int(self.model.get_embedding_dimension() or 0)
        self.serving = "Sentence Transformers in float32"

    def _prompt(self, *names: str) -> str:
        return next((self.model.prompts[name] for name in names if self.model.prompts.get(name)), "")

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 of shape (len(texts), dimension), each of length 1."""
        return self._encode(texts, self.question_prompt)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages or sentences, encoded in batches of like length so that little padding is computed."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for start in range(0, len(by_length), _BATCH):
            batch = by_length[start : start + _BATCH]
            vectors[batch] = self._encode([texts[index] for index in batch], self.passage_prompt)
            if progress is not None:
                progress(len(batch))
        return vectors

    def read_question(self, text: str) -> Encoding:
        """A question with the vectors of its tokens."""
        return self._read([text], self.question_prompt)[0]

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """Passages or sentences with the vectors of their tokens, the longest first, each with its index."""
        by_length = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for start in range(0, len(by_length), _BATCH):
            batch = by_length[start : start + _BATCH]
            yield from zip(batch, self._read([texts[index] for index in batch], self.passage_prompt), strict=True)
            if progress is not None:
                progress(len(batch))

    def _read(self, texts: Sequence[str], prompt: str) -> list[Encoding]:
        """Encode one batch with its tokens."""
        if not self.has_tokens:
            return [
                Encoding(vector, np.stack([vector, vector])[None], np.array([[0, len(text)]], dtype=np.int32))
                for text, vector in zip(texts, self._encode(texts, prompt), strict=True)
            ]
        inputs = self.model.tokenizer(
            [prompt + text for text in texts],
            padding=True,
            truncation=True,
            max_length=self.model.max_seq_length,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        spans = inputs.pop("offset_mapping").numpy().astype(np.int32) - len(prompt)
        with self._torch.inference_mode():
            layers = self.model[0].auto_model(**inputs, output_hidden_states=True).hidden_states
            features = {"token_embeddings": layers[-1], "attention_mask": inputs["attention_mask"]}
            for module in list(self.model)[1:]:
                features = module(features)
            vectors = unit(features["sentence_embedding"].numpy())
            middle, last = (layers[round(depth * (len(layers) - 1))].numpy() for depth in DEPTHS)
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
        vectors = self.model.encode(
            list(texts), prompt=prompt, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


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
