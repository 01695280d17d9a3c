"""An encoder served from its export: neither torch nor transformers is imported."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from retrieval.encoders.encoder import Encoding
from retrieval.encoders.exports import MODEL
from retrieval.encoders.runtimes import OnnxRuntime, OpenVino, Runtime, RuntimeFailed, padded
from retrieval.encoders.tokenizer import open_tokenizer
from retrieval.errors import EncoderError
from retrieval.index.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.encoders.exports import Description
    from retrieval.encoders.tokenizer import Tokens

# So many tokens, padding included, are computed at once: more need more memory and are no faster.
_BATCH_TOKENS = 1024
# From so many texts on the second that OpenVINO takes to prepare is won back.
_MANY = 48
_MOST_TOGETHER = 16


class ExportedEncoder:
    """The encoder whose export lies in ``folder``; threads may use it at the same time.

    Questions that come together are read together: who comes while others are being read waits for these, and is then
    read with all who came meanwhile.

    Raises:
        RuntimeFailed: the export cannot be loaded.
        EncoderError: its tokenizer cannot be read.
    """

    def __init__(self, folder: Path, description: Description, threads: int | None = None) -> None:
        self._path = folder / MODEL
        self._threads = threads
        self._description = description
        self._tokenizer = open_tokenizer(folder)
        self._few: Runtime = OnnxRuntime(self._path, threads)
        self._many: Runtime | None = None
        self._queue = _Queue(self._read_questions)
        self.identity = description.identity
        self.dimension = description.dimension
        self.serving = f"ONNX Runtime in {description.precision} (lowest cosine to the source {description.cosine:.4f})"

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, float32 of shape (len(texts), dimension), each of length 1."""
        return self._encode(texts, self._description.question_prompt)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages or sentences, shaped as above; ``progress`` is told how many more are done."""
        return self._encode(texts, self._description.passage_prompt, progress)

    def read_question(self, text: str) -> Encoding:
        """A question with the vectors of its tokens."""
        # What cannot be read fails here, and not all those that it would have been computed with.
        return self._queue.take(self._tokens(self._description.question_prompt, text))

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """Passages or sentences with the vectors of their tokens, the longest first, each with its index."""
        prompt = self._description.passage_prompt
        for batch, tokens, outputs in self._batches(texts, prompt, progress):
            yield from zip(batch, _encodings(tokens, outputs, len(prompt)), strict=True)

    def _tokens(self, prompt: str, text: str) -> Tokens:
        return self._tokenizer.read(prompt + text, self._description.most_tokens)

    def _read_questions(self, tokens: Sequence[Tokens]) -> list[Encoding]:
        return _encodings(tokens, self._compute(self._few, tokens), len(self._description.question_prompt))

    def _encode(
        self, texts: Sequence[str], prompt: str, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for batch, _, outputs in self._batches(texts, prompt, progress):
            vectors[batch] = unit(outputs[0])
        return vectors

    def _batches(
        self, texts: Sequence[str], prompt: str, progress: Callable[[int], None] | None
    ) -> Iterator[tuple[list[int], list[Tokens], tuple[NDArray[np.float32], ...]]]:
        """Batches of texts of like length, the longest first: their places, tokens, and what the model gives."""
        if not texts:
            return
        runtime = self._runtime(len(texts))
        read = [self._tokens(prompt, text) for text in texts]
        waiting: deque[tuple[list[int], list[Tokens], Future[tuple[NDArray[np.float32], ...]]]] = deque()
        with ThreadPoolExecutor(runtime.together, "encoding") as threads:
            for batch in _alike(read):
                tokens = [read[place] for place in batch]
                waiting.append((batch, tokens, threads.submit(self._compute, runtime, tokens)))
                if len(waiting) > runtime.together:
                    yield _finished(waiting.popleft(), progress)
            while waiting:
                yield _finished(waiting.popleft(), progress)

    def _runtime(self, count: int) -> Runtime:
        """What is fastest for so many texts; what cannot be had on this processor is done without.

        What computes with one thread does so beside something else, whose memory OpenVINO would double: it needs
        0.3 GB.
        """
        if count < _MANY or self._threads == 1:
            return self._few
        if self._many is None:
            try:
                self._many = OpenVino(self._path, self._threads)
            except RuntimeFailed:
                self._many = self._few
        return self._many

    def _compute(self, runtime: Runtime, tokens: Sequence[Tokens]) -> tuple[NDArray[np.float32], ...]:
        try:
            return runtime.run(*padded([one.ids for one in tokens], self._tokenizer.pad))
        except RuntimeFailed as error:
            raise EncoderError(
                f"The encoder failed while reading ({error}); free memory and try again, or delete "
                f"{self._path.parent} to have it exported anew."
            ) from error


def _alike(read: Sequence[Tokens]) -> Iterator[list[int]]:
    """The places of texts of like length, the longest first, as many as are computed at once."""
    order = sorted(range(len(read)), key=lambda place: -len(read[place].ids))
    while order:
        most = max(1, _BATCH_TOKENS // len(read[order[0]].ids))
        batch, order = order[:most], order[most:]
        yield batch


def _finished(
    batch: tuple[list[int], list[Tokens], Future[tuple[NDArray[np.float32], ...]]],
    progress: Callable[[int], None] | None,
) -> tuple[list[int], list[Tokens], tuple[NDArray[np.float32], ...]]:
    places, tokens, outputs = batch
    computed = outputs.result()
    if progress is not None:
        progress(len(places))
    return places, tokens, computed


def _encodings(tokens: Sequence[Tokens], outputs: tuple[NDArray[np.float32], ...], prompt: int) -> list[Encoding]:
    """What a batch gives, text by text, without the tokens of the prompt's first characters and of the model's own."""
    vectors, middle, last = unit(outputs[0]), outputs[1], unit(outputs[2])
    found = []
    for row, one in enumerate(tokens):
        spans = np.array(one.spans, dtype=np.int32).reshape(-1, 2) - np.int32(prompt)
        # Padding and the model's own tokens stand for no characters, the prompt's for some before the text.
        kept = np.flatnonzero((spans[:, 1] > spans[:, 0]) & (spans[:, 1] > 0))
        vectors_of_tokens = np.stack([middle[row, kept], last[row, kept]], axis=1)
        found.append(Encoding(vectors[row], vectors_of_tokens, np.maximum(spans[kept], 0)))
    return found


class _Queue:
    """Lets who comes first work for all who came meanwhile."""

    def __init__(self, read: Callable[[Sequence[Tokens]], list[Encoding]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._working = threading.Lock()
        self._waiting: list[tuple[Tokens, Future[Encoding]]] = []

    def take(self, tokens: Tokens) -> Encoding:
        """Read one question, together with those that wait.

        Raises:
            EncoderError: it cannot be read.
        """
        own: Future[Encoding] = Future()
        with self._lock:
            self._waiting.append((tokens, own))
        while not own.done():
            with self._working:
                if not own.done():
                    self._work()
        return own.result()

    def _work(self) -> None:
        with self._lock:
            together, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
        try:
            read = self._read([tokens for tokens, _ in together])
        except BaseException as error:
            # Each of them raises it where it waits.
            for _, future in together:
                future.set_exception(error)
            return
        for (_, future), encoding in zip(together, read, strict=True):
            future.set_result(encoding)
