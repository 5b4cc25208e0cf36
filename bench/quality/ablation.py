#!/usr/bin/python3
"""What each ingredient of a preset is worth: the preset without it, on the validation part of each DIR.

Each DIR is as in quality.py; its test part is never opened. The error of the preset stands in the first row (mean over
the seeds), that of every change as a multiple of it: above 1 the change is a loss, below 1 a gain. The last columns are
geometric means over the sets of a kind. "=" is a change that left the very same model on every seed.

Changes that use validation rows themselves (folds, a search, calibration) are compared with the preset on equal terms:
both hold rows of train out for themselves, and are measured on the validation part, which neither has seen. For
--calibrate two rows more give the log loss and the calibration error.

Every fit is kept in a journal beside the results: what was stopped goes on where it was.
"""
import argparse
import json
import pathlib

from runs import Journal, Table, error_name, geometric_mean, is_classification, mean_of, summary

# The usual parametrisation divides no rate by the root of a layer's inputs: 16 times smaller rates, which for 256
# inputs are the same ones, and the groups that are no weights as they were.
STANDARD = "--parametrisation standard --lr {lr16} --rate-factor scale=96 --rate-factor bias=1.6 " \
           "--rate-factor embedding=1.6 --rate-factor blend=1.6"

# Name, flags, and for which kind of target alone.
OF_TABLE = [
    ("standardised in place of robust scaling", "--scaling standard", None),
    ("quantiles in place of robust scaling", "--scaling quantile", None),
    ("no waves", "--embedding none", None),
    ("rectified waves (plr) in place of waves", "--embedding plr", None),
    ("no bins", "--bins 0", None),
    ("bins of all numbers", "--bins-of all", "classes"),
    ("neither waves nor bins", "--embedding none --bins 0", None),
    ("one-hot columns in place of embedded categories", "--one-hot-limit 0", None),
    ("no scaling layer", "--scaling-layer=false", None),
    ("activations that are not trained", "--parametric=false", None),
    ("relu", "--activation relu", None),
    ("usual parametrisation, rates to match", STANDARD, None),
    ("initial weights by the activation, not fitted", "--initializer auto", None),
    ("no label smoothing", "--smoothing 0", "classes"),
    ("predictions not bounded", "--clip-outputs=false", "numbers"),
    ("one cosine in place of coslog4", "--schedule cosine", None),
    ("constant learning rate", "--schedule constant", None),
    ("beta2 0.999 in place of 0.95", "--optimizer adamw", None),
    ("no dropout", "--dropout 0", None),
    ("constant dropout", "--dropout-schedule constant", None),
    ("no weight decay", "--weight-decay 0", None),
    ("constant weight decay", "--decay-schedule constant", None),
    ("half of the epochs", "--epochs {half}", None),
    ("four networks apart", "--members 4", None),
]
OF_TABM = [
    ("members apart", "--share-weights=false", None),
    ("four members", "--members 4", None),
    ("sixteen members", "--members 16", None),
    ("dropout of table", "--dropout 0.15", None),
    ("steps of table", "--lr 0.2", "numbers"),
    ("no bins", "--bins 0", None),
    ("no waves", "--embedding none", None),
    ("one cosine in place of coslog4", "--schedule cosine", None),
    ("half of the epochs", "--epochs {half}", None),
    ("twice the epochs", "--epochs {twice}", None),
]
# Compared with the preset where both hold out rows of their own.
APART = [
    ("five folds", "--folds 5", None),
    ("search for a minute", "--time-budget 60s", None),
    ("calibrated", "--calibrate", "classes"),
]
CHANGES = {"table": OF_TABLE, "tabm": OF_TABM}
ONLY = "as it is"


