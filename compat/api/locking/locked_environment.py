"""What a lock installs on one target as an environment with exact pins, so that the rules for environments judge it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from packaging.specifiers import SpecifierSet

from compat.lock import ReadLock, ReadPackage, records_for
from compat.lock.reading import ReadRecord
from compat.model.conda_order import InvalidVersion
from compat.model.conda_version import InvalidVersionSpec, parse_version_spec
from compat.model.environments import Channel, CondaEntry, Document, Environment, PythonBound
from compat.model.matchspec import MatchSpec
from compat.model.places import Place
from compat.model.requirements import PipEntry, to_plain_requirement, to_requirement
from compat.model.targets import Target

#: Where the packages of a channel that is named without an address are.
_ANACONDA = "https://conda.anaconda.org/"
#: In the address of a file of the default index, and of its mirrors.
_DEFAULT_FILES = "/packages/"


def to_document(lock: ReadLock, text: str) -> Document:
    """The lock as a file of a report. Its entries are those of all targets."""
    return Document(
        path=lock.path,
        kind=lock.kind,
        text=text,
        pip=tuple(_pip_of(lock.packages)),
        conda=tuple(_conda_of(lock.conda)),
        platforms=lock.subdirs,
    )


def to_environment(
    lock: ReadLock, document: Document, target: Target, packages: Sequence[ReadPackage], variant: str = ""
) -> Environment:
    """What is installed on *target*: the conda part for it, and *packages* by pip."""
    records = records_for(lock, target)
    return Environment(
        root=lock.path,
        variant=variant,
        documents=(document,),
        pip=tuple(_pip_of(packages)),
        conda=tuple(_conda_of(records)),
        channels=tuple(_channels(records)),
        indexes=(),
        pythons=tuple(_pythons(lock)),
        system=(),
    )


def _conda_of(records: Sequence[ReadRecord]) -> Iterator[CondaEntry]:
    return (entry for each in records if (entry := _to_conda(each)) is not None)


def _pip_of(packages: Sequence[ReadPackage]) -> Iterator[PipEntry]:
    return (entry for package in packages if (entry := _to_pip(package)) is not None)


def _pythons(lock: ReadLock) -> Iterator[PythonBound]:
    if lock.requires_python is not None:
        yield PythonBound(lock.requires_python, Place(lock.path), str(lock.requires_python))


def _channels(records: Sequence[ReadRecord]) -> Iterator[Channel]:
    """The channels that packages come from, each at the first of them."""
    seen: set[str] = set()
    for each in records:
        name = _channel_name(each.record.channel)
        if name and name not in seen:
            seen.add(name)
            yield Channel(name, each.place)


def _to_conda(each: ReadRecord) -> CondaEntry | None:
    """The record as ``name=version=build``; None for what is built from source, whose version is not known."""
    record = each.record
    try:
        version = parse_version_spec(f"=={record.version}")
    except (InvalidVersionSpec, InvalidVersion):
        return None
    spec = MatchSpec(
        name=record.name,
        version=version,
        build=record.build or None,
        channel=_channel_name(record.channel) or None,
        text=f"{record.name}={record.version}={record.build}" if record.build else f"{record.name}=={record.version}",
        exact_build=bool(record.build),
    )
    return CondaEntry(spec, each.place)


@lru_cache(maxsize=256)
def _channel_name(channel: str) -> str:
    """As files name it: ``conda-forge``, ``nvidia/label/cuda-12.4.0``, ``main`` of Anaconda's own, the folder of a mirror."""
    bare = channel.rstrip("/")
    return bare.removeprefix(_ANACONDA) if bare.startswith(_ANACONDA) else bare.rpartition("/")[2]


def _to_pip(package: ReadPackage) -> PipEntry | None:
    """The package as ``name==version``, bound to the index of its files; None where nothing says which version it is."""
    version = _labelled(package)
    if package.url is not None and not version:
        text = f"{package.name} @ {package.url}"
        return PipEntry(to_requirement(package.name, SpecifierSet(), url=package.url, text=text), package.place)
    if not version:
        return None
    text = f"{package.name}=={version}"
    try:
        if "+" in version:
            requirement = to_requirement(package.name, SpecifierSet(f"=={version}"), text=text)
        else:
            requirement = to_plain_requirement(package.name, f"=={version}", text)
    except ValueError:
        return None
    return PipEntry(requirement, package.place, index_url=_index_of(package))


def _labelled(package: ReadPackage) -> str:
    """The version with the label of its wheel, which conda-lock leaves out."""
    if package.version and "+" not in package.version:
        for file in package.files or ():
            name = file.name.replace("%2B", "+")
            if file.is_wheel and (version := name.split("-")[1]).startswith(f"{package.version}+"):
                return version
    return package.version


def _index_of(package: ReadPackage) -> str | None:
    """The index as the lock names it, else the folder that the file is in."""
    if package.index_url or not package.files:
        return package.index_url or None
    folder = package.files[0].url.rpartition("/")[0]
    return folder if "://" in folder and _DEFAULT_FILES not in f"{folder}/" else None
