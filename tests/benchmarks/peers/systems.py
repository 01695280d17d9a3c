"""The systems as the driver sees them: how each is started over a corpus, asked, and judged."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from retrieval.evaluation.measuring import QUOTE_LIMIT, QUOTES_KEPT, RANKING_LENGTH, Prediction
from tests.benchmarks.peers.corpora import ROOT, program_variables, rapporteur_script
from tests.benchmarks.peers.programs import Call, Program

if TYPE_CHECKING:
    from retrieval.evaluation.question_sets import Query
    from tests.benchmarks.peers.corpora import Corpus

# What a person is shown, and what it takes to have found ten different documents where each has several passages.
_SHOWN, _FOUND = 5, 30
RAPPORTEUR, WITHOUT_RERANKING, PLAIN = "rapporteur", "without-reranking", "plain"
LABELS = {
    RAPPORTEUR: "Rapporteur",
    WITHOUT_RERANKING: "without reranking",
    "langchain": "LangChain, FAISS",
    "llamaindex": "LlamaIndex",
    "txtai": "txtai",
    PLAIN: "encoder, FAISS",
}


class System(Protocol):
    """What is measured."""

    @property
    def name(self) -> str:
        """What the command line and the results call it."""

    def serve(self, corpus: Corpus) -> Program:
        """Its program with the index of ``corpus`` loaded."""

    def first(self, corpus: Corpus, text: str) -> Call:
        """What answers one question in a fresh process."""

    def ask(self, program: Program, query: Query) -> Any:
        """What it answers to people."""

    def predict(self, program: Program, query: Query, corpus: Corpus) -> Prediction:
        """What it finds, to be judged."""


@dataclass(frozen=True, slots=True)
class PeerSystem:
    """A system in an environment of its own, over the passages of a corpus."""

    name: str
    python: Path
    model: Path

    def call(self, *arguments: str) -> Call:
        """Its program with these arguments."""
        script = Path(__file__).with_name(f"{self.name}_peer.py")
        command = (str(self.python), str(script), "--model", str(self.model), *arguments)
        return Call(command, program_variables())

    def index_folder(self, corpus: Corpus) -> Path:
        """Where its index of ``corpus`` is."""
        return corpus.folder / "indexes" / self.name

    def serve(self, corpus: Corpus) -> Program:
        """Its program with the index loaded."""
        program = Program(self.call(), corpus.folder)
        try:
            program.request("open", folder=str(self.index_folder(corpus)))
        except BaseException:
            program.close()
            raise
        return program

    def first(self, corpus: Corpus, text: str) -> Call:
        """What answers one question in a fresh process."""
        return self.call("--index", str(self.index_folder(corpus)), "--count", str(_SHOWN), "--once", text)

    def ask(self, program: Program, query: Query) -> Any:
        """The five nearest passages."""
        return program.request("ask", text=query.text, count=_SHOWN)

    def predict(self, program: Program, query: Query, corpus: Corpus) -> Prediction:
        """The documents of the nearest passages, and the first of these, each quoted from its beginning."""
        found = [corpus.quotable[id] for id, _ in program.request("ask", text=query.text, count=_FOUND)]
        quotes = tuple(
            (document, start, start + len(text[:QUOTE_LIMIT]), text[:QUOTE_LIMIT])
            for document, start, _, text in found[:QUOTES_KEPT]
        )
        ranking = tuple(dict.fromkeys(document for document, _, _, _ in found))
        return Prediction(query, ranking[:RANKING_LENGTH], quotes, True, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class RapporteurSystem:
    """This program, in the environment that the benchmark runs in; with reranking or without."""

    name: str = RAPPORTEUR

    def call(self, corpus: Corpus) -> Call:
        """Its serving program."""
        options = () if self.name == RAPPORTEUR else ("--without-reranking",)
        command = (sys.executable, "-m", "tests.benchmarks.peers.rapporteur_peer", *options)
        return Call(command, {**corpus.variables, "PYTHONPATH": str(ROOT)})

    def serve(self, corpus: Corpus) -> Program:
        """Its program with the index loaded."""
        program = Program(self.call(corpus), corpus.folder)
        try:
            program.request("open")
        except BaseException:
            program.close()
            raise
        return program

    def first(self, corpus: Corpus, text: str) -> Call:
        """The command that people use; with exit code 3 it says that the documents do not answer."""
        return Call((rapporteur_script(), "ask", text, "--json"), corpus.variables, (0, 3))

    def bot(self, corpus: Corpus) -> Call:
        """The whole bot with the local chat."""
        return Call((rapporteur_script(), "run"), corpus.variables)

    def ask(self, program: Program, query: Query) -> Any:
        """Its answer."""
        return program.request("ask", text=query.text, after=list(query.history))

    def predict(self, program: Program, query: Query, corpus: Corpus) -> Prediction:
        """What it answers or, where it does not, what comes nearest."""
        answer = self.ask(program, query)
        quotes = tuple((document, start, end, text) for document, start, end, text in answer["quotes"])
        return Prediction(query, tuple(answer["ranking"]), quotes, True, 1.0, 0.0)
