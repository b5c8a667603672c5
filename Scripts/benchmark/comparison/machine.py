"""Where and with what was measured."""

import datetime
import os
import platform
import subprocess


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout or done.stderr).splitlines()
    return lines[0].strip() if lines else ""


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def about(rounds, seconds):
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "commit": first_line("git", "describe", "--always", "--dirty") or "unknown",
        "processor": processor(),
        "cpus": sorted(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "swift": first_line("swift", "--version"),
        "python": platform.python_version(),
        "rounds": rounds,
        "seconds": seconds,
    }
