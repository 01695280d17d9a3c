"""From a question to ranked sentences: dense search over passages and sentences, words, and their fusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.languages import unit
from retrieval.words import terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.encoder import Encoder
    from retrieval.generation import Generation
    from retrieval.question import Question


@dataclass(frozen=True, slots=True)
class Weights:
    """How the scores are added up; similarities are cosines, word scores shares of the most that could be reached.

    ``passage`` and ``sentence`` weigh the two similarities, ``passage_words`` and ``sentence_words`` the two word
    scores, ``round`` what a document gains for being of a round that the question names, and
    loses for being of another.
    """

    passage: float = 1.0
    sentence: float = 1.0
    passage_words: float = 1.0
    sentence_words: float = 0.6
    round: float = 1.0


WEIGHTS = Weights()
_DENSE_PASSAGES = 100
_DENSE_SENTENCES = 200
_WORD_PASSAGES = 50
_RERANKED_PASSAGES = 60
_TYPICAL = 10


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence found, with its place (row numbers of the generation) and the parts of its score.

    ``gain`` is the part that comes from the question's naming the document's round, or another.
    """

    document: int
    passage: int
    sentence: int
    start: int
    end: int
    score: float
    gain: float
    passage_similarity: float
    sentence_similarity: float
    passage_words: float
    sentence_words: float
    same_language: bool


def find(
    generation: Generation, encoder: Encoder, question: Question, count: int, weights: Weights = WEIGHTS
) -> tuple[Hit, ...]:
    """The best ``count`` sentences for ``question``, best first, ties by place; none where no document is admitted."""
    allowed = _allowed_passages(generation, question)
    if len(generation.passages) == 0 or (allowed is not None and len(allowed) == 0):
        return ()
    raw = encoder.encode_questions([question.topic])[0]
    vector = unit(raw - generation.centres.question_centre(question.language))
    question_terms = terms(question.topic)
    words = _word_scores(generation, question, question_terms)
    candidates = _candidates(generation, vector, words, allowed)
    similarity = generation.passage_vectors.similarities(vector, candidates)
    lift = _word_lift(words[candidates], similarity, _speaks(generation, question)[candidates])
    gain = weights.round * _round_gain(generation, question)[generation.passages[candidates, 0]]
    passage_part = weights.passage * similarity + weights.passage_words * lift + gain

    kept = np.argsort(-passage_part, kind="stable")[:_RERANKED_PASSAGES]
    rows, owner = _sentence_rows(generation, candidates[kept])
    sentence_similarity = generation.sentence_vectors.similarities(vector, rows)
    sentence_words = _sentence_words(generation, question, question_terms, rows)
    same = _speaks(generation, question)[candidates[kept]][owner]
    sentence_lift = _word_lift(sentence_words, sentence_similarity, same)
    scores = passage_part[kept][owner] + weights.sentence * sentence_similarity + weights.sentence_words * sentence_lift
    order = np.lexsort((rows, -scores))[:count]
    return tuple(
        Hit(
            document=int(generation.sentences[rows[place], 0]),
            passage=int(generation.sentences[rows[place], 3]),
            sentence=int(rows[place]),
            start=int(generation.sentences[rows[place], 1]),
            end=int(generation.sentences[rows[place], 2]),
            score=float(scores[place]),
            gain=float(gain[kept][owner[place]]),
            passage_similarity=float(similarity[kept][owner[place]]),
            sentence_similarity=float(sentence_similarity[place]),
            passage_words=float(words[candidates[kept]][owner[place]]),
            sentence_words=float(sentence_words[place]),
            same_language=bool(same[place]),
        )
        for place in order
    )


def _allowed_passages(generation: Generation, question: Question) -> NDArray[np.int64] | None:
    """The rows of passages whose documents the filters admit, or None where nothing is filtered."""
    if question.filters.is_empty():
        return None
    admitted = np.array([question.filters.admit(entry.document.metadata) for entry in generation.documents], dtype=bool)
    return np.flatnonzero(admitted[generation.passages[:, 0]])


