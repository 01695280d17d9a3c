"""The buttons under an answer. Each names the answer by its id in the store, and a quotation by its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.limits import lifting
from bot.answers.whereabouts import has_pictures
from bot.languages import phrases
from retrieval.questions.limits import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.languages import Phrases
    from retrieval.answers.answer import Answer
    from retrieval.answers.quotes import Quote

_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message; ``data`` is at most 64 bytes."""

    label: str
    data: str


Rows = tuple[tuple[Button, ...], ...]


def below_quotation(quote: Quote, number: int, identifier: str, say: Phrases) -> Rows:
    """The buttons of one quotation."""
    buttons = [
        Button(say("Context {number}", number=number), f"c:{identifier}:{number}"),
        Button(say("Document {number}", number=number), f"d:{identifier}:{number}"),
        Button(say("Copy {number}", number=number), f"y:{identifier}:{number}"),
    ]
    if has_pictures(quote.document):
        buttons.append(Button(say("Page {number}", number=number), f"p:{identifier}:{number}"))
    return in_rows(buttons)


def below_answer(answer: Answer, identifier: str, language: str) -> Rows:
    """The buttons of the whole answer: to ask again without a limit, by itself, or about another round; and last to
    say what one thinks of it.
    """
    say, question = phrases(language), answer.question
    again = [Button(label, f"l:{identifier}:{KINDS.index(kind)}") for kind, label in lifting(question, language)]
    rounds = question.rounds if question.filters.round is None else {question.filters.round}
    if rounds:
        again.append(Button(say("Another round"), f"or:{identifier}:{min(rounds)}"))
    if question.follows is not None:
        again.append(Button(say("Ask it by itself"), f"a:{identifier}:0"))
    return (*in_rows(again, 2), judging(identifier, say, quoted=answer.answered))


def judging(identifier: str, say: Phrases, *, quoted: bool) -> tuple[Button, ...]:
    """The buttons to judge an answer, or the silence where the documents do not answer."""
    thumbs = (Button("\U0001f44d", f"u:{identifier}:1"), Button("\U0001f44e", f"u:{identifier}:0"))
    return (*thumbs, Button(say("Wrong source"), f"u:{identifier}:2")) if quoted else thumbs


def in_rows(buttons: Sequence[Button], most: int = _IN_A_ROW) -> Rows:
    """Buttons in as few rows of nearly the same length as possible, with at most so many in each."""
    if not buttons:
        return ()
    count = -(-len(buttons) // most)
    wide = -(-len(buttons) // count)
    return tuple(tuple(buttons[start : start + wide]) for start in range(0, len(buttons), wide))
