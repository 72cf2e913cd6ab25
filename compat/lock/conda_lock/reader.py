"""``conda-lock.yml`` files of version 1, of ours and of conda-lock, as values.

Several categories are locked together, so that all of their packages are taken; each stands once.
Source: https://github.com/conda/conda-lock/blob/main/conda_lock/lockfile/v1/models.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compat.lock.conda_lock.scan import Entry, scan
from compat.lock.conda_lock.urls import parse_package_url
from compat.lock.conda_lock.writer import TARGET_KEY
from compat.lock.marks import CREATOR
from compat.lock.reading import ReadLock, ReadPackage, ReadRecord
from compat.lock.urls import file_name, split_vcs, without_credentials
from compat.model.distributions import DistFile
from compat.model.errors import FileProblem
from compat.model.locking import Asker
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.text.source import MAX_BYTES, Source, decode
from compat.text.yaml import compose

_Nodes = Mapping[str, Node]


def read_conda_lock(path: str, data: bytes) -> ReadLock:
    """The lock in *data*. Raises: FileProblem for what is no YAML, or no conda-lock.yml of version 1, with the line."""
    source = decode(path, data)
    scanned = scan(source.text)
    if scanned is not None:
        head, entries = scanned
        return _Reader(Source(path=path, text=head)).read(entries)
    return _Reader(source).read()


class _Reader:
    """The state of reading one file. ``taken`` bounds what aliases can make of a small file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._taken = 0

    def read(self, entries: Iterable[Entry] | None = None) -> ReadLock:
        """The lock; *entries* are its packages, where they are known already."""
        root = compose(self._source, by_tool=True)
        if root is None:
            raise FileProblem(self._source.path, "no conda-lock.yml: the file is empty")
        table = self._table(root, "the file")
        version = self._text(self._get(table, root, "version"), "`version`")
        if version != "1":
            raise self._problem(table["version"], f"no conda-lock.yml of version 1, but of version `{version}`")
        metadata = self._get(table, root, "metadata")
        about = self._table(metadata, "`metadata`")
        nodes = self._list(self._get(table, root, "package"), "`package`")
        subdirs = tuple(self._texts(self._get(about, metadata, "platforms"), "`platforms`"))
        targets = tuple(
            (key.removeprefix(TARGET_KEY), text)
            for key, text in self._custom(about).items()
            if key.startswith(TARGET_KEY)
        )
        conda: dict[tuple[str, str], ReadRecord] = {}
        pip: dict[tuple[str, str], ReadPackage] = {}
        for entry in entries if entries is not None else map(self._entry, nodes):
            if entry.manager == "conda":
                conda.setdefault((entry.platform, entry.name), self._to_record(entry))
            elif entry.manager == "pip":
                pip.setdefault((entry.platform, entry.name), _to_package(entry, self._place(entry)))
            else:
                raise self._wrong(entry, f"`{entry.manager}` is no manager that is known")
        return ReadLock(
            path=self._source.path,
            kind="conda-lock",
            packages=tuple(_with_askers(list(pip.values()))),
            creator=CREATOR if targets else "conda-lock",
            targets=targets,
            inputs=tuple(self._texts(about["sources"], "`sources`")) if "sources" in about else (),
            linked=True,
            conda=tuple(conda.values()),
            subdirs=subdirs,
            channels=tuple(self._channels(about)),
        )

    def _entry(self, node: Node) -> Entry:
        fields = self._table(node, "a package")
        name, version, manager, platform, url = (
            self._text(self._get(fields, node, key), f"`{key}`")
            for key in ("name", "version", "manager", "platform", "url")
        )
        return Entry(
            node.start_mark.line + 1,
            name,
            version,
            manager,
            platform,
            url,
            self._pairs(fields.get("dependencies"), "`dependencies`"),
            self._pairs(fields.get("hash"), "`hash`"),
            self._pairs(fields.get("source"), "`source`").get("url"),
        )

    def _to_record(self, entry: Entry) -> ReadRecord:
        file = parse_package_url(entry.url)
        if file is None:
            raise self._wrong(entry, f"`{without_credentials(entry.url)}` is no URL of a conda package")
        depends = tuple(f"{key} {spec}".strip() for key, spec in entry.dependencies.items())
        record = file.to_record(entry.hashes.get("md5", ""), entry.hashes.get("sha256", ""), depends)
        return ReadRecord(record._replace(version=entry.version), entry.platform, self._place(entry))

    def _place(self, entry: Entry) -> Place:
        return Place(self._source.path, entry.line, 3)

    def _wrong(self, entry: Entry, message: str) -> FileProblem:
        return FileProblem(self._source.path, message, line=entry.line, column=3)

    def _channels(self, about: _Nodes) -> Iterator[str]:
        for node in self._list(about["channels"], "`channels`") if "channels" in about else ():
            if isinstance(node, ScalarNode):
                yield node.value
            else:
                yield self._text(self._get(self._table(node, "a channel"), node, "url"), "`url`")

    def _custom(self, about: _Nodes) -> Mapping[str, str]:
        node = about.get("custom_metadata")
        return self._pairs(node, "`custom_metadata`") if isinstance(node, MappingNode) else {}

    def _table(self, node: Node, what: str) -> dict[str, Node]:
        if not isinstance(node, MappingNode):
            raise self._problem(node, f"no conda-lock.yml: {what} is no mapping")
        self._count(node)
        return {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}

    def _pairs(self, node: Node | None, what: str) -> dict[str, str]:
        """A mapping of texts; none where it is left out, or null."""
        if node is None or (isinstance(node, ScalarNode) and node.value in ("", "~", "null")):
            return {}
        return {key: self._text(value, what) for key, value in self._table(node, what).items()}

    def _list(self, node: Node, what: str) -> list[Node]:
        if not isinstance(node, SequenceNode):
            raise self._problem(node, f"no conda-lock.yml: {what} is no list")
        self._count(node)
        return list(node.value)

    def _texts(self, node: Node, what: str) -> Iterator[str]:
        for each in self._list(node, what):
            yield self._text(each, f"an entry of {what}")

    def _text(self, node: Node, what: str) -> str:
        if not isinstance(node, ScalarNode):
            raise self._problem(node, f"no conda-lock.yml: {what} is no text")
        return str(node.value)

    def _get(self, table: _Nodes, node: Node, key: str) -> Node:
        if key not in table:
            raise self._problem(node, f"no conda-lock.yml: `{key}` is missing")
        return table[key]

    def _count(self, node: MappingNode | SequenceNode) -> None:
        self._taken += len(node.value)
        if self._taken > MAX_BYTES:
            raise FileProblem(self._source.path, "aliases repeat too many entries: not read")

    def _problem(self, node: Node, message: str) -> FileProblem:
        return FileProblem(self._source.path, message, line=node.start_mark.line + 1, column=node.start_mark.column + 1)


