"""Settings: ``RAPPORTEUR_*`` variables or a ``.env`` file in the working directory. The only module that reads them."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from bot.answers.references import Style
from bot.running.data_folder import make_private
from bot.secret_files import CREDENTIALS, SUFFIX, SecretFileError, SecretFileSettings, secret_fields
from bot.settings_warnings import open_settings_file, unknown_variables
from bot.subscriptions.rhythm import known_zone
from bot.trust_settings import TrustSettings
from bot.web_settings import PREFIX as PREFIX
from bot.web_settings import WebSettings
from corpus.access import DEFAULT_LABELS, Labels
from retrieval.answers.confidence import THRESHOLD

# What libraries are told, and the processes that this one starts: nothing is reported to anybody.
_NO_TELEMETRY = {"HF_HUB_DISABLE_TELEMETRY": "1", "DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one sentence that names it."""


class Settings(WebSettings, TrustSettings, SecretFileSettings):
    """Everything that can be set, with its default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        # A wrong value may be a secret.
        hide_input_in_errors=True,
    )

    telegram_token: SecretStr | None = Field(
        default=None, description="The bot's token from BotFather; without one the local chat is started instead."
    )
    telegram_api_url: str = Field(
        default="https://api.telegram.org", description="Where the Bot API is, for those who run a server of their own."
    )
    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("rapporteur")),
        description="Where the index, the unpacked encoder and the store are kept.",
    )
    documents: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(), description="Folders of documents, separated by colons or commas; instead of the starter briefings."
    )
    starter_documents: bool | None = Field(
        default=None,
        description="Whether the starter briefings are searched too; yes unless DOCUMENTS names folders.",
    )
    embedding_model: str = Field(
        default="bundled",
        min_length=1,
        description='The encoder: "bundled", a folder, or the name of a Sentence Transformers model.',
    )
    admins: Annotated[frozenset[int], NoDecode] = Field(
        default=frozenset(), description="Telegram ids of the people who may reload, separated by commas."
    )
    open_to_all: bool = Field(
        default=False, description="Whether people who are no admins, and groups, may ask on Telegram."
    )
    access_labels: Annotated[tuple[str, ...], NoDecode] = Field(
        default=DEFAULT_LABELS,
        description="The access labels of documents, separated by commas, from what anybody may read upwards.",
    )
    default_access: str | None = Field(
        default=None, description="The label of a document that none is given; the lowest unless set."
    )
    clearance: str | None = Field(
        default=None,
        description="The label up to which people and groups who may ask can read; the lowest unless set.",
    )
    clearances: Annotated[Mapping[int, str], NoDecode] = Field(
        default_factory=dict,
        description="Other clearances by Telegram id of a person or group: 11111111=internal,-100222=restricted.",
    )
    generations: int = Field(
        default=3, ge=0, le=100, description="How many earlier generations of the index are kept to go back to."
    )
    ocr_pages: int = Field(
        default=100, ge=0, le=10_000, description="At most so many scanned pages of a file are read by OCR; 0 for none."
    )
    watch: bool = Field(
        default=True, description="Whether the folders of documents are watched, and indexed when a file changes."
    )
    settle_seconds: float = Field(
        default=10.0, ge=0.1, le=3600, description="How long a watched folder must be still before it is indexed."
    )
    summary_approval: bool = Field(
        default=True,
        description="Whether an admin sees the summary of new documents first and sends it; none named, it is sent.",
    )
    summary_settle_seconds: float = Field(
        default=600.0,
        ge=0,
        le=86_400,
        description="How long after the last new document of a round its summary is proposed or sent.",
    )
    summary_words: int = Field(
        default=300, ge=50, le=2000, description="How many words of quotation the summary of a round may have."
    )
    citation_style: Style = Field(
        default=Style.AUTHOR_DATE,
        description='How a quotation is copied out: "author-date" or "footnote" as text, "bibtex" or "ris" as a file.',
    )
    inline: bool = Field(
        default=True,
        description="Whether people who may ask can insert quotations in any chat; from what anybody may read alone.",
    )
    timezone: str = Field(
        default="UTC", description="The time zone of digests where a chat names none, such as Europe/Berlin."
    )
    reranker: str | None = Field(
        default=None,
        description="A folder, or the name of any Sentence Transformers CrossEncoder that orders the best hits anew.",
    )
    confidence: float = Field(
        default=THRESHOLD,
        ge=0,
        le=1,
        description="How sure to be before answering, from 0 (always quote) to 1 (never).",
    )
    port: int = Field(default=8765, ge=0, le=65535, description="The port of the local chat; 0 takes any that is free.")

    @field_validator("timezone", mode="after")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        zone = known_zone(value)
        if zone is None:
            raise ValueError(f'"{value}" is no time zone; write one such as UTC, Europe/Berlin or Asia/Almaty')
        return zone

    @field_validator("documents", mode="before")
    @classmethod
    def _split_folders(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if Path(value).is_dir():
            return (value,)
        return _split(value, os.pathsep + ",")

    @field_validator("access_labels", mode="before")
    @classmethod
    def _split_labels(cls, value: Any) -> Any:
        return _split(value, ",") if isinstance(value, str) else value

    @field_validator("access_labels", mode="after")
    @classmethod
    def _labels_are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        folded = [" ".join(name.split()) for name in value]
        if not folded or not all(folded) or len({name.casefold() for name in folded}) != len(folded):
            raise ValueError("name each label once, and at least one")
        return tuple(folded)

    @field_validator("clearances", mode="before")
    @classmethod
    def _split_clearances(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found: dict[int, str] = {}
        for part in _split(value, ",;"):
            chat, sign, label = part.partition("=")
            if not sign or not re.fullmatch(r"-?\d+", chat.strip()):
                raise ValueError(f"{part!r} is not an id and a label such as 11111111=internal")
            found[int(chat)] = label.strip()
        return found

    @model_validator(mode="after")
    def _labels_are_in_use(self) -> Self:
        given = {"DEFAULT_ACCESS": self.default_access, "CLEARANCE": self.clearance}
        given |= {f"CLEARANCES of {chat}": label for chat, label in self.clearances.items()}
        for name, label in given.items():
            if label is not None and self.labels.named(label) is None:
                known = ", ".join(self.access_labels)
                raise ValueError(f'"{label}" in {PREFIX}{name} is no access label; in use are {known}')
        return self

    @property
    def labels(self) -> Labels:
        """The access labels in use."""
        return Labels(self.access_labels)

    @property
    def default_label(self) -> str:
        """The label of a document that none is given."""
        return self.labels.named(self.default_access or "") or self.labels.lowest

    def clearance_of(self, chat: int) -> str:
        """Up to which label what is said in a chat may draw on documents; a private chat has the id of its person.

        Admins read everything, in their own chats; a group reads what the group may, whoever asks in it.
        """
        if chat in self.admins:
            return self.labels.highest
        return self.labels.named(self.clearances.get(chat, self.clearance or "")) or self.labels.lowest

    @model_validator(mode="after")
    def _bot_is_in_one_place(self) -> Self:
        if self.telegram_token is not None and self.web_variable is not None:
            raise ValueError(
                f"{self.web_variable} is for the web chat, and with {PREFIX}TELEGRAM_TOKEN the bot is on Telegram "
                "instead; unset one of the two"
            )
        return self

    @field_validator("admins", mode="before")
    @classmethod
    def _split_ids(cls, value: Any) -> Any:
        return _split(value, ",; ") if isinstance(value, str) else value

    @field_validator("telegram_token", mode="after")
    @classmethod
    def _token_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        number, _, secret = value.get_secret_value().strip().partition(":")
        if not number.isdigit() or not secret:
            raise ValueError("a token looks like 123456789:AA...; copy it whole from BotFather")
        return SecretStr(value.get_secret_value().strip())

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that documents are read from, in order."""
        starter = self.starter_documents if self.starter_documents is not None else not self.documents
        own = tuple(folder.expanduser() for folder in self.documents)
        return (starter_folder(), *own) if starter else own

    @property
    def index_folder(self) -> Path:
        """Where the generations are."""
        return self.data_dir / "index"

    @property
    def library_folder(self) -> Path:
        """Where the library keeps originals, versions and what was decided on documents."""
        return self.data_dir / "library"

    @property
    def models_folder(self) -> Path:
        """Where encoders are unpacked."""
        return self.data_dir / "models"

    @property
    def store_file(self) -> Path:
        """The SQLite file of the store."""
        return self.data_dir / "store.sqlite3"

    @property
    def local_store_file(self) -> Path:
        """The SQLite file of the store without Telegram, which has the accounts too."""
        return self.data_dir / "local.sqlite3"


