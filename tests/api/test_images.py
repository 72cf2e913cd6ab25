"""Dockerfiles in ``check``: which files an image takes in, which environments it makes, and in which order they are made."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.api import check, check_files
from compat.api.files import Library, RequestFiles
from compat.api.images.judge import judge_image
from compat.api.images.reading import read_image
from compat.api.judge import Judge
from compat.api.roots import load, parse_targets
from compat.model.diagnostics import Diagnostic, Report, Severity

OLD = b"torch==1.13.1\n"
"""No wheels for Python 3.12."""


def report_of(dockerfile: str, target: str = "linux-64", **files: str) -> Report:
    """What ``check`` says to a Dockerfile and other files, whose names have ``__`` for a dot and ``___`` for a slash."""
    named = {name.replace("___", "/").replace("__", "."): text for name, text in files.items()}
    given = {"Dockerfile": dockerfile, **named}
    return check_files({name: text.encode() for name, text in given.items()}, targets=[target])


def told(report: Report) -> list[tuple[str, str, str]]:
    """Code, severity and place of every finding but hygiene and gaps."""
    quiet = {"IMG008", "IMG009", "IMG010", "IMG011", "IMG012", "GAP001"}
    return [
        (d.code, d.severity.value, f"{d.place.path}:{d.place.line}") for d in report.diagnostics if d.code not in quiet
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "COPY requirements.txt .\nRUN pip install -r requirements.txt",
        "COPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt",
        "COPY . /app\nRUN cd /app && pip install -r requirements.txt",
        "WORKDIR /app\nCOPY requirements*.txt ./\nRUN pip install -r ./requirements.txt",
        "ADD requirements.txt /tmp/reqs.txt\nRUN python -m pip install --no-cache-dir -r /tmp/reqs.txt",
        'COPY ["requirements.txt", "/x/"]\nRUN pip install -r /x/requirements.txt',
        "RUN --mount=type=bind,source=requirements.txt,target=/tmp/r.txt pip install -r /tmp/r.txt",
        "COPY ./requirements.txt /srv/\nWORKDIR /srv\nRUN uv pip install --system -r requirements.txt",
    ],
)
def test_a_file_of_requirements_is_followed_to_the_repository(lines: str) -> None:
    """What the image installs is judged under the Python of the image, in the file that says it."""
    report = report_of(f"FROM python:3.12-slim\n{lines}\n", requirements__txt=OLD.decode())
    assert told(report) == [("PYV001", "error", "requirements.txt:1")]
    assert {file.path: file.verdict for file in report.files} == {
        "Dockerfile": "conflict",
        "requirements.txt": "conflict",
    }


def test_a_file_copied_from_stage_to_stage() -> None:
    report = report_of(
        "FROM alpine:3.20 AS files\nCOPY requirements.txt /in/\nFROM python:3.12\n"
        "COPY --from=files /in/requirements.txt /r.txt\nRUN pip install -r /r.txt\n",
        requirements__txt=OLD.decode(),
    )
    assert told(report) == [("PYV001", "error", "requirements.txt:1")]


@pytest.mark.parametrize("where", ["Dockerfile", "docker/Dockerfile", "docker/gpu/Dockerfile"])
def test_the_build_context_is_a_folder_above(tmp_path: Path, where: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_bytes(OLD)
    path = tmp_path / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n")
    report = check([str(path)], targets=["linux-64"])
    assert [Path(file.path).name for file in report.files] == ["Dockerfile", "requirements.txt"]
    assert "PYV001" in {d.code for d in report.diagnostics}


def test_nothing_outside_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(OLD)
    inner = tmp_path / "repo"
    (inner / ".git").mkdir(parents=True)
    (inner / "Dockerfile").write_text(
        "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    )
    report = check([str(inner / "Dockerfile")], targets=["linux-64"])
    assert [Path(file.path).name for file in report.files] == ["Dockerfile"]


def test_what_could_not_be_followed_is_a_gap_and_no_pass() -> None:
    """A missing file, a variable, the lock of a project: the verdict is unknown, and no warning stands."""
    for command in ("pip install -r requirements.txt", "pip install torch==${VERSION}", "uv sync", "pip install ."):
        report = report_of(f"FROM python:3.12\nRUN {command}\n")
        assert report.verdict == "unknown", command
        assert {d.severity for d in report.diagnostics} == {Severity.INFO}, command


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("pip install git+https://me:secret@h.example.org/a/b.git@main", "`git+https://h.example.org/a/b.git@main`"),
        (
            "pip install git+https://h.example.org/a $B",
            "`git+https://h.example.org/a` and what is only known when it runs",
        ),
        ("pip install --index-url https://i.example.org/simple $B", "what is only known when it runs"),
        ("uv sync", "the lock of the project"),
    ],
)
def test_a_gap_says_what_it_is_about(command: str, words: str) -> None:
    told = [d.message for d in report_of(f"FROM python:3.12\nRUN {command}\n").diagnostics if d.gap]
    assert told == [f"not all that is installed here is judged: {words} could not be followed from the Dockerfile"]


def test_a_walked_file_that_an_image_installs_is_no_root(tmp_path: Path) -> None:
    """Alone it would be judged for every Python; a file that conda reads is judged by itself, too."""
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.10\nCOPY r.txt requirements.txt ./\nRUN pip install -r requirements.txt\n"
    )
    (tmp_path / "requirements.txt").write_text("torch==1.13.1\nnumpy==2.2.6\n")
    (tmp_path / "environment.yml").write_text("dependencies: [python=3.11]\n")
    report = check([str(tmp_path)], targets=["linux-64"])
    kinds = [file.kind for file in report.files]
    assert sorted(kinds) == ["dockerfile", "environment", "requirements"]
    assert all(d.code != "ENV004" for d in report.diagnostics)


def test_descriptors_are_compared_though_an_image_installs_one(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.11\nCOPY . .\nRUN pip install -r requirements.txt\n")
    (tmp_path / "requirements.txt").write_text("sphinx==2.0\n")
    (tmp_path / "environment.yml").write_text("dependencies: [python=3.11, sphinx=3]\n")
    report = check([str(tmp_path)], targets=["linux-64"])
    assert [Path(d.place.path).name for d in report.diagnostics if d.code == "ENV004"] == ["environment.yml"]


@pytest.mark.parametrize("command", ["pip install --no-deps -r r.txt", "pip install -r r.txt || true"])
def test_what_may_not_be_installed_whole_stays_a_root(tmp_path: Path, command: str) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.11\nCOPY r.txt r.txt\nRUN {command}\n")
    (tmp_path / "r.txt").write_text("torch==2.0.1\ntorchvision==0.16.0\n")
    report = check([str(tmp_path)], targets=["linux-64"])
    assert {d.severity for d in report.diagnostics if d.code == "ABI001"} == {Severity.WARNING}
    (tmp_path / "r.txt").rename(tmp_path / "requirements.txt")
    (tmp_path / "Dockerfile").write_text(
        f"FROM python:3.11\nCOPY . .\nRUN {command.replace('r.txt', 'requirements.txt')}\n"
    )
    report = check([str(tmp_path)], targets=["linux-64"])
    assert Severity.ERROR in {d.severity for d in report.diagnostics if d.code == "ABI001"}


def test_a_project_is_installed_with_its_extras() -> None:
    project = (
        "[project]\nname = 'x'\nversion = '1'\nrequires-python = '>=3.10'\ndependencies = ['torch==2.1.0']\n"
        "[project.optional-dependencies]\ntrain = ['torchvision==0.15.2']\n"
    )
    report = report_of("FROM python:3.9\nWORKDIR /app\nCOPY . .\nRUN pip install .[train]\n", pyproject__toml=project)
    assert ("PYV004", "error", "pyproject.toml:4") in told(report)
    assert ("ABI001", "error", "pyproject.toml:7") in told(report)


def test_every_environment_of_an_image_is_judged_by_itself() -> None:
    report = report_of(
        "FROM condaforge/miniforge3:24.3.0-0\nCOPY environment.yml /tmp/\nRUN conda env create -f /tmp/environment.yml\n"
        'RUN pip install torch==2.0.1\nSHELL ["conda", "run", "-n", "ml", "/bin/bash", "-c"]\nRUN pip install torch==1.13.1\n',
        environment__yml="name: ml\nchannels: [conda-forge]\ndependencies:\n  - python=3.12\n",
    )
    assert told(report) == [("PYV001", "error", "Dockerfile:6")]


def test_commands_name_their_own_indexes() -> None:
    """The index of one command holds nothing of another, so that a plain command after it is judged by the default one."""
    cuda = "FROM python:3.11\nRUN pip install torch==2.3.1 --index-url https://download.pytorch.org/whl/cu118\n"
    report = report_of(cuda + "RUN pip install transformers==4.40.0 tokenizers==0.15.0\n")
    assert [found for found in told(report) if found[1] == "error"] == [("ABI001", "error", "Dockerfile:3")]
    mixed = report_of(cuda + "RUN pip install torchvision==0.18.1\n")
    assert ("CUD008", "error", "Dockerfile:3") in told(mixed)


def test_alternatives_behind_a_condition_are_no_error() -> None:
    report = report_of(
        'FROM python:3.11\nARG GPU\nRUN if [ "$GPU" = 1 ]; then pip install torch==2.1.0 --index-url https://download.pytorch.org/whl/cu118;'
        " else pip install torch==2.0.1 --index-url https://download.pytorch.org/whl/cpu; fi\nRUN pip install torchvision==0.16.0\n"
    )
    assert not [d for d in report.diagnostics if d.severity is Severity.ERROR]


def test_a_condition_makes_an_error_a_warning() -> None:
    report = report_of("FROM python:3.12\nRUN pip install requests || pip install torch==1.13.1\n")
    assert [found[:2] for found in told(report)] == [("PYV001", "warning")]


def test_no_deps_does_not_look_at_what_is_required() -> None:
    report = report_of("FROM python:3.11\nRUN pip install --no-deps torch==2.0.1 torchvision==0.16.0\n")
    assert [found[:2] for found in told(report)] == [("ABI001", "warning")]


@pytest.mark.parametrize(
    ("base", "target", "finds"),
    [
        ("python:3.8", "osx-arm64", ["PYV003"]),
        ("python:3.8", "osx-64", []),
        ("--platform=linux/arm64 python:3.8", "linux-64", ["PYV003"]),
        ("python:3.8-alpine", "linux-64", ["PYV003"]),
    ],
)
def test_containers_are_linux(base: str, target: str, finds: list[str]) -> None:
    """A Mac builds for its Linux twin; the platform of FROM decides; wheels for glibc do not fit musl."""
    report = report_of(f"FROM {base}\nRUN pip install torch==1.7.1\n", target)
    assert [found[0] for found in told(report)] == finds


@pytest.mark.parametrize(
    ("lines", "python"),
    [
        (
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3-pip\nRUN pip install torch==1.10.0",
            "3.10",
        ),
        ("FROM python:3.12\nRUN uv venv --python 3.10 /v && uv pip install --python /v/bin/python torch==2.0.1", ""),
        (
            "FROM ubuntu:20.04\nRUN apt-get install -y python3.9 python3.9-venv\nRUN python3.9 -m pip install torch==2.9.1",
            "3.9",
        ),
        (
            "FROM ubuntu:20.04\nRUN apt-get install -y python3.9 && ln -s /usr/bin/python3.9 /usr/bin/python\nRUN pip install torch==2.9.1",
            "",
        ),
        ("FROM example.org/base:1\nRUN pip install torch==1.10.0", ""),
        (
            "FROM ubuntu:20.04\nRUN apt-get install -y python3-pip\nRUN bash Miniconda3-latest-Linux-x86_64.sh -b\nRUN pip install torch==2.9.1",
            "",
        ),
    ],
)
def test_the_python_of_an_image(lines: str, python: str) -> None:
    """Where nothing says which Python it is, nothing is said of it."""
    found = [d for d in report_of(lines + "\n").diagnostics if d.code == "PYV001"]
    assert bool(found) == bool(python), found
    assert all(f"Python {python} " in d.message for d in found)


def test_the_python_of_the_image_goes_before_that_of_the_target() -> None:
    """It is the one that runs; a target's only counts where the image does not say."""
    lines = "RUN pip install torch==1.13.1\n"
    assert told(report_of(f"FROM python:3.10\n{lines}", "linux-64,python=3.12")) == []
    assert [found[0] for found in told(report_of(f"FROM python:3.12\n{lines}", "linux-64,python=3.10"))] == ["PYV001"]
    assert [found[0] for found in told(report_of(f"FROM example.org/x:1\n{lines}", "linux-64,python=3.12"))] == [
        "PYV001"
    ]


