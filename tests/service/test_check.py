"""``/v1/check``, ``/v1/relax`` and ``/v1/check:batch``."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from compat.api import check_files
from compat.api.relax import relax_files
from compat.cli.commands import cli
from compat.report.json import render_json
from compat.report.relaxation_json import render_relaxation_json
from tests.service.running import PAIR, QUIET, Running, is_problem, request, running

ARM = "linux-aarch64,gpu=gh200,driver=580,python=3.11"

#: Files by name, and targets: each face says the same about them, byte for byte.
FACES: dict[str, tuple[dict[str, bytes], list[str]]] = {
    "a conflict": ({"requirements.txt": PAIR.encode()}, ["linux-64"]),
    "nothing to find": ({"requirements.txt": b"requests==2.32.3\n"}, ["linux-64,python=3.12"]),
    "conda and pip, two targets": (
        {"environment.yml": b"channels: [pytorch]\ndependencies:\n  - pytorch=2.1\n  - pip:\n    - torch==2.4.1\n"},
        ["linux-64", ARM],
    ),
    "an include": ({"a.txt": b"-r sub/b.txt\ntorch==2.4.1\n", "sub/b.txt": b"torchvision==0.20.0\n"}, ["linux-64"]),
    "a missing include": ({"requirements.txt": b"-r gone.txt\ntorch\n"}, ["linux-64"]),
    "CRLF and a byte order mark": (
        {"requirements.txt": b"\xef\xbb\xbftorch==2.4.1\r\ntorchvision==0.20.0\r\n"},
        ["linux-64"],
    ),
    "Latin-1": ({"requirements.txt": "# caf\xe9\ntorch==2.4.1\n".encode("latin-1")}, ["linux-64"]),
    "does not parse": ({"environment.yml": b"dependencies: [a, b\n"}, ["linux-64"]),
    "no kind that is known": ({"notes.md": b"hello\n"}, ["linux-64"]),
    "settings of the project": (
        {
            "pyproject.toml": b'[project]\nname="x"\nversion="1"\ndependencies=["torch==2.4.1","torchvision==0.20.0"]\n'
            b'[tool.compat]\nignore = {ABI001 = "a reason"}\ntargets = ["win-64"]\n'
        },
        [],
    ),
    "two descriptors": (
        {"requirements.txt": b"torch==2.4.1\n", "environment.yml": b"dependencies: [{pip: [torch==2.5.0]}]\n"},
        ["linux-64"],
    ),
}


def encoded(files: dict[str, bytes]) -> list[dict[str, str]]:
    return [
        {"name": name, "content": base64.b64encode(data).decode(), "encoding": "base64"} for name, data in files.items()
    ]


@pytest.mark.parametrize("name", FACES)
def test_three_faces_say_the_same(name: str, service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, targets = FACES[name]
    (tmp_path / ".git").mkdir()
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    options = [word for target in targets for word in ("--target", target)]
    printed = CliRunner().invoke(cli, ["check", *files, "--format", "json", *options])
    roots = list(files)
    body = {"files": encoded(files), "targets": targets, "roots": roots}
    answer = service.post("/v1/check", body)
    library = render_json(check_files(files, targets=targets, roots=roots))
    assert answer.status_code == 200
    assert answer.content.decode() == library == printed.stdout
    answer = service.post("/v1/check", {**body, "roots": ["./"]})
    printed = CliRunner().invoke(cli, ["check", ".", "--format", "json", *options])
    if name != "no kind that is known":
        assert answer.content.decode() == printed.stdout


def test_a_conflict_is_an_answer(service: Running) -> None:
    answer = service.post("/v1/check", request({"requirements.txt": PAIR}))
    assert (answer.status_code, answer.json()["verdict"]) == (200, "conflict")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_the_same_again_comes_from_the_cache(service: Running) -> None:
    body = request({"requirements.txt": "torch==2.7.1\n# the same again\n"})
    hits = service.service.cache.hits
    first, second = service.post("/v1/check", body), service.post("/v1/check", body)
    assert first.content == second.content
    assert service.service.cache.hits == hits + 1


def test_options_are_those_of_the_command(service: Running) -> None:
    files = {"requirements.txt": PAIR, "more.txt": "torch==2.5.0\n"}
    found = service.post("/v1/check", request(files, together=True, roots=list(files))).json()
    assert {one["code"] for one in found["diagnostics"]} >= {"REQ003"}
    found = service.post("/v1/check", request(files, roots=["requirements.txt"], ignore=["ABI"])).json()
    assert found["diagnostics"] == []
    assert found["ignored"][0]["code"] == "ABI001"


def test_relaxing_says_what_the_library_says(service: Running) -> None:
    files = {"requirements.txt": "torch==2.7.1\nnumpy==1.26.4\n"}
    answer = service.post("/v1/relax", request(files, policy="major", prove=True))
    data = {name: text.encode() for name, text in files.items()}
    expected = relax_files(data, targets=["linux-64"], policy="major", prove=True)
    assert answer.content.decode() == render_relaxation_json(expected)


def test_a_batch_answers_each_in_its_place(service: Running) -> None:
    good, bad = request({"requirements.txt": PAIR}), request({"requirements.txt": "torch\n"}, ["host"])
    answer = service.post("/v1/check:batch", {"requests": [good, bad, good]})
    first, second, third = answer.json()["answers"]
    assert first == third == {"status": 200, "report": service.post("/v1/check", good).json()}
    assert (second["status"], second["problem"]["type"]) == (422, "urn:compat-matrix:problem:refused")


#: Bodies that get no answer: status, kind, and a word of the detail.
WRONG: dict[str, tuple[Any, int, str, str]] = {
    "no JSON": (b'{"files"', 400, "no-json", "JSON"),
    "a lone surrogate": (rb'{"files":[{"name":"a.txt","content":"\ud800"}]}', 400, "no-json", "JSON"),
    "not UTF-8": (b'{"files":[{"name":"a.txt","content":"\xff"}]}', 400, "no-json", "JSON"),
    "deep": (b"[" * 100_000, 400, "no-json", "JSON"),
    "no object": (b"[]", 422, "invalid", "the body"),
    "no files": ({}, 422, "invalid", "/files"),
    "an unknown member": (request({"a.txt": ""}, verbose=True), 422, "invalid", "/verbose"),
    "a number as text": (request({"a.txt": ""}, together="yes"), 422, "invalid", "/together"),
    "a name with a line end": (request({"a\n.txt": ""}), 422, "invalid", "/files/0/name"),
    "no base64": ({"files": [{"name": "a.txt", "content": "?", "encoding": "base64"}]}, 422, "refused", "base64"),
    "host": (request({"a.txt": "torch\n"}, ["host"]), 422, "refused", "host"),
    "host with a key": (request({"a.txt": "torch\n"}, [" host ,gpu=none"]), 422, "refused", "host"),
    "host in the settings": (
        request({"requirements.txt": "torch\n", "compat.toml": 'targets = ["host"]\n'}, []), 422, "refused", "host",
    ),
    "an unknown platform": (request({"a.txt": "torch\n"}, ["beos"]), 422, "refused", "beos"),
    "an unknown root": (request({"a.txt": "torch\n"}, roots=["b.txt"]), 422, "refused", "b.txt"),
    "a name twice": ({"files": [{"name": "a.txt", "content": ""}] * 2}, 422, "refused", "a.txt"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_gets_no_answer(name: str, service: Running) -> None:
    body, status, kind, word = WRONG[name]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = service.ask("POST", "/v1/check", content=raw, headers={"content-type": "application/json"})
    assert word in is_problem(answer, status, kind)["detail"]


def test_a_problem_repeats_no_content(service: Running) -> None:
    body = {"files": [{"name": "a.txt", "content": {"hunter2": "hunter2"}}], "targets": [1, "hunter2" * 50]}
    assert "hunter2" not in service.post("/v1/check", body).text


def test_only_json_is_taken(service: Running) -> None:
    answer = service.ask("POST", "/v1/check", content=b"files=1", headers={"content-type": "text/plain"})
    is_problem(answer, 415, "wrong-media-type")
    is_problem(service.ask("POST", "/v1/check", content=b"{}"), 415, "wrong-media-type")
    packed = {"content-type": "application/json", "content-encoding": "gzip"}
    is_problem(service.ask("POST", "/v1/check", content=b"x", headers=packed), 415, "wrong-media-type")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example:8000", "null", "http://["])
def test_a_page_of_another_host_may_not_ask(origin: str, service: Running) -> None:
    """Its name could point to 127.0.0.1, where it would be of the same origin."""
    body = request({"requirements.txt": PAIR})
    is_problem(service.post("/v1/check", body, headers={"origin": origin}), 403, "other-origin")
    for own in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        assert service.post("/v1/check", body, headers={"origin": own}).status_code == 200


def test_behind_a_proxy_any_origin_may_be_its_own() -> None:
    with running(QUIET._replace(trusted_proxies=("192.0.2.1",))) as service:
        answer = service.post("/v1/check", request({"a.txt": ""}), headers={"origin": "https://compat.example"})
        assert answer.status_code == 200
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_nothing_is_read_from_the_disk(service: Running, tmp_path: Path) -> None:
    """What an include names exists on this machine, and the answer is the same as if it did not."""
    (tmp_path / "real.txt").write_text("torchvision==0.20.0\n", encoding="utf-8")
    for path in (f"{tmp_path}/real.txt", "/etc/passwd", "../../../../etc/passwd", "file:///etc/passwd"):
        found = service.post("/v1/check", request({"requirements.txt": f"-r {path}\ntorch==2.4.1\n"})).json()
        assert [file["path"] for file in found["files"]] == ["requirements.txt"]
        assert {one["code"] for one in found["diagnostics"]} == {"REQ004"}


def bomb(levels: int) -> str:
    """Nine aliases of nine aliases of ...: 9**levels values if somebody makes them all."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join([*lines, f"dependencies: *a{levels - 1}", ""])


