"""What is exported: an input or a lock, as a plan that the writers of files go by."""

from __future__ import annotations

import os
import re

from compat.api.exporting.cuda import find_cuda
from compat.api.exporting.locked import read_locked
from compat.api.exporting.locks import current_locks, family_of_lock
from compat.api.exporting.names import find_main, find_name, module_of
from compat.api.exporting.options import ExportOptions
from compat.api.exporting.shared import is_package, one_python, refuse_shared
from compat.api.locking.inputs import Inputs, read_inputs
from compat.api.locking.options import LockOptions
from compat.api.locking.reading import is_lock_file
from compat.api.project import config as find_config
from compat.api.roots import load
from compat.export.plan import ARCHITECTURES, ExportPlan, PlannedTarget
from compat.lock.pip.requirements_reader import pinned_version
from compat.model.environments import CondaEntry
from compat.model.errors import UsageError
from compat.model.knowledge import Matrix
from compat.model.targets import Target
from compat.model.words import dotted
from compat.resolve.conda.virtual_packages import find_cuda as find_virtual_cuda

__all__ = ["ExportOptions", "read_input"]

#: conda packages by which an environment asks for builds with CUDA.
_CUDA_SELECTORS = frozenset({"cuda-version", "pytorch-cuda", "cudatoolkit"})
#: Extras that bring the CUDA libraries as wheels: of TensorFlow, JAX and CuPy.
_WITH_CUDA = frozenset({"and-cuda", "cuda", "cuda12", "cuda13", "ctk"})


def read_input(path: str, options: ExportOptions = ExportOptions()) -> ExportPlan:  # noqa: B008 - a constant
    """What an image of the environment at *path* is made from: a lock, or a file whose lock stands beside it, or not.

    Targets are those of *options*, else those that the lock is for, else those of the project, else both architectures
    of Linux; others than Linux are left out, and a note says so.

    Raises: UsageError for what cannot be exported, FileProblem for a file that does not parse.
    """
    if not os.path.exists(path):
        raise UsageError(f"`{path}` does not exist")
    if os.path.isdir(path):
        raise UsageError(f"`{path}` is a folder", hint="name an environment.yml, a requirements file or a lock in it")
    matrix, _ = load(find_config([path]).names)
    if is_lock_file(path):
        return _named(read_locked(family_of_lock(path), options, matrix), path, options, None)
    asked = LockOptions(targets=options.stated, extras=options.extras, groups=options.groups)
    inputs, notes = read_inputs([path], asked)
    chosen = current_locks(path, asked, conda=inputs.needs_conda)
    notes = (*notes, *chosen.notes)
    if chosen.paths:
        plan = read_locked(chosen.paths, options, matrix)
        plan = plan._replace(inputs=tuple(document.path for document in inputs.documents), notes=(*notes, *plan.notes))
    else:
        plan = _unlocked(path, inputs, options, matrix)
        plan = plan._replace(notes=(*notes, *plan.notes, _advice(path)))
    return _named(plan, path, options, inputs)


def _advice(path: str) -> str:
    return f"{path} is not locked, so that every build may install something else: `compat lock {path}` makes it repeatable"


def _unlocked(path: str, inputs: Inputs, options: ExportOptions, matrix: Matrix) -> ExportPlan:
    """The input as it is: what it installs is only known once it is installed."""
    if os.path.basename(path) in ("pixi.toml", "mojoproject.toml"):
        raise UsageError(f"`{path}` has no lock that does for it", hint=f"compat lock --format pixi {path}")
    targets = [target for target in inputs.targets if target.subdir in ARCHITECTURES]
    refuse_shared(targets)
    notes = [f"{target.text}: images are for Linux" for target in inputs.targets if target not in targets]
    planned = tuple(_guess(target, inputs, matrix) for target in targets)
    return ExportPlan(
        name="",
        kind="conda" if inputs.has_conda else "pip",
        python=one_python(targets),
        targets=planned,
        inputs=tuple(document.path for document in inputs.documents),
        folder=os.path.dirname(path) or ".",
        needs_gpu=any(each.cuda is not None or each.target.wants_gpu for each in planned),
        members=_members_of(path, inputs),
        from_sources=bool(inputs.environment.members),
        extras=tuple(options.extras),
        groups=tuple(options.groups),
        notes=tuple(notes),
    )


def _guess(target: Target, inputs: Inputs, matrix: Matrix) -> PlannedTarget:
    """What exact pins tell: ranges say nothing of the CUDA that is taken."""
    asked = {str(entry.name): _conda_pin(entry) for entry in inputs.environment.conda}
    entries = [entry for entry in inputs.environment.pip if not entry.constraint]
    asked |= {str(entry.name): pinned_version(entry) for entry in entries}
    cuda, origin = find_cuda(asked, target.subdir, matrix)
    virtual = find_virtual_cuda(target, matrix)
    if virtual is None and any(entry.name in _CUDA_SELECTORS for entry in inputs.environment.conda):
        virtual = cuda
    return PlannedTarget(
        target,
        cuda=cuda,
        cuda_from=origin,
        conda_cuda=dotted(virtual) if virtual is not None else "",
        asked=tuple(asked.items()),
        brings_cuda=any(_WITH_CUDA & entry.requirement.extras for entry in entries),
    )


def _conda_pin(entry: CondaEntry) -> str:
    """The version of ``pytorch-cuda=12.1``, fuzzy or exact; "" for a range."""
    match = re.search(r"(?<![<>!~=])==?[ ]*(\d[\w.]*)", entry.spec.text)
    return match[1] if match else ""


def _members_of(path: str, inputs: Inputs) -> tuple[str, ...]:
    """The project that a pyproject.toml describes; folders that a requirements file names are in that file."""
    kinds = {document.path: document.kind for document in inputs.documents}
    is_project = kinds.get(path.replace(os.sep, "/")) == "pyproject" and is_package(os.path.dirname(path))
    return (".",) if is_project else ()


def _named(plan: ExportPlan, path: str, options: ExportOptions, inputs: Inputs | None) -> ExportPlan:
    """*plan* with what it is called, and what a check of the image imports."""
    versions = {name: version for each in plan.targets for name, version in each.versions().items()}
    main = find_main(versions, [str(e.name) for e in inputs.environment.pip] if inputs is not None else [])
    members = plan.members
    if inputs is not None and not members and plan.is_locked:
        members = _members_of(path, inputs)
    return plan._replace(
        name=options.name or find_name(path, inputs),
        main=main,
        module=module_of(main),
        members=members,
    )