def judged(dockerfile: str, platform: str = "", stage: str = "", **arguments: str) -> list[Diagnostic]:
    """What the entry for callers with build arguments says."""
    matrix, cache = load({})
    targets = parse_targets(["linux-64"], matrix)
    root = read_image("Dockerfile", dockerfile.encode(), Library(RequestFiles({})), arguments)
    return list(judge_image(root, Judge(matrix, targets, cache), targets, platform=platform, target_stage=stage))


def test_build_arguments_platform_and_stage_of_a_caller() -> None:
    text = "ARG PYTHON=3.10\nFROM python:${PYTHON} AS web\nRUN pip install torch==1.13.1\nFROM python:3.10 AS docs\n"
    assert not [d for d in judged(text) if d.code == "PYV001"]
    assert [d for d in judged(text, PYTHON="3.12") if d.code == "PYV001"]
    assert not [d for d in judged(text, stage="docs", PYTHON="3.12") if d.code == "PYV001"]
    arm = "FROM python:3.8\nRUN pip install torch==1.7.1\n"
    assert "PYV003" in {d.code for d in judged(arm, platform="linux/arm64")}
    assert "PYV003" not in {d.code for d in judged(arm)}


def test_edits_of_commands_are_words_that_a_shell_leaves_alone() -> None:
    """``numpy<2`` in a RUN would be a redirection."""
    report = report_of("FROM python:3.11\nRUN pip install torch==2.0.1 torchvision==0.16.0 numpy\n")
    texts = [edit.text for d in report.diagnostics if d.fix and not d.code.startswith("IMG") for edit in d.fix.edits]
    assert texts == ["==0.15.2"]


