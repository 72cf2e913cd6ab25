"""Environment markers as conda-lock judges them when it reads a file, before there is a Python.

It knows three variables; whatever names another one holds.
Source: https://conda.github.io/conda-lock/src_environment_yml/
"""

from __future__ import annotations

import re

_SYSTEMS = {
    "linux": ("linux", "Linux", "posix"),
    "osx": ("darwin", "Darwin", "posix"),
    "win": ("win32", "Windows", "nt"),
}
_KEYS = ("sys_platform", "platform_system", "os_name")
_TOKEN = re.compile(
    r"\s*(?:(?P<sign>[()])|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<word>not\s+in\b|[A-Za-z_][\w.]*)|(?P<comparison>===|[=!~<>]=|[<>]))"
)


def counts(marker: str, platform: str) -> bool:
    """Whether conda-lock keeps a requirement with *marker* on *platform*.

    Where the marker cannot be read, it counts.
    """
    values = dict(zip(_KEYS, _SYSTEMS.get(platform.partition("-")[0], ("", "", "")), strict=True))
    tokens = _tokens(marker)
    return _Reader(tokens, values).disjunction() if tokens else True


def _tokens(marker: str) -> list[str]:
    found, at = [], 0
    while at < len(marker.rstrip()):
        match = _TOKEN.match(marker, at)
        if match is None:
            return []
        found.append(match[0].strip())
        at = match.end()
    return found


class _Reader:
    """``and`` binds closer than ``or``. Both sides are always read."""

    def __init__(self, tokens: list[str], values: dict[str, str]) -> None:
        self._tokens = tokens
        self._values = values

    def disjunction(self) -> bool:
        holds = self._conjunction()
        while self._take("or"):
            holds = self._conjunction() or holds
        return holds

    def _conjunction(self) -> bool:
        holds = self._atom()
        while self._take("and"):
            holds = self._atom() and holds
        return holds

    def _atom(self) -> bool:
        if self._take("("):
            holds = self.disjunction()
            self._take(")")
            return holds
        if len(self._tokens) < 3:
            self._tokens.clear()
            return True
        left, operator, right = self._tokens[:3]
        del self._tokens[:3]
        if left[:1] in "'\"":
            left, right = right, left
        return self._compare(left, " ".join(operator.split()), right.strip("'\""))

    def _compare(self, key: str, operator: str, text: str) -> bool:
        value = self._values.get(key.replace(".", "_"))
        if value is None:
            return True
        if operator in ("in", "not in"):
            among = value in re.split(r"[ ,|]+", text)
            return among if operator == "in" else not among
        return value != text if operator == "!=" else value == text

    def _take(self, word: str) -> bool:
        if self._tokens[:1] != [word]:
            return False
        del self._tokens[0]
        return True
