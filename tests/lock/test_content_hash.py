"""The content hash is conda-lock's, for what conda-lock reads; else it is ours, and says why."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
import yaml

from compat.lock import content_hashes, write_virtual_packages
from compat.lock.conda_lock.markers import counts
from compat.lock.conda_lock.specs import Unlike, canonical_channel, conda_spec, pip_spec
from compat.model.environments import Document
from compat.model.locking import LockedChannel
from tests.lock.conda_universe import ARM, CUDA, ENVIRONMENT, X86, conda_lock, environment, locked

#: What conda-lock 4.0.3 comes to: files, their channels, and its hash for linux-64 and linux-aarch64.
SELECTORS = """\
name: demo
channels: [pytorch, nodefaults, https://conda.anaconda.org/conda-forge/label/x]
category: dev
dependencies:
  - python=3.11
  - PyTorch=2.1=*cuda*  # [linux64]
  - conda-forge::numpy>=1.20, <2
  - jax  # [aarch64]
  # - left-out
  - foo[version='>=1',build=abc]
  - pip=23
  - pip:
      - My_Package[b,a]>=2,<3
      - win-only ; sys_platform == 'win32'
      - marked ; python_version < '3.12' and sys_platform != 'darwin'
      - git+https://git.example.org/tool.git@main
      - archive @ https://files.example.org/archive-1.0.tar.gz#sha256=abc
      - hashed==1.0 --hash=sha256:abcdef
      - -e ./here
pip-repositories: [https://pkgs.example.org/simple]
"""
PLAIN = "dependencies:\n- python 3.12\n"
CASES = {
    "plain": (PLAIN, ("conda-forge",)),
    "mixed": (ENVIRONMENT, ("conda-forge",)),
    "selectors": (SELECTORS, ("pytorch", "nodefaults", "https://conda.anaconda.org/conda-forge/label/x")),
    "no-channels": (PLAIN, ()),
}
GOLDEN = {
    "plain": (
        "e3a3aacc4f9740df43bc99cf9f6fe35bccd1d6c24195167e6eb86984bcb03ab4",
        "03be07113dddc8ccd9dd9608a826f268c01d44cdf8018ff119b73b2466e985c3",
    ),
    "mixed": (
        "426f50e04e840398bc7b69eb9fcb8b1f03ba9bdc1b4c65eaf794ff28bad9ad00",
        "e582769cf82767810c6d4430b891b2e646bd3b436564102379c92967a3e0c58f",
    ),
    "selectors": (
        "dc638a5885c4c784ffbe6981f276ee114fbb5b9d291a323af68ce6082cc108ac",
        "0a80ad37f0aa468c4863ef797119ab441996864e6ab48f04ea1e129ed86ed0f1",
    ),
    "no-channels": (
        "9ff25a8d3dfab72c2c815f36fa0ae8bf89d4520f4092b8cf572a56430c695806",
        "90fe33f7681dfbbc5b86db6f0730e6a68bbebc76af636d32e9b1cade809c9fb5",
    ),
}
#: The same for `PLAIN`, with its own virtual packages and `--without-cuda`.
WITHOUT_CUDA = "4f81a06615b9d1813c86d72a971a89f9cc8b9b9a8dc1eea2d02275f9b1d21471"


def hashes(text: str, channels: tuple[str, ...], *, cuda: bool = False) -> tuple[str, str]:
    lock = conda_lock(locked(CUDA if cuda else X86, "linux-64"), locked(ARM), text=text)
    lock = lock._replace(channels=tuple(LockedChannel(name, ()) for name in channels))
    found = content_hashes(lock)
    assert found.unlike == ""
    return found.by_platform["linux-64"], found.by_platform["linux-aarch64"]


def of_conda_lock(text: str, channels: tuple[str, ...], folder: Path, *, cuda: bool = False) -> tuple[str, str]:
    """The same by conda-lock, given our virtual packages and, where the file names none, our channels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("conda_lock")
        from conda_lock.content_hash import compute_content_hashes
        from conda_lock.src_parser import make_lock_spec
        from conda_lock.virtual_package import virtual_package_repo_from_specification

        names = (folder / "names.json", folder / "environment.yml", folder / "virtual-packages.yml")
        for path, data in zip(
            names,
            (
                b"{}",
                text.encode(),
                write_virtual_packages(conda_lock(locked(CUDA if cuda else X86, "linux-64"), locked(ARM))),
            ),
            strict=True,
        ):
            path.write_bytes(data)
        spec = make_lock_spec(
            src_files=[names[1]],
            channel_overrides=None if "channels" in yaml.safe_load(text) else list(channels),
            platform_overrides=["linux-64", "linux-aarch64"],
            mapping_url=str(names[0]),
        )
        found = compute_content_hashes(spec, virtual_package_repo_from_specification(names[2]))
        return found["linux-64"], found["linux-aarch64"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("cuda", [False, True])
def test_it_is_that_of_conda_lock(name: str, cuda: bool, tmp_path: Path) -> None:
    assert hashes(*CASES[name], cuda=cuda) == of_conda_lock(*CASES[name], tmp_path, cuda=cuda)


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_conda_lock_came_to(name: str) -> None:
    """Where conda-lock is not installed."""
    assert hashes(*CASES[name]) == GOLDEN[name]


def test_virtual_packages_as_conda_lock_takes_them() -> None:
    lock = conda_lock(locked(CUDA, "linux-64"), locked(ARM))
    assert write_virtual_packages(lock).decode() == (
        "subdirs:\n"
        "  linux-64:\n    packages:\n      __archspec: '1 x86_64'\n      __cuda: '12.4'\n"
        "      __glibc: '2.28'\n      __linux: '4.18'\n      __unix: '0'\n"
        "  linux-aarch64:\n    packages:\n      __archspec: '1 aarch64'\n"
        "      __glibc: '2.28'\n      __linux: '4.18'\n      __unix: '0'\n"
    )


def test_what_conda_lock_assumes_by_itself_needs_no_virtual_packages() -> None:
    """With a kernel of 5.10 our hash is that of `conda-lock lock --without-cuda`."""
    one = locked(X86)
    usual = tuple(each._replace(version="5.10") if each.name == "__linux" else each for each in one.virtual)
    found = content_hashes(conda_lock(one._replace(virtual=usual), text=PLAIN))
    assert found.by_platform == {"linux-64": WITHOUT_CUDA}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "dependencies:\n- python\n- pip:\n  - -r requirements.txt\n",
            "conda-lock does not read `-r requirements.txt`",
        ),
        ("dependencies:\n- python\n- pip:\n  - ./here\n", "conda-lock does not read `./here`"),
        ("dependencies:\n- python\n- pip:\n  - x @ file:///srv/x\n", "the path `file:///srv/x` depends on the machine"),
        ("dependencies:\n- python\n- 3\n", "conda-lock does not read the entry `3`"),
        ("channels: [a]\n", "conda-lock takes no file without a list of dependencies"),
    ],
)
def test_what_conda_lock_does_not_read(text: str, why: str) -> None:
    """The hash is our own then, and changes with the file."""
    found = content_hashes(conda_lock(text=text))
    assert why in found.unlike
    assert found.by_platform.keys() == {"linux-64", "linux-aarch64"}
    assert content_hashes(conda_lock(text=text)) == found
    assert content_hashes(conda_lock(text=f"{text}# more\n")).by_platform != found.by_platform


