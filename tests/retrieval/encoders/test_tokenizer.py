"""The light tokenizer gives the ids and spans that the library gives for the bundled vocabulary, and is checked."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.encoders import bundled_model, tokenizer
from retrieval.encoders.tokenizer import LibraryTokenizer, Tokens, UnigramTokenizer, keep, open_tokenizer
from retrieval.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST = 512
DOCUMENTS = sorted((Path(__file__).parents[3] / "corpus" / "documents").glob("*.md"))
TEXTS = (
    "query: Which “armed groups” signed at the talks of 23–24 January 2017, and what did Staffan de Mistura say?",
    "passage: The co-chairs’ statement (A/72/768, para. 3.2) was read out at 10:30; 95% of it — 1,250 words — agreed.",
    "Спецпосланник Генсека ООН заявил, что «зоны деэскалации» созданы на 6 месяцев; ёмкость – 12,5 тыс. чел.",
    "Келіссөздердің жетінші раунды 2017 жылғы 30–31 қазанда өтті: «Мәртебелі қонақтар, ұйғарым қабылданды!» — деді ол.",
    "İstanbul’da görüşülen ateşkesin ihlâli hâlinde garantörler (Türkiye, İran) ‘ortak açıklama’ yayımlayacak mı?",
    "أَعْلَنَ المَبْعُوثُ الأُمَمِيُّ أنَّ الجولةَ الثامنةَ ستُعقَد في ٢٢ كانون الأوّل؛ وقــــال: «لا بُدَّ مِن حلٍّ سياسيٍّ».",
    "مذاکرات صلح آستانه می‌تواند آتش‌بس را پایدار کند؟ نماینده‌ی ایران گفت: «۱۲ بند توافق‌نامه پذیرفته شده‌است»…",
    "🕊️🤝🏽 the flags 🇰🇿🇷🇺🇹🇷🇮🇷, a family 👩‍👩‍👧‍👦 and ☎️ 1️⃣",
    "2017年1月23日，叙利亚和谈在阿斯塔纳举行。シリア和平会議（アスタナ）ｼﾘｱ・和平 시리아 평화 회담",
    "two  blanks   three\tone tab\t\ttwo \n a line\r\n\r\n and\u00a0a\u2009thin\u3000wide one  ",
    " <s>written out</s> <pad><unk>x<mask> <s ><<s>> </s",
    "",
    " ",
    "\n\n",
    "x",
    "vipvipvipvip and 9.9.9.9.9.9.9.9. and hahahahahahahaha and ==========",
    "конституционный" * 133 + "комит",
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model's tokenizer.json, written as when it is unpacked."""
    folder = tmp_path_factory.mktemp("tokenizer")
    reader = bundled_model._Reader(memoryview(bundled_model.packaged_file().read_bytes()))
    assert reader.take(4) == b"E5S1"
    assert reader.unpack("I") == (1,)
    shape, _ = bundled_model._read_shape(reader)
    bundled_model._write_tokenizer(reader, folder, shape)
    return folder / "tokenizer.json"


