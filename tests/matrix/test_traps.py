"""Pitfalls of real environments that a table must know: pairs that break, and pairs that must stay quiet.

A resolver accepts all of them; what wheels declare stands in the project tables, and is tested there.
"""

from __future__ import annotations

import pytest
from packaging.version import Version

from compat.matrix import load_matrix
from compat.model.conda_version import parse_conda_version
from compat.model.knowledge import Matrix
from compat.model.matchspec import parse_matchspec
from compat.model.names import PyPIName
from compat.model.requirements import Requirement


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return load_matrix()


def _holds(requirement: Requirement, pin: str) -> bool:
    name, _, version = pin.partition("==")
    name, _, extras = name.partition("[")
    return (
        requirement.name == name
        and requirement.extras <= set(extras.rstrip("]").split(","))
        and requirement.specifier.contains(Version(version))
    )


#: Two pins, the platform, and the coupling that breaks them ("" for none) with its severity.
PAIRS = [
    # numpy 2: built on 1.x up to 2.2 on Linux and macOS, up to 2.4.0 on Windows
    ("torch==2.2.2", "numpy==2.0.2", "linux-64", "torch-before-numpy-2", "warning"),
    ("torch==2.2.2", "numpy==2.0.2", "linux-aarch64", "torch-before-numpy-2", "warning"),
    ("torch==2.2.2", "numpy==2.0.2", "osx-64", "torch-before-numpy-2", "warning"),
    ("torch==2.2.2", "numpy==1.26.4", "linux-64", "", ""),
    ("torch==2.3.0", "numpy==2.0.2", "linux-64", "", ""),
    ("torch==2.4.0", "numpy==2.1.0", "win-64", "torch-before-numpy-2-windows", "warning"),
    ("torch==2.4.0", "numpy==2.1.0", "linux-64", "", ""),
    ("torch==2.4.1", "numpy==2.1.0", "win-64", "", ""),
    # torchtext ended with torch 2.3
    ("torchtext==0.18.0", "torch==2.14.1", "linux-64", "torchtext-after-torch-2.3", "error"),
    ("torchtext==0.18.0", "torch==2.3.1", "linux-64", "", ""),
    # torchaudio 2.11.0 declares nothing, and is right for every later torch
    ("torchaudio==2.11.0", "torch==2.9.1", "linux-64", "torchaudio-2.11-before-its-torch", "error"),
    ("torchaudio==2.11.0", "torch==2.10.0", "linux-64", "torchaudio-2.11-beside-torch-2.10", "warning"),
    ("torchaudio==2.11.0", "torch==2.11.0", "linux-64", "", ""),
    ("torchaudio==2.11.0", "torch==2.14.0", "linux-64", "", ""),
    # cuDNN 8 and 9
    ("ctranslate2==4.4.0", "torch==2.4.0", "linux-64", "ctranslate2-cudnn-8", "warning"),
    ("ctranslate2==4.4.0", "torch==2.3.1", "linux-64", "", ""),
    ("ctranslate2==4.5.0", "torch==2.3.1", "linux-64", "ctranslate2-cudnn-9", "warning"),
    ("ctranslate2==4.5.0", "torch==2.4.0", "linux-64", "", ""),
    # setuptools 82 without pkg_resources
    ("torch==1.13.1", "setuptools==82.0.0", "linux-64", "cpp-extension-pkg-resources", "warning"),
    ("torch==2.0.1", "setuptools==82.0.0", "linux-64", "cpp-extension-pkg-resources", "warning"),
    ("torch==2.8.0", "setuptools==82.0.0", "linux-64", "", ""),
    ("torch==2.13.0", "setuptools==82.0.0", "linux-64", "", ""),
    # two CUDA majors in one process
    ("tensorflow[and-cuda]==2.21.0", "torch==2.11.0", "linux-64", "tensorflow-cuda-12-beside-torch-cuda-13", "warning"),
    ("tensorflow==2.21.0", "torch==2.11.0", "linux-64", "", ""),
    ("tensorflow[and-cuda]==2.20.0", "torch==2.9.1", "linux-64", "", ""),
    # numpy 2 under neighbours that were built on 1.x and do not say so
    ("tensorflow==2.10.0", "numpy==2.0.0", "win-64", "tensorflow-before-numpy-2", "warning"),
    ("tensorflow==2.14.0", "numpy==2.0.0", "linux-64", "tensorflow-before-numpy-2", "warning"),
    ("tensorflow==2.18.0", "numpy==2.0.0", "linux-64", "", ""),
    ("pandas==2.0.3", "numpy==2.0.0", "linux-64", "pandas-before-numpy-2", "warning"),
    ("pandas==2.2.2", "numpy==2.0.0", "linux-64", "", ""),
    ("opencv-python-headless==4.9.0.80", "numpy==2.0.0", "linux-64", "opencv-before-numpy-2", "warning"),
    ("opencv-python==4.10.0.84", "numpy==2.0.0", "linux-64", "", ""),
    # transformers and the torch of its extra
    ("transformers==4.57.6", "torch==2.1.2", "linux-64", "transformers-torch-2.2", "warning"),
    ("transformers==5.23.0", "torch==2.5.1", "linux-64", "transformers-torch-2.6", "warning"),
    ("transformers==4.40.0", "torch==1.13.1", "linux-64", "", ""),
]


