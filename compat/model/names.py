"""Package names: two kinds that never mix.

A PyPI name is compared after normalisation; a conda name is lower case and otherwise taken as written, so
``ruamel.yaml`` and ``ruamel-yaml`` are one PyPI project but two conda packages. What maps one to the other is
a table with sources (``Matrix.pypi_names``), never a guess by spelling.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NewType

#: A project name, normalised by https://packaging.python.org/en/latest/specifications/name-normalization/
PyPIName = NewType("PyPIName", str)

#: A conda package name as a channel spells it, lower case.
CondaName = NewType("CondaName", str)

_SEPARATORS = re.compile(r"[-_.]+")


@lru_cache(maxsize=65536)
def to_pypi_name(text: str) -> PyPIName:
    """The normalised form of a project name: ``Flash_Attn`` is ``flash-attn``."""
    return PyPIName(_SEPARATORS.sub("-", text).lower())


def to_conda_name(text: str) -> CondaName:
    """A conda name in lower case; conda keeps dots, dashes and underscores apart."""
    return CondaName(text.lower())
