"""`compat lock` for two targets as a whole process, against `uv pip compile`, `nab lock` and `pip-compile`.

All ask one recorded index on loopback (`replay_index.py`). In each round each tool runs cold (its cache is empty) and then
warm (with the cache that it has just filled), each time into an empty folder; the rounds alternate between the tools. The
index's own work is in the wall time of cold runs, and in no CPU time. Tools that are not there are left out, and said.

    python benchmarks/lock_speed.py STORE --record --runs 1      (once: what the store lacks comes from the upstream index)
    python benchmarks/lock_speed.py STORE --runs 9 --json lock_speed.json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, Python would look beside this file only

from benchmarks.lockers import PROGRAMS, Job, Locker, known_lockers
from benchmarks.measure import Usage, environment, floor, run_all, spread

HERE = Path(__file__).resolve().parent
INPUTS = HERE / "inputs"
#: Sets, and whether they can be solved.
CASES = {"torch-stack": True, "ten-lines": True, "hundred-lines": True, "hopeless": False}
STATES = ("cold", "warm")
MEASURES = ("wall", "cpu", "memory")

#: By tool, the rounds; in each what was used, by state.
Found = dict[str, list[dict[str, Usage]]]


class Bench(NamedTuple):
    """What all runs share."""

    index_url: str
    folder: Path
    variables: Mapping[str, str]

    def round(self, locker: Locker, requirements: Path) -> dict[str, Usage]:
        """One cold run of *locker* and one warm run."""
        with tempfile.TemporaryDirectory(dir=self.folder) as cache:
            return {state: self._once(locker, requirements, Path(cache)) for state in STATES}

    def _once(self, locker: Locker, requirements: Path, cache: Path) -> Usage:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            job = Job(requirements, self.index_url, cache, Path(folder))
            return run_all(locker.commands(locker.program, job), Path(folder), self.variables)


@contextmanager
def replay(store: Path, *, record: bool) -> Iterator[str]:
    """The URL of a replayed index, which runs in a process of its own."""
    command = [sys.executable, str(HERE / "replay_index.py"), str(store), *([] if record else ["--frozen"])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            if process.poll() is not None:
                print(f"the replay ended before its time: {process.returncode}", file=sys.stderr)
            process.terminate()


def rounds(bench: Bench, lockers: Sequence[Locker], case: str, counts: tuple[int, int]) -> Found:
    """What each tool took for *case*, round by round; one before them is not counted, and shows what a tool cannot do.

    Raises: SystemExit where a tool that could do it ends otherwise later on: the figures would be of something else.
    """
    # Beside them tools would read the settings of this project.
    requirements = Path(shutil.copy(INPUTS / f"{case}.txt", bench.folder))
    able = []
    for locker in lockers:
        if wrong := unexpected(case, bench.round(locker, requirements)):
            print(f"{case}: {locker.name} is left out: {wrong}", file=sys.stderr)
        else:
            able.append(locker)
    found: Found = {locker.name: [] for locker in able}
    runs, slow_runs = counts
    for number in range(runs):
        for locker in able:
            if not locker.slow or number < slow_runs:
                found[locker.name].append(bench.round(locker, requirements))
                if wrong := unexpected(case, found[locker.name][-1]):
                    sys.exit(f"{case}: {locker.name}, round {number + 1}: {wrong}")
    return found


def unexpected(case: str, used: Mapping[str, Usage]) -> str:
    """How a run ended, where it did not end as it should; else ""."""
    wrong = [one for one in used.values() if one.status != (0 if CASES[case] else 1)]
    return f"exit {wrong[0].status}: {wrong[0].said}" if wrong else ""


def summary(found: Found) -> dict[str, Any]:
    """Tool to state to measure to minimum, median, maximum, and how many runs there were."""
    return {
        name: {
            "runs": len(runs),
            **{
                state: {measure: spread(getattr(one[state], measure) for one in runs)._asdict() for measure in MEASURES}
                for state in STATES
            },
        }
        for name, runs in found.items()
        if runs
    }


def rows(case: str, result: Mapping[str, Any]) -> Iterator[str]:
    """A Markdown table of *case*: medians, the spread of the warm wall time, and compat's ratio to each peer."""
    ours = result.get("compat")
    yield f"\n| {case} | runs | cold | cold CPU | warm | min - max | warm CPU | peak memory | compat : peer cold | warm | warm CPU |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name, figures in result.items():
        cold, warm = figures["cold"], figures["warm"]
        memory = max(cold["memory"]["high"], warm["memory"]["high"])
        times = [_ms(cold["wall"]["median"]), _ms(cold["cpu"]["median"]), _ms(warm["wall"]["median"])]
        times += [f"{_ms(warm['wall']['low'])} - {_ms(warm['wall']['high'])}", _ms(warm["cpu"]["median"])]
        ratios = [_ratio(ours, figures, *place) for place in (("cold", "wall"), ("warm", "wall"), ("warm", "cpu"))]
        yield f"| {name} | {figures['runs']} | {' | '.join(times)} | {memory / 1e6:.0f} MB | {' | '.join(ratios)} |"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"


def _ratio(ours: Mapping[str, Any] | None, peer: Mapping[str, Any], state: str, measure: str) -> str:
    if ours is None or ours is peer:
        return ""
    return f"{ours[state][measure]['median'] / peer[state][measure]['median']:.2f}"


def main() -> None:
    """Measure every case and print its table."""
    arguments = read_arguments()
    lockers = known_lockers({option: getattr(arguments, option.replace("-", "_")) for option in PROGRAMS})
    for locker in lockers:
        if not locker.found:
            print(f"{locker.name} is left out: {locker.program[0]} is not there", file=sys.stderr)
    lockers = [one for one in lockers if one.found and one.name not in arguments.skip]
    report: dict[str, Any] = {
        "machine": {"system": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()},
        "tools": {one.name: {"version": one.version(), "targets": one.targets} for one in lockers},
        "floor": floor(),
        "load": [os.getloadavg()],
        "cases": {},
    }
    with tempfile.TemporaryDirectory() as folder, replay(arguments.store, record=arguments.record) as index:
        home = Path(folder, "home")
        home.mkdir()
        bench = Bench(index, Path(folder), environment(home))
        for case in arguments.case or CASES:
            found = rounds(bench, lockers, case, (arguments.runs, arguments.slow_runs))
            report["cases"][case] = summary(found)
            print("\n".join(rows(case, report["cases"][case])), flush=True)
    report["load"].append(os.getloadavg())
    print(f"\nMemory below {report['floor'] / 1e6:.0f} MB cannot be told. Load: {report['load']}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path, help="the folder of the recorded index")
    parser.add_argument("--record", action="store_true", help="take from the upstream index what the store lacks")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--slow-runs", type=int, default=3, help="at most so many of pip-compile, which takes seconds")
    parser.add_argument("--case", action="append", choices=CASES, help="only this set (repeats)")
    parser.add_argument("--skip", action="append", default=[], help="a tool to leave out (repeats)")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    for option, default in PROGRAMS.items():
        parser.add_argument(f"--{option}", metavar="COMMAND", help=f"how to call {option}; by default {default}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
