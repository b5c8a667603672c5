"""The tables, in markdown, and the summary for programs."""

import statistics

from targets import TARGETS

PRIMARY = "IterableQueue"


def figure(value):
    """Three digits that count."""
    if value == 0:
        return "0"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1 else f"{value:.2g}"


def amount(value, measure):
    if measure == "rate":
        return f"{figure(value / 1e6)} M/s"
    if measure in ("p50", "p99"):
        return f"{figure(value / 1000)} us"
    return f"{figure(value)}%" if measure == "percent" else f"{figure(value)} B"


def spread(runs, measure):
    values = [run[measure] for run in runs]
    middle, low, high = statistics.median(values), min(values), max(values)
    if measure == "rate":
        middle, low, high = (value / 1e6 for value in (middle, low, high))
    elif measure in ("p50", "p99"):
        middle, low, high = (value / 1e3 for value in (middle, low, high))
    return f"{figure(middle)} ({figure(low)}–{figure(high)})"


def middle(runs, key):
    return statistics.median(run.get(key, 0) for run in runs)


def value_of(results, target):
    """What a target's contender reached; None if it was not measured."""
    if target.is_ratio:
        measure = "p50" if target.workload.startswith("W5") else "rate"
        return results.ratio(target.workload, target.contender, target.against, measure)
    runs = results.of(target.workload, target.contender)
    if not runs:
        return None
    return middle(runs, "percent") if target.unit == "%" else 1e9 / middle(runs, "rate")


def target_table(results, workloads):
    keys = {workload.key for workload in workloads}
    lines = ["| workload | | target | measured | met |", "|---|---|---|---|---|"]
    for target in TARGETS:
        if target.workload not in keys:
            continue
        value = value_of(results, target)
        sign = ">=" if target.more_is_better else "<="
        goal = f"{sign} {target.limit:g}{'x' if target.is_ratio else ' ' + target.unit}"
        if target.against:
            goal += f" {target.against}"
        if value is None:
            measured, met = "not measured", ""
        else:
            measured = figure(value) + ("x" if target.is_ratio else f" {target.unit}")
            met = "yes" if target.met(value) else "**no**"
        lines.append(f"| {target.workload} | {target.contender} | {goal} | {measured} | {met} |")
    return lines if len(lines) > 2 else []


def workload_table(results, workload):
    measure = workload.measure
    names = results.contenders(workload.key)
    leaders = [name for name in names if name.startswith(PRIMARY)][:2]
    heads = {"rate": "million items/s", "p50": "p50, us", "percent": "% of one CPU"}
    columns = ["", heads.get(measure, "bytes")]
    if measure == "p50":
        columns.append("p99, us")
    large = isinstance(workload.shape.item, int) and workload.shape.item >= 1024
    if large:
        columns.append("GB/s")
    columns += [f"{name} ÷ this" for name in leaders]
    columns += ["CPU ns an item", "CPUs used"]
    lines = [f"### {workload.key}: {workload.title}", "", "| " + " | ".join(columns) + " |",
             "|---" * len(columns) + "|"]
    for name in names:
        runs, failures = results.of(workload.key, name), 0
        failures = len(results.all_of(workload.key, name)) - len(runs)
        if not runs:
            lines.append(f"| {name} | failed |" + " |" * (len(columns) - 2))
            continue
        cells = [name, spread(runs, measure)]
        if failures:
            cells[0] += f" ({failures} of {failures + len(runs)} runs failed)"
        if measure == "p50":
            cells.append(spread(runs, "p99"))
        if large:
            cells.append(figure(middle(runs, "rate") * workload.shape.item / 1e9))
        for leader in leaders:
            ratio = None
            if leader != name:
                ratio = results.ratio(workload.key, leader, name, measure)
            cells.append("" if ratio is None else figure(ratio))
        cells.append(figure(middle(runs, "cost")) if "cost" in runs[0] else "")
        cells.append(figure(middle(runs, "processors")))
        lines.append("| " + " | ".join(cells) + " |")
    return lines + [""]


