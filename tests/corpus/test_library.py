"""The library says what may be read, and its decisions outlast every index."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.access import Labels
from corpus.database import DatabaseError
from corpus.library import FOLDERS, Entry, Event, Library, NoSuchDocument, Recorded, State
from tests.corpus.shelf import indexed, recorded

TALKS = recorded("talks.md", "The delegations met for talks in Astana.", title="Talks")
LATER = recorded("talks.md", "The talks were put off until the spring.", title="Talks, corrected")
CORRIDOR = recorded("corridor.md", "A safe corridor for convoys was opened.")
ADMIN = "4711"


class Killed(BaseException):
    """Stands for the end of the process."""


class Clock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library that lists two documents, of which the originals are kept."""
    with Library.open(tmp_path / "library", now=Clock()) as library:
        keep(library, TALKS, CORRIDOR)
        yield library


def keep(library: Library, *ones: Recorded) -> None:
    """Keep the originals and record, as indexing does."""
    for one in ones:
        library.originals.put(one.extraction.text.encode())
    library.record(ones, gone=())


def readable(library: Library, clearance: str, *ones: Recorded) -> list[str]:
    """The ids of what an index holds, as far as it may be read."""
    documents = [indexed(one) for one in ones or (TALKS, CORRIDOR)]
    hidden = library.hidden(documents, clearance)
    return [document.id for document in documents if document.id not in hidden]


def entry(library: Library, id: str = "talks.md") -> Entry:
    """What the library says of a document that it has."""
    found = library.entry(id)
    assert found is not None
    return found


def events(library: Library, id: str = "talks.md") -> list[tuple[str, str, str]]:
    """What happened to a document, with its detail and by whom."""
    return [(event.event, event.detail, event.by) for event in library.events(id)]


