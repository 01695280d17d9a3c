"""Methods about chats and those in them."""

from __future__ import annotations

from bot.local.errors import bad_request
from bot.local.methods.registry import Call, method
from bot.local.models import ChatKind
from bot.local.state import people_in
from bot.local.wire import chat_json, member_json

_REACTIONS = 11


@method("getChat", "chat_id")
def get_chat(call: Call) -> object:
    """All about a chat."""
    chat = call.chat(write=False)
    result = {
        **chat_json(chat),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": _REACTIONS,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.kind is not ChatKind.PRIVATE:
        result["permissions"] = {"can_send_messages": True, "can_send_documents": True}
    if chat.username:
        result["active_usernames"] = [chat.username]
    return result


@method("getChatMember", "chat_id", "user_id")
def get_chat_member(call: Call) -> object:
    """What someone is in a chat."""
    chat = call.chat(write=False)
    user_id = call.parameters.integer("user_id")
    person = call.world.people.get(user_id)
    if person is None:
        raise bad_request("user not found" if user_id > 0 else "invalid user_id specified")
    anonymous = (chat.id, user_id) in call.world.anonymous
    return member_json(person, call.world.status(chat.id, user_id), is_anonymous=anonymous)


@method("getChatAdministrators", "chat_id", "return_bots")
def get_chat_administrators(call: Call) -> object:
    """Those who govern a group, other bots aside."""
    chat = call.chat(write=False)
    if chat.kind is ChatKind.PRIVATE:
        raise bad_request("there are no administrators in the private chat")
    world = call.world
    return [
        member_json(world.people[user_id], status, is_anonymous=(chat.id, user_id) in world.anonymous)
        for user_id, status in world.members[chat.id].items()
        if status.is_administrator and (not world.people[user_id].is_bot or call.parameters.flag("return_bots"))
    ]


@method("getChatMemberCount", "chat_id")
def get_chat_member_count(call: Call) -> object:
    """How many are in a chat, the bot included."""
    return len(people_in(call.world.members[call.chat(write=False).id]))


@method("leaveChat", "chat_id")
def leave_chat(call: Call) -> object:
    """Go."""
    chat = call.chat()
    if chat.kind is ChatKind.PRIVATE:
        raise bad_request("chat member status can't be changed in private chats")
    call.world.leave(chat.id)
    return True
