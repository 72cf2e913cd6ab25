"""A request cannot send the service elsewhere: neither its fields nor its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compat.api.serving.foreign import Allowed, refuse_foreign
from compat.model.errors import UsageError
from compat.service.jobs.child import place_files
from tests.service.locking import TARGET, locked
from tests.service.running import QUIET, Running, is_problem, request, running
from tests.toy_index import Toys

LINK_LOCAL = "http://169.254.169.254/latest"

#: Files of a request that name another place than the service's, in every field that may hold one.
FOREIGN = {
    "index of requirements": {"requirements.txt": f"--index-url {LINK_LOCAL}\nleaf\n"},
    "extra index of requirements": {"requirements.txt": f"--extra-index-url {LINK_LOCAL}\nleaf\n"},
    "find-links": {"requirements.txt": f"--find-links {LINK_LOCAL}\nleaf\n"},
    "find-links of a path": {"requirements.txt": "--find-links /srv\nleaf\n"},
    "an include": {"requirements.txt": f"-r {LINK_LOCAL}/more.txt\nleaf\n"},
    "constraints": {"requirements.txt": f"leaf\n-c {LINK_LOCAL}/constraints.txt\n"},
    "a wheel": {"requirements.txt": f"leaf @ {LINK_LOCAL}/leaf-1.0-py3-none-any.whl\n"},
    "a bare address": {"requirements.txt": f"{LINK_LOCAL}/leaf-1.0-py3-none-any.whl\n"},
    "a repository": {"requirements.txt": "leaf @ git+http://169.254.169.254/leaf.git\n"},
    "an editable repository": {"requirements.txt": "-e git+ssh://git@169.254.169.254/leaf.git#egg=leaf\n"},
    "a file": {"requirements.txt": "leaf @ file:///srv/leaf-1.0-py3-none-any.whl\n"},
    "a path": {"requirements.txt": "/srv/leaf-1.0-py3-none-any.whl\n"},
    "a folder above": {"requirements.txt": "-e ../leaf\n"},
    "another channel": {"environment.yml": f"channels: [{LINK_LOCAL}]\ndependencies: [numpy]\n"},
    "a channel by name": {"environment.yml": "channels: [conda-forge]\ndependencies: [numpy]\n"},
    "a channel of a path": {"environment.yml": "channels: [/srv/channel]\ndependencies: [numpy]\n"},
    "a channel of a file": {"environment.yml": "channels: ['file:///srv/channel']\ndependencies: [numpy]\n"},
    "a channel of one package": {"environment.yml": f"dependencies: ['{LINK_LOCAL}::numpy']\n"},
    "a channel in brackets": {"environment.yml": f"dependencies: ['numpy[channel={LINK_LOCAL}]']\n"},
    "a conda package": {"environment.yml": f"dependencies: ['{LINK_LOCAL}/linux-64/numpy-1.0-0.conda']\n"},
    "an index in the pip part": {
        "environment.yml": f"dependencies: [python=3.11, {{pip: ['--index-url {LINK_LOCAL}', leaf]}}]\n"
    },
    "uv's index": {
        "pyproject.toml": '[project]\nname="x"\nversion="1"\ndependencies=["leaf"]\n[[tool.uv.index]]\n'
        f'name="a"\nurl="{LINK_LOCAL}"\n'
    },
    "uv's source": {
        "pyproject.toml": '[project]\nname="x"\nversion="1"\ndependencies=["leaf"]\n'
        f'[tool.uv.sources]\nleaf={{url="{LINK_LOCAL}/leaf-1.0-py3-none-any.whl"}}\n'
    },
    "uv's repository": {
        "pyproject.toml": '[project]\nname="x"\nversion="1"\ndependencies=["leaf"]\n'
        f'[tool.uv.sources]\nleaf={{git="{LINK_LOCAL}/leaf.git"}}\n'
    },
    "Poetry's source": {
        "pyproject.toml": '[tool.poetry]\nname="x"\nversion="1"\n[tool.poetry.dependencies]\npython="3.11"\nleaf="*"\n'
        f'[[tool.poetry.source]]\nname="a"\nurl="{LINK_LOCAL}"\n'
    },
    "Poetry's repository": {
        "pyproject.toml": '[tool.poetry]\nname="x"\nversion="1"\n[tool.poetry.dependencies]\npython="3.11"\n'
        f'leaf={{git="{LINK_LOCAL}/leaf.git"}}\n'
    },
    "pixi's channel": {
        "pixi.toml": f'[workspace]\nname="x"\nchannels=["{LINK_LOCAL}"]\nplatforms=["linux-64"]\n[dependencies]\nnumpy="*"\n'
    },
    "pixi's index": {
        "pixi.toml": '[workspace]\nname="x"\nchannels=[]\nplatforms=["linux-64"]\n[pypi-dependencies]\nleaf="*"\n'
        f'[pypi-options]\nindex-url="{LINK_LOCAL}"\n'
    },
    "pixi's repository": {
        "pixi.toml": '[workspace]\nname="x"\nchannels=[]\nplatforms=["linux-64"]\n[pypi-dependencies]\n'
        f'leaf={{git="{LINK_LOCAL}/leaf.git"}}\n'
    },
}


@pytest.mark.parametrize("name", FOREIGN)
def test_files_cannot_send_the_service_elsewhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place_files({path: text.encode() for path, text in FOREIGN[name].items()}, tmp_path / "files")
    monkeypatch.chdir(tmp_path / "files")
    allowed = Allowed(("https://index.example/simple",), ("https://channel.example/toys",))
    with pytest.raises(UsageError) as caught:
        refuse_foreign(["."], allowed)
    (file,) = FOREIGN[name]
    assert caught.value.message.startswith(f"{file}:")


@pytest.mark.parametrize("name", ["index of requirements", "a channel of one package"])
def test_a_job_refuses_such_files(name: str, locking: Running) -> None:
    job = locked(locking, request(FOREIGN[name], [TARGET]))
    assert job["state"] == "failed", job
    assert job["problem"]["type"] == "urn:compat-matrix:problem:refused"


def test_what_an_include_asks_for_is_looked_at_too(locking: Running) -> None:
    files = {"requirements.txt": "-r sub/more.txt\nleaf\n", "sub/more.txt": f"--index-url {LINK_LOCAL}\n"}
    job = locked(locking, request(files, [TARGET], roots=["requirements.txt"]))
    assert job["problem"]["detail"].startswith("sub/more.txt:1")


@pytest.mark.parametrize(
    "field", [{"index_url": LINK_LOCAL}, {"channels": [LINK_LOCAL]}, {"channels": ["conda-forge"]}]
)
def test_a_request_cannot_either(field: dict[str, object], locking: Running) -> None:
    job = locked(locking, request({"requirements.txt": "leaf\n"}, [TARGET], **field))
    assert "of this service" in job["problem"]["detail"]
    assert "hunter2" not in json.dumps(job)


@pytest.mark.parametrize("line", ["", "channels: []\n"])
def test_without_a_channel_those_of_the_service_are_asked(line: str, locking: Running) -> None:
    """And never conda's own, which nobody has allowed."""
    job = locked(locking, request({"environment.yml": f"{line}dependencies: [python=3.11]\n"}, [TARGET]))
    assert job["state"] == "done", job
    assert "anaconda" not in json.dumps(job)
    assert job["result"]["unreached"] is None


