"""What a part of the soak did, and what it found that must not be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Findings:
    """One part: figures of what was done, each with its unit in its name, and violations in sentences."""

    part: str
    figures: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def count(self, name: str, value: object) -> None:
        """Put down a figure."""
        self.figures[name] = f"{value:.3g}" if isinstance(value, float) else str(value)

    def lines(self) -> list[str]:
        """All of it as lines of text."""
        verdict = "well" if not self.problems else f"{len(self.problems)} violations"
        width = max(map(len, self.figures), default=0)
        return [
            f"{self.part}: {verdict}",
            *(f"    {name:{width}}  {value}" for name, value in self.figures.items()),
            *(f"    ! {problem}" for problem in self.problems),
        ]
