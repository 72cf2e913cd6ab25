"""`check` of what runs images: compose, Argo, Kubernetes and GitHub files with the files of the repository that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.api import check, check_files
from compat.api.workloads.kinds import WORKLOAD_KINDS, is_by_content
from compat.model.diagnostics import Report

ARGO = Path(__file__).parents[1] / "data" / "argo"

#: Code, severity and line of everything that is found in each file.
FOUND = {
    "arm_build.yml": [("WRK001", "error", 32)],
    "container_set.yml": [("WRK004", "warning", 27)],
    "fan_out.yml": [("WRK002", "warning", 31)],
    "gpu_requests.yml": [("WRK005", "info", 3), ("WRK006", "info", 16), ("WRK006", "error", 21)],
    "inline_dag.yml": [("WRK003", "info", 25)],
    "nightly_cron.yml": [("WRK001", "warning", 21)],
    "steps_exit_handler.yml": [
        ("WRK005", "info", 3),
        ("WRK006", "info", 34),
        ("ABI001", "error", 38),
        ("WRK003", "info", 45),
    ],
    "template_library.yml": [("WRK002", "warning", 16)],
    "template_ref.yml": [],
    "train_dag.yml": [("WRK004", "info", 101), ("WRK004", "info", 101)],
}


def found(report: Report) -> list[tuple[str, str, str, int | None]]:
    return [(d.code, d.severity.value, d.place.path, d.place.line) for d in report.diagnostics]


def text_files(**files: str) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


def test_every_file_of_argo_has_its_row() -> None:
    assert sorted(path.name for path in ARGO.glob("*.yml")) == sorted(FOUND)


@pytest.mark.parametrize("name", FOUND)
def test_argo_files(name: str) -> None:
    report = check_files({name: (ARGO / name).read_bytes()}, targets=["linux-64", "linux-aarch64"])
    assert [(file.kind, file.error) for file in report.files] == [("argo", None)]
    assert [(code, severity, line) for code, severity, _, line in found(report)] == FOUND[name]
    for finding in report.diagnostics:
        assert finding.targets
        assert finding.evidence or finding.related, "the two places that disagree, or a source"


DOCKERFILE = """\
ARG TORCH=2.4.1
FROM python:3.12-slim AS base
ARG TORCH
RUN pip install --no-cache-dir torch==${TORCH}
FROM base AS dev
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
"""


def test_a_dockerfile_is_judged_with_the_arguments_of_the_service() -> None:
    compose = "services:\n  a:\n    build: {context: ., target: base, args: {TORCH: 2.0.1}}\n"
    files = {"compose.yaml": compose.encode(), "Dockerfile": DOCKERFILE.encode(), "requirements.txt": b"numpy\n"}
    report = check_files(files, targets=["linux-64"], roots=["compose.yaml"])
    (finding,) = report.diagnostics
    assert (finding.code, finding.place.path, finding.place.line) == ("PYV001", "Dockerfile", 4)
    assert ("compose.yaml", 3) in [(related.place.path, related.place.line) for related in finding.related]
    assert {file.path: file.kind for file in report.files}["Dockerfile"] == "dockerfile"


def test_without_arguments_the_dockerfile_is_fine() -> None:
    compose = "services:\n  a:\n    build: {context: ., target: base}\n"
    files = {"compose.yaml": compose.encode(), "Dockerfile": DOCKERFILE.encode(), "requirements.txt": b"numpy\n"}
    assert not check_files(files, targets=["linux-64"], roots=["compose.yaml"]).diagnostics


SERVER = 'FROM python:3.12.1-slim\nEXPOSE 8000\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'


@pytest.mark.parametrize(
    ("check_of_service", "codes"),
    [
        ("", ["IMG012"]),
        (", healthcheck: {test: [CMD, curl, -f, localhost]}", []),
        (", healthcheck: {disable: true}", []),
    ],
)
def test_a_service_with_a_check_of_its_own_needs_none_in_the_image(check_of_service: str, codes: list[str]) -> None:
    compose = f"services:\n  a: {{build: .{check_of_service}}}\n"
    files = {"compose.yaml": compose.encode(), "Dockerfile": SERVER.encode()}
    report = check_files(files, targets=["linux-64"], roots=["compose.yaml"])
    assert [finding.code for finding in report.diagnostics] == codes


def test_a_walk_finds_them_by_name_and_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "deploy").mkdir()
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text("on: push\njobs: {}\n")
    (tmp_path / "docker-compose.yml").write_text("services: {}\n")
    (tmp_path / "deploy" / "train.yaml").write_text("apiVersion: v1\nkind: Pod\nspec: {containers: []}\n")
    (tmp_path / "deploy" / "wf.yaml").write_bytes((ARGO / "template_ref.yml").read_bytes())
    (tmp_path / "deploy" / "helm.yaml").write_text('apiVersion: v1\nkind: Pod\nname: {{ include "a" . }}\n')
    (tmp_path / "deploy" / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\na: [\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
    report = check(["."], targets=["linux-64"])
    assert {file.path: file.kind for file in report.files} == {
        ".github/workflows/ci.yml": "workflow",
        "deploy/train.yaml": "kubernetes",
        "deploy/wf.yaml": "argo",
        "docker-compose.yml": "compose",
    }
    assert report.verdict == "ok"


def test_a_named_file_that_is_broken_or_a_template_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\na: [\n")
    (tmp_path / "helm.yaml").write_text("apiVersion: v1\nkind: Pod\na: {{ .Values.a }}\n")
    assert [file.error is not None for file in check(["broken.yaml"], targets=["linux-64"]).files] == [True]
    report = check(["helm.yaml"], targets=["linux-64"])
    assert report.verdict == "unknown"
    assert [(d.code, d.gap) for d in report.diagnostics] == [("GAP001", True)]


def test_a_comment_silences_a_finding() -> None:
    text = "services:\n  a:\n    # compat: ignore[WRK003] rebuilt every night\n    image: example/a:latest\n"
    report = check_files(text_files(**{"compose.yml": text}))
    assert not report.diagnostics
    assert [(each.code, each.reason) for each in report.ignored] == [("WRK003", "rebuilt every night")]


UV_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "train"
version = "0.1.0"
source = { virtual = "." }
"""


