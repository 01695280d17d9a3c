"""Fits the weights of ``retrieval.confidence`` on question sets, and says how well they carry over.

    python -m tests.benchmarks.fit_confidence DATA_DIR SET...

From each set a quarter of the documents is taken away, chosen by a digest of their ids; the questions on those become
unanswerable. Each set is taken as a whole, and each of its subjects as a small corpus of its own, where what is not
answered is at least treated. Questions in the language of what is found are fitted apart from those across languages.
Printed are the area under the curve of each set with weights fitted on all the others, and the weights fitted on all.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from retrieval.confidence import Model, Signals
from retrieval.encoder import load_encoder
from retrieval.evaluation import area_under_curve, load_set
from retrieval.expectation import lacks_number
from retrieval.generation import assemble
from retrieval.languages import Anchors
from retrieval.question import understand
from retrieval.search import find
from retrieval.segment import build_segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.encoder import Encoder
    from retrieval.evaluation import Query
    from retrieval.segment import Segment

Row = tuple[bool, bool, list[float]]
_MOST_QUESTIONS = 800
_LEAST_OF_A_SUBJECT = 6
_NAMES = [field.name for field in fields(Signals)]


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("data_dir", type=Path, help="the data directory that holds the unpacked encoder")
    parser.add_argument("sets", type=Path, nargs="+", help="folders of documents and questions")
    arguments = parser.parse_args()
    encoder = load_encoder("bundled", arguments.data_dir / "models")
    anchors = Anchors.measure(encoder)
    rows = {folder.name: signals(folder, encoder, anchors) for folder in arguments.sets}
    for same, label in ((True, "SAME_LANGUAGE"), (False, "ACROSS_LANGUAGES")):
        chosen = {name: [row for row in found if row[0] is same] for name, found in rows.items()}
        chosen = {name: found for name, found in chosen.items() if len(found) >= 50}
        for name in chosen:
            others = [row for other, found in chosen.items() if other != name for row in found]
            report(label, name, others or chosen[name], chosen[name])
        model = fit([row for found in chosen.values() for row in found], same)
        print(label, model)


def signals(folder: Path, encoder: Encoder, anchors: Anchors) -> list[Row]:
    """The rows of a set as a whole, and of each of its subjects (documents of one title) that is large enough."""
    loaded = load_set(folder, prefixed=False)
    segment = build_segment(loaded.documents or (), encoder)
    queries = [query for query in loaded.queries if query.answerable and query.relevant][:_MOST_QUESTIONS]
    rows = rows_of(segment, frozenset(), queries, encoder, anchors)
    for title, members in subjects(segment).items():
        others = frozenset(entry.document.id for entry in segment.documents if entry.document.metadata.title != title)
        own = [query for query in queries if query.relevant & members]
        rows += rows_of(segment, others, own, encoder, anchors)
    return rows


def subjects(segment: Segment) -> dict[str | None, set[str]]:
    """The ids of documents by title, for each title that at least six documents have."""
    found: dict[str | None, set[str]] = {}
    for entry in segment.documents:
        found.setdefault(entry.document.metadata.title, set()).add(entry.document.id)
    return {title: members for title, members in found.items() if title and len(members) >= _LEAST_OF_A_SUBJECT}


def rows_of(
    segment: Segment, without: frozenset[str], queries: list[Query], encoder: Encoder, anchors: Anchors
) -> list[Row]:
    """For each question: whether its first hit is in its language, whether it is answerable, and its signals."""
    gone = without | frozenset(entry.document.id for entry in segment.documents if taken_away(entry.document.id))
    generation = assemble("fit", encoder.identity, [(segment, gone)], anchors)
    texts = [entry.document.text for entry in generation.documents]
    rows = []
    for query in queries:
        here = bool(query.relevant & generation.by_id.keys())
        hits = find(generation, encoder, understand(query.text), 100)
        if not hits or (not here and survives(query, texts)):
            continue
        first = generation.documents[hits[0].document].document.text[hits[0].start : hits[0].end]
        found = Signals.of(hits, lacks_number=lacks_number(query.text, first))
        rows.append((hits[0].same_language, here, [float(getattr(found, name)) for name in _NAMES]))
    return rows


def taken_away(document: str) -> bool:
    """A quarter of all documents, by a digest of the id."""
    return hashlib.sha256(document.encode()).digest()[0] % 4 == 0


def survives(query: Query, texts: list[str]) -> bool:
    """Whether an answer still stands somewhere though its document is gone."""
    return any(answer in text for answer in query.answers if len(answer) > 8 for text in texts)


def report(label: str, name: str, train: list[Row], test: list[Row]) -> None:
    """Print the area under the curve on ``test`` of weights fitted on ``train``, and what is answered at 0.5."""
    model = fit(train, label == "SAME_LANGUAGE")
    sure = [model.confidence(signals_of(row)) for row in test]
    yes = [value for value, row in zip(sure, test, strict=True) if row[1]]
    no = [value for value, row in zip(sure, test, strict=True) if not row[1]]
    area = area_under_curve(yes, no)
    kept, wrong = np.mean([value >= 0.5 for value in yes]), np.mean([value >= 0.5 for value in no])
    print(f"{label} {name}: {len(yes)}+{len(no)} AUC {area:.3f}, answered {kept:.2f}, false {wrong:.2f}", flush=True)


def signals_of(row: Row) -> Signals:
    """The signals of a row."""
    values = dict(zip(_NAMES, row[2], strict=True))
    lacks = bool(values.pop("lacks_number"))
    return Signals(**values, lacks_number=lacks)


def fit(rows: list[Row], same: bool) -> Model:
    """Logistic regression, answerable and unanswerable weighted alike; across languages the words count nothing."""
    values: NDArray[np.float64] = np.array([row[2] for row in rows])
    if not same:
        values[:, [_NAMES.index("sentence_words"), _NAMES.index("passage_words")]] = 0
    model = LogisticRegression(class_weight="balanced", C=10.0, max_iter=1000)
    model.fit(values, [row[1] for row in rows])
    weights = dict(zip(_NAMES, (round(float(weight), 3) for weight in model.coef_[0]), strict=True))
    return Model(bias=round(float(model.intercept_[0]), 3), **weights)


if __name__ == "__main__":
    main()
