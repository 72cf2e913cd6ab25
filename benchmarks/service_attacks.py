"""Attacks on `compat serve`: what came of each, the most memory that all its processes took, and how long others waited.

A service with its own bounds, on loopback. Meanwhile another client asks every 0.2 seconds: its worst wait for an answer of the
cache is `others`, for one that has to be worked out `others' checks`, and what it did not get is counted.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from contextlib import suppress

from benchmarks.attacks import ATTACKS, OTHER, head, post, question, say, status
from benchmarks.servers import Server, start_service

#: Nothing listens there: a lock is tried, and fails.
OPTIONS = ("--rate", "20", "--index-url", "http://127.0.0.1:9/simple")


class Watch(threading.Thread):
    """Memory, and another client, until `stop`."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._over = threading.Event()
        self.peak = 0.0
        self.waits: dict[str, list[float]] = {"kept": [], "worked out": []}
        self.refused = 0

    def run(self) -> None:
        asking = threading.Thread(target=self._ask, daemon=True)
        asking.start()
        while not self._over.wait(0.05):
            with suppress(OSError):  # a worker has gone meanwhile
                self.peak = max(self.peak, self._server.memory())
        asking.join()

    def _ask(self) -> None:
        while not self._over.wait(0.2):
            text = f"torch==2.4.1\n# {time.time_ns()}\n"
            self._time("kept", head("GET", "/v1/rules"))
            self._time("worked out", post("/v1/check", question({"requirements.txt": text})))

    def _time(self, kind: str, data: bytes) -> None:
        began = time.monotonic()
        try:
            fine = status(say(self._server, data, client=OTHER)) == "200"
        except OSError:
            fine = False
        self.waits[kind].append(time.monotonic() - began)
        self.refused += not fine

    def stop(self) -> None:
        self._over.set()
        self.join()


def main() -> None:
    """Try all attacks, or those named, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="Of attacks; all without any.")
    names = parser.parse_args().names
    line = "{:20} {:>8} {:>7} {:>9} {:>8} {:>6}  {}\n"
    sys.stdout.write(line.format("attack", "peak MiB", "others", "o' checks", "refused", "lives", "what happened"))
    for attack in ATTACKS:
        if names and attack.__name__ not in names:
            continue
        with start_service(*OPTIONS) as server:  # anew, so that peaks are its own
            watch = Watch(server)
            watch.start()
            time.sleep(1)
            happened = attack(server)
            watch.stop()
            lives = server.process.poll() is None and status(say(server, head("GET", "/health"))) == "200"
        worst = [max(watch.waits[kind], default=0) for kind in watch.waits]
        cells = (f"{watch.peak / 1024**2:.0f}", *(f"{wait:.2f}" for wait in worst), watch.refused, str(lives), happened)
        sys.stdout.write(line.format(attack.__name__, *cells))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
