"""YAML as other tools' lock files have it: block style, list items not indented, in the order given.

A writer of our own because PyYAML's takes half a second for a lock of 500 kB. Every reader takes a text for the same
text: what YAML 1.1 or 1.2 could take for a number, a date, a truth value or null stands in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

#: Texts that are plain wherever they stand: they begin with a letter that starts no number, and hold no mark of YAML.
_PLAIN = re.compile(r"[A-Za-z_](?:[\w./@+~=<>!*|()%^$;,-]|:(?=[\w/])| (?=[^#\s]))*", re.ASCII)
_PATH = re.compile(r"\.{0,2}/[\w./@+=-]*", re.ASCII)
#: A digest that is no number: it has a letter other than one ``e`` among digits.
_DIGEST = re.compile(r"(?!0b)(?=[0-9a-f]*[a-df]|[0-9]*e[0-9]*e)[0-9a-f]+")
_VERSION = re.compile(r"\d+(?:\.\d+){2,}")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_CONTROL = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]")


def to_yaml(document: Mapping[str, Any]) -> str:
    """The text of *document*, which holds mappings, sequences, texts, integers and truth values."""
    return "".join(f"{line}\n" for line in _mapping(document, ""))


def _mapping(table: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{to_scalar(key)}:"
            yield from _mapping(value, f"{indent}  ")
        elif isinstance(value, Sequence) and not isinstance(value, str) and value:
            yield f"{indent}{to_scalar(key)}:"
            yield from _sequence(value, indent)
        else:
            yield f"{indent}{to_scalar(key)}: {to_scalar(value)}"


def _sequence(items: Sequence[Any], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping) and item:
            first, *rest = _mapping(item, f"{indent}  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from rest
        else:
            yield f"{indent}- {to_scalar(item)}"


def to_scalar(value: Any) -> str:  # noqa: ANN401 -- any value without children
    """A text, a number, a truth value, or an empty collection."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    assert not value, value
    return "{}" if isinstance(value, Mapping) else "[]"


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if _DIGEST.fullmatch(text) or _VERSION.fullmatch(text) or _PATH.fullmatch(text):
        return text
    if not _CONTROL.search(text):
        return "'" + text.replace("'", "''") + "'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _CONTROL.sub(lambda match: f"\\U{ord(match[0]):08x}", escaped) + '"'
