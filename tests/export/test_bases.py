"""Which image is taken for which packages, by the tables as they are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from compat.export.bases import Bases, choose_bases
from compat.export.plan import ExportPlan, Group, PlannedTarget
from compat.matrix import load_matrix
from compat.model.targets import Target
from tests.export.plans import X86, pip, plan

MATRIX = load_matrix({})


def _choose(
    versions: Mapping[str, str], target: Target = X86, *, brings: bool = False, python: tuple[int, int] = (3, 11)
) -> Bases:
    groups = (Group("rest", "pip", tuple(pip(name, version) for name, version in versions.items())),)
    planned = PlannedTarget(target, groups, brings_cuda=brings)
    return choose_bases(plan([])._replace(targets=(planned,), python=python), MATRIX)


@pytest.mark.parametrize(
    ("python", "glibc", "image"),
    [
        ((3, 12), (2, 28), "python:3.12-slim-bookworm"),
        ((3, 9), (2, 36), "python:3.9-slim-bookworm"),
        ((3, 12), (2, 39), "python:3.12-slim-trixie"),
        ((3, 6), (2, 17), "python:3.6-slim-bullseye"),
    ],
)
def test_the_oldest_distribution_whose_glibc_does(python: tuple[int, int], glibc: tuple[int, int], image: str) -> None:
    bases = _choose({"numpy": "1"}, X86._replace(glibc=glibc), python=python)
    assert (bases.runtime.image, bases.own_python, bases.notes) == (image, False, ())
    assert bases.runtime.evidence[0].source.startswith("https://")


def test_a_glibc_that_no_image_has_is_said() -> None:
    assert "older than the 2.99" in _choose({"numpy": "1"}, X86._replace(glibc=(2, 99))).runtime.why


@pytest.mark.parametrize(
    ("versions", "image"),
    [
        ({"tensorflow": "2.9.1"}, "nvidia/cuda:11.2.2-cudnn8-runtime-ubuntu20.04"),
        ({"tensorflow": "2.14.0"}, "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        ({"cupy-cuda12x": "13.4.0"}, "nvidia/cuda:12.9.1-runtime-ubuntu22.04"),
        ({"jax": "0.6.0", "jax-cuda12-plugin": "0.6.0"}, "nvidia/cuda:12.9.1-cudnn-runtime-ubuntu22.04"),
    ],
)
def test_packages_that_load_the_cuda_of_the_system(versions: Mapping[str, str], image: str) -> None:
    bases = _choose(versions)
    assert (bases.runtime.image, bases.own_python) == (image, True)
    assert _choose(versions, brings=True).runtime.image == "python:3.11-slim-bookworm"


def test_the_driver_bounds_the_cuda_of_the_system() -> None:
    target = X86._replace(driver=(535, 104, 5))
    assert _choose({"cupy-cuda12x": "13.4.0"}, target).runtime.image == "nvidia/cuda:12.2.2-runtime-ubuntu22.04"


def test_tensorflow_without_a_gpu_or_of_an_unknown_release_is_said() -> None:
    without = _choose({"tensorflow": "2.9.1"}, X86._replace(gpu=()))
    assert (without.runtime.image, len(without.notes)) == ("python:3.11-slim-bookworm", 1)
    assert "tensorflow[and-cuda]" in without.notes[0]
    assert "is not known here" in _choose({"tensorflow": "99.0"}).notes[0]


def _with_extension(cuda: tuple[int, int] | None) -> ExportPlan:
    own = Group("extension", "pip", (pip("flash-attn", "2.8.3"),))
    return plan([])._replace(targets=(PlannedTarget(X86, (own,), cuda, "torch 2.7.1", brings_cuda=True),))


def test_an_extension_gets_the_compiler_of_its_cuda() -> None:
    bases = choose_bases(_with_extension((12, 8)), MATRIX)
    assert bases.compiler is not None
    assert bases.compiler.image == "nvidia/cuda:12.8.1-cudnn-devel-ubuntu22.04"


@pytest.mark.parametrize("cuda", [None, (10, 0)])
def test_an_extension_whose_compiler_is_not_known_is_said(cuda: tuple[int, int] | None) -> None:
    bases = choose_bases(_with_extension(cuda), MATRIX)
    assert bases.compiler is None
    assert "flash-attn" in bases.notes[0]


def test_the_compiler_has_a_glibc_that_the_image_has_too() -> None:
    """What is compiled on a newer glibc does not run on an older one."""
    bases = choose_bases(_with_extension((12, 8)), MATRIX)
    assert bases.compiler is not None
    compiler, runtime = (MATRIX.base_image(base.image) for base in (bases.compiler, bases.runtime))
    assert compiler is not None
    assert runtime is not None
    assert (compiler.glibc or ()) <= (runtime.glibc or ())
