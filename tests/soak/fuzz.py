"""Made input for everything that reads what others wrote: it is understood or refused, and nothing breaks."""

from __future__ import annotations

import random
import re
import sqlite3
import string
import tarfile
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from telegram.ext import CallbackQueryHandler

from bot.lengths import fitting, short
from bot.local.entities import fix
from bot.local.markup import parse_html
from bot.local.texts import utf16_length
from bot.rendering import MESSAGE_LIMIT, blockquote, html, packed
from bot.store import Store
from corpus.canonical import fold
from corpus.errors import CorpusError
from corpus.library import Library
from corpus.library_archive import export, import_library
from corpus.reading import read_file
from retrieval.engine import load_current
from retrieval.errors import RetrievalError
from retrieval.generation import GenerationStore
from tests.conftest import make_index
from tests.soak.deaf import ADMIN, Bench
from tests.soak.exploring import explore
from tests.soak.findings import Findings
from tests.soak.mutations import mutated_updates, pressed, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ALPHABETS = (
    string.ascii_letters + " .",
    "абвгд ابتث әқң.",
    "<&>\"'&amp;&#60;</b><b>blockquote ",
    "🕊️🔥👩\u200d🚀🇰🇿",
    "\u200e\u200f\u202a\u202e\u2066\u2067\u2069\u200b\u00ad\ufeff\u0301",
    "\x00\x01\x07\x1b\x7f\r\n\t\u2028",
)
texts = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(_ALPHABETS).flatmap(lambda one: st.text(one, max_size=30)), max_size=20).map("".join),
    st.builds(lambda one, times: one * times, st.text(min_size=1, max_size=4), st.integers(1, 3000)),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many examples each target gets, or for how many seconds it is tried."""

    number: int = 200
    seconds: float | None = 120.0


class Target:
    """One thing that reads: made in an empty folder, tried on examples, and closed."""

    name = ""
    examples: st.SearchStrategy[Any]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: Counter[str] = Counter()
        folder.mkdir(parents=True)

    def check(self, example: Any) -> None:
        """Try one example; raises where something breaks."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what was opened."""


class _Handled(Target):
    """Whatever becomes of an update, the error handler is the last that hears of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._bench = Bench(folder)
        self._bench.__enter__()

    def check(self, example: dict[str, Any]) -> None:
        """Handle one update."""
        self.counts.update(self._bench.handle(example))

    def close(self) -> None:
        """Stop the application."""
        self._bench.__exit__(None, None, None)


class Updates(_Handled):
    """Updates that are not quite what Telegram sends."""

    name = "updates"
    examples = mutated_updates()


class Presses(_Handled):
    """Data of buttons: what a pattern lets pass, and anything else of 64 bytes."""

    name = "callback data"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        handlers = [one for group in self._bench.application.handlers.values() for one in group]
        presses = [one.pattern for one in handlers if isinstance(one, CallbackQueryHandler)]
        patterns = [one for one in presses if isinstance(one, re.Pattern)]
        self.counts["patterns"] = len(patterns)
        fitting_data = st.sampled_from(patterns).flatmap(lambda one: st.from_regex(one, fullmatch=True))
        any_data = st.one_of(st.text(max_size=64), st.text(":0123456789abcdefsudor", max_size=64))
        near_data = st.builds(lambda one, tail: one[:-1] + tail, fitting_data, st.text(max_size=3))
        data = st.one_of(fitting_data, fitting_data, near_data, any_data)
        self.examples = st.builds(
            lambda data, person, group: pressed(data, person=person, group=group),
            data,
            st.sampled_from((7, ADMIN)),
            st.booleans(),
        )


class Links(_Handled):
    """What stands behind /start in a link, which anybody can write."""

    name = "deep links"
    examples = st.builds(
        lambda payload, person: written(f"/start {payload}", person=person),
        st.one_of(
            st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", max_size=64),
            st.text("0123456789abcdef", max_size=20).map("c_{}".format),
            st.text(max_size=100),
        ),
        st.sampled_from((7, ADMIN)),
    )


class Words(_Handled):
    """Texts of every kind as questions, and behind every command."""

    name = "questions and commands"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        commands = ("ask", "verify", "compare", "timeline", "since", "document", "round", "summary", "subscribe")
        more = ("settings", "language", "cite", "withdraw", "restore", "documents", "rounds", "ask round:8", "feedback")
        behind = st.sampled_from((*commands, *more)).flatmap(
            lambda one: texts.map(lambda text: f"/{one} {text}"[:MESSAGE_LIMIT])
        )
        self.examples = st.builds(
            lambda text, person: written(text[:MESSAGE_LIMIT], person=person),
            st.one_of(texts, behind),
            st.sampled_from((7, ADMIN)),
        )


class Rendering(Target):
    """Texts in Telegram's HTML: shown as they are, and no longer than is counted."""

    name = "HTML"
    examples = texts.map(lambda text: text.encode("utf-8", "ignore").decode())

    def check(self, example: str) -> None:
        """Show one text."""
        assert parse_html(html(example)).text == example
        shown = parse_html(blockquote(example))
        assert shown.text == example
        assert [entity.of(shown.text) for entity in shown.entities] == ([example] if example else [])
        assert utf16_length(shown.text) == len(example.encode("utf-16-le")) // 2
        for units in (1, 7, 100):
            assert utf16_length(example[: fitting(example, units)]) <= units
            assert utf16_length(short(example, units)) <= units
        canonical = f"(({fold(example)}))"
        displayed = parse_html(html(canonical))
        # What the readers make of a text is what Telegram leaves of it.
        assert fix(displayed.text, displayed.entities).text == canonical
        parts = [html(part) for part in example.split("\n")]
        assert "\n\n".join(packed(parts)) == "\n\n".join(parts)


