"""How six languages speak of periods: the words before and behind a date, and those that are counted from today."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from retrieval.questions.phrases import phrases


class Relation(Enum):
    """What the words beside a date make of it."""

    SINCE = "since"
    AFTER = "after"
    BEFORE = "before"
    UNTIL = "until"
    BETWEEN = "between"
    ONLY = "only"
    FROM = "from"


AHEAD: Final = {
    Relation.SINCE: phrases(
        "since, ever since, starting from, starting in, beginning in, beginning from, not before, not earlier than",
        "no earlier than, с, со, начиная с, начиная со, не ранее, не раньше",
        "منذ, ومنذ, ابتداء من, اعتبارا من, بدءا من",
        "از, از زمان, از تاریخ",
    ),
    Relation.AFTER: phrases("after, later than, после, بعد, ما بعد, پس از, بعد از"),
    Relation.BEFORE: phrases("before, prior to, earlier than, до, ранее, раньше, قبل, ما قبل, پیش از, قبل از"),
    Relation.UNTIL: phrases(
        "until, till, up to, up until, no later than, not later than, not after, не позднее, не позже, вплоть до",
        "حتى, وحتى, لغاية, تا",
    ),
    Relation.BETWEEN: phrases("between, между, в период между, بين, ما بين, بین, در فاصله"),
    Relation.ONLY: phrases(
        "only in, only on, only during, only for, only from, exclusively in",
        "только в, только за, исключительно в, лишь в, тек, yalnızca, sadece, yalnız",
        "فقط في, فقط خلال, حصرا في, فقط در, تنها در",
    ),
    Relation.FROM: phrases("from, من"),
}
BEHIND: Final = {
    Relation.SINCE: phrases(
        "onward, onwards, and after, and later, и далее, и позже, и позднее, бері, бастап",
        "and now, and today, to now, to date, to today, until now, until today, till now, up to now, to the present",
        "и по сей день, по сей день, по настоящее время, по сегодняшний день, и до сих пор, до сегодняшнего дня",
        "осы күнге дейін, бүгінге дейін, қазірге дейін, bugüne kadar, günümüze kadar, bu güne kadar, şimdiye kadar",
        "beri, bu yana, itibaren, başlayarak, فصاعدا, وما بعده, وما بعدها, حتى الآن, حتى اليوم, إلى اليوم, إلى الآن",
        "به بعد, به این سو, تاکنون, تا کنون, تا امروز",
    ),
    Relation.AFTER: phrases("кейін, соң, кейінгі, sonra, sonrası, sonrasında, sonrasındaki, sonraki"),
    Relation.BEFORE: phrases("бұрын, бұрынғы, дейін, дейінгі, önce, öncesi, öncesinde, öncesindeki, önceki"),
    Relation.UNTIL: phrases("kadar, dek, değin"),
    Relation.BETWEEN: phrases("арасында, аралығында, арасындағы, аралығындағы, arasında, arası, arasındaki"),
    Relation.ONLY: phrases("only, فقط"),
}
# What these stand before may be a number of things ("after 2000 prisoners"); the others stand before dates alone.
ALSO_COUNTING: Final = phrases("с, со, до, после, after, before, until, till, up to, قبل, بعد, حتى, تا, از, من, from")
NOT_FROM: Final = phrases("بیش, بیشتر, کمتر, اکثر, أكثر, أقل")
# "Before or after 2018" leaves no day out.
EITHER: Final = phrases("or, and, и, или, және, немесе, ve, veya, و, أو, یا")
BETWEEN_JOINTS: Final = phrases("and, и, және, мен, пен, бен, ve, ile, و, to, по, -, تا, إلى, الى, حتى")

AHEAD_FILLER: Final = re.compile(
    r"the|years?|month|of|beginning|start|early|late|mid|middle|end|spring|summer|autumn|fall|winter|начал[аеу]"
    r"|конц[ае]|середин[ыеу]|весны|лета|осени|зимы|год(?:а|у|ами|ов)?"
    r"|[لب]?(?:ال)?(?:عام|عامي|سنه|شهر|سنوات|اعوام)|بدايه|مطلع|اواءل|اوائل|اواخر|نهايه|منتصف|سال|سالهاي|هاي|ماه|ابتداي|اغاز|اوايل|پايان"
)
BEHIND_FILLER: Final = re.compile(
    r"yil\w*|sene\w*|ayi(?:n\w*)?|başi|başin(?:da|dan)|sonu|sonun(?:a|da|dan)|жыл\w*|айы(?:н\w*)?|басын(?:да|ан)"
    r"|соңын(?:а|да|ан)|г|года?|годами|годов"
)
THE_END: Final = re.compile(r"end|late|конц[ае]|اواخر|نهايه|پايان|sonu.*|соңын.*")
ABLATIVE: Final = re.compile(r".*(?:[dt][ae]n|[дтн][ае]н)")
PERSIAN_YEAR: Final = frozenset(("سال", "سالهاي", "هاي"))
PREPOSITIONS: Final = phrases("in, during, for, over, within, в, за, في, خلال, عن, در, طی, در طول")

YEAR: Final = "year"
MONTH: Final = "month"
# A year or a month, how many of them ago, and how that is said.
RELATIVE: Final = (
    (
        YEAR,
        1,
        phrases(
            "last year, прошлый год, прошлом году, прошлого года, прошлому году, прошлым годом, минувшем году",
            "минувший год, минувшего года, өткен жылы, өткен жыл, өткен жылғы, былтыр, былтырғы",
            "geçen yıl, geçen yılki, geçen sene, geçen seneki, geçtiğimiz yıl, geçtiğimiz sene",
            "العام الماضي, السنة الماضية, العام المنصرم, العام الفائت, للعام الماضي, سال گذشته, پارسال",
        ),
    ),
    (
        YEAR,
        0,
        phrases(
            "this year, the current year, этот год, этом году, этого года, текущем году, текущего года, нынешнем году",
            "биыл, биылғы, осы жылы, осы жылғы, bu yıl, bu yılki, bu sene, bu seneki, içinde bulunduğumuz yıl",
            "هذا العام, هذه السنة, العام الحالي, العام الجاري, السنة الحالية, السنة الجارية, امسال, سال جاری",
        ),
    ),
    (
        MONTH,
        1,
        phrases(
            "last month, прошлый месяц, прошлом месяце, прошлого месяца, минувшем месяце, өткен айда, өткен айдағы",
            "geçen ay, geçen ayki, geçtiğimiz ay, الشهر الماضي, الشهر المنصرم, ماه گذشته",
        ),
    ),
    (
        MONTH,
        0,
        phrases(
            "this month, the current month, этот месяц, этом месяце, этого месяца, текущем месяце",
            "осы айда, осы айдағы, bu ay, bu ayki, هذا الشهر, الشهر الحالي, الشهر الجاري, این ماه, ماه جاری",
        ),
    ),
)
NO_RELATIVE_AFTER: Final = frozenset(("the", "their", "its", "his", "her"))
