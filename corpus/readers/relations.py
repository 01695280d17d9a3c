"""Relations between the parts of an Office Open XML file (ECMA-376, part 2) that lead nowhere."""

from __future__ import annotations

import posixpath
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree  # type: ignore[import-untyped]

from corpus.readers.office import parse_part


def without_dangling(data: bytes, parts: ZipFile) -> bytes:
    """Return the bytes of a file whose relations all lead to a part that is there: ``data`` itself where they do.

    Word leaves relations to parts called NULL or long removed, and opens the file all the same; python-docx does not,
    while python-pptx and openpyxl do. Raises what ``zipfile`` and lxml raise over a damaged file.
    """
    names = set(parts.namelist())
    mended: dict[str, bytes] = {}
    for name in names:
        if name.endswith(".rels"):
            root = parse_part(parts.read(name))
            dangling = [relation for relation in root if _is_dangling(relation, name, names)]
            for relation in dangling:
                root.remove(relation)
            if dangling:
                mended[name] = etree.tostring(root)
    if not mended:
        return data
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as copy:
        for entry in parts.infolist():
            copy.writestr(entry.filename, mended.get(entry.filename) or parts.read(entry))
    return target.getvalue()


def _is_dangling(relation: Any, name: str, names: set[str]) -> bool:
    """Say whether a relation in the part ``name`` leads to a part that is not among ``names``."""
    target = relation.get("Target")
    if relation.get("TargetMode") == "External" or target is None or target.startswith("#"):
        return False
    # The relations of a/b.xml are in a/_rels/b.xml.rels, and relative to a.
    folder = posixpath.dirname(posixpath.dirname(name))
    path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    return path not in names and unquote(path) not in names
