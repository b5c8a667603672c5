"""What the queue is to reach: ratios to others in the same round, medians over the rounds."""

from dataclasses import dataclass

from workloads import (
    BATCHES, BATCHES_16, BOOST, CACHE_LINE, CLOUDTOID, FUTEX, IN_PLACE, ITERABLE_QUEUE, LENDING,
    MANY_RING, MULTIPROCESSING, OURS, PIPE, PROTOTYPE, PROTOTYPE_16, PROTOTYPE_BATCHES, SINGLE_RING, SPINNING,
    STRUCT, STRUCT_16)


@dataclass(frozen=True)
class Target:
    workload: str
    contender: str
    against: str  # the other contender; empty: the limit is a value
    limit: float
    unit: str = "x"  # "x", "ns" an item, or "%" of a processor

    @property
    def is_ratio(self):
        return self.unit == "x"

    @property
    def more_is_better(self):
        return self.is_ratio and not self.workload.startswith("W5")

    def met(self, value):
        return value >= self.limit if self.more_is_better else value <= self.limit


TARGETS = [
    Target("W1", OURS, BOOST, 2.5),
    Target("W1", OURS, PIPE, 9),
    Target("W1", OURS, PROTOTYPE, 0.95),
    Target("W1", BATCHES, BOOST, 12),
    Target("W1", BATCHES, SINGLE_RING, 1.0),
    Target("W1", BATCHES, PROTOTYPE_BATCHES, 0.95),
    Target("W2", OURS, BOOST, 3),
    Target("W2", OURS, PROTOTYPE, 0.95),
    Target("W2", BATCHES, BOOST, 18),
    Target("W2", BATCHES, MANY_RING, 1.5),
    Target("W2", BATCHES, PROTOTYPE_BATCHES, 0.95),
    Target("W17", OURS, BOOST, 3),
    Target("W17", OURS, PROTOTYPE, 0.95),
    Target("W17", BATCHES, BOOST, 18),
    Target("W17", BATCHES, PROTOTYPE_BATCHES, 0.95),
    Target("W3", OURS, BOOST, 1.6),
    Target("W3", OURS, PIPE, 2),
    Target("W3", OURS, PROTOTYPE, 0.95),
    Target("W3", BATCHES_16, BOOST, 3.5),
    Target("W3", BATCHES_16, PROTOTYPE_16, 0.95),
    Target("W3", STRUCT, BOOST, 1.6),
    Target("W3", STRUCT, PIPE, 2),
    Target("W3", STRUCT, PROTOTYPE, 0.95),
    Target("W3", STRUCT_16, BOOST, 3.5),
    Target("W3", STRUCT_16, PROTOTYPE_16, 0.95),
    Target("W4", OURS, BOOST, 1.1),
    Target("W4", OURS, PIPE, 3),
    # iceoryx2 lends its memory to both sides, and copies nothing.
    Target("W4", IN_PLACE, LENDING, 1.0),
    # In the same place: where the system puts two processes differs from run to run.
    Target("W3-two-cpus", OURS, BOOST, 1.6),
    Target("W3-two-cpus", OURS, PROTOTYPE, 0.95),
    Target("W3-two-cpus", BATCHES_16, BOOST, 3.5),
    Target("W3-two-cpus", BATCHES_16, PROTOTYPE_16, 0.95),
    Target("W3-two-cpus", STRUCT, BOOST, 1.6),
    Target("W3-two-cpus", STRUCT, PROTOTYPE, 0.95),
    Target("W3-two-cpus", STRUCT_16, BOOST, 3.5),
    Target("W3-two-cpus", STRUCT_16, PROTOTYPE_16, 0.95),
    Target("W5-one-cpu", OURS, FUTEX, 1.1),
    Target("W5-two-cpus", OURS, FUTEX, 1.1),
    Target("W5", SPINNING, CACHE_LINE, 3),
    Target("W6", OURS, CLOUDTOID, 2),
    Target("W6", OURS, MULTIPROCESSING, 10),
    Target("W6", OURS, ITERABLE_QUEUE, 150),
    Target("W6", BATCHES, MULTIPROCESSING, 15),
    Target("pair", OURS, "", 100, "ns"),
    Target("pair", BATCHES, "", 15, "ns"),
    Target("idle", OURS, "", 0.5, "%"),
]
