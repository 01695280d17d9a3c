"""Fixtures of the tests of retrieval."""

from __future__ import annotations

import os
import shutil
import struct
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import pytest

from corpus.durable import making
from retrieval.encoders.bundled_model import CHECK_TEXTS, unpack
from retrieval.encoders.encoder import Encoder
from retrieval.encoders.exports import Description, described, export_folder
from retrieval.encoders.loading import encoder_identity, load_encoder
from tests.doubles import DirectExtractor
from tests.retrieval.bench import CORRIDOR, PRISONERS, TALKS, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder


@pytest.fixture
def reading_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in the test's own process, which spares the start of another."""
    monkeypatch.setattr("retrieval.index.indexing.Extractor", DirectExtractor)


@pytest.fixture
def blank(tmp_path: Path, reading_here: None) -> Iterator[Bench]:
    """No documents and no index, files read in this process."""
    bench = Bench(tmp_path)
    yield bench
    bench.library.close()


@pytest.fixture
def bench(blank: Bench) -> Bench:
    """Three documents, indexed once."""
    blank.write("talks.txt", TALKS)
    blank.write("corridor.txt", CORRIDOR)
    blank.write("prisoners.txt", PRISONERS)
    blank.update()
    blank.loads = 0
    return blank


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bundled encoder is unpacked and exported to: one folder for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def bundled_encoder(models_folder: Path) -> Encoder:
    """The bundled encoder, unpacked, checked against its package's own engine, and exported."""
    return load_encoder("bundled", models_folder)


_HIDDEN, _LAYERS, _HEADS, _FEED_FORWARD, _POSITIONS = 64, 4, 2, 128, 64
_WORDS = ("query", "passage", "the", "talks", "parties", "agreed", "to", "exchange", "lists", "of", "detainees")


@dataclass(frozen=True, slots=True)
class Tiny:
    """A small model, the models' folder that it is exported to, and its float32 weights as torch exported them."""

    model: Path
    models: Path
    whole: Path

    @property
    def identity(self) -> str:
        """The identity of the encoder."""
        return encoder_identity(str(self.model))

    @property
    def export(self) -> Path:
        """The folder of the export, which no test may change."""
        return export_folder(self.models, self.identity)

    @property
    def description(self) -> Description:
        """What is known of the export."""
        found = described(self.export, self.identity)
        assert found is not None
        return found

    def copy(self, models: Path) -> Path:
        """A copy of the export below another models' folder, to be changed."""
        folder = export_folder(models, self.identity)
        shutil.copytree(self.export, folder)
        return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """A small model and its export, made once for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tiny"
    folder.mkdir(exist_ok=True)
    tiny = Tiny(folder / "model", folder / "models", folder / "whole")
    with making(folder / "any"), pytest.MonkeyPatch.context() as patch:
        if not tiny.whole.exists():
            write_tiny_model(tiny.model)
            keep_whole(patch, tiny.whole)
            load_encoder(str(tiny.model), tiny.models)
    return tiny


def write_tiny_model(folder: Path) -> None:
    """Write a Sentence Transformers model with random weights, laid out as the bundled one is.

    It reads 64 tokens of the letters of the check texts, and a few English words.
    """
    letters = sorted({*"".join(CHECK_TEXTS), *"bfkvwyz0123456789"} - {" "})
    words = [f"\u2581{word}" for word in _WORDS]
    pieces = [piece.encode() for piece in ("<s>", "<pad>", "</s>", "<unk>", "\u2581", *words, *letters)]
    scores = [0.0] * 4 + [-4.0] + [-2.0] * len(words) + [-6.0] * len(letters)
    head = struct.pack("<I7ifi", 1, _HIDDEN, _LAYERS, _HEADS, _FEED_FORWARD, len(pieces), _POSITIONS, 1, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, sum(map(len, pieces)))
    head += np.array([0, *accumulate(map(len, pieces))], dtype="<u4").tobytes() + np.array(scores, "<f4").tobytes()
    head = b"E5S1" + head + b"".join(pieces) + struct.pack("<iI", 0, 0)
    tensors = _tensors(len(pieces))
    offset = len(head) + 4 + sum(2 + len(name) + 21 for name in tensors)
    directory, data = struct.pack("<i", len(tensors)), b""
    for name, values in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, values.size, offset + len(data), values.nbytes)
        data += values.tobytes()
    packed = folder.with_suffix(".bin")
    packed.write_bytes(head + directory + data)
    unpack(packed, folder)


def _tensors(vocabulary: int) -> dict[str, NDArray[np.float32]]:
    """Random weights by their short names; the scales of normalisation are near 1."""
    sizes = {"emb.word": vocabulary * _HIDDEN, "emb.pos": _POSITIONS * _HIDDEN, "emb.type": _HIDDEN}
    for layer in range(_LAYERS):
        sizes |= {f"l{layer}.{name}.w": _HIDDEN * _HIDDEN for name in ("q", "k", "v", "ao")}
        sizes |= {f"l{layer}.{name}.w": _HIDDEN * _FEED_FORWARD for name in ("fi", "fo")}
        sizes |= {f"l{layer}.{name}.b": _HIDDEN for name in ("q", "k", "v", "ao", "fo")} | {
            f"l{layer}.fi.b": _FEED_FORWARD
        }
    normal = [f"{name}ln" for name in ("emb.", *(f"l{layer}.{one}" for layer in range(_LAYERS) for one in "ao"))]
    sizes |= {f"{name}.{part}": _HIDDEN for name in normal for part in "wb"}
    random = np.random.default_rng(7)
    drawn = {name: random.normal(0, 0.1, size).astype("<f4") for name, size in sizes.items()}
    return {name: values + 1 if name.endswith("ln.w") else values for name, values in drawn.items()}


def keep_whole(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let the next export leave a copy of the model as torch writes it in ``folder``."""
    from retrieval.encoders import exporting

    write = exporting._write_model

    def written(source: SentenceTransformerEncoder, path: Path) -> None:
        write(source, path)
        shutil.copytree(path.parent, folder)

    patch.setattr(exporting, "_write_model", written)
