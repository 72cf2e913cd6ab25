"""Pitfalls of real environments, end to end: what must be found, and the look-alikes that must stay quiet.

Each row is a file, a target and what ``check`` says: ``error`` and ``warning`` want a finding of that severity whose
text mentions every one of *mentions*; ``quiet`` wants neither error nor warning.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from compat.api import check_files
from tests.rules.case_files import said


class Trap(NamedTuple):
    """One row; *text* is a requirements file unless it starts with a key of an environment.yml."""

    name: str
    text: str
    target: str
    expected: str
    mentions: tuple[str, ...] = ()


def cuda(variant: str, *lines: str) -> str:
    """Requirements from one of PyTorch's indexes."""
    return "\n".join([f"--index-url https://download.pytorch.org/whl/{variant}", *lines])


# -- what metadata declares ---------------------------------------------------------------------------------------------

DECLARED = [
    Trap(
        "torchvision of another torch",
        "torch==2.1.0\ntorchvision==0.15.2",
        "linux-64,python=3.10",
        "error",
        ("torchvision==0.16.0",),
    ),
    Trap("torchvision of its torch", "torch==2.1.0\ntorchvision==0.16.0\nnumpy<2", "linux-64,python=3.10", "quiet"),
    Trap(
        "patch numbers that differ by one",
        "torch==2.0.1\ntorchaudio==2.0.1",
        "linux-64,python=3.10",
        "error",
        ("torchaudio==2.0.2",),
    ),
    Trap("patch numbers that belong together", "torch==2.0.1\ntorchaudio==2.0.2", "linux-64,python=3.10", "quiet"),
    Trap(
        "torchvision 0.11.0 asks for a local version",
        "torchvision==0.11.0",
        "linux-64,python=3.9",
        "error",
        ("torch==1.10.0+cu102",),
    ),
    Trap("torchvision 0.11.0 is yanked", "torchvision==0.11.0", "linux-64,python=3.9", "warning", ("yanked",)),
    Trap("torchvision 0.11.1", "torch==1.10.0\ntorchvision==0.11.1\nnumpy<2", "linux-64,python=3.9", "quiet"),
    Trap(
        "torchvision 0.15.0 asks for a local version",
        "torchvision==0.15.0",
        "linux-64,python=3.10",
        "error",
        ("torch==2.0.0+cu117",),
    ),
    Trap("torchaudio 2.0.0 is yanked", "torchaudio==2.0.0", "linux-64,python=3.10", "warning", ("torchaudio==2.0.1",)),
    Trap(
        "the conda line of 2.0.0 with the same numbers",
        "channels: [pytorch, nvidia]\ndependencies:\n  - python=3.10\n  - pytorch=2.0.0\n  - torchvision=0.15.0\n"
        "  - torchaudio=2.0.0\n  - pytorch-cuda=11.8\n  - mkl<2024.1\n  - numpy<2\n",
        "linux-64",
        "quiet",
    ),
    Trap(
        "an exact pin survives a patch release",
        "torch==2.14.1\ntorchvision==0.29.0",
        "linux-64,python=3.12",
        "error",
        ("torchvision==0.29.1",),
    ),
    Trap("a loosened pin, later torch", "torch==2.15.0\ntorchvision==0.29.2", "linux-64,python=3.12", "quiet"),
    Trap("a loosened pin, same minor", "torch==2.14.1\ntorchvision==0.29.2", "linux-64,python=3.12", "quiet"),
    Trap(
        "a loosened pin has a lower end",
        "torch==2.13.0\ntorchvision==0.29.2",
        "linux-64,python=3.12",
        "error",
        ("torchvision==0.28.0",),
    ),
    Trap("Python too new for torch", "torch==2.0.1", "linux-64,python=3.12", "error", ("Python 3.8 to 3.11",)),
    Trap("Python 3.14 too new for torch 2.8", "torch==2.8.0", "linux-64,python=3.14", "error", ("torch==2.9.",)),
    Trap("Python too old for torch", "torch==2.15.0", "linux-64,python=3.10", "error", ("torch==2.14.1",)),
    Trap("Python 3.9 too old for torch 2.9", "torch==2.9.0", "linux-64,python=3.9", "error", ("torch==2.8.0",)),
    Trap("Requires-Python is wider than the wheels", "torch==2.5.1", "linux-64,python=3.8", "error", ("torch==2.4.1",)),
    Trap(
        "torch has the wheel, torchvision has not",
        "torch==2.5.1\ntorchvision==0.20.1",
        "linux-64,python=3.13",
        "error",
        ("torchvision",),
    ),
    Trap("torch alone has the wheel", "torch==2.5.1", "linux-64,python=3.13", "quiet"),
    Trap("torch has the wheel on Linux only", "torch==2.5.1", "win-64,python=3.13", "error", ("torch",)),
    Trap(
        "the same shape before", "torch==1.13.1\ntorchvision==0.14.1", "linux-64,python=3.11", "error", ("torchvision",)
    ),
    Trap("Macs with Intel ended at 2.2.2", "torch==2.3.0", "osx-64,python=3.11", "error", ("torch==2.2.2",)),
    Trap("the last one for Macs with Intel", "torch==2.2.2\nnumpy<2", "osx-64,python=3.11", "quiet"),
    Trap("a glibc below the wheel's", "torch==2.7.0", "linux-64,glibc=2.27,python=3.10", "error", ("glibc 2.28",)),
    Trap("a glibc that serves the older wheel", "torch==2.5.1", "linux-64,glibc=2.17,python=3.10", "quiet"),
    Trap(
        "NCCL of another torch",
        "torch==2.2.2\nnvidia-nccl-cu12==2.18.1",
        "linux-64,python=3.10",
        "error",
        ("nvidia-nccl-cu12==2.19.3",),
    ),
    Trap("NCCL of this torch", "torch==2.2.2\nnvidia-nccl-cu12==2.19.3\nnumpy<2", "linux-64,python=3.10", "quiet"),
    Trap(
        "nvrtc of another torch",
        "torch==2.4.0\nnvidia-cuda-nvrtc-cu12==12.4.99",
        "linux-64,python=3.10",
        "error",
        ("nvidia-cuda-nvrtc-cu12==12.1.105",),
    ),
    Trap(
        "cuDNN pinned twice",
        "nvidia-cudnn-cu12==9.1.0.70\nnvidia-cudnn-cu12==8.9.2.26",
        "linux-64",
        "error",
        ("no version in common",),
    ),
    Trap("triton of another torch", "torch==2.4.0\ntriton==3.1.0", "linux-64,python=3.11", "error", ("triton==3.0.0",)),
    Trap("triton of this torch", "torch==2.4.0\ntriton==3.0.0", "linux-64,python=3.11", "quiet"),
    Trap("triton within the compatible release", "torch==2.14.0\ntriton==3.8.0", "linux-64,python=3.12", "quiet"),
    Trap(
        "xformers of another torch",
        "torch==2.5.1\nxformers==0.0.28.post1",
        "linux-64,python=3.11",
        "error",
        ("requires torch==2.4.1",),
    ),
    Trap("xformers with a loose bound", "torch==2.12.1\nxformers==0.0.35", "linux-64,python=3.12", "quiet"),
    Trap("vllm pins torch", "vllm==0.20.0\ntorch==2.12.0", "linux-64,python=3.12", "error", ("torch==2.11.0",)),
    Trap(
        "setuptools 82 beside torch 2.11",
        "torch==2.11.0\nsetuptools>=82",
        "linux-64,python=3.12",
        "error",
        ("setuptools<82",),
    ),
    Trap("setuptools 82 beside torch 2.13", "torch==2.13.0\nsetuptools>=82", "linux-64,python=3.12", "quiet"),
    Trap(
        "a local version without its index",
        "torch==2.6.0+cu124",
        "linux-64,python=3.12",
        "error",
        ("https://download.pytorch.org/whl/cu124",),
    ),
    Trap("a local version with its index", cuda("cu124", "torch==2.6.0+cu124"), "linux-64,python=3.12", "quiet"),
    Trap("a variant that ended", cuda("cu128", "torch==2.14.0+cu128"), "linux-64,python=3.12", "error", ("cu128",)),
    Trap(
        "a variant between two",
        cuda("cu124", "torch==2.7.0+cu124"),
        "linux-64,python=3.12",
        "error",
        ("https://download.pytorch.org/whl/cu126",),
    ),
    Trap(
        "a variant of the release before",
        cuda("cu118", "torch==2.8.0+cu118"),
        "linux-64,python=3.12",
        "error",
        ("cu118",),
    ),
    Trap(
        "TensorFlow on a newer Python", "tensorflow==2.12.0", "linux-64,python=3.12", "error", ("tensorflow==2.16.1",)
    ),
    Trap(
        "TensorFlow with a newer protobuf",
        "tensorflow==2.11.0\nprotobuf==3.20.3",
        "linux-64,python=3.10",
        "error",
        ("protobuf==3.19.6",),
    ),
    Trap(
        "TensorFlow with an older protobuf",
        "tensorflow==2.21.0\nprotobuf==5.29.5",
        "linux-64,python=3.12",
        "error",
        ("protobuf",),
    ),
    Trap(
        "TensorFlow with a newer keras",
        "tensorflow==2.15.0\nkeras==3.0.0",
        "linux-64,python=3.11",
        "error",
        ("keras==2.15.0",),
    ),
    Trap("TensorFlow from 2.16 on needs keras 3", "tensorflow==2.16.1\nkeras>=3", "linux-64,python=3.11", "quiet"),
    Trap(
        "TensorFlow with numpy 2",
        "tensorflow==2.17.0\nnumpy==2.0.0",
        "linux-64,python=3.11",
        "error",
        ("numpy==1.26.4",),
    ),
    Trap("TensorFlow that takes numpy 2", "tensorflow==2.18.0\nnumpy==2.0.2", "linux-64,python=3.11", "quiet"),
    Trap(
        "tensorflow-gpu has ended", "tensorflow-gpu==2.12.0", "linux-64,python=3.11", "error", ("tensorflow-gpu ended",)
    ),
    Trap(
        "tensorflow-gpu of conda-forge",
        "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - tensorflow-gpu=2.12\n",
        "linux-64",
        "quiet",
    ),
    Trap(
        "CUDA pins of TensorFlow and torch",
        "tensorflow[and-cuda]==2.16.1\ntorch==2.3.1",
        "linux-64,python=3.11",
        "error",
        ("nvidia-",),
    ),
    Trap(
        "CUDA pins of TensorFlow and torch, later",
        "tensorflow[and-cuda]==2.19.0\ntorch==2.6.0",
        "linux-64,python=3.11",
        "error",
        ("nvidia-",),
    ),
    Trap("CUDA ranges of TensorFlow", "tensorflow[and-cuda]==2.20.0\ntorch==2.9.1", "linux-64,python=3.11", "quiet"),
    Trap(
        "a CUDA range that the pin of torch misses",
        "tensorflow[and-cuda]==2.21.0\ntorch==2.9.1",
        "linux-64,python=3.11",
        "error",
        ("nvidia-nccl-cu12",),
    ),
    Trap(
        "an extra that asks for tensorrt",
        "tensorflow[and-cuda]==2.15.0",
        "linux-64,python=3.11",
        "warning",
        ("2.15.0.post1",),
    ),
    Trap("its post release", "tensorflow[and-cuda]==2.15.0.post1", "linux-64,python=3.11", "quiet"),
    Trap(
        "flash-attn without compiler",
        "--only-binary :all:\ntorch==2.9.1\nflash-attn==2.8.3",
        "linux-64,python=3.11",
        "error",
        ("flash-attn",),
    ),
    Trap(
        "flash-attn in the file of its torch",
        "torch==2.9.1\nflash-attn==2.8.3",
        "linux-64,python=3.11",
        "warning",
        ("--no-build-isolation",),
    ),
]

