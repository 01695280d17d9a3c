"""The index is brought up to date whole or not at all, and only what changed is read and encoded."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpus.errors import FolderError
from retrieval.answers.answer import answer
from retrieval.engine import load_current
from retrieval.errors import EncoderError, IndexBusy, IndexDamaged, IndexMissing, NoDocuments, StorageFailed
from retrieval.index.reports import Outcome
from retrieval.index.segment_store import load_segment
from tests.doubles import WordEncoder
from tests.retrieval.bench import CORRIDOR, PRISONERS, TALKS, Bench, Killed, before, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ADDED, CHANGED, UNCHANGED = Outcome.ADDED, Outcome.CHANGED, Outcome.UNCHANGED
WITHDRAWN, REFUSED = Outcome.WITHDRAWN, Outcome.REFUSED
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(57)


def test_the_first_update_adds_every_document(blank: Bench) -> None:
    blank.write("talks.txt", TALKS)
    (blank.documents / "deep").mkdir()
    blank.write("deep/corridor.txt", CORRIDOR)
    with pytest.raises(IndexMissing):
        blank.store.current()
    report = blank.update()
    assert outcomes(report) == {"deep/corridor.txt": ADDED, "talks.txt": ADDED}
    assert [file.file for file in report.files] == [
        str(blank.documents / "deep/corridor.txt"),
        str(blank.documents / "talks.txt"),
    ]
    assert report.generation == blank.store.current().id
    assert blank.texts() == {"deep/corridor.txt": CORRIDOR, "talks.txt": TALKS}
    # Each code point is read in its passage and in its sentence.
    work = 2 * (len(TALKS) + len(CORRIDOR))
    assert blank.told.stages == [("reading", 2), ("encoding", work)]
    assert blank.told.steps == [2, work]


def test_files_are_read_in_processes_of_their_own(blank: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    blank.write("talks.txt", TALKS)
    (blank.documents / "program.txt").write_bytes(PROGRAM)
    report = blank.update()
    assert outcomes(report) == {"program.txt": REFUSED, "talks.txt": ADDED}
    assert blank.texts() == {"talks.txt": TALKS}


def test_an_unchanged_corpus_gives_the_same_generation_and_no_work(bench: Bench) -> None:
    before, files = bench.store.current(), bench.on_disk()
    report = bench.update()
    assert set(outcomes(report).values()) == {UNCHANGED}
    assert report.generation == before.id
    assert bench.on_disk() == files
    assert bench.loads == 0
    assert bench.told.stages == [("reading", 3)]
    assert bench.told.steps == [3]


def test_the_same_documents_give_the_same_generation_elsewhere(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = Bench(tmp_path / "elsewhere")
    for name, text in (("prisoners.txt", PRISONERS), ("talks.txt", TALKS), ("corridor.txt", CORRIDOR)):
        other.write(name, text)
    assert other.update().generation == bench.store.current().id


def test_only_what_changed_is_encoded(bench: Bench) -> None:
    bench.write("talks.txt", TALKS, "They will meet again.")
    bench.write("new.txt", "A new annex was adopted by the parties.")
    before = load_current(bench.store).documents()
    report = bench.update()
    assert outcomes(report) == {
        "corridor.txt": UNCHANGED,
        "new.txt": ADDED,
        "prisoners.txt": UNCHANGED,
        "talks.txt": CHANGED,
    }
    assert bench.loads == 1
    after = load_current(bench.store).documents()
    changed = [after[name].document.text for name in ("talks.txt", "new.txt")]
    assert bench.told.stages[1] == ("encoding", 2 * sum(map(len, changed)))
    assert after["corridor.txt"] == before["corridor.txt"]
    assert after["talks.txt"].added == before["talks.txt"].added
    assert after["talks.txt"].changed > before["talks.txt"].changed
    assert after["talks.txt"].document.text == f"{TALKS}\n\nThey will meet again."


def test_what_is_added_beyond_the_limit_is_kept_without_tokens(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.index.indexing._MOST_TOKENS", 1)
    bench.write("new.txt", "A new annex was adopted by the parties.")
    bench.update()
    segments = [load_segment(folder) for folder in bench.store.segments_folder.iterdir()]
    kept = {entry.document.id: len(segment.token_codes) > 0 for segment in segments for entry in segment.documents}
    assert kept == {"talks.txt": True, "corridor.txt": True, "prisoners.txt": True, "new.txt": False}
    found = answer(load_current(bench.store).generation(), WordEncoder(), "Which annex was adopted?", threshold=0)
    assert found.quotes[0].text == "A new annex was adopted by the parties."


def test_a_changed_document_is_there_once(bench: Bench) -> None:
    bench.write("talks.txt", "The talks were put off until the spring.")
    bench.update()
    assert bench.texts() == {
        "corridor.txt": CORRIDOR,
        "prisoners.txt": PRISONERS,
        "talks.txt": "The talks were put off until the spring.",
    }


def test_a_sidecar_changes_its_document(bench: Bench) -> None:
    (bench.documents / "talks.txt.meta.yaml").write_text("title: Record of the eighth round\nround: 8\n")
    assert outcomes(bench.update())["talks.txt"] is CHANGED
    document = load_current(bench.store).documents()["talks.txt"].document
    assert (document.metadata.title, document.metadata.round) == ("Record of the eighth round", 8)


def test_a_file_taken_away_is_withdrawn_without_the_encoder(bench: Bench) -> None:
    (bench.documents / "talks.txt").unlink()
    report = bench.update()
    assert outcomes(report) == {"corridor.txt": UNCHANGED, "prisoners.txt": UNCHANGED, "talks.txt": WITHDRAWN}
    assert bench.texts() == {"corridor.txt": CORRIDOR, "prisoners.txt": PRISONERS}
    assert bench.loads == 0


def test_a_withdrawn_document_stays_withdrawn_and_may_come_back(bench: Bench) -> None:
    before = bench.store.current().id
    (bench.documents / "talks.txt").unlink()
    bench.update()
    bench.write("new.txt", "A new annex was adopted by the parties.")
    bench.update()
    assert "talks.txt" not in bench.texts()
    (bench.documents / "new.txt").unlink()
    bench.write("talks.txt", TALKS)
    report = bench.update()
    assert outcomes(report)["talks.txt"] is ADDED
    assert bench.texts() == {"corridor.txt": CORRIDOR, "prisoners.txt": PRISONERS, "talks.txt": TALKS}
    assert report.generation == before


def test_a_renamed_file_is_withdrawn_and_added(bench: Bench) -> None:
    (bench.documents / "talks.txt").rename(bench.documents / "record.txt")
    report = bench.update()
    assert outcomes(report)["talks.txt"] is WITHDRAWN
    assert outcomes(report)["record.txt"] is ADDED


def test_one_refused_among_good_ones_is_named_and_the_rest_indexed(bench: Bench) -> None:
    (bench.documents / "program.txt").write_bytes(PROGRAM)
    (bench.documents / "empty.txt").touch()
    bench.write("new.txt", "A new annex was adopted by the parties.")
    report = bench.update()
    reasons = {file.document: file.reason for file in report.files if file.outcome is REFUSED}
    assert set(reasons) == {"program.txt", "empty.txt"}
    assert reasons["program.txt"] is not None
    assert reasons["program.txt"].startswith("program.txt: it is a program")
    assert set(bench.texts()) == {"corridor.txt", "new.txt", "prisoners.txt", "talks.txt"}


def test_a_new_version_that_is_refused_leaves_the_earlier_one(bench: Bench) -> None:
    before = bench.store.current()
    (bench.documents / "talks.txt").write_bytes(PROGRAM)
    report = bench.update()
    refused = next(file for file in report.files if file.document == "talks.txt")
    assert refused.outcome is REFUSED
    assert refused.reason is not None
    assert refused.reason.endswith("; its earlier version is kept.")
    assert bench.texts()["talks.txt"] == TALKS
    assert bench.store.current() == before


def test_a_file_that_may_not_be_read_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = bench.documents / "talks.txt"
    opened = Path.open

    def open_others(path: Path, *arguments: object, **options: object) -> object:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_others)
    refused = next(file for file in bench.update().files if file.outcome is REFUSED)
    assert refused.reason == (
        "talks.txt: cannot be opened (Permission denied); check who may read it; its earlier version is kept."
    )


def test_an_empty_folder_is_an_error_that_names_it(blank: Bench) -> None:
    with pytest.raises(NoDocuments, match=f"There is no file in {blank.documents}"):
        blank.update()
    with pytest.raises(IndexMissing):
        blank.store.current()


def test_an_emptied_folder_leaves_the_index_as_it_was(bench: Bench) -> None:
    files = bench.on_disk()
    for path in bench.documents.iterdir():
        path.unlink()
    with pytest.raises(NoDocuments):
        bench.update()
    assert bench.on_disk() == files


def test_where_every_file_is_refused_the_first_reason_is_given(blank: Bench) -> None:
    (blank.documents / "a.txt").touch()
    (blank.documents / "b.txt").write_bytes(PROGRAM)
    with pytest.raises(NoDocuments, match=r"could be read; the first: a\.txt: it is empty"):
        blank.update()
    with pytest.raises(IndexMissing):
        blank.store.current()


def test_a_missing_folder_is_an_error_and_changes_nothing(bench: Bench) -> None:
    files = bench.on_disk()
    with pytest.raises(FolderError):
        bench.update(more=[bench.documents / "no"])
    assert bench.on_disk() == files


def test_an_encoder_that_cannot_be_loaded_changes_nothing(bench: Bench) -> None:
    files = bench.on_disk()
    bench.write("new.txt", "A new annex was adopted by the parties.")

    def fail(sample: Sequence[str]) -> WordEncoder:
        raise EncoderError("There is no such model.")

    with pytest.raises(EncoderError):
        bench.update(load=fail)
    assert bench.on_disk() == files


def test_an_index_by_another_encoder_is_refused_and_rebuilt_only_when_told_to(bench: Bench) -> None:
    files = bench.on_disk()
    with pytest.raises(IndexDamaged, match="made by another encoder") as refused:
        bench.update(encoder="test:other")
    assert "--rebuild" in str(refused.value)
    assert bench.on_disk() == files
    bench.update(encoder="test:other", rebuild=True)
    assert bench.store.current().encoder == "test:other"
    assert set(bench.texts()) == {"corridor.txt", "prisoners.txt", "talks.txt"}


def test_an_index_split_by_another_version_counts_as_missing_and_is_built_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables are of other sentences than those that merging would compute."""
    earlier = bench.store.current()
    monkeypatch.setattr("retrieval.index.generation.SPLITTER_VERSION", "next")
    with pytest.raises(IndexMissing):
        load_current(bench.store)
    report = bench.update()
    assert set(outcomes(report).values()) == {ADDED}
    assert bench.loads == 1
    assert report.generation == bench.store.current().id != earlier.id
    assert set(bench.texts()) == {"corridor.txt", "prisoners.txt", "talks.txt"}


