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
from retrieval.differing import dates_in, rounds_in
from retrieval.quotes import block_at
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from corpus.dates import DateMention
    from retrieval.encoder import Encoder
    from retrieval.generation import Generation
    from retrieval.selection import Pool

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
_SPEAKER: Final = 0.03
_OTHER_DAYS: Final = 0.05
_DAYS_NEAR: Final = 2
_NO_LATER_DAY: Final = 0.08
_OTHER_ROUND: Final = 0.03
_OUT_OF_THE_QUESTION: Final = 1.0


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
        *(heading["text"] for entry in listed.values() for heading in entry["headings"]),
    ]


def _examples(vectors: NDArray[np.float32]) -> Examples:
    listed = _listed()
    counts = np.cumsum([len(entry["sentences"]) for entry in listed.values()])
    headings = [(name, heading["language"]) for name, entry in listed.items() for heading in entry["headings"]]
    return Examples(
        names=tuple(listed),
        sentences=tuple(np.split(vectors[: counts[-1]], counts[:-1])),
        headings=vectors[counts[-1] :],
        heading_names=tuple(name for name, _ in headings),
        languages=tuple(language for _, language in headings),
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
    speakers: Sequence[str | None],
    examples: Examples | None = None,
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The names of the sections, and how probably each sentence of ``pool`` belongs to each: float32, (n, k).

    ``speakers`` has for each sentence the party whose position it is, or None. Rows sum to 1; ``CONTEXT`` is the name
    of what belongs to none.
    """
    examples = examples or read_examples(encoder)
    nearness = _nearness(pool, examples)
    headings = _heading_evidence(pool, encoder, examples)
    at = {name: number for number, name in enumerate(examples.names)}
    spoken = np.array([speaker is not None for speaker in speakers], dtype=bool)
    evidence = nearness + headings
    # What a party says of an open point is its position as well.
    evidence[:, at["positions"]] += np.where(
        spoken, _SPEAKER + headings[:, at["open_points"]], -_OUT_OF_THE_QUESTION
    ).astype(np.float32)
    evidence += _named(pool, standing, at)
    return examples.names, _smoothed(evidence, pool.documents, at["dates_and_place"])


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
    generation = pool.generation
    paths = [_path(generation, row) for row in pool.rows.tolist()]
    counted = Counter(part for path in paths for part in path)
    distinct = [part for part, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_HEADINGS]]
    said = np.zeros((len(distinct) + 1, len(examples.names)), dtype=np.float32)
    if distinct:
        centres = np.array([generation.centres.passage_centre(language) for language in examples.languages])
        usual = np.array([generation.centres.passage_centre(language) for _, language in distinct])
        read = unit(encoder.encode_passages([text for text, _ in distinct]) - usual)
        alike = read @ unit(examples.headings - centres.astype(np.float32)).T
        names = np.array(examples.heading_names)
        for number, name in enumerate(examples.names):
            said[:-1, number] = alike[:, names == name].max(axis=1)
        said[:-1] = _HEADING * np.maximum(said[:-1] - _HEADING_AT_LEAST, 0)
    rows = {part: number for number, part in enumerate(distinct)}
    # The innermost heading counts; one that says nothing of its own stands for those above it.
    return np.array([_strongest([said[rows.get(part, -1)] for part in reversed(path)], said[-1]) for path in paths])


def _strongest(found: Sequence[NDArray[np.float32]], nothing: NDArray[np.float32]) -> NDArray[np.float32]:
    return next((one for one in found if one.any()), nothing)


def _path(generation: Generation, row: int) -> tuple[tuple[str, str | None], ...]:
    """The headings above a sentence, outermost first, each with its language."""
    number, start = int(generation.sentences[row, 0]), int(generation.sentences[row, 1])
    document = generation.documents[number].document
    block = block_at(document, start)
    heading = block.heading if block else None
    return tuple((part, document.metadata.language) for part in heading.split(_BETWEEN_HEADINGS)) if heading else ()


def _named(pool: Pool, standing: Standing, at: Mapping[str, int]) -> NDArray[np.float32]:
    """What the days and rounds that each sentence names say; float32 of shape (n, k)."""
    evidence = np.zeros((len(pool.texts), len(at)), dtype=np.float32)
    for place, text in enumerate(pool.texts):
        days = dates_in(text)
        if days and not any(_during(day, period) for day in days for period in standing.periods):
            evidence[place, at["dates_and_place"]] -= _OTHER_DAYS
        if days and standing.periods and all(day.start_date <= standing.periods[-1][1] for day in days):
            evidence[place, at["next_meeting"]] -= _NO_LATER_DAY
        numbers = {mention.number for mention in rounds_in(text)}
        if standing.number + 1 in numbers:
            evidence[place, at["next_meeting"]] += _OTHER_ROUND
            evidence[place, at["dates_and_place"]] -= _OTHER_ROUND
        elif numbers and standing.number not in numbers:
            evidence[place, at[CONTEXT]] += _OTHER_ROUND
            evidence[place, at["dates_and_place"]] -= _OTHER_ROUND
    return evidence


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
