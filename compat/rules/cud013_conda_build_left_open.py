"""CUD013: nothing in the file says whether conda shall take torch for CUDA or for the CPU."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Fix, Safety, Severity
from compat.model.environments import CondaEntry
from compat.rules.base import Rule, Subject
from compat.rules.builds import TEGRA
from compat.rules.channels import CONDA_FORGE, PYTORCH, channel_of
from compat.rules.conda_torch import admits, entries_named, forces_cpu, forces_cuda, newest_release
from compat.rules.wording import quoted

_SELECTORS = ("pytorch-cuda", "cudatoolkit", "cuda-version", "pytorch-mutex", "cuda-toolkit", "cuda")

#: The first release of pytorch that conda-forge built for Jetson modules.
#: Source: https://github.com/prefix-dev/pixi/issues/5657
_FIRST_TEGRA = "2.10"


class CondaBuildLeftOpen(Rule):
    """pytorch from conda, and nothing that chooses between its builds for CUDA and for the CPU.

    What it finds:
        pytorch of the channel ``pytorch`` without ``pytorch-cuda``, ``cudatoolkit``, ``cpuonly`` or a build string, on
        a target that has a GPU, or that has none. On Jetson modules: pytorch of conda-forge without ``arm-variant``.

    Why it matters:
        The channel ``pytorch`` then gives its newest CUDA build wherever it fits: gigabytes of CUDA libraries on a
        machine without a GPU, and on one with a GPU a CUDA that its driver may be too old for.

    Example:
        - pytorch::pytorch=2.4.1

    Use instead:
        - pytorch::pytorch=2.4.1
        - cpuonly

    Source:
        https://pytorch.org/get-started/previous-versions/
    """

    code, name = "CUD013", "conda-build-left-open"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        target = subject.target
        torch = next(iter(entries_named(subject, "pytorch")), None)
        if torch is None or (target.gpu is None and not target.wants_gpu) or "torch" in subject.situation.overlaps:
            return
        channel = channel_of(subject, torch)
        if channel == CONDA_FORGE and target.gpu in TEGRA and not entries_named(subject, "arm-variant"):
            yield self._tegra(torch)
        if channel != PYTORCH or target.subdir not in ("linux-64", "win-64") or entries_named(subject, *_SELECTORS):
            return
        if forces_cpu(subject) is None and forces_cuda(subject) is None:
            yield self._with_gpu(subject, torch) if target.wants_gpu else self._without_gpu(torch)

    def _without_gpu(self, torch: CondaEntry) -> Diagnostic:
        return self.found(
            Severity.INFO,
            f"{quoted(torch)} comes with CUDA from the channel `pytorch`, and the target has no GPU",
            torch.place,
            packages=["torch"],
            fix=Fix(title="Add `cpuonly` to the conda requirements", safety=Safety.SHOWN),
        )

    def _with_gpu(self, subject: Subject, torch: CondaEntry) -> Diagnostic:
        newest = newest_release(subject)
        lines = subject.matrix.conda_lines(str(newest)) if newest is not None else ()
        line = next((line for line in lines if line.selector != "cpuonly" and line.cuda), None)
        like = f" such as `{line.selector}={line.cuda[-1]}`" if line is not None else ""
        return self.found(
            Severity.INFO,
            f"nothing beside {quoted(torch)} chooses its CUDA build: add a selector{like}",
            torch.place,
            packages=["torch"],
        )

    def _tegra(self, torch: CondaEntry) -> Diagnostic:
        late = admits(torch, f">={_FIRST_TEGRA}")
        return self.found(
            Severity.INFO,
            f"{quoted(torch)} on a Jetson module: conda-forge has builds for Jetson from {_FIRST_TEGRA} on, chosen by `arm-variant`",
            torch.place,
            packages=["torch"],
            hint=f"{'' if late else f'move to pytorch {_FIRST_TEGRA}, and '}add `arm-variant=*=tegra` for CUDA 12",
        )
