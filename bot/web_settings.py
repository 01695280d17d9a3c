"""The settings of the web chat that people reach from elsewhere, with accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from bot.reach import Network, Reach, checked_host, checked_names, checked_proxies, split_proxies

PREFIX = "RAPPORTEUR_"


class WebSettings(BaseSettings):
    """Where the web chat listens, under which names it is reached, and who encrypts."""

    web_host: str = Field(
        default="127.0.0.1",
        description="The address that the web chat listens on; one that other machines reach needs accounts and TLS.",
    )
    web_name: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="The names under which people reach the web chat, separated by commas."
    )
    web_certificate: Path | None = Field(
        default=None, description="The file of the certificate, in PEM format, with which the web chat speaks TLS."
    )
    web_key: Path | None = Field(
        default=None, description="The file of the certificate's private key, in PEM format and without a passphrase."
    )
    web_proxy: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="The addresses or networks of the proxy that speaks TLS for the web chat; true for one here.",
    )

    @field_validator("web_host", mode="after")
    @classmethod
    def _host_is_an_address(cls, value: str) -> str:
        return checked_host(value)

    @field_validator("web_name", mode="before")
    @classmethod
    def _split_names(cls, value: Any) -> Any:
        return checked_names(value.replace(";", ",").split(",") if isinstance(value, str) else value)

    @field_validator("web_proxy", mode="before")
    @classmethod
    def _split_proxies(cls, value: Any) -> Any:
        return checked_proxies(split_proxies(value) if isinstance(value, str) else map(str, value))

    @field_validator("web_certificate", "web_key", mode="before")
    @classmethod
    def _no_file_is_none(cls, value: Any) -> Any:
        return None if value == "" else value

    @model_validator(mode="after")
    def _web_chat_can_be_served(self) -> Self:
        wrong = self.reach.contradiction(f"{PREFIX}WEB_")
        if wrong is not None:
            raise ValueError(wrong)
        return self

    @property
    def web_variable(self) -> str | None:
        """A variable that asks for the web chat to be reached from elsewhere, None where none does."""
        asked = {"HOST": not self.reach.is_loopback, "CERTIFICATE": self.web_certificate, "PROXY": self.web_proxy}
        return next((f"{PREFIX}WEB_{name}" for name, value in asked.items() if value), None)

    @property
    def reach(self) -> Reach:
        """How the web chat is reached."""
        key = self.web_key and self.web_key.expanduser()
        certificate = self.web_certificate and self.web_certificate.expanduser()
        return Reach(self.web_host, self.web_name, certificate, key, self.web_proxy)
