"""What is read again is what changed in its bytes or in anything that is stated about it; each file gets its report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.erasure import erase_document
from corpus.errors import UnreadableFile
from corpus.extraction import Extractor
from corpus.library import Erased, Library, Recorded, State
from corpus.reading import Holder, Reading
from corpus.sources import Source, Sources
from retrieval.index.changes import Changes, Survey, fingerprint
from retrieval.index.reports import Outcome
from retrieval.index.segment import IndexedDocument
from tests.conftest import Unseen
from tests.doubles import DirectExtractor

TALKS = "The delegations met for talks in Astana."
LATER = "The talks were put off until the spring."
ADMIN = "4711"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library."""
    with Library.open(tmp_path / "library") as library:
        yield library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "talks.txt").write_text(TALKS)
    return folder


def sources(folder: Path, *names: str) -> Sources:
    """These files of a folder as what is to be read."""
    return Sources(tuple(Source(name, folder / name, folder) for name in names))


def survey(
    library: Library,
    folder: Path,
    *names: str,
    live: dict[str, IndexedDocument] | None = None,
    extractor: Extractor | None = None,
) -> Changes:
    """Look at these files, with ``live`` as what is indexed, and have the library record what was read."""
    changes = Survey(library, live or {}, extractor or DirectExtractor()).look_at(sources(folder, *names), Unseen())
    library.record(changes.recorded, gone=(), back=changes.back)
    return changes


def hidden(library: Library, changes: Changes, clearance: str) -> frozenset[str]:
    """Which of the documents that were read may not be read with ``clearance``."""
    return library.hidden([entry.document for entry in changes.read.values()], clearance)


def outcomes(changes: Changes) -> dict[str, Outcome]:
    """What became of each file."""
    return {report.document: report.outcome for report in changes.reports}


def reason(changes: Changes, id: str = "talks.txt") -> str | None:
    """What is said of a file."""
    return next(report.reason for report in changes.reports if report.document == id)


# Fingerprints.


def test_a_fingerprint_covers_the_file_and_all_that_is_stated_about_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "deep").mkdir()
    path = folder / "deep" / "talks.txt"
    path.write_text(TALKS)
    holder = folder / "talks.txt"
    marks = [fingerprint(Holder(path, folder))]
    assert fingerprint(Holder(path, folder)) == marks[0]
    os.utime(path, (0, 0))
    assert fingerprint(Holder(path, folder, {})) == marks[0]
    (folder / "deep" / "talks.txt.meta.yaml").write_text("round: 8\n")
    marks.append(fingerprint(Holder(path, folder)))
    (folder / "_folder.meta.yaml").write_text("access: internal\n")
    marks.append(fingerprint(Holder(path, folder)))
    (folder / "deep" / "_folder.meta.yaml").write_text("access: restricted\n")
    marks.append(fingerprint(Holder(path, folder)))
    marks.append(fingerprint(Holder(path, folder, {"title": "One"})))
    marks.append(fingerprint(Holder(path, folder, {"title": "Two"})))
    marks.append(fingerprint(Holder(path, folder), [Holder(holder, folder)]))
    marks.append(fingerprint(Holder(path, folder), [Holder(holder, folder, {"access": "internal"})]))
    path.write_text(LATER)
    marks.append(fingerprint(Holder(path, folder)))
    monkeypatch.setattr("retrieval.index.changes.EXTRACTOR_VERSION", "next")
    marks.append(fingerprint(Holder(path, folder)))
    assert len({mark for mark, _ in marks}) == len(marks) == 10
    assert len({sha256 for _, sha256 in marks}) == 2


def test_a_fingerprint_does_not_depend_on_the_order_of_corrections_nor_on_other_files(folder: Path) -> None:
    path = folder / "talks.txt"
    one = fingerprint(Holder(path, folder, {"title": "One", "date": "2017"}))
    (folder / "other.txt").write_text(LATER)
    (folder / "other.txt.meta.yaml").write_text("round: 9\n")
    assert fingerprint(Holder(path, folder, {"date": "2017", "title": "One"})) == one


