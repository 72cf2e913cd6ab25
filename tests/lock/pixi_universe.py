"""A mixed lock made by hand, and the walk by which pixi decides whether a lock is that of its manifest.

The walk follows ``verify_package_platform_satisfiability`` of pixi 0.70, over what py-rattler reads of the lock.
Source: https://github.com/prefix-dev/pixi/blob/main/crates/pixi_core/src/lock_file/satisfiability/platform.rs
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec
from rattler.lock import LockFile
from rattler.lock.package import CondaLockedBinaryPackage, CondaLockedPackage, PypiLockedPackage

from compat.formats import read
from compat.lock import to_file_names
from compat.model.conda_records import CondaRecord, VirtualPackage
from compat.model.environments import Environment
from compat.model.locking import Lock, LockedChannel, LockedPackage, LockedRecord, LockedTarget
from compat.model.names import to_conda_name, to_pypi_name
from compat.model.targets import Target
from tests.lock.universe import ARM, INDEX, TORCH_INDEX, X86, package

FORGE = "https://conda.anaconda.org/conda-forge"
CHANNEL = LockedChannel("conda-forge", (FORGE,))
MACHINES = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}
ENVIRONMENT = """\
name: mixed
channels:
  - conda-forge
dependencies:
  - python=3.11
  - conda-forge::numpy >=1.26,<3
  - pytorch=2.7.1=cuda129*
  - libgomp  # [linux64]
  - pip:
      - numba
      - tool[fast] >=1
      - triton==3.3.1; platform_machine == "x86_64"
      - here @ https://files.example.org/here-2.0-py3-none-any.whl
      - away @ git+https://git.example.org/away.git@main#subdirectory=python
