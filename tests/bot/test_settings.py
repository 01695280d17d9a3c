"""Settings from the environment: what each accepts, and the sentence that says what is wrong."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from bot.reach import Reach
from bot.settings import Settings, SettingsError, child_environment, load_settings, starter_folder
from retrieval.answers.confidence import THRESHOLD
from tests.bot.harness import make_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory that the environment names."""
    folder = tmp_path / "data"
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(folder))
    return folder


def test_without_any_setting_the_starter_briefings_are_searched_and_nobody_is_admitted(data: Path) -> None:
    settings = load_settings()
    assert settings.folders == (starter_folder(),)
    assert settings.telegram_token is None
    assert (settings.open_to_all, settings.admins) == (False, frozenset())
    assert settings.embedding_model == "bundled"
    assert (settings.confidence, settings.port) == (THRESHOLD, 8765)


def test_the_starter_folder_holds_briefings() -> None:
    assert len(list(starter_folder().glob("B*.md"))) > 10


def test_the_data_directory_is_made_and_is_private(data: Path) -> None:
    settings = load_settings()
    assert data.stat().st_mode & 0o777 == 0o700
    assert list(data.iterdir()) == []
    assert settings.index_folder == data / "index"
    assert settings.models_folder == data / "models"
    assert settings.store_file == data / "store.sqlite3"


def modes(*paths: Path) -> list[int]:
    """The modes of files."""
    return [path.stat().st_mode & 0o777 for path in paths]


def test_a_data_directory_that_was_open_to_others_is_closed_with_its_databases(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "library").mkdir(parents=True)
    (data / "documents").mkdir()
    databases = [data / "store.sqlite3", data / "store.sqlite3-wal", data / "library" / "library.sqlite3"]
    other = data / "documents" / "notes.sqlite3"
    for file in (*databases, other):
        file.write_bytes(b"")
    load_settings()
    assert modes(data, *databases) == [0o700, 0o600, 0o600, 0o600]
    assert modes(data / "documents", other) == [0o755, 0o644]
    assert capsys.readouterr().err == ""


