"""What is known of the conda part of a lock on a target: which projects conda installs, and what the machine has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from compat.lock import ReadLock, records_for
from compat.model.knowledge import Matrix
from compat.model.names import PyPIName, to_pypi_name
from compat.model.targets import PYTHON_MINORS, Target
from compat.resolve.conda.virtual_packages import states_machine, virtual_packages
from compat.resolve.joint.installed import installed_projects, public_version
from compat.resolve.pip.wheel_fit import Fit, parse_wheel


def installed_by(lock: ReadLock, target: Target, matrix: Matrix) -> dict[PyPIName, str]:
    """The projects that the conda part of *lock* installs on *target*, with their versions, "" where not known.

    An environment.yml says of a package neither whether it is for Python nor what it needs: then the name speaks for it.
    """
    records = [each.record for each in records_for(lock, target)]
    projects = installed_projects(records, matrix).projects
    found = {name: str(one.version) if one.version is not None else "" for name, one in projects.items()}
    bare = records if lock.kind == "environment" else ()
    return {to_pypi_name(one.name): str(public_version(one.version) or "") for one in bare} | found


def locked_pythons(lock: ReadLock, target: Target) -> tuple[tuple[int, int], ...]:
    """The Python that the conda part of *lock* installs on *target*; none where it has none that is known."""
    versions = {each.record.version for each in records_for(lock, target) if each.record.name == "python"}
    names = {f"{python[0]}.{python[1]}": python for python in PYTHON_MINORS}
    return tuple(names[minor] for version in versions if (minor := ".".join(version.split(".")[:2])) in names)


def machine_of(target: Target, matrix: Matrix) -> Mapping[str, str]:
    """The virtual packages that *target* itself claims, with their versions; "" for one that it says it lacks."""
    found = {package.name: package.version for package in virtual_packages(target, matrix)}
    return {name: found.get(name, "") for name in ("__cuda", "__glibc") if states_machine(target, name)}


def fits(name: str, target: Target) -> int | None:
    """How well the wheel of this name fits *target*, which has a Python, the best lowest; None where it does not."""
    wheel = parse_wheel(name)
    return _fit(target).rank(wheel.tags) if wheel is not None else None


@lru_cache(maxsize=128)
def _fit(target: Target) -> Fit:
    assert target.python is not None  # filled in
    return Fit(target, target.python)
