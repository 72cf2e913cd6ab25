"""TOML 1.1 spelled as TOML 1.0, for `tomllib`: pixi reads the newer syntax, Python's own reader does not yet.

Source: https://toml.io/en/v1.1.0
"""

from __future__ import annotations

import re

#: Strings, comments, line ends, brackets and commas: all that decides where an inline table goes on.
_TOKEN = re.compile(
    r'"""(?>(?:[^"\\]++|\\.|"{1,2}(?!"))*)"{3,5}'
    r"|'''(?>(?:[^']++|'{1,2}(?!'))*)'{3,5}"
    r'|"(?>(?:[^"\\\n]++|\\.)*)"'
    r"|'[^'\n]*+'"
    r"|#[^\n]*+|\r?\n|[\[\]{},]",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:(e)|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)


def to_toml_1_0(text: str) -> tuple[str, int | None]:
    """*text* with inline tables on one line, no comma at their end, and no newer escapes; the first line changed.

    The line is None where nothing had to be changed. Only escapes change the length of the text. Text that is no TOML
    at all comes back in any shape.
    """
    parts: list[str] = []
    stack: list[str] = []
    position, changed, comma = 0, None, -1
    for match in _TOKEN.finditer(text):
        part = match[0]
        between = text[position : match.start()]
        replacement = part
        parts.append(between)
        if between.strip():
            comma = -1
        if part in {"[", "{"}:
            stack.append(part)
        elif part in {"]", "}"} and stack:
            if stack.pop() == "{" and part == "}" and comma >= 0:
                parts[comma] = " "
                changed = changed or _line(text, match.start())
        elif part[0] in "#\r\n" and stack and stack[-1] == "{":
            replacement = " " * len(part)
            changed = changed or _line(text, match.start())
        elif part[0] == '"':
            replacement = _ESCAPE.sub(_to_older_escape, part)
            changed = changed or (_line(text, match.start()) if replacement != part else None)
        parts.append(replacement)
        if part == ",":
            comma = len(parts) - 1
        elif part[0] not in "#\r\n":
            comma = -1
        position = match.end()
    return "".join([*parts, text[position:]]), changed


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _to_older_escape(match: re.Match[str]) -> str:
    if match[1]:
        return "\\u001b"
    return f"\\u00{match[2]}" if match[2] else match[0]
