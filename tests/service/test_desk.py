"""Many jobs, slow ones, and the end of the service; what runs are stand-ins."""

from __future__ import annotations

import time

from tests.service.locking import ODD, SLOW, does, ended, is_alive, locked, place_of
from tests.service.running import is_problem, running


def test_five_hundred_jobs_at_once() -> None:
    """A few run, a few wait, the rest is told when to come again; and every job that was taken in ends."""
    with running(SLOW, job_command=ODD) as service:
        start = time.monotonic()
        answers = service.post_all("/v1/lock", [does("sleep 0.5")] * 500)
        ended_meanwhile = SLOW.lock_jobs * (time.monotonic() - start) / 0.5
        taken = [answer for answer in answers if answer.status_code == 202]
        refused = [answer for answer in answers if answer.status_code != 202]
        # Five wait and two run; where 500 questions take longer than a job, others take the places of those that ended.
        assert SLOW.lock_waiting <= len(taken) <= SLOW.lock_waiting + SLOW.lock_jobs + ended_meanwhile
        assert refused
        assert len(taken) + len(refused) == 500
        for answer in refused:
            is_problem(answer, 429, "too-many-jobs")
            assert answer.headers["retry-after"]
        jobs = [ended(service, answer.headers["location"]) for answer in taken]
        assert {job["state"] for job in jobs} == {"done"}
        for pid, folder in map(place_of, jobs):
            assert not folder.exists()
            assert not is_alive(pid)
        assert service.post("/v1/lock", does("pid")).status_code == 202


def test_a_job_has_a_home_of_its_own() -> None:
    with running(SLOW, job_command=ODD) as service:
        first, second = (locked(service, does("home")) for _ in range(2))
    assert first["result"]["home"] != second["result"]["home"]
    assert "compat-lock-" in first["result"]["home"]


def test_a_job_that_takes_too_long_is_killed() -> None:
    with running(SLOW._replace(lock_seconds=0.5), job_command=ODD) as service:
        job = locked(service, does("sleep 60"))
        assert job["problem"]["type"].endswith("took-too-long")
        assert not is_alive(place_of(job)[0])


def test_a_job_that_dies_is_handed_back_as_failed() -> None:
    with running(SLOW, job_command=ODD) as service:
        assert locked(service, does("die"))["problem"]["type"].endswith("lost")
    with running(SLOW, job_command=("/no/such/program",)) as service:
        assert locked(service, does("pid"))["problem"]["type"].endswith("lost")


def test_a_job_is_its_owners() -> None:
    with running(SLOW, job_command=ODD) as service:
        place = service.post("/v1/lock", does("pid")).headers["location"]
        assert service.get(place).status_code == 200
        is_problem(service.get(place, client="192.0.2.9"), 404, "not-found")
        is_problem(service.get("/v1/jobs/nope"), 404, "not-found")


def test_jobs_are_forgotten() -> None:
    with running(SLOW._replace(job_seconds=0.2), job_command=ODD) as service:
        answer = service.post("/v1/lock", does("pid"))
        ended(service, answer.headers["location"])
        time.sleep(0.3)
        is_problem(service.get(answer.headers["location"]), 404, "not-found")


def test_draining_hands_back_what_waits_and_gives_the_rest_its_grace() -> None:
    with running(SLOW._replace(lock_jobs=1, grace_seconds=1.0), job_command=ODD) as service:
        places = [service.post("/v1/lock", does("sleep 0.3")).headers["location"] for _ in range(2)]
        while service.get(places[0]).json()["state"] != "running":
            time.sleep(0.02)
        service.call(service.service.begin_drain)
        waiting = service.get(places[1]).json()
        assert (waiting["state"], waiting["problem"]["status"]) == ("failed", 503)
        is_problem(service.get("/readyz"), 503, "shutting-down")
        is_problem(service.post("/v1/lock", does("pid")), 503, "shutting-down")
        assert service.get("/livez").status_code == 200
        assert ended(service, places[0])["state"] == "done"


def test_after_the_grace_running_jobs_are_handed_back() -> None:
    with running(SLOW, job_command=ODD) as service:
        place = service.post("/v1/lock", does("sleep 60")).headers["location"]
        while not service.get(place).json()["progress"]:
            time.sleep(0.02)
        service.call(service.service.begin_drain)
        job = ended(service, place)
        assert job["problem"]["type"].endswith("shutting-down")
        pid, folder = place_of(job)
        deadline = time.monotonic() + 5
        while is_alive(pid) or folder.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
