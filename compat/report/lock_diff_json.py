"""What changed between two locks as JSON, schema 1."""

from __future__ import annotations

import json

from compat.model.lock_changes import Change, LockDiff, Side


def render_lock_diff_json(diff: LockDiff, tool: str) -> str:
    """The changes in ASCII, one object of schema 1, with a line end."""
    return json.dumps(lock_diff_to_json(diff, tool), indent=2) + "\n"


def lock_diff_to_json(diff: LockDiff, tool: str) -> dict[str, object]:
    """The changes as JSON values. ``hashes`` hold whole digests."""
    return {
        "schema": 1,
        "tool": tool,
        "old": diff.old,
        "new": diff.new,
        "targets": list(diff.targets),
        "only_old": list(diff.only_old),
        "only_new": list(diff.only_new),
        "parts_old": list(diff.parts_old),
        "parts_new": list(diff.parts_new),
        "channels": None if diff.channels is None else {"old": list(diff.channels[0]), "new": list(diff.channels[1])},
        "same": diff.same,
        "changes": [_change(change) for change in diff.changes],
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "family": change.family,
        "package": change.name,
        "ecosystem": change.ecosystem,
        "change": change.kind,
        "old": _side(change.old),
        "new": _side(change.new),
        "targets": [each.target for each in change.targets],
        "builds": [each._asdict() for each in change.targets if each.old_build or each.new_build],
        "hashes": [each._asdict() for each in change.hashes],
    }


def _side(side: Side | None) -> dict[str, object] | None:
    return None if side is None else side._asdict()
