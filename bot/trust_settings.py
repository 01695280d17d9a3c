"""The settings of who may ask how much, what is written down of it, and how the bot is run and watched."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings


class AuditedQuestions(StrEnum):
    """What the audit log keeps of a question."""

    TEXT = "text"
    DIGEST = "digest"


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


class TrustSettings(BaseSettings):
    """Limits, the audit log, webhooks, health and the log."""

    known_in_groups: bool = Field(
        default=True, description="Whether in an admitted group only people who are admitted themselves may ask."
    )
    invitation_hours: float = Field(
        default=72.0,
        gt=0,
        le=24 * 365,
        description="How long an invitation is good for unless its admin says otherwise.",
    )
    questions_per_minute: float = Field(
        default=12.0, ge=0, le=6000, description="How many questions a person may ask in a minute; 0 for any number."
    )
    group_questions_per_minute: float = Field(
        default=30.0, ge=0, le=6000, description="How many questions a group may ask in a minute; 0 for any number."
    )
    uploads_per_hour: float = Field(
        default=120.0, ge=0, le=10_000, description="How many files a person may send in an hour; 0 for any number."
    )
    audit_days: int = Field(
        default=365, ge=0, le=36_500, description="How many days the audit log keeps what was said; 0 for ever."
    )
    audit_questions: AuditedQuestions = Field(
        default=AuditedQuestions.TEXT,
        description='What the audit log keeps of a question: its "text", or only a keyed "digest" of it.',
    )
    webhook_url: str | None = Field(
        default=None, description="The https address at which Telegram reaches the bot; unless set the bot polls."
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        repr=False,
        description="What Telegram shows with each update, needed with its URL: 16 to 256 letters, digits, _ and -.",
    )
    webhook_host: str = Field(
        default="127.0.0.1", description="The address that updates are received on; a proxy in front of it speaks TLS."
    )
    webhook_port: int = Field(default=8443, ge=0, le=65535, description="The port that updates are received on.")
    health_host: str = Field(default="127.0.0.1", description="The address of the health and metrics pages.")
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="The port of the health and metrics pages; without one there are none.",
    )
    silence_seconds: float = Field(
        default=180.0,
        ge=30,
        le=86_400,
        description="After so long without a word from Telegram's polls the bot ends, for its supervisor to start it.",
    )
    drain_seconds: float = Field(
        default=20.0, ge=0, le=600, description="How long a stop waits for the answers that are under way."
    )
    log_format: LogFormat = Field(default=LogFormat.TEXT, description='How the log is written: "text" or "json".')

    @field_validator("webhook_secret", mode="after")
    @classmethod
    def _secret_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        secret = value.get_secret_value().strip()
        if not 16 <= len(secret) <= 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
            raise ValueError("a secret has 16 to 256 letters, digits, _ and -")
        return SecretStr(secret)

    @field_validator("webhook_url", mode="after")
    @classmethod
    def _webhook_is_https(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        if not value.strip().startswith("https://"):
            raise ValueError(f"{value!r} does not begin with https://, and Telegram calls nothing else")
        return value.strip()

    @model_validator(mode="after")
    def _webhook_is_secret(self) -> Self:
        if (self.webhook_url is None) != (self.webhook_secret is None):
            given, missing = ("URL", "SECRET") if self.webhook_url is not None else ("SECRET", "URL")
            raise ValueError(
                f"RAPPORTEUR_WEBHOOK_{given} is set and RAPPORTEUR_WEBHOOK_{missing} is not; set both, or neither to "
                "poll"
            )
        return self
