"""What each layer of an image weighs, from the sizes of the files that a lock names.

These are the files as they are downloaded, which are archives; a registry compresses a layer in its own way, and unpacked it
is larger. How much larger no lock says, so that nothing is made up here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from compat.export.bases import Bases
from compat.export.lists import group_names
from compat.export.plan import ExportPlan, Package, PlannedTarget
from compat.model.words import dotted

#: The libraries that the runtime images of nvidia/cuda hold, as wheels and as conda packages.
#: Source: https://gitlab.com/nvidia/container-images/cuda/-/tree/master/dist, ``runtime/Dockerfile`` and ``runtime/cudnn``.
_IN_CUDA_IMAGE = re.compile(
    r"nvidia-(?:cublas|cuda-runtime|cuda-nvrtc|cufft|curand|cusolver|cusparse|nvjitlink|nccl|cudnn|npp|nvjpeg)(?:-cu\d+)?"
    r"|lib(?:cublas|cufft|curand|cusolver|cusparse|nvjitlink|npp|nvjpeg)|cuda-cudart|cuda-nvrtc|nccl|cudnn|cudatoolkit"
)
_MEGABYTE = 1_000_000
UNKNOWN = "not known"


class Explanation(NamedTuple):
    """A table, and what has to be said of it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def explain(plan: ExportPlan, bases: Bases) -> Explanation:
    """Bytes for each layer and architecture, and what two common habits would add."""
    columns = ("layer", "packages", *(each.architecture for each in plan.targets))
    return Explanation(columns, tuple(_rows(plan, bases)), tuple(_notes(plan)))


def _rows(plan: ExportPlan, bases: Bases) -> Iterator[tuple[str, ...]]:
    yield bases.runtime.image, "", *(UNKNOWN for _ in plan.targets)
    for name in group_names(plan):
        yield _row(name, plan, partial(_packages, name))
    yield _row("all packages", plan, _all)
    yield _row("+ their archives, where a cache is kept in the layer", plan, _all, sign="+")
    if any(_duplicates(each) for each in plan.targets):
        cuda = dotted(plan.cuda) if plan.cuda is not None else ""
        yield _row(f"+ CUDA {cuda} again, with nvidia/cuda (cudnn-runtime) as base", plan, _duplicates, sign="+")


def _row(
    title: str, plan: ExportPlan, find: Callable[[PlannedTarget], Sequence[Package]], *, sign: str = ""
) -> tuple[str, ...]:
    found = [find(each) for each in plan.targets]
    counts = dict.fromkeys(str(len(packages)) for packages in found)
    return title, " / ".join(counts), *(_sum(packages, sign) for packages in found)


def _all(each: PlannedTarget) -> Sequence[Package]:
    return [package for group in each.groups for package in group.packages]


def _packages(name: str, each: PlannedTarget) -> Sequence[Package]:
    group = each.group(name)
    return group.packages if group is not None else ()


def _duplicates(each: PlannedTarget) -> Sequence[Package]:
    """What the packages bring and an image of nvidia/cuda has, too."""
    return [package for package in _all(each) if _IN_CUDA_IMAGE.fullmatch(package.name)]


def _sum(packages: Sequence[Package], sign: str) -> str:
    """``2164.8 MB``; where some sizes are missing, what the others come to at least."""
    known = [package.size for package in packages if package.size is not None]
    if len(known) == len(packages):
        return f"{sign}{format_bytes(sum(known))}"
    return f"{sign}{format_bytes(sum(known))} or more" if known else UNKNOWN


def format_bytes(size: int) -> str:
    """Megabytes of 1,000,000 bytes, kilobytes below, with one decimal."""
    return f"{size / _MEGABYTE:,.1f} MB" if size >= _MEGABYTE else f"{size / 1000:.1f} kB"


def _notes(plan: ExportPlan) -> Iterator[str]:
    yield "bytes of the archives as they are downloaded (1 MB is 1,000,000 bytes); unpacked, layers are larger"
    yield "the size of the base image is not known here: `docker buildx imagetools inspect --raw IMAGE` has it"
    missing = sum(package.size is None for each in plan.targets for package in _all(each))
    if missing:
        locks = "a pylock.toml, a uv.lock or a pixi.lock says it"
        yield f"of {missing} package{'' if missing == 1 else 's'} the size is not in the lock: {locks}"
