"""The matrix behind ``--online``: what is asked, what becomes of the answers, and what stays unknown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date

import httpx
import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.index import OnlineMatrix
from compat.index.online.client import make_client
from compat.model.errors import UsageError
from compat.model.knowledge import Matrix, Project, Release, Wheels
from compat.model.names import PyPIName, to_pypi_name
from tests.index.pages import FACT, FILES, TODAY, URL, Curated, Index, metadata, online, wheel

FOO = [
    "foo-2.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    "foo-2.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    "foo-2.0-cp312-cp312-manylinux_2_28_aarch64.whl",
    "foo-2.0-cp312-cp312t-manylinux_2_28_x86_64.whl",
    "foo-2.0-cp312-cp312-musllinux_1_2_x86_64.whl",
    "foo-2.0.tar.gz",
    "foo-1.0-py3-none-any.whl",
    "foo-3.0rc1-py3-none-any.whl",
    "foo-0.9.egg",
    "other-9.0-py3-none-any.whl",
]


def name(text: str) -> PyPIName:
    return to_pypi_name(text)


def known(matrix: OnlineMatrix, project: str) -> Project:
    found = matrix.project(name(project))
    assert found is not None
    return found


def test_a_project_has_its_final_releases_newest_first() -> None:
    found = known(online(Index({"foo": FOO}), "foo"), "foo")
    assert [str(release.version) for release in found.releases] == ["2.0", "1.0"]
    assert found.complete
    assert found.fact == (f"pkg:pypi/foo?repository_url={URL} file list", TODAY, False)


def test_a_release_says_what_its_file_names_say() -> None:
    release = known(online(Index({"foo": FOO}), "foo"), "foo").releases[0]
    assert release.wheels == {
        "linux-64": Wheels(frozenset({(3, 11), (3, 12)}), None, (2, 28)),
        "linux-aarch64": Wheels(frozenset({(3, 12)}), None, (2, 28)),
    }
    assert (release.sdist, release.yanked, release.uploaded) == (True, None, date(2026, 11, 1))
    assert release.files_fact.source == f"pkg:pypi/foo@2.0?repository_url={URL} file list"
    assert repr(release) == "IndexRelease(foo==2.0)"


def test_metadata_is_read_of_the_wheel_that_fits_and_only_when_asked_for() -> None:
    content = {
        f"{FOO[1]}.metadata": metadata("torch (>=2.0)", "bar>=1; python_version > '3'"),
        f"{FOO[2]}.metadata": metadata("torch<2"),
    }
    index = Index({"foo": FOO}, content)
    matrix = online(index, "foo==1.0")
    release = known(matrix, "foo").releases[0]
    assert not any(FOO[1] in path for path in index.asked)
    assert [r.text for r in release.requires_for("linux-64")] == ["torch>=2.0", 'bar>=1; python_version > "3"']
    assert release.requires == release.requires_for("linux-64", (3, 12))
    assert [r.text for r in release.requires_for("linux-aarch64", (3, 12))] == ["torch<2"]
    assert release.fact_for("linux-aarch64").source.endswith(f"{FOO[2]} METADATA")
    assert (release.requires_on, release.facts_on, release.invalid) == ({}, {}, ())


def test_the_release_that_a_file_asks_for_is_read_ahead() -> None:
    index = Index({"foo": FOO, "bar": ["bar-1-py3-none-any.whl"]})
    matrix = online(index, "foo==1.0", "bar")
    assert index.asked == []
    known(matrix, "foo")
    assert {"/simple/bar/", "/foo-1.0-py3-none-any.whl.metadata", "/bar-1-py3-none-any.whl.metadata"} <= set(
        index.asked
    )


def test_a_solver_that_wanders_through_a_project_finds_it_read_ahead() -> None:
    index = Index({"foo": [f"foo-{number}.0-py3-none-any.whl" for number in range(30)]})
    releases = known(online(index, "foo"), "foo").releases
    for release in releases[:2]:
        assert release.requires == ()
    asked = len(index.asked)
    for release in releases[:8]:
        assert release.requires == ()
    assert len(index.asked) == asked
    assert len(set(index.asked)) == len(index.asked)


def test_each_page_is_asked_for_once() -> None:
    index = Index({"foo": FOO})
    matrix = online(index, "foo")
    assert known(matrix, "foo") is known(matrix, "foo")
    assert index.asked.count("/simple/foo/") == 1


def test_metadata_without_pep_658_is_read_out_of_the_wheel() -> None:
    file = "foo-1.0-py3-none-any.whl"
    for last in (True, False):
        content = wheel(metadata("torch<2"), padding=300_000, last=last)
        release = known(online(Index({"foo": [file]}, {file: content}), "foo"), "foo").releases[0]
        assert [r.text for r in release.requires] == ["torch<2"]
        assert not release.fact.thin


@pytest.mark.parametrize("content", [b"", b"no zip file", wheel(b"")[:-5]])
def test_metadata_that_cannot_be_had_is_unknown_and_thin(content: bytes) -> None:
    file = "foo-1.0-py3-none-any.whl"
    release = known(online(Index({"foo": [file]}, {file: content}), "foo"), "foo").releases[0]
    assert (release.requires, release.fact.thin, release.invalid) == ((), True, ())


def test_a_source_archive_alone_says_nothing_of_its_requirements() -> None:
    index = Index({"foo": [{"filename": "foo-1.0.tar.gz", "requires-python": ">=3.8"}]})
    release = known(online(index, "foo"), "foo").releases[0]
    assert (release.requires, release.fact.thin, release.wheels) == ((), True, {})
    assert release.requires_python == SpecifierSet(">=3.8")
    assert index.asked == ["/simple/foo/"]


def test_lines_that_are_no_requirement_are_quoted() -> None:
    file = "foo-1.0-py3-none-any.whl"
    content = {f"{file}.metadata": metadata("torch>=1.9.*", "not a requirement", python="3,9")}
    index = Index({"foo": [{"filename": file, "requires-python": "3,9"}]}, content)
    release = known(online(index, "foo"), "foo").releases[0]
    assert [r.text for r in release.requires] == ["torch>=1.9"]
    assert release.invalid == (
        "Requires-Dist: torch>=1.9.*",
        "Requires-Dist: not a requirement",
        "Requires-Python: 3,9",
    )
    assert release.requires_python == SpecifierSet()


def test_a_release_is_yanked_when_all_its_files_are() -> None:
    files: list[str | Mapping[str, object]] = [
        {"filename": "foo-1.0-py3-none-any.whl", "yanked": True},
        {"filename": "foo-1.0.tar.gz", "yanked": "broken"},
        {"filename": "foo-0.9-py3-none-any.whl", "yanked": "broken"},
        "foo-0.9.tar.gz",
    ]
    one, other = known(online(Index({"foo": files}), "foo"), "foo").releases
    assert (one.yanked, other.yanked) == ("broken; no reason given", None)
    assert other.wheels == {}


# -- what is asked -----------------------------------------------------------------------------------------------------


def covered(project: str, *versions: str) -> Project:
    releases = tuple(
        Release(
            project=name(project),
            version=Version(version),
            requires=(),
            requires_on={},
            requires_python=SpecifierSet(),
            wheels={},
            sdist=False,
            yanked=None,
            fact=FACT,
            files_fact=FACT,
        )
        for version in versions
    )
    return Project(name(project), releases, True, FACT)


def test_a_covered_project_gets_its_newer_releases() -> None:
    curated = covered("foo", "1.0", "0.9")
    found = known(online(Index({"foo": FOO}), "foo", matrix=Curated(curated)), "foo")
    assert [str(release.version) for release in found.releases] == ["2.0", "1.0", "0.9"]
    assert found.releases[1:] == curated.releases
    assert found.fact.read_on == TODAY


def test_a_covered_project_that_has_no_newer_release_stays_as_it_is() -> None:
    curated = covered("foo", "2.0")
    assert known(online(Index({"foo": FOO}), "foo", matrix=Curated(curated)), "foo") is curated


def test_only_what_the_files_lead_to_is_asked_for() -> None:
    """A name that only conda packages have, or that a rule tries, never leaves the machine."""
    pages = {"foo": ["foo-1-py3-none-any.whl"], "bar": ["bar-1-py3-none-any.whl"], "numpy": [], "secret": []}
    index = Index(pages, {"foo-1-py3-none-any.whl.metadata": metadata("bar", "secret")})
    matrix = online(index, "foo", matrix=Curated(mentioned=["numpy"]), never=[name("secret")])
    for asked in ("bar", "secret", "libblas"):
        assert matrix.project(name(asked)) is None
    assert index.asked == []
    assert known(matrix, "foo").releases[0].requires
    assert known(matrix, "bar").newest == Version("1")
    for asked in ("secret", "libblas", "numpy"):
        assert matrix.project(name(asked)) is None
    assert {path.split("/")[2] for path in index.asked if path.startswith("/simple")} == {"foo", "bar", "numpy"}


def test_a_constrained_project_is_asked_for_when_something_requires_it() -> None:
    index = Index({"foo": FOO, "bar": []})
    matrix = online(index, "foo", bounds=[name("bar")])
    assert {name("foo"), name("bar")} <= matrix.mentioned()
    known(matrix, "foo")
    assert "/simple/bar/" not in index.asked
    assert matrix.project(name("bar")) is None
    assert "/simple/bar/" in index.asked


def test_every_other_question_is_the_matrix_s_own() -> None:
    matrix = online(Index({}))
    assert matrix.couplings() == ("the matrix's own",)
    assert matrix.version == "2026-11-22"
    for question in vars(Matrix):
        if not question.startswith("_"):
            assert hasattr(OnlineMatrix, question) or "__getattr__" in vars(OnlineMatrix)


# -- what stays unknown --------------------------------------------------------------------------------------------------


def test_a_project_that_the_index_lacks_is_unknown_and_named() -> None:
    matrix = online(Index({}), "foo")
    assert matrix.project(name("foo")) is None
    assert (matrix.absent, matrix.unreached) == ({"foo"}, {})


def test_a_project_with_nothing_but_pre_releases_is_unknown() -> None:
    assert online(Index({"foo": ["foo-1.0a1.tar.gz"]}), "foo").project(name("foo")) is None


def broken(answer: httpx.Response | Exception) -> OnlineMatrix:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.Client(transport=httpx.MockTransport(handle))
    return OnlineMatrix(Curated(), bounds=[name("foo")], index=URL, client=client)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.ConnectError("name not known"), "no connection"),
        (httpx.ReadTimeout("slow"), "no answer within 10 s"),
        (httpx.ReadError("cut"), "the connection broke (ReadError)"),
        (httpx.TooManyRedirects("loop"), "redirected too often"),
        (httpx.Response(503), "the index answered 503 Service Unavailable"),
        (httpx.Response(401), "the index answered 401 Unauthorized"),
        (httpx.Response(200, content=b"<html>"), "the answer is no file list in JSON (PEP 691)"),
        (httpx.Response(200, json=[]), "the answer is no file list in JSON (PEP 691)"),
        (httpx.Response(200, json={"files": [{"url": 1}]}), "the answer is no file list in JSON (PEP 691)"),
    ],
)
def test_an_index_that_does_not_answer_proves_nothing(answer: httpx.Response | Exception, why: str) -> None:
    matrix = broken(answer)
    assert matrix.project(name("foo")) is None
    assert (matrix.unreached, matrix.absent) == ({"foo": why}, set())


def test_metadata_that_was_not_reached_leaves_the_release_without_requirements() -> None:
    class Half(Index):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.url.host == "files.example":
                raise httpx.ConnectError("gone")
            return super().__call__(request)

    matrix = online(Half({"foo": FOO}), "foo")
    release = known(matrix, "foo").releases[0]
    assert (release.requires, release.fact.thin) == ((), True)
    assert matrix.unreached == {"foo": "no connection"}


def test_a_silent_index_is_not_asked_for_every_project() -> None:
    index = Index({})

    def silent(request: httpx.Request) -> httpx.Response:
        index.asked.append(request.url.path)
        raise httpx.ConnectError("gone")

    client = httpx.Client(transport=httpx.MockTransport(silent))
    names = [name(f"foo{number}") for number in range(40)]
    matrix = OnlineMatrix(Curated(), bounds=names, index=URL, client=client)  # type: ignore[arg-type]
    assert [matrix.project(each) for each in names] == [None] * 40
    assert len(index.asked) == 3
    assert matrix.unreached[names[-1]] == "no connection"


def test_too_many_questions_and_too_long_answers_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.index.online.client.MAX_BYTES", 10)
    assert "longer than" in online_why(online(Index({"foo": FOO}), "foo"))
    monkeypatch.setattr("compat.index.online.client.MAX_REQUESTS", 0)
    assert "not asked" in online_why(online(Index({"foo": FOO}), "foo"))


def online_why(matrix: OnlineMatrix) -> str:
    assert matrix.project(name("foo")) is None
    return matrix.unreached[name("foo")]


# -- credentials ---------------------------------------------------------------------------------------------------------


def test_credentials_go_to_the_index_alone_and_are_never_shown() -> None:
    file = "foo-1.0-py3-none-any.whl"
    index = Index({"foo": [file, {"filename": "foo-2.0-py3-none-any.whl", "url": "../../foo-2.0-py3-none-any.whl"}]})
    address = "https://user:pa%40ss@index.example/simple"
    matrix = OnlineMatrix(
        Curated(),  # type: ignore[arg-type]
        index=address,
        bounds=[name("foo")],
        client=index.client,
        today=TODAY,
    )
    for release in known(matrix, "foo").releases:
        assert release.requires == ()
    sent = dict(index.authorizations)
    assert sent["index.example"] == "Basic dXNlcjpwYUBzcw=="
    assert sent["files.example"] is None
    assert FILES.endswith("files.example")
    assert "ss@" not in known(matrix, "foo").fact.source


def test_the_client_waits_seconds_not_minutes_and_follows_redirects() -> None:
    client = make_client()
    assert client.timeout == httpx.Timeout(10.0)
    assert client.follow_redirects
    assert client.headers["User-Agent"].startswith("compat-matrix/")


def test_without_httpx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(UsageError, match=r"`--online` needs httpx"):
        OnlineMatrix(Curated(), index=URL)  # type: ignore[arg-type]
