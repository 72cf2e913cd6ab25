"""Why a package is in a lock: the chains from the inputs to it, and the requirement that decided its version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from packaging.specifiers import Specifier
from packaging.version import Version

from compat.lock.askers import asks_on, requirement_of
from compat.lock.conda_check import records_for
from compat.lock.markers import holds
from compat.lock.reading import ReadLock, ReadPackage
from compat.lock.why_conda import Node, conda_nodes, lines_of, twin_of, upper_bound
from compat.model.conda_order import Cut
from compat.model.environments import CondaEntry
from compat.model.locking import Asker, Lock, LockedPackage, LockedTarget
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.targets import Target
from compat.model.why import Branch, Decision, Why


class View(NamedTuple):
    """One target's packages; ``linked`` as for `ReadLock`. ``provided`` are projects to the conda packages that bring them."""

    name: str
    nodes: Mapping[PyPIName, Node]
    linked: bool = True
    provided: Mapping[PyPIName, str] = MappingProxyType({})


class CondaLines(NamedTuple):
    """What is known of the conda part of a lock besides the lock: the lines of its input, and what pip takes it for."""

    entries: tuple[CondaEntry, ...] = ()
    provided: Mapping[PyPIName, str] = MappingProxyType({})


def views_of(lock: Lock) -> tuple[View, ...]:
    """The targets of a lock that was just made."""
    return tuple(map(_view_of, lock.targets))


def _view_of(locked: LockedTarget) -> View:
    packages = {package.name: Node(package.version, package.askers) for package in locked.packages}
    provided = {name: str(each.record.name) for each in locked.conda for name, _ in each.provides}
    nodes = conda_nodes({each.record: each.askers for each in locked.conda}, packages)
    asked = [each for package in locked.packages for each in _asked(package, locked.target)]
    return View(locked.name, {**packages, **_asked_by_pip(nodes, asked, provided)}, provided=provided)


def _asked(package: LockedPackage, target: Target) -> Iterator[tuple[PyPIName, Asker]]:
    """What *package* asks for on *target*, of no extra."""
    for text in package.requires:
        asker = Asker(text, package.name)
        requirement = requirement_of(asker)
        if requirement is not None and holds(requirement.marker, target):
            yield requirement.name, asker


def _asked_by_pip(
    nodes: dict[PyPIName, Node], asked: Iterable[tuple[PyPIName, Asker]], provided: Mapping[PyPIName, str]
) -> dict[PyPIName, Node]:
    """Conda's *nodes* with the packages of pip that ask for projects which those provide."""
    for name, asker in asked:
        key = PyPIName(provided.get(name, ""))
        if key in nodes:
            nodes[key] = nodes[key]._replace(askers=(*nodes[key].askers, asker))
    return nodes


def views_of_read(
    lock: ReadLock,
    targets: Sequence[tuple[str, Target]],
    entries: Sequence[PipEntry] = (),
    *,
    extras: frozenset[str] = frozenset(),
    groups: frozenset[str] = frozenset(),
    conda: Mapping[Target, CondaLines] = MappingProxyType({}),
) -> tuple[View, ...]:
    """The targets of a lock that was read, as pairs of NAME and target; *entries* are its input, where that is at hand.

    What asks on another target only is left out. The input's lines are those of *entries*, not those that the lock
    remembers, because the lock keeps no line numbers. *extras* and *groups* choose from locks that hold several. *conda*
    is what is known of the conda part.
    """
    views = []
    for name, target in targets:
        packages = lock.for_target(target, extras, groups)
        pip = _nodes(packages, target, entries)
        lines = conda.get(target, CondaLines())
        records = records_for(lock, target)
        nodes = conda_nodes(lines_of(records, lines.entries), pip)
        asked = ((each, Asker("", package.name)) for package in packages for each in package.dependencies)
        linked = any(each.record.depends for each in records) if records else lock.linked
        views.append(View(name, {**pip, **_asked_by_pip(nodes, asked, lines.provided)}, linked, lines.provided))
    return tuple(views)


