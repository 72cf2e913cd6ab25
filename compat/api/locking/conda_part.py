"""The conda part of a lock: channels opened, every target asked for at once, and what cannot be had explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from compat.api.locking.aside import Aside
from compat.api.locking.inputs import Inputs
from compat.api.locking.options import LockOptions, Progress
from compat.api.locking.spelled_channels import spelled
from compat.index import ChannelSettings, find_channel_settings, open_channels
from compat.model.conda_records import CondaAnswer, CondaChannels, CondaRecord, CondaRefusal
from compat.model.environments import Environment
from compat.model.locking import Asker, LockedChannel, LockedRecord
from compat.model.targets import Target
from compat.resolve.conda.question import CondaQuestion, ask_conda

if TYPE_CHECKING:
    from compat.model.diagnostics import Diagnostic
    from compat.model.knowledge import Matrix


class CondaPart:
    """What conda installs, for all targets of a run. What it opens, *stack* closes. ``notes`` are about what was chosen.

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
        self.notes: list[str] = []

    def start(
        self, targets: Sequence[Target], previous: Mapping[Target, tuple[CondaRecord, ...]]
    ) -> Aside[tuple[CondaAnswer, ...]]:
        """The answers for *targets*, which are on their way; ``questions`` then holds what was asked.

        The channels are nobody else's until the answers are there.
        """
        self.questions = tuple(self._ask(target, previous.get(target, ())) for target in targets)
        requests = [question.request for question in self.questions]
        return Aside(lambda: self.channels.solve(requests))

    def _ask(self, target: Target, preferred: Sequence[CondaRecord] = ()) -> CondaQuestion:
        pip_part = bool(self._environment.pip)
        return ask_conda(self._environment, target, self._matrix, preferred=preferred, pip_part=pip_part)

    def settle(self, answers: Sequence[CondaAnswer]) -> Sequence[tuple[CondaQuestion, CondaAnswer]]:
        """The questions with *answers*; those for another Python where one that nobody has asked for is in the way."""
        answered = tuple(zip(self.questions, answers, strict=True))
        if not any(isinstance(answer, CondaRefusal) for answer in answers):
            return answered
        from compat.api.locking.assumed_python import other_python

        preferred = {question.target.text: question.request.preferred for question in self.questions}
        found = other_python(
            answered, self._environment, self.channels, lambda target: self._ask(target, preferred[target.text])
        )
        if found is None:
            return answered
        self.notes.append(found.note)
        return found.answered

    def explain(self, question: CondaQuestion) -> list[Diagnostic]:
        """Why there is no answer to *question*."""
        from compat.api.locking.conda_findings import conda_findings
        from compat.resolve.conda.conflict import explain_conda

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
    listed = tuple(dict.fromkeys(spelled(channel, environment.documents) for channel in environment.channels))
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
