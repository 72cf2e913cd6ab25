"""ENV004: two files of one project that exclude each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from compat.model.conda_version import VersionSpec, parse_version_spec
from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.environments import CondaEntry, Document
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry
from compat.rules.base import Rule, Subject
from compat.rules.wording import quoted

Descriptor = Sequence[tuple[Document, bool, str]]


class DescriptorsDisagree(Rule):
    """Two descriptors of one project ask for releases that exclude each other.

    What it finds:
        The same project in two files that describe one project (named in one call, or standing in one folder), with
        ranges that have no version in common.

    Why it matters:
        Whoever installs from one file tests something else than who installs from the other, and both together
        cannot be installed at all.

    Example:
        # ci/environment.yml
        - sphinx<3
        # requirements.txt
        sphinx>=3

    Use instead:
        One range that both files state, or one file that includes the other.

    Source:
        Arithmetic on the specifiers:
        https://packaging.python.org/en/latest/specifications/version-specifiers/
    """

    code, name = "ENV004", "descriptors-disagree"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:  # noqa: ARG002 - every rule is asked
        """Nothing: one environment has nothing to be compared with; see `compare`."""
        return iter(())

    def compare(self, descriptors: Sequence[Descriptor], *, same_folder: bool) -> Iterator[Diagnostic]:
        """One finding for each pair of files and project at most. Files that include each other are one descriptor."""
        for first, second in combinations(descriptors, 2):
            paths = [{document.path for document, _, _ in descriptor} for descriptor in (first, second)]
            if paths[0] & paths[1] or (same_folder and _folder(first) != _folder(second)):
                continue
            here, there = _base_entries(first), _base_entries(second)
            for name in here.keys() & there.keys():
                pair = next(((a, b) for a in here[name] for b in there[name] if are_disjoint(a, b)), None)
                if pair is not None:
                    yield self._tell(name, *pair)

    def _tell(self, name: PyPIName, first: Entry, second: Entry) -> Diagnostic:
        return self.found(
            Severity.WARNING,
            f"{quoted(first)} and {quoted(second)} of {second.place.path} have no version in common",
            first.place,
            packages=[name],
            related=[Related(place=second.place, message=f"{quoted(second)} is asked for here")],
            hint="state one range in both files, or let one include the other",
        )


def _folder(descriptor: Descriptor) -> str:
    return descriptor[0][0].path.rpartition("/")[0]


def _base_entries(descriptor: Descriptor) -> dict[PyPIName, list[Entry]]:
    """The bounded entries of the base scope by project; markers make files differ on purpose, so those are left out."""
    found: dict[PyPIName, list[Entry]] = {}
    for document, _, scope in descriptor:
        if scope:
            continue
        for entry in document.pip:
            if entry.scope == "" and entry.requirement.specifier and entry.requirement.marker is None:
                found.setdefault(entry.name, []).append(entry)
        for conda in document.conda:
            if conda.scope == "" and conda.spec.version is not None and not conda.platforms:
                found.setdefault(to_pypi_name(conda.name), []).append(conda)
    return found


def are_disjoint(first: Entry, second: Entry) -> bool:
    """Whether no version satisfies both; False where that cannot be told."""
    if isinstance(first, PipEntry) and isinstance(second, PipEntry):
        a, b = first.requirement.public, second.requirement.public
        return a != b and (a & b).to_range().is_empty
    specs = [_conda_spec(entry) for entry in (first, second)]
    return specs[0] is not None and specs[1] is not None and specs[0].intersect(specs[1]).is_empty()


def _conda_spec(entry: Entry) -> VersionSpec | None:
    """The versions that *entry* admits as conda says it.

    The two orders agree on plain releases, so a PyPI specifier that names nothing else is the same text to conda.
    """
    if isinstance(entry, CondaEntry):
        return entry.spec.version
    text = str(entry.requirement.public)
    return parse_version_spec(text) if _PLAIN.fullmatch(text) else None


_PLAIN = re.compile(r"(?:(?:==|!=|~=|<=|>=|<|>)\d+(?:\.\d+)*(?:\.\*)?,?)+")
