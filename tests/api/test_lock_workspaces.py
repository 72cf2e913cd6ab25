"""Indexes and sources in workspaces: which of them the root settles, and which a member, as uv has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from compat.api.locking.run import LockOptions, LockResult, lock
from tests.toy_index import UNIVERSE, Toys, serve

TARGET = "linux-64,python=3.11"
WORKSPACE = '[tool.uv.workspace]\nmembers = ["libs/*"]\nexclude = ["libs/out"]\n'
DEFAULT, EXPLICIT = "default = true\n", "explicit = true\n"
TO_ONE, TO_TWO = (f'[tool.uv.sources]\nleaf = {{ index = "{name}" }}\n' for name in ("one", "two"))


@pytest.fixture(scope="module")
def indexes() -> Iterator[tuple[Toys, Toys]]:
    """Two indexes: one has ``app`` and ``root`` 1.0, the other ``leaf`` and ``root`` 2.0."""
    with serve() as one, serve() as two:
        stock(one, "app-1.0-py3-none-any.whl", "root-1.0-py3-none-any.whl")
        stock(two, "leaf-1.0-py3-none-any.whl", "root-2.0-py3-none-any.whl")
        yield one, two


def stock(toys: Toys, *wheels: str) -> None:
    for name in {file.partition("-")[0] for file in UNIVERSE}:
        toys.shop.served.pop(f"{toys.url}/{name}/", None)
    toys.stock(dict.fromkeys(wheels, ()))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "libs/a").mkdir(parents=True)
    (tmp_path / "libs/out").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def project(name: str, requires: list[str]) -> str:
    head = f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.11"\n'
    return f"{head}dependencies = {json.dumps(requires)}\n"


def index(name: str, toys: Toys, role: str = "") -> str:
    return f'[[tool.uv.index]]\nname = "{name}"\nurl = "{toys.url}"\n{role}'


def solve(path: str, options: LockOptions = LockOptions()) -> LockResult:  # noqa: B008 - a constant
    return lock([path], options._replace(targets=[TARGET], no_cache=True))


def places(result: LockResult) -> Mapping[str, str]:
    """What comes from an index, and from which."""
    assert result.lock is not None, [diagnostic.message for diagnostic in result.report.diagnostics]
    packages = result.lock.targets[0].packages
    return {package.name: package.index_url.rstrip("/") for package in packages if package.index_url}


@pytest.mark.parametrize("path", ["libs/a/pyproject.toml", "pyproject.toml"])
@pytest.mark.parametrize("case", ["source of the root", "source of the member", "both", "all of the member"])
def test_a_requirement_of_a_member_is_bound_as_it_says_or_else_the_root(
    folder: Path, indexes: tuple[Toys, Toys], path: str, case: str
) -> None:
    one, two = indexes
    explicit = index("two", two, EXPLICIT)
    root, member = {
        "source of the root": (explicit + TO_TWO, ""),
        "source of the member": (explicit + "[tool.uv.sources]\n", TO_TWO),
        "both": (explicit + TO_ONE, TO_TWO),
        "all of the member": ("[tool.uv.sources]\n", explicit + TO_TWO),
    }[case]
    text = project("top", ["a"]) + index("one", one, DEFAULT) + root + "a = { workspace = true }\n" + WORKSPACE
    (folder / "pyproject.toml").write_text(text)
    (folder / "libs/a/pyproject.toml").write_text(project("a", ["app", "leaf"]) + member)
    assert places(solve(path)) == {"app": one.url, "leaf": two.url}


def test_an_index_for_everything_counts_where_the_root_names_it_alone(folder: Path, indexes: tuple[Toys, Toys]) -> None:
    one, two = indexes
    (folder / "pyproject.toml").write_text(project("top", []) + index("one", one, DEFAULT) + WORKSPACE)
    for name in ("a", "out"):
        (folder / f"libs/{name}/pyproject.toml").write_text(project(name, ["leaf"]) + index("two", two, DEFAULT))
    assert solve("libs/a/pyproject.toml").lock is None
    assert places(solve("libs/out/pyproject.toml")) == {"leaf": two.url}, "it is no member"


def test_the_index_that_hides_a_release_is_named(folder: Path, indexes: tuple[Toys, Toys]) -> None:
    one, two = indexes
    both = LockOptions(index_url=two.url, extra_index_urls=[one.url])
    (folder / "requirements.txt").write_text("root==2.0\n")
    [found] = solve("requirements.txt", both).report.diagnostics
    told = f"root has no release ==2.0, its newest is 1.0 on {one.url}, the first index that has the project"
    assert (found.code, found.message) == ("REQ007", f"`root` cannot be installed: {told}")
    assert "`--index-strategy any-index`" in (found.hint or "")
    assert places(solve("requirements.txt", both._replace(index_strategy="any-index"))) == {"root": two.url}


def test_the_last_index_hides_nothing(folder: Path, indexes: tuple[Toys, Toys]) -> None:
    one, two = indexes
    (folder / "requirements.txt").write_text("root==3\n")
    for options in (
        LockOptions(index_url=two.url),
        LockOptions(index_url=two.url, extra_index_urls=[one.url], index_strategy="any-index"),
    ):
        [found] = solve("requirements.txt", options).report.diagnostics
        assert (found.code, found.message) == (
            "REQ007",
            "`root==3` cannot be installed: the package index has no root 3",
        )
        assert found.hint is None
