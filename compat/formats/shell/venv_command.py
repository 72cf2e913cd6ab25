"""`python -m venv`, `virtualenv`, and the Python that such a command asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from compat.formats.shell.arguments import Grammar, read_arguments
from compat.formats.shell.gathered import Gathered
from compat.formats.shell.installs import Call, arguments_of
from compat.formats.shell.prefixes import to_prefix
from compat.model.containers import Install

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_GRAMMAR = Grammar(
    frozenset({"prompt", "python", "app-data", "pip", "setuptools", "wheel", "creator", "seeder", "extra-search-dir"}),
    frozenset({"system-site-packages", "symlinks", "copies", "clear", "upgrade", "without-pip", "always-copy"}),
    {"p": "python", "q": "quiet"},
)
_VERSION = re.compile(r"(?:.*/)?(?:c?python[@-]?)?(\d+\.\d+(?:\.\d+)?)(?:-.*)?")


def read_venv(call: Call) -> Install | None:
    """The environment that `venv` or `virtualenv` makes; of several folders the first."""
    arguments = read_arguments(arguments_of(call), _GRAMMAR)
    if not arguments.operands:
        return None
    prefix, python = to_prefix(arguments.operands[0].text), to_python(arguments.last("python"))
    return Gathered(call).to_install("pip", "create", arguments, prefix=prefix, python=python)


def to_python(text: str) -> SpecifierSet | None:
    """The Pythons that ``3.11``, ``>=3.10``, ``cpython-3.11`` or ``/usr/bin/python3.11`` stands for; None where it is open."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if match := _VERSION.fullmatch(text):
        return SpecifierSet(f"=={match[1]}" if match[1].count(".") == 2 else f"=={match[1]}.*")
    if not re.match(r"[<>=~!]", text):
        return None
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None
