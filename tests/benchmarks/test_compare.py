"""The systems compared find and quote as they say, alike measured, with LangChain or without."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest

from retrieval.encoders.languages import Anchors
from retrieval.evaluation.measuring import Prediction
from retrieval.evaluation.question_sets import Query
from retrieval.index.segment import build_segment
from tests.benchmarks.compare import ask_all, main, sample, tables
from tests.benchmarks.systems import CachedEncoder, FirstRecipe, LangChainMissing, PlainStack, Rapporteur, chunks
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.conftest import Indexed

ANCHORS = Anchors.measure(WordEncoder())
QUESTION = Query("q", "Which convoy passed the bridge?", "en", frozenset({"bridge"}), ("convoy",), True)
DOCUMENTS = [
    document("talks", "The delegations met in Astana.", "They spoke of the bridge."),
    document("bridge", "It rained for a week.", "A convoy passed the bridge at noon."),
    document("hotel", "Lunch was served in the hotel."),
]


class _Splitter:
    """Cuts into passages of so many characters."""

    def __init__(self, chunk_size: int, chunk_overlap: int, add_start_index: bool) -> None:
        assert add_start_index
        assert chunk_overlap < chunk_size
        self._size = chunk_size

    def create_documents(self, texts: list[str], metadata: list[dict[str, Any]]) -> list[SimpleNamespace]:
        """The passages of all texts."""
        return [
            SimpleNamespace(page_content=text[start : start + self._size], metadata=known | {"start_index": start})
            for text, known in zip(texts, metadata, strict=True)
            for start in range(0, len(text), self._size)
        ]


class _Store:
    """Finds the passages whose vectors are nearest."""

    def __init__(self, passages: list[Any], embeddings: Any) -> None:
        self._passages, self._embeddings = passages, embeddings
        self._vectors = np.array(embeddings.embed_documents([passage.page_content for passage in passages]))

    @staticmethod
    def from_documents(passages: list[Any], embeddings: Any) -> _Store:
        """A store of ``passages``."""
        return _Store(passages, embeddings)

    def similarity_search(self, text: str, k: int) -> list[Any]:
        """The nearest ``k``."""
        nearness = self._vectors @ np.array(self._embeddings.embed_query(text))
        return [self._passages[place] for place in np.argsort(-nearness, kind="stable")[:k]]


@pytest.fixture
def langchain(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    """A LangChain of the parts that are used; gives the classes that were declared to be embeddings."""
    declared: list[type] = []
    embeddings = SimpleNamespace(Embeddings=SimpleNamespace(register=declared.append))
    monkeypatch.setitem(sys.modules, "langchain_core.embeddings", embeddings)
    splitters = SimpleNamespace(RecursiveCharacterTextSplitter=_Splitter)
    monkeypatch.setitem(sys.modules, "langchain_text_splitters", splitters)
    monkeypatch.setitem(sys.modules, "langchain_community.vectorstores", SimpleNamespace(FAISS=_Store))
    return declared


@pytest.fixture
def without_langchain(monkeypatch: pytest.MonkeyPatch) -> None:
    """LangChain cannot be imported."""
    for module in ("langchain_core.embeddings", "langchain_text_splitters", "langchain_community.vectorstores"):
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.usefixtures("langchain")
def test_the_plain_stack_quotes_passages_from_their_beginning_up_to_400_characters() -> None:
    long = document("long", "Nothing of that kind is said. " * 40 + "The convoy passed the bridge.")
    passages = chunks([*DOCUMENTS, long])
    assert [(passage.metadata["document"], passage.metadata["start_index"]) for passage in passages] == [
        ("talks", 0),
        ("bridge", 0),
        ("hotel", 0),
        ("long", 0),
        ("long", 1000),
    ]
    said = PlainStack(passages, WordEncoder()).ask(QUESTION)
    assert said.ranking[0] == "bridge"
    assert sorted(said.ranking) == ["bridge", "hotel", "long", "talks"]
    assert len(said.quotes) == 3
    texts = {entry.document.id: entry.document.text for entry in [*DOCUMENTS, long]}
    assert all(texts[name][start:end] == text for name, start, end, text in said.quotes)
    assert said.quotes[0] == ("bridge", 0, 57, "It rained for a week.\nA convoy passed the bridge at noon.")
    nothing = PlainStack(passages[3:4], WordEncoder()).ask(QUESTION)
    assert [len(text) for _, _, _, text in nothing.quotes] == [400]


def test_the_plain_stack_declares_its_embeddings(langchain: list[type]) -> None:
    PlainStack(chunks(DOCUMENTS), WordEncoder())
    assert [declared.__name__ for declared in langchain] == ["_LangChainEmbeddings"]


@pytest.mark.usefixtures("without_langchain")
def test_without_langchain_one_sentence_says_how_to_have_it() -> None:
    with pytest.raises(LangChainMissing, match=r"^LangChain is not installed, .*pip install -e '\.\[bench\]'"):
        chunks(DOCUMENTS)


def test_the_first_recipe_quotes_the_nearest_sentence_of_the_best_passages() -> None:
    said = FirstRecipe(build_segment(DOCUMENTS, WordEncoder(), ANCHORS), WordEncoder()).ask(QUESTION)
    assert said.ranking == ("bridge", "talks", "hotel")
    assert said.quotes[0] == ("bridge", 22, 57, "A convoy passed the bridge at noon.")
    assert said.quotes[1][3] == "They spoke of the bridge."
    assert said.rank() == 1
    assert said.holds(1)


def test_the_first_recipe_counts_words_whatever_the_language() -> None:
    """A document that shares the one word with the question comes first, though it is in another language."""
    documents = [spoken("ru", "ru", "Делегация живёт в гостинице Rixos."), spoken("en", "en", "It rained for a week.")]
    query = Query("q", "Rixos?", "en", frozenset(), (), True)
    said = FirstRecipe(build_segment(documents, WordEncoder(), ANCHORS), WordEncoder()).ask(query)
    assert said.ranking == ("ru", "en")


def test_this_program_says_what_it_answers_and_nothing_to_a_question_that_it_refuses() -> None:
    own = Rapporteur(build_segment(DOCUMENTS, WordEncoder(), ANCHORS), WordEncoder(), ANCHORS)
    said = own.ask(QUESTION)
    assert said.ranking[0] == "bridge"
    assert "A convoy passed the bridge at noon." in said.quotes[0][3]
    refused = own.ask(Query("q", "?", "en", frozenset({"bridge"}), (), True))
    assert (refused.ranking, refused.answered) == ((), False)


class _Counting(WordEncoder):
    """Counts how many passages it was given."""

    def __init__(self, identity: str = "test:words") -> None:
        self.identity, self.count = identity, 0

    def encode_passages(self, texts: Sequence[str], progress: Any = None) -> Any:
        """Vectors of passages."""
        self.count += len(texts)
        return super().encode_passages(texts, progress)


def test_vectors_are_kept_for_the_same_text_and_encoder_and_no_other(tmp_path: Path) -> None:
    first, again, other = _Counting(), _Counting(), _Counting("test:other")
    told: list[int] = []
    made = CachedEncoder(first, tmp_path / "cache").encode_passages(["one bridge", "two", "two"])
    kept = CachedEncoder(again, tmp_path / "cache").encode_passages(["two", "three", "one bridge"], told.append)
    assert np.array_equal(made[[1, 2]], kept[[0, 0]])
    assert np.array_equal(made[0], kept[2])
    assert np.array_equal(kept, WordEncoder().encode_passages(["two", "three", "one bridge"]))
    assert (first.count, again.count, told) == (2, 1, [1, 2])
    CachedEncoder(other, tmp_path / "cache").encode_passages(["two"])
    assert other.count == 1
    assert len(list((tmp_path / "cache").iterdir())) == 3
    assert CachedEncoder(other, tmp_path / "cache").encode_passages([]).shape == (0, 256)


def queries(count: int, language: str, *, answerable: bool = True) -> list[Query]:
    """So many questions."""
    return [
        Query(f"{language}{number}", "Which?", language, frozenset({"bridge"}), ("convoy",), answerable)
        for number in range(count)
    ]


def test_the_sample_has_so_many_of_each_language_of_those_that_are_answered() -> None:
    asked = [*queries(9, "en"), *queries(2, "ru"), *queries(5, "fa", answerable=False)]
    chosen = sample(asked, 4)
    assert sorted(query.language for query in chosen) == ["en"] * 4 + ["ru"] * 2
    assert chosen == sample(asked[::-1], 4)
    assert len(sample(asked, None)) == 11


class _Slow:
    """Says the same to every question."""

    def __init__(self, name: str, log: list[str], text: str, seconds: float) -> None:
        self.name, self._log, self._text, self._seconds = name, log, text, seconds

    def ask(self, query: Query) -> Prediction:
        """One quotation."""
        self._log.append(self.name)
        return Prediction(query, ("bridge",), (("bridge", 0, 9, self._text),), True, 1.0, self._seconds)


def test_systems_take_turns_after_a_question_that_is_not_measured() -> None:
    log: list[str] = []
    said = ask_all([_Slow("one", log, "convoy", 0.02), _Slow("two", log, "bridge", 0.5)], queries(2, "en"))
    assert log == ["one", "two"] * 3
    assert {name: len(found) for name, found in said.items()} == {"one": 2, "two": 2}


def test_the_tables_have_a_row_a_system_for_each_language_and_over_all() -> None:
    asked = [*queries(3, "en"), *queries(1, "ru")]
    said = ask_all([_Slow("one", [], "A convoy.", 0.02), _Slow("two", [], "A bridge.", 0.5)], asked)
    lines = tables(said).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert [line for line in lines if line.endswith("quote")] == [
        "en: 3 asked, 3 with an answer to quote",
        "ru: 1 asked, 1 with an answer to quote",
        "all: 4 asked, 4 with an answer to quote",
    ]
    assert [line.split() for line in lines if line.startswith(("one", "two"))] == [
        ["one", "1.000", "1.000", "1.000", "1.000", "9", "20"],
        ["two", "1.000", "1.000", "0.000", "0.000", "9", "500"],
    ] * 3
    alone = {name: [one for one in found if one.query.language == "ru"] for name, found in said.items()}
    assert tables(alone).count("to quote\n") == 1


@pytest.fixture
def _small_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    with patch("tests.benchmarks.compare.load_encoder", lambda *_, **__: WordEncoder()):
        yield


def write(folder: Path, asked: list[dict[str, Any]], corpus: list[dict[str, Any]] | None = None) -> Path:
    """Write a set."""
    folder.mkdir()
    for name, lines in (("queries.jsonl", asked), ("corpus.jsonl", corpus)):
        if lines is not None:
            (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder


ASKED = {"id": "q1", "lang": "en", "text": QUESTION.text, "relevant": ["bridge"], "answers": ["convoy"]}
CORPUS = [{"id": entry.document.id, "text": entry.document.text} for entry in DOCUMENTS]


@pytest.mark.usefixtures("_small_encoder", "without_langchain")
def test_two_systems_are_compared_where_langchain_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = write(tmp_path / "one", [ASKED], CORPUS), write(tmp_path / "other", [ASKED], CORPUS)
    assert main([str(one), str(other), "--cache", str(tmp_path / "cache")]) == 0
    out, err = capsys.readouterr()
    assert err.count("LangChain is not installed") == 2
    assert [line for line in out.splitlines() if line in ("one", "other")] == ["one", "other"]
    assert out.count("first recipe") == out.count("Rapporteur") == 2
    assert list((tmp_path / "cache").iterdir())
    assert main([str(one), str(other), "--together"]) == 0
    assert "\none + other\n\nen: 2 asked, 2 with" in capsys.readouterr().out


@pytest.mark.usefixtures("_small_encoder", "without_langchain")
def test_questions_without_a_corpus_go_to_the_current_index(
    tmp_path: Path, shared_index: Indexed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(shared_index.data))
    asked = ASKED | {
        "relevant": ["first-observer.md"],
        "answers": ["safe corridor"],
        "text": "Who counted the lorries?",
    }
    assert main([str(write(tmp_path / "dev", [asked]))]) == 0
    assert "en: 1 asked, 1 with" in capsys.readouterr().out
    assert main([str(write(tmp_path / "unfit", [asked | {"relevant": ["gone.md"]}]))]) == 1
    assert "names the document 'gone.md', which is not there" in capsys.readouterr().err


@pytest.mark.usefixtures("_small_encoder")
def test_what_cannot_be_compared_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'none'} is not there; name a folder.\n"
    assert main([str(write(tmp_path / "dev", [ASKED | {"answerable": False}], CORPUS))]) == 0
    assert "no document answers any of its questions" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([str(tmp_path / "dev"), "--most", "0"])
