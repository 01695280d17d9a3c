"""What was withdrawn, erased, relabelled or gone stays so through every reload and rollback; a kill leaves no half."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from corpus.drafts import Drafts
from corpus.erasure import erase_document
from corpus.library import Library, State
from retrieval.engine import load_current
from retrieval.errors import IndexMissing
from retrieval.index.erasing import purge
from retrieval.index.reports import Outcome
from retrieval.index.segment_store import load_segment
from tests.doubles import WordEncoder
from tests.retrieval.bench import CORRIDOR, PRISONERS, TALKS, Bench, Killed, before, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval.engine import Engine

ADMIN = "4711"
ASKED = "Where did the delegations meet for talks on Monday?"
NEW_TALKS = "The talks of Monday were put off until the spring."
ALL = ["corridor.txt", "prisoners.txt", "talks.txt"]


def seen(engine: Engine, clearance: str = "public") -> list[str]:
    """The ids of what may be read."""
    return sorted(entry.document.id for entry in engine.view(clearance).documents)


def quoted(engine: Engine, clearance: str = "public") -> str:
    """What is quoted first when the talks are asked for."""
    return engine.answer(ASKED, clearance=clearance).quotes[0].text


def reason(bench: Bench, id: str) -> str | None:
    """What an update says of a document."""
    return next(file.reason for file in bench.update().files if file.document == id)


# Withdrawing.


def test_a_withdrawn_document_is_gone_from_the_next_answer_without_a_reload_and_back_as_fast(bench: Bench) -> None:
    engine = bench.engine()
    assert quoted(engine) == TALKS
    bench.library.withdraw("talks.txt", ADMIN)
    assert seen(engine, "restricted") == ["corridor.txt", "prisoners.txt"]
    said = engine.answer(ASKED, clearance="restricted")
    assert "talks.txt" not in {quote.document.id for quote in said.ranked}
    assert "talks.txt" not in said.ranking
    bench.library.restore("talks.txt", ADMIN)
    assert seen(engine) == ALL
    assert quoted(engine) == TALKS


def test_a_withdrawn_document_stays_hidden_after_a_reload_and_a_start(bench: Bench) -> None:
    bench.library.withdraw("talks.txt", ADMIN)
    report = bench.update()
    withdrawn = next(file for file in report.files if file.document == "talks.txt")
    assert withdrawn.outcome is Outcome.WITHDRAWN
    assert withdrawn.reason == "An administrator withdrew it; it is not shown."
    assert seen(bench.engine(), "restricted") == ["corridor.txt", "prisoners.txt"]


def test_a_withdrawn_document_that_changes_stays_hidden_in_both_wordings(bench: Bench) -> None:
    bench.library.withdraw("talks.txt", ADMIN)
    bench.write("talks.txt", NEW_TALKS)
    note = reason(bench, "talks.txt")
    assert note is not None
    assert note.startswith("An administrator withdrew it; it is not shown.")
    engine = bench.engine()
    assert seen(engine, "restricted") == ["corridor.txt", "prisoners.txt"]
    bench.library.restore("talks.txt", ADMIN)
    assert quoted(engine) == NEW_TALKS


def test_a_withdrawn_document_is_not_brought_back_by_a_rollback(bench: Bench) -> None:
    bench.write("new.txt", "A new annex was adopted by the parties.")
    bench.update(keep=3)
    bench.library.withdraw("talks.txt", ADMIN)
    engine = bench.engine()
    bench.store.go_back()
    assert engine.refresh() is True
    assert seen(engine, "restricted") == ["corridor.txt", "prisoners.txt"]
    assert seen(bench.engine(), "restricted") == ["corridor.txt", "prisoners.txt"]


def test_the_wording_that_was_withdrawn_is_not_brought_back_after_another_took_its_place(bench: Bench) -> None:
    bench.send("sent.txt", TALKS)
    bench.update()
    bench.library.withdraw("uploads/sent.txt", ADMIN)
    drafts = Drafts(bench.library)
    drafts.publish(drafts.add("sent.txt", NEW_TALKS.encode(), ADMIN))
    bench.update(keep=3)
    engine = bench.engine()
    assert "uploads/sent.txt" in seen(engine)
    bench.store.go_back()
    engine.refresh()
    assert "uploads/sent.txt" not in seen(engine, "restricted")


def test_a_document_gone_from_its_folder_is_hidden_after_the_reload_and_shown_when_it_is_back(bench: Bench) -> None:
    engine = bench.engine()
    (bench.documents / "talks.txt").unlink()
    bench.update(keep=3)
    # Before the index is looked at again the library hides it already.
    assert seen(engine, "restricted") == ["corridor.txt", "prisoners.txt"]
    assert bench.states()["talks.txt"] is State.GONE
    bench.store.go_back()
    engine.refresh()
    assert seen(engine, "restricted") == ["corridor.txt", "prisoners.txt"]
    bench.write("talks.txt", TALKS)
    assert outcomes(bench.update())["talks.txt"] is Outcome.UNCHANGED
    assert bench.states()["talks.txt"] is State.LISTED
    assert seen(engine) == ALL


# Labels.


def test_a_relabelled_document_is_hidden_from_the_next_answer_and_after_a_reload_and_rollback(bench: Bench) -> None:
    bench.write("new.txt", "A new annex was adopted by the parties.")
    bench.update(keep=3)
    engine = bench.engine()
    bench.library.relabel("talks.txt", "internal", ADMIN)
    for _ in range(2):
        assert "talks.txt" not in seen(engine)
        assert "talks.txt" in seen(engine, "internal")
        bench.store.go_back() if len(bench.store.previous()) else bench.update()
        engine.refresh()
    bench.write("talks.txt", NEW_TALKS)
    bench.update()
    engine.refresh()
    assert "talks.txt" not in seen(engine)
    assert quoted(engine, "internal") == NEW_TALKS


def test_a_sidecar_makes_a_document_stricter_from_the_moment_it_is_read(bench: Bench) -> None:
    engine = bench.engine()
    bench.loads = 0
    (bench.documents / "talks.txt.meta.yaml").write_text("access: restricted\n")
    bench.update(keep=3)
    assert bench.loads == 0
    assert seen(engine, "internal") == ["corridor.txt", "prisoners.txt"]
    engine.refresh()
    assert seen(engine, "internal") == ["corridor.txt", "prisoners.txt"]
    bench.store.go_back()
    engine.refresh()
    assert seen(engine, "internal") == ["corridor.txt", "prisoners.txt"]
    assert seen(engine, "restricted") == ALL


def test_a_wording_that_was_restricted_is_not_shown_to_the_public_by_a_rollback_nor_before_the_reload(
    bench: Bench,
) -> None:
    sidecar = bench.documents / "talks.txt.meta.yaml"
    sidecar.write_text("access: restricted\n")
    bench.update()
    engine = bench.engine()
    bench.write("talks.txt", NEW_TALKS)
    sidecar.unlink()
    bench.update(keep=3)
    assert seen(engine) == ["corridor.txt", "prisoners.txt"]
    engine.refresh()
    assert quoted(engine) == NEW_TALKS
    bench.store.go_back()
    engine.refresh()
    assert seen(engine) == ["corridor.txt", "prisoners.txt"]
    assert quoted(engine, "restricted") == TALKS


def test_a_label_that_is_not_in_use_counts_as_the_highest_and_is_named(bench: Bench) -> None:
    (bench.documents / "talks.txt.meta.yaml").write_text("access: cosmic\n")
    note = reason(bench, "talks.txt")
    assert note is not None
    assert '"cosmic" is no access label' in note
    engine = bench.engine()
    assert seen(engine, "internal") == ["corridor.txt", "prisoners.txt"]
    assert seen(engine, "restricted") == ALL


# Rolling back.


def test_going_back_pins_what_answered_before_and_a_reload_takes_the_pin_off(bench: Bench) -> None:
    old = bench.store.current()
    bench.write("talks.txt", NEW_TALKS)
    new = bench.update(keep=3).generation
    engine = bench.engine()
    went = bench.store.go_back()
    assert (went.id, went.pinned, bench.store.current()) == (old.id, True, went)
    assert bench.store.previous() == ()
    assert engine.refresh() is True
    assert quoted(engine) == TALKS
    report = bench.update(keep=3)
    assert report.generation == new
    assert not bench.store.current().pinned
    engine.refresh()
    assert quoted(engine) == NEW_TALKS
    assert [manifest.id for manifest in bench.store.previous()] == [old.id]


def test_a_reload_that_finds_nothing_new_takes_the_pin_off_too(bench: Bench) -> None:
    bench.write("talks.txt", NEW_TALKS)
    bench.update(keep=3)
    old = bench.store.go_back()
    bench.write("talks.txt", TALKS)
    assert bench.update(keep=3).generation == old.id
    assert not bench.store.current().pinned


def test_only_so_many_generations_are_kept_with_their_segments_and_no_others(bench: Bench) -> None:
    made = [bench.store.current().id]
    for number in range(5):
        bench.write("talks.txt", f"The talks were put off for {number} days.")
        made.append(bench.update(keep=2).generation)
    assert [manifest.id for manifest in bench.store.previous()] == [made[-2], made[-3]]
    named = {name for one in (bench.store.current(), *bench.store.previous()) for name in one.segments}
    assert {folder.name for folder in bench.store.segments_folder.iterdir()} == named
    for manifest in bench.store.previous():
        bench.store.load(manifest)
    assert bench.store.go_back().id == made[-2]
    assert bench.store.go_back().id == made[-3]
    with pytest.raises(IndexMissing, match="nothing to go back to"):
        bench.store.go_back()
    assert bench.store.current().id == made[-3]


def test_a_damaged_generation_is_passed_over(bench: Bench) -> None:
    first = bench.store.current()
    made = []
    for number in range(2):
        bench.write("talks.txt", f"The talks were put off for {number} days.")
        bench.update(keep=3)
        made.append(bench.store.current())
    only = set(made[0].segments) - set(first.segments) - set(made[1].segments)
    for name in only:
        (bench.store.segments_folder / name / "terms.json").write_bytes(b"damaged")
    assert only
    assert bench.store.go_back().id == first.id
    assert seen(bench.engine()) == ALL


def test_a_generation_of_another_encoder_is_not_gone_back_to(bench: Bench) -> None:
    bench.update(encoder="test:other", rebuild=True, keep=3)
    now = bench.store.current()
    assert [manifest.encoder for manifest in bench.store.previous()] == [WordEncoder.identity]
    with pytest.raises(IndexMissing):
        bench.store.go_back()
    assert bench.store.current() == now


# Erasing.


def words_on_disk(folder: Path, *words: str) -> set[str]:
    """Those of ``words`` that are in a file below ``folder``, plain or compressed, or in the name of one."""
    found = set()
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        with contextlib.suppress(zlib.error):
            content += zlib.decompress(content)
        found |= {word for word in words if word.encode() in content}
    return found


def test_nothing_of_an_erased_document_is_left_in_the_data_directory(bench: Bench, tmp_path: Path) -> None:
    bench.send("sent.txt", "The envoys Quillfeather and Marrowby met in a villa.")
    bench.update(keep=3)
    bench.send("sent.txt", "The envoys Quillfeather and Thistlewood met in a villa.")
    bench.write("more.txt", "A further annex was adopted.")
    bench.update(keep=3)
    drafts = Drafts(bench.library)
    drafts.add("again.txt", b"The envoys Quillfeather and Thistlewood met in a villa.", ADMIN)
    names = ("Quillfeather", "Marrowby", "Thistlewood")
    # Terms are in small letters and cut.
    terms = tuple(name[:5].lower() for name in names)
    assert words_on_disk(tmp_path, *names, *terms) == {*names, *terms}
    engine = bench.engine()
    erase_document(bench.library, "uploads/sent.txt", ADMIN)
    assert "uploads/sent.txt" not in seen(engine, "restricted")
    purge(bench.store, bench.library)
    assert words_on_disk(tmp_path, *names, *terms) == set()
    assert engine.refresh() is True
    assert seen(engine) == ["corridor.txt", "more.txt", "prisoners.txt", "talks.txt"]
    assert seen(bench.engine()) == seen(engine)
    # An update finds it nowhere, and the same bytes are refused under another name.
    bench.send("other.txt", "The envoys Quillfeather and Thistlewood met in a villa.")
    report = bench.update()
    refused = next(file for file in report.files if file.document == "uploads/other.txt")
    assert refused.outcome is Outcome.REFUSED
    assert refused.reason == "other.txt: it was erased; restore it to have it read."
    assert "uploads/other.txt" not in bench.texts()
    (bench.library.uploads / "other.txt").unlink()
    assert words_on_disk(tmp_path, *names, *terms) == set()


def test_an_erased_document_is_not_brought_back_by_a_rollback_nor_by_a_reload_of_its_folder(bench: Bench) -> None:
    bench.write("new.txt", "A new annex was adopted by the parties.")
    bench.update(keep=3)
    erase_document(bench.library, "talks.txt", ADMIN)
    engine = bench.engine()
    with pytest.raises(IndexMissing):
        purge(bench.store, bench.library)
        bench.store.go_back()
    engine.refresh()
    assert seen(engine, "restricted") == ["corridor.txt", "new.txt", "prisoners.txt"]
    report = bench.update(keep=3)
    assert outcomes(report)["talks.txt"] is Outcome.REFUSED
    assert report.generation == bench.store.current().id
    assert "talks.txt" not in bench.texts()
    bench.library.restore("talks.txt", ADMIN)
    assert outcomes(bench.update())["talks.txt"] is Outcome.ADDED
    assert bench.texts()["talks.txt"] == TALKS


def test_generations_that_never_held_an_erased_document_are_kept(bench: Bench) -> None:
    bench.update()
    old = bench.store.current()
    bench.send("sent.txt", "The envoys met in a villa.")
    bench.update(keep=3)
    erase_document(bench.library, "uploads/sent.txt", ADMIN)
    bench.store.go_back()
    purge(bench.store, bench.library)
    assert bench.store.current().id == old.id
    assert seen(bench.engine()) == ALL


def test_erasing_everything_leaves_an_index_that_answers_nothing(bench: Bench) -> None:
    engine = bench.engine()
    for id in ALL:
        erase_document(bench.library, id, ADMIN)
    purge(bench.store, bench.library)
    assert engine.refresh() is True
    assert seen(engine, "restricted") == []
    assert engine.answer(ASKED, clearance="restricted").ranked == ()
    assert bench.engine().answer(ASKED, clearance="public").ranked == ()
    bench.write("new.txt", "A new annex was adopted by the parties.")
    bench.update()
    assert seen(bench.engine()) == ["new.txt"]


def test_where_all_is_hidden_from_a_clearance_its_answer_is_empty(bench: Bench) -> None:
    for id in ALL:
        bench.library.relabel(id, "internal", ADMIN)
    engine = bench.engine()
    said = engine.answer(ASKED, clearance="public")
    assert (said.ranked, said.ranking) == ((), ())
    assert quoted(engine, "internal") == TALKS


def test_a_twin_of_an_erased_document_is_still_answered_from(bench: Bench) -> None:
    bench.write("twin.txt", TALKS)
    assert reason(bench, "twin.txt") == "It is the same file as talks.txt."
    erase_document(bench.library, "twin.txt", ADMIN)
    purge(bench.store, bench.library)
    engine = bench.engine()
    assert quoted(engine) == TALKS
    assert bench.library.originals.read(engine.answer(ASKED, clearance="public").quotes[0].document.sha256) == (
        TALKS.encode()
    )


ERASING_KILLS = {
    "before writing the segment": before("retrieval.index.erasing.save_segment"),
    "before publishing": before("retrieval.index.generation.GenerationStore.publish"),
    "before dropping those before": before("retrieval.index.generation.GenerationStore.forget_previous"),
    "before removing segments": before("retrieval.index.generation.GenerationStore.remove_unused"),
    "before the library's own files": before("corpus.erasure._remove_kept"),
    "before the log is emptied": before("corpus.database.Database.forget_deleted"),
}


@pytest.mark.parametrize("kill", ERASING_KILLS.values(), ids=ERASING_KILLS.keys())
def test_a_kill_while_erasing_leaves_it_hidden_and_the_next_update_finishes(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill: Callable[[pytest.MonkeyPatch], None]
) -> None:
    bench.send("sent.txt", "The envoys Quillfeather and Marrowby met in a villa.")
    bench.write("more.txt", "A further annex was adopted.")
    bench.update(keep=3)
    engine = bench.engine()
    with monkeypatch.context() as patch:
        kill(patch)
        with pytest.raises(Killed):
            erase_document(bench.library, "uploads/sent.txt", ADMIN)
            purge(bench.store, bench.library)
    assert "uploads/sent.txt" not in seen(engine, "restricted")
    assert "uploads/sent.txt" not in seen(bench.engine(), "restricted")
    bench.update(keep=3)
    bench.library.database.forget_deleted()
    assert words_on_disk(tmp_path, "Quillfeather", "Marrowby", "quill") == set()
    assert seen(bench.engine()) == ["corridor.txt", "more.txt", "prisoners.txt", "talks.txt"]


def test_what_is_erased_while_an_update_reads_it_is_not_listed_nor_kept(bench: Bench, tmp_path: Path) -> None:
    path = bench.send("sent.txt", "The envoys Quillfeather and Marrowby met in a villa.")
    bench.update()
    path.write_text("The envoys Quillfeather and Thistlewood met in a villa.")

    def load(sample: Sequence[str]) -> WordEncoder:
        with Library.open(bench.library.folder) as other:
            erase_document(other, "uploads/sent.txt", ADMIN)
        return WordEncoder()

    bench.update(load=load)
    assert "uploads/sent.txt" not in seen(bench.engine(), "restricted")
    assert words_on_disk(tmp_path, "Quillfeather", "Marrowby", "Thistlewood", "thist") == set()
    bench.send("sent.txt", "The envoys Quillfeather and Thistlewood met in a villa.")
    assert outcomes(bench.update())["uploads/sent.txt"] is Outcome.REFUSED


# What is not encoded again.


def vectors(bench: Bench, id: str) -> list[list[list[float]]]:
    """The vectors and codes of a document's passages and sentences, in the segment that holds it now."""
    manifest = bench.store.current()
    for name in manifest.segments:
        segment = load_segment(bench.store.segments_folder / name)
        ids = [entry.document.id for entry in segment.documents]
        if id not in ids or id in manifest.withdrawn.get(name, ()):
            continue
        number = ids.index(id)
        sentences = np.flatnonzero(segment.sentences[:, 0] == number)
        codes = [segment.token_codes[segment.token_starts[row] : segment.token_starts[row + 1]] for row in sentences]
        return [
            segment.passage_vectors.where(segment.passages[:, 0] == number).rows(slice(None)).tolist(),
            segment.sentence_vectors.rows(sentences).tolist(),
            np.concatenate(codes).tolist(),
        ]
    raise AssertionError(id)


