"""Local projects in a lock: what they require is solved, with the extras asked for, and they are said by their path."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.api.locking.check import check_locks
from compat.api.locking.run import LockOptions
from compat.model.errors import CompatError
from tests.api.toys import NO_INDEX, TARGET, project, solve, target_of, versions, wheel, write

EXTRAS = '[project.optional-dependencies]\nfast = ["z"]\nall = ["lib-a[fast]", "w"]\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in "wxyz":
        wheel(tmp_path / "wheels", name)
        wheel(tmp_path / "wheels", name, "2.0")
    return tmp_path


def told(root: Path, *files: str) -> str:
    with pytest.raises(CompatError) as caught:
        solve(root, *files)
    return str(caught.value).replace(f"{root}/", "")


def test_a_member_brings_what_it_requires_with_its_extras(root: Path) -> None:
    write(root, libs__a=project("Lib_A", ["y<2"], version="3", more=EXTRAS))
    write(root, **{"requirements.txt": f"{NO_INDEX}-e ./libs/a[all]\nx"})
    result = solve(root, "requirements.txt")
    assert versions(result) == {"lib-a": "3", "w": "2.0", "x": "2.0", "y": "1.0", "z": "2.0"}
    a = target_of(result).packages[0]
    assert (a.url, a.editable, a.files, a.dependencies) == ("file:libs/a", True, (), ("w", "y", "z"))
    assert [(asker.requirement, asker.parent) for asker in a.askers] == [("-e ./libs/a[all]", None)]
    y = target_of(result).packages[3]
    assert [(asker.requirement, asker.parent) for asker in y.askers] == [("y<2", "lib-a")]


def test_the_formats_say_a_member_by_its_path(root: Path) -> None:
    write(root, **{"requirements.txt": f"{NO_INDEX}-e .\n./libs/b"}, libs__b=project("b"))
    write(root, **{"pyproject.toml": project("root")})
    result = solve(root, "requirements.txt", formats=["pylock", "requirements"])
    files = {file.name: file.data.decode() for file in result.files}
    assert {file.install.partition(" ")[0] for file in result.files} == {"uv"}, "pip refuses folders beside hashes"
    assert any("pip refuses hashes beside `b` and `root`" in note for note in result.notes)
    assert 'directory = { path = ".", editable = true }' in files["pylock.toml"]
    assert 'directory = { path = "libs/b" }' in files["pylock.toml"]
    lines = files["requirements.linux-64.txt"].splitlines()
    assert "-e ." in lines
    assert "./libs/b" in lines


def test_a_path_is_relative_to_the_folder_of_the_lock(root: Path) -> None:
    write(root, **{"requirements.txt": f"{NO_INDEX}./libs/b", "locks/x.txt": ""}, libs__b=project("b"))
    assert target_of(solve(root, "requirements.txt", output=str(root / "locks"))).packages[0].url == "file:../libs/b"


def test_a_lock_with_members_does_for_its_input(root: Path) -> None:
    write(root, libs__a=project("a", ["y", "b"]), libs__b=project("b", ["a", "z"]))
    write(root, **{"requirements.txt": f"{NO_INDEX}-e ./libs/a\n./libs/b"})
    for file in solve(root, "requirements.txt", formats=["pylock", "requirements"]).files:
        (root / file.name).write_bytes(file.data)
    report = check_locks([str(root / "requirements.txt")], LockOptions(targets=[TARGET]))
    assert report.diagnostics == ()


def test_a_member_that_another_package_asks_for_is_not_looked_for_in_an_index(root: Path) -> None:
    write(root, **{"requirements.txt": f"{NO_INDEX}-e ./a\nneeds-a"}, a=project("a"))
    wheel(root / "wheels", "needs_a", requires=["a>=7"])
    assert versions(solve(root, "requirements.txt")) == {"a": "1", "needs-a": "1.0"}


def test_a_workspace_of_uv_is_followed_by_names(root: Path) -> None:
    write(
        root,
        **{
            "pyproject.toml": project("root", ["a", "c; sys_platform == 'win32'"])
            + '[tool.uv]\nno-index = true\n[tool.uv.workspace]\nmembers = ["libs/*"]\nexclude = ["libs/old"]\n'
            "[tool.uv.sources]\na = { workspace = true }\nc = { path = 'gone' }\n"
        },
        libs__a=project("a", ["b[more]", "x<2"]),
        libs__b=project(
            "b", more='[project.optional-dependencies]\nmore = ["y"]\n[tool.uv]\noverride-dependencies=["y<2"]'
        ),
        libs__old=project("z", ["nothing-has-it"]),
    )
    with pytest.raises(CompatError, match="`gone` does not exist"):
        solve(root, "pyproject.toml")
    write(root, gone=project("c"))
    result = solve(root, "pyproject.toml")
    assert versions(result) == {"a": "1", "b": "1", "x": "1.0", "y": "1.0"}
    assert all(package.editable for package in target_of(result).packages if package.url)


def test_of_a_workspace_without_project_all_members_are_locked(root: Path) -> None:
    write(root, **{"pyproject.toml": '[tool.uv]\nno-index = true\n[tool.uv.workspace]\nmembers = ["libs/*"]\n'})
    write(root, libs__a=project("a", ["x"]), libs__b=project("b", ["y"]))
    assert versions(solve(root, "pyproject.toml")) == {"a": "1", "b": "1", "x": "2.0", "y": "2.0"}


def test_path_dependencies_of_poetry_are_followed_in_circles(root: Path) -> None:
    poetry = '[tool.poetry]\nname = "{0}"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.9"\n{1} = {{ path = "../{1}" }}\n{2} = "^1"\n'
    write(root, a=poetry.format("a", "b", "x"), b=poetry.format("b", "a", "y"))
    write(root, **{"requirements.txt": f"{NO_INDEX}a/."})
    result = solve(root, "requirements.txt")
    assert versions(result) == {"a": "1", "b": "1", "x": "1.0", "y": "1.0"}
    assert target_of(result).packages[1].requires_python == "<4,>=3.9"


def test_requirements_that_setuptools_reads_from_a_file_are_static(root: Path) -> None:
    more = '[tool.setuptools.dynamic]\ndependencies = { file = ["needs.txt"] }\n'
    text = '[project]\nname = "a"\ndynamic = ["version", "dependencies"]\n' + more
    write(root, a=text, **{"a__needs.txt": "x<2", "requirements.txt": f"{NO_INDEX}-e a/"})
    assert versions(solve(root, "requirements.txt")) == {"a": "", "x": "1.0"}


def test_a_member_counts_where_its_marker_holds(root: Path) -> None:
    text = f"{NO_INDEX}./a ; sys_platform == 'win32'\n./b ; sys_platform == 'linux'"
    write(
        root, **{"requirements.txt": text}, a=project("a", ["x"]), b=project("b", ["y", "z; sys_platform == 'win32'"])
    )
    assert versions(solve(root, "requirements.txt")) == {"b": "1", "y": "2.0"}


def test_an_unknown_extra_is_a_note(root: Path) -> None:
    write(root, **{"requirements.txt": f"{NO_INDEX}./a[gone]"}, a=project("a", ["x"]))
    result = solve(root, "requirements.txt")
    assert versions(result) == {"a": "1", "x": "2.0"}
    assert any("a has no extra `gone`" in note for note in result.notes)


@pytest.mark.parametrize(
    ("line", "files", "message"),
    [
        ("-e ./gone", {}, "requirements.txt:2:4: `./gone` does not exist"),
        ("./libs", {"libs__x.txt": ""}, "requirements.txt:2:1: `./libs` holds no project"),
        ("-e ../outside", {}, "requirements.txt:2:4: `../outside` is outside the repository and is not read"),
        ("file:///outside", {}, "requirements.txt:2:1: `/outside` is outside the repository and is not read"),
        (
            "-e .",
            {"setup.py": ""},
            "requirements.txt:2:4: `.` says what it requires only once it is built",
        ),
        (
            "-e ./a",
            {"a": '[project]\nname = "a"\ndynamic = ["dependencies"]\n'},
            "requirements.txt:2:4: `./a` says what it requires only once it is built",
        ),
        ("./a\n./b", {"a": project("a"), "b": project("A")}, "a is a member at two paths: `a` and `b`"),
        ("./a", {"a": project("a", ["not a requirement"])}, "a/pyproject.toml:4:18"),
        ("./a", {"a": project("a", more='requires-python = ">=3.12"\n')}, "a asks for Python `>=3.12`, not 3.11"),
        ("./a", {"a": "[project"}, "a/pyproject.toml"),
        ("c:\\a", {}, "is a path of another system"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_what_is_missing(
    root: Path, line: str, files: dict[str, str], message: str
) -> None:
    write(root, **{"requirements.txt": f"{NO_INDEX}{line}\n"}, **files)
    assert message in told(root, "requirements.txt")


def test_a_link_out_of_the_repository_is_not_followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    write(other, **{"pyproject.toml": project("other")})
    (root / "link").symlink_to(other)
    write(root, **{"requirements.txt": "./link"})
    assert "is outside the repository" in told(root, "requirements.txt")


def test_the_same_input_gives_the_same_bytes_wherever_the_repository_is(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    write(root, **{"requirements.txt": f"{NO_INDEX}-e ./a"}, a=project("a"))
    copy = tmp_path_factory.mktemp("copy") / "here"
    shutil.copytree(root, copy)
    found = []
    for place in (root, copy):
        monkeypatch.chdir(place)
        found.append([file.data for file in solve(Path(), "requirements.txt").files])
    assert found[0] == found[1]
