"""IMG007: a command replaces what an earlier command of the image installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry
from compat.rules.base import Rule, Subject
from compat.rules.wording import quoted, relate

#: What is upgraded again and again without harm.
_TOOLS = frozenset({"pip", "setuptools", "wheel"})


class LaterInstallReplaces(Rule):
    """A requirement that a later command of the same image no longer keeps.

    What it finds:
        Two pip commands, one after the other, that ask for releases which exclude each other: both name the project, or what the
        later one installs requires another release of it. The later command wins.

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

    def tell(self, old: PipEntry, new: Sequence[Entry], command: Place, why: str = "", base: str = "") -> Diagnostic:
        """*old* was replaced by *new*, which *command* asks for.

        *why* names the project that requires another release, *base* the image that brought *old*.
        """
        first, lost = new[0], f"{quoted(old)} of `{base}`" if base else quoted(old)
        mild = old.name in _TOOLS or (bool(base) and not why)
        if why:
            words = f"{lost} does not stay: {quoted(first)}, which a later command installs, needs another release, and wins"
        elif first.name == old.name and not getattr(first, "requirement", old.requirement).specifier:
            words = f"{lost} does not stay: a later command upgrades `{old.name}`"
        else:
            words = f"{lost} does not stay: a later command installs {quoted(first)}, and wins"
        elsewhere = [] if first.place.path == command.path else [Related(command, "by this command")]
        return self.found(
            Severity.INFO if mild else Severity.WARNING,
            words,
            old.place,
            packages=[old.name, *(entry.name for entry in new)],
            related=[*relate(new), *elsewhere],
            hint=f"take an image with another `{old.name}`, or one without it"
            if base
            else "ask for both in one command, with releases that fit each other",
        )
