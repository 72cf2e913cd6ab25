"""What is in an image before its first command runs: the projects of the base image, and the Python that commands find."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

from compat.api.images.steps import Step
from compat.model.containers import Install, Instruction, Stage, installs_of
from compat.model.environments import Index, PythonBound
from compat.model.knowledge import BaseImage, Matrix
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.requirement_texts import parse_requirement
from compat.model.requirements import PipEntry
from compat.model.targets import Target

Minor = tuple[int, int]

_PYTORCH = "https://download.pytorch.org/whl/"

#: What makes another Python than that of the base image or the distribution: installers, builds from source, alternatives.
_OTHER_PYTHON = re.compile(
    r"(?i)mini(conda|forge)|mambaforge|anaconda3?-|pyenv|Python-3|deadsnakes|altinstall|update-alternatives|"
    r"python-build-standalone|get-pip|asdf|(^|/)ln$"
)
#: Packages that need the distribution's own ``python3``.
_SYSTEM_PYTHON = re.compile(r"python3(-[\w.+-]+)?|python-is-python3")
#: A whole release at the start of a tag: `12.4.1-devel-ubuntu22.04`.
_RELEASE = re.compile(r"\d+\.\d+\.\d+(?=-|$)")
_VERSIONED = re.compile(r"python(3\.\d+)(-\w+)?")


class Base(NamedTuple):
    """The base image of a chain of stages; ``image`` is None where its tag follows no known pattern."""

    stages: tuple[Stage, ...]
    image: BaseImage | None

    @property
    def stage(self) -> Stage:
        return self.stages[0]

    def step(self) -> Step:
        """What the image brings, as the step before all others, at its FROM."""
        place = self.stage.base_place
        entries = tuple(self._entries()) if self.image is not None else ()
        install = Install(tool="image", verb="install", place=place, pip=entries)
        return Step(0, "", place, self.stage, install, pip=entries)

    def _entries(self) -> Iterator[PipEntry]:
        image = self.image
        assert image is not None
        for name, version in image.brings:
            if not version or image.own_builds:
                # Somebody's own build, or a release that the tag does not name: it is there, whichever it is.
                yield PipEntry(parse_requirement(f"{name} @ file:///{name}"), self.stage.base_place)
                continue
            pin = version if version.count(".") > 1 else f"{version}.*"
            yield PipEntry(parse_requirement(f"{name}=={pin}"), self.stage.base_place, indexes=self._indexes(name))

    def _indexes(self, name: PyPIName) -> tuple[Index, ...]:
        """The index whose build of torch has the CUDA of the image."""
        cuda = self.image.cuda if self.image is not None else None
        if name != "torch" or cuda is None:
            return ()
        return (Index("index", f"{_PYTORCH}cu{cuda[0]}{cuda[1]}", self.stage.base_place),)

    def python(self, prefix: str, steps: Sequence[Step]) -> PythonBound | None:
        """The Python of the environment *prefix*, bound where something says so; None where nothing does."""
        for step in reversed(steps):
            if step.install.python is not None:
                return PythonBound(step.install.python, step.place, str(step.install.python))
        named = {step.interpreter for step in steps if step.install.tool in {"pip", "uv"}}
        if len(named) == 1 and (version := next(iter(named))):
            place = next(step.place for step in steps if step.interpreter)
            return _bound(version, place._replace(end_line=place.line, end_column=place.column))
        if any(named) or (prefix and not prefix.startswith(("/", "."))):
            return None  # a conda environment whose Python is only known where it asks for one
        minor = self.default_python()
        return _bound(f"{minor[0]}.{minor[1]}", self.stage.base_place) if minor is not None else None

    def default_python(self) -> Minor | None:
        """The Python that ``python`` and ``pip`` are without any environment; None where that is not known."""
        image = self.image
        if image is None or self._may_have_other_python():
            return None
        if image.python is not None:
            return image.python
        return image.system_python if image.kind in {"cuda", "system"} and self.has_system_python() else None

    def has_system_python(self) -> bool:
        """Whether the distribution's own ``python3`` is installed."""
        words = [word.text for _, _, install in installs_of(self.stages) for word in install.system]
        return any(_SYSTEM_PYTHON.fullmatch(word.partition("=")[0]) for word in words)

    def _may_have_other_python(self) -> bool:
        """Whether some instruction may put another Python in front of that of the image."""
        if any(_brings_python(instruction) for stage in self.stages for instruction in stage.instructions):
            return True
        image = self.image
        if image is None or image.python is not None:
            return False
        words = [word.text.partition("=")[0] for _, _, install in installs_of(self.stages) for word in install.system]
        versions = {match[1] for word in words if (match := _VERSIONED.fullmatch(word))}
        return bool(versions - {".".join(map(str, image.system_python or ()))})


