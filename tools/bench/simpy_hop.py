#!/usr/bin/python3
"""Peer: the hop workload on SimPy, one process per message.

    simpy_hop.py [EVENTS [IN_FLIGHT [HOSTS]]]
"""

import json
import random
import sys
import time

import simpy


def main():
    given = [int(argument) for argument in sys.argv[1:]]
    events, in_flight, hosts = given + [300_000, 1000, 100][len(given):]
    environment = simpy.Environment()
    draw = random.Random(1)
    arrivals_at = [0] * hosts
    departures = 0

    def message():
        nonlocal departures
        while departures < events:
            departures += 1
            host = int(draw.random() * hosts)
            yield environment.timeout(draw.expovariate(1000.0))
            arrivals_at[host] += 1

    start = time.perf_counter()
    for _ in range(in_flight):
        environment.process(message())
    environment.run()
    seconds = time.perf_counter() - start
    arrivals = sum(arrivals_at)
    print(json.dumps({"name": "simpy_hop", "events": arrivals, "seconds": round(seconds, 6),
                      "events_per_second": round(arrivals / seconds, 1)}))


if __name__ == "__main__":
    main()