@pytest.mark.parametrize(("first", "second", "subdir", "broken", "severity"), PAIRS)
def test_couplings(matrix: Matrix, first: str, second: str, subdir: str, broken: str, severity: str) -> None:
    found = [
        (coupling.id, coupling.severity)
        for coupling in matrix.couplings()
        if subdir in (coupling.subdirs or {subdir})
        and (
            (_holds(coupling.first, first) and _holds(coupling.second, second))
            or (_holds(coupling.first, second) and _holds(coupling.second, first))
        )
    ]
    assert found == ([(broken, severity)] if broken else [])


def test_every_coupling_says_what_happens_and_what_helps(matrix: Matrix) -> None:
    for coupling in matrix.couplings():
        assert coupling.effect
        assert coupling.remedy
        assert not (coupling.fact.thin and coupling.severity == "error")


def test_torchaudio_2_11_needs_a_torch_that_it_does_not_declare(matrix: Matrix) -> None:
    (undeclared,) = matrix.undeclared()
    assert _holds(undeclared.first, "torchaudio==2.11.0")
    assert _holds(undeclared.needs, "torch==2.11.0")
    assert not _holds(undeclared.needs, "torch==2.10.0")


#: torch release, variant, platform, GPU, and whether its code is in there; None: unknown, or a thin fact.
GPUS = [
    ("2.5.1", "cu121", "linux-64", (12, 0), False),  # RTX 50xx and any wheel before cu128
    ("2.6.0", "cu126", "win-64", (12, 0), False),  # no list, but the toolkit cannot compile for it
    ("2.8.0", "cu128", "linux-64", (6, 1), False),  # GTX 1080 and the default build of 2.8
    ("2.8.0", "cu126", "linux-64", (6, 1), True),  # sm_60 code runs on 6.1
    ("2.14.0", "cu126", "linux-64", (6, 1), True),
    ("2.7.0", "cu128", "linux-64", (7, 0), None),  # Volta: no, but the list of 2.7 is thin
    ("2.8.0", "cu128", "linux-64", (7, 0), True),
    ("2.10.0", "cu128", "linux-64", (7, 0), True),
    ("2.11.0", "cu128", "linux-64", (7, 0), None),  # the wheel says yes, the notes say no
    ("2.13.0", "cu126", "linux-64", (7, 0), True),
    ("2.11.0", "cu130", "linux-64", (7, 0), False),
    ("2.0.1", "cu118", "linux-64", (8, 9), True),  # RTX 4090: sm_86 code runs on 8.9
    ("2.8.0", "cu128", "linux-64", (10, 3), True),
    ("2.9.1", "cu128", "linux-aarch64", (12, 1), True),  # DGX Spark
    ("2.9.1", "cu128", "linux-aarch64", (11, 0), False),  # Jetson Thor
    ("2.9.1", "cu128", "linux-aarch64", (9, 0), True),  # GH200
]


