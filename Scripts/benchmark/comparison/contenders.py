"""What is compared, and how each of them is started."""

import os
import subprocess
from dataclasses import dataclass

SCRATCH = ".build/benchmark"
NATIVE = f"{SCRATCH}/native"
PYTHON = f"{SCRATCH}/python/bin/python"
PEERS = "Scripts/benchmark/python/peers.py"
RECORD = "record"


@dataclass(frozen=True)
class Shape:
    """Who moves what. `capacity` is in items, for queues that count them, `ring` in bytes."""

    producers: int = 1
    consumers: int = 1
    item: object = 8  # bytes, or RECORD
    capacity: int = 4096
    ring: int = 1 << 20


@dataclass(frozen=True)
class Contender:
    """A queue in one way of use."""

    name: str
    program: str  # "queue" (ours), "native" or "python"
    peer: str = ""
    batch: int = 1
    options: tuple = ()
    rate: float = 1e6  # a first guess, in items per second

    @property
    def is_ours(self):
        return self.program == "queue"

    def command(self, workload, shape, items):
        """The words that run it."""
        if self.is_ours:
            words = self._queue(workload, shape, items)
        elif self.program == "native":
            words = [NATIVE, self.peer, workload]
            if workload == "throughput":
                words += [shape.producers, shape.consumers, shape.item]
            words += [items, shape.capacity, shape.ring, self.batch]
        else:
            words = [PYTHON, PEERS, self.peer, workload]
            if workload == "throughput":
                words += [shape.producers, shape.consumers, shape.item]
            words += [items, shape.capacity]
        return [str(word) for word in words]

    def _queue(self, workload, shape, items):
        words = [queue_program(), workload, *self.options]
        if workload != "idle":
            words += ["--items", items]
        if workload == "throughput":
            words += ["--producers", shape.producers, "--consumers", shape.consumers]
            if shape.item == RECORD:
                words += ["--kind", "record"]
            elif shape.item != 8 or "--kind" in self.options:
                words += ["--bytes", shape.item]
                if "--kind" not in self.options:
                    words += ["--kind", "bytes"]
        if workload in ("throughput", "pair", "ping-pong", "backlog"):
            words += ["--ring", shape.ring, "--batch", self.batch]
        return words


def queue_program():
    """The environment may name a build of another checkout, to compare the two."""
    return os.environ.get("QUEUE_BENCHMARK", ".build/release/queue-benchmark")


def available_peers():
    """The peers that could be built and installed here."""

    def listed(program, *command):
        done = subprocess.run([*command, "peers"], capture_output=True, text=True, check=True)
        return {(program, name) for name in done.stdout.split()}

    names = listed("native", NATIVE)
    if os.path.exists(PYTHON):
        names |= listed("python", PYTHON, PEERS)
    return names


def ours(name, batch=1, *options, rate=5e6):
    return Contender(name, "queue", "", batch, options, rate)


def native(peer, name="", batch=1, rate=2e6):
    return Contender(name or peer, "native", peer, batch, (), rate)


def python(peer, name="", batch=1, rate=1e5):
    return Contender(name or peer, "python", peer, batch, (), rate)
