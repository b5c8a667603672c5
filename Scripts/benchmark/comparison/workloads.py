"""The workloads, and who takes part in each."""

from dataclasses import dataclass

from contenders import RECORD, Shape, native, ours, python

OURS = "IterableQueue"
BATCHES, BATCHES_16 = f"{OURS}, batches of 64", f"{OURS}, batches of 16"
STRUCT, STRUCT_16 = f"{OURS}, struct", f"{OURS}, struct, batches of 16"
IN_PLACE = f"{OURS}, in place"
SPINNING = f"{OURS}, spinning"
PROTOTYPE, PROTOTYPE_BATCHES = "C prototype", "C prototype, batches of 64"
PROTOTYPE_16 = "C prototype, batches of 16"
BOOST, PIPE, LENDING = "boost::interprocess", "pipe", "iceoryx2, polling"
SINGLE_RING, MANY_RING = "lock-free ring, 1 to 1", "lock-free ring, n to m"
FUTEX, CACHE_LINE, SLEEPERS = "bare futex", "bare cache line", "bare sleepers"
CLOUDTOID = "cloudtoid, polling"
MULTIPROCESSING, ITERABLE_QUEUE = "multiprocessing.Queue", "iterable-queue"

ONE_CPU, APART = ", all on one CPU", ", dealt out to both CPUs"


@dataclass(frozen=True)
class Workload:
    key: str
    title: str
    program: str  # the word that the programs know it by
    contenders: tuple
    shape: Shape = Shape()
    measure: str = "rate"  # what is compared: rate (items/s), p50 (ns), percent, or bytes
    items: int = 0  # a fixed number of items; 0: as many as take long enough to be timed
    placing: str = ""  # ONE_CPU, APART, or as the system likes
    times: int = 1  # so many times as many rounds as others
    most_rounds: int = 1000
    group: str = "main"
    place: float = 0  # where on the plot of its group


def own(count):
    """Our queue: one by one and in batches, and the same without acknowledgement."""
    return (
        ours(OURS),
        ours(f"{OURS}, batches of {count}", count, rate=2e7),
        ours(f"{OURS}, at most once", 1, "--at-most-once"),
        ours(f"{OURS}, at most once, batches of {count}", count, "--at-most-once", rate=2e7),
    )


def prototypes(count):
    return (
        native("prototype", PROTOTYPE, rate=2e7),
        native("prototype", f"C prototype, batches of {count}", count, rate=1e8),
    )


LIBRARIES = (native("boost", BOOST, rate=5e6), native("zmq", "ZeroMQ", rate=2e6))
KERNEL = (native("pipe", PIPE), native("seqpacket", "SOCK_SEQPACKET", rate=5e5),
          native("mq", "POSIX mq", rate=5e5))
SINGLE, MANY = native("single-ring", SINGLE_RING, rate=5e7), native("many-ring", MANY_RING, rate=3e7)
PYTHONS = (
    python("cloudtoid-polling", CLOUDTOID, rate=1e6),
    python("faster-fifo", rate=1.5e5),
    python("multiprocessing", MULTIPROCESSING, rate=1e5),
    python("iterable-queue", ITERABLE_QUEUE, rate=8e3),
)
MANY_AT_ONCE = (
    python("cloudtoid-many", "cloudtoid, batches of 64", 64, rate=1e6),
    python("faster-fifo-many", "faster-fifo, batches of 64", 64, rate=2e5),
)
ICEORYX2 = python("iceoryx2", LENDING, rate=3e5)


def where(title, placing, depends_on_placing=False):
    return {"title": title + placing, "placing": placing, "group": "pinned" if placing else "main",
            "times": 2 if depends_on_placing and not placing else 1}


def words(key, producers, consumers, placing=""):
    """W1, W2 and W17: items of 8 bytes."""
    alone = producers == consumers == 1
    contenders = own(64) + prototypes(64) + LIBRARIES + KERNEL
    contenders += (SINGLE, MANY) if alone else (MANY,)
    if not placing:
        contenders += ((ICEORYX2,) if alone else ()) + PYTHONS + MANY_AT_ONCE
    title = f"{producers} x {consumers}, 8 bytes"
    return Workload(key, program="throughput", contenders=contenders,
                    shape=Shape(producers, consumers),
                    **where(title, placing, depends_on_placing=True))


def kilobytes(key, placing=""):
    structs = (ours(STRUCT, 1, "--kind", "block", rate=1e6),
               ours(STRUCT_16, 16, "--kind", "block", rate=3e6))
    in_place = ours(IN_PLACE, 1, "--in-place", rate=1e6)
    contenders = own(16) + (in_place, *structs) + prototypes(16) + LIBRARIES + KERNEL + (SINGLE, MANY)
    if not placing:
        contenders += (ICEORYX2, *PYTHONS)
    return Workload(key, program="throughput", contenders=contenders,
                    shape=Shape(item=1024, capacity=1024),
                    **where("1 x 1, 1 KiB", placing, depends_on_placing=True))


