"""The parties of talks: which a text names, and whose position a sentence is.

A party that speaks is told from one that is merely named by grammar: it is the subject of a verb of saying or of taking
a stand, or stands behind "according to"; a statement of one ministry is that party's throughout. Several subjects
together, or none that is sure, are nobody's position.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml

from corpus.document import DocumentClass
from corpus.tokens import tokenise
from retrieval.questions.party_table import Kind, Party, PartyMention, find_parties, parties
from retrieval.questions.places import is_meeting

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from corpus.document import Document
    from corpus.tokens import Token

__all__ = ["Party", "parties", "parties_in", "party_name", "speaker_in", "speaker_of"]
_AROUND: Final = 6
_BETWEEN_ACTOR: Final = frozenset(
    (
        *("of", "the", "foreign", "affairs", "state", "deputy", "prime", "ministry", "s", "'", "’", "ın", "in", "un"),
        *("иностранных", "дел", "по", "внешней", "внешних"),
    )
)
_POSSESSIVE: Final = frozenset("'’")
_ENDS: Final = frozenset((";", ":", "\n"))


def parties_in(text: str) -> tuple[str, ...]:
    """The keys of the parties that ``text`` names, each once, in its order; a capital only where it stands for one."""
    tokens = tokenise(text)
    found = (
        mention.key
        for mention in find_parties(tokens)
        if mention.kind is not Kind.CAPITAL or (mention.bare and not _listed_places(tokens, mention.first))
    )
    return tuple(dict.fromkeys(key for key in found if key is not None))


def party_name(key: str, language: str) -> str:
    """The party's name in ``language``, in English for another language than the six, the key where there is none."""
    party = parties().get(key)
    return key.replace("_", " ") if party is None else party.names.get(language, party.names["en"])


def speaker_of(document: Document, start: int, end: int) -> str | None:
    """The key of the party whose position the sentence at ``start`` to ``end`` of ``document`` is, None if unsure."""
    text = document.text[start:end]
    tokens = tokenise(text)
    mentions = find_parties(tokens)
    return _speaker(tokens, mentions) if mentions and _speaks(tokens) else _author(document)


def speaker_in(text: str) -> str | None:
    """The key of the party whose position the sentence ``text`` is by its own words, None if unsure."""
    tokens = tokenise(text)
    return _speaker(tokens, find_parties(tokens))


def _author(document: Document) -> str | None:
    """The party that makes a statement of its own, which all of its sentences are."""
    metadata = document.metadata
    if metadata.document_class is not DocumentClass.STATEMENT or not metadata.publisher:
        return None
    title = tokenise(metadata.title or "")
    named = {mention.key for mention in find_parties(title)}
    publishers = parties_in(metadata.publisher)
    joint = any(token.folded.startswith(word) for token in title for word in _wording()["joint_statements"])
    if joint or None in named or len(publishers) != 1 or len(named - set(publishers)) > 1:
        return None
    return publishers[0]


