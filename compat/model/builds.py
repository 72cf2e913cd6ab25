"""Which files an environment's indexes can serve: the default index, PyTorch's own by variant, or anybody's guess."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.version import Version

from compat.model.environments import Index
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry

if TYPE_CHECKING:  # the values of the matrix, which a lock of pip requirements does not ask
    from compat.model.knowledge import Build, Matrix

#: Projects whose builds PyTorch's own indexes serve.
TORCH_FAMILY: frozenset[PyPIName] = frozenset(PyPIName(n) for n in ("torch", "torchvision", "torchaudio", "torchtext"))

_VARIANT = re.compile(r"^(cu\d{2,3}|cpu|rocm[\d.]+|xpu)$")
_CUDA = re.compile(r"^cu(\d{2,3})$")


class Source(NamedTuple):
    """What one index URL serves.

    ``kind`` is ``pypi`` (the default index or a mirror of it), ``pytorch`` (``variant`` "" means every variant) or
    ``other`` (contents unknown). ``nightly`` indexes hold pre-releases only, which no table lists.
    """

    kind: str
    variant: str = ""
    nightly: bool = False
    url: str = ""


class World(NamedTuple):
    """Where the files of one project can come from. ``open`` means: also from somewhere the matrix cannot see.

    ``named`` means that an entry names the file itself, by URL or path, so no index is asked.
    """

    pypi: bool
    variants: tuple[str, ...]
    every_variant: bool
    open: bool
    nightly: bool
    named: bool = False


#: The world of a project whose file an entry names by URL or path.
NAMED = World(pypi=False, variants=(), every_variant=False, open=True, nightly=False, named=True)


@lru_cache(maxsize=1024)
def classify(url: str) -> Source:
    """What the index at *url* serves, as far as its address tells.

    A path with ``/pypi/``, or the root of a host whose first label is ``pypi``, is the public index or a mirror of it;
    NVIDIA's index of that shape is its own, and deeper paths (``/jp6/cu126``, a user of a hosted index) are private.
    """
    from urllib.parse import urlsplit  # imports ipaddress, and most files name no index

    parts = urlsplit(url)
    host, path = (parts.hostname or "").lower(), parts.path
    if host.endswith("pytorch.org"):
        names = [name for name in path.split("/") if _VARIANT.match(name)]
        return Source("pytorch", names[0] if names else "", "/nightly" in path or "/test" in path, url)
    is_root = host.startswith("pypi.") and path.strip("/") in {"", "simple"}
    if "nvidia" not in host and (is_root or "/pypi/" in path):
        return Source("pypi", url=url)
    return Source("other", url=url)


def world_of(name: PyPIName, bound: tuple[str, ...], indexes: tuple[Index, ...]) -> World:
    """Where files of *name* come from; *bound* are the index URLs that entries of this project are tied to."""
    if bound:
        sources = [classify(url) for url in bound]
        return _world(name, sources, pypi=any(source.kind == "pypi" for source in sources))
    sources = [classify(index.url) for index in indexes if index.role in ("index", "extra", "find-links")]
    replaced = any(index.role in ("index", "none") for index in indexes)
    # PyTorch's indexes also mirror what torch depends on, so only the family itself is held to them.
    pypi = not replaced or any(source.kind == "pypi" for source in sources)
    return _world(name, sources, pypi=pypi)


def _world(name: PyPIName, sources: list[Source], *, pypi: bool) -> World:
    own = [source for source in sources if source.kind == "pytorch"]
    if name not in TORCH_FAMILY:
        # Neighbours (xformers) live on PyTorch's indexes too, and what those hold of them no table says.
        unlisted = bool(own) or any(source.kind == "other" for source in sources)
        return World(pypi=pypi or bool(own), variants=(), every_variant=False, open=unlisted, nightly=False)
    return World(
        pypi=pypi,
        variants=tuple(dict.fromkeys(source.variant for source in own if source.variant)),
        every_variant=any(not source.variant for source in own),
        open=any(source.kind == "other" for source in sources),
        nightly=any(source.nightly for source in own),
    )


def variant_cuda(variant: str) -> tuple[int, ...] | None:
    """``cu128`` to (12, 8), ``cu92`` to (9, 2); None for builds without CUDA."""
    match = _CUDA.match(variant)
    return (int(match[1][:-1]), int(match[1][-1])) if match else None


def is_accelerator_unjudged(variant: str) -> bool:
    """ROCm and XPU builds are not judged: what holds for CUDA says nothing about them."""
    return variant.startswith(("rocm", "xpu"))


def served_builds(
    matrix: Matrix, name: PyPIName, version: Version, world: World, subdir: str, labels: tuple[str, ...]
) -> tuple[Build, ...]:
    """The builds of one release that *world* serves for *subdir*, the one an installer prefers first.

    A labelled build sorts above the plain release of the same version, so an extra index wins over the default one.
    Source: https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers
    """
    builds = [build for build in matrix.builds(name, version) if subdir in build.subdirs]
    own = [b for b in builds if b.variant in world.variants or world.every_variant]
    default = [b for b in builds if world.pypi and subdir in b.pypi]
    if labels:
        return tuple(b for b in own if b.variant in labels and subdir not in b.unlabelled)
    ordered = [*own, *(build for build in default if build not in own)]
    if world.every_variant and default:
        ordered.sort(key=lambda build: build not in default)
    return tuple(ordered)


def bound_urls(entries: tuple[PipEntry, ...]) -> tuple[str, ...]:
    """The index URLs that *entries* are tied to, each once, in order."""
    return tuple(dict.fromkeys(entry.index_url for entry in entries if entry.index_url))
