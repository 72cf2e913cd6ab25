"""The configuration: ``[tool.compat]`` of pyproject.toml, or the top level of compat.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from compat.model.config import Config
from compat.model.errors import UsageError
from compat.text.source import decode
from compat.text.toml import Route, Toml, parse

_KEYS = ("targets", "select", "ignore", "fail-on", "names", "relax")
_SEVERITIES = ("error", "warning", "info")
_POLICIES = ("patch", "minor", "major", "matrix")


def read_config(path: str, data: bytes) -> Config | None:
    """The configuration in *data*, or None for a pyproject.toml that has none.

    Raises: FileProblem where the file does not parse; UsageError, naming file and line, for a key that is unknown or
    has the wrong type.
    """
    toml = parse(decode(path, data))
    route: Route = ()
    table: object = toml.data
    if path.replace("\\", "/").rpartition("/")[2] == "pyproject.toml":
        route = ("tool", "compat")
        tool = toml.data.get("tool")
        table = tool.get("compat") if isinstance(tool, dict) else None
        if table is None:
            return None
    if not isinstance(table, dict):
        _refuse(toml, route, "`compat` is no table")
    return _Reader(toml, route).read(table)


class _Reader:
    def __init__(self, toml: Toml, route: Route) -> None:
        self.toml = toml
        self.route = route

    def read(self, table: Mapping[str, Any]) -> Config:
        for key in table:
            if key not in _KEYS:
                self.refuse((key,), f"unknown key `{key}`", _nearest(key, _KEYS))
        return Config(
            targets=self._strings(("targets",), table.get("targets", [])),
            select=self._codes(("select",), table.get("select", [])),
            ignore=self._ignore(table.get("ignore", {})),
            fail_on=self._choice(("fail-on",), table.get("fail-on", "error"), _SEVERITIES),
            names={
                name.lower(): self._strings(("names", name), value)
                for name, value in self._table("names", table.get("names", {})).items()
            },
            relax={
                name: self._choice(("relax", name), value, _POLICIES)
                for name, value in self._table("relax", table.get("relax", {})).items()
            },
            path=self.toml.source.path,
        )

    def _ignore(self, value: object) -> dict[str, str]:
        """A table of codes and reasons, or a plain list of codes."""
        if isinstance(value, list):
            return dict.fromkeys(self._codes(("ignore",), value), "")
        found: dict[str, str] = {}
        for code, reason in self._table("ignore", value).items():
            if not isinstance(reason, str):
                self.refuse(("ignore", code), f"the reason for ignoring `{code}` is no text")
            found[code.upper()] = reason
        return found

    def _table(self, key: str, value: object) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.refuse((key,), f"`{key}` is no table")
        return value

    def _strings(self, route: Route, value: object) -> tuple[str, ...]:
        if isinstance(value, str) and route[0] == "names":
            return (value,)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(route, f"`{route[-1]}` is no list of strings")
        return tuple(value)

    def _codes(self, route: Route, value: object) -> tuple[str, ...]:
        return tuple(code.upper() for code in self._strings(route, value))

    def _choice(self, route: Route, value: object, known: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in known:
            self.refuse(
                route, f"`{route[-1]}` is `{value}`", _nearest(str(value), known) or f"one of {', '.join(known)}"
            )
        return value

    def refuse(self, route: Route, message: str, hint: str | None = None) -> NoReturn:
        _refuse(self.toml, (*self.route, *route), message, hint)


def _refuse(toml: Toml, route: Route, message: str, hint: str | None = None) -> NoReturn:
    place = toml.key(route)
    raise UsageError(f"{place.path}:{place.line}: {message}", hint=hint)


def _nearest(word: str, known: tuple[str, ...]) -> str | None:

    import difflib

    near = difflib.get_close_matches(word.replace("_", "-").lower(), known, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else None
