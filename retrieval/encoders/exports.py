"""Where exported encoders lie, and what is known about each without loading it.

An export is a folder below the models': an ONNX file with its weights beside it, the tokenizer, and a description.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from corpus.durable import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION: Final = 1
MODEL: Final = "model.onnx"
_DESCRIPTION: Final = "export.json"
_DIGEST: Final = "digest"


@dataclass(frozen=True, slots=True)
class Description:
    """What an export is of, and how it is served.

    ``precision`` is "int8" or "float32"; ``cosine`` the lowest to the source's vectors over the texts it was checked
    on, and ``token_cosine`` the mean over their tokens. ``most_tokens`` is how long a text may be, the model's own
    tokens included. ``files`` are the sizes in bytes of its files, and ``digests`` their SHA-256, in hexadecimal.
    """

    identity: str
    dimension: int
    precision: str
    cosine: float
    token_cosine: float
    most_tokens: int
    question_prompt: str
    passage_prompt: str
    files: Mapping[str, int]
    digests: Mapping[str, str]
    version: int = VERSION


def export_folder(models_folder: Path, identity: str) -> Path:
    """Where the export of the encoder ``identity`` lies, whether there is one or not."""
    return models_folder / f"export-{hashlib.sha256(identity.encode()).hexdigest()[:16]}-v{VERSION}"


def write_description(folder: Path, description: Description) -> None:
    """Write the description into the folder of an export that is being made, with a digest of itself."""
    value = asdict(description)
    value[_DIGEST] = _digest_of_value(value)
    (folder / _DESCRIPTION).write_text(json.dumps(value, indent=1), encoding="utf-8")


def described(folder: Path, identity: str) -> Description | None:
    """What is known of the export in ``folder``; None where there is none of ``identity`` that is whole."""
    try:
        value = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
        is_whole = value.pop(_DIGEST) == _digest_of_value(value)
        found = Description(**value)
        is_whole = is_whole and all((folder / name).stat().st_size == size for name, size in found.files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if is_whole and (found.identity, found.version) == (identity, VERSION) else None


def damaged_file(folder: Path, description: Description) -> str | None:
    """The first file of an export that is not what was written, or cannot be read; None where all are as they were."""
    for name, digest in description.digests.items():
        try:
            is_whole = digest_of(folder / name) == digest
        except OSError:
            is_whole = False
        if not is_whole:
            return name
    return None


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of_value(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def refuse(folder: Path, reason: str) -> None:
    """Remember that what would lie in ``folder`` cannot be exported, so that it is not tried at every start.

    Where that cannot be written it is tried again.
    """
    with contextlib.suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(_refusal_file(folder), json.dumps({"reason": reason}).encode())


def refusal(folder: Path) -> str | None:
    """Why what would lie in ``folder`` cannot be exported; None where that is not known of it."""
    try:
        return str(json.loads(_refusal_file(folder).read_text(encoding="utf-8"))["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _refusal_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.refused.json")
