"""Documents made to do harm and clocks that jump change nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak import poison
from tests.soak.findings import Findings

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = frozenset({b"markup.md", b"direction.md", b"name-\xff\xfe.md"})


@pytest.mark.asyncio
async def test_a_document_made_to_do_harm_is_quoted_as_it_is_or_refused_in_a_sentence(tmp_path: Path) -> None:
    findings = Findings("documents")
    await poison.poisoned(tmp_path, findings, _NAMES)
    assert findings.problems == []
    assert len(findings.figures) == len(_NAMES)


@pytest.mark.asyncio
async def test_after_a_jump_of_the_clock_nobody_waits_longer_and_nothing_comes_twice(tmp_path: Path) -> None:
    findings = Findings("clocks")
    await poison.jumped(tmp_path, findings)
    assert findings.problems == []
