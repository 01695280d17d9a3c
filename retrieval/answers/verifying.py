"""Whether sentences stand in the documents: exactly, in another spelling, nearly (and how they differ), or not at all.

A sentence from which a negation, a number or a name was taken, or to which one was added, is never called exact.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.canonical import canonical
from corpus.document import Block, BlockKind
from corpus.language import detect_language
from corpus.sentences import sentences
from retrieval.answers.differences import Difference, differences, negations, split_words
from retrieval.answers.quotes import Quote, block_at
from retrieval.answers.spelling import Spelling, is_whole
from retrieval.errors import QuestionRefused
from retrieval.index.texts import holds
from retrieval.index.vectors import unit
from retrieval.index.words import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corpus.document import Document
    from retrieval.answers.differences import Word
    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation

_PASSAGES_BY_WORDS, _SENTENCES_BY_MEANING = 30, 30
# So much of a sentence's words, weighed by how rare they are, must be the same for it to be near.
NEAR = 0.5
_ALIGNED = 24
_QUOTES = 3
_SIGN_WEIGHT, _LEAST_WEIGHT = 0.05, 0.3
LONGEST = 20_000


class Verdict(StrEnum):
    """What was found, best first."""

    EXACT = "exact"
    NORMALISED = "exact_normalised"
    NEAR = "near"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Verification:
    """One sentence and what the documents have of it: ``quotes`` are the sentences found, best first."""

    text: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    quotes: tuple[Quote, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What was found, as the command line prints it."""
        return {
            "verdict": self.verdict.value,
            "differences": [difference.to_json() for difference in self.differences],
            "quotes": [quote.to_json() for quote in self.quotes],
        }


def verify(generation: Generation, encoder: Encoder, text: str, most: int | None = None) -> tuple[Verification, ...]:
    """Look for each sentence of ``text``, or for the first ``most`` of them, in the documents.

    Raises:
        QuestionRefused: there is no word in it, or it is longer than twenty thousand characters.
    """
    text = canonical(text)
    if len(text) > LONGEST:
        raise QuestionRefused(f"The text has {len(text)} characters; verify at most {LONGEST} at a time.")
    found = [one for one in _split(text) if any(not word.is_sign for word in split_words(one))]
    if not found:
        raise QuestionRefused("There is no word in the text; write the sentence to be verified.")
    return tuple(_verified(generation, encoder, one) for one in found[:most])


def worst(found: Sequence[Verification]) -> Verdict:
    """The verdict on a text of several sentences: that on the sentence which is furthest from the documents."""
    return max((one.verdict for one in found), key=list(Verdict).index)


def _split(text: str) -> Iterator[str]:
    """The sentences of a text, each line by itself."""
    language = detect_language(text)
    start = 0
    for line in text.split("\n"):
        block = Block(BlockKind.PARAGRAPH, start, start + len(line))
        for one in sentences(text, (block,), language):
            yield text[one.start : one.end]
        start += len(line) + 1


def _verified(generation: Generation, encoder: Encoder, text: str) -> Verification:
    claimed = split_words(text)
    verbatim = [quote for quote in _verbatim(generation, text) if not _turned(quote, claimed)]
    if verbatim:
        return Verification(text, Verdict.EXACT, (), _whole(generation, verbatim[:_QUOTES]))
    candidates = _candidates(generation, encoder, text)
    respelt = [quote for quote in _respelt(generation, text, candidates) if not _turned(quote, claimed)]
    if respelt:
        return Verification(text, Verdict.NORMALISED, (), _whole(generation, respelt[:_QUOTES]))
    return _nearest(generation, text, claimed, candidates)


def _verbatim(generation: Generation, text: str) -> Iterator[Quote]:
    """Where the very words stand, once for each document."""
    for entry in generation.documents:
        if not holds(entry.document, text):
            continue
        start = entry.document.text.find(text)
        while start >= 0:
            if is_whole(entry.document.text, start, start + len(text)):
                yield Quote(entry.document, start, start + len(text), 1.0)
                break
            start = entry.document.text.find(text, start + 1)


def _candidates(generation: Generation, encoder: Encoder, text: str) -> list[int]:
    """Rows of passages that may have the sentence: those that share its words, and those of the nearest sentences."""
    if len(generation.passages) == 0:
        return []
    scores = generation.words.scores(terms(text))
    by_words = [int(row) for row in np.argsort(-scores, kind="stable")[:_PASSAGES_BY_WORDS] if scores[row] > 0]
    language = detect_language(text) or "en"
    vector = unit(encoder.encode_passages([text])[0] - generation.centres.passage_centre(language))
    rows, _ = generation.sentence_vectors.search(vector, _SENTENCES_BY_MEANING, None)
    by_meaning = [int(generation.sentences[row, 3]) for row in rows]
    return list(dict.fromkeys([*by_words, *by_meaning]))


