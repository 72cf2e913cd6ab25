"""``compat relax``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from compat.cli.exits import ExitCode
from compat.cli.output import find_width, wants_color, write_output
from compat.cli.replacing import replace_files
from compat.model.errors import UsageError

if TYPE_CHECKING:
    from compat.model.relaxation import Relaxation


@click.command(short_help="Turn pins into ranges that are safe.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="Machine that the ranges must work on: SUBDIR[,key=value]... (repeatable).",
)
@click.option("--write", is_flag=True, help="Edit the files in place.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option(
    "--policy",
    type=click.Choice(["patch", "minor", "major", "matrix"]),
    help="Where a range ends.  [default: minor]",
)
@click.option("--lower", is_flag=True, help="Let ranges start below the pinned release, where that is known to work.")
@click.option("--drop-hashes", is_flag=True, help="Take off hashes, which forbid ranges.")
@click.option("--from-export", is_flag=True, help="Write exports as a person would: without what others bring.")
@click.option("--prove", is_flag=True, help="Resolve the relaxed files at both ends of their ranges.")
@click.option("--online", is_flag=True, help="With --prove: ask the indexes what the matrix does not know.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["diff", "json"]),
    default="diff",
    show_default=True,
    help="Form of the answer.",
)
@click.option("--quiet", "-q", is_flag=True, help="Nothing but the answer and errors.")
@click.option("--verbose", "-v", is_flag=True, help="Every reason, also what is so by policy alone.")
def relax(
    paths: tuple[str, ...],
    targets: tuple[str, ...],
    write: bool,
    check: bool,
    policy: str | None,
    lower: bool,
    drop_hashes: bool,
    from_export: bool,
    prove: bool,
    online: bool,
    form: str,
    quiet: bool,
    verbose: bool,
) -> int:
    """Turn pins into ranges, with a reason for every bound; comments, order and spacing stay.

    The answer, a diff that `git apply` and `patch -p1` take, goes to stdout, the reasons to stderr. With --write, no
    file is written if one does not parse or the proof fails.

    Exit codes: 0 done, 1 --check found changes or the proof failed, 2 wrong usage or a file that does not parse, 3
    undecided (--prove, and an index was not reached).
    """
    if write and check:
        raise UsageError("`--write` edits the files and `--check` does not", hint="give one of them")
    if online and not prove:
        raise UsageError("`--online` says what a proof asks", hint="add `--prove`")
    from compat.api.relax import relax as find_ranges
    from compat.api.relax import written
    from compat.cli.diffs import print_diff

    relaxation = find_ranges(
        paths,
        targets=targets,
        policy=policy,
        lower=lower,
        drop_hashes=drop_hashes,
        from_export=from_export,
        prove=prove,
        online=online,
    )
    contents = written(relaxation)
    hindrance = _hindrance(relaxation)
    if write and hindrance is None:
        replace_files(dict(contents))
    if form == "json":
        _print_json(relaxation, quiet=quiet)
    else:
        found = relaxation if write else relaxation._replace(notes=(*relaxation.notes, *print_diff(contents)))
        _print_report(found, done=write and hindrance is None, quiet=quiet, verbose=verbose)
    if write and hindrance is not None:
        click.echo(f"error: nothing was written: {hindrance}", err=True)
    return to_exit_code(relaxation, check=check)


def to_exit_code(relaxation: Relaxation, *, check: bool) -> ExitCode:
    """The exit code for an answer; check makes changes count."""
    proof = relaxation.proof
    if any(file.error is not None for file in relaxation.files):
        return ExitCode.USAGE
    if (check and any(file.changes for file in relaxation.files)) or (proof and proof.verdict == "conflict"):
        return ExitCode.FINDINGS
    return ExitCode.UNDECIDED if proof and proof.unreached else ExitCode.CLEAN


def _hindrance(relaxation: Relaxation) -> str | None:
    """Why nothing may be written, where that is so: half of a project relaxed is worse than none of it."""
    broken = [file.path for file in relaxation.files if file.error is not None]
    if broken:
        return f"{', '.join(f'`{path}`' for path in broken)} {'do' if len(broken) > 1 else 'does'} not parse"
    if relaxation.proof is not None and relaxation.proof.verdict == "conflict":
        return "the relaxed files do not resolve"
    return None


def _print_json(relaxation: Relaxation, *, quiet: bool) -> None:
    from compat.report.relaxation import render_notes
    from compat.report.relaxation_json import render_relaxation_json

    write_output(render_relaxation_json(relaxation))
    if not quiet:  # the schema has no room for them
        color, width = wants_color(None, sys.stderr), find_width(None, sys.stderr)
        click.echo(render_notes(relaxation.notes, color=color, width=width), err=True, nl=False)


def _print_report(relaxation: Relaxation, *, done: bool, quiet: bool, verbose: bool) -> None:
    from compat.report.relaxation import render_problems, render_relaxation

    color = wants_color(None, sys.stderr)
    if quiet:
        text = render_problems(relaxation, color=color)
    else:
        width = find_width(None, sys.stderr)
        text = render_relaxation(relaxation, color=color, width=width, verbose=verbose, done=done)
        if sys.stdout.isatty() and any(relaxation.edits) and not done:
            text = f"\n{text}"  # off the diff that stands above it
    click.echo(text, err=True, nl=False)