def _brings_python(instruction: Instruction) -> bool:
    """A Python that is copied in, or made by an installer, from source, or by a link."""
    words = [*instruction.words, *(word for command in instruction.commands for word in command.words)]
    origin = instruction.flag("from")
    if instruction.keyword == "COPY":
        return bool(origin) and any("python" in text for text in (*origin, *(word.text for word in words)))
    return instruction.keyword in {"RUN", "ADD"} and any(_OTHER_PYTHON.search(word.text) for word in words)


def _bound(version: str, place: Place) -> PythonBound:
    return PythonBound(SpecifierSet(f"=={version}.*"), place, version)


def environment_of(image: BaseImage | None) -> Mapping[str, str]:
    """Variables that the image itself sets, where its tag says with which value.

    Sources: https://gitlab.com/nvidia/container-images/cuda/-/tree/master/dist, https://github.com/docker-library/python
    """
    variable = {"cuda": "CUDA_VERSION", "python": "PYTHON_VERSION"}.get(image.kind) if image is not None else None
    version = _RELEASE.match(image.tag) if image is not None and not image.fact.thin else None
    return {variable: version[0]} if variable and version else {}


#: Containers of a Mac or of Windows run on Linux of the same processor.
_LINUX = MappingProxyType({"osx-arm64": "linux-aarch64", "osx-64": "linux-64", "win-64": "linux-64"})
_SUBDIRS = MappingProxyType({"arm64": "linux-aarch64", "amd64": "linux-64"})


def architecture(target: Target, platform: str = "") -> str:
    """What docker calls the processor that an image for *target* is built for: ``amd64``. A *platform* goes before."""
    named = "/".join(platform.split("/")[1:2])
    subdir = _LINUX.get(target.subdir, target.subdir)
    return named or next((name for name, own in _SUBDIRS.items() if own == subdir), "")


def refined(target: Target, base: Base, platform: str = "") -> Target:
    """*target* as containers of this image see it: Linux, with the image's C library and CUDA toolkit.

    *platform* is what the image is built for (``linux/arm64``) where the caller says so.
    """
    image = base.image
    subdir = _LINUX.get(target.subdir, target.subdir)
    for said in (base.stage.platform, platform):
        subdir = _SUBDIRS.get("/".join(said.split("/")[1:2]), subdir)
    if image is not None and len(image.platforms) == 1:
        subdir = next(iter(image.platforms))
    own = image is not None and image.kind == "cuda" and not image.fact.thin
    return target._replace(
        subdir=subdir,
        glibc=image.glibc if image is not None else None,
        toolkit=target.toolkit or (image.cuda if image is not None and own and image.flavour != "base" else None),
        cudnn=target.cudnn or (image.cudnn if image is not None and own else None),
    )


def base_of(stages: tuple[Stage, ...], matrix: Matrix) -> Base:
    """The base of a chain of stages."""
    first = stages[0]
    return Base(stages, matrix.base_image(first.base) if first.known and first.base else None)
