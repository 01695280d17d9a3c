"""What was sent waits until it is published or discarded, and takes its place whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.drafts import Drafts, SentFile, safe_name
from corpus.erasure import erase_document
from corpus.library import Library, State
from tests.corpus.shelf import indexed, recorded

ADMIN = "4711"
OLD, NEW = "The old wording of the annex.", "The new wording of the annex."
DAY = 24 * 3600.0


class Killed(BaseException):
    """Stands for the end of the process."""


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library."""
    with Library.open(tmp_path / "library") as library:
        yield library


@pytest.fixture
def clock() -> Clock:
    """The clock of the drafts."""
    return Clock()


@pytest.fixture
def drafts(library: Library, clock: Clock) -> Drafts:
    """The files that wait in it."""
    return Drafts(library, clock)


def folders(library: Library) -> list[str]:
    """What is in the folder of drafts."""
    return sorted(path.name for path in (library.folder / "drafts").iterdir())


def index(library: Library, draft: SentFile) -> None:
    """Record a published file, as indexing does."""
    file = library.uploads / draft.name
    library.record([recorded(draft.document, file.read_text(), file=str(file))], gone=())


def test_what_was_sent_waits_and_comes_back_as_it_was(drafts: Drafts, library: Library) -> None:
    sent = drafts.add("annex.txt", NEW.encode(), ADMIN)
    assert sent.path.read_bytes() == NEW.encode()
    assert (sent.name, sent.document, sent.by) == ("annex.txt", "uploads/annex.txt", ADMIN)
    assert sent.sha256 == hashlib.sha256(NEW.encode()).hexdigest()
    assert drafts.get(sent.id) == sent
    assert library.entries() == {}
    assert list(library.uploads.iterdir()) == []
    assert drafts.get("nothing") is None


def test_two_of_one_name_wait_side_by_side(drafts: Drafts) -> None:
    one, two = drafts.add("annex.txt", b"one", ADMIN), drafts.add("annex.txt", b"two", ADMIN)
    assert one.id != two.id
    assert (one.path.read_bytes(), two.path.read_bytes()) == (b"one", b"two")


def test_corrections_are_kept_by_field(drafts: Drafts) -> None:
    sent = drafts.add("annex.txt", NEW.encode(), ADMIN)
    drafts.correct(sent.id, "title", "Annex")
    drafts.correct(sent.id, "title", "Қосымша")
    drafts.correct(sent.id, "access", "internal")
    drafts.correct("nothing", "title", "Annex")
    found = drafts.get(sent.id)
    assert found is not None
    assert found.corrections == {"title": "Қосымша", "access": "internal"}


def test_publishing_moves_the_file_and_hands_on_what_was_corrected(drafts: Drafts, library: Library) -> None:
    sent = drafts.add("annex.txt", NEW.encode(), ADMIN)
    drafts.correct(sent.id, "title", "Annex")
    drafts.correct(sent.id, "access", "internal")
    found = drafts.get(sent.id)
    assert found is not None
    assert drafts.publish(found) == "uploads/annex.txt"
    assert [path.read_text() for path in library.uploads.iterdir()] == [NEW]
    assert drafts.get(sent.id) is None
    assert folders(library) == []
    assert library.corrections() == {"uploads/annex.txt": {"title": "Annex"}}
    entry = library.entry("uploads/annex.txt")
    assert entry is not None
    assert (entry.state, entry.label, entry.label_by) == (State.GONE, "internal", "admin")
    assert [(event.event, event.by) for event in library.events("uploads/annex.txt")] == [("published", ADMIN)]


def test_publishing_takes_the_place_of_one_of_its_name(drafts: Drafts, library: Library) -> None:
    first = drafts.add("annex.txt", OLD.encode(), ADMIN)
    drafts.publish(first)
    index(library, first)
    second = drafts.add("annex.txt", NEW.encode(), ADMIN)
    assert (library.uploads / "annex.txt").read_text() == OLD
    drafts.publish(second)
    assert (library.uploads / "annex.txt").read_text() == NEW
    index(library, second)
    assert [version.sha256 for version in library.versions("uploads/annex.txt")] == [second.sha256, first.sha256]


