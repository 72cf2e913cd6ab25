"""YAML that tools wrote as plain values: mappings, lists, and every scalar as its text."""

from __future__ import annotations

from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compat.text.source import Source
from compat.text.yaml import compose

#: Aliases stand for what they name once more, so that a small file can hold a large value; no lock has any.
_MAX_NODES = 2_000_000


class Tree:
    """A document; ``data`` is its root."""

    def __init__(self, source: Source) -> None:
        """Raises: FileProblem where *source* does not parse."""
        self._source = source
        self._left = _MAX_NODES
        self._lines: dict[int, int] = {}
        root = compose(source, by_tool=True)
        self.data: Any = None if root is None else self._value(root)

    def line(self, table: object) -> int | None:
        """Where a mapping of the document begins, from 1."""
        return self._lines.get(id(table))

    def _value(self, node: Node) -> Any:  # noqa: ANN401 -- a document holds anything
        self._left -= 1
        if self._left < 0:
            raise self._source.problem("too many values for a lock", 0)
        if isinstance(node, ScalarNode):
            return node.value
        if isinstance(node, SequenceNode):
            return [self._value(each) for each in node.value]
        assert isinstance(node, MappingNode)
        table = {key.value: self._value(value) for key, value in node.value if isinstance(key, ScalarNode)}
        self._lines[id(table)] = node.start_mark.line + 1
        return table


def tables(value: object) -> list[dict[str, Any]]:
    """The mappings in a list; none where *value* is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def table(value: object) -> dict[str, Any]:
    """*value* where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def texts(value: object) -> tuple[str, ...]:
    """The scalars in a list."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def text(value: object) -> str:
    """*value* where it is a scalar that is not null, else ""."""
    return value if isinstance(value, str) and value not in ("~", "null") else ""


def number(value: object) -> int | None:
    """*value* where it is a whole number."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20 else None