def _split(value: str, separators: str) -> tuple[str, ...]:
    """The parts of a list: JSON, or separated by any of ``separators``."""
    if value.lstrip().startswith("["):
        try:
            return tuple(str(part) for part in json.loads(value))
        except ValueError:
            raise ValueError("is not a JSON list; separate the parts with commas instead") from None
    for separator in separators[1:]:
        value = value.replace(separator, separators[0])
    return tuple(part.strip() for part in value.split(separators[0]) if part.strip())


def starter_folder() -> Path:
    """The folder of the starter briefings, which come with the package."""
    return Path(str(files("corpus").joinpath("documents")))


def load_settings() -> Settings:
    """Read the settings, make the data directory, and warn on stderr of variables that are no settings.

    Raises:
        SettingsError: a setting is wrong, or the data directory cannot be written.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
    except SecretFileError as error:
        raise SettingsError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"The file {Settings.model_config.get('env_file')} cannot be read ({reason}).") from None
    _warn_of_unknown()
    _prepare(settings.data_dir)
    return settings


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{message[0].upper()}{message[1:]}."
    name = PREFIX + str(first["loc"][0]).upper()
    hint = Settings.model_fields[str(first["loc"][0])].description
    return f"The setting {name} is wrong: {message[0].lower()}{message[1:]}. ({hint})"


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment for a process that indexes as ``settings`` say; no secret is in it, nor where one is."""
    own = {name for name in os.environ if name.upper().startswith(PREFIX) or name == CREDENTIALS}
    environment = {name: value for name, value in os.environ.items() if name not in own}
    # Blank ones, so that a file of settings adds none.
    secrets = {name.upper() + suffix: "" for name in secret_fields(Settings) for suffix in ("", SUFFIX)}
    values = secrets | {
        "DATA_DIR": str(settings.data_dir),
        "DOCUMENTS": json.dumps([str(folder) for folder in settings.folders]),
        "STARTER_DOCUMENTS": "false",
        "EMBEDDING_MODEL": settings.embedding_model,
        "ACCESS_LABELS": json.dumps(settings.access_labels),
        "DEFAULT_ACCESS": settings.default_label,
        "GENERATIONS": str(settings.generations),
        "OCR_PAGES": str(settings.ocr_pages),
        # It serves nothing, whatever a file of settings says.
        "WEBHOOK_URL": "",
        "WEB_HOST": "127.0.0.1",
        "WEB_NAME": "",
        "WEB_CERTIFICATE": "",
        "WEB_KEY": "",
        "WEB_PROXY": "",
    }
    python_path = os.pathsep.join([str(Path(__file__).resolve().parent.parent), environment.get("PYTHONPATH", "")])
    environment["PYTHONPATH"] = python_path.rstrip(os.pathsep)
    return environment | {PREFIX + name: value for name, value in values.items()}


