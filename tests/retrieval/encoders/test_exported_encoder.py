"""An exported encoder reads alone what it reads in batches, each with what is fastest, and needs no training stack."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.encoders import exported_encoder
from retrieval.encoders.exported_encoder import ExportedEncoder
from retrieval.encoders.exports import MODEL
from retrieval.encoders.loading import load_encoder
from retrieval.encoders.runtimes import OpenVino, RuntimeFailed
from retrieval.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoding
    from retrieval.encoders.runtimes import Outputs, Runtime
    from tests.retrieval.conftest import Tiny

TEXTS = (
    "the parties agreed",
    "",
    "to exchange lists of detainees, and lists of lists of those who were exchanged before that",
    "Стороны договорились обменяться списками",
    "x",
    "talks " * 200,
)
HEAVY = ("torch", "transformers", "tokenizers", "sentence_transformers", "onnx", "onnxscript", "openvino")
# Eight bits for weights and activations, and bfloat16 in OpenVINO.
NEAR = 0.05


@pytest.fixture
def encoder(tiny: Tiny) -> ExportedEncoder:
    """The small model as it is served."""
    return ExportedEncoder(tiny.export, tiny.description)


def assert_alike(one: Encoding, other: Encoding, near: float = 1e-4) -> None:
    """Two readings of a text are the same, but for the last places."""
    np.testing.assert_array_equal(one.spans, other.spans)
    np.testing.assert_allclose(one.vector, other.vector, atol=near)
    lengths = np.linalg.norm(other.tokens, axis=-1, keepdims=True)
    np.testing.assert_allclose(one.tokens / lengths, other.tokens / lengths, atol=2 * near)


def test_it_says_what_it_is(encoder: ExportedEncoder, tiny: Tiny) -> None:
    assert encoder.identity == tiny.identity
    assert encoder.dimension == 64
    assert encoder.serving.startswith("ONNX Runtime in int8 (lowest cosine to the source 0.9")


def test_neither_torch_nor_transformers_is_imported_to_load_it_and_to_ask(tiny: Tiny) -> None:
    program = (
        "import sys; from pathlib import Path; from retrieval.encoders.loading import load_encoder\n"
        f"encoder = load_encoder({str(tiny.model)!r}, Path({str(tiny.models)!r}))\n"
        "encoder.read_question('the talks'), encoder.encode_questions(['to']), dict(encoder.read_passages(['of']))\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), encoder.serving)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] ONNX Runtime in int8")
    assert done.stderr == ""


def test_a_text_is_read_alone_as_with_others_of_any_length(encoder: ExportedEncoder) -> None:
    together = dict(encoder.read_passages(TEXTS))
    assert sorted(together) == list(range(len(TEXTS)))
    for number, text in enumerate(TEXTS):
        ((_, alone),) = encoder.read_passages([text])
        assert_alike(together[number], alone)
    np.testing.assert_allclose(
        encoder.encode_passages(TEXTS), [together[number].vector for number in range(len(TEXTS))], atol=1e-5
    )


def test_questions_and_passages_are_read_with_their_own_prompts(encoder: ExportedEncoder) -> None:
    asked = encoder.read_question(TEXTS[0])
    ((_, told),) = encoder.read_passages(TEXTS[:1])
    np.testing.assert_array_equal(asked.spans, told.spans)
    np.testing.assert_allclose(encoder.encode_questions(TEXTS[:1])[0], asked.vector, atol=1e-5)
    assert float(np.abs(asked.vector - told.vector).max()) > 0.01


def test_no_text_gives_no_vector_and_an_empty_one_no_token(encoder: ExportedEncoder) -> None:
    assert encoder.encode_questions([]).shape == encoder.encode_passages([]).shape == (0, 64)
    assert list(encoder.read_passages([])) == []
    empty = encoder.read_question("")
    assert (empty.tokens.shape, empty.spans.shape) == ((0, 2, 64), (0, 2))
    assert float(np.linalg.norm(empty.vector)) == pytest.approx(1, abs=1e-5)


def test_a_text_beyond_the_limit_is_read_up_to_it(encoder: ExportedEncoder, tiny: Tiny) -> None:
    long = encoder.read_question("talks " * 5000)
    assert tiny.description.most_tokens == 64
    assert 50 < len(long.spans) < 64
    assert_alike(long, encoder.read_question("talks " * 100))


def test_every_text_is_read_once_the_longest_first_and_progress_told(
    encoder: ExportedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exported_encoder, "_BATCH_TOKENS", 150)
    runtime = Counting()
    encoder._few = runtime
    texts = ["talks " * (number * 37 % 40) for number in range(40)]
    told: list[int] = []
    read = [number for number, _ in encoder.read_passages(texts, told.append)]
    assert sorted(read) == list(range(40))
    assert len(texts[read[0]]) == max(map(len, texts))
    assert sum(told) == 40
    assert [rows for rows, _ in runtime.shapes] == told
    assert all(rows * longest <= 150 for rows, longest in runtime.shapes)
    assert [longest for _, longest in runtime.shapes] == sorted(
        (longest for _, longest in runtime.shapes), reverse=True
    )


def test_a_text_longer_than_a_batch_is_read_by_itself(
    encoder: ExportedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exported_encoder, "_BATCH_TOKENS", 10)
    told: list[int] = []
    assert sorted(number for number, _ in encoder.read_passages(TEXTS, told.append)) == list(range(len(TEXTS)))
    assert told[0] == 1


def test_many_texts_are_read_by_openvino_and_few_by_onnx_runtime(
    encoder: ExportedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Path] = []

    class Noted(OpenVino):
        def __init__(self, path: Path, threads: int | None = None) -> None:
            loaded.append(path)
            super().__init__(path, threads)

    monkeypatch.setattr(exported_encoder, "OpenVino", Noted)
    few = dict(encoder.read_passages(TEXTS * 7))
    assert loaded == []
    many = dict(encoder.read_passages(TEXTS * 8))
    encoder.encode_passages(TEXTS * 9)
    assert [path.name for path in loaded] == [MODEL]
    for number, encoding in few.items():
        assert_alike(many[number], encoding, near=NEAR)
        assert float(many[number].vector @ encoding.vector) > 0.995


def test_with_one_thread_onnx_runtime_reads_many_too(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    beside = ExportedEncoder(tiny.export, tiny.description, threads=1)
    assert len(dict(beside.read_passages(TEXTS * 10))) == 60
    assert beside._many is None


def test_batches_that_are_computed_at_once_come_in_their_order_each_with_its_own(tiny: Tiny) -> None:
    texts = ["talks " * (number * 37 % 40 + 1) for number in range(100)]
    alone = {text: ExportedEncoder(tiny.export, tiny.description).read_question(text) for text in texts}
    read = list(ExportedEncoder(tiny.export, tiny.description, threads=3).read_passages(texts))
    lengths = [len(texts[number]) for number, _ in read]
    assert lengths == sorted(lengths, reverse=True)
    for number, encoding in read:
        assert len(encoding.spans) == len(alone[texts[number]].spans)


def test_where_openvino_cannot_be_loaded_onnx_runtime_reads_many_too(
    encoder: ExportedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    read = dict(encoder.read_passages(TEXTS * 10))
    assert len(read) == 60
    assert_alike(read[0], dict(encoder.read_passages(TEXTS))[0])
    monkeypatch.undo()
    # It is not tried again and again.
    assert encoder._runtime(1000) is encoder._few


class Counting:
    """A runtime that gives each token a vector of its own, and notes the shape of what it was given."""

    together = 1

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Outputs:
        """Compute a batch."""
        self.shapes.append(ids.shape)
        tokens: NDArray[np.float32] = (ids[..., None] + np.arange(64)).astype(np.float32)
        return np.einsum("btd,bt->bd", tokens, mask.astype(np.float32)), tokens, tokens


class Held(Counting):
    """The same, but the first batch waits until it is let go, and fails if it is to."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.let_go = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Outputs:
        """Compute a batch."""
        outputs = super().run(ids, mask)
        if len(self.shapes) == 1:
            self.began.set()
            assert self.let_go.wait(60)
        elif self.error is not None:
            raise self.error
        return outputs