def large(key, placing=""):
    contenders = (ours(OURS, rate=5e4), ours(IN_PLACE, 1, "--in-place", rate=5e4), prototypes(1)[0],
                  *LIBRARIES, *KERNEL, SINGLE, MANY)
    if not placing:
        contenders += (ICEORYX2, *PYTHONS)
    return Workload(key, program="throughput", contenders=contenders,
                    shape=Shape(item=65536, capacity=64, ring=64 << 16),
                    **where("1 x 1, 64 KiB", placing))


def round_trips(key, placing=""):
    contenders = (
        ours(OURS, rate=2e4), native("futex-word", FUTEX, rate=2e4), prototypes(1)[0], *LIBRARIES,
        *KERNEL)
    if not placing:
        contenders += (
            ours(SPINNING, 1, "--spinning", 1000, rate=1e6),
            native("cache-line", CACHE_LINE, rate=5e6), SINGLE, MANY,
            python("cloudtoid", "cloudtoid", rate=2e4), PYTHONS[0],
            python("iceoryx2-events", "iceoryx2, events", rate=1e4), ICEORYX2, *PYTHONS[1:])
    return Workload(key, program="ping-pong", contenders=contenders, measure="p50",
                    shape=Shape(capacity=1024), **where("ping-pong over two queues", placing))


def records(key):
    contenders = (
        ours(OURS, rate=1e6), ours(BATCHES, 64, rate=1e6),
        ours(f"{OURS}, at most once", 1, "--at-most-once", rate=1e6),
        python("cloudtoid", "cloudtoid", rate=4e5), *PYTHONS, *MANY_AT_ONCE)
    return Workload(key, "17 x 13, a record of six fields", "throughput", contenders,
                    Shape(17, 13, RECORD))


def few_processes():
    pair = (ours(OURS, rate=1e7), ours(BATCHES, 64, rate=5e7), *prototypes(64))
    start = (ours(OURS), prototypes(1)[0], LIBRARIES[0], KERNEL[0], *PYTHONS)
    return [
        Workload("pair", "put then get of an Int, one thread", "pair", pair),
        Workload("start-up", "create, register, fork, first item", "start-up", start,
                 measure="p50", items=20),
        Workload("memory", "shared memory", "memory", (ours(OURS),), measure="bytes", items=200,
                 most_rounds=3),
        Workload("idle", "17 x 13 blocked endpoints, idle for 10 s", "idle",
                 (ours(OURS), native("sleepers", SLEEPERS)), measure="percent", items=30,
                 most_rounds=3),
    ]


def growth():
    """How the cost grows."""
    made = []
    for ends in (1, 2, 4, 8, 16, 32, 64):
        contenders = (*own(64)[:2], prototypes(64)[0], LIBRARIES[0], MANY)
        made.append(Workload(
            f"ends-{ends}", f"{ends} x {ends}, 8 bytes", "throughput", contenders,
            Shape(ends, ends), most_rounds=3, group="ends", place=ends))
    ring = Shape().ring
    for size in (8, 64, 512, 4096, 32768, 131072, ring // 2 - 64):
        contenders = (ours(f"{OURS}, [UInt8]", 1, "--kind", "bytes", rate=2e4),
                      native("prototype", PROTOTYPE, rate=2e4),
                      native("boost", BOOST, rate=2e4), native("pipe", PIPE, rate=2e4))
        capacity = max(2, min(4096, ring // size))
        made.append(Workload(
            f"bytes-{size}", f"1 x 1, {size} bytes", "throughput", contenders,
            Shape(item=size, capacity=capacity), most_rounds=3, group="bytes", place=size))
    for percent in (0, 10, 25, 50, 75, 90, 100):
        contenders = (ours(OURS, 1, "--percent", percent, rate=1e7),)
        made.append(Workload(
            f"backlog-{percent}", f"put then get, ring {percent}% full", "backlog", contenders,
            most_rounds=3, group="backlog", place=percent))
    return made


def all_workloads():
    main = [
        words("W1", 1, 1), words("W2", 4, 4), words("W17", 17, 13),
        kilobytes("W3"), large("W4"), round_trips("W5"), records("W6"),
        *few_processes(),
    ]
    pinned = [
        make(f"{key}-{name}", *shape, placing)
        for name, placing in (("one-cpu", ONE_CPU), ("two-cpus", APART))
        for key, make, *shape in (
            ("W1", words, 1, 1), ("W2", words, 4, 4), ("W17", words, 17, 13), ("W3", kilobytes),
            ("W4", large), ("W5", round_trips))
    ]
    return main + pinned + growth()
