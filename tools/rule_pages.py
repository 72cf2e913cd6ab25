"""Writes the manual page of every rule, docs/rules/CODE.md, and their index, from the rules' docstrings.

python tools/rule_pages.py          writes what changed
python tools/rule_pages.py --check  exits 1 where a page is not what its docstring says
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from compat.api.rules import page_of
from compat.rules import all_rules

FOLDER = Path(__file__).parent.parent / "docs" / "rules"


def pages() -> dict[str, str]:
    """File name to text, for every rule and the index."""
    found = {f"{rule.code}.md": page_of(type(rule)) for rule in all_rules()}
    rows = [f"| [{rule.code}]({rule.code}.md) | {rule.name} | {_summary(rule.__doc__)} |" for rule in all_rules()]
    head = [
        "# Rules",
        "",
        "Each page is also what `compat explain CODE` prints.",
        "",
        "| code | name | finds |",
        "|---|---|---|",
    ]
    found["README.md"] = "\n".join([*head, *rows]) + "\n"
    return found


def _summary(doc: str | None) -> str:
    return (doc or "").strip().splitlines()[0].rstrip(".").replace("``", "`")


def main() -> int:
    """Write the pages, or with ``--check`` exit 1 where one is stale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    wanted = pages()
    have = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | have.keys() if wanted.get(name) != have.get(name))
    if check:
        for name in stale:
            print(f"docs/rules/{name} is not what the docstrings say: run python tools/rule_pages.py", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
