from __future__ import annotations

import random
import subprocess
import sys

import pytest

from corpus.likeness import SIGNATURE_BYTES, near, resemblance, signature, text_digest

WORDS = [f"word{number}" for number in range(3000)]


def text(seed: int, length: int = 2000) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def changed(words: list[str], changes: int) -> list[str]:
    """``words`` with so many of them, far from one another, made others."""
    step = len(words) // changes
    return [f"other{place}" if place % step == step // 2 else word for place, word in enumerate(words)]


def true_resemblance(one: list[str], other: list[str]) -> float:
    """The share of different runs of four words that are in both."""
    runs = [{tuple(words[at : at + 4]) for at in range(len(words) - 3)} for words in (one, other)]
    return len(runs[0] & runs[1]) / len(runs[0] | runs[1])


def signed(words: list[str]) -> bytes:
    return signature(" ".join(words))


def test_a_signature_is_the_same_in_every_process() -> None:
    code = "from corpus.likeness import signature; print(signature('The delegations of the valleys met.').hex())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == signature("The delegations of the valleys met.").hex()
    assert len(bytes.fromhex(done.stdout)) == SIGNATURE_BYTES


@pytest.mark.parametrize("changes", [5, 20, 50, 100, 200, 400])
def test_the_estimate_is_near_the_true_share_of_shingles(changes: int) -> None:
    one = text(1)
    other = changed(one, changes)
    assert resemblance(signed(one), signed(other)) == pytest.approx(true_resemblance(one, other), abs=0.1)


def test_versions_are_near_and_others_are_not_nearest_first() -> None:
    original = text(1)
    others = [
        ("other", signed(text(2))),
        ("slightly", signed(changed(original, 5))),
        ("b-same", signed(original)),
        ("a-same", signed(original)),
        ("much", signed(changed(original, 400))),
        ("empty", signature("")),
    ]
    found = near(signed(original), others)
    assert [name for name, _ in found] == ["a-same", "b-same", "slightly"]
    assert found[0][1] == 1.0
    assert [name for name, _ in near(signed(original), others, 0.1)][-1] == "much"


def test_signs_case_and_what_a_pdf_loses_do_not_count() -> None:
    assert signature("The Delegations, of the valleys!") == signature("the delegations of the valleys")
    assert signature("هیئت\u200cها در سالن گرد آمدند") == signature("هیئتها در سالن گرد آمدند")
    assert text_digest("Co\u00adoperation — ОСТАЁТСЯ.") == text_digest("cooperation остаётся")
    assert text_digest("one two") != text_digest("two one")


def test_the_order_of_words_counts() -> None:
    assert resemblance(signature("one two three four"), signature("four three two one")) < 0.1


def test_a_text_without_words_resembles_nothing() -> None:
    assert signature(" … ") == b""
    assert near(b"", [("a", signature("some words"))]) == []
    assert resemblance(b"", b"") == 0.0
    assert near(signature("some words"), []) == []


def test_few_words_are_compared_whole() -> None:
    assert resemblance(signature("one two"), signature("One, two.")) == 1.0
    assert resemblance(signature("one two"), signature("one three")) < 0.1


def test_bytes_that_are_no_signature_are_refused() -> None:
    with pytest.raises(ValueError, match="a signature has 512 bytes, not 3"):
        near(signature("some words"), [("a", b"abc")])
