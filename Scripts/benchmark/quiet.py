"""How busy the machine is with other things."""

import time


def busy_cpus(seconds=0.5):
    """How many processors were busy on average during so many seconds."""

    def ticks():
        with open("/proc/stat", encoding="ascii") as file:
            first = [int(word) for word in file.readline().split()[1:9]]
            cpus = sum(line.startswith("cpu") for line in file)
        idle = first[3] + first[4]
        return sum(first), sum(first) - idle, cpus

    all_before, busy_before, cpus = ticks()
    time.sleep(seconds)
    all_after, busy_after, _ = ticks()
    return cpus * (busy_after - busy_before) / max(1, all_after - all_before)


def wait_until_quiet(patience, most=0.15):
    """Waits until others leave the processors alone, or for so many seconds. Returns how busy it is."""
    deadline = time.monotonic() + patience
    while (busy := busy_cpus()) > most and time.monotonic() < deadline:
        pass
    return busy
