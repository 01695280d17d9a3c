"""A run that is killed is taken up: what it encoded is neither encoded again, nor left where it is not wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from corpus.erasure import erase_document
from retrieval.engine import load_current
from retrieval.errors import IndexMissing
from retrieval.index.erasing import purge
from retrieval.index.reports import Outcome
from retrieval.index.unfinished import Unfinished
from tests.doubles import WordEncoder
from tests.retrieval.bench import Bench, Killed, before, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from retrieval.encoders.encoder import Encoding

ADMIN = "4711"
DOCUMENTS = {
    "annex.txt": "An annex on detainees was adopted by the parties.",
    "bridge.txt": "The bridge was opened to convoys at noon.",
    "ceasefire.txt": "The ceasefire held through the night.",
    "delegates.txt": "Delegates from nine countries signed the register.",
}
ANNEX, BRIDGE, CEASEFIRE, DELEGATES = DOCUMENTS.values()
MORE = {f"more{number}.txt": f"Number {number} was called at last." for number in range(9)}
CHANGED, LATER = "The bridge was closed to them at dusk.", "They met once more in the hall."


class Noted(WordEncoder):
    """An encoder that notes what it is given, and that the process is killed in as it reads of ``fatal``."""

    def __init__(self, read: list[str], fatal: str | None) -> None:
        super().__init__()
        self._noted = read
        self._fatal = fatal

    def read_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoding]]:
        """Passages with their tokens."""
        if self._fatal is not None and any(self._fatal in text for text in texts):
            raise Killed
        self._noted.extend(texts)
        return super().read_passages(texts, progress)


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each document is written to disk by itself."""
    monkeypatch.setattr("retrieval.index.indexing._PORTION", 1)


@pytest.fixture
def filled(blank: Bench) -> Bench:
    """Documents that are not indexed yet."""
    for name, text in DOCUMENTS.items():
        blank.write(name, text)
    return blank


def update(
    bench: Bench, *, fatal: str | None = None, encoder: str = Noted.identity, rebuild: bool = False
) -> list[str]:
    """Bring the index up to date, or be killed at a document that has ``fatal`` in it; what was encoded."""
    read: list[str] = []
    if fatal is None:
        bench.update(load=lambda _: Noted(read, None), encoder=encoder, rebuild=rebuild)
    else:
        with pytest.raises(Killed):
            bench.update(load=lambda _: Noted(read, fatal), encoder=encoder, rebuild=rebuild)
    known = {*DOCUMENTS.values(), CHANGED, LATER, *MORE.values()}
    return [text for text in dict.fromkeys(read) if text in known]


def noted(bench: Bench) -> Path:
    """Where the segments of an unfinished run are named."""
    return bench.store.folder / "unfinished.json"


def named(bench: Bench) -> list[str]:
    """The segments of an unfinished run."""
    names: list[str] = json.loads(noted(bench).read_text())["segments"]
    return names


def is_on_disk(bench: Bench, words: str) -> bool:
    """Whether any file of the index has these words."""
    return any(words.encode() in content for content in bench.on_disk().values())


def assert_whole(bench: Bench, texts: dict[str, str]) -> None:
    """The index holds these documents and can be searched, and nothing else is left of any run."""
    generation = load_current(bench.store).generation()
    assert {entry.document.id: entry.document.text for entry in generation.documents} == texts
    assert not noted(bench).exists()
    assert {path.name for path in bench.store.segments_folder.iterdir()} == set(bench.store.current().segments)
    assert list(bench.store.folder.rglob(".*")) == []


def test_what_a_killed_run_encoded_is_not_encoded_again_and_the_index_is_the_same(
    filled: Bench, tmp_path: Path
) -> None:
    (tmp_path / "undisturbed").mkdir()
    undisturbed = Bench(tmp_path / "undisturbed")
    for name, text in DOCUMENTS.items():
        undisturbed.write(name, text)
    assert update(undisturbed) == [ANNEX, BRIDGE, CEASEFIRE, DELEGATES]
    assert update(filled, fatal=BRIDGE) == [ANNEX]
    with pytest.raises(IndexMissing):
        filled.store.current()
    assert len(named(filled)) == 1
    assert update(filled) == [BRIDGE, CEASEFIRE, DELEGATES]
    assert_whole(filled, DOCUMENTS)
    assert filled.store.current().id == undisturbed.store.current().id
    for engine in (filled.engine(), undisturbed.engine()):
        assert engine.answer("Who signed the register?", clearance="public").quotes[0].text == DELEGATES
    undisturbed.library.close()


def test_a_run_that_is_killed_again_and_again_gets_on(filled: Bench) -> None:
    encoded = [update(filled, fatal=text) for text in (BRIDGE, CEASEFIRE, CEASEFIRE, DELEGATES)]
    assert encoded == [[ANNEX], [BRIDGE], [], [CEASEFIRE]]
    assert len(named(filled)) == 3
    assert update(filled) == [DELEGATES]
    assert_whole(filled, DOCUMENTS)


def test_the_index_of_before_answers_until_the_run_is_taken_up(filled: Bench) -> None:
    update(filled)
    old = filled.store.current()
    filled.write("bridge.txt", CHANGED)
    filled.write("later.txt", LATER)
    assert update(filled, fatal=LATER) == [CHANGED]
    assert filled.store.current() == old
    assert filled.texts() == DOCUMENTS
    assert update(filled) == [LATER]
    assert_whole(filled, DOCUMENTS | {"bridge.txt": CHANGED, "later.txt": LATER})


