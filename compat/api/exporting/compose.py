"""``compat export compose``: an environment as a service of a compose file."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from compat.api.exporting.naming import demand_name
from compat.api.exporting.reading import read_input
from compat.export.compose import SIZE, ComposeOptions, to_compose
from compat.model.errors import UsageError

if TYPE_CHECKING:
    from compat.api.exporting.options import ExportOptions


def export_compose(
    path: str, options: ExportOptions, chosen: ComposeOptions, folder: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """The compose file for the environment at *path*, and notes. It is to stand in *folder*, else beside *path*.

    Raises: UsageError for an option that compose would not take; as ``read_input`` does.
    """
    demand_name(options.name)
    _demand(chosen)
    plan = read_input(path, options)
    folder = folder or plan.folder
    dockerfile = os.path.normpath(os.path.join(folder, chosen.dockerfile))
    notes = plan.notes
    if not os.path.exists(dockerfile):
        made = f"compat export dockerfile {path} -o {folder}"
        notes = (*notes, f"{dockerfile} is not there: `{made}` makes it")
    return to_compose(plan, chosen), notes


def _demand(chosen: ComposeOptions) -> None:
    """Raises: UsageError."""
    for option, size in (("--memory", chosen.memory), ("--shm", chosen.shm)):
        if size and not re.fullmatch(SIZE, size):
            raise UsageError(f"`{option} {size}` is no amount of memory", hint="a whole number and b, k, m or g: `8g`")
    if chosen.gpus and not re.fullmatch(r"all|none|[1-9]\d*", chosen.gpus):
        raise UsageError(f"`--gpus {chosen.gpus}` is no number of GPUs", hint="a number, `all` or `none`")
    if chosen.cpus and not re.fullmatch(r"\d+(\.\d+)?", chosen.cpus):
        raise UsageError(f"`--cpus {chosen.cpus}` is no number of CPUs", hint="a number: `4`, `0.5`")
    if not re.fullmatch(r"/[^'\"\\\s$]*", chosen.health_path) or not chosen.health_path.isprintable():
        raise UsageError(f"`--health-path {chosen.health_path}` is no path of a URL", hint="such as `/health`")
    for name, file in chosen.secrets:
        if not re.fullmatch(r"[\w.-]+", name) or not file:
            raise UsageError(
                f"`--secret {name}={file}` does not name a secret and its file", hint="`--secret NAME=FILE`"
            )
