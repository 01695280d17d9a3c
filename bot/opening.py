"""What commands open: the engine over the index that there is or is built first, the library, what reads files."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.settings import Settings
    from corpus.extraction import Extractor
    from corpus.library import Library
    from retrieval.encoders.encoder import Encoder
    from retrieval.engine import Engine
    from retrieval.index.changes import Progress
    from retrieval.index.reports import IndexReport


def open_engine(
    settings: Settings, progress: Progress, *, before_building: Callable[[], object] = lambda: None
) -> Engine:
    """The engine over the current index, which is built first where there is none."""
    from retrieval.engine import Engine
    from retrieval.errors import IndexMissing

    try:
        return _open(settings, Engine)
    except IndexMissing:
        before_building()
        report = build_index(settings, progress)
        print_refused(report)
        return _open(settings, Engine)


def refreshed_engine(settings: Settings, progress: Progress) -> Engine:
    """The engine over an index brought up to date; where that fails, over the one that is there, and it is said so.

    Raises:
        CorpusError, RetrievalError: it fails, and there is none.
    """
    from corpus.errors import CorpusError
    from retrieval.engine import Engine
    from retrieval.errors import IndexMissing, RetrievalError

    if _is_pinned(settings):
        print("The index was rolled back; /reload or `rapporteur index` brings it up to date.", file=sys.stderr)
        return _open(settings, Engine)
    try:
        print_refused(build_index(settings, progress))
    except (CorpusError, RetrievalError) as error:
        try:
            engine = _open(settings, Engine)
        except IndexMissing:
            raise error from None
        print(f"{error} The index of before answers.", file=sys.stderr)
        return engine
    return _open(settings, Engine)


def _is_pinned(settings: Settings) -> bool:
    """Whether an admin went back to an earlier generation, which a start must not undo."""
    from retrieval.errors import IndexDamaged, IndexMissing
    from retrieval.index.generation import GenerationStore

    try:
        return GenerationStore(settings.index_folder).current().pinned
    except (IndexMissing, IndexDamaged):
        return False


def _open(settings: Settings, engine: type[Engine]) -> Engine:
    return engine.open(
        settings.index_folder,
        settings.models_folder,
        settings.embedding_model,
        open_library(settings),
        settings.confidence,
        settings.reranker,
    )


def open_library(settings: Settings) -> Library:
    """The library of the settings' data directory."""
    from corpus.library import Library

    return Library.open(settings.library_folder, settings.labels, settings.default_label)


def open_extractor(settings: Settings) -> Extractor:
    """What reads files; to be closed by who opens it."""
    from corpus.extraction import Extractor

    return Extractor(ocr_pages=settings.ocr_pages, cache=settings.library_folder / "cache" / "ocr")


def build_index(
    settings: Settings, progress: Progress, *, rebuild: bool = False, threads: int | None = None
) -> IndexReport:
    """Bring the index up to date with the settings' folders."""
    from corpus.language import keep_language_tables
    from retrieval.encoders.loading import encoder_identity, load_encoder
    from retrieval.index.generation import GenerationStore
    from retrieval.index.indexing import update_index

    # What only saves time at the next start is done without where it cannot be had.
    with contextlib.suppress(OSError):
        keep_language_tables(settings.models_folder)
    with open_library(settings) as library, open_extractor(settings) as extractor:

        def load(sample: Sequence[str]) -> Encoder:
            # All files are read by now, and what read them would keep a tenth of a gigabyte.
            extractor.close()
            return load_encoder(settings.embedding_model, settings.models_folder, sample=sample, threads=threads)

        return update_index(
            GenerationStore(settings.index_folder),
            library,
            settings.folders,
            encoder_identity(settings.embedding_model),
            load,
            progress,
            extractor=extractor,
            rebuild=rebuild,
            keep=settings.generations,
        )


def print_refused(report: IndexReport) -> None:
    """Say on stderr which files could not be read, and why."""
    for file in report.files:
        if file.outcome.value == "refused":
            print(file.reason, file=sys.stderr)
