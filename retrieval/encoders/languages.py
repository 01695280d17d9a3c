"""Which language a text is in, and where each language sits in the embedding space.

Vectors of one language share a component that says nothing of the subject; subtracting it makes similarities
comparable across languages (the removal of language means: Libovický, Rosa and Fraser, 2020; Yang et al., 2021).
It is measured on parallel texts, so that it is the language's and not the subject's, and does not depend on how many
documents there are in a language.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoder, Encoding

LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa")
_PASSAGES_OF_TRUST = 60.0
_SUBJECT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Anchors:
    """Means over parallel statements and over parallel questions, by language.

    ``statements`` and ``questions`` are of their vectors, float32 of shape (d,); ``statement_tokens`` and
    ``question_tokens`` of their tokens, shaped as one token of ``Encoding``, zeros for an encoder without tokens.
    """

    statements: Mapping[str, NDArray[np.float32]]
    questions: Mapping[str, NDArray[np.float32]]
    statement_tokens: Mapping[str, NDArray[np.float32]]
    question_tokens: Mapping[str, NDArray[np.float32]]

    @staticmethod
    def measure(encoder: Encoder) -> Anchors:
        """Encode the parallel texts of the package; some hundred short texts."""
        texts = _anchor_texts()
        statements = {
            name: [found for _, found in encoder.read_passages(texts["statements"][name])] for name in LANGUAGES
        }
        questions = {name: [encoder.read_question(text) for text in texts["questions"][name]] for name in LANGUAGES}
        return Anchors(*map(_mean_vectors, (statements, questions)), *map(_mean_tokens, (statements, questions)))

    def as_arrays(self) -> dict[str, NDArray[np.float32]]:
        """Each of the four, the languages in order: float32 of shapes (6, d) and (6, 2, d)."""
        return {
            part.name: np.array([getattr(self, part.name)[language] for language in LANGUAGES], dtype=np.float32)
            for part in fields(self)
        }

    @staticmethod
    def of_arrays(arrays: Mapping[str, NDArray[np.float32]]) -> Anchors:
        """The anchors that ``as_arrays`` gave.

        Raises:
            KeyError: one of the four is missing.
        """
        return Anchors(*(dict(zip(LANGUAGES, arrays[part.name], strict=True)) for part in fields(Anchors)))

    def statement(self, language: str | None) -> NDArray[np.float32]:
        """The mean of statements in ``language``, of all languages for another."""
        return _of_language(self.statements, language)

    def statement_token(self, language: str | None) -> NDArray[np.float32]:
        """The mean token of statements in ``language``, of all languages for another."""
        return _of_language(self.statement_tokens, language)

    def question_token(self, language: str | None) -> NDArray[np.float32]:
        """The mean token of questions in ``language``, of all languages for another."""
        return _of_language(self.question_tokens, language)


def _mean_vectors(found: Mapping[str, Sequence[Encoding]]) -> dict[str, NDArray[np.float32]]:
    return {language: np.mean([one.vector for one in read], axis=0) for language, read in found.items()}


def _mean_tokens(found: Mapping[str, Sequence[Encoding]]) -> dict[str, NDArray[np.float32]]:
    """The mean over all tokens of a language's texts; zeros where there is no token."""
    return {
        language: np.sum([one.tokens.sum(axis=0) for one in read], axis=0)
        / np.float32(max(1, sum(len(one.tokens) for one in read)))
        for language, read in found.items()
    }


def _of_language(means: Mapping[str, NDArray[np.float32]], language: str | None) -> NDArray[np.float32]:
    found = means.get(language or "")
    return np.mean(list(means.values()), axis=0) if found is None else found


@dataclass(frozen=True, slots=True)
class Centres:
    """What to subtract from vectors of each language before they are compared, float32 of shape (d,) each.

    ``subject`` is the part that is in all of them.
    """

    passages: Mapping[str, NDArray[np.float32]]
    questions: Mapping[str, NDArray[np.float32]]
    other_passages: NDArray[np.float32]
    other_questions: NDArray[np.float32]
    subject: NDArray[np.float32]

    @staticmethod
    def of(anchors: Anchors, total: NDArray[np.floating], number: int) -> Centres:
        """Combine the anchors with the corpus: ``number`` passages, whose vectors less their anchors have that sum.

        What the whole corpus has in common beyond its languages, its subject, is estimated from all languages at once
        and half of it is taken off too: all of it helps in corpora of one subject and harms in those of many.
        """
        subject = np.asarray(total * _SUBJECT_SHARE / (number + _PASSAGES_OF_TRUST), dtype=np.float32)
        return Centres(
            passages={language: anchors.statements[language] + subject for language in LANGUAGES},
            questions={language: anchors.questions[language] + subject for language in LANGUAGES},
            other_passages=anchors.statement(None) + subject,
            other_questions=_of_language(anchors.questions, None) + subject,
            subject=subject,
        )

    def passage_centre(self, language: str | None) -> NDArray[np.float32]:
        """The centre of passages in ``language``."""
        return self.passages.get(language or "", self.other_passages)

    def question_centre(self, language: str | None) -> NDArray[np.float32]:
        """The centre of questions in ``language``."""
        return self.questions.get(language or "", self.other_questions)


@lru_cache(maxsize=1)
def _anchor_texts() -> dict[str, dict[str, list[str]]]:
    loaded = yaml.safe_load(files("retrieval").joinpath("anchors.yaml").read_text(encoding="utf-8"))
    return {
        kind: {language: [entry[language] for entry in loaded[kind]] for language in LANGUAGES}
        for kind in ("statements", "questions")
    }
