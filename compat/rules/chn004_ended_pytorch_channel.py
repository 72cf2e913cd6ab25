"""CHN004: an open pytorch from the channel pytorch, which gets no new releases."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import evidence_of
from compat.rules.base import Rule, Subject
from compat.rules.channels import PYTORCH, limit_of
from compat.rules.conda_torch import admits, family_of, newest_release
from compat.rules.wording import quoted


class EndedPytorchChannel(Rule):
    """pytorch without an upper bound from the channel ``pytorch``.

    What it finds:
        A pytorch requirement that admits newer releases than the last one of the channel ``pytorch``, in a file whose
        first channel for it is that one.

    Why it matters:
        The channel ended with 2.5.1. What looks like "the newest pytorch" stays there, with the CUDA and the Pythons
        of 2024.

    Example:
        channels:
          - pytorch
        dependencies:
          - pytorch

    Use instead:
        channels:
          - conda-forge
        dependencies:
          - pytorch

    Source:
        https://github.com/pytorch/pytorch/issues/138506
    """

    code, name = "CHN004", "ended-pytorch-channel"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for entry in family_of(subject):
            limit = limit_of(subject, PYTORCH, entry)
            if entry.name != "pytorch" or limit is None or not limit.newest or entry.spec.build is not None:
                continue
            newest = newest_release(subject)
            series = limit.newest.rpartition(".")[0]
            if str(newest) != limit.newest or not admits(entry, f">{limit.newest},!={series}.*"):
                continue  # something else holds it back, or the series is what is meant
            yield self.found(
                Severity.INFO,
                f"{quoted(entry)} from the channel `pytorch` stays at {newest}: the channel ended there",
                entry.place,
                packages=["torch"],
                evidence=[evidence_of(limit.claim, limit.fact)],
                hint=f"newer releases are on conda-forge and pip; pin `pytorch={newest}` if that one is meant",
            )
