"""The bot's own page: its commands by scope and language, its name and its descriptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.local.events import MenuChanged
from bot.local.models import ChatKind, Command
from bot.local.queries import Queries


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a list of commands is for; the kind is the Bot API's, the ids are there where the kind needs them."""

    kind: str = "default"
    chat_id: int | None = None
    user_id: int | None = None


class Menus(Queries):
    """What people see of the bot before they write to it."""

    def __init__(
        self,
        token: str,
        bot_username: str = "rapporteur_local_bot",
        clock: Clock | None = None,
        *,
        privacy_mode: bool = True,
        mentions_pass: bool = False,
    ) -> None:
        """As ``State``."""
        super().__init__(token, bot_username, clock, privacy_mode=privacy_mode, mentions_pass=mentions_pass)
        self._commands: dict[tuple[Scope, str], tuple[Command, ...]] = {}
        self._profile: dict[tuple[str, str], str] = {}

    def set_commands(self, scope: Scope, language: str, commands: Sequence[Command]) -> None:
        """Replace the commands of a scope in a language; the empty language is for all without their own."""
        if commands:
            self._commands[scope, language] = tuple(commands)
        else:
            self._commands.pop((scope, language), None)
        self._emit(MenuChanged())

    def get_commands(self, scope: Scope, language: str) -> tuple[Command, ...]:
        """The commands set for exactly this scope and language."""
        return self._commands.get((scope, language), ())

    def commands_for(self, chat_id: int, user_id: int, language: str | None = None) -> tuple[Command, ...]:
        """The commands that a person is shown in a chat: those of the narrowest scope that has any.

        Within a scope the person's language comes first, then the list for all languages.
        """
        spoken = language if language is not None else self.person(user_id).language_code or ""
        for scope in self._scopes(chat_id, user_id):
            for wanted in (spoken.split("-")[0], ""):
                commands = self._commands.get((scope, wanted))
                if commands:
                    return commands
        return ()

    def _scopes(self, chat_id: int, user_id: int) -> Iterator[Scope]:
        if self.chat(chat_id).kind is ChatKind.PRIVATE:
            yield Scope("chat", chat_id)
            yield Scope("all_private_chats")
        else:
            governs = self.status(chat_id, user_id).is_administrator
            yield Scope("chat_member", chat_id, user_id)
            if governs:
                yield Scope("chat_administrators", chat_id)
            yield Scope("chat", chat_id)
            if governs:
                yield Scope("all_chat_administrators")
            yield Scope("all_group_chats")
        yield Scope()

    def set_profile(self, field: str, language: str, text: str) -> None:
        """Set the ``name``, ``description`` or ``short_description`` in a language; an empty text takes it away."""
        if text:
            self._profile[field, language] = text
        else:
            self._profile.pop((field, language), None)
        if field == "name" and not language and text:
            self.bot = replace(self.bot, first_name=text)
            self.people[self.bot.id] = self.bot
        self._emit(MenuChanged())

    def profile(self, field: str, language: str = "") -> str:
        """The ``name``, ``description`` or ``short_description`` that someone of this language sees."""
        own = self._profile.get((field, language)) or self._profile.get((field, ""))
        return own or (self.bot.first_name if field == "name" else "")
