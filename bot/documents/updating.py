"""Small updates of the index within the bot's own process: searchable in seconds, and questions hardly wait."""

from __future__ import annotations

import threading
import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from corpus.extraction import Extractor
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import update_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from bot.settings import Settings
    from corpus.reading import Holder, Reading
    from corpus.unpacked import Unpacked
    from retrieval.encoders.encoder import Encoder, Encoding
    from retrieval.engine import Engine
    from retrieval.index.reports import IndexReport

_MOST_FILES = 8
# Code points, each of which is read in its passage and in its sentence: some sixty passages.
_MOST_WORK = 100_000
# A question that comes meanwhile shares the processor with one batch, not with all that there is to encode.
_BATCH = 4
_BREATH = 0.0002


class TooMuch(Exception):  # noqa: N818 - it is no error, only work for another process
    """There is more to read or to encode than should be done beside questions; nothing was changed."""


class Stopped(Exception):  # noqa: N818 - it is no error either
    """The update was stopped; nothing was changed."""


class SmallUpdate:
    """One update in the calling thread, given up where it turns out not to be small.

    ``tell`` gets stage, steps done and steps in all, in that thread.
    """

    def __init__(
        self, settings: Settings, engine: Engine, extractor: Extractor, tell: Callable[[str, int, int], None]
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._files = _FewFiles(extractor, self._continue)
        self._tell = tell
        self._stopped = threading.Event()
        self._stage, self._done, self._total = "", 0, 0

    def run(self) -> IndexReport:
        """Update the index; blocks.

        Raises:
            TooMuch: it is not small.
            Stopped: ``stop`` was called before anything was changed.
            CorpusError, RetrievalError: it failed; see ``retrieval.index.indexing.update_index``.
        """
        encoder = _SmallBatches(self._engine.encoder)
        return update_index(
            GenerationStore(self._settings.index_folder),
            self._engine.library,
            self._settings.folders,
            encoder.identity,
            lambda _: encoder,
            self,
            extractor=self._files,
            stock=self._engine.stock,
            keep=self._settings.generations,
        )

    def stop(self) -> None:
        """Give up before the next step; blocks until the file that is being read is let go of."""
        self._stopped.set()
        self._files.close()

    def start(self, stage: str, total: int) -> None:
        """A stage ("reading" or "encoding") of ``total`` steps begins."""
        self._continue()
        if stage == "encoding" and total > _MOST_WORK:
            raise TooMuch
        self._stage, self._done, self._total = stage, 0, total
        self._tell(stage, 0, total)

    def advance(self, steps: int) -> None:
        """So many more steps are done."""
        self._continue()
        self._done += steps
        # The interpreter changes threads by itself only every five milliseconds, for which each step of a question
        # would have to wait.
        time.sleep(_BREATH)
        self._tell(self._stage, self._done, self._total)

    def pages(self, done: int, total: int) -> None:
        """So many of the scanned pages of the file that is being read are recognised."""
        self._continue()
        self._tell("pages", done, total)

    def _continue(self) -> None:
        if self._stopped.is_set():
            raise Stopped


class _FewFiles(Extractor):
    """Has another extractor read a few files, and no more."""

    def __init__(self, extractor: Extractor, look: Callable[[], None]) -> None:
        super().__init__()
        self._extractor = extractor
        self._look = look
        self._read = 0

    def read(
        self,
        path: Path,
        root: Path | None = None,
        corrections: Mapping[str, str] = MappingProxyType({}),
        holders: Sequence[Holder] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> Reading:
        """As ``Extractor.read``; raises ``TooMuch`` beyond the few, and ``Stopped``."""
        self._look()
        self._read += 1
        if self._read > _MOST_FILES:
            raise TooMuch
        return self._extractor.read(path, root, corrections, holders, progress)

    def unpack(self, path: Path, folder: Path, sha256: str) -> Unpacked:
        """As ``Extractor.unpack``; raises ``Stopped``."""
        self._look()
        return self._extractor.unpack(path, folder, sha256)

    def close(self) -> None:
        """Close the other."""
        self._extractor.close()


class _SmallBatches:
    """An encoder that is handed few passages at a time."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.identity = encoder.identity
        self.dimension = encoder.dimension
        self.serving = encoder.serving

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the encoder does."""
        return self._encoder.encode_questions(texts)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """As the encoder does."""
        return self._encoder.encode_passages(texts, progress)

    def read_question(self, text: str) -> Encoding:
        """As the encoder does."""
        return self._encoder.read_question(text)

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """As the encoder does, the longest first, a few at a time."""
        by_length = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for start in range(0, len(by_length), _BATCH):
            batch = by_length[start : start + _BATCH]
            for number, encoding in self._encoder.read_passages([texts[index] for index in batch], progress):
                yield batch[number], encoding
