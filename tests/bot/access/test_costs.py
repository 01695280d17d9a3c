"""What each kind of update costs, in quarters of a question."""

from __future__ import annotations

from typing import Any

import pytest

from bot.access.costs import FREE, Addressee, Cost, cost_of
from bot.access.rates import QUARTER, WHOLE
from tests.bot.updates import BOT, GROUP, message, person, update

ME = Addressee("some_bot", 42, frozenset({"ask", "help", "start", "settings", "summary", "documents"}))
DOCUMENT = {"file_id": "a", "file_unique_id": "a"}
MEMBER = {"user": BOT, "status": "member"}


def command(text: str, **fields: Any) -> dict[str, Any]:
    """A message that begins with a command."""
    entity = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
    return message(text, entities=[entity], **fields)


def pressed(data: str | None) -> dict[str, Any]:
    return {"id": "1", "from": person(), "chat_instance": "1", "data": data, "message": message()}


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("/ask Who came?", WHOLE),
        ("/summary 8", WHOLE),
        ("/documents", WHOLE),
        ("/nonsense", WHOLE),
        ("/ask@other_bot Who came?", WHOLE),
        ("/help", QUARTER),
        ("/HELP", QUARTER),
        ("/start", QUARTER),
        ("/start@some_bot c_abc", QUARTER),
        ("/settings", QUARTER),
    ],
)
def test_a_command_in_private_costs_a_question_or_a_quarter(text: str, quarters: int) -> None:
    assert cost_of(update(message=command(text)), ME) == Cost(quarters)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("/ask Who came?", Cost(WHOLE)),
        ("/ask@Some_Bot Who came?", Cost(WHOLE)),
        ("/help@some_bot", Cost(QUARTER)),
        ("/ask@other_bot Who came?", FREE),
        ("/nonsense", FREE),
    ],
)
def test_in_a_group_only_the_bots_own_commands_cost_something(text: str, cost: Cost) -> None:
    assert cost_of(update(message=command(text, chat=GROUP)), ME) == cost
    assert cost_of(update(edited_message=command(text, chat=GROUP)), ME) == cost


def test_talk_in_a_group_is_free_unless_it_is_for_the_bot() -> None:
    mention = {"type": "mention", "offset": 0, "length": 9}
    theirs = message("Who came?", chat=GROUP, by=person(8))
    own = message("Who came?", chat=GROUP, by=BOT)
    joined = {**message(chat=GROUP), "text": None, "new_chat_members": [person(8)]}
    moved = {**message(chat=GROUP), "text": None, "migrate_to_chat_id": -200}
    cases: list[tuple[dict[str, Any], Cost]] = [
        (message("Who came?", chat=GROUP), FREE),
        (message("Who came?", chat=GROUP, reply_to_message=theirs), FREE),
        (joined, FREE),
        (moved, FREE),
        (message("Who came?", chat=GROUP, reply_to_message=own), Cost(WHOLE)),
        (message("@some_bot Who came?", chat=GROUP, entities=[mention]), Cost(WHOLE)),
        (
            {**message(chat=GROUP), "text": None, "caption": "@some_bot Who?", "caption_entities": [mention]},
            Cost(WHOLE),
        ),
    ]
    assert [cost_of(update(message=given), ME) for given, _ in cases] == [cost for _, cost in cases]


def test_what_is_written_in_private_costs_a_question_and_what_has_no_words_a_quarter() -> None:
    picture = {**message(), "text": None, "photo": []}
    cases: list[tuple[dict[str, Any], Cost]] = [
        ({"message": message("Who came?")}, Cost(WHOLE)),
        ({"edited_message": message("Who came?", edit_date=1)}, Cost(WHOLE)),
        ({"message": {**picture, "caption": "Who came?"}}, Cost(WHOLE)),
        ({"message": picture}, Cost(QUARTER)),
        ({"message": {**message(), "text": None, "document": DOCUMENT}}, Cost(QUARTER, is_upload=True)),
        ({"edited_message": {**message(), "text": None, "document": DOCUMENT}}, Cost(QUARTER)),
    ]
    assert [cost_of(update(**given), ME) for given, _ in cases] == [cost for _, cost in cases]


@pytest.mark.parametrize(
    ("data", "quarters"),
    [
        ("c:12ab:1", QUARTER),
        ("m:12ab:3", QUARTER),
        ("rp:-:10", QUARTER),
        ("ls:0123abcd:15", QUARTER),
        ("st:", QUARTER),
        ("u:0123456789:1", QUARTER),
        ("do:0123abcd:s", QUARTER),
        ("ro:8:0123abcd:s", QUARTER),
        ("do:0123abcd:o", WHOLE),
        ("ro:8:0123abcd:m", WHOLE),
        ("d:12ab:1", WHOLE),
        ("l:12ab:1", WHOLE),
        ("a:12ab:0", WHOLE),
        ("o:12ab:9", WHOLE),
        ("p:12ab:1", WHOLE),
        ("sr:0123abcd", WHOLE),
        ("sf:0123abcd:p", WHOLE),
        ("something else", WHOLE),
        ("", WHOLE),
        (None, WHOLE),
    ],
)
def test_a_button_that_asks_or_sends_costs_a_question_and_one_that_turns_a_page_a_quarter(
    data: str | None, quarters: int
) -> None:
    assert cost_of(update(callback_query=pressed(data)), ME) == Cost(quarters)


def test_an_inline_query_costs_a_quarter_and_what_has_happened_anyway_is_never_refused() -> None:
    query = {"id": "1", "from": person(), "query": "Who", "offset": ""}
    changed = {
        "chat": GROUP, "from": person(), "date": 1, "old_chat_member": {**MEMBER, "status": "left"},
        "new_chat_member": MEMBER,
    }  # fmt: skip
    assert cost_of(update(inline_query=query), ME) == Cost(QUARTER)
    assert cost_of(update(my_chat_member=changed), ME) == Cost(QUARTER, is_fact=True)


def test_what_is_of_no_known_kind_costs_a_question() -> None:
    assert cost_of(update(channel_post=message(chat=GROUP)), ME) == Cost(WHOLE)
