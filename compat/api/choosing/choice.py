"""What somebody has chosen so far, as texts that stand in an address, and how it reads as a target."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from compat.api.querying.scope import TORCH, nearest, read_numbers
from compat.model.errors import UsageError
from compat.model.knowledge import Matrix, Numbers
from compat.model.targets import SUBDIRS, Target, gpu_key, parse_target
from compat.rules.builds import sm

#: What can be chosen, in the order that the page shows.
DIMENSIONS = ("platform", "gpu", "driver", "python", "cuda", "torch")

#: As a CUDA, a build without it; as a GPU, a machine that has none.
NONE = "none"

_LONGEST = 60


class Choice(NamedTuple):
    """A value of each dimension, or None where nothing is chosen. ``cuda`` is ``12.6`` or ``none``."""

    platform: str | None = None
    gpu: str | None = None
    driver: str | None = None
    python: str | None = None
    cuda: str | None = None
    torch: str | None = None

    @property
    def chosen(self) -> dict[str, str]:
        return {key: value for key, value in self._asdict().items() if value is not None}

    def having(self, key: str, value: str | None) -> Choice:
        return self._replace(**{key: value})

    def only(self, keys: tuple[str, ...]) -> Choice:
        """The choice of *keys* alone."""
        return Choice(**{key: value for key, value in self.chosen.items() if key in keys})

    @property
    def variant(self) -> str | None:
        """The build that the chosen CUDA names: ``cu126``, ``cpu``."""
        return None if self.cuda is None else variant_of(self.cuda)

    @property
    def wants_cuda(self) -> bool:
        """Whether a build with CUDA is asked for, or may be meant: not on a machine that has no GPU."""
        return self.gpu != NONE if self.cuda is None else self.cuda != NONE

    def target_text(self, subdir: str) -> str:
        """The target that the choice describes on *subdir*. A build without CUDA is one for a machine without GPU."""
        gpu = NONE if self.cuda == NONE and self.gpu is None else self.gpu
        claims = {"gpu": gpu, "driver": self.driver, "python": self.python}
        return ",".join([subdir, *(f"{key}={value}" for key, value in claims.items() if value is not None)])


def read_choice(texts: Mapping[str, str | None], matrix: Matrix) -> Choice:
    """The choice that *texts* spell; empty texts choose nothing.

    Raises: UsageError for what the matrix has no word for.
    """
    given = {key: text.strip() for key, text in texts.items() if text and text.strip()}
    for key, text in given.items():
        if len(text) > _LONGEST:
            raise UsageError(f"`{key}` is too long")
    found = Choice(**{key: _READERS[key](text, matrix) for key, text in given.items()})
    make_target(found, SUBDIRS[0], matrix)
    return found


def make_target(choice: Choice, subdir: str, matrix: Matrix) -> Target:
    """The target on *subdir*. Raises: UsageError."""
    return _parse(choice.target_text(subdir), matrix)


def _parse(text: str, matrix: Matrix) -> Target:
    return _parsed(text, matrix)  # type: ignore[arg-type]  # a matrix is hashed by what it is, not by what it holds


@lru_cache(maxsize=4096)
def _parsed(text: str, matrix: Matrix) -> Target:
    return parse_target(text, {key: gpu.compute_capability for key, gpu in matrix.gpus().items()})


def variant_of(cuda: str) -> str:
    """``12.6`` as ``cu126``, ``none`` as ``cpu``."""
    return "cpu" if cuda == NONE else f"cu{cuda.replace('.', '')}"


def _platform(text: str, _: Matrix) -> str:
    if text not in SUBDIRS:
        raise UsageError(f"unknown platform `{text}`", hint=nearest(text, SUBDIRS) or f"one of {', '.join(SUBDIRS)}")
    return text


def _gpu(text: str, matrix: Matrix) -> str:
    """A model by the key that it is looked up by, anything else by its compute capability."""
    if "," in text or "=" in text:
        raise UsageError(f"`{text}` is no GPU", hint="write `h100`, `sm_90` or `none`")
    key = gpu_key(text)
    if key in matrix.gpus():
        return key
    capability = _parse(f"{SUBDIRS[0]},gpu={text}", matrix).gpu
    return sm(capability) if capability else NONE


def _driver(text: str, _: Matrix) -> str:
    read_numbers("driver", text)
    return text


def _python(text: str, _: Matrix) -> str:
    minor = read_numbers("python", text)
    if len(minor) < 2:
        raise UsageError(f"`python={text}` names no minor release", hint="write `3.12`")
    return f"{minor[0]}.{minor[1]}"


def _cuda(text: str, _: Matrix) -> str:
    if text in (NONE, "cpu"):
        return NONE
    numbers: Numbers = read_numbers("cuda", text)
    if len(numbers) < 2:
        raise UsageError(f"`cuda={text}` names no minor release", hint="write `12.6`, or `none`")
    return f"{numbers[0]}.{numbers[1]}"


def _torch(text: str, matrix: Matrix) -> str:
    try:
        version = Version(text)
    except InvalidVersion as error:
        raise UsageError(f"`torch={text}` is no version", hint="write `2.7.1`") from error
    project = matrix.project(TORCH)
    known = [str(release.version) for release in project.releases] if project is not None else []
    if version.public not in known:
        raise UsageError(f"the matrix has no torch {text}", hint=nearest(text, known))
    return version.public


_READERS = {"platform": _platform, "gpu": _gpu, "driver": _driver, "python": _python, "cuda": _cuda, "torch": _torch}
