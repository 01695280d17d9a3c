"""What an admin is shown of those who are admitted, and the buttons below it: pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.access.people import Admitted, Role
from bot.answers.keyboard import Button
from bot.messages.lengths import short
from bot.messages.rendering import Message, html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.access.people import Request
    from bot.access.rights import Rights
    from bot.answers.keyboard import Rows
    from bot.languages import Phrases

ON_A_PAGE = 8
_LABEL = 24
_MOST_LABELS = 10


def role_name(role: Role | None, say: Phrases) -> str:
    """What a role is called; a group has none."""
    names = {
        Role.ADMIN: say("administrator"),
        Role.EDITOR: say("editor"),
        Role.DIPLOMAT: say("diplomat"),
        Role.GUEST: say("guest"),
    }
    return names[role] if role is not None else say("group")


def people_message(
    rights: Rights, everyone: Sequence[Admitted], requests: Sequence[Request], offset: int, say: Phrases
) -> Message:
    """A page of all who ask to be admitted and all who are, with a button for each."""
    everybody: list[Admitted | Request] = [*requests, *everyone]
    page = everybody[offset : offset + ON_A_PAGE]
    lines = [say.count("{number} is admitted or asks to be.", "{number} are admitted or ask to be.", len(everybody))]
    named = sorted(rights.settings.admins)
    if named and not offset:
        lines.append(say("Administrators by the settings: {names}", names=say.listed([str(id) for id in named])))
    rows: list[tuple[Button, ...]] = []
    for one in page:
        what = _standing(rights, one, say) if isinstance(one, Admitted) else say("asks to be admitted")
        rows.append((Button(f"{short(one.name, _LABEL)}: {what}", f"pe:{one.id}"),))
    turn = []
    if offset:
        turn.append(Button("‹", f"pl:{max(0, offset - ON_A_PAGE)}"))
    if offset + ON_A_PAGE < len(everybody):
        turn.append(Button("›", f"pl:{offset + ON_A_PAGE}"))
    return Message(html("\n".join(lines)), (*rows, *([tuple(turn)] if turn else [])))


def _standing(rights: Rights, one: Admitted, say: Phrases) -> str:
    if one.suspended is not None:
        return say("suspended")
    return f"{role_name(one.role, say)}, {rights.clearance_of(one.id)}"


def person_card(rights: Rights, one: Admitted, say: Phrases, *, is_own: bool) -> Message:
    """One person or group, with buttons for what may be changed; nobody changes what they may do themselves."""
    lines = [
        f"<b>{html(say.isolate(one.name))}</b>",
        html(say("Id {number}, {role}.", number=str(one.id), role=role_name(one.role, say))),
        html(say("Documents up to “{label}” are searched here.", label=rights.clearance_of(one.id))),
    ]
    if one.suspended is not None:
        lines.append(html(say("An administrator of this bot has suspended access here.")))
    if is_own or one.id in rights.settings.admins:
        lines.append(html(say("What this person may do is changed by another administrator, or in the settings.")))
        return Message("\n".join(lines))
    return Message("\n".join(lines), _changes(rights, one, say))


def _changes(rights: Rights, one: Admitted, say: Phrases) -> Rows:
    """Buttons for each role and each label but the present, and for suspending and removing."""
    rows: list[tuple[Button, ...]] = []
    if not one.is_group:
        roles = [role for role in Role if role is not one.role]
        rows.append(tuple(Button(role_name(role, say), f"pe:{one.id}:{role.value[0]}") for role in roles))
    if one.is_group or one.role is Role.DIPLOMAT:
        labels = rights.settings.labels.names[:_MOST_LABELS]
        now = rights.clearance_of(one.id)
        rows += [
            (Button(say("Up to {label}", label=label), f"pe:{one.id}:c{number}"),)
            for number, label in enumerate(labels)
            if label != now
        ]
    if one.suspended is None:
        rows.append((Button(say("Suspend"), f"pe:{one.id}:s"),))
    else:
        rows.append((Button(say("End the suspension"), f"pe:{one.id}:u"),))
    rows.append((Button(say("Admit no longer"), f"pe:{one.id}:x"),))
    return tuple(rows)
