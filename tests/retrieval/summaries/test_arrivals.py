"""What is new here: by when documents came, not by when they were written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from retrieval.summaries.arrivals import arrivals_since
from tests.talks import make_talks

if TYPE_CHECKING:
    from retrieval.index.generation import Generation
    from retrieval.summaries.arrivals import Batch

TIMES = {
    "seventh.md": (100.0, 100.0),
    "both.md": (100.0, 300.0),
    "eighth.md": (200.0, 200.0),
    "ninth.md": (50.0, 50.0),
    "geneva.md": (250.0, 250.0),
    "note.md": (260.0, 270.0),
}


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    store = make_talks(tmp_path_factory.mktemp("talks")).generations
    loaded = store.load(store.current())
    documents = tuple(
        replace(entry, added=TIMES[entry.document.id][0], changed=TIMES[entry.document.id][1])
        for entry in loaded.documents
    )
    return replace(loaded, documents=documents)


def shown(batches: tuple[Batch, ...]) -> list[tuple[tuple[str | None, int] | None, list[tuple[str, float, bool]]]]:
    return [
        (
            (batch.round.process, batch.round.number) if batch.round else None,
            [(arrival.document.id, arrival.at, arrival.is_new) for arrival in batch.arrivals],
        )
        for batch in batches
    ]


def test_documents_that_came_are_listed_by_round_and_changed_ones_said_to_be(generation: Generation) -> None:
    assert shown(arrivals_since(generation, 100.0, {})) == [
        (("Astana", 7), [("both.md", 100.0, True), ("seventh.md", 100.0, True)]),
        (("Astana", 8), [("eighth.md", 200.0, True)]),
        (("Geneva", 8), [("geneva.md", 250.0, True)]),
        (None, [("note.md", 260.0, True)]),
    ]
    assert shown(arrivals_since(generation, 270.0, {})) == [
        (("Astana", 7), [("both.md", 300.0, False)]),
        (None, [("note.md", 270.0, False)]),
    ]


def test_where_nothing_came_there_is_nothing(generation: Generation) -> None:
    assert arrivals_since(generation, 301.0, {}) == ()
