"""Dockerfiles in ``check``: what depends on the architecture that is built, and files that heredocs spell."""

from __future__ import annotations

import pytest

from compat.api import check_files
from compat.model.diagnostics import Report
from tests.api.test_images import judged, report_of, told

BOTH = ("linux-64", "linux-aarch64")


def on_both(dockerfile: str, **files: str) -> Report:
    """What ``check`` says on both architectures; the names of files have ``__`` for a dot."""
    given = {"Dockerfile": dockerfile, **{name.replace("__", "."): text for name, text in files.items()}}
    return check_files({name: text.encode() for name, text in given.items()}, targets=BOTH)


def errors_of(report: Report) -> list[tuple[str, str, tuple[str, ...]]]:
    found = (d for d in report.diagnostics if d.severity.value == "error")
    return [(d.code, f"{d.place.path}:{d.place.line}", d.targets) for d in found]


BAD = "torch==2.1.0\ntorchvision==0.15.2\n"


@pytest.mark.parametrize(
    "lines",
    [
        "ARG TARGETARCH\nCOPY ${TARGETARCH}.txt r.txt\nRUN pip install -r r.txt",
        "ARG TARGETARCH\nCOPY . .\nRUN pip install -r $TARGETARCH.txt",
        'ARG TARGETARCH\nCOPY . .\nRUN if [ "$TARGETARCH" = "arm64" ]; then pip install -r arm64.txt; fi',
        'ARG TARGETPLATFORM\nCOPY . .\nRUN if [ "$TARGETPLATFORM" = linux/arm64 ]; then pip install -r arm64.txt; fi',
        "ARG TARGETPLATFORM\nCOPY . .\nRUN pip install -r ${TARGETPLATFORM#linux/}.txt",
    ],
)
def test_each_architecture_takes_its_own_list(lines: str) -> None:
    """Only the list of arm64 contradicts itself."""
    report = on_both(f"FROM python:3.11\n{lines}\n", amd64__txt="numpy==1.26.4\n", arm64__txt=BAD)
    assert errors_of(report) == [("ABI001", "arm64.txt:2", ("linux-aarch64",))]
    assert not [d for d in report.diagnostics if d.gap]


def test_what_holds_everywhere_is_told_once() -> None:
    report = on_both("FROM python:3.11\nARG TARGETARCH\nRUN pip install torch==2.1.0 torchvision==0.15.2\n")
    assert errors_of(report) == [("ABI001", "Dockerfile:3", BOTH)]


def test_a_variable_that_no_line_declares_is_not_set() -> None:
    report = on_both("FROM python:3.11\nCOPY . .\nRUN pip install -r $TARGETARCH.txt\n", arm64__txt="numpy==1.26.4\n")
    assert report.verdict == "unknown"


def test_an_architecture_that_nobody_asks_for() -> None:
    """Its files are not read."""
    files = {"amd64__txt": "numpy==1.26.4\n", "arm64__txt": BAD}
    report = report_of("FROM python:3.11\nARG TARGETARCH\nCOPY . .\nRUN pip install -r $TARGETARCH.txt\n", **files)
    judged = {file.path: file.verdict for file in report.files if file.path.endswith("64.txt")}
    assert judged["amd64.txt"] == "ok"
    assert "arm64.txt" in judged  # a file of the call by itself


@pytest.mark.parametrize(
    ("copied", "named"),
    [
        ("COPY <<EOF /r.txt\n{}EOF", "/r.txt"),
        ("COPY --link <<'EOF' /lists/r.txt\n{}EOF", "/lists/r.txt"),
        ("COPY <<r.txt /lists/\n{}r.txt", "/lists/r.txt"),
        ("ARG TARGETARCH\nCOPY <<-EOF /r.amd64.txt\n{}\tEOF", "/r.$TARGETARCH.txt"),
    ],
)
def test_a_list_that_a_heredoc_spells(copied: str, named: str) -> None:
    """Its findings stand in the Dockerfile."""
    text = f"FROM python:3.11\n{copied.format(BAD)}\nRUN pip install -r {named}\n"
    line = text.split("\n").index("torchvision==0.15.2") + 1
    report = report_of(text)
    assert told(report) == [("ABI001", "error", f"Dockerfile:{line}")]
    assert [file.path for file in report.files] == ["Dockerfile"]
    assert not [d for d in report.diagnostics if d.gap]


