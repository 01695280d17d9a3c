"""What is searched: the documents of a question set with others of shuffled words beside them, and their passages.

Rapporteur indexes files; every other system is given the passages that it made of them, read back from its index.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import PREFIX, starter_folder
from corpus.reading import load
from retrieval.engine import load_current
from retrieval.evaluation.question_sets import load_set
from retrieval.index.generation import GenerationStore
from retrieval.index.segment import in_context, split
from tests.benchmarks.compare import sample
from tests.benchmarks.peers.programs import BenchmarkError
from tests.benchmarks.peers.protocol import Passage, write_passages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.settings import Settings
    from retrieval.evaluation.question_sets import Query
    from retrieval.index.segment import IndexedDocument, Segment

ROOT = Path(__file__).resolve().parents[3]
_PARAGRAPHS, _WORDS = 20, 110
_SEED = 2254


class CorpusNotMade(BenchmarkError):  # noqa: N818 - named for what it is about
    """The documents cannot be written or indexed; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """An index of Rapporteur's on disk and the passages in it.

    ``folder`` holds the index, ``passages.jsonl`` and what else systems make of them; ``variables`` are the environment
    in which Rapporteur finds it. ``quotable`` has, by the id of a passage, its document and the text that it quotes,
    without the title that is encoded with it; ``sentences`` are texts that Rapporteur encodes beside the passages.
    """

    folder: Path
    variables: Mapping[str, str]
    passages: tuple[Passage, ...]
    quotable: Mapping[str, tuple[str, int, int, str]]
    sentences: tuple[Passage, ...]
    texts: Mapping[str, str]

    @property
    def passage_file(self) -> Path:
        """Where the passages are for programs to read."""
        return self.folder / "passages.jsonl"


def program_variables(**more: str) -> dict[str, str]:
    """The environment of every program: the caller's without settings of Rapporteur, offline, printing at once."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PYTHON"))}
    return kept | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONUNBUFFERED": "1"} | more


def rapporteur_variables(settings: Settings, data: Path, folders: Sequence[Path], *, starter: bool) -> dict[str, str]:
    """The environment in which Rapporteur has its index in ``data``, and the encoders of ``settings``."""
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "models").exists():
        (data / "models").symlink_to(settings.models_folder.resolve())
    own = {
        "DATA_DIR": str(data),
        "DOCUMENTS": json.dumps([str(folder) for folder in folders]),
        "STARTER_DOCUMENTS": "true" if starter else "false",
        # Whatever a file of settings says, the bot is not to go to Telegram.
        "TELEGRAM_TOKEN": "",
        "PORT": "0",
    }
    return program_variables(**{PREFIX + name: value for name, value in own.items()})


def rapporteur_script() -> str:
    """The console script of this environment."""
    return str(Path(sys.executable).with_name("rapporteur"))


def make_corpus(folder: Path, settings: Settings, folders: Sequence[Path], *, starter: bool) -> Corpus:
    """Bring Rapporteur's index in ``folder`` up to date with the documents, and read their passages back from it.

    Raises:
        CorpusNotMade: they cannot be indexed.
    """
    variables = rapporteur_variables(settings, folder / "data", folders, starter=starter)
    _index(variables, folder)
    return read_corpus(folder, variables)


def _index(variables: Mapping[str, str], folder: Path) -> None:
    """Index; an index that is there and cannot be used, of an earlier version say, is built anew."""
    command = [rapporteur_script(), "index", "--json"]
    for options in ([], ["--rebuild"]):
        # Its bars go to this program's stderr.
        ended = subprocess.run(
            [*command, *options], env=dict(variables), cwd=folder, stdout=subprocess.PIPE, check=False, text=True
        )
        # With 4 a file was refused; the others are there.
        if ended.returncode in (0, 4):
            return
    raise CorpusNotMade(f"Rapporteur cannot index the documents for {folder}, and says why above.")


def read_corpus(folder: Path, variables: Mapping[str, str], only: Iterable[str] | None = None) -> Corpus:
    """What Rapporteur's index in ``folder`` holds, or what it holds of the documents ``only``.

    Raises:
        RetrievalError: there is no index that can be read.
    """
    stock = load_current(GenerationStore(folder / "data" / "index"))
    live = stock.documents().keys() if only is None else stock.documents().keys() & set(only)
    passages: list[Passage] = []
    quotable: dict[str, tuple[str, int, int, str]] = {}
    sentences: list[Passage] = []
    for segment, withdrawn in stock.segments:
        for passage, quote in _passages(segment, live - withdrawn):
            passages.append(passage)
            quotable[passage.id] = quote
        sentences += _sentences(segment, live - withdrawn)
    texts = {name: entry.document.text for name, entry in stock.documents().items() if name in live}
    found = Corpus(folder, variables, tuple(passages), quotable, tuple(sentences), texts)
    write_passages(found.passages, found.passage_file)
    return found


def _passages(segment: Segment, live: Iterable[str]) -> Iterable[tuple[Passage, tuple[str, int, int, str]]]:
    for row in segment.passages:
        document = segment.documents[int(row[0])].document
        start, end = int(row[1]), int(row[2])
        if document.id in live:
            passage = Passage(f"{document.id}#{start}", document.id, in_context(segment.documents, row))
            yield passage, (document.id, start, end, document.text[start:end])


def _sentences(segment: Segment, live: Iterable[str]) -> Iterable[Passage]:
    for row in segment.sentences:
        document = segment.documents[int(row[0])].document
        if document.id in live:
            yield Passage(f"{document.id}#{int(row[1])}s", document.id, in_context(segment.documents, row))


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked, of which documents: files in ``folders``, and the starter briefings where ``starter``.

    ``texts`` are those of the documents, ``passages`` how many those in ``folders`` have.
    """

    name: str
    queries: tuple[Query, ...]
    folders: tuple[Path, ...]
    starter: bool
    texts: tuple[str, ...]
    passages: int


