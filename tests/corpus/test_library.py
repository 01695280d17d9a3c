"""The library says what may be read, and its decisions outlast every index."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from corpus.access import Labels
from corpus.database import DatabaseError
from corpus.erasure import erase_document
from corpus.library import FOLDERS, Entry, Event, Library, NoSuchDocument, State
from tests.corpus.shelf import (
    ADMIN,
    CORRIDOR,
    LATER,
    TALKS,
    Killed,
    entry,
    events,
    keep,
    readable,
    recorded,
)


def test_what_is_recorded_is_listed_with_its_versions_and_texts(library: Library) -> None:
    assert list(library.entries()) == ["corridor.md", "talks.md"]
    assert entry(library) == Entry(
        "talks.md", State.LISTED, "public", "default", "Talks", "/documents/talks.md", TALKS.sha256, 1, 1001.0, 1003.0
    )
    (version,) = library.versions("talks.md")
    assert (version.number, version.sha256) == (1, TALKS.sha256)
    assert library.reading(version) == TALKS.extraction
    assert library.originals.read(TALKS.sha256) == TALKS.extraction.text.encode()
    assert library.signatures() == {"talks.md": TALKS.signature, "corridor.md": CORRIDOR.signature}
    assert events(library) == [("added", TALKS.sha256, FOLDERS)]
    assert library.events("talks.md")[0] == Event("talks.md", "added", TALKS.sha256, FOLDERS, 1002.0)


def test_recording_the_same_again_adds_no_version(library: Library) -> None:
    keep(library, TALKS)
    assert len(library.versions("talks.md")) == 1
    assert events(library) == [("added", TALKS.sha256, FOLDERS)]


def test_a_new_wording_is_a_new_version_and_both_are_kept(library: Library) -> None:
    keep(library, LATER)
    newer, older = library.versions("talks.md")
    assert (newer.number, older.number) == (2, 1)
    assert library.reading(newer) == LATER.extraction
    assert library.reading(older) == TALKS.extraction
    assert (entry(library).title, entry(library).sha256, entry(library).versions) == (
        "Talks, corrected",
        LATER.sha256,
        2,
    )
    assert events(library)[-1] == ("changed", LATER.sha256, FOLDERS)


def test_a_document_that_is_not_listed_is_hidden_from_everyone(library: Library) -> None:
    assert readable(library, "restricted", recorded("other.md", "Another text.")) == []
    assert readable(library, "restricted", recorded("other.md", "An annex.")) == []


def test_a_withdrawn_document_is_hidden_at_once_and_restored_at_once(library: Library) -> None:
    library.withdraw("talks.md", ADMIN, "a wrong draft")
    assert readable(library, "restricted") == ["corridor.md"]
    assert readable(library, "restricted", TALKS) == []
    assert "talks.md" not in library.signatures()
    library.restore("talks.md", ADMIN)
    assert readable(library, "public") == ["talks.md", "corridor.md"]
    assert events(library)[1:] == [("withdrawn", "a wrong draft", ADMIN), ("restored", "", ADMIN)]


def test_what_is_withdrawn_stays_so_when_its_file_changes_goes_and_comes_back(library: Library) -> None:
    library.withdraw("talks.md", ADMIN)
    keep(library, LATER)
    assert entry(library).state is State.WITHDRAWN
    assert entry(library).sha256 == LATER.sha256
    library.record([], gone=["talks.md"])
    assert entry(library).state is State.WITHDRAWN
    library.record([], gone=[], back=["talks.md"])
    assert entry(library).state is State.WITHDRAWN
    assert readable(library, "restricted", TALKS, LATER) == []


def test_what_is_gone_from_its_folder_is_hidden_until_it_is_there_again(library: Library) -> None:
    library.record([], gone=["talks.md", "nowhere.md"])
    assert entry(library).state is State.GONE
    assert readable(library, "restricted") == ["corridor.md"]
    library.record([], gone=[], back=["talks.md"])
    assert readable(library, "public") == ["talks.md", "corridor.md"]
    library.record([], gone=["talks.md"])
    library.record([TALKS], gone=[])
    assert entry(library).state is State.LISTED
    assert [event for event, _, _ in events(library)] == ["added", "gone", "back", "gone", "back"]
    assert library.entry("nowhere.md") is None


@pytest.mark.parametrize("wrong", ["restore", "withdraw twice", "unknown"])
def test_what_is_in_no_state_for_a_decision_is_refused_and_nothing_changes(library: Library, wrong: str) -> None:
    if wrong == "restore":
        with pytest.raises(NoSuchDocument, match=r"The document talks\.md is listed; it cannot be restored\."):
            library.restore("talks.md", ADMIN)
        assert entry(library).state is State.LISTED
    elif wrong == "withdraw twice":
        library.withdraw("talks.md", ADMIN)
        before = library.revision()
        with pytest.raises(NoSuchDocument, match=r"is withdrawn; it cannot be withdrawn\."):
            library.withdraw("talks.md", ADMIN)
        assert library.revision() == before
    else:
        for decide in (Library.withdraw, Library.restore, erase_document):
            with pytest.raises(NoSuchDocument, match=r"There is no document nowhere\.md\."):
                decide(library, "nowhere.md", ADMIN)
        with pytest.raises(NoSuchDocument):
            library.relabel("nowhere.md", "public", ADMIN)
        with pytest.raises(NoSuchDocument):
            library.correct("nowhere.md", "title", "T", ADMIN)


def test_every_decision_and_recording_gives_a_new_revision_and_looking_gives_none(library: Library) -> None:
    seen = [library.revision()]
    for change in (
        lambda: library.record([LATER], gone=[]),
        lambda: library.relabel("talks.md", "internal", ADMIN),
        lambda: library.correct("talks.md", "title", "T", ADMIN),
        lambda: library.withdraw("talks.md", ADMIN),
        lambda: library.restore("talks.md", ADMIN),
        lambda: library.expect("talks.md", {}, None, ADMIN),
        lambda: erase_document(library, "talks.md", ADMIN),
    ):
        change()
        seen.append(library.revision())
    assert seen == sorted(set(seen))
    library.entries()
    readable(library, "public")
    assert library.revision() == seen[-1]


# Labels.


@pytest.mark.parametrize(
    ("access", "label", "by"),
    [
        (None, "public", "default"),
        ("internal", "internal", "file"),
        ("  RESTRICTED ", "restricted", "file"),
        ("cosmic", "restricted", "file"),
        ("", "restricted", "file"),
    ],
)
def test_a_label_is_that_of_the_file_and_one_not_in_use_counts_as_the_highest(
    library: Library, access: str | None, label: str, by: str
) -> None:
    library.record([recorded("new.md", "A new annex.", access=access)], gone=())
    assert (entry(library, "new.md").label, entry(library, "new.md").label_by) == (label, by)


@pytest.mark.parametrize(
    ("own", "container", "label"),
    [
        (None, "internal", "internal"),
        ("public", "internal", "internal"),
        ("restricted", "internal", "restricted"),
        ("public", "cosmic", "restricted"),
        ("internal", None, "internal"),
    ],
)
def test_what_was_packed_is_held_at_least_as_closely_as_its_archive(
    library: Library, own: str | None, container: str | None, label: str
) -> None:
    plain = recorded("pack.zip/annex.md", "A new annex.", access=own)
    metadata = dataclasses.replace(plain.extraction.metadata, container_access=container)
    packed = dataclasses.replace(plain, extraction=dataclasses.replace(plain.extraction, metadata=metadata))
    library.record([packed], gone=())
    assert (entry(library, packed.id).label, entry(library, packed.id).label_by) == (label, "file")
    read = [name for name in library.labels.names if readable(library, name, packed)]
    assert read == list(library.labels.names[library.labels.names.index(label) :])


def test_a_clearance_reads_what_has_its_label_or_a_looser_one(library: Library) -> None:
    files = [recorded(f"{label}.md", f"An annex, {label}.", access=label) for label in library.labels.names]
    library.record(files, gone=())
    assert {clearance: readable(library, clearance, *files) for clearance in (*library.labels.names, "cosmic")} == {
        "public": ["public.md"],
        "internal": ["public.md", "internal.md"],
        "restricted": ["public.md", "internal.md", "restricted.md"],
        "cosmic": [],
    }


def test_a_label_by_an_admin_survives_what_files_say_later(library: Library) -> None:
    library.relabel("talks.md", " Internal ", ADMIN)
    assert readable(library, "public") == ["corridor.md"]
    keep(library, recorded("talks.md", "A third wording of the talks.", access="public"))
    keep(library, recorded("talks.md", "A fourth wording of the talks."))
    assert (entry(library).label, entry(library).label_by) == ("internal", "admin")
    assert readable(library, "public", TALKS) == []


def test_a_label_that_is_not_in_use_cannot_be_given(library: Library) -> None:
    with pytest.raises(ValueError, match='"cosmic" is no access label; in use are public, internal, restricted'):
        library.relabel("talks.md", "cosmic", ADMIN)
    assert entry(library).label == "public"


def test_a_label_from_a_file_follows_the_file_to_a_stricter_one_and_back(library: Library) -> None:
    text = TALKS.extraction.text
    strict = recorded("talks.md", text, access="restricted")
    library.record([strict], gone=())
    assert readable(library, "internal", strict) == []
    # The index of before goes by the label of now.
    assert readable(library, "internal", TALKS) == []
    library.record([TALKS], gone=())
    assert readable(library, "public", TALKS) == ["talks.md"]


def test_a_wording_that_its_own_file_held_closely_does_not_open_with_a_later_one(library: Library) -> None:
    """As when names were taken out of a restricted text and the rest made public, and an earlier index answers."""
    closed = recorded("list.md", "The names on the list.", access="restricted")
    opened = recorded("list.md", "The list, without names.", access="public")
    library.record([closed], gone=())
    library.record([opened], gone=())
    assert readable(library, "public", opened) == ["list.md"]
    assert readable(library, "public", closed) == []
    assert readable(library, "restricted", closed) == ["list.md"]
    library.relabel("list.md", "public", ADMIN)
    assert readable(library, "public", closed) == ["list.md"]


def test_the_default_label_is_a_setting_that_holds_for_what_has_none(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library") as library:
        library.record([TALKS], gone=())
        assert readable(library, "public") == ["talks.md"]
    with Library.open(tmp_path / "library", default="internal") as library:
        assert entry(library).label == "internal"
        assert readable(library, "public") == []
        assert readable(library, "internal") == ["talks.md"]


def test_a_label_that_went_out_of_use_is_for_the_highest_clearance_alone(tmp_path: Path) -> None:
    house = recorded("a.md", "An annex.", access="house")
    with Library.open(tmp_path / "library", Labels(("open", "house", "sealed"))) as library:
        library.record([house], gone=())
    with Library.open(tmp_path / "library", Labels(("open", "sealed"))) as library:
        assert readable(library, "open", house) == []
        assert readable(library, "sealed", house) == ["a.md"]


# Corrections and files that were sent.


def test_corrections_are_kept_until_they_are_taken_back(library: Library) -> None:
    library.correct("talks.md", "title", "One", ADMIN)
    library.correct("talks.md", "title", "Two", ADMIN)
    library.correct("talks.md", "date", "2017", ADMIN)
    assert library.corrections() == {"talks.md": {"date": "2017", "title": "Two"}}
    library.correct("talks.md", "title", None, ADMIN)
    assert library.corrections() == {"talks.md": {"date": "2017"}}
    assert events(library)[1:] == [
        ("corrected", "title: One", ADMIN),
        ("corrected", "title: Two", ADMIN),
        ("corrected", "date: 2017", ADMIN),
        ("corrected", "title:", ADMIN),
    ]


def test_what_is_expected_is_hidden_until_it_is_recorded_and_has_its_label_from_the_start(library: Library) -> None:
    sent = recorded("uploads/new.md", "A new annex.")
    library.expect(sent.id, {"title": "Annex", "access": "internal"}, "internal", ADMIN, sent.sha256)
    assert entry(library, sent.id).state is State.GONE
    assert library.corrections() == {sent.id: {"title": "Annex"}}
    assert readable(library, "restricted", sent) == []
    library.record([sent], gone=())
    assert (entry(library, sent.id).label, entry(library, sent.id).label_by) == ("internal", "admin")
    assert readable(library, "public", sent) == []
    assert readable(library, "internal", sent) == [sent.id]
    assert [event for event, _, _ in events(library, sent.id)] == ["published", "added"]


def test_a_withdrawn_document_that_is_replaced_shows_the_new_wording_and_never_the_old(library: Library) -> None:
    library.withdraw("talks.md", ADMIN)
    library.expect("talks.md", {}, None, ADMIN, LATER.sha256)
    # A kill here leaves the old file where it was.
    library.record([TALKS], gone=[])
    assert readable(library, "restricted", TALKS) == []
    library.record([LATER], gone=[])
    assert readable(library, "public", LATER) == ["talks.md"]
    assert readable(library, "restricted", TALKS) == []
    assert library.retired() == {("talks.md", TALKS.sha256)}


def test_sending_the_withdrawn_wording_itself_shows_it_again(library: Library) -> None:
    library.withdraw("talks.md", ADMIN)
    library.expect("talks.md", {}, None, ADMIN, TALKS.sha256)
    library.record([], gone=[], back=["talks.md"])
    assert readable(library, "public", TALKS) == ["talks.md"]


def test_a_wording_held_closely_stays_so_when_one_that_is_not_takes_its_place(library: Library) -> None:
    library.relabel("talks.md", "restricted", ADMIN)
    library.expect("talks.md", {}, "public", ADMIN, LATER.sha256)
    assert readable(library, "public", TALKS) == []
    library.record([LATER], gone=())
    assert readable(library, "public", LATER) == ["talks.md"]
    assert readable(library, "restricted", TALKS) == []


def test_a_wording_is_not_retired_by_one_that_is_held_as_closely_or_more(library: Library) -> None:
    library.expect("talks.md", {}, "internal", ADMIN, LATER.sha256)
    assert library.retired() == frozenset()
    assert readable(library, "internal", TALKS) == ["talks.md"]
    assert readable(library, "public", TALKS) == []


# Kills, damage, and others at work.


def test_a_kill_while_recording_changes_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    before, revision = library.entries(), library.revision()

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Library, "_add_version", killed)
        with pytest.raises(Killed):
            library.record([LATER, recorded("new.md", "A new annex.")], gone=["corridor.md"])
    assert (library.entries(), library.revision()) == (before, revision)
    library.record([LATER, recorded("new.md", "A new annex.")], gone=["corridor.md"])
    assert {id: one.state for id, one in library.entries().items()} == {
        "corridor.md": State.GONE,
        "new.md": State.LISTED,
        "talks.md": State.LISTED,
    }


def test_a_text_that_was_damaged_on_disk_is_not_given_back(library: Library) -> None:
    (version,) = library.versions("talks.md")
    library.texts.path(version.reading).write_bytes(b"damaged")
    assert library.reading(version) is None


def test_two_who_have_it_open_see_each_others_decisions(library: Library) -> None:
    with Library.open(library.folder) as other:
        before = other.revision()
        library.withdraw("talks.md", ADMIN)
        assert other.revision() > before
        assert readable(other, "restricted") == ["corridor.md"]
        other.restore("talks.md", ADMIN)
        assert readable(library, "public") == ["talks.md", "corridor.md"]


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "library.sqlite3").write_bytes(b"damaged" * 1000)
    with pytest.raises(DatabaseError, match=r"The library .* cannot be used"):
        Library.open(tmp_path / "library")


def test_a_state_that_there_is_not_is_a_damage_and_named(library: Library) -> None:
    with library.database.reading() as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
    with library.database.writing() as connection:
        connection.execute("UPDATE documents SET state = 'withdr\nawn' WHERE id = 'talks.md'")
    with pytest.raises(DatabaseError, match=r"a state that there is not \('withdr\\nawn'\); restore a backup"):
        library.entry("talks.md")
