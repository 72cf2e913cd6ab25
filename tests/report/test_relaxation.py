"""What `compat relax` says: whole outputs, the JSON and its schema."""

from __future__ import annotations

import json
from collections.abc import Callable

import jsonschema
import pytest

from compat.model.places import Place
from compat.model.relaxation import FileRelaxation, Left, Proof, Relaxation
from compat.report.relaxation import render_notes, render_problems, render_relaxation
from compat.report.relaxation_json import load_relaxation_schema, relaxation_to_json, render_relaxation_json
from tests.relaxations import FILE, PANDAS, TORCH, VISION, full_relaxation, make_relaxation

SCHEMA = json.loads(load_relaxation_schema())


def validate(document: object) -> None:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(SCHEMA, format_checker=checker).validate(document)


def render(relaxation: Relaxation, *, color: bool = False, done: bool = False, verbose: bool = False) -> str:
    return render_relaxation(relaxation, color=color, width=80, verbose=verbose, done=done)


@pytest.mark.parametrize("width", [60, 80, 110])
def test_whole_output(width: int, golden: Callable[[str, str], None]) -> None:
    golden(f"relaxation-{width}.txt", render_relaxation(full_relaxation(), color=False, width=width, done=False))


def test_colour(golden: Callable[[str, str], None]) -> None:
    golden("relaxation-colored.txt", render(full_relaxation(), color=True))


def test_verbose_gives_every_reason(golden: Callable[[str, str], None]) -> None:
    golden("relaxation-verbose.txt", render(full_relaxation(), verbose=True))


def test_a_few_changes_have_all_their_reasons() -> None:
    """Who tries the command on one line wants to see why."""
    shown = render(make_relaxation(FileRelaxation(FILE, "requirements", (PANDAS,))))
    assert shown == (
        "requirements.txt:5: pandas: ==2.2.2 -> >=2.2.2,<3\n"
        "  - `>=2.2.2`: the pinned release is the lowest that was tested\n"
        "  - `<3`: where the next series starts, by policy `minor`\n"
        "1 of 1 requirement can be relaxed in 1 file (matrix of 2026-11-22)\n"
    )


def test_what_policy_says_is_said_once_for_many() -> None:
    shown = render(make_relaxation(FileRelaxation(FILE, "requirements", (TORCH, VISION, PANDAS))))
    assert "the lowest that was tested" not in shown
    assert shown.count("not 2.7.2: yanked") == 2
    assert shown.count("pkg:pypi/torch@2.7.2 Yanked") == 1
    assert shown.startswith(
        "Policy minor: a range starts at the pinned release and ends before the next\nminor series.\n"
    )
    assert "Policy major (pandas): " in shown


@pytest.mark.parametrize(
    ("files", "done", "said"),
    [
        ((), False, "nothing to relax"),
        ((FileRelaxation(FILE, "requirements"),), False, "nothing to relax in 1 file"),
        (
            (FileRelaxation(FILE, "requirements", left=(Left("foo", Place(FILE, 1, 1), "a git pin"),)),),
            True,
            "nothing to relax in 1 file, 1 left",
        ),
        (
            (FileRelaxation(FILE, "requirements", (TORCH, VISION)), FileRelaxation("b.txt", "requirements")),
            True,
            "2 of 2 requirements relaxed in 1 file",
        ),
        (
            (FileRelaxation(FILE, "requirements", error="x"), FileRelaxation("b.txt", "requirements", error="x")),
            False,
            "nothing to relax in 2 files, 2 files unreadable",
        ),
    ],
)
def test_summaries(files: tuple[FileRelaxation, ...], done: bool, said: str) -> None:
    assert render(make_relaxation(*files), done=done).splitlines()[-1] == f"{said} (matrix of 2026-11-22)"


def test_nothing_shown_steers_the_terminal_or_tells_credentials() -> None:
    left = Left("f\x1b[2J", Place("caf\u202e.txt", 1, 1), "a URL: https://me:secret@example.org/x")
    file = FileRelaxation(
        "caf\u202e.txt", "requirements", (TORCH._replace(old="@ https://me:secret@example.org"),), (left,)
    )
    shown = render(make_relaxation(file, notes=("https://me:secret@example.org \x1b",)))
    assert shown.replace("\n", "").isprintable()
    assert "secret" not in shown + render(full_relaxation())


def test_problems_and_notes_alone() -> None:
    assert (
        render_problems(full_relaxation(), color=False) == "broken.yml:2:2: unreadable: expected `,` or `]`, got `:`\n"
    )
    assert render_problems(make_relaxation(), color=False) == ""
    assert render_notes(["a b c"], color=False, width=60) == "note: a b c\n"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_whole_json(golden: Callable[[str, str], None]) -> None:
    golden("relaxation.json", render_relaxation_json(full_relaxation()))


@pytest.mark.parametrize(
    "relaxation",
    [full_relaxation(), make_relaxation(), make_relaxation(proof=Proof("matrix", ()))],
    ids=["full", "empty", "empty-proof"],
)
def test_answers_hold_to_the_schema(relaxation: Relaxation) -> None:
    validate(json.loads(render_relaxation_json(relaxation)))


@pytest.mark.parametrize(
    "file",
    [
        FileRelaxation(FILE, "novel"),
        FileRelaxation(FILE, "requirements", (TORCH._replace(policy="bold"),)),
        FileRelaxation(FILE, "requirements", (TORCH,), error="does not parse"),
    ],
    ids=["kind", "policy", "unreadable-yet-changed"],
)
def test_the_schema_is_closed_where_it_says_so(file: FileRelaxation) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(relaxation_to_json(make_relaxation(file)))
