"""Which class of document a title, a label in its head, a dateline or a publisher shows, in six languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from corpus.document import DocumentClass

_STATEMENT, _BRIEFING = DocumentClass.STATEMENT, DocumentClass.BRIEFING
_ANALYSIS, _NEWS = DocumentClass.ANALYSIS, DocumentClass.NEWS

_KINDS_OF_STATEMENT = "joint|final|closing|concluding|official|press|trilateral|tripartite|ministerial|presidential"
# What opens a title that belongs to the class; a boundary follows.
_OPENINGS: Final = (
    (
        _STATEMENT,
        rf"(?:(?:{_KINDS_OF_STATEMENT})\s+){{1,2}}(?:statement|communiqu[eé]|declaration|release)"
        r"|communiqu[eé]|statement\s+(?:by|of|from|on|for\s+(?:the\s+)?media)|declaration\s+(?:by|of)|press\s+release"
        r"|(?:совместн\w+|итогов\w+|официальн\w+|заключительн\w+)\s+(?:заявлени[ея]|коммюнике|деклараци[яи])"
        r"|заявление\s+(?:мид\w*|министр\w*|министерств\w*|президент\w*|участник\w*|глав\w*|представител\w*|пресс-\w+|по\s)"
        r"|коммюнике|пресс-релиз|декларация\s+о|комментарий\s+(?:мид|департамента|официального\s+представителя)"
        r"|бірлескен\s+(?:мәлімдеме\w*|коммюнике|декларация\w*)|баспасөз\s+(?:релизі|хабарламасы)"
        r"|ortak\s+(?:açıklama|bildiri|bildirge)|basın\s+(?:açıklaması|bildirisi|bülteni)"
        r"|(?:ال)?بيان\s+(?:ال)?(?:مشترك|ختامي|صحفي|ثلاثي|رسمي)|بيان\s+(?:صادر|من|وزارة|وزراء)"
        r"|بیانیه\s+(?:مشترک|پایانی|مطبوعاتی|سه‌جانبه|وزارت|رسمی|وزرا)",
    ),
    (
        _BRIEFING,
        r"(?:(?:policy|press|media|security|background)\s+)?briefing\s+(?:note|paper)|background\s+(?:note|briefing)"
        r"|backgrounder|fact\s*sheet|briefing:|(?:информационн\w+|аналитическ\w+|краткая)\s+справка|справка:"
        r"|(?:ақпараттық|талдамалық)\s+анықтама|bilgi\s+notu|brifing\s+notu|(?:ورقة|مذكرة)\s+إحاطة|إحاطة:"
        r"|(?:یادداشت|گزارش)\s+توجیهی",
    ),
    (
        _ANALYSIS,
        r"(?:policy\s+(?:brief|paper|analysis)|working\s+paper|research\s+paper|discussion\s+paper|op-?ed)(?!ing)"
        r"|analysis\s+of|(?:analysis|commentary|opinion|explainer):|(?:анализ|разбор)\s+\w+"
        r"|аналитическ(?:ий|ая)\s+(?:обзор|доклад|записка|статья)|(?:анализ|аналитика|мнение|комментарий\s+эксперта):"
        r"|(?:талдау|сараптама|пікір):|сарапшы\s+пікірі|(?:analiz|yorum|görüş|değerlendirme):|politika\s+notu"
        r"|(?:تحليل|تعليق|رأي|تحلیل|یادداشت|دیدگاه):|ورقة\s+(?:سياسات|بحثية|تحليلية)|تقدير\s+موقف"
        r"|(?:گزارش|یادداشت)\s+تحلیلی|یادداشت\s+سیاستی",
    ),
)
# What closes it: in Turkish and Kazakh the noun comes last.
_ENDINGS: Final = (
    (
        _STATEMENT,
        r"(?:ortak|basın|sonuç)\s+(?:açıklaması|bildirisi|bildirgesi|bülteni)|(?:бірлескен|қорытынды)\s+(?:мәлімдемесі|коммюникесі)",
    ),
    (_BRIEFING, r"bilgi\s+notu|брифинг\s+үшін\s+анықтама"),
    (_ANALYSIS, r"üzerine\s+(?:bir\s+)?(?:analiz|değerlendirme)|politika\s+notu"),
)
# A line that is nothing else names the class, but for a number or a date after it.
_LABELS: Final = (
    (_STATEMENT, r"statements?|заявление|мәлімдеме|açıklama|بيان|بیانیه"),
    (_BRIEFING, r"briefing|brief(?:ing)?\s+notes?|справка|анықтама|إحاطة"),
    (
        _ANALYSIS,
        r"analys[ie]s|commentary|opinion|аналитика|анализ|мнение|комментарий\s+эксперта|талдау|сараптама|пікір"
        r"|analiz|yorum|değerlendirme|تحليل|تحليلات|تحلیل|یادداشت",
    ),
    (_NEWS, r"news|новости|жаңалықтар|haberler|haber|أخبار|اخبار|خبر"),
)
_AGENCY = (
    r"tass|тасс|itar-tass|итар-тасс|reuters|рейтер|رويترز|رویترز|afp|афп|أ\s?ف\s?ب|فرانس برس|ap|associated press|xinhua"
    r"|синьхуа|şinhua|شينخوا|شینهوا|anadolu(?: agency| ajansı)?|aa|анадолу|الأناضول|آناتولی|kazinform|казинформ"
    r"|қазақпарат|qazinform|sana|сана|سانا|irna|ирна|ایرنا|إرنا|isna|ایسنا|mehr|مهر|tasnim|تسنیم|تسنيم|sputnik"
    r"|спутник|سبوتنيك|اسپوتنیک|ria novosti|риа новости|ріа новости|interfax(?:-\w+)?|интерфакс(?:-\w+)?|iha|dha|ilkha"
    r"|kuna|كونا|qna|قنا|wam|وام|petra|بترا|azertac|upi|dpa|efe|trend|24\.kg|акорда"
)
_IS_AGENCY = re.compile(
    rf"(?:{_AGENCY})(?:\s+\w+)?|.*\b(?:news\s+agency|новостное\s+агентство|информационное\s+агентство"
    r"|ақпарат(?:тық)?\s+агенттігі|haber\s+ajansı|وكالة\s+\S*\s*(?:الأنباء|للأنباء)|خبرگزاری)\b.*",
    re.IGNORECASE,
)
# "ASTANA, 15 May (Xinhua) --", "АСТАНА, 15 мая. /ТАСС/.", "АСТАНА. ҚазАқпарат –", "دمشق - سانا -"
_DATELINE = re.compile(
    r"(?P<head>[^()/\n]{3,60}?)\s*"
    rf"(?:\((?P<round>[^()]{{2,40}})\)|/(?P<slash>[^/]{{2,40}})/|[-–—,.]\s*(?P<bare>{_AGENCY}))\s*[-–—.:]",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"(?:[\"«“„\[(]|(?:full\s+)?text\s*:|unofficial\s+translation\s*[:.)\]]|неофициальный\s+перевод\s*[:.)\]]|"
    r"(?:no|№)\.?\s*\d+\s*[,.:]?)\s*",
    re.IGNORECASE,
)
# A headline tells of a statement; the statement itself does not say that it was welcomed.
_TOLD = re.compile(
    r"\b(?:welcom\w+|signed|adopted|issued|releas(?:ed|es)|reject\w*|hail\w+|criticis\w+|condemned|expected|says?|said|is|was|"
    r"подписан\w*|принят[оыа]|опубликован\w*|согласован\w*|подготовлен\w*|қабылданды|жарияланды|yayımlandı|صدر|منتشر)\b",
    re.IGNORECASE,
)
_TAIL = r"\s*(?:[#№]|no\.?)?\s*[\d/.-]*"
_EDGES = " \t\"'«»“”„’*[]()"


def _compiled(
    table: Iterable[tuple[DocumentClass, str]], shape: str
) -> tuple[tuple[DocumentClass, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(shape.format(words), re.IGNORECASE)) for kind, words in table)


_OPENING_PATTERNS = _compiled(_OPENINGS, r"(?:{})(?!\w)")
_ENDING_PATTERNS = _compiled(_ENDINGS, r".*\b(?:{})")
_LABEL_PATTERNS = _compiled((*_OPENINGS, *_LABELS), rf"(?:{{}}){_TAIL}")


def class_of_title(title: str) -> DocumentClass | None:
    """Return the class that a title opens or closes with; None where it names none, or tells of a document."""
    bare = title.strip()
    while prefix := _PREFIX.match(bare):
        bare = bare[prefix.end() :]
    bare = bare.strip(_EDGES)
    if _TOLD.search(bare):
        return None
    for kind, pattern in _OPENING_PATTERNS:
        if pattern.match(bare.replace(" :", ":")):
            return kind
    return _only(kind for kind, pattern in _ENDING_PATTERNS if pattern.fullmatch(bare))


def class_of_label(line: str) -> DocumentClass | None:
    """Return the class that a line of its own names: "PRESS RELEASE No. 12", "Аналитика"; None for any other line."""
    bare = line.strip(_EDGES).rstrip(":")
    return _only(kind for kind, pattern in _LABEL_PATTERNS if pattern.fullmatch(bare) or pattern.fullmatch(f"{bare}:"))


def class_of_publisher(publisher: str) -> DocumentClass | None:
    """Return news where the publisher is a news agency; what others publish may be anything."""
    return _NEWS if is_agency(publisher) else None


def is_agency(name: str) -> bool:
    """Say whether a name is one of a news agency."""
    return _IS_AGENCY.fullmatch(name.strip(_EDGES)) is not None


def dateline(paragraph: str) -> tuple[str, str] | None:
    """Return (place and date as printed, agency) where a paragraph opens with a news agency's dateline; else None."""
    match = _DATELINE.match(paragraph[:140])
    if match is None:
        return None
    agency = (match["round"] or match["slash"] or match["bare"]).strip()
    head = match["head"].strip(" .,-–—")
    # A place begins large where letters have a case, and few words stand before the agency.
    is_place = bool(head) and not head[0].islower() and len(head.split()) <= 7
    return (head, agency) if is_place and is_agency(agency) else None


def _only(found: Iterable[DocumentClass]) -> DocumentClass | None:
    kinds = set(found)
    return kinds.pop() if len(kinds) == 1 else None
