"""Encoders are told apart by identity, load or say why not, and give vectors in the order of the texts."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.encoders import bundled_model, exporting
from retrieval.encoders.encoder import Encoder
from retrieval.encoders.exported_encoder import ExportedEncoder
from retrieval.encoders.exports import described, export_folder, refusal
from retrieval.encoders.loading import encoder_identity, load_encoder
from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder
from retrieval.errors import EncoderError, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.retrieval.conftest import Tiny


class Model:
    """Stands in for a Sentence Transformers model: a text's vector is its length and that of the prompt."""

    def __init__(self, prompts: dict[str, str]) -> None:
        self.prompts = prompts
        self.batches: list[list[str]] = []

    def __getitem__(self, index: int) -> object:
        """A first module without layers to look into."""
        return object()

    def get_embedding_dimension(self) -> int:
        """Two."""
        return 2

    def encode(self, texts: Sequence[str], *, prompt: str, **options: object) -> NDArray[np.float64]:
        """The lengths of the texts and of the prompt."""
        assert options == {"batch_size": 32, "normalize_embeddings": True, "show_progress_bar": False}
        self.batches.append(list(texts))
        return np.array([[len(text), len(prompt)] for text in texts], dtype=np.float64)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[SentenceTransformerEncoder, Model, list[int]]]:
    """Make an encoder over a model with the prompts given; also returns the numbers of threads that were set."""

    def loaded(
        prompts: dict[str, str], threads: int | None = None
    ) -> tuple[SentenceTransformerEncoder, Model, list[int]]:
        model, limits = Model(prompts), list[int]()
        torch = SimpleNamespace(set_num_threads=limits.append)
        library = SimpleNamespace(SentenceTransformer=lambda name, device: model)
        monkeypatch.setattr("retrieval.encoders.sentence_transformer.import_quietly", lambda: (torch, library))
        return SentenceTransformerEncoder("any", identity="any", threads=threads), model, limits

    return loaded


@pytest.mark.parametrize(
    ("prompts", "question", "passage"),
    [
        ({"query": "q: ", "passage": "text: "}, 3, 6),
        ({"query": "q: ", "document": "d: "}, 3, 3),
        ({"query": "q: ", "document": "d: ", "passage": "text: "}, 3, 6),
        ({"query": "q: ", "passage": "", "document": "doc: "}, 3, 5),
        ({"query": "", "document": ""}, 0, 0),
        ({}, 0, 0),
    ],
)
def test_the_models_own_prompts_are_put_before_the_texts(
    load: Callable[..., tuple[SentenceTransformerEncoder, Model, list[int]]],
    prompts: dict[str, str],
    question: int,
    passage: int,
) -> None:
    encoder, _, _ = load(prompts)
    assert encoder.encode_questions(["what"]).tolist() == [[4, question]]
    assert encoder.encode_passages(["what"]).tolist() == [[4, passage]]


def test_passages_are_encoded_longest_first_in_batches_and_come_back_in_order(
    load: Callable[..., tuple[SentenceTransformerEncoder, Model, list[int]]],
) -> None:
    encoder, model, _ = load({})
    texts = ["x" * (number * 37 % 70) for number in range(70)]
    told: list[int] = []
    vectors = encoder.encode_passages(texts, told.append)
    assert vectors.dtype == np.float32
    assert vectors[:, 0].tolist() == [len(text) for text in texts]
    assert told == [32, 32, 6]
    lengths = [len(text) for batch in model.batches for text in batch]
    assert lengths == sorted(lengths, reverse=True)


def test_no_texts_give_no_vectors(
    load: Callable[..., tuple[SentenceTransformerEncoder, Model, list[int]]],
) -> None:
    encoder, model, _ = load({})
    assert encoder.encode_questions([]).shape == (0, 2)
    assert encoder.encode_passages([]).shape == (0, 2)
    assert model.batches == []


def test_threads_are_limited_only_where_a_limit_is_given(
    load: Callable[..., tuple[SentenceTransformerEncoder, Model, list[int]]],
) -> None:
    assert load({})[2] == []
    assert load({}, threads=1)[2] == [1]
    assert load({})[0].dimension == 2


