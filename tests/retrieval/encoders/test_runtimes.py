"""Two runtimes compute the same of one file, whichever thread asks, and say in one line why they cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from retrieval.encoders.runtimes import OnnxRuntime, OpenVino, RuntimeFailed, default_threads, padded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.encoders.runtimes import Outputs, Runtime

BOTH = pytest.mark.parametrize("runtime", [OnnxRuntime, OpenVino])
TABLE: NDArray[np.float32] = (np.arange(40).reshape(10, 4) / 40).astype(np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that looks tokens up in a table; a text's vector is the sum of those that count."""
    from onnx import TensorProto, helper, numpy_helper, save

    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["last"]),
            helper.make_node("Neg", ["last"], ["middle"]),
            helper.make_node("Cast", ["attention_mask"], ["counting"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["counting", "axis"], ["column"]),
            helper.make_node("Mul", ["last", "column"], ["counted"]),
            helper.make_node("ReduceSum", ["counted", "ones"], ["vector"], keepdims=0),
        ],
        "looks up",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in ("input_ids", "attention_mask")
        ],
        [
            helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["texts", 4]),
            helper.make_tensor_value_info("middle", TensorProto.FLOAT, ["texts", "tokens", 4]),
            helper.make_tensor_value_info("last", TensorProto.FLOAT, ["texts", "tokens", 4]),
        ],
        [
            numpy_helper.from_array(TABLE, "table"),
            numpy_helper.from_array(np.array([2]), "axis"),
            numpy_helper.from_array(np.array([1]), "ones"),
        ],
    )
    path = tmp_path_factory.mktemp("looks") / "model.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
    return path


def expected(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[NDArray[np.float32], ...]:
    """What the model is to give."""
    last = TABLE[ids]
    return (last * mask[..., None].astype(np.float32)).sum(axis=1), -last, last


def test_a_batch_is_filled_up_and_what_fills_it_does_not_count() -> None:
    ids, mask = padded([[5, 6, 7], [8], []], pad=1)
    assert ids.tolist() == [[5, 6, 7], [8, 1, 1], [1, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    assert ids.dtype == mask.dtype == np.int64


def test_a_thread_for_each_processor_that_may_be_used_up_to_eight(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for count in (1, 3, 64):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, count=count: set(range(count)))
        found.append(default_threads())
    assert found == [1, 3, 8]


@BOTH
@pytest.mark.parametrize("threads", [None, 1])
def test_a_batch_gives_the_texts_vectors_and_the_tokens_of_two_layers(
    model: Path, runtime: Callable[..., Runtime], threads: int | None
) -> None:
    ids, mask = padded([[2, 3, 4], [9, 0]], pad=1)
    found = runtime(model, threads).run(ids, mask)
    for one, other in zip(found, expected(ids, mask), strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, other, atol=0.01)


@BOTH
def test_batches_may_be_of_any_number_and_length_and_the_last_does_not_change_the_first(
    model: Path, runtime: Callable[..., Runtime]
) -> None:
    runs = runtime(model)
    batches = [padded([[number % 10] * number] * (6 - number), pad=1) for number in range(1, 6)]
    found = [runs.run(*batch) for batch in batches]
    for batch, outputs in zip(batches, found, strict=True):
        for one, other in zip(outputs, expected(*batch), strict=True):
            np.testing.assert_allclose(one, other, atol=0.03)


@BOTH
def test_threads_may_ask_at_the_same_time(model: Path, runtime: Callable[..., Runtime]) -> None:
    runs, together = runtime(model), threading.Barrier(4)

    def ask(number: int) -> bool:
        ids, mask = padded([[number + 2] * 50] * 20, pad=1)
        wanted = expected(ids, mask)
        together.wait()
        return all(
            np.allclose(one, other, atol=0.1, rtol=0.01)
            for _ in range(30)
            for one, other in zip(runs.run(ids, mask), wanted, strict=True)
        )

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(4))) == [True] * 4


def test_openvino_has_computed_something_before_two_threads_ask_it_at_once(model: Path) -> None:
    # In one process of four that began with two threads, each waited for the other for good.
    computed: list[threading.Thread] = []

    class Noted(OpenVino):
        def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Outputs:
            outputs = super().run(ids, mask)
            computed.append(threading.current_thread())
            return outputs

    Noted(model)
    assert computed == [threading.current_thread()]


def test_a_process_is_sent_signals_after_models_were_let_go_in_any_order(model: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from retrieval.encoders.runtimes import OpenVino\n"
        "first, second = OpenVino(Path(sys.argv[1])), OpenVino(Path(sys.argv[1]))\n"
        "del first; del second\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('asked to end'))\n"
        "os.kill(os.getpid(), signal.SIGTERM)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(model)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "asked to end\n", "")


def test_openvino_cannot_report_to_its_makers(model: Path) -> None:
    OpenVino(model)
    from openvino.tools.ovc import telemetry_utils

    assert sys.modules["openvino_telemetry"] is None
    assert telemetry_utils.tm.__name__ == "openvino.tools.ovc.telemetry_stub"


@BOTH
@pytest.mark.parametrize("content", [None, b"", b"no model at all" * 100])
def test_a_file_that_is_no_model_is_refused_in_one_line(
    tmp_path: Path, runtime: Callable[..., Runtime], content: bytes | None
) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RuntimeFailed) as refused:
        runtime(path)
    assert 0 < len(str(refused.value)) <= 200
    assert "\n" not in str(refused.value)


@BOTH
def test_what_cannot_be_computed_is_said_in_one_line_and_the_next_batch_is_computed(
    model: Path, runtime: Callable[..., Runtime]
) -> None:
    runs = runtime(model)
    ids, mask = padded([[2, 3]], pad=1)
    with pytest.raises(RuntimeFailed) as failed:
        runs.run(ids[None], mask)
    assert 0 < len(str(failed.value)) <= 200
    assert "\n" not in str(failed.value)
    np.testing.assert_allclose(runs.run(ids, mask)[0], expected(ids, mask)[0], atol=0.01)


def test_a_token_that_the_model_does_not_have_is_no_crash(model: Path) -> None:
    with pytest.raises(RuntimeFailed, match="out of data bounds"):
        OnnxRuntime(model).run(*padded([[99]], pad=1))


@pytest.mark.parametrize(("runtime", "library"), [(OnnxRuntime, "onnxruntime"), (OpenVino, "openvino")])
def test_where_its_library_is_not_to_be_had_it_is_said(
    model: Path, monkeypatch: pytest.MonkeyPatch, runtime: Callable[..., Runtime], library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RuntimeFailed, match=library):
        runtime(model)


@pytest.mark.parametrize("error", [RuntimeError("no room\nat all"), MemoryError()])
def test_where_openvino_has_no_memory_it_is_said(
    model: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    import openvino

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(openvino.Core, "compile_model", fail)
    with pytest.raises(RuntimeFailed) as failed:
        OpenVino(model)
    assert str(failed.value) == ("no room" if isinstance(error, RuntimeError) else "MemoryError")
