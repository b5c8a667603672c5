"""The workloads, and who takes part in each."""

from dataclasses import dataclass

from contenders import OURS, RECORD, Shape, native, ours, prototypes, python

SINGLE_RING = "lock-free ring, one producer"
MANY_RING = "lock-free ring, many producers"
BATCHES, BATCHES_16 = f"{OURS}, batches of 64", f"{OURS}, batches of 16"


@dataclass(frozen=True)
class Workload:
    key: str
    title: str
    program: str  # the word that the programs know it by
    shape: Shape
    contenders: tuple
    measure: str = "rate"  # what is compared: "rate" (items/s), "p50" (ns), "percent"
    items: int = 0  # a fixed number of items; 0: as many as take long enough to be timed
    pinned: bool = False  # everything on one processor
    rounds: int = 0  # at most so many; 0: as many as asked for
    group: str = "main"

    @property
    def rising(self):
        """Whether more is better."""
        return self.measure == "rate"


def batched(count, *options):
    return ours(f", batches of {count}".strip(), count, *options, rate=2e7)


def own(count):
    return [
        ours(),
        ours("at most once", 1, "--at-most-once"),
        _named(f"{OURS}, batches of {count}", count),
        _named(f"{OURS} at most once, batches of {count}", count, "--at-most-once"),
    ]


def _named(name, count, *options):
    from contenders import Contender

    return Contender(name, "queue", "", count, options, 2e7)


KERNEL = [native("pipe"), native("seqpacket", rate=5e5), native("mq", "POSIX mq", rate=5e5)]
LIBRARIES = [native("boost", rate=5e6), native("zmq", "ZeroMQ", rate=2e6)]
CEILINGS = [native("single-ring", SINGLE_RING, rate=5e7), native("many-ring", MANY_RING, rate=3e7)]
PYTHONS = [
    python("cloudtoid", rate=1e6),
    python("faster-fifo", rate=1.5e5),
    python("multiprocessing", "multiprocessing.Queue", rate=1e5),
    python("iterable-queue", rate=8e3),
]
ICEORYX = [python("iceoryx2", rate=3e5)]


def throughput(key, title, shape, contenders, **rest):
    return Workload(key, title, "throughput", shape, tuple(contenders), **rest)


def words(key, title, producers, consumers, **rest):
    """Items of 8 bytes."""
    alone = producers == consumers == 1
    ceilings = CEILINGS if alone else CEILINGS[1:]
    peers = prototypes(64) + LIBRARIES + KERNEL + ceilings
    if not rest.get("pinned"):
        peers += (ICEORYX if alone else []) + PYTHONS
    return throughput(key, title, Shape(producers, consumers), own(64) + peers, **rest)


def kilobytes(key, title, **rest):
    blocks = [
        _named(f"{OURS}, struct of 1 KiB", 1, "--kind", "block"),
        _named(f"{OURS}, struct of 1 KiB, batches of 16", 16, "--kind", "block"),
    ]
    peers = prototypes(16) + LIBRARIES + KERNEL + CEILINGS
    if not rest.get("pinned"):
        peers += ICEORYX + PYTHONS
    return throughput(key, title, Shape(item=1024, capacity=1024), own(16) + blocks + peers, **rest)


def large(key, title, **rest):
    peers = prototypes(1)[:1] + LIBRARIES + KERNEL + CEILINGS
    if not rest.get("pinned"):
        peers += ICEORYX + PYTHONS
    return throughput(key, title, Shape(item=65536, capacity=64), [ours(rate=5e4), *peers], **rest)


def all_workloads():
    return [
        words("W1", "1 x 1, 8 bytes", 1, 1),
        words("W2", "4 x 4, 8 bytes", 4, 4),
        words("W17", "17 x 13, 8 bytes", 17, 13),
        kilobytes("W3", "1 x 1, 1 KiB"),
        large("W4", "1 x 1, 64 KiB"),
        Workload(
            "pair", "one process, one thread: put then get of an Int", "pair", Shape(),
            (ours(rate=1e7), _named(BATCHES, 64), *prototypes(64))),
    ]
