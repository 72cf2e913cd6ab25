"""Known facts, looked up in the real tables as rules look them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from packaging.version import Version

from compat.matrix import load_matrix
from compat.matrix.couplings import python_range
from compat.model.knowledge import Build, Matrix
from compat.model.names import CondaName, PyPIName
from compat.model.targets import parse_target

TORCH = PyPIName("torch")


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return load_matrix()


def build(matrix: Matrix, release: str, variant: str, project: str = "torch") -> Build:
    """The build of one release and variant."""
    return next(b for b in matrix.builds(PyPIName(project), Version(release)) if b.variant == variant)


def dotted(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("."))


#: torch release and what `pip install torch` takes there from the default index, by platform.
DEFAULTS = [
    ("1.4.0", {"linux-64": "cu101"}),
    ("1.12.1", {"linux-64": "cu102", "linux-aarch64": "cpu", "win-64": "cpu"}),
    ("1.13.1", {"linux-64": "cu117", "linux-aarch64": "cpu", "win-64": "cpu"}),
    ("2.0.1", {"linux-64": "cu117"}),
    ("2.2.2", {"linux-64": "cu121", "osx-64": "cpu", "osx-arm64": "cpu"}),
    ("2.8.0", {"linux-64": "cu128", "linux-aarch64": "cpu", "win-64": "cpu"}),
    ("2.10.0", {"linux-64": "cu128", "linux-aarch64": "cpu"}),
    ("2.11.0", {"linux-64": "cu130", "linux-aarch64": "cu130", "win-64": "cpu"}),
    ("2.14.1", {"linux-64": "cu130", "linux-aarch64": "cu130"}),
    ("2.15.0", {"linux-64": "cu132", "linux-aarch64": "cu132", "win-64": "cpu", "osx-arm64": "cpu"}),
]


@pytest.mark.parametrize(("release", "expected"), DEFAULTS, ids=[release for release, _ in DEFAULTS])
def test_default_builds(matrix: Matrix, release: str, expected: Mapping[str, str]) -> None:
    defaults = {subdir: b.variant for b in matrix.builds(TORCH, Version(release)) for subdir in b.pypi}
    assert {subdir: defaults.get(subdir) for subdir in expected} == expected
    assert all(b.pypi_facts.keys() == b.pypi for b in matrix.builds(TORCH, Version(release)) if b.pypi)


def test_macos_on_intel_ended_with_2_2_2(matrix: Matrix) -> None:
    assert all("osx-64" not in b.subdirs for b in matrix.builds(TORCH, Version("2.3.0")))


def test_windows_takes_a_cpu_build_from_the_default_index_in_every_release(matrix: Matrix) -> None:
    for release in ("1.7.0", "1.13.1", "2.5.1", "2.9.1", "2.15.0"):
        assert [b.variant for b in matrix.builds(TORCH, Version(release)) if "win-64" in b.pypi] == ["cpu"]


def test_builds_are_sorted_by_cuda_and_know_their_index(matrix: Matrix) -> None:
    builds = matrix.builds(TORCH, Version("2.8.0"))
    assert [b.variant for b in builds] == ["cu129", "cu128", "cu126", "rocm6.4", "cpu"]
    assert [b.cuda for b in builds] == [(12, 9), (12, 8), (12, 6), None, None]
    assert builds[0].index_url == "https://download.pytorch.org/whl/cu129"
    assert build(matrix, "1.7.1", "cu110").index_url == "https://download.pytorch.org/whl/torch_stable.html"
    assert build(matrix, "1.8.2", "cu111").index_url == "https://download.pytorch.org/whl/lts/1.8/cu111"
    assert matrix.builds(TORCH, Version("99")) == ()
    assert matrix.builds(TORCH, Version("2.8.0+cu126")) == builds, "the label is no part of the release"


#: torch release, variant, platform, and GPU architectures that are in there and that are not.
ARCHITECTURES = [
    ("2.8.0", "cu128", "linux-64", "7.0 12.0", "6.1 5.0"),
    ("2.8.0", "cu126", "linux-64", "5.0 6.0 9.0", "10.0 12.0"),
    ("2.7.0", "cu128", "linux-64", "7.5 12.0", "7.0"),
    ("2.5.1", "cu121", "linux-64", "5.0 9.0", "12.0"),
    ("2.0.1", "cu118", "linux-64", "3.7 9.0", "12.0"),
    ("2.9.1", "cu128", "linux-aarch64", "8.0 9.0 10.0 12.0", "11.0"),
    ("2.9.1", "cu130", "linux-aarch64", "11.0 12.0", "7.5"),
    ("2.5.1", "cu124", "linux-aarch64", "9.0", "8.0"),
    ("2.14.0", "cu126", "linux-64", "5.0 6.0 7.0", "12.0"),
    ("2.14.0", "cu130", "linux-64", "7.5 12.0", "7.0"),
    ("2.13.0", "cu130", "linux-aarch64", "11.0", "7.5"),
    ("2.5.1", "cu118", "win-64", "6.1 9.0", "12.0"),
]


@pytest.mark.parametrize(("release", "variant", "subdir", "inside", "outside"), ARCHITECTURES)
def test_compiled_architectures(
    matrix: Matrix, release: str, variant: str, subdir: str, inside: str, outside: str
) -> None:
    compiled = build(matrix, release, variant).architectures[subdir]
    assert set(map(dotted, inside.split())) <= set(compiled)
    assert not set(map(dotted, outside.split())) & set(compiled)
    assert list(compiled) == sorted(compiled)


def test_what_is_thin_says_so(matrix: Matrix) -> None:
    assert build(matrix, "2.7.0", "cu128").architecture_facts["linux-64"].thin
    assert not build(matrix, "2.8.0", "cu128").architecture_facts["linux-64"].thin
    assert build(matrix, "2.11.0", "cu128").architecture_facts["linux-64"].thin, (
        "the wheel and the notes disagree on sm_70"
    )
    assert build(matrix, "2.14.1", "cu126").fact.thin
    assert not build(matrix, "2.14.1", "cu130").fact.thin, "the default build is proven by its wheel"
    assert build(matrix, "2.8.0", "cu126").cudnn_fact == build(matrix, "2.8.0", "cu129").cudnn_fact
    fact = build(matrix, "2.8.0", "cu126").cudnn_fact
    assert fact is not None
    assert fact.thin


def test_an_architecture_list_that_nobody_read_is_unknown(matrix: Matrix) -> None:
    assert "linux-64" not in build(matrix, "1.4.0", "cu101").architectures


def test_ptx_is_kept_apart(matrix: Matrix) -> None:
    assert build(matrix, "2.8.0", "cu129").ptx["linux-64"] == (12, 0)
    assert build(matrix, "2.8.0", "cu128").ptx["linux-64"] is None
    assert build(matrix, "2.0.1", "cu118").ptx["win-64"] == (3, 7)


def test_cudnn_and_abi(matrix: Matrix) -> None:
    assert build(matrix, "2.3.1", "cu121").cudnn == (8, 9, 2, 26)
    assert build(matrix, "2.4.0", "cu121").cudnn == (9, 1, 0, 70)
    assert build(matrix, "2.11.0", "cu130").cudnn == (9, 19, 0, 56), "the wheel, not RELEASE.md"
    assert build(matrix, "2.15.0", "cu132").cudnn == (9, 26, 0, 51)
    assert [build(matrix, "2.6.0", v).cxx11_abi for v in ("cu118", "cu124", "cu126")] == [False, False, True]
    assert build(matrix, "2.2.0", "cu118").cxx11_abi is False
    assert build(matrix, "2.7.0", "cu128").cxx11_abi is True


#: Project, release, variant, platform; whether a labelled file is proven not to exist.
ABSENT = [
    ("torch", "2.7.0", "cu124", "linux-64", True),
    ("torch", "2.8.0", "cu118", "linux-64", True),
    ("torch", "2.14.0", "cu128", "linux-64", True),
    ("torch", "2.1.0", "cu117", "win-64", True),
    ("torch", "2.5.1", "cu124", "linux-aarch64", True),
    ("torch", "2.5.1", "cpu", "linux-aarch64", True),
    ("torchvision", "0.24.1", "cu130", "linux-aarch64", True),
    ("torchaudio", "2.7.0", "cu124", "linux-64", True),
    ("torch", "2.5.1", "cu124", "linux-64", False),
    ("torch", "2.6.0", "cu126", "linux-aarch64", False),
    ("torch", "2.15.0", "cu126", "linux-64", False),
    ("torch", "2.8.0", "cu128", "linux-aarch64", False),
    ("torch", "2.4.0", "cu124", "linux-aarch64", False),  # thin: no proof
    ("torch", "2.8.0", "rocm6.9", "linux-64", False),
    ("torch", "99.0", "cu128", "linux-64", False),
    ("numpy", "2.0.0", "cu128", "linux-64", False),
]


@pytest.mark.parametrize(("project", "release", "variant", "subdir", "proven"), ABSENT)
def test_builds_that_never_existed(
    matrix: Matrix, project: str, release: str, variant: str, subdir: str, proven: bool
) -> None:
    fact = matrix.absent_build(PyPIName(project), Version(release), variant, subdir)
    assert (fact is not None) is proven
    assert fact is None or not fact.thin


def test_companions_follow_torch_on_the_same_indexes(matrix: Matrix) -> None:
    vision = build(matrix, "0.23.0", "cu128", "torchvision")
    assert vision.index_url == "https://download.pytorch.org/whl/cu128"
    assert vision.subdirs == {"linux-64", "win-64"}
    assert vision.architectures == {}
    for_arm = build(matrix, "0.24.1", "cu130", "torchvision")
    assert for_arm.unlabelled == {"linux-aarch64"}
    assert build(matrix, "2.0.2", "cu118", "torchaudio").pypi == frozenset()
    assert {b.variant for b in matrix.builds(PyPIName("torchvision"), Version("0.15.0"))} >= {"cu117", "cu118"}
    assert matrix.builds(PyPIName("torchvision"), Version("0.99.0")) == ()
    assert matrix.builds(PyPIName("numpy"), Version("2.0.0")) == ()


#: CUDA, system; the lowest driver of its major, and the driver that it ships with.
DRIVERS = [
    ("12.8", "linux", "525.60.13", "570.26"),
    ("12.4", "linux", "525.60.13", "550.54.14"),
    ("12.4", "windows", "527.41", "551.61"),
    ("11.8", "linux", "450.80.02", "520.61.05"),
    ("11.0", "linux", "450.36.06", "450.51.05"),
    ("13.0", "linux", "580", "580.65.06"),
    ("13.2", "linux", "580", "595.45.04"),
    ("13.0", "windows", "580", None),
    ("10.2", "linux", "440.33", "440.33"),
    ("10.1", "linux", "418.39", "418.39"),
]


@pytest.mark.parametrize(("cuda", "system", "minimum", "toolkit"), DRIVERS)
def test_drivers(matrix: Matrix, cuda: str, system: str, minimum: str, toolkit: str | None) -> None:
    driver = matrix.driver(dotted(cuda), system)
    assert driver is not None
    assert driver.minimum == dotted(minimum)
    assert driver.toolkit == (dotted(toolkit) if toolkit else None)


@pytest.mark.parametrize(
    ("driver", "system", "newest"),
    [
        ("535.104.05", "linux", "12.2"),
        ("535", "linux", "12.2"),
        ("470.82.01", "linux", "11.4"),
        ("570.133.20", "linux", "12.8"),
        ("580.82.07", "linux", "13.0"),
        ("595.71.05", "linux", "13.2"),
        ("572.83", "windows", "12.8"),
        ("300", "linux", None),
    ],
)
def test_newest_cuda_of_a_driver(matrix: Matrix, driver: str, system: str, newest: str | None) -> None:
    assert matrix.newest_cuda(dotted(driver), system) == (dotted(newest) if newest else None)


@pytest.mark.parametrize(
    ("cuda", "gpu", "serves"),
    [
        ("12.4", "12.0", False),
        ("12.6", "10.0", False),
        ("12.8", "12.0", True),
        ("12.8", "12.1", True),
        ("12.8", "10.3", True),
        ("12.8", "11.0", False),
        ("13.0", "11.0", True),
        ("13.0", "7.0", False),
        ("12.9", "7.0", True),
        ("11.7", "9.0", False),
        ("11.8", "9.0", True),
        ("10.2", "8.0", False),
    ],
)
def test_what_a_toolkit_can_compile_for(matrix: Matrix, cuda: str, gpu: str, serves: bool) -> None:
    toolkit = matrix.toolkit(dotted(cuda))
    assert toolkit is not None
    assert toolkit.can_serve(dotted(gpu)) is serves


def test_a_toolkit_that_nobody_read_about_is_unknown(matrix: Matrix) -> None:
    assert matrix.toolkit((14, 0)) is None
    assert matrix.toolkit_architectures((14, 0)) is None
    assert matrix.toolkit_architectures((12, 4)) == ((5, 0), (9, 0))
    assert matrix.driver((14, 0), "linux") is None


@pytest.mark.parametrize(
    ("gpu", "capability"),
    [
        ("h100", (9, 0)),
        ("gh200", (9, 0)),
        ("H200", (9, 0)),
        ("b200", (10, 0)),
        ("gb300", (10, 3)),
        ("gb10", (12, 1)),
        ("dgx-spark", (12, 1)),
        ("NVIDIA GeForce RTX 5090", (12, 0)),
        ("rtx4090", (8, 9)),
        ("NVIDIA H100 80GB HBM3", (9, 0)),
        ("Tesla V100-SXM2-16GB", (7, 0)),
        ("NVIDIA A100-SXM4-80GB", (8, 0)),
        ("a10g", (8, 6)),
        ("t4", (7, 5)),
        ("gtx1080ti", (6, 1)),
        ("p100", (6, 0)),
        ("jetson-orin", (8, 7)),
        ("agx-thor", (11, 0)),
        ("jetson-nano", (5, 3)),
        ("rtx-pro-6000", (12, 0)),
        ("sm_89", (8, 9)),
    ],
)
def test_gpus(matrix: Matrix, gpu: str, capability: tuple[int, int]) -> None:
    known = {name: model.compute_capability for name, model in matrix.gpus().items()}
    assert parse_target(f"linux-64,gpu={gpu}", known).gpu == capability
    assert len(known) > 120


def test_tensorflows_tested_builds(matrix: Matrix) -> None:
    tested = {(t.version, t.system): t for t in matrix.tested_builds(PyPIName("tensorflow"))}
    assert (tested["2.9.0", "linux"].cuda, tested["2.9.0", "linux"].cudnn) == ((11, 2), (8, 1))
    assert (tested["2.12.0", "linux"].cuda, tested["2.12.0", "linux"].pythons) == (
        (11, 8),
        ((3, 8), (3, 9), (3, 10), (3, 11)),
    )
    assert tested["2.21.0", "linux"].cuda == (12, 5)
    windows = [version for version, system in tested if system == "windows"]
    assert windows[0] == "2.10.0", "GPU support on native Windows ended there"
    assert matrix.tested_builds(PyPIName("jax")) == ()
    assert list(python_range("2.7, 3.3-3.5")) == [(2, 7), (3, 3), (3, 4), (3, 5)]


def test_conda_builds(matrix: Matrix) -> None:
    audio = [b for b in matrix.conda_builds(CondaName("torchaudio")) if b.version == "2.0.2" and b.cuda]
    assert {(b.cuda, b.cuda_package) for b in audio} == {((11, 7), "pytorch-cuda"), ((11, 8), "pytorch-cuda")}
    assert all("pytorch ==2.0.1" in b.requires for b in audio)
    torch = [b for b in matrix.conda_builds(CondaName("pytorch")) if (b.version, b.channel) == ("1.12.1", "pytorch")]
    assert {b.cuda for b in torch} >= {None, (10, 2), (11, 3), (11, 6)}
    assert any("cudatoolkit >=10.2,<10.3" in b.requires for b in torch)
    assert matrix.conda_builds(CondaName("pytorch"))[0].fact.source.startswith("pkg:conda/pytorch@2.5.1?")
    assert matrix.conda_builds(CondaName("nothing")) == ()


def test_conda_channels(matrix: Matrix) -> None:
    ended = {limit.channel: limit for limit in matrix.conda_limits(CondaName("pytorch")) if not limit.subdirs}
    assert ended["pytorch"].newest == "2.5.1"
    assert ended["conda-forge"].fact.thin
    limits = [limit for limit in matrix.conda_limits(CondaName("pytorch-cuda")) if not limit.subdirs]
    never, made = sorted(limits, key=lambda limit: limit.channel)
    assert (never.channel, never.newest, never.versions) == ("conda-forge", "", ())
    assert made.versions == ("11.6", "11.7", "11.8", "12.1", "12.4")
    assert matrix.conda_limits(CondaName("numpy")) == ()
    assert {need.needs for need in matrix.conda_needs() if need.spec == "pytorch-cuda"} == {("nvidia",)}
    lines = {line.selector: line for line in matrix.conda_lines("2.0.1")}
    assert (lines["pytorch-cuda"].cuda, lines["pytorch-cuda"].complete) == (("11.7", "11.8"), True)
    assert lines["pytorch-cuda"].channels == ("pytorch", "nvidia")
    assert matrix.conda_lines("2.6.0") == ()


def test_run_time_libraries_of_conda_packages(matrix: Matrix) -> None:
    def by(library: str) -> set[tuple[str, str, str]]:
        return {(row.by, row.channel, row.series) for row in matrix.conda_runtime(CondaName(library))}

    assert {("python", "conda-forge", "3.10"), ("python", "main", "")} <= by("libffi")
    assert ("numpy", "conda-forge", "") in by("libblas")
    assert {series for name, _, series in by("libmpdec") if name == "python"} == {"3.13", "3.14"}
    assert all("*mkl" in row.chosen for row in matrix.conda_runtime(CondaName("libblas")))
    cuda = [row for row in matrix.conda_runtime(CondaName("libcublas")) if row.by == "pytorch"]
    assert cuda
    assert all(row.build == "cuda*" and row.fact.source.startswith("pkg:conda/pytorch@") for row in cuda)


@pytest.mark.parametrize(
    "name",
    [
        *("numpy", "pandas", "scipy", "pytorch", "python", "pip", "setuptools", "wheel", "certifi"),
        *("cudatoolkit", "pytorch-cuda", "cuda-version", "cudnn", "cpuonly", "blas", "mkl", "pytorch-mutex"),
        *("ffmpeg", "git", "cmake", "ninja", "pandoc", "hdf5", "cuda-nvcc", "libcublas-dev", "nccl"),
    ],
)
def test_what_people_ask_for_is_no_run_time_library(matrix: Matrix, name: str) -> None:
    assert matrix.conda_runtime(CondaName(name)) == ()


def test_names_on_both_sides(matrix: Matrix) -> None:
    def pypi(conda: str, channel: str = "conda-forge") -> tuple[str, ...] | None:
        mapping = matrix.pypi_names(CondaName(conda), channel)
        return None if mapping is None else mapping.pypi

    assert pypi("pytorch", "pytorch") == ("torch",)
    assert pypi("pytorch", "defaults") == ("torch",)
    assert pypi("pytorch-cuda", "pytorch") == ()
    assert pypi("faiss-cpu", "pytorch") == ("faiss",)
    assert pypi("faiss-cpu") == ()
    assert pypi("cupy") == ("cupy", "cupy-cuda11x", "cupy-cuda12x", "cupy-cuda13x")
    assert pypi("pillow") == ("pillow",)
    assert pypi("some-package") is None
    (row,) = matrix.conda_names(PyPIName("cupy-cuda12x"))
    assert (row.conda, row.implies) == ("cupy", ("cuda-version=12",))
    assert {row.conda for row in matrix.conda_names(PyPIName("torch"))} == {"pytorch", "pytorch-cpu", "pytorch-gpu"}
    assert matrix.conda_names(PyPIName("some-package")) == ()


def test_users_override_names() -> None:
    matrix = load_matrix({"graphviz": ("graphviz",), "seaborn": ("seaborn",), "opencv": ()})
    mapping = matrix.pypi_names(CondaName("graphviz"))
    assert mapping is not None
    assert (mapping.pypi, mapping.fact.source) == (("graphviz",), "configuration")
    opencv = matrix.pypi_names(CondaName("opencv"))
    assert opencv is not None
    assert opencv.pypi == ()
    assert "opencv" not in {row.conda for row in matrix.conda_names(PyPIName("opencv-python"))}
    assert [row.conda for row in matrix.conda_names(PyPIName("seaborn"))] == ["seaborn"]


@pytest.mark.parametrize(
    ("reference", "cuda", "cudnn", "python", "glibc"),
    [
        ("nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04", (12, 4), None, None, (2, 35)),
        ("nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu18.04", (11, 8), (8,), None, (2, 27)),
        ("nvcr.io/nvidia/cuda:12.2.0-base-rockylinux8", (12, 2), None, None, (2, 28)),
        ("nvidia/cuda:10.0-base", (10, 0), None, None, None),
        ("docker.io/pytorch/pytorch:2.4.1-cuda12.1-cudnn9-runtime", (12, 1), (9,), None, None),
        ("tensorflow/tensorflow:2.7.0-gpu", (11, 2), (8, 1), (3, 8), (2, 31)),
        ("tensorflow/tensorflow:2.7.0", None, None, None, None),
        ("library/python:3.11-slim-bookworm@sha256:0123", None, None, (3, 11), (2, 36)),
        ("ubuntu:20.04", None, None, None, (2, 31)),
        ("nvidia/cuda:10.2-cudnn7-devel-ubuntu18.04", (10, 2), (7,), None, (2, 27)),
        ("mambaorg/micromamba:1.5.8-cuda-12.1.1", (12, 1), None, None, None),
        ("ghcr.io/mamba-org/micromamba:jammy-cuda-12.1.1", (12, 1), None, None, (2, 35)),
        ("anibali/pytorch:cuda-10.0", (10, 0), None, None, None),
        ("anibali/pytorch:1.10.0-cuda11.3", (11, 3), None, None, None),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", None, None, (3, 12), (2, 36)),
        ("example.org/team/image:v2-cu118", (11, 8), None, None, None),
        ("example.org/team/image:py3.8-cuda10.1-x", (10, 1), None, None, None),
    ],
)
def test_base_images(
    matrix: Matrix,
    reference: str,
    cuda: tuple[int, ...] | None,
    cudnn: tuple[int, ...] | None,
    python: tuple[int, int] | None,
    glibc: tuple[int, ...] | None,
) -> None:
    image = matrix.base_image(reference)
    assert image is not None
    assert (image.cuda, image.cudnn, image.python, image.glibc) == (cuda, cudnn, python, glibc)


def test_what_an_image_brings(matrix: Matrix) -> None:
    framework, alpine = (
        matrix.base_image("pytorch/pytorch:2.4.1-cuda12.1-cudnn9-devel"),
        matrix.base_image("python:3.12-alpine"),
    )
    noble, guess = (
        matrix.base_image("nvidia/cuda:12.8.0-base-ubuntu24.04"),
        matrix.base_image("example.org/team/image:cu118"),
    )
    assert framework is not None
    assert (framework.kind, framework.has_compiler) == ("framework", True)
    assert framework.brings == (("torch", "2.4.1"), ("torchvision", ""), ("torchaudio", ""))
    assert alpine is not None
    assert alpine.musl
    assert noble is not None
    assert (noble.system_python, noble.managed, noble.has_compiler) == ((3, 12), True, False)
    assert guess is not None
    assert guess.fact.thin


@pytest.mark.parametrize(
    ("tag", "torch", "python", "managed"),
    [
        ("1.12.0-cuda11.3-cudnn8-devel", "1.12.0", (3, 7), False),
        ("1.13.1-cuda11.6-cudnn8-runtime", "1.13", (3, 10), False),
        ("1.9.0-cuda11.1-cudnn8-runtime", "1.9.0", None, False),
        ("2.5.1-cuda12.4-cudnn9-runtime", "2.5.1", (3, 11), False),
        ("2.12.1-cuda13.0-cudnn9-devel", "2.12.1", (3, 12), True),
    ],
)
def test_the_python_of_an_image_of_pytorch(
    matrix: Matrix, tag: str, torch: str, python: tuple[int, int] | None, managed: bool
) -> None:
    image = matrix.base_image(f"pytorch/pytorch:{tag}")
    assert image is not None
    assert (image.brings[0], image.python, image.managed) == (("torch", torch), python, managed)


@pytest.mark.parametrize(
    ("reference", "glibc"),
    [
        ("nvidia/cuda:12.9.1-runtime-amzn2023", (2, 34)),
        ("nvidia/cuda:13.0.1-devel-rockylinux10", (2, 39)),
        ("mambaorg/micromamba:2.5.0-ubuntu24.04", (2, 39)),
        ("mambaorg/micromamba:2.3.2-debian13-slim", (2, 41)),
        ("ubuntu:26.04", (2, 43)),
    ],
)
def test_the_glibc_of_an_image(matrix: Matrix, reference: str, glibc: tuple[int, int]) -> None:
    image = matrix.base_image(reference)
    assert image is not None
    assert image.glibc == glibc


def test_an_image_that_says_nothing_is_unknown(matrix: Matrix) -> None:
    assert matrix.base_image("example.org/team/image:latest") is None
    assert matrix.base_image("nvidia/cuda") is None


def test_notes_and_the_day_of_the_newest_fact(matrix: Matrix) -> None:
    note = matrix.note("tensorflow/windows-gpu-ended")
    assert note is not None
    assert "2.10" in note.claim
    assert note.fact.read_on == date(2026, 11, 22)
    assert matrix.note("tensorflow/nothing") is None
    assert date.fromisoformat(matrix.version) >= date(2026, 11, 22)


def test_projects_are_loaded_once_and_unknown_ones_are_unknown(matrix: Matrix) -> None:
    assert matrix.project(TORCH) is matrix.project(TORCH)
    assert matrix.project(PyPIName("no-such-project")) is None
    assert {"torch", "numpy", "triton"} <= matrix.mentioned()


def test_cudnn_support(matrix: Matrix) -> None:
    support = {row.cudnn: row for row in matrix.cudnn_support()}
    assert (13, 0) in support[9, 17, 0].cuda
    assert (11, 8) not in support[9, 17, 0].cuda
    assert support[9, 25, 1].fact.thin