class Bench:
    def __init__(self, options):
        self.options = options
        self.journal = Journal(f"{options.out}.journal", options.program)
        self.results = {}

    def fits(self, folder, target, flags, part):
        o = self.options
        return [self.journal.ours(o.program, ["--preset", o.of, *flags], folder, target, part, seed, o.threads)
                for seed in range(1, o.seeds + 1)]

    def measure(self, folder):
        """Every change on one set."""
        train = Table(folder / "train.csv.gz")
        classes = is_classification(train.y)
        kind = "classes" if classes else "numbers"
        here = self.results[folder.name] = {"kind": kind, "error": error_name(classes), "rows": len(train.y)}
        preset = self.add(here, ONLY, self.fits(folder, train.target, [], "valid"))
        epochs = preset["runs"][0]["epochs"]
        rate = 0.04 if classes else 0.08 if self.options.of == "tabm" else 0.2
        words = {"half": epochs // 2, "twice": epochs * 2, "lr16": rate / 16}
        for name, flags, only in self.changes(CHANGES[self.options.of]):
            if only in (None, kind):
                self.add(here, name, self.fits(folder, train.target, flags.format(**words).split(), "valid"))
        for name, flags, only in self.changes(APART) if self.options.apart else []:
            if only in (None, kind):
                self.add(here, f"{ONLY}, rows held out", self.fits(folder, train.target, [], "apart"))
                self.add(here, name, self.fits(folder, train.target, flags.split(), "apart"))

    def changes(self, of):
        return [change for change in of if not self.options.only or change[0] in self.options.only]

    def add(self, here, name, runs):
        here[name] = summary(runs)
        print(f"  {name:50} {here[name]['mean']:.5g}   {here[name]['seconds']:.1f} s", flush=True)
        self.options.out.parent.mkdir(parents=True, exist_ok=True)
        self.options.out.write_text(json.dumps(self.results, indent=1) + "\n")
        return here[name]


def same_model(a, b):
    return all("fingerprint" in x and x["fingerprint"] == y.get("fingerprint") for x, y in zip(a["runs"], b["runs"]))


def ratio(here, name, of, measure="error"):
    """What the change multiplies the measure by, or None where it was not tried or does not exist."""
    if name not in here or of not in here or any(measure not in run for run in here[name]["runs"]):
        return None
    base = mean_of(here[of]["runs"], measure)
    return mean_of(here[name]["runs"], measure) / base if base > 0 else None


def row_of(results, title, name, of, measure="error"):
    cells, logs = [], {"classes": [], "numbers": []}
    for here in results.values():
        r = ratio(here, name, of, measure)
        if r is None:
            cells.append("")
            continue
        cells.append("=" if same_model(here[name], here[of]) and measure == "error" else f"{r:.3f}")
        if r > 0:
            logs[here["kind"]].append(r)
    means = [f"{geometric_mean(r):.3f}" if r else "" for r in logs.values()]
    return [title, *cells, *means]


def markdown(results):
    """The ratios as a table of Markdown."""
    sets = list(results)
    rows = [["", *sets, "classes", "numbers"], ["---", *["---:"] * (len(sets) + 2)]]
    rows.append([f"{ONLY}, error", *(f"{results[s][ONLY]['mean']:.4g}" for s in sets), "", ""])
    names = [name for changes in CHANGES.values() for name, _, _ in changes]
    seen = list(dict.fromkeys(name for name in names if any(name in here for here in results.values())))
    rows += [row_of(results, name, name, ONLY) for name in seen]
    apart = f"{ONLY}, rows held out"
    for name, _, _ in APART:
        if not any(name in here for here in results.values()):
            continue
        if name != "calibrated":
            rows.append(row_of(results, name, name, apart))
            continue
        rows.append(row_of(results, "calibrated: log loss", name, apart, "log_loss"))
        rows.append(row_of(results, "calibrated: calibration error", name, apart, "calibration_error"))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--of", choices=tuple(CHANGES), default="table", help="the preset [%(default)s]")
    parser.add_argument("--only", action="append", metavar="NAME", help="this change alone; may be repeated")
    parser.add_argument("--apart", action="store_true", help="also folds, search and calibration, which take longer")
    parser.add_argument("--program", default="build/release/retrograd", help="the retrograd to measure [%(default)s]")
    parser.add_argument("--seeds", type=int, default=3, help="fits of each [%(default)s]")
    parser.add_argument("--threads", type=int, default=2, help="of retrograd [%(default)s]")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench/ablation.json"),
                        help="the results; the journal is FILE.journal [%(default)s]")
    options = parser.parse_args()
    bench = Bench(options)
    for folder in options.folders:
        print(f"{folder.name}: preset {options.of}")
        bench.measure(folder)
    print(markdown(bench.results))
    print(f"written: {options.out}")


if __name__ == "__main__":
    main()
