"""Sentences that cannot be understood alone: "They agreed on this", a bare "Yes.", the rest of a sentence.

Only the beginning of a sentence is looked at, by lists of words in six languages. Where the lists do not say that a
sentence leans on the one before, it is taken to stand alone: too much quoted is worse than a pronoun unresolved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from retrieval.index.words import fold

_FEW_WORDS = 3
_HEAD = 200
_WORD = re.compile(r"[^\W_]+(?:['\u2019\u02bc-][^\W_]+)*")
# What a list puts before its items, as far as it was kept in the text.
_MARKER = re.compile(r"^(?:[•·▪◦‣■□●○➢✓*–—-]|\(?\d{1,3}[.)]|\(?[^\W\d_][.)]|\(?[ivx]{1,5}[.)])\s+", re.IGNORECASE)
_CONTINUES = re.compile(r"[)\]»”,;،؛]")
# "This Convention" in the Convention itself, and its "Parties", are names, explained where it begins.
_DEFINED = re.compile(r"(?:This|These)\s+[A-Z]|(?:The|Both|All)\s+(?:[A-Z]\w+\s+)?(?:Parties|Sides)\b")


@dataclass(frozen=True, slots=True)
class _Cues:
    """The words of one language, each a regular expression over text as ``retrieval.index.words.fold`` leaves it.

    ``openers`` may stand before the word that leans ("However, they"); ``pronouns`` always lean; ``demonstratives``
    lean unless ``resolved`` follows ("This week"); ``phrases`` are others that lean, and ``exceptions`` beginnings that
    do not, whatever else is said here. ``verbs`` make a sentence of a few words; ``pointers`` make a short one point
    elsewhere ("See below").
    """

    openers: str
    pronouns: str
    demonstratives: str
    resolved: str
    phrases: str
    exceptions: str
    verbs: str
    pointers: str


_IT_IS = (
    r"it(?:['\u2019]s| (?:is|was|has been|had been|will be|would be|may be|might be|should be|must be|can be|could be|"
    r"cannot be|remains?|remained|became|becomes?)(?: (?:not|also|now|then|still|therefore|however))?)"
)
_EXPLETIVE = (
    rf"{_IT_IS}(?! an? )(?: [^\s,.;]+){{0,5}}? (?:that|whether|who|whom)\b"
    rf"|{_IT_IS}(?: [\w-]+)? (?:important|necessary|possible|impossible|difficult|hard|easy|easier|essential|vital|"
    r"crucial|critical|useful|better|best|customary|common|unusual|usual|rare|safe|dangerous|legal|illegal|sufficient|"
    r"enough|appropriate|reasonable|fair|worth|interesting|decided|agreed|proposed|time|up)(?: for [^,.;]{1,40}?)?"
    r" (?:to|noting|mentioning)\b"
    rf"|{_IT_IS} an? (?:\w+ )?(?:misconception|fact|mistake|myth|pity|shame|matter|question|custom|tradition)"
    r" (?:that|to|of|whether)\b"
    r"|it (?:seems?|seemed|appears?|appeared|follows|followed|turns out|turned out|happened|emerged|transpired)"
    r"(?: [^\s,.;]+){0,3}? that\b"
    r"|it (?:takes?|took|will take|would take) (?!place|part|over|its|the|on|up|off|note|control|effect|shape)"
)

_CUES = {
    "en": _Cues(
        openers=(
            r"and|but|however|also|moreover|furthermore|thus|therefore|then|later|afterwards|instead|nevertheless|"
            r"nonetheless|still|yet|so|consequently|in addition|as a result|at the same time|in turn|in return|finally|"
            r"subsequently|eventually|initially|originally|today|now|meanwhile|similarly|likewise|hence|additionally|"
            r"for example|for instance|in fact|indeed|"
            r"(?:in|on|by|since|from|until|around|during|after|before) [^,.;:]{0,15}?\d{1,4}[^,.;:\d]{0,6}(?=,)"
        ),
        pronouns=r"he|she|they|it|his|her|their|its",
        demonstratives=r"this|these",
        resolved=(
            r"(?:same |past |coming |very )?(?:week|month|year|day|morning|evening|afternoon|night|spring|summer|"
            r"autumn|fall|winter|century|decade|season|weekend|time|moment|monday|tuesday|wednesday|thursday|friday|saturday|"
            r"sunday|january|february|march|april|may|june|july|august|september|october|november|december)s?\b"
        ),
        phrases=(
            r"that (?:is|was|has|had|means|meant|would|will|may|could|led|made|gave|came|did|does)\b(?!,)"
            r"|(?:one|some|most|all|many|none|each|several|two|three|few|both) of (?:them|these|those)\b"
            r"|the (?:two |three |negotiating )?(?:sides|parties)\b(?! (?:to|of|from|in|at|involved|concerned|whose)\b)"
            r"|both (?:sides|parties|countries|leaders|states|presidents|ministers|delegations|men|women)\b"
            r"(?! (?:to|of|from|in|at)\b)"
            r"|the (?:two|three) (?:countries|states|leaders|presidents|ministers|delegations|men|women)\b"
            r"|the (?:former|latter)(?= (?:is|was|are|were|has|had|have|will|would)\b)"
        ),
        exceptions=(
            rf"{_EXPLETIVE}"
            r"|(?:his|her|their) (?:majest|excellenc|holiness|highness|eminenc|honou?r|royal|imperial)"
        ),
        verbs=(
            r"is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could|may|must|shall|should|\w{2,}ed|won|"
            r"lost|met|said|made|began|came|went|fell|left|took|gave|held|rose|grew|became|wrote|built|stood|ran|saw"
        ),
        pointers=r"above|below|ibid|cf",
    ),
    "ru": _Cues(
        openers=(
            r"и|а|но|однако|также|кроме того|при этом|затем|потом|позже|позднее|поэтому|тем не менее|вместе с тем|"
            r"в то же время|так|впрочем|более того|наконец|впоследствии|тогда|теперь|сегодня|сейчас|например|к тому же|"
            r"помимо этого|после этого|в частности|сначала|вскоре|"
            r"(?:(?:в|к|с|до|после)(?: [а-я]+)?|\d{1,2} [а-я]+) \d{4}(?: ?г\.| год[ауе]?)?"
        ),
        pronouns=r"он|она|оно|они|его|ее|их|ему|ей|им",
        demonstratives=r"это|этот|эта|эти|эту|этого|этой|этому|этим|этих|этими|данн(?:ый|ая|ое)",
        resolved=(
            r"(?:год|недел|месяц|дн[ияею]|день|днем|утр|вечер|ноч|весн|лето\b|летом|осен|зим|век|десятилети|раз\b|сезон|"
            r"понедельник|вторник|сред[ауы]\b|четверг|пятниц|суббот|воскресень|январ|феврал|март|апрел|ма[йея]\b|июн|июл|"
            r"август|сентябр|октябр|ноябр|декабр)"
        ),
        phrases=(
            r"обе стороны\b|(?:у|из|среди|с|при|о|в|на|к|для|от|над|под|по|за|между|перед|без) "
            r"(?:него|нее|них|ним|ней|ними|нем|нему)\b"
            r"|(?:один|одна|одно|многие|некоторые|большинство|каждый|каждая|часть|все|оба|обе|два|две|двое|трое|никто|"
            r"последн(?:ий|яя)|перв(?:ый|ая)|втор(?:ой|ая)) из (?:них|этих)\b"
            r"|стороны(?:,? (?:также|вновь|далее|подробно|кратко|высоко|особо|единогласно|решительно|отдельно|вместе|"
            r"совместно|не|еще|уже|затем|однако))*,? [а-я-]+(?:ли|лись|ют|ят|ут|ат|ются|ятся|утся|атся)\b"
        ),
        exceptions=r"(?:его|ее|их) (?:величеств|превосходительств|святейшеств|высочеств|преосвященств)",
        verbs=r"[—–]|\w+(?:л|ла|ло|ли|лся|лась|лось|лись|ет|ит|ют|ят|ут|ат|тся)|нет|есть",
        pointers=r"см|ниже|выше|там же",
    ),
    "kk": _Cues(
        openers=(
            r"және|бірақ|алайда|сондай-ақ|сонымен қатар|сонымен бірге|сондықтан|кейін|содан кейін|осылайша|демек|"
            r"мысалы|оған қоса|дегенмен|ал|\d{4} жыл(?:ы|дан|дың|ға)(?: \d{1,2} \w+)?|\d{4} жылғы \d{1,2} \w+"
        ),
        pronouns=r"олар(?:дың|ды|ға|мен|дан)?|оның|оны|оған|онымен|одан|бұлар(?:дың|ды)?",
        demonstratives=r"ол|бұл|осы|сол",
        resolved=(
            r"(?:жыл(?:ы|дары|дың|да)?|апта(?:да|ның)?|ай(?:да|ы|дың)|күн(?:і|дері|де)|таңда|кеште|кеші|түнде|түні|"
            r"көктем(?:де|і)?|жазда|күз(?:де|і)?|қыста?|ғасыр\w*|маусымда|кез(?:де|ең\w*)|жолы|рет(?:те)?|уақыт\w*|"
            r"тұрғыда|себепті|сияқты)\b"
        ),
        phrases=r"тараптар\b|екі (?:тарап|жақ)\b",
        exceptions=r"(?!)",
        verbs=r"[—–]|\w+(?:ды|ді|ты|ті|ған|ген|қан|кен|еді|емес|йды|йді)|бар|жоқ",
        pointers=r"төменде|жоғарыда|қараңыз|қара",
    ),
    "tr": _Cues(
        openers=(
            r"ve|ama|ancak|fakat|ayrıca|bununla birlikte|daha sonra|sonra|ardından|böylece|bu nedenle|bu yüzden|"
            r"aynı zamanda|öte yandan|yine de|nitekim|örneğin|üstelik|bunun üzerine|sonuç olarak|hatta|bugün|şimdi|"
            r"\d{4}(?: yıl\w+|['\u2019]\w+)"
        ),
        pronouns=(
            r"onlar(?:ın|ı|a|dan)?|bunlar(?:ın|ı|a|dan)?|onun|onu|ona|ondan|kendi(?:si|leri)|bunu|"
            r"bunun(?! (?:üzerine|yanı|yanında|dışında|için|sonucunda|gibi|ardından))|"
            r"buna(?! (?:göre|karşılık|rağmen|karşın|ek|bağlı))"
        ),
        demonstratives=r"bu|şu|o",
        resolved=(
            r"(?:hafta\w*|ay(?:da|ın|ki)?\b|yıl\w*|sene\w*|sabah\w*|akşam\w*|gece\w*|gün(?:ü|de|den|lerde|kü)?\b|"
            r"sonbahar\w*|ilkbahar\w*|bahar\w*|yaz(?:ın)?\b|kış(?:ın)?\b|yüzyıl\w*|mevsim\w*|dönem\w*|sıra(?:da|larda)\b|"
            r"kez\b|defa\b|tarih(?:te|ten|lerde)\b|zaman\w*|süreç\w*|nedenle|yüzden|sebeple|bağlamda|arada|amaçla|"
            r"çerçevede|kapsamda|doğrultuda|şekilde|durumda|kadar|halde)"
        ),
        phrases=r"taraflar\b|(?:her )?iki (?:taraf|ülke|devlet|lider|heyet|bakan)\b",
        exceptions=r"(?!)",
        verbs=r"\w+(?:[dt][iuü]r?|m[iuü]ş|yor|(?:[dt][iuü]|yor|m[iuü]ş)l[ae]r)|var|yok|değil",
        pointers=r"aşağıya?|yukarıya?|bkz|bakınız",
    ),
    "ar": _Cues(
        openers=r"ثم|كما|كذلك|و?بعد ذلك|و?مع ذلك|و?لذلك|وبالتالي|ومن ثم",
        pronouns=r"[وف]?(?:هو|هي|هم|هن|هما)|و?لكن(?:ه|ها|هم)",
        demonstratives=r"[وف]?(?:هذا|هذه|هذان|هاتان|هؤلاء|ذلك|تلك|أولئك)",
        resolved=(
            r"(?:ال)?(?:عام|أسبوع|شهر|يوم|صباح|مساء|خريف|شتاء|صيف|ربيع|قرن|موسم|وقت|سنة|ليلة|مرة|أيام|لحظة|عقد)\b"
            r"|(?:أن|لأن|بأن|هو|الذي|التي|الذين)\b"
        ),
        phrases=(
            r"(?:[وف]?\w+ )?(?:الطرفان|الجانبان)\b(?! ال\w+(?: وال|ان\b))"
            r"|(?:[وف]?(?:اتفق|أكد|شدد|ناقش|بحث|قرر|أعرب|رحب|دعا?|تبادل|وقع|جدد)ت? )?الأطراف\b(?! (?:ال|في ))"
            r"|و?(?:أحدهم|أحدها|بعضهم|بعضها|كلاهما|معظمهم|جميعهم)\b"
        ),
        exceptions=r"هذا و(?:قد|كان|ي|ا)",
        verbs=r"\w+ \w+ \w+|[وف]?[يت]\w{3,} \w+",
        pointers=r"أدناه|أعلاه|انظر",
    ),
    "fa": _Cues(
        openers=(
            r"و|اما|ولی|همچنین|سپس|بعدها|پس از آن|با این حال|با این وجود|علاوه بر این|بنابراین|از این رو|در نتیجه|"
            r"البته|(?:در )?سال \d{4}(?: میلادی| خورشیدی)?"
        ),
        pronouns=r"او|وی|آن ?ها|آنان|ایشان|این ?ها|اینان",
        demonstratives=r"این|آن",
        resolved=(
            r"(?:هفته|سال|ماه|روز|صبح|شب|عصر|پاییز|زمستان|بهار|تابستان|قرن|فصل|بار|دوره|زمان|دهه|هنگام|وقت|لحظه|که|چه|"
            r"در حالی|گونه|روزها|سال ?ها)\b"
        ),
        phrases=(
            r"(?:یکی|برخی|بسیاری|بعضی|همه|هیچ یک|هر یک|تعدادی|بیشتر) از (?:آن ?ها|آنان|این ?ها|این)\b"
            r"|طرفین\b|(?:هر )?دو طرف\b|طرف ?ها\b"
        ),
        exceptions=r"(?!)",
        verbs=r"است|نیست|بود|شد|کرد|دارد|داشت|گفت|اند|شود|کند|یافت|گرفت|داد|رفت|آمد|\w{2,}ند",
        pointers=r"زیر|بالا|بنگرید|همانجا",
    ),
}


def leans(text: str, language: str | None) -> bool:
    """Whether a sentence begins so that only the one before it says who or what is meant.

    ``language`` is an ISO 639-1 code; a sentence of another or of an unknown language leans if it would in any of the
    six.
    """
    bare = _MARKER.sub("", text[:_HEAD])
    if _CONTINUES.match(bare) or bare[:1].islower():
        return True
    if _DEFINED.match(bare):
        return False
    head = fold(bare)
    return any(leaning.match(head) and not exceptions.match(head) for leaning, exceptions in _beginnings(language))


def is_fragment(text: str, language: str | None) -> bool:
    """Whether these are a few words that say nothing alone: "Yes.", "See below.", a name; not a short sentence."""
    words = _WORD.findall(_MARKER.sub("", text))
    if len(words) > _FEW_WORDS:
        return False
    folded = fold(" ".join(words))
    if len(words) <= 1 or any(pointers.search(folded) for _, pointers in _short_forms(language)):
        return True
    return not any(verbs.search(fold(text)) for verbs, _ in _short_forms(language))


def begins_inside(text: str) -> bool:
    """Whether a text begins with a small letter, as the rest of a sentence does; never where letters have no case."""
    return _MARKER.sub("", text[:_HEAD])[:1].islower()


def _cues(language: str | None) -> tuple[_Cues, ...]:
    return (_CUES[language],) if language in _CUES else tuple(_CUES.values())


@cache
def _beginnings(language: str | None) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """For each language in question what leans at the beginning, and what does not in spite of that."""
    return tuple(
        (
            _folded(
                rf"(?:(?:{cues.openers})[,،]? )?"
                rf"(?:(?:{cues.pronouns})\b|(?:{cues.demonstratives})\b(?! (?:{cues.resolved}))|{cues.phrases})"
            ),
            _folded(rf"(?:(?:{cues.openers})[,،]? )?(?:{cues.exceptions})"),
        )
        for cues in _cues(language)
    )


@cache
def _short_forms(language: str | None) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """For each language in question the verbs of short sentences, and the words by which they point elsewhere."""
    return tuple(
        (_folded(rf"(?:^|(?<=[\s«(])){_group(cues.verbs)}(?!\w)"), _folded(rf"\b{_group(cues.pointers)}\b"))
        for cues in _cues(language)
    )


def _group(expression: str) -> str:
    return f"(?:{expression})"


def _folded(expression: str) -> re.Pattern[str]:
    """A pattern for folded text; its own letters are folded too, but not its escapes, such as ``\\W``."""
    parts = re.split(r"(\\.|\(\?[!=<:]+)", expression)
    return re.compile("".join(part if part[:1] in ("\\", "(") else fold(part) for part in parts))
