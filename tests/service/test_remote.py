"""``compat check --server``: the same output as without it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from compat.cli import remote
from compat.cli.commands import cli
from compat.cli.remote import check_remotely
from compat.model.errors import UnansweredError, UsageError
from tests.service.running import Running

CONFLICT = "torch==2.4.1\ntorchvision==0.20.0\n"
TARGET = ("--target", "linux-64,python=3.11")

#: Files, and what is asked about them.
PROJECTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "a file": ({"requirements.txt": CONFLICT}, ["requirements.txt"]),
    "a folder": ({"sub/environment.yml": "dependencies: [pip, {pip: [torch]}]\n", "b.txt": "-r sub/c.txt\n", "sub/c.txt": CONFLICT}, ["."]),
    "a file with an include": ({"req.txt": "-r more.txt\n", "more.txt": CONFLICT}, ["req.txt"]),
    "two files as one": ({"a.txt": "torch==2.4.1\n", "requirements-b.txt": "torch==2.5.0\n"}, ["a.txt", "requirements-b.txt", "--together"]),
    "some rules": ({"requirements.txt": CONFLICT}, ["requirements.txt", "--ignore", "ABI001"]),
    "settings above": (
        {"compat.toml": 'ignore = {ABI001 = "a reason"}\nfail-on = "warning"\n', "sub/requirements.txt": CONFLICT},
        ["sub/requirements.txt"],
    ),
    "what does not parse": ({"environment.yml": "dependencies: [a\n"}, ["environment.yml"]),
    "what nobody knows": ({"requirements.txt": "torch==99.0\nnonesuch\n"}, ["requirements.txt"]),
    "odd letters": ({"requirements.txt": "\ufeff# caf\u00e9 \U0001f600\r\ntorch==2.4.1\r\ntorchvision==0.20.0\r\n"}, ["requirements.txt"]),
}  # fmt: skip


class Bridge(httpx.BaseTransport):
    """Takes what a client sends to the service in this process."""

    def __init__(self, service: Running) -> None:
        self.service = service
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        headers = {name: request.headers[name] for name in ("content-type", "authorization") if name in request.headers}
        answer = self.service.ask(request.method, request.url.path, content=request.read(), headers=headers)
        return httpx.Response(answer.status_code, content=answer.content, headers={"content-type": "application/json"})


@pytest.fixture
def bridge(service: Running, monkeypatch: pytest.MonkeyPatch) -> Bridge:
    """Every client of `compat.cli.remote` comes to the service."""
    found = Bridge(service)
    real = remote._ask

    def ask(url: str, body: dict[str, Any], _: object) -> dict[str, Any]:
        return real(url, body, found)

    monkeypatch.setattr(remote, "_ask", ask)
    return found


def marked(ended: Result) -> str:
    """The output; the schema does not say where a related place ends, so its mark is one letter wide."""
    return re.sub(r"(?<=\| )( *)-+(?= )", r"\1-", ended.stdout)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["check", *words])


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("name", PROJECTS)
def test_the_output_is_the_same(
    name: str, form: str, bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, words = PROJECTS[name]
    (tmp_path / ".git").mkdir()
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(text.encode())
    monkeypatch.chdir(tmp_path)
    here = run(*words, *TARGET, "--format", form)
    there = run(*words, *TARGET, "--format", form, "--server", "http://service")
    assert marked(there) == marked(here)
    assert there.exit_code == here.exit_code
    assert len(bridge.seen) == 1


def test_settings_from_above_the_working_folder_count(
    bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.compat]\nignore = {ABI001 = "above"}\ntargets = ["win-64"]\n')
    (tmp_path / "sub" / "requirements.txt").write_text(CONFLICT)
    monkeypatch.chdir(tmp_path / "sub")
    for words in (["requirements.txt"], ["."], [str(tmp_path / "sub" / "requirements.txt")]):
        here, there = run(*words, "--format", "json"), run(*words, "--format", "json", "--server", "http://service")
        assert there.stdout == here.stdout
        assert json.loads(here.stdout)["ignored"]
    assert bridge.seen


def test_stdin_and_fixes(bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["check", "-", "--stdin-filename", "requirements.txt", *TARGET, "--server", "http://service"]
    assert "ABI001" in CliRunner().invoke(cli, words, input=CONFLICT).stdout
    text = "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pip:\n    - requests\n"
    (tmp_path / "environment.yml").write_text(text)
    ended = run("environment.yml", *TARGET, "--fix", "--server", "http://service")
    assert "fixed environment.yml" in ended.stderr
    assert (tmp_path / "environment.yml").read_text() != text
    assert len(bridge.seen) == 3


def test_without_a_target_it_is_this_machines(bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text(CONFLICT)
    here, there = run("requirements.txt"), run("requirements.txt", "--server", "http://service")
    assert marked(here) == marked(there)
    assert bridge.seen


def test_a_refusal_is_wrong_usage(bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text(CONFLICT)
    ended = run("requirements.txt", "--target", "beos", "--server", "http://service")
    assert (ended.exit_code, "beos" in ended.stderr) == (2, True)
    assert bridge.seen


def answering(status: int, body: bytes) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, content=body))


def broken(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("to hunter2@example.org")


@pytest.mark.parametrize(
    ("transport", "says"),
    [
        (answering(503, b'{"detail": "all busy"}'), "503"),
        (answering(429, b'{"detail": "slowly"}'), "429"),
        (answering(200, b"<html>"), "no JSON"),
        (answering(200, b"[]"), "no report"),
        (answering(200, b'{"schema": 1}'), "no report"),
        (answering(302, b"{}"), "302"),
        (httpx.MockTransport(broken), "ConnectError"),
    ],
)
def test_no_answer_decides_nothing(
    transport: httpx.BaseTransport, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text(CONFLICT)
    question: dict[str, Any] = {"targets": ["linux-64"], "together": False, "select": (), "ignore": ()}
    with pytest.raises(UnansweredError, match=says) as caught:
        check_remotely("http://service", ["requirements.txt"], transport=transport, **question)
    assert "hunter2" not in str(caught.value)


def test_a_service_that_is_not_there_exits_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text(CONFLICT)
    ended = run("requirements.txt", "--server", "http://127.0.0.1:9")
    assert ended.exit_code == 3
    assert "not reached" in ended.stderr


def test_the_key_is_sent_and_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPAT_SERVER_KEY", "hunter2")
    (tmp_path / "requirements.txt").write_text(CONFLICT)
    seen: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(401, json={"detail": "a key is needed"})

    with pytest.raises(UsageError) as caught:
        check_remotely(
            "http://service/", ["requirements.txt"], transport=httpx.MockTransport(refuse), targets=["linux-64"]
        )
    assert seen[0].headers["authorization"] == "Bearer hunter2"
    assert str(seen[0].url) == "http://service/v1/check"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "server", ["service", "ftp://service", "http://", "http://user:hunter2@service", "http://[::1"]
)
def test_what_is_no_address(server: str) -> None:
    with pytest.raises(UsageError) as caught:
        remote._checked(server)
    assert "hunter2" not in str(caught.value)


def test_online_and_server_exclude_each_other() -> None:
    assert run(".", "--online", "--server", "http://service").exit_code == 2
