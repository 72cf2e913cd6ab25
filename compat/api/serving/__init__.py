"""What the service asks beside ``check`` and ``relax``: plain JSON values, the bound to what a request may name."""

from __future__ import annotations

from collections.abc import Iterable

from compat.model.errors import UsageError


def refuse_host(targets: Iterable[str]) -> None:
    """Raises: UsageError where a target is the machine that asks, which from a service is the service's."""
    if any(target.split(",")[0].strip() == "host" for target in targets):
        raise UsageError(
            "`host` means the machine that asks, and is refused here", hint="write the platform: `linux-64`"
        )
