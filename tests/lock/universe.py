"""Locks made by hand, and what an installer would take for each target."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from packaging.tags import Tag, compatible_tags, cpython_tags

from compat.lock import to_file_names, to_target_text
from compat.model.distributions import DistFile
from compat.model.locking import Asker, Lock, LockedPackage, LockedTarget
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.targets import Target, parse_target

INDEX = "https://pkgs.example.org/simple"
TORCH_INDEX = "https://torch.example.org/whl/cu128"
X86 = parse_target("linux-64,glibc=2.28,python=3.11", {})
ARM = parse_target("linux-aarch64,glibc=2.28,python=3.11", {})
X86_312 = parse_target("linux-64,glibc=2.28,python=3.12", {})

_MACHINES = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}


def file(name: str, *, index: str = INDEX, uploaded: str = "2026-01-02T03:04:05Z") -> DistFile:
    """A file with the size and hash that its name gives."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    host = index.partition("//")[2].partition("/")[0]
    return DistFile(name, f"https://{host}/files/{name}", (("sha256", digest),), 1000 + len(name), uploaded=uploaded)


def package(name: str, version: str, *files: str, index: str = INDEX, needs: Iterable[str] = ()) -> LockedPackage:
    """A package from *index*; without files it has a wheel for all."""
    names = files or (f"{name.replace('-', '_')}-{version}-py3-none-any.whl",)
    return LockedPackage(
        to_pypi_name(name),
        version,
        index,
        tuple(file(each, index=index) for each in names),
        dependencies=tuple(map(to_pypi_name, needs)),
    )


def by(requirement: str, parent: str = "", line: int = 0, path: str = "requirements.txt") -> Asker:
    """A package that asks, or a line of the input."""
    if parent:
        return Asker(requirement, to_pypi_name(parent))
    return Asker(requirement, place=Place(path, line, 1) if line else Place(path))


def lock(*targets: tuple[Target, Sequence[LockedPackage]], inputs: tuple[str, ...] = ("requirements.txt",)) -> Lock:
    names = to_file_names([target for target, _ in targets])
    return Lock(
        tuple(
            LockedTarget(target, name, tuple(packages)) for (target, packages), name in zip(targets, names, strict=True)
        ),
        inputs,
    )


def torch_lock() -> Lock:
    """Two architectures: one shared package, one with other wheels, one with another version, one for x86_64 only."""
    numpy = package("numpy", "2.3.5")._replace(requires_python=">=3.11")
    askers = (by("numpy>=1.26", line=2), by("numpy<2.4,>=1.22; python_version > '3'", "numba"))
    cuda = package(
        "torch",
        "2.7.1+cu128",
        "torch-2.7.1+cu128-cp311-cp311-manylinux_2_28_x86_64.whl",
        index=TORCH_INDEX,
        needs=("numpy", "triton", "typing-extensions"),
    )._replace(askers=(by("torch==2.7.1", line=1),))
    cpu = package(
        "torch",
        "2.7.1",
        "torch-2.7.1-cp311-cp311-manylinux_2_28_aarch64.whl",
        needs=("numpy", "typing-extensions"),
    )._replace(askers=(by("torch==2.7.1", line=1),))
    triton = package("triton", "3.3.1", "triton-3.3.1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl")
    triton = triton._replace(askers=(by('triton==3.3.1; platform_system == "Linux"', "torch"),))
    extensions = package("typing-extensions", "4.15.0")
    extensions = extensions._replace(
        files=(*extensions.files, file("typing_extensions-4.15.0.tar.gz")),
        askers=(by("typing-extensions>=4.10.0", "torch"),),
    )
    both = [package("numba", "0.62.1", needs=("numpy",))._replace(askers=(by("numba", line=3),))]
    wheels = {
        X86: "numpy-2.3.5-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        ARM: "numpy-2.3.5-cp311-cp311-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl",
    }
    x86, arm = (numpy._replace(files=(file(wheels[target]),), askers=askers) for target in (X86, ARM))
    return lock((X86, [cuda, x86, triton, extensions, *both]), (ARM, [cpu, arm, extensions, *both]))


def tags(target: Target) -> list[Tag]:
    """The wheel tags of a Linux target, best first."""
    assert target.python is not None
    assert target.glibc is not None
    machine = _MACHINES[target.subdir]
    versions = [f"manylinux_2_{minor}_{machine}" for minor in range(target.glibc[1], 16, -1)]
    platforms = [*versions, f"manylinux2014_{machine}", f"linux_{machine}"]
    interpreter = f"cp{target.python[0]}{target.python[1]}"
    return [
        *cpython_tags(target.python, [interpreter], platforms),
        *compatible_tags(target.python, interpreter, platforms),
    ]


def fits(name: str, target: Target) -> int | None:
    """The rank of the wheel *name* on *target*, as an installer there ranks it."""
    from packaging.utils import parse_wheel_filename

    own = parse_wheel_filename(name)[-1]
    return next((rank for rank, tag in enumerate(tags(target)) if tag in own), None)


def describe(target: Target) -> str:
    return to_target_text(target)
