"""Which sentences of some documents are on a topic: not what answers a question, but whether a subject is spoken of.

A sentence is judged by how well its own tokens match the topic's (late interaction), in itself and against what is
usual among all sentences, and in the topic's language by how many of its words it has.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from corpus.canonical import canonical
from corpus.language import detect_language
from retrieval.answers.late_interaction import best_matches, centred
from retrieval.errors import QuestionRefused
from retrieval.index.segment import in_context, own_tokens
from retrieval.index.vectors import unit
from retrieval.index.words import terms
from retrieval.questions.question import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation

THRESHOLD: Final = 0.5

_SHORTEST_LETTERS = 2
# What is usual is measured on so many sentences; a corpus of few tells less than many do, whose means these are.
_SAMPLED = 500
_SENTENCES_OF_TRUST = 40.0
_USUAL_MATCH, _USUAL_SPREAD = 0.165, 0.059
# Of the sentences of many documents, those nearest and those of the passages that have the topic's words are judged.
_NEAREST = 500
_READ_AGAIN = 24


@dataclass(frozen=True, slots=True)
class TopicModel:
    """The bias and the weights, in the logit, of what is seen of a sentence: the fields of ``Judgement``."""

    bias: float
    matches: float
    stands_out: float
    covered: float
    same_language: float


# Fitted by ``python -m tests.benchmarks.topics``, which says how well it does on topics that were left out.
MODEL: Final = TopicModel(bias=-9.32, matches=12.37, stands_out=1.78, covered=4.47, same_language=-3.2)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is seen of each of some sentences, which are ``rows`` of the generation; float64, each of shape (n,).

    ``matches`` is the mean cosine of the topic's tokens with their best matches in the sentence, ``stands_out`` by how
    many standard deviations that is more than usual, ``covered`` which share of the topic's words it has, by weight, 0
    in other languages, and ``same_language`` 1 where it is in the topic's language.
    """

    rows: NDArray[np.int64]
    matches: NDArray[np.float64]
    stands_out: NDArray[np.float64]
    covered: NDArray[np.float64]
    same_language: NDArray[np.float64]

    def probability(self, model: TopicModel = MODEL) -> NDArray[np.float64]:
        """The estimated probability, in [0, 1], that each sentence is on the topic."""
        logit = (
            model.bias
            + model.matches * self.matches
            + model.stands_out * self.stands_out
            + model.covered * self.covered
            + model.same_language * self.same_language
        )
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -40, 40))), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic read against a generation.

    ``vector`` is float32 of shape (d,) and ``tokens`` of shape (n, e), both centred; ``weights`` are those of its
    terms, by term, ``passage_words`` is BM25 of each passage for them, float32 of shape (passages,), and ``usual`` and
    ``spread`` are mean and standard deviation of how well any sentence matches it.
    """

    text: str
    language: str | None
    vector: NDArray[np.float32]
    tokens: NDArray[np.float32]
    weights: Mapping[str, float]
    passage_words: NDArray[np.float32]
    usual: float
    spread: float


@dataclass(frozen=True, slots=True)
class TopicHit:
    """A sentence on a topic: its document, code points, passage and own row in the generation, and how sure that is."""

    document: int
    start: int
    end: int
    passage: int
    sentence: int
    score: float


def read_topic(generation: Generation, encoder: Encoder, text: str) -> Topic:
    """Read a topic as a person typed it.

    Raises:
        QuestionRefused: it has no two letters or digits, or is over 1,000 characters long.
    """
    cleaned = canonical(text)
    if len(cleaned) > LONGEST:
        raise QuestionRefused(f"The topic has {len(cleaned)} characters; at most {LONGEST} can be searched for.")
    if sum(unicodedata.category(character)[0] in "LN" for character in cleaned) < _SHORTEST_LETTERS:
        raise QuestionRefused("The topic has no words to search for; name it in a few words.")
    language = detect_language(cleaned)
    read = encoder.read_question(cleaned)
    tokens = centred(read.tokens, generation.anchors.question_token(language))
    vector = unit(read.vector - generation.centres.question_centre(language))
    usual, spread = _usual(generation, tokens)
    weights = {term: generation.words.weight(term) for term in terms(cleaned)}
    passage_words = generation.words.scores(list(weights))
    return Topic(cleaned, language, vector, tokens, weights, passage_words, usual, spread)


def _usual(generation: Generation, tokens: NDArray[np.float32]) -> tuple[float, float]:
    """Mean and standard deviation of how well the sentences of the corpus match, from some taken all over it."""
    count = len(generation.sentences)
    rows = (
        np.unique(np.linspace(0, count - 1, min(count, _SAMPLED)).astype(np.int64)) if count else np.empty(0, np.int64)
    )
    codes, bounds = generation.tokens.gather(rows)
    kept = np.diff(bounds) > 0
    matches = _means(best_matches(tokens, codes, bounds))[kept]
    share = len(matches) / (len(matches) + _SENTENCES_OF_TRUST)
    if not len(matches):
        return _USUAL_MATCH, _USUAL_SPREAD
    usual = share * float(matches.mean()) + (1 - share) * _USUAL_MATCH
    return usual, share * float(matches.std()) + (1 - share) * _USUAL_SPREAD


def _means(best: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over the topic's tokens, zeros where no letter of it is in the model's vocabulary."""
    return best.mean(axis=1) if best.shape[1] else np.zeros(len(best), dtype=np.float32)


