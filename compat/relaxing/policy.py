"""Law 2: where a range ends, by policy. Works on the text of a version, because conda's versions are no PEP 440."""

from __future__ import annotations

import re
from enum import Enum

#: An epoch, the numbers of the release, and what follows: letters, ``post``, ``dev``, a conda letter (``1.0.2p``).
_VERSION = re.compile(r"v?(\d+!)?(\d+(?:\.\d+)*)(.*)", re.DOTALL | re.IGNORECASE)


class Policy(Enum):
    """How far a range reaches above the pinned release."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"
    MATRIX = "matrix"
    """Up to the last release that is known to work with the rest of the file; where nothing is known, as minor."""


#: The number of a release that the next series raises, from 0.
_RAISED = {Policy.MAJOR: 0, Policy.MINOR: 1, Policy.MATRIX: 1, Policy.PATCH: 2}


class UnreadableVersionError(ValueError):
    """A version without numbers at its start, of which no series can be told."""


def series_end(version: str, policy: Policy) -> str:
    """The first version of the series after that of *version*: the upper bound, which is out.

    - ``minor`` (the default) raises the second number, ``major`` the first, ``patch`` the third. Numbers that are not
      written count as 0: 2.7 ends at 2.8, and 5 at 5.1.
    - 0.x releases: by SemVer's rule 4 and the custom of 0.0.x, the first number that is not 0 is the one that may
      break, so no policy raises one before it: 0.21.3 ends at 0.22 also with ``major``, 0.0.22 at 0.0.23 also with
      ``minor``.
    - Calendar versions are read by position like any other: with ``minor`` 2024.2.1 stays in its month, with
      ``major`` in its year.
    - An epoch stays: 1!2.0.3 ends at 1!2.1.
    - Post, pre and dev releases, and conda's letters, end where the release that they belong to ends: 2.0.0rc1,
      2.0.0.post1 and 2.0.0.dev3 end at 2.1. PEP 440 keeps pre-releases of 2.1 out of ``<2.1``.

    Raises: UnreadableVersionError.
    Source: https://semver.org/#spec-item-4, https://peps.python.org/pep-0440/#exclusive-ordered-comparison
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise UnreadableVersionError(version)
    numbers = [int(number) for number in match[2].split(".")]
    breaking = next((place for place, number in enumerate(numbers) if number), 0)
    raised = max(_RAISED[policy], breaking)
    numbers += [0] * (raised + 1 - len(numbers))
    return (match[1] or "") + ".".join(map(str, (*numbers[:raised], numbers[raised] + 1)))


def numbers_of(version: str) -> int:
    """How many numbers the release of *version* has: 3 for ``2.1.0``. 0 where it has none."""
    match = _VERSION.fullmatch(version)
    return match[2].count(".") + 1 if match else 0
