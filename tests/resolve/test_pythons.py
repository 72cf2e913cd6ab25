"""Which Pythons file and target admit, and which of the two decides."""

from __future__ import annotations

import pytest

from compat.api.environments import environments_of
from compat.formats import read
from compat.model.targets import parse_target
from compat.resolve.situation import admitted_pythons

ENVIRONMENT = "environment.yml"
PROJECT = "pyproject.toml"


@pytest.mark.parametrize(
    ("name", "text", "target", "newest", "oldest", "from_target"),
    [
        (ENVIRONMENT, "dependencies:\n  - python=3.10\n", "linux-64", (3, 10), (3, 10), False),
        (ENVIRONMENT, "dependencies:\n  - python=3.10\n", "linux-64,python=3.12", (3, 10), (3, 10), False),
        (ENVIRONMENT, "dependencies:\n  - python>=3.9,<3.13\n", "linux-64", (3, 12), (3, 9), False),
        (ENVIRONMENT, "dependencies:\n  - python>=3.9\n", "linux-64,python=3.12", (3, 12), (3, 12), True),
        (ENVIRONMENT, "dependencies:\n  - python\n", "linux-64,python=3.12", (3, 12), (3, 12), True),
        (ENVIRONMENT, "dependencies:\n  - python\n", "linux-64", (3, 15), (3, 5), False),
        (ENVIRONMENT, "dependencies:\n  - python=3.8 # [win]\n", "linux-64", (3, 15), (3, 5), False),
        (PROJECT, "[project]\nname='a'\nversion='1'\nrequires-python='>=3.11'\n", "linux-64", (3, 15), (3, 11), False),
        (
            PROJECT,
            "[project]\nname='a'\nversion='1'\nrequires-python='>=3.11'\n",
            "linux-64,python=3.9",
            (3, 9),
            (3, 9),
            True,
        ),
    ],
    ids=[
        "pinned",
        "pin-against-target",
        "range",
        "target-within-range",
        "unbounded-and-target",
        "unbounded",
        "elsewhere",
        "requires-python",
        "target-before-requires-python",
    ],
)
def test_admitted_pythons(
    name: str, text: str, target: str, newest: tuple[int, int], oldest: tuple[int, int], *, from_target: bool
) -> None:
    (environment,) = environments_of([(read(name, text.encode()), False, "")])
    pythons, _, decided = admitted_pythons(environment, parse_target(target, {}))
    assert (pythons[0], pythons[-1], decided) == (newest, oldest, from_target)


def test_ranges_that_exclude_each_other_leave_none() -> None:
    text = "dependencies:\n  - python=3.10\n  - python>=3.11\n"
    (environment,) = environments_of([(read(ENVIRONMENT, text.encode()), False, "")])
    pythons, bounds, _ = admitted_pythons(environment, parse_target("linux-64", {}))
    assert (pythons, [entry.place.line for entry in bounds]) == ((), [2, 3])
