"""Project tables as TOML: one key a line, arrays one item a line, so that a release that changes shows in few lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

_WIDTH = 100


def format_table(table: Mapping[str, Any]) -> str:
    """The table as TOML, ending in a newline; the same table gives the same bytes."""
    lines = ["# Written by tools/refresh_projects.py from the package index; do not edit by hand."]
    lines += [f"{key} = {_value(value)}" for key, value in table.items() if key != "release"]
    for row in table["release"]:
        lines += ["", "[[release]]"]
        for key, value in row.items():
            if key == "wheels":
                lines += [f"wheels.{subdir} = {_value(words)}" for subdir, words in value.items()]
            elif key != "differs":
                lines.append(f"{key} = {_value(value)}")
        for entry in row.get("differs", ()):
            lines += ["", "[[release.differs]]"]
            lines += [f"{key} = {_value(value)}" for key, value in entry.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        one_line = f"[{', '.join(map(_value, value))}]"
        return one_line if len(one_line) <= _WIDTH else "[\n" + "".join(f"  {_value(item)},\n" for item in value) + "]"
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)
