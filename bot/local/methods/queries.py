"""Methods that answer: pressed buttons and inline queries."""

from __future__ import annotations

from bot.local.errors import bad_request
from bot.local.inline import parse_results
from bot.local.methods.registry import Call, method

_CACHE_SECONDS = 300
_OFFSET_LIMIT = 64


@method("answerCallbackQuery", "callback_query_id", "text", "show_alert", "url", "cache_time")
def answer_callback_query(call: Call) -> object:
    """Answer a pressed button."""
    parameters = call.parameters
    call.world.answer_callback(
        parameters.text("callback_query_id"),
        parameters.text("text"),
        show_alert=parameters.flag("show_alert"),
        url=parameters.text("url") or None,
        cache_time=parameters.integer("cache_time"),
    )
    return True


@method("answerInlineQuery", "inline_query_id", "results", "cache_time", "is_personal", "next_offset", "button")
def answer_inline_query(call: Call) -> object:
    """Answer an inline query."""
    parameters, world = call.parameters, call.world
    values = parameters.array("results")
    if values is None:
        raise bad_request("can't parse inline query results: expected an Array of InlineQueryResult")
    results = parse_results(values, world.people, world.files)
    next_offset = parameters.text("next_offset")
    if len(next_offset.encode("utf-8")) > _OFFSET_LIMIT:
        raise bad_request("NEXT_OFFSET_INVALID")
    world.answer_inline(
        parameters.text("inline_query_id"),
        results,
        cache_time=parameters.integer("cache_time", _CACHE_SECONDS),
        is_personal=parameters.flag("is_personal"),
        next_offset=next_offset,
        button=parameters.mapping("button"),
    )
    return True
