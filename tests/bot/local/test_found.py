"""What Telegram finds in a text by itself."""

from __future__ import annotations

import pytest

from bot.local.found import command_target, find


def found(text):
    return [(entity.type, entity.of(text)) for entity in find(text)]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("/ask who?", [("bot_command", "/ask")]),
        ("/ask@some_bot who", [("bot_command", "/ask@some_bot")]),
        ("a/b /c/d </e>", []),
        ("see /start, and /help.", [("bot_command", "/start"), ("bot_command", "/help")]),
        ("😀 /ask", [("bot_command", "/ask")]),
        ("/спросить", []),
        ("@some_bot hello @x", [("mention", "@some_bot")]),
        ("write to a.b@mfa.gov.kz, please", [("email", "a.b@mfa.gov.kz")]),
        ("#Astana22 and #22 and #сирия", [("hashtag", "#Astana22"), ("hashtag", "#сирия")]),
        ("$USD $usd", [("cashtag", "$USD")]),
        ("(see https://un.org/a_(b).)", [("url", "https://un.org/a_(b)")]),
        ("osce.org, e.g. the end.the", [("url", "osce.org")]),
        ("www.mfa.gov.kz/press?id=1#x!", [("url", "www.mfa.gov.kz/press?id=1#x")]),
        ("https://un.org/@someone", [("url", "https://un.org/@someone")]),
        (
            "t.me/bot?start=c_12 tg://resolve?domain=x",
            [("url", "t.me/bot?start=c_12"), ("url", "tg://resolve?domain=x")],
        ),
        ("версия 3.2.1 и 18.10.2023", []),
    ],
)
def test_commands_names_and_addresses_are_found(text, entities):
    assert found(text) == entities


def test_a_command_may_name_its_bot():
    assert command_target("/ask@some_bot") == ("ask", "some_bot")
    assert command_target("/ask") == ("ask", None)
