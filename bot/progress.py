"""Progress of an indexing run: a bar for people, lines of JSON for the bot that started it."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from tqdm import tqdm

_SECONDS_UNSAID = 30.0
_LABELS = {"reading": "Reading files", "encoding": "Encoding"}


class BarProgress:
    """A bar on stderr for each stage."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def start(self, stage: str, total: int) -> None:
        """A stage of ``total`` steps begins."""
        self._close()
        self._bar = tqdm(total=total, desc=_LABELS.get(stage, stage), file=sys.stderr, leave=True, ncols=80)
        if total == 0:
            self._close()

    def advance(self, steps: int) -> None:
        """So many more steps are done; the bar ends with the last."""
        if self._bar is None:
            return
        self._bar.update(steps)
        if self._bar.total is not None and self._bar.n >= self._bar.total:
            self._close()

    def pages(self, done: int, total: int) -> None:
        """So many of the scanned pages of the file that is being read are recognised."""
        if self._bar is not None:
            self._bar.set_postfix_str(f"scanned page {done} of {total}" if done < total else "")

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class LineProgress:
    """A line of JSON on stderr whenever a further hundredth of a stage is done, or a step after half a minute."""

    def __init__(self) -> None:
        self._stage, self._total, self._done, self._said = "", 0, 0, -1
        self._at = 0.0

    def start(self, stage: str, total: int) -> None:
        """A stage of ``total`` steps begins."""
        self._stage, self._total, self._done, self._said = stage, total, 0, -1
        self._say()

    def advance(self, steps: int) -> None:
        """So many more steps are done."""
        self._done += steps
        self._say()

    def pages(self, done: int, total: int) -> None:
        """So many of the scanned pages of the file that is being read are recognised."""
        print(json.dumps({"stage": "pages", "done": done, "total": total}), file=sys.stderr, flush=True)

    def _say(self) -> None:
        hundredth = 100 * self._done // max(self._total, 1)
        now = time.monotonic()
        if hundredth != self._said or now - self._at > _SECONDS_UNSAID:
            self._said, self._at = hundredth, now
            line = {"stage": self._stage, "done": self._done, "total": self._total}
            print(json.dumps(line), file=sys.stderr, flush=True)
