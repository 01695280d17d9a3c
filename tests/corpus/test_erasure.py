"""What is erased leaves nothing but what it is refused by, whatever is killed on the way."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from corpus.erasure import erase_document, sweep
from corpus.library import FOLDERS, Library, State
from tests.corpus.shelf import ADMIN, CORRIDOR, LATER, TALKS, Killed, entry, events, keep, on_disk, readable, recorded


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
    erasure = erase_document(library, "talks.md", ADMIN)
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
        assert library.erased().refuses("talks.md", one.sha256)
        assert library.erased().refuses("another.md", one.sha256)
    assert not library.erased().refuses("corridor.md", CORRIDOR.sha256)


def test_a_twin_keeps_its_original_and_text_and_is_named(library: Library) -> None:
    twin = recorded("twin.md", TALKS.extraction.text, title="Talks")
    keep(library, twin)
    assert erase_document(library, "talks.md", ADMIN).twins == ("twin.md",)
    assert library.originals.read(TALKS.sha256) == TALKS.extraction.text.encode()
    assert library.reading(library.versions("twin.md")[0]) == twin.extraction
    assert readable(library, "public", twin) == ["twin.md"]
    assert library.erased().refuses("talks.md", TALKS.sha256)
    assert not library.erased().refuses("twin.md", TALKS.sha256)
    erase_document(library, "twin.md", ADMIN)
    assert b"delegations met" not in on_disk(library)


def test_an_upload_that_is_erased_is_deleted_and_a_file_of_the_folders_is_left(
    library: Library, tmp_path: Path
) -> None:
    upload, own = library.uploads / "sent.md", tmp_path / "own.md"
    for path in (upload, own):
        path.write_text("A new annex.")
    keep(library, recorded("uploads/sent.md", "A new annex.", file=str(upload)))
    erase_document(library, "uploads/sent.md", ADMIN)
    assert not upload.exists()
    keep(library, recorded("own.md", "Another annex.", file=str(own)))
    erase_document(library, "own.md", ADMIN)
    assert own.exists()


def test_an_upload_is_deleted_where_the_library_is_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with Library.open(tmp_path / "link" / "library") as library:
        upload = (library.uploads / "sent.md").resolve()
        upload.write_text("A new annex.")
        keep(library, recorded("uploads/sent.md", "A new annex.", file=str(upload)))
        erase_document(library, "uploads/sent.md", ADMIN)
        assert not upload.exists()


def test_a_restored_erasure_lets_the_file_be_read_again(library: Library) -> None:
    erase_document(library, "talks.md", ADMIN)
    library.restore("talks.md", ADMIN)
    assert entry(library).state is State.ERASED
    assert not library.erased().refuses("talks.md", TALKS.sha256)
    keep(library, dataclasses.replace(TALKS, readmitted=True))
    assert readable(library, "public") == ["talks.md", "corridor.md"]
    assert events(library) == [
        ("erased", "", ADMIN),
        ("readmitted", "", ADMIN),
        ("added", TALKS.sha256, FOLDERS),
    ]


def test_what_was_read_before_it_was_erased_is_not_listed_by_the_update_that_read_it(library: Library) -> None:
    """The update runs in another process, and records when it is done with all files."""
    erase_document(library, "talks.md", ADMIN)
    keep(library, TALKS, LATER)
    assert entry(library).state is State.ERASED
    assert library.versions("talks.md") == ()
    assert library.erased().refuses("talks.md", LATER.sha256)
    sweep(library)
    assert b"delegations met" not in on_disk(library)
    assert b"put off until" not in on_disk(library)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_new_twin_of_what_was_erased_while_both_were_read_is_refused_too(library: Library, is_first: bool) -> None:
    twin = dataclasses.replace(LATER, id="twin.md")
    erase_document(library, "talks.md", ADMIN)
    keep(library, *((LATER, twin) if is_first else (twin, LATER)))
    assert entry(library).state is State.ERASED
    assert library.entry("twin.md") is None
    assert library.erased().refuses("twin.md", LATER.sha256)


def test_a_kill_after_an_erasure_was_decided_leaves_it_decided_and_the_rest_is_swept_away(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = library.uploads / "sent.md"
    upload.write_text("A new annex.")
    keep(library, recorded("uploads/sent.md", "A new annex.", file=str(upload)))

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("corpus.erasure._remove_kept", killed)
        with pytest.raises(Killed):
            erase_document(library, "uploads/sent.md", ADMIN)
    assert entry(library, "uploads/sent.md").state is State.ERASED
    assert upload.exists()
    sweep(library)
    assert b"A new annex." not in on_disk(library)
    assert library.originals.read(TALKS.sha256) == TALKS.extraction.text.encode()
    assert library.reading(library.versions("talks.md")[0]) == TALKS.extraction


def test_sweeping_leaves_what_is_in_use_and_an_upload_that_took_the_name_of_an_erased_one(library: Library) -> None:
    upload = library.uploads / "sent.md"
    keep(library, recorded("uploads/sent.md", "A new annex.", file=str(upload)))
    erase_document(library, "uploads/sent.md", ADMIN)
    upload.write_text("Another annex.")
    (library.uploads / "talks.md").write_text("Nothing of it is erased.")
    before = on_disk(library)
    sweep(library)
    assert on_disk(library) == before