def _speaks(generation: Generation, question: Question) -> NDArray[np.bool_]:
    """Which passages are in the question's language."""
    names = np.array([name == question.language for name in generation.language_names], dtype=bool)
    return names[generation.passage_languages]


def _word_scores(generation: Generation, question: Question, question_terms: list[str]) -> NDArray[np.float32]:
    """BM25 of passages in the question's language as a share of the most possible, in [0, 1]; 0 in other languages."""
    most = generation.words.best_possible(question_terms)
    if most <= 0:
        return np.zeros(len(generation.passages), dtype=np.float32)
    return np.where(_speaks(generation, question), generation.words.scores(question_terms) / most, 0).astype(np.float32)


def _candidates(
    generation: Generation,
    vector: NDArray[np.float32],
    words: NDArray[np.float32],
    allowed: NDArray[np.int64] | None,
) -> NDArray[np.int64]:
    """Passages worth a closer look: the nearest, those of the nearest sentences, and the best by words; sorted rows."""
    allowed_sentences = None
    if allowed is not None:
        allowed_sentences = np.flatnonzero(np.isin(generation.sentences[:, 3], allowed))
        outside = np.ones(len(words), dtype=bool)
        outside[allowed] = False
        words = np.where(outside, 0, words)
    by_passage, _ = generation.passage_vectors.search(vector, _DENSE_PASSAGES, allowed)
    by_sentence, _ = generation.sentence_vectors.search(vector, _DENSE_SENTENCES, allowed_sentences)
    by_words = np.argsort(-words, kind="stable")[:_WORD_PASSAGES]
    by_words = by_words[words[by_words] > 0]
    owners = generation.sentences[by_sentence, 3].astype(np.int64)
    return np.unique(np.concatenate([by_passage, owners, by_words]))


def _word_lift(
    words: NDArray[np.float32], similarity: NDArray[np.float32], same: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Word scores less what is typical of the most similar ones in the question's language; 0 in other languages.

    So words order the texts in the question's language among themselves and do not lift that language as a whole,
    which would bury every answer in another.
    """
    rows = np.flatnonzero(same)
    if len(rows) == 0:
        return np.zeros_like(words)
    nearest = rows[np.argsort(-similarity[rows], kind="stable")[:_TYPICAL]]
    return np.where(same, words - words[nearest].mean(), 0).astype(np.float32)


def _round_gain(generation: Generation, question: Question) -> NDArray[np.float32]:
    """For each document 1 where it is of a round that the question names, -1 where of another, else 0."""
    if not question.rounds:
        return np.zeros(len(generation.documents), dtype=np.float32)
    rounds = [entry.document.metadata.round for entry in generation.documents]
    return np.array([0 if number is None else 1 if number in question.rounds else -1 for number in rounds], np.float32)


def _sentence_rows(generation: Generation, passages: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sentence rows of ``passages``, and for each the place in ``passages`` that it belongs to."""
    bounds = generation.passages[passages, 3:5].astype(np.int64)
    rows = np.concatenate([np.arange(first, last) for first, last in bounds])
    owner = np.repeat(np.arange(len(passages)), bounds[:, 1] - bounds[:, 0])
    return rows, owner


def _sentence_words(
    generation: Generation, question: Question, question_terms: list[str], rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The share of the question's terms, by weight, that each sentence holds, in [0, 1]; 0 in other languages."""
    wanted = {term: generation.words.weight(term) for term in set(question_terms)}
    most = sum(wanted.values())
    shares = np.zeros(len(rows), dtype=np.float32)
    if most <= 0:
        return shares
    for place, row in enumerate(rows):
        if generation.language_names[generation.sentence_languages[row]] != question.language:
            continue
        number, start, end, _ = generation.sentences[row]
        held = set(terms(generation.documents[number].document.text[start:end]))
        shares[place] = sum(weight for term, weight in wanted.items() if term in held) / most
    return shares
