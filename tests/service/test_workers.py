"""Workers that hang, die, grow or fail; and what they may not do."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from compat.service.workers.frames import MAX_ANSWER, MAX_REPLY
from compat.service.workers.pool import worker_command
from tests.service.running import HERE, QUIET, is_problem, request, running

ODD = (sys.executable, str(HERE / "odd_worker.py"))
SETTINGS = QUIET._replace(cache_bytes=0, solve_seconds=0.5, wait_seconds=5.0)


def does(word: str) -> dict[str, object]:
    return request({"a.txt": word})


def test_a_solver_that_hangs_is_killed_and_replaced() -> None:
    with running(SETTINGS, command=ODD) as service:
        before = service.post("/v1/check", does("pid")).json()["pid"]
        began = time.monotonic()
        is_problem(service.post("/v1/check", does("hang")), 504, "took-too-long")
        assert time.monotonic() - began < 2
        after = service.post("/v1/check", does("pid")).json()["pid"]
        assert after != before
        with pytest.raises(ProcessLookupError):
            os.kill(before, 0)
        assert 'compat_workers_replaced_total{why="took too long"} 1.0' in service.get("/metrics").text


@pytest.mark.parametrize("word", ["die", "eat"])
def test_a_solver_that_dies_takes_nobody_with_it(word: str) -> None:
    with running(SETTINGS, command=ODD) as service:
        is_problem(service.post("/v1/check", does(word)), 503, "lost")
        assert service.post("/v1/check", does("pid")).status_code == 200


def test_a_bug_is_told_without_the_words_of_a_file(capfd: pytest.CaptureFixture[str]) -> None:
    with running(SETTINGS, command=ODD) as service:
        answer = service.post("/v1/check", does("fail hunter2"))
        found = is_problem(answer, 500, "bug")
        assert "ValueError" in found["detail"]
    said = capfd.readouterr().err
    assert "odd_worker.py" in said
    assert "hunter2" not in said + answer.text


def test_who_comes_when_all_are_busy_waits_and_beyond_a_bound_does_not() -> None:
    settings = SETTINGS._replace(max_waiting=3, solve_seconds=5.0)
    with running(settings, command=ODD) as service:
        answers = service.post_all("/v1/check", [does(f"sleep 0.2{number}") for number in range(8)])
        assert sorted(answer.status_code for answer in answers) == [200] * 4 + [503] * 4
        refused = next(answer for answer in answers if answer.status_code == 503)
        is_problem(refused, 503, "busy")
        assert refused.headers["retry-after"]


def test_the_same_question_at_the_same_time_is_worked_out_once() -> None:
    with running(SETTINGS._replace(max_waiting=0, solve_seconds=5.0), command=ODD) as service:
        answers = service.post_all("/v1/check", [does("sleep 0.2")] * 20)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        refused = service.post_all("/v1/check", [does("fail")] * 5)
        assert {answer.status_code for answer in refused} == {500}
        assert not service.service.pending


def test_who_waits_too_long_is_told() -> None:
    settings = SETTINGS._replace(wait_seconds=0.2, solve_seconds=5.0)
    with running(settings, command=ODD) as service:
        answers = service.post_all("/v1/check", [does("sleep 1"), does("pid")])
        assert [answer.status_code for answer in answers] == [200, 503]
        assert service.post("/v1/check", does("pid")).status_code == 200


def test_a_worker_retires_and_is_followed_without_a_gap() -> None:
    with running(SETTINGS, command=(*ODD, "5")) as service:
        pids = [service.post("/v1/check", does("pid")).json()["pid"] for _ in range(5)]
        assert len(set(pids)) == 1
        deadline = time.monotonic() + 10
        while service.post("/v1/check", does("pid")).json()["pid"] == pids[0]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert service.post("/v1/check", does("pid")).status_code == 200


def test_an_answer_is_nobody_elses() -> None:
    """Who gives up while a worker is at it does not leave its reply to the next."""
    with running(SETTINGS._replace(solve_seconds=5.0), command=ODD) as service:

        async def give_up() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await service.service.pool.ask(
                        "check", service.service.bounds, json.dumps(does("sleep 0.4")).encode()
                    )

        service.run(give_up())
        assert service.post("/v1/check", does("second")).json()["word"] == "second"


def test_what_waits_when_the_service_ends_is_told() -> None:
    with running(SETTINGS._replace(solve_seconds=30.0), command=ODD) as service:
        found: list[int] = []

        def ask() -> None:
            found.extend(
                answer.status_code
                for answer in service.post_all("/v1/check", [does(f"sleep 2{number}") for number in range(3)])
            )

        asking = threading.Thread(target=ask)
        asking.start()
        while service.service.pool.waiting < 2:
            time.sleep(0.01)
        service.run(service.service.close())
        asking.join(10)
    assert found == [503, 503, 503]


def test_a_service_whose_workers_do_not_start_does_not_start() -> None:
    with pytest.raises(Exception, match="no worker starts"), running(SETTINGS, command=(sys.executable, "-c", "")):
        pass


def test_no_reply_is_longer_than_its_bound() -> None:
    head = f"import sys,struct; sys.stdout.buffer.write(struct.pack('>HBI', 200, 0, {MAX_REPLY + 1}))"
    with pytest.raises(Exception, match="no worker starts"), running(SETTINGS, command=(sys.executable, "-c", head)):
        pass


def test_one_client_does_not_keep_out_the_others() -> None:
    """Who asks what never ends leaves a worker to the others, also while the ones that it broke start anew."""
    settings = SETTINGS._replace(workers=2, rate=1000.0, burst=1000, solve_seconds=1.0, wait_seconds=0.5, max_waiting=8)
    with running(settings, command=ODD) as service:
        for word in ("hang", "die"):
            found: list[int] = []

            def attack(word: str = word, found: list[int] = found) -> None:
                bodies = [does(f"{word} {number}") for number in range(30)]
                found.extend(answer.status_code for answer in service.post_all("/v1/check", bodies))

            attacking = threading.Thread(target=attack)
            attacking.start()
            time.sleep(0.05)
            for number in range(3):
                began = time.monotonic()
                assert service.post("/v1/check", does(f"{word}-{number}"), client="192.0.2.9").status_code == 200
                assert time.monotonic() - began < 0.4
            attacking.join(30)
            assert set(found) <= {503, 504}


def test_an_answer_has_a_bound() -> None:
    with running(SETTINGS, command=ODD) as service:
        is_problem(service.post("/v1/check", does(f"long {MAX_ANSWER + 1}")), 413, "too-large")
        assert service.post("/v1/check", does(f"long {MAX_ANSWER}")).status_code == 200


#: What a worker may not do, as Python; each must end with PermissionError.
FORBIDDEN = {
    "read a file": "open('/etc/passwd')",
    "read a file by its descriptor's path": "import os; os.open('/etc/passwd', os.O_RDONLY)",
    "read above": "open('/usr/../etc/passwd')",
    "write": "open('/tmp/x', 'w')",
    "write beside the code": "import compat; open(compat.__file__ + 'x', 'w')",
    "remove": "import os; os.remove('/tmp/x')",
    "rename": "import os; os.rename('/tmp/x', '/tmp/y')",
    "make a folder": "import os; os.mkdir('/tmp/x/y')",
    "connect": "import socket; socket.create_connection(('169.254.169.254', 80))",
    "connect by name": "import socket; socket.create_connection(('metadata.example', 80))",
    "ask for a name": "import socket; socket.getaddrinfo('example.org', 80)",
    "send": "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    "start a program": "import subprocess; subprocess.run(['true'])",
    "start a shell": "import os; os.system('true')",
    "fork": "import os; os.fork()",
    "become a program": "import os; os.execv('/bin/true', ['true'])",
    "connect to a socket in the file system": "import socket; socket.socket(socket.AF_UNIX).connect('/run/x')",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_guard_refuses(name: str) -> None:
    code = f"from compat.service.workers.guard import forbid\nforbid()\n{FORBIDDEN[name]}"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "PermissionError" in ended.stderr.splitlines()[-1]


def test_the_guard_lets_imports_and_its_folders_through() -> None:
    code = (
        "import tempfile, socket, os\nfolder = tempfile.mkdtemp()\n"
        "from compat.service.workers.guard import forbid\nforbid(hosts=['localhost'], folders=[folder])\n"
        "open(os.path.join(folder, 'x'), 'w').close()\nimport compat.api.relax, xml.dom.minidom\n"
        "from compat.matrix.tables import read_table; read_table('gpus')\n"
        "socket.getaddrinfo('localhost', 80)\n"
        "try: socket.create_connection(('localhost', 1))\nexcept ConnectionRefusedError: print('tried')\n"
        "try: socket.create_connection(('192.0.2.1', 1))\nexcept PermissionError: print('refused')\n"
        "try: socket.getaddrinfo('files.example', 1)\nexcept PermissionError: print('unknown')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["tried", "refused", "unknown"]


def test_a_worker_ends_with_its_service() -> None:
    process = subprocess.Popen(worker_command(0, 0), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.read(7)
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()
