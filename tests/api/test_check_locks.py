"""``check`` of lock files: what the rules for environments and those for locks say of each platform, and what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.api.checking import check, check_files
from compat.model.diagnostics import Report
from tests.api.locks import conda_lock, explicit, pip_file, pixi_lock, pylock, record, uv_lock

TORCH_GPU = record("pytorch", "2.1.0", "py3.10_cuda11.8_cudnn8.7.0_0", channel="pytorch")
TORCH_CPU = record("pytorch", "2.1.0", "py3.10_cpu_0", channel="pytorch")
PYTHON = record("python", "3.10.13", "hd12c33a_0_cpython")
X86 = "linux-64"


def told(report: Report, *, infos: bool = False) -> set[tuple[str, str, int | None]]:
    return {
        (one.code, one.severity.value, one.place.line)
        for one in report.diagnostics
        if infos or one.severity.value != "info"
    }


def judge(name: str, text: str, *targets: str) -> Report:
    return check_files({name: text.encode()}, targets=targets)


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        (conda_lock(PYTHON, TORCH_GPU), X86, set()),
        (conda_lock(PYTHON, TORCH_GPU), "linux-64,gpu=a100,driver=535.104.05", set()),
        (conda_lock(PYTHON, TORCH_GPU), "linux-64,driver=418.40", {("CUD003", "error")}),
        (conda_lock(PYTHON, TORCH_CPU), "linux-64,gpu=a100", {("CUD005", "warning")}),
        (conda_lock(PYTHON, TORCH_CPU), X86, set()),
        (
            conda_lock(PYTHON, TORCH_CPU, record("torchvision", "0.15.0", "py310_cpu", channel="pytorch")),
            X86,
            {("ABI001", "error")},
        ),
        (conda_lock(PYTHON, TORCH_CPU, record("torchvision", "0.16.0", "py310_cpu", channel="pytorch")), X86, set()),
        (
            conda_lock(PYTHON, record("numpy", "1.26.4", "py310_0"), pip=[("numpy", "2.1.0")]),
            X86,
            {("ENV002", "warning")},
        ),
        (
            conda_lock(PYTHON, pip=[("nvidia-cublas-cu11", "11.10.3.66"), ("nvidia-cublas-cu12", "12.1.3.1")]),
            X86,
            {("LCK003", "warning")},
        ),
        (
            conda_lock(PYTHON, record("cuda-version", "12.4", "0"), record("cudatoolkit", "11.8.0", "0")),
            X86,
            {("LCK003", "warning")},
        ),
        (conda_lock(PYTHON, record("numba", "0.59.0", "py310_0", "numpy >=1.22,<1.27")), X86, {("LCK002", "error")}),
        (
            conda_lock(PYTHON, record("numpy", "2.1.0", "0"), record("numba", "0.59.0", "0", "numpy >=1.22,<1.27")),
            X86,
            {("LCK002", "error")},
        ),
        (
            conda_lock(PYTHON, record("zlib", "1.3", "0", "__glibc >=2.34,<3.0.a0")),
            "linux-64,glibc=2.28",
            {("LCK002", "error")},
        ),
        (conda_lock(PYTHON, record("zlib", "1.3", "0", "__glibc >=2.34,<3.0.a0")), X86, set()),
        (
            conda_lock(PYTHON, record("cuda-version", "13.0", "0", "__cuda >=13")),
            "linux-64,cuda=12.4",
            {("LCK002", "warning")},
        ),
    ],
)
def test_a_conda_lock_on_a_target(text: str, target: str, expected: set[tuple[str, str]]) -> None:
    report = judge("conda-lock.yml", text, target)
    assert {each[:2] for each in told(report)} == expected
    assert all(one.place.line and one.targets == (target,) for one in report.diagnostics if not one.gap)
    assert report.verdict == ("conflict" if any(each[1] == "error" for each in expected) else report.verdict)
    assert report.verdict != "conflict" or any(each[1] == "error" for each in expected)


def test_the_same_in_an_explicit_file() -> None:
    lock = explicit(PYTHON, TORCH_GPU)
    assert told(judge("conda-linux-64.lock", lock, "linux-64,driver=418.40")) == {("CUD003", "error", 3)}
    mixed = explicit(PYTHON, TORCH_GPU, record("zlib", "1.3", "0", subdir="osx-64"))
    assert told(judge("locked.txt", f"# platform: linux-64\n{mixed}", X86)) == {("LCK002", "error", 5)}


@pytest.mark.parametrize(
    ("wheel", "target", "found"),
    [
        ("cp310-cp310-manylinux_2_17_x86_64", X86, False),
        ("cp310-cp310-manylinux_2_17_aarch64", X86, True),
        ("cp311-cp311-manylinux_2_17_x86_64", X86, True),
        ("cp310-cp310-manylinux_2_34_x86_64", "linux-64,glibc=2.28", True),
        ("cp310-cp310-manylinux_2_34_x86_64", "linux-64,glibc=2.35", False),
        ("py3-none-any", X86, False),
    ],
)
def test_a_wheel_that_fits_neither_platform_nor_python_is_a_hole(wheel: str, target: str, *, found: bool) -> None:
    """The Python is that of the conda part, whatever the target leaves open."""
    text = conda_lock(PYTHON, pip=[("orjson", "3.10.0")], wheel=wheel)
    assert told(judge("conda-lock.yml", text, target)) == ({("LCK002", "error", 18)} if found else set())


@pytest.mark.parametrize(
    ("wheels", "target", "expected"),
    [
        (["cp311-cp311-win_amd64", "cp312-cp312-win_amd64"], X86, "fits `linux-64`; locked are"),
        (["cp311-cp311-manylinux_2_17_x86_64", "cp312-cp312-win_amd64"], X86, None),
        (
            ["cp311-cp311-manylinux_2_17_x86_64", "cp312-cp312-win_amd64"],
            "linux-64,python=3.12",
            "fits `linux-64,python=3.12`",
        ),
    ],
)
def test_without_a_python_only_what_fails_for_each_is_told(
    wheels: list[str], target: str, expected: str | None
) -> None:
    text = pylock(("orjson", "3.10.0", [pip_file("orjson", "3.10.0", wheel) for wheel in wheels]))
    report = judge("pylock.toml", text, target)
    assert len(report.diagnostics) == (expected is not None)
    assert all(str(expected) in one.message for one in report.diagnostics)


def test_a_torch_family_that_does_not_go_together_in_a_uv_lock() -> None:
    text = uv_lock(("torch", "2.5.1", []), ("torchvision", "0.19.1", ["torch"]))
    report = judge("uv.lock", text, "linux-64,python=3.11")
    assert ("ABI001", "error") in {each[:2] for each in told(report)}
    assert all(one.fix is None or not one.fix.edits for one in report.diagnostics)
    good = uv_lock(("torch", "2.5.1", []), ("torchvision", "0.20.1", ["torch"]))
    assert told(judge("uv.lock", good, "linux-64,python=3.11")) == set()


def test_the_extras_of_a_uv_lock_are_judged_one_by_one() -> None:
    """Torch twice, for two extras that exclude each other."""
    text = uv_lock(
        ("torch", "2.5.1", []), ("torch", "2.4.1", []), extras={"new": ("torch", "2.5.1"), "old": ("torch", "2.4.1")}
    )
    assert told(judge("uv.lock", text, "linux-64,python=3.11")) == set()


def test_each_environment_of_a_pixi_lock_is_judged() -> None:
    text = pixi_lock(default=[PYTHON], cuda=[PYTHON, TORCH_GPU])
    assert told(judge("pixi.lock", text, "linux-64,driver=418.40")) == {("CUD003", "error", 19)}


def test_without_a_target_each_platform_of_the_lock_is_judged(tmp_path: Path) -> None:
    hole = record("numba", "0.59.0", "0", "numpy", subdir="osx-arm64")
    path = tmp_path / "conda-lock.yml"
    path.write_text(conda_lock(PYTHON, hole))
    report = check([str(path)])
    assert [(one.code, one.targets) for one in report.diagnostics] == [("LCK002", ("osx-arm64",))]
    assert report.files[0].kind == "conda-lock"
    assert report.files[0].verdict == "conflict"


def test_a_platform_that_no_target_can_name_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "conda-lock.yml"
    path.write_text(conda_lock(record("python", "3.10.13", "0", subdir="linux-ppc64le")))
    report = check([str(path)])
    assert (report.verdict, [one.code for one in report.diagnostics]) == ("unknown", ["GAP001"])


def test_a_target_that_the_lock_is_not_for_is_an_error_where_the_lock_is_named(tmp_path: Path) -> None:
    path = tmp_path / "conda-lock.yml"
    path.write_text(conda_lock(PYTHON))
    assert told(check([str(path)], targets=["win-64"])) == {("LCK001", "error", None)}
    assert told(check([str(path)], targets=["linux-64,python=3.12"])) == {("LCK001", "error", None)}
    assert told(check([str(tmp_path)], targets=["win-64"]), infos=True) == {("LCK001", "info", None)}


def test_a_walked_folder_holds_locks_and_what_they_are_for(tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("channels: [conda-forge]\ndependencies:\n  - python 3.10.*\n")
    (tmp_path / "conda-lock.yml").write_text(conda_lock(PYTHON, TORCH_GPU))
    (tmp_path / "conda-linux-64.lock").write_text(explicit(PYTHON))
    report = check([str(tmp_path)], targets=["linux-64,driver=418.40"])
    assert [Path(file.path).name for file in report.files] == [
        "environment.yml",
        "conda-linux-64.lock",
        "conda-lock.yml",
    ]
    assert {code for code, _, _ in told(report)} == {"CUD003"}


@pytest.mark.parametrize("name", ["conda-lock.yml", "pixi.lock", "uv.lock", "pylock.toml"])
def test_a_lock_that_does_not_parse_is_a_failure_of_its_own(name: str) -> None:
    report = judge(name, "what: is this", X86)
    assert [file.error is None for file in report.files] == [False]
    assert report.diagnostics == ()
    assert report.verdict == "unknown"
