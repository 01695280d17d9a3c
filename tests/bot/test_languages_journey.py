"""The whole way in each of the six languages: greeted, answered, asked on, shown around, verified, cited, inserted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bot.languages import LANGUAGES, phrases
from bot.local.world import World
from tests.bot.desk import labels
from tests.bot.harness import TOKEN, data_of, make_settings, quotations, running
from tests.conftest import Indexed

if TYPE_CHECKING:
    from pathlib import Path

    from bot.local.models import Message

pytestmark = pytest.mark.asyncio


@dataclass(frozen=True, slots=True)
class Speech:
    """A document of two sentences in one language, and what a person says about it."""

    title: str
    sentence: str
    other: str
    question: str
    follow_up: str


SPEECHES = {
    "en": Speech(
        "Note on the convoy",
        "In May 2018 a convoy of 46 lorries brought medicine to the northern valley.",
        "The medicine was stored in a school.",
        "How many lorries brought medicine to the northern valley?",
        "And where was it stored?",
    ),
    "ru": Speech(
        "Записка о колонне",
        "В мае 2018 года колонна из 46 грузовиков доставила лекарства в северную долину.",
        "Лекарства хранились в школе.",
        "Сколько грузовиков доставила колонна в северную долину?",
        "А где они хранились?",
    ),
    "kk": Speech(
        "Керуен туралы жазба",
        "2018 жылғы мамырда 46 жүк көлігінен тұратын керуен солтүстік алқапқа дәрі жеткізді.",
        "Дәрі мектепте сақталды.",
        "Солтүстік алқапқа керуен қанша дәрі жеткізді?",
        "Ал ол қайда сақталды?",
    ),
    "tr": Speech(
        "Konvoy hakkında not",
        "Mayıs 2018 ayında 46 kamyonluk bir konvoy kuzey vadisine ilaç ulaştırdı.",
        "İlaçlar bir okulda saklandı.",
        "Kuzey vadisine kaç kamyonluk konvoy ilaç ulaştırdı?",
        "Peki nerede saklandı?",
    ),
    "ar": Speech(
        "مذكرة عن القافلة",
        "في مايو 2018 أوصلت قافلة من 46 شاحنة الأدوية إلى الوادي الشمالي.",
        "حُفظت الأدوية في مدرسة.",
        "كم شاحنة أوصلت الأدوية إلى الوادي الشمالي؟",
        "وأين حُفظت؟",
    ),
    "fa": Speech(
        "یادداشتی دربارهٔ کاروان",
        "در مه ۲۰۱۸ کاروانی از ۴۶ کامیون دارو به درهٔ شمالی رساند.",
        "داروها در مدرسه‌ای نگهداری شد.",
        "چند کامیون دارو به درهٔ شمالی رساند؟",
        "و کجا نگهداری شد؟",
    ),
}


@pytest.fixture(scope="module")
def convoy(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    """The six documents and their index."""
    indexed = Indexed(tmp_path_factory.mktemp("convoy"))
    indexed.documents.mkdir()
    for language, speech in SPEECHES.items():
        head = f"---\ntitle: {speech.title}\ndate: 2018-05-20\nlanguage: {language}\n---\n"
        text = f"{head}# {speech.title}\n\n{speech.sentence} {speech.other}\n"
        (indexed.documents / f"{language}.md").write_text(text, encoding="utf-8")
    indexed.update()
    return indexed


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_whole_way_in_a_language(language: str, convoy: Indexed, tmp_path: Path) -> None:
    speech, say = SPEECHES[language], phrases(language)
    world = World(TOKEN)
    person = world.add_user("Anna", language_code=language)

    async def comes(after: Message) -> Message:
        return await world.bot_message(person.id, after=after.id)

    async with running(world, make_settings(tmp_path), convoy.engine(), convoy) as bot:
        greeting = await bot.ask(person, "/start")
        answer = await bot.ask(person, speech.question)
        followed = await bot.ask(person, speech.follow_up, reply_to=answer.id)

        assert not (await bot.press(person, answer, data_of(answer, "c")[0])).text
        around = await comes(followed)
        assert not (await bot.press(person, answer, data_of(answer, "d")[0])).text
        document = await comes(around)
        assert not (await bot.press(person, answer, data_of(answer, "y")[0])).text
        copied = await comes(document)

        changed = speech.sentence.replace("46", "47").replace("۴۶", "۴۷")
        verified = await bot.ask(person, f"/verify {changed}")
        link = next(entity.url for entity in verified.entities if entity.url and "start=c_" in entity.url)
        cited = await bot.ask(person, f"/cite {link.partition('start=c_')[2]}")

        offered = await world.wait_inline_answer(world.inline_query(person.id, speech.question))
        inserted = world.choose(person.id, person.id, offered.query_id, str(offered.results[0]["id"]))

        thanks = (await bot.press(person, answer, data_of(answer, "u")[0])).text

    assert say("/help says what else I can do.") in greeting.text
    assert quotations(answer)[0] == speech.sentence
    assert say("Context {number}", number=1) in labels(answer)
    assert speech.other in quotations(followed)
    assert say("Read after: “{question}”", question=speech.question) in followed.text
    assert around.text.startswith(say("The paragraph around quotation {number}:", number=1))
    assert f"{speech.sentence} {speech.other}" in around.text
    assert document.attachment is not None
    assert document.attachment.name == f"{language}.md"
    assert speech.sentence in copied.text
    head, _, details = verified.text.partition("\n")
    assert head == say("Not exact: the nearest sentence differs.")
    assert say("Number") in details.split("\n")[1]
    assert quotations(verified)[0] == speech.sentence
    assert speech.sentence in cited.text
    assert say.date("2018-05-20") in cited.text
    assert speech.sentence in [entity.of(inserted.text) for entity in inserted.entities]
    assert thanks == say("Thank you, noted. Administrators see the question and what was quoted, and not who you are.")
