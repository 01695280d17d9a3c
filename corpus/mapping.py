"""YAML mappings that people write about documents: parsed as text alone, within limits, and no key given twice."""

from __future__ import annotations

from typing import Any

import yaml

from corpus.errors import RefusedContent

MOST_CHARACTERS = 100_000
_MOST_KEYS = 500


def parse_mapping(text: str, where: str) -> dict[str, Any]:
    """Return the mapping that the YAML ``text`` is; its values are text, lists and mappings, shared where aliased.

    ``where`` ("its front matter") begins the sentences about it. Text that is too long, not YAML or no mapping, and
    a key that is given twice, raise ``RefusedContent``; an empty text is an empty mapping.
    """
    if len(text) > MOST_CHARACTERS:
        raise RefusedContent(f"{where} is longer than {MOST_CHARACTERS:,} characters; shorten it and load it again.")
    try:
        content = _load(text, where)
    except yaml.YAMLError as error:
        raise RefusedContent(f"{where} is not valid YAML ({_place(error)}); correct it and load it again.") from error
    except (RecursionError, ValueError, OverflowError) as error:
        # The last two are escapes for characters that there are not.
        reason = "nested too deeply to be metadata" if isinstance(error, RecursionError) else "not valid YAML"
        raise RefusedContent(f"{where} is {reason}; correct it.") from error
    if content is None or content == "":
        return {}
    if not isinstance(content, dict):
        raise RefusedContent(f'{where} is not a list of "key: value" lines; correct it and load the file again.')
    if len(content) > _MOST_KEYS:
        raise RefusedContent(f"{where} has more than {_MOST_KEYS} keys; shorten it and load it again.")
    return {key: value for key, value in content.items() if isinstance(key, str)}


def _load(text: str, where: str) -> object:
    # Every scalar stays the text that was written: no octal rounds, no "no" for Norway, no guessed dates.
    loader = yaml.BaseLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_repeated(node, where)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _refuse_repeated(root: yaml.Node, where: str) -> None:
    """Refuse a mapping anywhere in the text that has a key twice: of two values, neither is surely the one meant."""
    nodes, seen = [root], {id(root)}
    while nodes:
        node = nodes.pop()
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            repeated = len(keys) != len(set(keys)) and next(key for key in keys if keys.count(key) > 1)
            if repeated:
                raise RefusedContent(f'{where} gives "{str(repeated)[:40]}" twice; keep one and load it again.')
            parts = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            parts = node.value
        for part in parts:
            if id(part) not in seen:
                seen.add(id(part))
                nodes.append(part)


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    return f"{problem}, line {mark.line + 1}" if mark is not None else str(problem)
