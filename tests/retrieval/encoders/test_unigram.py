"""The light tokenizer's parts: the normal form with its places, the best path, small vocabularies as the library."""

from __future__ import annotations

import json
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.encoders import tokenizer
from retrieval.encoders.tokenizer import LibraryTokenizer, UnigramTokenizer, keep
from retrieval.encoders.unigram import MARK, REST, SCORES, TRIE, Normaliser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST = 10_000
EVERY_CHARACTER = [chr(code) for code in (*range(0xD800), *range(0xE001, 0x110000))]
# Scores that are whole numbers make many paths equally good; those above 10 let unknown characters win.
VOCABULARIES: dict[str, list[tuple[str, float]]] = {
    "ties": [("<unk>", 0), (MARK, -1), ("a", -1), ("b", -1), ("ab", -2), ("ba", -2), ("aba", -3), (f"{MARK}a", -2)],
    "without letters": [("<unk>", 0), ("ab", -1), ("abc", -2), (f"{MARK}c", -3), ("ca", -9)],
    "in one go": [("<unk>", -4), (MARK, -3), ("aa", -1.5), ("a", -1), (f"{MARK}aaa", -2.25), ("aaaa", -3.1)],
    "unknown is better": [("<unk>", 30), (MARK, 30), ("ab", 35), ("b", 40), ("cc", 30), ("ccc", 61)],
    "twice": [("<unk>", 0), ("a", -1), ("ab", -1), ("b", -2), ("ab", -8), (MARK, -2), ("b", -1)],
    "signs and marks": [
        ("<unk>", 0),
        (MARK, -1),
        ("é", -2),
        ("e", -2),
        ("\u0301", -3),
        ("fi", -4),
        ("<", -1),
        (">", -1),
    ],
}


def write(file: Path, vocabulary: Sequence[tuple[str, float]]) -> LibraryTokenizer:
    """Write a tokenizer.json of the bundled one's kind, "<unk>" first and special, and open it with the library."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

    made = Tokenizer(models.Unigram(list(vocabulary), unk_id=0, byte_fallback=False))
    made.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="always")
    made.add_special_tokens([AddedToken("<unk>", special=True, normalized=False)])
    file.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(file))
    return LibraryTokenizer(file)


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    """The library's tables, found once."""
    return tokenizer._tables()


@pytest.fixture(scope="module")
def normaliser(tables: dict[str, Any]) -> Normaliser:
    """The normal form by these tables."""
    return Normaliser(tables)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> LibraryTokenizer:
    """The library's tokenizer, whose normaliser is asked."""
    return write(tmp_path_factory.mktemp("library") / "tokenizer.json", VOCABULARIES["ties"])


Pair = tuple[LibraryTokenizer, UnigramTokenizer]


