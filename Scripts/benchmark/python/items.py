"""The items that are moved, and how they are checked: the same as in Swift and in C++.

An item has a number: its producer's, shifted, and its index. Large items hold it in their first and
last word; records hold it in two of their six fields.
"""

import pickle
import struct

WORD = struct.Struct("<Q")
LAST = (1 << 64) - 1
URLS = [f"https://example.org/page/{number}" for number in range(256)]
INDEX = (1 << 40) - 1


def numbered(producer, index):
    return producer << 40 | index


class Numbers:
    def __init__(self, queue):
        # Whether the queue takes numbers as they are.
        self.plain = queue.in_place or not queue.carries_bytes
        self.pack = self.same if self.plain else WORD.pack
        if queue.in_place:
            self.number = self.in_place
        else:
            self.number = self.same if self.plain else self.unpack

    @staticmethod
    def same(item):
        return item

    @staticmethod
    def unpack(item):
        return WORD.unpack(item)[0]

    @staticmethod
    def in_place(words):
        return words[0]


class Bytes:
    """Strings of bytes: made before the run, four kinds by turns, because Python's cannot be changed."""

    KINDS = 4
    plain = False

    def __init__(self, queue):
        self.size = queue.item_bytes
        middle = bytes([90]) * (self.size - 16)
        self.made = [WORD.pack(kind) + middle + WORD.pack(kind) for kind in range(self.KINDS)]
        self.last = WORD.pack(LAST) + middle + WORD.pack(LAST)
        self.number = self.in_place if queue.in_place else self.copied

    def pack(self, number):
        return self.last if number == LAST else self.made[number % self.KINDS]

    @staticmethod
    def in_place(words):
        return words[0] if words[0] == words[1] else None

    def copied(self, item):
        whole = len(item) == self.size and item[:8] == item[-8:]
        return WORD.unpack(item[:8])[0] if whole else None


class Records:
    """A dictionary of six fields."""

    plain = False

    def __init__(self, queue):
        if queue.carries_bytes:
            self.pack = lambda number: pickle.dumps(self.made(number), 5)
            self.number = lambda item: self.check(pickle.loads(item))
        else:
            self.pack, self.number = self.made, self.check

    @staticmethod
    def made(number):
        if number == LAST:
            return None
        index = number & INDEX
        return {
            "producer": number >> 40, "index": index, "url": URLS[index & 255], "depth": index & 7,
            "score": index / 4, "isFinal": index & 1 == 1}

    @staticmethod
    def check(item):
        if item is None:
            return LAST
        index = item["index"]
        whole = (
            item["url"] == URLS[index & 255] and item["depth"] == index & 7
            and item["score"] == index / 4 and item["isFinal"] == (index & 1 == 1))
        return numbered(item["producer"], index) if whole else None


def items_for(queue):
    if queue.shape.item == "record":
        return Records(queue)
    return Numbers(queue) if queue.item_bytes == 8 else Bytes(queue)
