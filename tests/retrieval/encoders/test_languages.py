"""Each language's centre: from the parallel texts, drawn towards what the documents show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corpus.document import Metadata
from retrieval.encoders.languages import LANGUAGES, Anchors, Centres
from retrieval.index.segment import build_segment
from retrieval.index.vectors import unit
from tests.doubles import WordEncoder
from tests.retrieval.corpora import anchors, document, generation, generation_of, spoken


def vector(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A float32 vector."""
    return np.array(values, dtype=np.float32)


PLAIN = Anchors(
    statements={language: vector(0, 0) for language in LANGUAGES} | {"en": vector(6, 0), "ru": vector(0, 6)},
    questions={language: vector(0, 0) for language in LANGUAGES} | {"en": vector(3, 0)},
    statement_tokens={language: np.full((2, 2), place, np.float32) for place, language in enumerate(LANGUAGES)},
    question_tokens={language: np.zeros((2, 2), np.float32) for language in LANGUAGES},
)


def test_without_documents_the_centres_are_the_anchors() -> None:
    centres = Centres.of(PLAIN, vector(0, 0), 0)
    assert centres.passage_centre("en").tolist() == [6, 0]
    assert centres.passage_centre("ru").tolist() == [0, 6]
    assert centres.question_centre("en").tolist() == [3, 0]


@pytest.mark.parametrize("language", ["de", "", None])
def test_another_language_has_the_mean_of_all(language: str | None) -> None:
    centres = Centres.of(PLAIN, vector(0, 0), 0)
    assert centres.passage_centre(language).tolist() == [1, 1]
    assert centres.question_centre(language).tolist() == [0.5, 0]


def test_half_of_what_the_corpus_has_in_common_is_taken_off_in_every_language() -> None:
    centres = Centres.of(PLAIN, vector(0, 120), 60)
    # The corpus has (0, 120) in common, over 60 passages and 60 of trust: (0, 1), of which half counts.
    assert centres.passage_centre("en").tolist() == [6, 0.5]
    assert centres.passage_centre("ru").tolist() == [0, 6.5]
    assert centres.question_centre("en").tolist() == [3, 0.5]
    assert centres.question_centre("ru").tolist() == [0, 0.5]
    assert centres.passage_centre(None).tolist() == [1, 1.5]


def test_one_passage_in_a_language_hardly_moves_its_centre() -> None:
    centres = Centres.of(PLAIN, vector(61, 0), 1)
    assert centres.passage_centre("ru").tolist() == pytest.approx([0.5, 6])


def test_anchors_survive_being_arrays() -> None:
    arrays = PLAIN.as_arrays()
    assert {name: array.shape for name, array in arrays.items()} == {
        "statements": (6, 2),
        "questions": (6, 2),
        "statement_tokens": (6, 2, 2),
        "question_tokens": (6, 2, 2),
    }
    again = Anchors.of_arrays(arrays)
    assert {name: mean.tolist() for name, mean in again.statements.items()} == {
        name: mean.tolist() for name, mean in PLAIN.statements.items()
    }
    assert again.questions["en"].tolist() == [3, 0]
    assert again.statement_tokens["kk"].tolist() == [[2, 2], [2, 2]]


def test_arrays_of_another_number_of_languages_are_refused() -> None:
    arrays = PLAIN.as_arrays()
    with pytest.raises(ValueError, match="argument"):
        Anchors.of_arrays({**arrays, "questions": arrays["questions"][:5]})


def test_tokens_of_another_language_have_the_mean_of_all() -> None:
    assert PLAIN.statement_token("kk").tolist() == [[2, 2], [2, 2]]
    assert PLAIN.statement_token("de").tolist() == PLAIN.statement_token(None).tolist() == [[2.5, 2.5], [2.5, 2.5]]
    assert PLAIN.question_token("en").tolist() == [[0, 0], [0, 0]]


def test_anchors_are_measured_for_all_six_languages() -> None:
    measured = Anchors.measure(WordEncoder())
    assert tuple(measured.statements) == tuple(measured.questions) == LANGUAGES
    assert measured.statements["kk"].shape == (256,)
    assert 0 < float(np.linalg.norm(measured.questions["fa"])) < 1
    assert measured.statement_tokens["kk"].shape == (2, 256)
    assert 0 < float(np.linalg.norm(measured.question_tokens["ar"][0])) < 1


def test_unit_scales_to_length_one_and_leaves_zeros() -> None:
    assert unit(np.array([[3, 4], [0, 0]], dtype=np.float32)).tolist() == [pytest.approx([0.6, 0.8]), [0, 0]]


def test_a_single_document_in_a_language_keeps_a_vector_of_length_one() -> None:
    """With its language's plain mean subtracted it would be nothing."""
    built = generation(
        spoken("en", "en", "The guarantors opened a corridor near the bridge."),
        spoken("ru", "ru", "Стороны согласовали положение о рабочей группе."),
    )
    vectors = built.passage_vectors.vectors(np.arange(2, dtype=np.int64))
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 1])
    raw = WordEncoder().encode_passages(["Стороны согласовали положение о рабочей группе."])[0]
    assert float(vectors[1] @ raw) > 0.9


def test_centres_are_those_of_the_live_passages() -> None:
    kept = document("kept", "The guarantors opened a corridor.")
    gone = document("gone", "A bridge was repaired in winter.")
    other = replace(gone, document=replace(gone.document, id="other", metadata=Metadata(language="tr")))
    segment = build_segment([kept, gone, other], WordEncoder(), anchors())
    centres = generation_of([(segment, frozenset({"gone", "other"}))]).centres
    expected = Centres.of(anchors(), segment.passage_vectors.rows(slice(1)).sum(axis=0), 1)
    for language in LANGUAGES:
        assert centres.passage_centre(language).tolist() == expected.passage_centre(language).tolist()
        assert centres.question_centre(language).tolist() == expected.question_centre(language).tolist()
