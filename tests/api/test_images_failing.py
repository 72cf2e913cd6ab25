"""Dockerfiles in ``check``: each installing command has to work by itself, whatever a later one replaces."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compat.model.diagnostics import Severity
from tests.api.test_images import LINES, report_of, told

CONTRADICTIONS = (
    "pip install torch==2.1.0 torchvision==0.15.2",
    "pip install transformers==4.40.0 tokenizers==0.15.0",
    "pip install torch==2.1.0 torch==2.2.0",
    "uv pip install --system torch==2.1.0 torchvision==0.15.2",
)


@pytest.mark.parametrize(
    ("lines", "finds"),
    [
        (("pip install torch==2.1.0 torchvision==0.15.2", "pip install xformers==0.0.22"), [("ABI001", "error", 2)]),
        (("pip install torch==2.1.0 torchvision==0.15.2", "pip install -U torch torchvision"), [("ABI001", "error", 2)]),
        (("pip install torch==2.1.0 torchvision==0.15.2", "pip uninstall -y torch"), [("ABI001", "error", 2)]),
        (("pip install torch==1.8.1", "pip install torch==2.6.0"), [("PYV001", "error", 2)]),
        (("pip install torch==2.6.0", "pip install torch==1.8.1 && pip install torch==2.7.0"), [("PYV001", "error", 3)]),
        (("pip install torch==2.6.0", "pip install torch==2.7.0"), [("IMG007", "warning", 2)]),
        (("pip install torch==2.6.0 torchvision==0.21.0", "pip install torch==2.7.0"), [("IMG007", "warning", 2)]),
    ],
)  # fmt: skip
def test_the_first_command_that_fails_is_told(lines: tuple[str, ...], finds: list[tuple[str, str, int]]) -> None:
    """The tool stops at it with ``ResolutionImpossible``; that a later command would replace something is no news then."""
    report = report_of("FROM python:3.11\n" + "".join(f"RUN {line}\n" for line in lines))
    assert [(code, severity, int(at.rpartition(":")[2])) for code, severity, at in told(report)][: len(finds)] == finds
    assert ("conflict" if finds[0][1] == "error" else "ok") == report.verdict


def test_nothing_is_told_of_what_would_stand_on_it() -> None:
    """The torch of the last command is never installed, so neither its CUDA nor what is compiled for it matters."""
    report = report_of(
        "FROM nvidia/cuda:12.1.1-cudnn8-devel-ubuntu22.04\nRUN apt-get update && apt-get install -y python3-pip\n"
        "RUN pip install torch==2.1.0 torchvision==0.15.2\nRUN pip install xformers==0.0.22\n"
        "RUN pip install flash-attn==2.8.3 --no-build-isolation\n"
    )
    assert [found[0] for found in told(report)] == ["ABI001"]


def test_another_fault_is_still_told() -> None:
    report = report_of(
        "FROM python:3.11\nRUN pip install torch==2.3.0 torchvision==0.15.2\nRUN pip install torch==2.6.0\n"
        "RUN pip install tokenizers==0.15.0 transformers==4.40.0\n"
    )
    errors = [found for found in told(report) if found[1] == "error"]
    assert errors == [("ABI001", "error", "Dockerfile:2"), ("ABI001", "error", "Dockerfile:4")]


def test_a_file_of_requirements_that_contradicts_itself() -> None:
    report = report_of(
        "FROM python:3.11\nCOPY r.txt .\nRUN pip install -r r.txt\nRUN pip install torch==2.2.0\n",
        r__txt="torch==2.1.0\ntorchvision==0.15.2\n",
    )
    assert told(report)[0] == ("ABI001", "error", "r.txt:2")


@pytest.mark.parametrize("first", ["pip install --no-deps", "true || pip install", 'test -n "$A" && pip install'])
def test_a_command_that_need_not_fail_is_no_error(first: str) -> None:
    report = report_of(
        f"FROM python:3.11\nRUN {first} torch==2.1.0 torchvision==0.15.2\nRUN pip install xformers==0.0.22\n"
    )
    assert not [d for d in report.diagnostics if d.severity is Severity.ERROR]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CONTRADICTIONS), st.lists(st.sampled_from(LINES), max_size=4))
@example(CONTRADICTIONS[0], ["pip uninstall -y torch", "pip install torchvision==0.16.0 numpy"])
def test_no_later_command_mends_one_that_fails(first: str, later: list[str]) -> None:
    """The build stops at the first command that fails."""
    report = report_of(f"FROM python:3.11\nRUN {first}\n" + "".join(f"RUN {line}\n" for line in later))
    assert [at for _, severity, at in told(report) if severity == "error"][:1] == ["Dockerfile:2"]


@pytest.mark.parametrize(
    ("script", "fatal"),
    [
        ("pip install {}", True),
        ("pip install {} && rm -rf /tmp/x", True),
        ("apt-get update && sudo -E pip install {} >/log 2>&1 && A=1 pip install requests", True),
        ('pip install "torch==1.8.1" && \\\n    # a; b\n\n    pip install requests', True),
        ('["pip", "install", "torch==1.8.1"]', True),
        ("set -ex; pip install {}; true", True),
        ("<<EOF\nset -e\npip install {}\npip install requests\nEOF", True),
        ("pip install {}; pip install requests", False),
        ("pip install {} && rm -rf /tmp/x; true", False),
        ("pip install {} | tee /log", False),
        ("! pip install {}", False),
        ("pip install {} &\\\n wait", False),
        ("(pip install {} || exit 0) && true", False),
        ("for i in 1 2; do pip install {} && break; done", False),
        ("set -e; pip install {} && rm -rf /tmp/x; true", False),
        ("<<EOF\npip install {}\npip install requests\nEOF", False),
    ],
)
def test_a_command_that_may_fail_without_harm(script: str, *, fatal: bool) -> None:
    """A shell goes on after ``;`` and looks at the last command of a pipe; what is replaced later was never needed then."""
    text = f"FROM python:3.11\nRUN {script.replace('{}', 'torch==1.8.1')}\nRUN pip install torch==2.6.0\n"
    assert [found[0] for found in told(report_of(text))] == (["PYV001"] if fatal else ["IMG007"])