def test_an_index_of_a_later_version_is_refused_and_rebuilt_only_when_told_to(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("retrieval.index.generation.FORMAT", 99)
        bench.update(rebuild=True)
    files = bench.on_disk()
    with pytest.raises(IndexDamaged, match="made by a later version"):
        bench.update()
    assert bench.on_disk() == files
    bench.update(rebuild=True)
    assert set(bench.texts()) == {"corridor.txt", "prisoners.txt", "talks.txt"}


def test_a_damaged_index_is_refused_and_rebuilding_mends_it(bench: Bench) -> None:
    for path in bench.store.folder.rglob("*"):
        if path.is_file() and path.name != "current.json":
            path.write_bytes(b"")
    with pytest.raises(IndexDamaged, match="--rebuild"):
        bench.update()
    with pytest.raises(IndexDamaged):
        load_current(bench.store)
    report = bench.update(rebuild=True)
    assert set(outcomes(report).values()) == {ADDED}
    assert set(bench.texts()) == {"corridor.txt", "prisoners.txt", "talks.txt"}


def test_rebuilding_an_unchanged_corpus_gives_the_same_generation(bench: Bench) -> None:
    before = bench.store.current()
    report = bench.update(rebuild=True)
    assert report.generation == before.id
    assert bench.loads == 1
    assert len(list(bench.store.segments_folder.iterdir())) == 1


def after_saving(patch: pytest.MonkeyPatch) -> None:
    """Kill the process when the segment is there and the manifest not yet."""
    from retrieval.index.segment_store import save_segment

    def killed(*arguments: object) -> None:
        save_segment(*arguments)  # type: ignore[arg-type]
        raise Killed

    patch.setattr("retrieval.index.indexing.save_segment", killed)


def half_written(patch: pytest.MonkeyPatch) -> None:
    """Kill the process so that it has no time to clean up what it was writing."""
    patch.setattr("retrieval.index.segment_store.shutil.rmtree", lambda *_, **__: None)
    before("retrieval.index.segment_store.publish_folder")(patch)


KILLS = {
    "before encoding": before("retrieval.index.indexing.build_segment"),
    "before writing the segment": before("retrieval.index.segment_store._write"),
    "while writing the segment": half_written,
    "before renaming the segment": before("retrieval.index.segment_store.publish_folder"),
    "after saving the segment": after_saving,
    "before publishing": before("retrieval.index.generation.GenerationStore.publish"),
    "while writing the manifest": before("corpus.durable.os.replace"),
}


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS.keys())
def test_a_kill_leaves_the_old_generation_and_the_next_update_succeeds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, kill: Callable[[pytest.MonkeyPatch], None]
) -> None:
    old, texts = bench.store.current(), bench.texts()
    bench.write("talks.txt", "The talks were put off until the spring.")
    bench.write("new.txt", "A new annex was adopted by the parties.")
    with monkeypatch.context() as patch:
        kill(patch)
        with pytest.raises(Killed):
            bench.update()
    assert bench.store.current() == old
    assert bench.texts() == texts
    report = bench.update()
    assert outcomes(report)["new.txt"] is ADDED
    assert bench.texts()["talks.txt"] == "The talks were put off until the spring."
    assert {path.name for path in bench.store.segments_folder.iterdir()} == set(bench.store.current().segments)
    assert list(bench.store.folder.glob(".*")) == []


