"""Prints the same lines as codec-benchmark, for Python's peers on the same values."""

import dataclasses
import pickle
import sys
import time

import cbor2
import msgpack


@dataclasses.dataclass
class Small:
    id: int
    depth: int
    score: float
    isOpen: bool
    kind: int
    name: str


@dataclasses.dataclass
class Waypoint:
    x: float
    y: float
    label: str


@dataclasses.dataclass
class Record:
    id: int
    title: str
    tags: list
    samples: list
    waypoints: list
    matrix: list
    attributes: dict
    owner: Small


small = Small(123_456, 7, 0.734, True, 200, "alpha-centauri")
record = Record(
    id=987_654_321,
    title="A record whose title is longer than a small string",
    tags=[f"tag-{i}" for i in range(20)],
    samples=[0.1 + i / 3 for i in range(50)],
    waypoints=[Waypoint(0.1 + i, 0.7 - i, f"waypoint {i}") for i in range(20)],
    matrix=[[row * 100 + i for i in range(10)] for row in range(10)],
    attributes={f"key-{i}": f"value of {i}" for i in range(10)},
    owner=small,
)
rows = {
    "small": small,
    "record": record,
    "doubles": [0.1 + i / 3 for i in range(10_000)],
    "counts": {f"word-{i}": i * 37 for i in range(1_000)},
    "blob": bytes(i * 31 & 0xFF for i in range(65_536)),
}


def nanoseconds(body):
    """The best of 20 batches, as codec-benchmark measures."""
    calls = 1
    times = []
    while len(times) < 20:
        begin = time.perf_counter_ns()
        for _ in range(calls):
            body()
        taken = time.perf_counter_ns() - begin
        if taken < 3e6:
            calls *= 2
        else:
            times.append(taken / calls)
    return min(times)


def report(row, codec, value, encode, decode):
    data = encode(value)
    assert decode(data) == value
    print(
        row,
        codec,
        nanoseconds(lambda: encode(value)),
        nanoseconds(lambda: decode(data)),
        len(data),
    )


wanted = sys.argv[1:]
for row, value in rows.items():
    if wanted and row not in wanted:
        continue
    plain = dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value
    report(row, "pickle", value, lambda v: pickle.dumps(v, 5), pickle.loads)
    if plain is not value:
        # The same fields as a dict, which has no class to look up.
        report(row, "pickle-dict", plain, lambda v: pickle.dumps(v, 5), pickle.loads)
    report(row, "cbor2", plain, cbor2.dumps, cbor2.loads)
    report(row, "msgpack", plain, msgpack.packb, msgpack.unpackb)
