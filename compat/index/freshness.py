"""How long an answer may be used without asking again.

Source: https://www.rfc-editor.org/rfc/rfc9111#section-4.2
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})")
#: ``no-store`` is no more than ``no-cache`` here: what indexes list is no secret of the user, who may want to work
#: offline tomorrow, and credentials are not kept in any case.
_NEVER = re.compile(r"(?:^|[\s,])no-(?:cache|store)(?:$|[\s,=])")

#: For what comes with neither a time nor a mark to ask for changes by: "no such project", so that a project which only
#: one of three indexes has does not take two questions a run, and pages of very plain servers. The public index's own.
SILENT_SECONDS = 600
_MARKS = frozenset({"etag", "last-modified", "expires"})
_YEAR = 365 * 24 * 3600


def fresh_until(headers: Mapping[str, str], now: int) -> int:
    """Seconds since 1970; names of *headers* are in lower case."""
    control = headers.get("cache-control", "").lower()
    if _NEVER.search(control):
        return now
    match = _MAX_AGE.search(control)
    if match is None:
        return now + (0 if control or headers.keys() & _MARKS else SILENT_SECONDS)
    age = headers.get("age", "")
    return now + max(0, min(int(match[1]), _YEAR) - (int(age) if age.isdecimal() else 0))
