"""A verdict as a small SVG image for a README. No scripts, no links, no fonts from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

#: Background by verdict; white on each has a contrast of 4.5 or more.
_COLORS: Mapping[str, str] = MappingProxyType(
    {"ok": "#1a7f37", "conflict": "#b3261e", "unknown": "#5f6670", "unreadable": "#8a5300"}
)
#: Pixels of a letter in an 11 px sans-serif, on average, and on both sides of a word.
_LETTER, _PADDING = 6.6, 6

_TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {value}">
<title>{label}: {value}</title>
<rect width="{left}" height="20" rx="3" fill="#3c4148"/>
<rect x="{edge}" width="{right}" height="20" rx="3" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{middle}" y="14">{label}</text>
<text x="{far}" y="14">{value}</text>
</g>
</svg>
"""


def render_badge(label: str, verdict: str) -> str:
    """An image of 20 pixels height: *label*, and *verdict* on its color."""
    left, right = (round(len(word) * _LETTER) + 2 * _PADDING for word in (label, verdict))
    return _TEMPLATE.format(
        label=escape(label),
        value=escape(verdict),
        color=_COLORS[verdict],
        width=left + right,
        left=left,
        right=right,
        edge=left,
        middle=left / 2,
        far=left + right / 2,
    )
