"""Which section of a round's summary a sentence belongs to.

A sentence is as near to a section as to the examples of it, the nearest counting most (a kernel density over examples).
Sentences of one section stand together: over each document the sections are read as the hidden states of a Markov chain
(content models: Barzilay and Lee, 2004), whose probabilities take in the headings above a sentence, the days and rounds
that it names and whether a party speaks in it. What is like the examples of the context belongs to no section.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import yaml

from corpus.durable import write_atomically
from corpus.tokens import fold
from retrieval.answers.quotes import block_at
from retrieval.index.vectors import unit
from retrieval.summaries.differing import OF_THE_MEETING, dates_in, rounds_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from corpus.dates import DateMention
    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation
    from retrieval.summaries.selection import Pool

CONTEXT: Final = "context"
_BETWEEN_HEADINGS: Final = " › "
# How sharply the nearest example counts, and how sharply nearness turns into probability.
_SHARPNESS: Final = 20.0
_CERTAINTY: Final = 40.0
_STAYS: Final = 0.4
_OPENS_WITH_DATES: Final = 0.4
_HEADING_AT_LEAST: Final = 0.6
_HEADING: Final = 0.75
_MOST_HEADINGS: Final = 32
# Of very many sentences only so many are read for the days and rounds that they name, the least decided ones.
_MOST_READ: Final = 1000
_SPEAKER: Final = 0.03
_OTHER_DAYS: Final = 0.05
_DAYS_NEAR: Final = 2
_NO_LATER_DAY: Final = 0.08
_OTHER_ROUND: Final = 0.03
_OUT_OF_THE_QUESTION: Final = 1.0
# Evidence so much weaker than another's decides nothing, whatever stands around the sentence.
_WITHIN_REACH: Final = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What sections are like: ``names``, the context last, and for each the vectors of its sentences (n, d).

    ``headings`` (float32, (h, d)) are vectors of headings, ``heading_names`` and ``languages`` theirs; none is centred.
    """

    names: tuple[str, ...]
    sentences: tuple[NDArray[np.float32], ...]
    headings: NDArray[np.float32]
    heading_names: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a round tells its sentences apart: its number, and first and last day of each period it is known by."""

    number: int
    periods: tuple[tuple[str, str], ...]


def read_examples(encoder: Encoder) -> Examples:
    """The examples of the package as ``encoder`` reads them: about a hundred and fifty short texts."""
    return _examples(encoder.encode_passages(_texts()))


def kept_examples(encoder: Encoder, folder: Path) -> Examples:
    """The same, kept in ``folder`` from one start of the program to the next."""
    texts = _texts()
    digest = hashlib.sha256("\n".join((encoder.identity, *texts)).encode()).hexdigest()
    path = folder / f"examples-{digest[:16]}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError):
        vectors = np.load(path, allow_pickle=False)
        if vectors.shape == (len(texts), encoder.dimension) and vectors.dtype == np.float32:
            return _examples(vectors)
    vectors = encoder.encode_passages(texts)
    stored = io.BytesIO()
    np.save(stored, vectors, allow_pickle=False)
    # Where nothing can be written they are read again next time.
    with contextlib.suppress(OSError):
        write_atomically(path, stored.getvalue())
    return _examples(vectors)


def _texts() -> list[str]:
    """The sentences, section by section, then the headings."""
    listed = _listed()
    return [
        *(text for entry in listed.values() for text in entry["sentences"]),
        *(heading["text"] for _, heading in _headings()),
    ]


def _headings() -> list[tuple[str, Mapping[str, str]]]:
    """The headings in their order, each with the section that it announces."""
    return [(name, heading) for name, entry in _listed().items() for heading in entry["headings"]]


def _examples(vectors: NDArray[np.float32]) -> Examples:
    listed = _listed()
    counts = np.cumsum([len(entry["sentences"]) for entry in listed.values()])
    headings = _headings()
    return Examples(
        names=tuple(listed),
        sentences=tuple(np.split(vectors[: counts[-1]], counts[:-1])),
        headings=vectors[counts[-1] :],
        heading_names=tuple(name for name, _ in headings),
        languages=tuple(heading["language"] for _, heading in headings),
    )


@lru_cache(maxsize=1)
def _listed() -> Mapping[str, Mapping[str, Any]]:
    loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
        files("retrieval").joinpath("aspects.yaml").read_text(encoding="utf-8")
    )
    return loaded


def section_probabilities(
    pool: Pool,
    encoder: Encoder,
    standing: Standing,
    speaker: Callable[[int], str | None],
    examples: Examples | None = None,
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The names of the sections, and how probably each sentence of ``pool`` belongs to each: float32, (n, k).

    ``speaker`` says of a sentence, by its place in the pool, the party whose position it is, or None; it is asked only
    where that may decide. Rows sum to 1; ``CONTEXT`` is the name of what belongs to none.
    """
    examples = examples or read_examples(encoder)
    headings = _heading_evidence(pool, encoder, examples)
    evidence = _nearness(pool, examples) + headings
    at = {name: number for number, name in enumerate(examples.names)}
    # What a party says of an open point is its position as well.
    spoken = evidence[:, at["positions"]] + _SPEAKER + headings[:, at["open_points"]]
    likely = spoken >= evidence.max(axis=1, initial=-1) - _WITHIN_REACH
    heard = np.array(
        [bool(likely[place]) and speaker(place) is not None for place in range(len(likely))], dtype=np.bool_
    )
    evidence[:, at["positions"]] = np.where(heard, spoken, -_OUT_OF_THE_QUESTION)
    evidence += _named(pool, standing, at, evidence)
    return examples.names, _smoothed(evidence, pool.documents, at[OF_THE_MEETING])