def _nodes(locked: Sequence[ReadPackage], target: Target, entries: Sequence[PipEntry]) -> dict[PyPIName, Node]:
    packages = {package.name: package for package in locked}
    asked: dict[PyPIName, list[Asker]] = {}
    for entry in entries:
        if not entry.constraint and holds(entry.requirement.marker, target):
            asked.setdefault(entry.name, []).append(Asker(entry.requirement.text, place=entry.place))
    nodes = {}
    for name, package in packages.items():
        askers = asked.get(name, [])
        askers += [
            asker
            for asker in package.askers
            if (asker.parent in packages if asker.parent else not entries) and asks_on(asker, target)
        ]
        known = {asker.parent for asker in askers}
        parents = (other.name for other in packages.values() if name in other.dependencies and other.name not in known)
        nodes[name] = Node(package.version, (*askers, *(Asker("", parent) for parent in parents)))
    return nodes


def find_why(views: Iterable[View], name: PyPIName) -> tuple[Why, ...]:
    """The answers for *name*, targets with the same answer together; empty where no target has the package."""
    found: dict[Why, list[str]] = {}
    for view in views:
        own = [key for key in (name, twin_of(name)) if key in view.nodes]
        for key in own or [PyPIName(view.provided.get(name, ""))]:
            if (node := view.nodes.get(key)) is not None:
                branches = tuple(_branches(view.nodes, key, {key}))
                decision = _decide(view.nodes, node)
                answer = Why(key, node.version, (), branches, decision, view.linked, node.conda)
                found.setdefault(answer, []).append(view.name)
    return tuple(answer._replace(targets=tuple(targets)) for answer, targets in found.items())


def _branches(nodes: Mapping[PyPIName, Node], name: PyPIName, seen: set[PyPIName]) -> Iterator[Branch]:
    """The askers of *name*; *seen* grows by those that are told, so that the tree has each package's askers once."""
    askers = nodes[name].askers
    for asker in sorted(askers, key=lambda asker: asker.parent is not None):
        if asker.parent is None or asker.parent not in nodes:
            yield Branch(asker)
            continue
        version = nodes[asker.parent].version
        if asker.parent in seen:
            yield Branch(asker, version, seen=True)
            continue
        seen.add(asker.parent)
        yield Branch(asker, version, tuple(_branches(nodes, asker.parent, seen)))


def _decide(nodes: Mapping[PyPIName, Node], node: Node) -> Decision:
    """The pin, else the tightest upper bound, of all that ask."""
    if node.conda:
        return _decide_conda(nodes, node.askers)
    best: tuple[tuple[int, Version, int], Decision] | None = None
    for asker in node.askers:
        requirement = requirement_of(asker)
        if requirement is None:
            continue
        version = _version_of(nodes, asker)
        if requirement.url is not None:
            return Decision("url", asker, version, requirement.url)
        for specifier in requirement.specifier:
            if (bound := _upper(specifier)) is not None and (best is None or bound < best[0]):
                kind = "exact" if bound[0] == 0 else "upper"
                best = bound, Decision(kind, asker, version, str(specifier))
    return best[1] if best is not None else Decision("none")


def _decide_conda(nodes: Mapping[PyPIName, Node], askers: Iterable[Asker]) -> Decision:
    """The same by conda's order of versions."""
    best: tuple[tuple[bool, Cut], Decision] | None = None
    for asker in askers:
        bound = upper_bound(asker.requirement) if asker.requirement else None
        if bound is not None and (best is None or bound.rank < best[0]):
            kind = "exact" if bound.is_pin else "upper"
            best = bound.rank, Decision(kind, asker, _version_of(nodes, asker), bound.words)
    return best[1] if best is not None else Decision("none")


def _version_of(nodes: Mapping[PyPIName, Node], asker: Asker) -> str:
    return nodes[asker.parent].version if asker.parent is not None and asker.parent in nodes else ""


def _upper(specifier: Specifier) -> tuple[int, Version, int] | None:
    """How tight *specifier* bounds from above, the tightest first: pins, then by version, `<` before `<=`."""
    text = specifier.version
    if specifier.operator == "===":
        return 0, Version("0"), 0
    if specifier.operator == "==" and not text.endswith(".*"):
        return 0, Version(text), 0
    if specifier.operator in ("<", "<="):
        return 1, Version(text), int(specifier.operator == "<=")
    if specifier.operator in ("==", "~="):
        version = Version(text.removesuffix(".*"))
        # `==2.1.*` ends at 2.2, `~=2.1.3` at 2.2, `~=2.1` at 3.
        release = version.release if specifier.operator == "==" else version.release[:-1]
        end = ".".join(map(str, (*release[:-1], release[-1] + 1)))
        return 1, Version(f"{version.epoch}!{end}"), 0
    return None
