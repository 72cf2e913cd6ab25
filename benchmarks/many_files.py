"""Checking many files inside one process, against only parsing them.

The peer reads the same files with C `yaml.compose` (YAML), `tomllib.loads` (TOML) and `packaging`'s `Requirement()`
(each line of a requirements file, and each string under `pip:` and in dependency tables is left to the parsers).
CPU time of the process; the matrix is loaded before the clock starts, as it is in a service.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import InvalidRequirement, Requirement

from compat.api.checking import check_files
from compat.formats import READABLE_KINDS, detect

#: The whole run of one side over every file, several times, alternating.
RUNS = 5


def readable(folder: Path) -> list[tuple[str, bytes]]:
    """The files of *folder* that `compat check` judges, by name."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if detect(path.name, data) in READABLE_KINDS:
            found.append((path.name, data))
    return found


def parse_only(name: str, data: bytes) -> None:
    """What the peer does with one file; what it cannot parse costs it what it cost."""
    try:
        if name.endswith((".yml", ".yaml")):
            yaml.compose(data, Loader=yaml.CSafeLoader)
        elif name.endswith(".toml"):
            tomllib.loads(data.decode())
        else:
            for line in data.decode(errors="replace").splitlines():
                text = line.partition("#")[0].strip()
                if text and not text.startswith("-"):
                    parse_line(text)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return


def parse_line(text: str) -> None:
    """Parse one requirement; what is none costs its attempt."""
    try:
        Requirement(text)
    except InvalidRequirement:
        return


def cpu_seconds(side: str, files: list[tuple[str, bytes]]) -> float:
    """The CPU time of one pass over *files*: parsed only, or checked."""
    start = time.process_time()
    for name, data in files:
        if side == "peer":
            parse_only(name, data)
        else:
            check_files({name: data}, targets=["linux-64"])
    return time.process_time() - start


def main() -> None:
    """Time both sides in turn and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=RUNS)
    arguments = parser.parse_args()
    files = readable(arguments.folder)
    check_files({"requirements.txt": b"torch\ntensorflow\n"}, targets=["linux-64"])
    times: dict[str, list[float]] = {"peer": [], "compat": []}
    for _ in range(arguments.runs):
        for side, values in times.items():
            values.append(cpu_seconds(side, files))
    print(f"{len(files)} files, {sum(len(data) for _, data in files)} bytes")
    for side, values in times.items():
        print(f"{side:>7}: first {values[0] * 1e3:7.0f} ms  median {statistics.median(values) * 1e3:7.0f} ms CPU")
    first = times["compat"][0] / statistics.median(times["peer"])
    print(
        f"  ratio: first pass {first:.2f}, median {statistics.median(times['compat']) / statistics.median(times['peer']):.2f}"
    )


if __name__ == "__main__":
    main()
