"""Runs the comparison; see Scripts/benchmark.sh --help."""

import argparse
import json
import os
import statistics
import sys
import time

import documents
import machine
import regression
import report
from contenders import available_peers
from results import Calibration, Results
from runs import Failed, calibrate, round_items, run
from quiet import wait_until_quiet
from workloads import all_workloads

RESULTS = ".build/benchmark/results.jsonl"
NOT_FINISHED = 75


def parse():
    parser = argparse.ArgumentParser(
        prog="Scripts/benchmark.sh", description="Compares IterableQueue with its peers.")
    add = parser.add_argument
    add("--workloads", help="only these, separated by commas; also main, pinned, growth")
    add("--contenders", help="only those whose name contains one of these words")
    add("--list", action="store_true", help="say what there is, and run nothing")
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=0.4, help="how long a run should take (0.4)")
    add("--quick", action="store_true", help="three rounds of 0.15 s, native peers, main workloads")
    add("--patience", type=float, default=5,
        help="for how long to wait before a round until others leave the processors alone (5 s)")
    add("--resume", action="store_true", help="go on with the comparison that was not finished")
    add("--stop-after", type=float, help=f"stop after so many seconds with status {NOT_FINISHED}")
    add("--results", default=RESULTS, help="the file of the runs, a line of JSON each")
    add("--json", help="write medians, ratios and all runs to this file")
    add("--markdown", help="write the tables to this file instead of printing them")
    add("--plot", help="write plots into this folder")
    add("--write-docs", action="store_true",
        help="write the tables and plots into README.md and Performance.md")
    add("--regression", action="store_true",
        help="check in CI that our queue has not become much dearer")
    add("--no-install", action="store_true", help="use only the peers that are there")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 3, 0.15
        options.workloads = options.workloads or "main"
    if options.regression:
        options.rounds, options.seconds, options.patience = 3, 0.2, 1
        options.results = RESULTS.replace("results", "regression")
    return options


def selected(options):
    """The workloads, each with its contenders."""
    available = available_peers()
    keys = set(options.workloads.split(",")) if options.workloads else None
    parts = options.contenders.lower().split(",") if options.contenders else None

    def takes_part(workload, contender):
        if not contender.is_ours and (contender.program, contender.peer) not in available:
            return False
        if options.regression:
            return regression.takes_part(workload.key, contender.name)
        if options.quick and contender.program == "python":
            return False
        return not parts or any(part in contender.name.lower() for part in parts)

    for workload in all_workloads():
        kind = workload.group if workload.group in ("main", "pinned") else "growth"
        if keys and not keys & {workload.key, workload.group, kind}:
            continue
        contenders = [c for c in workload.contenders if takes_part(workload, c)]
        if contenders:
            yield workload, contenders


class Comparison:
    def __init__(self, options):
        self.options = options
        self.results = Results(options.results, options.resume)
        self.calibration = Calibration(options.seconds)
        self.deadline = time.monotonic() + (options.stop_after or float("inf"))

    def items(self, workload, contender):
        if workload.items:
            return workload.items
        items = self.calibration.get(workload.key, contender.name)
        if items is None:
            items = calibrate(workload, contender, self.options.seconds)
            self.calibration.set(workload.key, contender.name, items)
        return round_items(items, workload, contender)

    def measure(self, workload, contenders):
        """All rounds of a workload: in each, one run of every contender. False: out of time."""
        rounds = min(self.options.rounds * workload.times, workload.most_rounds)
        for number in range(rounds):
            cells = [
                c for c in contenders
                if (workload.key, c.name, number) not in self.results.done]
            if not cells:
                continue
            busy = wait_until_quiet(self.options.patience)
            for contender in cells:
                if time.monotonic() > self.deadline:
                    return False
                try:
                    said = run(workload, contender, self.items(workload, contender))
                    if not workload.items:
                        self.calibration.check(workload.key, contender.name, said["seconds"])
                except Failed as failure:
                    said = {"failed": str(failure)}
                    print(f"FAILED: {workload.key}, {contender.name}: {failure}", file=sys.stderr)
                said["others"] = round(busy, 2)
                self.results.add(workload.key, contender.name, number, said)
        return True

    def say(self, workload, began):
        first = self.results.of(workload.key, workload.contenders[0].name)
        value = ""
        if first and workload.measure in first[0]:
            value = report.amount(
                statistics.median(r[workload.measure] for r in first), workload.measure)
        took = time.monotonic() - began
        print(f"{workload.key:14} {workload.title:40} {value:>16} {took:6.0f} s", file=sys.stderr)


def main():
    options = parse()
    cells = list(selected(options))
    if options.list:
        for workload, contenders in cells:
            print(f"{workload.key}: {workload.title}: {', '.join(c.name for c in contenders)}")
        return 0
    comparison = Comparison(options)
    for workload, contenders in cells:
        began = time.monotonic()
        if not comparison.measure(workload, contenders):
            print("not finished: go on with --resume", file=sys.stderr)
            return NOT_FINISHED
        comparison.say(workload, began)
    if options.regression:
        return regression.check(comparison, cells)
    workloads = [workload for workload, _ in cells]
    about = machine.about(options.rounds, options.seconds)
    text = report.markdown(comparison.results, workloads, about)
    if options.write_docs:
        documents.write(comparison.results, workloads, about)
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as file:
            file.write(text)
    elif not options.write_docs:
        print(text)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report.summary(comparison.results, workloads, about), file, indent=1)
            file.write("\n")
    if options.plot:
        import plots

        os.makedirs(options.plot, exist_ok=True)
        plots.draw(comparison.results, workloads, options.plot)
    return 1 if any("failed" in run for run in comparison.results.runs) else 0


sys.exit(main())
