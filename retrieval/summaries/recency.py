"""How likely what was reported when belongs into the background of what is new.

The odds that something in the news is needed again fall as a power of the time since (Anderson and Schooler, 1991), and
a background begins with how it all began. Time is counted in reports: there are more of them where more happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.summaries.selection import Pool

_ORIGIN = 0.6


def recency(pool: Pool) -> NDArray[np.float64]:
    """The chance of each sentence of ``pool``, on a scale on which those of the latest document have 1.

    The latest document but one has 1/2, the one before 1/3, and so on; the very first sentence has at least 0.6.
    """
    if not len(pool.texts):
        return np.empty(0)
    chances = 1 / (1.0 + pool.documents.max() - pool.documents)
    chances[0] = max(chances[0], _ORIGIN)
    return np.asarray(chances, dtype=np.float64)
