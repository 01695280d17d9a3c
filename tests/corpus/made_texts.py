"""Invented prose about valleys and a reservoir, in six languages: patterns of sentences, filled in by seeded chance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

_SLOT = re.compile(r"\{(\w+)\}")

PATTERNS: Mapping[str, Sequence[str]] = {
    "en": (
        "In {month} {year} the {body} of {valley} measured {number} million cubic metres in the {store}, which was "
        "{share} per cent more than in the year before.",
        "The co-chairs recalled that the winter releases from the {store} had been agreed in {month}, and that "
        "nobody had asked for an amendment since.",
        "A delegation from {valley} replied that its irrigation canals could not wait until {month}.",
        "According to the hydrologists, {share} per cent of the water that leaves {valley} never reaches {other}.",
        "The representative of {other} thanked the {body} for its patience; the representative of {valley} did not.",
        "Was the agreement of {year} still binding, asked the {body} of {valley}, or had it lapsed together with "
        "the timetable?",
        "Payment for electricity, the second question of principle, was postponed until {month} {year}.",
        "The observers noted that the low-lying meadows of {valley} had been flooded {small} times since {year}.",
        "Between {year} and {later} the {store} lost about {number} tonnes of its capacity to sedimentation, mostly "
        "in the north-eastern basin.",
        "It was therefore proposed that an independent commission of {small} engineers should examine the {store} "
        "before {month}.",
        "“We have never refused a measurement,” said the delegate of {valley}, “and we shall not refuse this one.”",
        "The communiqué mentions {valley} and {other} by name, but not the transboundary pipeline between them.",
        "Nothing in this arrangement prejudices the long-standing position of {valley} on the status of the {store}.",
        "Snow cover above {valley} was unusually thin in {month}, and the forecast of {number} million cubic metres "
        "was withdrawn within {small} days.",
        "The implementation of the {year} protocol, the {body} concluded, depends on instruments that have yet to be "
        "installed at the {store}.",
        "Neither {valley} nor {other} objected to publication of the correspondence.",
        "A follow-up meeting at expert level will compare the discharge tables of {valley} with those of {other}.",
        "On the recommendation of the {body}, the temporary ceiling of {number} cubic metres per second was extended "
        "for {small} months.",
        "Fishermen from {other} had complained of sudden fluctuations, whereupon the operators of the {store} "
        "published an hour-by-hour schedule.",
        "The difference between the two figures, {share} per cent, lies well within the uncertainty of measurement.",
        "What the {body} calls compensation, the people of {valley} regard as an overdue reimbursement.",
        "By the end of {month} only {small} of the {number} gauges along the river were transmitting.",
    ),
    "ru": (
        "В {year} году {body} долины {valley} сообщила, что в водохранилище накоплено {number} млн кубометров воды.",
        "Сопредседатели напомнили, что зимние попуски были согласованы ещё весной {year} года и с тех пор никем не "
        "оспаривались.",
        "Делегация долины {valley} ответила, что оросительные каналы не могут ждать до осени.",
        "По мнению гидрологов, {share} процентов воды, покидающей долину {valley}, не доходит до низовий.",
        "Стороны договорились продолжить консультации на уровне экспертов не позднее чем через {small} месяцев.",
        "Наблюдатели отметили, что северо-восточный берег водохранилища размывался {small} раз подряд.",
        "Предложение об оплате электроэнергии, внесённое долиной {other}, было отложено до следующего заседания.",
        "«Мы никогда не отказывались от измерений», — заявил представитель долины {valley}.",
        "Расхождение между двумя оценками составляет {share} процентов и не выходит за пределы погрешности.",
        "Ни одна из делегаций не возражала против опубликования переписки {year} года.",
        "Временное ограничение сброса до {number} кубометров в секунду продлено ещё на {small} недель.",
    ),
    "kk": (
        "{year} жылы {valley} аңғарының кеңесі су қоймасында {number} миллион текше метр су жиналғанын хабарлады.",
        "Тең төрағалар қысқы су жіберу көлемі {year} жылдың көктемінде келісілгенін еске салды.",
        "{valley} аңғарының өкілдері суару арналары күзге дейін күте алмайтынын айтты.",
        "Гидрологтардың пікірінше, {valley} аңғарынан шыққан судың {share} пайызы төменгі ағысқа жетпейді.",
        "Тараптар сарапшылар деңгейіндегі кеңестерді {small} айдан кешіктірмей жалғастыруға уағдаласты.",
        "Бақылаушылар су қоймасының солтүстік-шығыс жағалауы {small} рет шайылғанын атап өтті.",
        "{other} аңғары ұсынған электр энергиясына ақы төлеу туралы мәселе келесі отырысқа қалдырылды.",
        "Екі бағалаудың айырмашылығы {share} пайызды құрайды және өлшеу қателігінен аспайды.",
        "Делегациялардың ешқайсысы {year} жылғы хат алмасуды жариялауға қарсы болған жоқ.",
        "Секундына {number} текше метрге дейінгі уақытша шектеу тағы {small} аптаға ұзартылды.",
    ),
    "tr": (
        "{year} yılında {valley} vadisinin kurulu, baraj gölünde {number} milyon metreküp su biriktiğini bildirdi.",
        "Eş başkanlar, kışlık su bırakma miktarlarının {year} ilkbaharında kararlaştırıldığını hatırlattı.",
        "{valley} vadisinin temsilcileri, sulama kanallarının sonbahara kadar bekleyemeyeceğini söyledi.",
        "Hidrologlara göre {valley} vadisinden çıkan suyun yüzde {share} kadarı aşağı havzaya hiç ulaşmıyor.",
        "Taraflar, uzmanlar düzeyindeki görüşmeleri en geç {small} ay içinde sürdürme konusunda anlaştı.",
        "Gözlemciler, gölün kuzeydoğu kıyısının arka arkaya {small} kez aşındığına dikkat çekti.",
        "{other} vadisinin elektrik bedeline ilişkin önerisi bir sonraki oturuma ertelendi.",
        "İki tahmin arasındaki fark yüzde {share} olup ölçüm belirsizliğinin içinde kalmaktadır.",
        "Heyetlerin hiçbiri {year} yılına ait yazışmaların yayımlanmasına itiraz etmedi.",
        "Saniyede {number} metreküplük geçici sınır {small} hafta daha uzatıldı.",
    ),
    "ar": (
        "أعلن مجلس وادي {valley} في عام {year} أن مخزون الخزان بلغ {number} مليون متر مكعب من المياه.",
        "وذكّر الرئيسان المشاركان بأن إطلاق المياه في فصل الشتاء قد تم الاتفاق عليه منذ ربيع عام {year}.",
        "وردّ وفد وادي {valley} بأن قنوات الري لا تستطيع الانتظار حتى الخريف.",
        "ويرى خبراء المياه أن {share} في المئة من المياه التي تغادر وادي {valley} لا تصل إلى المصب.",
        "واتفق الطرفان على مواصلة المشاورات على مستوى الخبراء خلال {small} أشهر.",
        "ولاحظ المراقبون أن الضفة الشمالية الشرقية للخزان تعرضت للتآكل {small} مرات متتالية.",
        "أما اقتراح وادي {other} بشأن ثمن الكهرباء فقد أُجّل إلى الجلسة المقبلة.",
        "ويبلغ الفرق بين التقديرين {share} في المئة، وهو لا يتجاوز هامش الخطأ في القياس.",
        "ولم يعترض أي من الوفود على نشر المراسلات المتعلقة بعام {year}.",
        "وتم تمديد السقف المؤقت البالغ {number} مترًا مكعبًا في الثانية لمدة {small} أسابيع أخرى.",
    ),
    "fa": (
        "شورای دره {valley} در سال {year} اعلام کرد که ذخیره مخزن به {number} میلیون متر مکعب آب رسیده است.",
        "رؤسای مشترک یادآور شدند که رهاسازی آب در زمستان از بهار سال {year} مورد توافق بوده است.",
        "هیئت دره {valley} پاسخ داد که کانال‌های آبیاری نمی‌توانند تا پاییز صبر کنند.",
        "به گفته کارشناسان، {share} درصد آبی که از دره {valley} بیرون می‌رود هرگز به پایین‌دست نمی‌رسد.",
        "طرف‌ها توافق کردند که رایزنی‌ها در سطح کارشناسان ظرف {small} ماه ادامه یابد.",
        "ناظران خاطرنشان کردند که کرانه شمال شرقی مخزن {small} بار پیاپی فرسوده شده است.",
        "پیشنهاد دره {other} درباره بهای برق به نشست بعدی موکول شد.",
        "تفاوت دو برآورد {share} درصد است و از خطای اندازه‌گیری فراتر نمی‌رود.",
        "هیچ‌یک از هیئت‌ها با انتشار نامه‌های سال {year} مخالفت نکرد.",
        "سقف موقت {number} متر مکعب در ثانیه برای {small} هفته دیگر تمدید شد.",
    ),
}
_LATIN = ("Sarykol", "Tesmen", "Orvane", "Kestel", "Laudra", "Mirvan", "Ostrel", "Belkune")
_CYRILLIC = ("Сарыкол", "Тесмен", "Орване", "Кестель", "Лаудра", "Мирван", "Острель", "Белькуне")
_ARABIC = ("ساريكول", "تسمين", "أورفان", "كستل", "لاودرا", "ميرفان", "أوسترل", "بلكون")
_PERSIAN = ("ساریکل", "تسمین", "اوروان", "کستل", "لاودرا", "میروان", "اوسترل", "بلکون")
_VALLEYS = {"en": _LATIN, "tr": _LATIN, "ru": _CYRILLIC, "kk": _CYRILLIC, "ar": _ARABIC, "fa": _PERSIAN}
_WORDS = {
    "month": ("January", "March", "May", "June", "September", "November"),
    "body": ("council", "water board", "secretariat", "working group", "assembly"),
    "store": ("upper reservoir", "reservoir", "lower lake", "old dam"),
    "body_ru": ("комиссия", "делегация", "администрация"),
}


def sentence(language: str, random: Random, said: set[str]) -> str:
    """Return a sentence that is not in ``said``, and add it there."""
    while True:
        pattern = random.choice(PATTERNS[language])
        valley, other = random.sample(_VALLEYS[language], 2)
        year = random.randint(1987, 2011)
        slots = {"valley": valley, "other": other, "year": year, "later": year + random.randint(2, 9)}
        slots |= {"number": random.randint(12, 990), "share": random.randint(2, 79), "small": random.randint(3, 10)}
        slots |= {"month": random.choice(_WORDS["month"]), "store": random.choice(_WORDS["store"])}
        slots["body"] = random.choice(_WORDS["body_ru" if language == "ru" else "body"])
        text = _SLOT.sub(lambda slot, slots=slots: str(slots[slot.group(1)]), pattern)  # type: ignore[misc]
        if text not in said:
            said.add(text)
            return text


def paragraph(language: str, random: Random, said: set[str], least: int = 3, most: int = 7) -> str:
    """Return a paragraph of ``least`` to ``most`` sentences, none of which is in ``said``, and add them there."""
    return " ".join(sentence(language, random, said) for _ in range(random.randint(least, most)))