class FrontMatter(Target):
    """Markdown and sidecars that begin with something like YAML."""

    name = "front matter"
    _scalars = st.one_of(
        texts.map(lambda text: text[:60]),
        st.sampled_from(
            ("2018-05-14", "2018-13-45", "8", "1e999", ".inf", "~", "!!python/object:os.system x", "*a", "&a [*a]")
        ),
        st.sampled_from(
            ("{a: {b: [", "- x", "|\n  block", '"\\ud800"', "0x1F", "12:30:45", "true", "2001-12-14t21:59:43.10-05:00")
        ),
    )
    _keys = st.one_of(
        st.sampled_from(("title", "publisher", "date", "language", "url", "process", "round", "place", "access")),
        st.sampled_from(("sources", "document_class", "meeting_start", "titel", "Round", "<<", "?", "")),
        st.text(max_size=10),
    )
    examples = st.tuples(st.lists(st.tuples(_keys, _scalars), max_size=8), texts, st.sampled_from(("---", "", "...")))

    def check(self, example: tuple[list[tuple[str, str]], str, str]) -> None:
        """Read one file, and one with what is stated beside it."""
        lines, text, end = example
        stated = "\n".join(f"{key}: {value}" for key, value in lines)
        path = self.folder / "note.md"
        path.write_text(f"---\n{stated}\n{end}\n\n{text}\n", encoding="utf-8", errors="surrogatepass", newline="")
        self._read(path)
        beside = self.folder / "plain.md"
        beside.write_text("# Plain\n\nWords.\n")
        (self.folder / "plain.md.meta.yaml").write_text(stated, encoding="utf-8", errors="surrogatepass", newline="")
        self._read(beside)

    def _read(self, path: Path) -> None:
        try:
            reading = read_file(path, self.folder)
        except CorpusError as error:
            self.counts["refused"] += 1
            _in_one_sentence(error)
        else:
            self.counts["read"] += 1
            text = reading.extraction.text
            assert text == fold(text) or text.encode(), "the text is no text"