def test_other_kinds_of_files() -> None:
    lock = conda_lock()
    project = Document("pyproject.toml", "pyproject", "[project]\n")
    assert content_hashes(lock._replace(environment=None)).unlike == "no environment.yml was the input"
    both = environment()._replace(documents=(*environment().documents, project))
    assert content_hashes(lock._replace(environment=both)).unlike == "`pyproject.toml` is no environment.yml"


def test_several_files_are_one() -> None:
    """The last line on a package counts."""
    more = environment("dependencies:\n- numpy <2\n- scipy\n", "more.yml").documents
    two = environment()._replace(documents=(*environment().documents, *more))
    joined = ENVIRONMENT.replace("- numpy\n", "- numpy <2\n  - scipy\n")
    lock = conda_lock()._replace(environment=two)
    assert content_hashes(lock) == content_hashes(conda_lock(text=joined))


@pytest.mark.parametrize(
    ("text", "version", "build", "channel"),
    [
        ("python", "", None, None),
        ("python=3.11", "3.11.*", None, None),
        ("python==3.11", "3.11", None, None),
        ("python 3.11", "3.11", None, None),
        ("python >=3.8 , <4", ">=3.8,<4", None, None),
        ("pytorch=2.1=*cuda*", "2.1", "*cuda*", None),
        ("pytorch 2.1.* py3*", "2.1.*", "py3*", None),
        ("a=1.2|1.3", "=1.2|1.3", None, None),
        ("a>=1|==0.4", ">=1|==0.4", None, None),
        ("a=>3.8", ">3.8*", None, None),
        ("a=1.0*", "1.0.*", None, None),
        ("a=", "", None, None),
        ("a[version='>=1',build=abc,channel=c]", ">=1", "abc", "c"),
        ("pkgs/main::a", "", None, "defaults"),
        ("conda-forge/linux-64::a=1", "1.*", None, "conda-forge"),
        ("https://conda.anaconda.org/conda-forge::a", "", None, "conda-forge"),
        ("https://conda.anaconda.org/conda-forge/linux-64/a-1.0-0.tar.bz2", "1.0", "0", "conda-forge"),
    ],
)
def test_conda_requirements(text: str, version: str, build: str | None, channel: str | None) -> None:
    spec = conda_spec(text)
    assert (spec["version"], spec["build"], spec["conda_channel"]) == (version, build, channel)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = pytest.importorskip("conda_lock.src_parser.conda_common")
        assert {**spec, "markers": None} == reader.conda_spec_to_versioned_dep(text, "main").model_dump()


