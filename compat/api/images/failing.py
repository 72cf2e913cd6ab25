"""The first command of an image that fails by itself, whatever later commands would have replaced.

Only commands that lost a requirement to a later one are asked about: what holds together in the end holds together in each part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from compat.api.images.environment import Built, build, has_musl
from compat.api.images.fatal import ends_the_build
from compat.api.images.findings import in_image
from compat.api.images.steps import Step
from compat.api.judge import Judge
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import Document, Environment
from compat.model.places import Place
from compat.model.targets import Target
from compat.rules.base import Subject

#: The rules that say why requirements cannot be installed together, or one not at all.
_REFUSALS = frozenset({"ABI001", "CUD001", "CUD002", "ENV003", "PYV001", "PYV003", "REQ002", "REQ003", "REQ007"})


class Failing(NamedTuple):
    """A command that cannot work, and the errors that say so."""

    step: Step
    findings: tuple[Diagnostic, ...]
    names: frozenset[str]
    """All that it would have installed: what is said of the image about these rests on a command that fails."""

    def rests_on(self, finding: Diagnostic) -> bool:
        """Whether *finding*, of the image as it would be in the end, is about what the command would have installed."""
        return not self.names.isdisjoint(finding.packages)


def find_failing(document: Document, built: Built, judge: Judge, target: Target) -> Failing | None:
    """The first command of *built* that fails by itself; its errors are those of the environment that it asks for alone.

    What is there already does not count: pip replaces it, and conda may move it. The Python of the environment cannot move.
    """
    if has_musl(built.base):
        return None
    for step in _losers(built):
        if not ends_the_build(document.text, step):
            continue
        alone = _alone(document, built, step)
        situation = judge.assess(alone.environment, target)
        if not situation.conflicts:
            continue
        subject = Subject(alone.environment, target, judge.matrix, situation)
        errors = tuple(_errors(alone, subject, judge))
        if errors:
            asked = (name for _, name in _keys(step))
            return Failing(step, errors, frozenset({*asked, *map(str, situation.picks)}))
    return None


def _losers(built: Built) -> Iterator[Step]:
    """The commands that are sure to run and look at what they install, of whose requirements one is not there in the end."""
    kept = set(_keys(built.environment))
    for step in built.steps:
        if not step.number or step.removes or step.guarded or "no-deps" in step.install.flags:
            continue
        if not kept.issuperset(_keys(step)):
            yield step


def _keys(asking: Environment | Step) -> Iterator[tuple[Place, str]]:
    yield from ((entry.place, str(entry.name)) for entry in asking.pip)
    yield from ((entry.place, str(entry.name)) for entry in asking.conda)


def _alone(document: Document, built: Built, step: Step) -> Built:
    """The environment that *step* asks for, with the Python and the channels of the whole one."""
    alone = build(document, built.base, [step], built.environment.variant, python=built.python)
    pythons = tuple(entry for entry in built.environment.conda if entry.name == "python" and entry not in step.conda)
    own = alone.environment
    environment = own._replace(conda=(*pythons, *own.conda), channels=built.environment.channels)
    return alone._replace(environment=environment, steps=built.steps)


def _errors(alone: Built, subject: Subject, judge: Judge) -> Iterator[Diagnostic]:
    for finding in judge.on(subject):
        if finding.code in _REFUSALS:
            kept = in_image(finding, alone, subject)
            if kept is not None and kept.severity is Severity.ERROR:
                yield kept
