"""Wheels that are parts of another project, which pins each of them: nvidia-cublas-cu12 and triton beside torch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from packaging.version import InvalidVersion, Version

from compat.model.diagnostics import Evidence
from compat.model.environments import Document
from compat.model.knowledge import Matrix, Release, evidence_of
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry, Requirement
from compat.model.targets import PYTHON_MINORS, SUBDIRS, Target

#: Names of parts. An exact pin alone proves none: torchvision pins torch, which people ask for. triton can be imported,
#: too, but beside a torch that pins it no other version can be had.
_PARTS = re.compile(
    r"nvidia-.+-cu\d+|(?:pytorch-)?triton|cuda-toolkit|jax-cuda\d+-(?:pjrt|plugin)|tensorflow-(?:intel|macos|cpu-aws)"
)


def parts_brought(document: Document, matrix: Matrix) -> Iterator[tuple[PipEntry, Evidence]]:
    """The pip entries of *document* that pin a part at the version that a pinned project of the file requires exactly."""
    pins = {entry.name: version for entry in document.pip if (version := _pinned(entry)) is not None}
    pythons = _pythons(document)
    for entry in document.pip:
        if entry.name in pins and _PARTS.fullmatch(entry.name) and _is_plain(entry.requirement):
            wholes = (whole for whole in document.pip if whole.name in pins and whole.name != entry.name)
            evidence = (_part_evidence(entry.name, pins, whole, matrix, pythons) for whole in wholes)
            if known := next(filter(None, evidence), None):
                yield entry, known


def _pinned(entry: PipEntry) -> Version | None:
    """The one public version that *entry* asks for."""
    clauses = list(entry.requirement.public)
    if entry.constraint or entry.editable or entry.requirement.url or len(clauses) != 1 or clauses[0].operator != "==":
        return None
    try:
        return Version(clauses[0].version)
    except InvalidVersion:  # ==2.1.*
        return None


def _is_plain(requirement: Requirement) -> bool:
    return not (requirement.extras or requirement.marker or requirement.labels)


def _part_evidence(
    part: PyPIName,
    pins: Mapping[PyPIName, Version],
    whole: PipEntry,
    matrix: Matrix,
    pythons: tuple[tuple[int, int], ...],
) -> Evidence | None:
    """What says that the release that *whole* pins requires *part* at exactly its pinned version.

    One platform and one Python of the file will do: a release that leaves the part out for others does without it there.
    """
    project = matrix.project(whole.name)
    version = pins[whole.name]
    release = next((r for r in project.releases if r.version == version), None) if project else None
    if release is None:
        return None
    for subdir in SUBDIRS:
        wheels = release.wheels.get(subdir)
        if wheels is None or not _is_default_build(whole, release, subdir, matrix):
            continue
        for python in filter(wheels.serves, pythons):
            if _requires(release, part, pins[part], subdir, python):
                claim = f"{whole.name} {version} requires `{part}=={pins[part]}` on {subdir}"
                return evidence_of(f"`{part}` comes with `{whole.name}`: {claim}", release.fact_for(subdir, python))
    return None


def _requires(release: Release, part: PyPIName, version: Version, subdir: str, python: tuple[int, int]) -> bool:
    environment = Target(subdir, subdir).markers(python)
    for requirement in release.requires_for(subdir, python):
        if requirement.name == part and str(requirement.specifier) in (f"=={version}", f"==={version}"):
            return requirement.marker is None or requirement.marker.evaluate(environment)
    return False


def _is_default_build(whole: PipEntry, release: Release, subdir: str, matrix: Matrix) -> bool:
    """Whether *whole* takes the files that the METADATA was read of: a build for another CUDA pins other parts."""
    labels = whole.requirement.labels
    builds = matrix.builds(release.project, release.version) if labels else ()
    return not labels or any(build.variant == labels[0] and subdir in build.pypi for build in builds)


def _pythons(document: Document) -> tuple[tuple[int, int], ...]:
    """The Pythons that the file admits: the one of its conda part, else all."""
    specs = [entry.spec.version for entry in document.conda if entry.name == "python" and entry.spec.version]
    admitted = (m for m in PYTHON_MINORS if all(_admits(str(v.is_exact or v.series or ""), m) for v in specs))
    return tuple(admitted)


def _admits(written: str, minor: tuple[int, int]) -> bool:
    return f"{written}.".startswith(f"{minor[0]}.{minor[1]}.") if written.count(".") else True
