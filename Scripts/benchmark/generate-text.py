"""generate-text.py FOLDER MEGABYTES: text whose words are as frequent as in natural language.

The same text every time. A third of it is one file, the rest are files from 1 KB to 4 MB.
"""

import bisect
import itertools
import os
import random
import sys

WORDS = 60_000
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


def main():
    folder, megabytes = sys.argv[1], int(sys.argv[2])
    chance = random.Random(20)
    vocabulary = [
        "".join(chance.choices(LETTERS, range(26, 0, -1), k=chance.randint(2, 4) + rank.bit_length() // 3))
        for rank in range(WORDS)
    ]
    # The word of rank r comes as often as 1 / r (Zipf).
    sums = list(itertools.accumulate(1 / (rank + 2) for rank in range(WORDS)))

    def block():
        words = [
            vocabulary[bisect.bisect_left(sums, chance.random() * sums[-1])] for _ in range(170_000)]
        for place in range(0, len(words), 12):
            words[place] = words[place].capitalize()
            words[place - 1] += ".\n" if place % 5 else ",\n"
        return " ".join(words).encode()

    # Cut and joined anew, a few blocks make as much text as is wanted.
    blocks = [block() for _ in range(16)]

    def write(path, size):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            while size > 0:
                text = chance.choice(blocks)
                start = chance.randrange(len(text))
                size -= file.write(text[start:start + size])

    left = megabytes * 1_000_000
    write(f"{folder}/large.txt", left // 3)
    left -= left // 3
    for number in itertools.count():
        if left <= 0:
            break
        size = min(left, int(1000 * 4000 ** chance.random()))
        write(f"{folder}/{number % 40}/{number}.txt", size)
        left -= size


if __name__ == "__main__":
    main()