def test_a_document_that_changed_meanwhile_is_encoded_as_it_is_now(filled: Bench) -> None:
    update(filled, fatal=CEASEFIRE)
    filled.write("bridge.txt", CHANGED)
    assert update(filled) == [CHANGED, CEASEFIRE, DELEGATES]
    assert_whole(filled, DOCUMENTS | {"bridge.txt": CHANGED})
    assert not is_on_disk(filled, "convoys")


def test_a_document_that_is_gone_meanwhile_is_not_indexed(filled: Bench) -> None:
    update(filled, fatal=CEASEFIRE)
    (filled.documents / "annex.txt").unlink()
    assert update(filled) == [CEASEFIRE, DELEGATES]
    assert_whole(filled, {name: text for name, text in DOCUMENTS.items() if name != "annex.txt"})
    assert not is_on_disk(filled, "detainees")


@pytest.mark.parametrize("portion", [1, 80])
@pytest.mark.parametrize("is_purged_at_once", [True, False])
def test_nothing_stays_of_a_document_that_was_erased_meanwhile(
    filled: Bench, monkeypatch: pytest.MonkeyPatch, portion: int, is_purged_at_once: bool
) -> None:
    monkeypatch.setattr("retrieval.index.indexing._PORTION", portion)
    update(filled)
    # The same file, so that it is the one that will be erased, is encoded again with this before each passage.
    (filled.documents / "annex.txt.meta.yaml").write_text("title: Secrets of a villa\n")
    filled.write("bridge.txt", CHANGED)
    filled.write("later.txt", LATER)
    update(filled, fatal=LATER)
    assert len(named(filled)) == (2 if portion == 1 else 1)
    assert is_on_disk(filled, "Secrets of a villa")
    erase_document(filled.library, "annex.txt", ADMIN)
    if is_purged_at_once:
        purge(filled.store, filled.library)
        assert not is_on_disk(filled, "villa")
    assert outcomes(filled.update())["annex.txt"] is Outcome.REFUSED
    assert not is_on_disk(filled, "villa")
    assert not is_on_disk(filled, "detainees")
    wanted = DOCUMENTS | {"bridge.txt": CHANGED, "later.txt": LATER}
    assert_whole(filled, {name: text for name, text in wanted.items() if name != "annex.txt"})


def test_what_another_encoder_made_is_not_taken(filled: Bench) -> None:
    update(filled, fatal=CEASEFIRE)
    assert update(filled, encoder="test:other") == list(DOCUMENTS.values())
    assert filled.store.current().encoder == "test:other"
    assert_whole(filled, DOCUMENTS)


@pytest.mark.parametrize("version", ["FORMAT", "SPLITTER_VERSION"])
def test_what_another_version_made_is_not_taken(filled: Bench, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(f"retrieval.index.unfinished.{version}", "before")
        update(filled, fatal=CEASEFIRE)
    assert update(filled) == list(DOCUMENTS.values())
    assert_whole(filled, DOCUMENTS)


def test_a_part_that_is_not_what_was_written_is_encoded_again(filled: Bench) -> None:
    update(filled, fatal=DELEGATES)
    cut, emptied, _ = (filled.store.segments_folder / name for name in named(filled))
    (cut / "texts.bin").write_bytes(b"")
    for path in emptied.iterdir():
        path.unlink()
    assert update(filled) == [ANNEX, BRIDGE, DELEGATES]
    assert_whole(filled, DOCUMENTS)


@pytest.mark.parametrize("content", ["", "{", "null", "[]", "{}", '{"segments": 1}', '{"segments": ["no such"]}'])
def test_where_the_note_is_not_what_was_written_everything_is_encoded(filled: Bench, content: str) -> None:
    update(filled, fatal=BRIDGE)
    noted(filled).write_text(content)
    assert update(filled) == list(DOCUMENTS.values())
    assert_whole(filled, DOCUMENTS)


def test_a_kill_right_after_publishing_loses_no_document_when_another_is_added(
    filled: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is named as unfinished then is in the index already."""
    with monkeypatch.context() as patch:
        before("retrieval.index.indexing.Unfinished.clear")(patch)
        with pytest.raises(Killed):
            filled.update()
    assert len(named(filled)) == 4
    assert filled.texts() == DOCUMENTS
    filled.write("later.txt", LATER)
    assert update(filled) == [LATER]
    assert_whole(filled, DOCUMENTS | {"later.txt": LATER})


def test_the_parts_of_a_long_run_are_merged_on_the_way_and_taken_up_too(
    filled: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.index.unfinished._TOGETHER", 2)
    for name, text in MORE.items():
        filled.write(name, text)
    update(filled, fatal=MORE["more7.txt"])
    # Of eleven eight are in one, two in another, and the last is by itself.
    assert len(named(filled)) == 3
    assert {path.name for path in filled.store.segments_folder.iterdir()} == set(named(filled))
    assert update(filled) == list(MORE.values())[7:]
    assert_whole(filled, DOCUMENTS | MORE)


def test_rebuilding_takes_up_a_rebuilding_that_was_killed(filled: Bench) -> None:
    update(filled)
    assert update(filled, fatal=CEASEFIRE, rebuild=True) == [ANNEX, BRIDGE]
    assert update(filled, rebuild=True) == [CEASEFIRE, DELEGATES]
    assert_whole(filled, DOCUMENTS)


def test_an_update_without_work_leaves_no_note(filled: Bench) -> None:
    update(filled)
    Unfinished(filled.store, Noted.identity).add("0" * 32)
    assert update(filled) == []
    assert_whole(filled, DOCUMENTS)
