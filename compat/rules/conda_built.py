"""Conda packages whose build the file, or a lock, names in full: what it is built for is known without a channel."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.environments import CondaEntry
from compat.model.names import PyPIName
from compat.rules.base import Subject
from compat.rules.conda_builds import CudaBuild, build_of

#: The packages that are compiled against CUDA, one a framework: the others of it depend on that one.
_FRAMEWORKS = (("pytorch", "libtorch"), ("tensorflow-base", "tensorflow"), ("jaxlib",))


def built_entries(subject: Subject) -> Iterator[tuple[CondaEntry, CudaBuild]]:
    """The entry that settles the build of each framework, unless pip replaces it."""
    entries = {entry.name: entry for entry in subject.situation.conda if entry.spec.exact_build}
    replaced = {item.entry.name for _, provided in subject.situation.overlaps.values() for item in provided}
    for names in _FRAMEWORKS:
        for name in names:
            entry = next((entry for own, entry in entries.items() if own == name and own not in replaced), None)
            build = build_of(entry) if entry is not None else CudaBuild()
            if entry is not None and (build.wants_cuda or build.wants_cpu):
                yield entry, build
                break


def project_of(subject: Subject, entry: CondaEntry) -> str:
    """The PyPI project that *entry* is, else its own name."""
    row = subject.matrix.pypi_names(entry.name)
    return row.pypi[0] if row is not None and row.pypi else PyPIName(str(entry.name))
