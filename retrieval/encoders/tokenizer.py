"""Texts to token ids: with the ``tokenizers`` library, or with ``unigram`` where that gives the same.

The library reads a vocabulary into memory, which for a quarter of a million pieces takes a second and some 300 MB; the
light form is mapped from the disk. ``keep`` writes it, and checks that both give the same ids and spans.
"""

from __future__ import annotations

import json
import math
import shutil
import threading
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import marisa_trie
import numpy as np

from retrieval.encoders.unigram import FORM, MARK, PIECES, REST, SCORES, TRIE, Tokens, UnigramTokenizer
from retrieval.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["LibraryTokenizer", "Tokenizer", "Tokens", "UnigramTokenizer", "keep", "open_tokenizer"]

_FILE = "tokenizer.json"
_BESIDE = ("tokenizer_config.json", "special_tokens_map.json")
_LIGHT = "light-tokenizer"
_UNKNOWN_PENALTY = 10.0
_NORMALISER = {
    "type": "Sequence",
    "normalizers": [
        {"type": "Nmt"},
        {"type": "NFKC"},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    ],
}
_WORDS = {"type": "Metaspace", "replacement": MARK, "prepend_scheme": "always", "split": True}
_PLAIN = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
# Private, so that it is no mark and composes with nothing, nor is it replaced.
_BETWEEN = "\ue000"
# Iota subscript is of the greatest combining class, so marks of all others go before it.
_LAST_MARK = "\u0345"
# The vowels and final consonants of Hangul that join the character before them.
_JOINED_JAMO = [chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))]
_CHECKED_AT = (8, 512)
_CHECK_TEXTS = (
    "",
    " ",
    "query: What did the guarantor states agree on at the eighth round, and who \u201cobserved\u201d it in Astana?",
    "passage: The parties met on 14\u201315 September 2017; 1,250 detainees (about \u00bd of them) were freed\u2026",
    "Стороны договорились о\u00a0перемирии: наблюдатели ООН прибыли 23.01.2017 в\u00a0«Астану».",
    "Тараптар ұсталғандардың тізімдерімен алмасуға келісті, Қазақстан әділ төреші болды — №5 құжат.",
    "Türkiye’nin garantör ülke olarak İdlib’deki ateşkesi koruyacağı, %50’sinin ise değişeceği açıklandı.",
    "اتَّفَقَتِ الأَطْرَافُ على تبادلِ قوائمِ المحتجزين، وقـــال المبعوث: «لا حلَّ عسكريًّا» في ٢٠١٧.",
    "طرف‌ها بر سر تبادل فهرست بازداشت‌شدگان توافق کردند؛ نمی‌خواهیم جنگ ادامه یابد (۱۳۹۷).",
    "ﷺ ﻻ ﻣﺤﺎدﺛﺎت ﻷﺳﺘﺎﻧﺎ \u0622\u0627\u0653 \u0649\u0654",
    "🕊️ peace 👨‍👩‍👧 talks 🇰🇿🇹🇷 in",
    "阿斯塔纳, アスタナ (ｱｽﾀﾅ ｶﾞ), 아스타나 \u1112\u1161\u11ab\u1100\u1173\u11af, ＡＳＴＡＮＡ",
    "e\u0301te\u0301 i\u0307 \u1e9b\u0323 q\u0307\u0323 q\u0323\u0307 ﬁnal ﬁ\u0301n x\u00b2",
    "\u00a8 \u00b4a \u2460 \u2122 \u212b \u0958",
    "  two  blanks\tand a tab\r\nlines\n\n\u3000wide \u200bzero \u200e\ufeff ends  ",
    "\u0001 \u0002a\u0003b \u007f c\u0000d \u0301 \u0301x \u2581 a\u2581b",
    "<s> a</s>b <pad><unk> <mask> <<s>> <s <S> \uff1cs\uff1e\uff1cunk\uff1e <\u0001s> \U00010300\U00010301 \ue000",
    "vipvipvipvip 9.9.9.9.9.9.9.9. wbywbywbywbywbywbywbyw casucasucasucasucasucasu " + "انون" * 9,
    "agreement" * 222 + "\U0001d400" * 3,
)


