"""What must agree between rows and between tables: every function yields the defects that it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from compat.matrix.builds import COMPANIONS
from compat.matrix.facts import Row, architecture, matching, numbers, strings
from compat.matrix.tables import Table
from compat.model.builds import variant_cuda
from compat.model.targets import SUBDIRS, gpu_key
from compat.model.words import dotted

#: Conda packages whose version or build decides which build of others is installed: an export that loses one changes.
_CHOOSERS = (
    *("blas", "cpuonly", "cuda", "cuda-toolkit", "cuda-version", "cudatoolkit", "cudnn", "mkl", "nomkl", "openblas"),
    *("python", "pytorch-cuda", "pytorch-mutex"),
)


def torch_builds(table: Table) -> Iterator[str]:
    """Releases that exist, one statement a (release, variant, platform), nothing about builds that there are not."""
    releases = dict.fromkeys(row["torch"] for row in table["default"])
    releases.update((r, None) for row in table["build"] for r in strings(row["torch"]) if not r.endswith("*"))
    builds: set[tuple[str, str, str]] = set()
    for place, row in _rows(table, "build"):
        yield from _once(place, row, releases, builds)
        if extra := set(row.get("unlabelled", ())) - set(row["subdirs"]):
            yield f"{place}: `unlabelled` names {', '.join(sorted(extra))}, which `subdirs` does not"
    known = {(release, variant) for release, variant, _ in builds}
    known |= {(row["torch"], row[subdir]) for row in table["default"] for subdir in SUBDIRS if subdir in row}
    yield from _about_builds(table, releases, known)
    for place, row in _rows(table, "gone"):
        named = {(release, variant) for release, variant, _ in _cells(row, releases)}
        found = [
            (r, v) for r, v, subdir in sorted(builds) if (r, v) in named and subdir in row.get("subdirs", [subdir])
        ]
        yield from dict.fromkeys(
            f"{place}: {variant} of {release} stands among the builds" for release, variant in found
        )
    for section in ("complete", "gone", "companion"):
        for place, row in _rows(table, section):
            if not matching(row["torch"], releases):
                yield f"{place}: no release of this table fits `torch`"


def _about_builds(table: Table, releases: Mapping[str, None], known: set[tuple[str, str]]) -> Iterator[str]:
    for section in ("cudnn", "abi", "architectures"):
        seen: set[tuple[str, str, str]] = set()
        for place, row in _rows(table, section):
            yield from _once(place, row, releases, seen)
            yield from _without_build(place, row, releases, known)
            if "ptx" in row and row["ptx"] not in row["sm"]:
                yield f"{place}: `ptx` {row['ptx']} is not among `sm`"


def cuda(table: Table) -> Iterator[str]:
    """Newer toolkits ship with newer drivers, and no minimum is above the driver of the toolkit itself."""
    for system in ("linux", "windows"):
        ordered = sorted((numbers(r["cuda"]), numbers(r[system])) for r in table["toolkit"] if system in r)
        for (old, older), (new, newer) in pairwise(ordered):
            if older > newer:
                yield f"toolkit {dotted(new)} ships with an older {system} driver than {dotted(old)}"
        exact = {numbers(row["cuda"]) for row in table["minimum"] if "." in row["cuda"]}
        for row in table["minimum"]:
            major = numbers(row["cuda"])
            own = [
                driver
                for toolkit, driver in ordered
                if toolkit == major or (toolkit[:1] == major and toolkit not in exact)
            ]
            if system in row and own and numbers(row[system]) > min(own):
                yield f"minimum {row['cuda']}: {row[system]} is above the {system} driver of the toolkit itself"
    yield from _repeated("architectures", (version for row in table["architectures"] for version in row["cuda"]))


def gpus(table: Table) -> Iterator[str]:
    """One model, one compute capability."""
    yield from _repeated("gpu", (gpu_key(model) for row in table["gpu"] for model in row["models"]))


def couplings(table: Table) -> Iterator[str]:
    """A thin fact never makes an error alone; a pair is two projects."""
    for section in ("coupling", "undeclared"):
        for place, row in _rows(table, section):
            if row["severity"] == "error" and row.get("thin"):
                yield f"{place}: a thin fact makes an error"


def conda_limits(table: Table) -> Iterator[str]:
    """The newest version is the last of those that were made; thin facts make no errors."""
    for place, row in _rows(table, "limit"):
        if row.get("versions") and row.get("newest") != row["versions"][-1]:
            yield f"{place}: `newest` is not the last of `versions`"
        if row.get("versions") and sorted(row["versions"], key=numbers) != row["versions"]:
            yield f"{place}: `versions` is not in ascending order"
    for place, row in _rows(table, "coupling"):
        if row["severity"] == "error" and row.get("thin"):
            yield f"{place}: a thin fact makes an error"


def conda_lines(table: Table) -> Iterator[str]:
    """A selector names CUDA versions, and cpuonly none."""
    for place, row in _rows(table, "line"):
        if (row["selector"] == "cpuonly") == ("cuda" in row):
            yield f"{place}: `cuda` and `selector` do not fit"


def conda_runtime(table: Table) -> Iterator[str]:
    """What chooses a build is never brought, no package brings itself, and each choice is about a library."""
    libraries = {name for row in table["brings"] for name in row["libraries"]}
    for place, row in _rows(table, "brings"):
        for name in sorted({row["by"], *_CHOOSERS}.intersection(row["libraries"])):
            yield f"{place}: {name} is no library that `by` brings"
        if not row["source"].startswith(f"pkg:conda/{row['by']}@"):
            yield f"{place}: `source` is no record of `by`"
    for place, row in _rows(table, "choice"):
        if row["name"] not in libraries:
            yield f"{place}: nothing brings {row['name']}"


def distributions(table: Table) -> Iterator[str]:
    """One spelling, one distribution."""
    yield from _repeated("distribution", (name for row in table["distribution"] for name in row["names"]))


#: Rules inside one table.
RULES: Mapping[str, Callable[[Table], Iterator[str]]] = {
    "torch_builds": torch_builds,
    "cuda": cuda,
    "gpus": gpus,
    "couplings": couplings,
    "conda_limits": conda_limits,
    "conda_lines": conda_lines,
    "conda_runtime": conda_runtime,
    "base_images": distributions,
}


def between(tables: Mapping[str, Table]) -> Iterator[str]:
    """Tables against each other; those that are not among *tables* are left out."""
    if {"torch_builds", "cuda"} <= set(tables):
        yield from _compilable(tables["torch_builds"], tables["cuda"])
    if "torch_builds" in tables:
        yield from _as_published(tables["torch_builds"], tables)
    if {"conda_builds", "conda_limits"} <= set(tables):
        yield from _inside_limits(tables["conda_builds"], tables["conda_limits"])
    if "matrix" in tables:
        days = (row["read_on"] for table in tables.values() for row in _dated(table))
        newest = max(days, default="")
        if newest and tables["matrix"]["version"] != newest:
            yield f"matrix: version is {tables['matrix']['version']}, the newest fact was read on {newest}"


def _compilable(builds: Table, toolkits: Table) -> Iterator[str]:
    """No build holds an architecture that its toolkit cannot compile for."""
    known = {numbers(v): set(row["sm"]) for row in toolkits["architectures"] for v in row["cuda"]}
    for place, row in _rows(builds, "architectures"):
        for variant in row["variants"]:
            possible = known.get(variant_cuda(variant) or ())
            if possible is not None and (wrong := set(row["sm"]) - possible):
                names = ", ".join(dotted(architecture(sm)) for sm in sorted(wrong))
                yield f"torch_builds: {place}: the toolkit of {variant} does not compile for {names}"


def _as_published(builds: Table, tables: Mapping[str, Table]) -> Iterator[str]:
    """The default index has a wheel exactly where a default build is stated, and companions pin the torch stated."""
    if "projects/torch" in tables:
        wheels = {row["version"]: set(row.get("wheels", ())) for row in tables["projects/torch"]["release"]}
        stated: dict[str, list[str]] = {}
        for _, row in _rows(builds, "default"):
            stated.setdefault(row["torch"], []).extend(subdir for subdir in SUBDIRS if subdir in row)
        for version, subdirs in stated.items():
            if sorted(subdirs) != sorted(wheels.get(version, subdirs)):
                yield f"torch_builds: default of torch {version}: its wheels are for other platforms"
    for place, row in _rows(builds, "companion"):
        for name in COMPANIONS:
            releases = tables.get(f"projects/{name}", {}).get("release", ())
            pins = {release["version"]: _torch_pins(release) for release in releases}
            for version in strings(row.get(name, ())):
                if pins.get(version) and row["torch"] not in pins[version]:
                    yield f"torch_builds: {place}: {name} {version} requires torch {', '.join(sorted(pins[version]))}"


def _torch_pins(release: Row) -> set[str]:
    """The torch releases that a wheel asks for exactly, without their labels."""
    found = (re.fullmatch(r"torch ?\(?==([\d.]+)(?:\+\w+)?\)?", text) for text in release.get("requires", ()))
    return {match[1] for match in found if match}


def _inside_limits(builds: Table, limits: Table) -> Iterator[str]:
    """No build was seen that a limit says was never made."""
    for place, limit in _rows(limits, "limit"):
        if limit.get("newest") is None or limit.get("thin"):
            continue
        own = [r for r in builds["build"] if (r["channel"], r["name"]) == (limit["channel"], limit["name"])]
        here = set(limit.get("subdirs", ()))
        seen = [r["version"] for r in own if not here or here & set(r["subdirs"])]
        beyond = [version for version in seen if not limit["newest"] or numbers(version) > numbers(limit["newest"])]
        if limit.get("versions"):
            beyond += [version for version in seen if version not in limit["versions"]]
        if beyond:
            yield f"conda_limits: {place}: conda_builds holds {', '.join(sorted(set(beyond)))}"


def _rows(table: Table, section: str) -> Iterator[tuple[str, Row]]:
    for position, row in enumerate(table.get(section, ()), 1):
        yield f"{section} row {position}", row


def _cells(row: Row, releases: Mapping[str, None]) -> Iterator[tuple[str, str, str]]:
    for release in matching(row["torch"], releases):
        for variant in row["variants"]:
            for subdir in row.get("subdirs", ["*"]):
                yield release, variant, subdir


def _once(place: str, row: Row, releases: Mapping[str, None], seen: set[tuple[str, str, str]]) -> Iterator[str]:
    cells = list(_cells(row, releases))
    if not cells:
        yield f"{place}: no release of this table fits `torch`"
    for cell in cells:
        if cell in seen:
            yield f"{place}: {' '.join(cell)} is stated twice"
        seen.add(cell)


def _without_build(place: str, row: Row, releases: Mapping[str, None], known: set[tuple[str, str]]) -> Iterator[str]:
    for release, variant, _ in _cells(row, releases):
        if variant != "*" and (release, variant) not in known:
            yield f"{place}: there is no {variant} build of {release}"


def _repeated(section: str, names: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{section}: {name} stands in two rows"
        seen.add(name)


def _dated(table: Table) -> Iterator[Row]:
    if "read_on" in table:
        yield table
    for value in table.values():
        if isinstance(value, list):
            yield from (row for row in value if isinstance(row, dict) and "read_on" in row)
