"""Secrets from files: where each is taken from, and the sentence that says why one cannot be."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from bot.secret_files import SecretFileError, read_secret, secret_fields, secret_values
from bot.settings import Settings, SettingsError, child_environment, load_settings
from tests.bot.harness import make_settings

TOKEN = "12345:AAfromafile"
OTHER = "12345:AAfromelsewhere"


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def write(path: Path, content: str | bytes = TOKEN + "\n", mode: int = 0o600) -> Path:
    """A file of that content and mode."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def token() -> str | None:
    """The token of the settings that the environment makes."""
    found = load_settings().telegram_token
    return None if found is None else found.get_secret_value()


def refusal() -> str:
    """The sentence with which settings are refused."""
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return str(refused.value)


def test_the_secrets_are_found_among_the_settings_by_their_type() -> None:
    class Two(BaseSettings):
        plain: str = ""
        key: SecretStr = SecretStr("a")
        other: SecretStr | None = None

    assert secret_fields(Two) == ("key", "other")
    assert secret_values(Two()) == ("a",)
    assert {"telegram_token", "webhook_secret"} <= set(secret_fields(Settings))


def test_a_token_is_read_from_the_file_that_a_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", str(write(tmp_path / "token")))
    assert token() == TOKEN


def test_a_path_may_begin_with_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "token")
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", "~/token")
    assert token() == TOKEN


def test_every_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_WEBHOOK_URL", "https://bot.institute.example/")
    monkeypatch.setenv("RAPPORTEUR_WEBHOOK_SECRET_FILE", str(write(tmp_path / "secret", "a-secret-of-enough-letters")))
    secret = load_settings().webhook_secret
    assert secret is not None and secret.get_secret_value() == "a-secret-of-enough-letters"


def test_a_file_of_settings_may_name_the_file_of_a_secret(tmp_path: Path) -> None:
    path = write(tmp_path / "token")
    (tmp_path / ".env").write_text(f"RAPPORTEUR_TELEGRAM_TOKEN_FILE={path}\n", encoding="utf-8")
    assert token() == TOKEN


@pytest.mark.parametrize("name", ["telegram_token", "rapporteur_telegram_token"])
def test_a_token_is_a_credential_of_systemd_under_either_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / name, mode=0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert token() == TOKEN


def test_the_variable_comes_before_the_credential_and_so_does_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "telegram_token")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", OTHER)
    assert token() == OTHER
    monkeypatch.delenv("RAPPORTEUR_TELEGRAM_TOKEN")
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", str(write(tmp_path / "other", OTHER)))
    assert token() == OTHER


def test_a_credential_that_is_not_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert token() is None


def test_a_file_of_settings_cannot_name_the_folder_of_credentials(tmp_path: Path) -> None:
    write(tmp_path / "telegram_token")
    (tmp_path / ".env").write_text(f"CREDENTIALS_DIRECTORY={tmp_path}\n", encoding="utf-8")
    assert token() is None


def test_what_the_program_sets_itself_comes_before_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", str(write(tmp_path / "token")))
    made = make_settings(tmp_path, telegram_token=OTHER)
    assert secret_values(made) == (OTHER,)


def test_a_variable_and_a_file_for_the_same_secret_are_a_contradiction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", OTHER)
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", str(write(tmp_path / "token")))
    assert refusal() == (
        "RAPPORTEUR_TELEGRAM_TOKEN and RAPPORTEUR_TELEGRAM_TOKEN_FILE are both set; unset one of the two."
    )