def _nearness(pool: Pool, examples: Examples) -> NDArray[np.float32]:
    """How near each sentence is to the examples of each section, float32 of shape (n, k)."""
    centre = pool.generation.centres.passage_centre("en")
    near = []
    for sentences in examples.sentences:
        similarity = pool.vectors @ unit(sentences - centre).T
        near.append(np.log(np.exp(_SHARPNESS * similarity).mean(axis=1)) / _SHARPNESS)
    return np.stack(near, axis=1).astype(np.float32)


def _heading_evidence(pool: Pool, encoder: Encoder, examples: Examples) -> NDArray[np.float32]:
    """What the headings above each sentence say, at least 0; float32 of shape (n, k)."""
    paths = [_path(pool.generation, row) for row in pool.rows.tolist()]
    counted = Counter(part for path in paths for part in path)
    said = _said_by_headings(pool.generation, encoder, examples, counted)
    nothing = np.zeros(len(examples.names), dtype=np.float32)
    # The innermost heading counts; one that says nothing of its own stands for those above it.
    found = [_strongest([said.get(part, nothing) for part in reversed(path)], nothing) for path in paths]
    return np.array(found, dtype=np.float32).reshape(len(paths), len(examples.names))


def _said_by_headings(
    generation: Generation, encoder: Encoder, examples: Examples, counted: Counter[tuple[str, str | None]]
) -> dict[tuple[str, str | None], NDArray[np.float32]]:
    """The evidence of each heading with its language: of the example it is, or of those it is like.

    Of those that are no example only the commonest are read.
    """
    known = {fold(heading["text"]): number for number, (_, heading) in enumerate(_headings())}
    distinct = sorted(counted, key=lambda part: (-counted[part], part[0], part[1] or ""))
    unknown = [part for part in distinct if fold(part[0]) not in known][:_MOST_HEADINGS]
    said: dict[tuple[str, str | None], NDArray[np.float32]] = {}
    for part in distinct:
        if fold(part[0]) in known:
            name = examples.heading_names[known[fold(part[0])]]
            said[part] = np.array([_as_evidence(float(one == name)) for one in examples.names], dtype=np.float32)
    if unknown:
        centres = np.array([generation.centres.passage_centre(language) for language in examples.languages])
        usual = np.array([generation.centres.passage_centre(language) for _, language in unknown])
        read = unit(encoder.encode_passages([text for text, _ in unknown]) - usual)
        alike = read @ unit(examples.headings - centres.astype(np.float32)).T
        of = np.array(examples.heading_names)
        nearest = np.stack([alike[:, of == name].max(axis=1) for name in examples.names], axis=1)
        said |= dict(zip(unknown, np.vectorize(_as_evidence, otypes=[np.float32])(nearest), strict=True))
    return said


