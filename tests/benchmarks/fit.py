"""Fits the weights of ``search`` and ``confidence`` on question sets; tells how well they carry.

    python -m tests.benchmarks.fit DATA_DIR SET... [--most N]

A SET is a folder, or several joined by "+" that make one corpus. Ranking: the weights that make the sentences with an
answer, and those of the right document, most likely among the best hundred (a softmax over their scores), all sets
counting alike. Confidence: from each set a quarter of the documents is taken away, chosen by a digest of their ids, and
the questions on those become unanswerable; besides the whole set, each of its subjects (documents of one title) is
taken as a small corpus of its own, where what is not answered is at least treated. Questions in the language of what is
found are fitted apart from those across languages. Each set is measured with weights fitted on all the others.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from retrieval.answers.confidence import Model, Signals
from retrieval.answers.search import WEIGHTS, Hit, find
from retrieval.encoders.languages import Anchors
from retrieval.encoders.loading import load_encoder
from retrieval.evaluation.measuring import QUOTE_LIMIT, area_under_curve
from retrieval.evaluation.question_sets import load_sets
from retrieval.index.generation import assemble
from retrieval.index.segment import build_segment
from retrieval.questions.question import understand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoder
    from retrieval.evaluation.question_sets import Query
    from retrieval.index.generation import Generation
    from retrieval.index.segment import Segment

_HITS = 100
# The first of the weights; the others are for what these sets do not have.
_FITTED = 5
_MOST_QUESTIONS = 800
_LEAST_OF_A_SUBJECT = 6
_LEAST_ROWS = 50
# How much less it counts that the right document is found than that the answering sentence is.
_DOCUMENT_SHARE = 0.5
_PENALTY = 1e-3
_SIGNALS = [field.name for field in fields(Signals)]
_FALSE_ANSWERS = 0.1


@dataclass(frozen=True, slots=True)
class Ranked:
    """One question's hits: ``parts`` (hits, weights), whether each is of a right document, and whether it answers."""

    parts: NDArray[np.float32]
    right: NDArray[np.bool_]
    answering: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's signals, with whether its first hit is in its language and whether it can be answered."""

    same_language: bool
    answerable: bool
    signals: list[float]


@dataclass(frozen=True, slots=True)
class Collected:
    """What a set gives to fit on."""

    ranked: list[Ranked]
    judged: list[Judged]


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("data_dir", type=Path, help="the data directory that holds the unpacked encoder")
    parser.add_argument("sets", nargs="+", help='folders of documents and questions, joined by "+" for one corpus')
    parser.add_argument("--most", type=int, default=_MOST_QUESTIONS, help="how many questions of each set at most")
    arguments = parser.parse_args()
    encoder = load_encoder("bundled", arguments.data_dir / "models")
    anchors = Anchors.measure(encoder)
    collected = {}
    for name in arguments.sets:
        loaded = load_sets([Path(folder) for folder in name.split("+")])
        documents = [entry for one in loaded for entry in one.documents or ()]
        queries = [query for one in loaded for query in one.queries if query.answerable and query.relevant]
        segment = build_segment(documents, encoder, anchors)
        collected[name] = collect(name, segment, queries[: arguments.most], encoder, anchors)
    fit_ranking(collected)
    fit_confidence(collected)


def collect(name: str, segment: Segment, queries: Sequence[Query], encoder: Encoder, anchors: Anchors) -> Collected:
    """Ask the ``queries`` of the whole corpus, and of the corpus and each of its subjects with documents taken away."""
    generation = assemble("fit", encoder.identity, [(segment, frozenset())], anchors)
    found = (ranked(generation, query, encoder) for query in tqdm(queries, desc=name))
    judged = judge(segment, frozenset(), queries, encoder, anchors)
    for title, members in subjects(segment).items():
        others = frozenset(entry.document.id for entry in segment.documents if entry.document.metadata.title != title)
        own = [query for query in queries if query.relevant & members]
        judged += judge(segment, others, own, encoder, anchors)
    return Collected([one for one in found if one.right.any()], judged)


