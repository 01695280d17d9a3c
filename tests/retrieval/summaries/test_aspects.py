"""Sentences are told apart by what they are like, by their headings, and by what stands around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from corpus.document import Metadata
from retrieval.encoders.languages import LANGUAGES
from retrieval.summaries.aspects import (
    CONTEXT,
    Examples,
    Standing,
    _during,
    _smoothed,
    kept_examples,
    read_examples,
    section_probabilities,
)
from retrieval.summaries.differing import dates_in
from retrieval.summaries.round_material import material
from retrieval.summaries.summary import SECTIONS
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.summaries.selection import Pool

ENCODER = WordEncoder()
EXAMPLES = read_examples(ENCODER)
STANDING = Standing(8, (("2017-12-21", "2017-12-22"),))


class CountingEncoder(WordEncoder):
    """The encoder of the doubles, which counts what it was given to read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """The same vectors."""
        self.read += texts
        return super().encode_passages(texts, progress)


def pool_of(*lines: str, language: str = "en") -> Pool:
    """The sentences of a document of round 8."""
    known = Metadata(language=language, process="Astana", round=8)
    other = document("other", "Nothing of interest here at all.", metadata=Metadata(language="en"))
    return material(generation(document("a", *lines, metadata=known), other), 8, None).pool


def sections(pool: Pool, *, party: str | None = None) -> list[str]:
    """The most probable section of each sentence."""
    names, probabilities = section_probabilities(pool, ENCODER, STANDING, lambda _: party, EXAMPLES)
    assert probabilities.sum(axis=1).tolist() == pytest.approx([1] * len(pool.texts), abs=1e-5)
    return [names[number] for number in probabilities.argmax(axis=1)]


def test_the_examples_are_of_every_section_and_of_the_context_in_six_languages() -> None:
    assert EXAMPLES.names == (*SECTIONS, CONTEXT)
    assert all(len(sentences) >= 8 for sentences in EXAMPLES.sentences)
    for name in EXAMPLES.names:
        of = [
            language
            for of_name, language in zip(EXAMPLES.heading_names, EXAMPLES.languages, strict=True)
            if of_name == name
        ]
        assert set(of) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("heading", "language", "name"),
    [
        ("Outcomes", "en", "outcomes"),
        ("AGENDA", "en", "agenda"),
        ("Участники", "ru", "participants"),
        ("Шешілмеген мәселелер", "kk", "open_points"),
        ("Bir sonraki toplantı", "tr", "next_meeting"),
        ("التاريخ والمكان", "ar", "dates_and_place"),
        ("پیشینه", "fa", CONTEXT),
    ],
)
def test_a_heading_says_what_the_sentences_below_it_are_about(heading: str, language: str, name: str) -> None:
    assert sections(pool_of(f"# {heading}", "Zzz qqq xxx.", "Vvv www yyy.", language=language)) == [name, name]


def test_the_innermost_heading_that_says_something_counts() -> None:
    assert sections(pool_of("# Outcomes › Agenda", "Zzz qqq xxx.")) == ["agenda"]
    assert sections(pool_of("# Outcomes › Zzz", "Qqq xxx vvv.")) == ["outcomes"]


def test_without_headings_a_sentence_goes_where_its_like_are() -> None:
    lines = (
        "Egypt and Qatar were present as observers.",
        "No agreement was reached on the lines of the zones.",
        "The parties agreed to meet again in the second half of the year.",
    )
    assert sections(pool_of(*lines)) == ["participants", "open_points", "next_meeting"]


def test_only_a_party_has_a_position() -> None:
    pool = pool_of("The delegation insisted that violations of the ceasefire must end.")
    assert sections(pool, party="iran") == ["positions"]
    assert sections(pool) != ["positions"]


def test_what_a_party_says_of_an_open_point_may_be_its_position() -> None:
    pool = pool_of("# Open points", "The delegation insisted that violations of the ceasefire must end.")
    assert sections(pool, party="iran") == ["positions"]
    assert sections(pool) == ["open_points"]


def test_the_speaker_is_asked_for_only_where_it_may_decide() -> None:
    pool = pool_of("# Participants", "Egypt and Qatar were present as observers.")
    asked: list[int] = []
    section_probabilities(pool, ENCODER, STANDING, asked.append, EXAMPLES)
    assert asked == []


def test_headings_that_are_examples_need_not_be_read_and_of_others_few_are() -> None:
    encoder = CountingEncoder()
    lines = [line for number in range(50) for line in (f"# Heading {number}", "Zzz qqq xxx.")]
    section_probabilities(pool_of("# Outcomes", "Zzz qqq."), encoder, STANDING, lambda _: None, EXAMPLES)
    assert encoder.read == []
    section_probabilities(pool_of(*lines), encoder, STANDING, lambda _: None, EXAMPLES)
    assert len(encoder.read) == 32


def test_sentences_of_one_section_stand_together_but_not_over_documents() -> None:
    evidence = np.array([[0.1, 0, 0], [0, 0.004, 0], [0.1, 0, 0]], dtype=np.float32)
    assert _smoothed(evidence, np.array([0, 0, 0]), 1).argmax(axis=1).tolist() == [0, 0, 0]
    assert _smoothed(evidence, np.array([0, 1, 2]), 1).argmax(axis=1).tolist() == [0, 1, 0]


def test_a_document_opens_with_when_and_where() -> None:
    nothing = np.zeros((1, 3), dtype=np.float32)
    assert _smoothed(nothing, np.array([0]), 2)[0].tolist() == pytest.approx([0.3, 0.3, 0.4])


def test_probability_follows_the_evidence() -> None:
    one = np.array([[0.02, 0, 0]], dtype=np.float32)
    likely = 0.3 * np.exp(40 * 0.02)
    assert _smoothed(one, np.array([0]), 2)[0, 0] == pytest.approx(likely / (likely + 0.7), rel=1e-4)


@pytest.mark.parametrize(
    ("text", "during"),
    [
        ("It was on 21 December 2017.", True),
        ("It was on 20-21 December 2017.", True),
        ("It was in December 2017.", True),
        ("It was on 8 February 2018.", False),
        ("It was in January 2018.", False),
    ],
)
def test_days_of_a_meeting_are_its_own_or_within_two(text: str, during: bool) -> None:
    (date,) = dates_in(text)
    assert _during(date, ("2017-12-21", "2017-12-22")) is during
    assert _during(date, ("2017-12", "2017-12")) is during


def same(one: Examples, other: Examples) -> bool:
    """Whether two have the same vectors."""
    pairs = zip((*one.sentences, one.headings), (*other.sentences, other.headings), strict=True)
    return all(np.array_equal(*pair) for pair in pairs)


def test_examples_are_kept_from_one_start_to_the_next(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    first = kept_examples(encoder, tmp_path)
    read = len(encoder.read)
    assert same(kept_examples(encoder, tmp_path), first)
    assert (len(encoder.read), same(first, EXAMPLES)) == (read, True)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x01\x00"])
def test_kept_examples_that_are_damaged_are_read_again(tmp_path: Path, content: bytes) -> None:
    kept_examples(ENCODER, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    assert same(kept_examples(ENCODER, tmp_path), EXAMPLES)
    assert same(kept_examples(ENCODER, tmp_path), EXAMPLES)


def test_where_nothing_can_be_kept_they_are_read_all_the_same(tmp_path: Path) -> None:
    assert same(kept_examples(ENCODER, tmp_path / "missing"), EXAMPLES)