STEPS = {
    "before anything": "corpus.library.Library.expect",
    "before the file is moved": "corpus.drafts.Path.replace",
    "after the file was moved": "corpus.drafts.sync_folder",
    "before the draft is forgotten": "corpus.drafts.Drafts.discard",
    "while its folder is deleted": "corpus.drafts.shutil.rmtree",
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
@pytest.mark.parametrize("withdrawn", [False, True], ids=["listed", "withdrawn"])
def test_a_kill_leaves_the_old_or_the_new_file_and_publishing_again_finishes(
    drafts: Drafts, library: Library, monkeypatch: pytest.MonkeyPatch, step: str, withdrawn: bool
) -> None:
    first = drafts.add("annex.txt", OLD.encode(), ADMIN)
    drafts.publish(first)
    index(library, first)
    if withdrawn:
        library.withdraw(first.document, ADMIN)
    second = drafts.add("annex.txt", NEW.encode(), ADMIN)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(step, killed)
        with pytest.raises(Killed):
            drafts.publish(second)
    published = library.uploads / "annex.txt"
    assert published.read_text() in (OLD, NEW)
    assert second.path.exists() == (published.read_text() == OLD)
    if withdrawn:
        # An update meanwhile must not show the withdrawn wording.
        index(library, second)
        shown = recorded(first.document, OLD)
        assert library.hidden([indexed(shown)], "restricted") == {first.document}
    drafts.publish(second)
    index(library, second)
    assert published.read_text() == NEW
    assert library.hidden([indexed(recorded("uploads/annex.txt", NEW))], "public") == frozenset()
    drafts.forget_old()
    assert folders(library) == []
    assert drafts.get(second.id) is None


def test_a_kill_while_adding_leaves_nothing_that_is_not_forgotten(
    drafts: Drafts, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    for step in ("corpus.drafts.publish_folder", "corpus.database.Database.writing"):
        with monkeypatch.context() as patch:
            patch.setattr(step, killed)
            with pytest.raises(Killed):
                drafts.add("annex.txt", NEW.encode(), ADMIN)
    assert len(folders(library)) == 2
    drafts.forget_old()
    assert folders(library) == []


def test_what_is_discarded_is_gone(drafts: Drafts, library: Library) -> None:
    sent, other = drafts.add("annex.txt", NEW.encode(), ADMIN), drafts.add("other.txt", b"other", ADMIN)
    drafts.discard(sent.id)
    assert drafts.get(sent.id) is None
    assert folders(library) == [other.id]
    drafts.discard(sent.id)


def test_what_waits_for_more_than_a_week_is_forgotten(drafts: Drafts, library: Library, clock: Clock) -> None:
    old = drafts.add("old.txt", b"old", ADMIN)
    clock.seconds = 1.0
    kept = drafts.add("kept.txt", b"kept", ADMIN)
    clock.seconds = 7 * DAY + 1.0
    drafts.forget_old()
    assert drafts.get(old.id) is None
    assert drafts.get(kept.id) == kept
    assert folders(library) == [kept.id]


def test_erasing_a_document_forgets_a_draft_of_the_same_bytes(drafts: Drafts, library: Library) -> None:
    first = drafts.add("annex.txt", NEW.encode(), ADMIN)
    drafts.publish(first)
    index(library, first)
    again = drafts.add("again.txt", NEW.encode(), ADMIN)
    other = drafts.add("other.txt", OLD.encode(), ADMIN)
    erase_document(library, first.document, ADMIN)
    assert drafts.get(again.id) is None
    assert folders(library) == [other.id]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("annex.txt", "annex.txt"),
        ("Қосымша №2.pdf", "Қосымша №2.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\annex.docx", "annex.docx"),
        ("/annex.txt", "annex.txt"),
        (".hidden.txt", "hidden.txt"),
        ("...", "file"),
        ("", "file"),
        ("folder/", "file"),
        ("..", "file"),
        (". .annex.txt", "annex.txt"),
        ("an\x00nex\n\u202etxt.exe", "annextxt.exe"),
        ("  annex.txt ", "annex.txt"),
        ("no suffix", "no suffix"),
    ],
)
def test_a_name_is_its_last_part_without_what_hides_or_misleads(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a" * 200 + ".pdf", "a" * 146 + ".pdf"),
        ("ш" * 200 + ".pdf", "ш" * 73 + ".pdf"),
        ("a" * 200, "a" * 150),
        ("a." + "b" * 200, "a." + "b" * 148),
        ("🕊️" * 100 + ".txt", "🕊️" * 20 + "🕊" + ".txt"),
    ],
)
def test_a_long_name_is_cut_before_its_suffix(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert len(safe.encode()) <= 150
