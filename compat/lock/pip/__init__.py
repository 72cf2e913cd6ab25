"""Locks of the pip part: pylock.toml, hashed requirements, and what uv and pip-tools write."""