def test_a_lock_for_another_python_is_a_warning_because_uv_looks_for_one_that_fits() -> None:
    workflow = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    strategy: {matrix: {python: ["3.10", "3.12"]}}
    steps:
      - {uses: astral-sh/setup-uv@v5, with: {python-version: "${{ matrix.python }}"}}
      - run: uv sync --frozen
"""
    files = {".github/workflows/ci.yml": workflow.encode(), "uv.lock": UV_LOCK.encode()}
    report = check_files(files, targets=["linux-64"], roots=[".github/workflows/ci.yml"])
    (finding,) = [d for d in report.diagnostics if d.code == "WRK008"]
    assert (finding.severity.value, finding.place.line, finding.place.column) == ("warning", 5, 35)
    assert "uv.lock" in [related.place.path for related in finding.related]


def test_what_a_command_itself_asks_for_is_judged_on_the_runner() -> None:
    workflow = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - {uses: actions/setup-python@v5, with: {python-version: "3.11"}}
      - run: pip install torch==2.1.0 torchvision==0.15.2
"""
    report = check_files({".github/workflows/ci.yml": workflow.encode()}, targets=["osx-arm64"])
    assert [(code, line) for code, _, _, line in found(report)] == [("ABI001", 7)]


def test_kinds_by_content_need_a_file_that_can_be_read(tmp_path: Path) -> None:
    assert not is_by_content(str(tmp_path / "none.yaml"))
    assert {"argo", "kubernetes"} < WORKLOAD_KINDS


def test_a_file_in_the_place_of_a_folder_is_a_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.txt").write_text("numpy\n")
    (tmp_path / "requirements.txt").write_text("-r base.txt/requirements.txt\n")
    report = check(["requirements.txt"], targets=["linux-64"])
    assert [(d.code, d.severity.value) for d in report.diagnostics] == [("REQ004", "warning")]
    assert not [file.error for file in report.files if file.error]


def test_what_is_not_judged_of_a_huge_file_is_said() -> None:
    services = "".join(
        f"  s{number}: {{image: 'python:3.11-slim', command: pip install six}}\n" for number in range(300)
    )
    report = check_files({"compose.yaml": f"services:\n{services}".encode()}, targets=["linux-64"])
    assert [(d.code, d.gap) for d in report.diagnostics] == [("GAP001", True)]


def test_what_is_not_judged_of_a_huge_workflow_is_said() -> None:
    run = "\n".join(f"          pip install six=={number}" for number in range(700))
    workflow = (
        "on: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - {{uses: actions/setup-python@v5, with: {{python-version: '3.11'}}}}\n      - run: |\n{run}\n"
    )
    report = check_files({".github/workflows/a.yml": workflow.encode()}, targets=["linux-64"])
    assert [(d.place.line, d.gap) for d in report.diagnostics if d.code == "GAP001"] == [(3, True)]
