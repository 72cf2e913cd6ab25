"""The torch family of PyTorch's own conda channel: which releases a file admits, and for which CUDA they were built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from packaging.version import Version

from compat.model.conda_version import parse_version_spec
from compat.model.environments import CondaEntry
from compat.model.knowledge import CondaLine, Fact, Numbers
from compat.model.names import CondaName, PyPIName
from compat.rules.base import Subject
from compat.rules.channels import PYTORCH, channel_of
from compat.rules.conda_builds import build_of

FAMILY = ("pytorch", "torchvision", "torchaudio")

_TORCH = PyPIName("torch")
_FIELDS = {"pytorch": "torch", "torchvision": "torchvision", "torchaudio": "torchaudio"}


#: The torch that an extension was built for, as the channels of PyTorch Geometric and the like write it.
_TORCH_IN_BUILD = re.compile(r"torch_?(\d+\.\d+)(?:\.|_|$)")


class Built(NamedTuple):
    """A torch release of the channel ``pytorch``, and the CUDA versions that one package selects a build by.

    ``complete`` says that there is no other; ``fact`` is where the list was read.
    """

    torch: Version
    cuda: frozenset[Numbers]
    complete: bool
    fact: Fact


def entries_named(subject: Subject, *names: str) -> list[CondaEntry]:
    """The conda entries of these names that apply here, in the order of the file."""
    return [entry for entry in subject.situation.conda if entry.name in names]


def is_replaced(subject: Subject, entry: CondaEntry) -> bool:
    """Whether pip installs the same project over *entry*, so that the conda build does not last."""
    return any(item.entry is entry for _, provided in subject.situation.overlaps.values() for item in provided)


def family_of(subject: Subject) -> list[CondaEntry]:
    """pytorch, torchvision and torchaudio, as far as they are taken from the channel ``pytorch`` and stay."""
    named = (entry for entry in entries_named(subject, *FAMILY) if not is_replaced(subject, entry))
    return [entry for entry in named if channel_of(subject, entry) == PYTORCH]


def project_names(subject: Subject, entries: Iterable[CondaEntry]) -> list[str]:
    """The PyPI projects of *entries*, and the conda names of those that provide none."""
    provided = {id(item.entry): item.name for item in subject.situation.provided}
    return [provided.get(id(entry)) or entry.name for entry in entries]


def minor_of(entry: CondaEntry) -> Numbers | None:
    """(11, 8) for ``cudatoolkit=11.8``; None where the entry does not fix major and minor."""
    version = entry.spec.version
    text = (version.is_exact or version.series) if version is not None else None
    parts = text.split(".") if text else []
    if len(parts) < 2 or not all(part.isdigit() for part in parts[:2]):
        return None
    return int(parts[0]), int(parts[1])


def major_of(entry: CondaEntry) -> int | None:
    """11 for ``cudatoolkit=11`` and ``cudatoolkit=11.8``; None where the entry does not fix the major."""
    version = entry.spec.version
    text = (version.is_exact or version.series) if version is not None else None
    head = text.split(".")[0] if text else ""
    return int(head) if head.isdigit() else None


def admits(entry: CondaEntry, constraint: str) -> bool:
    """Whether *entry* admits a version that *constraint* does."""
    version = entry.spec.version
    return version is None or not version.intersect(parse_version_spec(constraint)).is_empty()


def admits_cuda(entry: CondaEntry, cuda: Numbers) -> bool:
    """Whether *entry*, of a package whose version is that of CUDA, admits this minor."""
    return admits(entry, f"{cuda[0]}.{cuda[1]}.*")


def releases_of(subject: Subject, family: Iterable[CondaEntry]) -> Iterator[tuple[Version, tuple[CondaLine, ...]]]:
    """The torch releases that all of *family* admits, newest first, each with its official install lines.

    A release without a wheel for any admitted Python is left out: its conda builds follow the same Pythons. So is one
    that a neighbour was not built for, by its build string: ``pyg=2.1.0=py310_torch_1.12.0_cu116``.
    """
    series = {
        match[1] for entry in subject.situation.conda if (match := _TORCH_IN_BUILD.search(entry.spec.build or ""))
    }
    project = subject.matrix.project(_TORCH)
    entries = tuple(family)
    for release in project.releases if project is not None else ():
        lines = subject.matrix.conda_lines(str(release.version))
        if not lines or not all(_is_of(entry, lines[0]) for entry in entries):
            continue
        if series and f"{release.version.major}.{release.version.minor}" not in series:
            continue
        wheels = release.wheels.get("linux-64")
        if wheels is None or any(wheels.serves(python) for python in subject.situation.pythons):
            yield release.version, lines


def _is_of(entry: CondaEntry, line: CondaLine) -> bool:
    version = getattr(line, _FIELDS[entry.name])
    return not version or entry.spec.matches(version)


def newest_release(subject: Subject) -> Version | None:
    """The newest torch that the channel ``pytorch`` can give this environment; None where nothing is known."""
    family = family_of(subject)
    return next((version for version, _ in releases_of(subject, family)), None) if family else None


def built_for(subject: Subject, selector: str, family: Iterable[CondaEntry]) -> Iterator[Built]:
    """What *selector* (``pytorch-cuda``, ``cudatoolkit``) can choose among, newest release first; solid facts only."""
    for version, lines in releases_of(subject, family):
        own = [line for line in lines if line.selector == selector and not line.fact.thin]
        cuda = {_numbers(text) for line in own for text in line.cuda}
        if selector == "cudatoolkit":
            cuda |= {
                build.cuda
                for build in subject.matrix.conda_builds(CondaName("pytorch"))
                if build.version == str(version)
                and build.channel == PYTORCH
                and build.cuda_package == selector
                and build.cuda
            }
        fact = (own or list(lines))[0].fact
        yield Built(version, frozenset(cuda), all(line.complete for line in own), fact)


def _numbers(text: str) -> Numbers:
    return tuple(int(part) for part in text.split("."))


def forces_cuda(subject: Subject) -> CondaEntry | None:
    """The entry that admits CUDA builds of torch only: a build string, `pytorch-gpu`, or `pytorch-mutex` for CUDA."""
    named = entries_named(subject, *FAMILY, "pytorch-gpu", "pytorch-mutex")
    return next((entry for entry in named if build_of(entry).wants_cuda), None)


def forces_cpu(subject: Subject) -> CondaEntry | None:
    """The entry that admits builds of torch without CUDA only."""
    if cpuonly := entries_named(subject, "cpuonly"):
        return cpuonly[0]
    named = entries_named(subject, *FAMILY, "pytorch-cpu", "pytorch-mutex")
    return next((entry for entry in named if build_of(entry).wants_cpu), None)
