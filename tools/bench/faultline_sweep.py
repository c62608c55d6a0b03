#!/usr/bin/python3
"""Faultline: whole sweeps of 72 runs, from the first point read to the last table, by JOBS jobs.
Several SWEEPS of one job at the same time say what the machine lets more jobs save at the best: two
cores that share caches or memory are less than twice one.

    faultline_sweep.py PROGRAM JOBS [SWEEPS]        PROGRAM: the command line
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "cap" / "quorum-ap.json"
TRIALS = 8
QUORUMS = ["--vary", "/services/store/read_quorum=1..3", "--vary",
           "/services/store/write_quorum=1..3"]
RUNS = 3 * 3 * TRIALS


def main():
    program, jobs, sweeps = (sys.argv[1:] + ["1"])[:3]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "sweep", SCENARIO, *QUORUMS, "--trials", str(TRIALS), "--no-report",
                   "-j", jobs]
        start = time.perf_counter()
        processes = [subprocess.Popen(command + ["--out", f"{folder}/{number}"],
                                      stdout=subprocess.DEVNULL) for number in range(int(sweeps))]
        failed = [process.wait() for process in processes]
        seconds = time.perf_counter() - start
    if any(failed):
        sys.exit("a sweep has failed")
    runs = RUNS * len(processes)
    print(json.dumps({"name": "faultline_sweep", "runs": runs, "seconds": round(seconds, 6),
                      "runs_per_second": round(runs / seconds, 3)}))


if __name__ == "__main__":
    main()