@pytest.fixture(scope="module")
def kept(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the light form of it."""
    folder = tmp_path_factory.mktemp("kept")
    assert keep(source, folder)
    return folder


@pytest.fixture(scope="module")
def library(kept: Path) -> LibraryTokenizer:
    """The bundled tokenizer as the library reads it."""
    opened = open_tokenizer(kept, light=False)
    assert isinstance(opened, LibraryTokenizer)
    return opened


@pytest.fixture(scope="module")
def light(kept: Path) -> UnigramTokenizer:
    """The bundled tokenizer in its light form."""
    opened = open_tokenizer(kept)
    assert isinstance(opened, UnigramTokenizer)
    return opened


def different(library: LibraryTokenizer, light: UnigramTokenizer, texts: Sequence[str], most: int) -> list[str]:
    """Those of ``texts`` that are not read alike."""
    both = zip(texts, library.read_all(texts, most), light.read_all(texts, most), strict=True)
    return [text for text, theirs, ours in both if theirs != ours]


@pytest.mark.parametrize("most", [2, 3, 7, 40, MOST])
def test_six_languages_and_more_are_read_alike(library: LibraryTokenizer, light: UnigramTokenizer, most: int) -> None:
    assert different(library, light, TEXTS, most) == []


def test_tokens_worked_out_by_hand(light: UnigramTokenizer) -> None:
    """The mark of a word is laid to the blank before it, at the front to the first character."""
    assert light.read("a  b<s>b ", MOST) == Tokens(
        [0, 10, 876, 0, 876, 6, 2], [(0, 0), (0, 1), (2, 4), (4, 7), (7, 8), (8, 9), (0, 0)]
    )
    assert light.read("½ … ﬁn", MOST).spans == [(0, 0), (0, 1), (1, 3), (3, 6), (0, 0)]
    assert light.read("", MOST) == Tokens([0, 2], [(0, 0), (0, 0)])


def test_every_line_of_the_briefings_is_read_alike(library: LibraryTokenizer, light: UnigramTokenizer) -> None:
    files = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    lines = sorted({line for file in files for line in file.splitlines(keepends=True)})
    assert len(files) > 30
    assert len(lines) > 500
    assert different(library, light, lines, MOST) == []
    assert different(library, light, [f"passage: {line}" for line in lines], 24) == []
    assert different(library, light, files, 100_000) == []


BROAD = st.text(max_size=40) | st.lists(
    st.sampled_from(
        ["peace", "мир", " ", "  ", "\n", "<s>", "…", "\u0301", "ﬁ", "مُ", "\u200c", "¨", "\u0001", "각", "\u11a8"]
    )
    | st.text(st.characters(codec="utf-8", max_codepoint=0x6FF), max_size=6)
    | st.text(st.characters(categories=["Mn", "Mc", "Lo", "No", "Zs", "Cc", "Cf"]), max_size=6),
    max_size=12,
).map("".join)


@settings(max_examples=400)
@given(text=BROAD, most=st.sampled_from([2, 3, 8, MOST]))
def test_any_text_is_read_alike(library: LibraryTokenizer, light: UnigramTokenizer, text: str, most: int) -> None:
    assert light.read(text, most) == library.read(text, most)


def test_marks_in_any_order_are_read_alike(library: LibraryTokenizer, light: UnigramTokenizer) -> None:
    marks = sorted(light.normaliser._ranks)
    texts = [
        "".join(f"{char}{marks[(place * step) % len(marks)]}" for place, char in enumerate("ae\u0f73к "))
        for step in range(1, 400)
    ]
    texts += [
        f"{first}{second}{third}" for first in marks[::60] for second in marks[::50] for third in "\u0344\u0f81e\u1161"
    ]
    assert different(library, light, texts, MOST) == []


def test_fewer_than_the_models_own_tokens_are_refused(library: LibraryTokenizer, light: UnigramTokenizer) -> None:
    for opened in (library, light):
        assert opened.read("peace", 2).ids == [0, 2]
        with pytest.raises(ValueError, match="the model's own tokens are 2, more than 1"):
            opened.read("peace", 1)


def test_opening_reads_little(kept: Path) -> None:
    tracemalloc.start()
    try:
        opened = open_tokenizer(kept)
        assert len(opened.read("query: peace", MOST).ids) > 3
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_the_library_is_not_imported_for_the_light_form(kept: Path) -> None:
    source = (
        "import sys; from pathlib import Path; from retrieval.encoders.tokenizer import open_tokenizer; "
        f"print(open_tokenizer(Path({str(kept)!r})).read('a', 9).ids, 'tokenizers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "[0, 10, 2] False\n"


def test_threads_do_not_disturb_each_other(library: LibraryTokenizer, light: UnigramTokenizer) -> None:
    text = "The parties agreed to exchange lists of detainees."
    expected = {most: light.read(text, most) for most in range(2, 12)}
    with ThreadPoolExecutor(4) as threads:
        work = [most for _ in range(20) for most in expected]
        assert list(threads.map(lambda most: library.read(text, most), work)) == [expected[most] for most in work]
        assert list(threads.map(lambda most: light.read(text, most), work)) == [expected[most] for most in work]


def files_of(folder: Path) -> set[str]:
    """The names of what is in ``folder``."""
    return {path.name for path in folder.iterdir()}


def test_the_tokenizer_is_kept_with_its_padding(
    source: Path, kept: Path, library: LibraryTokenizer, light: UnigramTokenizer
) -> None:
    assert files_of(kept) == {"tokenizer.json", "tokenizer_config.json", "light-tokenizer"}
    assert (kept / "tokenizer.json").read_bytes() == source.read_bytes()
    assert (light.pad, library.pad) == (1, 1)


SMALL: list[tuple[str, float]] = [("<unk>", 0), ("\u2581", -2), ("peace", -3), ("talks", -4), ("<pad>", 0), ("</s>", 0)]


def small(folder: Path, change: Callable[[Any], object] = lambda _: None) -> Path:
    """Write a small tokenizer.json of the bundled one's kind, after ``change`` of what it says."""
    from tokenizers import AddedToken, Tokenizer, models, processors

    made = Tokenizer(models.Unigram(SMALL, unk_id=0, byte_fallback=False))
    made.add_special_tokens([AddedToken("<unk>", normalized=False), AddedToken("</s>", normalized=False)])
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 5)])
    said = json.loads(made.to_str())
    said |= copy.deepcopy({"normalizer": tokenizer._NORMALISER, "pre_tokenizer": tokenizer._WORDS})
    change(said)
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(said), encoding="utf-8")
    return folder / "tokenizer.json"


