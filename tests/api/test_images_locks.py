"""Dockerfiles in ``check``: locks that commands install, and projects that have none."""

from __future__ import annotations

import pytest

from compat.api import check_files
from compat.model.diagnostics import Report
from tests.api.locks import conda_lock, explicit, pixi_lock, pylock, record, uv_lock

PYTHON = record("python", "3.10.13", "hd12c33a_0_cpython")
TORCH = record("pytorch", "2.1.0", "py3.10_cpu_0", channel="pytorch")
VISION = record("torchvision", "0.15.0", "py310_cpu", channel="pytorch")
PROJECT = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = {}\n'


def report_of(lines: str, files: dict[str, str], base: str = "python:3.11") -> Report:
    given = {"Dockerfile": f"FROM {base}\n{lines}\n", **files}
    return check_files(
        {name: text.encode() for name, text in given.items()}, targets=["linux-64"], roots=["Dockerfile"]
    )


def bad(report: Report) -> set[tuple[str, str, str]]:
    return {(d.code, d.severity.value, d.place.path) for d in report.diagnostics if d.severity.value != "info"}


BROKEN = {
    "conda-lock.yml": conda_lock(PYTHON, TORCH, VISION),
    "conda-linux-64.lock": explicit(PYTHON, TORCH, VISION),
    "list.txt": explicit(PYTHON, TORCH, VISION),
    "pixi.lock": pixi_lock(default=[PYTHON, TORCH, VISION]),
}


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("conda-lock.yml", "conda-lock install --name x conda-lock.yml"),
        ("conda-lock.yml", "micromamba create -y -n x -f conda-lock.yml"),
        ("conda-linux-64.lock", "micromamba create -y -p /env --file conda-linux-64.lock"),
        ("list.txt", "conda create -y -n x --file list.txt"),
        ("pixi.lock", "pixi install --frozen"),
    ],
)
def test_a_lock_is_judged_where_it_is_installed(name: str, command: str) -> None:
    """Its releases contradict each other; the command that installs them is pointed at."""
    report = report_of(f"COPY {name} .\nRUN {command}", {name: BROKEN[name]}, "debian:12")
    assert bad(report) == {("ABI001", "error", name)}
    finding = next(d for d in report.diagnostics if d.code == "ABI001")
    assert [(r.place.path, r.place.line) for r in finding.related if r.place.path == "Dockerfile"] == [
        ("Dockerfile", 3)
    ]
    assert not [d for d in report.diagnostics if d.gap]
    assert {file.path: file.verdict for file in report.files} == {"Dockerfile": "conflict", name: "conflict"}


@pytest.mark.parametrize("command", ["pixi install || true", 'test -n "$A" && pixi install'])
def test_a_lock_behind_a_condition(command: str) -> None:
    report = report_of(f"COPY pixi.lock .\nRUN {command}", {"pixi.lock": BROKEN["pixi.lock"]}, "debian:12")
    assert bad(report) == {("ABI001", "warning", "pixi.lock")}


def test_an_explicit_list_that_a_heredoc_spells() -> None:
    lines = f"COPY <<END /list.txt\n{BROKEN['list.txt']}END\nRUN micromamba create -y -p /env -f /list.txt"
    report = report_of(lines, {}, "debian:12")
    assert bad(report) == {("ABI001", "error", "Dockerfile")}
    assert [file.path for file in report.files] == ["Dockerfile"]


def test_the_glibc_of_the_image_is_that_of_its_locks() -> None:
    lock = conda_lock(PYTHON, record("zlib", "1.3", "0", "__glibc >=2.34,<3.0.a0"))
    lines = "COPY conda-lock.yml .\nRUN conda-lock install --name x"
    assert bad(report_of(lines, {"conda-lock.yml": lock}, "debian:11")) == {("LCK002", "error", "conda-lock.yml")}
    assert bad(report_of(lines, {"conda-lock.yml": lock}, "debian:12")) == set()