@pytest.mark.parametrize(
    "error", [OSError("no such\nmodel"), ValueError("no such"), KeyError("no such"), ImportError()]
)
def test_a_model_that_does_not_load_is_an_error_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(name: str, device: str) -> Model:
        raise error

    library = SimpleNamespace(SentenceTransformer=fail)
    monkeypatch.setattr("retrieval.encoders.sentence_transformer.import_quietly", lambda: (SimpleNamespace(), library))
    with pytest.raises(EncoderError, match="The encoder 'some/model' cannot be loaded") as refused:
        SentenceTransformerEncoder("some/model", identity="any")
    assert "RAPPORTEUR_EMBEDDING_MODEL" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_bundled_identity_is_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"one")
    monkeypatch.setattr(bundled_model, "packaged_file", lambda: file)
    one = encoder_identity("bundled")
    file.write_bytes(b"two")
    assert one.startswith("bundled:")
    assert encoder_identity("bundled") != one


def test_the_identity_of_a_folder_changes_with_any_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "model.bin").write_bytes(b"one")
    (tmp_path / "1_Pooling" / "config.json").write_bytes(b"{}")
    identities = [encoder_identity(str(tmp_path))]
    assert encoder_identity(str(tmp_path)) == identities[0]
    (tmp_path / "1_Pooling" / "config.json").write_bytes(b"[]")
    identities.append(encoder_identity(str(tmp_path)))
    (tmp_path / "more").touch()
    identities.append(encoder_identity(str(tmp_path)))
    assert len(set(identities)) == 3
    assert all(identity.startswith("folder:") for identity in identities)


@pytest.mark.parametrize("name", ["intfloat/multilingual-e5-small", "all-MiniLM-L6-v2"])
def test_any_other_name_is_of_the_hub(name: str) -> None:
    assert encoder_identity(name) == f"hub:{name}"


@pytest.mark.parametrize("name", ["/no/such/folder", "./none", "~/none/such", "../none", "a/b/c"])
def test_a_folder_that_does_not_exist_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(EncoderError, match=f"The encoder's folder '{name}' does not exist"):
        encoder_identity(name)


@pytest.mark.parametrize("name", ["~/model", "hub/model"])
def test_a_folder_below_the_home_is_loaded_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    names: list[str] = []

    def note(name: str, device: str) -> Model:
        names.append(name)
        return Model({})

    library = SimpleNamespace(SentenceTransformer=note)
    monkeypatch.setattr("retrieval.encoders.sentence_transformer.import_quietly", lambda: (SimpleNamespace(), library))
    encoder = load_encoder(name, tmp_path / "models")
    assert names == [str(tmp_path / "model") if name == "~/model" else name]
    assert encoder.identity == encoder_identity(name)


def test_the_bundled_encoder_finds_across_languages(bundled_encoder: Encoder) -> None:
    """The one test of what the real model is for."""
    encoder = bundled_encoder
    assert encoder.identity == encoder_identity("bundled")
    assert encoder.dimension == 384
    passages = [
        "The parties agreed to exchange lists of detainees.",
        "The central bank raised its main interest rate.",
        "Honeybees tell one another where to find flowers.",
    ]
    questions = ["О чём договорились стороны о задержанных?", "Faiz oranını kim yükseltti?", "كيف يجد النحل الأزهار؟"]
    found = encoder.encode_passages(passages)
    asked = encoder.encode_questions(questions)
    assert found.dtype == asked.dtype == np.float32
    assert found.shape == asked.shape == (3, 384)
    assert np.linalg.norm(found, axis=1).tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    assert (asked @ found.T).argmax(axis=1).tolist() == [0, 1, 2]
    assert not np.allclose(encoder.encode_questions(passages[:1]), found[:1])


def test_the_bundled_encoder_tells_the_tokens_of_a_text(bundled_encoder: Encoder) -> None:
    texts = ["Astana", "The parties agreed to exchange lists of detainees.", "Стороны договорились об обмене."]
    told: list[int] = []
    read = dict(bundled_encoder.read_passages(texts, told.append))
    assert sum(told) == 3
    np.testing.assert_allclose(
        np.array([read[number].vector for number in range(3)]), bundled_encoder.encode_passages(texts), atol=1e-5
    )
    for number, text in enumerate(texts):
        encoding = read[number]
        assert encoding.tokens.shape == (len(encoding.spans), 2, 384)
        assert encoding.tokens.dtype == np.float32
        assert np.linalg.norm(encoding.tokens[:, 1], axis=1).tolist() == pytest.approx([1] * len(encoding.tokens))
        pieces = [text[start:end] for start, end in encoding.spans]
        assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
    asked = bundled_encoder.read_question(texts[1])
    np.testing.assert_allclose(asked.vector, bundled_encoder.encode_questions(texts[1:2])[0], atol=1e-5)


