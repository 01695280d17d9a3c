"""What the extraction server does for its caller, each task in a limited child: from a request to bytes."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from corpus import containers, unpacked, wire
from corpus.document import Extraction, Metadata
from corpus.errors import FolderError, RefusedContent, UnreadableFile
from corpus.readers.recognised import RecognisedPage
from corpus.reading import Holder, read_bytes, read_file

Request = Mapping[str, Any]


def read(request: Request) -> bytes:
    """Read the file at ``path``, a document of the folder ``root``; see ``corpus.reading.read_file``."""
    circumstances = _circumstances(request)
    return wire.dump(read_file(Path(request["path"]), *circumstances, _recognised(request)))


def unpack(request: Request) -> bytes:
    """Take apart the file at ``path`` if it holds others; see ``corpus.containers.unpack``."""
    path = Path(request["path"])
    data = _unchanged(path, request["sha256"])
    with _refusing(path):
        return unpacked.to_bytes(containers.unpack(data, path.suffix.lower()))


def survey(request: Request) -> bytes:
    """Return as JSON which pages of the file at ``path`` are scans; see ``corpus.recognition.Survey``.

    The rest of the request is as for ``read``.
    """
    from corpus import recognition

    path = Path(request["path"])
    data = read_bytes(path)
    with _refusing(path):
        found = recognition.survey(data, path.suffix.lower())
        found = replace(found, stated=_stated_language(path, request) if found.scans else None)
    return json.dumps(asdict(found)).encode("ascii")


def _stated_language(path: Path, request: Request) -> str | None:
    from corpus.description import described

    nothing = Extraction("", (), Metadata())
    try:
        metadata = described(nothing, path, *_circumstances(request)).metadata
    except FolderError:
        # Told when the file is read.
        return None
    return None if "language" in metadata.guessed else metadata.language


def _circumstances(request: Request) -> tuple[Path | None, dict[str, str], list[Holder]]:
    """Return what ``corpus.reading.read_file`` has to know beside the path."""
    root = Path(request["root"]) if request["root"] else None
    return root, request["corrections"], [wire.holder_from_json(holder) for holder in request["holders"]]


def recognise(request: Request) -> bytes:
    """Return what text recognition reads on a page of a file, as JSON of ``corpus.readers.recognised.RecognisedPage``.

    The file at ``path`` has to be the one of ``sha256``, and of ``format``; ``page`` counts from 1; for ``languages``
    and ``seconds`` see ``corpus.readers.ocr.recognise``.
    """
    from corpus.readers import ocr
    from corpus.readers.rendering import draw

    path = Path(request["path"])
    data = _unchanged(path, request["sha256"])
    with _refusing(path):
        bitmap, scale = draw(data, request["format"], request["page"], ocr.DOTS_PER_INCH)
        page = ocr.recognise(bitmap, scale, request["page"], request["languages"], request["seconds"])
    return json.dumps(page.to_json()).encode("ascii")


def picture(request: Request) -> bytes:
    """Return pictures of pages as a JSON list of base64; see ``corpus.readers.page_picture.outline``.

    The file at ``path`` has to be the one of ``sha256``, and of ``format``; ``parts`` are the fields of each
    ``corpus.readers.page_picture.Quoted``, and ``recognised`` pages as for ``read``.
    """
    from corpus.readers.page_picture import Quoted, outline

    path = Path(request["path"])
    data = _unchanged(path, request["sha256"])
    parts = [Quoted(**part) for part in request["parts"]]
    with _refusing(path):
        pictures = outline(data, request["format"], parts, _recognised(request))
    return json.dumps([b64encode(picture).decode("ascii") for picture in pictures]).encode("ascii")


def _recognised(request: Request) -> dict[int, RecognisedPage]:
    return {int(number): RecognisedPage.from_json(page) for number, page in request.get("recognised", {}).items()}


def _unchanged(path: Path, sha256: str) -> bytes:
    data = read_bytes(path)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise UnreadableFile(path, "it was replaced while it was read; load it again.")
    return data


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except RefusedContent as error:
        raise UnreadableFile(path, error.reason) from error


# Each raises ``UnreadableFile`` for a file that it cannot do anything with.
TASKS: Mapping[str, Callable[[Request], bytes]] = {
    "read": read,
    "unpack": unpack,
    "survey": survey,
    "recognise": recognise,
    "picture": picture,
}