def test_where_only_what_is_known_of_a_document_changes_its_vectors_are_carried_over(bench: Bench) -> None:
    before_it = vectors(bench, "talks.txt")
    (bench.documents / "talks.txt.meta.yaml").write_text("publisher: Institute\ndate: 2018-05-15\naccess: internal\n")
    assert outcomes(bench.update())["talks.txt"] is Outcome.CHANGED
    assert bench.loads == 0
    assert vectors(bench, "talks.txt") == before_it
    document = load_current(bench.store).documents()["talks.txt"].document
    assert (document.metadata.publisher, document.metadata.date) == ("Institute", "2018-05-15")
    bench.library.correct("talks.txt", "date", "2018-05-16", ADMIN)
    bench.update()
    assert bench.loads == 0
    assert load_current(bench.store).documents()["talks.txt"].document.metadata.date == "2018-05-16"
    assert vectors(bench, "talks.txt") == before_it
    assert quoted(bench.engine(), "internal") == TALKS


def test_a_new_title_is_encoded_since_it_is_read_with_every_passage(bench: Bench) -> None:
    before_it = vectors(bench, "talks.txt")
    (bench.documents / "talks.txt.meta.yaml").write_text("title: Record of the eighth round\n")
    bench.update()
    assert bench.loads == 1
    assert vectors(bench, "talks.txt") != before_it


