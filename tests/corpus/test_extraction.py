from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from corpus import extraction_server, wire
from corpus.document import Block, BlockKind, Extraction, Metadata, Source
from corpus.errors import UnreadableFile
from corpus.extraction import Extractor, _receive
from corpus.reading import Reading, load, read_file

Write = Callable[..., Path]
SENTENCE = "The delegations met in the hall and spoke of the reservoir. "


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as made:
        yield made


def server_of(extractor: Extractor) -> int:
    server = extractor._server
    assert server is not None
    return server.pid


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_file_gives_the_same_in_its_own_process_as_in_this_one(extractor: Extractor, write: Write) -> None:
    path = write("a.md", f"---\ndate: 2019-02-31\n---\n# Талкы «8»\n\n{SENTENCE}\n\n| a | b |\n|---|---|\n| c | 😀 |\n")
    assert extractor.read(path) == read_file(path)
    assert extractor.extract(path) == read_file(path).extraction
    assert extractor.load(path, "x/a.md") == load(path, "x/a.md")


def test_a_refused_file_is_refused_with_the_readers_reason(extractor: Extractor, write: Write) -> None:
    path = write("a.docx", b"PK\x03\x04")
    with pytest.raises(UnreadableFile, match=r"^a\.docx: it begins as a ZIP file \(Word") as caught:
        extractor.extract(path)
    assert caught.value.path == path


def test_a_name_that_is_not_utf_8_reaches_the_process(extractor: Extractor, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.md")
    path.write_text(SENTENCE)
    assert extractor.extract(path).text == SENTENCE.strip()


def test_a_file_that_takes_too_long_is_stopped_and_the_next_one_read(write: Write) -> None:
    slow = write("slow.txt", SENTENCE * 200_000)
    quick = write("quick.txt", SENTENCE)
    with Extractor(seconds=0.2) as extractor:
        extractor.extract(quick)
        with pytest.raises(UnreadableFile, match=r"took longer than 0 seconds; split it"):
            extractor.extract(slow)
        assert extractor.extract(quick).text == SENTENCE.strip()


def test_a_file_that_takes_too_much_memory_is_refused_and_the_next_one_read(write: Write) -> None:
    large = write("large.txt", SENTENCE * 400_000)
    quick = write("quick.txt", SENTENCE)
    with Extractor(memory=400_000_000) as extractor:
        with pytest.raises(UnreadableFile, match=r"needs more memory than a file may take \(0\.4 GB\)"):
            extractor.extract(large)
        assert extractor.extract(quick).text == SENTENCE.strip()


def test_no_process_is_left_behind(write: Write) -> None:
    with Extractor() as extractor:
        extractor.extract(write("a.txt", SENTENCE))
        pid = server_of(extractor)
        assert is_running(pid)
    assert not is_running(pid)
    extractor.close()


def test_closing_while_a_file_is_read_ends_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("slow.txt", SENTENCE * 200_000)
    asked = threading.Event()
    send = wire.send

    def send_and_tell(stream: BinaryIO, payload: bytes) -> None:
        send(stream, payload)
        if b"slow.txt" in payload:
            asked.set()

    monkeypatch.setattr(wire, "send", send_and_tell)
    caught: list[UnreadableFile] = []
    with Extractor() as extractor:
        extractor.extract(write("a.txt", SENTENCE))

        def read() -> None:
            try:
                extractor.extract(path)
            except UnreadableFile as error:
                caught.append(error)

        pid = server_of(extractor)
        thread = threading.Thread(target=read)
        thread.start()
        assert asked.wait(30)
    thread.join(30)
    assert not is_running(pid)
    assert not thread.is_alive()


@pytest.mark.parametrize("pipe", ["stdin", "stdout"])
def test_a_pipe_that_is_closed_in_the_midst_refuses_one_file_alone(pipe: str, write: Write) -> None:
    """Another thread closes it at any moment; between two steps of a reading, too."""
    path = write("a.txt", SENTENCE)
    with Extractor() as extractor:
        extractor.extract(path)
        getattr(extractor._server, pipe).close()
        with pytest.raises(UnreadableFile, match="stopped while reading it"):
            extractor.extract(path)
        assert extractor.extract(path).text == SENTENCE.strip()


def test_a_server_that_dies_refuses_one_file_and_is_started_again(write: Write) -> None:
    path = write("a.txt", SENTENCE)
    with Extractor() as extractor:
        extractor.extract(path)
        os.kill(server_of(extractor), signal.SIGKILL)
        with pytest.raises(UnreadableFile, match="stopped while reading it; load it again"):
            extractor.extract(path)
        assert extractor.extract(path).text == SENTENCE.strip()


def test_the_process_sees_no_secret_of_its_caller(
    extractor: Extractor, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", "42:secret")
    extractor.extract(write("a.txt", SENTENCE))
    environment = Path(f"/proc/{server_of(extractor)}/environ")
    if not environment.exists():
        pytest.skip("this system does not show a process's environment")
    assert b"secret" not in environment.read_bytes()


def test_it_works_beside_torch(write: Write) -> None:
    pytest.importorskip("torch")
    path = write("a.txt", SENTENCE)
    code = (
        "import torch, sys, pathlib\nfrom corpus.extraction import Extractor\n"
        "with Extractor() as extractor:\n    print(extractor.extract(pathlib.Path(sys.argv[1])).text)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == SENTENCE.strip()


def test_a_reading_survives_the_wire() -> None:
    block = Block(BlockKind.TABLE_ROW, 0, 3, 7, "A › Б", 1)
    metadata = Metadata(
        title="T", round=8, sources=(Source("S", url="https://a.example"),), guessed=frozenset({"round"})
    )
    reading = Reading("ab" * 32, Extraction("a😀b", (block,), metadata, ("careful",)))
    assert wire.load(json.loads(wire.dump(reading))) == reading


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (signal.SIGXCPU, "reading it took longer than 60 seconds; split it or save it in another format."),
        (
            signal.SIGABRT,
            "it needs more memory than a file may take (1.5 GB); split it or save it in another format.",
        ),
        (signal.SIGSEGV, "its reader crashed (signal 11); the file is damaged: save it again or in another format."),
        (256, "its reader failed; the file is damaged or unusual: save it again or in another format."),
    ],
)
def test_every_way_to_die_has_a_sentence(status: int, reason: str) -> None:
    assert extraction_server._death(status, 60, 1_500_000_000) == reason


def test_a_server_that_says_nothing_is_not_waited_for_without_an_end() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as silent:
        assert _receive(silent, 0.01) is None
        assert silent.stdin is not None
        silent.stdin.close()
        assert silent.wait(60) == 1


LEAVES_ONE = """
import subprocess, sys
from corpus.extraction_server import _end_all
subprocess.Popen([sys.executable, "-c", "print('there', flush=True); import time; time.sleep(600)"])
sys.stdin.read()
_end_all()
"""


def test_what_a_child_has_started_ends_with_the_server() -> None:
    command = [sys.executable, "-c", LEAVES_ONE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stdout.readline() == b"there\n"
        server.stdin.close()
        # The other one has this end, too.
        assert server.stdout.read() == b""
        assert server.wait(60) == -signal.SIGKILL
