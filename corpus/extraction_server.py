"""The small server process that files are read from: parsers loaded once, one limited child for each file.

It is a program of its own (``python -m corpus.extraction_server SECONDS BYTES``) rather than a fork of its caller, so
that it never holds what the caller holds: an address-space limit cannot be met in a process that has mapped torch.
It takes requests on its input and answers on its output, both in the messages of ``corpus.wire``, and ends with its
input. A request is JSON that names one of ``corpus.tasks.TASKS`` and a file; an answer is ``DONE`` and what the task
gave, or ``REFUSED`` (``REFUSED_BESIDE`` for ``UnreadableFile.is_beside``) and the reason.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from corpus import wire
from corpus.errors import UnreadableFile
from corpus.tasks import TASKS

DONE, REFUSED, REFUSED_BESIDE = b"+", b"-", b"~"

# What a child may answer, in bytes.
_LONGEST_ANSWER = 512 * 1024 * 1024
_CHUNK = 1024 * 1024
_OUT_OF_MEMORY = "it needs more memory than a file may take ({:.1f} GB); split it or save it in another format."
_OUT_OF_TIME = "reading it took longer than {:.0f} seconds; split it or save it in another format."
_CRASHED = "its reader crashed (signal {}); the file is damaged: save it again or in another format."
_FAILED = "its reader failed; the file is damaged or unusual: save it again or in another format."
_MEMORY_SIGNALS = frozenset({signal.SIGABRT, signal.SIGKILL})


def main() -> None:
    """Serve until the input ends."""
    seconds, memory = float(sys.argv[1]), int(sys.argv[2])
    # The terminal's Ctrl-C is for the caller, who then closes the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # A library that prints must not break the messages.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    preload()
    wire.send(answers, b"ready")
    while (request := wire.receive(requests)) is not None:
        asked = json.loads(request)
        preload_for(Path(asked["path"]).suffix.lower())
        answer = serve(asked, seconds, memory, requests)
        if answer is None:
            _end_all()
            return
        wire.send(answers, answer)


def _end_all() -> None:
    """End what children have started and left, such as text recognition, which is in this server's process group."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)


def preload() -> None:
    """Import what every file needs, and load what that reads from disk, once for all children."""
    import corpus.description
    import corpus.readers.text  # noqa: F401
    from corpus.dates import find_dates
    from corpus.document import Block, BlockKind
    from corpus.language import LANGUAGES, detect_language
    from corpus.rounds import find_rounds
    from corpus.sentences import sentences

    detect_language("a text in some language")
    find_dates("1 May 2018")
    find_rounds("the eighth round")
    for language in LANGUAGES:
        sentences("One. Two.", (Block(BlockKind.PARAGRAPH, 0, 9),), language)
    gc.collect()
    gc.freeze()


def preload_for(suffix: str) -> tuple[ModuleType, ...]:
    """Import, and return, the parser that files of this suffix mostly need, once for all children that read such."""
    match suffix:
        case ".pdf" | ".png" | ".jpg" | ".jpeg" | ".tif" | ".tiff":
            import PIL.Image
            import pypdfium2

            import corpus.readers.page_picture
            import corpus.recognition

            return pypdfium2, PIL.Image, corpus.readers.page_picture, corpus.recognition
        case ".html" | ".htm" | ".xhtml":
            import trafilatura

            return (trafilatura,)
        case ".eml" | ".mht" | ".mhtml" | ".zip":
            import lxml.html  # type: ignore[import-untyped]

            import corpus.containers
            import corpus.readers.mail

            return lxml.html, corpus.containers, corpus.readers.mail
        case ".docx":
            import docx

            return (docx,)
        case ".pptx":
            import pptx

            return (pptx,)
        case ".xlsx":
            import openpyxl

            return (openpyxl,)
        case _:
            return ()


def serve(request: dict[str, Any], seconds: float, memory: int, requests: BinaryIO | None = None) -> bytes | None:
    """Do one task in a child and return the answer; None where ``requests`` ended meanwhile.

    The child has ``seconds`` of time and ``memory`` bytes of address space, writes no files and leaves no core.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(request, writer, seconds, memory)
    os.close(writer)
    answer, problem = _collect(reader, time.monotonic() + seconds, requests)
    os.close(reader)
    if problem is not None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if problem == "closed":
        return None
    if problem == "late":
        return _refusal(_OUT_OF_TIME.format(seconds))
    return answer if status == 0 else _refusal(_death(status, seconds, memory))


def _collect(reader: int, deadline: float, requests: BinaryIO | None) -> tuple[bytes, str | None]:
    """Return what the child wrote, and why no more was waited for ("late", "closed") or None."""
    parts: list[bytes] = []
    size = 0
    watched: list[int | BinaryIO] = [reader] if requests is None else [reader, requests]
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select(watched, [], [], left)
        if reader in ready:
            part = os.read(reader, _CHUNK)
            if not part:
                return b"".join(parts), None
            size += len(part)
            if size > _LONGEST_ANSWER:
                return b"", "late"
            parts.append(part)
        elif ready:
            # One request at a time: what arrives during it can only be the end of the input.
            return b"", "closed"
    return b"", "late"


def _child(request: dict[str, Any], writer: int, seconds: float, memory: int) -> None:
    """Do the task under limits, write the answer, and end this process without any clean-up of the server's."""
    status = 1
    try:
        _limit(resource.RLIMIT_AS, memory)
        _limit(resource.RLIMIT_CPU, int(seconds) + 1)
        _limit(resource.RLIMIT_FSIZE, 0)
        _limit(resource.RLIMIT_CORE, 0)
        _write(writer, _answer(request, memory))
        status = 0
    finally:
        # Whatever a parser raised, no traceback and no second server: the caller gets a sentence for the status.
        os._exit(status)


def _answer(request: dict[str, Any], memory: int) -> bytes:
    try:
        return DONE + TASKS[request["task"]](request)
    except UnreadableFile as error:
        return _refusal(error.reason, REFUSED_BESIDE if error.is_beside else REFUSED)
    except RecursionError:
        return _refusal("it is nested too deeply to be read; save it in another format.")
    except MemoryError:
        pass
    # Outside the handler, where what filled the memory has been let go.
    return _refusal(_OUT_OF_MEMORY.format(memory / 1e9))


def _death(status: int, seconds: float, memory: int) -> str:
    if not os.WIFSIGNALED(status):
        return _FAILED
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU:
        return _OUT_OF_TIME.format(seconds)
    if number in _MEMORY_SIGNALS:
        return _OUT_OF_MEMORY.format(memory / 1e9)
    return _CRASHED.format(number)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _write(writer: int, payload: bytes) -> None:
    view = memoryview(payload)
    while view:
        view = view[os.write(writer, view) :]


def _refusal(reason: str, mark: bytes = REFUSED) -> bytes:
    return mark + reason.encode("utf-8", "replace")


if __name__ == "__main__":
    main()