"""


def record(name: str, version: str, build: str, subdir: str = "linux-64", depends: Sequence[str] = ()) -> CondaRecord:
    """A record with the hashes that its name gives."""
    file = f"{name}-{version}-{build}.conda"
    return CondaRecord(
        name=to_conda_name(name),
        version=version,
        build=build,
        build_number=int(build.rpartition("_")[2]),
        subdir=subdir,
        channel=FORGE,
        url=f"{FORGE}/{subdir}/{file}",
        md5=hashlib.md5(file.encode(), usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(file.encode()).hexdigest(),
        size=1000 + len(file),
        depends=tuple(depends),
        timestamp=1_700_000_000_000,
        noarch=("python" if build.startswith("py") else "generic") if subdir == "noarch" else "",
        license="BSD-3-Clause",
    )


def environment(text: str = ENVIRONMENT) -> Environment:
    """What the one file *text* asks for."""
    document = read("environment.yml", text.encode(), "environment")
    return Environment(
        root="environment.yml",
        variant="",
        documents=(document,),
        pip=document.pip,
        conda=document.conda,
        channels=document.channels,
        indexes=document.indexes,
        pythons=document.pythons,
        system=document.system,
    )


def _conda(subdir: str) -> list[LockedRecord]:
    records = [
        record(
            "python",
            "3.11.9",
            "h955ad1f_0",
            subdir,
            ["__glibc >=2.17,<3.0.a0", "tzdata"],
        ),
        record("python_abi", "3.11", "cp311_8", "noarch"),
        record("tzdata", "2025b", "h78e105d_0", "noarch"),
        record("pip", "26.3", "pyh8b19718_0", "noarch", ["python >=3.10", "setuptools"]),
        record("setuptools", "80.9.0", "pyhff2d567_0", "noarch", ["python >=3.9"]),
        record("numpy", "2.3.5", "py311h2e04523_0", subdir, ["python >=3.11,<3.12.0a0", "python_abi 3.11.*"])._replace(
            constrains=("numpy-base <0a0",)
        ),
        record("pytorch", "2.7.1", "cuda129_py311h1_304", subdir, ["libtorch 2.7.1.*", "numpy >=1.23,<3", "__cuda"]),
        record("libtorch", "2.7.1", "cuda129_h2_304", subdir, ["libgcc"]),
        record("libgcc", "15.2.0", "h767d61c_7", subdir),
    ]
    if subdir == "linux-64":
        records.append(record("libgomp", "15.2.0", "h767d61c_7", subdir))
    provides = {"numpy": "2.3.5", "pytorch": "2.7.1", "pip": "26.3", "setuptools": "80.9.0"}
    names = {"pytorch": "torch"}
    return [
        LockedRecord(
            one,
            provides=((to_pypi_name(names.get(one.name, one.name)), provides[one.name]),)
            if one.name in provides
            else (),
        )
        for one in sorted(records)
    ]


def _pip(target: Target) -> list[LockedPackage]:
    machine = MACHINES[target.subdir]
    wheel = f"cp311-cp311-manylinux_2_27_{machine}.manylinux_2_28_{machine}.whl"
    packages = [
        package("numba", "0.62.1", f"numba-0.62.1-{wheel}")._replace(
            requires=("llvmlite<0.46,>=0.45.0dev0", "numpy<2.4,>=1.22"), requires_python=">=3.10"
        ),
        package("llvmlite", "0.45.1", f"llvmlite-0.45.1-{wheel}")._replace(requires_python=">=3.10"),
        package("tool", "1.2", "tool-1.2.tar.gz")._replace(
            requires=("six ; extra == 'fast'", "win ; sys_platform == 'win32'", "torch >=2")
        ),
        package("six", "1.17.0"),
        package("here", "2.0")._replace(index_url="", url="https://files.example.org/here-2.0-py3-none-any.whl"),
        LockedPackage(
            to_pypi_name("away"),
            "0.3",
            "",
            (),
            url=f"git+https://me:secret@git.example.org/away.git@{'a' * 40}#subdirectory=python",
        ),
    ]
    if target.subdir == "linux-64":
        triton = "triton-3.3.1-cp311-cp311-manylinux_2_27_x86_64.whl"
        packages.append(
            package("triton", "3.3.1", triton, index=TORCH_INDEX)._replace(requires=("setuptools>=40.8.0",))
        )
    return sorted(packages)


def mixed_lock() -> Lock:
    """Both Linux platforms, each with CUDA: conda brings torch, numpy and setuptools, which the pip part asks for too."""
    virtual = (
        VirtualPackage("__archspec", "1", "x86_64"),
        VirtualPackage("__cuda", "12.9"),
        VirtualPackage("__glibc", "2.28"),
        VirtualPackage("__linux", "4.18"),
        VirtualPackage("__unix", "0"),
    )
    targets = []
    for target, name in zip((X86, ARM), to_file_names((X86, ARM)), strict=True):
        arch = virtual[0]._replace(build="x86_64" if target is X86 else "aarch64")
        targets.append(
            LockedTarget(
                target, name, tuple(_pip(target)), conda=tuple(_conda(target.subdir)), virtual=(arch, *virtual[1:])
            )
        )
    return Lock(tuple(targets), ("environment.yml",), (CHANNEL,), environment())


def conda_lock() -> Lock:
    """The conda part alone, of a machine without GPU."""
    lock = mixed_lock()
    text = ENVIRONMENT.partition("  - pip:")[0]
    targets = tuple(
        one._replace(
            packages=(),
            conda=tuple(each for each in one.conda if each.record.name not in ("pip", "setuptools")),
            virtual=tuple(each for each in one.virtual if each.name != "__cuda"),
        )
        for one in lock.targets
    )
    return lock._replace(targets=targets, environment=environment(text))


def unsatisfied(manifest: bytes, lock: Path) -> list[str]:
    """What pixi would hold against *lock* as that of *manifest*: in the walk, the channels, the indexes, the platforms."""
    tables = tomllib.loads(manifest.decode())
    raw = yaml.safe_load(lock.read_text())
    found = LockFile.from_path(lock).default_environment()
    assert found is not None
    default = raw["environments"]["default"]
    problems = []
    channels = [
        name if "://" in name else f"https://conda.anaconda.org/{name}" for name in tables["workspace"]["channels"]
    ]
    if [f"{one.rstrip('/')}/" for one in channels] != [one["url"] for one in default["channels"]]:
        problems.append("channels")
    options = tables.get("pypi-options", {})
    if tables.get("pypi-dependencies") or any("pypi-dependencies" in one for one in tables.get("target", {}).values()):
        indexes = [options["index-url"], *options.get("extra-index-urls", [])]
        if default.get("indexes") != indexes or default.get("find-links", []) != options.get("find-links", []):
            problems.append("indexes")
    rows = [row["platform"] if isinstance(row, dict) else row for row in tables["workspace"]["platforms"]]
    platforms = {str(platform.subdir): platform for platform in found.platforms()}
    if sorted(rows) != sorted(platforms):
        problems.append("platforms")
    purls = {one["conda"].removeprefix("file://"): one.get("purls") for one in raw["packages"] if "conda" in one}
    for subdir in rows:
        own = tables.get("target", {}).get(subdir, {})
        conda = {**tables.get("dependencies", {}), **own.get("dependencies", {})}
        pypi = {**tables.get("pypi-dependencies", {}), **own.get("pypi-dependencies", {})}
        packages = found.packages(platforms[subdir]) or []
        records = {one.name: one for one in packages if isinstance(one, CondaLockedPackage)}
        wheels = {str(canonicalize_name(one.name)): one for one in packages if isinstance(one, PypiLockedPackage)}
        stands_in: dict[str, str] = {}
        for one in records.values():
            for purl in purls[one.location] or ():
                project, _, version = purl.removeprefix("pkg:pypi/").partition("@")
                stands_in[project] = version or str(one.version)
        wrong = [*_walk_conda(conda, records), *_walk_pypi(pypi, wheels, stands_in, subdir)]
        problems += [f"{subdir}: {one}" for one in wrong]
    return problems


def _spec(name: str, value: object) -> MatchSpec:
    table = value if isinstance(value, dict) else {"version": value}
    words = ",".join(f"{key}='{table[key]}'" for key in ("version", "build", "channel") if table.get(key, "*") != "*")
    return MatchSpec(f"{name}[{words}]" if words else name)


def _walk_conda(dependencies: dict[str, Any], records: dict[str, CondaLockedPackage]) -> Iterator[str]:
    stack = [_spec(name, value) for name, value in dependencies.items()]
    seen: set[str] = set()
    while stack:
        spec = stack.pop()
        assert spec.name is not None
        name = spec.name.normalized
        if name.startswith("__"):
            continue
        found = records.get(name)
        if not isinstance(found, CondaLockedBinaryPackage) or not spec.matches(found.repo_data_record()):
            yield f"{spec} is not locked"
        elif name not in seen:
            seen.add(name)
            stack += [MatchSpec(text) for text in found.repo_data_record().depends]
    yield from (f"nothing asks for {name}" for name in records.keys() - seen)


def _asked(dependencies: dict[str, Any], wheels: dict[str, PypiLockedPackage]) -> Iterator[Requirement | str]:
    """The requirements of the manifest; as a text, what is wrong with where one comes from."""
    for name, value in dependencies.items():
        table = value if isinstance(value, dict) else {"version": value}
        extras = f"[{','.join(table['extras'])}]" if "extras" in table else ""
        version = table.get("version", "*")
        yield Requirement(f"{name}{extras}{'' if version == '*' else version}")
        for key, start in (("url", "direct+"), ("git", "git+"), ("path", "")):
            if key in table and name in wheels and not wheels[name].location.startswith(start + table[key]):
                yield f"{name} is from {wheels[name].location}"


def _walk_pypi(
    dependencies: dict[str, Any], wheels: dict[str, PypiLockedPackage], conda: dict[str, str], subdir: str
) -> Iterator[str]:
    """*conda* are the versions of the projects that conda packages stand in for."""
    markers = {"python_version": "3.11", "platform_machine": MACHINES[subdir], "sys_platform": "linux"}
    queue: list[Requirement] = []
    for one in _asked(dependencies, wheels):
        if isinstance(one, str):
            yield one
        else:
            queue.append(one)
    done: set[str] = set()
    asked: set[tuple[str, str]] = set()
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        if name not in conda and name not in wheels:
            yield f"{requirement} is not locked"
            continue
        version = conda.get(name) or str(wheels[name].version)
        if version != "<dynamic>" and not requirement.specifier.contains(version, prereleases=True):
            yield f"{version} does not do for {requirement}"
        if name in conda:
            continue
        done.add(name)
        for text in wheels[name].requires_dist:
            child = Requirement(text)
            extras = ("", *requirement.extras)
            holds = child.marker is None or any(child.marker.evaluate({**markers, "extra": extra}) for extra in extras)
            if holds and (name, text) not in asked:
                asked.add((name, text))
                queue.append(child)
    yield from (f"nothing asks for {name} of PyPI" for name in wheels.keys() - done)


__all__ = ["CHANNEL", "FORGE", "INDEX", "conda_lock", "environment", "mixed_lock", "record", "unsatisfied"]
