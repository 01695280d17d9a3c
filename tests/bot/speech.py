"""What the bot's modules say: the phrases they look up, and the texts that would be shown without a catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

# Calls that hand on to the reader what they are given, with the position of their first text.
_SHOWN_FROM = {
    "tell": 1, "show": 0, "answer_press": 1, "Message": 0, "Button": 0, "InlineKeyboardButton": 0, "BotCommand": 1,
    "set_my_description": 0, "set_my_short_description": 0, "set_my_name": 0, "edit_text": 0, "reply_text": 0,
    "send_message": 1, "edit_message_text": 0, "edit_message_caption": 0, "InputTextMessageContent": 0,
}  # fmt: skip
_SHOWN_BY_NAME = {"caption", "message_text", "input_field_placeholder", "note"}
_HANDED_ON = {"html", "escape", "join", "packed", "isolate", "blockquote"}
# The same in every language.
_NAMES = {"SHA-256: "}


class Module:
    """One module of the bot: its phrases, and the literals that would be shown without a catalogue."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.tree = ast.parse(source)
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
            if isinstance(node, ast.Call) and says(node):
                yield from self.texts(node.args[0])
            elif isinstance(node, ast.Call) and _counts(node):
                one, many = (next(iter(self.texts(argument))) for argument in node.args[:2])
                yield one, many

    def texts(self, node: ast.expr) -> list[str]:
        """The texts an argument may have: written there, or in a constant of the module."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.IfExp(body=body, orelse=orelse):
                return self.texts(body) + self.texts(orelse)
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in self.constants:
                return self.texts(self.constants[name])
            case ast.Subscript(value=ast.Name(id=name)) if isinstance(self.constants.get(name), ast.Dict):
                values = self.constants[name]
                assert isinstance(values, ast.Dict)
                return [text for value in values.values for text in self.texts(value)]
        raise AssertionError(f"{self.name}:{node.lineno}: a phrase that is not written out: {ast.unparse(node)}")

    def untranslated(self) -> Iterator[str]:
        """Literals with words in them that are shown to people as they are."""
        for function in ast.walk(self.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
                for argument in (argument for call in calls for argument in _shown(call)):
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
        elif isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and called(node) not in _HANDED_ON):
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
            elif isinstance(node, ast.Call) and called(node) in {"append", "extend", "insert"}:
                owner = node.func.value if isinstance(node.func, ast.Attribute) else None
                if isinstance(owner, ast.Name) and owner.id == name:
                    yield from node.args

    def prose(self) -> Iterator[str]:
        """Literals of two words or more that are neither looked up nor meant for the log or for a programmer."""
        apart: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                if ast.get_docstring(node, clean=False) is not None:
                    apart.add(id(node.body[0]))
            elif isinstance(node, ast.Raise | ast.Compare | ast.Assert) or says(node) or _counts(node) or _logs(node):
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
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call) and (says(node) or _counts(node))]
        return {name.id for call in calls for name in ast.walk(call) if isinstance(name, ast.Name)}


def _shown(call: ast.Call) -> list[ast.expr]:
    """Those arguments of a call that a person gets to read."""
    by_name = [keyword.value for keyword in call.keywords if keyword.arg in _SHOWN_BY_NAME]
    place = _SHOWN_FROM.get(called(call))
    return by_name if place is None else call.args[place : place + 1] + by_name


def called(call: ast.Call) -> str:
    """The name of what is called, without its owner."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_phrases(node: ast.expr) -> bool:
    match node:
        case ast.Name(id="say") | ast.Attribute(attr="say") | ast.Call(func=ast.Name(id="phrases")):
            return True
    return False


def says(node: ast.AST) -> bool:
    """Whether this is a call that looks a phrase up."""
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
