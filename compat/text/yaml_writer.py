"""YAML as other tools' lock files have it: block style, list items not indented, in the order given.

A writer of our own because PyYAML's takes half a second for a lock of 500 kB. Every reader takes a text for the same
text: what YAML 1.1 or 1.2 could take for a number, a date, a truth value or null stands in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

#: Texts that are plain wherever they stand: they begin with a letter that starts no number, and hold no mark of YAML.
_PLAIN = re.compile(r"[A-Za-z_](?:[\w./@+~=<>!*|()%^$;,-]|:(?=[\w/])| (?=[^#\s]))*", re.ASCII)
_PATH = re.compile(r"\.{0,2}/[\w./@+=-]*", re.ASCII)
#: A digest that is no number: it has a letter other than one ``e`` among digits.
_DIGEST = re.compile(r"(?!0b)(?=[0-9a-f]*[a-df]|[0-9]*e[0-9]*e)[0-9a-f]+")
_VERSION = re.compile(r"\d+(?:\.\d+){2,}")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
#: Compiled on first use: that takes as long as writing a lock, and few texts are not plainly printable.
_CONTROL = r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]"


def to_yaml(document: Mapping[str, Any]) -> str:
    """The text of *document*, which holds mappings, sequences, texts, integers and truth values."""
    lines: list[str] = []
    _put_mapping(lines, document, "", "")
    return "".join(lines)


def _put_mapping(lines: list[str], table: Mapping[str, Any], start: str, indent: str) -> None:
    """*start* stands before the first key, *indent* before the others."""
    for key, value in table.items():
        if isinstance(value, str):  # most values are; an abstract type takes longer to ask for
            lines.append(f"{start}{to_scalar(key)}: {_text(value)}\n")
        elif isinstance(value, (dict, Mapping)) and value:
            lines.append(f"{start}{to_scalar(key)}:\n")
            _put_mapping(lines, value, f"{indent}  ", f"{indent}  ")
        elif isinstance(value, (list, tuple, Sequence)) and value:
            lines.append(f"{start}{to_scalar(key)}:\n")
            _put_sequence(lines, value, indent)
        else:
            lines.append(f"{start}{to_scalar(key)}: {to_scalar(value)}\n")
        start = indent


def _put_sequence(lines: list[str], items: Sequence[Any], indent: str) -> None:
    for item in items:
        if isinstance(item, (dict, Mapping)) and item:
            _put_mapping(lines, item, f"{indent}- ", f"{indent}  ")
        else:
            lines.append(f"{indent}- {to_scalar(item)}\n")


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
    if (text.isascii() and text.isprintable()) or not re.search(_CONTROL, text):
        return "'" + text.replace("'", "''") + "'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(_CONTROL, lambda match: f"\\U{ord(match[0]):08x}", escaped) + '"'
