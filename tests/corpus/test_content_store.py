"""Content is kept once under its hash, whole or not at all, and is given back only as it was."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from corpus.content_store import ContentStore

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"A corridor was opened.\x00\xff\r\n" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    """An empty store."""
    return ContentStore(tmp_path / "kept")


def files(store: ContentStore) -> list[str]:
    """The names of all files in the store."""
    return sorted(path.name for path in store.folder.rglob("*") if path.is_file())


def test_content_comes_back_byte_for_byte(store: ContentStore) -> None:
    assert store.put(CONTENT) == SHA256
    assert store.read(SHA256) == CONTENT
    assert SHA256 in store
    assert list(store) == [SHA256]
    assert store.path(SHA256).read_bytes() == CONTENT


def test_a_file_comes_back_byte_for_byte(store: ContentStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT * 100)
    sha256 = hashlib.sha256(CONTENT * 100).hexdigest()
    assert store.put_file(tmp_path / "file", sha256) is True
    assert store.read(sha256) == CONTENT * 100


def test_the_same_content_is_kept_once(store: ContentStore, tmp_path: Path) -> None:
    store.put(CONTENT)
    before = store.path(SHA256).stat()
    (tmp_path / "file").write_bytes(CONTENT)
    assert store.put(CONTENT) == SHA256
    assert store.put_file(tmp_path / "file", SHA256) is True
    assert store.path(SHA256).stat().st_ino == before.st_ino
    assert files(store) == [SHA256]


def test_a_file_that_changed_since_it_was_hashed_is_not_kept(store: ContentStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT + b"more")
    assert store.put_file(tmp_path / "file", SHA256) is False
    assert files(store) == []


def test_a_file_that_is_gone_is_not_kept(store: ContentStore, tmp_path: Path) -> None:
    assert store.put_file(tmp_path / "gone", SHA256) is False
    assert files(store) == []


def test_what_is_not_here_is_none(store: ContentStore) -> None:
    assert store.read(SHA256) is None
    assert SHA256 not in store
    assert 5 not in store
    assert list(store) == []


def test_content_that_was_damaged_is_not_given_back(store: ContentStore) -> None:
    store.put(CONTENT)
    store.path(SHA256).write_bytes(CONTENT[:-1] + b"?")
    assert store.read(SHA256) is None


def test_what_is_removed_is_gone_and_may_be_put_again(store: ContentStore) -> None:
    store.put(CONTENT)
    store.remove(SHA256)
    assert files(store) == []
    store.remove(SHA256)
    assert store.put(CONTENT) == SHA256
    assert store.read(SHA256) == CONTENT


def test_all_hashes_are_listed_in_order(store: ContentStore) -> None:
    kept = [store.put(str(number).encode()) for number in range(30)]
    assert list(store) == sorted(kept)


def test_a_kill_while_copying_leaves_only_what_is_cleared(
    store: ContentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(CONTENT)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("corpus.content_store.os.fsync", killed)
        # A process that is gone removes nothing.
        patch.setattr("corpus.content_store.Path.unlink", lambda *_, **__: None)
        with pytest.raises(Killed):
            store.put_file(tmp_path / "file", SHA256)
    assert SHA256 not in store
    assert list(store) == []
    assert len(files(store)) == 1
    store.clear_unfinished()
    assert files(store) == []
    assert store.put_file(tmp_path / "file", SHA256) is True
    assert files(store) == [SHA256]
