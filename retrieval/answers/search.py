"""From a question to ranked sentences: dense search and words find candidates, late interaction ranks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.answers.late_interaction import best_matches, centred
from retrieval.index.segment import in_context, own_tokens
from retrieval.index.vectors import unit
from retrieval.index.words import terms
from retrieval.questions.expectation import lacks_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoder, Encoding
    from retrieval.index.generation import Generation
    from retrieval.questions.question import Question


@dataclass(frozen=True, slots=True)
class Weights:
    """How the parts of a sentence's score are added up; each is fitted but the last two.

    ``sentence`` weighs its similarity to the question as a whole, ``words`` BM25 of its passage, ``matches`` how well
    its own tokens match the question's, ``passage_matches`` how well its passage's do, ``lacks_number`` what it loses
    where a number is asked for and it has none, and ``named`` what its document gains for being of what the question
    names (a round, say), and loses for being of another. ``own_language`` is what a sentence loses for being in the
    question's language, in which all matches come closer, right and wrong ones; it was set on a corpus of four
    languages with questions in five, and changes nothing where all documents share a language.

    Fitted by ``tests/benchmarks/fit.py`` on questions in the language of the text (SQuAD 2.0, KazQAD, ENELPI, ARCD), on
    questions of three of these translated into other languages, and on SIB-200 statements; the README says how well
    weights fitted on all sets but one do on that one.
    """

    sentence: float = 1.27
    words: float = 0.7
    matches: float = 2.09
    passage_matches: float = 1.92
    lacks_number: float = 0.18
    named: float = 1.0
    own_language: float = 0.2


WEIGHTS = Weights()
_DENSE_PASSAGES = 100
_DENSE_SENTENCES = 200
_WORD_PASSAGES = 50
_RERANKED_PASSAGES = 60
_RERANKED_NUMBERS = 40
# Sentences whose tokens are not kept: so many, and so many code points of them, are read again for a question, which
# takes some thirty milliseconds.
_READ_AGAIN = 12
_READ_AGAIN_LENGTH = 300
_TYPICAL = 10


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence found, with its place (row numbers of the generation) and the parts of its score.

    ``gain`` is the part that comes from the question's naming what the document is of, or is not.
    """

    document: int
    passage: int
    sentence: int
    start: int
    end: int
    score: float
    gain: float
    sentence_similarity: float
    passage_similarity: float
    matches: float
    passage_matches: float
    passage_words: float
    word_lift: float
    lacks_number: bool
    same_language: bool


def find(
    generation: Generation, encoder: Encoder, question: Question, count: int, weights: Weights = WEIGHTS
) -> tuple[Hit, ...]:
    """The best ``count`` sentences for ``question``, best first, ties by place; none where no document is admitted."""
    allowed = _allowed_passages(generation, question)
    if len(generation.passages) == 0 or (allowed is not None and len(allowed) == 0):
        return ()
    asked = encoder.read_question(question.topic)
    vector = unit(asked.vector - generation.centres.question_centre(question.language))
    speaks = _speaks(generation, question)
    words = _word_scores(generation, question, speaks)
    candidates = _candidates(generation, vector, words, allowed)
    similarity = generation.passage_vectors.similarities(vector, candidates)
    lift = _word_lift(words[candidates], similarity, speaks[candidates])
    gain = weights.named * _preference(generation, question, generation.passages[candidates, 0])

    rows, owner = _sentence_rows(generation, candidates)
    sentence_similarity = generation.sentence_vectors.similarities(vector, rows)
    scores = weights.sentence * sentence_similarity + (weights.words * lift + gain)[owner]
    kept = _of_best_passages(scores + similarity[owner], owner)
    rows, owner, scores = rows[kept], owner[kept], scores[kept]
    if weights.matches or weights.passage_matches:
        best = _best_matches(generation, encoder, question, asked, rows, scores)
        matches, passage_matches = _means(best, owner)
        scores += weights.matches * matches + weights.passage_matches * passage_matches
    else:
        matches = passage_matches = np.zeros(len(rows), dtype=np.float32)
    same = speaks[candidates[owner]]
    scores -= weights.own_language * same
    lacking = _lacking(generation, question, rows, scores)
    scores -= weights.lacks_number * lacking

    order = np.lexsort((rows, -scores))[:count]
    return tuple(
        Hit(
            document=int(generation.sentences[rows[place], 0]),
            passage=int(generation.sentences[rows[place], 3]),
            sentence=int(rows[place]),
            start=int(generation.sentences[rows[place], 1]),
            end=int(generation.sentences[rows[place], 2]),
            score=float(scores[place]),
            gain=float(gain[owner[place]]),
            sentence_similarity=float(sentence_similarity[kept][place]),
            passage_similarity=float(similarity[owner[place]]),
            matches=float(matches[place]),
            passage_matches=float(passage_matches[place]),
            passage_words=float(words[candidates[owner[place]]]),
            word_lift=float(lift[owner[place]]),
            lacks_number=bool(lacking[place]),
            same_language=bool(same[place]),
        )
        for place in order
    )


def _allowed_passages(generation: Generation, question: Question) -> NDArray[np.int64] | None:
    """The rows of passages whose documents the question admits, or None where nothing is filtered."""
    if not question.applied:
        return None
    admitted = np.array([question.admits(entry.document.metadata) for entry in generation.documents], dtype=bool)
    return np.flatnonzero(admitted[generation.passages[:, 0]])


def _speaks(generation: Generation, question: Question) -> NDArray[np.bool_]:
    """Which passages are in the question's language."""
    names = np.array([name == question.language for name in generation.language_names], dtype=bool)
    return names[generation.passage_languages]


