"""Exports become what a person would have written: which lines go, on what evidence, and what the text is then."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.formats.environment_yml import read_environment
from compat.formats.requirements_txt import read_requirements
from compat.matrix import load_matrix
from compat.model.environments import Document
from compat.model.knowledge import CondaRuntime, Fact, Matrix
from compat.model.names import CondaName
from compat.relaxing.exports import brought, extra_removals, removal
from compat.text.edits import apply_edits
from compat.text.source import Source


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return load_matrix()


def environment(text: str) -> Document:
    return read_environment(Source(path="environment.yml", text=text))


def requirements(text: str) -> Document:
    return read_requirements(Source(path="requirements.txt", text=text))


def conda(*entries: str, channels: Iterable[str] = ("conda-forge", "defaults")) -> Document:
    """An environment file of *entries*."""
    lines = ["channels:", *(f"  - {name}" for name in channels), "dependencies:", *(f"  - {e}" for e in entries)]
    return environment("\n".join(lines) + "\n")


def names(document: Document, matrix: Matrix) -> list[str]:
    return [entry.name for entry, _ in brought(document, matrix)]


def taken_out(document: Document, matrix: Matrix) -> str:
    """The text without the lines that go; every one of them can."""
    edits = [removal(document, entry) for entry, _ in brought(document, matrix)]
    assert None not in edits
    return apply_edits(document.text, [*filter(None, edits), *(edit for _, _, edit in extra_removals(document))])


# -- whole files -------------------------------------------------------------------------------------------------------

#: `conda env export` of an environment with the CUDA build of pytorch from its own channel.
PYTORCH = """\
name: mdm
channels:
  - pytorch
  - conda-forge
  - defaults
dependencies:
  - _libgcc_mutex=0.1=main
  - _openmp_mutex=5.1=1_gnu
  - blas=1.0=mkl
  - ca-certificates=2022.07.19=h06a4308_0
  - certifi=2022.6.15=py37h06a4308_0
  - cudatoolkit=11.0.221=h6bb024c_0
  - ffmpeg=4.3=hf484d3e_0
  - freetype=2.11.0=h70c0345_0
  - gnutls=3.6.15=he1e5248_0
  - intel-openmp=2021.4.0=h06a4308_3561
  # pillow 9.2 wants this one
  - jpeg=9b=h024ee3a_2
  - lcms2=2.12=h3be6417_0
  - libffi=3.3=he6710b0_2
  - libgcc-ng=11.2.0=h1234567_1
  - libgomp=11.2.0=h1234567_1
  - libpng=1.6.37=hbc83047_0
  - libtiff=4.4.0=hecacb30_0
  - libuv=1.40.0=h7b6447c_0
  - mkl=2021.4.0=h06a4308_640
  - mkl_fft=1.3.1=py37hd3c417c_0
  - ncurses=6.3=h5eee18b_3
  - numpy=1.21.5=py37h6c91a56_3
  - numpy-base=1.21.5=py37ha15fc14_3
  - openssl=1.1.1q=h7f8727e_0
  - pillow=9.2.0=py37hace64e9_1
  - pip=22.2.2=py37h06a4308_0
  - python=3.7.13=h12debd9_0
  - pytorch=1.7.1=py3.7_cuda11.0.221_cudnn8.0.5_0
  - pytorch-mutex=1.0=cuda
  - readline=8.1.2=h7f8727e_1
  - setuptools=63.4.1=py37h06a4308_0
  - sqlite=3.39.3=h5082296_0
  - tk=8.6.12=h1ccaba5_0
  - torchvision=0.8.2=py37_cu110
  - wheel=0.37.1=pyhd3eb1b0_0
  - xz=5.2.6=h5eee18b_0
  - zlib=1.2.12=h5eee18b_3
  - zstd=1.5.2=ha4553b6_0
  - pip:
    - smplx==0.1.28
    - trimesh==3.15.3
prefix: /home/someone/miniconda3/envs/mdm
"""
PYTORCH_THEN = """\
name: mdm
channels:
  - pytorch
  - conda-forge
  - defaults
