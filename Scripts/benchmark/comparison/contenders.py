"""What is compared, and how each of them is started."""

import os
import subprocess
from dataclasses import dataclass, field

SCRATCH = ".build/benchmark"
NATIVE = f"{SCRATCH}/native"
PYTHON = f"{SCRATCH}/python/bin/python"
PEERS = "Scripts/benchmark/python/peers.py"
RING_BYTES = 1 << 20
RECORD = "record"

OURS = "IterableQueue"


@dataclass(frozen=True)
class Shape:
    """Who moves what. `capacity` is in items, for queues that count them."""

    producers: int = 1
    consumers: int = 1
    item: object = 8  # bytes, or RECORD
    capacity: int = 4096
    ring: int = RING_BYTES


@dataclass(frozen=True)
class Contender:
    """One column of a comparison: a queue in one way of use."""

    name: str
    program: str  # "queue", "native" or "python"
    peer: str = ""
    batch: int = 1
    options: tuple = ()
    rate: float = 1e6  # a first guess, in items per second
    workloads: frozenset = field(default=frozenset())  # where it takes part; empty: everywhere

    def command(self, workload, shape, items):
        """The words that run it; see the programs for their meaning."""
        if self.program == "queue":
            return self._queue(workload, shape, items)
        if self.program == "native":
            words = [NATIVE, self.peer, workload]
        else:
            words = [PYTHON, PEERS, self.peer, workload]
        if workload == "throughput":
            words += [shape.producers, shape.consumers, shape.item]
        words += [items, shape.capacity]
        if self.program == "native":
            words += [shape.ring, self.batch]
        return [str(word) for word in words]

    def _queue(self, workload, shape, items):
        words = [queue_program(), workload, "--items", items, *self.options]
        if workload == "throughput":
            words += ["--producers", shape.producers, "--consumers", shape.consumers]
            if shape.item == RECORD:
                words += ["--kind", "record"]
            elif shape.item != 8:
                words += ["--bytes", shape.item]
                if "--kind" not in self.options:
                    words += ["--kind", "bytes"]
        if workload not in ("start-up", "memory"):
            words += ["--ring", shape.ring]
        if workload not in ("start-up", "memory", "ping-pong", "backlog"):
            words += ["--batch", self.batch]
        return [str(word) for word in words]


def queue_program():
    return os.environ.get("QUEUE_BENCHMARK", ".build/release/queue-benchmark")


def available_peers():
    """The names of the native peers that could be built here, and of the Python ones."""
    listed = subprocess.run([NATIVE, "peers"], capture_output=True, text=True, check=True)
    names = {("native", name) for name in listed.stdout.split()}
    if os.path.exists(PYTHON):
        listed = subprocess.run([PYTHON, PEERS, "peers"], capture_output=True, text=True, check=True)
        names |= {("python", name) for name in listed.stdout.split()}
    return names


def ours(mode="", batch=1, *options, rate=5e6):
    return Contender(" ".join(filter(None, [OURS, mode])), "queue", "", batch, options, rate)


def native(peer, name="", batch=1, rate=2e6):
    return Contender(name or peer, "native", peer, batch, (), rate)


def python(peer, name="", batch=1, rate=1e5):
    return Contender(name or peer, "python", peer, batch, (), rate)


def prototypes(batch):
    return [
        native("prototype", "C prototype", rate=2e7),
        native("prototype", f"C prototype, batches of {batch}", batch, rate=1e8),
    ]
