"""What was measured: one line of JSON for each run, so that a comparison can be gone on with."""

import json
import os
import statistics

CALIBRATION = ".build/benchmark/items.json"


class Results:
    def __init__(self, path, resume):
        self.path = path
        self.runs = []
        if resume and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.runs = [json.loads(line) for line in file]
        else:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "w", encoding="utf-8"):
                pass
        self.done = {(r["workload"], r["contender"], r["round"]) for r in self.runs}

    def add(self, workload, contender, number, said):
        run = {"workload": workload, "contender": contender, "round": number, **said}
        self.runs.append(run)
        self.done.add((workload, contender, number))
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")

    def of(self, workload, contender):
        """The runs that ended well."""
        return [r for r in self.all_of(workload, contender) if "failed" not in r]

    def all_of(self, workload, contender):
        return [r for r in self.runs if (r["workload"], r["contender"]) == (workload, contender)]

    def contenders(self, workload):
        return list(dict.fromkeys(r["contender"] for r in self.runs if r["workload"] == workload))

    def ratios(self, workload, contender, against, measure):
        """In every round in which both ended well: what one measured, by what the other did."""
        others = {r["round"]: r[measure] for r in self.of(workload, against)}
        return [
            r[measure] / others[r["round"]] for r in self.of(workload, contender)
            if r["round"] in others]

    def ratio(self, workload, contender, against, measure):
        """The median of the ratios; None where there is none."""
        ratios = self.ratios(workload, contender, against, measure)
        return statistics.median(ratios) if ratios else None


class Calibration:
    """How many items of a cell take long enough; kept from one comparison to the next."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.items = {}
        if os.path.exists(CALIBRATION):
            with open(CALIBRATION, encoding="utf-8") as file:
                self.items = json.load(file)

    def key(self, workload, contender):
        return f"{workload} {contender} {self.seconds}"

    def get(self, workload, contender):
        return self.items.get(self.key(workload, contender))

    def set(self, workload, contender, items):
        self.items[self.key(workload, contender)] = items
        self.save()

    def check(self, workload, contender, took):
        """Corrects a number that did not take about as long as it should: it was found in a slow moment,
        or in a fast one, and in a short run beginning weighs more."""
        key = self.key(workload, contender)
        if took <= 0 or self.seconds * 0.75 < took < self.seconds * 1.5:
            return
        if self.seconds / 5 < took < self.seconds * 5:
            self.set(workload, contender, int(self.items[key] * self.seconds / took))
        else:
            del self.items[key]
            self.save()

    def save(self):
        with open(CALIBRATION, "w", encoding="utf-8") as file:
            json.dump(self.items, file, indent=0)