def on_topic(
    generation: Generation, encoder: Encoder, topic: Topic, members: Sequence[int], threshold: float = THRESHOLD
) -> tuple[TopicHit, ...]:
    """The sentences of the documents at ``members`` that are on the topic, best first, ties by place.

    The score is the estimated probability, in [0, 1], that a sentence is on the topic; it is at least ``threshold``.
    """
    judged = judge(generation, encoder, topic, members)
    rows, sure = judged.rows, judged.probability()
    order = [int(place) for place in np.lexsort((rows, -sure)) if sure[place] >= threshold]
    found = []
    for place in order:
        document, start, end, passage = (int(value) for value in generation.sentences[rows[place]])
        found.append(TopicHit(document, start, end, passage, int(rows[place]), float(sure[place])))
    return tuple(found)


def judge(generation: Generation, encoder: Encoder, topic: Topic, members: Sequence[int]) -> Judgement:
    """Look at the sentences of the documents at ``members``, of many only at those that may be on the topic."""
    rows = _candidates(generation, topic, members)
    matches = _matches(generation, encoder, topic, rows).astype(np.float64)
    spoken = np.array(generation.language_names, dtype=object)[generation.sentence_languages[rows]]
    same = np.array([language == topic.language for language in spoken], dtype=np.float64)
    covered = np.zeros(len(rows))
    # Only where the passage has a word of the topic can its sentences have one.
    for place in np.flatnonzero((same > 0) & (topic.passage_words[generation.sentences[rows, 3]] > 0)):
        covered[place] = _covered(generation, topic, int(rows[place]))
    stands_out = (matches - topic.usual) / max(topic.spread, 1e-6)
    return Judgement(rows, matches, stands_out, covered, same)


def _candidates(generation: Generation, topic: Topic, members: Sequence[int]) -> NDArray[np.int64]:
    """The rows of the sentences worth judging, ascending: all where they are few."""
    rows = np.flatnonzero(np.isin(generation.sentences[:, 0], np.asarray(members, dtype=np.int64)))
    if len(rows) <= 2 * _NEAREST:
        return rows
    similarity = generation.sentence_vectors.similarities(topic.vector, rows)
    nearest = np.argsort(-similarity, kind="stable")[:_NEAREST]
    words = topic.passage_words[generation.sentences[rows, 3]]
    worded = np.argsort(-words, kind="stable")[:_NEAREST]
    judged: NDArray[np.int64] = rows[np.union1d(nearest, worded[words[worded] > 0])]
    return judged


def _matches(
    generation: Generation,
    encoder: Encoder,
    topic: Topic,
    rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    """How well each sentence matches the topic, in [-1, 1]; the nearest of those whose tokens are not kept are read."""
    codes, bounds = generation.tokens.gather(rows)
    matches = _means(best_matches(topic.tokens, codes, bounds))
    unread = np.flatnonzero(np.diff(bounds) == 0)
    if len(unread):
        similarity = generation.sentence_vectors.similarities(topic.vector, rows[unread])
        again = unread[np.argsort(-similarity, kind="stable")][:_READ_AGAIN]
        texts = [in_context(generation.documents, generation.sentences[row]) for row in rows[again]]
        for number, encoding in encoder.read_passages(texts):
            row = generation.sentences[rows[again[number]]]
            own = own_tokens(generation.documents, row, encoding, generation.anchors)
            matches[again[number]] = _means(best_matches(topic.tokens, own, np.array([0, len(own)], np.int64)))[0]
    return matches


def _covered(generation: Generation, topic: Topic, row: int) -> float:
    """The share, by weight, of the topic's terms that a sentence has."""
    number, start, end, _ = (int(value) for value in generation.sentences[row])
    total = sum(topic.weights.values())
    if total <= 0:
        return 0.0
    held = set(terms(generation.documents[number].document.text[start:end]))
    return sum(weight for term, weight in topic.weights.items() if term in held) / total
