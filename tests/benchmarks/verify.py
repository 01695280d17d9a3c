"""``python -m tests.benchmarks.verify [--count N] [--seed N] [SET...]``: is a changed sentence ever called exact?

Sentences are taken from the documents of the current index and of the sets, each changed in a known way, and verified.
The kinds of change take turns. Prints how often each verdict was given for each kind; exit 1 where a changed number,
name or negation was called exact.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from bot.settings import Settings
from corpus.language import detect_language
from retrieval.answers.verifying import Verdict, verify, worst
from retrieval.encoders.languages import Anchors
from retrieval.encoders.loading import load_encoder
from retrieval.engine import load_current
from retrieval.evaluation.question_sets import load_sets
from retrieval.index.generation import GenerationStore, assemble
from retrieval.index.segment import build_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retrieval.answers.verifying import Verification
    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation

_NUMBER = re.compile(r"(?<![\w.,])\d+(?![\w.,]*\d)")
_INNER_NAME = re.compile(r"(?<=[^\W\d_] )[^\W\d_]{4,}\b")
_NEGATION = {"en": "not", "ru": "не", "kk": "емес", "tr": "değil", "ar": "لا", "fa": "نه"}
_NEGATIVES = re.compile(r"\b(?:not|never|no|не|нет|ни|емес|жоқ|değil|لم|لن|لا|ليس) ", re.IGNORECASE)
_LEAST, _MOST = 50, 300
_DOCUMENTS = 200


def _spacing(text: str, chance: random.Random) -> str | None:
    at = chance.choice([match.start() for match in re.finditer(" ", text)])
    return text[:at] + chance.choice(["  ", "\u00a0", "\u2009 ", "   "]) + text[at + 1 :]


def _quotation_marks(text: str, chance: random.Random) -> str | None:
    words = text.split(" ")
    at = chance.randrange(len(words) - 1)
    left, right = chance.choice([("«", "»"), ("“", "”"), ('"', '"'), ("„", "“")])
    return " ".join([*words[:at], left + words[at], words[at + 1] + right, *words[at + 2 :]])


def _dashes_and_case(text: str, chance: random.Random) -> str | None:
    return re.sub("[-–—]", chance.choice("–—-"), text).upper() if chance.random() < 0.5 else text.lower()


def _number(text: str, chance: random.Random) -> str | None:
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    one = chance.choice(found)
    return text[: one.start()] + str(int(one.group()) + chance.choice([1, 2, 10])) + text[one.end() :]


def _name(text: str, chance: random.Random) -> str | None:
    found = [match for match in _INNER_NAME.finditer(text) if match.group()[0].isupper()]
    if not found:
        return None
    one = chance.choice(found)
    others = [
        name
        for name in ("Norway", "Oman", "Larsen", "Норвегия", "Ларсен")
        if name[0].isascii() == one.group()[0].isascii()
    ]
    return text[: one.start()] + chance.choice(others) + text[one.end() :]


def _negation(text: str, chance: random.Random) -> str | None:
    found = list(_NEGATIVES.finditer(text))
    if found and chance.random() < 0.7:
        one = chance.choice(found)
        return text[: one.start()] + text[one.end() :]
    word = _NEGATION.get(detect_language(text) or "en", "not")
    words = text.split(" ")
    at = chance.randrange(1, len(words))
    return " ".join([*words[:at], word, *words[at:]])


def _word(text: str, chance: random.Random) -> str | None:
    words = text.split(" ")
    places = [at for at, word in enumerate(words) if word.isalpha() and word.islower() and len(word) > 3]
    if not places:
        return None
    others = [word for word in words if word.isalpha()]
    words[chance.choice(places)] = chance.choice(others)[::-1].lower()
    return " ".join(words)


def _order(text: str, chance: random.Random) -> str | None:
    words = text.rstrip(".").split(" ")
    at = chance.randrange(2, len(words) - 2)
    swapped = " ".join([*words[at:], *words[:at]])
    return swapped if swapped != text else None


_CHANGES: dict[str, Callable[[str, random.Random], str | None]] = {
    "spacing": _spacing,
    "quotation marks": _quotation_marks,
    "dashes and case": _dashes_and_case,
    "number": _number,
    "name": _name,
    "negation": _negation,
    "word": _word,
    "order": _order,
}
_MEANING = ("number", "name", "negation")
_NEAR = ("number", "name", "negation", "word", "order")
NOWHERE = "from nowhere"
_EXACT = (Verdict.EXACT, Verdict.NORMALISED)


def _corpora(sets: Sequence[Path], settings: Settings, encoder: Encoder) -> Iterator[Generation]:
    """The current index, and the first documents of each set."""
    yield load_current(GenerationStore(settings.index_folder)).generation()
    anchors = Anchors.measure(encoder)
    for one in load_sets(sets) if sets else ():
        documents = list(one.documents or ())[:_DOCUMENTS]
        with tqdm(desc=one.name, file=sys.stderr, ncols=80) as bar:
            segment = build_segment(documents, encoder, anchors, partial(_advance, bar))
        yield assemble(one.name, encoder.identity, [(segment, frozenset())], anchors)


def _advance(bar: tqdm[Any], steps: int) -> None:
    bar.update(steps)


def _sentences(generation: Generation, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Sentences of the documents in random order, each with its document's id."""
    rows = list(range(len(generation.sentences)))
    chance.shuffle(rows)
    for row in rows:
        number, start, end = (int(value) for value in generation.sentences[row, :3])
        document = generation.documents[number].document
        text = document.text[start:end]
        if _LEAST <= len(text) <= _MOST and text.count(" ") >= 6:
            yield document.id, text


