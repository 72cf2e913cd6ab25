"""What the tag of a container image says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from compat.matrix.facts import Row, fact_reader, numbers, python_minor, strings
from compat.matrix.tables import Table
from compat.model.builds import variant_cuda
from compat.model.knowledge import BaseImage, Fact, Numbers, TestedBuild
from compat.model.names import PyPIName

#: Registries and the folder of official images, which say nothing of the contents.
_PREFIX = re.compile(r"^(?:(?:[\w-]+\.[\w.-]*[a-z]|localhost)(?::\d+)?/)?(?:library/)?")

#: The row of a repository that no other row names.
_ANY = "*"


class _Pattern(NamedTuple):
    row: Row
    tag: re.Pattern[str]
    fact: Fact


class ImageTable:
    """The table ``base_images``; *tested* tells what a TensorFlow release was built with."""

    def __init__(self, table: Table, tested: Sequence[TestedBuild]) -> None:
        fact = fact_reader(table)
        self._patterns: dict[str, list[_Pattern]] = {}
        for row in table["pattern"]:
            for repository in strings(row["repository"]):
                pattern = _Pattern(row, re.compile(row["tag"]), fact(row))
                self._patterns.setdefault(repository, []).append(pattern)
        self._distributions = {name: row for row in table["distribution"] for name in row["names"]}
        self._tested = {build.version: build for build in tested if build.system == "linux"}

    def find(self, reference: str) -> BaseImage | None:
        """The image of ``repository:tag``, a digest and a registry left aside; None where no pattern fits."""
        repository, _, tag = _PREFIX.sub("", reference.partition("@")[0]).partition(":")
        for pattern in (*self._patterns.get(repository, ()), *self._patterns.get(_ANY, ())):
            if match := pattern.tag.fullmatch("" if tag == "latest" else tag):
                return self._image(repository, tag, _facts(pattern.row, match.groupdict()), pattern)
        return None

    def _image(self, repository: str, tag: str, facts: Mapping[str, str], pattern: _Pattern) -> BaseImage:
        row = pattern.row
        distribution = self._distributions.get(facts.get("distribution", ""), {})
        tested = self._tested.get(facts.get("tensorflow", "")) if facts.get("flavour") == "gpu" else None
        system = distribution.get("python")
        return BaseImage(
            repository=repository,
            tag=tag,
            cuda=tested.cuda if tested else _cuda(facts),
            cudnn=tested.cudnn if tested else _numbers(facts.get("cudnn")),
            python=python_minor(facts["python"]) if "python" in facts else None,
            distribution=facts.get("distribution", ""),
            flavour=facts.get("flavour", ""),
            glibc=_numbers(distribution.get("glibc")),
            fact=pattern.fact,
            kind=facts.get("kind", ""),
            release=facts.get("release", ""),
            brings=tuple((PyPIName(name), facts.get(name, "")) for name in row.get("brings", ())),
            own_builds=row.get("own", False),
            system_python=python_minor(system) if system else None,
            managed=distribution.get("managed", False),
            musl=distribution.get("musl", False),
            platforms=frozenset(row.get("platforms", ())),
        )


def _facts(row: Row, groups: Mapping[str, str | None]) -> dict[str, str]:
    """The constants of *row*, overruled by what the tag says."""
    constants = {key: value for key, value in row.items() if isinstance(value, str)}
    return constants | {name: text for name, text in groups.items() if text}


def _cuda(facts: Mapping[str, str]) -> Numbers | None:
    return variant_cuda(f"cu{facts['label']}") if "label" in facts else _numbers(facts.get("cuda"))


def _numbers(text: str | None) -> Numbers | None:
    return numbers(text) if text else None
