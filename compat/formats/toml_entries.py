"""What the readers of TOML files share: looking into tables whose shape nobody has checked, and taking requirements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from compat.formats.found import Found
from compat.formats.pip_line import find_specifier
from compat.formats.pip_urls import strip_credentials, with_file_version
from compat.formats.repairs import explain
from compat.model.environments import Index, PythonBound
from compat.model.places import Place
from compat.model.requirements import InvalidRequirement, PipEntry, parse_requirement
from compat.text.toml import Route, Toml

_TEMPLATE = re.compile(r"\{\{|\{%|\$\{")


def table(data: object, *keys: str) -> Mapping[str, Any]:
    """The table that *keys* lead to; an empty one where there is none, or something else."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def strings(data: object) -> list[str]:
    """The strings of a list; a string alone counts as a list of one."""
    if isinstance(data, str):
        return [data]
    return [item for item in data if isinstance(item, str)] if isinstance(data, list) else []


class TomlEntries:
    """A TOML file and what was found in it."""

    def __init__(self, toml: Toml) -> None:
        self.toml = toml
        self.found = Found(toml.source)

    def read_list(self, route: Route, value: object, *, scope: str = "", constraint: bool = False) -> None:
        """Take a list of PEP 508 requirements; tables in it are left to the caller."""
        if value is not None and not isinstance(value, list):
            self.problem("invalid", f"`{route[-1]}` is no list", route)
            return
        for number, item in enumerate(value or ()):
            if isinstance(item, str):
                self.read_requirement((*route, number), item, scope=scope, constraint=constraint)
            elif not isinstance(item, dict):
                self.problem("invalid", f"`{item}` is no requirement, which is a string", (*route, number))

    def read_requirement(self, route: Route, text: str, *, scope: str = "", constraint: bool = False) -> None:
        """Take one PEP 508 requirement, spelled by the string at *route*."""
        place = self.toml.content(route)
        try:
            requirement = parse_requirement(text)
        except InvalidRequirement:
            if _TEMPLATE.search(text):
                self.found.add_problem("odd", f"`{text}` is filled in elsewhere: not judged", place)
            else:
                message, hint = explain(text)
                self.found.add_problem("invalid", message, place, hint)
            return
        if requirement.url is not None:
            requirement = with_file_version(requirement)
        span = None if requirement.url is not None else find_specifier(text)
        version = None
        if span is not None and self.toml.is_verbatim(route, text[: span[1]]) and place.column is not None:
            version = Place(place.path, place.line, place.column + span[0], place.line, place.column + span[1])
        self.found.pip.append(PipEntry(requirement, place, scope, constraint, version_place=version))

    def read_python(self, route: Route, text: object, scope: str = "") -> None:
        """Take a PEP 440 bound on Python."""
        if not isinstance(text, str):
            return
        try:
            specifier = SpecifierSet(text)
        except InvalidSpecifier:
            self.problem("invalid", f"`{text}` is no version specifier", route)
            return
        self.found.pythons.append(PythonBound(specifier, self.toml.content(route), text, scope))

    def read_urls(self, role: str, route: Route, value: object, scope: str = "") -> None:
        """Take one or more URLs in the role of an index; pixi spells some as ``{url = ...}`` or ``{path = ...}``."""
        for steps, url in _urls(value):
            place = self.toml.content((*route, *steps))
            self.found.indexes.append(Index(role, strip_credentials(url), place, scope))

    def problem(self, kind: str, message: str, route: Route, hint: str | None = None) -> None:
        """Note a problem at the value of *route*."""
        self.found.add_problem(kind, message, self.toml.content(route), hint)


def _urls(value: object) -> Iterator[tuple[Route, str]]:
    """The URLs in a value that is one, a list of them, or tables with one each; with the steps that lead to each."""
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from (((number, *steps), url) for steps, url in _urls(item))
    elif isinstance(value, dict):
        yield from (((key,), value[key]) for key in ("url", "path") if isinstance(value.get(key), str))
