"""The words about moves and who asks for them."""

from __future__ import annotations

import pytest

from compat.model.joint import Ask, Move
from compat.model.names import CondaName, PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry, parse_requirement
from compat.resolve.joint.report import ask_words, move_words, place_words

NUMPY = parse_requirement("numpy<2; python_version > '3'")


def line(text: str, number: int | None = 14) -> PipEntry:
    return PipEntry(parse_requirement(text), Place("environment.yml", number))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (Ask(NUMPY, line("numpy<2")), "pip `numpy<2` (environment.yml:14) bounds conda's numpy"),
        (Ask(NUMPY, line("x==1.2"), PyPIName("x"), "1.2"), "pip `x==1.2` (environment.yml:14) needs numpy<2"),
        (Ask(NUMPY, line("x>1"), PyPIName("x"), "1.2"), "pip `x>1` (environment.yml:14), in x 1.2, needs numpy<2"),
        (Ask(NUMPY, line("y"), PyPIName("x"), "1.2"), "pip `y` (environment.yml:14) brings x 1.2, which needs numpy<2"),
        (Ask(NUMPY, None, PyPIName("x"), "1.2"), "pip's x 1.2 needs numpy<2"),
        (Ask(NUMPY, None, PyPIName("x")), "pip's x needs numpy<2"),
        (
            Ask(parse_requirement("numpy @ https://files.example.org/a.whl"), line("x==1"), PyPIName("x"), "1"),
            "pip `x==1` (environment.yml:14) needs numpy at a URL",
        ),
        (
            Ask(parse_requirement("a[z,y]>=2"), line("x==1"), PyPIName("x"), "1"),
            "pip `x==1` (environment.yml:14) needs a[y,z]>=2",
        ),
    ],
)
def test_who_asks_for_what(ask: Ask, words: str) -> None:
    assert ask_words(ask) == words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("2.4", "1.26", "conda now takes numpy 1.26 instead of 2.4"),
        ("2.4", "", "conda now does without numpy 2.4"),
        ("", "1.26", "conda now brings numpy 1.26"),
    ],
)
def test_a_move_is_told_with_its_reason(before: str, after: str, words: str) -> None:
    move = Move(CondaName("numpy"), PyPIName("numpy"), before, after)
    assert move_words(move) == f"{words}, which goes with the rest"
    ask = Ask(NUMPY, line("x==1.2"), PyPIName("x"), "1.2")
    other = Ask(NUMPY, line("y==3", 15), PyPIName("y"), "3")
    assert move_words(move._replace(because=(ask, ask, other))) == (
        "pip `x==1.2` (environment.yml:14) needs numpy<2; pip `y==3` (environment.yml:15) needs numpy<2: " + words
    )


def test_a_place_without_line_is_its_path() -> None:
    assert place_words(line("x", None)) == "environment.yml"
