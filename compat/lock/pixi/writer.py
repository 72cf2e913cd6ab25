"""``pixi.lock``, version 6 of the format: one environment, ``default``, with a row of packages for each platform.

Version 6 because every pixi since 0.41 reads it; a pixi of version 7 (0.68 and later) takes it as it is, and rewrites it
when it locks anew. What it has no place for: the virtual packages that were assumed (they are in the pixi.toml beside
it, and in a comment here), which index each PyPI package is from, and two targets of one platform.
Source: https://github.com/conda/rattler/tree/main/crates/rattler_lock/src/parse/models/v6
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from compat.lock.marks import HEADER
from compat.lock.names import to_target_text
from compat.lock.pixi.options import PypiOptions, find_pypi_options
from compat.lock.problems import UnwritableError
from compat.lock.urls import folder_path, fragments, relative_path, split_vcs, without_credentials
from compat.model.locking import Lock, LockedPackage, LockedRecord, LockedTarget
from compat.text.yaml_writer import to_yaml

VERSION = 6

_Table = dict[str, Any]


def write_pixi_lock(lock: Lock, default_index: str = "") -> bytes:
    """The file for all targets of *lock*. The same lock gives the same bytes, and py-rattler reads them.

    Args: default_index as for `find_pypi_options`.
    Raises: UnwritableError for two targets of one platform, for pip packages where conda installs no Python, for a
    package without a known file, and for a conda package without a URL.
    """
    _refuse(lock)
    options = find_pypi_options(lock, default_index)
    environment: _Table = {"channels": [{"url": f"{url}/"} for channel in lock.channels for url in channel.urls]}
    if any(locked.packages for locked in lock.targets):
        environment |= _indexes(options)
    ordered = sorted(lock.targets, key=lambda locked: locked.target.subdir)
    environment["packages"] = {locked.target.subdir: [*_selectors(locked)] for locked in ordered}
    conda = {url: table for locked in ordered for url, table in _records(locked)}
    pypi = {_location(one): _pypi(one) for locked in ordered for one in locked.packages}
    packages = [*(conda[key] for key in sorted(conda)), *(pypi[key] for key in sorted(pypi))]
    document = {"version": VERSION, "environments": {"default": environment}, "packages": packages}
    return f"{_comments(ordered)}{to_yaml(document)}".encode()


def _refuse(lock: Lock) -> None:
    seen: dict[str, LockedTarget] = {}
    for locked in lock.targets:
        other = seen.setdefault(locked.target.subdir, locked)
        if other is not locked:
            names = f"`{to_target_text(other.target)}` and `{to_target_text(locked.target)}`"
            raise UnwritableError(f"it has one set of packages a platform, and {names} share theirs")
        if locked.packages and all(one.record.name != "python" for one in locked.conda):
            raise UnwritableError(
                f"pixi installs Python itself as a conda package, and none is locked for {locked.target.subdir}"
            )


def _comments(targets: Iterable[LockedTarget]) -> str:
    """The targets with their virtual packages: readers pass over it, and pixi leaves it out when it writes anew."""
    lines = []
    for locked in targets:
        virtual = " ".join(map(str, locked.virtual))
        lines.append(f"{HEADER}{to_target_text(locked.target)}{f' ({virtual})' if virtual else ''}\n")
    return "".join(lines)


def _indexes(options: PypiOptions) -> _Table:
    """As pixi derives them from its manifest, with which it compares them."""
    table: _Table = {"indexes": list(options.indexes)}
    if options.find_links:
        table["find-links"] = [{"url" if "://" in one else "path": one} for one in options.find_links]
    return table


def _selectors(locked: LockedTarget) -> Iterable[_Table]:
    yield from ({"conda": url} for url in sorted(one.record.url for one in locked.conda))
    yield from ({"pypi": where} for where in sorted(map(_location, locked.packages)))


def _records(locked: LockedTarget) -> Iterator[tuple[str, _Table]]:
    """The conda packages by their URL. Whether anybody has asked which projects they stand in for shows in one of them."""
    asked = any(one.provides or one.record.purls for one in locked.conda)
    for one in locked.conda:
        yield one.record.url, _conda(one, asked=asked)


def _conda(locked: LockedRecord, *, asked: bool) -> _Table:
    """One record; what readers derive from the URL is left out, as pixi does."""
    record = locked.record
    address, _, name = record.url.rpartition("/")
    if not address:
        raise UnwritableError(f"no address is known of `{record.title}`")
    # A path, which a `file:` URL is read as, tells its readers neither.
    channel, _, subdir = address.rpartition("/") if record.url.startswith(("https://", "http://")) else ("", "", "")
    derived = re.sub(r"\.(?:conda|tar\.bz2)$", "", name) == f"{record.name}-{record.version}-{record.build}"
    table: _Table = {"conda": record.url}
    if not derived:
        table |= {"name": record.name, "version": record.version, "build": record.build}
    if record.build_number != _number_of(record.build):
        table["build_number"] = record.build_number
    if record.subdir != subdir:
        table["subdir"] = record.subdir
    if record.noarch:
        table["noarch"] = record.noarch
    table |= {key: value for key, value in (("sha256", record.sha256), ("md5", record.md5)) if value}
    table |= {
        key: list(value) for key, value in (("depends", record.depends), ("constrains", record.constrains)) if value
    }
    if record.channel != channel:
        table["channel"] = record.channel
    table |= {"features": record.features} if record.features else {}
    table |= {"track_features": list(record.track_features)} if record.track_features else {}
    texts = (("license", record.license), ("license_family", record.license_family))
    table |= {key: value for key, value in texts if value}
    if (purls := _purls(locked, asked=asked)) is not None:
        table["purls"] = purls
    numbers = (("size", record.size), ("timestamp", record.timestamp))
    table |= {key: value for key, value in numbers if value is not None}
    if record.python_site_packages_path:
        table["python_site_packages_path"] = record.python_site_packages_path
    return table


def _number_of(build: str) -> int:
    """The number that readers take from the end of a build string."""
    match = re.search(r"[0-9]+$", build)
    return int(match[0]) if match else 0


def _purls(locked: LockedRecord, *, asked: bool) -> list[str] | None:
    """Which PyPI projects the record stands in for; None where nobody has asked, and pixi goes by the name.

    Without ``purls`` pixi takes every package of conda-forge for the PyPI project of the same name.
    """
    purls = set(locked.record.purls)
    named = {purl.partition("?")[0].partition("@")[0] for purl in purls}
    for name, version in locked.provides:
        if f"pkg:pypi/{name}" not in named:
            purls.add(f"pkg:pypi/{name}" + (f"@{quote(version)}" if version != locked.record.version else ""))
    return sorted(purls) if purls or asked else None


def _pypi(package: LockedPackage) -> _Table:
    table: _Table = {"pypi": _location(package), "name": package.name, "version": package.version or "0"}
    table |= {algorithm: digest for algorithm, digest in _hashes(package).items() if algorithm in ("sha256", "md5")}
    if package.requires:
        table["requires_dist"] = [without_credentials(" ".join(text.split())) for text in package.requires]
    if package.requires_python:
        table["requires_python"] = package.requires_python
    if package.editable:
        table["editable"] = True
    return table


def _location(package: LockedPackage) -> str:
    """Where pixi takes the package from: the file that fits best, or a direct reference in its own spelling."""
    if package.url is None:
        if not package.files:
            raise UnwritableError(f"no file is known of `{package.name}=={package.version}`")
        url = without_credentials(package.files[0].url).partition("#")[0]
        return _relative(relative_path(url)) or url
    if vcs := split_vcs(package.url):
        if not vcs.commit:
            raise UnwritableError(f"no commit is known of `{package.name}`, which comes from a repository")
        where = f"?subdirectory={vcs.subdirectory}" if vcs.subdirectory else ""
        return f"{vcs.kind}+{vcs.url}{where}#{vcs.commit}"
    path = relative_path(package.url) or folder_path(package.url)
    if path is not None:
        return _relative(path) or path
    return f"direct+{without_credentials(package.url).partition('#')[0]}"


def _relative(path: str | None) -> str:
    """A path as pixi spells it, with a dot before it unless it is absolute."""
    return "" if path is None else path if path.startswith(("/", ".")) else f"./{path}"


def _hashes(package: LockedPackage) -> Mapping[str, str]:
    if package.files and package.files[0].hashes:
        return dict(package.files[0].hashes)
    return fragments(urlsplit(package.url).fragment) if package.url is not None and not split_vcs(package.url) else {}