@pytest.fixture
def known_tables(light: UnigramTokenizer, kept: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The library's tables are not found anew, which takes half a second."""
    tables: dict[str, Any] = json.loads((kept / "light-tokenizer" / "rest.json").read_text(encoding="utf-8"))["tables"]
    monkeypatch.setattr(tokenizer, "_tables", lambda: tables)
    return tables


def test_a_small_tokenizer_is_kept_where_it_is(tmp_path: Path, known_tables: dict[str, Any]) -> None:
    assert keep(small(tmp_path), tmp_path)
    assert keep(small(tmp_path), tmp_path)
    assert open_tokenizer(tmp_path).read("peace  talks", 9) == Tokens(
        [1, 2, 1, 3, 5], [(0, 1), (0, 5), (6, 7), (7, 12), (0, 0)]
    )
    assert open_tokenizer(tmp_path).read("peace talks", 3).ids == [1, 2, 5]


def test_without_own_tokens(tmp_path: Path, known_tables: dict[str, Any]) -> None:
    assert keep(small(tmp_path / "a", lambda said: said.update(post_processor=None, added_tokens=[])), tmp_path / "b")
    assert open_tokenizer(tmp_path / "b").read("peace<unk>", 9).ids == [1, 2, 0]
    assert open_tokenizer(tmp_path / "b").read("peace", 0) == Tokens([], [])


def set_token(name: str, value: object) -> Callable[[Any], object]:
    """Change the first added token."""
    return lambda said: said["added_tokens"][0].update({name: value})


OTHERS: dict[str, Callable[[Any], object]] = {
    "no normaliser": lambda said: said.update(normalizer=None),
    "another normaliser": lambda said: said.update(normalizer={"type": "NFKC"}),
    "lower case besides": lambda said: said.update(
        normalizer={**said["normalizer"], "normalizers": [*said["normalizer"]["normalizers"], {"type": "Lowercase"}]}
    ),
    "no words": lambda said: said.update(pre_tokenizer=None),
    "other words": lambda said: said.update(
        pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, said["pre_tokenizer"]]}
    ),
    "a mark before the first word alone": lambda said: said["pre_tokenizer"].update(prepend_scheme="first"),
    "another mark": lambda said: said["pre_tokenizer"].update(replacement="_"),
    "words left whole": lambda said: said["pre_tokenizer"].update(split=False),
    "a token that takes blanks": set_token("lstrip", True),
    "a token found once normalised": set_token("normalized", True),
    "a token that is a word": set_token("single_word", True),
    "another template": lambda said: said.update(
        post_processor={"type": "BertProcessing", "sep": ["</s>", 5], "cls": ["<unk>", 0]}
    ),
    "the text twice": lambda said: said["post_processor"]["single"].append({"Sequence": {"id": "A", "type_id": 0}}),
    "bytes for what is unknown": lambda said: said["model"].update(byte_fallback=True),
    "nothing for what is unknown": lambda said: said["model"].update(unk_id=None),
    "an empty piece": lambda said: said["model"]["vocab"].append(["", -1]),
    "another model": lambda said: said.update(
        model={"type": "WordLevel", "vocab": {"<unk>": 0, "peace": 1, "</s>": 5}, "unk_token": "<unk>"}
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_a_tokenizer_of_another_kind_is_left_to_the_library(tmp_path: Path, kind: str) -> None:
    source = small(tmp_path / "source", OTHERS[kind])
    assert not keep(source, tmp_path / "kept")
    assert files_of(tmp_path / "kept") == {"tokenizer.json"}
    opened = open_tokenizer(tmp_path / "kept")
    assert isinstance(opened, LibraryTokenizer)
    assert opened.read(" ", 9) == LibraryTokenizer(source).read(" ", 9)


def test_what_does_not_agree_is_not_kept(tmp_path: Path, known_tables: dict[str, Any]) -> None:
    del known_tables["decomposed"]["ﬁ"]
    assert not keep(small(tmp_path / "source"), tmp_path / "kept")
    assert files_of(tmp_path / "kept") == {"tokenizer.json"}


def test_other_ids_are_not_kept(tmp_path: Path, known_tables: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the template were misread."""
    monkeypatch.setattr(tokenizer, "_own", lambda _: ([], []))
    assert not keep(small(tmp_path / "source"), tmp_path / "kept")
    assert files_of(tmp_path / "kept") == {"tokenizer.json"}


def test_a_light_form_from_before_does_not_outlive_its_tokenizer(tmp_path: Path, known_tables: dict[str, Any]) -> None:
    assert keep(small(tmp_path), tmp_path)
    assert not keep(small(tmp_path, OTHERS["no words"]), tmp_path)
    assert files_of(tmp_path) == {"tokenizer.json"}


def test_what_fails_on_the_way_leaves_no_light_form(
    tmp_path: Path, known_tables: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("retrieval.encoders.tokenizer.np.save", full)
    with pytest.raises(OSError, match="No space left"):
        keep(small(tmp_path), tmp_path)
    assert files_of(tmp_path) == {"tokenizer.json"}


@pytest.mark.parametrize(
    ("name", "written", "pad"),
    [
        ("tokenizer_config.json", {"pad_token": "<pad>"}, 4),
        ("tokenizer_config.json", {"pad_token": {"content": "</s>", "lstrip": False}}, 5),
        ("special_tokens_map.json", {"pad_token": "<pad>"}, 4),
        ("tokenizer_config.json", {"pad_token": None}, 3),
        ("tokenizer_config.json", {"pad_token": "[PAD]"}, 3),
        ("tokenizer_config.json", {}, 3),
        ("tokenizer_config.json", [], 3),
        ("other.json", {}, 3),
    ],
)
def test_padding_is_found_beside_the_file_or_in_it(
    tmp_path: Path, known_tables: dict[str, Any], name: str, written: object, pad: int
) -> None:
    padding = {"strategy": {"Fixed": 40}, "direction": "Left", "pad_to_multiple_of": None, "pad_id": 3}
    padding |= {"pad_type_id": 0, "pad_token": "talks"}
    truncation = {"direction": "Left", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    source = small(tmp_path / "source", lambda said: said.update(padding=padding, truncation=truncation))
    (tmp_path / "source" / name).write_text(json.dumps(written))
    assert keep(source, tmp_path / "kept")
    for light in (True, False):
        opened = open_tokenizer(tmp_path / "kept", light=light)
        assert opened.pad == pad
        assert opened.read("peace talks", 9).ids == [1, 2, 1, 3, 5]
        assert opened.read_all(["peace talks", "peace"], 4) == [opened.read("peace talks", 4), opened.read("peace", 4)]


def test_padding_is_zero_where_nothing_is_said(tmp_path: Path) -> None:
    assert LibraryTokenizer(small(tmp_path)).pad == 0


def cut(folder: Path) -> None:
    """As if the copy had broken off."""
    (folder / "ids.npy").write_bytes((folder / "ids.npy").read_bytes()[:100])


def lost(folder: Path) -> None:
    """As if a file had been deleted."""
    (folder / "pieces.marisa").unlink()


def illegible(folder: Path) -> None:
    """As if the note had been cut."""
    (folder / "rest.json").write_text('{"form": 1')


def emptied(folder: Path) -> None:
    """As if the note were another one."""
    (folder / "rest.json").write_text('{"sizes": []}')


def scrambled(folder: Path) -> None:
    """As if the trie had been overwritten."""
    (folder / "pieces.marisa").write_bytes(bytes((folder / "pieces.marisa").stat().st_size))


@pytest.mark.parametrize("spoil", [cut, lost, illegible, emptied, scrambled])
def test_a_damaged_light_form_is_passed_over(
    tmp_path: Path, known_tables: dict[str, Any], spoil: Callable[[Path], None]
) -> None:
    keep(small(tmp_path), tmp_path)
    spoil(tmp_path / "light-tokenizer")
    opened = open_tokenizer(tmp_path)
    assert isinstance(opened, LibraryTokenizer)
    assert opened.read("peace", 9).ids == [1, 2, 5]


@pytest.mark.parametrize("written", [None, "{", '{"version": "1.0", "model": {"type": "Unheard"}}'])
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path, written: str | None) -> None:
    if written is not None:
        (tmp_path / "tokenizer.json").write_text(written)
    for light in (True, False):
        with pytest.raises(
            EncoderError, match=r"^The tokenizer .*tokenizer\.json' cannot be read \(.+\); set RAPP"
        ) as caught:
            open_tokenizer(tmp_path, light=light)
        assert "\n" not in str(caught.value)
    with pytest.raises(EncoderError, match="cannot be read"):
        keep(tmp_path / "tokenizer.json", tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
