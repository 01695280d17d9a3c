"""``rapporteur rounds``: the rounds that there are documents of, in a shell."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from bot.errors import DONE, NOT_FOUND
from corpus.round_decisions import RoundDecisions
from retrieval.questions.known import is_named
from retrieval.summaries.round_table import rounds

if TYPE_CHECKING:
    import argparse

    from retrieval.engine import Engine
    from retrieval.summaries.round_table import Round


def list_rounds(engine: Engine, arguments: argparse.Namespace, clearance: str) -> int:
    """Print every round that a document which ``clearance`` lets read is of, or those of one process."""
    found = rounds(engine.view(clearance), RoundDecisions(engine.library).decided())
    if arguments.process is not None:
        found = tuple(one for one in found if one.process is not None and is_named(one.process, arguments.process))
    if arguments.json:
        print(json.dumps({"rounds": [one.to_json() for one in found]}, ensure_ascii=False, indent=2))
    elif found:
        for one in found:
            print(_line(one))
    else:
        of_process = f" of {arguments.process}" if arguments.process else ""
        print(f"No document is of a round{of_process}.", file=sys.stderr)
    return DONE if found else NOT_FOUND


def _line(one: Round) -> str:
    days = " / ".join(
        period.start if period.end == period.start else f"{period.start} to {period.end}" for period in one.periods
    )
    if len(one.periods) > 1:
        days += " (sources differ)"
    corrected = "corrected" if one.corrected else ""
    number = len(one.documents)
    parts = [days, " / ".join(one.places), f"{number} document" + ("s" if number != 1 else ""), corrected]
    return f"{one.process or '?'} {one.number}: " + ", ".join(part for part in parts if part)
