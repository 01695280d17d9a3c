"""How six languages speak of negotiation rounds: the words around a number that make it the number of a round."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from corpus.ordinals import folded
from corpus.tokens import words


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language, folded as ``corpus.tokens.fold`` folds them.

    ``round`` and ``meeting`` match the noun in any case, ``plural`` its forms for several rounds. ``fillers`` may stand
    between an ordinal and its noun, ``marks`` are endings that make digits an ordinal ("th"), ``both`` and ``through``
    join numbers to a list or a range, ``label`` stands before a number ("no."). ``after`` may follow "Astana 8" and
    still leave it a name; ``other`` (stems) says that a round is not of talks, ``bodies`` (stems) whose meeting it is.
    """

    language: str
    round: re.Pattern[str]
    plural: re.Pattern[str]
    meeting: re.Pattern[str]
    fillers: frozenset[str]
    marks: frozenset[str]
    both: frozenset[str]
    through: frozenset[str]
    after: frozenset[str]
    other: tuple[str, ...]
    bodies: tuple[str, ...]
    units: frozenset[str]
    label: frozenset[str]


# A number before one of these is an amount or a date, not a round. The months are added from the calendar.
_UNITS: Final = {
    "en": "percent per % pm am km kilometres kilometers miles metres meters hours minutes days weeks months "
    "years people "
    "times thousand million billion o",
    "ru": "процентов процента % км час часов часа дней дня лет года год человек тысяч млн миллионов раз",
    "kk": "пайыз % км сағат күн жыл адам мың миллион рет",
    "tr": "yüzde % km saat gün hafta ay yıl kişi bin milyon kez kere",
    "ar": "% بالمئة كم ساعات ساعة أيام يوما سنوات سنة أشهر شهرا أشخاص شخصا ألف مليون مرات مرة",
    "fa": "% درصد کیلومتر ساعت روز روزه هفته ماه سال نفر هزار میلیون بار",
}

