"""Methods about the bot's own page: its commands, name and descriptions."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.local.errors import bad_request
from bot.local.menus import Scope
from bot.local.methods.registry import Call, Handler, method
from bot.local.models import Command
from bot.local.parameters import Fields
from bot.local.texts import utf16_length

_COMMANDS_LIMIT = 100
_DESCRIPTION_LIMIT = 256
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_WITHOUT_IDS = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_WITH_CHAT = ("chat", "chat_administrators", "chat_member")
#: What of the profile can be set: the method's noun, the parameter, and the limit in characters.
_PROFILE = (
    ("MyName", "name", 64),
    ("MyDescription", "description", 512),
    ("MyShortDescription", "short_description", 120),
)


@method("setMyCommands", "commands", "scope", "language_code")
def set_my_commands(call: Call) -> object:
    """Set the menu of commands for some people in a language."""
    values = call.parameters.array("commands")
    if values is None:
        raise bad_request("can't parse commands JSON object")
    if len(values) > _COMMANDS_LIMIT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.world.set_commands(_scope(call), _language(call), [_command(value) for value in values])
    return True


@method("getMyCommands", "scope", "language_code")
def get_my_commands(call: Call) -> object:
    """The menu set for exactly these people and this language."""
    commands = call.world.get_commands(_scope(call), _language(call))
    return [{"command": command.command, "description": command.description} for command in commands]


@method("deleteMyCommands", "scope", "language_code")
def delete_my_commands(call: Call) -> object:
    """Take the menu of these people and this language away."""
    call.world.set_commands(_scope(call), _language(call), ())
    return True


def _register_profile() -> None:
    for noun, field, limit in _PROFILE:
        method(f"set{noun}", field, "language_code")(_setter(field, limit))
        method(f"get{noun}", "language_code")(_getter(field))


def _setter(field: str, limit: int) -> Handler:
    def run(call: Call) -> object:
        text = call.parameters.text(field)
        if utf16_length(text) > limit:
            raise bad_request(f"{field.replace('_', ' ')} is too long")
        call.world.set_profile(field, _language(call), text)
        return True

    return run


def _getter(field: str) -> Callable[[Call], object]:
    def run(call: Call) -> object:
        return {field: call.world.profile(field, _language(call))}

    return run


def _language(call: Call) -> str:
    code = call.parameters.text("language_code")
    if code and not (len(code) == 2 and code.isascii() and code.isalpha() and code.islower()):
        raise bad_request("invalid language code specified")
    return code


def _command(value: object) -> Command:
    fields = Fields(value, "BotCommand", ("command", "description"))
    name = fields.text("command").removeprefix("/").lower()
    description = fields.text("description").strip()
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description or utf16_length(description) > _DESCRIPTION_LIMIT:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return Command(name, description)


def _scope(call: Call) -> Scope:
    """The scope that a call names. Raises ApiError 400, also for a chat the bot is not in."""
    value = call.parameters.mapping("scope")
    if value is None:
        return Scope()
    fields = Fields(value, "BotCommandScope", ("type", "chat_id", "user_id"))
    kind = fields.text("type")
    if kind in _WITHOUT_IDS:
        return Scope(kind)
    if kind not in _WITH_CHAT:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    named = fields.get("chat_id")
    if not isinstance(named, int | str) or named == "":
        raise bad_request("can't parse BotCommandScope: chat_id is empty")
    chat = call.world.reachable(int(named) if str(named).lstrip("-").isdigit() else str(named), write=False)
    if kind == "chat_member":
        return Scope(kind, chat.id, fields.integer("user_id"))
    return Scope(kind, chat.id)


_register_profile()
