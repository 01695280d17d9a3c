"""What fails for want of disk or memory says what to free or change."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import StorageFailed
from retrieval.index.storage import remove_leftovers, storage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), r"The disk of .*data is full; free space on it"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), r"The disk of .*data is full; free space on it"),
        (OSError("843136 requested and 36736 written"), r"The disk of .*data is full; free space on it"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), r"Memory ran out while indexing; close what takes it"),
        (MemoryError(), r"Memory ran out while indexing; close what takes it"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/a/b"),
            r"^/a/b cannot be written while indexing \(Permis",
        ),
        (OSError(errno.EROFS, "Read-only file system"), r"data cannot be written while indexing \(Read-only"),
    ],
)
def test_a_failure_is_one_sentence(tmp_path: Path, error: BaseException, sentence: str) -> None:
    with pytest.raises(StorageFailed, match=sentence) as failed, storage(tmp_path / "data", "indexing"):
        raise error
    assert "\n" not in str(failed.value)
    assert str(failed.value).endswith(".")


@pytest.mark.parametrize("error", [BrokenPipeError(), KeyboardInterrupt(), ValueError("other")])
def test_what_is_no_matter_of_disk_or_memory_passes(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)), storage(tmp_path, "indexing"):
        raise error


def test_only_what_was_left_half_made_is_removed(tmp_path: Path) -> None:
    for name in ("making-1", "making-2", "made"):
        (tmp_path / name).mkdir()
    remove_leftovers(tmp_path, "making-")
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