LINES = (
    "pip install torch==2.0.1",
    "pip install torchvision==0.16.0 numpy",
    "pip install torch==2.3.1+cu118 --index-url https://download.pytorch.org/whl/cu118",
    "pip install --no-deps transformers==4.40.0 tokenizers==0.15.0",
    "pip uninstall -y torch",
    "pip install -U torch",
    "conda install -y -c conda-forge python=3.10 pytorch=2.1",
    "conda create -y -n x python=3.12 && conda run -n x pip install torch==1.13.1",
    "python -m venv /v && /v/bin/pip install tensorflow==2.15.0",
    "uv pip install --system jax",
    "pip install -r requirements.txt -c constraints.txt",
    "pip install flash-attn --no-build-isolation",
    "apt-get update && apt-get install -y python3-pip",
)
BASES = (
    "python:3.12-slim",
    "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel",
    "tensorflow/tensorflow:2.7.0-gpu",
    "condaforge/miniforge3:24.3.0-0",
    "nvidia/cuda:12.8.0-devel-ubuntu22.04",
    "nvcr.io/nvidia/pytorch:23.10-py3",
    "example.org/any:1",
)
SITUATIONS = st.tuples(st.sampled_from(BASES), st.lists(st.sampled_from(LINES), max_size=5))


@settings(max_examples=60, deadline=None)
@given(SITUATIONS)
def test_what_stands_behind_a_condition_is_never_an_error(situation: tuple[str, list[str]]) -> None:
    """Whatever it is: the command may not run, or another one may have run instead."""
    base, commands = situation
    lines = "".join(f'RUN if [ -n "$A" ]; then {command}; fi\n' for command in commands)
    report = report_of(f"FROM {base}\n{lines}")
    assert not [d for d in report.diagnostics if d.severity is Severity.ERROR]


@settings(max_examples=60, deadline=None)
@given(SITUATIONS)
def test_every_line_that_could_not_be_followed_keeps_the_verdict_open(situation: tuple[str, list[str]]) -> None:
    base, commands = situation
    report = report_of(
        "".join([f"FROM {base}\n", *(f"RUN {command}\n" for command in commands), "RUN pip install $B\n"])
    )
    assert report.verdict != "ok"
