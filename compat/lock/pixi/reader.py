"""``pixi.lock`` files, versions 4 to 7, whoever wrote them: one environment of each, with a row for each platform.

Of several rows for one platform (version 7 names them, and tells them apart by virtual packages) the first is read.
Source: https://github.com/conda/rattler/tree/main/crates/rattler_lock/src/parse
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compat.lock.marks import CREATOR, HEADER
from compat.lock.pixi.entries import Entry, to_entry, to_package, to_record
from compat.lock.reading import ReadLock, ReadPackage, ReadRecord
from compat.lock.urls import without_credentials
from compat.lock.yaml_reader import Tree, table, tables, text
from compat.model.errors import FileProblem
from compat.model.locking import Asker
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.text.source import decode

VERSIONS = range(4, 8)
DEFAULT = "default"

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")

_Key = tuple[str, str]
"""Kind and location of a package."""
_Table = Mapping[str, Any]


def read_pixi_lock(path: str, data: bytes, environment: str = DEFAULT) -> ReadLock:
    """The lock in *data*: what *environment* installs.

    Raises: FileProblem for what is no YAML, no pixi.lock of a version that is read, has no such environment, or names a
    package that it does not describe.
    """
    tree = _parse(path, data)
    environments = table(table(tree.data)["environments"])
    if environment not in environments:
        names = ", ".join(f"`{name}`" for name in environments) or "none"
        raise FileProblem(path, f"no environment `{environment}`; there are: {names}")
    return _with_targets(_Reader(path, tree).read(table(environments[environment])), data)


def read_pixi_locks(path: str, data: bytes) -> dict[str, ReadLock]:
    """Each environment of the lock in *data* by its name, in the order of the file. Raises: FileProblem."""
    tree = _parse(path, data)
    reader = _Reader(path, tree)
    environments = table(table(tree.data)["environments"])
    return {name: _with_targets(reader.read(table(value)), data) for name, value in environments.items()}


def _parse(path: str, data: bytes) -> Tree:
    tree = Tree(decode(path, data))
    document = table(tree.data)
    version = text(document.get("version"))
    known = {str(number) for number in VERSIONS}
    if version not in known or not isinstance(document.get("environments"), dict):
        said = f"version {version}" if re.fullmatch(r"[0-9]{1,4}", version) else "no version"
        raise FileProblem(path, f"no pixi.lock of version {VERSIONS[0]} to {VERSIONS[-1]}: it says {said}")
    return tree


def _with_targets(found: ReadLock, data: bytes) -> ReadLock:
    targets = _own_targets(data)
    return found._replace(targets=targets, creator=CREATOR if targets else found.creator)


def _own_targets(data: bytes) -> tuple[tuple[str, str], ...]:
    """NAME and text of the targets that a lock of ours names at its top; none once pixi has written it anew."""
    lines = itertools.takewhile(lambda line: line.startswith(HEADER.encode()), data.splitlines())
    texts = [line.decode("utf-8", "replace").removeprefix(HEADER).partition(" ")[0] for line in lines]
    return tuple((text.partition(",")[0], text) for text in texts)


class _Reader:
    """One file. Entries are found by kind and location, of which sources may have several."""

    def __init__(self, path: str, tree: Tree) -> None:
        self._path = path
        self._tree = tree
        document = table(tree.data)
        self._subdirs = {
            text(row.get("name")): text(row.get("subdir")) or text(row.get("name"))
            for row in tables(document.get("platforms"))
        }
        self._entries: dict[_Key, list[Entry]] = {}
        for each in tables(document.get("packages")):
            entry = to_entry(each)
            if entry is None:
                raise self._problem("a package that is neither conda nor pypi", each)
            self._entries.setdefault((entry.kind, entry.location), []).append(entry)

    def read(self, environment: _Table) -> ReadLock:
        rows = self._rows(table(environment.get("packages")))
        conda: list[ReadRecord] = []
        pypi: dict[int, tuple[Entry, set[str]]] = {}
        for subdir, selectors in rows.items():
            for entry in dict.fromkeys(self._find(selector) for selector in tables(selectors)):
                if entry.kind == "pypi":
                    pypi.setdefault(id(entry.table), (entry, set()))[1].add(subdir)
                else:
                    conda.append(ReadRecord(to_record(entry, subdir), subdir, self._place(entry)))
        packages = [
            to_package(entry, self._place(entry))._replace(subdirs=frozenset(subdirs))
            for entry, subdirs in pypi.values()
        ]
        return ReadLock(
            path=self._path,
            kind="pixi-lock",
            packages=tuple(_linked(packages, [entry for entry, _ in pypi.values()])),
            creator="pixi",
            linked=True,
            conda=tuple(conda),
            subdirs=tuple(rows),
            channels=tuple(_channels(environment.get("channels"))),
        )

    def _rows(self, packages: _Table) -> dict[str, Any]:
        """The selectors of each platform, by subdir."""
        rows: dict[str, Any] = {}
        for name in sorted(packages, key=[*self._subdirs, *packages].index):
            rows.setdefault(self._subdirs.get(name, name), packages[name])
        return rows

    def _find(self, selector: dict[str, Any]) -> Entry:
        kind = next((kind for kind in ("conda", "conda_source", "pypi") if text(selector.get(kind))), "")
        location = text(selector.get(kind))
        found = self._entries.get((kind, location), [])
        own = [entry for entry in found if all(entry.table.get(key, value) == value for key, value in selector.items())]
        if not own:
            raise self._problem(f"`{without_credentials(location) or '?'}` is not among the packages", selector)
        return own[0]

    def _problem(self, message: str, at: object) -> FileProblem:
        return FileProblem(self._path, f"no valid pixi.lock: {message}", line=self._tree.line(at))

    def _place(self, entry: Entry) -> Place:
        line = self._tree.line(entry.table)
        return Place(self._path, line, 3 if line else None)


def _channels(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else ():
        url = text(each) or text(table(each).get("url"))
        if url:
            yield without_credentials(url).rstrip("/")


def _linked(packages: Sequence[ReadPackage], entries: Sequence[Entry]) -> Iterator[ReadPackage]:
    """*packages* with who asks for them, and for what they ask, as far as that is locked from PyPI too.

    Platforms may have different versions of who asks: then what is asked for is one package for each of them.
    """
    names = {package.name for package in packages}
    asked: dict[tuple[str, PyPIName], list[Asker]] = {}
    asking: list[tuple[PyPIName, ...]] = []
    for package, entry in zip(packages, entries, strict=True):
        children = []
        for requirement in entry.requires:
            match = _NAME.match(requirement)
            child = to_pypi_name(match[1]) if match else None
            if child in names and child != package.name and child is not None:
                children.append(child)
                asker = Asker(without_credentials(requirement), package.name)
                for subdir in package.subdirs:
                    asked.setdefault((subdir, child), []).append(asker)
        asking.append(tuple(sorted(set(children))))
    for package, children_of in zip(packages, asking, strict=True):
        groups: dict[tuple[Asker, ...], list[str]] = {}
        for subdir in sorted(package.subdirs):
            groups.setdefault(tuple(dict.fromkeys(asked.get((subdir, package.name), ()))), []).append(subdir)
        for askers, subdirs in groups.items():
            yield package._replace(dependencies=children_of, askers=askers, subdirs=frozenset(subdirs))
