"""What was encoded already is found by its content, and copied instead of being read again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from corpus.document import Metadata
from retrieval.index.encoded import Encoded
from retrieval.index.segment import build_segment
from tests.doubles import WordEncoder
from tests.retrieval.corpora import anchors, document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retrieval.encoders.encoder import Encoding
    from retrieval.index.segment import IndexedDocument

EN = Metadata(language="en")
PARAGRAPHS = ["The guarantors opened a corridor. It leads north.", "Lists were exchanged.", "Talks resume in May."]


class Counting(WordEncoder):
    """Remembers the texts that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        self.texts += texts
        return super().read_passages(texts, progress)


def source(name: str, paragraphs: Sequence[str], metadata: Metadata = EN) -> IndexedDocument:
    """A document with a passage for each paragraph, headings between them."""
    return document(
        name,
        *(line for number, text in enumerate(paragraphs) for line in (f"# Part {number}", text)),
        metadata=metadata,
    )


def test_a_passage_that_did_not_change_is_copied() -> None:
    before = build_segment([source("a", PARAGRAPHS)], WordEncoder(), anchors())
    changed = source("b", [PARAGRAPHS[0], "Lists were not exchanged.", PARAGRAPHS[2]])
    encoder = Counting()
    copied = build_segment([changed], encoder, anchors(), encoded=Encoded([before]))
    assert set(encoder.texts) == {"Lists were not exchanged."}
    anew = build_segment([changed], WordEncoder(), anchors())
    for one, other in (
        (copied.passage_vectors, anew.passage_vectors),
        (copied.sentence_vectors, anew.sentence_vectors),
    ):
        np.testing.assert_array_equal(one.codes, other.codes)
        np.testing.assert_array_equal(one.scales, other.scales)
    np.testing.assert_array_equal(copied.token_codes, anew.token_codes)
    np.testing.assert_array_equal(copied.token_starts, anew.token_starts)


@pytest.mark.parametrize(
    "metadata", [replace(EN, title="Round 8"), replace(EN, language="ru")], ids=["title", "language"]
)
def test_a_passage_under_another_title_or_in_another_language_is_read_again(metadata: Metadata) -> None:
    before = build_segment([source("a", PARAGRAPHS)], WordEncoder(), anchors())
    encoder = Counting()
    build_segment([source("a", PARAGRAPHS, metadata)], encoder, anchors(), encoded=Encoded([before]))
    assert len(encoder.texts) == 3 + 4


def test_passages_of_the_same_digest_and_other_content_are_told_apart() -> None:
    before = build_segment([source("a", PARAGRAPHS[:1])], WordEncoder(), anchors())
    other = source("b", PARAGRAPHS[1:2])
    anew = build_segment([other], WordEncoder(), anchors())
    forged = replace(before, passage_keys=anew.passage_keys)
    encoder = Counting()
    build_segment([other], encoder, anchors(), encoded=Encoded([forged]))
    assert encoder.texts == ["Lists were exchanged."] * 2


def test_all_work_is_told_of_whether_it_is_done_or_copied() -> None:
    entry = source("a", PARAGRAPHS)
    before = build_segment([entry], WordEncoder(), anchors())
    told: list[int] = []
    build_segment([entry], WordEncoder(), anchors(), told.append, encoded=Encoded([before]))
    assert sum(told) == 2 * len(entry.document.text)
