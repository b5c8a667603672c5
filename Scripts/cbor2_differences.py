"""Carries random values between cbor2 and the Swift codec, both ways, and fails on a difference."""

import datetime
import decimal
import math
import random
import subprocess
import sys
import uuid

import cbor2

echo, count = sys.argv[1], int(sys.argv[2])
random.seed(20)


def carried(values, *mode):
    """What the Swift codec writes for each encoded value that it reads."""
    lines = "".join(value.hex() + "\n" for value in values)
    done = subprocess.run([echo, *mode], input=lines, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(values), done.stderr
    return answers


def text():
    alphabet = "abcXYZ019 \"\\\0\n\u00fc\u6c34\U0001f30d"
    return "".join(random.choices(alphabet, k=random.choice([0, 1, 5, 23, 24, 60, 300])))


def number():
    magnitude = random.getrandbits(random.choice([1, 5, 8, 16, 32, 53, 63, 64, 100, 127]))
    return random.choice([magnitude, ~magnitude])


def real():
    return random.choice(
        [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 65504.0, 5e-324, 1e300, 100000.0,
         random.random(), random.uniform(-1e9, 1e9), random.uniform(-1e-6, 1e-6)]
    )  # fmt: skip


def value(depth):
    kinds = [lambda: None, lambda: random.choice([True, False]), number, number, real, real, text,
             lambda: random.randbytes(random.randrange(40))]  # fmt: skip
    if depth:
        size = random.choice([0, 1, 3, 23, 24, 30])
        kinds += [
            lambda: [value(depth - 1) for _ in range(size)],
            lambda: {random.choice([text, number])(): value(depth - 1) for _ in range(size)},
        ] * 2
    return random.choice(kinds)()


def same(left, right):
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        both_nan = math.isnan(left) and math.isnan(right)
        return both_nan or (left == right and math.copysign(1, left) == math.copysign(1, right))
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    return left == right


def check(condition, *what):
    if not condition:
        sys.exit("difference: " + " ".join(str(w) for w in what))


# Python to Swift and back, in cbor2's default and canonical forms.
values = [value(3) for _ in range(count)]
for canonical in (False, True):
    encoded = [cbor2.dumps(v, canonical=canonical) for v in values]
    for v, data, answer in zip(values, encoded, carried(encoded)):
        check(not answer.startswith("error"), data.hex(), answer)
        check(same(cbor2.loads(bytes.fromhex(answer)), v), data.hex(), answer)
        if canonical:
            # Both are the shortest form, but for the order of keys.
            check(len(answer) == 2 * len(data), data.hex(), answer)

# Swift to Python and back: the deterministic form is one for each value.
done = subprocess.run([echo, "values", str(count), "7"], capture_output=True, text=True, check=True)
written = done.stdout.split()
check(len(written) == count, "values are missing")
again = carried([cbor2.dumps(cbor2.loads(bytes.fromhex(data))) for data in written])
for data, answer in zip(written, again):
    check(data == answer, data, answer)

# Tagged types, in the forms that cbor2 has for them.
for timestamps in (False, True):
    things = []
    for _ in range(count // 10):
        when = datetime.datetime.fromtimestamp(
            random.randrange(-(10**9), 2 * 10**9) + random.randrange(4) / 4, datetime.timezone.utc
        )
        things.append(
            {
                "id": uuid.UUID(int=random.getrandbits(128)),
                "price": decimal.Decimal(random.randrange(-(10**15), 10**15)).scaleb(
                    random.randrange(-20, 20)
                ),
                "when": when,
                "day": when.replace(microsecond=0),
                "small": random.randrange(-128, 128),
                "huge": random.getrandbits(random.choice([3, 60, 128])),
                "ratio": random.randrange(1000) / 8,
                "data": random.randbytes(5),
                "names": {text(): [random.choice([None, number() % 2**63])] for _ in range(3)},
                "unknown": [{}, value(2)],
            }
        )
    encoded = [cbor2.dumps(t, datetime_as_timestamp=timestamps) for t in things]
    for thing, data, answer in zip(things, encoded, carried(encoded, "tagged")):
        check(not answer.startswith("error"), data.hex(), answer)
        thing.pop("unknown")
        check(cbor2.loads(bytes.fromhex(answer)) == thing, thing, cbor2.loads(bytes.fromhex(answer)))

print(f"no difference in {3 * count + 2 * (count // 10)} values")
