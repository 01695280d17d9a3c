"""What is stated about a document, in its front matter, beside it, by its folder or by an admin, checked by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

from corpus.canonical import fold
from corpus.document import DocumentClass, Metadata, Source
from corpus.errors import CorpusError, RefusedContent
from corpus.keys import is_like_access, is_of_access, key_of, similar_key
from corpus.mapping import parse_mapping
from corpus.round_numbers import round_numbers
from corpus.tokens import words

Value = str | int | DocumentClass | tuple[Source, ...] | tuple[int, ...] | None

_TEXT_FIELDS = ("title", "publisher", "author", "process", "place")
_DATE_FIELDS = ("date", "meeting_start", "meeting_end")
FIELDS = (*_TEXT_FIELDS, *_DATE_FIELDS, "language", "url", "round", "document_class", "access", "sources")
# What can be said in one line.
CORRECTABLE = frozenset(FIELDS) - {"sources"}

LONGEST_TEXT: Final = 500
_LONGEST_ADDRESS = 2000
_LONGEST_LABEL = 60
_MOST_SOURCES = 500
_SHOWN = 60
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?", re.ASCII)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
_EMPTY = ("", "~", "null")
_LANGUAGES = frozenset(
    words(
        """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st
    su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """
    )
)
_THREE_LETTERS = {"eng": "en", "rus": "ru", "kaz": "kk", "tur": "tr", "ara": "ar", "fas": "fa", "per": "fa"}


class WrongValue(CorpusError):  # noqa: N818 - named for what it is about
    """A value that a field cannot have; ``reason`` goes on from the field's name: '"x" is not a date (...)'."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}.")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Statement:
    """What someone stated: ``values`` by the names of ``Metadata``'s fields, where None is "said to be unknown"."""

    values: Mapping[str, Value] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def over(self, metadata: Metadata) -> Metadata:
        """Return ``metadata`` with what is stated here in place of what was there, and no longer called guessed."""
        stated: dict[str, Any] = dict(self.values)
        return replace(metadata, **stated, guessed=metadata.guessed - self.values.keys())

    def under(self, metadata: Metadata) -> Metadata:
        """Return ``metadata`` with what is stated here where nothing was, or only a guess."""
        free = {name for name in self.values if not getattr(metadata, name) or name in metadata.guessed}
        if "round" not in free:
            # The rounds of a document are stated together.
            free.discard("other_rounds")
        return Statement({name: value for name, value in self.values.items() if name in free}).over(metadata)

    def then(self, later: Statement) -> Statement:
        """Return both together; where both speak of a field, ``later`` wins."""
        return Statement({**self.values, **later.values}, (*self.warnings, *later.warnings))


def parse(text: str, where: str, *, may_label: bool = False) -> Statement:
    """Return what the YAML ``text`` states; ``where`` ("its front matter") begins the sentences about it.

    ``may_label`` is for what the institute says of a document rather than the document of itself: only there is an
    access label taken. Text that is not a YAML mapping raises ``RefusedContent``, and with ``may_label`` so does an
    access label that cannot be one or whose key is misspelt. Any other field of the wrong type, an impossible date
    and the like are left unknown with a warning; so are keys that resemble a known one. Other keys are ignored.
    """
    return state(parse_mapping(text, where), where, may_label=may_label)


def state(
    content: Mapping[str, Any], where: str, *, may_label: bool = False, besides: Collection[str] = ()
) -> Statement:
    """Return what a mapping states, as ``parse`` does; keys in ``besides`` are someone else's."""
    values: dict[str, Value] = {}
    warnings: list[str] = []
    for key, value in content.items():
        if key in besides:
            continue
        name = key_of(key)
        if name is None:
            warnings += _unknown(key, where, may_label)
        elif name == "access" and not may_label:
            warnings.append(f"{where}: access is not taken from the document itself, so it is left out.")
        elif name in values:
            raise RefusedContent(f'{where} gives "{key}" twice; keep one and load it again.')
        else:
            _take(name, key, value, where, values, warnings)
    _order(values, warnings, where)
    return Statement(values, tuple(warnings))