def test_places_in_an_indented_heredoc() -> None:
    """Tabs before a line do not count for docker, and are columns all the same."""
    report = report_of(
        "FROM python:3.11\nCOPY <<-EOF /r.txt\n\ttorch==2.1.0\n\ttorchvision==0.15.2\n\tEOF\nRUN pip install -r /r.txt\n"
    )
    finding = next(d for d in report.diagnostics if d.code == "ABI001")
    assert (finding.place.line, finding.place.column) == (4, 2)


def test_a_bad_line_in_a_heredoc() -> None:
    report = report_of("FROM python:3.11\nCOPY <<EOF /r.txt\nnumpy=>1.20\nEOF\nRUN pip install -r /r.txt\n")
    assert told(report) == [("REQ001", "error", "Dockerfile:3")]


@pytest.mark.parametrize("body", ["torch==${TORCH}\n", "-r other.txt\n"])
def test_a_heredoc_that_says_not_all(body: str) -> None:
    """Docker fills in variables, and what the list includes lies in the image."""
    report = report_of(f"FROM python:3.11\nCOPY <<EOF /r.txt\n{body}EOF\nRUN pip install -r /r.txt\n")
    assert told(report) == []
    assert report.verdict == "unknown"


@pytest.mark.parametrize(
    ("base", "line", "finds"),
    [
        ("python:3.12.4-slim", "RUN if [ $PYTHON_VERSION = 3.12.4 ]; then pip install torch==2.1.0; fi", ["PYV001"]),
        ("python:3.12.4-slim", "RUN if [ $PYTHON_VERSION = 3.11.4 ]; then pip install torch==2.1.0; fi", []),
        (
            "nvidia/cuda:12.4.1-devel-ubuntu22.04",
            "RUN [ $CUDA_VERSION = 12.4.1 ] && pip install torch==1.8.1",
            ["PYV001"],
        ),
        ("nvidia/cuda:12.5.1-devel-ubuntu22.04", "RUN [ $CUDA_VERSION = 12.4.1 ] && pip install torch==1.8.1", []),
        ("example.org/cuda:12.4.1", "RUN [ $CUDA_VERSION = 12.4.1 ] && pip install torch==1.8.1", []),
        ("python:3.12-slim", "RUN pip install numpy==${PYTHON_VERSION}", []),
    ],
)
def test_variables_that_a_base_image_sets(base: str, line: str, finds: list[str]) -> None:
    """Where its tag says the whole release."""
    report = report_of(f"FROM {base}\nRUN apt-get install -y python3-pip\n{line}\n")
    assert [code for code, severity, _ in told(report) if severity == "error"] == finds


def test_an_argument_of_the_same_name_with_another_value_leaves_it_open() -> None:
    """By the manual the variable of the image wins, by BuildKit the argument."""
    text = "FROM python:3.12.4-slim\nARG PYTHON_VERSION=3.11.4\nRUN pip install numpy==${PYTHON_VERSION}\n"
    report = report_of(text)
    assert (told(report), report.verdict) == ([], "unknown")


def test_the_platform_of_a_caller_is_what_is_built() -> None:
    """Compose's ``platform:`` goes before the target."""
    text = 'FROM python:3.11\nARG TARGETARCH\nRUN if [ "$TARGETARCH" = arm64 ]; then pip install torch==1.8.1; fi\n'
    assert "PYV001" not in {d.code for d in judged(text)}
    assert "PYV001" in {d.code for d in judged(text, platform="linux/arm64")}
