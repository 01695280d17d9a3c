"""Extractions as JSON: how they cross between processes, and how segments and the library keep them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from corpus.document import Block, BlockKind, DocumentClass, Extraction, Metadata, Origin, Source


def extraction_to_json(extraction: Extraction) -> dict[str, Any]:
    """Return ``extraction`` as what ``json`` can write."""
    return {
        "text": extraction.text,
        "blocks": blocks_to_json(extraction.blocks),
        "metadata": metadata_to_json(extraction.metadata),
        "warnings": list(extraction.warnings),
        "format": extraction.format,
        "pages": extraction.pages,
        "unread_pages": list(extraction.unread_pages),
    }


def extraction_from_json(value: dict[str, Any]) -> Extraction:
    """Return what ``extraction_to_json`` wrote; raises KeyError, TypeError or ValueError for anything else."""
    return Extraction(
        value["text"],
        blocks_from_json(value["blocks"]),
        metadata_from_json(value["metadata"]),
        tuple(value["warnings"]),
        value["format"],
        value["pages"],
        tuple(value["unread_pages"]),
    )


def metadata_to_json(metadata: Metadata) -> dict[str, Any]:
    """Return ``metadata`` as what ``json`` can write.

    Further rounds are left out where there are none, so that what was kept before there could be any stays as it is.
    """
    fields = asdict(metadata) | {"guessed": sorted(metadata.guessed), "other_rounds": list(metadata.other_rounds)}
    if not metadata.other_rounds:
        del fields["other_rounds"]
    return fields


def metadata_from_json(value: dict[str, Any]) -> Metadata:
    """Return what ``metadata_to_json`` wrote; raises KeyError, TypeError or ValueError for anything else."""
    fields = dict(value)
    fields["sources"] = tuple(Source(**source) for source in fields["sources"])
    fields["guessed"] = frozenset(fields["guessed"])
    fields["other_rounds"] = tuple(fields.get("other_rounds", ()))
    if fields["document_class"] is not None:
        fields["document_class"] = DocumentClass(fields["document_class"])
    return Metadata(**fields)


def blocks_to_json(blocks: tuple[Block, ...]) -> list[list[Any]]:
    """Return ``blocks`` as lists, each without what is as in most blocks at its end."""
    return [_shortened(block) for block in blocks]


def blocks_from_json(value: list[list[Any]]) -> tuple[Block, ...]:
    """Return what ``blocks_to_json`` wrote; raises TypeError or ValueError for anything else."""
    return tuple(_block(*fields) for fields in value)


def _shortened(block: Block) -> list[Any]:
    fields = [block.kind.value, block.start, block.end, block.page, block.heading, block.paragraph]
    rest = [[list(turn) for turn in block.turns], block.origin.value, block.label]
    return fields if rest == [[], Origin.TEXT.value, None] else [*fields, *rest]


def _block(
    kind: str,
    start: int,
    end: int,
    page: int | None,
    heading: str | None,
    paragraph: int | None,
    turns: list[list[int]] | None = None,
    origin: str = Origin.TEXT.value,
    label: str | None = None,
) -> Block:
    turned = tuple((int(offset), int(number)) for offset, number in turns or ())
    return Block(BlockKind(kind), start, end, page, heading, paragraph, turned, Origin(origin), label)
