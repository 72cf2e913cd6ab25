"""``compat serve``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from compat.model.errors import UsageError

_MEBIBYTE = 1024 * 1024

_SECONDS = click.FloatRange(0.05, 86_400)
_SIZE = click.IntRange(1, 1_000_000)


@click.command(
    short_help="Answer over HTTP.",
    context_settings={"show_default": True, "max_content_width": 110},
)
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option(
    "--workers", type=click.IntRange(1, 256), help="Processes that work answers out.  [default: one a CPU, at most 4]"
)
@click.option("--keys", "keys_file", metavar="FILE", help="Bearer keys that are let in: lines of OWNER:SHA256.")
@click.option(
    "--rate", type=click.FloatRange(0, 1e6), default=20.0, help="Requests a second for each client; 0: no bound."
)
@click.option("--burst", type=_SIZE, default=100, help="Requests of a client at once.")
@click.option("--max-body", type=click.IntRange(1, 1024), default=4, help="Of a request, in MiB.")
@click.option("--max-files", type=_SIZE, default=200, help="Files in a request.")
@click.option("--max-targets", type=_SIZE, default=50, help="Targets in a request.")
@click.option("--max-batch", type=_SIZE, default=50, help="Requests in a batch.")
@click.option("--solve-seconds", type=_SECONDS, default=30.0, help="For one answer; then its worker is killed.")
@click.option("--body-seconds", type=_SECONDS, default=15.0, help="For a body to arrive.")
@click.option(
    "--cache", "cache_mebibytes", type=click.IntRange(0, 65_536), default=64, help="Of answers to keep, in MiB."
)
@click.option(
    "--index-url", "index_urls", multiple=True, metavar="URL", help="A package index that locks may ask (repeatable)."
)
@click.option(
    "--channel", "channels", multiple=True, metavar="CHANNEL", help="A conda channel that locks may ask (repeatable)."
)
@click.option(
    "--file-host", "file_hosts", multiple=True, metavar="HOST", help="A host of an index's files (repeatable)."
)
@click.option("--lock-jobs", type=click.IntRange(1, 64), default=2, help="Locks at a time.")
@click.option("--lock-waiting", type=click.IntRange(0, 10_000), default=32, help="Locks that may wait.")
@click.option("--lock-seconds", type=_SECONDS, default=300.0, help="For one lock.")
@click.option("--cache-dir", metavar="DIR", help="Folder of what locks have read.  [default: none is kept]")
@click.option(
    "--grace",
    "grace_seconds",
    type=click.FloatRange(0, 3600),
    default=20.0,
    help="Seconds for running locks when it is ended.",
)
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    metavar="ADDRESS",
    help="Whose X-Forwarded-For is believed (repeatable).",
)
@click.option("--access-log/--no-access-log", default=True, help="A line of JSON on stderr for each request.")
def serve(keys_file: str | None, cache_mebibytes: int, max_body: int, workers: int | None, **options: Any) -> int:  # noqa: ANN401 - the fields of Settings
    """Answer over HTTP what `check`, `relax`, `lock`, `matrix` and `recommend` answer here.

    Each option can be a variable, too: `COMPAT_SERVICE_MAX_BODY=8`; those that repeat take values with spaces between.
    The addresses are at `/docs`.

    Exit codes: 0 ended by a signal, 2 wrong usage, 3 it could not start.
    """
    try:
        from compat.service.server import run
    except ImportError as error:
        raise UsageError(
            f"`compat serve` needs {error.name}, which is not installed", hint="pip install 'compat-matrix[service]'"
        ) from error
    from compat.service.settings import Settings

    chosen: dict[str, Any] = {**options, "max_body": max_body * _MEBIBYTE, "cache_bytes": cache_mebibytes * _MEBIBYTE}
    if workers is not None:
        chosen["workers"] = workers
    settings = Settings(**chosen, keys=_read_keys(keys_file))
    _refuse_wrong(settings.index_urls)
    return run(settings)


for _option in serve.params:  # COMPAT_SERVICE_MAX_BODY for --max-body
    _option.envvar = f"COMPAT_SERVICE_{_option.opts[0].lstrip('-').replace('-', '_').upper()}"


def _read_keys(path: str | None) -> dict[bytes, str]:
    """The keys of the file and of COMPAT_SERVICE_KEY_HASHES. Raises: UsageError."""
    from compat.service.limits.keys import read_keys

    found = dict(read_keys(os.environ.get("COMPAT_SERVICE_KEY_HASHES", ""), "COMPAT_SERVICE_KEY_HASHES"))
    if path is None:
        return found
    try:
        own = read_keys(Path(path).read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the keys in `{path}`") from error
    if not own:
        raise UsageError(f"`{path}` holds no key", hint="a service without keys needs no `--keys`")
    return {**found, **own}


def _refuse_wrong(urls: tuple[str, ...]) -> None:
    from urllib.parse import urlsplit

    for url in urls:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise UsageError("`--index-url` takes an address that begins with https:// or http://")
