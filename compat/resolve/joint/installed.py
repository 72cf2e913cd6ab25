"""What the records of a conda solution are to pip: projects that are installed, each at one version.

Which projects a record provides is told by the user's own names, else by its purls, else by the table of names, else it is
assumed for a record that needs Python that it bears the project's name. Its version counts as the version of PEP 440 that
it spells: recipes take over what upstream calls a release. A local label (``2.5.1+cu121``) names a build and is left out.
What is no version there (``9e``, ``1.0_1``), and the version of a second project in one row of the table, is not known:
such a project satisfies every requirement, and each that asks for a version gets a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol
from urllib.parse import unquote

from packaging.version import Version

from compat.model.conda_order import InvalidVersion
from compat.model.conda_records import CondaRecord
from compat.model.joint import Installed, InstalledPart
from compat.model.knowledge import NameMapping
from compat.model.matchspec import parse_matchspec
from compat.model.names import CondaName, PyPIName, to_pypi_name
from compat.model.versions import to_version

#: ``pkg:pypi/numpy@2.1.0?source=hash-mapping``.
_PURL = re.compile(r"pkg:pypi/([^@?#]+)(?:@([^?#]*))?")
_NEEDS_PYTHON = re.compile(r"python(?=[\s=<>!~\[]|$)")
_CONFIGURED = "configuration"


class Names(Protocol):
    """The questions to the matrix that are asked here."""

    def pypi_names(self, name: CondaName, channel: str = "conda-forge") -> NameMapping | None: ...

    def conda_names(self, name: PyPIName) -> tuple[NameMapping, ...]: ...


def installed_projects(records: Sequence[CondaRecord], names: Names) -> InstalledPart:
    """The projects that *records* provide, each by one of them."""
    by_name = {record.name: record for record in records}
    found: dict[PyPIName, list[Installed]] = {}
    for record in records:
        for one in _provided(record, names, by_name):
            found.setdefault(one.name, []).append(one)
    projects = {name: _main(found[name], names) for name in sorted(found)}
    python = by_name.get(CondaName("python"))
    return InstalledPart(projects, python.version if python is not None else "")


def public_version(text: str) -> Version | None:
    """A conda version as one of PEP 440, without local label; None where it is none."""
    found = to_version(text)
    return found if found is None or found.local is None else Version(found.public)


def channel_name(channel: str) -> str:
    """The name of a channel in the tables: ``main`` of ``https://repo.anaconda.com/pkgs/main``."""
    return channel.rstrip("/").rpartition("/")[2]


def _provided(record: CondaRecord, names: Names, records: Mapping[CondaName, CondaRecord]) -> Iterator[Installed]:
    row = names.pypi_names(record.name, channel_name(record.channel))
    purls = [match for match in map(_PURL.match, record.purls) if match is not None]
    if purls and (row is None or row.fact.source != _CONFIGURED):
        for match in purls:
            version = unquote(match[2]) if match[2] else record.version
            yield Installed(to_pypi_name(unquote(match[1])), public_version(version), record)
    elif row is not None:
        for name in row.pypi:
            rows = [one for one in names.conda_names(name) if one.conda == record.name]
            if _holds(record, rows, records):
                is_main = any(_namesake(one) == name for one in rows)
                yield Installed(name, public_version(record.version) if is_main else None, record)
    elif record.noarch == "python" or any(map(_NEEDS_PYTHON.match, record.depends)):
        yield Installed(to_pypi_name(record.name), public_version(record.version), record, assumed=True)


def _namesake(row: NameMapping) -> PyPIName:
    """The project whose version the package has: that of its name (``jaxlib`` brings the plugin, too), else the first."""
    own = to_pypi_name(row.conda)
    return own if own in row.pypi else row.pypi[0]


def _holds(record: CondaRecord, rows: Iterable[NameMapping], records: Mapping[CondaName, CondaRecord]) -> bool:
    """Whether what *rows* say besides is so: cupy is cupy-cuda12x only with ``cuda-version=12``."""
    for text in (text for row in rows for text in row.implies):
        spec = parse_matchspec(text)
        other = record if spec.name == record.name else records.get(spec.name)
        try:
            if other is None or not spec.matches(other.version, other.build):
                return False
        except InvalidVersion:
            return False
    return True


def _main(found: Sequence[Installed], names: Names) -> Installed:
    """The record that is the project itself, where others (``pytorch-gpu``) only bring it along.

    The table says which that is; another one of the project's own name (``pyarrow`` beside ``pyarrow-core``) is what
    the files name, and as good where its version is the same.
    """
    if len(found) == 1:
        return found[0]
    order = [row.conda for row in names.conda_names(found[0].name)]
    rank = {conda: number for number, conda in reversed(list(enumerate(order)))}
    main = min(found, key=lambda one: (one.assumed, rank.get(one.record.name, len(rank)), one.record.name))
    namesake = next((one for one in found if str(one.record.name) == one.name and one.version == main.version), main)
    return namesake._replace(assumed=main.assumed)
