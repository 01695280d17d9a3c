"""Some made input for everything that reads what others wrote, the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak import damage, fuzz, targets

if TYPE_CHECKING:
    from pathlib import Path

# What takes longer for each example gets fewer.
_NUMBERS: dict[type[targets.Target], int] = {
    damage.LibraryFile: 60,
    damage.Archives: 60,
    damage.Backups: 30,
    damage.StoreFile: 100,
    targets.Words: 100,
    targets.Updates: 150,
}


@pytest.mark.parametrize("target", fuzz.TARGETS, ids=lambda target: target.name)
def test_made_input_is_understood_or_refused(target: type[targets.Target], tmp_path: Path) -> None:
    findings = fuzz.run(fuzz.Plan(_NUMBERS.get(target, 200), seconds=None), tmp_path, (target,))
    assert findings.problems == []
