"""uv's ``override-dependencies``: they take the place of what other packages ask of a project."""

from __future__ import annotations

import pytest

from compat.api.environments import environments_of
from compat.formats import read
from compat.matrix import load_matrix
from compat.model.names import PyPIName
from compat.model.solutions import Situation
from compat.model.targets import parse_target
from compat.resolve.assess import assess

TORCH = PyPIName("torch")

#: torchvision 0.20.0 requires torch 2.5.0.
PROJECT = """\
[project]
name = "demo"
version = "1"
requires-python = ">=3.10"
dependencies = [{dependencies}]
[tool.uv]
{override} = [{overrides}]
"""


def situation(dependencies: str, overrides: str, override: str = "override-dependencies") -> Situation:
    text = PROJECT.format(dependencies=dependencies, override=override, overrides=overrides)
    (environment,) = environments_of([(read("pyproject.toml", text.encode()), False, "")])
    return assess(environment, parse_target("linux-64", {}), load_matrix(), {})


@pytest.mark.parametrize(
    "dependencies",
    ["'torchvision==0.20.0', 'torch'", "'torchvision==0.20.0', 'torch==2.6.0'", "'torchvision==0.20.0'"],
    ids=["asked-for", "asked-for-otherwise", "only-by-others"],
)
def test_an_override_decides(dependencies: str) -> None:
    found = situation(dependencies, "'torch==2.4.1'")
    assert not found.conflicts
    assert str(found.picks[TORCH].version) == "2.4.1"


def test_a_constraint_does_not_take_the_place_of_anything() -> None:
    assert situation("'torchvision==0.20.0', 'torch'", "'torch==2.4.1'", "constraint-dependencies").conflicts


def test_an_override_counts_where_its_marker_holds() -> None:
    found = situation("'torchvision==0.20.0', 'torch==2.4.1'", "'torch==2.4.1; sys_platform == \"win32\"'")
    assert found.conflicts


def test_an_override_that_no_release_satisfies_is_a_conflict() -> None:
    found = situation("'torchvision==0.20.0', 'torch'", "'torch>=2.5,<2.4'")
    assert [conflict.projects for conflict in found.conflicts] == [(TORCH,)]
