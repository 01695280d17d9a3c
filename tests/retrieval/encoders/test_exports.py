"""What is known of an export: nothing where any of it is not what was written, and which file is damaged."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.encoders.exports import (
    MODEL,
    VERSION,
    Description,
    damaged_file,
    described,
    digest_of,
    export_folder,
    refusal,
    refuse,
    write_description,
)
from retrieval.encoders.loading import encoder_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.retrieval.conftest import Tiny

IDENTITY = "folder:0123456789abcdef"
FILES = {MODEL: b"a model", "light-tokenizer/rest.json": b"{}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export of files that are only looked at from outside."""
    folder = export_folder(tmp_path / "models", IDENTITY)
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    write_description(folder, description_of(folder))
    return folder


def description_of(folder: Path) -> Description:
    """What is to be known of the export in ``folder``."""
    return Description(
        identity=IDENTITY,
        dimension=64,
        precision="int8",
        cosine=0.99951,
        token_cosine=0.99823,
        most_tokens=512,
        question_prompt="query: ",
        passage_prompt="passage: ",
        files={name: len(content) for name, content in FILES.items()},
        digests={name: digest_of(folder / name) for name in FILES},
    )


def test_what_was_described_is_known_again(folder: Path) -> None:
    found = described(folder, IDENTITY)
    assert found == description_of(folder)
    assert found.version == VERSION
    assert damaged_file(folder, found) is None


def test_each_encoder_has_a_folder_of_its_own_whose_name_any_disk_can_have(tmp_path: Path) -> None:
    names = ["bundled:12", "bundled:13", "hub:some/Model", "hub:some/model", "folder:" + "a" * 500, "hub:../../up"]
    folders = [export_folder(tmp_path, name) for name in names]
    assert len(set(folders)) == len(names)
    assert {folder.parent for folder in folders} == {tmp_path}
    assert all(folder.name.replace("-", "").isalnum() and len(folder.name) < 40 for folder in folders)
    assert folders == [export_folder(tmp_path, name) for name in names]


def test_an_export_of_another_encoder_is_not_taken_for_this_ones(folder: Path) -> None:
    assert described(folder, "folder:another") is None


def test_an_export_of_another_version_is_not_taken(folder: Path) -> None:
    write_description(folder, dataclasses.replace(description_of(folder), version=VERSION + 1))
    assert described(folder, IDENTITY) is None


def test_there_is_none_where_there_is_no_folder(tmp_path: Path) -> None:
    assert described(tmp_path / "none", IDENTITY) is None
    (tmp_path / "file").touch()
    assert described(tmp_path / "file", IDENTITY) is None


@pytest.mark.parametrize("name", FILES)
def test_an_export_that_lacks_a_file_or_has_it_cut_or_longer_is_none(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    for content in (whole[:-1], whole + b"\0", b""):
        (folder / name).write_bytes(content)
        assert described(folder, IDENTITY) is None
    (folder / name).unlink()
    assert described(folder, IDENTITY) is None
    (folder / name).write_bytes(whole)
    assert described(folder, IDENTITY) is not None


def replaced(name: str, value: object) -> Callable[[Path], object]:
    """Write another value into a description, as a slip of an editor or of a disk would."""

    def replace(file: Path) -> None:
        file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))

    return replace


def without(name: str) -> Callable[[Path], object]:
    """Take a value out of a description."""

    def drop(file: Path) -> None:
        value: dict[str, Any] = json.loads(file.read_text())
        del value[name]
        file.write_text(json.dumps(value))

    return drop


def rewritten(content: bytes) -> Callable[[Path], object]:
    """Write something else in place of a description."""
    return lambda file: file.write_bytes(content)


SPOILT = {
    "another prompt": replaced("question_prompt", "qxery: "),
    "another limit": replaced("most_tokens", 1),
    "a limit that is no number": replaced("most_tokens", "512"),
    "another size": replaced("dimension", 65),
    "one value more": replaced("more", 1),
    "files that are a number": replaced("files", 7),
    "no files": without("files"),
    "no digest of itself": without("digest"),
    "empty": rewritten(b""),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-20]),
    "a list": rewritten(b"[]"),
    "null": rewritten(b"null"),
    "no UTF-8": rewritten(b"\xff\xfe{}"),
    "gone": lambda file: file.unlink(),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_an_export_whose_description_is_not_what_was_written_is_none(
    folder: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(folder / "export.json")
    assert described(folder, IDENTITY) is None


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_byte_changed_is_whole_at_a_glance_and_named_by_a_look_into_it(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    found = described(folder, IDENTITY)
    assert found is not None
    assert damaged_file(folder, found) == name


def test_a_file_that_cannot_be_read_counts_as_damaged(folder: Path) -> None:
    found = description_of(folder)
    (folder / MODEL).unlink()
    assert damaged_file(folder, found) == MODEL
    (folder / MODEL).mkdir()
    assert damaged_file(folder, found) == MODEL


def test_a_refusal_is_remembered_for_the_one_encoder(tmp_path: Path) -> None:
    one, other = (export_folder(tmp_path / "models", name) for name in ("hub:one", "hub:other"))
    assert refusal(one) is None
    refuse(one, 'it is "special"\nin two lines')
    assert refusal(one) == 'it is "special"\nin two lines'
    assert refusal(other) is None
    assert not one.exists()
    refuse(one, "another reason")
    assert refusal(one) == "another reason"


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b"null", b"\xff"])
def test_a_refusal_that_cannot_be_read_is_forgotten(tmp_path: Path, content: bytes) -> None:
    folder = export_folder(tmp_path, IDENTITY)
    refuse(folder, "a reason")
    next(tmp_path.glob("*.refused.json")).write_bytes(content)
    assert refusal(folder) is None


def test_a_refusal_that_cannot_be_written_is_not_remembered_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "models").touch()
    folder = export_folder(tmp_path / "models", IDENTITY)
    refuse(folder, "a reason")
    assert refusal(folder) is None


def test_every_file_of_an_export_is_looked_at(tiny: Tiny, tmp_path: Path) -> None:
    folder = tiny.copy(tmp_path)
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert set(tiny.description.files) == set(tiny.description.digests) == set(files) - {"export.json"}
    for name in tiny.description.files:
        content = bytearray(files[name].read_bytes())
        content[len(content) // 2] ^= 1
        files[name].write_bytes(content)
        assert damaged_file(folder, tiny.description) == name
        files[name].write_bytes((tiny.export / name).read_bytes())
    assert damaged_file(folder, tiny.description) is None


def test_a_model_changed_in_place_is_another_with_an_export_of_its_own(tiny: Tiny, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(tiny.model, model)
    assert encoder_identity(str(model)) == tiny.identity
    file = model / "config_sentence_transformers.json"
    file.write_text(file.read_text().replace("query: ", "question: "))
    assert encoder_identity(str(model)) != tiny.identity
    assert export_folder(tiny.models, encoder_identity(str(model))) != tiny.export
    assert described(export_folder(tiny.models, encoder_identity(str(model))), encoder_identity(str(model))) is None
