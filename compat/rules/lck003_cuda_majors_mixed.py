"""LCK003: a lock with libraries of two majors of CUDA."""

from __future__ import annotations

from typing import ClassVar

from compat.model.diagnostics import Severity
from compat.rules.lock_problems import LockRule


class CudaMajorsMixed(LockRule):
    """Libraries of two majors of CUDA in one lock.

    What it finds:
        On one target a lock installs packages for CUDA 11 and for CUDA 12, as their names or versions say
        (``nvidia-cublas-cu12``, ``cupy-cuda11x``, ``torch 2.7.1+cu118``, conda's ``cuda-version`` and ``cudatoolkit``).

    Why it matters:
        Each major has libraries of its own, and code that was built for one does not load those of the other. Two
        packages that do not share memory on the GPU may work side by side, at twice the size; arrays passed between
        them, and a driver that is new enough for one only, do not.

    Example:
        # requirements.in
        torch==2.7.1+cu118
        cupy-cuda12x

    Use instead:
        # requirements.in
        torch==2.7.1+cu118
        cupy-cuda11x

    Source:
        https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
    """

    code, name = "LCK003", "cuda-majors-mixed"
    kinds: ClassVar = {"majors": Severity.WARNING}