class Tokenizer(Protocol):
    """What turns a text into the ids of a model's vocabulary."""

    @property
    def pad(self) -> int:
        """The id of the token that fills up the shorter texts of a batch."""

    def read(self, text: str, most: int) -> Tokens:
        """The tokens of ``text``, the last left out where there are more than ``most`` with the model's own.

        Raises:
            ValueError: ``most`` is less than the number of the model's own tokens.
        """

    def read_all(self, texts: Sequence[str], most: int) -> list[Tokens]:
        """Each of ``texts`` read as ``read`` does."""


class LibraryTokenizer:
    """The tokenizer that the ``tokenizers`` library makes of a ``tokenizer.json``.

    Padding and truncation that the file itself asks for are left out. ``pad`` is the id of the "pad_token" that a
    tokenizer_config.json or special_tokens_map.json beside the file names, else that of the file's padding, else 0.

    Raises:
        EncoderError: the file cannot be read.
    """

    def __init__(self, file: Path) -> None:
        import tokenizers

        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(file))
        except Exception as error:
            # The library raises Exception itself, whatever the reason.
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise EncoderError(
                f"The tokenizer {str(file)!r} cannot be read ({reason}); set RAPPORTEUR_EMBEDDING_MODEL to the name or "
                'folder of a model that has one, or to "bundled".'
            ) from error
        self.pad = _pad(file.parent, self._tokenizer)
        self._own = int(self._tokenizer.num_special_tokens_to_add(False))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._most: int | None = None
        # Truncation is a setting of the library's tokenizer, so only one text or batch at a time may be read with it.
        self._setting = threading.Lock()

    def describe(self) -> dict[str, Any]:
        """The tokenizer as the library holds it, in the form of a tokenizer.json.

        Its scores are not always those of the file: the library reads some as the next number, which decides between
        ways to cut a text of repetitions, "vipvipvipvip", whose scores differ in the last place.
        """
        described: dict[str, Any] = json.loads(self._tokenizer.to_str())
        return described

    def normalise(self, text: str) -> str:
        """``text`` as the vocabulary is applied to it, but for the marks of words."""
        normaliser = self._tokenizer.normalizer
        return text if normaliser is None else str(normaliser.normalize_str(text))

    def read(self, text: str, most: int) -> Tokens:
        """The tokens of ``text``, the last left out where there are more than ``most`` with the model's own.

        Raises:
            ValueError: ``most`` is less than the number of the model's own tokens.
        """
        with self._setting:
            self._truncate(most)
            encoding = self._tokenizer.encode(text)
        return Tokens(encoding.ids, encoding.offsets)

    def read_all(self, texts: Sequence[str], most: int) -> list[Tokens]:
        """Each of ``texts`` read as ``read`` does, in parallel."""
        with self._setting:
            self._truncate(most)
            encodings = self._tokenizer.encode_batch(list(texts))
        return [Tokens(encoding.ids, encoding.offsets) for encoding in encodings]

    def _truncate(self, most: int) -> None:
        if most < self._own:
            raise ValueError(f"the model's own tokens are {self._own}, more than {most}")
        if most != self._most:
            self._tokenizer.enable_truncation(most)
            self._most = most


def _pad(folder: Path, tokenizer: Any) -> int:
    """The id of the padding token that the files in ``folder`` name, or ``tokenizer`` itself; 0 if none does."""
    for name in _BESIDE:
        try:
            token = json.loads((folder / name).read_text(encoding="utf-8"))["pad_token"]
        except (OSError, ValueError, LookupError, TypeError):
            continue
        number = tokenizer.token_to_id(token["content"] if isinstance(token, dict) else str(token))
        if number is not None:
            return int(number)
    return int((tokenizer.padding or {}).get("pad_id", 0))


