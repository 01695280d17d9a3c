"""What the fuzzing tries on files: front matter that is nearly YAML, and every file of the data directory damaged."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
import time
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from pyrage import x25519

from bot.backup.encryption import Seal
from bot.backup.making import make_backup
from bot.backup.restore import restore_backup
from bot.errors import CommandError
from bot.store import Store
from corpus.errors import CorpusError
from corpus.library import Library
from corpus.library_archive import export, import_library
from corpus.reading import read_file
from retrieval.engine import load_current
from retrieval.errors import RetrievalError
from tests.bot.backups import Unmetered
from tests.conftest import make_index
from tests.soak.targets import Target, texts

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from retrieval.index.generation import GenerationStore


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
            text.encode()  # No text where it holds half of a character.


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
        except (CorpusError, RetrievalError, CommandError) as error:
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


class Backups(_Damaged):
    """Backups of a data directory, one open and one encrypted."""

    name = "backups"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        data = make_index(folder / "data").data
        Store.open(data / "store.sqlite3").close()
        self._key = x25519.Identity.generate()
        self._sound: list[bytes] = []
        for seal in (None, Seal((self._key.to_public(),))):
            target = folder / f"backup-{len(self._sound)}"
            make_backup(data, target, seal, time.time(), Unmetered())
            self._sound.append(target.read_bytes())
        self._into = folder / "into"

    def use(self, kind: str, draw: random.Random) -> None:
        """Restore it into an empty place."""
        damaged = self.folder / "damaged"
        damaged.write_bytes(self.damage(draw.choice(self._sound), kind, draw))
        try:
            restore_backup(self._into, damaged, lambda _: [self._key], time.time(), Unmetered())
        finally:
            shutil.rmtree(self._into, ignore_errors=True)