def _as_evidence(likeness: float) -> float:
    return _HEADING * max(likeness - _HEADING_AT_LEAST, 0.0)


def _strongest(found: Sequence[NDArray[np.float32]], nothing: NDArray[np.float32]) -> NDArray[np.float32]:
    return next((one for one in found if one.any()), nothing)


def _path(generation: Generation, row: int) -> tuple[tuple[str, str | None], ...]:
    """The headings above a sentence, outermost first, each with its language."""
    number, start = int(generation.sentences[row, 0]), int(generation.sentences[row, 1])
    document = generation.documents[number].document
    block = block_at(document, start)
    heading = block.heading if block else None
    return tuple((part, document.metadata.language) for part in heading.split(_BETWEEN_HEADINGS)) if heading else ()


def _named(pool: Pool, standing: Standing, at: Mapping[str, int], evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the days and rounds that each sentence names say, where that may decide; float32 of shape (n, k)."""
    added = np.zeros((len(pool.texts), len(at)), dtype=np.float32)
    dates, following, context = at[OF_THE_MEETING], at["next_meeting"], at[CONTEXT]
    behind = evidence.max(axis=1, initial=-1) - evidence[:, [dates, following, context]].max(axis=1, initial=-1)
    nearest = np.argsort(behind, kind="stable")[:_MOST_READ]
    for place in nearest[behind[nearest] <= _WITHIN_REACH].tolist():
        days, numbers = dates_in(pool.texts[place]), {mention.number for mention in rounds_in(pool.texts[place])}
        if days and not any(_during(day, period) for day in days for period in standing.periods):
            added[place, dates] -= _OTHER_DAYS
        if days and standing.periods and all(day.start_date <= standing.periods[-1][1] for day in days):
            added[place, following] -= _NO_LATER_DAY
        if numbers and (standing.number + 1 in numbers or standing.number not in numbers):
            added[place, following if standing.number + 1 in numbers else context] += _OTHER_ROUND
            added[place, dates] -= _OTHER_ROUND
    return added


def _during(day: DateMention, period: tuple[str, str]) -> bool:
    """Whether a date is of a meeting, or of the day before or after it, by which reports differ."""
    start, end = (datetime.date.fromisoformat(one) if len(one) == 10 else None for one in period)
    if start is None or end is None or day.precision != "day":
        return day.start_date[:7] <= period[1][:7] and day.end_date[:7] >= period[0][:7]
    near = datetime.timedelta(days=_DAYS_NEAR)
    return day.start_date <= (end + near).isoformat() and day.end_date >= (start - near).isoformat()


def _smoothed(evidence: NDArray[np.float32], documents: NDArray[np.int64], opening: int) -> NDArray[np.float32]:
    """Posterior probabilities over each document's chain of sections, by the forward-backward algorithm."""
    number, sections = evidence.shape
    begins = np.diff(documents, prepend=-1) != 0
    likely = np.exp(_CERTAINTY * (evidence - evidence.max(axis=1, keepdims=True))).astype(np.float64) + 1e-12
    steps = np.full((sections, sections), (1 - _STAYS) / (sections - 1))
    np.fill_diagonal(steps, _STAYS)
    first = np.full(sections, (1 - _OPENS_WITH_DATES) / (sections - 1))
    first[opening] = _OPENS_WITH_DATES
    ahead, behind = np.empty_like(likely), np.ones_like(likely)
    for place in range(number):
        prior = first if begins[place] else ahead[place - 1] @ steps
        ahead[place] = prior * likely[place]
        ahead[place] /= ahead[place].sum()
    for place in range(number - 2, -1, -1):
        if not begins[place + 1]:
            behind[place] = steps @ (likely[place + 1] * behind[place + 1])
            behind[place] /= behind[place].sum()
    both = ahead * behind
    return np.asarray(both / both.sum(axis=1, keepdims=True), dtype=np.float32)