def read_questions(source: Path, folder: Path) -> Questions:
    """The questions of a set that a document answers, with the set's documents written below ``folder``.

    Raises:
        RetrievalError: the set is not as it should be.
    """
    found = load_set(source, prefixed=False)
    if found.documents is None:
        texts = [load(path, path.name).text for path in sorted(starter_folder().glob("*.md"))]
        return Questions(found.name, tuple(sample(found.queries, None)), (), True, tuple(texts), 0)
    names = write_documents(found.documents, folder / "documents")
    queries = tuple(
        dataclasses.replace(query, relevant=frozenset(names[one] for one in query.relevant))
        for query in sample(found.queries, None)
    )
    texts = [entry.document.text for entry in found.documents]
    passages, _ = split(found.documents)
    return Questions(found.name, queries, (folder / "documents",), False, tuple(texts), len(passages))


def write_documents(documents: Sequence[IndexedDocument], folder: Path) -> dict[str, str]:
    """Write each document as a text file with its title beside it, and return the names of the files by its id."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = {}
    for number, entry in enumerate(documents):
        document = entry.document
        names[document.id] = name = f"{number:06}.txt"
        paragraphs = [line for line in document.text.split("\n") if line.strip()]
        (folder / name).write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")
        if document.metadata.title:
            # JSON is YAML.
            sidecar = json.dumps({"title": document.metadata.title}, ensure_ascii=False)
            (folder / f"{name}.meta.yaml").write_text(sidecar, encoding="utf-8")
    return names


def write_distractors(folder: Path, texts: Sequence[str], passages: int) -> None:
    """Write so many passages of words of ``texts`` in an order drawn with a fixed seed, twenty to a file.

    The words keep their commas and full stops, so that there are sentences; none says anything, and none answers.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    words = " ".join(texts).split()
    draw = random.Random(_SEED)
    for number, first in enumerate(range(0, passages, _PARAGRAPHS)):
        count = min(_PARAGRAPHS, passages - first)
        paragraphs = [" ".join(draw.choices(words, k=_WORDS)).rstrip(".") + "." for _ in range(count)]
        (folder / f"shuffled-{number:05}.txt").write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")


def answerable(queries: Iterable[Query], corpus: Corpus) -> list[Query]:
    """The questions whose documents are in ``corpus`` with each of their answers."""
    return [
        query
        for query in queries
        if query.relevant <= corpus.texts.keys()
        and all(any(answer in corpus.texts[name] for name in query.relevant) for answer in query.answers)
    ]
