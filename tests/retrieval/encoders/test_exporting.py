"""An export reads as its source does, is as small as it may be, and is there whole or not at all."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from retrieval.encoders import exporting
from retrieval.encoders.exported_encoder import ExportedEncoder
from retrieval.encoders.exporting import NotExported, export
from retrieval.encoders.exports import MODEL, damaged_file, described, export_folder
from retrieval.encoders.runtimes import OnnxRuntime, RuntimeFailed
from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder
from retrieval.errors import EncoderError
from tests.retrieval.bench import Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.retrieval.conftest import Tiny

TEXTS = (
    "the parties agreed",
    "",
    " ",
    "to exchange lists of detainees,\n\nand  lists of lists \u2014 of those who were exchanged before that \U0001f54a",
    "Стороны договорились обменяться списками",
    "اتفقت الأطراف على تبادل قوائم المحتجزين.",
    "<s> a word </s> <pad> written out",
    "query: passage: the talks",
    "e\u0301te\u0301 \ufb01nal x\u00b2",
    "x",
    "talks of the parties " * 40,
    "unbroken" * 100,
)
# Weights in eight bits change tokens by less than this, of a length of about 1 in both layers.
NEAR = 0.06


@pytest.fixture(scope="module")
def source(tiny: Tiny) -> SentenceTransformerEncoder:
    """The small model as sentence-transformers serves it."""
    return SentenceTransformerEncoder(str(tiny.model), identity=tiny.identity)


@pytest.fixture
def folder(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the small model is to be exported to; what takes long, torch's part and the tokenizer, is there already."""

    def write_model(_: SentenceTransformerEncoder, path: Path) -> None:
        shutil.copytree(tiny.whole, path.parent, dirs_exist_ok=True)

    def write_tokenizer(_: SentenceTransformerEncoder, folder: Path) -> None:
        shutil.copytree(tiny.export, folder, ignore=shutil.ignore_patterns("model*", "export*"), dirs_exist_ok=True)

    monkeypatch.setattr(exporting, "_write_model", write_model)
    monkeypatch.setattr(exporting, "_write_tokenizer", write_tokenizer)
    return export_folder(tmp_path / "models", tiny.identity)


def damaged(by: float) -> Callable[[Path, Path], None]:
    """Write the small form of other weights: each has that added."""

    def write(source: Path, target: Path) -> None:
        import onnx
        from onnx import numpy_helper

        model = onnx.load(str(source))
        for tensor in model.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.dtype == np.float32 and values.ndim == 2:
                tensor.CopyFrom(numpy_helper.from_array(values + np.float32(by) * (values > 0), tensor.name))
        onnx.save(model, str(target))

    return write


