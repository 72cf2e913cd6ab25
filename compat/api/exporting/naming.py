"""Names that a caller gives to what is exported."""

from __future__ import annotations

import re

from compat.model.errors import UsageError

#: What images, compose projects and Kubernetes all take: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_NAME = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_LONGEST = 63


def demand_name(name: str) -> None:
    """Nothing for a name that can be one everywhere; "" leaves it to the environment. Raises: UsageError."""
    if name and (not re.fullmatch(_NAME, name) or len(name) > _LONGEST):
        raise UsageError(
            f"`--name {name}` is no name of an image and a service",
            hint=f"small letters, digits and dashes between them, {_LONGEST} at most",
        )