# Kills, and files that change meanwhile.


UPDATE_KILLS = {
    "before anything is read": before("retrieval.index.changes.Survey.look_at"),
    "before an original is kept": before("corpus.content_store.ContentStore.put_file"),
    "before the library records": before("corpus.library.Library.record"),
    "while the library records": before("corpus.library.Library._add_version"),
    "before the index is published": before("retrieval.index.generation.GenerationStore.publish"),
    "before old ones are forgotten": before("retrieval.index.indexing.purge"),
    "before segments are removed": before("retrieval.index.generation.GenerationStore.remove_unused"),
    "before what was unpacked is removed": before("retrieval.index.indexing.remove_unused"),
}


@pytest.mark.parametrize("kill", UPDATE_KILLS.values(), ids=UPDATE_KILLS.keys())
def test_a_kill_during_an_update_leaves_answers_of_one_generation_and_the_next_update_finishes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, kill: Callable[[pytest.MonkeyPatch], None]
) -> None:
    bench.write("talks.txt", NEW_TALKS)
    bench.write("new.txt", "A new annex was adopted by the parties.")
    (bench.documents / "corridor.txt").unlink()
    with monkeypatch.context() as patch:
        kill(patch)
        with pytest.raises(Killed):
            bench.update(keep=3)
    engine = bench.engine()
    assert quoted(engine) in (TALKS, NEW_TALKS)
    # What is gone is hidden with the old generation or the new one; nothing is shown in part.
    assert set(seen(engine)) <= {*ALL, "new.txt"}
    assert "prisoners.txt" in seen(engine)
    bench.update(keep=3)
    assert engine.refresh() in (True, False)
    assert seen(bench.engine()) == ["new.txt", "prisoners.txt", "talks.txt"]
    assert quoted(bench.engine()) == NEW_TALKS
    assert {id: state.value for id, state in bench.states().items()} == {
        "corridor.txt": "gone",
        "new.txt": "listed",
        "prisoners.txt": "listed",
        "talks.txt": "listed",
    }
    assert [version.number for version in bench.library.versions("talks.txt")] == [2, 1]
    named = {name for one in (bench.store.current(), *bench.store.previous()) for name in one.segments}
    assert {folder.name for folder in bench.store.segments_folder.iterdir()} == named