WORDINGS: Final = {
    "en": Wording(
        language="en",
        round=re.compile(r"rounds?"),
        plural=re.compile(r"rounds|meetings"),
        meeting=re.compile(r"meetings?"),
        fillers=folded(
            "international high level full formal official final last latest regular plenary direct indirect "
            "negotiation negotiating negotiations peace talks intra syrian inter syria joint"
        ),
        marks=folded("st nd rd th"),
        both=folded("and or &"),
        through=folded("to through until till"),
        after=folded(
            "of in on at and or to was were is will has had for by from with after before during as the talks "
            "meeting round process format negotiations did do about joint statement communique differ compare compared "
            "say said deal end ended begin began start started take took agree agreed"
        ),
        other=words(
            "election voting vote ballot applause sanction funding vaccin drink golf layoff championship "
            "tournament playoff draft cup"
        ),
        bodies=words("committee group council commission"),
        units=folded(_UNITS["en"]),
        label=folded("no № number nr #"),
    ),
    "ru": Wording(
        language="ru",
        round=re.compile(r"раунд(?:а|у|ом|е|ы|ов|ам|ами|ах)?|тур(?:а|у|ом|е|ы|ов|ам|ами|ах)?"),
        plural=re.compile(r"(?:раунд|тур)(?:ы|ов|ам|ами|ах)|встреч(?:и|ам|ами|ах)?"),
        meeting=re.compile(r"встреч(?:а|и|у|е|ей|ам|ами|ах)?"),
        fillers=folded(
            "международный международная международной международную международного международные международных "
            "очередной очередного межсирийский межсирийского межсирийских мирный мирных прямой прямых непрямых "
            "высокого уровня полный заключительный последний астанинский астанинского астанинском астанинская "
            "астанинской женевский женевского женевском переговорный переговорного переговорном"
        ),
        marks=folded("й ый ой ий го ого его ьего му ому ьему м ом ем ым им я ая ья ю ую ью е ое ье х ых их ми ыми ими"),
        both=folded("и или &"),
        through=folded("по до"),
        after=folded(
            "и или в на по о об от до для с со после прошла прошел прошли состоялась состоялся началась начался "
            "завершилась завершился была был переговоры переговоров встреча встречи раунд раунда процесс процесса "
            "формат"
        ),
        other=words("выбор голосован аплодисмент санкци вакцин чемпионат турнир кубк плей президентск парламентск"),
        bodies=words("комитет групп совет комисси"),
        units=folded(_UNITS["ru"]),
        label=folded("no № номер #"),
    ),
    "kk": Wording(
        language="kk",
        round=re.compile(
            r"раунд(?:ы|ын|ының|ында|ындағы|ынан|ына|ымен|тың|та|тағы|тан|қа|ты|пен)?"
            r"|раундт(?:ікі|ардікі).*|раундтар(?:ы|ын|ының|ында|ындағы|ынан|ына|ымен|дың|да|дағы|дан|ға|ды|мен)?"
        ),
        plural=re.compile(r"(?:раундтар|кездесулер).*"),
        meeting=re.compile(r"кездесу(?:і|ін|інің|інде|індегі|іне|інен|дің|де|дегі|ден|ге|ді)?|кездесулер.*"),
        fillers=folded(
            "халықаралық келіссөз келіссөздер астана женева бейбіт соңғы кезекті жоғары деңгейдегі сириялық"
        ),
        marks=folded("ші шы інші ыншы нші ншы"),
        both=folded("және мен пен бен немесе әрі &"),
        through=frozenset(),
        after=folded(
            "және мен бойынша туралы кезінде аясында барысында қашан қайда келіссөздер келіссөздері кездесуі "
            "раунды өтті болды басталды аяқталды процесі"
        ),
        other=words("сайлау дауыс чемпионат турнир кубо санкция"),
        bodies=words("комитет комиссия топ кеңес"),
        units=folded(_UNITS["kk"]),
        label=folded("no № #"),
    ),
    "tr": Wording(
        language="tr",
        round=re.compile(
            r"tur(?:u|un|a|da|daki|dan|la|uyla|unu|una|unun|unda|undaki|undan|unca)?"
            r"|turlar(?:i|in|a|da|daki|dan|la|iyla|ini|ina|inin|inda|indaki|indan)?"
            r"|raun[td](?:u|un|a|da|ta|unu|una|unun|unda|undaki|undan)?"
        ),
        plural=re.compile(r"(?:turlar|toplantilar).*"),
        meeting=re.compile(r"toplanti(?:si|sinin|sinda|sindaki|sindan|sina|sini|nin|da|daki|dan|ya|yi|lar.*)?"),
        fillers=folded(
            "astana cenevre soçi uluslararası yüksek düzeyli düzey müzakere müzakereler müzakereleri görüşme "
            "görüşmeler görüşmeleri barış suriye son resmi ortak doğrudan garantörler"
        ),
        marks=folded("inci ıncı uncu üncü nci ncı ncu ncü ci cı cu cü"),
        both=folded("ve ile veya ya &"),
        through=folded("ila ilâ"),
        after=folded(
            "ve ile da de hakkında için sonrası öncesi toplantısı görüşmeleri görüşmelerinde müzakereleri süreci "
            "turu ne nerede kim zirvesi sonuç bildirisi"
        ),
        other=words("seçim secim oylama şampiyon turnuva kupa yaptirim lig"),
        bodies=words("komite çalişma grub konsey komisyon"),
        units=folded(_UNITS["tr"]),
        label=folded("no numara # №"),
    ),
    "ar": Wording(
        language="ar",
        round=re.compile(r"[وف]?(?:[بلك]?(?:ال)?|لل)جول(?:ه|ته|تها|تهم|تي|تين|تان|ات|اتها|اته)"),
        plural=re.compile(r".*(?:جول|اجتماع|لقاء)(?:تي|تين|تان|ات|اتها|اته|ين|ان)"),
        meeting=re.compile(r"[وف]?(?:[بلك]?(?:ال)?|لل)(?:اجتماع|لقاء)(?:ات|ين|ان)?"),
        fillers=folded(
            "الدولي الدولية دولي الرفيع المستوى رفيع المحادثات محادثات المفاوضات مفاوضات المباحثات مباحثات "
            "السورية السوري سلام السلام الجديدة الأخيرة الرسمية حول بشأن سوريا سورية مسار في من"
        ),
        marks=frozenset(),
        both=folded("و أو &"),
        through=folded("إلى حتى"),
        after=folded("و في من عن إلى على حول بشأن بين قبل بعد خلال أثناء مع التي الذي"),
        other=words("انتخاب الانتخاب للانتخاب تصويت التصويت بطول البطول الدوري كاس الرئاسيه عقوب العقوب"),
        bodies=words("لجن اللجن للجن لمجموع مجموع المجموع للمجموع مجلس لمجلس"),
        units=folded(_UNITS["ar"]),
        label=folded("رقم ال no № #"),
    ),
    "fa": Wording(
        language="fa",
        round=re.compile(r"(?:دور|راند)(?:هاي)?"),
        plural=re.compile(r"(?:دور|راند|نشست)هاي"),
        meeting=re.compile(r"نشست(?:هاي)?"),
        fillers=folded("بین المللی رسمی مذاکرات گفتگوهای آستانه ژنو صلح جدید آخرین پیاپی سوری های"),
        marks=folded("ام م امین مین اُم"),
        both=folded("و یا &"),
        through=folded("تا الی"),
        after=folded("و در از به با را که درباره برای بر پس قبل چه کی کجا"),
        other=words("انتخاب راي مسابق جام قهرماني تحريم ليگ رياست"),
        bodies=words("كميته كارگروه گروه شوراي كميسيون"),
        units=folded(_UNITS["fa"]),
        label=folded("شماره شمارهٔ no № #"),
    ),
}