def _respelt(generation: Generation, text: str, candidates: Sequence[int]) -> Iterator[Quote]:
    """Where the words stand in another spelling, once for each document."""
    wanted = Spelling.of(text.strip(_ENDS))
    for number in dict.fromkeys(int(generation.passages[row, 0]) for row in candidates):
        document = generation.documents[number].document
        place = Spelling.of(document.text).find(wanted, document.text)
        if place is not None:
            yield Quote(document, *place, 1.0)


_ENDS = " .,;:!?…؟۔،؛\"'«»“”‘’„"


def _turned(quote: Quote, claimed: Sequence[Word]) -> bool:
    """Whether the sentence that has the words goes on to negate them, or has other negations and numbers than these.

    Spaces apart, "not able" is spelt as "notable".
    """
    stated = split_words(quote.text)
    if negations(stated) != negations(claimed) or _numbers(stated) != _numbers(claimed):
        return True
    start, end = _sentence_at(quote.document, quote.start, quote.end)
    around = [
        *split_words(quote.document.text[start : quote.start]),
        *split_words(quote.document.text[quote.end : end]),
    ]
    return bool(negations(around))


def _numbers(words: Sequence[Word]) -> list[str]:
    return [word.form for word in words if word.is_number]


def _sentence_at(document: Document, start: int, end: int) -> tuple[int, int]:
    """The sentences of a document that its characters ``start`` to ``end`` are part of."""
    first, last = block_at(document, start), block_at(document, end - 1)
    touched = [
        one
        for one in sentences(document.text, tuple({first, last} - {None}), document.metadata.language)  # type: ignore[arg-type]
        if one.start < end and one.end > start
    ]
    return min([start, *(one.start for one in touched)]), max([end, *(one.end for one in touched)])


def _whole(generation: Generation, quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The quotations, the same words in further documents with the first."""
    first, *others = quotes
    return (
        (Quote(first.document, first.start, first.end, first.score, tuple(others)),)
        if all(other.text == first.text for other in others)
        else tuple(quotes)
    )


@dataclass(frozen=True, slots=True)
class _Near:
    likeness: float
    quote: Quote
    differences: tuple[Difference, ...]


def _nearest(generation: Generation, text: str, claimed: Sequence[Word], candidates: Sequence[int]) -> Verification:
    """The sentences most like this one, where any is near enough, and how the best differs."""
    weights = _Weights(generation)
    stretches = sorted(
        _stretches(generation, candidates),
        key=lambda quote: -weights.shared(claimed, split_words(quote.text)),
    )[:_ALIGNED]
    found = sorted((_aligned(claimed, quote, weights) for quote in stretches), key=lambda near: -near.likeness)
    near = [one for one in found if one.likeness >= NEAR]
    if not near:
        return Verification(text, Verdict.ABSENT)
    best = near[0]
    documents: dict[str, Quote] = {}
    for one in near:
        if one.likeness >= best.likeness - 0.1:
            documents.setdefault(one.quote.document.id, one.quote)
    return Verification(text, Verdict.NEAR, best.differences, tuple(documents.values())[:_QUOTES])


def _stretches(generation: Generation, candidates: Sequence[int]) -> Iterator[Quote]:
    """Each sentence of the candidates, and each two that follow one another."""
    for row in candidates:
        first, last = (int(value) for value in generation.passages[row, 3:5])
        places = [tuple(int(value) for value in generation.sentences[one, :3]) for one in range(first, last)]
        document = generation.documents[int(generation.passages[row, 0])].document
        for at, (_, start, end) in enumerate(places):
            yield Quote(document, start, end)
            if at + 1 < len(places):
                yield Quote(document, start, places[at + 1][2])


class _Weights:
    """How much a word says: rare ones most, signs next to nothing."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._known: dict[str, float] = {}

    def of(self, word: Word) -> float:
        weight = self._known.get(word.form)
        if weight is None:
            found = terms(word.text)
            weight = _SIGN_WEIGHT if word.is_sign else _LEAST_WEIGHT
            if found:
                weight = max(_LEAST_WEIGHT, *(self._generation.words.weight(term) for term in found))
            self._known[word.form] = weight
        return weight

    def total(self, words: Sequence[Word]) -> float:
        return sum(self.of(word) for word in words)

    def shared(self, claimed: Sequence[Word], written: Sequence[Word]) -> float:
        """What two wordings share whatever the order, of what both have."""
        mine, theirs = Counter(word.form for word in claimed), Counter(word.form for word in written)
        weight = {word.form: self.of(word) for word in claimed}
        both = sum(weight[form] * count for form, count in (mine & theirs).items())
        return 2 * both / max(self.total(claimed) + self.total(written), 1e-9)


def _aligned(claimed: Sequence[Word], quote: Quote, weights: _Weights) -> _Near:
    """How like the claimed words a stretch of a document is, and what differs between its ends that match."""
    written = split_words(quote.text)
    return _Near(weights.shared(claimed, written), quote, differences(claimed, written))
