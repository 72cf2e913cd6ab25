"""Which version of a project a file name means. Every file of every page passes here once, so it is quick, not strict.

Sources: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
https://packaging.python.org/en/latest/specifications/source-distribution-format/#source-distribution-file-name
"""

from __future__ import annotations

from packaging.version import Version

from compat.model.names import PyPIName, to_pypi_name
from compat.model.versions import to_version

#: ``.tar.gz`` is the only one of today's; the others stand beside old releases.
SDIST_ENDS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")

#: A wheel's name has five parts, six with a build tag.
WHEEL_DASHES = frozenset({4, 5})


def version_of(name: PyPIName, file: str) -> Version | None:
    """The version of *file*, or None where it is no wheel or sdist of *name*: eggs, installers, odd names."""
    if "/" in file or "\\" in file:
        return None
    if file.endswith(".whl"):
        project, _, rest = file.partition("-")
        if file.count("-") not in WHEEL_DASHES or to_pypi_name(project) != name:
            return None
        return to_version(rest.partition("-")[0])
    ending = next((ending for ending in SDIST_ENDS if file.endswith(ending)), None)
    return None if ending is None else _sdist_version(name, file.removesuffix(ending))


def _sdist_version(name: PyPIName, stem: str) -> Version | None:
    """Old names keep their dashes, so the first part that is *name* ends where the version begins."""
    at = stem.find("-")
    while at > 0:
        if to_pypi_name(stem[:at]) == name:
            return to_version(stem[at + 1 :])
        at = stem.find("-", at + 1)
    return None
