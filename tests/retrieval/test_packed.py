"""What is decided on an archive holds for what is packed in it, and what is beside a file may hide it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from corpus.erasure import erase_document
from corpus.library import State
from retrieval.index.reports import Outcome
from tests.retrieval.bench import Bench

PACKED = "The packed annex lists seventeen lorries that crossed the northern bridge."
ADMIN = "1"


def pack(bench: Bench, name: str = "set.zip", **files: str) -> Path:
    """Write an archive of text files into the bench's folder."""
    path = bench.documents / name
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in ({"annex.txt": PACKED} | files).items():
            archive.writestr(inner, text)
    return path


@pytest.fixture
def packed(bench: Bench) -> Bench:
    """Three documents and an archive of two more."""
    pack(bench, **{"deep/other.txt": "Another packed paper speaks of the reservoir alone."})
    bench.update()
    return bench


def shown(bench: Bench, clearance: str = "restricted") -> set[str]:
    """The packed documents that a clearance sees."""
    documents = bench.engine().view(clearance).documents
    return {entry.document.id for entry in documents if entry.document.id.startswith("set.zip/")}


def test_a_withdrawn_archive_hides_what_is_in_it_until_it_is_restored(packed: Bench) -> None:
    assert shown(packed) == {"set.zip/annex.txt", "set.zip/deep/other.txt"}
    packed.library.withdraw("set.zip", ADMIN)
    assert shown(packed) == set()
    packed.update()
    assert shown(packed) == set()
    packed.library.restore("set.zip", ADMIN)
    assert shown(packed) == {"set.zip/annex.txt", "set.zip/deep/other.txt"}


def test_one_packed_document_is_withdrawn_by_itself(packed: Bench) -> None:
    packed.library.withdraw("set.zip/annex.txt", ADMIN)
    assert shown(packed) == {"set.zip/deep/other.txt"}


def test_a_relabelled_archive_holds_what_is_in_it_as_closely_at_once_and_after_indexing(packed: Bench) -> None:
    packed.library.relabel("set.zip", "internal", ADMIN)
    assert (shown(packed, "public"), len(shown(packed, "internal"))) == (set(), 2)
    packed.update()
    assert (shown(packed, "public"), len(shown(packed, "internal"))) == (set(), 2)


def test_a_label_beside_an_archive_is_not_lowered_by_what_is_packed_in_it(bench: Bench) -> None:
    pack(
        bench,
        **{"annex.txt.meta.yaml": "access: public", "secret.txt": PACKED, "secret.txt.meta.yaml": "access: restricted"},
    )
    (bench.documents / "set.zip.meta.yaml").write_text("access: internal")
    bench.update()
    assert shown(bench, "public") == set()
    assert shown(bench, "internal") == {"set.zip/annex.txt"}
    assert shown(bench, "restricted") == {"set.zip/annex.txt", "set.zip/secret.txt"}


def test_an_erased_archive_leaves_nothing_and_is_not_read_again(packed: Bench) -> None:
    erasure = erase_document(packed.library, "set.zip", ADMIN)
    assert (erasure.twins, erasure.exports, erasure.container) == ((), (), None)
    assert not packed.library.unpacked.exists()
    report = packed.update()
    refused = {file.document for file in report.files if file.outcome is Outcome.REFUSED}
    assert refused == {"set.zip/annex.txt", "set.zip/deep/other.txt"}
    assert shown(packed) == set()
    packed.library.restore("set.zip", ADMIN)
    packed.update()
    assert shown(packed) == {"set.zip/annex.txt", "set.zip/deep/other.txt"}


def test_erasing_a_packed_document_names_what_still_holds_it(packed: Bench) -> None:
    assert erase_document(packed.library, "set.zip/deep/other.txt", ADMIN).container == "set.zip"
    packed.update()
    assert shown(packed) == {"set.zip/annex.txt"}


def test_a_document_is_not_shown_while_what_is_stated_beside_it_cannot_be_read(bench: Bench) -> None:
    beside = bench.documents / "talks.txt.meta.yaml"
    beside.write_text("access: [")
    refused = [file for file in bench.update().files if file.outcome is Outcome.REFUSED]
    assert [file.document for file in refused] == ["talks.txt"]
    assert (refused[0].reason or "").endswith("; it is not shown until then.")
    assert "talks.txt" not in {entry.document.id for entry in bench.engine().view("restricted").documents}
    assert bench.states()["talks.txt"] is State.LISTED
    beside.write_text("access: internal")
    bench.update()
    assert "talks.txt" in {entry.document.id for entry in bench.engine().view("internal").documents}


def test_a_file_that_cannot_be_read_itself_keeps_its_earlier_version(bench: Bench) -> None:
    (bench.documents / "talks.txt").write_bytes(b"")
    report = bench.update()
    refused = [file.reason for file in report.files if file.outcome is Outcome.REFUSED]
    assert refused == ["talks.txt: it is empty; send it again; its earlier version is kept."]
    assert "talks.txt" in bench.texts()
