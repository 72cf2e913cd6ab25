"""CHN002: a release that none of the channels ever got."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.containers import installs_of
from compat.model.diagnostics import Diagnostic, Fix, Related, Safety, Severity
from compat.model.environments import CondaEntry
from compat.model.knowledge import CondaLimit, evidence_of
from compat.model.names import to_pypi_name
from compat.model.words import listed
from compat.rules.base import Rule, Subject, worst
from compat.rules.channels import (
    CONDA_FORGE,
    PYTORCH,
    canonical,
    channels_of,
    is_beyond,
    is_known,
    limit_of,
    sources_of,
)
from compat.rules.conda_builds import build_of
from compat.rules.conda_torch import FAMILY, admits, entries_named, project_names
from compat.rules.wording import quoted, version_fix

_PYTORCH_CUDA = "pytorch-cuda"

#: What stands behind the channels that a command names: `defaults` of Miniconda, conda-forge of Miniforge.
_CONFIGURED = ", so that it comes from a channel of conda's configuration, or not at all"


class ReleaseNotOnChannel(Rule):
    """A version that does not exist in any of the channels which the file names.

    What it finds:
        pytorch, torchvision or torchaudio newer than the last ones of the channel ``pytorch``, where only that
        channel can have them; ``pytorch-cuda`` of a version that was never made, or without the channel ``pytorch``;
        ``cudatoolkit`` of CUDA 12 or later; a build string of a channel that the file does not name.

    Why it matters:
        conda stops with ``PackagesNotFoundError`` or ``nothing provides``.

    Example:
        channels:
          - pytorch
          - nvidia
        dependencies:
          - pytorch=2.6

    Use instead:
        channels:
          - conda-forge
        dependencies:
          - pytorch=2.6

    Source:
        https://github.com/pytorch/pytorch/issues/138506
    """

    code, name = "CHN002", "release-not-on-channel"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for entry in entries_named(subject, *FAMILY):
            yield from self._ended(subject, entry)
            yield from self._foreign_build(subject, entry)
        for entry in entries_named(subject, _PYTORCH_CUDA):
            yield from self._selector(subject, entry)
        for entry in entries_named(subject, "cudatoolkit"):
            yield from self._toolkit(subject, entry)

    def _ended(self, subject: Subject, entry: CondaEntry) -> Iterator[Diagnostic]:
        """A version above the last one of the channel ``pytorch``, which is the only one that could have it."""
        limit = limit_of(subject, PYTORCH, entry)
        if limit is None or set(sources_of(subject, entry)) != {PYTORCH} or not is_beyond(entry, limit):
            return
        if entry.spec.channel:
            where = f"the channel `{entry.spec.channel}`"
        else:
            where = "the channels of this command" if _is_command(subject, entry) else "the channels of this file"
        why = f"`pytorch` ended with {entry.name} {limit.newest}" if limit.newest else limit.claim
        configured = not entry.spec.channel and _has_configured(subject, entry)
        yield self.found(
            Severity.WARNING if configured else Severity.ERROR,
            f"{quoted(entry)} is not in {where}: {why}{_CONFIGURED if configured else ''}",
            entry.place,
            packages=project_names(subject, [entry]),
            related=_channel_places(subject, entry),
            evidence=[evidence_of(limit.claim, limit.fact)],
            fix=Fix(title="Take it from `conda-forge`: name that channel instead of `pytorch`", safety=Safety.SHOWN),
        )

    def _foreign_build(self, subject: Subject, entry: CondaEntry) -> Iterator[Diagnostic]:
        """A build string of one channel where only others are named."""
        channels = (canonical(entry.spec.channel),) if entry.spec.channel else channels_of(subject)
        home = build_of(entry).style
        if not home or not channels or home in channels or any(not is_known(channel) for channel in channels):
            return
        yield self.found(
            # Channels of the user's own configuration come after those of the file.
            Severity.ERROR if entry.spec.channel else Severity.WARNING,
            f"{quoted(entry)} is a build of `{home}`, which is not in {listed([f'`{channel}`' for channel in channels])}",
            entry.place,
            packages=project_names(subject, [entry]),
            related=_channel_places(subject, entry),
            hint=f"name the channel `{home}`, or leave out the build string",
        )

    def _selector(self, subject: Subject, entry: CondaEntry) -> Iterator[Diagnostic]:
        """`pytorch-cuda` of a version that was never made, or where no channel can have it."""
        channels = (canonical(entry.spec.channel),) if entry.spec.channel else channels_of(subject)
        made = limit_of(subject, PYTORCH, entry)
        if made is None or any(not is_known(channel) for channel in channels):
            return
        if not made.newest:
            yield self._tell_selector(subject, entry, f"does not exist for {subject.target.subdir}", made)
        elif made.versions and not any(entry.spec.matches(version) for version in made.versions):
            fix = version_fix(entry, to_pypi_name(entry.name), _nearest(entry, made.versions))
            what = f"does not exist: `pytorch-cuda` was made for CUDA {listed(made.versions)} only"
            yield self._tell_selector(subject, entry, what, made, fix)
        elif channels and PYTORCH not in channels:
            what = f"is not in {listed([f'`{channel}`' for channel in channels])}: only the channel `pytorch` has it"
            yield self._tell_selector(subject, entry, what, limit_of(subject, CONDA_FORGE, entry) or made)

    def _tell_selector(
        self, subject: Subject, entry: CondaEntry, what: str, limit: CondaLimit, fix: Fix | None = None
    ) -> Diagnostic:
        return self.found(
            Severity.ERROR,
            f"{quoted(entry)} {what}",
            entry.place,
            packages=[entry.name],
            related=_channel_places(subject, entry),
            evidence=[evidence_of(limit.claim, limit.fact)],
            fix=fix,
            hint=_way_out(subject) if fix is None else None,
        )

    def _toolkit(self, subject: Subject, entry: CondaEntry) -> Iterator[Diagnostic]:
        """`cudatoolkit` beyond its last version; other channels than conda-forge may have ended earlier, not later."""
        limit = limit_of(subject, CONDA_FORGE, entry)
        channels = (canonical(entry.spec.channel),) if entry.spec.channel else channels_of(subject)
        if limit is None or not limit.newest or any(not is_known(channel) for channel in channels):
            return
        series = ".".join(limit.newest.split(".")[:2])
        if not is_beyond(entry, limit) or admits(entry, f"{series}.*"):
            return
        evidence = [evidence_of(limit.claim, limit.fact)]
        certain = bool(channels) and set(channels) <= {CONDA_FORGE, PYTORCH}
        on = f" for {subject.target.subdir}" if limit.subdirs else ""
        yield self.found(
            worst(Severity.ERROR, evidence) if certain else Severity.WARNING,
            f"{quoted(entry)} does not exist{on}: `cudatoolkit` ended with {limit.newest}",
            entry.place,
            packages=[entry.name],
            related=_channel_places(subject, entry),
            evidence=evidence,
            hint=None
            if limit.subdirs
            else "from CUDA 12 on, `cuda-version` chooses the CUDA of the packages that need it",
        )


def _is_command(subject: Subject, entry: CondaEntry) -> bool:
    """Whether a command of an image asks for *entry*, no file."""
    return bool(subject.environment.stages) and entry.place.path == subject.environment.root


def _has_configured(subject: Subject, entry: CondaEntry) -> bool:
    """Whether the channels of conda's configuration stay behind those of the command that asks for *entry*.

    Source: https://docs.conda.io/projects/conda/en/latest/commands/install.html (``--override-channels``)
    """
    if not _is_command(subject, entry):
        return False
    return not any(
        entry in install.conda and "override-channels" in install.flags
        for _, _, install in installs_of(subject.environment.stages)
    )


def _way_out(subject: Subject) -> str:
    """The channel that has `pytorch-cuda`, unless the file is about conda-forge or the platform has none."""
    limit = limit_of(subject, PYTORCH, entries_named(subject, _PYTORCH_CUDA)[0])
    if limit is not None and limit.newest and CONDA_FORGE not in channels_of(subject):
        return "name the channel `pytorch`, too"
    return "on conda-forge, `pytorch-gpu` and `cuda-version` choose the CUDA build"


def _nearest(entry: CondaEntry, versions: tuple[str, ...]) -> str:
    """The newest of *versions* that is below what *entry* asks for, else the oldest."""
    below = [version for version in versions if admits(entry, f">{version}")]
    return (below or list(versions[:1]))[-1]


def _channel_places(subject: Subject, entry: CondaEntry) -> list[Related]:
    """Where the channels stand, unless the entry names its own."""
    if entry.spec.channel is not None or not subject.environment.channels:
        return []
    return [Related(place=subject.environment.channels[0].place, message="the channels are listed here")]