def main() -> int:
    """Measure; 1 where something changed was called exact."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sets", nargs="*", type=Path, metavar="SET")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print each pair whose verdict is not the one expected")
    arguments = parser.parse_args()
    settings = Settings()
    encoder = load_encoder(settings.embedding_model, settings.models_folder)
    corpora = list(_corpora(arguments.sets, settings, encoder))
    tally = _Tally(show=arguments.show)
    chance = random.Random(arguments.seed)
    for place, generation in enumerate(corpora):
        foreign = corpora[(place + 1) % len(corpora)] if len(corpora) > 1 else None
        for kind, pair in _pairs(generation, foreign, arguments.count // len(corpora), chance):
            tally.add(kind, pair, verify(generation, encoder, pair.changed))
    print(tally.table())
    return 1 if tally.turned_but_exact else 0


@dataclass(frozen=True, slots=True)
class _Pair:
    """A sentence of a document, and what was made of it."""

    document: str
    text: str
    changed: str


def _pairs(
    generation: Generation, foreign: Generation | None, count: int, chance: random.Random
) -> Iterator[tuple[str, _Pair]]:
    """``count`` pairs, the kinds of change taking turns; sentences of ``foreign`` come from nowhere."""
    sentences = _sentences(generation, chance)
    others = _sentences(foreign, chance) if foreign is not None else None
    kinds = [*_CHANGES, NOWHERE] if others is not None else [*_CHANGES]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        if kind == NOWHERE and others is not None:
            document, text = next(others)
            yield kind, _Pair(document, text, text)
            continue
        for document, text in sentences:
            changed = _CHANGES[kind](text, chance)
            if changed is not None and changed != text:
                yield kind, _Pair(document, text, changed)
                break


class _Tally:
    """The verdicts given for each kind of change."""

    def __init__(self, *, show: bool) -> None:
        self._show = show
        self._verdicts: dict[str, Counter[Verdict]] = defaultdict(Counter)
        self._found = Counter[str]()

    @property
    def turned_but_exact(self) -> int:
        """How often a changed number, name or negation was called exact."""
        return sum(self._verdicts[kind][verdict] for kind in _MEANING for verdict in _EXACT)

    def add(self, kind: str, pair: _Pair, found: Sequence[Verification]) -> None:
        verdict = worst(found)
        documents = {quote.document.id for one in found for main in one.quotes for quote in (main, *main.also)}
        self._verdicts[kind][verdict] += 1
        self._found[kind] += pair.document in documents
        expected = (Verdict.ABSENT,) if kind == NOWHERE else (Verdict.NEAR,) if kind in _NEAR else _EXACT
        if self._show and (verdict not in expected or (kind != NOWHERE and pair.document not in documents)):
            print(f"[{kind}] {verdict.value}\n  {pair.text}\n  {pair.changed}")

    def table(self) -> str:
        lines = [f"{'':<18}{'pairs':>7}" + "".join(f"{one.value:>18}" for one in Verdict) + f"{'right document':>16}"]
        for kind, counts in self._verdicts.items():
            cells = "".join(f"{counts[verdict]:>18}" for verdict in Verdict)
            lines.append(f"{kind:<18}{counts.total():>7}{cells}{self._found[kind] / counts.total():>16.3f}")
        return "\n".join([*lines, f"changed numbers, names and negations called exact: {self.turned_but_exact}"])


if __name__ == "__main__":
    sys.exit(main())
