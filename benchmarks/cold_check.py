"""One `compat check` as a whole process, against importing a YAML parser and packaging's requirements.

Runs are paired and alternate, so that whatever else the machine does falls on both. Prints minimum, median and maximum
of each, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = ("-c", "import yaml, packaging.requirements")
FILE = Path(__file__).parent / "environment-30-lines.yml"


#: This run measures start-up as users have it: with bytecode written once.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def seconds(arguments: tuple[str, ...]) -> float:
    """The wall time of one process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=False, capture_output=True, env=ENVIRONMENT)
    return time.perf_counter() - start


def main() -> None:
    """Time both sides in turn and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=31)
    parser.add_argument("--file", type=Path, default=FILE)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp()  # a folder of the user's, without settings
    copy = shutil.copy(arguments.file, Path(folder, "environment.yml"))
    ours = ("-m", "compat", "check", str(copy), "--target", "linux-64,gpu=a100,driver=550.54.15")
    times: dict[str, list[float]] = {"peer": [], "compat": []}
    for command in (PEER, ours):
        seconds(command)  # once unmeasured: bytecode and page cache
    for _ in range(arguments.runs):
        times["peer"].append(seconds(PEER))
        times["compat"].append(seconds(ours))
    for name, values in times.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:>7}: min {low * 1e3:6.1f} ms  median {middle * 1e3:6.1f} ms  max {high * 1e3:6.1f} ms")
    print(f"  ratio of medians: {statistics.median(times['compat']) / statistics.median(times['peer']):.2f}")


if __name__ == "__main__":
    main()