def corrected(corrections: Mapping[str, str]) -> Statement:
    """Return what an admin's corrections, text by field, state.

    One that is wrong is left out with a warning, but a wrong access label raises ``RefusedContent``.
    """
    where = "what an admin corrected"
    return state(corrections, where, may_label=True)


def checked(name: str, text: str) -> Value:
    """Return the value that ``text`` gives the field ``name``, one of ``CORRECTABLE`` or the key of one.

    None is "said to be unknown", which an empty text says of any field but the access label; several rounds are a
    tuple of numbers. Raises ``WrongValue``.
    """
    known = key_of(name)
    if known is None or known not in CORRECTABLE:
        raise WrongValue(name, "is not something that can be said of a document in one line")
    if known == "access":
        return _access(text)
    return None if text.strip() in _EMPTY else _CHECKS[known](known, text)


def iso_date(text: str) -> str | None:
    """Return ``text`` as YYYY, YYYY-MM or YYYY-MM-DD where it is such a date, real in the calendar; else None."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)


def web_address(text: str) -> str | None:
    """Return ``text`` where it is an http or https address with a host; else None."""
    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc) and len(text) <= _LONGEST_ADDRESS
    return text if is_web and not re.search(r"[\s<>\"]", text) else None


def in_order(metadata: Metadata) -> tuple[Metadata, tuple[str, ...]]:
    """Return ``metadata`` without a meeting's end that lies before its start, and the warning about it."""
    values: dict[str, Value] = {"meeting_start": metadata.meeting_start, "meeting_end": metadata.meeting_end}
    warnings: list[str] = []
    _order(values, warnings, "what is known about it")
    return (replace(metadata, meeting_end=None) if warnings else metadata), tuple(warnings)


def _take(name: str, key: str, value: object, where: str, values: dict[str, Value], warnings: list[str]) -> None:
    """Check one field into ``values``: one that is wrong is left out with a warning, but the access label refuses."""
    try:
        if name == "sources" and value not in _EMPTY:
            sources, problem = _sources(value)
            if problem is not None:
                warnings.append(f"{where}: sources {problem}, so it is left out.")
            if sources is not None:
                values[name] = sources
        elif name == "round":
            values |= _rounds(checked(name, _listed(value)))
        elif isinstance(value, str):
            values[name] = None if name == "sources" else checked(name, value)
        else:
            raise WrongValue(name, "must be one line of text, not a list or a mapping")
    except WrongValue as error:
        if name == "access":
            raise RefusedContent(f"{where}: access {error.reason}; correct it and load it again.") from error
        warnings.append(f"{where}: {key} {error.reason}, so it is left out.")


def _unknown(key: str, where: str, may_label: bool) -> list[str]:
    """Return the warning about an unknown key that resembles a known one; misspelt access refuses where it counts."""
    if is_like_access(key):
        if may_label:
            raise RefusedContent(f'{where} has a key "{key[:_SHOWN]}", which may mean access; correct it.')
        return [f'{where}: "{key[:_SHOWN]}" is not taken from the document itself, so it is left out.']
    if may_label and is_of_access(key):
        return [f'{where}: "{key[:_SHOWN]}" says nothing here; who may read it is said by "access".']
    similar = similar_key(key)
    return [f'{where}: there is no "{key[:_SHOWN]}"; perhaps "{similar}" was meant.'] if similar else []


def _text(name: str, text: str) -> str | None:
    if len(text) > LONGEST_TEXT:
        raise WrongValue(name, f"is {len(text):,} characters long, more than the {LONGEST_TEXT} it may have")
    return fold(text) or None


def _date(name: str, text: str) -> str:
    found = iso_date(text)
    if found is not None:
        return found
    raise WrongValue(name, f"{_quoted(text)} is not a date (YYYY-MM-DD, YYYY-MM or YYYY)")


