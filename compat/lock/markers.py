"""Targets told apart by environment markers.

A marker knows the operating system, the CPU architecture and the Python, and nothing of a glibc, a driver or a GPU.
Source: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

from compat.model.targets import Target

#: What can tell two targets apart; the first that suffices is used.
_KEYS = ("sys_platform", "platform_machine", "python_version")

Environment = tuple[str, ...]


def environment_of(target: Target) -> Environment:
    """The values of the keys that tell targets apart. *target* has a Python."""
    assert target.python is not None, target
    markers = target.markers(target.python)
    return tuple(markers[key] for key in _KEYS)


def describe_environment(environment: Environment) -> str:
    """The marker of exactly this environment. All targets are CPython, for which their markers were evaluated."""
    return f"{_conjunction(_KEYS, environment)} and implementation_name == 'cpython'"


def tell_apart(wanted: Sequence[Environment], among: Sequence[Environment]) -> str | None:
    """The shortest marker that holds for all of *wanted* and for no other of *among*; None where all are wanted."""
    others = [environment for environment in among if environment not in wanted]
    if not others:
        return None
    for count in range(1, len(_KEYS) + 1):
        for columns in combinations(range(len(_KEYS)), count):
            kept = list(dict.fromkeys(_project(environment, columns) for environment in wanted))
            if not any(_project(environment, columns) in kept for environment in others):
                keys = tuple(_KEYS[column] for column in columns)
                return _join(keys, kept)
    raise AssertionError("environments that are different differ in some key")


def _join(keys: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    parts = [_conjunction(keys, row) for row in sorted(rows)]
    if len(parts) == 1 or len(keys) == 1:
        return " or ".join(parts)
    return " or ".join(f"({part})" for part in parts)


def _conjunction(keys: tuple[str, ...], values: tuple[str, ...]) -> str:
    return " and ".join(f"{key} == '{value}'" for key, value in zip(keys, values, strict=True))


def _project(environment: Environment, columns: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(environment[column] for column in columns)


@lru_cache(maxsize=16384)
def holds(
    marker: Marker | None,
    target: Target,
    extras: frozenset[str] = frozenset(),
    groups: frozenset[str] = frozenset(),
    *,
    only: bool = False,
) -> bool:
    """Whether *marker* holds on *target*, which has a Python, with these extras and dependency groups chosen.

    Where they are the *only* ones that may be there, what holds without any of them does not count.
    A marker that asks for what no environment defines holds: what is not known leaves nothing out.
    """
    if marker is None:
        return True
    assert target.python is not None, target
    environment: dict[str, str | frozenset[str]] = {**target.markers(target.python)}
    try:
        if "extras" in (text := str(marker)) or "dependency_groups" in text:
            environment |= {"extras": extras, "dependency_groups": groups}
            return marker.evaluate(environment, context="lock_file")
        if "extra" not in text:
            return marker.evaluate(environment)
        possible = tuple(extras) if only and extras else ("", *extras)
        return any(marker.evaluate({**environment, "extra": extra}) for extra in possible)
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True
