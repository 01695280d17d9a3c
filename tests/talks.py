"""Documents of the rounds of two processes, and an encoder that tells their subjects, for comparisons and timelines."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.vectors import unit
from retrieval.index.words import terms
from tests.conftest import Indexed
from tests.doubles import WordEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


NO_CONSENSUS = "The seventh round reached no consensus on the exchange of detainees."
WORKING_GROUP = "The regulation on a working group on detainees was adopted."
TURKISH = "The Turkish ministry said that detainees must be released without delay."
GENEVA = "The mediator called for the release of detainees before the feast."
UNDATED = "Nobody knows when the first detainees were counted."
BOTH_SEVENTH = "At the seventh round pipelines were discussed at length."
BOTH_EIGHTH = "At the eighth round pipelines were left aside."
_HEAD = """---
title: {title}
publisher: Institute of Records
date: {date}
language: en
process: {process}
round: {round}
meeting_start: {start}
meeting_end: {end}
---
# {title}

"""


def _of_round(number: int, start: str, end: str, text: str, process: str = "Astana") -> str:
    title = f"Record {number} of {process}"
    return _HEAD.format(title=title, date=end, process=process, round=number, start=start, end=end) + text


TALKS = {
    "seventh.md": _of_round(7, "2017-10-30", "2017-10-31", f"{NO_CONSENSUS}\n\nThe weather was cold and clear.\n"),
    "eighth.md": _of_round(
        8, "2017-12-21", "2017-12-22", f"{WORKING_GROUP}\n\n{TURKISH}\n\nSnow lay on the steppe that week.\n"
    ),
    "ninth.md": _of_round(9, "2018-05-14", "2018-05-15", "Lorries crossed the bridge in the morning.\n"),
    "geneva.md": _of_round(8, "2017-11-28", "2017-12-14", f"{GENEVA}\n", process="Geneva"),
    "note.md": f"---\ntitle: A note\nlanguage: en\n---\n# A note\n\n{UNDATED}\n",
    "both.md": "---\ntitle: Rounds 7 and 8 on pipes\nlanguage: en\nprocess: Astana\nround: 7, 8\n---\n"
    f"# Rounds 7 and 8 on pipes\n\n{BOTH_SEVENTH}\n\n{BOTH_EIGHTH}\n",
}


class SpreadEncoder(WordEncoder):
    """Counts terms, as its parent does; each adds 1 or -1 in every place, as a digest of it says.

    So a word's vector is still itself when it is compressed to two bits a dimension, which one with a single place that
    is not 0 is not; two different words are nearly, not wholly, at right angles.
    """

    identity = "test:spread-words"

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages, float32 of shape (len(texts), 256)."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                bits = np.frombuffer(hashlib.sha256(term.encode()).digest(), dtype=np.uint8)
                vectors[row] += 2 * np.unpackbits(bits).astype(np.float32) - 1
        if progress is not None:
            progress(len(texts))
        return unit(vectors)


def make_talks(data: Path) -> Indexed:
    """Write ``TALKS`` below ``data`` and index them."""
    indexed = Indexed(data, SpreadEncoder)
    indexed.documents.mkdir(parents=True)
    for name, content in TALKS.items():
        (indexed.documents / name).write_text(content, encoding="utf-8")
    indexed.update()
    return indexed
