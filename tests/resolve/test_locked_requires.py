"""What a locked package keeps of its METADATA for the formats that have a place for it."""

from __future__ import annotations

from compat.model.locking import LockedTarget
from compat.resolve.pip.solve import solve_target
from tests.resolve.packages import TableSource
from tests.resolve.test_pip_solve import entries_of, to_target


def test_requires_dist_as_it_is_declared() -> None:
    """Also what does not apply here, or only with an extra: whoever reads the lock judges the markers anew."""
    requires = ["leaf>=1", "win; sys_platform == 'win32'", "more; extra == 'all'"]
    found = solve_target(
        entries_of(["app"]),
        to_target(),
        TableSource({"app": {"1.0": {"requires": requires}}, "leaf": {"2.0": {"requires": []}}}),
    )
    assert isinstance(found, LockedTarget)
    assert {package.name: package.requires for package in found.packages} == {"app": tuple(requires), "leaf": ()}
