"""``compat matrix``."""

from __future__ import annotations

import click

from compat.cli.answers import render_answer
from compat.cli.output import write_output


@click.command(short_help="Show the curated tables.")
@click.argument("query", nargs=-1)
@click.option("--python", metavar="VERSION", help="Only what works with this Python, such as 3.12.")
@click.option("--cuda", metavar="VERSION", help="Only what works with this CUDA, such as 12.6.")
@click.option("--platform", metavar="SUBDIR", help="Only what works there, such as linux-aarch64.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="Form of the tables.",
)
def matrix(query: tuple[str, ...], python: str | None, cuda: str | None, platform: str | None, form: str) -> None:
    """Show the curated tables: `compat matrix torch 2.7`, `compat matrix gpu h100`, or all that fits the options."""
    from compat.api.querying.query import matrix_query

    write_output(render_answer(matrix_query(query, python=python, cuda=cuda, platform=platform), form))
