"""Fits the weights of ``retrieval.confidence`` on question sets, and says how well they carry over.

    python -m tests.benchmarks.fit_confidence DATA_DIR SET...

From each set a quarter of the documents is taken away, chosen by a digest of their ids; the questions on those become
unanswerable. Sets are joined two ways: each language by itself, and questions on documents of another language.
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
from retrieval.generation import assemble
from retrieval.languages import Anchors
from retrieval.question import understand
from retrieval.search import find
from retrieval.segment import build_segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.encoder import Encoder
    from retrieval.evaluation import Query

_MOST_QUESTIONS = 800
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


def signals(folder: Path, encoder: Encoder, anchors: Anchors) -> list[tuple[bool, bool, list[float]]]:
    """For each question: whether its first hit is in its language, whether it is answerable, and its signals."""
    loaded = load_set(folder, prefixed=False)
    documents = [entry for entry in loaded.documents or () if not taken_away(entry.document.id)]
    segment = build_segment(documents, encoder)
    generation = assemble("fit", encoder.identity, [(segment, frozenset())], anchors)
    left = {entry.document.id for entry in documents}
    texts = [entry.document.text for entry in documents]
    rows = []
    for query in [query for query in loaded.queries if query.answerable and query.relevant][:_MOST_QUESTIONS]:
        here = bool(query.relevant & left)
        if not here and survives(query, texts):
            continue
        hits = find(generation, encoder, understand(query.text), 100)
        found = Signals.of(hits)
        rows.append((hits[0].same_language, here, [getattr(found, name) for name in _NAMES]))
    return rows


def taken_away(document: str) -> bool:
    """A quarter of all documents, by a digest of the id."""
    return hashlib.sha256(document.encode()).digest()[0] % 4 == 0


def survives(query: Query, texts: list[str]) -> bool:
    """Whether an answer still stands somewhere though its document is gone."""
    return any(answer in text for answer in query.answers if len(answer) > 8 for text in texts)


def report(label: str, name: str, train: list[tuple[bool, bool, list[float]]], test: list[tuple[bool, bool, list[float]]]) -> None:
    """Print the area under the curve on ``test`` of weights fitted on ``train``, and what is answered at 0.5."""
    model = fit(train, label == "SAME_LANGUAGE")
    sure = [model.confidence(Signals(*row[2])) for row in test]
    yes = [value for value, row in zip(sure, test, strict=True) if row[1]]
    no = [value for value, row in zip(sure, test, strict=True) if not row[1]]
    area = area_under_curve(yes, no)
    kept, wrong = np.mean([value >= 0.5 for value in yes]), np.mean([value >= 0.5 for value in no])
    print(f"{label} {name}: {len(yes)}+{len(no)} AUC {area:.3f}, answered {kept:.2f}, false {wrong:.2f}", flush=True)


def fit(rows: list[tuple[bool, bool, list[float]]], same: bool) -> Model:
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
