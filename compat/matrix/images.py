"""What the tag of a container image says of itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from compat.matrix.facts import fact_reader, numbers, python_minor
from compat.matrix.tables import Table
from compat.model.knowledge import BaseImage, Fact, Numbers, TestedBuild

#: Registries and the folder of official images, which say nothing of the contents.
_PREFIX = re.compile(r"^(?:[\w.-]+\.[a-z]+(?::\d+)?/)?(?:library/)?")


class _Pattern(NamedTuple):
    repository: str
    tag: re.Pattern[str]
    fact: Fact


class ImageTable:
    """The table ``base_images``; *tested* tells what a TensorFlow release was built with."""

    def __init__(self, table: Table, tested: Sequence[TestedBuild]) -> None:
        fact = fact_reader(table)
        self._patterns = [_Pattern(r["repository"], re.compile(r["tag"]), fact(r)) for r in table["pattern"]]
        self._glibc = {name: numbers(r["glibc"]) for r in table["distribution"] for name in r["names"]}
        self._tested = {build.version: build for build in tested if build.system == "linux"}

    def find(self, reference: str) -> BaseImage | None:
        """The image of ``repository:tag``, a digest and a registry left aside; None where no pattern fits."""
        repository, _, tag = _PREFIX.sub("", reference.partition("@")[0]).partition(":")
        for pattern in self._patterns:
            if pattern.repository == repository and (match := pattern.tag.fullmatch(tag)):
                return self._image(repository, tag, match.groupdict(), pattern.fact)
        return None

    def _image(self, repository: str, tag: str, groups: dict[str, str | None], fact: Fact) -> BaseImage:
        distribution = groups.get("distribution") or ""
        tested = self._tested.get(groups.get("tensorflow") or "") if groups.get("flavour") == "gpu" else None
        return BaseImage(
            repository=repository,
            tag=tag,
            cuda=tested.cuda if tested else _numbers(groups.get("cuda")),
            cudnn=tested.cudnn if tested else _numbers(groups.get("cudnn")),
            python=python_minor(python) if (python := groups.get("python")) else None,
            distribution=distribution,
            flavour=groups.get("flavour") or "",
            glibc=self._glibc.get(distribution),
            fact=fact,
        )


def _numbers(text: str | None) -> Numbers | None:
    return numbers(text) if text else None
