"""CUD014: a release of pytorch without a build for the arm-variant asked for."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import evidence_of
from compat.rules.base import Rule, Subject, worst
from compat.rules.conda_pairs import broken_pairs
from compat.rules.conda_torch import project_names
from compat.rules.wording import quoted, relate

#: The coupling of the matrix that is about this.
COUPLINGS = ("pytorch-gpu-before-tegra",)


class ArmVariantWithoutBuild(Rule):
    """``arm-variant`` of a kind that the release of pytorch was not built for.

    What it finds:
        ``arm-variant`` for Jetson modules (``tegra``) beside a CUDA build of pytorch on conda-forge that was only made
        for servers (``sbsa``).

    Why it matters:
        The CUDA packages of conda-forge on linux-aarch64 depend on one of the two variants, and both cannot be
        installed together: conda finds no solution.

    Example:
        arm-variant = { version = "*", build = "tegra" }
        pytorch-gpu = "2.5.1"

    Use instead:
        arm-variant = { version = "*", build = "tegra" }
        pytorch-gpu = ">=2.10"

    Source:
        https://github.com/prefix-dev/pixi/issues/5657
    """

    code, name = "CUD014", "arm-variant-without-build"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for coupling, first, second in broken_pairs(subject, *COUPLINGS):
            evidence = [evidence_of(coupling.effect, coupling.fact)]
            yield self.found(
                worst(Severity(coupling.severity), evidence),
                f"{quoted(first)} has no build for {quoted(second)}: {coupling.effect}",
                first.place,
                packages=[*project_names(subject, [first]), "arm-variant"],
                related=relate([second]),
                evidence=evidence,
                hint=coupling.remedy,
            )
