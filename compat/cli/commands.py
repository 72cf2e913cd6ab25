"""The ``compat`` command: its subcommands, each imported when it is used, and the exit codes that they share."""

from __future__ import annotations

import importlib
from typing import Any, NoReturn

import click

from compat.cli.exits import run_guarded
from compat.version import __version__

#: Subcommand to the module that holds it, as an object of the same name.
_COMMANDS = {
    "cache": "compat.cli.cache",
    "check": "compat.cli.check",
    "diff": "compat.cli.lock_diff",
    "explain": "compat.cli.explain",
    "export": "compat.cli.export",
    "lock": "compat.cli.lock",
    "matrix": "compat.cli.matrix",
    "recommend": "compat.cli.recommend",
    "relax": "compat.cli.relax",
    "serve": "compat.cli.serve",
    "why": "compat.cli.why",
}


class LazyGroup(click.Group):
    """A group that imports a subcommand when its name is typed, so that ``check`` pays for ``check`` only."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(_COMMANDS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def main(self, *args: Any, **extra: Any) -> NoReturn:  # noqa: ANN401 - passed on as they are
        """Run, and leave with the exit code that the subcommand returned or its exception stands for."""
        extra["standalone_mode"] = False
        raise SystemExit(run_guarded(lambda: super(LazyGroup, self).main(*args, **extra)))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="compat", message="%(prog)s %(version)s")
def cli() -> None:
    """Tell whether the conda part and the pip part of an ML environment work together on a given machine."""
