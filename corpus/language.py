"""Which of the languages in use a text is in."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from py3langid.langid import LanguageIdentifier

LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa")
_LONGEST_SAMPLE = 5000
_reading = threading.Lock()
_loaded: list[LanguageIdentifier] = []


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code of the language of ``text``, of the six in use, or None where it has no letters."""
    sample = text[:_LONGEST_SAMPLE]
    if not any(character.isalpha() for character in sample):
        return None
    language, _ = _identifier().classify(sample)
    return str(language)


def prepare_language_detection(folder: Path) -> None:
    """Begin in another thread to load what languages are told by, and return at once.

    Where ``folder`` keeps it unpacked that takes a tenth of the time.
    """
    threading.Thread(target=_identifier, args=(folder,), name="language detection", daemon=True).start()


def keep_language_tables(folder: Path) -> None:
    """Unpack what languages are told by into ``folder``, unless it is there.

    Raises:
        OSError: it cannot be written.
    """
    from corpus import language_tables

    language_tables.keep(folder, LANGUAGES)


def _identifier(folder: Path | None = None) -> LanguageIdentifier:
    # Read once, by whoever comes first.
    with _reading:
        return _loaded[0] if _loaded else _load(folder)


def _load(folder: Path | None) -> LanguageIdentifier:
    from corpus import language_tables

    kept = None if folder is None else language_tables.kept(folder, LANGUAGES)
    _loaded.append(language_tables.packaged(LANGUAGES) if kept is None else kept)
    return _loaded[0]
