"""TOML that reads well in a diff: an array's elements on a line each, inner tables inline, in the order given.

A writer of our own because tomlkit, made to edit what people wrote, takes a tenth of a second for a lock of 100 kB (a
whole run on a warm cache may take twice that), and puts every hash of every file under a header of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')


def to_toml(document: Mapping[str, Any]) -> str:
    """The text of a lock: plain keys, then ``[[packages]]``, then ``[tool.NAME]``, with a line end after each line."""
    lines = list(_table(document, ""))
    for package in document.get("packages", ()):
        lines += ["", "[[packages]]", *_table(package, "packages.")]
    for name, table in document.get("tool", {}).items():
        lines += ["", f"[tool.{_key(name)}]", *_table(table, f"tool.{name}.")]
    return "".join(f"{line}\n" for line in lines)


def _table(table: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, value in table.items():
        if key not in ("packages", "tool") or value == []:
            yield from _pair(key, value)
    if prefix == "packages.":
        for name, inner in table.get("tool", {}).items():
            yield ""
            yield f"[packages.tool.{_key(name)}]"
            yield from _table(inner, f"packages.tool.{name}.")


def _pair(key: str, value: Any) -> Iterator[str]:  # noqa: ANN401 -- any value that TOML knows
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        yield f"{_key(key)} = ["
        yield from (f"  {_inline(item)}," for item in value)
        yield "]"
    else:
        yield f"{_key(key)} = {_inline(value)}"


def _inline(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    assert isinstance(value, Sequence), value
    return f"[{', '.join(map(_inline, value))}]"


@lru_cache(maxsize=256)
def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    """A basic string, or a literal one for markers and the like, which hold double quotes."""
    if not _ESCAPED.search(text):
        return f'"{text}"'
    if "'" not in text and not _CONTROL.search(text):
        return f"'{text}'"
    escaped = _ESCAPED.sub(lambda match: f"\\{match[0]}" if match[0] in '"\\' else f"\\u{ord(match[0]):04x}", text)
    return f'"{escaped}"'
