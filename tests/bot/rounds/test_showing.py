"""``/rounds`` and ``/round``: which rounds a chat may see, and what admins correct of them and of their documents."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.store import Store
from corpus.round_decisions import RoundDecisions
from tests.bot.desk import labels
from tests.bot.harness import STORE, delegation
from tests.documents import NINTH

if TYPE_CHECKING:
    from pathlib import Path

    from bot.local.models import Message
    from tests.bot.desk import Desk
    from tests.bot.harness import Running
    from tests.bot.shell import Rapporteur

pytestmark = pytest.mark.asyncio
NO_LONGER = "This button no longer works; please ask again."


def note(title: str, body: str = "The delegations spoke of the bridge.", **known: Any) -> str:
    """A file that states what is ``known`` about it."""
    lines = "\n".join(f"{name}: {value}" for name, value in {"title": f'"{title}"', "language": "en", **known}.items())
    return f"---\n{lines}\n---\n# {title}\n\n{body}\n"


GENEVA = note("Geneva minutes", process="Geneva", round=8, place="Geneva")
DAYS = {"meeting_start": "2017-12-21", "meeting_end": "2017-12-22"}
RECORD = note("Record of the host", process="Astana", round=8, **DAYS)
AGENCY = note("Report of an agency", process="Astana", round=8, meeting_start="2017-12-20", meeting_end="2017-12-22")
BOTH = note("On two rounds", process="Astana", round="[8, 9]")


def add(desk: Desk, **files: str) -> None:
    """Put files into the folder and index them."""
    for name, content in files.items():
        (desk.indexed.documents / f"{name}.md").write_text(content, encoding="utf-8")
    desk.indexed.update()


async def _reply(desk: Desk, asked: Message, text: str) -> Message:
    written = desk.world.send_text(desk.admin.id, desk.admin.id, text, reply_to=asked.id)
    return await desk.card(written.id)


async def _pressed(desk: Desk, bot: Running, message: Message, data: str) -> Message:
    """The message that comes of it when Anna presses a button."""
    last = desk.world.last_message(desk.anna.id).id
    await bot.press(desk.anna, message, data)
    return await desk.world.bot_message(desk.anna.id, after=last)


async def test_rounds_are_listed_by_process_with_days_place_and_number_of_documents(desk: Desk) -> None:
    add(desk, geneva=GENEVA, record=RECORD, agency=AGENCY, both=BOTH)
    async with desk.bot(open_to_all=True) as bot:
        listed = await bot.ask(desk.anna, "/rounds")
        astana = await bot.ask(desk.anna, "/rounds Астана")
        none = await bot.ask(desk.anna, "/rounds Oslo")
    assert listed.text.split("\n") == [
        "3 rounds:",
        "Astana",
        "8. 20–22 Dec 2017 / 21–22 Dec 2017 (sources differ) · Astana · 5 documents",
        "9. 1 document",
        "Geneva",
        "8. Geneva · 1 document",
    ]
    assert labels(listed) == ["Astana 8", "Astana 9", "Geneva 8"]
    assert (astana.text.split("\n")[:2], labels(astana)) == (["2 rounds:", "Astana"], ["8", "9"])
    assert none.text.split("\n") == ["No document is of a round of Oslo.", "Known are: Astana, Geneva."]


async def test_a_long_list_has_pages(desk: Desk) -> None:
    add(desk, **{f"r{number}": note(f"Note {number}", process="Geneva", round=number) for number in range(1, 13)})
    async with desk.bot(open_to_all=True) as bot:
        listed = await bot.ask(desk.anna, "/rounds Geneva")
        data = listed.buttons[-1].value
        page = await _pressed(desk, bot, listed, data)
        for number in range(3, 13):
            bot.services.library.withdraw(f"r{number}.md", "1")
        lost = await bot.press(desk.anna, listed, data)
    assert labels(listed) == [*map(str, range(1, 11)), "Next"]
    assert page.text.split("\n") == ["12 rounds:", "Geneva", "11. 1 document", "12. 1 document"]
    assert labels(page) == ["11", "12", "Previous"]
    assert lost.text == NO_LONGER


async def test_a_round_is_shown_with_who_says_when_it_was_and_its_documents(desk: Desk) -> None:
    add(desk, record=RECORD, agency=AGENCY)
    async with desk.bot(open_to_all=True) as bot:
        shown = await bot.ask(desk.anna, "/round 8")
    assert shown.text.split("\n") == [
        "Astana: round 8",
        "Sources differ on its dates:",
        "• 20–22 Dec 2017 (Report of an agency)",
        "• 21–22 Dec 2017 (Joint statement & <final> record of the eighth round; Record of the host)",
        "Place: Astana",
        "4 documents:",
        "• Joint statement & <final> record of the eighth round (Institute of Records, 22 December 2017)",
        "• Record of the host",
        "• Report of an agency",
        "• Совместное заявление по итогам восьмого раунда (Институт документов, 22 December 2017)",
    ]
    assert labels(shown) == ["Summary"]


@pytest.mark.parametrize("words", ["VIII", "восьмой", "8 Astana", "Астана-8", "8th round", "сегізінші", "۸ Astana"])
async def test_a_round_is_understood_in_numerals_and_words(desk: Desk, words: str) -> None:
    async with desk.bot(open_to_all=True) as bot:
        shown = await bot.ask(desk.anna, f"/round {words}")
    assert shown.text.startswith("Astana: round 8\n")


async def test_what_is_no_round_is_said_plainly(desk: Desk) -> None:
    async with desk.bot(open_to_all=True) as bot:
        told = {
            words: (await bot.ask(desk.anna, f"/round {words}")).text.split("\n")[0]
            for words in ("", "0", "1000", "eight and a half", "7 and 8", "999", "8 Oslo")
        }
    wrong = "{} is not the number of one round; write for example: /round 8"
    assert told == {
        "": "Write the number of the round after /round, for example: /round 8",
        "0": wrong.format("0"),
        "1000": wrong.format("1000"),
        "eight and a half": wrong.format("eight and a half"),
        "7 and 8": wrong.format("7 and 8"),
        "999": "No document is of round 999.",
        "8 Oslo": "No document is of round 8 of Oslo.",
    }


async def test_a_number_of_two_processes_is_asked_back_and_each_is_shown(desk: Desk) -> None:
    add(desk, geneva=GENEVA)
    async with desk.bot(open_to_all=True) as bot:
        asked = await bot.ask(desk.anna, "/round 8")
        shown = await _pressed(desk, bot, asked, asked.buttons[1].value)
    assert (asked.text, labels(asked)) == ("Round 8 of which process?", ["Astana 8", "Geneva 8"])
    assert shown.text.split("\n")[0] == "Geneva: round 8"


async def test_a_group_sees_only_what_it_may_read_and_loses_what_it_may_no_longer(desk: Desk) -> None:
    add(desk, ninth=NINTH, geneva=GENEVA)
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    labelled: dict[str, Any] = {"labels": ("public", "internal"), "clearances": {desk.admin.id: "internal"}}
    async with desk.bot(open_to_all=True, **labelled) as bot:
        bot.services.library.relabel("ninth.md", "internal", "1")
        listed = await bot.ask(desk.anna, "/rounds", chat=group.id)
        hidden = await bot.ask(desk.anna, "/round 9", chat=group.id)
        whole = await bot.ask(desk.admin, "/rounds")
        shown = await bot.ask(desk.anna, "/round 8 Geneva", chat=group.id)
        bot.services.library.withdraw("geneva.md", "1")
        lost = await bot.press(desk.anna, shown, shown.buttons[0].value)
    assert labels(listed) == ["Astana 8", "Geneva 8"]
    assert hidden.text.split("\n")[0] == "No document is of round 9."
    assert labels(whole) == ["Astana 8", "Astana 9", "Geneva 8"]
    assert labels(shown) == ["Summary"]
    assert lost.text == NO_LONGER


async def test_the_summary_of_a_round_is_a_button_away(desk: Desk) -> None:
    async with desk.bot(open_to_all=True) as bot:
        shown = await bot.ask(desk.anna, "/round 8")
        by_command = await bot.ask(desk.anna, "/summary 8 Astana")
        by_button = await _pressed(desk, bot, shown, shown.buttons[0].value)
    assert by_button.text == by_command.text


async def test_an_admin_corrects_dates_and_place_by_replies_and_they_outlive_a_reload(desk: Desk) -> None:
    add(desk, record=RECORD, agency=AGENCY)
    async with desk.bot() as bot:
        shown = await bot.ask(desk.admin, "/round 8")
        asked = await desk.pressed(bot, shown, "Correct the dates")
        again = await _reply(desk, asked, "tomorrow")
        dated = await _reply(desk, again, "20–21 декабря 2017")
        placed = await _reply(desk, await desk.pressed(bot, dated, "Correct the place"), "Nur-Sultan")
        (desk.indexed.documents / "ninth.md").write_text(NINTH, encoding="utf-8")
        await bot.ask(desk.admin, "/reload")
        await desk.reloaded(placed.id)
    async with desk.bot() as bot:
        later = await bot.ask(desk.admin, "/round 8")
        undone = await desk.pressed(bot, later, "Undo the corrections")
    assert labels(shown) == ["Summary", "Correct the dates", "Correct the place"]
    assert asked.reply_keyboard == again.reply_keyboard == {"force_reply": True}
    assert again.text.split("\n")[0] == "tomorrow does not say one first and one last day."
    dates = "Dates: 20–21 Dec 2017 (corrected by an administrator)"
    assert dated.text.split("\n")[:3] == ["Astana: round 8", dates, "Place: Astana"]
    assert later.text.split("\n")[1:3] == [dates, "Place: Nur-Sultan (corrected by an administrator)"]
    assert labels(later)[-1] == "Undo the corrections"
    assert undone.text.split("\n") == shown.text.split("\n")
    with Store.open(desk.indexed.data / STORE) as store:
        entries = [json.loads(entry.body or "") for entry in store.audit.entries() if entry.kind == "round"]
    assert {(one["process"], one["round"], one["by"]) for one in entries} == {("Astana", 8, desk.admin.id)}
    assert [(one["field"], one["value"]) for one in entries] == [
        *(("dates", "2017-12-20/2017-12-21"), ("place", "Nur-Sultan"), ("dates", None), ("place", None))
    ]


async def test_a_hyphen_takes_one_correction_back(desk: Desk) -> None:
    async with desk.bot() as bot:
        shown = await bot.ask(desk.admin, "/round 8")
        asked = await desk.pressed(bot, shown, "Correct the place")
        empty = await _reply(desk, asked, "x" * 600)
        placed = await _reply(desk, empty, "Sochi")
        back = await _reply(desk, asked, "-")
    assert empty.text.split("\n")[0] == "That is longer than 500 characters."
    assert "Place: Sochi (corrected by an administrator)" in placed.text.split("\n")
    assert back.text == shown.text


async def test_only_admins_in_their_private_chat_correct(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot(open_to_all=True) as bot:
        shown = await bot.ask(desk.admin, "/round 8")
        seen = await bot.ask(desk.anna, "/round 8")
        in_group = await bot.ask(desk.admin, "/round 8", chat=group.id)
        forged = replace(seen, keyboard=shown.keyboard[1:])
        desk.world._replace(forged)
        refused = [(await bot.press(desk.anna, forged, button.value)).text for button in forged.buttons]
        decided = RoundDecisions(bot.services.library).decided()
    assert labels(seen) == labels(in_group) == ["Summary"]
    assert refused == [NO_LONGER] * 2
    assert decided == {}


@pytest.mark.parametrize(("value", "listed"), [("7, 8", ["7", "8"]), ("-", ["8"]), ("IX", ["8", "9"])])
async def test_a_document_is_put_into_rounds_or_out_of_them_in_the_chat(
    desk: Desk, value: str, listed: list[str]
) -> None:
    """What an admin says of one document: that it is of two rounds, of none, of another; whatever its file says."""
    async with desk.bot() as bot:
        sheet = await bot.ask(desk.admin, "/document eighth.md")
        asked = await desk.pressed(bot, await desk.pressed(bot, sheet, "Correct"), "Round")
        told = await _reply(desk, asked, value)
        await desk.reloaded(told.id)
        found = await bot.ask(desk.admin, "/rounds")
    assert labels(found) == listed
    desk.indexed.update()
    rebuilt = desk.indexed.engine()
    kept = rebuilt.stock.documents()["eighth.md"].document.metadata.rounds
    assert kept == {"7, 8": (7, 8), "-": (), "IX": (9,)}[value]
    rebuilt.library.close()


def _rounds_of(rapporteur: Rapporteur) -> dict[int, list[str]]:
    found = rapporteur.json("rounds")["rounds"]
    return {one["round"]: one["documents"] for one in found}


async def test_the_shell_lists_rounds(rapporteur: Rapporteur) -> None:
    (rapporteur.documents / "record.md").write_text(RECORD, encoding="utf-8")
    found = rapporteur.json("rounds", "--process", "астана")
    assert [(one["process"], one["round"], one["dates"]) for one in found["rounds"]] == [
        ("Astana", 8, [{"start": "2017-12-21", "end": "2017-12-22", "documents": ["eighth.md", "record.md"]}])
    ]
    assert rapporteur("rounds")[:2] == (0, "Astana 8: 2017-12-21 to 2017-12-22, Astana, 3 documents\n")
    assert rapporteur.fails("rounds", "--process", "Oslo", code=3) == "No document is of a round of Oslo."


async def test_a_correction_of_rounds_in_the_shell_outlives_a_rebuild_and_goes_with_an_export(
    rapporteur: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rapporteur.json("index")
    rapporteur("library", "correct", "eighth.md", "round", "7, 8")
    rapporteur("library", "correct", "восьмой.md", "round", "")
    assert "8.5" in rapporteur.fails("library", "correct", "aid.md", "round", "8.5")
    rapporteur.json("index", "--rebuild")
    assert _rounds_of(rapporteur) == {7: ["eighth.md"], 8: ["eighth.md"]}
    assert "  round: 7, 8\n" in rapporteur("library", "show", "eighth.md")[1]
    rapporteur("library", "export", str(tmp_path / "all.tar"))
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "other"))
    with contextlib.suppress(FileNotFoundError):
        (rapporteur.documents / "eighth.md").unlink()
    rapporteur("library", "import", str(tmp_path / "all.tar"))
    rapporteur.json("index")
    assert _rounds_of(rapporteur) == {7: ["eighth.md"], 8: ["eighth.md"]}
    rapporteur("library", "correct", "eighth.md", "round")
    rapporteur("library", "correct", "восьмой.md", "round")
    rapporteur.json("index")
    assert sorted(_rounds_of(rapporteur)[8]) == ["eighth.md", "восьмой.md"]
