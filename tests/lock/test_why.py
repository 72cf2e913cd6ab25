"""Who brought a package, and which requirement decided its version."""

from __future__ import annotations

import pytest

from compat.formats import read
from compat.lock import (
    find_why,
    read_pylock,
    read_requirements_lock,
    views_of,
    views_of_read,
    write_pylock,
    write_requirements,
)
from compat.model.locking import Asker
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.why import Branch
from tests.lock.universe import ARM, X86, by, lock, package, torch_lock

NUMPY = to_pypi_name("numpy")


def decided(*requirements: str) -> tuple[str, str]:
    """What decides the version of a package that is asked for in these words."""
    askers = tuple(by(text, line=number) for number, text in enumerate(requirements, 1))
    [answer] = find_why(views_of(lock((X86, [package("a", "1")._replace(askers=askers)]))), to_pypi_name("a"))
    assert answer.decision.asker is None or answer.decision.asker in askers
    return answer.decision.kind, answer.decision.bound


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        (["a", "a>=1", "a!=2"], ("none", "")),
        (["a<3", "a<2", "a<=2"], ("upper", "<2")),
        (["a<=2", "a<2.1"], ("upper", "<=2")),
        (["a<2", "a==1"], ("exact", "==1")),
        (["a<9", "a===1"], ("exact", "===1")),
        (["a<2", "a==1.*"], ("upper", "<2")),
        (["a<3", "a~=1.4"], ("upper", "~=1.4")),
        (["a<1.6", "a~=1.4.2"], ("upper", "~=1.4.2")),
        (["a==1.2.*", "a~=1.2"], ("upper", "==1.2.*")),
        (["a~=1!1.2", "a<5"], ("upper", "<5")),
        (["a<2", "a @ https://x.example/a.zip"], ("url", "https://x.example/a.zip")),
        (["what is this", "a<2"], ("upper", "<2")),
    ],
)
def test_what_decides(requirements: list[str], expected: tuple[str, str]) -> None:
    assert decided(*requirements) == expected


def test_targets_with_the_same_answer_share_it() -> None:
    [numpy] = find_why(views_of(torch_lock()), NUMPY)
    assert numpy.targets == ("linux-64", "linux-aarch64")
    assert numpy.branches == (
        Branch(by("numpy>=1.26", line=2)),
        Branch(by("numpy<2.4,>=1.22; python_version > '3'", "numba"), "0.62.1", (Branch(by("numba", line=3)),)),
    )
    assert len(find_why(views_of(torch_lock()), to_pypi_name("typing-extensions"))) == 2
    assert find_why(views_of(torch_lock()), to_pypi_name("six")) == ()


def test_circles_and_diamonds_end() -> None:
    a = package("a", "1")._replace(askers=(by("a", "b"), by("a", line=1)))
    b = package("b", "1")._replace(askers=(by("b", "a"), by("b", "c")))
    c = package("c", "1")._replace(askers=(by("c", "a"),))
    [answer] = find_why(views_of(lock((X86, [a, b, c]))), to_pypi_name("b"))
    [from_a, from_c] = answer.branches
    assert (from_a.seen, from_a.branches[0]) == (False, Branch(by("a", line=1)))
    assert from_a.branches[1].seen
    assert from_c.branches[0].seen


def test_from_a_file_with_the_lines_of_the_input() -> None:
    """The lock keeps no line numbers; the input gives them. What asks on another target only is left out."""
    packages = [
        package("numpy", "2")._replace(
            askers=(by("numpy>=1"), by("numpy<9; sys_platform == 'win32'", "b"), by("numpy<3; extra == 'x'", "b"))
        ),
        package("b", "1"),
    ]
    data = write_pylock(lock((X86, packages)))
    entries = read("in.txt", b"# one\nnumpy>=1\nb\nnumpy<1; sys_platform == 'win32'\n", "requirements").pip
    [answer] = find_why(views_of_read(read_pylock("pylock.toml", data), [("linux-64", X86)], entries), NUMPY)
    assert [(str(each.asker.place), each.asker.requirement) for each in answer.branches] == [
        ("in.txt:2:1", "numpy>=1"),
        ("None", "numpy<3; extra == 'x'"),
    ]
    assert answer.branches[1].branches[0].asker.place == Place("in.txt", 3, 1, 3, 2)
    assert answer.decision.bound == "<3"


def test_from_files_without_the_input() -> None:
    targets = [("linux-64", X86), ("linux-aarch64", ARM)]
    answers = find_why(views_of_read(read_pylock("pylock.toml", write_pylock(torch_lock())), targets), NUMPY)
    assert [answer.targets for answer in answers] == [("linux-64",), ("linux-aarch64",)], "torch is another one"
    assert [branch.asker.parent for branch in answers[0].branches] == [None, "numba", "torch"]
    assert answers[0].branches[2] == Branch(
        Asker("", to_pypi_name("torch")),
        "2.7.1+cu128",
        (Branch(Asker("torch==2.7.1", place=Place("requirements.txt"))),),
    )
    document = read("r.txt", write_requirements(torch_lock().targets[0]), "requirements")
    [answer] = find_why(views_of_read(read_requirements_lock(document), targets[:1]), NUMPY)
    assert [branch.asker.parent for branch in answer.branches] == [None, "numba"]


def test_a_lock_that_says_nothing_of_dependencies() -> None:
    data = write_pylock(lock((X86, [package("numpy", "2")])))
    [answer] = find_why(views_of_read(read_pylock("pylock.toml", data), [("linux-64", X86)]), NUMPY)
    assert (answer.branches, answer.linked, answer.decision.kind) == ((), False, "none")