@pytest.mark.parametrize(("release", "variant", "subdir", "gpu", "runs"), GPUS)
def test_gpus_against_builds(
    matrix: Matrix, release: str, variant: str, subdir: str, gpu: tuple[int, int], runs: bool | None
) -> None:
    build = next(b for b in matrix.builds(PyPIName("torch"), Version(release)) if b.variant == variant)
    assert build.cuda is not None
    toolkit = matrix.toolkit(build.cuda)
    assert toolkit is not None
    compiled = build.architectures.get(subdir)
    if compiled is None:
        assert toolkit.can_serve(gpu) is runs
    else:
        listed = any(sm[0] == gpu[0] and sm[1] <= gpu[1] for sm in compiled)
        assert (None if build.architecture_facts[subdir].thin and not listed else listed) is runs


#: Two conda requirements with versions, the platform, and the coupling that spoils them.
CONDA_PAIRS = [
    ("pytorch", "pytorch", "2.0.1", "cudatoolkit", "11.8.0", "linux-64", "cudatoolkit-selects-nothing"),
    ("pytorch", "pytorch", "1.12.1", "cudatoolkit", "11.6.0", "linux-64", ""),
    ("conda-forge", "pytorch", "2.6.0", "pytorch-cuda", "12.4", "linux-64", "pytorch-cuda-selects-nothing"),
    ("pytorch", "pytorch", "2.5.1", "pytorch-cuda", "12.4", "linux-64", ""),
    ("pytorch", "pytorch", "2.0.1", "mkl", "2024.1.0", "linux-64", "pytorch-mkl-2024.1"),
    ("pytorch", "pytorch", "2.0.1", "mkl", "2024.0.0", "linux-64", ""),
    ("conda-forge", "pytorch", "2.10.0", "mkl", "2025.0", "linux-64", ""),
    ("pytorch", "pytorch", "1.9.1", "cudatoolkit", "11.3.1", "linux-64", "pytorch-1.9-cudatoolkit-11.3"),
    ("pytorch", "pytorch", "1.12.1", "cudatoolkit", "10.2.89", "win-64", "pytorch-windows-cudatoolkit-10.2"),
    ("pytorch", "pytorch", "1.12.1", "cudatoolkit", "10.2.89", "linux-64", ""),
    ("pytorch", "torchdata", "0.3.0", "cudatoolkit", "11.3.1", "linux-64", "torchdata-forces-cpu"),
    ("conda-forge", "pytorch-gpu", "2.5.1", "arm-variant", "1.2.0", "linux-aarch64", "pytorch-gpu-before-tegra"),
    ("conda-forge", "pytorch-gpu", "2.10.0", "arm-variant", "1.2.0", "linux-aarch64", ""),
]


@pytest.mark.parametrize(("channel", "first", "version", "second", "other", "subdir", "broken"), CONDA_PAIRS)
def test_conda_couplings(
    matrix: Matrix, channel: str, first: str, version: str, second: str, other: str, subdir: str, broken: str
) -> None:
    def holds(text: str, name: str, value: str) -> bool:
        spec = parse_matchspec(text)
        return (
            spec.name == name
            and (spec.channel or channel) == channel
            and (spec.version is None or spec.version.matches(parse_conda_version(value)))
        )

    found = [
        coupling.id
        for coupling in matrix.conda_couplings()
        if subdir in (coupling.subdirs or {subdir})
        and holds(coupling.first, first, version)
        and holds(coupling.second, second, other)
    ]
    assert found == ([broken] if broken else [])


@pytest.mark.parametrize("name", ["graphviz", "lmdb", "flatbuffers", "snappy", "blosc", "faiss-cpu", "cudatoolkit"])
def test_conda_packages_that_are_not_the_pypi_project_of_their_name(matrix: Matrix, name: str) -> None:
    mapping = matrix.pypi_names(parse_matchspec(name).name)
    assert mapping is not None
    assert mapping.pypi == ()


def test_opencv_is_disputed(matrix: Matrix) -> None:
    mapping = matrix.pypi_names(parse_matchspec("opencv").name)
    assert mapping is not None
    assert mapping.fact.thin


@pytest.mark.parametrize("note", ["cuda-virtual-package", "pip-over-conda", "patched-bounds"])
def test_what_no_table_of_numbers_can_hold_is_a_note(matrix: Matrix, note: str) -> None:
    assert matrix.note(f"conda_limits/{note}") is not None
