"""Conda records in an order in which an installer can take them: each after what it depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compat.model.conda_records import CondaRecord


def in_order(records: Sequence[CondaRecord]) -> tuple[CondaRecord, ...]:
    """*records* with dependencies first, otherwise by name: an order that depends on nothing else.

    Where records depend on each other in a circle, the first by name closes it.
    """
    by_name = {str(record.name): record for record in sorted(records, key=lambda record: record.name)}
    ordered: dict[str, CondaRecord] = {}
    started: set[str] = set()
    for root in by_name:
        path = [(root, _needs(root, by_name))] if root not in started else []
        started.add(root)
        while path:
            name, needs = path[-1]
            needed = next((need for need in needs if need not in started), None)
            if needed is None:
                ordered[name] = by_name[name]
                path.pop()
            else:
                started.add(needed)
                path.append((needed, _needs(needed, by_name)))
    return tuple(ordered.values())


def _needs(name: str, by_name: Mapping[str, CondaRecord]) -> Iterator[str]:
    needs = {spec_name(text) for text in by_name[name].depends}
    if name == "python":
        # Some builds of python ask for pip, which is installed by python: conda, too, takes pip last.
        needs.discard("pip")
    return iter(sorted(needs & by_name.keys()))


def spec_name(text: str) -> str:
    """The name that a MatchSpec of repodata begins with: there the version always follows a space, or a bracket."""
    return text.partition(" ")[0].partition("[")[0]
