"""What is said of settings that are read, but perhaps not as their owner meant."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic_settings import DotEnvSettingsSource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pydantic_settings import BaseSettings

_OTHERS = 0o077


def unknown_variables(names: Iterable[str], known: Collection[str], prefix: str) -> list[str]:
    """A sentence for each variable with the prefix that is no setting, with what may have been meant."""
    found = []
    for name in sorted(names):
        if name.startswith(prefix) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else "."
            found.append(f"The variable {name} is no setting of this program and is ignored{meant}")
    return found


def open_settings_file(settings: type[BaseSettings], secret: Iterable[str]) -> str | None:
    """A sentence where the file of settings has a secret, a variable of those names, and others may read it."""
    file = Path(str(settings.model_config.get("env_file")))
    if not file.is_file() or not file.stat().st_mode & _OTHERS:
        return None
    values = DotEnvSettingsSource(settings).env_vars
    if not any((values.get(name.lower()) or "").strip() for name in secret):
        return None
    return f"The file {file} has a secret in it and is open to other users; run `chmod 600 {file}`."
