"""Settings from the environment: what each accepts, and the sentence that says what is wrong."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from bot.settings import Settings, SettingsError, child_environment, load_settings, starter_folder
from retrieval.confidence import THRESHOLD
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