def test_without_any_channel_there_is_no_conda_part(index: Toys) -> None:
    with running(QUIET._replace(index_urls=(index.url,))) as service:
        job = locked(service, request({"environment.yml": "dependencies: [python=3.11]\n"}, [TARGET]))
    assert "no conda channel" in job["problem"]["detail"]


def test_no_folder_of_the_service_is_named(locking: Running) -> None:
    files = {"requirements.txt": "leaf\n", "compat.toml": "nonsense = 1\n"}
    job = locked(locking, request(files, [TARGET], roots=["requirements.txt"]))
    assert job["problem"]["detail"].startswith("compat.toml:1")


def test_an_index_that_was_allowed_may_be_chosen(locking: Running, index: Toys) -> None:
    text = f"--index-url {index.url}\nleaf\n"
    for files, more in (
        ({"requirements.txt": text}, {}),
        ({"requirements.txt": "leaf\n"}, {"index_url": f"{index.url}/"}),
    ):
        assert locked(locking, request(files, [TARGET], **more))["result"]["locked"]


@pytest.mark.parametrize(
    "name",
    [
        "../a.txt",
        "/etc/a.txt",
        "a/../../b.txt",
        "a\\b.txt",
        "C:a.txt",
        ".git/config",
        "sub/.git",
        "./a.txt",
        "a//b.txt",
        "x" * 300,
    ],
)
def test_names_lead_nowhere_else(name: str, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"relative path|cannot be a file"):
        place_files({name: b"leaf\n"}, tmp_path / "files")
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_one_file_cannot_be_the_folder_of_another(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot be a file"):
        place_files({"a": b"", "a/b.txt": b""}, tmp_path / "files")


def test_host_is_refused(locking: Running) -> None:
    assert "host" in locked(locking, request({"requirements.txt": "leaf\n"}, ["host"]))["problem"]["detail"]


def test_nothing_is_locked_where_no_index_is_allowed(service: Running) -> None:
    is_problem(service.post("/v1/lock", request({"requirements.txt": "leaf\n"})), 403, "no-index")
