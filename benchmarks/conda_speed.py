"""`compat lock` of an environment.yml for two platforms as a whole process, against py-rattler alone and conda-lock.

CHANNEL is the folder of a channel of real records (``linux-64/repodata.json`` and so on). It is read as a folder, and
over loopback HTTP with an empty cache (cold) and with the one just filled (warm). In each round every tool does all
three, in turns. py-rattler alone (`bare_rattler.py`) solves the conda part; it knows nothing of pip's. Cases with a pip
part need a recorded index (`replay_index.py`): they say how many rounds conda and pip took to agree.

    python benchmarks/conda_speed.py CHANNEL --index STORE --runs 9
    python benchmarks/conda_speed.py CHANNEL --conda-lock PATH --conda PATH --slow-runs 3
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, Python would look beside this file only

from benchmarks.lock_speed import replay
from benchmarks.measure import Usage, environment, floor, run, spread

HERE = Path(__file__).resolve().parent
PLATFORMS = ("linux-64", "linux-aarch64")
STATES = ("folder", "cold", "warm")
MEASURES = ("wall", "cpu", "memory")


class Case(NamedTuple):
    """An environment: *conda* and *pip* specs, and the CUDA that the machine runs."""

    conda: tuple[str, ...]
    pip: tuple[str, ...] = ()
    cuda: str = ""

    def to_yaml(self, channel: str) -> str:
        """The environment.yml."""
        lines = ["channels:", f"  - {channel}", "dependencies:", *(f"  - {spec}" for spec in self.conda)]
        lines += ["  - pip:", *(f"      - {spec}" for spec in self.pip)] if self.pip else []
        return "\n".join([*lines, ""])


CASES = {
    "numpy, pandas": Case(("python=3.11", "numpy", "pandas")),
    "pytorch, CUDA 12.9": Case(("python=3.12", "pytorch=*=cuda*", "torchvision", "cuda-version=12.9"), cuda="12.9"),
    "numpy, pandas, 4 of pip": Case(
        ("python=3.11", "numpy", "pandas", "pip"), ("requests", "rich", "fastapi", "click")
    ),
    "pip makes numpy move": Case(("python=3.11", "numpy", "pandas", "pip"), ("numba==0.60.0",)),
}


def virtual_packages(cuda: str) -> str:
    """The machines that `compat lock` assumes, as conda-lock is told of them."""
    lines = ["subdirs:"]
    for platform, architecture in zip(PLATFORMS, ("x86_64", "aarch64"), strict=True):
        lines += [
            f"  {platform}:",
            "    packages:",
            "      __unix: '0'",
            "      __linux: '5.10'",
            "      __glibc: '2.28'",
        ]
        lines += [f"      __archspec: 1 {architecture}", *([f"      __cuda: '{cuda}'"] if cuda else [])]
    return "\n".join([*lines, ""])


class Job(NamedTuple):
    """One lock to make: *case* from *channel*, with *cache* and an empty *folder* that holds the environment.yml."""

    case: Case
    channel: str
    index_url: str
    cache: Path
    folder: Path


class Tools(NamedTuple):
    """How the tools are called; conda-lock is left out where it is ""."""

    compat: str
    conda_lock: str
    conda: str

    def command(self, name: str, job: Job) -> list[str]:
        """The command of the tool *name*."""
        return {"compat": self._compat, "py-rattler": self._bare, "conda-lock": self._conda_lock}[name](job)

    def _compat(self, job: Job) -> list[str]:
        cuda = f",cuda={job.case.cuda}" if job.case.cuda else ""
        targets = [f"--target={platform}{cuda}" for platform in PLATFORMS]
        index = ["--index-url", job.index_url] if job.index_url else []
        places = ["--output", str(job.folder), "--cache-dir", str(job.cache / "compat")]
        return [*self.compat.split(), "lock", "environment.yml", *targets, "--format", "conda-lock", *places, *index]

    def _bare(self, job: Job) -> list[str]:
        places = [job.channel, str(job.cache / "rattler")]
        return [sys.executable, str(HERE / "bare_rattler.py"), *places, job.case.cuda, *job.case.conda]

    def _conda_lock(self, job: Job) -> list[str]:
        (job.folder / "virtual.yml").write_text(virtual_packages(job.case.cuda))
        platforms = [word for platform in PLATFORMS for word in ("-p", platform)]
        command = [self.conda_lock, "lock", "--conda", self.conda, "-f", "environment.yml", *platforms]
        return [*command, "--virtual-package-spec", "virtual.yml", "--lockfile", str(job.folder / "conda-lock.yml")]


class Bench(NamedTuple):
    """What all runs share: the channel by state, where the index is, folders, the environment of the processes."""

    tools: Tools
    channels: Mapping[str, str]
    index_url: str
    folder: Path
    variables: Mapping[str, str]

    def round(self, name: str, case: Case) -> dict[str, Usage]:
        """One run of the tool *name* in each state."""
        with tempfile.TemporaryDirectory(dir=self.folder) as cache:
            order = ("cold", "warm", "folder")
            return {state: self.once(name, case, state, Path(cache)) for state in order}

    def once(self, name: str, case: Case, state: str, cache: Path) -> Usage:
        """One run."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            index = self.index_url if case.pip else ""
            job = Job(case, self.channels[state], index, cache, Path(folder))
            (job.folder / "environment.yml").write_text(case.to_yaml(job.channel))
            variables = {**self.variables, "CONDA_PKGS_DIRS": str(cache / "pkgs"), "XDG_CACHE_HOME": str(cache / "xdg")}
            return run(self.tools.command(name, job), job.folder, variables)

    def packages(self, case: Case) -> tuple[set[str], set[str]]:
        """What compat and py-rattler choose, as ``SUBDIR FILE``."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            job = Job(case, self.channels["folder"], self.index_url if case.pip else "", Path(folder), Path(folder))
            (job.folder / "environment.yml").write_text(case.to_yaml(job.channel))
            self._run([*self.tools.command("compat", job), "--format", "explicit", "--quiet"], job.folder)
            bare = self._run(self.tools.command("py-rattler", job), job.folder)
            ours = set()
            for platform in PLATFORMS:
                lines = (job.folder / f"conda-{platform}.lock").read_text().splitlines()
                names = [
                    line.partition("#")[0].rpartition("/")[2] for line in lines if "://" in line and line[0] != "#"
                ]
                ours |= {f"{platform} {name}" for name in names}
            return ours, set(bare.splitlines())

    def _run(self, command: Sequence[str], folder: Path) -> str:
        variables = dict(self.variables)
        done = subprocess.run(command, cwd=folder, env=variables, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address of the channels in *folder*, served by a process of its own."""
    command = [sys.executable, str(HERE / "serve_channel.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def rounds(case: Case, channel: str, index_url: str) -> list[str]:
    """How conda and pip came to agree on each platform: counted inside this process."""
    import compat
    from compat.model.joint import JointSolution
    from compat.resolve.joint import search as joint
    from compat.resolve.joint.report import move_words

    found: list[str] = []
    original = joint.solve_joint

    def counted(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on as they are
        answer = original(*arguments, **options)
        if isinstance(answer, JointSolution):
            moves = [move_words(move).replace(f"{folder}/", "") for move in answer.moves if move.because]
            found.append("; ".join([f"{answer.rounds} more round{'' if answer.rounds == 1 else 's'}", *moves]))
        return answer

    joint.solve_joint = counted
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "environment.yml")
            path.write_text(case.to_yaml(channel))
            compat.lock([str(path)], index_url=index_url, cache_dir=folder)
    finally:
        joint.solve_joint = original
    return found


def measure(bench: Bench, name: str, case: Case, tools: Sequence[str], counts: tuple[int, int]) -> dict[str, Any]:
    """Tool to state to measure to minimum, median, maximum. One round is not counted, and shows what a tool cannot do."""
    able = []
    for tool in tools:
        wrong = next((used for used in bench.round(tool, case).values() if used.status), None)
        if wrong is not None:
            print(f"{name}: {tool} is left out: exit {wrong.status}: {wrong.said}", file=sys.stderr)
        else:
            able.append(tool)
    found: dict[str, list[dict[str, Usage]]] = {tool: [] for tool in able}
    for number in range(counts[0]):
        for tool in able:
            if tool != "conda-lock" or number < counts[1]:
                found[tool].append(bench.round(tool, case))
                if failed := [used for used in found[tool][-1].values() if used.status]:
                    sys.exit(f"{name}: {tool}, round {number + 1}: exit {failed[0].status}: {failed[0].said}")
    return {
        tool: {
            "runs": len(runs),
            **{s: {m: spread(getattr(one[s], m) for one in runs)._asdict() for m in MEASURES} for s in STATES},
        }
        for tool, runs in found.items()
        if runs
    }


def rows(name: str, result: Mapping[str, Any]) -> Iterator[str]:
    """A Markdown table: medians, and compat's ratio to each peer in the same state."""
    yield f"\n| {name} | runs | state | wall | min - max | CPU | peak memory | compat : peer wall | CPU | memory |"
    yield "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|"
    for tool, figures in result.items():
        for state in STATES:
            wall, cpu, memory = (figures[state][measure] for measure in MEASURES)
            span = f"{wall['low'] * 1e3:.0f} - {wall['high'] * 1e3:.0f}"
            times = f"{wall['median'] * 1e3:.0f} ms | {span} | {cpu['median'] * 1e3:.0f} ms | {memory['median'] / 1e6:.0f} MB"
            ours = result.get("compat", figures)[state]
            ratios = [
                f"{ours[m]['median'] / figures[state][m]['median']:.2f}" if tool != "compat" else "" for m in MEASURES
            ]
            yield f"| {tool} | {figures['runs']} | {state} | {times} | {' | '.join(ratios)} |"


def main() -> None:
    """Measure every case and print its table."""
    arguments = read_arguments()
    channel = arguments.channel.resolve()
    tools = ["compat", "py-rattler", *(["conda-lock"] if arguments.conda_lock else [])]
    report: dict[str, Any] = {"floor": floor(), "load": [os.getloadavg()], "cases": {}}
    index = replay(arguments.index, record=False) if arguments.index else nowhere()
    with tempfile.TemporaryDirectory() as folder, serve(channel.parent) as served, index as index_url:
        home = Path(folder, "home")
        home.mkdir()
        variables = {**environment(home), "CONDA_SOLVER": "rattler"}
        channels = dict.fromkeys(("cold", "warm"), f"{served}/{channel.name}") | {"folder": channel.as_uri()}
        bench = Bench(
            Tools(arguments.compat, arguments.conda_lock, arguments.conda), channels, index_url, Path(folder), variables
        )
        for name in arguments.case or CASES:
            case = CASES[name]
            if case.pip and not index_url:
                print(f"{name} is left out: it needs --index", file=sys.stderr)
                continue
            ours, bare = bench.packages(case)
            if not case.pip and ours != bare:
                sys.exit(f"{name}: compat and py-rattler differ: {sorted(ours ^ bare)}")
            mixed = tools if not case.pip else [tool for tool in tools if tool != "conda-lock"]
            result = measure(bench, name, case, mixed, (arguments.runs, arguments.slow_runs))
            report["cases"][name] = result
            print("\n".join(rows(name, result)), flush=True)
        # At the end, because Linux counts the memory of this process, which starts the others, for theirs.
        for name in (name for name in report["cases"] if CASES[name].pip):
            for platform, said in zip(PLATFORMS, rounds(CASES[name], channels["folder"], index_url), strict=True):
                print(f"{name}, {platform}: {said}")
    report["load"].append(os.getloadavg())
    print(f"\nMemory below {report['floor'] / 1e6:.0f} MB cannot be told. Load: {report['load']}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


@contextmanager
def nowhere() -> Iterator[str]:
    """No index."""
    yield ""


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("channel", type=Path, help="the folder of a channel")
    parser.add_argument("--index", type=Path, help="the folder of a recorded index, for the cases with a pip part")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--slow-runs", type=int, default=3, help="at most so many of conda-lock, which takes seconds")
    parser.add_argument("--case", action="append", choices=CASES, help="only this one (repeats)")
    parser.add_argument("--compat", default=f"{sys.executable} -m compat", help="how to call compat")
    parser.add_argument("--conda-lock", default="", metavar="PATH", help="conda-lock; left out without it")
    parser.add_argument("--conda", default="conda", metavar="PATH", help="the conda that conda-lock calls")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
