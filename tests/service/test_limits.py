"""What a client may send, how much, and how often."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from compat.model.errors import UsageError
from compat.service.cache import AnswerCache, to_answer, to_key
from compat.service.limits.body import BoundedBody, Held
from compat.service.limits.keys import find_owner, read_keys
from compat.service.limits.rate import MAX_CLIENTS, Rate, client_of
from compat.service.problems import Problem
from tests.service.running import QUIET, Running, is_problem, request, running

HASH = hashlib.sha256(b"opensesame").hexdigest()


# -- one rate for each client --------------------------------------------------------------------------------------------


def test_a_bucket_fills_again() -> None:
    now = 0.0
    rate = Rate(2.0, 3, lambda: now)
    assert [rate.take("a") for _ in range(3)] == [0, 0, 0]
    assert rate.take("a") == pytest.approx(0.5)
    assert rate.take("b") == 0
    now = 0.5
    assert rate.take("a") == 0
    assert rate.take("a") > 0


def test_a_batch_costs_as_much_as_its_requests() -> None:
    rate = Rate(1.0, 10, lambda: 0.0)
    assert rate.take("a", 50) == 0  # a full bucket lets it pass, and is in debt then
    assert rate.take("a") == pytest.approx(41)


def test_buckets_take_bounded_memory() -> None:
    rate = Rate(1.0, 1, lambda: 0.0)
    for number in range(MAX_CLIENTS + 50):
        rate.take(str(number))
    assert len(rate) == MAX_CLIENTS


def test_no_rate_remembers_nobody() -> None:
    rate = Rate(0, 1)
    assert [rate.take("a") for _ in range(100)] == [0] * 100
    assert len(rate) == 0


def test_a_network_of_ipv6_is_one_client() -> None:
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff:1")
    assert client_of("2001:db8:0:1::1") != client_of("2001:db8::1")
    assert client_of("192.0.2.1") != client_of("192.0.2.2")
    assert client_of("fe80::1%eth0") == "fe80::/64"
    assert client_of("not:an:address") == "not:an:address"
    assert client_of('", "forged": "') == client_of("") == "unknown"


def test_who_asks_too_often_waits() -> None:
    with running(QUIET._replace(rate=1.0, burst=3)) as service:
        for _ in range(3):
            assert service.get("/v1/rules").status_code == 200
        answer = service.get("/v1/rules")
        is_problem(answer, 429, "too-many-requests")
        assert int(answer.headers["retry-after"]) >= 1
        assert service.get("/v1/rules", client="192.0.2.9").status_code == 200
        assert service.get("/health").status_code == 200
        is_problem(
            service.post("/v1/check:batch", {"requests": [request({"a.txt": "torch\n"})] * 3}), 429, "too-many-requests"
        )


# -- keys ----------------------------------------------------------------------------------------------------------------


def test_keys_are_read_as_hashes() -> None:
    keys = read_keys(f"# people\nalice:{HASH}  # since May\n\nbob {HASH.replace('0', '1').upper()}\n", "keys")
    assert sorted(keys.values()) == ["alice", "bob"]
    assert find_owner(keys, "Bearer opensesame") == "alice"
    assert find_owner(keys, "bearer opensesame") == "alice"
    for wrong in (None, "", "opensesame", "Basic opensesame", f"Bearer {HASH}", "Bearer ", "Bearer öpen"):
        assert find_owner(keys, wrong) is None
    assert read_keys(f"a:{HASH},b:{HASH[::-1]}", "variable").keys() == {bytes.fromhex(HASH), bytes.fromhex(HASH[::-1])}


@pytest.mark.parametrize("line", ["alice:opensesame", f"{HASH}", f"alice:{HASH[:-1]}", f":{HASH}"])
def test_a_line_that_is_no_key_is_not_repeated(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_keys(f"\n{line}\n", "keys.txt")
    assert "keys.txt:2" in caught.value.message
    assert "opensesame" not in str(caught.value)


def test_without_a_key_only_health_and_the_manual_answer() -> None:
    keys = {bytes.fromhex(HASH): "alice"}
    with running(QUIET._replace(keys=keys)) as service:
        for path in ("/v1/rules", "/metrics", "/v1/jobs/x"):
            answer = service.get(path)
            is_problem(answer, 401, "no-key")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        is_problem(service.post("/v1/check", {}, headers={"authorization": "Bearer wrong"}), 401, "no-key")
        for path in ("/health", "/livez", "/readyz", "/docs", "/openapi.json"):
            assert service.get(path).status_code == 200
        answer = service.get("/v1/rules", headers={"authorization": "Bearer opensesame"})
        assert answer.status_code == 200
        assert answer.headers["cache-control"].startswith("private")


# -- bodies --------------------------------------------------------------------------------------------------------------


def receiver(*pieces: bytes, pause: float = 0.0) -> BoundedBody:
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces) - 1}
        for number, piece in enumerate(pieces)
    ]

    async def receive() -> Message:
        await asyncio.sleep(pause)
        return messages.pop(0)

    return BoundedBody(receive, 10, 0.2, Held(1000))


async def read(body: BoundedBody) -> int:
    while (await body())["more_body"]:
        pass
    return body.size


def test_a_body_may_fill_its_bound() -> None:
    assert asyncio.run(read(receiver(b"12345", b"", b"67890"))) == 10


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (receiver(b"12345678901"), "too-large"),
        (receiver(b"12345", b"67890", b"1", b""), "too-large"),
        (receiver(*[b"1"] * 5, pause=0.09), "slow-body"),
    ],
)
def test_a_body_beyond_its_bounds_is_refused_while_it_comes_in(body: BoundedBody, kind: str) -> None:
    with pytest.raises(Problem) as caught:
        asyncio.run(read(body))
    assert caught.value.kind == kind


def test_a_large_body_is_refused_with_and_without_its_length(service: Running) -> None:
    data = b'{"files": [{"name": "a.txt", "content": "' + b"x" * (5 * 1024 * 1024) + b'"}]}'
    is_problem(service.ask("POST", "/v1/check", content=data), 413, "too-large")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    answer = service.ask("POST", "/v1/check", content=pieces(), headers={"content-type": "application/json"})
    is_problem(answer, 413, "too-large")
    assert service.service.held.size == 0


def filled(before: bytes, item: bytes, after: bytes) -> bytes:
    return before + b",".join([item] * ((4 * 1024 * 1024 - 100) // (len(item) + 1))) + after


#: Bodies within their bound whose million parts are each wrong, or one too many.
CROWDED = {
    "objects": ("/v1/check", filled(b'{"files":[', b"{}", b"]}"), 422),
    "numbers": ("/v1/relax", filled(b'{"files":[', b"0", b"]}"), 422),
    "files": ("/v1/check", filled(b'{"files":[', b'{"name":"a","content":""}', b"]}"), 413),
    "targets": ("/v1/check", filled(b'{"files":[{"name":"a","content":""}],"targets":[', b'""', b"]}"), 422),
    "members": ("/v1/check", b"{" + b",".join(b'"%x":0' % number for number in range(380_000)) + b"}", 422),
    "requests": ("/v1/check:batch", filled(b'{"requests":[', b'{"files":[{}]}', b"]}"), 422),
}


@pytest.mark.parametrize("name", CROWDED)
def test_a_crowded_body_holds_up_nobody(name: str, service: Running) -> None:
    """It is read in a worker; the service itself goes on, and what it says of it is short."""
    path, body, status = CROWDED[name]
    began = time.monotonic()
    answer = service.ask("POST", path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert len(answer.content) < 10_000
    assert time.monotonic() - began < 10


def test_all_bodies_together_have_a_bound() -> None:
    held = Held(100)
    held.add("a", 50)
    with pytest.raises(Problem):
        held.add("a", 1)  # half of it is one client's
    held.add("b", 50)
    with pytest.raises(Problem):
        held.add("c", 1)
    held.drop("b", 50)
    held.add("c", 50)
    assert held.size == 100


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/check", request({"a.txt": "torch\n"}, ["linux-64"] * 10_000)),
        ("/v1/relax", request({"a.txt": "torch\n"}, [f"linux-64,python=3.{n}" for n in range(10_000)])),
        ("/v1/check", request({f"{n}.txt": "" for n in range(1000)})),
        ("/v1/check:batch", {"requests": [request({"a.txt": ""})] * 51}),
    ],
)
def test_more_than_the_settings_allow(path: str, body: object, service: Running) -> None:
    is_problem(service.post(path, body), 413, "too-large")


# -- answers that are kept -----------------------------------------------------------------------------------------------


def test_answers_are_kept_in_bounded_memory() -> None:
    cache = AnswerCache(10_000)
    for number in range(100):
        cache.keep(to_key("check", b"%d" % number), to_answer(b"x" * 600, "2026-11-23"))
    assert cache.size <= 10_000
    assert 0 < len(cache) < 20
    assert cache.find(to_key("check", b"99")) is not None
    assert cache.find(to_key("check", b"0")) is None
    cache.keep(to_key("check", b"large"), to_answer(b"x" * 9000, "2026-11-23"))
    assert cache.find(to_key("check", b"large")) is None
    cache.clear()
    assert (len(cache), cache.size) == (0, 0)


def test_what_was_asked_last_is_kept() -> None:
    cache = AnswerCache(8 * 1000)
    keys = [to_key("check", b"%d" % number) for number in range(20)]
    for key in keys:
        cache.keep(key, to_answer(b"x" * 500, "2026-11-23"))
        cache.find(keys[0])
    assert cache.find(keys[0]) is not None


def test_keys_tell_kinds_and_questions_apart() -> None:
    assert len({to_key(kind, text) for kind in ("check", "relax") for text in (b"a", b"b", b"")}) == 6
