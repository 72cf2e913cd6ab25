"""How the time of `compat lock` and of `uv pip compile` grows from 10 to 1,000 requirements: writes `lock_scaling.svg`.

Each locks linux-64 and linux-aarch64, cold and warm, against one made-up index on loopback (`universe.py`).

    python benchmarks/lock_scaling.py --runs 3
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil, floor, log10
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, Python would look beside this file only

from benchmarks.lock_speed import STATES, Bench
from benchmarks.lockers import Locker, known_lockers
from benchmarks.measure import environment, spread
from benchmarks.replay_index import ReplayServer
from benchmarks.universe import Universe

SIZES = (10, 30, 100, 300, 1000)
TOOLS = ("compat", "uv")
#: Colours that the colour-blind tell apart, on white and on black paper.
COLOURS = {"compat": "#0072b2", "uv": "#d55e00"}
DASHES = {"cold": "6 4", "warm": ""}

#: Tool and state to the median seconds by size.
Curves = dict[tuple[str, str], dict[int, float]]


@contextmanager
def served() -> Iterator[str]:
    """The URL of the made-up index."""
    server = ReplayServer(Universe())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()


def measure(lockers: list[Locker], bench: Bench, sizes: list[int], runs: int) -> Curves:
    """Each tool at each size; the tools alternate, and one round at each size is not counted."""
    curves: Curves = {}
    for size in sizes:
        requirements = bench.folder / f"{size}.txt"
        requirements.write_text("".join(f"app-{number}>=1.2\n" for number in range(size)))
        rounds = [{locker.name: bench.round(locker, requirements) for locker in lockers} for _ in range(runs + 1)]
        for locker in lockers:
            for state in STATES:
                used = [one[locker.name][state] for one in rounds[1:]]
                if any(one.status for one in used):
                    print(f"{size} {locker.name} {state}: {used[0].said}", file=sys.stderr)
                    continue
                low, median, high = spread(one.wall for one in used)
                curves.setdefault((locker.name, state), {})[size] = median
                print(f"{size:5} {locker.name:6} {state}: {median:7.3f} s  ({low:.3f} - {high:.3f})", flush=True)
    return curves


class Frame(NamedTuple):
    """A log-log plot: the corners of its area in pixels, and the powers of ten at its edges."""

    left: int = 70
    top: int = 50
    right: int = 640
    bottom: int = 400
    x: tuple[float, float] = (1, 3)
    y: tuple[float, float] = (-2, 2)

    def place(self, size: float, seconds: float) -> tuple[float, float]:
        across = (log10(size) - self.x[0]) / (self.x[1] - self.x[0])
        up = (log10(seconds) - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)


def draw(curves: Mapping[tuple[str, str], Mapping[int, float]]) -> str:
    """The curves as SVG."""
    times = [seconds for curve in curves.values() for seconds in curve.values()]
    sizes = [size for curve in curves.values() for size in curve]
    x, y = ((floor(log10(min(values))), ceil(log10(max(values)))) for values in (sizes, times))
    frame = Frame(x=x, y=y)
    lines = [
        *_axes(frame),
        *(part for key, curve in curves.items() for part in _curve(frame, key, curve)),
        *_labels(frame, curves),
    ]
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 460" font-family="sans-serif" font-size="13">',
            "<title>Time to lock for two targets, by number of requirements</title>",
            '<rect width="760" height="460" fill="#fff"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _axes(frame: Frame) -> Iterator[str]:
    yield _text(frame.left, 28, "Time to lock for linux-64 and linux-aarch64 (median, whole processes)", size=15)
    yield _text((frame.left + frame.right) / 2, frame.bottom + 42, "requirements", anchor="middle")
    for power in range(int(frame.x[0]), int(frame.x[1]) + 1):
        x, _ = frame.place(10**power, 10 ** frame.y[0])
        yield f'<path d="M{x:.1f} {frame.top}V{frame.bottom}" stroke="#ddd"/>'
        yield _text(x, frame.bottom + 20, f"{10**power:,}", anchor="middle")
    for power in range(int(frame.y[0]), int(frame.y[1]) + 1):
        _, y = frame.place(10 ** frame.x[0], 10.0**power)
        yield f'<path d="M{frame.left} {y:.1f}H{frame.right}" stroke="#ddd"/>'
        yield _text(frame.left - 8, y + 4, f"{10.0**power:g} s", anchor="end")


def _curve(frame: Frame, key: tuple[str, str], curve: Mapping[int, float]) -> Iterator[str]:
    tool, state = key
    places = [frame.place(size, seconds) for size, seconds in sorted(curve.items())]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    colour = COLOURS[tool]
    yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{DASHES[state]}"/>'
    yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)


def _labels(frame: Frame, curves: Mapping[tuple[str, str], Mapping[int, float]]) -> Iterator[str]:
    """The name of each curve at its end, none on another."""
    ends = sorted((frame.place(max(curve), curve[max(curve)])[::-1], key) for key, curve in curves.items())
    lowest = 0.0
    for (y, x), (tool, state) in ends:
        lowest = max(y + 4, lowest + 16)
        yield _text(x + 8, lowest, f"{tool}, {state}", colour=COLOURS[tool])


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{words}</text>'


def main() -> None:
    """Measure, print, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--size", type=int, action="append", help="a number of requirements (repeats)")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".svg"))
    parser.add_argument("--json", type=Path, help="write the medians to this file")
    for tool in TOOLS:
        parser.add_argument(f"--{tool}", metavar="COMMAND", help=f"how to call {tool}")
    arguments = parser.parse_args()
    known = known_lockers({tool: getattr(arguments, tool) for tool in TOOLS})
    lockers = [one for one in known if one.name in TOOLS and one.found]
    with tempfile.TemporaryDirectory() as folder, served() as index:
        home = Path(folder, "home")
        home.mkdir()
        curves = measure(
            lockers, Bench(index, Path(folder), environment(home)), arguments.size or list(SIZES), arguments.runs
        )
    if arguments.json:
        rows = [[*key, size, seconds] for key, curve in curves.items() for size, seconds in curve.items()]
        arguments.json.write_text(json.dumps(rows) + "\n")
    arguments.output.write_text(draw(curves))


if __name__ == "__main__":
    main()
