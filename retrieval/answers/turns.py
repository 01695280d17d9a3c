"""Whose turn it is in a transcript: lines that begin with a name and a colon."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.answers.quotes import block_number
from retrieval.evaluation.rouge import tokens

if TYPE_CHECKING:
    from retrieval.summaries.selection import Pool

_TURN = re.compile(r"([^\W\d_][^:\n]{0,50}):\s")
_INITIAL = re.compile(r"\b[^\W\d_]\b")


def speakers(pool: Pool) -> list[str]:
    """Who says each sentence of ``pool``: the name before its paragraph; "" where there is none.

    A document that begins without a name goes on with the turn in which the one before it ended: transcripts are cut.
    """
    found: list[str] = []
    speaker, last = "", (-1, -1)
    for row in pool.rows:
        number, start, _, _ = pool.generation.sentences[row].tolist()
        document = pool.generation.documents[number].document
        block = block_number(document, start)
        if block is not None and (number, block) != last:
            last = (number, block)
            turn = _TURN.match(document.text, document.blocks[block].start, document.blocks[block].end)
            if turn is not None or block > 0:
                speaker = turn[1] if turn else ""
        found.append(speaker)
    return found


def speaker_before(text: str) -> str:
    """The name that ``text`` begins with as a turn does; "" where there is none."""
    turn = _TURN.match(text)
    return turn[1] if turn else ""


def is_named(speaker: str, query: str) -> bool:
    """Whether ``query`` names ``speaker``: by all of the name, its last word, or its last letter ("Grad C" as "C")."""
    name, asked = tokens(speaker), tokens(query)
    if not name:
        return False
    if f" {' '.join(name)} " in f" {' '.join(asked)} ":
        return True
    last = name[-1]
    return last in asked if len(last) > 2 else len(last) == 1 and last.upper() in _INITIAL.findall(query)
