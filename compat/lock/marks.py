"""By what locks of ours are known."""

from __future__ import annotations

#: The first line of text formats; the target's text follows.
HEADER = "# Locked by compat-matrix for "
#: The ``created-by`` of a pylock.toml.
CREATOR = "compat-matrix"