@pytest.mark.parametrize(
    "text",
    [
        "My_Package[b,a]>=2, <3",
        "a===1.0",
        "a~=1.0 ; python_version < '3'",
        "a @ git+ssh://git@git.example.org/a.git@v1#subdirectory=b",
        "git+https://git.example.org/a",
        "https://files.example.org/a-1.0.zip",
        "a==1.0 --hash=sha256:abc",
    ],
)
def test_pip_requirements(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = pytest.importorskip("conda_lock.src_parser.pyproject_toml")
        found = reader.parse_python_requirement(text, manager="pip", mapping_url="").model_dump()
    if found.get("subdirectory", "") is None:  # as conda-lock leaves it out of what it hashes
        del found["subdirectory"]
    assert json.dumps(pip_spec(text), sort_keys=True) == json.dumps(found, sort_keys=True)


@pytest.mark.parametrize(
    ("marker", "linux", "mac", "windows"),
    [
        ("sys_platform == 'linux'", True, False, False),
        ('platform_system != "Windows"', True, True, False),
        ("os_name == 'nt' or sys_platform == 'darwin'", False, True, True),
        ("(os_name == 'nt' or python_version < '3') and sys_platform != 'win32'", True, True, False),
        ("sys_platform in 'linux darwin'", True, True, False),
        ("sys_platform not in 'win32'", True, True, False),
        ("platform_machine == 'x'", True, True, True),
        ("sys_platform", True, True, True),
        ("?", True, True, True),
    ],
)
def test_markers(marker: str, linux: bool, mac: bool, windows: bool) -> None:
    assert [counts(marker, platform) for platform in ("linux-64", "osx-arm64", "win-64")] == [linux, mac, windows]


def test_channels_without_secrets() -> None:
    assert canonical_channel("https://me:pw@example.org/t/abc/private/noarch") == "https://example.org/private"


@pytest.mark.parametrize("text", ["feature@", "=1.0", "x.conda"])
def test_what_is_no_conda_requirement(text: str) -> None:
    with pytest.raises(Unlike):
        conda_spec(text)
