"""Faults that the server commits when told to: refusals, silence and broken connections."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.local.errors import ApiError, too_many_requests


class FaultKind(StrEnum):
    """What goes wrong with a call."""

    REFUSE = "refuse"
    "Nothing is done, and an error is answered."
    FAIL_AFTER = "fail after"
    "All is done, and an error is answered nevertheless."
    SILENT = "silent"
    "Nothing is done and nothing is answered, until the client gives up."
    SILENT_AFTER = "silent after"
    "All is done and nothing is answered: the time-out of which nobody knows whether the message was sent."
    DROP = "drop"
    "Nothing is done and the connection breaks."
    DROP_AFTER = "drop after"
    "All is done and the connection breaks before the answer."

    @property
    def comes_after(self) -> bool:
        """Whether the call takes effect first."""
        return self in (FaultKind.FAIL_AFTER, FaultKind.SILENT_AFTER, FaultKind.DROP_AFTER)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; ``error`` is what REFUSE and FAIL_AFTER answer."""

    kind: FaultKind
    error: ApiError | None = None

    def __post_init__(self) -> None:
        if (self.error is not None) != (self.kind in (FaultKind.REFUSE, FaultKind.FAIL_AFTER)):
            raise ValueError(f"an error belongs to faults that answer, and only to those: {self.kind}")


def flood(seconds: int) -> Fault:
    """429: try again after ``seconds``."""
    return Fault(FaultKind.REFUSE, too_many_requests(seconds))


def bad_gateway(*, after: bool = False) -> Fault:
    """502, before or after the call has taken effect."""
    return Fault(FaultKind.FAIL_AFTER if after else FaultKind.REFUSE, ApiError(502, "Bad Gateway"))


def timeout_after() -> Fault:
    """The call takes effect and is never answered."""
    return Fault(FaultKind.SILENT_AFTER)


#: Planned under this name, a fault meets the next call that sends, whichever of these it is.
ANY_SEND = "any send"
_SENDS = frozenset({"sendmessage", "senddocument", "sendphoto", "sendmediagroup", "forwardmessage", "copymessage"})


@dataclass(frozen=True, slots=True)
class Planned:
    """Faults still to come: the same one, ``times`` in a row, for calls of ``method``."""

    method: str
    fault: Fault
    times: int


Rule = Callable[[str, Mapping[str, object]], Fault | None]


class Faults:
    """The faults to come, per method, each committed once and in the order in which they were asked for.

    ``rule``, where there is one, decides on every call for which nothing is planned, by its method and parameters.
    """

    def __init__(self) -> None:
        """No faults."""
        self._planned: dict[str, deque[Fault]] = {}
        self.rule: Rule | None = None

    def plan(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next ``times`` calls of ``method``, or of ``ANY_SEND``, meet ``fault``."""
        self._planned.setdefault(method.lower(), deque()).extend([fault] * times)

    def take(self, method: str, values: Mapping[str, object] = MappingProxyType({})) -> Fault | None:
        """The fault that this call of ``method`` with these parameters meets; a planned one is then spent.

        What is planned for the method itself comes before what is planned for any that sends.
        """
        name = method.lower()
        for key in (name, ANY_SEND) if name in _SENDS else (name,):
            planned = self._planned.get(key)
            if planned:
                return planned.popleft()
        return self.rule(method, values) if self.rule is not None else None

    def planned(self) -> list[Planned]:
        """The faults still to come, each run of the same one together, method by method."""
        return [
            Planned(method, fault, len(list(run)))
            for method, faults in self._planned.items()
            for fault, run in itertools.groupby(faults)
        ]

    def clear(self) -> None:
        """Forget all faults not yet committed, and the rule."""
        self._planned.clear()
        self.rule = None
