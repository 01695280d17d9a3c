"""What languages are told by, kept unpacked and memory-mapped, since the package's own file takes 0.3 s to unpack."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from corpus.durable import making, publish_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from py3langid.langid import LanguageIdentifier

_VERSION: Final = 1
_MOVES: Final = "moves.npy"
_TABLES: Final = "tables.npz"
_DIGESTS: Final = "digests.json"


def packaged(languages: Sequence[str]) -> LanguageIdentifier:
    """What tells ``languages``, ISO 639-1 codes, apart, from the package's own file."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(languages))
    return identifier


def kept(folder: Path, languages: Sequence[str]) -> LanguageIdentifier | None:
    """What ``packaged`` gives, from what is kept in ``folder``; None where that is missing or not what was written."""
    from py3langid.langid import LanguageIdentifier

    place = _place(folder, languages)
    try:
        if json.loads((place / _DIGESTS).read_text(encoding="utf-8")) != _digests(place):
            return None
        moves = np.load(place / _MOVES, mmap_mode="r", allow_pickle=False)
        with np.load(place / _TABLES, allow_pickle=False) as tables:
            return LanguageIdentifier(
                tables["weights"],
                tables["priors"],
                tables["languages"].tolist(),
                memoryview(moves),
                tables["features"].tolist(),
                tk_row=tables["rows"].tolist(),
            )
    except (OSError, ValueError, KeyError):
        return None


def keep(folder: Path, languages: Sequence[str]) -> None:
    """Keep what ``packaged`` reads in ``folder``, unless it is there.

    Raises:
        OSError: it cannot be written.
    """
    if kept(folder, languages) is not None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    place = _place(folder, languages)
    identifier = packaged(languages)
    with making(place), tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=folder) as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        np.save(made / _MOVES, np.asarray(identifier.tk_nextmove))
        np.savez(
            made / _TABLES,
            weights=identifier.nb_ptc,
            priors=identifier.nb_pc,
            languages=np.array(identifier.nb_classes),
            features=np.array(identifier.tk_output, dtype=np.int32),
            rows=np.asarray(identifier.tk_row),
        )
        (made / _DIGESTS).write_text(json.dumps(_digests(made)), encoding="utf-8")
        if place.exists():
            shutil.rmtree(place)
        publish_folder(made, place)


def _place(folder: Path, languages: Sequence[str]) -> Path:
    """Where they are kept: of other languages, or from another file of the package, elsewhere."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    source = hashlib.sha256((MODEL_DIR / MODEL_FILE).read_bytes())
    source.update(" ".join(languages).encode())
    return folder / f"languages-{source.hexdigest()[:16]}-v{_VERSION}"


def _digests(place: Path) -> dict[str, str]:
    found = {}
    for name in (_MOVES, _TABLES):
        with (place / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
