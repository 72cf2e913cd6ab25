"""``requirements.NAME.txt``: one target's lock in pip's own format, a version and its hashes a package.

Source: https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.lock.askers import sort_askers
from compat.lock.marks import HEADER
from compat.lock.names import to_target_text
from compat.lock.problems import UnwritableError
from compat.lock.urls import folder_path, fragments, relative_path, split_vcs, without_credentials
from compat.model.locking import Asker, LockedPackage, LockedTarget

#: What pip takes as ``--hash``, the one that everybody has first.
ALGORITHMS = ("sha256", "sha384", "sha512")


def write_requirements(locked: LockedTarget, default_index: str = "") -> bytes:
    """The file for one target. The same lock gives the same bytes.

    Args: default_index is the index that an installer asks anyway; others are named by options at the top.
    Raises: UnwritableError where a file has no hash that pip takes.
    """
    lines = [f"{HEADER}{to_target_text(locked.target)}", *_indexes(locked.packages, default_index)]
    for package in sorted(locked.packages, key=lambda package: package.name):
        lines += _package(package)
    return "".join(f"{line}\n" for line in lines).encode()


def requirement_lines(packages: Sequence[LockedPackage], default_index: str = "") -> Iterator[str]:
    """Options for the indexes and one requirement a package, by name, without hashes: what a pip list can hold."""
    yield from _indexes(packages, default_index)
    yield from (_requirement(package) for package in sorted(packages, key=lambda package: package.name))


def find_indexes(packages: Sequence[LockedPackage]) -> tuple[str, ...]:
    """The indexes that *packages* come from, without credentials, in the order of the packages."""
    urls = (without_credentials(package.index_url) for package in packages if package.index_url and not package.url)
    return tuple(dict.fromkeys(url.rstrip("/") for url in urls))


def unhashable(packages: Sequence[LockedPackage]) -> tuple[str, ...]:
    """The packages that pip refuses beside hashes, because there is no archive to hash: repositories and folders."""
    return tuple(package.name for package in packages if package.url is not None and not _hashes(package))


def _indexes(packages: Sequence[LockedPackage], default_index: str) -> Iterator[str]:
    """Nothing where all come from the default, else options; the order is that of the names, so that it stays."""
    default = without_credentials(default_index).rstrip("/")
    used = find_indexes(packages)
    others = sorted(url for url in used if url != default)
    if not others:
        return
    if default not in used:
        first, *others = others
        yield f"--index-url {first}"
    yield from (f"--extra-index-url {url}" for url in others)


def _package(package: LockedPackage) -> Iterator[str]:
    hashes = _hashes(package)
    if not hashes and package.url is None:
        files = ", ".join(file.name for file in package.files) or f"{package.name}=={package.version}"
        raise UnwritableError(f"no hash is known of `{files}`")
    pieces = [_requirement(package), *(f"    --hash={algorithm}:{digest}" for algorithm, digest in hashes)]
    yield from (f"{piece} \\" for piece in pieces[:-1])
    yield pieces[-1]
    if package.askers:
        yield "    # via"
        yield from (f"    #   {_asker(asker)}" for asker in sort_askers(package.askers))


def _requirement(package: LockedPackage) -> str:
    if package.url is None:
        return f"{package.name}=={package.version}"
    folder = relative_path(package.url) if package.files else folder_path(package.url)
    if folder is not None:
        # Only with a leading `./` pip and uv take a path for a path.
        path = folder if folder.startswith(("/", ".")) else f"./{folder}"
        return f"-e {path}" if package.editable else path
    return f"{package.name} @ {without_credentials(package.url)}"


def _hashes(package: LockedPackage) -> list[tuple[str, str]]:
    """The best hash of each file. A file with none that pip takes is left out, and pip will not take it."""
    if package.url is not None and split_vcs(package.url) is not None:
        return []
    found = {_best(dict(file.hashes)) for file in package.files}
    if not package.files and package.url is not None:
        found = {_best(fragments(package.url.partition("#")[2]))}
    return sorted(pair for pair in found if pair is not None)


def _best(hashes: dict[str, str]) -> tuple[str, str] | None:
    return next(((name, hashes[name]) for name in ALGORITHMS if name in hashes), None)


def _asker(asker: Asker) -> str:
    """``-r requirements.txt (torch==2.7.1)`` or ``pandas (numpy>=1.26)``, on one line whatever the text holds."""
    if asker.parent is None and asker.place is None:
        return without_credentials(" ".join(asker.requirement.split()))
    who = asker.parent or f"-r {asker.place.path if asker.place else ''}"
    words = " ".join(without_credentials(asker.requirement).split())
    return f"{who} ({words})" if words else str(who)
