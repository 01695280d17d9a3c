"""How long it takes until one more document is found, in a corpus of a hundred thousand passages.

    python -m tests.benchmarks.adding [--passages N] [--cache DIR]

The corpus is made up of files that are really read, split, counted and indexed; only their vectors are drawn at random,
since encoding them would take an hour. The document that is added is read by the real encoder, in the way a running
bot adds a few files: in its own process, with the questions going on.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.documents.updating import SmallUpdate
from bot.opening import open_extractor, open_library
from bot.progress import BarProgress
from bot.settings import load_settings
from retrieval.encoders.encoder import Encoding
from retrieval.encoders.languages import Anchors
from retrieval.encoders.loading import load_encoder
from retrieval.engine import Engine, load_current
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import update_index
from retrieval.index.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from bot.settings import Settings
    from retrieval.encoders.encoder import Encoder

_PASSAGES, _SENTENCES, _WORDS = 100, 5, 24
_ADDED = """# Communiqué of the harbour conference

The delegations of the harbour conference agreed to reopen the northern lighthouse before the winter storms.

The keepers will be paid from a common fund, which the two ministries fill in equal parts each spring.

A joint commission inspects the lighthouse twice a year and reports to both capitals.
"""
_QUESTION = "Who pays the keepers of the northern lighthouse?"


class DrawnEncoder:
    """Gives vectors and tokens at random, in no time, in the name of another encoder."""

    serving = "drawn at random"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.identity, self.dimension = encoder.identity, encoder.dimension
        self._draw = np.random.default_rng(5)

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
        """A vector for each text, and a token for every forty of its characters."""
        for number, text in enumerate(texts):
            ends = np.arange(40, len(text) + 1, 40, dtype=np.int32)
            tokens = self._draw.standard_normal((len(ends), 2, self.dimension), dtype=np.float32)
            vector = unit(self._draw.standard_normal(self.dimension, dtype=np.float32))
            yield number, Encoding(vector, unit(tokens), np.stack([ends - 40, ends], axis=1))
            if progress is not None:
                progress(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the corpus, add the document, and print how long that took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--passages", type=int, default=100_000, metavar="N", help="how many there are (100,000)")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep the corpus here for another time")
    parsed = parser.parse_args(arguments)
    settings = load_settings()
    with nullcontext(parsed.cache) if parsed.cache else tempfile.TemporaryDirectory() as cache:
        documents, data = Path(cache) / "documents", Path(cache) / "data"
        other = settings.model_copy(update={"documents": (documents,), "starter_documents": False, "data_dir": data})
        encoder = load_encoder(settings.embedding_model, settings.models_folder)
        if not documents.is_dir():
            _write(documents, parsed.passages)
        (documents / "added.md").unlink(missing_ok=True)
        _index(other, DrawnEncoder(encoder))
        for seconds, label in _added(other, encoder):
            print(f"{label}: {seconds:.2f} s", flush=True)
    return 0


def _write(folder: Path, passages: int) -> None:
    """Files of a hundred passages each, of words drawn at random."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(3)
    words = np.array(["".join(map(chr, draw.integers(97, 123, draw.integers(2, 9)))) for _ in range(30_000)])
    for number in range(-(-passages // _PASSAGES)):
        drawn = words[np.minimum(draw.zipf(1.2, (_PASSAGES, _SENTENCES, _WORDS)), len(words)) - 1]
        paragraphs = [" ".join(" ".join(one).capitalize() + "." for one in passage) for passage in drawn]
        (folder / f"{number:05}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")


def _index(settings: Settings, encoder: DrawnEncoder) -> None:
    store = GenerationStore(settings.index_folder)
    settings.index_folder.mkdir(parents=True, exist_ok=True)
    if not store.has_anchors(encoder.identity):
        # Those of the real encoder, which reads the document that is added.
        store.save_anchors(encoder.identity, Anchors.measure(encoder._encoder))
    with open_library(settings) as library, open_extractor(settings) as extractor:
        update_index(
            store,
            library,
            settings.folders,
            encoder.identity,
            lambda _: encoder,
            BarProgress(),
            extractor=extractor,
        )


def _added(settings: Settings, encoder: Encoder) -> Iterator[tuple[float, str]]:
    """Seconds until the document is on disk in a new index, and until it is found."""
    store = GenerationStore(settings.index_folder)
    stock = load_current(store)
    engine = Engine(store, encoder, stock, open_library(settings), 0.0)
    highest = settings.labels.highest
    passages = len(engine.view(highest).passages)
    engine.answer(_QUESTION, clearance=highest)
    with open_extractor(settings) as extractor:
        extractor.read(settings.folders[0] / "00000.txt")
        started = time.perf_counter()
        (settings.folders[0] / "added.md").write_text(_ADDED, encoding="utf-8")
        SmallUpdate(settings, engine, extractor, lambda *_: None).run()
        yield time.perf_counter() - started, f"indexed, beside {passages:,} passages"
        engine.refresh()
        found = engine.answer(_QUESTION, clearance=highest)
        if not found.quotes or found.quotes[0].document.id != "added.md":
            raise SystemExit("The document that was added is not found.")
        yield time.perf_counter() - started, "found"


if __name__ == "__main__":
    sys.exit(main())
