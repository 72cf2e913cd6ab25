"""The packages of a conda-lock.yml, line by line: five times as fast as YAML, for files as conda-lock and we write them.

A lock for a few platforms has tens of thousands of lines, and a solve that keeps to it waits for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

_ENTRY = re.compile(
    r"name: (?P<name>.+)\n  version: (?P<version>.+)\n  manager: (?P<manager>.+)\n  platform: (?P<platform>.+)\n"
    r"  dependencies:(?: \{\}\n|\n(?P<dependencies>(?:    .+\n)+))  url: (?P<url>.+)\n"
    r"  hash:(?: \{\}\n|\n(?P<hash>(?:    .+\n)+))(?:  source:\n    type: url\n    url: (?P<source>.+)\n)?"
    r"(?:  build: .+\n)?  category: .+\n  optional: (?:true|false)\n"
)
#: A text in quotes that hold no quote, or one that begins as no other value of YAML does and holds no mark of it.
_SCALAR = r"(?:'([^'\n]*)'|([\w./$](?:[\w./+=~<>!*|{}$@%,()-]|:(?=[\w/])| (?=[\w*=<>]))*))"
_PLAIN = re.compile(_SCALAR)
_PAIR = re.compile(rf"    (?:'([^'\n]*)'|([\w.][\w.-]*)): {_SCALAR}")
_PACKAGES = "\npackage:\n- "
_NEXT = "\n- "


class Entry(NamedTuple):
    """One package as the file has it, and its line. ``source`` is a direct reference."""

    line: int
    name: str
    version: str
    manager: str
    platform: str
    url: str
    dependencies: Mapping[str, str]
    hashes: Mapping[str, str]
    source: str | None = None


def scan(text: str) -> tuple[str, list[Entry]] | None:
    """What stands before the packages, and these; None where a line is not as the tools write it."""
    head, found, rest = text.partition(_PACKAGES)
    if not found or "\r" in text or "\t" in text:
        return None
    line = head.count("\n") + 3
    entries = []
    for part in rest.split(_NEXT):
        body = part if part.endswith("\n") else f"{part}\n"
        entry = _entry(body, line)
        if entry is None:
            return None
        entries.append(entry)
        line += body.count("\n")
    return f"{head}\npackage: []\n", entries


def _entry(body: str, line: int) -> Entry | None:
    match = _ENTRY.fullmatch(body)
    if match is None:
        return None
    texts = [_scalar(match[key]) for key in ("name", "version", "manager", "platform", "url")]
    dependencies, hashes = _pairs(match["dependencies"]), _pairs(match["hash"])
    source = _scalar(match["source"]) if match["source"] else ""
    if None in texts or dependencies is None or hashes is None or source is None:
        return None
    name, version, manager, platform, url = (text or "" for text in texts)
    return Entry(line, name, version, manager, platform, url, dependencies, hashes, source or None)


@lru_cache(maxsize=4096)
def _scalar(text: str) -> str | None:
    match = _PLAIN.fullmatch(text)
    return None if match is None else _either(match[1], match[2])


def _either(quoted: str | None, plain: str | None) -> str | None:
    """The text; null is none of either."""
    if quoted is not None:
        return quoted
    return None if plain in (None, "null", "Null", "NULL", "~") else plain


def _pairs(lines: str | None) -> Mapping[str, str] | None:
    found: dict[str, str] = {}
    for line in (lines or "").splitlines():
        match = _PAIR.fullmatch(line)
        key, value = (_either(match[1], match[2]), _either(match[3], match[4])) if match else (None, None)
        if key is None or value is None or key in found:
            return None
        found[key] = value
    return found
