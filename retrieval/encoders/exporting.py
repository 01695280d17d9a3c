"""Exporting a Sentence Transformers model to ONNX, so that answering needs neither torch nor transformers.

Weights are kept in eight bits, a scale for every 32 of a matrix and for every row of an embedding table, where the
vectors stay near enough to those of the source; otherwise in float32. Whichever it is, what was written is run and
compared with the source on texts of the corpus, and refused where it differs.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import re
import shutil
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from corpus.durable import making, publish_folder
from retrieval.encoders import tokenizer
from retrieval.encoders.bundled_model import CHECK_TEXTS
from retrieval.encoders.exported_encoder import ExportedEncoder
from retrieval.encoders.exports import MODEL, Description, described, digest_of, write_description
from retrieval.encoders.runtimes import RuntimeFailed
from retrieval.encoders.sentence_transformer import DEPTHS
from retrieval.errors import EncoderError
from retrieval.index.storage import remove_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoding
    from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder

# The lowest cosine that a text's vector may have to the source's.
LOWEST_COSINE: Final = 0.995
# The lowest mean cosine of tokens: they are compared one by one, in two bits a dimension.
_LOWEST_TOKEN_COSINE: Final = 0.995
_SAMPLE: Final = 24
_LARGE_TABLE: Final = 2**20
_BLOCK: Final = 32
_TEMPORARY: Final = "exporting-"
_OPSET: Final = 20
_WANT_OF_MEMORY: Final = ("bad_alloc", "bad allocation", "allocate", "out of memory", "not enough memory", "new thread")
_WANTS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM)
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


class NotExported(Exception):  # noqa: N818 - named for what it says
    """A model cannot be exported; the message says why, as the rest of a sentence."""


def export(source: SentenceTransformerEncoder, folder: Path, sample: Sequence[str]) -> None:
    """Write the export of ``source`` to ``folder``, whole or not at all; ``sample`` are texts of the corpus.

    Of two processes that export at once one waits for the other.

    Raises:
        NotExported: the model is of a kind that cannot be exported, or what was exported differs from it.
        OSError, MemoryError: the disk is full or cannot be written, or memory ran out; it may be tried again.
    """
    if not source.has_tokens:
        raise NotExported("it is not a transformer with a fast tokenizer")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with making(folder):
        if described(folder, source.identity) is not None:
            return
        remove_leftovers(folder.parent, _TEMPORARY)
        with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=folder.parent, ignore_cleanup_errors=True) as temporary:
            made = _exported(source, Path(temporary), sample)
            if folder.exists():
                shutil.rmtree(folder)
            publish_folder(made, folder)


def _exported(source: SentenceTransformerEncoder, temporary: Path, sample: Sequence[str]) -> Path:
    """The folder below ``temporary`` with the smallest export that gives the source's vectors."""
    whole = temporary / "float32"
    whole.mkdir()
    _write_model(source, whole / MODEL)
    _write_tokenizer(source, whole)
    wanted = _read(source, sample)
    small = temporary / "int8"
    shutil.copytree(whole, small, ignore=shutil.ignore_patterns(f"{MODEL}*"))
    try:
        _write_small(whole / MODEL, small / MODEL)
        if _is_checked(source, small, "int8", sample, wanted):
            return small
    except (ValueError, RuntimeError) as error:
        _let_through(error)
    if not _is_checked(source, whole, "float32", sample, wanted):
        raise NotExported("its export gives other vectors than the model itself")
    return whole


