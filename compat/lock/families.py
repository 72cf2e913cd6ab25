"""Which packages are told together, whichever ecosystem they are from.

A list by name, since no table lists every CUDA library: NVIDIA's wheels are all called ``nvidia-...``, and the conda
packages of CUDA since 12 follow https://github.com/conda-forge/cuda-feedstock, those before it are ``cudatoolkit``.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TORCH = re.compile(
    r"torch|pytorch(?:-(?:gpu|cpu|mutex|cuda|triton))?|libtorch|torchvision(?:-extra-decoders)?|torchaudio|torchtext|torchdata"
    r"|triton|torchtriton|cpuonly"
)
_CUDA = re.compile(
    r"nvidia-(?!ml-py).*|cuda(?:-.*|toolkit(?:-.*)?)?|cudnn|nccl|lib(?:cu(?:blas|dnn|dss|fft|file|rand|solver|sparse|tensor)"
    r"|npp|nvjpeg|nvjitlink|nvvm|nvfatbin|nvptxcompiler|magma)(?:[-_].*)?|cutensor|cusparselt|magma|tensorrt.*"
)
_PYTHON = re.compile(r"python|python[_-]abi|libpython.*|python-gil|python-freethreading|cpython")


@lru_cache(maxsize=4096)
def family_of(name: str) -> str:
    """One of `FAMILIES` for a conda or PyPI name."""
    for family, pattern in (("torch", _TORCH), ("cuda", _CUDA), ("python", _PYTHON)):
        if pattern.fullmatch(name):
            return family
    return "other"
