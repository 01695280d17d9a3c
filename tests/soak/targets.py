"""What the fuzzing tries: whatever people write to the bot, press and follow, and what it writes to them."""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from telegram.ext import CallbackQueryHandler

from bot.local.entities import fix
from bot.local.markup import parse_html
from bot.local.texts import utf16_length
from bot.messages.lengths import fitting, short
from bot.messages.rendering import MESSAGE_LIMIT, blockquote, html, packed
from corpus.canonical import fold
from tests.soak.deaf import ADMIN, Bench
from tests.soak.mutations import mutated_updates, pressed, written

if TYPE_CHECKING:
    from pathlib import Path

_ALPHABETS = (
    string.ascii_letters + " .",
    "абвгд ابتث әқң.",
    "<&>\"'&amp;&#60;</b><b>blockquote ",
    "🕊️🔥👩\u200d🚀🇰🇿",
    "\u200e\u200f\u202a\u202e\u2066\u2067\u2069\u200b\u00ad\ufeff\u0301",
    "\x00\x01\x07\x1b\x7f\r\n\t\u2028",
)
texts = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(_ALPHABETS).flatmap(lambda one: st.text(one, max_size=30)), max_size=20).map("".join),
    st.builds(lambda one, times: one * times, st.text(min_size=1, max_size=4), st.integers(1, 3000)),
)


class Target:
    """One thing that reads: made in an empty folder, tried on examples, and closed."""

    name = ""
    examples: st.SearchStrategy[Any]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: Counter[str] = Counter()
        folder.mkdir(parents=True)

    def check(self, example: Any) -> None:
        """Try one example; raises where something breaks."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what was opened."""


class _Handled(Target):
    """Whatever becomes of an update, the error handler is the last that hears of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._bench = Bench(folder)
        self._bench.__enter__()

    def check(self, example: dict[str, Any]) -> None:
        """Handle one update."""
        self.counts.update(self._bench.handle(example))

    def close(self) -> None:
        """Stop the application."""
        self._bench.__exit__(None, None, None)


class Updates(_Handled):
    """Updates that are not quite what Telegram sends."""

    name = "updates"
    examples = mutated_updates()


class Presses(_Handled):
    """Data of buttons: what a pattern lets pass, and anything else of 64 bytes."""

    name = "callback data"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        handlers = [one for group in self._bench.application.handlers.values() for one in group]
        presses = [one.pattern for one in handlers if isinstance(one, CallbackQueryHandler)]
        patterns = [one for one in presses if isinstance(one, re.Pattern)]
        self.counts["patterns"] = len(patterns)
        fitting_data = st.sampled_from(patterns).flatmap(lambda one: st.from_regex(one, fullmatch=True))
        any_data = st.one_of(st.text(max_size=64), st.text(":0123456789abcdefsudor", max_size=64))
        near_data = st.builds(lambda one, tail: one[:-1] + tail, fitting_data, st.text(max_size=3))
        data = st.one_of(fitting_data, fitting_data, near_data, any_data)
        self.examples = st.builds(
            lambda data, person, group: pressed(data, person=person, group=group),
            data,
            st.sampled_from((7, ADMIN)),
            st.booleans(),
        )


class Links(_Handled):
    """What stands behind /start in a link, which anybody can write."""

    name = "deep links"
    examples = st.builds(
        lambda payload, person: written(f"/start {payload}", person=person),
        st.one_of(
            st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", max_size=64),
            st.text("0123456789abcdef", max_size=20).map("c_{}".format),
            st.text(max_size=100),
        ),
        st.sampled_from((7, ADMIN)),
    )


class Words(_Handled):
    """Texts of every kind as questions, and behind every command."""

    name = "questions and commands"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        commands = ("ask", "verify", "compare", "timeline", "since", "document", "round", "summary", "subscribe")
        more = ("settings", "language", "cite", "withdraw", "restore", "documents", "rounds", "ask round:8", "feedback")
        behind = st.sampled_from((*commands, *more)).flatmap(
            lambda one: texts.map(lambda text: f"/{one} {text}"[:MESSAGE_LIMIT])
        )
        self.examples = st.builds(
            lambda text, person: written(text[:MESSAGE_LIMIT], person=person),
            st.one_of(texts, behind),
            st.sampled_from((7, ADMIN)),
        )


class Rendering(Target):
    """Texts in Telegram's HTML: shown as they are, and no longer than is counted."""

    name = "HTML"
    examples = texts.map(lambda text: text.encode("utf-8", "ignore").decode())

    def check(self, example: str) -> None:
        """Show one text."""
        assert parse_html(html(example)).text == example
        shown = parse_html(blockquote(example))
        assert shown.text == example
        assert [entity.of(shown.text) for entity in shown.entities] == ([example] if example else [])
        assert utf16_length(shown.text) == len(example.encode("utf-16-le")) // 2
        for units in (1, 7, 100):
            assert utf16_length(example[: fitting(example, units)]) <= units
            assert utf16_length(short(example, units)) <= units
        canonical = f"(({fold(example)}))"
        displayed = parse_html(html(canonical))
        # What the readers make of a text is what Telegram leaves of it.
        assert fix(displayed.text, displayed.entities).text == canonical
        parts = [html(part) for part in example.split("\n")]
        assert "\n\n".join(packed(parts)) == "\n\n".join(parts)
