"""Which of the languages in use a text is in."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa")
_LONGEST_SAMPLE = 5000
_reading = threading.Lock()


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code of the language of ``text``, of the six in use, or None where it has no letters."""
    sample = text[:_LONGEST_SAMPLE]
    if not any(character.isalpha() for character in sample):
        return None
    language, _ = _identifier().classify(sample)
    return str(language)


def prepare_language_detection() -> None:
    """Begin in another thread to unpack what languages are told by, which takes half a second, and return at once."""
    threading.Thread(target=_identifier, name="language detection", daemon=True).start()


def _identifier() -> LanguageIdentifier:
    # Read once, by whoever comes first.
    with _reading:
        return _read_identifier()


@lru_cache(maxsize=1)
def _read_identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier
