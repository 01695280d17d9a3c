"""Updates as Telegram sends them, and the same with something in them changed at random."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bot.local.people import OTHER_KINDS
from bot.local.world import World
from tests.bot.harness import TOKEN
from tests.soak.deaf import ADMIN

if TYPE_CHECKING:
    import random

_TEXTS = (
    *(
        "What was agreed?",
        "",
        " ",
        "/",
        "/ask",
        "/start c_0123456789",
        "/ask round:8 since:2018 x",
        "@rapporteur_local_bot",
    ),
    *(
        "<b>bold</b> & <script>",
        "\u202egnihtyreve\u2069",
        "\ud83d",
        "\x00\x01",
        "e" + "\u0301" * 300,
        "a" * 5000,
        "🕊️" * 50,
    ),
    *(
        "/summary 8",
        "/verify x",
        "/erase x",
        "/settings quiet 21-06 Asia/Almaty",
        "/subscribe daily 25:99",
        "/cite c_x",
    ),
)
_NUMBERS = (0, -1, 1, 7, ADMIN, 2**31, -(2**63), 2**64, 10**30, 1.5, 1_767_225_600)
_OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [None], {"id": 1}, [[]], "x", {"is_bot": True})


@cache
def samples() -> tuple[dict[str, Any], ...]:
    """An update of every kind that the Bot API server here can send."""
    world = World(TOKEN, mentions_pass=True)
    anna = world.add_user("Anna", username="anna")
    admin = world.add_user("Admin")
    group = world.add_group("Delegation", members=[anna.id], admins=[admin.id], forum=True)
    basic = world.add_group("Small", members=[anna.id], admins=[admin.id], supergroup=False)
    for chat in (group, basic):
        world.add_bot(chat.id, by=admin.id, as_admin=True)
    topic = world.create_topic(group.id, "Detainees")
    for person, place in ((anna.id, anna.id), (anna.id, group.id), (anna.id, basic.id)):
        for text in (
            "What was agreed?",
            "/ask round:8 Who took part?",
            "@rapporteur_local_bot Who?",
            "/help",
            "/settings",
        ):
            sent = world.send_text(person, place, text)
        world.send_text(person, place, "And then?", reply_to=sent.id)
        world.edit_text(person, place, sent.id, "/ask What was agreed on detainees?")
        world.forward(person, place, sent)
        for kind in OTHER_KINDS:
            world.send_other(person, place, kind, caption="What?" if kind == "photo" else "")
        world.send_document(person, place, "note.md", b"# Note\n", caption="title: Note")
    world.send_text(anna.id, group.id, "/ask What?", thread_id=topic)
    world.inline_query(anna.id, "What was agreed?")
    world.join(group.id, world.add_user("New").id)
    world.restrict_bot(basic.id, by=admin.id)
    world.remove_bot(basic.id, by=admin.id)
    world.block_bot(anna.id)
    found = [update for _, update in world.updates._pending.values()]
    return tuple(copy.deepcopy(dict(update)) for update in found)


def pressed(data: object, *, person: int = 7, group: bool = False) -> dict[str, Any]:
    """The press of a button that carries ``data``, below a message of the bot."""
    chat = (
        {"id": -1001, "type": "supergroup", "title": "G"}
        if group
        else {"id": person, "type": "private", "first_name": "A"}
    )
    return {
        "update_id": 1,
        "callback_query": {
            "id": "4000000000000000001",
            "from": {"id": person, "is_bot": False, "first_name": "A", "language_code": "en"},
            "chat_instance": "-5",
            "data": data,
            "message": {
                "message_id": 5,
                "date": 1_767_225_600,
                "chat": chat,
                "from": {"id": 123456789, "is_bot": True, "first_name": "Rapporteur"},
                "text": "Something",
            },
        },
    }


def written(text: str, *, person: int = 7) -> dict[str, Any]:
    """A text in a private chat, with the entity of a command where it begins with one."""
    length = (
        len(text.split()[0].encode("utf-16-le", "surrogatepass")) // 2 if text.startswith("/") and text.split() else 0
    )
    return {
        "update_id": 1,
        "message": {
            "message_id": 5,
            "date": 1_767_225_600,
            "chat": {"id": person, "type": "private", "first_name": "A"},
            "from": {"id": person, "is_bot": False, "first_name": "A", "language_code": "en"},
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": length}] if length else [],
        },
    }


def mutated_updates() -> st.SearchStrategy[dict[str, Any]]:
    """Real updates with up to four places changed."""
    numbers = st.integers(0, len(samples()) - 1)
    return st.builds(_mutated, numbers, st.randoms(use_true_random=False), st.integers(0, 4))


def _mutated(number: int, draw: random.Random, times: int) -> dict[str, Any]:
    made = copy.deepcopy(samples()[number])
    for _ in range(times):
        _change(made, draw)
    return made


def _change(made: dict[str, Any], draw: random.Random) -> None:
    """Change one place, anywhere in it."""
    places = list(_places(made))
    if not places:
        return
    holder, key = draw.choice(places)
    kind = draw.randrange(6)
    if kind == 0 and isinstance(holder, dict):
        del holder[key]
    elif kind == 1:
        holder[key] = draw.choice(_TEXTS)
    elif kind == 2:
        holder[key] = draw.choice(_NUMBERS)
    elif kind == 3:
        holder[key] = copy.deepcopy(draw.choice(_OTHERS))
    elif kind == 4:
        other, name = draw.choice(places)
        holder[key] = copy.deepcopy(other[name])
    elif isinstance(holder, dict):
        holder[
            draw.choice(("hologram", "text", "caption", "entities", "reply_to_message", "chat", "from", "photo"))
        ] = copy.deepcopy(draw.choice((*_OTHERS, *_TEXTS, *_NUMBERS)))


def _places(one: Any) -> list[tuple[Any, Any]]:
    """Every value below ``one``, as what holds it and its key."""
    found: list[tuple[Any, Any]] = []
    steps = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
    for key, value in list(steps):
        found += [(one, key), *_places(value)]
    return found