def open_tokenizer(folder: Path, *, light: bool = True) -> Tokenizer:
    """The tokenizer that ``keep`` put in ``folder``: in its light form if that is there and whole, and wanted.

    Raises:
        EncoderError: neither the light form nor tokenizer.json can be read.
    """
    if light:
        try:
            return UnigramTokenizer(folder / _LIGHT)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError):
            # It is not there, or damaged: the library does the same, only slower.
            pass
    return LibraryTokenizer(folder / _FILE)


def keep(source: Path, folder: Path) -> bool:
    """Copy ``source``, a tokenizer.json, to ``folder`` and write its light form beside it; whether it has one.

    It has where its parts are those that ``retrieval.encoders.unigram`` knows and both give the same ids and spans for
    texts of many kinds and for every character that normalisation may change. Where not, no light form is left in
    ``folder``.

    Raises:
        EncoderError: ``source`` cannot be read.
    """
    library = LibraryTokenizer(source)
    folder.mkdir(parents=True, exist_ok=True)
    _copy(source, folder / _FILE)
    for name in _BESIDE:
        if (source.parent / name).is_file():
            _copy(source.parent / name, folder / name)
    light = folder / _LIGHT
    if light.exists():
        shutil.rmtree(light)
    description = library.describe()
    agreed = False
    try:
        agreed = _is_known(description) and _agrees(_write(description, library, light), library)
    finally:
        if not agreed:
            shutil.rmtree(light, ignore_errors=True)
    return agreed


def _copy(source: Path, target: Path) -> None:
    if not (target.exists() and target.samefile(source)):
        shutil.copyfile(source, target)


def _is_known(description: Mapping[str, Any]) -> bool:
    """Whether a tokenizer.json has no part but those that ``retrieval.encoders.unigram`` stands for."""
    model = description["model"]
    return bool(
        model["type"] == "Unigram"
        and description["normalizer"] == _NORMALISER
        and description["pre_tokenizer"] == _WORDS
        and all(token["content"] and _PLAIN.items() <= token.items() for token in description["added_tokens"])
        and _own(description["post_processor"]) is not None
        and set(model) <= {"type", "unk_id", "vocab", "byte_fallback"}
        and not model.get("byte_fallback", False)
        and model["unk_id"] is not None
        and all(piece and math.isfinite(score) for piece, score in model["vocab"])
    )


def _own(template: Mapping[str, Any] | None) -> tuple[list[int], list[int]] | None:
    """The model's own tokens before and after a text, by the template for one text; none if it is of another kind."""
    if template is None:
        return [], []
    if template["type"] != "TemplateProcessing":
        return None
    texts = [place for place, part in enumerate(template["single"]) if "Sequence" in part]
    if len(texts) != 1:
        return None
    before, after = (
        [number for part in parts for number in template["special_tokens"][part["SpecialToken"]["id"]]["ids"]]
        for parts in (template["single"][: texts[0]], template["single"][texts[0] + 1 :])
    )
    return before, after


def _write(description: Mapping[str, Any], library: LibraryTokenizer, light: Path) -> UnigramTokenizer:
    """Write the light form to the new folder ``light`` and open it."""
    light.mkdir()
    vocabulary = description["model"]["vocab"]
    # Of a piece that is there twice the last counts.
    ids = {piece: number for number, (piece, _) in enumerate(vocabulary)}
    trie = marisa_trie.Trie(ids)
    trie.save(str(light / TRIE))
    pieces = np.empty(len(ids), dtype=np.int32)
    scores = np.empty(len(ids), dtype=np.float64)
    for piece, key in trie.items():
        pieces[key] = ids[piece]
        scores[key] = vocabulary[ids[piece]][1]
    np.save(light / PIECES, pieces)
    np.save(light / SCORES, scores)
    before, after = _own(description["post_processor"]) or ([], [])
    rest = {
        "form": FORM,
        "sizes": {name: (light / name).stat().st_size for name in (TRIE, PIECES, SCORES)},
        "pad": library.pad,
        "before": before,
        "after": after,
        "special": {token["content"]: token["id"] for token in description["added_tokens"]},
        "unknown": description["model"]["unk_id"],
        "unknown_score": min(score for _, score in vocabulary) - _UNKNOWN_PENALTY,
        "longest": max(map(len, ids)),
        "tables": _tables(),
    }
    (light / REST).write_text(json.dumps(rest, ensure_ascii=False), encoding="utf-8")
    return UnigramTokenizer(light)


