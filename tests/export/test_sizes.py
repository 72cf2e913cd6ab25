"""What layers weigh: sums of what the lock says, and no number where it does not."""

from __future__ import annotations

from compat.export.sizes import explain, format_bytes
from tests.export.plans import DEBIAN, SLIM, X86, conda_groups, pip_groups, plan


def test_a_table_with_a_size_that_is_not_known() -> None:
    found = explain(plan(pip_groups(), targets=[X86]), SLIM)
    assert found.columns == ("layer", "packages", "amd64")
    assert found.rows == (
        ("python:3.11-slim-bookworm", "", "not known"),
        ("cuda", "1", "594.0 MB"),
        ("torch", "2", "976.0 MB"),
        ("rest", "2", "6.3 MB or more"),
        ("all packages", "5", "1,576.3 MB or more"),
        ("+ their archives, where a cache is kept in the layer", "5", "+1,576.3 MB or more"),
        ("+ CUDA 12.8 again, with nvidia/cuda (cudnn-runtime) as base", "1", "+594.0 MB"),
    )
    assert found.notes[-1].startswith("of 1 package the size is not in the lock")


def test_architectures_with_different_packages() -> None:
    wanted = plan(conda_groups(), kind="conda")
    wanted = wanted._replace(targets=(wanted.targets[0], wanted.targets[1]._replace(groups=conda_groups()[2:])))
    rows = {row[0]: row[1:] for row in explain(wanted, DEBIAN).rows}
    assert rows["conda-cuda"] == ("1 / 0", "1.0 MB", "0.0 kB")
    assert rows["all packages"] == ("4 / 2", "4.0 MB", "2.0 MB")
    assert rows["+ CUDA 12.8 again, with nvidia/cuda (cudnn-runtime) as base"] == ("1 / 0", "+1.0 MB", "+0.0 kB")


def test_bytes() -> None:
    sizes = (0, 999, 999_949, 1_000_000, 2_164_775_350)
    assert [format_bytes(size) for size in sizes] == ["0.0 kB", "1.0 kB", "999.9 kB", "1.0 MB", "2,164.8 MB"]
