"""Reading files that are not trusted: each in a process of its own, with limits of memory and time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, BinaryIO, Self, cast

from corpus import recognition, unpacked, wire
from corpus.document import Document, Extraction, Origin
from corpus.errors import CorpusError, UnreadableFile
from corpus.extraction_server import DONE, REFUSED, REFUSED_BESIDE
from corpus.readers import page_picture
from corpus.readers.recognised import RecognisedPage
from corpus.reading import Holder, Reading, document
from corpus.unpacked import Unpacked

SECONDS = 60.0
MEMORY = 1_500_000_000
_CLOSING_SECONDS = 5.0
# How long the server may take beyond what it gives a file, and to start, on a machine that has much else to do.
_ANSWERING_SECONDS = 60.0
_STARTING_SECONDS = 120.0
# The share of a page's time that tesseract may take for one language.
_SHARE_OF_TESSERACT = 0.45
# What a PDF or a picture file has at its beginning.
_MAY_BE_SCANNED = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
_NO_ANSWER = "the process that reads files gave no usable answer; load it again."


class ExtractorError(CorpusError):
    """The server process that files are read from cannot be started."""


class Extractor:
    """Reads files one after another in limited processes; use it as a context manager, from any thread.

    ``seconds`` is what one file may take and ``memory`` its address space in bytes. The server process behind it
    starts with the first file, is started again should it die, and is gone when the context ends. Of a file's scanned
    pages, if they are no more than ``ocr_pages``, each is recognised in a process of its own, and kept in the folder
    ``cache`` if there is one.
    """

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        ocr_pages: int = recognition.PAGES,
        cache: Path | None = None,
    ) -> None:
        self._seconds = seconds
        self._memory = memory
        self._ocr_pages = ocr_pages
        self._cache = recognition.PageCache(cache) if cache else None
        self._server: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def extract(self, path: Path) -> Extraction:
        """Return what a reader makes of one file; raises ``UnreadableFile``."""
        return self.read(path).extraction

    def load(self, path: Path, id: str) -> Document:
        """Return one file as the document ``id``; raises ``UnreadableFile``."""
        return document(self.read(path), path, id)

    def read(
        self,
        path: Path,
        root: Path | None = None,
        corrections: Mapping[str, str] = MappingProxyType({}),
        holders: Sequence[Holder] = (),
        progress: recognition.Progress | None = None,
    ) -> Reading:
        """Return the hash of a file's bytes and what those bytes hold, warnings included; raises ``UnreadableFile``.

        ``root``, ``corrections`` and ``holders`` are those of ``corpus.reading.read_file``. ``progress`` is told how
        many of how many scanned pages are recognised; what it raises ends the reading.
        """
        circumstances = {
            "root": str(root.absolute()) if root else None,
            "corrections": dict(corrections),
            "holders": [wire.holder_to_json(holder) for holder in holders],
        }
        surveyed = self._survey(path, circumstances)
        found = recognition.Recognition()
        if surveyed is not None and surveyed.scans:
            found = self._recognise(path, surveyed, progress)
        pages = {number: page.to_json() for number, page in found.pages.items()}
        content = self._do("read", path, **circumstances, recognised=pages)
        try:
            reading = wire.load(json.loads(content))
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableFile(path, _NO_ANSWER) from error
        if found.pages and surveyed is not None and reading.sha256 != surveyed.sha256:
            raise UnreadableFile(path, "it was replaced while it was read; load it again.")
        warnings = (*reading.extraction.warnings, *found.warnings())
        return replace(reading, extraction=replace(reading.extraction, warnings=warnings))

    def picture(self, path: Path, document: Document, start: int, end: int) -> tuple[bytes, ...]:
        """Return a PNG or JPEG of each page that a quotation is on, in order, with the quotation outlined.

        The quotation is ``document.text[start:end]``; the file at ``path`` has to be the version that the document was
        read from. Raises ``UnreadableFile``, also for a format without pages that could be drawn.
        """
        parts = page_picture.quoted(document.text, document.blocks, start, end)
        if document.format not in page_picture.FORMATS or not parts:
            raise UnreadableFile(path, "only the pages of PDF and picture files can be shown.")
        pages = {}
        if any(block.origin is Origin.RECOGNISED for block in document.blocks):
            pages = self._recognised_before(path, document)
        content = self._do(
            "picture",
            path,
            sha256=document.sha256,
            format=document.format,
            parts=[asdict(part) for part in parts],
            recognised={number: page.to_json() for number, page in pages.items()},
        )
        try:
            return tuple(b64decode(picture, validate=True) for picture in json.loads(content))
        except (TypeError, ValueError) as error:
            raise UnreadableFile(path, _NO_ANSWER) from error

    def _recognised_before(self, path: Path, document: Document) -> dict[int, RecognisedPage]:
        """Return the pages that a document was recognised from, from the cache where they are all there."""
        surveyed = self._survey(path, {"root": None, "corrections": {}, "holders": []})
        if surveyed is None or surveyed.sha256 != document.sha256:
            raise UnreadableFile(path, "it is not the version that was quoted.")
        kept = self._cache.pages(surveyed.sha256) if self._cache else {}
        if kept.keys() >= set(surveyed.scans):
            return kept
        return self._recognise(path, surveyed, None).pages

    def _survey(self, path: Path, circumstances: Mapping[str, Any]) -> recognition.Survey | None:
        """Return which pages of a file are scans; None for one that by its first bytes can have none."""
        try:
            # Opening a pipe would wait for someone to write to it.
            if not path.is_file():
                return None
            with path.open("rb") as file:
                head = file.read(1024)
        except OSError:
            # What is wrong with it is told when it is read.
            return None
        if not any(mark in head for mark in _MAY_BE_SCANNED):
            return None
        content = self._do("survey", path, **circumstances)
        try:
            value = json.loads(content)
            return recognition.Survey(**value | {"scans": tuple(value["scans"])})
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableFile(path, _NO_ANSWER) from error

    def _recognise(
        self, path: Path, surveyed: recognition.Survey, progress: recognition.Progress | None
    ) -> recognition.Recognition:
        def ask(page: int, languages: Sequence[str]) -> RecognisedPage:
            arguments = {"sha256": surveyed.sha256, "format": surveyed.format, "page": page}
            seconds = _SHARE_OF_TESSERACT * self._seconds
            content = self._do("recognise", path, **arguments, languages=list(languages), seconds=seconds)
            try:
                return RecognisedPage.from_json(json.loads(content))
            except (KeyError, TypeError, ValueError) as error:
                raise UnreadableFile(path, _NO_ANSWER) from error

        return recognition.recognise_scans(
            path, surveyed, ask, cache=self._cache, most=self._ocr_pages, progress=progress
        )

    def unpack(self, path: Path, folder: Path, sha256: str) -> Unpacked:
        """Write the files that a container holds below ``folder``, which appears whole or not at all.

        A file that holds no others gives an empty folder. Raises ``UnreadableFile``, also where the file's SHA-256 (in
        hexadecimal) is not ``sha256`` any longer.
        """
        content = self._do("unpack", path, sha256=sha256)
        try:
            return unpacked.write(content, folder)
        except ValueError as error:
            raise UnreadableFile(path, _NO_ANSWER) from error
        except OSError as error:
            raise UnreadableFile(path, f"what is in it cannot be written ({error.strerror}); make room.") from error

    def close(self) -> None:
        """End the server process and whatever it is reading. Reading again after this starts a new one."""
        server, self._server = self._server, None
        if server is None:
            return
        with contextlib.suppress(OSError):
            _stream(server.stdin).close()
        try:
            server.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            # Its process group is its own and its children's.
            os.killpg(server.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(_CLOSING_SECONDS)
        _stream(server.stdout).close()

    def _do(self, task: str, path: Path, **arguments: Any) -> bytes:
        """Have one of ``corpus.tasks.TASKS`` done with a file and return what it gave; raises ``UnreadableFile``."""
        request = {"task": task, "path": str(path.absolute()), **arguments}
        with self._lock:
            answer = self._ask(json.dumps(request).encode("ascii"))
        if answer is None:
            raise UnreadableFile(path, "the process that reads files stopped while reading it; load it again.")
        if answer.startswith((REFUSED, REFUSED_BESIDE)):
            reason = answer[1:].decode("utf-8", "replace")
            raise UnreadableFile(path, reason, is_beside=answer.startswith(REFUSED_BESIDE))
        if not answer.startswith(DONE):
            raise UnreadableFile(path, _NO_ANSWER)
        return answer.removeprefix(DONE)

    def _ask(self, request: bytes) -> bytes | None:
        server = self._server or self._start()
        try:
            wire.send(_stream(server.stdin), request)
            answer = _receive(server, self._seconds + _ANSWERING_SECONDS)
        except (OSError, ValueError):
            # A ValueError is what a pipe gives that ``close`` has closed meanwhile, in another thread.
            answer = None
        except BaseException:
            # Interrupted between question and answer: the next answer would be this one's.
            self.close()
            raise
        if answer is None:
            self.close()
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        # With -P no file of the folder that it is started in is taken for a module.
        command = [sys.executable, "-P", "-m", "corpus.extraction_server", str(self._seconds), str(self._memory)]
        self._server = server = subprocess.Popen(  # noqa: S603 - no shell, and nothing in it comes from a file
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            process_group=0,
        )
        if _receive(server, _STARTING_SECONDS) != b"ready":
            self.close()
            raise ExtractorError(
                "the process that reads files does not start; reinstall rapporteur and its dependencies."
            )
        return server


def _environment() -> dict[str, str]:
    """Return the server's whole environment: the caller's, with its secrets, is not for a process that parses files."""
    return {
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path),
        "LC_ALL": "C.UTF-8",
        # Each thread of a numeric library would take its share of the address space.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _receive(server: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Return what the server says next, None where it has ended or says nothing for so long.

    It reads and answers one request at a time, so that nothing is held back between the pipe and its reader.
    """
    stream = _stream(server.stdout)
    waiting = select.poll()
    waiting.register(stream, select.POLLIN)
    return wire.receive(stream) if waiting.poll(seconds * 1000) else None


def _stream(stream: IO[bytes] | None) -> BinaryIO:
    return cast("BinaryIO", stream)
