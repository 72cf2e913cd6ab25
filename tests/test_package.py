"""The library's front door, and what is shipped."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import compat
from compat.model.diagnostics import Diagnostic, Report, Severity

ROOT = Path(__file__).parents[1]


def test_public_names_are_found_when_asked_for() -> None:
    assert (compat.Diagnostic, compat.Report, compat.Severity) == (Diagnostic, Report, Severity)
    assert callable(compat.check)
    assert set(compat.__all__) <= set(dir(compat))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        compat.chekc  # type: ignore[attr-defined]  # noqa: B018 - reading it is the test


def test_importing_the_package_imports_nothing_of_it() -> None:
    script = "import sys, compat; print([name for name in sys.modules if name.startswith('compat.')])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "['compat.version']\n"


def test_python_dash_m_is_the_command() -> None:
    run = subprocess.run([sys.executable, "-m", "compat", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"compat {compat.__version__}\n"


def test_a_plain_install_brings_no_more_than_the_readme_says() -> None:
    """Every dependency is a row of the README's table: adding one takes a reason."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [requirement.partition(">")[0] for requirement in project["dependencies"]]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in readme for name in names)
    assert len(names) == 4


def test_no_group_is_repeated_possessively() -> None:
    """CPython before 3.11.5 matches ``(...)*+`` wrongly (gh-106052); an atomic group says the same."""
    sources = Path(__file__).parents[1].joinpath("compat").rglob("*.py")
    assert not [str(path) for path in sources if re.search(r"\)[*+?]\+", path.read_text(encoding="utf-8"))]
