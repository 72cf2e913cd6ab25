"""Both parts of a lock: conda solved for all targets at once, then the pip part on top of what conda installs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from compat.api.locking.conda_part import CondaPart, to_locked
from compat.api.locking.files import previous_records
from compat.api.locking.inputs import Inputs
from compat.api.locking.options import LockOptions, Progress
from compat.model.conda_records import CondaAnswer, CondaRecord, CondaRefusal
from compat.model.locking import LockedChannel, LockedRecord, LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.targets import Target
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.conda.virtual_packages import assumed_sentence

if TYPE_CHECKING:  # an environment without a pip part needs none of pip's
    from compat.api.locking.pip_part import PipPart
    from compat.model.diagnostics import Diagnostic
    from compat.model.knowledge import Matrix
    from compat.model.solutions import Conflict
    from compat.resolve.offline import Cache
    from compat.resolve.pip.solve import Undecided


class Mixed:
    """The two parts of one run; conda's is being solved from the start, in a thread of its own.

    *pip* gives the pip part, and is asked only where there is one. ``warnings`` are the findings that stand beside a lock. Raises: UnreachedError, UsageError.
    """

    def __init__(
        self,
        inputs: Inputs,
        options: LockOptions,
        knowledge: tuple[Matrix, Cache],
        pip: Callable[[], PipPart],
        stack: ExitStack,
        progress: Progress,
    ) -> None:
        self._inputs = inputs
        self._knowledge = knowledge
        self._matrix = knowledge[0]
        self._pip = pip
        self._progress = progress
        self.warnings: list[Diagnostic] = []
        self._conda = CondaPart(inputs, options, self._matrix, stack, progress)
        progress("solving the conda part")
        self._coming = self._conda.start(inputs.targets, _kept(inputs, options))
        if inputs.environment.pip:
            for target in inputs.targets:
                pip().expect(target)

    @property
    def channels(self) -> tuple[LockedChannel, ...]:
        return self._conda.locked_channels

    @property
    def notes(self) -> Sequence[str]:
        return self._conda.notes

    @cached_property
    def _answers(self) -> Mapping[Target, tuple[CondaQuestion, CondaAnswer]]:
        """By the targets of the run; that of the question has another Python where nobody has asked for one."""
        return dict(zip(self._inputs.targets, self._conda.settle(self._coming.result()), strict=True))

    def settled(self, target: Target) -> Target:
        """*target* with the Python that it is solved for."""
        return self._answers[target][0].target

    def is_refused(self, target: Target) -> bool:
        """Whether the channels have no conda part for *target*, whatever its pip part is."""
        return isinstance(self._answers[target][1], CondaRefusal)

    @staticmethod
    def merged(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
        """What stands in the way, each once for all the targets that have it."""
        from compat.api.locking.conda_findings import merge_findings

        return merge_findings(findings)

    def solve(
        self, target: Target, name: str, previous: Mapping[PyPIName, str]
    ) -> LockedTarget | Conflict | Undecided | list[Diagnostic]:
        """What is locked for *target*, or why nothing can be."""
        question, answer = self._answers[target]
        target = question.target
        if isinstance(answer, CondaRefusal):
            if answer.cut_off:
                from compat.resolve.pip.solve import Undecided

                return Undecided("the search for conda packages that go together was cut off")
            return self._conda.explain(question)
        if not self._inputs.environment.pip:
            return self._completed(LockedTarget(target, name, ()), question, answer)
        from compat.api.locking.joint_findings import in_both_findings, joint_findings, joint_notes
        from compat.model.joint import JointClash, JointSolution
        from compat.resolve.joint.search import solve_joint

        self._progress(f"solving the pip part beside it for {target.text}")
        side = self._pip().beside_conda(target, name, previous)
        found = solve_joint(question, answer, self._conda.channels, side, self._matrix)
        if isinstance(found, JointClash):
            return joint_findings(found, self._inputs.environment, target)
        if not isinstance(found, JointSolution):
            return found
        self.warnings += in_both_findings(found, self._inputs.environment, target, self._knowledge)
        notes = (*found.pip.notes, *joint_notes(found))
        return self._completed(found.pip._replace(notes=notes), question, found.conda)

    def _completed(self, found: LockedTarget, question: CondaQuestion, records: Sequence[CondaRecord]) -> LockedTarget:
        """*found* with the conda part, and with what was taken for granted of the machine."""
        from compat.api.locking.conda_gpu import gpu_note

        system = self._inputs.environment.system
        notes = [*found.notes, assumed_sentence(question.target, question.request.virtual, system)]
        notes += [note for note in (gpu_note(question, records),) if note is not None]
        return found._replace(
            conda=self._provided(to_locked(question, records)) if found.packages else to_locked(question, records),
            virtual=question.request.virtual,
            notes=tuple(notes),
        )

    def _provided(self, locked: Sequence[LockedRecord]) -> tuple[LockedRecord, ...]:
        """*locked* with the projects that each record stands in for, which pixi.lock has to say."""
        from compat.resolve.joint.installed import installed_projects

        found: dict[CondaRecord, list[tuple[PyPIName, str]]] = {}
        for one in installed_projects([each.record for each in locked], self._matrix).projects.values():
            if one.version is not None:
                found.setdefault(one.record, []).append((one.name, str(one.version)))
        return tuple(each._replace(provides=tuple(found.get(each.record, ()))) for each in locked)


def _kept(inputs: Inputs, options: LockOptions) -> Mapping[Target, tuple[CondaRecord, ...]]:
    """The records of the previous lock that a new one keeps where they still fit."""
    if options.upgrade:
        return {}
    found = previous_records(inputs.folder, inputs.targets)
    upgraded = options.upgraded
    return {
        target: tuple(record for record in records if to_pypi_name(record.name) not in upgraded)
        for target, records in found.items()
    }
