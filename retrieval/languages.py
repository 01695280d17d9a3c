"""Which language a text is in, and where each language sits in the embedding space.

Vectors of one language share a component that says nothing of the subject; subtracting it makes similarities
comparable across languages (the removal of language means: Libovický, Rosa and Fraser, 2020; Yang et al., 2021).
It is measured on parallel texts, so that it is the language's and not the subject's, and does not depend on how many
documents there are in a language.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from retrieval.encoder import Encoder

LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa")
_PASSAGES_OF_TRUST = 60.0
_SUBJECT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Anchors:
    """Mean vectors of parallel statements and of parallel questions, float32 of shape (d,), by language."""

    statements: Mapping[str, NDArray[np.float32]]
    questions: Mapping[str, NDArray[np.float32]]

    @staticmethod
    def measure(encoder: Encoder) -> Anchors:
        """Encode the parallel texts of the package; some hundred short texts."""
        texts = _anchor_texts()
        statements = {
            language: encoder.encode_passages(texts["statements"][language]).mean(axis=0) for language in LANGUAGES
        }
        questions = {
            language: encoder.encode_questions(texts["questions"][language]).mean(axis=0) for language in LANGUAGES
        }
        return Anchors(statements, questions)

    def as_array(self) -> NDArray[np.float32]:
        """Both means of every language in order, float32 of shape (2, 6, d)."""
        rows = [[means[language] for language in LANGUAGES] for means in (self.statements, self.questions)]
        return np.array(rows, dtype=np.float32)

    @staticmethod
    def of_array(array: NDArray[np.float32]) -> Anchors:
        """The anchors that ``as_array`` gave."""
        statements, questions = (dict(zip(LANGUAGES, means, strict=True)) for means in array)
        return Anchors(statements, questions)


@dataclass(frozen=True, slots=True)
class Centres:
    """What to subtract from vectors of each language before they are compared, float32 of shape (d,) each."""

    passages: Mapping[str, NDArray[np.float32]]
    questions: Mapping[str, NDArray[np.float32]]
    other_passages: NDArray[np.float32]
    other_questions: NDArray[np.float32]

    @staticmethod
    def of(anchors: Anchors, sums: Mapping[str, tuple[NDArray[np.float32], int]]) -> Centres:
        """Combine the anchors with the corpus: ``sums`` has, by language, the sum of passage vectors and their number.

        What the whole corpus has in common beyond its languages, its subject, is estimated from all languages at once
        and half of it is taken off too: all of it helps in corpora of one subject and harms in those of many.
        """
        every_statement = np.mean(list(anchors.statements.values()), axis=0)
        every_question = np.mean(list(anchors.questions.values()), axis=0)
        number = sum(count for _, count in sums.values())
        subject = np.zeros_like(every_statement)
        for language, (total, count) in sums.items():
            subject += total - count * anchors.statements.get(language, every_statement)
        subject *= _SUBJECT_SHARE / (number + _PASSAGES_OF_TRUST)
        return Centres(
            passages={language: anchors.statements[language] + subject for language in LANGUAGES},
            questions={language: anchors.questions[language] + subject for language in LANGUAGES},
            other_passages=every_statement + subject,
            other_questions=every_question + subject,
        )

    def passage_centre(self, language: str | None) -> NDArray[np.float32]:
        """The centre of passages in ``language``."""
        return self.passages.get(language or "", self.other_passages)

    def question_centre(self, language: str | None) -> NDArray[np.float32]:
        """The centre of questions in ``language``."""
        return self.questions.get(language or "", self.other_questions)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """``vectors``, of any shape, scaled to length 1 along the last axis; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


@lru_cache(maxsize=1)
def _anchor_texts() -> dict[str, dict[str, list[str]]]:
    loaded = yaml.safe_load(files("retrieval").joinpath("anchors.yaml").read_text(encoding="utf-8"))
    return {
        kind: {language: [entry[language] for entry in loaded[kind]] for language in LANGUAGES}
        for kind in ("statements", "questions")
    }