def failing(error: BaseException) -> Callable[..., Any]:
    """Raise instead of doing anything."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def served(folder: Path, identity: str) -> ExportedEncoder:
    """The encoder in ``folder``."""
    found = described(folder, identity)
    assert found is not None
    return ExportedEncoder(folder, found)


def assert_same(
    source: SentenceTransformerEncoder, encoder: ExportedEncoder, texts: Sequence[str], near: float
) -> None:
    """Both read texts alike as passages together, as passages one by one, and as questions."""
    wanted, found = dict(source.read_passages(texts)), dict(encoder.read_passages(texts))
    assert sorted(wanted) == sorted(found) == list(range(len(texts)))
    pairs = [(wanted[number], found[number]) for number in range(len(texts))]
    pairs += [(source.read_question(text), encoder.read_question(text)) for text in texts]
    for one, other in pairs:
        np.testing.assert_array_equal(one.spans, other.spans)
        assert one.tokens.shape == other.tokens.shape == (len(one.spans), 2, 64)
        assert [str(array.dtype) for array in (other.vector, other.tokens, other.spans)] == [
            "float32",
            "float32",
            "int32",
        ]
        for layer in range(2):
            lengths = np.linalg.norm(one.tokens[:, layer], axis=1, keepdims=True)
            np.testing.assert_allclose(other.tokens[:, layer] / lengths, one.tokens[:, layer] / lengths, atol=near)
        np.testing.assert_allclose(np.linalg.norm(other.tokens[:, 1], axis=1), 1, atol=1e-4)
        np.testing.assert_allclose(other.vector, one.vector, atol=near)
    np.testing.assert_allclose(encoder.encode_passages(texts), source.encode_passages(texts), atol=near)
    np.testing.assert_allclose(encoder.encode_questions(texts), source.encode_questions(texts), atol=near)


def test_the_export_reads_as_the_model_does(source: SentenceTransformerEncoder, tiny: Tiny) -> None:
    encoder, description = ExportedEncoder(tiny.export, tiny.description), tiny.description
    assert_same(source, encoder, TEXTS, NEAR)
    assert (description.precision, description.dimension, description.most_tokens) == ("int8", 64, 64)
    assert (description.question_prompt, description.passage_prompt) == ("query: ", "passage: ")
    assert 0.995 < description.cosine <= 1
    assert 0.995 < description.token_cosine <= 1
    assert (tiny.export / f"{MODEL}.data").stat().st_size < (tiny.whole / f"{MODEL}.data").stat().st_size / 2
    assert sorted(path.name for path in tiny.models.iterdir()) == [tiny.export.name]


def test_where_eight_bits_differ_too_much_weights_are_kept_whole(
    source: SentenceTransformerEncoder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_write_small", damaged(by=0.3))
    export(source, folder, TEXTS)
    encoder = served(folder, source.identity)
    assert_same(source, encoder, TEXTS, 1e-4)
    assert encoder.serving.startswith("ONNX Runtime in float32 (lowest cosine to the source 1.0")
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


SMALL_FAILS = {
    "it cannot be written": failing(ValueError("no such operator")),
    "it gives no numbers": damaged(by=np.nan),
    "it cannot be loaded": lambda _, target: target.write_bytes(b"no model"),
}


@pytest.mark.parametrize("write", SMALL_FAILS.values(), ids=SMALL_FAILS.keys())
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_weights_are_kept_whole_where_eight_bits_fail(
    source: SentenceTransformerEncoder, folder: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Any]
) -> None:
    monkeypatch.setattr(exporting, "_write_small", write)
    export(source, folder, [])
    assert served(folder, source.identity).serving.startswith("ONNX Runtime in float32")


def test_weights_are_kept_whole_where_eight_bits_cannot_be_computed(
    source: SentenceTransformerEncoder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = ExportedEncoder._compute

    def computed(self: ExportedEncoder, *arguments: Any) -> Any:
        if "int8" in self.serving:
            raise EncoderError("The encoder failed while reading (no kernel for this processor).")
        return compute(self, *arguments)

    monkeypatch.setattr(ExportedEncoder, "_compute", computed)
    export(source, folder, [])
    assert served(folder, source.identity).serving.startswith("ONNX Runtime in float32")


def test_a_model_whose_export_gives_other_vectors_is_not_exported(
    source: SentenceTransformerEncoder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LOWEST_COSINE", 1.1)
    with pytest.raises(NotExported, match="its export gives other vectors than the model itself"):
        export(source, folder, TEXTS)
    assert list(folder.parent.iterdir()) == []


def test_a_model_that_torch_cannot_export_is_refused_with_what_went_wrong_first(
    source: SentenceTransformerEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def fail(*_: object, **__: object) -> None:
        try:
            raise ValueError("\x1b[96mno such operator\x1b[0m\nand how to report it")
        except ValueError as error:
            raise RuntimeError("Failed to export the model. This is step 1/3") from error

    monkeypatch.setattr(torch.onnx, "export", fail)
    with pytest.raises(NotExported, match=r"^torch cannot export it \(no such operator\)$"):
        export(source, tmp_path / "models" / "export", [])
    assert list((tmp_path / "models").iterdir()) == []


SHORT = {
    "memory": (MemoryError(), "_write_small", MemoryError),
    "memory, as torch says": (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "_write_small", MemoryError),
    "memory, as ONNX Runtime says": (RuntimeFailed("RUNTIME_EXCEPTION : std::bad_alloc"), "run", MemoryError),
    "disk": (OSError(28, "No space left on device"), "_write_small", OSError),
    "disk, as others say": (RuntimeError("cannot be saved"), "_write_small", OSError),
}
SHORT["disk, as others say"][0].__cause__ = OSError(28, "No space left on device")


@pytest.mark.parametrize(("error", "where", "expected"), SHORT.values(), ids=SHORT.keys())
def test_want_of_memory_or_disk_says_nothing_of_the_model_and_leaves_nothing(
    source: SentenceTransformerEncoder,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    where: str,
    expected: type[Exception],
) -> None:
    monkeypatch.setattr(OnnxRuntime if where == "run" else exporting, where, failing(error))
    with pytest.raises(expected):
        export(source, folder, [])
    assert list(folder.parent.iterdir()) == []


KILLS = ["_write_model", "_write_tokenizer", "_write_small", "write_description", "publish_folder"]


@pytest.mark.parametrize("moment", KILLS)
def test_what_ends_on_the_way_leaves_nothing_and_the_next_is_whole(
    source: SentenceTransformerEncoder, folder: Path, tiny: Tiny, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(exporting, moment, failing(Killed()))
        with pytest.raises(Killed):
            export(source, folder, TEXTS)
    assert list(folder.parent.iterdir()) == []
    if moment != KILLS[-1]:
        return
    export(source, folder, TEXTS)
    assert_same(source, served(folder, tiny.identity), TEXTS[:3], NEAR)


def test_what_a_kill_left_is_removed_by_the_next_export(source: SentenceTransformerEncoder, folder: Path) -> None:
    left = folder.parent / "exporting-abc" / "float32"
    left.mkdir(parents=True)
    (left / MODEL).write_bytes(b"half a model")
    export(source, folder, [])
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_exporting_again_is_no_work(
    source: SentenceTransformerEncoder, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny.copy(tmp_path)
    before = folder.stat().st_ino
    monkeypatch.setattr(exporting, "_write_model", failing(AssertionError("it was exported again")))
    export(source, folder, TEXTS)
    assert folder.stat().st_ino == before


def test_of_several_at_once_one_exports_and_the_others_find_it(
    source: SentenceTransformerEncoder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = exporting._write_model, list[str]()

    def noted(source: SentenceTransformerEncoder, path: Path) -> None:
        written.append(path.name)
        write(source, path)

    monkeypatch.setattr(exporting, "_write_model", noted)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: export(source, folder, []), range(3)))
    assert written == [MODEL]
    assert described(folder, source.identity) is not None


def test_an_export_with_a_file_cut_short_is_made_anew(
    source: SentenceTransformerEncoder, folder: Path, tiny: Tiny
) -> None:
    tiny.copy(folder.parent)
    (folder / f"{MODEL}.data").write_bytes((tiny.export / f"{MODEL}.data").read_bytes()[:-1])
    assert described(folder, tiny.identity) is None
    export(source, folder, [])
    found = described(folder, tiny.identity)
    assert found is not None
    assert damaged_file(folder, found) is None


def looking_up(tables: dict[str, NDArray[np.float32]], axis: int = 0) -> Any:
    """A model that looks the same up in each of ``tables``, and has another use for the last."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("Gather", [name, "rows"], [f"found in {name}"], axis=axis) for name in tables]
    nodes.append(helper.make_node("Neg", [list(tables)[-1]], ["used"]))
    graph = helper.make_graph(
        nodes,
        "looks up",
        [helper.make_tensor_value_info("rows", TensorProto.INT64, [None])],
        [helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, None) for node in nodes],
        [numpy_helper.from_array(table, name) for name, table in tables.items()],
    )
    for node in nodes[:-1]:
        exporting._quantise_table(graph, graph.node[[one.output for one in graph.node].index(node.output)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def test_a_large_table_is_kept_in_eight_bits_and_any_other_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    monkeypatch.setattr(exporting, "_LARGE_TABLE", 1000)
    shapes = {"large": (50, 20), "small": (49, 20), "deep": (50, 5, 4), "shared": (50, 20)}
    random = np.random.default_rng(1)
    tables = {name: random.normal(0, 3, shape).astype(np.float32) for name, shape in shapes.items()}
    tables["large"][7] = 0
    tables["large"][8] *= 1e4
    model = looking_up(tables)
    kept = {tensor.name: len(tensor.raw_data) for tensor in model.graph.initializer}
    assert kept == {"large.int8": 1000, "large.scale": 200, "small": 3920, "deep": 4000, "shared": 4000}
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    rows = np.array([8, 7, 48, 0, 8])
    large, *others, _ = session.run(None, {"rows": rows})
    for found, name in zip(others, ("small", "deep", "shared"), strict=True):
        np.testing.assert_array_equal(found, tables[name][rows])
    # No further off than half a step, of which the largest number of a row has 127.
    steps = np.abs(tables["large"][rows]).max(axis=1, keepdims=True) / 127
    assert np.all(np.abs(large - tables["large"][rows]) <= steps * 0.51)


def test_a_table_whose_columns_are_looked_up_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_LARGE_TABLE", 1000)
    tables = {name: np.ones((50, 20), dtype=np.float32) for name in ("large", "other")}
    assert [tensor.name for tensor in looking_up(tables, axis=1).graph.initializer] == ["large", "other"]


def test_a_model_with_its_table_in_eight_bits_reads_as_before(
    source: SentenceTransformerEncoder, folder: Path, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_LARGE_TABLE", 1000)
    export(source, folder, TEXTS)
    assert_same(source, served(folder, tiny.identity), TEXTS, NEAR)
    assert sum(path.stat().st_size for path in folder.glob("*.data")) < sum(
        path.stat().st_size for path in tiny.export.glob("*.data")
    )
