"""``compat explain``."""

from __future__ import annotations

import click

from compat.cli.output import write_output


@click.command(short_help="Print the page of one rule.")
@click.argument("code")
def explain(code: str) -> None:
    """Print the page of one rule: what it finds, why it matters, an example, what to use instead."""
    from compat import api

    write_output(api.explain(code).rstrip() + "\n")
