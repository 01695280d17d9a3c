"""The language of a text is told among the six in use, by what is read once, beforehand or when it is first needed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from py3langid.langid import LanguageIdentifier

from corpus import language, language_tables
from corpus.language import LANGUAGES, detect_language, keep_language_tables, prepare_language_detection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = {
    "en": "The parties agreed to exchange lists of detainees before the next round of talks.",
    "ru": "Стороны договорились обменяться списками задержанных до следующего раунда переговоров.",
    "kk": "Тараптар келесі келіссөздер раундына дейін ұсталғандардың тізімдерімен алмасуға келісті.",
    "tr": "Taraflar bir sonraki görüşme turundan önce tutuklu listelerinin değişimi konusunda anlaştı.",
    "ar": "اتفقت الأطراف على تبادل قوائم المحتجزين قبل الجولة القادمة من المحادثات.",
    "fa": "طرف‌ها توافق کردند که پیش از دور بعدی گفت‌وگوها فهرست بازداشت‌شدگان را مبادله کنند.",
}


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The threads in which what languages are told by was read; nobody has read it yet."""
    threads: list[str] = []
    read = LanguageIdentifier.from_model_file

    def noted(*arguments: Any) -> Any:
        threads.append(threading.current_thread().name)
        return read(*arguments)

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", noted)
    monkeypatch.setattr(language, "_loaded", [])
    yield threads
    _end()


def _end() -> None:
    """Wait for the thread that prepares, if there is one."""
    for thread in threading.enumerate():
        if thread.name == "language detection":
            thread.join(60)


@pytest.mark.parametrize("expected", LANGUAGES)
def test_each_language_in_use_is_told(expected: str) -> None:
    assert detect_language(TEXTS[expected]) == expected


@pytest.mark.parametrize("text", ["", " ", "\n", "14–15.09.2017", "№ 5 (1,250) …", "🕊️"])
def test_what_has_no_letters_has_no_language(text: str) -> None:
    assert detect_language(text) is None


def test_another_language_is_taken_for_one_of_those_in_use() -> None:
    assert detect_language("Стороните се договориха да разменят списъци на задържаните.") in LANGUAGES


def test_a_long_text_is_told_by_its_beginning() -> None:
    assert detect_language(TEXTS["tr"] * 100 + TEXTS["ru"] * 10_000) == "tr"
    assert detect_language("1" * 5000 + TEXTS["ru"]) is None


def test_preparing_reads_it_in_another_thread_and_nobody_reads_it_again(readings: list[str], tmp_path: Path) -> None:
    prepare_language_detection(tmp_path)
    _end()
    assert readings == ["language detection"]
    assert detect_language(TEXTS["kk"]) == "kk"
    assert readings == ["language detection"]


def test_preparing_returns_at_once(readings: list[str], tmp_path: Path) -> None:
    with language._reading:
        # In this thread it would wait for ever.
        prepare_language_detection(tmp_path)
        assert readings == []
    _end()
    assert readings == ["language detection"]


def test_who_asks_meanwhile_waits_for_it_and_it_is_read_once(readings: list[str], tmp_path: Path) -> None:
    language._reading.acquire()
    prepare_language_detection(tmp_path)
    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(detect_language, TEXTS[name]) for name in LANGUAGES]
        language._reading.release()
        assert tuple(one.result(60) for one in asked) == LANGUAGES
    _end()
    assert len(readings) == 1


def test_without_preparing_it_is_read_when_it_is_first_needed(readings: list[str]) -> None:
    assert detect_language("") is None
    assert readings == []
    assert detect_language(TEXTS["ar"]) == "ar"
    assert len(readings) == 1


def test_what_is_kept_unpacked_tells_languages_as_the_package_does(tmp_path: Path, readings: list[str]) -> None:
    keep_language_tables(tmp_path)
    kept, packaged = language_tables.kept(tmp_path, LANGUAGES), language_tables.packaged(LANGUAGES)
    assert kept is not None
    for text in (*TEXTS.values(), "Ankara", "Астана", "№ a", "Стороните се договориха"):
        assert kept.rank(text) == packaged.rank(text)
    readings.clear()
    prepare_language_detection(tmp_path)
    _end()
    assert detect_language(TEXTS["fa"]) == "fa"
    assert readings == []


def test_what_is_kept_and_is_there_is_not_written_again(tmp_path: Path) -> None:
    keep_language_tables(tmp_path)
    (folder,) = tmp_path.iterdir()
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    keep_language_tables(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["moves.npy", "tables.npz", "digests.json"])
@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_kept_but_damaged_is_passed_over_and_written_again(
    name: str, is_there: bool, tmp_path: Path, readings: list[str]
) -> None:
    keep_language_tables(tmp_path)
    (folder,) = tmp_path.iterdir()
    content = (folder / name).read_bytes()
    if is_there:
        (folder / name).write_bytes(content[:-9] + bytes(byte ^ 1 for byte in content[-9:]))
    else:
        (folder / name).unlink()
    readings.clear()
    prepare_language_detection(tmp_path)
    _end()
    assert detect_language(TEXTS["kk"]) == "kk"
    assert readings == ["language detection"]
    keep_language_tables(tmp_path)
    assert language_tables.kept(tmp_path, LANGUAGES) is not None
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
