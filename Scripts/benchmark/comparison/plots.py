"""Plots of the main rows and of how the cost grows, as SVG and PNG."""

import os
import statistics

import matplotlib

matplotlib.use("svg")
# Text stays text, and the same figures give the same file.
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "queue-benchmark"
matplotlib.rcParams["savefig.facecolor"] = "white"
from matplotlib import pyplot  # noqa: E402

MAIN = ("W1", "W2", "W17", "W3", "W4", "W6")
OURS_COLOR, OTHER_COLOR, CEILING_COLOR = "#d9480f", "#868e96", "#ced4da"


def median_rate(results, workload, name):
    runs = results.of(workload, name)
    return statistics.median(run["rate"] for run in runs) if runs else None


def color(name):
    if name.startswith("IterableQueue"):
        return OURS_COLOR
    return CEILING_COLOR if name.startswith(("lock-free", "C prototype")) else OTHER_COLOR


def save(figure, folder, name, kinds):
    figure.tight_layout()
    for kind in kinds:
        figure.savefig(os.path.join(folder, f"{name}.{kind}"), dpi=110, metadata=(
            {"Date": None} if kind == "svg" else None))
    pyplot.close(figure)


def bars(results, workloads, folder, kinds):
    """Items per second of every contender of the main workloads."""
    shown = [w for w in workloads if w.key in MAIN and results.contenders(w.key)]
    if not shown:
        return
    rows = (len(shown) + 1) // 2
    figure, places = pyplot.subplots(rows, 2, figsize=(12, 4.2 * rows), squeeze=False)
    for place in places.flat[len(shown):]:
        place.axis("off")
    for place, workload in zip(places.flat, shown):
        rates = {name: rate for name in results.contenders(workload.key)
                 if "at most once" not in name
                 and (rate := median_rate(results, workload.key, name))}
        names = sorted(rates, key=rates.get)
        place.barh(names, [rates[name] / 1e6 for name in names],
                   color=[color(name) for name in names])
        for at, name in enumerate(names):
            place.text(rates[name] / 1e6, at, f" {rates[name] / 1e6:.3g}", va="center", fontsize=8)
        place.set_xscale("log")
        place.minorticks_off()
        place.margins(x=0.12)
        place.set_title(f"{workload.key}: {workload.title}", fontsize=11)
        place.set_xlabel("million items per second", fontsize=9)
        place.tick_params(labelsize=8)
        place.spines[["top", "right"]].set_visible(False)
    save(figure, folder, "throughput", kinds)


GROWTH = {
    "ends": ("endpoints", "processes on each side", "million items per second", "log"),
    "bytes": ("item-size", "bytes in an item", "GB per second", "log"),
    "backlog": ("backlog", "% of the ring in use", "ns for put and get", "linear"),
}


def size_name(number):
    """A round number of bytes or processes, as short as it may be."""
    for unit in ("", "Ki", "Mi"):
        if number < 1000:
            return f"{number:.3g}{unit}"
        number /= 1024
    return f"{number:.3g}Gi"


def growth(results, workloads, folder, kinds):
    for group, (name, across, upward, scale) in GROWTH.items():
        points = [w for w in workloads if w.group == group and results.contenders(w.key)]
        if len(points) < 2:
            continue
        figure, place = pyplot.subplots(figsize=(7, 4.2))
        for contender in results.contenders(points[0].key):
            line = [(w.place, rate) for w in points
                    if (rate := median_rate(results, w.key, contender))]
            values = {
                "ends": lambda at, rate: rate / 1e6,
                "bytes": lambda at, rate: rate * at / 1e9,
                "backlog": lambda at, rate: 1e9 / rate,
            }[group]
            ours = contender.startswith("IterableQueue")
            place.plot([at for at, _ in line], [values(at, rate) for at, rate in line],
                       marker="o", label=contender, linewidth=2.5 if ours else 1.3,
                       linestyle="--" if "batches" in contender else "-")
        if scale == "log":
            place.set_xscale("log", base=2)
            place.set_yscale("log")
            place.set_xticks([w.place for w in points], [size_name(w.place) for w in points])
            place.yaxis.set_major_formatter("{x:g}")
        else:
            place.set_ylim(bottom=0)
        place.set_xlabel(across)
        place.set_ylabel(upward)
        place.grid(alpha=0.3)
        place.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False)
        place.spines[["top", "right"]].set_visible(False)
        save(figure, folder, name, kinds)


def draw(results, workloads, folder, kinds=("svg", "png")):
    bars(results, workloads, folder, kinds)
    growth(results, workloads, folder, kinds)