class Seen(list[object]):
    """A queue that tells when something comes to it."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Semaphore(0)

    def append(self, one: object) -> None:
        """Take one more."""
        super().append(one)
        self.came.release()


def read_together(
    encoder: ExportedEncoder, runtime: Held, texts: list[str], refused: int = 0
) -> list[Encoding | BaseException]:
    """What threads get that ask while a first question is being read; so many are refused before they wait."""
    encoder._few = runtime
    with ThreadPoolExecutor(len(texts) + 1) as threads:
        first = threads.submit(encoder.read_question, "the first")
        assert runtime.began.wait(60)
        seen = Seen()
        encoder._queue._waiting = seen  # type: ignore[assignment]
        asked = [threads.submit(encoder.read_question, text) for text in texts]
        for _ in texts[refused:]:
            assert seen.came.acquire(timeout=60)
        runtime.let_go.set()
        assert first.result(60).spans[0].tolist() == [0, 3]
        return [one.exception(60) or one.result() for one in asked]


def test_questions_that_come_while_one_is_read_are_read_together(encoder: ExportedEncoder) -> None:
    runtime = Held()
    texts = [f"talks {number} of " + "lists " * (number % 5) for number in range(9)]
    found = read_together(encoder, runtime, texts)
    assert [rows for rows, _ in runtime.shapes] == [1, 9]
    encoder._few = Counting()
    for encoding, text in zip(found, texts, strict=True):
        assert not isinstance(encoding, BaseException)
        assert_alike(encoding, encoder.read_question(text))


def test_no_more_than_sixteen_are_read_together_and_none_is_forgotten(encoder: ExportedEncoder) -> None:
    runtime = Held()
    found = read_together(encoder, runtime, ["the talks"] * 37)
    assert [rows for rows, _ in runtime.shapes] == [1, 16, 16, 5]
    assert all(not isinstance(encoding, BaseException) for encoding in found)


@pytest.mark.parametrize("error", [RuntimeFailed("bad allocation"), ZeroDivisionError()])
def test_an_error_reaches_everyone_it_is_of_and_later_questions_are_read(
    encoder: ExportedEncoder, error: Exception
) -> None:
    runtime = Held()
    runtime.error = error
    wanted = EncoderError if isinstance(error, RuntimeFailed) else ZeroDivisionError
    found = read_together(encoder, runtime, ["the talks"] * 5)
    assert [type(one) for one in found] == [wanted] * 5
    runtime.error = None
    assert len(encoder.read_question("the talks").spans) == 2


def test_a_question_that_cannot_be_read_fails_alone(encoder: ExportedEncoder) -> None:
    runtime = Held()
    found = read_together(encoder, runtime, ["the talks", "half of a pair \ud800", "the lists"], refused=1)
    assert [isinstance(one, UnicodeError) for one in found] == [False, True, False]
    assert [rows for rows, _ in runtime.shapes[1:]] in ([2], [1, 1])


def test_what_fails_while_reading_is_one_sentence_that_says_what_to_do(encoder: ExportedEncoder, tiny: Tiny) -> None:
    class Failing:
        together = 1

        def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Outputs:
            raise RuntimeFailed("Failed to allocate memory")

    failing: Runtime = Failing()
    encoder._few = encoder._many = failing
    for read in (
        lambda: encoder.read_question("the talks"),
        lambda: encoder.encode_questions(["the talks"]),
        lambda: list(encoder.read_passages(TEXTS)),
        lambda: encoder.encode_passages(TEXTS * 20),
    ):
        with pytest.raises(EncoderError) as failed:
            read()
        assert str(failed.value) == (
            "The encoder failed while reading (Failed to allocate memory); free memory and try again, or delete "
            f"{tiny.export} to have it exported anew."
        )


def test_an_export_that_cannot_be_loaded_is_one_sentence_that_says_what_to_do(tiny: Tiny, tmp_path: Path) -> None:
    folder = tiny.copy(tmp_path)
    (folder / MODEL).write_bytes(bytes((folder / MODEL).stat().st_size))
    with pytest.raises(
        EncoderError, match=r"cannot be loaded .*; delete that folder, and it is made anew\.$"
    ) as failed:
        load_encoder(str(tiny.model), tmp_path)
    assert str(folder) in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_damaged_light_tokenizer_is_done_without(tiny: Tiny, tmp_path: Path, encoder: ExportedEncoder) -> None:
    folder = tiny.copy(tmp_path)
    for path in (folder / "light-tokenizer").iterdir():
        path.write_bytes(bytes(path.stat().st_size))
    assert_alike(ExportedEncoder(folder, tiny.description).read_question(TEXTS[2]), encoder.read_question(TEXTS[2]))
