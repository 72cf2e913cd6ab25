"""The conda part of a lock: channels opened, every target asked for at once, and what cannot be had explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from compat.api.lock_inputs import Inputs
from compat.api.lock_options import LockOptions, Progress
from compat.index import ChannelSettings, find_channel_settings, open_channels
from compat.model.conda_records import CondaAnswer, CondaChannels, CondaRecord
from compat.model.diagnostics import Diagnostic
from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.locking import Asker, LockedChannel, LockedRecord
from compat.model.targets import Target
from compat.resolve.conda_question import CondaQuestion, ask_conda


class CondaPart:
    """What conda installs, for all targets of a run. What it opens, *stack* closes.

    Raises: UnreachedError, UsageError.
    """

    def __init__(
        self, inputs: Inputs, options: LockOptions, matrix: Matrix, stack: ExitStack, progress: Progress
    ) -> None:
        self._environment = inputs.environment
        self._matrix = matrix
        self._progress = progress
        self._settings = channel_settings(inputs.environment, options)
        self.channels: CondaChannels = stack.enter_context(open_channels(self._settings))
        self.questions: tuple[CondaQuestion, ...] = ()

    def solve(
        self, targets: Sequence[Target], previous: Mapping[Target, tuple[CondaRecord, ...]]
    ) -> tuple[CondaAnswer, ...]:
        """The answer for each target; ``questions`` then holds what was asked."""
        self.questions = tuple(
            ask_conda(
                self._environment,
                target,
                self._matrix,
                preferred=previous.get(target, ()),
                pip_part=bool(self._environment.pip),
            )
            for target in targets
        )
        return self.channels.solve([question.request for question in self.questions])

    def explain(self, question: CondaQuestion) -> list[Diagnostic]:
        """Why there is no answer to *question*."""
        from compat.api.conda_findings import conda_findings
        from compat.resolve.conda_conflict import explain_conda

        self._progress(f"finding out why there is no conda part for {question.target.text}")
        clash = explain_conda(question, self.channels)
        return conda_findings(clash, self._environment, question.target, self._matrix)

    @property
    def locked_channels(self) -> tuple[LockedChannel, ...]:
        return self._settings.channels


def channel_settings(environment: Environment, options: LockOptions) -> ChannelSettings:
    """The channels that the call names, else those of the files, else those that the user has configured for conda.

    An entry with a channel of its own (``nvidia::cuda``) brings that channel, unless the call has named the channels.
    """
    listed = tuple(dict.fromkeys(channel.name for channel in environment.channels))
    named = tuple(dict.fromkeys(entry.spec.channel for entry in environment.conda if entry.spec.channel))
    priority = next((d.channel_priority for d in environment.documents if d.channel_priority), "")
    return find_channel_settings(
        options.channels or listed,
        also=() if options.channels else named,
        offline=options.offline,
        exclude_newer=options.exclude_newer,
        cache_folder=options.cache_dir,
        no_cache=options.no_cache,
        channel_priority=options.channel_priority or priority,
    )


def to_locked(question: CondaQuestion, records: Sequence[CondaRecord]) -> tuple[LockedRecord, ...]:
    """*records* by name, with the lines of the files that ask for them."""
    lines: dict[str, list[Asker]] = {}
    for entry in question.entries:
        lines.setdefault(entry.name, []).append(Asker(entry.spec.text, place=entry.place))
    return tuple(
        LockedRecord(record, tuple(lines.get(record.name, ())))
        for record in sorted(records, key=lambda record: record.name)
    )
