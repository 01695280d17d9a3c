"""Methods by which the bot receives: polling, webhooks, and who it is."""

from __future__ import annotations

from bot.local.errors import bad_request
from bot.local.methods.registry import Call, method
from bot.local.wire import person_json

_LIMIT = 100
_TIMEOUT = 50


@method("getMe")
def get_me(call: Call) -> object:
    """The bot itself."""
    world = call.world
    return {
        **person_json(world.bot),
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy_mode,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("getUpdates", "offset", "limit", "timeout", "allowed_updates")
async def get_updates(call: Call) -> object:
    """What has happened since the last confirmed update."""
    parameters, updates = call.parameters, call.world.updates
    limit = parameters.integer("limit", _LIMIT)
    timeout = min(max(parameters.number("timeout"), 0.0), _TIMEOUT)
    updates.allow(_kinds(call))
    return await updates.get(
        parameters.integer("offset"), limit if 1 <= limit <= _LIMIT else _LIMIT, timeout
    )


@method("logOut")
def log_out(call: Call) -> object:
    """Leave this server; nothing here has to be left."""
    return True


@method("close")
def close(call: Call) -> object:
    """Close the bot on this server; nothing here has to be closed."""
    return True


def _kinds(call: Call) -> list[str] | None:
    kinds = call.parameters.list("allowed_updates")
    if kinds is None:
        return None
    if not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    return [str(kind) for kind in kinds]
