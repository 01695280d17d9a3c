"""The parameters of a call, read from whatever form they came in, and checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.local.errors import bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime: str
    content: bytes


class Parameters:
    """The parameters of one call.

    A form gives strings, JSON gives values; nested values may be either JSON or text of JSON, as Telegram takes both.
    """

    def __init__(self, values: Mapping[str, object], uploads: Mapping[str, Upload] | None = None) -> None:
        """``uploads`` are the files of a multipart body by field name; null values count as absent."""
        self.values = {name: value for name, value in values.items() if value is not None}
        self.uploads = dict(uploads or {})

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Raise ApiError 400 for a parameter or a file that the method does not take.

        Telegram passes over what it does not know; here a misspelt parameter is an error.
        """
        names = set(known)
        unknown = sorted(set(self.values) - names)
        if unknown:
            raise bad_request(f'unknown parameter "{unknown[0]}" (refused by the local server in strict mode)')
        attached = {str(value).removeprefix("attach://") for value in _strings(self.values.values())}
        stray = sorted(name for name in self.uploads if name not in names and name not in attached)
        if stray:
            raise bad_request(f'unknown file "{stray[0]}" (refused by the local server in strict mode)')

    def has(self, name: str) -> bool:
        """Whether the parameter was given, and not as an empty string."""
        return self.values.get(name, "") != ""

    def text(self, name: str, default: str = "") -> str:
        """A string; JSON numbers become one too. Raises ApiError 400."""
        value = self.values.get(name, default)
        if isinstance(value, bool | dict | list):
            raise bad_request(f'parameter "{name}" must be a String')
        text = str(value)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise bad_request("strings must be encoded in UTF-8")
        return text

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number. Raises ApiError 400, where Telegram would read a zero."""
        value = self.values.get(name, default)
        if isinstance(value, bool):
            raise bad_request(f'parameter "{name}" must be an Integer')
        if isinstance(value, float) and value.is_integer():
            return int(value)
        try:
            return int(str(value).strip() or default)
        except ValueError as error:
            raise bad_request(f'parameter "{name}" must be an Integer') from error

    def number(self, name: str, default: float = 0.0) -> float:
        """A number. Raises ApiError 400."""
        try:
            return float(str(self.values.get(name, default)) or default)
        except ValueError as error:
            raise bad_request(f'parameter "{name}" must be a Number') from error

    def flag(self, name: str) -> bool:
        """Whether the parameter says yes, as Telegram reads it: ``true``, ``yes`` or ``1``."""
        value = self.values.get(name, False)
        return value is True or str(value).strip().lower() in ("true", "yes", "1")

    def json(self, name: str) -> object:
        """A nested value, decoded, or None where it was not given. Raises ApiError 400."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            decoded: object = json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from error
        return decoded

    def mapping(self, name: str) -> dict[str, object] | None:
        """A JSON object, or None where it was not given. Raises ApiError 400."""
        value = self.json(name)
        if value is not None and not isinstance(value, dict):
            raise bad_request(f'parameter "{name}" must be an Object')
        return value

    def array(self, name: str) -> list[object] | None:
        """A JSON array, or None where it was not given. Raises ApiError 400."""
        value = self.json(name)
        if value is not None and not isinstance(value, list):
            raise bad_request(f'parameter "{name}" must be an Array')
        return value

    def upload(self, name: str) -> Upload | None:
        """The file of a parameter, sent as that field itself or named with ``attach://``; None where it is a text.

        Raises ApiError 400 for an attachment that did not come.
        """
        value = self.values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            upload = self.attached(value)
            if upload is None:
                field = value.removeprefix("attach://")
                raise bad_request(f'file "{field}" named in parameter "{name}" was not uploaded')
            return upload
        return self.uploads.get(name)

    def attached(self, address: str) -> Upload | None:
        """The file that ``attach://name`` names, or None where there is none, or where it is another address."""
        return self.uploads.get(address.removeprefix("attach://")) if address.startswith("attach://") else None

    def for_journal(self) -> dict[str, object]:
        """The parameters as the journal keeps them: nested values decoded, files named with their sizes."""
        result: dict[str, object] = {name: _decoded(value) for name, value in self.values.items()}
        for name, upload in self.uploads.items():
            result[name] = f"file {upload.name}, {len(upload.content)} bytes"
        return result


class Fields:
    """The fields of a JSON object within a parameter, checked as they are read; ``what`` names it in errors."""

    def __init__(self, value: object, what: str, known: Iterable[str]) -> None:
        """Raises ApiError 400 where ``value`` is no object, or has a field not in ``known``."""
        if not isinstance(value, dict):
            raise bad_request(f"{what} must be an Object")
        self._value: dict[str, object] = {name: item for name, item in value.items() if item is not None}
        self._what = what
        unknown = sorted(set(self._value) - set(known))
        if unknown:
            raise bad_request(f'unknown field "{unknown[0]}" of {what} (refused by the local server in strict mode)')

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._value

    def text(self, name: str, default: str | None = None) -> str:
        """A string; ``default`` None makes it required. Raises ApiError 400."""
        value = self._value.get(name, default)
        if value is None:
            raise bad_request(f'can\'t find field "{name}"')
        if not isinstance(value, str):
            raise bad_request(f'field "{name}" must be of type String')
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number; ``default`` None makes it required. Raises ApiError 400."""
        value = self._value.get(name, default)
        if value is None:
            raise bad_request(f'can\'t find field "{name}"')
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise bad_request(f'field "{name}" must be of type Number')
        try:
            return int(value)
        except ValueError as error:
            raise bad_request(f'field "{name}" must be a valid Number') from error

    def flag(self, name: str) -> bool:
        """A truth value, false where it is absent. Raises ApiError 400."""
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            raise bad_request(f'field "{name}" must be of type Boolean')
        return value

    def get(self, name: str) -> object:
        """Whatever the field holds, None where it is absent."""
        return self._value.get(name)


def _decoded(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            decoded: object = json.loads(value)
        except ValueError:
            return value
        return decoded
    return value


def _strings(values: Iterable[object]) -> Iterable[str]:
    """Every string in nested values, those in texts of JSON included."""
    for value in values:
        decoded = _decoded(value)
        if isinstance(decoded, str):
            yield decoded
        elif isinstance(decoded, dict):
            yield from _strings(decoded.values())
        elif isinstance(decoded, list):
            yield from _strings(decoded)