def _word_scores(generation: Generation, question: Question, speaks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """BM25 of passages in the question's language as a share of the most possible, in [0, 1]; 0 in other languages."""
    asked = terms(question.topic)
    most = generation.words.best_possible(asked)
    if most <= 0:
        return np.zeros(len(generation.passages), dtype=np.float32)
    scores = generation.words.scores(asked)
    scores /= np.float32(most)
    scores *= speaks
    return scores


def _candidates(
    generation: Generation,
    vector: NDArray[np.float32],
    words: NDArray[np.float32],
    allowed: NDArray[np.int64] | None,
) -> NDArray[np.int64]:
    """Passages worth a closer look: the nearest, those of the nearest sentences, and the best by words; sorted rows."""
    allowed_sentences = None
    if allowed is not None:
        admitted = np.zeros(len(words), dtype=bool)
        admitted[allowed] = True
        allowed_sentences = np.flatnonzero(admitted[generation.sentences[:, 3]])
        words = words * admitted
    by_passage, _ = generation.passage_vectors.search(vector, _DENSE_PASSAGES, allowed)
    by_sentence, _ = generation.sentence_vectors.search(vector, _DENSE_SENTENCES, allowed_sentences)
    owners = generation.sentences[by_sentence, 3].astype(np.int64)
    return np.unique(np.concatenate([by_passage, owners, _highest(words, _WORD_PASSAGES)]))


def _highest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """The rows of the ``count`` highest of the scores above 0, of equals at the cut the first ones; in no order."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) <= count:
        return rows
    found = scores[rows]
    least = np.partition(found, len(found) - count)[len(found) - count]
    above = rows[found > least]
    return np.concatenate([above, rows[found == least][: count - len(above)]])


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


def _preference(generation: Generation, question: Question, documents: NDArray[np.int32]) -> NDArray[np.float32]:
    """For each of ``documents`` how much it is of what the question names, in [-1, 1]; see ``Question.preference``."""
    if not question.rounds and not question.limits:
        return np.zeros(len(documents), dtype=np.float32)
    distinct, place = np.unique(documents, return_inverse=True)
    known = (generation.documents[number].document.metadata for number in distinct.tolist())
    return np.array([question.preference(metadata) for metadata in known], dtype=np.float32)[place]


def _sentence_rows(generation: Generation, passages: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sentence rows of ``passages``, and for each the place in ``passages`` that it belongs to."""
    bounds = generation.passages[passages, 3:5].astype(np.int64)
    rows = np.concatenate([np.arange(first, last) for first, last in bounds])
    owner = np.repeat(np.arange(len(passages)), bounds[:, 1] - bounds[:, 0])
    return rows, owner


def _of_best_passages(scores: NDArray[np.float32], owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of all sentences of the passages that have the best ones; ``owner`` is sorted."""
    best = np.maximum.reduceat(scores, np.flatnonzero(np.diff(owner, prepend=-1)))
    kept = np.argsort(-best, kind="stable")[:_RERANKED_PASSAGES]
    return np.flatnonzero(np.isin(owner, kept))


def _best_matches(
    generation: Generation,
    encoder: Encoder,
    question: Question,
    asked: Encoding,
    rows: NDArray[np.int64],
    scores: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The best match of each of the question's tokens in each sentence, float32 of shape (sentences, tokens).

    Of sentences whose tokens are not kept, the few that score best are read again; the others are taken to match as
    these do on average, so that the best stand out from them no more than they should.
    """
    tokens = centred(asked.tokens, generation.anchors.question_token(question.language))
    codes, bounds = generation.tokens.gather(rows)
    best = best_matches(tokens, codes, bounds)
    unread = np.flatnonzero(np.diff(bounds) == 0)
    if len(unread):
        unread = unread[np.argsort(-scores[unread], kind="stable")]
        texts = [in_context(generation.documents, generation.sentences[row]) for row in rows[unread[:_READ_AGAIN]]]
        count = max(1, int((np.cumsum([len(text) for text in texts]) <= _READ_AGAIN_LENGTH).sum()))
        texts, again, others = texts[:count], unread[:count], unread[count:]
        for number, encoding in encoder.read_passages(texts):
            place = again[number]
            own = own_tokens(generation.documents, generation.sentences[rows[place]], encoding, generation.anchors)
            best[place] = best_matches(tokens, own, np.array([0, len(own)], dtype=np.int64))[0]
        best[others] = best[again].mean(axis=0)
    return best


def _means(best: NDArray[np.float32], owner: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How well each sentence matches the question, and how well its passage does: cosines averaged over its tokens.

    For passages, which hold more than the sentence that answers, tokens count by how much they tell the sentences at
    hand apart.
    """
    if best.shape[1] == 0:
        # No letter of the question is in the model's vocabulary.
        return np.zeros(len(best), dtype=np.float32), np.zeros(len(best), dtype=np.float32)
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    in_passage = np.maximum.reduceat(best, begins, axis=0)
    telling = best.std(axis=0) + np.float32(1e-9)
    of_passage = in_passage @ (telling / telling.sum())
    return best.mean(axis=1), of_passage.repeat(np.diff(begins, append=len(best)))


def _lacking(
    generation: Generation, question: Question, rows: NDArray[np.int64], scores: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which of the best sentences lack a number that the question asks for."""
    lacking = np.zeros(len(rows), dtype=bool)
    for place in np.argsort(-scores, kind="stable")[:_RERANKED_NUMBERS]:
        number, start, end, _ = generation.sentences[rows[place]]
        lacking[place] = lacks_number(question.text, generation.documents[number].document.text[start:end])
    return lacking
