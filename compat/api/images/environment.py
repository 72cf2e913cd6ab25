"""The environment that the commands of an image leave behind, as one value to judge."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, TypeVar

from compat.api.images.base import Base
from compat.api.images.force import Held, Replaced, in_force, with_indexes
from compat.api.images.steps import Step
from compat.model.diagnostics import Diagnostic, Related
from compat.model.environments import CondaEntry, Document, Environment, PythonBound
from compat.model.places import Place
from compat.model.pythons import admits_minor
from compat.model.requirements import PipEntry
from compat.model.targets import PYTHON_MINORS
from compat.rules.pyv004_python_outside_requires_python import PythonOutsideRequiresPython

_Item = TypeVar("_Item")


class Built(NamedTuple):
    """An environment of an image, the steps that made it, and what was replaced on the way."""

    environment: Environment
    base: Base
    steps: tuple[Step, ...]
    held: tuple[Held, ...]
    replaced: tuple[Replaced, ...]
    refused: tuple[Diagnostic, ...] = ()
    """What is wrong with the Python of the image for a project that is installed into it."""
    python: PythonBound | None = None
    """The Python of the image, where it is known."""

    def step_of(self, entry: PipEntry) -> Step | None:
        """The last step that asks for *entry*."""
        found = [item.step for item in self.held if item.entry is entry or item.entry == entry]
        return found[-1] if found else None

    def held_of(self, entry: PipEntry) -> Held:
        return next(item for item in self.held if item.entry == entry)

    def without(self, entries: Collection[PipEntry], replaced: tuple[Replaced, ...]) -> Built:
        """The same without *entries*."""
        return self._replace(
            environment=self.environment._replace(pip=tuple(e for e in self.environment.pip if e not in entries)),
            held=tuple(item for item in self.held if item.entry not in entries),
            replaced=(*self.replaced, *replaced),
        )

    def places(self) -> Iterator[tuple[Place, Step]]:
        """Every requirement's place with the step that asks for it."""
        yield from ((item.entry.place, item.step) for item in self.held)
        yield from ((entry.place, step) for step in self.steps for entry in step.conda)


def build(
    document: Document, base: Base, steps: Sequence[Step], prefix: str, *, python: PythonBound | None = None
) -> Built:
    """The environment *prefix* after *steps*, which are those that change it; *python* is its Python, where that is known already."""
    held, replaced = in_force(_without_base(steps, base))
    held, indexes = with_indexes([] if has_musl(base) else held, steps)
    python = python or base.python(prefix, steps)
    bounds = _flat([python] if python else [], *(step.pythons for step in steps))
    admitted, refused = _admitted(python, bounds, base)
    environment = Environment(
        root=document.path,
        variant=prefix,
        documents=(document, *(d for d in _flat(*(step.documents for step in steps)) if d.path != document.path)),
        pip=tuple(item.entry for item in held),
        conda=_conda(steps),
        channels=_flat(*(step.channels for step in steps)),
        indexes=indexes,
        pythons=admitted,
        system=(),
        stages=base.stages,
    )
    return Built(environment, base, tuple(steps), tuple(held), tuple(replaced), refused, python)


def _without_base(steps: Sequence[Step], base: Base) -> list[Step]:
    """*steps* without what conda installs over the base image, and without pip where wheels are for another C library."""
    conda = {str(entry.name) for step in steps for entry in step.conda} | {
        "torch" for step in steps for entry in step.conda if entry.name in {"pytorch", "pytorch-gpu", "pytorch-cpu"}
    }
    if has_musl(base):
        return [step._replace(pip=()) for step in steps]
    return [
        step if step.number else step._replace(pip=tuple(entry for entry in step.pip if entry.name not in conda))
        for step in steps
    ]


def has_musl(base: Base) -> bool:
    """Whether the Python of the image takes wheels for musl, which no table knows of."""
    return base.image is not None and base.image.musl and base.image.kind in {"python", "system"}


def _flat(*groups: Sequence[_Item]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))


def _conda(steps: Sequence[Step]) -> tuple[CondaEntry, ...]:
    """The MatchSpecs that hold: conda keeps what was asked for before, unless a later command names the package again."""
    found: list[CondaEntry] = []
    for step in steps:
        names = {entry.name for entry in step.conda}
        found = [entry for entry in found if entry.name not in names]
        found.extend(() if step.removes else step.conda)
    return tuple(dict.fromkeys(found))


def _admitted(
    python: PythonBound | None, bounds: Sequence[PythonBound], base: Base
) -> tuple[tuple[PythonBound, ...], tuple[Diagnostic, ...]]:
    """The bounds on Python, without those of projects that the image's Python is outside of, which are told."""
    if python is None:
        return tuple(bounds), ()
    minors = [minor for minor in PYTHON_MINORS if admits_minor(python.specifier, minor)]
    fitting = [bound for bound in bounds if any(admits_minor(bound.specifier, minor) for minor in minors)]
    refused = (_refusal(bound, python, base) for bound in bounds if bound not in fitting and minors)
    return tuple(fitting), tuple(refused)


def _refusal(bound: PythonBound, python: PythonBound, base: Base) -> Diagnostic:
    from compat.model.diagnostics import Severity

    rule = PythonOutsideRequiresPython()
    return rule.found(
        Severity.ERROR,
        f"the project asks for Python `{bound.text}`, the image has {python.text.removeprefix('==').removesuffix('.*')}",
        bound.place,
        packages=["python"],
        related=[Related(python.place, f"`{base.stage.base}` brings this Python")],
    )
