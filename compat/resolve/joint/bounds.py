"""Pip's demands on a conda package, as bounds for the conda solver.

A specifier is spelled clause by clause as conda spells the same: ``>=1.26,<2``, ``1.2.*`` for ``==1.2.*`` and
``>=1.4,1.*`` for ``~=1.4``. The two orders differ in pre-releases, post-releases and local labels (PEP 440's ``<2`` does not
admit 2.0rc1, conda's does), so the spelling counts only where it admits the same of the versions that the channels have;
else those versions are listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from packaging.specifiers import Specifier
from packaging.version import Version

from compat.model.conda_order import InvalidVersion
from compat.model.conda_records import CondaChannels, CondaRecord
from compat.model.conda_version import InvalidVersionSpec, VersionSpec, parse_version_spec
from compat.model.matchspec import MatchSpec, find_matchspec
from compat.model.names import CondaName
from compat.model.pythons import PATCHES
from compat.model.requirements import Requirement
from compat.resolve.joint.installed import public_version


class Range(NamedTuple):
    """The versions of one conda package that are left, as conda spells them; ``texts`` are the clauses that say so."""

    allowed: frozenset[str]
    texts: tuple[str, ...] = ()

    def only(self, versions: Collection[str], text: str) -> Range:
        """What is left of *versions*, which *text* spells."""
        return Range(self.allowed & frozenset(versions), tuple(dict.fromkeys((*self.texts, text))))

    def without(self, versions: Collection[str]) -> Range:
        """What is left without *versions*."""
        left = self.allowed - frozenset(versions)
        gone = self.allowed - left
        text = _listed("!=", gone, ",") if len(gone) <= len(left) or not left else _listed("==", left, "|")
        return Range(left, (*self.texts, text))

    def exactly(self, versions: Collection[str]) -> Range:
        """What is left of *versions*, which are listed."""
        text = _listed("==", versions, "|") if versions else _listed("!=", self.allowed, ",")
        return self.only(versions, text)

    def to_constraint(self, name: CondaName) -> str:
        """The bound as the solver takes it."""
        words = (f"({text})" if "|" in text and len(self.texts) > 1 else text for text in self.texts)
        return f"{name}[version='{','.join(words)}']"


#: A choice of ranges: packages that are not named are free.
Box = Mapping[CondaName, Range]


class Shelves:
    """What the channels have of each package for one platform and Python, beside what the request bounds itself."""

    def __init__(self, channels: CondaChannels, subdir: str, python: str, specs: Iterable[str]) -> None:
        self._channels = channels
        self._subdir = subdir
        self.minor = ".".join(python.split(".")[:2])
        self._specs: dict[CondaName, list[MatchSpec]] = {}
        self._known: dict[CondaName, Mapping[str, Version]] = {}
        for spec in filter(None, map(find_matchspec, specs)):
            self._specs.setdefault(spec.name, []).append(spec)

    def versions(self, name: CondaName) -> Mapping[str, Version]:
        """Conda version to PyPI version, of those that can be compared and are for this Python."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = {}
            for record in self._channels.records(name, self._subdir):
                version = public_version(record.version)
                if version is not None and record.version not in found and self._is_possible(record):
                    found = self._known[name] = {**found, record.version: version}
        return found

    def _is_possible(self, record: CondaRecord) -> bool:
        if not all(_matches(spec, record.version, record.build) for spec in self._specs.get(record.name, ())):
            return False
        return not self.minor or all(_admits_python(text, self.minor) for text in record.depends)


def to_bound(demands: Sequence[Requirement], known: Mapping[str, Version]) -> tuple[frozenset[str], str]:
    """The *known* conda versions that all *demands* admit, and how conda spells that."""
    admitted = frozenset(
        text
        for text, version in known.items()
        if all(demand.public.contains(version, prereleases=True) for demand in demands)
    )
    specifiers = sorted({(s.operator, s.version): s for demand in demands for s in demand.public}.items())
    text = ",".join(_to_clause(specifier) for _, specifier in specifiers)
    spec = _parsed_version(text)
    if spec is None or frozenset(one for one in known if spec.matches(one)) != admitted:
        text = _listed("==", admitted, "|") if admitted else _listed("!=", known, ",")
    return admitted, text


def _to_clause(specifier: Specifier) -> str:
    """One clause of a specifier in conda's spelling."""
    operator, version = specifier.operator, specifier.version
    if operator == "~=":
        series = ".".join(version.split(".")[:-1])
        return f">={version},{series}.*"
    if operator == "===":
        return f"=={version}"
    if operator == "==" and version.endswith(".*"):
        return version
    return f"{operator}{version}"


@lru_cache(maxsize=65536)
def _admits_python(text: str, minor: str) -> bool:
    """Whether a dependency is on something else than Python, or on some patch release of *minor*."""
    spec = find_matchspec(text) if text.startswith("python") else None
    if spec is None or spec.name != "python" or _matches(spec, minor, None):
        return True
    return any(_matches(spec, f"{minor}.{patch}", None) for patch in PATCHES)


def _listed(operator: str, versions: Iterable[str], joint: str) -> str:
    return joint.join(f"{operator}{version}" for version in sorted(versions))


def _parsed_version(text: str) -> VersionSpec | None:
    try:
        return parse_version_spec(text)
    except InvalidVersionSpec:
        return None


def _matches(spec: MatchSpec, version: str, build: str | None) -> bool:
    """Whether *spec* may take a record; what cannot be compared may."""
    try:
        return spec.matches(version, build)
    except InvalidVersion:
        return True
