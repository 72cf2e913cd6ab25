"""What is asked of conda channels for one target: the entries that apply there, and the request that they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from compat.model.conda_records import CondaRecord, CondaRequest
from compat.model.environments import CondaEntry, Environment
from compat.model.errors import UsageError
from compat.model.targets import Target
from compat.resolve.conda.solver_specs import to_solver_text
from compat.resolve.conda.virtual_packages import virtual_packages
from compat.resolve.situation import admitted_pythons, applying_conda

if TYPE_CHECKING:
    from compat.model.knowledge import Matrix


class CondaQuestion(NamedTuple):
    """One target's conda part. ``request.specs`` are ``entries`` in their order, then what the pip part needs."""

    target: Target
    entries: tuple[CondaEntry, ...]
    request: CondaRequest

    @property
    def python(self) -> str:
        """The Python that the request holds without the file saying it: ``3.11``, or ""."""
        text = next((text for text in self.request.constraints if text.startswith("python[version='")), "")
        return text.removeprefix("python[version='").removesuffix(".*']")


def ask_conda(
    environment: Environment,
    target: Target,
    matrix: Matrix,
    *,
    preferred: Sequence[CondaRecord] = (),
    pip_part: bool,
) -> CondaQuestion:
    """What conda is to install on *target*; with a *pip_part*, Python and pip as well.

    Where the file leaves Python open, that of the target is a constraint on it. Raises: UsageError for an entry that no
    solver takes.
    """
    entries = applying_conda(environment, target)
    names = {entry.name for entry in entries}
    specs = [_spelled(entry) for entry in entries]
    specs += [name for name in ("python", "pip") if pip_part and name not in names]
    request = CondaRequest(
        subdir=target.subdir,
        specs=tuple(specs),
        constraints=_python_constraint(environment, target),
        virtual=virtual_packages(target, matrix, environment.system),
        preferred=tuple(preferred),
    )
    return CondaQuestion(target, entries, request)


def _spelled(entry: CondaEntry) -> str:
    text = to_solver_text(entry.spec)
    if text is None:
        raise UsageError(
            f"{entry.place}: `{entry.spec.text}` compares versions as text, which the solver cannot",
            hint="write a range: `>=1.2,<1.3` or `1.2.*`",
        )
    return text


def _python_constraint(environment: Environment, target: Target) -> tuple[str, ...]:
    """The target's Python, where the file admits it and others besides."""
    if target.python is None:
        return ()
    open_to, _, _ = admitted_pythons(environment, target._replace(python=None))
    if open_to == (target.python,):
        return ()
    pythons, _, _ = admitted_pythons(environment, target)
    if target.python not in pythons:
        return ()
    return (f"python[version='{target.python[0]}.{target.python[1]}.*']",)