dependencies:
  - blas=1.0=mkl
  - certifi=2022.6.15=py37h06a4308_0
  - cudatoolkit=11.0.221=h6bb024c_0
  - ffmpeg=4.3=hf484d3e_0
  # pillow 9.2 wants this one
  - mkl=2021.4.0=h06a4308_640
  - mkl_fft=1.3.1=py37hd3c417c_0
  - numpy=1.21.5=py37h6c91a56_3
  - pillow=9.2.0=py37hace64e9_1
  - pip=22.2.2=py37h06a4308_0
  - python=3.7.13=h12debd9_0
  - pytorch=1.7.1=py3.7_cuda11.0.221_cudnn8.0.5_0
  - pytorch-mutex=1.0=cuda
  - setuptools=63.4.1=py37h06a4308_0
  - torchvision=0.8.2=py37_cu110
  - wheel=0.37.1=pyhd3eb1b0_0
  - pip:
    - smplx==0.1.28
    - trimesh==3.15.3
"""

#: `conda env export` of a bare Python with everything else from pip.
PIP = """\
name: qwen
channels:
  - defaults
dependencies:
  - _libgcc_mutex=0.1=main
  - _openmp_mutex=5.1=1_gnu
  - bzip2=1.0.8=h5eee18b_6
  - ca-certificates=2024.7.2=h06a4308_0
  - ld_impl_linux-64=2.38=h1181459_1
  - libffi=3.4.4=h6a678d5_1
  - libgcc-ng=11.2.0=h1234567_1
  - openssl=3.0.14=h5eee18b_0
  - pip=24.2=py310h06a4308_0
  - python=3.10.14=h955ad1f_1
  - sqlite=3.45.3=h5eee18b_0
  - tzdata=2024a=h04d1e81_0
  - zlib=1.2.13=h5eee18b_1
  - pip:
      - nvidia-cublas-cu12==12.1.3.1
      - nvidia-cudnn-cu12==9.1.0.70
      - nvidia-ml-py==12.560.30
      - torch==2.5.0
      - transformers==4.45.0
      - triton==3.1.0"""
PIP_THEN = """\
name: qwen
channels:
  - defaults
dependencies:
  - pip=24.2=py310h06a4308_0
  - python=3.10.14=h955ad1f_1
  - pip:
      - nvidia-cublas-cu12==12.1.3.1
      - nvidia-ml-py==12.560.30
      - torch==2.5.0
      - transformers==4.45.0
"""

#: `conda list --export`.
LIST = """\
# This file may be used to create an environment using:
# $ conda create --name <env> --file <this file>
# platform: linux-64
_libgcc_mutex=0.1=conda_forge
_openmp_mutex=4.5=2_gnu
bzip2=1.0.8=h4bc722f_7
cuda-version=11.8=h70ddcb2_3
cudnn=8.9.7.29=hbc23b4c_3
hdf5=1.14.3=nompi_h2d575fe_109
libblas=3.9.0=31_h59b9bed_openblas
libgcc=14.2.0=h767d61c_2
libopenblas=0.3.29=pthreads_h94d23a6_0
libzlib=1.3.1=hb9d3cd8_2
numpy=1.26.4=py39h474f0d3_0
opencv-python=4.9.0.80=pypi_0
python=3.9.21=h9c0c6dc_1_cpython
python_abi=3.9=5_cp39
"""
LIST_THEN = """\
# This file may be used to create an environment using:
# $ conda create --name <env> --file <this file>
# platform: linux-64
cuda-version=11.8=h70ddcb2_3
cudnn=8.9.7.29=hbc23b4c_3
hdf5=1.14.3=nompi_h2d575fe_109
numpy=1.26.4=py39h474f0d3_0
opencv-python=4.9.0.80=pypi_0
python=3.9.21=h9c0c6dc_1_cpython
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(("before", "after"), [(PYTORCH, PYTORCH_THEN), (PIP, PIP_THEN)], ids=["pytorch", "pip"])
def test_an_export_keeps_what_a_person_would_write(matrix: Matrix, before: str, after: str, newline: str) -> None:
    document = environment(before.replace("\n", newline))
    assert document.exported
    assert taken_out(document, matrix) == after.replace("\n", newline)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_conda_list_keeps_what_a_person_would_write(matrix: Matrix, newline: str) -> None:
    document = requirements(LIST.replace("\n", newline))
    assert document.exported
    assert taken_out(document, matrix) == LIST_THEN.replace("\n", newline)


