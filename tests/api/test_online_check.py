"""``check --online``: what is asked, what is found by it, and what is said when nobody answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from compat import api
from compat.api import online as wiring
from compat.model.diagnostics import Report
from tests.index.pages import URL, Index, metadata

Check = Callable[..., Report]


@pytest.fixture
def index() -> Index:
    files = {"foo": ["foo-1.0-py3-none-any.whl"], "bar": ["bar-2.0-py3-none-any.whl", "bar-1.0-py3-none-any.whl"]}
    return Index(files, {"foo-1.0-py3-none-any.whl.metadata": metadata("bar<2", "torch>=2")})


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """``check(client, text, name=...)``: the report on one file, asked online of *client*."""
    monkeypatch.chdir(tmp_path)
    ask = wiring.ask_online

    def run(client: httpx.Client, text: str, *, name: str = "requirements.txt") -> Report:
        Path(name).write_text(text, encoding="utf-8")
        monkeypatch.setattr(wiring, "ask_online", lambda *given: ask(*given, index=URL, client=client))
        return api.check([name], targets=["linux-64,python=3.12"], online=True)

    return run


def test_a_conflict_that_only_the_index_knows(index: Index, check: Check) -> None:
    report = check(index.client, "foo\nbar==2.0\n")
    assert [(d.code, d.severity.value, set(d.packages)) for d in report.diagnostics] == [
        ("ABI001", "error", {"foo", "bar"})
    ]
    assert "foo 1.0 requires bar<2" in report.diagnostics[0].message
    assert f"pkg:pypi/foo@1.0?repository_url={URL}" in report.diagnostics[0].evidence[0].source
    assert (report.known, report.total) == (2, 2)


def test_without_the_index_nothing_is_said_about_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("requirements.txt").write_text("foo\nbar==2.0\n", encoding="utf-8")
    report = api.check(["requirements.txt"], targets=["linux-64,python=3.12"])
    assert (report.verdict, report.diagnostics, report.known, report.total) == ("ok", (), 0, 2)


def test_an_index_that_is_not_there_leaves_the_verdict_unknown(check: Check) -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    report = check(httpx.Client(transport=httpx.MockTransport(gone)), "# hello\nfoo\nbar==2.0\n")
    (finding,) = report.diagnostics
    assert report.verdict == "unknown"
    assert (finding.code, finding.severity.value, finding.gap) == ("GAP001", "info", True)
    assert finding.message == "the package index could not be asked about `bar` and `foo`: no connection"
    assert (finding.place.line, finding.packages, finding.targets) == (2, ("bar", "foo"), ("linux-64,python=3.12",))
    assert "2 project(s) stay unknown, because the package index was not reached" in report.notes


def test_a_project_that_does_not_exist_is_a_note(index: Index, check: Check) -> None:
    report = check(index.client, "foo\nfooo\n")
    assert (report.verdict, report.diagnostics) == ("ok", ())
    assert "the package index has no project `fooo`" in report.notes


def test_names_that_are_nobody_else_s_business_are_not_asked_for(index: Index, check: Check) -> None:
    """Conda packages, and requirements from another index, a URL or a folder, stay on this machine."""
    check(index.client, "--index-url https://private.example/simple\nsecret\n")
    assert index.asked == []
    check(index.client, "foo\nsecret @ https://private.example/secret-1.0-py3-none-any.whl\n-e ./secret2\n")
    check(index.client, "dependencies: [secretlib, pip, {pip: [foo]}]\n", name="environment.yml")
    assert "/simple/foo/" in index.asked
    assert not any("secret" in path for path in index.asked)


def test_a_constraint_bounds_what_something_else_requires(index: Index, check: Check) -> None:
    Path("constraints.txt").write_text("bar>=2\n", encoding="utf-8")
    report = check(index.client, "-c constraints.txt\nfoo\n")
    assert [d.code for d in report.diagnostics] == ["ABI001"]


def test_many_unreached_projects_are_named_in_one_line(check: Check) -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    report = check(client, "".join(f"foo{number}\n" for number in range(9)))
    (finding,) = report.diagnostics
    words = "`foo0`, `foo1`, `foo2`, `foo3`, `foo4` and 4 more: the index answered 503 Service Unavailable"
    assert finding.message.endswith(words)
