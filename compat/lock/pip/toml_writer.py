"""TOML that reads well in a diff: an array's elements on a line each, inner tables inline, in the order given.

A writer of our own because tomlkit, made to edit what people wrote, takes a tenth of a second for a lock of 100 kB (a
whole run on a warm cache may take twice that), and puts every hash of every file under a header of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')


class Kept(dict[str, Any]):
    """A table that stands in several files, and does not change any more: its text is made once.

    A package keeps the lines of its section, any other table the inline form.
    """

    __slots__ = ("text",)
    text: str


def to_toml(document: Mapping[str, Any]) -> str:
    """The text of a lock: plain keys, then ``[[packages]]``, then ``[tool.NAME]``, with a line end after each line."""
    parts = [_lines(_table(document, ""))]
    parts += [_package(table) for table in document.get("packages", ())]
    for name, table in document.get("tool", {}).items():
        parts.append(_lines(("", f"[tool.{to_key(name)}]", *_table(table, f"tool.{name}."))))
    return "".join(parts)


def _lines(lines: Iterable[str]) -> str:
    return "".join([f"{line}\n" for line in lines])


def _package(table: Mapping[str, Any]) -> str:
    if isinstance(table, Kept) and hasattr(table, "text"):
        return table.text
    text = _lines(("", "[[packages]]", *_table(table, "packages.")))
    if isinstance(table, Kept):
        table.text = text
    return text


def _table(table: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, value in table.items():
        if key not in ("packages", "tool") or value == []:
            yield from _pair(key, value)
    if prefix == "packages.":
        for name, inner in table.get("tool", {}).items():
            yield ""
            yield f"[packages.tool.{to_key(name)}]"
            yield from _table(inner, f"packages.tool.{name}.")


def _pair(key: str, value: Any) -> Iterator[str]:  # noqa: ANN401 -- any value that TOML knows
    if isinstance(value, str) or not (isinstance(value, list | tuple) and value):
        yield f"{to_key(key)} = {to_inline(value)}"
    else:
        yield f"{to_key(key)} = ["
        for item in value:
            yield f"  {to_inline(item)},"
        yield "]"


def to_inline(value: Any) -> str:  # noqa: ANN401
    """A value on one line."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Kept):
        if not hasattr(value, "text"):
            value.text = _inline_table(value)
        return value.text
    if isinstance(value, dict):
        return _inline_table(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    assert isinstance(value, list | tuple), value
    return f"[{', '.join(map(to_inline, value))}]"


def _inline_table(table: Mapping[str, Any]) -> str:
    pairs = ", ".join([f"{to_key(key)} = {to_inline(item)}" for key, item in table.items()])
    return f"{{ {pairs} }}" if pairs else "{}"


@lru_cache(maxsize=256)
def to_key(key: str) -> str:
    """A key, in quotes where it must be."""
    return key if _BARE.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    """A basic string, or a literal one for markers and the like, which hold double quotes."""
    if not _ESCAPED.search(text):
        return f'"{text}"'
    if "'" not in text and not _CONTROL.search(text):
        return f"'{text}'"
    escaped = _ESCAPED.sub(lambda match: f"\\{match[0]}" if match[0] in '"\\' else f"\\u{ord(match[0]):04x}", text)
    return f'"{escaped}"'