def _tables() -> dict[str, Any]:
    """What ``unigram.Normaliser`` needs to know, found by having the library normalise every character."""
    from tokenizers.normalizers import NFKC, NFKD, Nmt

    # All planes that have other characters than private ones, but for surrogates and Hangul syllables.
    codes = (*range(0xAC00), *range(0xD7A4, 0xD800), *range(0xE001, 0x40000), *range(0xE0000, 0xE1000))
    characters = [chr(code) for code in codes]
    replaced = {char: new for char, new in zip(characters, _each(Nmt(), characters), strict=True) if new != char}
    # After the last of all marks a starter stays as it is, and any mark goes before it or is of its class.
    after_mark = _each(NFKD(), [_LAST_MARK + char for char in characters])
    moved = [char for char, after in zip(characters, after_mark, strict=True) if after != _LAST_MARK + char]
    in_full = dict(zip(moved, _each(NFKD(), moved), strict=True))
    decomposed = {char: full for char, full in in_full.items() if full != char}
    marks = [_LAST_MARK, *(char for char, full in in_full.items() if full == char)]
    composed = _composed(list(decomposed))
    changed = [char for char, kept in zip(decomposed, _each(NFKC(), list(decomposed)), strict=True) if kept != char]
    return {
        "replaced": replaced,
        "decomposed": decomposed,
        "ranks": _ranks(marks),
        "composed": composed,
        "touched": "".join(sorted({*replaced, *changed, *marks, *(pair[1] for pair in composed), *_JOINED_JAMO})),
        "blanks": "".join(c for c in characters if decomposed.get(replaced.get(c, c), replaced.get(c, c)) == " "),
    }


def _composed(decomposed: Sequence[str]) -> dict[str, str]:
    """Each of ``decomposed`` that a normalised text may have, by the two characters of which it is composed."""
    from tokenizers.normalizers import NFC, NFD

    parts = _each(NFD(), decomposed)
    kept = [
        (char, part)
        for char, part, same in zip(decomposed, parts, _each(NFC(), decomposed), strict=True)
        if char == same != part
    ]
    firsts = _each(NFC(), [part[:-1] for _, part in kept])
    return {first + part[-1]: char for (char, part), first in zip(kept, firsts, strict=True)}


def _ranks(marks: Sequence[str]) -> list[str]:
    """The combining ``marks`` of each class, in the order of the classes.

    Two marks change places where the second's class is lower. One of each class shows how many classes a mark does not
    go before, which grows with its own class; that Python and the library know the same classes is enough.
    """
    from tokenizers.normalizers import NFKD

    one_of_each = list({unicodedata.combining(mark): mark for mark in reversed(marks)}.values())
    pairs = [one + mark for mark in marks for one in one_of_each]
    stay = [pair == after for pair, after in zip(pairs, _each(NFKD(), pairs), strict=True)]
    counts = np.array(stay).reshape(len(marks), len(one_of_each)).sum(axis=1)
    return ["".join(marks[place] for place in np.flatnonzero(counts == count).tolist()) for count in np.unique(counts)]


def _each(normaliser: Any, texts: Sequence[str]) -> list[str]:
    """Each of ``texts`` normalised, in one call for all of them."""
    return str(normaliser.normalize_str(_BETWEEN.join(texts))).split(_BETWEEN)


def _agrees(light: UnigramTokenizer, library: LibraryTokenizer) -> bool:
    """Whether both tokenizers give the same for the check texts and for each character that may be changed."""
    changing = light.normaliser.touched
    return all(library.normalise(char) == light.normaliser.normalise(char)[0] for char in changing) and all(
        library.read_all(_CHECK_TEXTS, most) == light.read_all(_CHECK_TEXTS, most) for most in _CHECKED_AT
    )
