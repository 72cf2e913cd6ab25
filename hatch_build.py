"""Hatchling's build hook: verifies ``data/*.toml`` and compiles them into the package, for wheels and editable installs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTables(BuildHookInterface[Any]):  # type: ignore[misc, unused-ignore]  # untyped where hatchling is not installed
    """Runs before a wheel or an editable install is made; a table that breaks its schema stops the build."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling passes it
        """Write ``compat/matrix/_compiled``, and ship it with a wheel although git ignores it."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        sys.path.insert(0, self.root)
        try:
            from compat.matrix.compile import compile_tables
        finally:
            sys.path.remove(self.root)
        written = compile_tables(root / "data", root / "compat" / "matrix" / "_compiled")
        build_data["artifacts"] += [path.relative_to(root).as_posix() for path in written]