def on_disk(library: Library) -> bytes:
    """The bytes of all files of the library; of compressed ones what they hold too."""
    found = b""
    for path in sorted(path for path in library.folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found += content
        try:
            found += zlib.decompress(content)
        except zlib.error:
            continue
    return found


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
    assert not library.may_read("other.md", "restricted")


def test_a_withdrawn_document_is_hidden_at_once_and_restored_at_once(library: Library) -> None:
    library.withdraw("talks.md", ADMIN, "a wrong draft")
    assert readable(library, "restricted") == ["corridor.md"]
    assert not library.may_read("talks.md", "restricted")
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
        for decide in (library.withdraw, library.restore, library.erase):
            with pytest.raises(NoSuchDocument, match=r"There is no document nowhere\.md\."):
                decide("nowhere.md", ADMIN)
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
        lambda: library.erase("talks.md", ADMIN),
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
    assert not library.may_read("talks.md", "public")


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
    with Library.open(tmp_path / "library", Labels(("open", "house", "sealed"))) as library:
        library.record([recorded("a.md", "An annex.", access="house")], gone=())
    with Library.open(tmp_path / "library", Labels(("open", "sealed"))) as library:
        assert not library.may_read("a.md", "open")
        assert library.may_read("a.md", "sealed")


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


# Erasing.


def test_an_erased_document_leaves_no_byte_and_is_refused_as_itself_and_under_another_name(library: Library) -> None:
    keep(library, LATER)
    library.correct("talks.md", "title", "Talks of the envoys", ADMIN)
    library.withdraw("talks.md", ADMIN, "names the envoys")
    (library.cache / "pages").mkdir()
    (library.cache / "pages" / f"{TALKS.sha256}-1.png").write_bytes(b"The delegations met, as a picture")
    (library.cache / "pages" / f"{CORRIDOR.sha256}-1.png").write_bytes(b"a corridor, as a picture")
    before = on_disk(library)
    secrets = [b"delegations met", b"put off until", b"Talks, corrected", b"of the envoys", b"names the envoys"]
    assert [secret for secret in secrets if secret not in before] == []
    erasure = library.erase("talks.md", ADMIN)
    assert (erasure.twins, erasure.exports) == ((), ())
    after = on_disk(library)
    assert [secret for secret in secrets if secret in after] == []
    assert b"A safe corridor" in after
    assert b"a corridor, as a picture" in after
    assert entry(library).state is State.ERASED
    assert (entry(library).title, entry(library).file, entry(library).sha256) == (None, "", None)
    assert library.versions("talks.md") == ()
    assert library.corrections() == {}
    assert events(library) == [("erased", "", ADMIN)]
    assert readable(library, "restricted", TALKS, LATER) == []
    for one in (TALKS, LATER):
        assert library.is_erased("talks.md", one.sha256)
        assert library.is_erased("another.md", one.sha256)
    assert not library.is_erased("corridor.md", CORRIDOR.sha256)


def test_a_twin_keeps_its_original_and_text_and_is_named(library: Library) -> None:
    twin = recorded("twin.md", TALKS.extraction.text, title="Talks")
    keep(library, twin)
    assert library.erase("talks.md", ADMIN).twins == ("twin.md",)
    assert library.originals.read(TALKS.sha256) == TALKS.extraction.text.encode()
    assert library.reading(library.versions("twin.md")[0]) == twin.extraction
    assert readable(library, "public", twin) == ["twin.md"]
    assert library.is_erased("talks.md", TALKS.sha256)
    assert not library.is_erased("twin.md", TALKS.sha256)
    library.erase("twin.md", ADMIN)
    assert b"delegations met" not in on_disk(library)


def test_an_upload_that_is_erased_is_deleted_and_a_file_of_the_folders_is_left(
    library: Library, tmp_path: Path
) -> None:
    upload, own = library.uploads / "sent.md", tmp_path / "own.md"
    for path in (upload, own):
        path.write_text("A new annex.")
    keep(library, recorded("uploads/sent.md", "A new annex.", file=str(upload)))
    library.erase("uploads/sent.md", ADMIN)
    assert not upload.exists()
    keep(library, recorded("own.md", "Another annex.", file=str(own)))
    library.erase("own.md", ADMIN)
    assert own.exists()


def test_an_upload_is_deleted_where_the_library_is_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with Library.open(tmp_path / "link" / "library") as library:
        upload = (library.uploads / "sent.md").resolve()
        upload.write_text("A new annex.")
        keep(library, recorded("uploads/sent.md", "A new annex.", file=str(upload)))
        library.erase("uploads/sent.md", ADMIN)
        assert not upload.exists()


def test_a_restored_erasure_lets_the_file_be_read_again(library: Library) -> None:
    library.erase("talks.md", ADMIN)
    library.restore("talks.md", ADMIN)
    assert entry(library).state is State.ERASED
    assert not library.is_erased("talks.md", TALKS.sha256)
    keep(library, dataclasses.replace(TALKS, readmitted=True))
    assert readable(library, "public") == ["talks.md", "corridor.md"]
    assert events(library) == [
        ("erased", "", ADMIN),
        ("readmitted", "", ADMIN),
        ("added", TALKS.sha256, FOLDERS),
    ]


def test_what_was_read_before_it_was_erased_is_not_listed_by_the_update_that_read_it(library: Library) -> None:
    """The update runs in another process, and records when it is done with all files."""
    library.erase("talks.md", ADMIN)
    keep(library, TALKS, LATER)
    assert entry(library).state is State.ERASED
    assert library.versions("talks.md") == ()
    assert library.is_erased("talks.md", LATER.sha256)
    library.remove_unused()
    assert b"delegations met" not in on_disk(library)
    assert b"put off until" not in on_disk(library)


def test_a_kill_after_an_erasure_was_decided_leaves_it_decided_and_the_rest_is_swept_away(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = library.uploads / "sent.md"
    upload.write_text("A new annex.")
    keep(library, recorded("uploads/sent.md", "A new annex.", file=str(upload)))

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Library, "_remove_files", killed)
        with pytest.raises(Killed):
            library.erase("uploads/sent.md", ADMIN)
    assert entry(library, "uploads/sent.md").state is State.ERASED
    assert upload.exists()
    library.remove_unused()
    assert b"A new annex." not in on_disk(library)
    assert library.originals.read(TALKS.sha256) == TALKS.extraction.text.encode()
    assert library.reading(library.versions("talks.md")[0]) == TALKS.extraction


def test_sweeping_leaves_what_is_in_use_and_an_upload_that_took_the_name_of_an_erased_one(library: Library) -> None:
    upload = library.uploads / "sent.md"
    keep(library, recorded("uploads/sent.md", "A new annex.", file=str(upload)))
    library.erase("uploads/sent.md", ADMIN)
    upload.write_text("Another annex.")
    (library.uploads / "talks.md").write_text("Nothing of it is erased.")
    before = on_disk(library)
    library.remove_unused()
    assert on_disk(library) == before


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