@lru_cache(maxsize=1)
def _wording() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("retrieval").joinpath("attribution.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=8)
def _beginnings(kind: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The phrases of ``kind`` over all languages, by the first letters of their first word."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for listed in _wording()[kind].values():
        for phrase in listed:
            words = tuple(phrase.split())
            found.setdefault(words[0][:2], []).append(words)
    return {head: tuple(sorted(phrases, key=len, reverse=True)) for head, phrases in found.items()}


def _phrase_at(tokens: Sequence[Token], at: int, kind: str) -> int | None:
    """Where a phrase of ``kind`` ends that begins at ``at``, its words begun as listed; in Arabic behind و or ف."""
    word = tokens[at].folded
    forms = [word, *([word[1:]] if word[:1] in ("و", "ف") else []), *([word[2:]] if word.startswith("ال") else [])]
    for form in forms:
        for words in _beginnings(kind).get(form[:2], ()):
            following = [token.folded for token in tokens[at + 1 : at + len(words)]]
            if (
                form.startswith(words[0])
                and len(following) == len(words) - 1
                and all(one.startswith(other) for one, other in zip(following, words[1:], strict=True))
            ):
                return at + len(words)
    return None


def _speaks(tokens: Sequence[Token]) -> bool:
    return any(
        _phrase_at(tokens, at, kind) is not None
        for at, token in enumerate(tokens)
        if token.word
        for kind in ("verbs", "sources", "sources_behind")
    )


def _speaker(tokens: Sequence[Token], mentions: Sequence[PartyMention]) -> str | None:
    """Whose position the sentence is by its subjects and verbs."""
    subjects = _subjects(tokens, mentions)
    verbs = [at for at, token in enumerate(tokens) if token.word and _phrase_at(tokens, at, "verbs") is not None]
    spoken: list[PartyMention] = []
    for verb in verbs:
        if any(subject.first <= verb < subject.last for subject in subjects):
            continue
        subject = _subject_of(tokens, subjects, mentions, verb)
        if subject is not None and subject not in spoken:
            spoken.append(subject)
    sourced = [] if spoken else _sourced(tokens, mentions)
    if spoken:
        first, *others = spoken
        contrary = (one for one in others if one.key != first.key and _joined_to_more(tokens, one))
        if next(contrary, None) is not None or _shared(tokens, mentions, subjects, first):
            return None
        return first.key
    keys = {mention.key for mention in sourced}
    return keys.pop() if len(keys) == 1 else None


def _subjects(tokens: Sequence[Token], mentions: Sequence[PartyMention]) -> list[PartyMention]:
    """The mentions that may be the subject of a verb, each widened to the ministry or person that acts for it."""
    found: list[PartyMention] = []
    others = {at for mention in mentions for at in range(mention.first, mention.last)}
    for mention in mentions:
        actor = _actor(tokens, mention, others)
        if actor is not None:
            found.append(actor)
        elif mention.kind is not Kind.ADJECTIVE and mention.bare and _stands_free(tokens, mention):
            found.append(mention)
    return found


def _stands_free(tokens: Sequence[Token], mention: PartyMention) -> bool:
    """Whether no word beside a name takes it for something else: "Iran's", "with Iran", "the Doha meeting"."""
    return not (_possessive(tokens, mention) or _governed(tokens, mention.first) or _of_meeting(tokens, mention))


def _of_meeting(tokens: Sequence[Token], mention: PartyMention) -> bool:
    """Whether a capital says where a meeting was: "the Doha meeting"."""
    following = tokens[mention.last : mention.last + 1]
    return mention.kind is Kind.CAPITAL and bool(following) and is_meeting(following[0].folded)


def _actor(tokens: Sequence[Token], mention: PartyMention, named: Container[int]) -> PartyMention | None:
    """The mention with the actor beside it, "the Turkish ministry", "МИД Турции"; None where there is none.

    ``named`` are the tokens that name parties; none of them is the actor of another.
    """
    for step, at in enumerate(range(mention.last, min(mention.last + 4, len(tokens)))):
        if at in named:
            break
        if _phrase_at(tokens, at, "actors") is not None and not _governed(tokens, mention.first, owner=True):
            return PartyMention(mention.key, mention.kind, mention.first, at + 1, True)
        if tokens[at].folded not in _BETWEEN_ACTOR and not (step < 2 and tokens[at].word and mention.bare):
            break
    for at in range(mention.first - 1, max(mention.first - _AROUND, -1), -1):
        if at in named:
            break
        if _phrase_at(tokens, at, "actors") is not None:
            before = at - 1 if at and tokens[at - 1].folded in ("the", "head") else at
            # "В МИД Турции заявили": those who spoke are in the ministry.
            governed = _governed(tokens, before) and tokens[before - 1].folded != "в"
            return None if governed else PartyMention(mention.key, mention.kind, at, mention.last, True)
        if tokens[at].folded not in _BETWEEN_ACTOR and not _near_name(tokens, at, mention):
            break
    return None


def _near_name(tokens: Sequence[Token], at: int, mention: PartyMention) -> bool:
    """Whether one word may stand between an actor and its party: "глава делегации России", "وزارة الخارجية التركية"."""
    return mention.first - at <= 2 and tokens[at].word and not _is_preposition(tokens[at])


def _is_preposition(token: Token) -> bool:
    return any(token.folded in listed for listed in _wording()["prepositions"].values())


def _governed(tokens: Sequence[Token], first: int, *, owner: bool = False) -> bool:
    """Whether a preposition stands before the word at ``first``, an article or an adjective between them or not."""
    at = first - 1
    while at >= 0 and tokens[at].folded in ("the", "a", "its", "their"):
        at -= 1
    if at < 0 or not tokens[at].word:
        return False
    # "The foreign minister of the Turkish government said": an owner behind "of" still acts.
    return _is_preposition(tokens[at]) and not (owner and tokens[at].folded == "of")


def _listed_places(tokens: Sequence[Token], first: int) -> bool:
    """Whether a preposition stands before the word at ``first``, or before the list of names that it ends."""
    at = first
    if at and tokens[at - 1].word and tokens[at - 1].folded in _wording()["joints"]:
        while at and (tokens[at - 1].folded in _wording()["joints"] or tokens[at - 1].text[0].isupper()):
            at -= 1
            if _governed(tokens, at):
                return True
    return _governed(tokens, first)


def _possessive(tokens: Sequence[Token], mention: PartyMention) -> bool:
    following = tokens[mention.last : mention.last + 1]
    return bool(following) and following[0].text in _POSSESSIVE and following[0].start == tokens[mention.last - 1].end


def _subject_of(
    tokens: Sequence[Token], subjects: Sequence[PartyMention], mentions: Sequence[PartyMention], verb: int
) -> PartyMention | None:
    """The subject of the verb at ``verb``: the nearest before it in its clause, or right behind it."""
    if verb and tokens[verb - 1].folded in _wording()["passive"]:
        return next((one for one in mentions if verb < one.first <= verb + _AROUND and _by(tokens, one)), None)
    before = [one for one in subjects if one.last <= verb and not _ended(tokens[one.last : verb])]
    if before:
        return before[-1]
    behind = [one for one in subjects if verb < one.first <= verb + 3 and not _ended(tokens[verb : one.first])]
    return behind[0] if behind and _inverts(tokens, verb, behind[0]) else None


def _inverts(tokens: Sequence[Token], verb: int, subject: PartyMention) -> bool:
    """Whether a subject may follow its verb here: in Arabic and Russian, in English only directly."""
    arabic = "\u0600" <= tokens[verb].folded[0] <= "\u06ff"
    cyrillic = "\u0400" <= tokens[verb].folded[0] <= "\u04ff"
    return arabic or cyrillic or (subject.first == verb + 1 and tokens[verb].folded in _wording()["inverted"])


def _by(tokens: Sequence[Token], mention: PartyMention) -> bool:
    return mention.first > 0 and any(
        token.folded == "by" for token in tokens[max(mention.first - 2, 0) : mention.first]
    )


def _ended(tokens: Sequence[Token]) -> bool:
    return any(token.text in _ENDS for token in tokens)


def _joined_to_more(tokens: Sequence[Token], mention: PartyMention) -> bool:
    """Whether another clause of the same weight begins before ``mention``: ", and Jaafari denied it"."""
    before = [token.folded for token in tokens[max(mention.first - 3, 0) : mention.first]]
    return any(word in _wording()["others"] for word in before) or any(word.startswith("و") for word in before[-1:])


def _shared(
    tokens: Sequence[Token], mentions: Sequence[PartyMention], subjects: Sequence[PartyMention], subject: PartyMention
) -> bool:
    """Whether others are subjects beside ``subject``: "Iran, Russia and Türkiye condemned"."""
    for mention in (*mentions, *subjects):
        if mention.key == subject.key or mention.kind is Kind.ADJECTIVE:
            continue
        low, high = min(mention.last, subject.last), max(mention.first, subject.first)
        between = tokens[low:high]
        joined = between and all(
            token.folded in _wording()["joints"] or token.folded.startswith("و") for token in between
        )
        comma_alone = len(between) == 1 and between[0].text == "," and mention.first > subject.first
        if joined and not comma_alone and not _governed(tokens, mention.first):
            return True
    return False


def _sourced(tokens: Sequence[Token], mentions: Sequence[PartyMention]) -> list[PartyMention]:
    """The parties that "according to" and the like name."""
    found = []
    for mention in mentions:
        if mention.kind is Kind.CAPITAL and not mention.bare:
            continue
        ahead = range(max(mention.first - _AROUND, 0), mention.first)
        behind = range(mention.last, min(mention.last + 5, len(tokens)))
        if any(
            (end := _phrase_at(tokens, at, "sources")) is not None and end <= mention.first and tokens[at].word
            for at in ahead
        ) or any(tokens[at].word and _phrase_at(tokens, at, "sources_behind") is not None for at in behind):
            found.append(mention)
    return found