def test_a_kill_after_publishing_leaves_the_new_generation(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bench.store.current()
    bench.write("new.txt", "A new annex was adopted by the parties.")
    with monkeypatch.context() as patch:
        before("retrieval.index.indexing.purge")(patch)
        with pytest.raises(Killed):
            bench.update()
    assert bench.store.current().id != old.id
    assert "new.txt" in bench.texts()


def test_a_kill_during_the_first_update_leaves_no_index(blank: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    blank.write("talks.txt", TALKS)
    with monkeypatch.context() as patch:
        before("retrieval.index.generation.GenerationStore.publish")(patch)
        with pytest.raises(Killed):
            blank.update()
    with pytest.raises(IndexMissing):
        blank.store.current()
    assert outcomes(blank.update()) == {"talks.txt": ADDED}


def test_a_full_disk_leaves_the_old_generation(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    files = bench.on_disk()
    bench.write("new.txt", "A new annex was adopted by the parties.")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("corpus.durable.os.fsync", full)
        with pytest.raises(StorageFailed, match=r"The disk of .* is full; free space"):
            bench.update()
    assert bench.on_disk() == files


def test_many_updates_are_merged_beside_the_largest_segment(bench: Bench) -> None:
    for number in range(7):
        bench.write(f"annex{number}.txt", f"Annex number {number} was adopted by the parties.")
        bench.update()
    assert len(bench.store.current().segments) == 8
    bench.loads = 0
    bench.write("annex7.txt", "Annex number 7 was adopted by the parties.")
    bench.update()
    assert bench.loads == 1
    assert len(bench.store.current().segments) == 2
    assert len(list(bench.store.segments_folder.iterdir())) == 2
    assert len(bench.texts()) == 11


def test_a_withdrawal_is_a_tombstone_until_much_is_withdrawn(bench: Bench) -> None:
    bench.write("four.txt", "A fourth document was adopted by the parties.")
    bench.update()
    segments = bench.store.current().segments
    (bench.documents / "talks.txt").unlink()
    bench.update()
    assert bench.store.current().segments == segments
    assert list(bench.store.current().withdrawn.values()) == [frozenset({"talks.txt"})]
    assert "Monday" in _everything(bench)
    (bench.documents / "corridor.txt").unlink()
    bench.update()
    assert bench.store.current().withdrawn == {}
    assert set(bench.texts()) == {"four.txt", "prisoners.txt"}
    assert "Monday" not in _everything(bench)
    assert "bridge" not in _everything(bench)


def _everything(bench: Bench) -> str:
    """All the text in the segments' files."""
    files = ("documents.jsonl", "texts.bin", "blocks.bin")
    folders = bench.store.segments_folder.iterdir()
    return "".join((folder / file).read_text(encoding="utf-8") for folder in folders for file in files)


def test_a_segment_whose_documents_are_all_withdrawn_is_deleted(bench: Bench) -> None:
    bench.write("new.txt", "A new annex was adopted by the parties.")
    bench.update()
    assert len(bench.store.current().segments) == 2
    (bench.documents / "new.txt").unlink()
    bench.update()
    assert len(bench.store.current().segments) == 1
    assert "annex" not in _everything(bench)


def test_a_second_indexer_is_told_that_the_index_is_busy(bench: Bench) -> None:
    bench.write("new.txt", "A new annex was adopted by the parties.")
    files = bench.on_disk()
    with (bench.store.folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(IndexBusy):
            bench.update()
        assert bench.on_disk() == files
    assert outcomes(bench.update())["new.txt"] is ADDED


def test_the_lock_is_held_while_encoding(bench: Bench) -> None:
    bench.write("new.txt", "A new annex was adopted by the parties.")
    refused = []

    def load(sample: Sequence[str]) -> WordEncoder:
        with pytest.raises(IndexBusy) as error:
            bench.update()
        refused.append(str(error.value))
        return WordEncoder()

    bench.update(load=load)
    assert len(refused) == 1


def test_a_report_as_json(bench: Bench) -> None:
    (bench.documents / "talks.txt").unlink()
    value = bench.update().to_json()
    assert list(value) == ["generation", "seconds", "files"]
    assert value["files"][-1] == {
        "file": str(bench.documents / "talks.txt"),
        "document": "talks.txt",
        "outcome": "withdrawn",
        "reason": None,
    }
