"""CUD011: a conda CUDA package that does not choose the build it seems to choose."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import evidence_of
from compat.rules.base import Rule, Subject, worst
from compat.rules.channels import PYTORCH, channel_of
from compat.rules.conda_builds import build_of
from compat.rules.conda_pairs import BrokenPair, broken_pairs
from compat.rules.conda_torch import (
    FAMILY,
    entries_named,
    forces_cpu,
    forces_cuda,
    minor_of,
    project_names,
)
from compat.rules.wording import quoted, relate

#: The couplings of the matrix that are about the build which a CUDA package gets.
COUPLINGS = ("cudatoolkit-selects-nothing", "pytorch-windows-cudatoolkit-10.2", "torchdata-forces-cpu")


class CudatoolkitDoesNotChooseBuild(Rule):
    """``cudatoolkit`` or ``pytorch-cuda`` that chooses no build of pytorch.

    What it finds:
        ``cudatoolkit`` beside pytorch 1.13 or later of the channel ``pytorch``, whose builds are chosen by
        ``pytorch-cuda``; both of them in one file; ``cpuonly`` beside either; and versions that are known to give the
        CPU build (``cudatoolkit=10.2`` on Windows from 1.11 on, torchdata 0.3.0).

    Why it matters:
        The file looks like one for a certain CUDA, and conda installs a build for another one, or for the CPU, plus a
        toolkit of some gigabytes that nothing uses.

    Example:
        - pytorch::pytorch=2.0.1
        - cudatoolkit=11.8

    Use instead:
        - pytorch::pytorch=2.0.1
        - pytorch-cuda=11.8

    Source:
        https://github.com/pytorch/test-infra/pull/1351
    """

    code, name = "CUD011", "cudatoolkit-does-not-choose-build"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        selectors = entries_named(subject, "cudatoolkit", "pytorch-cuda")
        if not selectors or subject.target.subdir not in ("linux-64", "win-64"):
            return
        cpu = forces_cpu(subject)
        if cpu is not None and cpu.name == "cpuonly":
            yield self.found(
                Severity.WARNING,
                f"{quoted(cpu)} takes the CPU build of pytorch, so {quoted(selectors[0])} chooses nothing",
                selectors[0].place,
                packages=[selectors[0].name, "cpuonly"],
                related=relate([cpu]),
                hint=f"leave out `cpuonly` for CUDA, or {quoted(selectors[0])} for the CPU",
            )
            return
        pairs = list(broken_pairs(subject, *COUPLINGS))
        for pair in pairs:
            if build_of(pair.first).cuda is None:
                yield self._pair(subject, pair)
        if not pairs:
            yield from self._both(subject)

    def _pair(self, subject: Subject, pair: BrokenPair) -> Diagnostic:
        coupling = pair.coupling
        evidence = [evidence_of(coupling.effect, coupling.fact)]
        chosen = entries_named(subject, "pytorch-cuda") or forces_cuda(subject)
        # Where something else chooses the build, the toolkit is only in the way.
        severity = Severity.INFO if chosen else worst(Severity(coupling.severity), evidence)
        cuda = minor_of(pair.second)
        like = (
            f" (`pytorch-cuda={cuda[0]}.{cuda[1]}`)" if cuda is not None and "pytorch-cuda" in coupling.remedy else ""
        )
        return self.found(
            severity,
            f"{quoted(pair.second)} does not choose the build of {quoted(pair.first)}: {coupling.effect}",
            pair.second.place,
            packages=[*project_names(subject, [pair.first]), pair.second.name],
            related=relate([pair.first]),
            evidence=evidence,
            hint=f"{coupling.remedy}{like}",
        )

    def _both(self, subject: Subject) -> Iterator[Diagnostic]:
        """`cudatoolkit` and pytorch-cuda, where it is not certain that pytorch is of a release that needs the latter."""
        toolkits, selectors = entries_named(subject, "cudatoolkit"), entries_named(subject, "pytorch-cuda")
        family = entries_named(subject, *FAMILY)
        if toolkits and selectors and all(channel_of(subject, entry) in (PYTORCH, None) for entry in family):
            yield self.found(
                Severity.INFO,
                f"{quoted(toolkits[0])} beside {quoted(selectors[0])}: only `pytorch-cuda` chooses the build of pytorch 1.13 and later",
                toolkits[0].place,
                packages=["cudatoolkit", "pytorch-cuda"],
                related=relate(selectors[:1]),
                hint=f"leave out {quoted(toolkits[0])}",
            )