# -- what every resolver accepts ----------------------------------------------------------------------------------------

ACCEPTED = [
    Trap("numpy 2 under torch 2.2", "torch==2.2.2\nnumpy==2.0.2", "linux-64,python=3.11", "warning", ("numpy<2",)),
    Trap(
        "numpy 2 under torch 2.2 on a Mac",
        "torch==2.2.2\nnumpy==2.0.2",
        "osx-arm64,python=3.11",
        "warning",
        ("numpy<2",),
    ),
    Trap(
        "numpy 2 under torch 2.4.0 on Windows",
        "torch==2.4.0\nnumpy==2.1.0",
        "win-64,python=3.11",
        "warning",
        ("torch>=2.4.1",),
    ),
    Trap("numpy 2 under torch 2.4.0 on Linux", "torch==2.4.0\nnumpy==2.1.0", "linux-64,python=3.11", "quiet"),
    Trap("numpy 2 under torch 2.3 on Linux", "torch==2.3.1\nnumpy==2.0.0", "linux-64,python=3.11", "quiet"),
    Trap("numpy 2 under torch 2.4.1 on Windows", "torch==2.4.1\nnumpy==2.1.0", "win-64,python=3.11", "quiet"),
    Trap("torchtext with the torch of today", "torchtext", "linux-64,python=3.10", "warning", ("torch<2.4",)),
    Trap(
        "torchtext with a later torch",
        "torchtext==0.18.0\ntorch==2.6.0",
        "linux-64,python=3.10",
        "error",
        ("torch<2.4",),
    ),
    Trap("torchtext with its torch", "torchtext==0.18.0\ntorch==2.3.1", "linux-64,python=3.10", "quiet"),
    Trap("torchaudio 2.11 alone", "torchaudio==2.11.0", "linux-64,python=3.12", "warning", ("torch>=2.11",)),
    Trap(
        "torchaudio 2.11 under torch 2.10",
        "torch==2.10.0\ntorchaudio==2.11.0",
        "linux-64,python=3.12",
        "warning",
        ("torchaudio 2.10.0",),
    ),
    Trap(
        "torchaudio 2.11 under torch 2.9",
        "torch==2.9.1\ntorchaudio==2.11.0",
        "linux-64,python=3.12",
        "error",
        ("torchaudio",),
    ),
    Trap("torchaudio 2.11 under torch 2.11", "torch==2.11.0\ntorchaudio==2.11.0", "linux-64,python=3.12", "quiet"),
    Trap("torchaudio 2.11 under torch 2.14", "torch==2.14.0\ntorchaudio==2.11.0", "linux-64,python=3.12", "quiet"),
    Trap(
        "torchaudio has no wheel for Python 3.15",
        "torch==2.15.0\ntorchaudio==2.11.0",
        "linux-64,python=3.15",
        "error",
        ("torchaudio",),
    ),
    Trap(
        "aarch64 wheels without CUDA",
        "torch==2.9.1",
        "linux-aarch64,gpu=gh200,python=3.12",
        "warning",
        ("https://download.pytorch.org/whl/cu",),
    ),
    Trap("aarch64 wheels with CUDA", "torch==2.11.0", "linux-aarch64,gpu=gh200,driver=580,python=3.12", "quiet"),
    Trap(
        "Windows wheels without CUDA",
        "torch",
        "win-64,gpu=rtx4090,python=3.12",
        "warning",
        ("https://download.pytorch.org/whl/cu",),
    ),
    Trap("the default crossed to CUDA 13", "torch", "linux-64,driver=570,python=3.12", "error", ("driver 580",)),
    Trap("before the default crossed", "torch<2.11", "linux-64,driver=570,python=3.12", "quiet"),
    Trap("an index of CUDA 12", cuda("cu128", "torch==2.11.0"), "linux-64,driver=570,python=3.12", "quiet"),
    Trap(
        "CUDA 12.1 on driver 470",
        "torch==2.1.2\nnumpy<2",
        "linux-64,driver=470,python=3.11",
        "error",
        ("https://download.pytorch.org/whl/cu118",),
    ),
    Trap(
        "a GPU newer than the wheel",
        cuda("cu126", "torch==2.7.1"),
        "linux-64,gpu=rtx5090,python=3.12",
        "error",
        ("cu128",),
    ),
    Trap("a GPU newer than the release", "torch==2.5.1", "linux-64,gpu=rtx5090,python=3.12", "error", ("cu128",)),
    Trap(
        "a GPU newer than any CUDA 11",
        cuda("cu118", "torch==2.3.1"),
        "linux-64,gpu=sm_120,python=3.12",
        "error",
        ("cu128",),
    ),
    Trap("a GPU that the wheel knows", cuda("cu128", "torch==2.8.0"), "linux-64,gpu=rtx5090,python=3.12", "quiet"),
    Trap(
        "a GPU older than the wheel",
        "torch==2.8.0",
        "linux-64,gpu=gtx1080,python=3.12",
        "error",
        ("https://download.pytorch.org/whl/cu126",),
    ),
    Trap("a GPU that cu126 still knows", cuda("cu126", "torch==2.8.0"), "linux-64,gpu=gtx1080,python=3.12", "quiet"),
    Trap(
        "Volta left cu128 in 2.7", cuda("cu128", "torch==2.7.0"), "linux-64,gpu=v100,python=3.12", "warning", ("cu126",)
    ),
    Trap("Volta came back in 2.8", cuda("cu128", "torch==2.8.0"), "linux-64,gpu=v100,python=3.12", "quiet"),
    Trap("Volta was there in 2.10", cuda("cu128", "torch==2.10.0"), "linux-64,gpu=v100,python=3.12", "quiet"),
    Trap(
        "Volta left cu128 in 2.11",
        cuda("cu128", "torch==2.11.0"),
        "linux-64,gpu=v100,python=3.12",
        "warning",
        ("cu126",),
    ),
    Trap("Volta in cu126", cuda("cu126", "torch==2.13.0"), "linux-64,gpu=v100,python=3.12", "quiet"),
    Trap("Volta in CUDA 13", "torch==2.12.1", "linux-64,gpu=v100,python=3.12", "error", ("cu126",)),
    Trap("sm_89 by sm_86", "torch==2.5.1", "linux-64,gpu=rtx4090,python=3.12", "quiet"),
    Trap("sm_103 by sm_100", cuda("cu130", "torch==2.9.1"), "linux-64,gpu=sm_103,python=3.12", "quiet"),
    Trap("sm_121 by sm_120", cuda("cu130", "torch==2.9.1"), "linux-aarch64,gpu=sm_121,python=3.12", "quiet"),
    Trap(
        "cuDNN 8 beside cuDNN 9",
        "torch==2.4.0\nctranslate2==4.4.0\nnumpy<2",
        "linux-64,python=3.11",
        "warning",
        ("ctranslate2>=4.5",),
    ),
    Trap(
        "cuDNN 9 beside cuDNN 8",
        "torch==2.3.1\nctranslate2==4.5.0\nnumpy<2",
        "linux-64,python=3.11",
        "warning",
        ("ctranslate2<4.5",),
    ),
    Trap("cuDNN 9 twice", "torch==2.4.0\nctranslate2==4.5.0\nnumpy<2", "linux-64,python=3.11", "quiet"),
    Trap(
        "the C++ ABI flips within 2.6.0",
        cuda(
            "cu126",
            "torch==2.6.0+cu126",
            "https://files.example.org/flash_attn-2.7.4.post1+cu12torch2.6cxx11abiFALSE-cp312-cp312-linux_x86_64.whl",
        ),
        "linux-64,python=3.12",
        "error",
        ("cxx11abiTRUE",),
    ),
    Trap(
        "the C++ ABI of 2.6.0 for CUDA 12.4",
        cuda(
            "cu124",
            "torch==2.6.0+cu124",
            "https://files.example.org/flash_attn-2.7.4.post1+cu12torch2.6cxx11abiFALSE-cp312-cp312-linux_x86_64.whl",
        ),
        "linux-64,python=3.12",
        "quiet",
    ),
    Trap(
        "a wheel whose name lies",
        cuda(
            "cu124",
            "torch==2.6.0+cu124",
            "https://files.example.org/flash_attn-2.8.2+cu12torch2.6cxx11abiFALSE-cp312-cp312-linux_x86_64.whl",
        ),
        "linux-64,python=3.12",
        "warning",
        ("2.7.4.post1",),
    ),
    Trap(
        "pkg_resources is gone",
        "torch==1.13.1\nsetuptools>=82\nnumpy<2",
        "linux-64,python=3.10",
        "warning",
        ("setuptools<82",),
    ),
    Trap("pkg_resources is there", "torch==1.13.1\nsetuptools<82\nnumpy<2", "linux-64,python=3.10", "quiet"),
    Trap("torch 2.8 needs no pkg_resources", "torch==2.8.0\nsetuptools>=82", "linux-64,python=3.12", "quiet"),
    Trap(
        "two CUDA majors in one process",
        "tensorflow[and-cuda]==2.21.0\ntorch==2.11.0",
        "linux-64,python=3.11",
        "warning",
        ("CUDA 13",),
    ),
    Trap(
        "one index for all of it", cuda("cu124", "torch==2.6.0", "torchvision==0.21.0"), "linux-64,python=3.12", "quiet"
    ),
]