@dataclass(frozen=True, slots=True)
class ProcessName:
    """How a language names the city of a process; ``noun_first`` where the city alone may be another word."""

    language: str
    process: str
    city: re.Pattern[str]
    noun_first: bool = False


PROCESS_NAMES: Final = (
    ProcessName("en", "Astana", re.compile(r"astana")),
    ProcessName("en", "Geneva", re.compile(r"geneva")),
    ProcessName("en", "Sochi", re.compile(r"sochi")),
    ProcessName("ru", "Astana", re.compile(r"астан(?:а|ы|е|у|ой|ою)|астанинск.{2,3}")),
    ProcessName("ru", "Geneva", re.compile(r"женев(?:а|ы|е|у|ой|ою)|женевск.{2,3}")),
    ProcessName("ru", "Sochi", re.compile(r"сочи|сочинск.{2,3}")),
    ProcessName("kk", "Astana", re.compile(r"астана(?:ның|да|дағы|дан|ға|ны|мен|лық)?")),
    ProcessName("kk", "Geneva", re.compile(r"женева(?:ның|да|дағы|дан|ға|ны|мен)?")),
    ProcessName("kk", "Sochi", re.compile(r"сочи(?:дің|де|дегі|ден|ге|ді|мен)?")),
    ProcessName("tr", "Astana", re.compile(r"astana")),
    ProcessName("tr", "Geneva", re.compile(r"cenevre")),
    ProcessName("tr", "Sochi", re.compile(r"soçi|soci")),
    ProcessName("ar", "Astana", re.compile(r"[وبل]?استان[اه]")),
    ProcessName("ar", "Geneva", re.compile(r"[وبل]?جنيف")),
    ProcessName("ar", "Sochi", re.compile(r"[وبل]?سوتشي")),
    ProcessName("fa", "Astana", re.compile(r"استان[اه]"), noun_first=True),
    ProcessName("fa", "Geneva", re.compile(r"ژنو")),
    ProcessName("fa", "Sochi", re.compile(r"سوچي")),
)

# "The twelfth Astana talks" are a round though no word for one is said.
TALKS: Final = re.compile(r"talks|negotiations|переговор(?:ы|ов|ам|ами|ах)|келіссөз.*|görüşme.*|müzakere.*")

SYRIA: Final = re.compile(r"syrian?|сири[яюие]|сирии|suriye|سوري[اه]")

# What is done in a process: beside one of these the name of the city means the process.
PROCESS_NOUNS: Final = {
    "en": re.compile(
        r"process|format|talks?|negotiations?|rounds?|meetings?|platform|track|consultations|peace|congress"
    ),
    "ru": re.compile(
        r""
        "процесс(?:а|у|ом|е)?|формат(?:а|у|ом|е)?|переговор.*|раунд.*|встреч.*"
        r"|площадк.*|консультаци.*|трек.*|конгресс.*"
    ),
    "kk": re.compile(r"проце[сc].*|үдеріс.*|формат.*|келіссөз.*|раунд.*|кездесу.*|алаң.*|конгресс?.*"),
    "tr": re.compile(
        r"sürec.*|süreç.*|format.*|görüşme.*|müzakere.*|tur(?:u|un.*)?|turlar.*|toplanti.*|platform.*|kongre.*"
    ),
    "ar": re.compile(r"[وبل]?(?:ال)?(?:مسار|عمليه|صيغه|محادثات|مباحثات|مفاوضات|اجتماع|اجتماعات|جوله|جولات|مؤتمر|لقاء)"),
    "fa": re.compile(
        r"روند|فرايند|پروسه|قالب|فرمت|مذاكرات|گفتگو|گفتگوهاي|و?گوهاي|وگو|گفتوگو|گفتوگوهاي|نشست|نشستهاي|اجلاس|دور|كنگره|سازوكار"
    ),
}
