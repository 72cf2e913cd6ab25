"""``compat export argo``: environments, the machines they are for and the repository they are in, as a workflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from compat.api.exporting.naming import demand_name
from compat.api.exporting.reading import read_input
from compat.api.exporting.repository import find_clone
from compat.model.errors import UsageError
from compat.version import __version__

if TYPE_CHECKING:
    from compat.api.exporting.options import ExportOptions
    from compat.export.argo import Repository
    from compat.export.argo_templates import Machine
    from compat.export.plan import ExportPlan, PlannedTarget

#: Kubernetes adds five letters to the name of a workflow, and Argo the name of a step, in the 63 of a label.
_LONGEST_NAME = 30


class ArgoOptions(NamedTuple):
    """What the caller chose. ``image`` is pulled and ``push`` is built, each ``REPO/NAME:TAG``; one of them at most.

    ``repositories`` are URLs instead of the one that the files are in, ``revision`` their branch or tag.
    """

    image: str = ""
    push: str = ""
    repositories: Sequence[str] = ()
    revision: str = ""
    template: bool = False
    gpus: int = 1


class Exported(NamedTuple):
    """The text of a file, and what there is to say about it."""

    text: str
    notes: tuple[str, ...]


def export_argo(paths: Sequence[str], options: ExportOptions, chosen: ArgoOptions) -> Exported:
    """The workflow for the environments at *paths*.

    Raises: UsageError where hera is missing, or where the environments are for different machines; as ``read_input`` does.
    """
    demand_name(options.name)
    if chosen.image and chosen.push:
        raise UsageError("`--image` is pulled and `--push` is built", hint="give one of them")
    try:
        from compat.export.argo import WorkflowOptions, to_workflow
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("hera"):
            raise
        raise UsageError(
            "`compat export argo` needs hera, Argo's SDK for Python", hint="pip install 'compat-matrix[argo]'"
        ) from error
    plans = [read_input(path, options) for path in paths]
    machines = _machines(paths, plans)
    repositories, notes = _repositories(paths, plans, chosen)
    workflow = WorkflowOptions(
        name=plans[0].name[:_LONGEST_NAME].strip("-"),
        version=__version__,
        template=chosen.template,
        builds=not chosen.image,
        locked=all(_has_lock_beside(plan) for plan in plans),
        gpus=chosen.gpus,
    )
    said = dict.fromkeys(note for plan in plans for note in plan.notes)
    return Exported(to_workflow(machines, repositories, workflow), (*said, *notes))


def _has_lock_beside(plan: ExportPlan) -> bool:
    return plan.is_locked and not set(plan.inputs) <= set(plan.locks)


def _machines(paths: Sequence[str], plans: Sequence[ExportPlan]) -> tuple[Machine, ...]:
    """Those of all *plans*, which are the same. Raises: UsageError where they are not."""
    from compat.export.argo_templates import Machine

    found = [
        tuple(Machine(each.architecture, each.target.text, _has_gpu(each)) for each in plan.targets) for plan in plans
    ]
    for path, machines in zip(paths, found, strict=True):
        if machines != found[0]:
            raise UsageError(
                f"`{paths[0]}` and `{path}` are for different machines, and a workflow tries each environment on all",
                hint="export them one by one, or give both the same `--target`",
            )
    return found[0]


def _has_gpu(planned: PlannedTarget) -> bool:
    """Whether CUDA is tried: packages are built for it, or the target claims a GPU."""
    return planned.cuda is not None or planned.target.wants_gpu


def _repositories(
    paths: Sequence[str], plans: Sequence[ExportPlan], chosen: ArgoOptions
) -> tuple[tuple[Repository, ...], tuple[str, ...]]:
    """The list to begin with, and a note where something of it is not known, so that it is asked for at submission."""
    from compat.export.argo import Repository

    image = chosen.image or chosen.push
    found: list[Repository] = []
    for path, plan in zip(paths, plans, strict=True):
        clone = find_clone(path)
        for url in chosen.repositories or (clone.url,):
            revision = chosen.revision or clone.revision or "main"
            found.append(Repository(url, revision, clone.file, image, plan.module))
    missing = [
        what
        for what, given in (("--repository URL", all(each.url for each in found)), ("--push REPO/NAME:TAG", image))
        if not given
    ]
    if not missing:
        return tuple(found), ()
    return (), (
        f"the parameter `repositories` has no value, and Argo asks for it at submission: give `{'` and `'.join(missing)}`",
    )