def ranked(generation: Generation, query: Query, encoder: Encoder) -> Ranked:
    """The hits of one question."""
    hits = find(generation, encoder, understand(query.text, known=generation.known), _HITS)
    right = np.array([generation.documents[hit.document].document.id in query.relevant for hit in hits], dtype=bool)
    answering = np.array([holds(generation, hit, query) for hit in hits], dtype=bool) & right
    parts = np.array([parts_of(hit) for hit in hits], dtype=np.float32).reshape(len(hits), -1)
    return Ranked(parts, right, answering)


def parts_of(hit: Hit) -> list[float]:
    """The parts of a hit's score, in the order of the fitted weights."""
    return [hit.sentence_similarity, hit.word_lift, hit.matches, hit.passage_matches, -float(hit.lacks_number)]


def holds(generation: Generation, hit: Hit, query: Query) -> bool:
    """Whether the sentence has an answer in it; any does where the set has no answers."""
    text = generation.documents[hit.document].document.text[hit.start : hit.end][:QUOTE_LIMIT]
    return not query.answers or any(answer in text for answer in query.answers)


def fit_ranking(collected: Mapping[str, Collected]) -> None:
    """Print the present weights' results on each set, those of weights fitted on the others, and the best of all."""
    names = [field.name for field in fields(WEIGHTS)][:_FITTED]
    present = np.array([getattr(WEIGHTS, name) for name in names])
    for name, own in collected.items():
        others = [one.ranked for other, one in collected.items() if other != name] or [own.ranked]
        print(f"{name}: {len(own.ranked)} questions, present {results(own.ranked, present)}", end="; ")
        print(f"fitted on the others {results(own.ranked, ranking_weights(others))}", flush=True)
    best = ranking_weights([one.ranked for one in collected.values()])
    print("Weights:", ", ".join(f"{name}={weight:.2f}" for name, weight in zip(names, best, strict=True)))


