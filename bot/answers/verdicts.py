"""``rapporteur verify``: what was found of each sentence, for people and for scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.errors import DONE, NOT_FOUND
from bot.messages.rendering import source_line
from retrieval.answers.verifying import Verdict, verify, worst

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from retrieval.answers.verifying import Verification
    from retrieval.engine import Engine

_SAID = {
    Verdict.EXACT: "EXACT",
    Verdict.NORMALISED: "EXACT but for spaces, dashes, quotation marks or case",
    Verdict.NEAR: "NOT EXACT; the nearest differs",
    Verdict.ABSENT: "NOT FOUND",
}


def print_verdicts(engine: Engine, arguments: argparse.Namespace, clearance: str) -> int:
    """Verify each sentence of the text; 0 where all stand in the documents, 3 otherwise.

    Raises:
        QuestionRefused: there is nothing to verify, or too much.
    """
    found = verify(engine.view(clearance), engine.encoder, arguments.text)
    if arguments.json:
        print(json.dumps(verdicts_to_json(found), ensure_ascii=False, indent=2))
    else:
        print("\n\n".join("\n".join(_lines(one)) for one in found))
    return DONE if worst(found) in (Verdict.EXACT, Verdict.NORMALISED) else NOT_FOUND


def verdicts_to_json(found: Sequence[Verification]) -> dict[str, Any]:
    """The worst verdict with all differences and quotations, and each sentence by itself."""
    sentences = [{"text": one.text, **one.to_json()} for one in found]
    return {
        "verdict": worst(found).value,
        "differences": [difference for one in sentences for difference in one["differences"]],
        "quotes": [quote for one in sentences for quote in one["quotes"]],
        "sentences": sentences,
    }


def _lines(found: Verification) -> Iterator[str]:
    yield f"\u201c{found.text}\u201d"
    yield _SAID[found.verdict]
    for difference in found.differences:
        yield f"   {difference.kind.value}: {difference.claimed or '-'} | the document has: {difference.written or '-'}"
    for quote in found.quotes:
        yield f"\u201c{quote.text}\u201d"
        for place in (quote, *quote.also):
            yield f"   {source_line(place)}  [{place.citation}]"