@pytest.fixture(scope="module")
def pairs(tables: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """Each of the small vocabularies read by the library and lightly."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenizer, "_tables", lambda: tables)
        for name, vocabulary in VOCABULARIES.items():
            folder = tmp_path_factory.mktemp("vocabulary")
            library = write(folder / "tokenizer.json", vocabulary)
            light = tokenizer._write(library.describe(), library, folder / "light")
            found[name] = library, light
    return found


@pytest.mark.parametrize(
    ("text", "normal", "places"),
    [
        ("", "", []),
        ("peace", "peace", [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]),
        ("xe\u0301t", "xét", [(0, 1), (1, 2), (3, 4)]),
        ("éa", "éa", [(0, 1), (1, 2)]),
        ("aﬁn", "afin", [(0, 1), (1, 2), (1, 2), (2, 3)]),
        ("½", "1\u20442", [(0, 1), (0, 1), (0, 1)]),
        ("a…", "a...", [(0, 1), (1, 2), (1, 2), (1, 2)]),
        # Two marks change places, and what composes is laid to the first character.
        ("q\u0307\u0323", "q\u0323\u0307", [(0, 1), (1, 2), (2, 3)]),
        ("a\u0301\u0323b", "\u1ea1\u0301b", [(0, 1), (2, 3), (3, 4)]),
        ("\u1112\u1161\u11ab글", "한글", [(0, 1), (3, 4)]),
        ("\u0001a\u0002b\u007f", "ab", [(1, 2), (3, 4)]),
        ("\tمی\u200cش", " می ش", [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]),
        ("\u0627\u064e\u0653", "\u0622\u064e", [(0, 1), (2, 3)]),
        ("ﻻ", "لا", [(0, 1), (0, 1)]),
    ],
)
def test_normal_forms_worked_out_by_hand(
    normaliser: Normaliser, text: str, normal: str, places: list[tuple[int, int]]
) -> None:
    assert normaliser.normalise(text) == (normal, places)


def test_no_character_but_those_named_is_changed(library: LibraryTokenizer, normaliser: Normaliser) -> None:
    normal = library.normalise("\ue000".join(EVERY_CHARACTER)).split("\ue000")
    changed = {char for char, after in zip(EVERY_CHARACTER, normal, strict=True) if char != after}
    assert changed <= normaliser.touched
    assert len(changed) > 4000


def test_every_character_has_the_normal_form_of_the_library(library: LibraryTokenizer, normaliser: Normaliser) -> None:
    tried = sorted(normaliser.touched | set(normaliser._decomposed) | set(map(chr, range(0xAC00, 0xD7A4, 5))))
    for text in (f"{first}{char}{last}" for char in tried for first, last in (("", ""), ("e\u0327", "\u0323"))):
        assert normaliser.normalise(text)[0] == library.normalise(text), ascii(text)


def test_every_composed_pair_is_composed(library: LibraryTokenizer, normaliser: Normaliser) -> None:
    for pair in normaliser._composed:
        assert normaliser.normalise(pair)[0] == library.normalise(pair), ascii(pair)


def test_the_classes_of_marks_are_those_of_unicode(normaliser: Normaliser) -> None:
    by_rank: dict[int, set[int]] = {}
    for mark, rank in normaliser._ranks.items():
        by_rank.setdefault(rank, set()).add(unicodedata.combining(mark))
    assert all(len(classes) == 1 for classes in by_rank.values())
    ordered = [next(iter(by_rank[rank])) for rank in sorted(by_rank)]
    assert ordered == sorted(set(ordered))
    assert len(ordered) > 50


@pytest.mark.parametrize("text", ["peace talks", "мирные переговоры", "Қазақстан", "نقض آتش\u200c", "한국", "éü", ""])
def test_what_needs_no_normalising_is_left(normaliser: Normaliser, text: str) -> None:
    assert normaliser.leaves(text.replace("\u200c", ""))


@pytest.mark.parametrize("text", ["e\u0301", "ﬁ", "…", "\u0001", "\u1112\u1161", "مُ", "ｶﾞ"])
def test_what_may_need_it_is_not(normaliser: Normaliser, text: str) -> None:
    assert not normaliser.leaves(text)


def score_of(ends: Sequence[int], word: str, scores: dict[str, float], unknown: float) -> float | None:
    """The score of the pieces that end at ``ends``, summed from the left; none if one is no piece."""
    total = 0.0
    for start, end in pairwise((0, *ends)):
        piece = word[start:end]
        if piece not in scores and len(piece) > 1:
            return None
        total += scores.get(piece, unknown)
    return total


@pytest.mark.parametrize("name", ["ties", "in one go", "without letters"])
@given(word=st.text("abc" + MARK, max_size=9))
def test_no_other_path_is_better(pairs: dict[str, Pair], name: str, word: str) -> None:
    unigram = pairs[name][1]._unigram
    scores = dict(VOCABULARIES[name])
    unknown = min(scores.values()) - 10
    chosen = score_of([end for _, end in unigram._path(word)], word, scores, unknown)
    cuts = range(1, len(word))
    paths = (
        [*(cut for cut in cuts if chosen_cuts >> cut & 1), len(word)] for chosen_cuts in range(0, 1 << len(word), 2)
    )
    others = [score_of(ends, word, scores, unknown) for ends in (paths if word else [[]])]
    assert chosen == max(score for score in others if score is not None)


def test_unknown_characters_in_a_row_are_one_piece(pairs: dict[str, Pair]) -> None:
    unigram = pairs["ties"][1]._unigram
    assert unigram.segment("axyzb") == [(2, 1), (0, 4), (3, 5)]
    assert unigram.segment("xyz") == [(0, 3)]
    assert unigram.segment("") == []


def test_unknown_characters_that_are_a_piece_together_are_that_piece(pairs: dict[str, Pair]) -> None:
    assert pairs["unknown is better"][1]._unigram.segment("ccb") == [(4, 2), (3, 3)]


TEXTS = st.lists(
    st.text(st.sampled_from(f"aabbcé\u0301 \t{MARK}\u0001…ﬁ¨<>x"), max_size=12)
    | st.sampled_from(["<unk>", "aaaaaaa", "ababab", "  ", "＜unk＞", "cccc", "abc"])
).map("".join)


@pytest.mark.parametrize("name", VOCABULARIES)
@given(text=TEXTS)
def test_small_vocabularies_are_read_as_by_the_library(pairs: dict[str, Pair], name: str, text: str) -> None:
    library, light = pairs[name]
    assert light.read(text, MOST) == library.read(text, MOST)


def test_a_long_word_is_read_without_being_kept(pairs: dict[str, Pair]) -> None:
    library, light = pairs["ties"]
    kept = light._cached_word.cache_info().currsize
    text = "aba" * 1000
    assert light.read(text, MOST) == library.read(text, MOST)
    assert light._cached_word.cache_info().currsize == kept


def test_half_a_surrogate_pair_is_refused(pairs: dict[str, Pair]) -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        pairs["ties"][1].read("a \ud800", MOST)


@pytest.fixture
def folder(tmp_path: Path, tables: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A light form that may be spoiled."""
    monkeypatch.setattr(tokenizer, "_tables", lambda: tables)
    write(tmp_path / "source" / "tokenizer.json", VOCABULARIES["ties"])
    assert keep(tmp_path / "source" / "tokenizer.json", tmp_path / "kept")
    return tmp_path / "kept" / "light-tokenizer"


def test_another_form_is_refused(folder: Path) -> None:
    rest = json.loads((folder / REST).read_text(encoding="utf-8"))
    (folder / REST).write_text(json.dumps({**rest, "form": 0}), encoding="utf-8")
    with pytest.raises(ValueError, match="its form is 0, not 1"):
        UnigramTokenizer(folder)


@pytest.mark.parametrize("name", [TRIE, SCORES])
def test_a_file_that_was_cut_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"{name} is not of"):
        UnigramTokenizer(folder)


def test_scores_are_kept_whole(folder: Path) -> None:
    assert np.load(folder / SCORES).dtype == np.float64
    assert sorted(np.load(folder / SCORES).tolist()) == sorted(score for _, score in VOCABULARIES["ties"])
