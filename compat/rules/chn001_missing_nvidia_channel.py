"""CHN001: pytorch-cuda without the channel that holds what it depends on."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.conda_version import parse_conda_version, parse_version_spec
from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import CondaNeed, evidence_of
from compat.model.matchspec import parse_matchspec
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.channels import CONDA_FORGE, PYTORCH, add_channel, canonical, channels_of, is_known, is_within
from compat.rules.conda_torch import entries_named, major_of, minor_of
from compat.rules.wording import quoted

_PYTORCH_CUDA, _NVIDIA = "pytorch-cuda", "nvidia"
_LABEL = f"{_NVIDIA}/label/cuda-"

#: From this major on conda-forge and Anaconda have CUDA packages under the same names, which may do instead.
_SPLIT_TOOLKIT = 12


class MissingNvidiaChannel(Rule):
    """``pytorch-cuda`` without the channel ``nvidia``.

    What it finds:
        ``pytorch-cuda`` among the requirements of a file whose channels do not include ``nvidia``. A label of that
        (``nvidia/label/cuda-12.1.0``) does instead if it is of the same CUDA and late enough.

    Why it matters:
        ``pytorch-cuda`` depends on ``cuda-libraries``, ``libcublas`` and others of its CUDA, which the channel
        ``pytorch`` does not have: conda finds no solution, or puts it together from packages of other channels.

    Example:
        channels:
          - pytorch
        dependencies:
          - pytorch
          - pytorch-cuda=12.1

    Use instead:
        channels:
          - pytorch
          - nvidia
        dependencies:
          - pytorch
          - pytorch-cuda=12.1

    Source:
        https://pytorch.org/get-started/previous-versions/
    """

    code, name = "CHN001", "missing-nvidia-channel"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        entries = entries_named(subject, _PYTORCH_CUDA)
        channels = channels_of(subject)
        if not entries or not channels or not all(is_known(channel) for channel in channels):
            return
        needs = [need for need in subject.matrix.conda_needs() if _is_about(need, entries[0])]
        general = next((need for need in needs if _NVIDIA in need.needs), None)
        if general is None or _NVIDIA in channels:
            return
        labels = [channel for channel in channels if channel.startswith(_LABEL)]
        oldest = next((need for need in needs if need.needs[0].startswith(_LABEL)), None)
        if not labels:
            yield self._tell(subject, entries[0], general, "")
        elif not any(_serves(label, entries[0], oldest) for label in labels):
            yield self._tell(subject, entries[0], oldest or general, f": `{labels[0]}` does not hold all that it needs")

    def _tell(self, subject: Subject, entry: CondaEntry, need: CondaNeed, detail: str) -> Diagnostic:
        own = next(
            (c for c in subject.environment.channels if canonical(c.name) == PYTORCH), subject.environment.channels[-1]
        )
        # CUDA 11 was never split into such packages outside NVIDIA's channel.
        split = CONDA_FORGE in channels_of(subject) or (major_of(entry) or _SPLIT_TOOLKIT) >= _SPLIT_TOOLKIT
        return self.found(
            Severity.WARNING if detail or split else Severity.ERROR,
            f"{quoted(entry)} needs the channel `{_NVIDIA}`, which the file does not name{detail}",
            entry.place,
            packages=[entry.name],
            related=[Related(place=own.place, message="the channels are listed here")],
            evidence=[evidence_of(need.claim, need.fact)],
            fix=add_channel(subject, own, _NVIDIA),
        )


def _is_about(need: CondaNeed, entry: CondaEntry) -> bool:
    spec = parse_matchspec(need.spec)
    return spec.name == entry.name and is_within(entry.spec.version, spec.version)


def _serves(label: str, entry: CondaEntry, oldest: CondaNeed | None) -> bool:
    """Whether a label such as ``nvidia/label/cuda-12.1.1`` holds what *entry* depends on: its minor, and late enough."""
    wanted = minor_of(entry)
    release = label.removeprefix(_LABEL)
    if wanted is None or not release.replace(".", "").isdigit():
        return True
    if oldest is not None and parse_conda_version(release) < parse_conda_version(oldest.needs[0].removeprefix(_LABEL)):
        return False
    return parse_version_spec(f"{dotted(wanted)}.*").matches(release)
