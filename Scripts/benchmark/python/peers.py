"""Runs one workload over one of Python's queues and prints one line of JSON.

peers.py PEER throughput PRODUCERS CONSUMERS BYTES|record ITEMS CAPACITY
peers.py PEER ping-pong|start-up ITEMS CAPACITY
peers.py peers
"""

import importlib.util
import json
import mmap
import os
import signal
import sys
import time
from dataclasses import dataclass

from control import Control
from items import LAST, WORD, Numbers, items_for, numbered
from queues import PROCESSES, QUEUES

MASK = (1 << 63) - 1
now = time.monotonic_ns


@dataclass
class Shape:
    producers: int
    consumers: int
    item: object
    items: int
    capacity: int


def produce(queue, control, shape, me, each):
    control.wait(lambda: all(control.get("bound", range(shape.consumers))))
    items = items_for(queue)
    put, pack, many = queue.producer(me), items.pack, queue.many
    process = shape.consumers + me
    first = numbered(me, 0)
    control.wait_for_start(process)
    control.set("began", process, now())
    if many:
        for start in range(first, first + each, many):
            put([pack(number) for number in range(start, start + many)])
    elif items.plain:
        for number in range(first, first + each):
            put(number)
    else:
        for number in range(first, first + each):
            put(pack(number))
    queue.flush()
    control.leave(process, ended=now(), count=each)
    if queue.one_to_one:
        control.wait(lambda: control.words[control.finished])
    queue.leave()
    os._exit(0)


def arriving(queue, me, get, number, total):
    """The numbers of the items, until the end."""
    if queue.one_to_one:
        for _ in range(total):
            yield number(get())
    elif queue.knows_end:
        for item in queue.iterate(me):
            yield number(item)
    elif queue.gets_many:
        ends = 0
        while not ends:
            for item in get():
                if (value := number(item)) == LAST:
                    ends += 1
                else:
                    yield value
        # What others should have found goes back.
        if ends > 1:
            queue.producer(0)([items_for(queue).pack(LAST)] * (ends - 1))
    else:
        while (value := number(get())) != LAST:
            yield value


def check_numbers(get, unpack, alone):
    """Numbers one by one, without a call of our own for each. Returns count, sum and what is wrong."""
    count = sums = wrong = 0
    while True:
        item = get()
        value = unpack(item)[0] if unpack else item
        if value == LAST:
            return count, sums, wrong
        if alone and value != count:
            wrong = 1
        sums += value
        count += 1


def check_any(values, alone, kinds):
    count = sums = wrong = 0
    for value in values:
        if alone and value != (count % kinds if kinds else count):
            wrong = 1
        sums += value
        count += 1
    return count, sums, wrong


def consume(queue, control, shape, me, total):
    queue.bind(me)
    control.set("bound", me, 1)
    get, items = queue.consumer(me), items_for(queue)
    alone = shape.producers == shape.consumers == 1
    kinds = getattr(items, "KINDS", 0)
    simple = not (queue.knows_end or queue.one_to_one or queue.gets_many)
    control.wait_for_start(me)
    if isinstance(items, Numbers) and simple:
        unpack = None if items.plain else WORD.unpack
        count, sums, wrong = check_numbers(get, unpack, alone)
    else:
        values = arriving(queue, me, get, items.number, total)
        count, sums, wrong = check_any(values, alone, kinds)
    control.leave(me, ended=now(), count=count, sum=sums, wrong=wrong)
    queue.leave()
    os._exit(0)


def send_ends(queue, control, shape):
    """Tells the consumers of a queue that does not know its end that no more will come."""
    if queue.knows_end or queue.one_to_one:
        return
    producers = range(shape.consumers, shape.consumers + shape.producers)
    control.wait(lambda: all(control.get("ended", producers)))
    put, last = queue.producer(0), items_for(queue).pack(LAST)
    for _ in range(shape.consumers):
        put([last] if queue.many else last)
    queue.flush()


def fork(body, *arguments):
    process = PROCESSES.Process(target=body, args=arguments, daemon=True)
    process.start()
    return process


def start_all(control, processes, slots):
    def everyone_is_ready():
        if any(process.exitcode not in (None, 0) for process in processes):
            sys.exit("wrong: a process failed")
        return all(control.get("ready", slots))

    control.wait(everyone_is_ready)
    time.sleep(0.02)
    control.words[control.start] = 1


