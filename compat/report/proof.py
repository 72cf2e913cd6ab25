"""A proof for people: over what, and for each environment both ends of its ranges, or what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compat.model.relaxation import Proof, Solution
from compat.report.screen import to_printable, wrap
from compat.report.style import Style
from compat.report.table import render_table
from compat.text.source import mask_credentials

_OVER = {"matrix": "the releases of the matrix; no index was asked", "index": "what the indexes serve"}
_ROLES = {"ok": "added", "conflict": "error", "unknown": "info"}


def render_proof(proof: Proof, style: Style, width: int) -> Iterator[str]:
    """Targets that have the same answer share a block."""
    yield from wrap(f"Proof over {_OVER.get(proof.over, proof.over)}.", width)
    blocks: dict[str, list[Solution]] = {}
    for solution in proof.solutions:
        blocks.setdefault(repr(solution._replace(target="")), []).append(solution)
    for same in blocks.values():
        yield ""
        yield from _render_block(same[0], [solution.target for solution in same], style, width)
    for why in proof.unreached:
        yield ""
        yield from _field("not reached", why, "error", style, width)


def _render_block(solution: Solution, targets: Iterable[str], style: Style, width: int) -> Iterator[str]:
    yield from _render_head(solution, targets, style, width)
    if solution.why is not None:
        yield from _field("why", solution.why, "error", style, width)
    names = dict.fromkeys((*solution.lowest, *solution.highest))
    if names:
        rows = [(name, solution.lowest.get(name, "-"), solution.highest.get(name, "-")) for name in sorted(names)]
        lines = render_table(("project", "lowest", "highest"), rows, style=style, width=width - 2)
        yield from (f"  {line}" for line in lines)
    for end in solution.ends:
        yield from _field("not reached", end, "info", style, width)
    if solution.unknown:
        text = f"{', '.join(sorted(solution.unknown))}: nothing is known about them, so nothing is proved"
        yield from _field("unknown", text, "info", style, width)


def _render_head(solution: Solution, targets: Iterable[str], style: Style, width: int) -> Iterator[str]:
    """``requirements.txt on linux-64 and linux-aarch64, Python 3.12: ok``."""
    root = f"{solution.root} [{solution.variant}]" if solution.variant else solution.root
    python = f", Python {solution.python}" if solution.python else ""
    verdict = style.paint(_ROLES.get(solution.verdict, "info"), solution.verdict)
    *lines, last = wrap(
        f"{mask_credentials(root)} on {' and '.join(targets)}{python}:", width - len(" conflict"), indent=2
    )
    yield from (style.paint("bold", line) for line in lines)
    yield f"{style.paint('bold', to_printable(last))} {verdict}"


def _field(name: str, text: str, role: str, style: Style, width: int) -> Iterator[str]:
    """``  name: text``, wrapped under the name."""
    first, *rest = wrap(mask_credentials(text), width - len(name) - 4, indent=0)
    yield f"  {style.paint(role, f'{name}:')} {first}"
    yield from (f"{' ' * (len(name) + 4)}{line}" for line in rest)
