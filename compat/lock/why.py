"""Why a package is in a lock: the chains from the inputs to it, and the requirement that decided its version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.specifiers import Specifier
from packaging.version import Version

from compat.lock.askers import asks_on, requirement_of
from compat.lock.markers import holds
from compat.lock.reading import ReadLock, ReadPackage
from compat.model.locking import Asker, Lock
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.targets import Target
from compat.model.why import Branch, Decision, Why


class Node(NamedTuple):
    """A package of one target: its version and who asks for it."""

    version: str
    askers: tuple[Asker, ...]


class View(NamedTuple):
    """One target's packages; ``linked`` as for `ReadLock`."""

    name: str
    nodes: Mapping[PyPIName, Node]
    linked: bool = True


def views_of(lock: Lock) -> tuple[View, ...]:
    """The targets of a lock that was just made."""
    return tuple(
        View(locked.name, {package.name: Node(package.version, package.askers) for package in locked.packages})
        for locked in lock.targets
    )


def views_of_read(
    lock: ReadLock,
    targets: Sequence[tuple[str, Target]],
    entries: Sequence[PipEntry] = (),
    *,
    extras: frozenset[str] = frozenset(),
    groups: frozenset[str] = frozenset(),
) -> tuple[View, ...]:
    """The targets of a lock that was read, as pairs of NAME and target; *entries* are its input, where that is at hand.

    What asks on another target only is left out. The input's lines are those of *entries*, not those that the lock
    remembers, because the lock keeps no line numbers. *extras* and *groups* choose from locks that hold several.
    """
    return tuple(
        View(name, _nodes(lock.for_target(target, extras, groups), target, entries), lock.linked)
        for name, target in targets
    )


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
        if (node := view.nodes.get(name)) is not None:
            branches = tuple(_branches(view.nodes, name, {name}))
            answer = Why(name, node.version, (), branches, _decide(view.nodes, node.askers), view.linked)
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


def _decide(nodes: Mapping[PyPIName, Node], askers: Iterable[Asker]) -> Decision:
    """The pin, else the tightest upper bound, of all that ask."""
    best: tuple[tuple[int, Version, int], Decision] | None = None
    for asker in askers:
        requirement = requirement_of(asker)
        if requirement is None:
            continue
        version = nodes[asker.parent].version if asker.parent in nodes and asker.parent is not None else ""
        if requirement.url is not None:
            return Decision("url", asker, version, requirement.url)
        for specifier in requirement.specifier:
            if (bound := _upper(specifier)) is not None and (best is None or bound < best[0]):
                kind = "exact" if bound[0] == 0 else "upper"
                best = bound, Decision(kind, asker, version, str(specifier))
    return best[1] if best is not None else Decision("none")


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
