"""``/v1/lock`` and ``/v1/jobs``."""

from __future__ import annotations

import json

from tests.channel_server import ChannelServer
from tests.cli.conda_world import MIXED
from tests.service.locking import TARGET, locked
from tests.service.running import QUIET, Running, request, running
from tests.toy_index import Toys


def test_a_lock_is_what_the_command_writes(locking: Running, index: Toys) -> None:
    job = locked(locking, request({"requirements.txt": "leaf\n"}, [TARGET], formats=["pylock", "requirements"]))
    assert (job["state"], job["problem"]) == ("done", None)
    files = {file["name"]: file["content"] for file in job["result"]["files"]}
    pylock, requirements = (
        next(text for name, text in files.items() if name.startswith(kind)) for kind in ("pylock", "req")
    )
    assert "leaf==1.5" in requirements
    assert index.url in pylock
    assert "hunter2" not in json.dumps(job)
    assert job["result"]["report"]["verdict"] == "ok"


def test_conda_and_pip_together(locking: Running, channels: ChannelServer) -> None:
    text = MIXED.replace("dependencies:", f"channels: [{channels.url}/toys]\ndependencies:")
    job = locked(locking, request({"environment.yml": text}, [TARGET]))
    assert job["state"] == "done", job
    (file,) = job["result"]["files"]
    assert file["name"] == "conda-lock.yml"
    assert "scanner" in file["content"]


def test_a_conflict_is_a_result(locking: Running) -> None:
    job = locked(locking, request({"requirements.txt": "relic\nnumpy>=1.20\n"}, [TARGET]))
    assert job["state"] == "done"
    assert not job["result"]["locked"]
    assert job["result"]["report"]["verdict"] == "conflict"


def test_an_index_that_does_not_answer_is_a_result(index: Toys) -> None:
    with running(QUIET._replace(index_urls=("http://127.0.0.1:9/simple",))) as service:
        job = locked(service, request({"requirements.txt": "leaf\n"}, [TARGET]))
    assert job["state"] == "done"
    assert "127.0.0.1:9" in job["result"]["unreached"]
    assert index.url not in json.dumps(job)


def test_progress_is_streamed(locking: Running) -> None:
    answer = locking.post(
        "/v1/lock", request({"requirements.txt": "leaf\n"}, [TARGET]), headers={"accept": "text/event-stream"}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
    assert (events[0], events[-1]) == ("job", "done")
    assert "progress" in events
    last = json.loads(answer.text.rpartition("data: ")[2])
    assert last["result"]["locked"]
    assert locking.get(answer.headers["location"]).json() == last
