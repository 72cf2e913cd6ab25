"""Lists of packages as installers read them, one for each layer and architecture."""

from __future__ import annotations

from collections.abc import Iterator

from compat.export.plan import ExportPlan, Group

#: The folder of the lists, beside the Dockerfile.
FOLDER = "docker"
#: The first line of each, by which a later run knows that it may replace the file.
HEADER = "# Written by compat export"


def list_name(group: str, architecture: str) -> str:
    """``docker/cuda.amd64.txt``."""
    return f"{FOLDER}/{group}.{architecture}.txt"


def group_names(plan: ExportPlan) -> tuple[str, ...]:
    """The groups that any target has, conda's first, in the order of their layers."""
    return tuple(dict.fromkeys(group.name for each in plan.targets for group in each.groups))


def list_text(group: Group | None, target: str) -> str:
    """The list of *group* for *target*; one that installs nothing where the target has no such packages."""
    lines = [f"{HEADER} for {target}", *_lines(group)]
    return "".join(f"{line}\n" for line in lines)


def _lines(group: Group | None) -> Iterator[str]:
    if group is None:
        return
    if group.manager == "conda":
        yield "@EXPLICIT"
        yield from (package.lines[0] for package in group.packages)
        return
    yield from (f"--extra-index-url {url}" for url in group.indexes)
    for package in group.packages:
        first, *rest = package.lines
        yield from (f"{line} \\" for line in (first, *(f"    {one}" for one in rest[:-1])) if rest)
        yield f"    {rest[-1]}" if rest else first


def list_files(plan: ExportPlan) -> dict[str, bytes]:
    """Every list by its name, relative to the folder of the Dockerfile."""
    return {
        list_name(name, each.architecture): list_text(each.group(name), each.target.text).encode()
        for name in group_names(plan)
        for each in plan.targets
    }
