"""CHN003: Anaconda's channels and conda-forge in one file."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.rules.base import Rule, Subject
from compat.rules.channels import CONDA_FORGE, DEFAULTS, canonical


class DefaultsMixedWithCondaForge(Rule):
    """``defaults`` and ``conda-forge`` among the channels of one file.

    What it finds:
        A file whose channels include ``conda-forge`` and ``defaults``, or a part of it (``main``, ``r``, ``anaconda``).

    Why it matters:
        Both build the same packages with different compilers and dependencies. Under conda's default, flexible
        priority, one environment can hold parts of both, which mostly works; with strict priority the first channel
        serves all that it has. ``defaults`` may also ask for a licence that conda-forge does not.

    Example:
        channels:
          - conda-forge
          - defaults

    Use instead:
        channels:
          - conda-forge
          - nodefaults

    Source:
        https://conda-forge.org/docs/user/transitioning_from_defaults/
    """

    code, name = "CHN003", "defaults-mixed-with-conda-forge"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding, at the later of the two."""
        first = {canonical(channel.name): channel for channel in reversed(subject.environment.channels)}
        if CONDA_FORGE not in first or DEFAULTS not in first or not subject.situation.conda:
            return
        if all(document.exported for document in subject.environment.documents if document.channels):
            return  # the builds are fixed, whichever channel they come from
        names = [canonical(channel.name) for channel in subject.environment.channels]
        order = sorted((CONDA_FORGE, DEFAULTS), key=names.index)
        earlier, later = first[order[0]], first[order[1]]
        yield self.found(
            Severity.INFO,
            f"`{earlier.name}` and `{later.name}` in one file: packages of both may end up in one environment",
            later.place,
            packages=(),
            related=[Related(place=earlier.place, message=f"`{earlier.name}` is named here")],
            hint="keep one of them, with `nodefaults` beside conda-forge, or set strict channel priority",
        )
