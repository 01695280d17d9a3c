"""What is known about a document: of all that is stated about it, what wins, and below that what its text shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.document import Extraction, Metadata
from corpus.folders import sidecar_of
from corpus.guessing import with_guesses
from corpus.metadata import LONGEST_TEXT, Statement, corrected, in_order, parse
from corpus.rules import read_statement_text, rules_for

if TYPE_CHECKING:
    from corpus.reading import Holder

# What is said of a container and is no more true of each file in it.
_NOT_INHERITED = frozenset({"title", "url", "sources"})
# How readers of formats that keep only when a file was saved end their warning about it.
_ASKS_FOR_DATE = "state its date beside it."


def described(
    extraction: Extraction,
    path: Path,
    root: Path | None,
    corrections: Mapping[str, str],
    holders: Sequence[Holder] = (),
) -> Extraction:
    """Return the extraction with all that is known about it.

    An admin's corrections win over the sidecar, that over what the file says of itself, that over the rules of its
    folders and what is stated of its ``holders``, the innermost first, and all of these over guesses. Raises
    ``RefusedContent`` where something stated cannot be read, and ``FolderError`` where ``path`` is not below ``root``.
    """
    container = Statement()
    for holder in holders:
        container = container.then(_inherited(holder))
    rules = container.then(_rules(path, root))
    stated = _beside(path).then(corrected(corrections))
    own, lost = _bounded(extraction.metadata)
    metadata, disorder = in_order(stated.over(rules.under(own)))
    label = container.values.get("access")
    metadata = replace(metadata, container_access=None if label is None else str(label))
    warnings = (*extraction.warnings, *lost, *rules.warnings, *stated.warnings, *disorder)
    known = with_guesses(replace(extraction, metadata=metadata, warnings=warnings), stated.values.keys())
    if known.metadata.date is None:
        return known
    return replace(known, warnings=tuple(text for text in known.warnings if not text.endswith(_ASKS_FOR_DATE)))


def _inherited(holder: Holder) -> Statement:
    stated = _rules(holder.path, holder.root).then(_beside(holder.path)).then(corrected(holder.corrections))
    kept = {name: value for name, value in stated.values.items() if name not in _NOT_INHERITED}
    return Statement(kept, stated.warnings)


def _rules(path: Path, root: Path | None) -> Statement:
    return rules_for(path, root) if root is not None else Statement()


def _beside(path: Path) -> Statement:
    """Return what the sidecar of a file states."""
    sidecar = sidecar_of(path)
    if sidecar is None:
        return Statement()
    where = f"{sidecar.name} beside it"
    return parse(read_statement_text(sidecar, where), where, may_label=True)


def _bounded(metadata: Metadata) -> tuple[Metadata, tuple[str, ...]]:
    """Return what a file says about itself without texts too long to be shown, and warnings that name them."""
    texts = {name: getattr(metadata, name) for name in ("title", "publisher", "author")}
    lengths = {name: len(text) for name, text in texts.items() if text is not None and len(text) > LONGEST_TEXT}
    warnings = tuple(
        f"Its {name} is {length:,} characters long, more than the {LONGEST_TEXT} it may have, so it is left out."
        for name, length in lengths.items()
    )
    # Access is never taken from the file, whatever its reader says.
    fields: dict[str, Any] = dict.fromkeys(lengths)
    return replace(metadata, **fields, access=None, guessed=metadata.guessed - lengths.keys()), warnings
