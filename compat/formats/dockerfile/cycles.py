"""Stages that are copied from before they can be made: docker refuses a circle, and a number that no stage has.

A stage may take files from a later one, since BuildKit makes them in the order of what they need.
Source: https://github.com/moby/buildkit/issues/532 (the order does not matter), https://github.com/moby/buildkit/pull/4567 (circles)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from compat.model.containers import Instruction, Stage
from compat.model.places import Place


class _Edge(NamedTuple):
    """An instruction of stage ``number`` that takes files from another one."""

    number: int
    origin: int
    place: Place


def find_cycles(stages: Sequence[Stage]) -> Iterator[tuple[str, Place]]:
    """What is wrong with the stages that others copy from, in words, and the instruction that says so."""
    numbers = {stage.name: stage.number for stage in stages if stage.name}
    edges: list[_Edge] = []
    for stage in stages:
        for instruction in stage.instructions:
            for name in _origins(instruction):
                origin = numbers.get(name.lower(), int(name) if name.isascii() and name.isdigit() else None)
                if origin is None:
                    continue
                if origin >= len(stages):
                    yield f"there is no stage {origin}: the first of {len(stages)} is 0", instruction.place
                    continue
                edges.append(_Edge(stage.number, origin, instruction.place))
    yield from _circles(edges)


def _origins(instruction: Instruction) -> Iterator[str]:
    """The stages, or images, that an instruction takes files from."""
    if instruction.keyword == "COPY":
        yield from instruction.flag("from")
    for mount in instruction.flag("mount"):
        yield from (part.removeprefix("from=") for part in mount.split(",") if part.startswith("from="))


def _circles(edges: Sequence[_Edge]) -> Iterator[tuple[str, Place]]:
    """The first edge of each stage that leads back to it; a circle is told once, at its first stage."""
    following: dict[int, set[int]] = {}
    for edge in edges:
        following.setdefault(edge.number, set()).add(edge.origin)
    told: set[int] = set()
    for edge in edges:
        reached = _reach(edge.origin, following)
        if edge.number in reached and told.isdisjoint(reached):
            told |= {number for number in reached if edge.number in _reach(number, following)}
            words = "itself" if edge.origin == edge.number else "a stage that takes files from this one"
            yield f"the stage takes files from {words}: docker refuses a circle", edge.place


def _reach(start: int, following: Mapping[int, set[int]]) -> set[int]:
    found, pending = {start}, [start]
    while pending:
        fresh = following.get(pending.pop(), set()) - found
        found |= fresh
        pending += fresh
    return found
