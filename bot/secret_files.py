"""Secrets that come from files: those that variables name, and the credentials that systemd hands over."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

SUFFIX = "_FILE"
CREDENTIALS = "CREDENTIALS_DIRECTORY"
_MOST_BYTES = 64 * 1024
_OTHERS = 0o077


class SecretFileError(Exception):
    """A secret cannot be taken from a file; the message is one sentence that names the variable and the file."""


def secret_fields(settings: type[BaseSettings]) -> tuple[str, ...]:
    """The names of the settings that are secrets, in order."""
    fields = settings.model_fields.items()
    return tuple(name for name, field in fields if SecretStr in (field.annotation, *get_args(field.annotation)))


def secret_values(settings: BaseSettings) -> tuple[str, ...]:
    """Every secret that the settings have."""
    values = (getattr(settings, name) for name in secret_fields(type(settings)))
    return tuple(value.get_secret_value() for value in values if value is not None)


class SecretFileSource(PydanticBaseSettingsSource):
    """The secrets whose variable is unset or blank, from files.

    ``RAPPORTEUR_..._FILE`` names one; otherwise it is the systemd credential of the setting's name, with the prefix or
    without. Goes before the sources of variables, whose blanks would otherwise count.

    Raises:
        SecretFileError: a file cannot be used, or variable and file are both set.
    """

    def __init__(self, settings: type[BaseSettings], *sources: PydanticBaseSettingsSource) -> None:
        """The variables are those of ``sources``, an earlier one before a later; the first is the environment."""
        super().__init__(settings)
        self._prefix = str(self.config.get("env_prefix", ""))
        self._variables: list[Mapping[str, str | None]] = [
            source.env_vars for source in sources if isinstance(source, EnvSettingsSource)
        ]

    def __call__(self) -> dict[str, Any]:
        """The secrets found, by the names of their settings."""
        found: dict[str, Any] = {}
        for name in secret_fields(self.settings_cls):
            if name not in self.current_state:
                value, _, _ = self.get_field_value(self.settings_cls.model_fields[name], name)
                if value is not None:
                    found[name] = value
        return found

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        """The secret, None where no file has it; its name; and that it is no structure to be parsed."""
        variable = f"{self._prefix}{field_name}".upper()
        file, own = self._value(variable + SUFFIX), self._value(variable)
        if file is not None and own is not None:
            raise SecretFileError(f"{variable} and {variable}{SUFFIX} are both set; unset one of the two.")
        if file is not None:
            path = Path(file)
            # Where there is no such home, the path is named as it was written.
            with contextlib.suppress(RuntimeError):
                path = path.expanduser()
            return read_secret(path, f"The file {path}, which {variable}{SUFFIX} names,"), field_name, False
        return self._credential(field_name) if own is None else None, field_name, False

    def _credential(self, name: str) -> str | None:
        """What systemd hands over, in files that only the unit may read, whatever their mode."""
        folder = (self._variables[0].get(CREDENTIALS.lower()) if self._variables else None) or ""
        for file in (f"{self._prefix}{name}".lower(), name):
            path = Path(folder) / file
            if folder and os.path.lexists(path):
                return read_secret(path, f"The credential {path}", private=False)
        return None

    def _value(self, variable: str) -> str | None:
        """A variable's value, None where it is unset or blank."""
        values = (variables.get(variable.lower()) for variables in self._variables)
        return (next((value for value in values if value is not None), "").strip()) or None


class SecretFileSettings(BaseSettings):
    """Settings whose secrets may come from files."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, files of secrets, variables, and the file of settings."""
        return (
            init_settings,
            SecretFileSource(settings_cls, env_settings, dotenv_settings),
            env_settings,
            dotenv_settings,
        )


def read_secret(path: Path, what: str, *, private: bool = True) -> str:
    """The one line of a file, without the blanks around it; ``what`` begins the sentence of an error.

    With ``private`` nobody but its owner may have access to the file.

    Raises:
        SecretFileError: it cannot be read, is open to others, or does not hold one line of at most 64 KiB.
    """
    try:
        # Without blocking: to open a pipe that nobody writes to would wait for good.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            state = os.fstat(descriptor)
            data = os.read(descriptor, _MOST_BYTES + 1) if stat.S_ISREG(state.st_mode) else None
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SecretFileError(f"{what} cannot be read ({error.strerror}).") from None
    if data is None:
        raise SecretFileError(f"{what} is no regular file.")
    if private and state.st_mode & _OTHERS:
        raise SecretFileError(f"{what} is open to other users; run `chmod 600 {path}`.")
    if len(data) > _MOST_BYTES:
        raise SecretFileError(f"{what} is larger than 64 KiB; it must hold the secret and nothing else.")
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise SecretFileError(f"{what} is no text; it must hold the secret and nothing else.") from None
    if not text:
        raise SecretFileError(f"{what} is empty.")
    if not text.isprintable():
        raise SecretFileError(f"{what} has more than one line of text; it must hold the secret and nothing else.")
    return text