def _to_package(entry: Entry, place: Place) -> ReadPackage:
    """A pip entry. Its words on what it depends on are turned round by `_with_askers`, which drops them here."""
    url = without_credentials(entry.url)
    is_vcs = split_vcs(url) is not None
    direct = without_credentials(entry.source) if entry.source is not None else None
    digests = tuple(sorted((key, value) for key, value in entry.hashes.items() if value))
    own = to_pypi_name(entry.name)
    return ReadPackage(
        name=own,
        version=entry.version,
        place=place,
        files=() if is_vcs else (DistFile(file_name(url), url, digests),),
        url=direct if direct is not None else (url if is_vcs else None),
        dependencies=tuple(sorted({to_pypi_name(key) for key in entry.dependencies})),
        askers=tuple(Asker(_words(key, spec), own) for key, spec in entry.dependencies.items()),
        subdirs=frozenset({entry.platform}),
    )


def _words(name: str, spec: str) -> str:
    """A requirement; conda-lock spells ``==1.2`` as ``1.2`` and any version as ``*``."""
    spec = spec.replace(" ", "")
    if spec in ("", "*"):
        return name
    return f"{name}{spec}" if re.match(r"[<>=!~]", spec) else f"{name}=={spec}"


def _with_askers(packages: list[ReadPackage]) -> Iterator[ReadPackage]:
    """Each package with those that ask for it, on its platform, instead of with what it asks for itself."""
    found: dict[tuple[frozenset[str], PyPIName], list[Asker]] = {}
    for package in packages:
        for name, asker in zip(_asked(package), package.askers, strict=True):
            found.setdefault((package.subdirs, name), []).append(asker)
    for package in packages:
        yield package._replace(askers=tuple(found.get((package.subdirs, package.name), ())))


def _asked(package: ReadPackage) -> Iterator[PyPIName]:
    for asker in package.askers:
        yield to_pypi_name(re.split(r"[<>=!~]", asker.requirement, maxsplit=1)[0])