def test_originals_are_kept_byte_for_byte(bench: Bench) -> None:
    odd = "Café\r\n\r\nA corridor was opened.\r\n".encode("cp1252")
    (bench.documents / "odd.txt").write_bytes(odd)
    bench.update()
    sha256 = load_current(bench.store).documents()["odd.txt"].document.sha256
    assert bench.library.originals.read(sha256) == odd


def test_a_renamed_file_is_not_called_the_same_as_itself(bench: Bench) -> None:
    (bench.documents / "talks.txt").rename(bench.documents / "record.txt")
    assert reason(bench, "record.txt") is None


def test_duplicates_are_named_in_the_report(bench: Bench) -> None:
    long = " ".join(f"Article {number} was adopted by the delegations without a vote." for number in range(40))
    bench.write("one.txt", long)
    bench.write("two.txt", long)
    bench.write("near.txt", long.replace("Article 7 ", "Article 77 "))
    report = bench.update()
    notes = {file.document: file.reason for file in report.files}
    assert notes["two.txt"] == "It is the same file as one.txt."
    assert [notes["one.txt"], notes["near.txt"]].count(None) == 1
    said = notes["one.txt"] or notes["near.txt"]
    assert said is not None
    assert said.startswith("It is almost the same as near.txt (9")


def test_an_index_whose_library_was_lost_shows_nothing_until_it_is_read_again(bench: Bench, tmp_path: Path) -> None:
    """Nobody knows then what was withdrawn."""
    with Library.open(tmp_path / "another") as library:
        bench.library, old = library, bench.library
        assert seen(bench.engine(), "restricted") == []
        bench.update()
        assert seen(bench.engine()) == ALL
        bench.library = old


