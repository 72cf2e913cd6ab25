"""What a caller settles about an image, beyond the environment in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class ImageSettings(NamedTuple):
    """``port`` makes it a service, whose health is asked at ``health_path``; without it a check imports the main package.

    ``command`` are the words that the image runs, ``system`` packages of the distribution. ``embedded`` writes the lists of
    packages into the Dockerfile, which then needs no other file. ``with_sources`` says that the build's context holds the
    project.
    """

    port: int | None = None
    health_path: str = "/"
    command: Sequence[str] = ("python",)
    system: Sequence[str] = ()
    embedded: bool = False
    with_sources: bool = True