def test_an_encoder_without_layers_to_look_into_reads_each_text_as_one_token(
    load: Callable[..., tuple[SentenceTransformerEncoder, Model, list[int]]],
) -> None:
    encoder, _, _ = load({"query": "q: "})
    read = encoder.read_question("what")
    assert (read.vector.tolist(), read.tokens.tolist(), read.spans.tolist()) == ([4, 3], [[[4, 3], [4, 3]]], [[0, 4]])


@pytest.fixture
def bag_of_words(tmp_path: Path) -> Path:
    """A model that counts words and has no transformer."""
    folder = tmp_path / "words"
    (folder / "0_BoW").mkdir(parents=True)
    modules = [{"idx": 0, "name": "0", "path": "0_BoW", "type": "sentence_transformers.models.BoW"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    vocabulary = {"vocab": ["talks", "parties", "lists"], "word_weights": {}, "unknown_word_weight": 1}
    (folder / "0_BoW" / "config.json").write_text(json.dumps(vocabulary | {"cumulative_term_frequency": True}))
    return folder


def not_again(*_: object, **__: object) -> None:
    """Stands where something is not to be done."""
    raise AssertionError("it was done again")


def test_an_exported_encoder_is_served_without_its_source(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.encoders.sentence_transformer.SentenceTransformerEncoder", not_again)
    encoder = load_encoder(str(tiny.model), tiny.models, threads=1)
    assert isinstance(encoder, ExportedEncoder)
    assert encoder.identity == tiny.identity == encoder_identity(str(tiny.model))


def test_a_model_that_cannot_be_exported_is_served_by_its_own_library_and_not_tried_again(
    bag_of_words: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    encoder = load_encoder(str(bag_of_words), models)
    assert encoder.serving == "Sentence Transformers in float32"
    asked = encoder.read_question("lists of talks")
    assert asked.tokens.shape == (1, 2, 3)
    assert asked.vector.tolist() == pytest.approx([0.7071, 0, 0.7071], abs=1e-4)
    folder = export_folder(models, encoder.identity)
    assert refusal(folder) == "it is not a transformer with a fast tokenizer"
    assert not folder.exists()
    monkeypatch.setattr(exporting, "export", not_again)
    again = load_encoder(str(bag_of_words), models)
    np.testing.assert_array_equal(again.read_question("lists of talks").vector, asked.vector)


def test_each_model_has_its_own_export_and_refusal(
    tiny: Tiny, bag_of_words: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, other = tmp_path / "models", tmp_path / "other"
    tiny.copy(models)
    load_encoder(str(bag_of_words), models)
    shutil.copytree(tiny.model, other)
    prompts = other / "config_sentence_transformers.json"
    prompts.write_text(prompts.read_text().replace("query: ", "the "))
    monkeypatch.setattr(
        exporting, "_write_model", lambda _, path: shutil.copytree(tiny.whole, path.parent, dirs_exist_ok=True)
    )
    changed = load_encoder(str(other), models, sample=["the talks"])
    unchanged = load_encoder(str(tiny.model), models)
    assert isinstance(changed, ExportedEncoder)
    assert isinstance(unchanged, ExportedEncoder)
    assert changed.identity != unchanged.identity
    found = described(export_folder(models, changed.identity), changed.identity)
    assert found is not None
    assert (found.question_prompt, found.passage_prompt) == ("the ", "passage: ")
    assert not np.allclose(changed.read_question("talks").vector, unchanged.read_question("talks").vector, atol=0.01)
    assert sorted(path.suffix for path in models.iterdir()) == ["", "", ".json"]


@pytest.mark.parametrize("error", [MemoryError(), OSError(28, "No space left on device")])
def test_an_export_that_lacked_memory_or_disk_is_an_error_and_tried_again(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(exporting, "_write_model", fail)
        with pytest.raises(StorageFailed):
            load_encoder(str(tiny.model), tmp_path)
    assert refusal(export_folder(tmp_path, tiny.identity)) is None
    assert list(tmp_path.iterdir()) == []
