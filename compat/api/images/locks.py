"""The locks that the commands of an image install, judged as they are installed there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compat.api.images.environment import Built
from compat.api.images.findings import softened
from compat.api.images.steps import Step, is_uv_sync
from compat.api.judge import Judge
from compat.model.diagnostics import Diagnostic, Related
from compat.model.pythons import admits_minor
from compat.model.targets import PYTHON_MINORS, Target
from compat.model.words import dotted

if TYPE_CHECKING:
    from compat.api.locking.judge import LockRoot


def lock_findings(built: Built, judge: Judge, target: Target) -> Iterator[Diagnostic]:
    """What is wrong with each lock that *built* is made from, with the command that installs it."""
    locked = [(step, root) for step in built.steps for root in step.included.locks]
    if not locked:
        return
    from compat.api.locking.judge import LockJudge

    for step, root in locked:
        own = _stated(target)._replace(python=_python(built, step))
        told = LockJudge(judge.matrix, (own,), (own,), judge.cache).findings([_chosen(root, step)])
        for finding in told:
            words = finding.message.replace(f"`{own.text}`", f"`{target.text}`")
            yield _at_command(softened(finding._replace(message=words), [step]), built, step)


def _stated(target: Target) -> Target:
    """*target* with words for the C library that it has from the image: a lock is held against what is stated."""
    if target.glibc is None or "glibc=" in target.text:
        return target
    return target._replace(text=f"{target.text},glibc={dotted(target.glibc)}")


def _python(built: Built, step: Step) -> tuple[int, int] | None:
    """The Python of the image, where the command installs into it: conda's comes from the lock, and uv may download one."""
    if built.python is None or step.install.tool not in {"pip", "uv"} or is_uv_sync(step.install):
        return None
    minors = [minor for minor in PYTHON_MINORS if admits_minor(built.python.specifier, minor)]
    return minors[0] if len(minors) == 1 else None


def _chosen(root: LockRoot, step: Step) -> LockRoot:
    """*root* without the extras and groups of the project that the command leaves out. uv takes the group ``dev`` by itself."""
    flags = step.install.flags
    taken = {f"extra:{extra}" for member in step.install.members for extra in member.extras}
    if flags.isdisjoint({"no-dev", "no-default-groups"}):
        taken.add("group:dev")
    if "all-extras" in flags or "all-groups" in flags or "group" in flags:
        return root
    locks = {
        name: lock._replace(
            links=tuple(
                link for link in lock.links if not link.needs or link.parent not in lock.roots or link.needs in taken
            )
        )
        for name, lock in root.locks.items()
    }
    return root._replace(locks=locks)


def _at_command(finding: Diagnostic, built: Built, step: Step) -> Diagnostic:
    if finding.place.path == built.environment.root:
        return finding
    related = Related(step.place, f"`{finding.place.path}` is installed here")
    return finding._replace(related=(*finding.related, related))
