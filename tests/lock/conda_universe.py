"""A lock with a conda part of real records, for both Linux platforms, and a pip part of invented ones."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from compat.formats import read
from compat.model.conda_records import CondaRecord, VirtualPackage
from compat.model.environments import Environment
from compat.model.locking import Lock, LockedChannel, LockedPackage, LockedRecord, LockedTarget
from compat.model.names import to_conda_name
from compat.model.targets import Target, parse_target
from tests.lock.universe import by, package

DATA = Path(__file__).parents[1] / "data"
CHANNEL = "https://conda.anaconda.org/conda-forge"
X86 = parse_target("linux-64,glibc=2.28,python=3.12", {})
ARM = parse_target("linux-aarch64,glibc=2.28,python=3.12", {})
CUDA = parse_target("linux-64,cuda=12.4,glibc=2.28,python=3.12", {})
ENVIRONMENT = """\
name: demo
channels:
  - conda-forge
dependencies:
  - python 3.12.*
  - numpy
  - conda-forge::pandas <3
  - pip
  - pip:
      - fastapi >=0.100
      - torch==2.7.1 ; platform_machine == 'x86_64'
"""


@cache
def repodata(subdir: str) -> dict[str, Any]:
    """File name to record."""
    path = DATA / "conda" / "conda-forge" / subdir / "repodata.json"
    data = json.loads(path.read_text("utf-8"))
    return {**data.get("packages", {}), **data.get("packages.conda", {})}


def record(path: str, channel: str = CHANNEL) -> CondaRecord:
    """The real record of ``SUBDIR/FILE``."""
    subdir, _, name = path.partition("/")
    one = repodata(subdir)[name]
    return CondaRecord(
        name=to_conda_name(one["name"]),
        version=one["version"],
        build=one["build"],
        build_number=one["build_number"],
        subdir=subdir,
        channel=channel,
        url=f"{channel}/{path}",
        md5=one["md5"],
        sha256=one["sha256"],
        size=one.get("size"),
        depends=tuple(one["depends"]),
        constrains=tuple(one.get("constrains", ())),
        timestamp=one.get("timestamp"),
        license=one.get("license", ""),
    )


@cache
def records(subdir: str) -> tuple[CondaRecord, ...]:
    """What rattler takes for python 3.12, numpy, pandas <3 and pip, by name."""
    paths = (DATA / "locks" / "conda-records.txt").read_text("utf-8").split()
    found = [record(path) for path in paths if path.partition("/")[0] in (subdir, "noarch")]
    return tuple(sorted(found, key=lambda each: each.name))


def environment(text: str = ENVIRONMENT, path: str = "environment.yml") -> Environment:
    document = read(path, text.encode(), "environment")
    return Environment(path, "", (document,), document.pip, document.conda, document.channels, (), (), ())


def virtual(target: Target) -> tuple[VirtualPackage, ...]:
    machine = "x86_64" if target.subdir == "linux-64" else "aarch64"
    cuda = (VirtualPackage("__cuda", "12.4"),) if target.cuda is not None else ()
    return (
        VirtualPackage("__archspec", "1", machine),
        *cuda,
        VirtualPackage("__glibc", "2.28"),
        VirtualPackage("__linux", "4.18"),
        VirtualPackage("__unix", "0"),
    )


def pip_part(target: Target) -> tuple[LockedPackage, ...]:
    machine = "x86_64" if target.subdir == "linux-64" else "aarch64"
    fastapi = package("fastapi", "0.115.0", needs=("typing-extensions", "pydantic"))
    fastapi = fastapi._replace(askers=(by("fastapi>=0.100", line=10, path="environment.yml"),))
    wheel = f"pydantic-2.9.0-cp312-cp312-manylinux_2_17_{machine}.whl"
    pydantic = package("pydantic", "2.9.0", wheel, "pydantic-2.9.0.tar.gz", needs=("typing-extensions",))
    pydantic = pydantic._replace(askers=(by("pydantic!=1.8,<3.0,>=1.7.4", "fastapi"),))
    extensions = package("typing-extensions", "4.15.0")
    extensions = extensions._replace(
        askers=(by("typing-extensions>=4.8", "fastapi"), by("typing_extensions", "pydantic"))
    )
    return (fastapi, pydantic, extensions)


def locked(target: Target, name: str = "", pip: tuple[LockedPackage, ...] | None = None) -> LockedTarget:
    """*target* with its records, and the usual pip part unless another is given."""
    return LockedTarget(
        target,
        name or target.subdir,
        pip_part(target) if pip is None else pip,
        conda=tuple(LockedRecord(each) for each in records(target.subdir)),
        virtual=virtual(target),
    )


def conda_lock(*targets: LockedTarget, text: str = ENVIRONMENT) -> Lock:
    return Lock(
        targets or (locked(X86), locked(ARM)),
        ("environment.yml",),
        (LockedChannel("conda-forge", (CHANNEL,)),),
        environment(text),
    )