def supervisor() -> tuple[str | None, float | None]:
    """The socket on which what started this process hears of it, and within how many seconds it must; None if unset."""
    address, microseconds = os.environ.get("NOTIFY_SOCKET"), os.environ.get("WATCHDOG_USEC", "")
    is_meant = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return address or None, int(microseconds) / 1e6 if is_meant and microseconds.isdecimal() else None


def _warn_of_unknown() -> None:
    secret = {PREFIX + name.upper() for name in secret_fields(Settings)}
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {name + SUFFIX for name in secret}
    said = [*unknown_variables(os.environ, known, PREFIX), open_settings_file(Settings, secret)]
    for sentence in filter(None, said):
        print(sentence, file=sys.stderr)


def refuse_telemetry() -> None:
    """Tell the libraries of this process, and of those that it starts, to report nothing to anybody."""
    os.environ.update(_NO_TELEMETRY)


def _prepare(folder: Path) -> None:
    """Make the data directory, private to its user, and see that it can be written; say where it is not private.

    Raises:
        SettingsError: it cannot.
    """
    try:
        warning = make_private(folder)
        probe = folder / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"The data directory {folder} cannot be written ({error.strerror}); "
            f"set {PREFIX}DATA_DIR to a folder that can, or free space."
        ) from None
    if warning is not None:
        print(warning, file=sys.stderr)
