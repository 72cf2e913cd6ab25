"""`compat serve` under load, against the same framework that returns a constant of the same size.

Four questions: what a request takes of the CPU without a cache, how many are answered with one, how long they take at half of
that load while four locks run, and whether memory stays where it is. Servers, client and locks are processes of their own, on
loopback, and share the cores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.lock_scaling import served
from benchmarks.servers import HERE, Load, Server, locking, run_client, start_constant, start_service
from compat.api import check_files

TARGETS = ["linux-64,gpu=h100,driver=535,python=3.11", "linux-aarch64,python=3.11"]
#: Of each file, differing in a comment.
VARIANTS = 100


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="Requests without a cache; ten times as many with one.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8, help="Of the load while locks run.")
    parser.add_argument("--memory", type=int, default=0, help="Requests over which memory is watched, such as 100000.")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        load = prepare(Path(folder))
        found: dict[str, Any] = {"cpu": measure_cpu(load, args.count, args.runs)}
        found["rate"] = measure_rate(load, args.count * 10, args.runs)
        half = found["rate"]["service"] / 2
        with served() as index:
            found["latency"] = measure_latency(load, half, args.seconds, index, args.runs)
        if args.memory:
            found["memory"] = measure_memory(load, args.memory)
    print(json.dumps(found, indent=2))


def prepare(folder: Path) -> Load:
    """Requests about the files of `inputs` and the environment of 30 lines; the constant is as long as a middle answer."""
    paths = [HERE / "environment-30-lines.yml", *sorted((HERE / "inputs").glob("*.txt"))]
    # No two alike: the same question at the same time would be worked out once, cache or not.
    files = [{path.name: path.read_bytes() + b"# %d\n" % n} for n in range(VARIANTS) for path in paths]
    bodies = [
        {"files": [{"name": name, "content": data.decode()} for name, data in one.items()], "targets": TARGETS}
        for one in files
    ]
    with start_service("--cache", "0") as server:
        url = f"http://127.0.0.1:{server.port}/v1/check"
        answers = [httpx.post(url, json=body).content for body in bodies[: len(paths)]]
    answer = sorted(answers, key=len)[len(answers) // 2]
    (folder / "answer").write_bytes(answer)
    (folder / "requests").write_text("\n".join(_request(body).hex() for body in bodies))
    return Load(folder / "requests", folder / "answer", files)


def _request(body: object) -> bytes:
    data = json.dumps(body).encode()
    head = (
        f"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


# -- the four questions --------------------------------------------------------------------------------------------------


def measure_cpu(load: Load, count: int, runs: int) -> dict[str, float]:
    """Milliseconds of CPU: of a request without a cache, of `check_files` in process, of the constant."""
    whole, alone, constant = [], [], []
    with start_service("--cache", "0", "--workers", "1") as service, start_constant(load) as peer:
        for server in (service, peer):
            run_client(server, load, "--count", str(count // 5), "--connections", "4")
        for _ in range(runs):
            whole.append(_cpu_of(service, load, count))
            alone.append(_in_process(load, count))
            constant.append(_cpu_of(peer, load, count * 5))
    own, check, base = (statistics.median(values) for values in (whole, alone, constant))
    return {"service": own, "check": check, "constant": base, "ratio": own / (1.5 * check + base)}


def _cpu_of(server: Server, load: Load, count: int) -> float:
    before = server.cpu()
    run_client(server, load, "--count", str(count), "--connections", "4")
    return (server.cpu() - before) * 1000 / (count + 4)


def _in_process(load: Load, count: int) -> float:
    for files in load.files[:10]:
        check_files(files, targets=TARGETS)
    before = time.process_time()
    for number in range(count):
        check_files(load.files[number % len(load.files)], targets=TARGETS)
    return (time.process_time() - before) * 1000 / count


def measure_rate(load: Load, count: int, runs: int) -> dict[str, float]:
    """Requests a second with the answers kept, and of the constant."""
    with start_service() as service, start_constant(load) as peer:
        run_client(service, load, "--count", str(len(load.files)), "--connections", "1")
        rates: dict[str, list[float]] = {"service": [], "constant": []}
        for _ in range(runs):
            for name, server in (("service", service), ("constant", peer)):
                rates[name].append(run_client(server, load, "--count", str(count), "--connections", "32")["rate"])
    own, base = statistics.median(rates["service"]), statistics.median(rates["constant"])
    return {"service": own, "constant": base, "ratio": own / base}


def measure_latency(load: Load, rate: float, seconds: float, index: str, runs: int) -> dict[str, Any]:
    """Latencies at *rate* while four locks run: those of the service itself, or beside the constant those of another one."""
    cache = str(load.requests.with_name("cache"))
    options = ("--index-url", index, "--lock-jobs", "4", "--workers", "1", "--cache-dir", cache)
    found: dict[str, list[dict[str, Any]]] = {"service": [], "constant": []}
    open_rate = ("--rate", f"{rate:.0f}", "--seconds", str(seconds), "--connections", "64")
    for _ in range(runs):
        with start_service(*options) as service, locking(service):
            run_client(
                service, load, "--count", str(len(load.files)), "--connections", "1"
            )  # every answer is kept then
            found["service"].append(run_client(service, load, *open_rate))
        with start_service(*options) as other, start_constant(load) as peer, locking(other):
            run_client(peer, load, "--count", str(len(load.files)), "--connections", "1")
            found["constant"].append(run_client(peer, load, *open_rate))
    own, base = (statistics.median(one["p99"] for one in found[name]) for name in ("service", "constant"))
    return {"rate": rate, **found, "p99 ratio": own / base}


def measure_memory(load: Load, count: int) -> dict[str, list[float]]:
    """Mebibytes after each tenth of *count* requests, without and with a cache; every request has a file of its own."""
    found: dict[str, list[float]] = {}
    for name, options in (("without cache", ("--cache", "0")), ("with cache", ("--cache", "8"))):
        with start_service(*options, "--workers", "1", "--no-access-log") as service:
            found[name] = []
            for part in range(10):
                unlike = load.requests.with_name(f"unlike-{part}")
                unlike.write_text("\n".join(_unlike(part * 10_000 + number).hex() for number in range(count // 10)))
                run_client(service, load._replace(requests=unlike), "--count", str(count // 10), "--connections", "4")
                found[name].append(round(service.memory() / 1024**2, 1))
    return found


def _unlike(number: int) -> bytes:
    """A request that no other is like: other projects, other pins."""
    text = f"torch==2.{number % 9}.{number % 3}\nproject-{number}=={number}.0\nnumpy<{number % 3 + 1}.{number}\n"
    return _request({"files": [{"name": "requirements.txt", "content": text}], "targets": TARGETS[:1]})


if __name__ == "__main__":
    main()