@pytest.mark.parametrize(
    "command", ["uv sync", "uv pip sync pylock.toml", "poetry install", "pixi install", "pipenv install"]
)
def test_without_a_file_it_is_a_gap(command: str) -> None:
    report = report_of(f"RUN {command}", {})
    assert (report.verdict, bad(report)) == ("unknown", set())


@pytest.mark.parametrize("options", ["--extra $NAME", "--only-group docs"])
def test_a_part_of_a_lock_that_is_not_known_is_a_gap(options: str) -> None:
    files = {
        "pyproject.toml": PROJECT.format([]),
        "uv.lock": uv_lock(("torch", "2.1.0", []), ("torchvision", "0.15.2", [])),
    }
    report = report_of(f"COPY . .\nRUN uv sync {options}", files)
    assert (report.verdict, bad(report)) == ("unknown", set())


def test_uv_installs_what_the_project_asks_for_where_it_has_no_lock() -> None:
    files = {"pyproject.toml": PROJECT.format(["torch==2.1.0", "torchvision==0.15.2"])}
    mount = "--mount=type=bind,source=pyproject.toml,target=pyproject.toml"
    for command in ("uv sync", "poetry install"):
        assert bad(report_of(f"RUN {mount} {command}", files)) == {("ABI001", "error", "pyproject.toml")}


def test_uv_brings_the_python_that_a_project_needs() -> None:
    """Poetry refuses the Python of the image, uv downloads another one."""
    files = {"pyproject.toml": PROJECT.format([]).replace(">=3.10", ">=3.12")}
    assert bad(report_of("COPY pyproject.toml .\nRUN uv sync", files)) == set()
    assert bad(report_of("COPY pyproject.toml .\nRUN poetry install", files)) == {("PYV004", "error", "pyproject.toml")}


def test_a_lock_that_no_reader_is_for_leaves_it_open() -> None:
    files = {"pyproject.toml": PROJECT.format(["torch==2.1.0", "torchvision==0.15.2"]), "poetry.lock": "# @generated\n"}
    report = report_of("COPY . .\nRUN poetry install", files)
    assert (report.verdict, bad(report)) == ("unknown", set())


WHEEL = "torch-2.1.0-cp311-cp311-manylinux1_x86_64.whl"


@pytest.mark.parametrize("command", ["uv pip sync --system pylock.toml", "pip install -r pylock.toml"])
@pytest.mark.parametrize(
    ("base", "finds"), [("python:3.11", set()), ("python:3.12", {("LCK002", "error", "pylock.toml")})]
)
def test_a_pylock_has_wheels_for_the_python_of_the_image(
    base: str, finds: set[tuple[str, str, str]], command: str
) -> None:
    lock = pylock(("torch", "2.1.0", [WHEEL]))
    report = report_of(f"COPY pylock.toml .\nRUN {command}", {"pylock.toml": lock}, base)
    assert bad(report) == finds


def test_uv_sync_takes_the_lock_beside_the_project() -> None:
    """An extra that is not asked for does not count."""
    lock = uv_lock(("torch", "2.1.0", []), ("torchvision", "0.15.2", []))
    files = {"pyproject.toml": PROJECT.format([]), "uv.lock": lock}
    mounts = "".join(f"--mount=type=bind,source={name},target={name} " for name in files)
    found = bad(report_of(f"WORKDIR /app\nRUN {mounts} uv sync --locked --no-install-project", files))
    assert found == {("ABI001", "error", "uv.lock")}
    extra = uv_lock(
        ("torch", "2.1.0", []), ("torchvision", "0.15.2", ["torch"]), extras={"see": ("torchvision", "0.15.2")}
    )
    files = {"pyproject.toml": PROJECT.format([]), "uv.lock": extra}
    assert bad(report_of("COPY . .\nRUN uv sync --frozen", files)) == set()
