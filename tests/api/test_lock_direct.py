"""Files and repositories named by URL: pinned by hash and commit, or refused with what is missing. All on this machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from compat.api.locking.check import check_locks
from compat.api.locking.run import LockOptions
from compat.model.errors import UsageError
from tests.api.toys import NO_INDEX, TARGET, project, sdist, solve, target_of, versions, wheel, write

#: A backend that is in the tree itself, so that building needs no index.
BACKEND = """\
import os, sys
def get_requires_for_build_wheel(config_settings=None):
    return []
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    print("the backend speaks")
    if os.path.exists("fails"):
        sys.exit("the toy fails")
    os.mkdir(os.path.join(folder, "dyn-7.dist-info"))
    with open(os.path.join(folder, "dyn-7.dist-info", "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: dyn\\nVersion: 7\\nRequires-Dist: y<2\\nProvides-Extra: e\\n"
                   "Requires-Dist: z; extra == 'e'\\n")
    return "dyn-7.dist-info"
"""
DYNAMIC = (
    '[build-system]\nrequires = []\nbuild-backend = "toy"\nbackend-path = ["."]\n'
    '[project]\nname = "dyn"\ndynamic = ["version", "dependencies"]\n'
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in "xyz":
        wheel(tmp_path / "wheels", name)
        wheel(tmp_path / "wheels", name, "2.0")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull}
    who |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **who}).stdout.strip()


def commit(folder: Path, **files: str) -> str:
    write(folder, **files)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q", "-b", "main")
    return folder


def requirements(root: Path, text: str) -> None:
    write(root, **{"requirements.txt": f"{NO_INDEX}{text}\n"})


def told(root: Path) -> str:
    return " ".join(d.message for d in solve(root, "requirements.txt").report.diagnostics)


def test_names_in_a_repository_become_commits(root: Path, repository: Path) -> None:
    first = commit(repository, **{"pyproject.toml": project("here", ["x<2"], version="3")})
    git(repository, "tag", "-a", "v3", "-m", "three")
    second = commit(repository, **{"pyproject.toml": project("here", ["y<2"], version="4")})
    for ref, wanted, brought in [
        ("@v3", first, "x"),
        ("@main", second, "y"),
        ("", second, "y"),
        (f"@{first}", first, "x"),
    ]:
        requirements(root, f"here @ git+file://{repository}{ref}")
        result = solve(root, "requirements.txt")
        here = target_of(result).packages[0]
        assert here.url == f"git+file://{repository}@{wanted}"
        assert versions(result) == {"here": "3" if wanted == first else "4", brought: "1.0"}
        assert any(wanted in note for note in result.notes) == (ref != f"@{first}")
        (lock,) = [file.data.decode() for file in result.files if file.name == "pylock.toml"]
        assert f'vcs = {{ type = "git", url = "file://{repository}", commit-id = "{wanted}" }}' in lock


def test_an_editable_repository_is_pinned_and_a_subdirectory_is_kept(root: Path, repository: Path) -> None:
    head = commit(repository, **{"sub/pyproject.toml": '[project]\nname = "here"\ndynamic = ["version"]\n'})
    requirements(root, f"-e git+file://{repository}@main#egg=here&subdirectory=sub\nx")
    wheel(root / "wheels", "x", "3.0", ["here>=5"])
    result = solve(root, "requirements.txt")
    assert versions(result) == {"here": "", "x": "3.0"}, "the version is not known, so no bound excludes it"
    assert target_of(result).packages[0].url == f"git+file://{repository}@{head}#subdirectory=sub"
    for file in result.files:
        (root / file.name).write_bytes(file.data)
    assert check_locks([str(root / "requirements.txt")], LockOptions(targets=[TARGET])).diagnostics == ()


def test_a_branch_that_has_moved_on_changes_no_lock_before_it_is_asked_to(root: Path, repository: Path) -> None:
    first = commit(repository, **{"pyproject.toml": project("here", ["x"])})
    requirements(root, f"here @ git+file://{repository}@main")
    for file in solve(root, "requirements.txt").files:
        (root / file.name).write_bytes(file.data)
    second = commit(repository, **{"pyproject.toml": project("here", ["y"])})
    assert target_of(solve(root, "requirements.txt")).packages[0].url == f"git+file://{repository}@{first}"
    for change in ({"upgrade": True}, {"upgrade_packages": ["here"]}):
        found = target_of(solve(root, "requirements.txt", **change)).packages[0].url
        assert found == f"git+file://{repository}@{second}"
    requirements(root, f"here @ git+file://{repository}")
    assert target_of(solve(root, "requirements.txt")).packages[0].url == f"git+file://{repository}@{second}"


def test_poetry_s_own_table_is_static(root: Path, repository: Path) -> None:
    table = """[tool.poetry]
name = "here"
version = "3"
[tool.poetry.dependencies]
python = "^3.9"
x = "^1"
y = { version = "*", optional = true, markers = "sys_platform == 'linux'" }
z = { version = "*", optional = true }
[tool.poetry.extras]
more = ["y"]
other = ["z"]
"""
    commit(repository, **{"pyproject.toml": table})
    requirements(root, f"here[more] @ git+file://{repository}")
    result = solve(root, "requirements.txt")
    assert versions(result) == {"here": "3", "x": "1.0", "y": "2.0"}
    assert target_of(result).packages[0].requires_python == "<4,>=3.9"


@pytest.mark.parametrize("ref", ["@gone", "@abc1234", "@-x"])
def test_a_name_that_the_repository_does_not_have_is_refused(root: Path, repository: Path, ref: str) -> None:
    commit(repository, **{"pyproject.toml": project("here")})
    requirements(root, f"here @ git+file://{repository}{ref}")
    assert "names no commit: write its full hash" in told(root)


def test_a_repository_that_is_not_there_is_an_index_that_was_not_reached(root: Path) -> None:
    requirements(root, f"here @ git+file://{root}/gone@main")
    result = solve(root, "requirements.txt")
    assert result.lock is None
    assert "git ls-remote" in (result.unreached or "")


def test_offline_no_repository_is_asked(root: Path) -> None:
    requirements(root, "here @ git+https://git.example.org/here@main")
    assert solve(root, "requirements.txt", offline=True).report.verdict == "conflict"
    requirements(root, f"here @ git+https://git.example.org/here@{'a' * 40}")
    assert "(offline)" in (solve(root, "requirements.txt", offline=True).unreached or "")


def test_a_repository_that_has_to_be_built_says_what_allows_it(root: Path, repository: Path) -> None:
    head = commit(repository, **{"pyproject.toml": DYNAMIC, "toy.py": BACKEND})
    requirements(root, f"dyn[e] @ git+file://{repository}")
    assert "`--allow-build dyn`" in told(root)
    result = solve(root, "requirements.txt", allow_build=["Dyn"])
    assert versions(result) == {"dyn": "7", "y": "1.0", "z": "2.0"}
    assert target_of(result).packages[0].url == f"git+file://{repository}@{head}"
    assert any("by building its metadata on this machine" in note for note in result.notes)


def test_a_wheel_of_the_repository_is_locked_by_its_path_and_hash(root: Path) -> None:
    path = wheel(root / "libs", "own", requires=["x<2"])
    requirements(root, "./libs/own-1.0-py3-none-any.whl")
    result = solve(root, "requirements.txt", formats=["pylock", "requirements"])
    assert versions(result) == {"own": "1.0", "x": "1.0"}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    own = target_of(result).packages[0]
    assert own.url == "file:libs/own-1.0-py3-none-any.whl"
    assert own.files[0].hashes == (("sha256", digest),)
    files = {file.name: file.data.decode() for file in result.files}
    assert 'archive = { path = "libs/own-1.0-py3-none-any.whl", size = ' in files["pylock.toml"]
    assert f"./libs/own-1.0-py3-none-any.whl \\\n    --hash=sha256:{digest}\n" in files["requirements.linux-64.txt"]
    for file in result.files:
        (root / file.name).write_bytes(file.data)
    assert check_locks([str(root / "requirements.txt")], LockOptions(targets=[TARGET])).diagnostics == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("./gone-1.0-py3-none-any.whl", "`./gone-1.0-py3-none-any.whl` does not exist"),
        ("file:///gone-1.0-py3-none-any.whl", "is outside the repository and is not read"),
    ],
)
def test_a_file_that_is_not_there_is_refused(root: Path, line: str, message: str) -> None:
    requirements(root, line)
    with pytest.raises(UsageError, match=r"requirements\.txt:2:1: ") as caught:
        solve(root, "requirements.txt")
    assert message in str(caught.value)


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("served")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_url_without_hash_is_downloaded_once_to_find_it(root: Path, served: tuple[Path, str]) -> None:
    folder, address = served
    digest = hashlib.sha256(wheel(folder, "far", requires=["x<2"]).read_bytes()).hexdigest()
    requirements(root, f"far @ {address}/far-1.0-py3-none-any.whl")
    result = solve(root, "requirements.txt")
    assert versions(result) == {"far": "1.0", "x": "1.0"}
    far = target_of(result).packages[0]
    assert far.url == f"{address}/far-1.0-py3-none-any.whl"
    assert (far.files[0].hashes, far.files[0].size) == (
        (("sha256", digest),),
        (folder / "far-1.0-py3-none-any.whl").stat().st_size,
    )
    assert any(digest in note for note in result.notes)
    offline = solve(root, "requirements.txt", offline=True)
    assert "add its hash, `#sha256=...`" in " ".join(d.message for d in offline.report.diagnostics)
    for file in result.files:
        (root / file.name).write_bytes(file.data)
    again = solve(root, "requirements.txt")
    assert [file.data for file in again.files] == [file.data for file in result.files]
    assert not any("downloaded" in note for note in again.notes)


def test_a_url_with_a_hash_is_locked_as_it_is(root: Path, served: tuple[Path, str]) -> None:
    folder, address = served
    path = sdist(folder, "far", pyproject=project("far", ["y<2"]))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    requirements(root, f"far @ {address}/far-1.0.tar.gz#sha256={digest}")
    result = solve(root, "requirements.txt")
    assert versions(result) == {"far": "1.0", "y": "1.0"}
    assert not any("downloaded" in note for note in result.notes)
    requirements(root, f"far @ {address}/far-1.0.tar.gz#sha256={'0' * 64}")
    assert "not 0000" in (solve(root, "requirements.txt").unreached or "")


def test_builds_are_allowed_by_name_only(root: Path) -> None:
    requirements(root, "x")
    with pytest.raises(UsageError, match="not for `:all:`"):
        solve(root, "requirements.txt", allow_build=[":all:"])


def test_an_sdist_that_has_to_be_built_says_what_allows_it(root: Path) -> None:
    sdist(root / "wheels", "dyn", "7", pyproject=DYNAMIC, **{"toy.py": BACKEND})
    requirements(root, "dyn")
    assert "`--allow-build dyn`" in told(root)
    result = solve(root, "requirements.txt", allow_build=["dyn"], targets=["linux-aarch64,python=3.11"])
    assert versions(result) == {"dyn": "7", "y": "1.0"}
    assert any("on linux-aarch64 they may differ" in note for note in result.notes)


def test_a_member_may_be_built(root: Path) -> None:
    write(root, a=DYNAMIC, **{"a/toy.py": BACKEND})
    requirements(root, "-e ./a[e]")
    result = solve(root, "requirements.txt", allow_build=["dyn"])
    assert versions(result) == {"dyn": "7", "y": "1.0", "z": "2.0"}


def test_a_build_that_fails_shows_the_end_of_its_output(root: Path) -> None:
    write(root, a=DYNAMIC, **{"a/toy.py": BACKEND, "a/fails": ""})
    (root / "a" / "fails").touch()
    requirements(root, "-e ./a")
    with pytest.raises(UsageError, match="could not be built") as caught:
        solve(root, "requirements.txt", allow_build=["dyn"])
    assert "the toy fails" in (caught.value.hint or "")