def test_folders_of_documents_are_left_as_they_are(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "minutes"
    folder.mkdir()
    (folder / "a.md").write_text("# A", encoding="utf-8")
    monkeypatch.setenv("RAPPORTEUR_DOCUMENTS", str(folder))
    load_settings()
    assert modes(folder, folder / "a.md") == [0o755, 0o644]


def test_a_link_to_a_data_directory_that_is_open_is_warned_of_and_left(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real = tmp_path / "elsewhere"
    real.mkdir()
    data.symlink_to(real)
    assert load_settings().data_dir == data
    assert capsys.readouterr().err == (
        f"The data directory {data} is a link to a folder that is open to other users; run `chmod 700 {real}`.\n"
    )
    assert modes(real) == [0o755]
    real.chmod(0o700)
    load_settings()
    assert capsys.readouterr().err == ""


def test_a_data_directory_of_somebody_else_is_warned_of_and_left(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data.mkdir()
    owner = os.geteuid()
    monkeypatch.setattr("bot.running.data_folder.os.geteuid", lambda: owner + 1)
    load_settings()
    assert capsys.readouterr().err == (
        f"The data directory {data} belongs to another user, who can read it; give it to the bot's own.\n"
    )
    assert modes(data) == [0o755]


def test_a_database_that_is_a_link_is_left(data: Path, tmp_path: Path) -> None:
    data.mkdir()
    (tmp_path / "real").write_bytes(b"")
    (data / "store.sqlite3").symlink_to(tmp_path / "real")
    load_settings()
    assert modes(tmp_path / "real") == [0o644]


def test_a_data_directory_that_cannot_be_written_is_named(data: Path) -> None:
    data.write_text("a file stands in its place", encoding="utf-8")
    with pytest.raises(SettingsError, match=f"^The data directory {data} cannot be written .*RAPPORTEUR_DATA_DIR"):
        load_settings()


@pytest.mark.parametrize("written", ["{a}:{b}", "{a},{b}", "{a}, {b}", '["{a}", "{b}"]'])
def test_folders_are_a_list_in_any_of_the_usual_forms(
    written: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    monkeypatch.setenv("RAPPORTEUR_DOCUMENTS", written.format(a=one, b=other))
    assert load_settings().folders == (one, other)


def test_a_folder_whose_name_has_a_comma_is_one_folder(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "minutes, drafts"
    folder.mkdir()
    monkeypatch.setenv("RAPPORTEUR_DOCUMENTS", str(folder))
    assert load_settings().folders == (folder,)


def test_own_folders_stand_beside_the_briefings_where_both_are_wanted(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_DOCUMENTS", str(tmp_path))
    monkeypatch.setenv("RAPPORTEUR_STARTER_DOCUMENTS", "true")
    assert load_settings().folders == (starter_folder(), tmp_path)


@pytest.mark.parametrize("written", ["1,22", "1; 22", "1 22", "[1, 22]"])
def test_admins_are_ids_in_any_of_the_usual_forms(written: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_ADMINS", written)
    assert load_settings().admins == frozenset({1, 22})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADMINS", "anna"),
        ("CONFIDENCE", "1.5"),
        ("CONFIDENCE", "high"),
        ("PORT", "70000"),
        ("OPEN_TO_ALL", "perhaps"),
        ("TELEGRAM_TOKEN", "secret"),
        ("EMBEDDING_MODEL", ""),
        ("DOCUMENTS", "[1, 2"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    name: str, value: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RAPPORTEUR_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"The setting RAPPORTEUR_{name} is wrong: ")
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_token_is_kept_out_of_what_is_printed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", " 12345:AAsecret ")
    settings = load_settings()
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == "12345:AAsecret"
    assert "AAsecret" not in repr(settings)


@pytest.mark.parametrize("values", [{"telegram_token": "12345-AAsecret"}, {"webhook_secret": "AAsecret"}])
def test_a_wrong_secret_is_in_no_form_of_the_error(values: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as refused:
        make_settings(tmp_path, **values)
    assert "AAsecret" not in f"{refused.value} {refused.value!r}"


def test_no_form_of_the_settings_has_a_secret(tmp_path: Path) -> None:
    address = "https://bot.institute.example/"
    made = make_settings(
        tmp_path, telegram_token="12345:AAsecret", webhook_url=address, webhook_secret="AAsecret-of-a-webhook"
    )
    for form in (repr(made), str(made), repr(made.model_dump()), made.model_dump_json(), f"{made.telegram_token}"):
        assert "AAsecret" not in form


def test_an_empty_token_is_none(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", " ")
    assert load_settings().telegram_token is None


def test_a_file_of_settings_is_read_and_the_environment_comes_first(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("RAPPORTEUR_PORT=1\nRAPPORTEUR_CONFIDENCE=0.25\n", encoding="utf-8")
    monkeypatch.setenv("RAPPORTEUR_PORT", "2")
    settings = load_settings()
    assert (settings.port, settings.confidence) == (2, 0.25)


def test_a_misspelt_variable_is_warned_of_with_what_was_meant(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAPPORTEUR_ADMIN", "1")
    assert load_settings().admins == frozenset()
    assert capsys.readouterr().err == (
        "The variable RAPPORTEUR_ADMIN is no setting of this program and is ignored; did you mean RAPPORTEUR_ADMINS?\n"
    )


def test_settings_cannot_be_changed_once_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        make_settings(tmp_path).port = 1


def test_a_child_process_indexes_the_same_and_does_not_get_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", "12345:AAsecret")
    settings = make_settings(
        tmp_path / "data", tmp_path / "a,b", starter_documents=True, telegram_token="12345:AAsecret"
    )
    environment = child_environment(settings)
    assert environment["RAPPORTEUR_TELEGRAM_TOKEN"] == ""
    assert not any("AAsecret" in value for value in environment.values())
    assert json.loads(environment["RAPPORTEUR_DOCUMENTS"]) == [str(starter_folder()), str(tmp_path / "a,b")]
    for name in [name for name in os.environ if name.startswith("RAPPORTEUR_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        if name.startswith("RAPPORTEUR_"):
            monkeypatch.setenv(name, value)
    child = Settings()
    assert (child.folders, child.data_dir, child.telegram_token) == (settings.folders, settings.data_dir, None)


def test_summaries_settle_for_ten_minutes_and_wait_for_an_admin(data: Path) -> None:
    settings = load_settings()
    assert (settings.summary_settle_seconds, settings.summary_approval) == (600, True)
    assert (settings.summary_words, settings.timezone) == (300, "UTC")


def test_a_time_zone_is_one_that_there_is(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TIMEZONE", "asia/almaty")
    assert load_settings().timezone == "Asia/Almaty"
    monkeypatch.setenv("RAPPORTEUR_TIMEZONE", "Moon/Crater")
    with pytest.raises(
        SettingsError, match=r"^The setting RAPPORTEUR_TIMEZONE is wrong: \"Moon/Crater\" is no time zone"
    ):
        load_settings()


# The web chat, reached from elsewhere


@pytest.fixture
def certified(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate and a key are named."""
    monkeypatch.setenv("RAPPORTEUR_WEB_CERTIFICATE", str(tmp_path / "own.pem"))
    monkeypatch.setenv("RAPPORTEUR_WEB_KEY", str(tmp_path / "own.key"))


def test_the_web_chat_is_on_this_machine_alone_unless_something_else_is_set(data: Path) -> None:
    settings = load_settings()
    assert (settings.reach, settings.reach.has_accounts, settings.web_variable) == (Reach(), False, None)


def test_the_web_chat_over_tls(certified: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_WEB_HOST", "0.0.0.0")  # noqa: S104 - nothing listens there
    monkeypatch.setenv("RAPPORTEUR_WEB_NAME", "Chat.Institute.example, 10.0.0.5")
    reach = load_settings().reach
    assert reach == Reach(
        "0.0.0.0",  # noqa: S104 - nothing listens there
        ("chat.institute.example", "10.0.0.5"),
        tmp_path / "own.pem",
        tmp_path / "own.key",
    )
    assert reach.has_accounts


@pytest.mark.parametrize(("written", "networks"), [("true", 2), ("10.0.0.2, 10.0.1.0/29", 2), ("10.0.0.2", 1)])
def test_the_web_chat_behind_a_proxy(written: str, networks: int, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_WEB_PROXY", written)
    monkeypatch.setenv("RAPPORTEUR_WEB_NAME", "chat.institute.example")
    reach = load_settings().reach
    assert (len(reach.proxies), reach.has_accounts) == (networks, True)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"HOST": "10.0.0.5"}, "RAPPORTEUR_WEB_HOST 10.0.0.5 lets other machines reach the web chat; set "),
        ({"CERTIFICATE": "a.pem"}, "RAPPORTEUR_WEB_CERTIFICATE needs RAPPORTEUR_WEB_KEY, "),
        ({"KEY": "a.key"}, "RAPPORTEUR_WEB_KEY needs RAPPORTEUR_WEB_CERTIFICATE, "),
        ({"PROXY": "true"}, "RAPPORTEUR_WEB_NAME must say under which name people reach the web chat"),
        ({"NAME": "chat.example"}, "RAPPORTEUR_WEB_NAME is for a web chat that is reached from elsewhere; set "),
        ({"HOST": "chat.example"}, 'The setting RAPPORTEUR_WEB_HOST is wrong: "chat.example" is no address; '),
        ({"NAME": "https://chat"}, 'The setting RAPPORTEUR_WEB_NAME is wrong: "https://chat" is no name of a host; '),
        ({"PROXY": "maybe"}, 'The setting RAPPORTEUR_WEB_PROXY is wrong: "maybe" is no address of a proxy; '),
        ({"PROXY": "0.0.0.0/0"}, "The setting RAPPORTEUR_WEB_PROXY is wrong: 0.0.0.0/0 would let everybody pass "),
    ],
)
def test_a_web_chat_that_cannot_be_served_is_refused_in_one_sentence(
    values: dict[str, str], sentence: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"RAPPORTEUR_WEB_{name}", value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    said = str(refused.value)
    assert said.startswith(sentence) and said.endswith((".", ".)")) and "\n" not in said


def test_with_a_token_there_is_no_web_chat(certified: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", "12345:AAsecret")
    with pytest.raises(
        SettingsError,
        match=r"^RAPPORTEUR_WEB_CERTIFICATE is for the web chat, and with RAPPORTEUR_TELEGRAM_TOKEN the bot is on",
    ):
        load_settings()


def test_a_child_process_serves_no_web_chat_whatever_a_file_of_settings_says(
    certified: None, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data.parent / ".env").write_text("RAPPORTEUR_WEB_HOST=10.0.0.5\n", encoding="utf-8")
    environment = child_environment(load_settings())
    for name in [name for name in os.environ if name.startswith("RAPPORTEUR_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        if name.startswith("RAPPORTEUR_"):
            monkeypatch.setenv(name, value)
    assert Settings().reach == Reach()
