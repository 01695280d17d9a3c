"""Methods by which the bot receives: polling, webhooks, and who it is."""

from __future__ import annotations

import re

from bot.local.errors import bad_request
from bot.local.methods.registry import Call, method
from bot.local.updates import DEFAULT_KINDS, Webhook
from bot.local.webhooks import is_local
from bot.local.wire import person_json

_LIMIT = 100
_TIMEOUT = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


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
    return await updates.get(parameters.integer("offset"), limit if 1 <= limit <= _LIMIT else _LIMIT, timeout)


@method(
    "setWebhook",
    "url",
    "max_connections",
    "allowed_updates",
    "drop_pending_updates",
    "secret_token",
)
def set_webhook(call: Call) -> object:
    """Have updates sent to an address of this machine; an empty one goes back to polling."""
    parameters, updates = call.parameters, call.world.updates
    url, secret = parameters.text("url"), parameters.text("secret_token")
    if not url:
        return delete_webhook(call)
    if not is_local(url):
        raise bad_request("bad webhook: the local server sends updates only to http addresses of this machine")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    updates.allow(_kinds(call))
    if parameters.flag("drop_pending_updates"):
        updates.clear()
    updates.set_webhook(Webhook(url, secret, min(max(parameters.integer("max_connections", 40), 1), 100)))
    return True


@method("deleteWebhook", "drop_pending_updates")
def delete_webhook(call: Call) -> object:
    """Go back to polling."""
    if call.parameters.flag("drop_pending_updates"):
        call.world.updates.clear()
    call.world.updates.set_webhook(None)
    return True


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> object:
    """Where updates go, how many wait, and what went wrong last."""
    updates = call.world.updates
    webhook, failure = updates.webhook, updates.failure
    result: dict[str, object] = {
        "url": "" if webhook is None else webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(updates),
    }
    if webhook is not None:
        result |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
    if failure is not None:
        result |= {"last_error_date": int(failure.time), "last_error_message": failure.reason}
    if updates.kinds != DEFAULT_KINDS:
        result["allowed_updates"] = sorted(updates.kinds)
    return result


@method("logOut")
def log_out(call: Call) -> object:
    """Leave this server; nothing here has to be left."""
    return True


@method("close")
def close(call: Call) -> object:
    """Close the bot on this server; nothing here has to be closed."""
    return True


def _kinds(call: Call) -> list[str] | None:
    kinds = call.parameters.array("allowed_updates")
    if kinds is None:
        return None
    if not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    return [str(kind) for kind in kinds]
