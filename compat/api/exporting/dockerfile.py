"""``compat export dockerfile``: from the path of an environment to the files that build an image of it."""

from __future__ import annotations

import os
from typing import NamedTuple

from compat.api.exporting.options import ExportOptions
from compat.api.exporting.reading import read_input
from compat.api.project import config as find_config
from compat.api.roots import load
from compat.export.bases import Bases, choose_bases
from compat.export.dockerfile import DockerfileWriter
from compat.export.dockerignore import write_dockerignore
from compat.export.lists import FOLDER, HEADER, list_files
from compat.export.plan import ExportPlan
from compat.export.settings import ImageSettings
from compat.export.sizes import Explanation, explain
from compat.model.diagnostics import Evidence
from compat.model.errors import UsageError
from compat.model.knowledge import Matrix, evidence_of
from compat.model.words import dotted

__all__ = ["DockerfileResult", "ExportOptions", "ImageSettings", "export_dockerfile"]

DOCKERFILE = "Dockerfile"
_IGNORE = ".dockerignore"


class DockerfileResult(NamedTuple):
    """The Dockerfile, and by their names in ``folder`` the files to write: it and what it needs. ``notes`` are sentences."""

    text: str
    files: dict[str, bytes]
    folder: str
    notes: tuple[str, ...]
    plan: ExportPlan
    bases: Bases

    @property
    def explanation(self) -> Explanation:
        """What each layer weighs."""
        return explain(self.plan, self.bases)


def export_dockerfile(
    path: str,
    options: ExportOptions = ExportOptions(),  # noqa: B008 - a constant
    settings: ImageSettings = ImageSettings(),  # noqa: B008 - a constant
    *,
    output: str | None = None,
) -> DockerfileResult:
    """The files for the environment at *path*, to be written into the folder *output*; None puts all into the Dockerfile.

    Nothing is written. Raises: UsageError, FileProblem.
    """
    plan = read_input(path, options)
    matrix, _ = load(find_config([path]).names)
    bases = choose_bases(plan, matrix)
    inside = output is None or os.path.realpath(output) == os.path.realpath(plan.folder)
    if not inside:
        _refuse_outside(plan, path)
    _refuse_above(plan)
    settings = settings._replace(embedded=output is None, with_sources=inside)
    text = DockerfileWriter(plan, bases, settings, _driver(plan, matrix)).write()
    folder = output if output is not None else plan.folder
    files = {DOCKERFILE: text.encode()}
    if output is not None:
        files |= list_files(plan)
        if _is_free(os.path.join(folder, _IGNORE)):
            files[_IGNORE] = write_dockerignore()
    notes = (*plan.notes, *bases.notes, *_notes(plan, settings, folder, files))
    return DockerfileResult(text, files, folder, notes, plan, bases)


def _refuse_outside(plan: ExportPlan, path: str) -> None:
    """A build sees nothing outside its context."""
    if not plan.is_locked:
        raise UsageError(
            f"`{path}` is not locked, so that the build needs it in its own folder",
            hint=f"`-o {plan.folder}`, or `compat lock {path}` first",
        )


def _refuse_above(plan: ExportPlan) -> None:
    """An include of an input that is not locked may stand above its folder."""
    for path in plan.inputs if not plan.is_locked else ():
        if os.path.relpath(path, plan.folder).startswith(".."):
            raise UsageError(
                f"`{path}` is outside of `{plan.folder}`, which is what the build sees",
                hint="lock it first: `compat lock`",
            )


def _driver(plan: ExportPlan, matrix: Matrix) -> Evidence | None:
    """What the CUDA of the packages asks of the machine."""
    found = matrix.driver(plan.cuda, "linux") if plan.cuda is not None else None
    if found is None:
        return None
    claim = f"Programs of CUDA {dotted(found.cuda[:1])} run with driver {dotted(found.minimum)} or later"
    return evidence_of(claim, found.fact)


def _notes(plan: ExportPlan, settings: ImageSettings, folder: str, files: dict[str, bytes]) -> list[str]:
    found = []
    if not settings.with_sources:
        found.append(f"{folder} is not the folder of the project, so that the image holds the environment alone")
    if not settings.embedded and _IGNORE not in files:
        found.append(f"{os.path.join(folder, _IGNORE)} stays as it is: see that it leaves out secrets and environments")
    if settings.port is not None and tuple(settings.command) == ("python",):
        found.append("a service needs a command: `--command 'uvicorn app:app --host 0.0.0.0 --port 8000'`")
    if not plan.module and plan.main:
        found.append(f"what `{plan.main}` is imported as is not known: the image's check looks for its version alone")
    return [*found, *_left_behind(folder, files)]


def _left_behind(folder: str, files: dict[str, bytes]) -> list[str]:
    """Lists of an earlier run that no layer reads any more."""
    lists = os.path.join(folder, FOLDER)
    names = sorted(os.listdir(lists)) if len(files) > 1 and os.path.isdir(lists) else []
    stale = [
        f"{FOLDER}/{name}" for name in names if f"{FOLDER}/{name}" not in files and is_ours(os.path.join(lists, name))
    ]
    return [f"{os.path.join(folder, name)} is left from an earlier run: remove it" for name in stale]


def _is_free(path: str) -> bool:
    return not os.path.lexists(path) or is_ours(path)


def is_ours(path: str) -> bool:
    """Whether the file is one that an export wrote and nobody edits: a list of packages, or the .dockerignore."""
    try:
        with open(path, "rb") as file:
            return file.read(len(HEADER)) == HEADER.encode()
    except OSError:
        return False