def test_a_fingerprint_of_what_cannot_be_opened_says_so(folder: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.txt: cannot be opened \(No such file or directory\)"):
        fingerprint(Holder(folder / "gone.txt", folder))


# Surveys.


def test_a_new_file_is_read_recorded_and_its_original_kept(library: Library, folder: Path) -> None:
    changes = survey(library, folder, "talks.txt")
    assert outcomes(changes) == {"talks.txt": Outcome.ADDED}
    assert changes.kept == set()
    entry = changes.read["talks.txt"]
    assert entry.document.text == TALKS
    assert (entry.fingerprint, entry.document.sha256) == fingerprint(Holder(folder / "talks.txt", folder))
    assert library.originals.read(entry.document.sha256) == TALKS.encode()


def test_an_unchanged_file_is_not_read(library: Library, folder: Path) -> None:
    live = survey(library, folder, "talks.txt").read

    class Unused(DirectExtractor):
        """Reads nothing."""

        def read(self, *_: object, **__: object) -> Reading:
            raise AssertionError("It must not be read.")

    changes = survey(library, folder, "talks.txt", live=live, extractor=Unused())
    assert outcomes(changes) == {"talks.txt": Outcome.UNCHANGED}
    assert (changes.kept, changes.read, changes.recorded) == ({"talks.txt"}, {}, [])


def test_a_changed_file_keeps_the_time_at_which_its_document_was_added(library: Library, folder: Path) -> None:
    live = survey(library, folder, "talks.txt").read
    (folder / "talks.txt").write_text(LATER)
    changes = survey(library, folder, "talks.txt", live=live)
    assert outcomes(changes) == {"talks.txt": Outcome.CHANGED}
    assert changes.read["talks.txt"].added == live["talks.txt"].added
    assert changes.read["talks.txt"].changed > live["talks.txt"].changed


def test_what_an_admin_corrected_makes_a_file_read_again(library: Library, folder: Path) -> None:
    live = survey(library, folder, "talks.txt").read
    library.correct("talks.txt", "title", "Record of the talks", ADMIN)
    changes = survey(library, folder, "talks.txt", live=live)
    assert outcomes(changes) == {"talks.txt": Outcome.CHANGED}
    assert changes.read["talks.txt"].document.metadata.title == "Record of the talks"
    entry = library.entry("talks.txt")
    assert entry is not None
    assert entry.title == "Record of the talks"


def test_what_the_library_does_not_know_is_read_again_since_nobody_may_see_it(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    live = survey(library, folder, "talks.txt").read
    with Library.open(tmp_path / "another") as other:
        changes = survey(other, folder, "talks.txt", live=live)
        assert outcomes(changes) == {"talks.txt": Outcome.ADDED}
        assert hidden(other, changes, "public") == frozenset()


def test_what_is_gone_and_what_is_back_is_said(library: Library, folder: Path) -> None:
    live = survey(library, folder, "talks.txt").read
    gone = survey(library, folder, live=live)
    assert outcomes(gone) == {"talks.txt": Outcome.WITHDRAWN}
    library.record([], gone=["talks.txt"])
    back = survey(library, folder, "talks.txt", live=live)
    assert back.back == {"talks.txt"}
    entry = library.entry("talks.txt")
    assert entry is not None
    assert entry.state is State.LISTED


def test_what_is_refused_keeps_its_earlier_version_unless_it_was_erased(library: Library, folder: Path) -> None:
    live = survey(library, folder, "talks.txt").read
    (folder / "talks.txt").write_bytes(b"")
    changes = survey(library, folder, "talks.txt", live=live)
    assert reason(changes) == "talks.txt: it is empty; send it again; its earlier version is kept."
    assert changes.kept == {"talks.txt"}
    erase_document(library, "talks.txt", ADMIN)
    changes = survey(library, folder, "talks.txt", live=live)
    assert reason(changes) == "talks.txt: it is empty; send it again."
    assert changes.kept == set()


def test_what_could_not_be_unpacked_is_refused_with_its_reason(library: Library, folder: Path) -> None:
    refused = Sources((), (("bomb.zip", folder / "bomb.zip", "it unpacks to too much."),))
    changes = Survey(library, {}, DirectExtractor()).look_at(refused, Unseen())
    assert [(report.document, report.outcome, report.reason) for report in changes.reports] == [
        ("bomb.zip", Outcome.REFUSED, "it unpacks to too much.")
    ]


class Replacing(DirectExtractor):
    """Replaces a file just after it was read, so many times."""

    def __init__(self, path: Path, times: int) -> None:
        super().__init__()
        self._path = path
        self.left = times

    def read(self, *arguments: object, **named: object) -> Reading:
        """The file as it was before it was replaced."""
        reading = super().read(*arguments, **named)  # type: ignore[arg-type]
        if self.left:
            self.left -= 1
            self._path.write_text(f"{LATER} It was written {self.left} times more.")
        return reading


def test_a_file_that_is_replaced_while_it_is_read_is_read_again_as_one_of_the_two(
    library: Library, folder: Path
) -> None:
    changes = survey(library, folder, "talks.txt", extractor=Replacing(folder / "talks.txt", 1))
    entry = changes.read["talks.txt"]
    assert entry.document.text == f"{LATER} It was written 0 times more."
    assert (entry.fingerprint, entry.document.sha256) == fingerprint(Holder(folder / "talks.txt", folder))
    assert library.originals.read(entry.document.sha256) == entry.document.text.encode()
    assert list(library.originals) == [entry.document.sha256]


def test_a_file_that_does_not_settle_is_refused(library: Library, folder: Path) -> None:
    changes = survey(library, folder, "talks.txt", extractor=Replacing(folder / "talks.txt", 9))
    assert outcomes(changes) == {"talks.txt": Outcome.REFUSED}
    assert reason(changes) == "talks.txt: it changes while it is read; index again when it is complete."
    assert library.entries() == {}


def test_a_sidecar_that_appears_while_the_file_is_read_is_not_passed_over(library: Library, folder: Path) -> None:
    """It may say who may read the document."""

    class Labelling(DirectExtractor):
        """Writes a sidecar just after the file was read without it."""

        def read(self, *arguments: object, **named: object) -> Reading:
            reading = super().read(*arguments, **named)  # type: ignore[arg-type]
            (folder / "talks.txt.meta.yaml").write_text("access: restricted\n")
            return reading

    changes = survey(library, folder, "talks.txt", extractor=Labelling())
    assert hidden(library, changes, "internal") == {"talks.txt"}
    assert hidden(library, changes, "restricted") == frozenset()


@pytest.mark.parametrize("kept", [False, True], ids=["while it is read", "before its original is kept"])
def test_a_file_that_vanishes_is_refused_and_the_others_are_read(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    (folder / "vanishing.txt").write_text(LATER)
    if kept:
        put_file = library.originals.put_file

        def put_late(file: Path, sha256: str) -> bool:
            if file.name == "vanishing.txt":
                file.unlink()
            return put_file(file, sha256)

        monkeypatch.setattr(library.originals, "put_file", put_late)
        extractor = DirectExtractor()
    else:

        class Vanishing(DirectExtractor):
            """Deletes one of the files after it was read."""

            def read(self, path: Path, *arguments: object, **named: object) -> Reading:
                reading = super().read(path, *arguments, **named)  # type: ignore[arg-type]
                if path.name == "vanishing.txt":
                    path.unlink()
                return reading

        extractor = Vanishing()
    changes = survey(library, folder, "talks.txt", "vanishing.txt", extractor=extractor)
    assert outcomes(changes) == {"talks.txt": Outcome.ADDED, "vanishing.txt": Outcome.REFUSED}
    assert reason(changes, "vanishing.txt") == (
        "vanishing.txt: cannot be opened (No such file or directory); check who may read it."
    )


def test_what_was_erased_is_refused_until_it_is_restored_and_another_content_is_read(
    library: Library, folder: Path
) -> None:
    live = survey(library, folder, "talks.txt").read
    erase_document(library, "talks.txt", ADMIN)
    changes = survey(library, folder, "talks.txt", live=live)
    assert reason(changes) == "talks.txt: it was erased; restore it to have it read."
    assert (changes.kept, changes.read) == (set(), {})
    library.restore("talks.txt", ADMIN)
    changes = survey(library, folder, "talks.txt", live=live)
    assert outcomes(changes) == {"talks.txt": Outcome.ADDED}
    assert [one.readmitted for one in changes.recorded] == [True]
    assert hidden(library, changes, "public") == frozenset()


def test_what_was_erased_is_asked_for_once_whatever_the_number_of_files(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number}.txt" for number in range(5)]
    for name in names:
        (folder / name).write_text(f"The annex {name} was adopted.")
    survey(library, folder, *names)
    erase_document(library, names[3], ADMIN)
    asked = []

    def erased() -> Erased:
        asked.append(library)
        return Library.erased(library)

    monkeypatch.setattr(library, "erased", erased)
    changes = survey(library, folder, *names)
    assert [name for name, outcome in outcomes(changes).items() if outcome is Outcome.REFUSED] == [names[3]]
    assert len(asked) == 1


def test_twins_in_one_survey_and_of_what_is_known_are_named(library: Library, folder: Path) -> None:
    (folder / "one.txt").write_text(LATER)
    (folder / "two.txt").write_text(LATER)
    changes = survey(library, folder, "one.txt", "two.txt")
    assert (reason(changes, "one.txt"), reason(changes, "two.txt")) == (None, "It is the same file as one.txt.")
    (folder / "three.txt").write_text(LATER)
    live = dict(changes.read)
    changes = survey(library, folder, "one.txt", "three.txt", "two.txt", live=live)
    assert reason(changes, "three.txt") == "It is the same file as one.txt."
    (folder / "four.txt").write_text(LATER)
    assert reason(survey(library, folder, "four.txt"), "four.txt") is None


def test_recorded_documents_are_those_that_were_read(library: Library, folder: Path) -> None:
    changes = survey(library, folder, "talks.txt")
    (one,) = changes.recorded
    assert isinstance(one, Recorded)
    assert (one.id, one.file, one.readmitted) == ("talks.txt", str(folder / "talks.txt"), False)
    assert one.extraction.text == changes.read[one.id].document.text
