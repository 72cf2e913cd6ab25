"""What a lock installs on one target, in the groups that an image has a layer for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from compat.api.locking.sides import fits
from compat.export.plan import Group, Package
from compat.lock import ReadPackage
from compat.lock.conda_sort import in_order
from compat.lock.families import family_of
from compat.lock.reading import ReadRecord
from compat.lock.urls import split_vcs, without_credentials
from compat.model.builds import classify
from compat.model.conda_records import CondaRecord
from compat.model.distributions import DistFile
from compat.model.names import PyPIName
from compat.model.targets import Target

#: What pip and uv take as ``--hash``, the one that everybody has first.
_ALGORITHMS = ("sha256", "sha384", "sha512")
#: The layers of each manager from the one that changes least: CUDA libraries, the torch family, all other packages.
_ORDER = ("cuda", "torch", "rest", "source", "extension")
_OTHER = "rest"
#: Projects whose build imports torch and compiles for its CUDA. Source: the ``setup.py`` of their source archives.
_EXTENSIONS = frozenset(
    map(
        PyPIName,
        (
            *("apex", "causal-conv1d", "detectron2", "flash-attn", "mamba-ssm", "pytorch3d", "torch-cluster"),
            *("torch-scatter", "torch-sparse", "torch-spline-conv", "xformers"),
        ),
    )
)

#: Where in the address of a file an index of PyTorch's own ends.
_PYTORCH = "https://download.pytorch.org/whl/"


class Sizes(NamedTuple):
    """The sizes of files in bytes, by URL and by SHA-256, which another lock beside this one may hold."""

    by_url: Mapping[str, int]
    by_hash: Mapping[str, int]

    def of(self, url: str, sha256: str) -> int | None:
        return self.by_url.get(url) or self.by_hash.get(sha256)


def group_conda(records: Sequence[ReadRecord], sizes: Sizes) -> tuple[Group, ...]:
    """The conda packages, those of CUDA and of torch apart where they can be installed without a Python.

    A ``noarch`` package may be one of Python, which is linked for the Python of the environment, so it goes with it.
    """
    plain = [each.record for each in records]
    ordered = in_order(plain) if any(record.depends for record in plain) else plain
    found: dict[str, list[Package]] = {name: [] for name in _ORDER}
    for record in ordered:
        family = family_of(record.name)
        own = family if family in found and record.subdir != "noarch" else _OTHER
        found[own].append(_to_conda(record, sizes))
    if not found[_OTHER]:  # nothing to put layers under
        found = {_OTHER: [package for packages in found.values() for package in packages]}
    return tuple(
        Group(f"conda-{name}", "conda", tuple(packages), hashed=all("#" in each.lines[0] for each in packages))
        for name, packages in found.items()
        if packages
    )


def _to_conda(record: CondaRecord, sizes: Sizes) -> Package:
    digest = record.md5 or (f"sha256:{record.sha256}" if record.sha256 else "")
    url = without_credentials(record.url)
    return Package(
        str(record.name),
        record.version,
        (f"{url}#{digest}" if digest else url,),
        record.size or sizes.of(url, record.sha256),
        record.subdir == "noarch",
    )


def group_pip(
    packages: Sequence[ReadPackage], target: Target, sizes: Sizes, indexes: Sequence[str] = ()
) -> tuple[Group, ...]:
    """The packages of pip. *indexes* are those that the lock names for all of them."""
    found: dict[str, list[tuple[Package, str]]] = {name: [] for name in _ORDER}
    for package in sorted(packages, key=lambda each: each.name):
        if is_member(package):
            continue
        file = _best(package, target)
        line, index = _requirement(package, file)
        own = _group_of(package, file, known=found)
        found[own].append((_to_pip(package, file, line, sizes), index))
    return tuple(_to_group(name, pairs, indexes) for name, pairs in found.items() if pairs)


def _group_of(package: ReadPackage, file: DistFile | None, known: Collection[str]) -> str:
    if _is_built(package, file):
        return "extension" if package.name in _EXTENSIONS else "source"
    family = family_of(package.name)
    return family if family in known else _OTHER


def _to_group(name: str, pairs: Sequence[tuple[Package, str]], indexes: Sequence[str]) -> Group:
    own = dict.fromkeys((*indexes, *sorted({index for _, index in pairs if index})))
    packages = tuple(package for package, _ in pairs)
    hashed = all(len(package.lines) > 1 or "#sha256=" in package.lines[0] for package in packages)
    return Group(name, "pip", packages, tuple(own), hashed)


def is_member(package: ReadPackage) -> bool:
    """Whether it is a folder of the repository rather than something to download."""
    return member_path(package) is not None


def member_path(package: ReadPackage) -> str | None:
    """The folder of a project in this repository, relative to that of the lock; None for all else."""
    url = package.url
    if url is None or split_vcs(url) is not None or package.files:
        return None
    if url.startswith("file:") and not url.startswith("file:/"):
        return url.removeprefix("file:").partition("#")[0] or "."
    return None if "://" in url or url.startswith("/") else url.partition("#")[0] or "."


def _best(package: ReadPackage, target: Target) -> DistFile | None:
    """The one file that is installed: the wheel that fits best, else the sdist."""
    ranked = [(rank, file) for file in package.files or () if (rank := _rank(file, target)) is not None]
    if ranked:
        return min(ranked, key=lambda pair: pair[0])[1]
    return next((file for file in package.files or () if not file.is_wheel), None)


def _rank(file: DistFile, target: Target) -> int | None:
    return fits(file.name.replace("%2B", "+"), target) if file.is_wheel else None


def _is_built(package: ReadPackage, file: DistFile | None) -> bool:
    """Of a list of hashes alone nobody knows what kind of file they are of."""
    if file is not None:
        return not file.is_wheel
    return package.url is not None and not package.url.partition("#")[0].endswith(".whl")


def _requirement(package: ReadPackage, file: DistFile | None) -> tuple[str, str]:
    """The requirement, and the index it is found on, "" for the default one."""
    if package.url is not None:
        return f"{package.name} @ {without_credentials(package.url)}", ""
    version = _labelled(package.version, file)
    plain = f"{package.name}=={version}"
    if package.index_url:
        is_default = classify(package.index_url).kind == "pypi"
        return plain, "" if is_default else without_credentials(package.index_url).rstrip("/")
    if file is None or "/packages/" in file.url or not file.url:
        return plain, ""
    if file.url.startswith(_PYTORCH):
        return plain, file.url.rpartition("/")[0].removesuffix(f"/{package.name}")
    return f"{package.name} @ {without_credentials(file.url)}", ""


def _labelled(version: str, file: DistFile | None) -> str:
    """The version with the label of its wheel, which conda-lock leaves out."""
    if file is not None and file.is_wheel and "+" not in version:
        own = file.name.replace("%2B", "+").split("-")[1]
        return own if own.startswith(f"{version}+") else version
    return version


def _to_pip(package: ReadPackage, file: DistFile | None, line: str, sizes: Sizes) -> Package:
    pairs = file.hashes if file is not None else package.hashes
    digests = dict(pairs)
    if file is not None:  # one file has several hashes, of which one suffices
        algorithm = next((name for name in _ALGORITHMS if name in digests), None)
        pairs = ((algorithm, digests[algorithm]),) if algorithm else ()
    hashes = sorted({f"--hash={name}:{digest}" for name, digest in pairs if name in _ALGORITHMS})
    size = file.size or sizes.of(file.url, digests.get("sha256", "")) if file is not None else None
    if size is None:  # of several hashes, those are of several files
        known = [found for _, digest in pairs if (found := sizes.by_hash.get(digest))]
        size = known[0] if len(pairs) == 1 and known else None
    return Package(package.name, package.version, (line, *hashes), size)


def collect_sizes(packages: Iterable[ReadPackage], records: Iterable[ReadRecord]) -> Sizes:
    """What the files of some lock say of their sizes."""
    by_url: dict[str, int] = {}
    by_hash: dict[str, int] = {}
    for url, digest, size in (*_file_sizes(packages), *_record_sizes(records)):
        if size:
            by_url[url] = size
            by_hash[digest] = size
    by_hash.pop("", None)
    return Sizes(by_url, by_hash)


def _file_sizes(packages: Iterable[ReadPackage]) -> Iterator[tuple[str, str, int | None]]:
    for package in packages:
        for file in package.files or ():
            yield file.url, dict(file.hashes).get("sha256", ""), file.size


def _record_sizes(records: Iterable[ReadRecord]) -> Iterator[tuple[str, str, int | None]]:
    for each in records:
        yield each.record.url, each.record.sha256, each.record.size
