"""A picture of a timeline: at each meeting's date how many passages speak of the topic. The one user of matplotlib."""

from __future__ import annotations

import datetime
import threading
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from bot.messages.lengths import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from bot.languages import Phrases
    from retrieval.answers.timeline import Moment, Timeline

FEWEST_POINTS: Final = 3
_WIDTH, _HEIGHT, _DOTS = 8.0, 4.2, 150
# How far apart, in shares of the width, two dates below, or two labels above, must stand to be read.
_APART = {False: 0.0155, True: 0.019}
_TITLE = 70
_LABEL_ABOVE = 0.03
# On a pale card dark lines are seen in a dark chat as well as in a light one.
_CARD, _INK, _FAINT = "#f5f4f0", "#23303b", "#c9c7bf"
_COLOURS: Final = ("#1f6f8b", "#c4622d", "#6a8d3a", "#7a4f9a", "#8a7a2f", "#555555")
# matplotlib keeps its fonts in tables that threads share.
_DRAWING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Point:
    """A mark: its day, how many passages, the label ("8", or nothing) and the process that it belongs to."""

    day: datetime.date
    date: str
    passages: int
    label: str
    process: str | None

    @property
    def place(self) -> int:
        """Where the mark stands: its day as a number, as matplotlib is given it."""
        return self.day.toordinal()


def points(timeline: Timeline) -> tuple[Point, ...]:
    """What a picture shows: the meetings where there are three or more, else all that has a date."""
    meetings = [moment for moment in timeline.dated if moment.round is not None]
    shown = meetings if len(meetings) >= FEWEST_POINTS else timeline.dated
    return tuple(_point(moment) for moment in shown)


def _point(moment: Moment) -> Point:
    start = moment.start or ""
    return Point(
        day=_middle(start),
        date=start[: len("2018-05")],
        passages=moment.passages,
        label=str(moment.round.number) if moment.round else "",
        process=moment.round.process if moment.round else None,
    )


def _middle(date: str) -> datetime.date:
    """The day of an ISO date; of a month or a year the day in the middle."""
    year, month, day = ([int(part) for part in date.split("-")] + [0, 0])[:3]
    return datetime.date(year, month or 7, day or (15 if month else 1))


def picture(timeline: Timeline, say: Phrases) -> bytes | None:
    """The picture as a PNG; None where fewer than three moments have a date. Blocks, about a third of a second."""
    shown = points(timeline)
    if len(shown) < FEWEST_POINTS:
        return None
    with _DRAWING:
        return _drawn(shown, timeline.topic, say)


def _drawn(shown: Sequence[Point], topic: str, say: Phrases) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DOTS, facecolor=_CARD, layout="constrained")
    axes = figure.subplots()
    axes.set_title(short(topic, _TITLE), fontsize=13, color=_INK, pad=12, parse_math=False)
    axes.set_ylabel(say("passages on the topic"), fontsize=9, color=_INK)
    _scales(axes, shown)
    colours = _colours(shown)
    for name, colour in colours.items():
        of_it = [point for point in shown if point.process == name]
        days, heights = [point.place for point in of_it], [point.passages for point in of_it]
        axes.vlines(days, 0, heights, color=colour, linewidth=1.6)
        axes.plot(days, heights, "o", color=colour, markersize=5.5, label=short(name or "", 40))
    for point in _apart(shown, with_label=True):
        above = point.passages + _LABEL_ABOVE * max(one.passages for one in shown)
        axes.text(point.place, above, point.label, ha="center", va="bottom", fontsize=8, color=_INK)
    if len(colours) > 1:
        axes.legend(frameon=False, fontsize=8, labelcolor=_INK)
    out = BytesIO()
    figure.savefig(out, format="png", facecolor=_CARD)
    return out.getvalue()


def _colours(shown: Sequence[Point]) -> dict[str | None, str]:
    """A colour for each process; the last for all that are left."""
    names = sorted({point.process for point in shown}, key=lambda name: (name is None, name or ""))
    return {name: _COLOURS[min(place, len(_COLOURS) - 1)] for place, name in enumerate(names)}


def _scales(axes: Axes, shown: Sequence[Point]) -> None:
    """The dates of the marks below, whole numbers at the side, and a faint line at the turn of each year."""
    axes.set_facecolor(_CARD)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_FAINT)
    first, last = min(point.place for point in shown), max(point.place for point in shown)
    margin = max(10.0, (last - first) * 0.03)
    axes.set_xlim(first - margin, last + margin)
    years = range(min(point.day.year for point in shown), max(point.day.year for point in shown) + 2)
    for turn in (datetime.date(year, 1, 1).toordinal() for year in years):
        if first - margin < turn < last + margin:
            axes.axvline(turn, color=_FAINT, linewidth=0.6, zorder=0)
    labelled = list(_apart(shown, with_label=False))
    axes.set_xticks([point.place for point in labelled], [point.date for point in labelled], rotation=90)
    axes.tick_params(colors=_INK, labelsize=7.5, length=3)
    highest = max(point.passages for point in shown)
    step = max(1, round(highest / 6))
    axes.set_ylim(0, highest * 1.18)
    axes.set_yticks(range(0, highest + 1, step))


def _apart(shown: Sequence[Point], *, with_label: bool) -> Iterator[Point]:
    """Those of the marks, in time, whose labels have room beside the one before; of those too near, the first."""
    ordered = [point for point in sorted(shown, key=lambda point: point.day) if point.label or not with_label]
    places = [point.place for point in shown]
    room = _APART[with_label] * max(20.0, (max(places) - min(places)) * 1.06)
    last: dict[int, int] = {}
    for point in ordered:
        height = point.passages if with_label else 0
        if height not in last or point.place - last[height] >= room:
            last[height] = point.place
            yield point
