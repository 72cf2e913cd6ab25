"""``pylock.toml``: whole files, what an installer takes from them, and what other tools write."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.pylock import Pylock, PylockSelectError

from compat.lock import UnwritableError, read_pylock, read_versions, write_lock, write_pylock
from compat.lock.pip import pylock
from compat.model.distributions import DistFile
from compat.model.errors import FileProblem
from compat.model.locking import Asker, Lock, LockedPackage
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.targets import Target, parse_target
from tests.lock.universe import ARM, INDEX, X86, X86_312, by, file, lock, package, tags, torch_lock

LOCKS = Path(__file__).parents[1] / "data" / "locks"


def selected(data: bytes, target: Target) -> dict[str, str]:
    """What an installer on *target* takes: names and versions."""
    assert target.python is not None
    environment = target.markers(target.python)
    found = Pylock.from_dict(tomllib.loads(data.decode())).select(environment=environment, tags=tags(target))  # type: ignore[arg-type]
    return {package.name: str(package.version) for package, _ in found}


def test_whole_file(golden: Callable[[str, str], None]) -> None:
    golden("pylock.toml", write_pylock(torch_lock()).decode())


def test_one_target(golden: Callable[[str, str], None]) -> None:
    first = torch_lock()
    golden("pylock.linux-64.toml", write_pylock(first._replace(targets=first.targets[:1])).decode())


def test_direct_references(golden: Callable[[str, str], None]) -> None:
    """Credentials stay out of URLs and of the words of those who ask."""
    wheel = "https://files.example.org/app-1.0-py3-none-any.whl"
    packages = [
        LockedPackage(
            package("tool", "1.0").name,
            "1.0.dev3",
            "",
            (),
            url="git+https://me:secret@git.example.org/tool.git@0123456789abcdef0123456789abcdef01234567#subdirectory=py",
            askers=(by("tool @ git+https://me:secret@git.example.org/tool.git@main", line=1),),
        ),
        LockedPackage(package("app", "1.0").name, "1.0", "", (file("app-1.0-py3-none-any.whl"),), url=wheel),
        LockedPackage(
            package("bare", "2").name, "2", "", (), url=f"{wheel.replace('app-1.0', 'bare-2')}#sha256={'0' * 64}"
        ),
        LockedPackage(package("here", "3").name, "3", "", (), url="file:///srv/here"),
        LockedPackage(
            package("ssh", "1").name, "", "", (), url="git+ssh://git:secret@git.example.org/ssh.git@" + "a" * 40
        ),
        package("private", "1.0")._replace(index_url="https://me:secret@pkgs.example.org/simple"),
    ]
    text = write_pylock(lock((X86, packages))).decode()
    assert "secret" not in text
    assert "git+ssh://git@" not in text
    assert "ssh://git@git.example.org" in text
    golden("direct.toml", text)


@pytest.mark.parametrize("target", [X86, ARM])
def test_each_target_selects_what_was_locked_for_it(target: Target) -> None:
    locked = torch_lock()
    wanted = next(each for each in locked.targets if each.target == target)
    expected = {str(package.name): package.version for package in wanted.packages}
    assert selected(write_pylock(locked), target) == expected
    assert selected(write_pylock(locked._replace(targets=(wanted,))), target) == expected


def test_other_environments_are_refused() -> None:
    with pytest.raises(PylockSelectError):
        selected(write_pylock(torch_lock()), X86_312)
    with pytest.raises(PylockSelectError, match="environments"):
        selected(write_pylock(lock((X86, [package("a", "1")]))), ARM)


def test_pythons_are_told_apart() -> None:
    both = lock((X86, [package("numpy", "2.4.6")]), (X86_312, [package("numpy", "2.5.5"), package("b", "1")]))
    data = write_pylock(both)
    assert selected(data, X86) == {"numpy": "2.4.6"}
    assert selected(data, X86_312) == {"numpy": "2.5.5", "b": "1"}
    assert 'requires-python = ">=3.11,<3.13"' in data.decode()


def test_the_same_version_from_two_indexes() -> None:
    other = "https://other.example.org/simple"
    both = lock((X86, [package("a", "1", index=other)]), (ARM, [package("a", "1"), package("b", "1", needs=["a"])]))
    text = write_pylock(both).decode()
    assert text.count('name = "a"\nversion = "1"\nmarker = ') == 2
    assert f'{{ name = "a", version = "1", index = "{INDEX}" }}' in text
    assert selected(text.encode(), X86) == {"a": "1"}


def test_bytes_repeat_and_do_not_depend_on_the_order_of_targets_or_files() -> None:
    locked = torch_lock()
    assert write_pylock(locked) == write_pylock(torch_lock())
    turned = locked._replace(
        targets=tuple(
            each._replace(
                packages=tuple(
                    package._replace(files=package.files[::-1], askers=package.askers[::-1])
                    for package in each.packages[::-1]
                )
            )
            for each in locked.targets
        )
    )
    assert write_pylock(turned) == write_pylock(locked)


def test_what_was_written_before_decides_nothing() -> None:
    """Tables are kept from one file to the next."""
    locked = torch_lock()
    alone = [locked, *(locked._replace(targets=(one,)) for one in locked.targets)]
    fresh = []
    for each in alone:
        for kept in (pylock._package, pylock._reference, pylock._asker, pylock._file_table):
            kept.cache_clear()
        fresh.append(write_pylock(each))
    assert [write_pylock(each) for each in alone] == fresh
    assert [write_pylock(each) for each in reversed(alone)] == fresh[::-1]


def test_one_more_package_is_one_more_table() -> None:
    locked = torch_lock()
    before = write_pylock(locked).decode().splitlines()
    more = locked._replace(
        targets=tuple(each._replace(packages=(*each.packages, package("pandas", "2.3.3"))) for each in locked.targets)
    )
    after = write_pylock(more).decode().splitlines()
    added = [line for line in after if line not in before]
    assert [line for line in before if line not in after] == []
    assert len(after) - len(before) == 8
    assert added[0] == 'name = "pandas"'


OLD = parse_target("linux-64,glibc=2.17,python=3.11", {})


def test_what_markers_cannot_tell_apart() -> None:
    """One file each, and the reason why there is none for all; but those with the same packages share one."""
    apart = lock((X86, [package("a", "2")]), (OLD, [package("a", "1")]))
    with pytest.raises(UnwritableError, match=r"no marker tells .*glibc=2\.28.* and .*glibc=2\.17"):
        write_pylock(apart)
    written = write_lock(apart, "pylock")
    assert [each.name for each in written.files] == ["pylock.linux-64-glibc228.toml", "pylock.linux-64-glibc217.toml"]
    assert written.notes == (
        (
            "no pylock.toml for all targets: no marker tells `linux-64,glibc=2.28,python=3.11` and"
            " `linux-64,glibc=2.17,python=3.11` apart, for which different packages are locked"
        ),
    )
    together = lock((X86, [package("a", "1")]), (OLD, [package("a", "1")]))
    assert next(each.name for each in write_lock(together, "pylock").files) == "pylock.toml"
    assert write_pylock(together).decode().count("sys_platform") == 1


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (package("a", "1")._replace(files=()), "no file is known of `a==1`"),
        (
            package("a", "1")._replace(files=(DistFile("a-1-py3-none-any.whl", "https://x.example/a"),)),
            "no hash is known",
        ),
        (package("a", "1", "b-1-py3-none-any.whl"), "no valid pylock.toml"),
        (package("a", "1")._replace(files=(), url="git+https://git.example.org/a"), "no commit is known of `a`"),
    ],
)
def test_what_cannot_be_written(broken: LockedPackage, why: str) -> None:
    with pytest.raises(UnwritableError, match=why):
        write_pylock(lock((X86, [broken])))


# -- reading -----------------------------------------------------------------------------------------------------------


def test_ours_reads_back() -> None:
    read = read_pylock("pylock.toml", write_pylock(torch_lock()))
    assert (read.kind, read.creator, read.inputs, read.linked) == (
        "pylock",
        "compat-matrix",
        ("requirements.txt",),
        True,
    )
    assert [name for name, _ in read.targets] == ["linux-64", "linux-aarch64"]
    assert [f"{each.name} {each.version}" for each in read.for_target(ARM)] == [
        "numba 0.62.1",
        "numpy 2.3.5",
        "torch 2.7.1",
        "typing-extensions 4.15.0",
    ]
    torch = read.for_target(X86)[2]
    assert (torch.index_url, torch.dependencies) == (
        "https://torch.example.org/whl/cu128",
        ("numpy", "triton", "typing-extensions"),
    )
    assert torch.askers == (Asker("torch==2.7.1", place=Place("requirements.txt")),)
    assert torch.place.line == 59


def test_direct_references_read_back() -> None:
    url = "git+https://git.example.org/tool.git@" + "0" * 40 + "#subdirectory=py"
    packages = [
        LockedPackage(package("tool", "1").name, "1.0", "", (), url=url),
        LockedPackage(package("here", "1").name, "3", "", (), url="file:///srv/here"),
        LockedPackage(package("app", "1").name, "1", "", (file("app-1.zip"),), url="https://x.example/app-1.zip"),
    ]
    read = read_pylock("pylock.toml", write_pylock(lock((X86, packages))))
    assert {each.name: (each.version, each.url) for each in read.packages} == {
        "app": ("1", "https://x.example/app-1.zip"),
        "here": ("3", "file:///srv/here"),
        "tool": ("1.0", url),
    }


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        (
            "uv-compile.toml",
            X86,
            ["certifi 2026.10.18", "numpy 2.4.6", "pandas 3.1.1", "pysocks 1.7.1", "requests 2.34.2"],
        ),
        (
            "uv-compile.toml",
            X86_312,
            ["certifi 2026.10.18", "numpy 2.5.5", "pandas 3.1.1", "pysocks 1.7.1", "requests 2.34.2"],
        ),
        (
            "uv-export.toml",
            ARM,
            ["certifi 2026.10.18", "iniconfig 2.3.1", "numpy 2.4.6", "pysocks 1.7.1", "requests 2.34.2"],
        ),
        ("pip.toml", X86, ["certifi 2026.10.18", "numpy 2.4.6", "pandas 3.1.1", "pysocks 1.7.1", "requests 2.34.2"]),
    ],
)
def test_locks_of_other_tools(name: str, target: Target, expected: list[str]) -> None:
    read = read_pylock(name, (LOCKS / name).read_bytes())
    assert [f"{each.name} {each.version}" for each in read.for_target(target)] == expected
    assert not read.linked
    numpy = next(each for each in read.packages if each.name == "numpy")
    assert numpy.files
    assert all(
        dict(each.hashes)["sha256"] and each.url.startswith("https://files.example.org/") for each in numpy.files
    )
    assert next(each for each in read.packages if each.name == "pysocks").files[0].is_wheel  # type: ignore[index]


def test_groups_are_chosen() -> None:
    text = (
        'lock-version = "1.0"\ncreated-by = "x"\ndependency-groups = ["dev"]\n[[packages]]\nname = "a"\nversion = "1"\n'
        "marker = \"'dev' in dependency_groups\"\narchive = { url = 'https://x.example/a.zip', hashes = { sha256 = '0' } }\n"
    )
    read = read_pylock("pylock.toml", text.encode())
    assert not read.for_target(X86)
    assert read.for_target(X86, groups=frozenset({"dev"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lock-version = ", "pylock.toml:1:16: Invalid value"),
        ("a = 1\nb == 2", "pylock.toml:2:4: Invalid value"),
        ('lock-version = "1.0"\n', "pylock.toml:1:1: no valid pylock.toml: Missing required value in 'created-by'"),
        (
            'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "A_"\n',
            "pylock.toml:4:1: no valid pylock.toml: Name 'A_' is not normalized in 'packages[0].name'",
        ),
        ("a = " + "[" * 5000, "pylock.toml: nested too deep"),
    ],
)
def test_broken_files(text: str, message: str) -> None:
    with pytest.raises(FileProblem) as caught:
        read_pylock("pylock.toml", text.encode())
    assert str(caught.value).startswith(message)


# -- preferences -------------------------------------------------------------------------------------------------------


def test_preferences_keep_what_is_locked() -> None:
    read = read_pylock("pylock.toml", write_pylock(torch_lock()))
    assert read.preferences(X86)[to_pypi_name("torch")] == "2.7.1+cu128"
    assert read.preferences(ARM)[to_pypi_name("torch")] == "2.7.1"


def test_a_new_target_prefers_what_the_others_agree_on() -> None:
    read = read_pylock("pylock.toml", write_pylock(torch_lock()))
    assert read.preferences(X86_312) == {
        "numba": "0.62.1",
        "numpy": "2.3.5",
        "triton": "3.3.1",
        "typing-extensions": "4.15.0",
    }


def test_an_empty_lock_is_a_lock() -> None:
    read = read_pylock("pylock.toml", write_pylock(Lock(lock((X86, [])).targets)))
    assert read.packages == ()
    assert read.preferences(X86) == {}


# -- quickly -----------------------------------------------------------------------------------------------------------


def test_a_quick_look_prefers_the_same() -> None:
    for locked in (torch_lock(), lock((X86, [])), lock((X86, [package("a", "1")]), (X86_312, [package("a", "2")]))):
        data = write_pylock(locked)
        quick, whole = read_versions("pylock.toml", data), read_pylock("pylock.toml", data)
        for target in (X86, ARM, X86_312):
            assert quick.preferences(target) == whole.preferences(target)
            assert quick.gap(target) == whole.gap(target)
    assert not read_versions("pylock.toml", write_pylock(torch_lock())).packages[0].files


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('created-by = "compat-matrix"', 'created-by = "other"'),
        ('name = "numba"', 'name="numba"'),
        ('name = "numba"\nversion = "0.62.1"', '# a comment\nname = "numba"\nversion = "0.62.1"'),
        ('name = "numba"\nversion = "0.62.1"', 'version = "0.62.1"\nname = "numba"'),
        ('version = "0.62.1"\ndep', 'marker = "os_name == \'nt\'"\nversion = "0.62.1"\ndep'),
        ("[[packages]]", "[[ packages ]]"),
        ("environments = [", "environment = ["),
    ],
)
def test_what_somebody_has_written_to_is_read_in_full(old: str, new: str) -> None:
    data = write_pylock(torch_lock()).decode().replace(old, new).encode()
    quick, whole = read_versions("pylock.toml", data), read_pylock("pylock.toml", data)
    assert quick == whole
    assert quick.packages[0].files


def test_a_quick_look_at_what_does_not_parse() -> None:
    with pytest.raises(FileProblem):
        read_versions("pylock.toml", b"\xff\x00")
    with pytest.raises(FileProblem):
        read_versions("pylock.toml", b"a = [")
