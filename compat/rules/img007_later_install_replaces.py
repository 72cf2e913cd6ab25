"""IMG007: a command replaces what an earlier command of the image installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.version import Version

from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry, Step
from compat.model.words import listed
from compat.rules.base import Rule, Subject
from compat.rules.wording import quoted, relate

#: What is upgraded again and again without harm.
_TOOLS = frozenset({"pip", "setuptools", "wheel"})

#: Steps of a reason that are told; a chain of more is read in the evidence.
_SHOWN = 3


class LaterInstallReplaces(Rule):
    """A requirement that a later command of the same image no longer keeps.

    What it finds:
        Two pip commands, one after the other, that ask for releases which exclude each other: both name the project, or what the
        later one installs requires another release of it. The later command wins. What is left of the earlier one may no longer fit:
        torchvision stays as it is when its torch is replaced.

    Why it matters:
        pip looks at one command at a time. It replaces what is installed, prints at most that it ``is incompatible``, and exits with
        0: the pin is lost, and the layer with the first release stays in the image. Order then decides what the image holds.

    Example:
        RUN pip install torch==2.0.1
        RUN pip install torchvision==0.16.0

    Use instead:
        RUN pip install torch==2.1.0 torchvision==0.16.0

    Source:
        https://pip.pypa.io/en/stable/user_guide/#changes-to-the-pip-dependency-resolver-in-20-3-2020
    """

    code, name = "IMG007", "later-install-replaces"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:  # noqa: ARG002 - every rule is asked
        """Nothing: who puts the environment of an image together knows what was replaced, and tells it."""
        return iter(())

    def tell(
        self,
        old: PipEntry,
        new: Sequence[Entry],
        command: Place,
        *,
        reasons: Sequence[Step] = (),
        base: str = "",
        version: Version | None = None,
    ) -> Diagnostic:
        """*old* gives way to *new*, which *command* asks for.

        Args: *reasons* say what requires another release, where it is not *new* itself; *base* is the image that brought *old*; *version*
        the release of *old*'s project that is there in the end, None where nothing asks for another one and it stays.
        """
        lost = f"{quoted(old)} of `{base}`" if base else quoted(old)
        elsewhere = [] if new[0].place.path == command.path else [Related(command, "by this command")]
        mild = old.name in _TOOLS or (bool(base) and not reasons)
        return self.found(
            Severity.INFO if mild else Severity.WARNING,
            f"{lost} {_fate(old, new[0], reasons, version)}",
            old.place,
            packages=[old.name, *(entry.name for entry in new)],
            related=[*relate(new), *elsewhere],
            evidence=[step.evidence for step in reasons if step.evidence is not None],
            hint=f"take an image with another `{old.name}`, or one without it"
            if base
            else "ask for both in one command, with releases that fit each other",
        )


def _fate(old: PipEntry, first: Entry, reasons: Sequence[Step], version: Version | None) -> str:
    """What becomes of *old*."""
    if reasons:
        why = listed([step.text for step in reasons[:_SHOWN]])
        if version is None:
            return f"stays and no longer fits: {why}; {quoted(first)} is installed later, and wins"
        return f"is replaced by {old.name} {version}: {why}; {quoted(first)} is installed later, and wins"
    if first.name == old.name and not getattr(first, "requirement", old.requirement).specifier:
        return f"does not stay: a later command upgrades `{old.name}`"
    return f"does not stay: a later command installs {quoted(first)}, and wins"
