"""Judging a Dockerfile: every leaf stage, every environment in it, by all rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.api.images.base import Base, base_of, refined
from compat.api.images.environment import Built, build
from compat.api.images.failing import find_failing
from compat.api.images.findings import in_image, own_findings
from compat.api.images.force import Replaced
from compat.api.images.locks import lock_findings
from compat.api.images.reading import ImageRoot
from compat.api.images.steps import Step
from compat.api.judge import Judge
from compat.model.containers import ImageBuild
from compat.model.diagnostics import Diagnostic
from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.requirements import PipEntry
from compat.model.solutions import Conflict, Situation
from compat.model.targets import Target
from compat.rules.base import Subject
from compat.rules.img007_later_install_replaces import LaterInstallReplaces

#: Rounds of taking out what a later command replaces; each takes out at least one requirement.
_MAX_ROUNDS = 12


def judge_image(
    root: ImageRoot, judge: Judge, targets: Sequence[Target], *, platform: str = "", target_stage: str = ""
) -> Iterator[Diagnostic]:
    """The findings of an image on *targets*.

    Args: *platform* is what the caller builds it for (``linux/arm64``), "" where it does not say. *target_stage* is the name or number of
    the stage that the caller builds; without it every stage counts that no other one is FROM.
    """
    for target in targets:
        built = root.on(target, platform)
        for base, prefix, steps in _environments(built, judge.matrix, target_stage):
            yield from _judge(built, base, steps, prefix, judge, refined(target, base, platform))


def environments_of_image(root: ImageRoot, matrix: Matrix) -> Iterator[Environment]:
    """The environments of an image, before anything is known of a target."""
    for each in root.each():
        for base, prefix, steps in _environments(each, matrix, ""):
            yield build(each.document, base, steps, prefix).environment


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
    yield from (finding._replace(targets=(target.text,)) for finding in lock_findings(built, judge, target))
    failing = find_failing(root.document, built, judge, target)
    if failing is not None:
        yield from failing.findings
    for finding in _in_the_end(built, Subject(built.environment, target, judge.matrix, situation), judge):
        if failing is None or not failing.rests_on(finding):
            yield finding._replace(targets=(target.text,))


def _may_be_the_same(item: Replaced, built: Built) -> bool:
    """Whether the image may bring just what a command installs: a release that its tag does not name, of no build of its own."""
    image, old = built.base.image, item.old
    return not old.step.number and old.entry.requirement.url is not None and image is not None and not image.own_builds


def _in_the_end(built: Built, subject: Subject, judge: Judge) -> Iterator[Diagnostic]:
    """What is told of the environment after the last command."""
    for item in built.replaced:
        if _may_be_the_same(item, built):
            continue
        yield _tell_replaced(item, built, subject)
    for finding in judge.on(subject):
        kept = in_image(finding, built, subject)
        if kept is not None:
            yield kept
    yield from own_findings(built, subject)


def _tell_replaced(item: Replaced, built: Built, subject: Subject) -> Diagnostic:
    """What a later command does to an earlier requirement: another release of its project, or one that it does not fit."""
    entry = item.old.entry
    pick = subject.situation.picks.get(entry.name)
    return LaterInstallReplaces().tell(
        entry,
        item.new,
        item.step.place,
        reasons=item.reasons,
        base="" if item.old.step.number else built.base.stage.base,
        version=pick.version if pick is not None else None,
    )


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
    reasons = () if len(set(conflict.projects)) == 1 else conflict.steps
    told = () if loose else tuple(Replaced(built.held_of(old), tuple(last), step, reasons) for old in first)
    return built.without(first, told)
