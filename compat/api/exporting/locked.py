"""Locks as a plan: the packages of each target, read from one lock or from several that belong together."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from compat.api.exporting.cuda import find_cuda
from compat.api.exporting.options import ExportOptions
from compat.api.exporting.packages import Sizes, collect_sizes, group_conda, group_pip, member_path
from compat.api.exporting.shared import is_package, one_python, refuse_shared
from compat.api.files import DiskFiles
from compat.api.locking.reading import read_lock
from compat.api.locking.sides import locked_pythons
from compat.api.roots import DEFAULT_TARGETS, parse_targets
from compat.export.plan import ARCHITECTURES, ExportPlan, Group, PlannedTarget
from compat.formats import read
from compat.lock import ReadLock, ReadPackage, records_for
from compat.model.environments import Index
from compat.model.errors import CompatError, UsageError
from compat.model.knowledge import Matrix
from compat.model.names import to_pypi_name
from compat.model.targets import SUBDIRS, Target
from compat.model.words import dotted, listed
from compat.resolve.conda.virtual_packages import find_cuda as find_virtual_cuda
from compat.resolve.pip.wheel_fit import with_glibc

#: Locks that hold names and versions alone.
_WITHOUT_FILES = "environment"
#: The CUDA run-time library as a wheel, without which a project looks for that of the system.
_RUNTIME = ("nvidia-cuda-runtime", "cuda-toolkit")


def read_locked(paths: Sequence[str], options: ExportOptions, matrix: Matrix) -> ExportPlan:
    """The plan of the locks at *paths*. Raises: UsageError, FileProblem."""
    found = [read_lock(path) for path in paths]
    _refuse_unusable(found)
    texts = options.stated or _own_texts(found, options)
    targets = [_filled(target, found, matrix) for target in parse_targets(texts, matrix)]
    linux = [target for target in targets if target.subdir in ARCHITECTURES]
    refuse_shared(linux)
    holding = [target for target in linux if any(lock.gap(target) is None for lock in found)]
    if not holding or (options.targets and len(holding) < len(linux)):
        refused = next(target for target in linux if target not in holding)
        raise UsageError(f"`{paths[0]}` is not for `{refused.text}`: {found[0].gap(refused)}")
    sizes = _sizes_beside(paths, found)
    planned = tuple(_planned(target, found, options, sizes, matrix) for target in holding)
    left = [target.text for target in targets if target not in holding]
    notes = [
        f"left out, as images are for Linux and for what is locked: {listed([f'`{text}`' for text in left])}"
    ] * bool(left)
    return ExportPlan(
        name="",
        kind="conda" if any(group.manager == "conda" for each in planned for group in each.groups) else "pip",
        python=one_python(holding),
        targets=planned,
        inputs=tuple(paths),
        folder=os.path.dirname(paths[0]) or ".",
        locks=tuple(paths),
        needs_gpu=any(each.cuda is not None or each.target.wants_gpu for each in planned),
        members=members_of(found),
        extras=tuple(options.extras),
        groups=tuple(options.groups),
        notes=tuple(notes),
    )


def members_of(found: Sequence[ReadLock]) -> tuple[str, ...]:
    """The projects of this repository that are installed, by their folders."""
    paths = dict.fromkeys(path for lock in found for each in lock.packages if (path := member_path(each)))
    folder = os.path.dirname(found[0].path)
    return tuple(path for path in paths if is_package(os.path.join(folder, path)))


def _refuse_unusable(found: Sequence[ReadLock]) -> None:
    for lock in found:
        if lock.kind == _WITHOUT_FILES:
            raise UsageError(
                f"`{lock.path}` names no files to download",
                hint="name the conda-lock.yml or the conda-NAME.lock that `compat lock` writes",
            )
        if not lock.packages and not lock.conda:
            raise UsageError(f"`{lock.path}` locks nothing")


def _own_texts(found: Sequence[ReadLock], options: ExportOptions) -> tuple[str, ...]:
    """The targets that locks name, else the platforms that they hold, else the usual ones that one of them is for."""
    named = [text for lock in found for _, text in lock.targets]
    named = named or [subdir for lock in found for subdir in lock.subdirs if subdir in SUBDIRS] or list(DEFAULT_TARGETS)
    return ExportOptions(tuple(dict.fromkeys(named)), options.python).stated


def _filled(target: Target, found: Sequence[ReadLock], matrix: Matrix) -> Target:
    """*target* with what the lock for its platform says where the call does not, and a Python."""
    texts = [text for lock in found for _, text in lock.targets if text.split(",")[0] == target.subdir]
    own = parse_targets(tuple(dict.fromkeys(texts)), matrix) if texts else ()
    if len(own) == 1:
        given = {field: value for field, value in target._asdict().items() if value not in (None, "")}
        target = own[0]._replace(**given)
    pythons = [python for lock in found for python in locked_pythons(lock, target)]
    python = target.python or next(iter(pythons), None) or _lowest_python(found) or sys.version_info[:2]
    return with_glibc(target)._replace(python=python)


def _lowest_python(found: Sequence[ReadLock]) -> tuple[int, int] | None:
    """The lowest that the locks admit, as `lock` itself takes it."""
    from compat.model.pythons import admits_minor
    from compat.model.targets import PYTHON_MINORS

    bounds = [lock.requires_python for lock in found if lock.requires_python is not None]
    admitted = [minor for minor in PYTHON_MINORS if all(admits_minor(bound, minor) for bound in bounds)]
    return admitted[-1] if bounds and admitted else None


def _planned(
    target: Target, found: Sequence[ReadLock], options: ExportOptions, sizes: Sizes, matrix: Matrix
) -> PlannedTarget:
    here = [lock for lock in found if lock.gap(target) is None]
    groups = tuple(_groups(target, here, options, sizes))
    planned = PlannedTarget(target, groups)
    cuda, origin = find_cuda(planned.versions(), target.subdir, matrix)
    virtual = find_virtual_cuda(target, matrix)
    if virtual is None and any(group.name == "conda-cuda" for group in groups):
        virtual = cuda  # somebody else's lock, which does not say what it was solved for
    return planned._replace(
        cuda=cuda,
        cuda_from=origin,
        conda_cuda=dotted(virtual) if virtual is not None else "",
        brings_cuda=any(name.startswith(_RUNTIME) for name in planned.versions()),
    )


def _groups(target: Target, here: Sequence[ReadLock], options: ExportOptions, sizes: Sizes) -> Iterator[Group]:
    extras, groups = (frozenset(map(to_pypi_name, names)) for names in (options.extras, options.groups))
    records = [record for lock in here for record in records_for(lock, target)]
    for each in records:
        if "://" not in each.record.url:
            raise UsageError(
                f"{each.place}: `{each.record.name}` is built from source, which no image here does",
                hint="publish it to a channel, and lock again",
            )
    yield from group_conda(records, sizes)
    packages: list[ReadPackage] = [one for lock in here for one in lock.for_target(target, extras, groups)]
    indexes = [index for lock in here for index in _indexes(lock)]
    yield from group_pip(packages, target, sizes, tuple(dict.fromkeys(indexes)))


def _indexes(lock: ReadLock) -> Iterator[str]:
    """Those that the options of a requirements file name; other formats say it of each package."""
    from compat.model.builds import classify

    if lock.kind != "requirements":
        return
    found: tuple[Index, ...] = read(lock.path, DiskFiles().read(lock.path), "requirements").indexes
    yield from (index.url for index in found if index.role in ("index", "extra") and classify(index.url).kind != "pypi")


def _sizes_beside(paths: Sequence[str], found: Sequence[ReadLock]) -> Sizes:
    """What these locks say of the sizes of files, else those beside them: two of the formats say it, the others do not."""
    folder = os.path.dirname(paths[0])
    others: list[ReadLock] = []
    for name in ("pylock.toml", "pixi.lock"):
        path = os.path.join(folder, name)
        if path not in paths and os.path.isfile(path):
            try:
                others.append(read_lock(path))
            except CompatError:
                continue  # nobody named it
    locks = [*others, *found]
    return collect_sizes(
        (one for lock in locks for one in lock.packages), (one for lock in locks for one in lock.conda)
    )
