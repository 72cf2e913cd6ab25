"""``compat recommend``."""

from __future__ import annotations

import click

from compat.cli.answers import render_answer
from compat.cli.exits import ExitCode
from compat.cli.output import write_output


@click.command(short_help="Name the newest set that works on a target.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="Machine to choose for: SUBDIR[,key=value]... (repeatable).",
)
@click.option(
    "--with",
    "with_",
    multiple=True,
    metavar="REQUIREMENT",
    help="What must be in the set, such as torchaudio or 'torch<2.8' (repeatable).",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the answer.",
)
def recommend(targets: tuple[str, ...], with_: tuple[str, ...], form: str) -> int:
    """Name the newest set that works on the target, why, and the commands that install it.

    Exit codes: 0 a set for every target, 1 none for some target (the answer says what stands in the way), 2 wrong usage.
    """
    from compat.api.recommending.recommend import recommend as find_set

    answer = find_set(targets, with_)
    write_output(render_answer(answer, form, install=answer.install))
    return ExitCode.CLEAN if answer.works else ExitCode.FINDINGS
