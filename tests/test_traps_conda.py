"""Known traps of conda environments, each as the smallest file that shows it, and its neighbours that are fine.

The number is the trap's; 62 (bounds patched after the fact) only shows in lock files.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from compat.api import check_files


class Trap(NamedTuple):
    """A file on a target, and the code and severity that it must give; ``expected`` is None for a file that is fine."""

    number: int
    channels: str
    conda: tuple[str, ...]
    pip: tuple[str, ...] = ()
    target: str = "linux-64"
    expected: tuple[str, str] | None = None


TRAPS = (
    # conda pytorch and a pip package that needs another torch
    Trap(49, "pytorch", ("python=3.10", "pytorch=1.11.0"), ("xformers==0.0.22.post7",), expected=("ENV003", "warning")),
    Trap(49, "pytorch", ("python=3.10", "pytorch=1.11.0", "mkl<2024.1"), ("timm",)),
    # an export that lists torch twice
    Trap(50, "defaults", ("pytorch=0.4.1=py36ha74772b_0",), ("torch==0.4.1",), expected=("ENV002", "warning")),
    # the channel that stopped at 2.5.1
    Trap(51, "pytorch, nvidia", ("pytorch=2.6",), expected=("CHN002", "error")),
    Trap(51, "pytorch, nvidia", ("pytorch=2.5.1", "pytorch-cuda=12.4")),
    Trap(51, "pytorch, nvidia, conda-forge", ("pytorch=2.6",)),
    # cudatoolkit where pytorch-cuda is needed
    Trap(52, "nvidia", ("pytorch::pytorch=2.0.1", "cudatoolkit=11.8"), expected=("CUD011", "warning")),
    Trap(52, "pytorch, nvidia", ("pytorch=2.0.1", "pytorch-cuda=11.8", "mkl<2024.1")),
    # pytorch-cuda across channels
    Trap(53, "pytorch, nvidia, conda-forge", ("pytorch>=2.6", "pytorch-cuda=12.4"), expected=("CHN005", "warning")),
    # pytorch-cuda that does not exist, and one that this torch was not built for
    Trap(54, "pytorch, nvidia", ("pytorch=2.1.0", "pytorch-cuda=12.2"), expected=("CHN002", "error")),
    Trap(54, "pytorch, nvidia", ("pytorch=2.5.1", "pytorch-cuda=12.6"), expected=("CHN002", "error")),
    Trap(54, "pytorch, nvidia", ("pytorch=2.0.1", "pytorch-cuda=12.1"), expected=("CUD010", "warning")),
    # the official line that gives the CPU build, and its successor that does not
    Trap(55, "pytorch, conda-forge", ("pytorch==1.9.1", "cudatoolkit=11.3"), expected=("CUD010", "warning")),
    Trap(55, "pytorch, conda-forge", ("pytorch==1.10.1", "cudatoolkit=11.3", "mkl<2024.1")),
    # cudatoolkit 10.2 on Windows
    Trap(56, "pytorch", ("pytorch==1.12.1", "cudatoolkit=10.2"), target="win-64", expected=("CUD011", "warning")),
    Trap(56, "pytorch", ("pytorch==1.12.1", "cudatoolkit=10.2", "mkl<2024.1")),
    # a third package that forces the CPU build
    Trap(57, "pytorch", ("pytorch=1.11.0", "cudatoolkit=11.3", "torchdata=0.3.0"), expected=("CUD011", "warning")),
    # mkl 2024.1
    Trap(58, "conda-forge", ("pytorch::pytorch=2.0.1", "mkl"), expected=("ABI002", "warning")),
    Trap(58, "conda-forge", ("pytorch::pytorch=2.0.1",), expected=("ABI002", "warning")),
    Trap(58, "pytorch, defaults", ("pytorch=2.0.1",), expected=("ABI002", "info")),
    Trap(58, "conda-forge", ("pytorch::pytorch=2.0.1", "mkl=2023.2")),
    Trap(58, "conda-forge", ("pytorch::pytorch=2.5.1",)),
    Trap(58, "conda-forge", ("pytorch=2.0.1",)),
    # no GPU where conda runs
    Trap(59, "conda-forge", ("conda-forge::pytorch-gpu",), target="linux-64,gpu=none", expected=("CUD012", "warning")),
    Trap(59, "conda-forge", ("pytorch-gpu",), target="linux-64,gpu=h100"),
    # dependants of the pytorch channel on conda-forge's pytorch
    Trap(60, "conda-forge", ("conda-forge::pytorch", "pyg::pyg"), expected=("CHN005", "warning")),
    # the same name and another thing
    Trap(
        61,
        "conda-forge",
        ("graphviz", "lmdb", "flatbuffers", "snappy", "blosc", "faiss-cpu"),
        ("graphviz", "lmdb", "flatbuffers", "snappy", "blosc", "faiss-cpu"),
    ),
)


def _file(trap: Trap) -> bytes:
    lines = [f"channels: [{trap.channels}]", "dependencies:", *(f"  - {entry}" for entry in trap.conda)]
    if trap.pip:
        lines += ["  - pip", "  - pip:", *(f"      - {entry}" for entry in trap.pip)]
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: f"{trap.number}: {' '.join((*trap.conda, *trap.pip))}")
def test_traps_are_told_and_their_neighbours_are_not(trap: Trap) -> None:
    report = check_files({"environment.yml": _file(trap)}, targets=[trap.target])
    found = {(finding.code, finding.severity.value) for finding in report.diagnostics}
    if trap.expected is None:
        assert not {pair for pair in found if pair[1] != "info"}
    else:
        assert trap.expected in found


def test_opencv_in_both_parts_is_a_remark_because_sources_disagree() -> None:
    trap = Trap(61, "conda-forge", ("opencv",), ("opencv-python",))
    report = check_files({"environment.yml": _file(trap)}, targets=[trap.target])
    assert {(finding.code, finding.severity.value) for finding in report.diagnostics} == {("ENV002", "info")}
