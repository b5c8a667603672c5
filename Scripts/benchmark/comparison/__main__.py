"""comparison [OPTIONS]: see Scripts/benchmark.sh --help."""

import argparse
import json
import os
import statistics
import sys
import time

from contenders import available_peers
from runs import Failed, calibrate, run
from quiet import wait_until_quiet
from workloads import all_workloads


def parse():
    parser = argparse.ArgumentParser(prog="Scripts/benchmark.sh")
    parser.add_argument("--workloads", help="only these keys, separated by commas")
    parser.add_argument("--contenders", help="only those whose name contains one of these words")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4, help="how long a run should take")
    parser.add_argument("--patience", type=float, default=5)
    return parser.parse_args()


def chosen(contender, options, available):
    if contender.program != "queue" and (contender.program, contender.peer) not in available:
        return False
    if not options.contenders:
        return True
    return any(word.lower() in contender.name.lower() for word in options.contenders.split(","))


def main():
    options = parse()
    available = available_peers()
    keys = options.workloads.split(",") if options.workloads else None
    for workload in all_workloads():
        if keys and workload.key not in keys:
            continue
        contenders = [c for c in workload.contenders if chosen(c, options, available)]
        items = {c.name: calibrate(workload, c, options.seconds) for c in contenders}
        rates = {c.name: [] for c in contenders}
        for _ in range(options.rounds):
            wait_until_quiet(options.patience)
            for c in contenders:
                try:
                    rates[c.name].append(run(workload, c, items[c.name])["rate"])
                except Failed as failure:
                    print(f"FAILED {workload.key} {c.name}: {failure}")
        print(f"{workload.key}: {workload.title}")
        first = rates[contenders[0].name]
        for c in contenders:
            values = rates[c.name]
            ratio = statistics.median(a / b for a, b in zip(first, values))
            print(f"  {c.name:40} {statistics.median(values)/1e6:9.3f} M/s "
                  f"({min(values)/1e6:.3f}-{max(values)/1e6:.3f})  {1e9/statistics.median(values):8.1f} ns  1st/this {ratio:.2f}")


main()