def test_a_blank_variable_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", " ")
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", str(write(tmp_path / "token")))
    assert token() == TOKEN
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", "")
    assert token() is None


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        ("", 0o600, "is empty."),
        (" \n\n", 0o600, "is empty."),
        (b"1" * (64 * 1024 + 1), 0o600, "is larger than 64 KiB; it must hold the secret and nothing else."),
        (b"\xff\xfe1\x002\x00", 0o600, "is no text; it must hold the secret and nothing else."),
        (f"{TOKEN}\n{OTHER}\n", 0o600, "has more than one line of text; it must hold the secret and nothing else."),
        (TOKEN, 0o640, "is open to other users; run `chmod 600 {path}`."),
        (TOKEN, 0o604, "is open to other users; run `chmod 600 {path}`."),
        (TOKEN, 0o620, "is open to other users; run `chmod 600 {path}`."),
        (None, 0, "cannot be read (No such file or directory)."),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_sentence(
    content: str | bytes | None, mode: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"
    if content is not None:
        write(path, content, mode)
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", str(path))
    assert refusal() == f"The file {path}, which RAPPORTEUR_TELEGRAM_TOKEN_FILE names, {reason.format(path=path)}"


def test_a_file_of_just_the_largest_size_is_read(tmp_path: Path) -> None:
    assert len(read_secret(write(tmp_path / "long", b"1" * 64 * 1024), "It")) == 64 * 1024


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Whoever runs the tests may be one who may read everything.
    monkeypatch.setattr("bot.secret_files.os.open", refuse)
    with pytest.raises(SecretFileError, match=r"^It cannot be read \(Permission denied\)\.$"):
        read_secret(tmp_path / "token", "It")


def test_a_folder_is_no_secret_nor_is_a_pipe_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SecretFileError, match=r"^It is no regular file\.$"):
            read_secret(path, "It")


def test_a_credential_that_is_empty_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "telegram_token", "")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert refusal() == f"The credential {tmp_path / 'telegram_token'} is empty."


def test_a_wrong_token_in_a_file_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", str(write(tmp_path / "token", "mistyped")))
    said = refusal()
    assert said.startswith("The setting RAPPORTEUR_TELEGRAM_TOKEN is wrong: ") and "mistyped" not in said


def test_the_names_of_the_files_are_no_unknown_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN_FILE", str(write(tmp_path / "token")))
    monkeypatch.setenv("RAPPORTEUR_ADMINS_FILE", "admins")
    load_settings()
    assert capsys.readouterr().err.splitlines() == [
        "The variable RAPPORTEUR_ADMINS_FILE is no setting of this program and is ignored; "
        "did you mean RAPPORTEUR_ADMINS?"
    ]


def test_a_child_process_gets_no_secret_nor_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "telegram_token")
    (tmp_path / ".env").write_text(
        f"RAPPORTEUR_TELEGRAM_TOKEN_FILE={path}\nRAPPORTEUR_WEBHOOK_URL=https://bot.institute.example/\n"
        "RAPPORTEUR_WEBHOOK_SECRET=a-secret-of-enough-letters\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("rapporteur_webhook_secret", "a-secret-of-enough-letters")
    environment = child_environment(load_settings())
    told = " ".join(environment.values())
    assert not any(secret in told for secret in (TOKEN, str(path), "a-secret-of-enough-letters"))
    assert "CREDENTIALS_DIRECTORY" not in environment
    assert environment["RAPPORTEUR_TELEGRAM_TOKEN_FILE"] == environment["RAPPORTEUR_WEBHOOK_SECRET_FILE"] == ""
    for name in [name for name in os.environ if name.upper().startswith("RAPPORTEUR_")] + ["CREDENTIALS_DIRECTORY"]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        if name.startswith("RAPPORTEUR_"):
            monkeypatch.setenv(name, value)
    # In the same folder, where the file of settings is read, too.
    assert secret_values(Settings()) == ()


@pytest.mark.parametrize("secret", ["TELEGRAM_TOKEN=12345:AAfromafile", "WEBHOOK_SECRET = a-secret-of-enough-letters"])
def test_a_file_of_settings_with_a_secret_that_others_may_read_is_warned_of(
    secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAPPORTEUR_WEBHOOK_URL", "https://bot.institute.example/" if "WEBHOOK" in secret else "")
    path = write(tmp_path / ".env", f"RAPPORTEUR_PORT=1\nRAPPORTEUR_{secret}\n", 0o644)
    load_settings()
    assert capsys.readouterr().err == (
        "The file .env has a secret in it and is open to other users; run `chmod 600 .env`.\n"
    )
    path.chmod(0o600)
    load_settings()
    assert capsys.readouterr().err == ""


def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"RAPPORTEUR_PORT=\xff\n")
    assert refusal() == "The file .env cannot be read (it is not UTF-8)."