def ranking_weights(sets: Sequence[Sequence[Ranked]]) -> NDArray[np.float64]:
    """The weights under which right hits are most likely, each set counting alike."""
    questions = [one for ranked_set in sets for one in ranked_set]
    share = torch.tensor([1 / len(ranked_set) / len(sets) for ranked_set in sets for _ in ranked_set])
    spread = torch.tensor(np.concatenate([one.parts for one in questions]).std(axis=0)) + 1e-6
    parts = torch.nn.utils.rnn.pad_sequence([torch.tensor(one.parts) for one in questions], batch_first=True) / spread
    there = torch.nn.utils.rnn.pad_sequence([torch.ones(len(one.parts)) for one in questions], batch_first=True) > 0
    wanted = [
        (_DOCUMENT_SHARE, torch.nn.utils.rnn.pad_sequence([torch.tensor(one.right) for one in questions], True)),
        (1.0, torch.nn.utils.rnn.pad_sequence([torch.tensor(one.answering) for one in questions], True)),
    ]
    weights = torch.zeros(parts.shape[2], requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        likely = torch.log_softmax((parts @ weights).masked_fill(~there, -1e9), dim=1)
        total = _PENALTY * weights.square().sum()
        for factor, right in wanted:
            chance = torch.logsumexp(likely.masked_fill(~right, -1e9), dim=1)
            total = total - factor * (chance * share * right.any(dim=1)).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return np.asarray((weights.detach() / spread).numpy(), dtype=np.float64)


def results(questions: Sequence[Ranked], weights: NDArray[np.float64]) -> str:
    """The right document first, an answering sentence first, and one among the first three."""
    orders = [np.argsort(-(one.parts @ weights), kind="stable") for one in questions]
    pairs = list(zip(questions, orders, strict=True))
    first = np.mean([one.right[order[0]] for one, order in pairs])
    answer = np.mean([one.answering[order[0]] for one, order in pairs])
    three = np.mean([one.answering[order[:3]].any() for one, order in pairs])
    return f"{first:.3f} {answer:.3f} {three:.3f}"


def judge(
    segment: Segment, without: frozenset[str], queries: Sequence[Query], encoder: Encoder, anchors: Anchors
) -> list[Judged]:
    """The signals of each question when ``without`` and a quarter of the other documents are not there."""
    gone = without | frozenset(entry.document.id for entry in segment.documents if taken_away(entry.document.id))
    generation = assemble("fit", encoder.identity, [(segment, gone)], anchors)
    texts = [entry.document.text for entry in generation.documents]
    judged = []
    for query in queries:
        here = bool(query.relevant & generation.by_id.keys())
        hits = find(generation, encoder, understand(query.text, known=generation.known), _HITS)
        if hits and (here or not survives(query, texts)):
            signals = Signals.of(hits)
            judged.append(Judged(hits[0].same_language, here, [float(getattr(signals, name)) for name in _SIGNALS]))
    return judged


def subjects(segment: Segment) -> dict[str, set[str]]:
    """The ids of documents by title, for each title that at least six documents have."""
    found: dict[str, set[str]] = {}
    for entry in segment.documents:
        found.setdefault(entry.document.metadata.title or "", set()).add(entry.document.id)
    return {title: members for title, members in found.items() if title and len(members) >= _LEAST_OF_A_SUBJECT}


def taken_away(document: str) -> bool:
    """A quarter of all documents, by a digest of the id."""
    return hashlib.sha256(document.encode()).digest()[0] % 4 == 0


def survives(query: Query, texts: Sequence[str]) -> bool:
    """Whether an answer still stands somewhere though its document is gone."""
    return any(answer in text for answer in query.answers if len(answer) > 8 for text in texts)


def fit_confidence(collected: Mapping[str, Collected]) -> None:
    """Print, for each kind of language pair, each set measured with weights fitted on the others, and those of all."""
    for same, label in ((True, "SAME_LANGUAGE"), (False, "ACROSS_LANGUAGES")):
        chosen = {name: [row for row in one.judged if row.same_language is same] for name, one in collected.items()}
        chosen = {name: rows for name, rows in chosen.items() if len(rows) >= _LEAST_ROWS}
        for name, rows in chosen.items():
            others = [row for other, found in chosen.items() if other != name for row in found]
            report(label, name, confidence_model(others or rows), rows)
        if chosen:
            every = [row for rows in chosen.values() for row in rows]
            model = confidence_model(every)
            report(label, "all", model, every)
            print(label, model)


def confidence_model(rows: Sequence[Judged]) -> Model:
    """Logistic regression, answerable and unanswerable weighted alike; signals that never vary count nothing."""
    values = np.array([row.signals for row in rows])
    spread = values.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    fitted = LogisticRegression(class_weight="balanced", C=1.0, max_iter=2000)
    fitted.fit(values / scale, [row.answerable for row in rows])
    weights = {
        name: round(float(weight), 3)
        for name, weight in zip(_SIGNALS, fitted.coef_[0] / scale, strict=True)
        if round(float(weight), 3) != 0
    }
    return Model(round(float(fitted.intercept_[0]), 3), weights)


def report(label: str, name: str, model: Model, rows: Sequence[Judged]) -> None:
    """Print the area under the curve, and at which confidence a tenth of the unanswerable would be answered."""
    sure = np.array([model.confidence(Signals(*row.signals)) for row in rows])
    answerable = np.array([row.answerable for row in rows])
    yes, no = sure[answerable], sure[~answerable]
    if not len(yes) or not len(no):
        return
    threshold = np.quantile(no, 1 - _FALSE_ANSWERS)
    print(
        f"{label} {name}: {len(yes)}+{len(no)} AUC {area_under_curve(list(yes), list(no)):.3f}, "
        f"at {threshold:.2f} answered {np.mean(yes > threshold):.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
