"""The OpenAPI document as a page: no scripts, nothing from another host."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]

_STYLE = """\
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:54rem;margin:0 auto;padding:1rem}
h2{margin-top:2.5rem;border-top:1px solid #8886;padding-top:1rem}
code,pre{font:14px/1.45 ui-monospace,monospace}
pre{overflow-x:auto;padding:.75rem;background:#8882;border-radius:6px}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}
"""

#: For the content security policy. Source: https://www.w3.org/TR/CSP3/#framework-directive-source-list
STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def render_manual(document: Json) -> str:
    """*document* as HTML."""
    info = document["info"]
    parts = [f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>", _paragraph(info["description"])]
    parts.append('<p>For programs: <a href="/openapi.json">openapi.json</a></p><nav><ul>')
    operations = [(method, path, one) for path, item in document["paths"].items() for method, one in item.items()]
    parts += [f'<li><a href="#{_anchor(m, p)}"><code>{m.upper()} {escape(p)}</code></a></li>' for m, p, _ in operations]
    parts.append("</ul></nav>")
    for method, path, operation in operations:
        parts += _operation(method, path, operation, document)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>compat</title><style>{_STYLE}</style>'
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body><main>\n{body}\n</main></body></html>\n'


def _operation(method: str, path: str, operation: Json, document: Json) -> Iterator[str]:
    yield f'<h2 id="{_anchor(method, path)}"><code>{method.upper()} {escape(path)}</code></h2>'
    yield _paragraph(operation.get("description", ""))
    rows = [
        (one["name"], f"{one['in']}{', required' if one.get('required') else ''}", one.get("description", ""))
        for one in operation.get("parameters", ())
    ]
    schema = _body_schema(operation, document)
    for name, one in schema.get("properties", {}).items():
        rows.append(
            (name, f"body{', required' if name in schema.get('required', ()) else ''}", one.get("description", ""))
        )
    if rows:
        yield "<table><tr><th>name</th><th>in</th><th>meaning</th></tr>"
        yield from (
            f"<tr><td><code>{escape(a)}</code></td><td>{escape(b)}</td><td>{_marked(c)}</td></tr>" for a, b, c in rows
        )
        yield "</table>"
    for example in schema.get("examples", ())[:1]:
        yield f"<pre>{escape(json.dumps(example, indent=2))}</pre>"
    yield "<table><tr><th>status</th><th>answer</th></tr>"
    for status, answer in sorted(operation["responses"].items()):
        yield f"<tr><td>{escape(status)}</td><td>{_marked(answer['description'])}</td></tr>"
    yield "</table>"


def _body_schema(operation: Json, document: Json) -> Json:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    found: Json = document["components"]["schemas"].get(name, {})
    return found


def _paragraph(text: str) -> str:
    return f"<p>{_marked(text)}</p>"


def _marked(text: str) -> str:
    """Plain text, with what stands in backticks as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))


def _anchor(method: str, path: str) -> str:
    return method + "".join(letter if letter.isalnum() else "-" for letter in path)
