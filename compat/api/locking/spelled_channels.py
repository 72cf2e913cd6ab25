"""Channels as their files spell them, with the credentials in the address that no other value holds."""

from __future__ import annotations

from collections.abc import Sequence

from compat.model.environments import Channel, Document
from compat.model.matchspec import without_credentials


def spelled(channel: Channel, documents: Sequence[Document]) -> str:
    """The name of *channel* with its credentials, where it has some, to be used for asking the channel alone.

    Readers leave credentials out, so that nothing prints them: they are looked up in the text, at the place of the name.
    """
    place = channel.place
    text = next((document.text for document in documents if document.path == place.path), "")
    lines = text.split("\n")
    if place.line is None or place.column is None or place.line > len(lines):
        return channel.name
    end = place.end_column - 1 if place.end_column is not None and place.end_line == place.line else None
    raw = lines[place.line - 1][place.column - 1 : end].strip().strip("\"'")
    return raw if without_credentials(raw) == channel.name else channel.name
