"""Which model is behind an encoder's name, and how it is loaded and told apart from others."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.encoders import bundled_model
from retrieval.encoders.exports import described, export_folder, refusal, refuse
from retrieval.errors import EncoderError
from retrieval.index.storage import storage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.encoders.encoder import Encoder
    from retrieval.encoders.exports import Description
    from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder


def load_encoder(name: str, models_folder: Path, *, sample: Sequence[str] = (), threads: int | None = None) -> Encoder:
    """Load the encoder that ``name`` means: "bundled", a folder, or a name on the model hub.

    It is served from its export, which is made where there is none yet, and checked on ``sample``, texts of the corpus.
    One that cannot be exported is served by sentence-transformers. ``threads`` is how many it may compute with.

    Raises:
        EncoderError: it cannot be loaded.
        StorageFailed: its export cannot be written.
    """
    identity = encoder_identity(name)
    folder = export_folder(models_folder, identity)
    description = described(folder, identity)
    if description is None:
        from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder

        with storage(models_folder, "preparing the encoder"):
            source = SentenceTransformerEncoder(_source(name, models_folder), identity=identity, threads=threads)
            description = _exported(source, folder, sample)
        if description is None:
            return source
    from retrieval.encoders.exported_encoder import ExportedEncoder
    from retrieval.encoders.runtimes import RuntimeFailed

    try:
        return ExportedEncoder(folder, description, threads)
    except RuntimeFailed as error:
        raise EncoderError(
            f"The exported encoder in {folder} cannot be loaded ({error}); delete that folder, and it is made anew."
        ) from error


def _exported(source: SentenceTransformerEncoder, folder: Path, sample: Sequence[str]) -> Description | None:
    """The export of ``source``, made now; None where it cannot be exported, which is remembered."""
    if refusal(folder) is not None:
        return None
    from retrieval.encoders.exporting import NotExported, export

    try:
        export(source, folder, sample)
    except NotExported as error:
        refuse(folder, str(error))
    return described(folder, source.identity)


def _source(name: str, models_folder: Path) -> str:
    """What sentence-transformers loads the encoder from."""
    if name == bundled_model.NAME:
        return str(bundled_model.ensure_unpacked(models_folder))
    folder = Path(name).expanduser()
    return str(folder) if folder.is_dir() else name


def encoder_identity(name: str) -> str:
    """The identity of the encoder that ``name`` means, without loading it.

    For a folder it is a digest of the files in it, so that a model changed in place is noticed.

    Raises:
        EncoderError: ``name`` looks like a folder that does not exist, or a file of it cannot be read.
    """
    if name == bundled_model.NAME:
        return f"bundled:{_digest([bundled_model.packaged_file()])}"
    folder = Path(name).expanduser()
    if folder.is_dir():
        return f"folder:{_digest(sorted(path for path in folder.rglob('*') if path.is_file()))}"
    looks_like_one = folder.is_absolute() or name.startswith(".") or name.count("/") != 1
    if looks_like_one and ("/" in name or os.sep in name):
        raise EncoderError(
            f"The encoder's folder {name!r} does not exist; set RAPPORTEUR_EMBEDDING_MODEL to the name or folder "
            'of a Sentence Transformers model, or to "bundled".'
        )
    return f"hub:{name}"


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        try:
            state = path.stat()
            digest.update(path.name.encode())
            digest.update(_digest_of_file(path, state.st_size, state.st_mtime_ns))
        except OSError as error:
            raise EncoderError(
                f"The encoder's file {path} cannot be read ({error.strerror or error}); check its permissions."
            ) from error
    return digest.hexdigest()[:16]


@lru_cache(maxsize=256)
def _digest_of_file(path: Path, size: int, changed: int) -> bytes:
    """Read once by this process, as long as its size and the time of its last change stay as they are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
