"""Environment markers taken apart: joined, negated, and freed of the ``extra`` variable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from packaging.markers import InvalidMarker, Marker

from compat.model.requirements import MAX_PARENTHESES

_TOKEN = re.compile(
    r"""\s*(?:([()])|(and|or)\b|("[^"]*"|'[^']*'|[a-z_]+)\s*(not\s+in|in|[<>=!~]+)\s*("[^"]*"|'[^']*'|[a-z_]+))"""
)
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in"}


class _Comparison(NamedTuple):
    left: str
    operator: str
    right: str


class _Group(NamedTuple):
    word: str
    parts: tuple[_Node, ...]


_Node = _Comparison | _Group


def parse_marker(text: str) -> Marker:
    """The marker that *text* spells. Raises: InvalidMarker, also where it is nested too deep."""
    if text.count("(") > MAX_PARENTHESES:
        raise InvalidMarker("nested too deep")
    return Marker(text)


def join_markers(first: Marker | None, second: Marker | None) -> Marker | None:
    """The marker that holds where both hold; None is no condition."""
    if first is None or second is None:
        return second if first is None else first
    return first & second


def negate(marker: Marker) -> Marker | None:
    """The marker that holds where *marker* does not, or None where an operator has no opposite (``~=``, ``===``)."""
    node = _negate(_read(marker))
    return None if node is None else _to_marker(node)


def under_extra(marker: Marker | None, extra: str) -> tuple[bool, Marker | None]:
    """Whether *marker* can hold with exactly *extra* asked for ("": none), and what it then still asks."""
    if marker is None or "extra" not in str(marker):
        return True, marker
    node = _decide(_read(marker), extra)
    return (node, None) if isinstance(node, bool) else (True, _to_marker(node))


def _read(marker: Marker) -> _Node:
    tokens = list(_TOKEN.finditer(str(marker)))
    tokens.reverse()
    return _read_group(tokens)


def _read_group(tokens: list[re.Match[str]]) -> _Node:
    """``and`` binds tighter than ``or``; *tokens* are in reverse, and taken from the end."""
    choices: list[_Node] = []
    terms: list[_Node] = []
    while tokens:
        token = tokens.pop()
        if token[1] == "(":
            terms.append(_read_group(tokens))
        elif token[1] == ")":
            break
        elif token[2] == "or":
            choices.append(_join("and", terms))
            terms = []
        elif token[3]:
            terms.append(_Comparison(token[3], " ".join(token[4].split()), token[5]))
    return _join("or", [*choices, _join("and", terms)])


def _join(word: str, parts: Sequence[_Node]) -> _Node:
    return parts[0] if len(parts) == 1 else _Group(word, tuple(parts))


def _negate(node: _Node) -> _Node | None:
    if isinstance(node, _Comparison):
        opposite = _OPPOSITE.get(node.operator)
        return None if opposite is None else node._replace(operator=opposite)
    parts = [_negate(part) for part in node.parts]
    known = tuple(part for part in parts if part is not None)
    return _Group("and" if node.word == "or" else "or", known) if len(known) == len(parts) else None


def _decide(node: _Node, extra: str) -> _Node | bool:
    """*node* with every comparison of ``extra`` replaced by its truth, and simplified."""
    if isinstance(node, _Comparison):
        if "extra" not in {node.left, node.right}:
            return node
        named = (node.right if node.left == "extra" else node.left).strip("\"'")
        return (named == extra) is (node.operator == "==")
    absorbing = node.word == "or"
    parts = [_decide(part, extra) for part in node.parts]
    if any(part is absorbing for part in parts):
        return absorbing
    left = [part for part in parts if not isinstance(part, bool)]
    return _join(node.word, left) if left else not absorbing


def _to_marker(node: _Node) -> Marker:
    return Marker(_to_text(node))


def _to_text(node: _Node) -> str:
    if isinstance(node, _Group):
        return f" {node.word} ".join(
            f"({_to_text(part)})" if isinstance(part, _Group) else _to_text(part) for part in node.parts
        )
    return f"{node.left} {node.operator} {node.right}"