# -- what the base of an image has to do with it -------------------------------------------------------------------------

IMAGES = [
    Trap(
        "the CUDA of the base is not that of torch",
        "FROM nvidia/cuda:12.8.0-base-ubuntu22.04\n"
        "RUN pip install torch==2.3.1 --index-url https://download.pytorch.org/whl/cu118\n",
        "linux-64",
        "quiet",
    ),
    Trap(
        "but extensions are compiled with it",
        "FROM nvidia/cuda:12.8.0-devel-ubuntu22.04\n"
        "RUN pip install torch==2.3.1 --index-url https://download.pytorch.org/whl/cu118\n"
        "RUN pip install flash-attn --no-build-isolation\n",
        "linux-64",
        "error",
        ("CUDA 12.8", "CUDA 11.8"),
    ),
    Trap(
        "the base needs a driver by itself",
        "FROM nvidia/cuda:13.0.0-base-ubuntu22.04\n",
        "linux-64,driver=535",
        "warning",
        ("13.0", "535"),
    ),
    Trap(
        "no compiler in the base",
        "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nRUN pip install torch==2.5.1\n"
        "RUN pip install flash-attn==2.7.4.post1 --no-build-isolation\n",
        "linux-64",
        "error",
        ("nvcc",),
    ),
    Trap(
        "cuDNN of the base is not what torch loads",
        "FROM nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04\n"
        "RUN pip install torch==2.4.1 --index-url https://download.pytorch.org/whl/cu118\n",
        "linux-64",
        "quiet",
    ),
]


@pytest.mark.parametrize("trap", [*DECLARED, *ACCEPTED, *IMAGES], ids=lambda trap: trap.name)
def test_trap(trap: Trap) -> None:
    is_environment = trap.text.startswith(("channels:", "dependencies:"))
    name = "environment.yml" if is_environment else "requirements.txt"
    name = "Dockerfile" if trap.text.startswith("FROM ") else name
    report = check_files({name: trap.text.encode()}, targets=[trap.target])
    shown = "\n".join(f"{d.code} {d.severity.value}: {said(d)}" for d in report.diagnostics)
    if trap.expected == "quiet":
        assert not [d for d in report.diagnostics if d.severity.value in {"error", "warning"}], shown
        assert report.verdict == "ok", shown
        return
    found = [d for d in report.diagnostics if d.severity.value == trap.expected]
    assert any(all(text in said(d) for text in trap.mentions) for d in found), shown
