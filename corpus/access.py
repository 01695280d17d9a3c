"""Access labels: how far a document may go, and what a clearance for one of them lets read."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_LABELS = ("public", "internal", "restricted")


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels in use, from the one that anybody may read to the most closely held; each once, at least one.

    A clearance is a label: who holds it may read what has that label or an earlier one.
    """

    names: tuple[str, ...] = DEFAULT_LABELS

    @property
    def lowest(self) -> str:
        """What anybody may read."""
        return self.names[0]

    @property
    def highest(self) -> str:
        """The most closely held, whose clearance reads everything."""
        return self.names[-1]

    def named(self, text: str) -> str | None:
        """The label that ``text`` names, without regard to case and blanks around it; None where it names none."""
        wanted = text.strip().casefold()
        return next((name for name in self.names if name.casefold() == wanted), None)

    def admits(self, clearance: str, label: str) -> bool:
        """Whether ``clearance`` lets read a document of ``label``.

        A label that is not in use any more is above all, and a clearance that is not in use reads nothing.
        """
        if clearance not in self.names:
            return False
        return label in self.names[: self.names.index(clearance) + 1] or clearance == self.highest
