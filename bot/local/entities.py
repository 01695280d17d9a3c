"""The entities of a text: how they are put in order, nested and trimmed together with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.local.texts import OffsetMap, clean_characters, is_empty, utf16_length, utf16_slice

#: Entity types that may overlap each other and lie within others.
SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
#: Entity types that keep their text from being formatted otherwise.
CODE = ("code", "pre")
BLOCKQUOTES = ("blockquote", "expandable_blockquote")
#: Entity types that a bot may give; the others are found by Telegram itself.
GIVEN = (*SPLITTABLE, *CODE, *BLOCKQUOTES, "text_link", "text_mention", "custom_emoji")
_ORDER = {name: rank for rank, name in enumerate((*BLOCKQUOTES, "text_link", "text_mention", *SPLITTABLE, *CODE))}


@dataclass(frozen=True, slots=True)
class Entity:
    """A part of a text with a meaning; ``offset`` and ``length`` count UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    user_id: int | None = None
    language: str | None = None
    custom_emoji_id: str | None = None

    @property
    def end(self) -> int:
        """The offset after the last code unit."""
        return self.offset + self.length

    def of(self, text: str) -> str:
        """The part of ``text`` that is meant."""
        return utf16_slice(text, self.offset, self.length)


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text as Telegram stores and shows it, with its entities in order."""

    text: str = ""
    entities: tuple[Entity, ...] = ()


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Sorted by offset, the longer first, then by kind, as Telegram sends them."""
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length, _ORDER.get(entity.type, 99)))


def settle(entities: Iterable[Entity]) -> list[Entity]:
    """Entities made to nest as Telegram wants them.

    Links, code and the like do not overlap, quotations do not nest, formats of one kind are joined where they touch
    or overlap, and nothing is formatted inside code.
    """
    ordered = in_order(entity for entity in entities if entity.length > 0)
    quotes = _without_overlaps([entity for entity in ordered if entity.type in BLOCKQUOTES])
    solid = _without_overlaps([e for e in ordered if e.type not in SPLITTABLE and e.type not in BLOCKQUOTES])
    solid = [entity for entity in solid if not any(_cross(entity, quote) for quote in quotes)]
    code = [entity for entity in solid if entity.type in CODE]
    formats = [
        piece
        for kind in SPLITTABLE
        for joined in _joined([entity for entity in ordered if entity.type == kind])
        for piece in _outside(joined, code)
    ]
    return in_order([*quotes, *solid, *formats])


def add_found(entities: Sequence[Entity], found: Iterable[Entity]) -> list[Entity]:
    """``entities`` with those of ``found`` that touch no link, no code and no border of a quotation."""
    taken = [entity for entity in entities if entity.type not in SPLITTABLE and entity.type not in BLOCKQUOTES]
    quotes = [entity for entity in entities if entity.type in BLOCKQUOTES]
    free = [
        entity
        for entity in found
        if not any(entity.offset < other.end and other.offset < entity.end for other in taken)
        and not any(_cross(entity, quote) for quote in quotes)
    ]
    return in_order([*entities, *free])


def fix(text: str, entities: Sequence[Entity]) -> FormattedText:
    """``text`` cleaned and trimmed, its entities moved, trimmed and settled with it; empty where nothing is left."""
    characters = clean_characters(text)
    cleaned = "".join(characters)
    moved = OffsetMap(text, characters)
    placed = [
        replace(entity, offset=moved(entity.offset), length=moved(entity.end) - moved(entity.offset))
        for entity in entities
    ]
    trimmed = cleaned.rstrip(" \n")
    lead = len(trimmed) - len(trimmed.lstrip(" \n"))
    result = trimmed[lead:]
    if is_empty(result):
        return FormattedText()
    shifted = (_trimmed(entity, cleaned, lead, utf16_length(result)) for entity in settle(placed))
    return FormattedText(result, tuple(settle(entity for entity in shifted if entity is not None)))


def _trimmed(entity: Entity, cleaned: str, lead: int, length: int) -> Entity | None:
    """``entity`` of ``cleaned`` without the spaces it starts with, in the text that begins at ``lead``, or None."""
    covered = entity.of(cleaned)
    bare = covered.lstrip(" \n")
    if not bare:
        return None
    offset = entity.offset + len(covered) - len(bare) - lead
    end = min(entity.end - lead, length)
    return replace(entity, offset=offset, length=end - offset) if end > offset else None


def _cross(one: Entity, other: Entity) -> bool:
    """Whether two entities overlap without ``one`` lying within ``other``."""
    overlap = one.offset < other.end and other.offset < one.end
    return overlap and not (other.offset <= one.offset and one.end <= other.end)


def _without_overlaps(ordered: Iterable[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in ordered:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _joined(ordered: Iterable[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in ordered:
        if kept and entity.offset <= kept[-1].end:
            last = kept[-1]
            kept[-1] = replace(last, length=max(last.end, entity.end) - last.offset)
        else:
            kept.append(entity)
    return kept


def _outside(entity: Entity, code: Iterable[Entity]) -> list[Entity]:
    """The pieces of ``entity`` that no part of ``code`` covers."""
    pieces = []
    start = entity.offset
    for block in code:
        if block.end <= start or block.offset >= entity.end:
            continue
        if block.offset > start:
            pieces.append(replace(entity, offset=start, length=block.offset - start))
        start = block.end
    if start < entity.end:
        pieces.append(replace(entity, offset=start, length=entity.end - start))
    return pieces
