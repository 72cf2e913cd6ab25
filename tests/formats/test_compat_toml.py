"""The configuration."""

from __future__ import annotations

import pytest

from compat.formats.compat_toml import read_config
from compat.model.config import Config
from compat.model.errors import FileProblem, UsageError

FULL = """
targets = ["linux-64,gpu=h100", "linux-aarch64"]
select = ["tor001"]
fail-on = "warning"

[ignore]
ENV001 = "base image has pip"

[names]
pytorch = "torch"
Cupy = ["cupy-cuda12x", "cupy"]

[relax]
default = "minor"
torch = "matrix"
"""


def test_reads_every_key() -> None:
    assert read_config("sub/compat.toml", FULL.encode()) == Config(
        targets=("linux-64,gpu=h100", "linux-aarch64"),
        select=("TOR001",),
        ignore={"ENV001": "base image has pip"},
        fail_on="warning",
        names={"pytorch": ("torch",), "cupy": ("cupy-cuda12x", "cupy")},
        relax={"default": "minor", "torch": "matrix"},
        path="sub/compat.toml",
    )


def test_in_pyproject_it_stands_under_tool() -> None:
    data = b'[tool.compat]\nignore = ["env001"]\n'
    assert read_config("pyproject.toml", data) == Config(ignore={"ENV001": ""}, path="pyproject.toml")
    assert read_config("pyproject.toml", b"[project]\n") is None
    assert read_config("pyproject.toml", b"tool = 1\n") is None
    assert read_config("compat.toml", b"") == Config(path="compat.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("target = []", "compat.toml:1: unknown key `target`\nhint: did you mean `targets`?"),
        ("\nfail_on = 'error'", "compat.toml:2: unknown key `fail_on`\nhint: did you mean `fail-on`?"),
        ("zzz = 1", "compat.toml:1: unknown key `zzz`"),
        ("targets = 'linux-64'", "compat.toml:1: `targets` is no list of strings"),
        ("select = [1]", "compat.toml:1: `select` is no list of strings"),
        ("fail-on = 'warn'", "compat.toml:1: `fail-on` is `warn`\nhint: did you mean `warning`?"),
        ("fail-on = 3", "compat.toml:1: `fail-on` is `3`\nhint: one of error, warning, info"),
        ("[ignore]\nENV001 = 1", "compat.toml:2: the reason for ignoring `ENV001` is no text"),
        ("ignore = 1", "compat.toml:1: `ignore` is no table"),
        ("names = []", "compat.toml:1: `names` is no table"),
        ("[names]\nx = 1", "compat.toml:2: `x` is no list of strings"),
        ("[relax]\ntorch = 'most'", "compat.toml:2: `torch` is `most`\nhint: one of patch, minor, major, matrix"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_config("compat.toml", text.encode())
    assert str(caught.value) == message


def test_a_wrong_table_in_pyproject() -> None:
    with pytest.raises(UsageError, match=r"pyproject\.toml:2: `compat` is no table"):
        read_config("pyproject.toml", b"[tool]\ncompat = 1\n")


def test_a_broken_file_is_the_files_fault() -> None:
    with pytest.raises(FileProblem, match=r"compat\.toml:1:"):
        read_config("compat.toml", b"a = ")
