#!/usr/bin/env python3
"""Checks that each store to shared memory names a step of its own, which then is a row of the crash matrix.

    Scripts/crash-steps.py

A store is an atomic operation that writes, a copy, the release of a lock, a call of futex, a change of a
name. It says `at: .step`, or `CrashPoint.reach(.step)` stands before it, one for each; the two ways to put
one record share writeRecord(). Fails too if it would not notice that one of them loses its step.
"""
import glob
import os
import re
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
DOCUMENTATION = "Sources/IterableQueues/IterableQueues.docc/CrashMatrix.md"

STORE = re.compile(
    r"(?:\.(?:store|storeRelaxed|storeRelease|(?:weakC|c)ompareExchange|exchange|wrapping\w+|bitwise\w+|logical\w+"
    r"|announce|unlock|storeBytes|copyMemory|copyBytes|initialize\w*|update)"
    r"|\bRecord\.(?:copy|copyPayload)|(?<!func )\bwrite|\b(?:memcpy|memmove|memset|unlink)"
    r"|\bciq_(?:mutex_unlock|mutex_consistent|mutex_init|futex_wake|segment_(?:publish|exclusive))|\bflock)\("
    r"|\bpointee(?:\.\w+)* [-+&|]?= "
    # Functions that are told the step.
    r"|(?<!func )\b(?:raiseHint|removeName|releaseMaker|publish|Segment\.exclusive)\(")

# What needs no step, and why. A file, or what stands in the store's line or the one before.
OWN = "memory of this process alone"
UNSEEN = "a segment that no other process sees yet"
EXEMPT = {
    ("HandleLock.swift", ""): OWN,
    ("ChildProcess.swift", ""): OWN,
    ("Liveness.swift", ""): OWN,
    ("RecordBatch.swift", ""): OWN,
    ("Delivery.swift", "to: target"): OWN,
    ("Ring+TakeCopy.swift", "Record.copyPayload("): OWN,
    ("Record.swift", ""): "written for those who call it, and name the step",
    ("Ring+Put.swift", "{ unsafe Record.write(payload, bytes, to: $0) }"): "called behind writeRecord()",
    ("Ring+Put.swift", "Record.write(head, headBytes, rest, to: $0)"): "called behind writeRecord()",
    ("Ring+Put.swift", "= unsafe write(start, room)"): "what it calls names the step",
    ("Ring+Create.swift", "write("): UNSEEN,
    ("Ring+Create.swift", "storeBytes(of: header"): UNSEEN,
    ("Ring+Create.swift", "copyBytes(from: text"): UNSEEN,
    ("Ring+Create.swift", "ring.initialize()"): UNSEEN,
    ("Ring.swift", "Lock.initialize()"): UNSEEN,
    ("Segment+Named.swift", "func removeName(_ path: String) throws"): "of a file that is no queue",
    ("Segment+Named.swift", "guard flock("): "whoever dies here has let go of it",
    ("RobustMutex.swift", "ciq_mutex_init("): UNSEEN,
}
REACH = re.compile(r"CrashPoint\.reach\(|\bwriteRecord\(\)$")
LINES_BEFORE = 10


def argument_list(text, start):
    """What stands in the parentheses that open before `start`."""
    depth = 1
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[start:end]
    return text[start:]


def stores_without_step(name, text, exemptions_used=None):
    """The numbers of the lines where a store has no step, and how many stores have one."""
    text = re.sub(r"//.*", lambda comment: " " * len(comment.group()), text)
    lines = text.split("\n")
    free = {n for n, line in enumerate(lines) if REACH.search(line) and "func " not in line}
    missing, found = [], 0
    for store in STORE.finditer(text):
        number = text.count("\n", 0, store.start())
        exempt = [key for key in EXEMPT if key[0] == name and key[1] in "".join(lines[max(0, number - 1):number + 1])]
        if exempt:
            if exemptions_used is not None:
                exemptions_used.update(exempt)
            continue
        if re.search(r"\bat: (?:\.\w+|point)", argument_list(text, store.end())):
            found += 1
            continue
        before = number - 1
        while before not in free and before > number - LINES_BEFORE and "func " not in lines[before]:
            before -= 1
        if before in free:
            free.remove(before)
            found += 1
        else:
            missing.append(number + 1)
    return missing, found


def without_each_step(text):
    """The text without one of its steps, for each."""
    for step in re.finditer(r",?\s*\bat: (?:\.\w+|point)\b(?=\))|.*CrashPoint\.reach\(.*|\bwriteRecord\(\)$", text, re.M):
        if "func " not in step.group():
            yield text[:step.start()] + text[step.end():], text.count("\n", 0, step.end()) + 1


enum = open("Sources/SharedMemory/CrashPoint.swift").read()
enum = enum[enum.index("public enum"):enum.index("/// The process dies")]
steps = [name.split("=")[0].strip() for line in re.findall(r"^\s*case (.*)$", enum, re.M)
         for name in line.split(",")]
sources = {path: open(path).read() for path in sorted(glob.glob("Sources/**/*.swift", recursive=True))
           if not path.endswith(("CrashPoint.swift", "+Testing.swift"))}
documented = open(DOCUMENTATION).read()
unreachable = open("Tests/Programs/crash-matrix/main.swift").read()
bad, exemptions_used, stores = [], set(), 0

for step in steps:
    uses = sum(len(re.findall(r"(?:at: |reach\()\.%s\b" % step, text)) for text in sources.values())
    if step == "testing":
        if uses > 0:
            bad.append(".testing is for tests, and named elsewhere")
        continue
    if uses != 1:
        bad.append(f"{step} is named {uses} times; each store needs a step of its own")
    if f".{step}:" not in unreachable and not re.search(r"\b%s\b" % step, documented):
        bad.append(f"{step} has no row in CrashMatrix.md: Scripts/crash-matrix.sh --write")

for path, text in sources.items():
    if not path.startswith(("Sources/RingBuffer/", "Sources/SharedMemory/")):
        continue
    name = os.path.basename(path)
    missing, found = stores_without_step(name, text, exemptions_used)
    bad += [f"{path}:{line}: a store without a step" for line in missing]
    stores += found
    for changed, line in without_each_step(text):
        if not stores_without_step(name, changed)[0]:
            bad.append(f"{path}:{line}: nobody would notice if this store lost its step")
bad += [f"{name}: nothing is exempt by '{text}' any more" for name, text in EXEMPT.keys() - exemptions_used]

print("\n".join(bad) or f"{len(steps)} steps, each named once; {stores} stores, each with a step")
sys.exit(bool(bad))
