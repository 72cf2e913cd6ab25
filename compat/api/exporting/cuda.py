"""Which CUDA the packages of an environment are built for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.version import InvalidVersion, Version

from compat.model.builds import variant_cuda
from compat.model.knowledge import Matrix, Numbers
from compat.model.names import PyPIName

#: Packages whose own version is that of CUDA: the runtime as a wheel, and what conda's channels choose builds by.
_RUNTIMES = re.compile(r"nvidia-cuda-runtime(?:-cu\d+)?|cuda-toolkit|cuda-version|pytorch-cuda|cudatoolkit|cuda-cudart")
_FIRST = ("cuda-version", "pytorch-cuda", "cudatoolkit")
_NUMBERS = re.compile(r"(\d+)\.(\d+)")
_LABELLED = ("torch", "torchvision", "torchaudio", "jaxlib")


def find_cuda(versions: Mapping[str, str], subdir: str, matrix: Matrix) -> tuple[Numbers | None, str]:
    """Major and minor, and which package says so; None and "" where none does.

    Args: versions of all packages, pip's before conda's, where both have one.
    """
    for name in _LABELLED:
        label = versions.get(name, "").partition("+")[2]
        if label == "cpu":
            return None, ""
        if (cuda := variant_cuda(label)) is not None:
            return cuda, f"{name} {versions[name]}"
    named = sorted((name for name in versions if _RUNTIMES.fullmatch(name)), key=lambda name: name not in _FIRST)
    for name in named:
        if (match := _NUMBERS.match(versions[name])) is not None:
            return (int(match[1]), int(match[2])), f"{name} {versions[name]}"
    return _of_torch(versions, subdir, matrix)


def _of_torch(versions: Mapping[str, str], subdir: str, matrix: Matrix) -> tuple[Numbers | None, str]:
    """What the default index serves as this release of torch, if that is what is locked."""
    version = versions.get("torch", "")
    try:
        builds = matrix.builds(PyPIName("torch"), Version(version)) if version else ()
    except InvalidVersion:
        return None, ""
    own = next((build for build in builds if subdir in build.pypi), None)
    return (own.cuda, f"torch {version}") if own is not None and own.cuda is not None else (None, "")
