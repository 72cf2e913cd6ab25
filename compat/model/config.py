"""What a project has settled in ``[tool.compat]``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_NONE: Mapping[str, str] = MappingProxyType({})


class Config(NamedTuple):
    """Every field has a default, so that no file is a configuration too.

    ``select`` is empty for all rules. ``ignore`` maps codes to reasons ("" where none is given), ``names`` conda names
    to the PyPI projects they stand for, ``relax`` packages (or ``default``) to policies.
    """

    targets: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = _NONE
    fail_on: str = "error"
    names: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    relax: Mapping[str, str] = _NONE
    path: str | None = None
