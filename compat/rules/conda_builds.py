"""Conda build strings: what they say about CUDA, and what a build with that string asks of the CUDA packages.

The strings are not free text: PyTorch's channel writes ``py3.10_cuda11.8_cudnn8.7.0_0`` and ``py310_cu118``, conda-forge
``cuda112py39h..._1`` and ``cpu_mkl_py312_h..._0``, Anaconda ``gpu_py37h..._0``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from compat.model.environments import CondaEntry

if TYPE_CHECKING:
    from compat.model.knowledge import Numbers

_DOTTED = r"cuda(\d+)\.(\d+)"
_JOINED = r"(?:cuda|(?:^|_)cu)(\d{2,3})(?!\d)"
_CPU = r"(?:^|_|\*)cpu(?:_|$|\*)|^(?:mkl|eigen)_"
_GPU = r"cuda|(?:^|_|\*)gpu(?:_|$|\*)|(?:^|_)cu\d"
_PYTORCH = r"\*?py\d\.?\d+_(?:cuda\d+\.|cu\d|cpu_?\d*$)"
_CONDA_FORGE = r"cuda\d{3}_?py|cuda\d{3}_(?:mkl|generic)|cpu_(?:mkl|generic|py)"

#: From here on a conda-forge build accepts every later minor of its CUDA major.
#: Source: https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
_MINOR_COMPATIBLE = (11, 2)

#: The first release of each package of the torch family whose CUDA builds of PyTorch's channel ask for `pytorch-cuda`
#: instead of `cudatoolkit`.
FIRST_WITH_PYTORCH_CUDA = {"pytorch": "1.13", "torchvision": "0.14", "torchaudio": "0.13"}

#: Conda packages that come in builds for CUDA and for the CPU.
BUILT_FOR_CUDA = frozenset(
    {*FIRST_WITH_PYTORCH_CUDA, "libtorch", "tensorflow", "tensorflow-base", "jaxlib", "faiss", "xgboost"}
)


class CudaBuild(NamedTuple):
    """What a build string says. ``style`` is the channel whose pattern it has, or "".

    ``cuda`` is (11, 8), or (12,) where a glob names the major only, or None.
    """

    style: str = ""
    wants_cuda: bool = False
    wants_cpu: bool = False
    cuda: Numbers | None = None


@lru_cache(maxsize=4096)
def read_build(build: str) -> CudaBuild:
    """What the build string or glob *build* says about CUDA."""
    text = build.lower().strip("^$")
    style = "pytorch" if re.match(_PYTORCH, text) else "conda-forge" if re.match(_CONDA_FORGE, text) else ""
    if match := re.search(_DOTTED, text):
        style = style or "pytorch"  # no other channel writes a dot there
        return CudaBuild(style, wants_cuda=True, cuda=(int(match[1]), int(match[2])))
    if match := re.search(_JOINED, text):
        return CudaBuild(style, wants_cuda=True, cuda=_joined(match[1]))
    if re.search(_GPU, text):
        return CudaBuild(style, wants_cuda=True)
    return CudaBuild(style, wants_cpu=re.search(_CPU, text) is not None)


def build_of(entry: CondaEntry) -> CudaBuild:
    """What *entry* says by its build string, and by a name that means one kind of build."""
    if entry.name in ("pytorch-gpu", "tensorflow-gpu"):
        return CudaBuild(wants_cuda=True)
    if entry.name in ("pytorch-cpu", "tensorflow-cpu"):
        return CudaBuild(wants_cpu=True)
    if entry.name == "pytorch-mutex":
        build = entry.spec.build or ""
        return CudaBuild(wants_cuda="cuda" in build, wants_cpu="cpu" in build)
    if entry.name not in BUILT_FOR_CUDA or entry.spec.build is None:
        return CudaBuild()
    return read_build(entry.spec.build)


def _joined(digits: str) -> Numbers:
    """``112`` to (11, 2), ``92`` to (9, 2), ``12`` to (12,): there never was a CUDA 1.2."""
    if len(digits) == 2 and digits.startswith("1"):
        return (int(digits),)
    return int(digits[:-1]), int(digits[-1])


def accepted_cuda(build: CudaBuild) -> str:
    """The constraint that a build asks of `cudatoolkit`, `pytorch-cuda` or `cuda-version`.

    Builds of PyTorch's channel take exactly their minor; those of conda-forge any later one of the same major.
    """
    assert build.cuda is not None
    major, *minor = build.cuda
    if not minor:
        return f"{major}.*"
    if build.style != "pytorch" and build.cuda >= _MINOR_COMPATIBLE:
        return f">={major}.{minor[0]},<{major + 1}"
    return f"{major}.{minor[0]}.*"
