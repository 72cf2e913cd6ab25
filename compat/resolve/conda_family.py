"""What a conda build of the torch family requires of torch.

The channel ``pytorch`` pins exactly (``pytorch ==2.0.1``); conda-forge builds against a series
(``>=2.0.0,<2.1.0a0``) and sometimes against a later one than upstream did (torchvision 0.24.0 with 2.7 and 2.8), so
there the recorded builds widen the range.
"""

from __future__ import annotations

import re

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.builds import TORCH_FAMILY
from compat.model.knowledge import Matrix, Release
from compat.model.names import CondaName, PyPIName
from compat.model.requirements import Requirement, to_requirement

_TORCH = PyPIName("torch")
_BOUNDS = re.compile(r"^(?:pytorch|libtorch)\s+>=([\d.]+),<([\d.]+?)(?:\.0a0|a0)?$")
_EXACT = re.compile(r"^pytorch\s+==?([\d.]+)$")


def conda_requires(matrix: Matrix, release: Release, *, pytorch_only: bool) -> tuple[Requirement, ...]:
    """The torch requirement of a conda torchvision, torchaudio or torchtext; empty for every other project.

    Other conda recipes bound their dependencies in their own way, which the matrix does not hold.
    """
    if release.project not in TORCH_FAMILY or release.project == _TORCH:
        return ()
    pin = _upstream_pin(release)
    if pin is None:
        return ()
    if pytorch_only:
        text = f"torch=={pin}"
        return (to_requirement(_TORCH, SpecifierSet(f"=={pin}"), text=text),)
    low, high = Version(f"{pin.major}.{pin.minor}"), Version(f"{pin.major}.{pin.minor + 1}")
    for build in matrix.conda_builds(CondaName(release.project)):
        if build.version == str(release.version):
            for spec in build.requires:
                if match := _BOUNDS.match(spec):
                    low, high = min(low, _series(match[1])), max(high, Version(match[2]))
                elif match := _EXACT.match(spec):
                    low, high = min(low, _series(match[1])), max(high, _next(_series(match[1])))
    bounds = f">={low},<{high}"
    return (to_requirement(_TORCH, SpecifierSet(bounds), text=f"torch{bounds}"),)


def _upstream_pin(release: Release) -> Version | None:
    """The torch release that the wheel's metadata pins with ``==``, without its label."""
    for requirement in release.requires:
        if requirement.name == _TORCH:
            for spec in requirement.public:
                if spec.operator == "==" and not spec.version.endswith(".*"):
                    return Version(spec.version)
    return None


def _series(text: str) -> Version:
    version = Version(text)
    return Version(f"{version.major}.{version.minor}")


def _next(series: Version) -> Version:
    return Version(f"{series.major}.{series.minor + 1}")
