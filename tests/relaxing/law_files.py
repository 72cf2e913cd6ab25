"""Versions and requirement files to hold the laws to, and the end of a series, counted apart from the code."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hypothesis import strategies as st
from packaging.version import Version

from compat.matrix import load_matrix
from compat.model.knowledge import Matrix, Project, Release
from compat.model.names import PyPIName

_NUMBERS = st.one_of(
    st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts))),
    st.sampled_from(["0.0.22", "2024.2.1", "2024.02.01", "4.10.0.84", "0.0"]),
)
#: Every form of PEP 440's public versions: epochs, pre, post and dev releases, in normal spelling and in others.
VERSIONS: st.SearchStrategy[str] = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["", "", "", "v"]),
    st.sampled_from(["", "", "", "1!"]),
    _NUMBERS,
    st.sampled_from(["", "", "", "a1", "b2", "rc1", "RC1", ".beta", "-alpha.3"]),
    st.sampled_from(["", "", "", ".post7", "-1", ".rev2"]),
    st.sampled_from(["", "", "", ".dev3", "dev"]),
)
_LEVELS = {"patch": 2, "minor": 1, "matrix": 1, "major": 0}

#: The torch family, and projects that share its couplings or bring it.
FAMILY = ("torch", "torchvision", "torchaudio", "torchtext")
NEIGHBOURS = ("numpy", "pandas", "scipy", "scikit-learn", "opencv-python", "transformers", "ctranslate2", "setuptools")


def end_of(version: str, policy: str) -> Version:
    """Where the series of *version* ends by the words of docs/relax.md."""
    parsed = Version(version)
    release = (*parsed.release, 0, 0, 0)
    zeros = next((place for place, number in enumerate(parsed.release) if number), 0)
    level = max(_LEVELS[policy], zeros)
    numbers = (*release[:level], release[level] + 1)
    return Version(f"{parsed.epoch}!" + ".".join(map(str, numbers)))


@cache
def matrix() -> Matrix:
    return load_matrix({})


def project(name: str) -> Project:
    found = matrix().project(PyPIName(name))
    assert found is not None, name
    return found


@cache
def sound(name: str) -> tuple[Release, ...]:
    """The releases of *name* that installers take: not yanked, with metadata that pip reads."""
    return tuple(r for r in project(name).releases if r.yanked is None and not r.invalid)


def fitting(name: str, torch: Version) -> list[Release]:
    """The releases of a member of the family that were made for *torch*."""
    return [r for r in sound(name) if all(q.specifier.contains(torch) for q in r.requires if q.name == "torch")]


@st.composite
def pins(draw: st.DrawFn) -> dict[str, str]:
    """Pins of the family and its neighbours that mostly belong together: made for one torch, released about one day."""
    torch = draw(st.sampled_from(sound("torch")))
    found = {"torch": torch.version}
    for name in draw(st.lists(st.sampled_from(FAMILY[1:]), unique=True, max_size=2)):
        candidates = fitting(name, torch.version) or list(sound(name))
        found[name] = draw(st.sampled_from(candidates)).version
    for name in draw(st.lists(st.sampled_from(NEIGHBOURS), unique=True, max_size=3)):
        found[name] = draw(st.sampled_from(_near(sound(name), torch))).version
    return {name: str(version) for name, version in found.items()}


def _near(releases: Iterable[Release], torch: Release) -> list[Release]:
    day = torch.uploaded
    assert day is not None
    return sorted(releases, key=lambda r: abs(((r.uploaded or day) - day).days))[:6]
