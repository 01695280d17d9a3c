"""A round summary written to a file from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.errors import CommandError
from bot.rounds.summary_files import page, pdf
from bot.rounds.summary_sheet import sheet
from corpus.durable import write_atomically
from corpus.round_decisions import RoundDecisions
from retrieval.summaries.round_table import find

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.engine import Engine
    from retrieval.summaries.summary import Summary


def save_summary(summary: Summary, engine: Engine, clearance: str, path: Path) -> None:
    """Write a summary to ``path``, as a PDF or a page by the name's ending, in English and without links to a bot.

    Raises:
        CommandError: the file cannot be written.
    """
    known = find(engine.view(clearance), summary.round, summary.process, RoundDecisions(engine.library).decided())
    at = datetime.now(UTC)
    content = sheet(summary, "en", None, at, known[0] if len(known) == 1 else None)
    data = pdf(content, at) if path.suffix.casefold() == ".pdf" else page(content)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
