"""Why a package is in a lock, for people: a tree from the package up to the lines that brought it.

numpy 2.3.5 on linux-64 and linux-aarch64
├── requirements.txt:3 asks for `numpy>=1.23`
└── numba 0.62.1 asks for `numpy<2.4,>=1.22`
    └── requirements.txt:4 asks for `numba`
The version is bounded by `<2.4`, which numba 0.62.1 asks for: the tightest upper bound of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from compat.model.locking import Asker
from compat.model.why import Branch, Decision, Why
from compat.model.words import listed
from compat.report.screen import to_printable, wrap
from compat.report.style import Style
from compat.text.source import mask_credentials


def render_why(answers: Iterable[Why], *, color: bool, width: int) -> str:
    """The trees, one for each group of targets with the same answer, with a line end after each line."""
    style = Style(color=color)
    blocks = ["".join(f"{line}\n" for line in _render(answer, style, width)) for answer in answers]
    return "\n".join(blocks)


def _render(answer: Why, style: Style, width: int) -> Iterator[str]:
    title = " ".join(word for word in (answer.name, answer.version) if word)
    title = f"{title} of conda" if answer.conda and not answer.name.endswith(" (conda)") else title
    targets = f" on {listed(answer.targets)}" if answer.targets else ""
    first, *rest = wrap(f"{title}{targets}", width, indent=2)
    yield style.paint("bold", first)
    yield from (style.paint("bold", line) for line in rest)
    yield from _tree(answer.branches, "", style, width)
    yield from _nobody(answer, width)
    if answer.linked or answer.decision.asker is not None:  # else nobody knows what bounds it
        yield from wrap(_decision(answer.decision), width)


def _nobody(answer: Why, width: int) -> Iterator[str]:
    if not answer.branches and answer.linked:
        yield from wrap("Nobody in the lock asks for it.", width)
    elif not answer.linked:
        yield from wrap("The lock does not say which package depends on which.", width)


def _tree(branches: Sequence[Branch], indent: str, style: Style, width: int) -> Iterator[str]:
    """Lines that do not fit go on under their text."""
    for number, branch in enumerate(branches, 1):
        last = number == len(branches)
        head, below = ("└── ", "    ") if last else ("├── ", "│   ")
        first, *rest = wrap(_branch(branch), max(width - len(indent) - len(head), 20))
        yield f"{style.paint('dim', indent + head)}{first}"
        guide = "│   " if branch.branches else "    "
        yield from (f"{style.paint('dim', indent + below + guide)}{line}" for line in rest)
        yield from _tree(branch.branches, indent + below, style, width)


def _branch(branch: Branch) -> str:
    # Without the marker: that it holds here is why the branch is there.
    words = mask_credentials(" ".join(branch.asker.requirement.partition(";")[0].split()))
    asks = f" asks for `{words}`" if words else " asks for it"
    return f"{_who(branch.asker, branch.version)}{asks}{' (see above)' if branch.seen else ''}"


def _who(asker: Asker, version: str) -> str:
    if asker.parent is not None:
        return f"{asker.parent} {version}" if version else asker.parent
    return to_printable(str(asker.place._replace(column=None))) if asker.place is not None else "the input"


def _decision(decision: Decision) -> str:
    if decision.asker is None:
        return "No requirement bounds the version from above: the newest that fits, or that of the lock before."
    who = _who(decision.asker, decision.version)
    bound = mask_credentials(decision.bound)
    if decision.kind == "exact":
        return f"The version is pinned by `{bound}`, which {who} asks for."
    if decision.kind == "url":
        return f"{who} names the file or commit: `{bound}`."
    return f"The version is bounded by `{bound}`, which {who} asks for: the tightest upper bound of all."