def throughput(make, shape):
    control, queue = Control(), make(shape)
    batch = queue.many or 1
    each = shape.items // shape.producers // batch * batch
    total = each * shape.producers
    consumers = [fork(consume, queue, control, shape, i, total) for i in range(shape.consumers)]
    producers = [fork(produce, queue, control, shape, i, each) for i in range(shape.producers)]
    watch(consumers + producers)
    start_all(control, consumers + producers, range(shape.consumers + shape.producers))
    send_ends(queue, control, shape)
    for process in consumers:
        process.join()
    control.words[control.finished] = 1
    for process in producers:
        process.join()
    first, others = range(shape.consumers), range(shape.consumers, shape.consumers + shape.producers)
    count, sums = sum(control.get("count", first)), sum(control.get("sum", first))
    kinds = getattr(items_for(queue), "KINDS", 0)
    if kinds:
        # Made by turns: each producer's items add up to the same.
        right = sum(i % kinds for i in range(each)) * shape.producers
    else:
        right = sum(each * (each - 1) // 2 + each * numbered(i, 0) for i in range(shape.producers))
    well = all(process.exitcode == 0 for process in consumers + producers)
    if not well or count != total or sums & MASK != right & MASK or any(control.get("wrong", first)):
        sys.exit(f"wrong: {count} items of {total}, sum {sums}, should be {right}, ended well: {well}")
    seconds = (max(control.get("ended", first)) - min(control.get("began", others))) / 1e9
    queue.remove()
    busy = sum(control.get("used", range(shape.consumers + shape.producers))) / 1e9
    cpus = control.get("cpu", [shape.consumers, 0])
    return {
        "items": count, "seconds": seconds, "busy": busy, "capacity": shape.capacity, "cpus": cpus}


def ping_pong(make, shape):
    control, there, back = Control(), make(shape), make(shape)
    trips, warm = shape.items, min(shape.items // 10 + 1, 1000)
    times = memoryview(mmap.mmap(-1, 8 * (trips + warm))).cast("q")

    def side(me, out, into):
        into.bind(0)
        control.set("bound", me, 1)
        control.wait(lambda: all(control.get("bound", (0, 1))))
        put, get = out.producer(0), into.consumer(0)
        pack, number = items_for(out).pack, items_for(into).number
        control.wait_for_start(me)
        wrong, before = 0, now()
        for trip in range(trips + warm):
            if me == 0:
                put(pack(trip))
                if number(get()) != trip:
                    wrong = 1
                time_now = now()
                times[trip] = time_now - before
                before = time_now
            else:
                put(pack(number(get())))
        out.flush()
        control.leave(me, ended=now(), count=trips, wrong=wrong)
        control.wait(lambda: all(control.get("ended", (0, 1))))
        out.leave()
        into.leave()
        os._exit(0)

    processes = [fork(side, 0, there, back), fork(side, 1, back, there)]
    watch(processes)
    start_all(control, processes, (0, 1))
    for process in processes:
        process.join()
    if any(process.exitcode != 0 for process in processes) or any(control.get("wrong", (0, 1))):
        sys.exit("wrong: an answer was not what was sent, or a process failed")
    there.remove()
    back.remove()
    taken = sorted(times[warm:])
    return {
        "items": trips, "seconds": sum(taken) / 1e9, "p50": taken[trips // 2],
        "p99": taken[trips * 99 // 100], "cpus": control.get("cpu", (0, 1))}


def start_up(make, shape):
    """From nothing to the first item that came out of a forked process."""

    def side(queue):
        queue.producer(0)(items_for(queue).pack(7))
        queue.flush()
        os._exit(0)

    times = []
    for _ in range(shape.items):
        began = now()
        queue = make(shape)
        process = fork(side, queue)
        get = queue.consumer(0)
        value = items_for(queue).number(get())
        times.append(now() - began)
        if value != 7:
            sys.exit("wrong: no item")
        process.join()
        queue.remove()
    times.sort()
    return {"items": shape.items, "p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}


def watch(processes):
    """Kills the run if it takes too long."""

    def too_late(*_):
        for process in processes:
            process.kill()
        print("killed: the run took too long", file=sys.stderr)
        os._exit(4)

    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(60)


def main():
    words = sys.argv[1:]
    if words == ["peers"]:
        for name, (_, module) in QUEUES.items():
            if importlib.util.find_spec(module):
                print(name)
        return
    make, workload, numbers = QUEUES[words[0]][0], words[1], words[2:]
    if workload == "throughput":
        producers, consumers, item, items, capacity = numbers
        item = item if item == "record" else int(item)
        shape = Shape(int(producers), int(consumers), item, int(items), int(capacity))
        said = throughput(make, shape)
    else:
        shape = Shape(1, 1, 8, int(numbers[0]), int(numbers[1]))
        said = {"ping-pong": ping_pong, "start-up": start_up}[workload](make, shape)
    print(json.dumps(said), flush=True)
    os._exit(0)


main()