def test_files_that_were_sent_are_indexed_beside_the_folders(bench: Bench) -> None:
    bench.send("sent.txt", "A new annex was adopted by the parties.")
    assert outcomes(bench.update())["uploads/sent.txt"] is Outcome.ADDED
    assert seen(bench.engine()) == [*ALL, "uploads/sent.txt"]
    assert CORRIDOR in bench.texts().values()
    assert PRISONERS in bench.texts().values()


def test_two_processes_with_one_library_see_each_others_documents_and_decisions(bench: Bench, tmp_path: Path) -> None:
    """The bot answers in one, and the command line withdraws and indexes in another."""
    engine = bench.engine()
    bench.write("new.txt", "A new annex was adopted by the parties.")
    script = """
import sys
from pathlib import Path
from corpus.library import Library
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import update_index
from tests.conftest import Unseen
from tests.doubles import DirectExtractor, WordEncoder

data = Path(sys.argv[1])
with Library.open(data / "library") as library:
    library.withdraw("talks.txt", "shell")
    update_index(
        GenerationStore(data / "index"), library, [data / "documents"], WordEncoder.identity, WordEncoder, Unseen(),
        extractor=DirectExtractor(),
    )
"""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=root, check=True, timeout=120)
    assert seen(engine, "restricted") == ["corridor.txt", "prisoners.txt"]
    assert engine.refresh() is True
    assert seen(engine, "restricted") == ["corridor.txt", "new.txt", "prisoners.txt"]
    assert [event.by for event in bench.library.events("talks.txt")] == ["folders", "shell"]


def test_a_withdrawn_file_is_not_shown_under_another_name_until_it_is_restored(bench: Bench) -> None:
    bench.library.withdraw("talks.txt", ADMIN)
    (bench.documents / "talks.txt").rename(bench.documents / "renamed.txt")
    assert outcomes(bench.update())["renamed.txt"] is Outcome.REFUSED
    assert seen(bench.engine(), "restricted") == ["corridor.txt", "prisoners.txt"]
    bench.library.restore("talks.txt", ADMIN)
    bench.update()
    assert seen(bench.engine()) == ["corridor.txt", "prisoners.txt", "renamed.txt"]
