"""Judging a Dockerfile: every leaf stage, every environment in it, by all rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from compat.api.files import Library
from compat.api.images.base import Base, base_of, refined
from compat.api.images.environment import Built, build
from compat.api.images.failing import find_failing
from compat.api.images.findings import in_image, own_findings
from compat.api.images.force import Replaced
from compat.api.images.includes import Context
from compat.api.images.steps import Step, steps_of
from compat.api.judge import Judge
from compat.model.containers import ImageBuild, installs_of
from compat.model.diagnostics import Diagnostic
from compat.model.environments import Document, Environment, Problem
from compat.model.knowledge import Matrix
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Situation
from compat.model.targets import Target
from compat.rules.base import Subject
from compat.rules.img007_later_install_replaces import LaterInstallReplaces

#: Rounds of taking out what a later command replaces; each takes out at least one requirement.
_MAX_ROUNDS = 12


class ImageRoot(NamedTuple):
    """A Dockerfile, and the files of the repository that its commands install from."""

    document: Document
    steps: Mapping[int, tuple[Step, ...]]
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]

    @property
    def installed(self) -> frozenset[str]:
        """The paths of files that the image is sure to install with all that they require."""
        steps = [step for own in self.steps.values() for step in own]
        sure = (step for step in steps if not step.guarded and "no-deps" not in step.install.flags)
        return frozenset(document.path for step in sure for document in step.documents)

    @property
    def build(self) -> ImageBuild:
        assert self.document.image is not None
        return self.document.image


def read_image(
    path: str, data: bytes, library: Library, arguments: Mapping[str, str] = MappingProxyType({})
) -> ImageRoot:
    """The Dockerfile at *path* and what it includes. Raises: FileProblem where it does not parse."""
    from compat.formats.dockerfile import read_dockerfile
    from compat.text.source import decode

    return image_root(read_dockerfile(decode(path, data), arguments), library)


def image_root(document: Document, library: Library) -> ImageRoot:
    """*document*, a Dockerfile, with the files that its commands name."""
    assert document.image is not None
    told = (problem for _, _, install in installs_of(document.image.stages) for problem in install.problems)
    document = document._replace(problems=tuple(dict.fromkeys((*document.problems, *told))))
    assert document.image is not None
    steps = steps_of(document.image, Context(library, document.path))
    included = [step.included for own in steps.values() for step in own]
    documents = {found.path: found for item in included for found in item.documents}
    problems = tuple(dict.fromkeys(problem for item in included for problem in item.problems))
    return ImageRoot(document, steps, tuple(documents.values()), problems)


def judge_image(
    root: ImageRoot, judge: Judge, targets: Sequence[Target], *, platform: str = "", target_stage: str = ""
) -> Iterator[Diagnostic]:
    """The findings of an image on *targets*.

    Args: *platform* is what the caller builds it for (``linux/arm64``), "" where it does not say. *target_stage* is the name or number of
    the stage that the caller builds; without it every stage counts that no other one is FROM.
    """
    for base, prefix, steps in _environments(root, judge.matrix, target_stage):
        for target in targets:
            yield from _judge(root, base, steps, prefix, judge, refined(target, base, platform))


def environments_of_image(root: ImageRoot, matrix: Matrix) -> Iterator[Environment]:
    """The environments of an image, before anything is known of a target."""
    for base, prefix, steps in _environments(root, matrix, ""):
        yield build(root.document, base, steps, prefix).environment


def _environments(root: ImageRoot, matrix: Matrix, wanted: str) -> Iterator[tuple[Base, str, list[Step]]]:
    """The base, name and steps of every environment of every leaf; the first one is there even where nothing is installed."""
    for number in _leaves(root.build, wanted):
        chain = root.build.chain(number)
        base = base_of(chain, matrix)
        steps = [base.step(), *(step for stage in chain for step in root.steps[stage.number])]
        for prefix in dict.fromkeys(("", *(step.prefix for step in steps))):
            yield base, prefix, [step for step in steps if step.prefix == prefix]


def _leaves(build: ImageBuild, wanted: str) -> Iterator[int]:
    parents = {stage.parent for stage in build.stages}
    for stage in build.stages:
        if wanted and wanted.lower() not in {stage.name.lower(), str(stage.number)}:
            continue
        if wanted or stage.number not in parents:
            yield stage.number


def _judge(
    root: ImageRoot, base: Base, steps: Sequence[Step], prefix: str, judge: Judge, target: Target
) -> Iterator[Diagnostic]:
    built = build(root.document, base, steps, prefix)
    if built.python is not None:
        target = target._replace(python=None)  # the image decides which one runs, whatever the target has
    built, situation = _settled(built, judge, target)
    failing = find_failing(root.document, built, judge, target)
    if failing is not None:
        yield from failing.findings
    for finding in _in_the_end(built, Subject(built.environment, target, judge.matrix, situation), judge):
        if failing is None or not failing.rests_on(finding):
            yield finding._replace(targets=(target.text,))


def _in_the_end(built: Built, subject: Subject, judge: Judge) -> Iterator[Diagnostic]:
    """What is told of the environment after the last command."""
    for item in built.replaced:
        brought = "" if item.old.step.number else built.base.stage.base
        yield LaterInstallReplaces().tell(item.old.entry, item.new, item.step.place, item.why, brought)
    for finding in judge.on(subject):
        kept = in_image(finding, built, subject)
        if kept is not None:
            yield kept
    yield from own_findings(built, subject)


def _settled(built: Built, judge: Judge, target: Target) -> tuple[Built, Situation]:
    """*built* without the requirements of earlier commands that those of a later one exclude: pip goes on and replaces.

    Only what one command asks for must hold together.
    """
    situation = judge.assess(built.environment, target)
    for _ in range(_MAX_ROUNDS):
        outdone = (_outdone(built, conflict) for conflict in situation.conflicts)
        found = next((one for one in outdone if one is not None), None)
        if found is None:
            break
        built, situation = found, judge.assess(found.environment, target)
    return built, situation


def _outdone(built: Built, conflict: Conflict) -> Built | None:
    """*built* without what the last command of a conflict outdoes; None where one command asks for all of it."""
    entries = [entry for entry in conflict.entries if isinstance(entry, PipEntry)]
    steps = {entry: built.step_of(entry) for entry in entries}
    numbers = sorted({step.number for step in steps.values() if step is not None})
    if len(numbers) < 2:
        return None
    loose = [
        entry for entry, step in steps.items() if step is not None and (step.guarded or "no-deps" in step.install.flags)
    ]
    first = loose or [entry for entry, step in steps.items() if step is not None and step.number == numbers[0]]
    last = [entry for entry, step in steps.items() if step is not None and step.number == numbers[-1]]
    step = steps[last[0]]
    assert step is not None
    why = "" if len(set(conflict.projects)) == 1 else last[0].name
    told = () if loose else tuple(Replaced(built.held_of(old), tuple(last), step, why) for old in first)
    return built.without(first, told)
