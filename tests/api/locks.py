"""Small locks, as their tools write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

CHANNELS = "https://conda.anaconda.org"
ZEROS = "0" * 64


class Record(NamedTuple):
    name: str
    version: str
    build: str
    depends: tuple[str, ...]
    channel: str
    subdir: str

    @property
    def url(self) -> str:
        return f"{CHANNELS}/{self.channel}/{self.subdir}/{self.name}-{self.version}-{self.build}.conda"


def record(
    name: str, version: str, build: str, *depends: str, channel: str = "conda-forge", subdir: str = "linux-64"
) -> Record:
    return Record(name, version, build, depends, channel, subdir)


def conda_lock(*records: Record, pip: Sequence[tuple[str, str]] = (), wheel: str = "py3-none-any") -> str:
    """A conda-lock.yml; its pip packages are for linux-64, with one *wheel* each."""
    subdirs = dict.fromkeys(each.subdir for each in records)
    head = ["version: 1", "metadata:", "  channels:", "  - url: conda-forge", "  platforms:"]
    lines = [*head, *(f"  - {subdir}" for subdir in subdirs), "package:"]
    for each in records:
        needs = (f"    {name}: '{spec}'" for name, _, spec in (words.partition(" ") for words in each.depends))
        lines += _package(each.name, each.version, "conda", each.subdir, each.url, *needs)
    for name, version in pip:
        url = f"https://files.example.org/packages/{pip_file(name, version, wheel)}"
        lines += _package(name, version, "pip", "linux-64", url)
    return "\n".join(lines) + "\n"


def _package(name: str, version: str, manager: str, subdir: str, url: str, *needs: str) -> list[str]:
    """One package, in the order of the keys that conda-lock has."""
    return [
        f"- name: {name}",
        f"  version: '{version}'",
        f"  manager: {manager}",
        f"  platform: {subdir}",
        *(["  dependencies:", *needs] if needs else ["  dependencies: {}"]),
        f"  url: {url}",
        "  hash:",
        f"    sha256: {'0' * 64}",
        "  category: main",
        "  optional: false",
    ]


def explicit(*records: Record) -> str:
    return "\n".join(["@EXPLICIT", *(f"{each.url}#{'0' * 32}" for each in records)]) + "\n"


def pixi_lock(**environments: Sequence[Record]) -> str:
    lines = ["version: 6", "environments:"]
    for name, records in environments.items():
        lines += [f"  {name}:", "    channels:", "    - url: https://conda.anaconda.org/conda-forge/", "    packages:"]
        lines += ["      linux-64:", *(f"      - conda: {each.url}" for each in records)]
    lines.append("packages:")
    for each in dict.fromkeys(each for records in environments.values() for each in records):
        lines += [f"- conda: {each.url}", f"  sha256: {'0' * 64}"]
    return "\n".join(lines) + "\n"


def pip_file(name: str, version: str, tags: str) -> str:
    return f"{name.replace('-', '_')}-{version}-{tags}.whl"


def pylock(*packages: tuple[str, str, Sequence[str]]) -> str:
    """A pylock.toml; each package is name, version and wheels."""
    lines = ['lock-version = "1.0"', 'created-by = "uv"', 'requires-python = ">=3.10"']
    for name, version, wheels in packages:
        listed = ", ".join(
            f'{{ url = "https://files.example.org/packages/{wheel}", hashes = {{ sha256 = "{ZEROS}" }} }}'
            for wheel in wheels
        )
        lines += ["[[packages]]", f'name = "{name}"', f'version = "{version}"', f"wheels = [{listed}]"]
    return "\n".join(lines) + "\n"


def uv_lock(*packages: tuple[str, str, Sequence[str]], extras: Mapping[str, tuple[str, str]] | None = None) -> str:
    """A uv.lock of the project ``demo``, which asks for all *packages*, or for none but those of its *extras*."""
    lines = ["version = 1", 'requires-python = ">=3.11"']
    for name, version, needs in packages:
        wheel = f"https://files.example.org/packages/{pip_file(name, version, 'py3-none-any')}"
        lines += ["[[package]]", f'name = "{name}"', f'version = "{version}"']
        lines += ['source = { registry = "https://pypi.example.org/simple" }']
        lines += [_dependencies("dependencies", needs)]
        lines += [f'wheels = [{{ url = "{wheel}", hash = "sha256:{ZEROS}" }}]']
    lines += ["[[package]]", 'name = "demo"', 'version = "0"', 'source = { virtual = "." }']
    if extras is None:
        lines += [_dependencies("dependencies", [name for name, _, _ in packages])]
    else:
        lines += ["[package.optional-dependencies]"]
        lines += [
            f'{extra} = [{{ name = "{name}", version = "{version}" }}]' for extra, (name, version) in extras.items()
        ]
    return "\n".join(lines) + "\n"


def _dependencies(key: str, names: Sequence[str]) -> str:
    listed = ", ".join(f'{{ name = "{name}" }}' for name in names)
    return f"{key} = [{listed}]"
