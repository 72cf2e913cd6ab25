"""What `check_lock` finds: a table of inputs against one lock, and locks with each kind of hole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from compat.formats import read
from compat.lock import (
    LockProblem,
    ReadLock,
    check_lock,
    read_pylock,
    read_requirements_lock,
    write_pylock,
    write_requirements,
)
from compat.model.requirements import PipEntry
from compat.model.targets import Target, parse_target
from tests.lock.universe import ARM, X86, X86_312, by, file, fits, lock, package, torch_lock

LOCKS = Path(__file__).parents[1] / "data" / "locks"
OURS = read_pylock("pylock.toml", write_pylock(torch_lock()))
INPUT = "torch==2.7.1\nnumpy>=1.26\nnumba\n"


def entries(text: str) -> tuple[PipEntry, ...]:
    """Lines of an input; after ``-c`` they are constraints."""
    wanted, _, bounds = text.partition("-c\n")
    constraints = [entry._replace(constraint=True) for entry in read("bounds.txt", bounds.encode(), "requirements").pip]
    return (*read("requirements.txt", wanted.encode(), "requirements").pip, *constraints)


def check(read_lock: ReadLock, text: str, targets: Sequence[Target] = (X86, ARM), **chosen: Any) -> list[str]:  # noqa: ANN401 - the options of check_lock
    """The problems in words: kind, places, text, and the subdirs where those are not all."""
    return [describe(problem, targets) for problem in check_lock(read_lock, entries(text), targets, fits, **chosen)]


def describe(problem: LockProblem, targets: Sequence[Target]) -> str:
    line = f"{problem.place.path}:{problem.place.line} " if problem.place else ""
    only = "" if len(problem.targets) == len(targets) else f" [{', '.join(problem.targets)}]"
    return f"{problem.kind}: {line}{problem.text}{only}"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (INPUT, []),
        (f"{INPUT}triton; platform_machine == 'x86_64'\ncolorama; sys_platform == 'win32'\n", []),
        (f"{INPUT}-c\nnumpy<3\npandas<3\n", []),
        (f"{INPUT}pandas\n", ["missing: requirements.txt:4 `pandas` is not locked"]),
        (
            f"{INPUT}triton\n",
            ["missing: requirements.txt:4 `triton` is not locked [linux-aarch64,glibc=2.28,python=3.11]"],
        ),
        (f"{INPUT}-c\nnumpy<2\n", ["version: bounds.txt:1 `numpy<2` is locked to 2.3.5"]),
        (
            "torch==2.8.0\nnumpy>=1.26\nnumba",
            [
                "version: requirements.txt:1 `torch==2.8.0` is locked to 2.7.1+cu128 [linux-64,glibc=2.28,python=3.11]",
                "version: requirements.txt:1 `torch==2.8.0` is locked to 2.7.1 [linux-aarch64,glibc=2.28,python=3.11]",
            ],
        ),
        (f"{INPUT}numpy[dev]", ["extras: requirements.txt:4 `numpy` is locked without extra `dev`"]),
        (
            "torch==2.7.1\nnumpy",
            ["unasked: nobody asks for `numba 0.62.1`"],
        ),
        (
            f"{INPUT}numba @ https://me:secret@x.example/numba.zip",
            [
                "source: requirements.txt:4 `numba @ https://x.example/numba.zip` is locked from an index, in version 0.62.1",
            ],
        ),
    ],
)
def test_input_against_our_lock(text: str, problems: list[str]) -> None:
    assert check(OURS, text) == problems


def test_an_override_takes_the_place_of_what_others_ask() -> None:
    [torch, numpy, numba] = entries(INPUT)
    [forced] = entries("numpy==2.3.5")
    hard = numpy._replace(requirement=entries("numpy<2")[0].requirement)
    assert [each.kind for each in check_lock(OURS, [torch, hard, numba], [X86], fits)] == ["version"]
    assert not check_lock(OURS, [torch, hard, numba, forced._replace(override=True)], [X86], fits)


def test_a_target_that_the_lock_is_not_for() -> None:
    mac = parse_target("osx-arm64,python=3.11", {})
    assert check(OURS, INPUT, [X86, X86_312, mac]) == [
        (
            "target: the lock is not for `linux-64,glibc=2.28,python=3.12`: it is for Python `<3.12,>=3.11`, not 3.12"
            " [linux-64,glibc=2.28,python=3.12]"
        ),
        (
            "target: the lock is not for `osx-arm64,python=3.11`: none of its environments is osx-arm64 with Python 3.11"
            " [osx-arm64,python=3.11]"
        ),
    ]


HOLES = lock(
    (
        X86,
        [
            package("x86-only", "1", "x86_only-1-cp311-cp311-manylinux_2_17_x86_64.whl"),
            package("with-sdist", "1", "with_sdist-1-cp311-cp311-manylinux_2_17_x86_64.whl", "with_sdist-1.tar.gz"),
            package("sdist-only", "1", "sdist_only-1.tar.gz"),
            package(
                "new", "1", "new-1-cp311-cp311-manylinux_2_17_x86_64.whl", "new-1-cp311-cp311-win_amd64.whl"
            )._replace(requires_python=">=3.10"),
        ],
    )
)


def test_holes() -> None:
    """A lock of somebody else says for no environment that it is not meant; so each package is looked at."""
    text = write_pylock(HOLES).decode()
    text = "".join(line for line in text.splitlines(keepends=True) if "sys_platform" not in line)
    text = text.replace("environments = [\n]\n", "").partition("[tool.compat]")[0]
    read_lock = read_pylock("pylock.toml", text.encode())
    arm = f"[{'linux-aarch64,glibc=2.28,python=3.11'}]"
    asked = "x86-only\nwith-sdist\nsdist-only\nnew"
    assert check(read_lock, asked) == [
        "build: `sdist-only 1` is locked as an sdist only: it has to be built where it is installed",
        (
            "hole: no file of `new 1` fits `linux-aarch64,glibc=2.28,python=3.11`; locked are"
            f" `new-1-cp311-cp311-manylinux_2_17_x86_64.whl`, `new-1-cp311-cp311-win_amd64.whl` {arm}"
        ),
        f"build: no wheel of `with-sdist 1` fits `linux-aarch64`: its sdist has to be built there {arm}",
        (
            "hole: no file of `x86-only 1` fits `linux-aarch64,glibc=2.28,python=3.11`; locked are"
            f" `x86_only-1-cp311-cp311-manylinux_2_17_x86_64.whl` {arm}"
        ),
    ]


def test_a_lock_that_contradicts_itself() -> None:
    """Edited by hand: a dependency taken out, another version, a package twice."""
    pandas = package("pandas", "2.3.3", needs=["pytz", "numpy"])._replace(requires_python=">=3.12")
    numpy = package("numpy", "1.25.0")._replace(
        askers=(by("numpy>=1.26", "pandas"), by("numpy<1; extra == 'x'", "pandas"))
    )
    locked = lock((X86, [pandas, numpy, package("pytz", "1")]))
    text = (
        write_pylock(locked)
        .decode()
        .replace('name = "pytz"\nversion', 'name = "numpy"\nversion')
        .replace("pytz-", "numpy-")
    )
    assert check(read_pylock("pylock.toml", text.encode()), "pandas", [X86]) == [
        "version: `pandas` asks for `numpy<1; extra == 'x'`, but 1.25.0 is locked",
        "version: `pandas` asks for `numpy>=1.26`, but 1.25.0 is locked",
        "open: `pandas` depends on `pytz`, which is not locked",
        "python: `pandas 2.3.3` asks for Python `>=3.12`, not 3.11",
        "twice: `numpy` is locked twice, at line 8 and line 35, and both hold here",
    ]


def test_repositories_are_compared_by_their_address() -> None:
    commit = "0" * 40
    tool = package("tool", "1.0")._replace(files=(), index_url="", url=f"git+https://git.example.org/tool@{commit}")
    here = package("here", "")._replace(files=(), index_url="", url="file:///srv/here")
    read_lock = read_pylock("pylock.toml", write_pylock(lock((X86, [tool, here]))))
    asked = "tool @ git+https://git.example.org/tool.git@main\nhere>=1"
    assert check(read_lock, asked, [X86]) == []
    assert check(read_lock, asked.replace("/tool.git", "/fork"), [X86]) == [
        (
            "source: requirements.txt:1 `tool @ git+https://git.example.org/fork@main` is locked from"
            f" `git+https://git.example.org/tool@{commit}`"
        )
    ]


@pytest.mark.parametrize(
    ("name", "text", "problems"),
    [
        ("uv-export.toml", "requests[socks]>=2\nnumpy<2.5\niniconfig\n", []),
        ("uv-export.toml", "requests<2\n", ["version: requirements.txt:1 `requests<2` is locked to 2.34.2"]),
        (
            "uv-compile.txt",
            "pandas\nrequests[socks]\ncolorama; sys_platform == 'win32'\n",
            ["unasked: nobody asks for `pysocks 1.7.1`"],
        ),
        ("pip-compile.txt", "requests[socks]>=2\nnumpy<2.5\n", []),
        (
            "pip-compile.txt",
            "requests[socks,security]>=2\nnumpy<2.5\n",
            ["extras: requirements.txt:1 `requests` is locked without extra `security`"],
        ),
    ],
)
def test_locks_of_other_tools(name: str, text: str, problems: list[str]) -> None:
    """Uv drops the extras of what it locks, so that it only knows that requests brings what an extra brings."""
    data = (LOCKS / name).read_bytes()
    if name.endswith(".toml"):
        read_lock = read_pylock(name, data)
    else:
        read_lock = read_requirements_lock(read(name, data, "requirements"))
    found = check(read_lock, text)
    assert found == [problem for problem in problems if problem in found]
    assert [problem for problem in found if not problem.startswith("unasked")] == [
        problem for problem in problems if not problem.startswith("unasked")
    ]


def test_requirements_files() -> None:
    text = write_requirements(torch_lock().targets[0]).decode()
    [_, *rest] = text.splitlines()
    read_lock = read_requirements_lock(read("r.txt", text.encode(), "requirements"))
    assert check(read_lock, INPUT, [X86]) == []
    assert check(read_lock, INPUT, [ARM]) == [
        "target: the lock is not for `linux-aarch64,glibc=2.28,python=3.11`: it is for `linux-64,glibc=2.28,python=3.11`"
    ]
    more = "\n".join([*rest, "six>=1", "six==1.17.0"])
    assert check(read_requirements_lock(read("r.txt", more.encode(), "requirements")), f"{INPUT}six", [X86]) == [
        "pin: `six` is not pinned to a version, so that this is no lock of it",
        f"twice: `six` is locked twice, at line {len(rest) + 1} and line {len(rest) + 2}, and both hold here",
        "hash: `six` has no hash though others have, which pip refuses",
        "hash: `six` has no hash though others have, which pip refuses",
    ]


def test_a_version_that_is_none() -> None:
    """``===`` compares texts, and nothing else admits what is no version."""
    read_lock = read_requirements_lock(read("r.txt", b"a===2012-b\n", "requirements"))
    assert check(read_lock, "a===2012-b", [X86]) == []
    assert check(read_lock, "a>=2013", [X86]) == ["version: requirements.txt:1 `a>=2013` is locked to 2012-b"]


def test_groups_choose_packages() -> None:
    text = (
        'lock-version = "1.0"\ncreated-by = "x"\ndependency-groups = ["dev"]\ndefault-groups = []\n[[packages]]\nname = "a"\n'
        'version = "1"\nmarker = "\'dev\' in dependency_groups"\n'
        "wheels = [{ url = 'https://x.example/a-1-py3-none-any.whl', hashes = { sha256 = '0' } }]\n"
    )
    read_lock = read_pylock("pylock.toml", text.encode())
    assert check(read_lock, "a", [X86]) == ["missing: requirements.txt:1 `a` is not locked"]
    assert check(read_lock, "a", [X86], groups=frozenset({"dev"})) == []


def test_a_prerelease_that_was_locked_is_one_that_was_wanted() -> None:
    read_lock = read_pylock("pylock.toml", write_pylock(lock((X86, [package("a", "2.0rc1")]))))
    assert check(read_lock, "a>=1", [X86]) == []
    assert file("a.whl").is_wheel