def test_a_second_time_nothing_goes(matrix: Matrix) -> None:
    assert names(environment(PYTORCH_THEN), matrix) == names(environment(PIP_THEN), matrix) == []
    assert names(requirements(LIST_THEN), matrix) == []


_LINES = PYTORCH.splitlines()[6:-4]


@settings(deadline=None)
@given(st.lists(st.sampled_from(_LINES), unique=True, min_size=1), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_of_any_part_of_an_export_whole_lines_go_and_what_brings_them_stays(
    lines: list[str], newline: str, ended: bool
) -> None:
    matrix = load_matrix()
    head = ["channels:", "  - defaults", "  - pytorch", "dependencies:"]
    document = environment(newline.join([*head, *lines]) + newline * ended)
    found = list(brought(document, matrix))
    gone = {entry.name for entry, _ in found}
    kept = [line for line in lines if line.split("=")[0].removeprefix("  - ") not in gone]
    text = taken_out(document, matrix)
    assert text.rstrip() == newline.join([*head, *kept])
    assert names(environment(text), matrix) == []
    present = {entry.name for entry in document.conda}
    for entry, evidence in found:
        by = evidence.claim.split("`")[3]
        assert by in present, evidence.claim
        assert evidence.source.startswith(f"pkg:conda/{by}@")
        assert evidence.read_on is not None
        assert entry.name != by
    # Nothing that a person asks for, and nothing on top of what went: each chain ends at a line that stays.
    assert not gone & {"blas", "certifi", "cudatoolkit", "ffmpeg", "mkl", "numpy", "pip", "python", "pytorch-mutex"}
    assert not found or present - gone


# -- conda -------------------------------------------------------------------------------------------------------------

#: What the file holds besides, and what goes.
CONDA: dict[str, tuple[list[str], list[str]]] = {
    "what brings it is not there": (["openssl=3.0.14", "zlib=1.2.13", "requests=2.32.3"], []),
    "a library that stays brings others": (["openssl=3.0.14", "ca-certificates=2024.7.2"], ["ca-certificates"]),
    "it comes by way of another": (["python=3.10.14", "openssl=3.0.14", "ca-certificates=2024"], ["openssl", "ca-certificates"]),
    "written without a version": (["python=3.10.14", "openssl", "zlib"], []),
    "written as a range": (["python=3.10.14", "openssl>=1.1", "xz=5.4.*"], ["xz"]),
    "written for a channel": (["python=3.10.14", "conda-forge::openssl=3.0.14"], []),
    "written for a platform": (["python=3.10.14", "openssl=3.0.14  # [linux]"], []),
    "written twice, once by hand": (["python=3.10.14", "openssl", "openssl=3.0.14"], []),
    "named twice": (["python=3.10.14", "openssl=3.0.14", "openssl=3.0.14=h0_0"], ["openssl", "openssl"]),
    "Python packages": (["python=3.10.14", "requests=2.32.3", "certifi=2024.7.4", "wheel=0.43.0", "idna=3.7"], []),
    "numpy beside pandas": (["pandas=2.2.2", "numpy=1.26.4", "numpy-base=1.26.4"], ["numpy-base"]),
    "what chooses a build": (["pytorch=2.1.0=py3.10_cuda12.1_cudnn8.9.2_0", "pytorch-cuda=12.1", "pytorch-mutex=1.0"], []),
    "libraries of CUDA": (["pytorch-cuda=12.1=ha16c6d3_5", "cuda-cudart=12.1.105=0", "libcublas=12.1.0.26=0"], ["cuda-cudart", "libcublas"]),
    "another BLAS was chosen": (["numpy=1.26.4", "libblas=3.9.0=22_linux64_mkl", "libcblas=3.9.0=22_linux64_mkl"], ["libcblas"]),
    "the usual BLAS": (["numpy=1.26.4", "libblas=3.9.0=22_linux64_openblas"], ["libblas"]),
    "a library of the CUDA build beside the CPU build": (["pytorch=2.6.0=cpu_mkl_py312_h0_100", "libcublas=12.6.4.1=h0_0"], []),
    "a library of the CUDA build": (["pytorch=2.6.0=cuda126_mkl_py312_h0_300", "libcublas=12.6.4.1=h0_0"], ["libcublas"]),
    "the build of another channel": (["pytorch=1.13.1=py3.9_cuda11.6_cudnn8.3.2_0", "libcublas=11.9.2.110=0", "libprotobuf=3.20=h0_0"], []),
    "a Python that has no such dependency": (["python=3.8.20", "libmpdec=4.0.0"], []),
    "a Python that has it": (["python=3.13.1", "libmpdec=4.0.0"], ["libmpdec"]),
    "an mkl that has no such dependency": (["mkl=2020.2=256", "tbb=2021.8.0=hdb19cb5_0"], []),
    "an mkl that has it": (["mkl=2023.1.0=h213fc3f_46344", "tbb=2021.8.0=hdb19cb5_0"], ["tbb"]),
    "the old blas package brings nothing": (["blas=1.0=mkl", "libgcc-ng=11.2.0"], []),
}  # fmt: skip


@pytest.mark.parametrize(("entries", "expected"), CONDA.values(), ids=CONDA)
def test_conda_entries(matrix: Matrix, entries: list[str], expected: list[str]) -> None:
    channels = ("pytorch", "nvidia", "conda-forge", "defaults")
    assert names(conda(*entries, channels=channels), matrix) == expected


def test_a_record_of_anacondas_own_channel_says_nothing_about_conda_forge(matrix: Matrix) -> None:
    """The python of main holds its SQLite in ``sqlite``, that of conda-forge in ``libsqlite``: there sqlite was asked for."""
    entries = ["python=3.12.4=h194c7f8_0_cpython", "sqlite=3.46.0=h6d4b2fc_0"]
    mirror = "https://mirror.example.org/anaconda/pkgs/main/"
    assert names(conda(*entries, channels=["conda-forge"]), matrix) == []
    assert names(conda(*entries, channels=["conda-forge", "nodefaults"]), matrix) == []
    assert names(conda(*entries, channels=["defaults"]), matrix) == ["sqlite"]
    assert names(conda(*entries, channels=[mirror]), matrix) == ["sqlite"]


def test_a_label_of_a_channel_holds_what_the_channel_does(matrix: Matrix) -> None:
    document = conda("pytorch-cuda=11.8", "cuda-cudart=11.8.89=0", channels=["nvidia/label/cuda-11.8.0", "pytorch"])
    assert names(document, matrix) == ["cuda-cudart"]
    ((_, evidence),) = brought(
        conda("cuda-libraries=11.8.0", "cuda-cudart=11.8.89=0", channels=["nvidia/label/cuda-11.8.0"]), matrix
    )
    assert evidence.claim.endswith(" of nvidia depends on it")


def test_the_evidence_names_package_channel_and_record(matrix: Matrix) -> None:
    ((entry, evidence),) = brought(conda("python=3.10.14=h955ad1f_1", "libffi=3.4.4=h6a678d5_1"), matrix)
    assert entry.name == "libffi"
    assert evidence.claim == "`libffi` comes with `python`: python 3.10.20 of conda-forge depends on it"
    assert evidence.source.startswith("pkg:conda/python@3.10.20?")
    assert evidence.source.endswith("&channel=conda-forge&subdir=linux-64 depends")


class _Circle:
    """Two libraries that bring each other, and nothing else."""

    def conda_runtime(self, library: CondaName) -> tuple[CondaRuntime, ...]:
        other = {"liba": "libb", "libb": "liba"}.get(library)
        fact = Fact("https://example.org/", load_matrix().couplings()[0].fact.read_on)
        return (CondaRuntime(library, CondaName(other), "conda-forge", fact),) if other else ()


def test_libraries_that_only_bring_each_other_stay() -> None:
    circle: Matrix = _Circle()  # type: ignore[assignment]  # only this question is asked of it
    assert names(conda("liba=1", "libb=1"), circle) == []
    assert names(conda("liba", "libb=1"), circle) == ["libb"]


# -- pip ---------------------------------------------------------------------------------------------------------------

#: A file, and what goes.
FREEZES: dict[str, tuple[str, list[str]]] = {
    "parts": ("torch==2.5.0\nnvidia-cudnn-cu12==9.1.0.70\ntriton==3.1.0\n", ["nvidia-cudnn-cu12", "triton"]),
    "another version than torch asks for": ("torch==2.5.0\nnvidia-cudnn-cu12==8.9.2.26\n", []),
    "torch is not pinned": ("torch>=2.5\ntriton==3.1.0\n", []),
    "the part is not pinned": ("torch==2.5.0\ntriton\nnvidia-cudnn-cu12>=9\n", []),
    "a torch that the matrix does not know": ("torch==99.0\ntriton==3.1.0\n", []),
    "the label of the default build": ("torch==2.5.0+cu124\nnvidia-cudnn-cu12==9.1.0.70\n", ["nvidia-cudnn-cu12"]),
    "the label of another build": ("torch==2.5.0+cu118\nnvidia-cudnn-cu12==9.1.0.70\n", []),
    "what people ask for": ("torchvision==0.20.0\ntorch==2.5.0\n", []),
    "sympy is pinned by torch, and imported": ("torch==2.5.0\nsympy==1.13.1\n", []),
    "an extra was asked for": ("jax==0.4.35\njax-cuda12-plugin==0.4.35\n", []),
    "a part of a part": ("jax-cuda12-plugin==0.4.35\njax-cuda12-pjrt==0.4.35\n", ["jax-cuda12-pjrt"]),
    "the Windows wheel of TensorFlow": ("tensorflow==2.15.0\ntensorflow-intel==2.15.0\n", ["tensorflow-intel"]),
    "written for a platform": ('torch==2.5.0\ntriton==3.1.0; sys_platform == "linux"\n', []),
    "hash mode asks for everything": (f"torch==2.5.0 --hash=sha256:{'0' * 64}\ntriton==3.1.0\n", []),
}


@pytest.mark.parametrize(("text", "expected"), FREEZES.values(), ids=FREEZES)
def test_pip_entries(matrix: Matrix, text: str, expected: list[str]) -> None:
    assert names(requirements(text), matrix) == expected


def test_the_evidence_of_a_part_is_the_metadata(matrix: Matrix) -> None:
    ((_, evidence),) = brought(requirements("torch==2.5.0\ntriton==3.1.0\n"), matrix)
    assert evidence.claim == "`triton` comes with `torch`: torch 2.5.0 requires `triton==3.1.0` on linux-64"
    assert evidence.source.startswith("pkg:pypi/torch@2.5.0")
    ((_, evidence),) = brought(requirements("tensorflow==2.15.0\ntensorflow-intel==2.15.0\n"), matrix)
    assert evidence.claim.endswith("tensorflow 2.15.0 requires `tensorflow-intel==2.15.0` on win-64")


def test_the_python_of_the_conda_part_decides_on_markers(matrix: Matrix) -> None:
    """The wheel of torch 2.5.0 for Python 3.13 asks for no triton."""
    pip = "  - pip:\n    - torch==2.5.0\n    - triton==3.1.0\n"
    assert names(environment(f"dependencies:\n  - python=3.12.4\n{pip}"), matrix) == ["triton"]
    assert names(environment(f"dependencies:\n  - python=3\n{pip}"), matrix) == ["triton"]
    assert names(environment(f"dependencies:\n  - python=3.13.1\n{pip}"), matrix) == []


def test_only_environments_and_requirements_are_exports(matrix: Matrix) -> None:
    document = requirements("torch==2.5.0\ntriton==3.1.0\n")._replace(kind="pyproject")
    assert names(document, matrix) == []


# -- edits -------------------------------------------------------------------------------------------------------------

#: The lines of `dependencies`, and what is left of them without their last conda entry; None: it cannot go.
LINES: dict[str, tuple[str, str | None]] = {
    "plain": ("  - python\n  - zlib=1\n", "  - python\n"),
    "no line end": ("  - python\n  - zlib=1", "  - python\n"),
    "in quotes": ("  - python\n  - 'zlib=1'  \n", "  - python\n"),
    "comments above and below stay": ("  # a\n  - zlib=1\n  # b\n", "  # a\n  # b\n"),
    "a comment of its own": ("  - python\n  - zlib=1  # for the old reader\n", None),
    "an anchor": ("  - python\n  - &z zlib=1\n", None),
    "an anchor, and spelled with an escape": ('  - python\n  - &z "z\\x6cib=1"\n', None),
    "two on a line": ("  [python, zlib=1]\n", None),
}


@pytest.mark.parametrize(("before", "after"), LINES.values(), ids=LINES)
def test_a_conda_line_is_deleted_whole_or_not_at_all(before: str, after: str | None) -> None:
    head = "dependencies:\n"
    document = environment(head + before)
    edit = removal(document, document.conda[-1])
    assert (edit and apply_edits(document.text, [edit])) == (after and head + after)


def test_the_only_entry_of_a_pip_section_stays() -> None:
    """A ``pip:`` without a list is refused by conda."""
    one = environment("dependencies:\n  - pip:\n    - triton==3.1.0\n")
    assert removal(one, one.pip[0]) is None
    two = environment("dependencies:\n  - pip:\n    - triton==3.1.0\n  - pip:\n    - torch==2.5.0\n")
    assert removal(two, two.pip[0]) is None


#: A requirements file, and what is left of it without its first entry; None: it cannot go.
REQUIREMENTS: dict[str, tuple[str, str | None]] = {
    "plain": ("triton==3.1.0\ntorch\n", "torch\n"),
    "what pip-compile says of it goes with it": ("triton==3.1.0\n    # via torch\ntorch\n", "torch\n"),
    "in several lines": ("triton==3.1.0\n    # via\n    #   -r in.txt\n    #   torch\n# b\n", "# b\n"),
    "a comment below": ("triton==3.1.0\n# via torch\n", "# via torch\n"),
    "joined to the line above": ("\\\ntriton==3.1.0\ntorch\n", None),
    "joined lines": ("triton==3.1.0 \\\n\ntorch\n", None),
    "a comment of its own": ("triton==3.1.0  # keep\ntorch\n", None),
}


@pytest.mark.parametrize(("before", "after"), REQUIREMENTS.values(), ids=REQUIREMENTS)
def test_a_requirement_line_is_deleted_whole_or_not_at_all(before: str, after: str | None) -> None:
    document = requirements(before)
    edit = removal(document, document.pip[0])
    assert (edit and apply_edits(document.text, [edit])) == after


def test_the_prefix_of_an_export_goes() -> None:
    document = environment("name: a\ndependencies:\n  - python\nprefix: C:\\Users\\someone\\envs\\a\n\n# end\n")
    ((key, evidence, edit),) = extra_removals(document)
    assert key == "prefix"
    assert "path of the machine" in evidence.claim
    assert apply_edits(document.text, [edit]) == "name: a\ndependencies:\n  - python\n\n# end\n"
    assert list(extra_removals(environment("dependencies:\n  - python\nvariables:\n  prefix: /a\n"))) == []
    assert list(extra_removals(requirements("prefix: /home\n"))) == []
