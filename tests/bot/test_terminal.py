"""``rapporteur chat``: what is typed for a button."""

from __future__ import annotations

import pytest

from bot.local.formatting import message_text
from bot.local.keyboards import parse_markup
from bot.local.outgoing import Sending
from bot.local.web import seed
from bot.local.world import World
from bot.terminal import Terminal


def test_a_button_with_a_number_is_pressed_by_it_and_the_others_by_the_numbers_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World("123456789:AAtesttokentesttokentesttoken")
    admin = seed(world).admin.id
    pressed: list[str] = []
    monkeypatch.setattr(World, "press", lambda self, person, chat, message, data: pressed.append(data))
    terminal = Terminal(world, admin)
    world.send_text(admin, admin, "/rounds")
    world.subscribe(terminal.show)
    labels = [["11", "1"], ["Previous", "Next"]]
    rows = [[{"text": text, "callback_data": f"data {text}"} for text in row] for row in labels]
    markup = parse_markup({"inline_keyboard": rows})
    world.send(Sending(world.chat(admin), markup=markup), message_text("Rounds", "", None, world.people))
    assert capsys.readouterr().out == "\nRounds\n[11]  [1]  [2] Previous  [3] Next\n"
    assert [terminal.say(line) for line in ("11", "1", "2", " 3 ", "4")] == [True] * 5
    assert pressed == ["data 11", "data 1", "data Previous", "data Next"]
    assert world.last_message(admin).text == "4"
