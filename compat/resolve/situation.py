"""What applies on a target: the admitted Pythons, the entries of both parts, and the demands that the solver gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from compat.model.environments import CondaEntry, Environment, PythonBound
from compat.model.names import PyPIName, to_pypi_name
from compat.model.pythons import PATCHES, admits_minor
from compat.model.requirements import PipEntry, Requirement
from compat.model.targets import PYTHON_MINORS, Target

if TYPE_CHECKING:  # read only where there is a matrix or a conda part, or a pip part
    from packaging.specifiers import SpecifierSet

    from compat.model.builds import World
    from compat.model.knowledge import Matrix
    from compat.model.matchspec import MatchSpec
    from compat.model.solutions import Demand, Provided

Minor = tuple[int, int]


def admitted_pythons(
    environment: Environment, target: Target
) -> tuple[tuple[Minor, ...], tuple[CondaEntry | PythonBound, ...], bool]:
    """The Python minors that file and target admit, newest first; the entries that bound them; whether the target did.

    A conda ``python`` requirement decides what is installed, so it goes before the target's ``python=``, which goes
    before ``requires-python``.
    """
    conda = tuple(e for e in environment.conda if e.name == "python" and _on_platform(e, target))
    from_conda = tuple(m for m in PYTHON_MINORS if all(_conda_admits(entry.spec, m) for entry in conda))
    if conda and any(entry.spec.version is not None for entry in conda):
        if target.python in from_conda:
            return (target.python,), conda, True
        return from_conda, tuple(entry for entry in conda if entry.spec.version is not None), False
    if target.python is not None:
        return (target.python,), (), True
    bounds = environment.pythons
    return (
        tuple(m for m in PYTHON_MINORS if all(admits_minor(bound.specifier, m) for bound in bounds)),
        bounds,
        False,
    )


@lru_cache(maxsize=4096)
def _conda_admits(spec: MatchSpec, minor: Minor) -> bool:
    name = f"{minor[0]}.{minor[1]}"
    return any(spec.matches(f"{name}.{patch}") for patch in PATCHES) or spec.matches(name)


def _on_platform(entry: CondaEntry, target: Target) -> bool:
    return not entry.platforms or target.subdir in entry.platforms


def applying_conda(environment: Environment, target: Target) -> tuple[CondaEntry, ...]:
    """The conda entries that no selector excludes on this target."""
    return tuple(entry for entry in environment.conda if _on_platform(entry, target))


def applying_pip(entries: Sequence[PipEntry], target: Target, python: Minor | None) -> tuple[PipEntry, ...]:
    """The pip entries whose marker holds; without *python*, those whose marker holds for some Python."""
    return tuple(entry for entry in entries if _marker_holds(entry.requirement, target, python))


def _marker_holds(requirement: Requirement, target: Target, python: Minor | None) -> bool:
    if requirement.marker is None:
        return True
    text = str(requirement.marker)
    if python is not None:
        return _evaluate(text, requirement, target, python)
    return any(_evaluate(text, requirement, target, minor) for minor in PYTHON_MINORS)


_MARKERS: dict[tuple[str, str, Minor], bool] = {}


def _evaluate(text: str, requirement: Requirement, target: Target, python: Minor) -> bool:
    key = (text, target.subdir, python)
    found = _MARKERS.get(key)
    if found is None:
        assert requirement.marker is not None
        if len(_MARKERS) > 65536:
            _MARKERS.clear()
        # An ``extra`` in a marker of a file is its own scope's business (Poetry writes it); "" never matches one.
        found = _MARKERS[key] = requirement.marker.evaluate(target.markers(python))
    return found


def provided_projects(
    conda: Sequence[CondaEntry], environment: Environment, matrix: Matrix, pip_names: frozenset[PyPIName]
) -> tuple[Provided, ...]:
    """The PyPI projects that the conda entries provide.

    The name table decides. A name that is not in it is taken for the same PyPI name, as assumed, where the matrix
    covers that project or the pip part names it.
    """
    from compat.model.solutions import Provided

    default = next((channel.name for channel in environment.channels), "conda-forge")
    found: list[Provided] = []
    for entry in conda:
        row = matrix.pypi_names(entry.name, entry.spec.channel or default)
        if row is not None:
            found.extend(Provided(name, entry, assumed=False) for name in row.pypi)
            continue
        name = to_pypi_name(entry.name)
        if name in pip_names or matrix.project(name) is not None:
            found.append(Provided(name, entry, assumed=True))
    return tuple(found)


def without_metapackages(provided: Sequence[Provided], matrix: Matrix) -> list[Provided]:
    """*provided* without ``pytorch-cpu`` and its like beside ``pytorch`` itself: their bounds on it differ by build."""
    names: dict[PyPIName, set[str]] = {}
    for item in provided:
        names.setdefault(item.name, set()).add(item.entry.name)
    main = {
        name: next((row.conda for row in matrix.conda_names(name) if row.conda in own), None)
        for name, own in names.items()
        if len(own) > 1
    }
    return [item for item in provided if main.get(item.name) in {None, item.entry.name}]


def worlds_for(pip: Sequence[PipEntry], environment: Environment) -> Callable[[PyPIName], World]:
    """A function from project to where its files come from, remembered per project."""
    from compat.model.builds import NAMED, bound_urls, world_of  # a lock asks indexes, not the matrix of their builds

    bound: dict[PyPIName, list[PipEntry]] = {}
    for entry in pip:
        if entry.index_url:
            bound.setdefault(entry.name, []).append(entry)
    named = {entry.name for entry in pip if entry.requirement.url is not None or entry.editable}
    own = {entry.name: entry.indexes for entry in pip if entry.indexes is not None}
    known: dict[PyPIName, World] = {}

    def world(name: PyPIName) -> World:
        found = known.get(name)
        if found is None:
            urls = bound_urls(tuple(bound.get(name, ())))
            found = known[name] = NAMED if name in named else world_of(name, urls, own.get(name, environment.indexes))
        return found

    return world


def pip_demand(entry: PipEntry) -> Demand:
    """A pip requirement as a demand.

    A wheel given by URL is its version, and its label chooses no index. Sources given by URL (an archive, a
    repository) or path have a version that only building them would tell, so they admit every one.
    """
    from compat.model.solutions import Demand
    from compat.model.wheel_urls import is_source, is_wheel_url

    requirement = entry.requirement
    if requirement.url is not None and is_wheel_url(requirement.url) and not entry.editable:
        return Demand(requirement._replace(labels=()), entry, None)
    if is_source(entry):
        requirement = requirement._replace(specifier=_any(), public=_any(), labels=())
    return Demand(requirement, entry, None)


def conda_demand(provided: Provided) -> Demand:
    """A conda requirement as a demand on the PyPI project it provides; the MatchSpec itself judges versions."""
    from compat.model.solutions import Demand

    text = f"conda {provided.entry.spec.text}"
    requirement = Requirement(provided.name, frozenset(), _any(), _any(), (), None, None, text)
    return Demand(requirement, provided.entry, None)


@lru_cache(maxsize=1)
def _any() -> SpecifierSet:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet()
