"""How speed changes with size: what tools/bench/run measures for `--only scaling`, and its charts.

Each series takes one size through powers of ten and leaves all else alone. Time an event may grow
with it only as far as caches explain: by a power of the size below GROWTH_LIMIT, taken over the
whole series (0: not at all; 0.25: less than twofold for a tenfold size; 1: an event looks at
everything). Of transfers that share links that is not asked: to share bandwidth fairly among all
that are connected is work for each of them whenever one begins or ends.
"""

import json
import math
import statistics
import subprocess
import tempfile
from collections import namedtuple
from pathlib import Path

from process import run_process

EVENTS = "events_per_second"
GROWTH_LIMIT = 0.25

# sizes; the command for a size; whether the work is linear.
Series = namedtuple("Series", "name what sizes command linear")


def powers(low, high):
    return [10 ** exponent for exponent in range(low, high + 1)]


def all_series(programs):
    hop, quorum = programs / "faultline_hop", programs / "faultline_quorum"
    return [
        Series("hosts", "hosts, 1,000 messages in flight", powers(1, 5),
               lambda size: [hop, 1_000_000, 1000, size, "messages"], True),
        Series("messages in flight", "messages in flight, 100 hosts", powers(1, 6),
               lambda size: [hop, 3_000_000, size, 100, "messages"], True),
        Series("keys", "keys, quorum of 3 nodes, judged and measured", powers(3, 7),
               lambda size: [quorum, 200_000, size], True),
        Series("transfers apart", "transfers at a time, hardly two through one link", powers(0, 3),
               lambda size: [hop, 20_000, size, 10_000, "flows"], True),
        Series("transfers sharing links", "transfers at a time, 100 hosts", powers(0, 3),
               lambda size: [hop, 20_000, size, 100, "flows"], False),
    ]


def runs(programs):
    """What runs in a round, as RUNS in tools/bench/run."""
    return [(label(series, size), series.command(size), EVENTS)
            for series in all_series(programs) for size in series.sizes]


def label(series, size):
    return f"{series.name}: {size:,}"


def seconds_per_event(results, series):
    """The median over the rounds, by size; None if one was not measured."""
    labels = [label(series, size) for size in series.sizes]
    if any(name not in results for name in labels):
        return None
    return [statistics.median(1 / result[EVENTS] for result in results[name]) for name in labels]


def growth(series, times):
    """The power of the size that time an event grows by, from the first size to the last."""
    return math.log(times[-1] / times[0]) / math.log(series.sizes[-1] / series.sizes[0])


def judge(results, programs):
    """A target for each series, as judge() in tools/bench/run."""
    rows = []
    for series in all_series(programs):
        times = seconds_per_event(results, series)
        wanted = f"< {GROWTH_LIMIT}" if series.linear else ""
        row = [f"{series.name}: growth of time an event", "", wanted, "not built"]
        if times is not None:
            value = growth(series, times)
            row[1] = f"{value:.2f}"
            row[3] = "pass" if value < GROWTH_LIMIT or not series.linear else "MISS"
        rows.append(row)
    return rows


def draw(results, programs, folder):
    """Writes a chart of each series, and one of all together, to `folder`."""
    figures = []
    for series in all_series(programs):
        times = seconds_per_event(results, series)
        if times is not None:
            figures.append({"name": series.name, "what": series.what,
                            "growth": growth(series, times),
                            "points": [{"size": size, "events_per_second": 1 / time}
                                       for size, time in zip(series.sizes, times)]})
    subprocess.run(["node", Path(__file__).with_name("scaling.mjs"), folder],
                   input=json.dumps(figures), text=True, check=True)


def measure_start(faultline, hosts):
    """Time and peak memory of the whole command, without a report, for a second of a scenario with
    three nodes: all hosts but these idle."""
    scenario = {
        "duration": "1s",
        "topology": {"regions": {"here": hosts}},
        "services": {"store": {"model": "quorum", "nodes": 3}},
        "workloads": {"users": {"target": "store", "arrivals": {"poisson": "100/s"}}},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(scenario, file)
        file.flush()
        _, seconds, peak_bytes = run_process([faultline, "run", file.name])
    return {"seconds": seconds, "peak_bytes": peak_bytes}


def measure_starts(faultline):
    """One round: a small run, one of 100,000 hosts, and what an idle host of these costs."""
    few, many = measure_start(faultline, 3), measure_start(faultline, 100_000)
    return {"small run": few, "100,000 hosts": many,
            "idle host": {"bytes": (many["peak_bytes"] - few["peak_bytes"]) / (100_000 - 3)}}


# As LIMIT_TARGETS in tools/bench/run.
LIMITS = [
    ("small run", "seconds", "whole command, s", 0.030),
    ("100,000 hosts", "seconds", "whole command, s", 5),
    ("idle host", "bytes", "memory, bytes", 1000),
]
