"""Conda channels: which ones a file names, and which of them a package is taken from.

Conda takes a package from the first channel that has a fitting one (flexible priority, its default; under strict
priority from the first channel that has the name at all). A channel whose contents nobody lists may hold anything.
"""

from __future__ import annotations

from functools import lru_cache

from compat.model.conda_version import VersionSpec, parse_version_spec
from compat.model.diagnostics import Fix, Safety
from compat.model.environments import Channel, CondaEntry, Document
from compat.model.knowledge import CondaLimit
from compat.model.places import Edit, Place
from compat.model.targets import SUBDIRS
from compat.rules.base import Subject
from compat.rules.conda_builds import read_build
from compat.text.source import Source

PYTORCH, CONDA_FORGE, DEFAULTS, NVIDIA = "pytorch", "conda-forge", "defaults", "nvidia"

#: Channels of one project or one subject, and NVIDIA's with its toolkit: none of them holds torch itself.
_WITHOUT_TORCH = frozenset(
    {NVIDIA, "bioconda", "dglteam", "fvcore", "huggingface", "iopath", "pyg", "pytorch3d", "xformers"}
)

#: Channels of which the rules know whether they can have a package of the torch family.
_KNOWN = _WITHOUT_TORCH | {PYTORCH, CONDA_FORGE, DEFAULTS}

#: The parts of ``defaults``, by name and by the last part of their URL.
_DEFAULTS = frozenset({DEFAULTS, "main", "free", "r", "msys2", "anaconda"})

#: Packages that only the channel ``pytorch`` ever had.
_PYTORCH_ONLY = frozenset({"pytorch-cuda", "pytorch-mutex"})


@lru_cache(maxsize=1024)
def canonical(channel: str) -> str:
    """``pytorch`` for that channel by name, URL or mirror; ``defaults`` for each of its parts; labels stay apart."""
    segments = [part for part in channel.rpartition("://")[2].split("/") if part and part not in (*SUBDIRS, "noarch")]
    if "label" in segments:
        return "/".join(segments[segments.index("label") - 1 :])
    last = segments[-1] if segments else channel
    if "://" not in channel:
        return DEFAULTS if last in _DEFAULTS and segments[:-1] in ([], ["pkgs"]) else "/".join(segments)
    if "pkgs" in segments:
        return DEFAULTS
    return last if last in _KNOWN else channel


def channels_of(subject: Subject) -> tuple[str, ...]:
    """The channels of the file by their canonical names, first choice first; empty where it names none."""
    names = (canonical(channel.name) for channel in subject.environment.channels)
    return tuple(dict.fromkeys(name for name in names if name != "nodefaults"))


def is_known(channel: str) -> bool:
    """Whether it is known which packages of the torch family *channel* can have."""
    return channel in _KNOWN or channel.partition("/")[0] in _WITHOUT_TORCH


def can_hold(channel: str, name: str) -> bool:
    """Whether *channel* can have a package of the torch family; True for channels that nobody lists."""
    if channel.partition("/")[0] in _WITHOUT_TORCH:
        return False
    return channel not in (CONDA_FORGE, DEFAULTS) or name not in _PYTORCH_ONLY


def sources_of(subject: Subject, entry: CondaEntry) -> tuple[str, ...]:
    """The channels that can have a package of the torch family, first choice first; empty where none is named."""
    own = entry.spec.channel
    names = (canonical(own),) if own else channels_of(subject)
    return tuple(name for name in names if can_hold(name, entry.name))


def channel_of(subject: Subject, entry: CondaEntry) -> str | None:
    """The channel that a package of the torch family is taken from; None where the file leaves that open.

    A build string of PyTorch's own pattern settles it as well: ``py3.10_cuda11.8_cudnn8.7.0_0``.
    """
    if entry.spec.channel is None and entry.spec.build is not None:
        style = read_build(entry.spec.build).style
        if style:
            return style
    for name in sources_of(subject, entry):
        if name == PYTORCH and is_beyond(entry, limit_of(subject, PYTORCH, entry)):
            continue
        return name if name in (PYTORCH, CONDA_FORGE) else None
    return None


def limit_of(subject: Subject, channel: str, entry: CondaEntry) -> CondaLimit | None:
    """What is known about all versions of this package in *channel* for the target's platform."""
    limits = [limit for limit in subject.matrix.conda_limits(entry.name) if limit.channel == channel]
    own = [limit for limit in limits if subject.target.subdir in limit.subdirs]
    return next(iter([*own, *(limit for limit in limits if not limit.subdirs)]), None)


def is_beyond(entry: CondaEntry, limit: CondaLimit | None) -> bool:
    """Whether every version that *entry* admits is newer than the last one, or there never was one."""
    if limit is None or limit.newest is None:
        return False
    if not limit.newest:
        return True
    version = entry.spec.version
    return version is not None and version.intersect(parse_version_spec(f"<={limit.newest}")).is_empty()


def is_pixi(document: Document) -> bool:
    """Whether *document* is read by pixi, which solves both parts together and keeps to strict channel priority."""
    return document.kind == "pixi" or bool(document.channel_priority)


def is_within(inner: VersionSpec | None, outer: VersionSpec | None) -> bool:
    """Whether every version that *inner* admits is admitted by *outer*; None admits all. Patterns are never within."""
    if outer is None:
        return True
    if inner is None or inner.pattern is not None or inner.members:
        return False
    return inner.intersect(outer).cuts == inner.cuts


def add_conda(subject: Subject, beside: CondaEntry, requirement: str) -> Fix:
    """Add a conda requirement to the file of *beside*, where its reader says a line can go."""
    title = f"Add `{requirement}` to the conda requirements"
    document = next((d for d in subject.environment.documents if d.path == beside.place.path), None)
    place = document.dependencies_end if document is not None else None
    if place is None or place.column is None or "{" in requirement:
        return Fix(title=title, safety=Safety.SHOWN)
    return Fix(title=title, safety=Safety.UNSAFE, edits=(Edit(place, f"- {requirement}\n{' ' * (place.column - 1)}"),))


def add_channel(subject: Subject, after: Channel, name: str) -> Fix:
    """Add the channel *name* below *after*; with an edit where the list stands one entry a line."""
    title = f"Add the channel `{name}` after `{after.name}`"
    document = next((d for d in subject.environment.documents if d.path == after.place.path), None)
    line = after.place.line
    if document is None or line is None or document.kind != "environment":
        return Fix(title=title, safety=Safety.SHOWN)
    text = Source(path=document.path, text=document.text).line(line)
    if not text.lstrip().startswith("- "):
        return Fix(title=title, safety=Safety.SHOWN)
    dash = text[: text.index("-") + 1]
    end = Place(document.path, line, len(text) + 1, line, len(text) + 1)
    return Fix(title=title, safety=Safety.UNSAFE, edits=(Edit(end, f"\n{dash} {name}"),))