#: Files that are small and would take long, or much memory, if they were taken at their word.
BOMBS = {
    "aliases": {"environment.yml": bomb(12)},
    "an alias of itself": {"environment.yml": "dependencies: &a [*a]\n"},
    "deep lists": {"environment.yml": f"dependencies: {'[' * 5000}{']' * 5000}\n"},
    "deep tables": {"pyproject.toml": f"a = {'[' * 5000}{']' * 5000}\n"},
    "deep keys": {"pixi.toml": f"[workspace]\nchannels=[]\n{'a.' * 5000}b = 1\n"},
    "deep markers": {"requirements.txt": f"torch; {'(' * 5000}python_version > '3'{')' * 5000}\n"},
    "a long number": {"requirements.txt": f"torch=={'9' * 20_000}\n"},
    "a long line": {"requirements.txt": f"torch{'=' * 500_000}\n"},
    "many lines": {"requirements.txt": "torch==2.4.1\n" * 99_000},
    "many commas": {"requirements.txt": f"torch{'>=1,' * 40_000}<2\n"},
    "a pattern": {"environment.yml": f"dependencies: ['numpy * ^({'a+' * 30})+$']\n"},
    "includes of each other": {f"r{n}.txt": "".join(f"-r r{m}.txt\n" for m in range(60)) for n in range(60)},
    "NUL and controls": {"requirements.txt": "torch\x00\x01\x02==1\n"},
    "a large table of names": {"compat.toml": "[names]\n" + "".join(f'n{n} = "m{n}"\n' for n in range(20_000))},
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_is_a_bomb_gets_an_answer(name: str, service: Running) -> None:
    """A conflict, or a file that does not parse: in any case soon, and from a worker that is still there."""
    pid = service.service.pool._idle[-1].pid
    answer = service.post("/v1/check", request(BOMBS[name]))
    assert answer.status_code in (200, 422), answer.text[:300]
    assert service.service.pool._idle[-1].pid == pid