def _language(name: str, text: str) -> str:
    match = _LANGUAGE.fullmatch(text.strip()[:_SHOWN])
    if match is None:
        raise WrongValue(name, f"{_quoted(text)} is not a two-letter code such as en")
    code = match.group(1).lower()
    code = _THREE_LETTERS.get(code, code)
    if code not in _LANGUAGES:
        raise WrongValue(name, f"{_quoted(text)} is the code of no language")
    return code


def _url(name: str, text: str) -> str:
    address = web_address(text)
    if address is None:
        raise WrongValue(name, f"{_quoted(text)} is not an http or https address")
    return address


def _round(name: str, text: str) -> int | tuple[int, ...]:
    numbers = round_numbers(text)
    if not numbers:
        raise WrongValue(name, f"{_quoted(text)} is not a number of a round")
    return numbers[0] if len(numbers) == 1 else numbers


def _rounds(value: Value) -> dict[str, Value]:
    """Return what a checked value of ``round`` states: the first, and the others."""
    if not isinstance(value, tuple):
        return {"round": value, "other_rounds": ()}
    first, *others = [number for number in value if isinstance(number, int)]
    return {"round": first, "other_rounds": tuple(others)}


def _listed(value: object) -> str:
    """Return a list of numbers as the text that says the same."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if not isinstance(value, str):
        raise WrongValue("round", "must be a number, or a list of numbers")
    return value


def _class(name: str, text: str) -> DocumentClass:
    named = " ".join(re.split(r"[\s_-]+", text.strip()[:_SHOWN].casefold()))
    try:
        return DocumentClass(named)
    except ValueError:
        known = ", ".join(DocumentClass)
        raise WrongValue(name, f"{_quoted(text)} is none of {known}") from None


def _access(text: str) -> str:
    label = fold(text[: 2 * _LONGEST_LABEL])
    if label in _EMPTY:
        raise WrongValue("access", "is empty")
    if len(label) > _LONGEST_LABEL:
        raise WrongValue("access", f"{_quoted(text)} is too long to be a label")
    return label


_CHECKS: Final[Mapping[str, Callable[[str, str], Value]]] = {
    **dict.fromkeys(_TEXT_FIELDS, _text),
    **dict.fromkeys(_DATE_FIELDS, _date),
    "language": _language,
    "url": _url,
    "round": _round,
    "document_class": _class,
}


def _sources(value: object) -> tuple[tuple[Source, ...] | None, str | None]:
    """Return the sources that are usable, None where it is no list, and the problems, None where there are none."""
    if not isinstance(value, list):
        return None, "must be a list"
    sources: list[Source] = []
    problems = [f"has more than {_MOST_SOURCES} entries"] if len(value) > _MOST_SOURCES else []
    for position, entry in enumerate(value[:_MOST_SOURCES], start=1):
        title = entry.get("title") if isinstance(entry, dict) else None
        if not isinstance(title, str) or not fold(title[:LONGEST_TEXT]):
            problems.append(f"entry {position} has no title")
            continue
        given = {name: entry.get(name) for name in ("publisher", "date", "url")}
        texts = {name: text for name, text in given.items() if isinstance(text, str) and text}
        if "date" in texts and iso_date(texts["date"]) is None:
            problems.append(f"entry {position} has a date {_quoted(texts.pop('date'))} that is none")
        if "url" in texts and web_address(texts["url"]) is None:
            problems.append(f"entry {position} has an address {_quoted(texts.pop('url'))} that is none")
        sources.append(
            Source(
                title=fold(title[:LONGEST_TEXT]),
                publisher=fold(texts["publisher"][:LONGEST_TEXT]) if "publisher" in texts else None,
                date=iso_date(texts["date"]) if "date" in texts else None,
                url=web_address(texts["url"]) if "url" in texts else None,
            )
        )
    return tuple(sources), "; ".join(problems) or None


def _order(values: dict[str, Value], warnings: list[str], where: str) -> None:
    start, end = values.get("meeting_start"), values.get("meeting_end")
    if isinstance(start, str) and isinstance(end, str) and end < start[: len(end)]:
        warnings.append(f"{where}: the meeting ends ({end}) before it starts ({start}), so its end is left out.")
        del values["meeting_end"]


def _quoted(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f'"{shown}"'