def _write_model(source: SentenceTransformerEncoder, path: Path) -> None:
    """Write the model with three outputs: the text's vector, and the tokens' in a middle and in the last layer."""
    import torch

    ids = torch.tensor([[2, 3, 4, 5], [2, 3, 4, 5]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    axes = {0: torch.export.Dim("texts", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=_longest(source))}
    quiet = [logging.getLogger(name) for name in ("torch", "torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in quiet]
    for logger in quiet:
        logger.setLevel(logging.ERROR)
    try:
        # Of a model that it cannot export torch prints every operation.
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _with_tokens(source),
                (ids, mask),
                str(path),
                input_names=["input_ids", "attention_mask"],
                output_names=["vector", "middle", "last"],
                dynamic_shapes={"input_ids": axes, "attention_mask": axes},
                opset_version=_OPSET,
                dynamo=True,
                external_data=True,
                verbose=False,
            )
    except (RuntimeError, ValueError, TypeError, NotImplementedError, AssertionError) as error:
        _let_through(error)
        raise NotExported(f"torch cannot export it ({_reason(error)})") from error
    finally:
        for logger, level in zip(quiet, levels, strict=True):
            logger.setLevel(level)


def _with_tokens(source: SentenceTransformerEncoder) -> Any:
    """The model as a module that returns the text's vector and the tokens' of two layers."""
    import torch

    class WithTokens(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = source.model[0].auto_model
            self.rest = torch.nn.ModuleList(list(source.model)[1:])

        def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, Any, Any]:
            found = self.transformer(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True)
            layers = found.hidden_states
            middle, last = (layers[round(depth * (len(layers) - 1))] for depth in DEPTHS)
            features = {"token_embeddings": layers[-1], "attention_mask": attention_mask}
            for module in self.rest:
                features = module(features)
            return features["sentence_embedding"], middle, last

    return WithTokens().eval()


def _longest(source: SentenceTransformerEncoder) -> int:
    return int(source.model.max_seq_length or 512)


def _write_tokenizer(source: SentenceTransformerEncoder, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        source.model.tokenizer.save_pretrained(temporary)
        tokenizer.keep(Path(temporary) / "tokenizer.json", folder)


def _write_small(source: Path, target: Path) -> None:
    """Write the model ``source`` with its weights in eight bits."""
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.ERROR)
    model = onnx.load(str(source))
    for node in [node for node in model.graph.node if node.op_type == "Gather"]:
        _quantise_table(model.graph, node)
    # Activations are rounded to eight bits too, a scale for each block, where the processor multiplies those faster.
    config = DefaultWeightOnlyQuantConfig(block_size=_BLOCK, is_symmetric=True, accuracy_level=4, bits=8)
    quantiser = MatMulNBitsQuantizer(model, algo_config=config)
    quantiser.process()
    onnx.save(
        quantiser.model.model,
        str(target),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=f"{MODEL}.data",
        size_threshold=1024,
    )


def _quantise_table(graph: Any, gather: Any) -> None:
    """Keep a large embedding table in eight bits with a scale for each row; what is looked up is float32 as before."""
    from onnx import TensorProto, helper, numpy_helper

    tables = {tensor.name: tensor for tensor in graph.initializer}
    name, places = gather.input
    if name not in tables or sum(name in node.input for node in graph.node) > 1:
        # What is used elsewhere too must stay what it is.
        return
    table = numpy_helper.to_array(tables[name])
    if (
        table.size < _LARGE_TABLE
        or table.ndim != 2
        or table.dtype != np.float32
        or any(one.name == "axis" and one.i for one in gather.attribute)
    ):
        return
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
    rounded = np.rint(table / scale).astype(np.int8)
    graph.initializer.remove(tables[name])
    graph.initializer.extend(
        [numpy_helper.from_array(rounded, f"{name}.int8"), numpy_helper.from_array(scale, f"{name}.scale")]
    )
    at = list(graph.node).index(gather)
    output = gather.output[0]
    graph.node.remove(gather)
    for offset, node in enumerate(
        (
            helper.make_node("Gather", [f"{name}.int8", places], [f"{output}.int8"], axis=0),
            helper.make_node("Cast", [f"{output}.int8"], [f"{output}.whole"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [f"{name}.scale", places], [f"{output}.scale"], axis=0),
            helper.make_node("Mul", [f"{output}.whole", f"{output}.scale"], [output]),
        )
    ):
        graph.node.insert(at + offset, node)


def _is_checked(
    source: SentenceTransformerEncoder, folder: Path, precision: str, sample: Sequence[str], wanted: Sequence[Encoding]
) -> bool:
    """Whether the export in ``folder`` gives the source's vectors; if so its description is written."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    description = Description(
        identity=source.identity,
        dimension=source.dimension,
        precision=precision,
        cosine=0.0,
        token_cosine=0.0,
        most_tokens=_longest(source),
        question_prompt=source.question_prompt,
        passage_prompt=source.passage_prompt,
        files={name: path.stat().st_size for name, path in files.items()},
        digests={name: digest_of(path) for name, path in files.items()},
    )
    try:
        found = _read(ExportedEncoder(folder, description), sample)
    except (RuntimeFailed, EncoderError) as error:
        _let_through(error)
        return False
    if any(one.tokens.shape != other.tokens.shape for one, other in zip(wanted, found, strict=True)):
        return False
    # Unlike the built-in function NumPy's gives no number where one of them is none.
    lowest = float(np.min([one.vector @ other.vector for one, other in zip(wanted, found, strict=True)]))
    tokens = _mean_cosine(
        np.concatenate([one.tokens for one in wanted]), np.concatenate([other.tokens for other in found])
    )
    if not (lowest >= LOWEST_COSINE and tokens >= _LOWEST_TOKEN_COSINE):
        return False
    write_description(folder, replace(description, cosine=round(lowest, 5), token_cosine=round(tokens, 5)))
    return True


def _read(encoder: Any, sample: Sequence[str]) -> list[Encoding]:
    """The texts of the check as ``encoder`` reads them: known ones as questions, and as passages with the corpus'."""
    step = max(1, len(sample) // _SAMPLE)
    passages = [*CHECK_TEXTS, *sample[::step][:_SAMPLE]]
    read = dict(encoder.read_passages(passages))
    return [*(encoder.read_question(text) for text in CHECK_TEXTS), *(read[number] for number in range(len(passages)))]


def _mean_cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return float(((one * other).sum(axis=-1) / np.maximum(lengths, 1e-12)).mean())


def _let_through(error: BaseException) -> None:
    """Raise what an error came from where that is want of disk or memory: it says nothing of the model.

    Raises:
        OSError, MemoryError: it is.
    """
    for one in _chain(error):
        if isinstance(one, OSError) and one.errno in _WANTS:
            raise one
        if isinstance(one, MemoryError) or any(sign in _first_line(one).casefold() for sign in _WANT_OF_MEMORY):
            raise MemoryError(_first_line(one)) from error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it came from, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: BaseException) -> str:
    """What went wrong first, in one line; the errors that came of it tell how to report it."""
    return _first_line(list(_chain(error))[-1])[:200]


def _first_line(error: BaseException) -> str:
    return _COLOURS.sub("", str(error)).strip().split("\n")[0] or type(error).__name__