GROWTH = {
    "ends": ("How it grows with the processes on each side", "processes", "million items/s",
             lambda place, rate: rate / 1e6),
    "bytes": ("How it grows with the size of an item", "bytes", "GB/s",
              lambda place, rate: place * rate / 1e9),
    "backlog": ("How it grows with what waits", "% of the ring", "ns for put and get",
                lambda place, rate: 1e9 / rate),
}


def growth_table(results, group, points):
    """One line for each place, one column for each contender."""
    title, across, unit, value = GROWTH[group]
    names = results.contenders(points[0].key)
    lines = [f"### {title}: {unit}", "", "| " + " | ".join([across, *names]) + " |",
             "|---" * (len(names) + 1) + "|"]
    for point in points:
        runs = [results.of(point.key, name) for name in names]
        cells = [figure(value(point.place, middle(r, "rate"))) if r else "failed" for r in runs]
        lines.append("| " + " | ".join([f"{point.place:g}" if point.place < 1000 else
                                        f"{point.place:,}", *cells]) + " |")
    return lines + [""]


def memory_table(results):
    runs = results.of("memory", PRIMARY)
    if not runs:
        return []
    lines = ["### memory: shared memory of an empty queue, in KiB", "",
             "| a queue | a producer more | a consumer more |", "|---|---|---|"]
    cells = [figure(middle(runs, part) / 1024) for part in ("queue", "producer", "consumer")]
    return lines + ["| " + " | ".join(cells) + " |", ""]


def more(workloads):
    keys = ", ".join(w.key for w in workloads if w.times > 1)
    return f", and twice as many of what depends most on placing: {keys}" if keys else ""


def markdown(results, workloads, about):
    busy = statistics.median(run["others"] for run in results.runs) if results.runs else 0
    cpus = ", ".join(str(cpu) for cpu in about["cpus"])
    lines = [
        f"{about['date']}, commit {about['commit']}; {len(about['cpus'])} CPUs "
        f"({about['processor']}, numbers {cpus}), {busy:.1f} of them busy with other things; "
        f"Linux {about['kernel']}; {about['swift']}; Python {about['python']}. "
        f"Medians (min–max) of {about['rounds']} rounds by turns{more(workloads)}; ratios within a round. "
        "Processes are where the scheduler puts them, unless the name of a workload says -one-cpu, or -two-cpus: "
        "dealt out to both.", ""]
    table = target_table(results, workloads)
    if table:
        lines += ["## Targets", "", *table, ""]
    lines += ["## Runs", ""]
    for workload in workloads:
        if workload.key == "memory":
            lines += memory_table(results)
        elif workload.group not in GROWTH and results.contenders(workload.key):
            lines += workload_table(results, workload)
    for group in GROWTH:
        points = [w for w in workloads if w.group == group and results.contenders(w.key)]
        if points:
            lines += growth_table(results, group, points)
    return "\n".join(lines) + "\n"


def summary(results, workloads, about):
    rows = []
    for workload in workloads:
        for name in results.contenders(workload.key):
            runs = results.of(workload.key, name)
            if not runs or workload.measure not in runs[0]:
                continue
            values = [run[workload.measure] for run in runs]
            rows.append({
                "workload": workload.key, "contender": name, "measure": workload.measure,
                "median": statistics.median(values), "min": min(values), "max": max(values),
                "ours by this": (
                    results.ratio(workload.key, PRIMARY, name, workload.measure)
                    if name != PRIMARY else None)})
    targets = [
        {"workload": t.workload, "contender": t.contender, "against": t.against, "limit": t.limit,
         "unit": t.unit, "value": value, "met": t.met(value)}
        for t in TARGETS if (value := value_of(results, t)) is not None]
    return {"about": about, "targets": targets, "rows": rows, "runs": results.runs}
