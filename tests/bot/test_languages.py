"""The bot's phrases: every one of them is in every catalogue, and dates and directions are those of the language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

import bot
from bot.languages import LANGUAGES, RIGHT_TO_LEFT, closest, phrases
from bot.rendering import citation
from corpus.document import Block, Document, Extraction, Metadata
from retrieval.quotes import Quote

_BOT = Path(bot.__file__).parent
_TRANSLATED = tuple(language for language in LANGUAGES if language != "en")

# Calls that hand on to the reader what they are given, with the position of their first text.
_SHOWN_FROM = {
    "tell": 1, "show": 0, "_alert": 1, "Message": 0, "Button": 0, "InlineKeyboardButton": 0, "BotCommand": 1,
    "set_my_description": 0, "set_my_short_description": 0, "set_my_name": 0, "edit_text": 0, "reply_text": 0,
    "send_message": 1, "edit_message_text": 0, "edit_message_caption": 0, "InputTextMessageContent": 0,
}  # fmt: skip
_SHOWN_BY_NAME = {"text", "caption", "title", "label", "description", "message_text", "input_field_placeholder", "note"}
_HANDED_ON = {"html", "escape", "join", "packed", "isolate", "blockquote"}
# The same in every language.
_NAMES = {"SHA-256: "}


class _Module:
    """One module of the bot: its phrases, and the literals that would be shown without a catalogue."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.tree = ast.parse(path.read_text("utf-8"))
        self.constants = {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def imports(self, *modules: str) -> bool:
        """Whether it imports one of ``modules``, or something in them."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom | ast.Import)]
        names = {
            name
            for node in found
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        }
        return any(name == module or name.startswith(f"{module}.") for name in names for module in modules)

    def phrases(self) -> Iterator[str | tuple[str, str]]:
        """Every phrase it looks up, as a catalogue's key: a text, or one thing and many."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _says(node):
                yield from self._texts(node.args[0])
            elif isinstance(node, ast.Call) and _counts(node):
                one, many = (next(iter(self._texts(argument))) for argument in node.args[:2])
                yield one, many

    def _texts(self, node: ast.expr) -> list[str]:
        """The texts an argument may have: written there, or in a constant of the module."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.IfExp(body=body, orelse=orelse):
                return self._texts(body) + self._texts(orelse)
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in self.constants:
                return self._texts(self.constants[name])
            case ast.Subscript(value=ast.Name(id=name)) if isinstance(self.constants.get(name), ast.Dict):
                values = self.constants[name]
                assert isinstance(values, ast.Dict)
                return [text for value in values.values for text in self._texts(value)]
        raise AssertionError(f"{self.name}:{node.lineno}: a phrase that is not written out: {ast.unparse(node)}")

    def untranslated(self) -> Iterator[str]:
        """Literals with words in them that are shown to people as they are."""
        for function in ast.walk(self.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and (name := _called(call)) in _SHOWN_FROM:
                        shown = call.args[_SHOWN_FROM[name] :][:1]
                        shown += [keyword.value for keyword in call.keywords if keyword.arg in _SHOWN_BY_NAME]
                        for argument in shown:
                            yield from self._bare(argument, function, frozenset())

    def _bare(self, node: ast.AST, function: ast.AST, seen: frozenset[str]) -> Iterator[str]:
        """Words in ``node``, and in what the names in it were given in this function or module."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and node.value not in _NAMES and _has_words(node.value):
                yield f"{self.name}:{node.lineno}: {node.value!r}"
        elif isinstance(node, ast.Name):
            if node.id not in seen:
                for value in self._given(node.id, function):
                    yield from self._bare(value, function, seen | {node.id})
        elif isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and _called(node) not in _HANDED_ON):
            return
        elif isinstance(node, ast.IfExp):
            yield from self._bare(node.body, function, seen)
            yield from self._bare(node.orelse, function, seen)
        elif isinstance(node, ast.Subscript):
            yield from self._bare(node.value, function, seen)
        elif isinstance(node, ast.Dict):
            for value in node.values:
                yield from self._bare(value, function, seen)
        else:
            for child in ast.iter_child_nodes(node):
                yield from self._bare(child, function, seen)

    def _given(self, name: str, function: ast.AST) -> Iterator[ast.expr]:
        if name in self.constants:
            yield self.constants[name]
        for node in ast.walk(function):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    yield node.value
            elif isinstance(node, ast.Call) and _called(node) in {"append", "extend", "insert"}:
                owner = node.func.value if isinstance(node.func, ast.Attribute) else None
                if isinstance(owner, ast.Name) and owner.id == name:
                    yield from node.args

    def prose(self) -> Iterator[str]:
        """Literals of two words or more that are neither looked up nor meant for the log or for a programmer."""
        apart: set[int] = set()
        for node in ast.walk(self.tree):
            documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if documented and ast.get_docstring(node, clean=False) is not None:
                apart.add(id(node.body[0]))
            elif isinstance(node, ast.Raise | ast.Compare | ast.Assert) or _says(node) or _counts(node) or _logs(node):
                apart.add(id(node))
        apart |= {id(value) for name, value in self.constants.items() if name in self._looked_up()}
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            if id(node) in apart:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_prose(node.value):
                yield f"{self.name}:{node.lineno}: {node.value!r}"
            waiting += ast.iter_child_nodes(node)

    def _looked_up(self) -> set[str]:
        """The constants of the module that are handed to a catalogue."""
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call) and (_says(node) or _counts(node))]
        return {name.id for call in calls for name in ast.walk(call) if isinstance(name, ast.Name)}


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_phrases(node: ast.expr) -> bool:
    match node:
        case ast.Name(id="say") | ast.Attribute(attr="say") | ast.Call(func=ast.Name(id="phrases")):
            return True
    return False


def _says(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _is_phrases(node.func)


def _counts(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="count", value=owner)):
            return _is_phrases(owner)
    return False


def _logs(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="_LOG"))):
            return True
    return False


def _without_tags(text: str) -> str:
    return re.sub(r"<[^>]*(?:>|$)", " ", text)


def _has_words(text: str) -> bool:
    return re.search(r"[^\W\d_]{2}", _without_tags(text)) is not None


def _is_prose(text: str) -> bool:
    return re.search(r"[^\W\d_]{2,}[,;:]? +[^\W\d_]+", _without_tags(text)) is not None


@lru_cache(maxsize=1)
def _modules() -> tuple[_Module, ...]:
    """The modules that say something in chats; the command line, which speaks English, is not among them."""
    found = [_Module(path) for path in sorted(_BOT.glob("*.py")) if path.name != "languages.py"]
    return tuple(module for module in found if module.imports("bot.languages", "bot.conversation", "telegram"))


def _source(text: str) -> _Module:
    """A module with this text, to try the search on."""
    module = _Module.__new__(_Module)
    module.name, module.tree = "made.py", ast.parse(text)
    module.constants = {
        node.targets[0].id: node.value
        for node in module.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return module


def _phrases_in_code() -> set[str | tuple[str, str]]:
    return {phrase for module in _modules() for phrase in module.phrases()}


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> Catalog:
    with (_BOT / "locales" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _messages(language: str) -> list[Message]:
    return [message for message in _catalogue(language) if message.id]


def _placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)
