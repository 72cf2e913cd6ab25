"""``compat cache``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compat.cli.output import write_output
from compat.model.errors import UsageError

if TYPE_CHECKING:
    from compat.index import CacheInfo

_FOLDER = click.option("--cache-dir", metavar="DIR", help="Folder of the cache.")


@click.group(short_help="Show or empty the cache of index pages and METADATA.")
def cache() -> None:
    """Show or empty the cache of index pages and METADATA, which `lock` fills. It holds no packages."""


@cache.command(short_help="Where the cache is, and how much it holds.")
@_FOLDER
def info(cache_dir: str | None) -> None:
    """Where the cache is, and how much it holds."""
    from compat.index import cache_info, default_folder

    found = cache_info(cache_dir)
    lines = [cache_dir or default_folder(), *(_line(name, files, size) for name, files, size in found.buckets)]
    write_output("".join(f"{line}\n" for line in [*lines, _line("all", found.files, found.bytes)]))


@cache.command(short_help="Remove all, or what there is of the packages NAME.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@_FOLDER
def clean(names: tuple[str, ...], cache_dir: str | None) -> None:
    """Remove all, or what there is of the packages NAME. Only files that compat has put there."""
    from compat.index import clean as remove
    from compat.model.names import to_pypi_name

    try:
        gone: CacheInfo = remove(cache_dir, [to_pypi_name(name) for name in names])
    except OSError as error:
        raise UsageError(f"cannot empty the cache: {error.strerror or error}") from error
    click.echo(f"removed {_files(gone.files)} ({_size(gone.bytes)})", err=True)


def _line(name: str, files: int, size: int) -> str:
    return f"{name + ':':<10} {_files(files)}, {_size(size)}"


def _files(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"


def _size(number: int) -> str:
    return f"{number / 1_000_000:,.1f} MB" if number >= 100_000 else f"{number / 1000:,.1f} kB"
