"""What of a conda build string matters: the CUDA, CPU or GPU build. The rest names a Python, a hash and a number."""

from __future__ import annotations

import re

#: ``cuda11.8``, ``cuda118``, ``cu118``, ``cuda_11``, ``cpu``, ``gpu``, ``rocm60`` as a word of a build string.
_ACCELERATOR = re.compile(
    r"(?<![a-z])(?:cuda_?\d+(?:\.\d+)*|cu\d+|rocm_?\d+(?:\.\d+)*|(?:cuda|cpu|gpu|rocm)(?![a-z]))", re.IGNORECASE
)
#: A variant that a person chose by name: ``blas=1.0=mkl``.
_WORD = re.compile(r"[a-z]+")
#: Names of channels, which are no choice of a variant: ``_libgcc_mutex=0.1=conda_forge``.
_CHANNELS = frozenset({"main", "forge"})


def kept_build(build: str) -> str | None:
    """The build, or the glob over builds, that keeps what *build* says about hardware; None where it says nothing.

    ``py3.10_cuda11.8_cudnn8.7.0_0`` is ``*cuda11.8*``, ``py38h5eee18b_0`` nothing; globs, regular expressions and
    bare words (``mkl``) are choices of a person and stay.
    """
    if "*" in build or build.startswith("^"):
        return build
    if _WORD.fullmatch(build):
        return None if build in _CHANNELS else build
    found = _ACCELERATOR.search(build)
    return f"*{found[0]}*" if found else None
