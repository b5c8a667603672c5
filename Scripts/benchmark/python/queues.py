"""Python's queues between processes, behind one shape.

A queue is made in the parent. `producer(i)` and `consumer(i)` are called in the children and return
the functions that put and get. Queues that carry bytes get numbers packed, and records pickled, by
the workload, inside the timed loop; the others pickle by themselves.
"""

import contextlib
import ctypes
import multiprocessing
import os
import shutil

RECORD_BYTES = 160
PROCESSES = multiprocessing.get_context("fork")


class Queue:
    carries_bytes = False
    in_place = False  # the consumer gets the first and last word, and no copy
    knows_end = False
    many = 0  # so many are put by one call
    gets_many = False
    one_to_one = False

    def __init__(self, shape):
        self.shape = shape
        self.item_bytes = RECORD_BYTES if shape.item == "record" else shape.item

    def bind(self, number):
        """In a consumer, before the first producer begins."""

    def flush(self):
        """In a producer, after its last item."""

    def leave(self):
        """In a child, before it ends."""

    def remove(self):
        """In the parent, after the run."""


class Multiprocessing(Queue):
    def __init__(self, shape):
        super().__init__(shape)
        self.queue = PROCESSES.Queue(maxsize=shape.capacity)

    def producer(self, number):
        return self.queue.put

    def consumer(self, number):
        return self.queue.get

    def flush(self):
        self.queue.close()
        self.queue.join_thread()


class Iterable(Queue):
    knows_end = True

    def __init__(self, shape):
        super().__init__(shape)
        from iterable_queue import IterableQueue

        self.queue = IterableQueue(maxsize=shape.capacity)
        self.producers = [self.queue.get_producer() for _ in range(shape.producers)]
        self.consumers = [self.queue.get_consumer() for _ in range(shape.consumers)]
        self.queue.close()

    def producer(self, number):
        self.mine = self.producers[number]
        return self.mine.put

    def consumer(self, number):
        return self.consumers[number].get

    def iterate(self, number):
        return iter(self.consumers[number])

    def flush(self):
        self.mine.close()

    def remove(self):
        self.queue._work_queue._manager.shutdown()


class FasterFifo(Queue):
    def __init__(self, shape):
        super().__init__(shape)
        import faster_fifo

        pickled = {8: 24, RECORD_BYTES: 200}.get(self.item_bytes, self.item_bytes + 64)
        self.queue = faster_fifo.Queue(max_size_bytes=shape.capacity * pickled)

    def producer(self, number):
        return self.queue.put

    def consumer(self, number):
        return self.queue.get


class FasterFifoMany(FasterFifo):
    many = 64
    gets_many = True

    def producer(self, number):
        return self.queue.put_many

    def consumer(self, number):
        get = self.queue.get_many
        return lambda: get(max_messages_to_get=64)


class Cloudtoid(Queue):
    """It has no put that waits: a full queue is asked again after the processor was given away."""

    carries_bytes = True
    folder = "/dev/shm/queue-benchmark"

    def __init__(self, shape):
        super().__init__(shape)
        import cloudtoid_interprocess

        self.library = cloudtoid_interprocess
        os.makedirs(self.folder, exist_ok=True)
        self.name = f"{os.getpid()}-{id(self)}"
        self.bytes = shape.capacity * ((self.item_bytes + 16 + 7) // 8 * 8)
        self.ends = []
        self.kept = self.publisher()

    def publisher(self):
        self.ends.append(self.library.Publisher(self.name, self.bytes, self.folder))
        return self.ends[-1]

    def subscriber(self):
        self.ends.append(self.library.Subscriber(self.name, self.bytes, self.folder))
        return self.ends[-1]

    def producer(self, number):
        offer, give_way = self.publisher().try_send, os.sched_yield

        def put(item):
            while not offer(item):
                give_way()

        return put

    def consumer(self, number):
        receive = self.subscriber().receive

        def get():
            while (item := receive(5.0)) is None:
                pass
            return item

        return get

    def leave(self):
        for end in self.ends[1:]:
            end.close()

    def remove(self):
        for end in self.ends:
            end.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"/dev/shm/sem.ct3ip.{self.name}")


class CloudtoidPolling(Cloudtoid):
    """Its fastest way: the consumer asks again and again, giving the processor away in between."""

    def consumer(self, number):
        receive, give_way = self.subscriber().try_receive, os.sched_yield

        def get():
            while (item := receive()) is None:
                give_way()
            return item

        return get


