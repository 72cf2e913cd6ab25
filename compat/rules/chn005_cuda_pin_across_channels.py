"""CHN005: a CUDA pin for builds of one channel, and packages that come from another."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import evidence_of
from compat.rules.base import Rule, Subject, worst
from compat.rules.channels import CONDA_FORGE, PYTORCH, canonical, channel_of, channels_of
from compat.rules.conda_builds import build_of
from compat.rules.conda_pairs import broken_pairs
from compat.rules.conda_torch import FAMILY, entries_named, forces_cpu, forces_cuda, is_replaced, project_names
from compat.rules.wording import quoted, relate

#: The couplings of the matrix that are about packages of two channels.
COUPLINGS = ("pytorch-cuda-selects-nothing", "pyg-channel-needs-pytorch-channel")


class CudaPinAcrossChannels(Rule):
    """``pytorch-cuda`` beside a pytorch that comes from conda-forge.

    What it finds:
        ``pytorch-cuda`` where pytorch is taken from conda-forge, because that channel stands first or because only it
        has the release; packages of the channel ``pyg`` beside conda-forge's pytorch; and, where strict channel
        priority is set, a build string of one channel for a package that an earlier one serves.

    Why it matters:
        ``pytorch-cuda`` chooses among builds of the channel ``pytorch`` only. conda-forge's builds do not know it, so
        its CPU build satisfies the file just as well. Under strict priority a build string of a later channel is never
        looked at, and there is no solution.

    Example:
        channels: [pytorch, nvidia, conda-forge]
        dependencies:
          - pytorch>=2.6
          - pytorch-cuda=12.4

    Use instead:
        channels: [conda-forge]
        dependencies:
          - pytorch-gpu>=2.6
          - cuda-version=12.6

    Source:
        https://github.com/esa/AnomalyMatch/pull/11
    """

    code, name = "CHN005", "cuda-pin-across-channels"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.situation.conda:
            return
        if forces_cpu(subject) is None:
            yield from self._selects_nothing(subject)
        if any(document.channel_priority == "strict" for document in subject.environment.documents):
            yield from self._strict(subject)

    def _selects_nothing(self, subject: Subject) -> Iterator[Diagnostic]:
        pairs = list(broken_pairs(subject, *COUPLINGS)) if CONDA_FORGE in channels_of(subject) else []
        for coupling, first, second in pairs:
            evidence = [evidence_of(coupling.effect, coupling.fact)]
            yield self.found(
                worst(Severity.INFO if forces_cuda(subject) else Severity(coupling.severity), evidence),
                f"{quoted(second)} beside {quoted(first)}: {coupling.effect}",
                second.place,
                packages=project_names(subject, [first, second]),
                related=relate([first]),
                evidence=evidence,
                hint=coupling.remedy,
            )
        selectors = entries_named(subject, "pytorch-cuda")
        torch = next((e for e in entries_named(subject, "pytorch") if not is_replaced(subject, e)), None)
        if pairs or not selectors or torch is None or channel_of(subject, torch) != CONDA_FORGE or forces_cuda(subject):
            return
        seen = next((b for b in subject.matrix.conda_builds(torch.name) if _serves(b.channel, b.version, torch)), None)
        if seen is not None:
            yield self.found(
                Severity.WARNING,
                f"{quoted(torch)} may come from `conda-forge`, where {quoted(selectors[0])} chooses nothing: a CPU build satisfies it",
                selectors[0].place,
                packages=["torch", "pytorch-cuda"],
                related=[*relate([torch]), *_places(subject, CONDA_FORGE)],
                evidence=[evidence_of(f"conda-forge has pytorch {seen.version}", seen.fact)],
                hint="put `pytorch` and `nvidia` before `conda-forge`, or write `pytorch::pytorch`",
            )

    def _strict(self, subject: Subject) -> Iterator[Diagnostic]:
        """Build strings of one channel where an earlier one has the package: strict priority never looks there."""
        channels = channels_of(subject)
        for entry in entries_named(subject, *FAMILY):
            style = build_of(entry).style
            if entry.spec.channel is not None or style not in channels:
                continue
            earlier = channels[: channels.index(style)]
            holder = next((channel for channel in earlier if channel in (PYTORCH, CONDA_FORGE)), None)
            if holder is not None:
                yield self.found(
                    Severity.ERROR,
                    f"{quoted(entry)} is a build of `{style}`, but under strict channel priority {entry.name} comes from `{holder}`",
                    entry.place,
                    packages=project_names(subject, [entry]),
                    related=_places(subject, holder),
                    hint=f"put `{style}` first, or name the channel of the package",
                )


def _serves(channel: str, version: str, entry: CondaEntry) -> bool:
    return channel == CONDA_FORGE and entry.spec.matches(version)


def _places(subject: Subject, name: str) -> list[Related]:
    """Where the channel *name* is listed."""
    own = [channel for channel in subject.environment.channels if canonical(channel.name) == name]
    return [Related(place=channel.place, message=f"`{channel.name}` is named here") for channel in own[:1]]
