"""Shell scripts: the simple commands in them, and what those install.

Nothing is run and no file is looked at. Any text can be read, and takes time in proportion to its length.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from compat.formats.found import ToPlace
from compat.formats.shell.exec_form import read_exec, read_words
from compat.formats.shell.scope import Scope
from compat.formats.shell.script import Script
from compat.model.containers import Command

__all__ = ["read_exec", "read_script", "read_words"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


def read_script(text: str, to_place: ToPlace, variables: Mapping[str, str] = _NOTHING) -> tuple[Command, ...]:
    """The simple commands of *text*, in order; those of branches are guarded, and loops over known words are unrolled.

    *to_place* turns offsets of *text* into places; a ``RUN`` line comes joined, without the backslashes and comments
    between its lines, because docker joins inside single quotes, too. *variables* are the environment that the script
    starts with: they fill in ``$NAME``, and those that pip, uv and conda read count as their options. The names of a
    workflow engine's expressions may be among them: ``matrix.torch`` for ``${{ matrix.torch }}``.
    """
    found: list[Command] = []
    Script(text, to_place, Scope(text, variables), found).read()
    return tuple(found)