def _where(error: Exception) -> str:
    """Where in the project an exception was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if ".venv" not in frame.filename]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-3:]))


def _in_one_sentence(error: Exception) -> None:
    said = str(error)
    assert said.strip(), "an error says nothing"
    assert "\n" not in said, said
    assert "Traceback" not in said, said


class _Damaged(Target):
    """A file that was written well and is damaged then: it can be used, or one sentence says why not."""

    examples = st.tuples(
        st.sampled_from(("flip", "flip", "cut", "noise", "zero", "swap")), st.randoms(use_true_random=False)
    )

    def damage(self, sound: bytes, kind: str, draw: random.Random) -> bytes:
        """The bytes, damaged."""
        made = bytearray(sound)
        if kind == "noise":
            return draw.randbytes(draw.randrange(0, 5000))
        if kind == "cut":
            return sound[: draw.randrange(len(sound))]
        for _ in range(draw.choice((1, 1, 3, 30))):
            place = draw.randrange(len(made))
            if kind == "flip":
                made[place] ^= 1 << draw.randrange(8)
            elif kind == "zero":
                made[place : place + 512] = bytes(len(made[place : place + 512]))
            else:
                other = draw.randrange(len(made))
                made[place : place + 64], made[other : other + 64] = made[other : other + 64], made[place : place + 64]
        return bytes(made)

    def check(self, example: tuple[str, random.Random]) -> None:
        """Damage it in one way, and use it."""
        kind, draw = example
        try:
            self.use(kind, draw)
        except (CorpusError, RetrievalError) as error:
            self.counts["refused"] += 1
            _in_one_sentence(error)
        else:
            self.counts["used"] += 1

    def use(self, kind: str, draw: random.Random) -> None:
        """Open the damaged file and look at all of it; raises a sentence, or what must not be."""
        raise NotImplementedError


class StoreFile(_Damaged):
    """The store."""

    name = "the store"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._path = folder / "store.sqlite3"
        with Store.open(self._path) as store:
            store.keep_updates(dict.fromkeys(range(50), '{"update_id": 1}'))
            store.subscriptions.add(1, 0, "en")
            store.keep_language(1, "ru")
            store.move_chat(-1, -100)
        self._sound = self._path.read_bytes()

    def use(self, kind: str, draw: random.Random) -> None:
        """Open it and do what a start does."""
        for beside in self.folder.glob("store.sqlite3-*"):
            beside.unlink()
        self._path.write_bytes(self.damage(self._sound, kind, draw))
        with Store.open(self._path) as store:
            store.check()
            store.open_updates()
            store.keep_updates({77: "{}"})
            store.subscriptions.all()
            store.languages()
            store.outbox.settle_interrupted()
            store.outbox.heads()


class LibraryFile(_Damaged):
    """The library's database."""

    name = "the library"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        make_index(folder / "data")
        self._path = folder / "data" / "library" / "library.sqlite3"
        with Library.open(self._path.parent) as library:
            library.withdraw("aid.md", "soak")
        with sqlite3.connect(self._path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        self._sound = self._path.read_bytes()

    def use(self, kind: str, draw: random.Random) -> None:
        """Open it and list what it knows."""
        for beside in self._path.parent.glob("library.sqlite3-*"):
            beside.unlink()
        self._path.write_bytes(self.damage(self._sound, kind, draw))
        with Library.open(self._path.parent) as library:
            for id in library.entries():
                library.versions(id)
                library.events(id)
            library.erased()
            library.signatures()
            library.corrections()


class IndexFiles(_Damaged):
    """The files of the index."""

    name = "the index"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._generations: GenerationStore = make_index(folder / "data").generations
        self._files = sorted(path for path in (folder / "data" / "index").rglob("*") if path.is_file())

    def use(self, kind: str, draw: random.Random) -> None:
        """Load it, and ask it something."""
        path = draw.choice([file for file in self._files if file.stat().st_size])
        sound = path.read_bytes()
        path.write_bytes(self.damage(sound, kind, draw))
        try:
            load_current(self._generations).documents()
        finally:
            path.write_bytes(sound)


class Archives(_Damaged):
    """Exports of a library."""

    name = "exports"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        indexed = make_index(folder / "data")
        self._archive = folder / "library.tar"
        with indexed.library() as library:
            export(library, self._archive, lambda *_: None)
        self._sound = self._archive.read_bytes()
        self._number = 0
        assert tarfile.is_tarfile(self._archive)

    def use(self, kind: str, draw: random.Random) -> None:
        """Import it into another folder."""
        self._number += 1
        damaged = self.folder / "damaged.tar"
        damaged.write_bytes(self.damage(self._sound, kind, draw))
        import_library(damaged, self.folder / f"into-{self._number}", (), lambda *_: None)


TARGETS: tuple[type[Target], ...] = (
    Updates,
    Presses,
    Links,
    Words,
    Rendering,
    FrontMatter,
    StoreFile,
    LibraryFile,
    IndexFiles,
    Archives,
)


def run(plan: Plan, folder: Path, targets: tuple[type[Target], ...] = TARGETS) -> Findings:
    """Every target in a folder of its own."""
    findings = Findings("fuzz")
    for kind in targets:
        for problem in _explored(plan, kind, folder, findings.count):
            findings.problems.append(problem)
    return findings


def _explored(plan: Plan, kind: type[Target], folder: Path, count: Callable[[str, object], None]) -> Iterator[str]:
    target = kind(folder / kind.__name__)
    try:
        tried = explore(target.check, target.examples, number=plan.number, seconds=plan.seconds)
    except Exception as error:
        for one in error.exceptions if isinstance(error, ExceptionGroup) else (error,):
            notes = " ".join(getattr(one, "__notes__", ()))
            yield f"{target.name}: {type(one).__name__} at {_where(one)}: {one} {notes}"[:1000]
        tried = -1
    finally:
        target.close()
    most = ", ".join(f"{number} × {what}" for what, number in target.counts.most_common(8))
    count(target.name, f"{tried if tried >= 0 else 'stopped'} examples; {most or 'nothing to count'}")
