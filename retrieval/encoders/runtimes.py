"""What computes an exported model: ONNX Runtime for a few texts, OpenVINO for many.

ONNX Runtime starts in a tenth of a second and reads a question sooner; OpenVINO takes a second to prepare and then
reads passages about twice as fast, in bfloat16 where the processor has it. The only module that knows either.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Outputs = tuple["NDArray[np.float32]", "NDArray[np.float32]", "NDArray[np.float32]"]


class RuntimeFailed(Exception):  # noqa: N818 - named for what happened
    """A model cannot be loaded or computed; the message is the runtime's own first line."""


class Runtime(Protocol):
    """A model that is ready to be computed; it is fastest with ``together`` batches at once, each by its own thread."""

    together: int

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Outputs:
        """Compute a batch: ids of tokens and which of them count, both int64 of shape (texts, tokens).

        Returns the texts' vectors, float32 of shape (texts, d), not yet of length 1, and the vectors of their tokens in
        a middle and in the last layer, each float32 of shape (texts, tokens, d).

        Raises:
            RuntimeFailed: it cannot be computed, such as for want of memory.
        """


class OnnxRuntime:
    """A model in ONNX Runtime, with its weights mapped from the file.

    Raises:
        RuntimeFailed: it cannot be loaded.
    """

    together = 1

    def __init__(self, path: Path, threads: int | None = None) -> None:
        try:
            import onnxruntime
            from onnxruntime.capi import onnxruntime_pybind11_state as state
        except ImportError as error:
            # Want of memory shows as this, too.
            raise _failed(error) from error
        # It has telemetry on Windows alone, so far.
        onnxruntime.disable_telemetry_events()
        self._errors: tuple[type[Exception], ...] = (
            RuntimeError,
            MemoryError,
            *(kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or default_threads()
        options.log_severity_level = 4
        # Threads that wait busily would take the processor from everything else in the bot.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # What a long text needed once is not kept for good.
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except self._errors as error:
            raise _failed(error) from error

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Outputs:
        """See ``Runtime``; threads may call it at the same time."""
        try:
            vector, middle, last = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        except self._errors as error:
            raise _failed(error) from error
        return vector, middle, last


class OpenVino:
    """A model in OpenVINO, in the fastest precision that the processor has; each batch has one thread for itself.

    Raises:
        RuntimeFailed: it cannot be loaded.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.together = threads or default_threads()
        self._requests: SimpleQueue[Any] = SimpleQueue()
        # OpenVINO gives the thread that it is loaded in a stack for signals, and takes it away when the model is let
        # go, by then perhaps in another thread: a signal to the first would end the process. This one ends at once.
        with ThreadPoolExecutor(1, "loading") as thread:
            self._model = thread.submit(self._load, path).result()
        # The binding makes itself ready for NumPy at the first use, and where two threads do so at once each waits for
        # good for what the other holds: the one for the interpreter's lock, the other for that of the making ready.
        self.run(np.ones((1, 1), dtype=np.int64), np.ones((1, 1), dtype=np.int64))
        self.precision = str(self._model.get_property("INFERENCE_PRECISION_HINT").get_type_name())

    def _load(self, path: Path) -> Any:
        # Where it is found, the mere import of OpenVINO is reported to its makers.
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
        configuration = {"INFERENCE_NUM_THREADS": self.together, "NUM_STREAMS": self.together}
        try:
            import openvino

            model = openvino.Core().compile_model(str(path), "CPU", configuration)
            for _ in range(self.together):
                self._requests.put(model.create_infer_request())
        except (ImportError, RuntimeError, MemoryError) as error:
            raise _failed(error) from error
        return model

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Outputs:
        """See ``Runtime``; threads may call it at the same time, and wait for one another beyond ``together``."""
        # What a request gave is in memory that its next overwrites, so that it is not let go before that is copied.
        request = self._requests.get()
        try:
            found = request.infer({"input_ids": ids, "attention_mask": mask})
            vector, middle, last = (np.array(found[output], dtype=np.float32) for output in self._model.outputs)
        except (RuntimeError, MemoryError) as error:
            raise _failed(error) from error
        finally:
            self._requests.put(request)
        return vector, middle, last


def default_threads() -> int:
    """How many threads compute at once: one for each processor that this process may use, eight at most."""
    return max(1, min(8, len(os.sched_getaffinity(0))))


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A batch of ids of unequal number, filled up with ``pad``, and its mask; both int64 of shape (rows, longest)."""
    shape = (len(rows), max(map(len, rows)))
    ids, mask = np.full(shape, pad, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def _failed(error: Exception) -> RuntimeFailed:
    return RuntimeFailed(str(error).strip().split("\n")[0][:200] or type(error).__name__)
