"""``uv.lock``: what a target takes from it, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.formats import read
from compat.lock import ReadLock, check_lock, find_why, read_uv_lock, views_of_read
from compat.model.errors import FileProblem
from compat.model.locking import Asker
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.targets import Target, parse_target
from tests.lock.universe import ARM, X86, X86_312, fits

REAL = Path(__file__).parents[1] / "data" / "locks" / "uv.lock"
WINDOWS = parse_target("win-64,python=3.11", {})
HEAD = 'version = 1\nrequires-python = ">=3.11"\n'


def lock_of(text: str) -> ReadLock:
    return read_uv_lock("uv.lock", (HEAD + text).encode())


def names(lock: ReadLock, target: Target, **chosen: frozenset[str]) -> list[str]:
    return [package.name for package in lock.for_target(target, **chosen)]


def problems(lock: ReadLock, text: str, *targets: Target) -> list[str]:
    entries = read("r.txt", text.encode(), "requirements").pip
    return [f"{each.kind}: {each.text}" for each in check_lock(lock, entries, targets or (X86, ARM), fits)]


def test_a_real_lock() -> None:
    lock = read_uv_lock("uv.lock", REAL.read_bytes())
    common = ["certifi", "charset-normalizer", "idna", "numpy", "pysocks", "requests", "urllib3"]
    assert names(lock, X86) == names(lock, X86_312) == common
    assert names(lock, WINDOWS) == sorted([*common, "colorama"])
    assert names(lock, X86, groups=frozenset({"dev"})) == sorted([*common, "iniconfig"])
    numpy = next(package for package in lock.packages if package.name == "numpy")
    assert (numpy.version, numpy.index_url) == ("2.4.6", "https://pkgs.example.org/simple")
    assert numpy.askers == (Asker("numpy<2.5", place=Place("pyproject.toml")),)
    assert numpy.files is not None
    assert all(each.hashes and each.size and each.uploaded for each in numpy.files)
    assert lock.preferences(X86)[to_pypi_name("requests")] == "2.34.2"
    assert problems(lock, "requests[socks]>=2\nnumpy<2.5\ncolorama; sys_platform == 'win32'") == []
    assert problems(lock, "requests[security]\nnumpy<2\n", ARM) == [
        "extras: `requests` is locked without extra `security`",
        "version: `numpy<2` is locked to 2.4.6",
    ]
    assert lock.gap(parse_target("linux-64,python=3.10", {})) == "it is for Python `>=3.11`, not 3.10"


def test_why() -> None:
    lock = read_uv_lock("uv.lock", REAL.read_bytes())
    [answer] = find_why(views_of_read(lock, [("linux-64", X86)]), to_pypi_name("pysocks"))
    [branch] = answer.branches
    assert (branch.asker.requirement, branch.asker.parent) == ("pysocks", "requests")
    assert branch.branches[0].asker == Asker("requests[socks]>=2", place=Place("pyproject.toml"))


def test_a_package_without_any_file() -> None:
    """Without a project in the lock, what nobody asks for is where it starts."""
    lock = lock_of(
        '[[package]]\nname = "av"\nversion = "17.0.1"\nsource = { registry = "https://pkgs.example.org/simple" }\n'
        '[[package]]\nname = "top"\nversion = "1"\nsource = { registry = "https://pkgs.example.org/simple" }\n'
        'dependencies = [{ name = "av", marker = "platform_machine == \'aarch64\'" }]\n'
        'wheels = [{ url = "https://x.example/top-1-py3-none-any.whl", hash = "sha256:0" }]\n'
    )
    assert names(lock, X86) == ["top"]
    assert problems(lock, "top", X86) == []
    assert problems(lock, "top", ARM) == ["hole: `av 17.0.1` is locked without any file"]


FORKED = """
[[package]]
name = "app"
source = { editable = "." }
dependencies = [
  { name = "numpy", version = "1.26.4", source = { registry = "https://a.example/simple" }, marker = "python_full_version < '3.12'" },
  { name = "numpy", version = "2.3.5", source = { registry = "https://a.example/simple" }, marker = "python_full_version >= '3.12'" },
  { name = "member" },
]
[package.optional-dependencies]
gpu = [{ name = "tool" }, { name = "member", extra = ["more"] }]
[[package]]
name = "member"
source = { virtual = "libs/member" }
dependencies = [{ name = "zip" }]
[package.optional-dependencies]
more = [{ name = "folder" }]
[package.metadata]
requires-dist = [{ name = "zip", url = "https://x.example/zip.zip" }]
[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://a.example/simple" }
[[package]]
name = "numpy"
version = "2.3.5"
source = { registry = "https://a.example/simple" }
[[package]]
name = "tool"
version = "1"
source = { git = "https://me:secret@git.example.org/tool.git?rev=main#0123456" }
[[package]]
name = "zip"
version = "1"
source = { url = "https://x.example/zip.zip" }
sdist = { hash = "sha256:0" }
[[package]]
name = "folder"
source = { directory = "../folder" }
"""


def test_forks_extras_members_and_sources() -> None:
    lock = lock_of(FORKED)
    assert [f"{each.name} {each.version}" for each in lock.for_target(X86)] == ["numpy 1.26.4", "zip 1"]
    assert [f"{each.name} {each.version}" for each in lock.for_target(X86_312)] == ["numpy 2.3.5", "zip 1"]
    assert names(lock, X86, extras=frozenset({"gpu"})) == ["numpy", "tool", "zip", "folder"]
    urls = {each.name: each.url for each in lock.packages if each.url and each.name not in ("app", "member")}
    assert urls == {
        "tool": "git+https://git.example.org/tool.git@0123456",
        "zip": "https://x.example/zip.zip",
        "folder": "../folder",
    }
    zipped = next(each for each in lock.packages if each.name == "zip")
    assert zipped.askers == (Asker("zip", place=Place("libs/member/pyproject.toml")),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = 1\n[[package]]\n", "uv.lock: no uv.lock of version 1"),
        ("version = 9\n", "uv.lock: no uv.lock of version 1"),
        ("a = ", "uv.lock:1:5: Invalid value"),
        (f'{HEAD}supported-markers = ["what"]', "uv.lock: no valid uv.lock: "),
        (f'{HEAD}[[package]]\nname = "a"\noptional-dependencies = 1', "uv.lock: no valid uv.lock: "),
        (f'{HEAD}[[package]]\nname = "a"\ndependencies = [{{ }}]', "uv.lock: no valid uv.lock: "),
    ],
)
def test_broken_files(text: str, message: str) -> None:
    with pytest.raises(FileProblem) as caught:
        read_uv_lock("uv.lock", text.encode())
    assert str(caught.value).startswith(message)


CONFLICTS = """
[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [
    { name = "torch", version = "2.8.0", source = { registry = "https://pkgs.example.org/simple" }, marker = "(extra == 'extra-3-app-cpu' and extra == 'extra-3-app-cu128') or (extra != 'extra-3-app-cpu' and extra != 'extra-3-app-cu128')" },
    { name = "torch", version = "2.8.0+cpu", source = { registry = "https://torch.example.org/whl/cpu" }, marker = "extra == 'extra-3-app-cpu'" },
    { name = "torch", version = "2.8.0+cu128", source = { registry = "https://torch.example.org/whl/cu128" }, marker = "extra == 'extra-3-app-cu128'" },
]
[package.optional-dependencies]
cpu = [{ name = "torch", version = "2.8.0+cpu", source = { registry = "https://torch.example.org/whl/cpu" }, marker = "extra == 'extra-3-app-cpu'" }]
cu128 = [{ name = "torch", version = "2.8.0+cu128", source = { registry = "https://torch.example.org/whl/cu128" }, marker = "extra == 'extra-3-app-cu128'" }]
"""
TORCHES = "".join(
    f'[[package]]\nname = "torch"\nversion = "{version}"\nsource = {{ registry = "{registry}" }}\n'
    for version, registry in (
        ("2.8.0", "https://pkgs.example.org/simple"),
        ("2.8.0+cpu", "https://torch.example.org/whl/cpu"),
        ("2.8.0+cu128", "https://torch.example.org/whl/cu128"),
    )
)
BESIDE = '[[package]]\nname = "beside"\nversion = "1"\nsource = { virtual = "beside" }\n'


@pytest.mark.parametrize("more", ["", BESIDE])
@pytest.mark.parametrize(("extra", "version"), [("", "2.8.0"), ("cpu", "2.8.0+cpu"), ("cu128", "2.8.0+cu128")])
def test_extras_that_exclude_each_other(extra: str, version: str, more: str) -> None:
    """In markers uv spells them ``extra-3-app-cpu``; one is chosen, or none, and brings its own build alone."""
    lock = lock_of(CONFLICTS + TORCHES + more)
    found = lock.for_target(X86, frozenset({extra}) if extra else frozenset())
    assert [package.version for package in found] == [version]
