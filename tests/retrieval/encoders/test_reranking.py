"""A cross-encoder orders the best hits anew, and one that cannot do so is refused in one sentence."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from corpus.document import Metadata
from retrieval.answers.answer import answer
from retrieval.answers.search import find
from retrieval.encoders.reranking import CrossEncoderReranker, reranked
from retrieval.errors import EncoderError
from retrieval.questions.question import understand
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BUILT = generation(
    *(
        document(f"{number:02}", f"Convoy {number} passed the bridge.", metadata=Metadata(title="Roads", language="en"))
        for number in range(30)
    )
)
ASKED = "Which convoy passed the bridge?"


class Last:
    """Likes best what it is given last."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """0, 1, 2 and so on."""
        assert question == ASKED
        self.read = list(texts)
        return np.arange(len(texts), dtype=np.float32)


def test_the_first_twenty_are_reordered_and_the_rest_kept() -> None:
    hits = find(BUILT, WordEncoder(), understand(ASKED), 30)
    last = Last()
    found = reranked(BUILT, hits, ASKED, last)
    assert [hit.sentence for hit in found] == [hit.sentence for hit in (*hits[19::-1], *hits[20:])]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in hits])
    assert len(last.read) == 20
    assert last.read[0].startswith("Roads: Convoy ")


def test_what_the_question_names_still_counts() -> None:
    hits = find(BUILT, WordEncoder(), understand(ASKED), 20)
    named = [
        replace(hit, score=hit.score + gain, gain=gain) for hit, gain in zip(hits, [2.0] * 10 + [0.0] * 10, strict=True)
    ]
    found = reranked(BUILT, named, ASKED, Last())
    assert [hit.sentence for hit in found] == [hit.sentence for hit in (*hits[9::-1], *hits[19:9:-1])]
    assert {hit.gain for hit in found[:10]} == {2.0}


def test_nothing_found_stays_nothing() -> None:
    assert reranked(BUILT, (), ASKED, Last()) == ()


def test_an_answer_quotes_what_the_reranker_puts_first() -> None:
    plain = answer(BUILT, WordEncoder(), ASKED, threshold=0)
    other = answer(BUILT, WordEncoder(), ASKED, threshold=0, reranker=Last())
    assert plain.ranked[0].document.id != other.ranked[0].document.id
    hits = find(BUILT, WordEncoder(), understand(ASKED), 30)
    assert other.ranked[0].document.id == BUILT.documents[hits[19].document].document.id


def library(monkeypatch: pytest.MonkeyPatch, make: Any) -> None:
    """Have ``make`` instead of the library's CrossEncoder."""
    monkeypatch.setattr(
        "retrieval.encoders.reranking.import_quietly", lambda: (SimpleNamespace(), SimpleNamespace(CrossEncoder=make))
    )


def test_the_models_scores_are_for_pairs_of_question_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def predict(pairs: list[tuple[str, str]], show_progress_bar: bool) -> list[float]:
        return [len(text) - len(question) for question, text in pairs]

    library(monkeypatch, lambda name, device: SimpleNamespace(num_labels=1, predict=predict))
    assert CrossEncoderReranker("any").scores("ab", ["abc", "a"]).tolist() == [1, -1]


def test_one_that_cannot_be_loaded_is_named_with_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, device: str) -> Any:
        raise OSError("no such model\nat all")

    library(monkeypatch, fail)
    with pytest.raises(EncoderError, match=r"'none' cannot be loaded \(no such model\); set RAPPORTEUR_RERANKER"):
        CrossEncoderReranker("none")


def test_one_of_several_outputs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    library(monkeypatch, lambda name, device: SimpleNamespace(num_labels=3))
    with pytest.raises(EncoderError, match="gives 3 numbers where one is needed"):
        CrossEncoderReranker("nli")