class CloudtoidMany(CloudtoidPolling):
    many = 64

    def producer(self, number):
        offer, give_way = self.publisher().try_send_batch, os.sched_yield

        def put(items):
            sent = offer(items)
            while sent < len(items):
                give_way()
                sent += offer(items[sent:])

        return put


class Iceoryx2(Queue):
    """Every subscriber gets every item, so only one to one. It copies in and reads in place."""

    carries_bytes = True
    in_place = True
    one_to_one = True
    notifies = False

    def __init__(self, shape):
        super().__init__(shape)
        self.name = f"queue-benchmark/{os.getpid()}-{id(self)}"
        self.opened = []

    def keep(self, made):
        self.opened.append(made)
        return made

    def service(self):
        import iceoryx2

        self.library = iceoryx2
        iceoryx2.set_log_level(iceoryx2.LogLevel.Error)
        self.node = iceoryx2.NodeBuilder.new().create(iceoryx2.ServiceType.Ipc)
        self.is_word = self.item_bytes == 8
        item = ctypes.c_uint64 if self.is_word else iceoryx2.Slice[ctypes.c_uint8]
        name = iceoryx2.ServiceName.new(self.name)
        return (
            self.node.service_builder(name).publish_subscribe(item).enable_safe_overflow(False)
            .history_size(0).subscriber_max_buffer_size(self.shape.capacity).max_publishers(2)
            .max_subscribers(2).open_or_create())

    def events(self):
        name = self.library.ServiceName.new(self.name + "/events")
        return self.node.service_builder(name).event().open_or_create()

    def producer(self, number):
        service = self.service()
        wait = self.library.BackpressureStrategy.RetryUntilDelivered
        builder = service.publisher_builder().backpressure_strategy(wait)
        if not self.is_word:
            builder = builder.initial_max_slice_len(self.item_bytes)
        publisher = self.keep(builder.create())
        notify = None
        if self.notifies:
            notify = self.keep(self.events().notifier_builder().create()).notify
        size, word, copy = self.item_bytes, ctypes.c_uint64, ctypes.memmove

        # Both return how many subscribers got it: none while the two have not yet met.
        def send_word(number):
            return publisher.send_copy(word(number))

        def send_bytes(item):
            sample = publisher.loan_slice_uninit(size)
            copy(sample.payload_ptr, item, size)
            return sample.assume_init().send()

        send = send_word if self.is_word else send_bytes

        def put(item):
            while send(item) != 1:
                os.sched_yield()
            if notify:
                notify()

        return put

    def bind(self, number):
        service = self.service()
        builder = service.subscriber_builder().buffer_size(self.shape.capacity)
        self.subscriber = self.keep(builder.create())
        if self.notifies:
            self.listener = self.keep(self.events().listener_builder().create())

    def consumer(self, number):
        receive, read = self.subscriber.receive, ctypes.c_uint64.from_address
        last = self.item_bytes - 8
        if self.notifies:
            second = self.library.Duration.from_secs(1)
            wait = lambda: self.listener.timed_wait(second)
        else:
            wait = os.sched_yield

        def get():
            while (sample := receive()) is None:
                wait()
            place = sample.payload_ptr
            words = read(place).value, read(place + last).value
            sample.delete()
            return words

        return get

    def leave(self):
        for made in self.opened:
            made.delete()
        self.opened.clear()
        # The node goes last: nobody then has to clean up after it.
        for name in ("subscriber", "listener", "node"):
            self.__dict__.pop(name, None)


class Iceoryx2Events(Iceoryx2):
    """Sleeps until it is notified of each item, instead of asking again and again."""

    notifies = True


QUEUES = {
    "multiprocessing": (Multiprocessing, "multiprocessing"),
    "iterable-queue": (Iterable, "iterable_queue"),
    "faster-fifo": (FasterFifo, "faster_fifo"),
    "faster-fifo-many": (FasterFifoMany, "faster_fifo"),
    "cloudtoid": (Cloudtoid, "cloudtoid_interprocess"),
    "cloudtoid-polling": (CloudtoidPolling, "cloudtoid_interprocess"),
    "cloudtoid-many": (CloudtoidMany, "cloudtoid_interprocess"),
    "iceoryx2": (Iceoryx2, "iceoryx2"),
    "iceoryx2-events": (Iceoryx2Events, "iceoryx2"),
}
