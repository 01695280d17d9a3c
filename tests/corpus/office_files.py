"""Office files written part by part, for what no library writes: what is deleted, hidden, moved, broken or unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from corpus.document import Block, BlockKind, Extraction

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
_WORD_PARTS = ("numbering", "styles", "footnotes", "endnotes", "settings")
BOMB = '<!DOCTYPE a [<!ENTITY b "bomb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le") + bytes(64)
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "WordDocument".encode("utf-16-le") + bytes(64)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP of parts."""
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def repacked(data: bytes, changed: Mapping[str, str | bytes | None]) -> bytes:
    """Return a ZIP with some parts changed, added, or taken out (None)."""
    with ZipFile(BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    for name, content in changed.items():
        if content is None:
            del parts[name]
        else:
            parts[name] = content
    return packed(parts)


def part(data: bytes, name: str) -> str:
    """Return a part of a ZIP as text."""
    with ZipFile(BytesIO(data)) as archive:
        return archive.read(name).decode()


def word(
    body: str, *, main: str = f"{_WORD}.document.main+xml", prologue: str = "", relations: str = "", **parts: str
) -> bytes:
    """Return a Word file of the content of its body and of the parts given, by their names."""
    roots = {name: f"<w:{name} {_NAMESPACES}>{content}</w:{name}>" for name, content in parts.items()}
    types = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_WORD}.{name}+xml"/>'
        for name in _WORD_PARTS
        if name in parts
    )
    targets = "".join(
        f'<Relationship Id="r{name}" Type="{_RELATION}/{name}" Target="{name}.xml"/>'
        for name in _WORD_PARTS
        if name in parts
    )
    return packed(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{types}'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">'
            f'<Relationship Id="r1" Type="{_RELATION}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{targets}{relations}</Relationships>',
            "word/document.xml": f"{prologue}<w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>",
            **{f"word/{name}.xml": root for name, root in roots.items()},
        }
    )


def run(text: str, properties: str = "") -> str:
    """Return a run of text with its properties."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    """Return a paragraph of runs; a run that is not XML is plain text."""
    content = "".join(each if each.startswith("<") else run(each) for each in runs)
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


def opendocument(body: str, *, styles: str = "", meta: str = "", prologue: str = "", **parts: str) -> bytes:
    """Return an OpenDocument text of the content of its body and its automatic styles; ``parts`` are further ones."""
    names = ("office", "text", "table", "draw", "style", "meta", "xlink", "fo")
    spaces = {
        **{name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in names},
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
    }
    declared = " ".join(f'xmlns:{name}="{space}"' for name, space in spaces.items())
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{prologue}<office:document-content {declared}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
            "meta.xml": f"<office:document-meta {declared}><office:meta>{meta}</office:meta></office:document-meta>",
            **parts,
        }
    )


def blocks(extraction: Extraction) -> list[tuple[BlockKind, str | None, str]]:
    """Return the kind, heading path and text of each block."""
    return [(block.kind, block.heading, text_of(extraction, block)) for block in extraction.blocks]


def labels(extraction: Extraction) -> list[tuple[str | None, str]]:
    """Return the label and text of each block that has a label."""
    return [(block.label, text_of(extraction, block)) for block in extraction.blocks if block.label is not None]


def texts(extraction: Extraction) -> list[str]:
    """Return the text of each block."""
    return [text_of(extraction, block) for block in extraction.blocks]


def text_of(extraction: Extraction, block: Block) -> str:
    """Return the text of a block."""
    return extraction.text[block.start : block.end]
