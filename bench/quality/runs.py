"""What the measurements of quality share: parts of data sets, runs of retrograd, what is done already, means."""
import hashlib
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import pandas

# What retrograd is given which part of a set for. The epoch is picked on valid in the first two; "apart" holds rows of
# train out for that, and measures on valid what was never seen: for what uses validation rows itself.
GIVEN = {"valid": {"--valid": "valid"}, "test": {"--valid": "valid", "--test": "test"}, "apart": {"--test": "valid"}}


class Table:
    """A part of a data set, split into features and target."""

    def __init__(self, path):
        frame = pandas.read_csv(path)
        self.target = frame.columns[-1]
        self.y = frame[self.target]
        self.x = frame.drop(columns=self.target)


def is_classification(y):
    return not pandas.api.types.is_numeric_dtype(y) or y.nunique() <= 2


def error_name(classes):
    return "share of wrong rows" if classes else "RMSE"


def run_ours(program, flags, folder, target, part, seed, threads):
    """Trains on train.csv.gz of the folder and returns what became of it."""
    with tempfile.TemporaryDirectory() as out, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as log:
        command = [program, "train", str(folder / "train.csv.gz"), "--target", target, "--seed", str(seed)]
        command += ["--threads", str(threads), "--out", out, "--json", "--no-report", *flags]
        for flag, given in GIVEN[part].items():
            command += [flag, str(folder / f"{given}.csv.gz")]
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdout=said, stderr=log)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        log.seek(0)
        if child.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{log.read().decode()}")
        results = json.loads(said.read())
    judged = results["validation" if part == "valid" else "test"]
    run = {"error": 1 - judged["accuracy"] if "accuracy" in judged else judged["rmse"], "seconds": seconds,
           "processor_seconds": used.ru_utime + used.ru_stime}
    run |= {k: judged[k] for k in ("log_loss", "calibration_error", "auc") if k in judged}
    return run | {k: results[k] for k in ("fingerprint", "epochs", "best_epoch", "parameters") if k in results}


class Journal:
    """Runs that are done, a line of JSON each, so that a measurement that was stopped goes on where it was. Runs of
    another program or of other data are other runs."""

    def __init__(self, path, program):
        self.path, self.runs = pathlib.Path(path), {}
        self.program = hashlib.sha256(pathlib.Path(program).read_bytes()).hexdigest()[:16]
        if self.path.exists():
            for line in self.path.read_text().splitlines():
                known = json.loads(line)
                self.runs[json.dumps(known["of"])] = known["run"]
        self.data = {}

    def data_of(self, folder, part):
        """A fingerprint of the files that such a run reads."""
        if (folder, part) not in self.data:
            files = ["train", *GIVEN[part].values()]
            parts = [hashlib.sha256((folder / f"{name}.csv.gz").read_bytes()).hexdigest() for name in files]
            self.data[folder, part] = hashlib.sha256("".join(parts).encode()).hexdigest()[:16]
        return self.data[folder, part]

    def get(self, of, run):
        """The result of the run `of`, a list of names and numbers; run() where there is none yet."""
        key = json.dumps(of)
        if key not in self.runs:
            self.runs[key] = run()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a") as file:
                file.write(json.dumps({"of": of, "run": self.runs[key]}) + "\n")
        return self.runs[key]

    def ours(self, program, flags, folder, target, part, seed, threads):
        of = [self.program, folder.name, self.data_of(folder, part), part, " ".join(flags), seed, threads]
        return self.get(of, lambda: run_ours(program, flags, folder, target, part, seed, threads))


def mean_of(runs, name="error"):
    return sum(run[name] for run in runs) / len(runs)


def summary(runs):
    mean = mean_of(runs)
    sd = math.sqrt(sum((run["error"] - mean) ** 2 for run in runs) / (len(runs) - 1)) if len(runs) > 1 else None
    return {"mean": mean, "sd": sd, "seconds": mean_of(runs, "seconds"), "runs": runs}


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))
