#!/usr/bin/python3
"""How good the results are that nobody tuned: retrograd's defaults and its peers' on the same parts of the same data.

Each DIR holds train.csv.gz, valid.csv.gz and test.csv.gz with the target as the last column. A target of words or of at
most two values is a class (error: share of wrong rows), another number is a regression (error: RMSE). Everyone trains
on train; retrograd picks its epoch on valid, as the peers' defaults do not. `--part valid` measures on the validation
part and never opens the test part: for choosing between settings. The test part is for the last word alone.
"""
import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time

import pandas
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, OrdinalEncoder, StandardScaler


class Table:
    """A part of a data set, split into features and target."""

    def __init__(self, path):
        frame = pandas.read_csv(path)
        self.target = frame.columns[-1]
        self.y = frame[self.target]
        self.x = frame.drop(columns=self.target)


def is_classification(y):
    return not pandas.api.types.is_numeric_dtype(y) or y.nunique() <= 2


def by_kind(x):
    words = [c for c in x.columns if not pandas.api.types.is_numeric_dtype(x[c])]
    return words, [c for c in x.columns if c not in words]


def one_hot(x, scale):
    """What these peers need to read a table at all."""
    words, numbers = by_kind(x)
    number = make_pipeline(SimpleImputer(), StandardScaler()) if scale else "passthrough"
    return ColumnTransformer(
        [("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), words), ("numbers", number, numbers)]
    )


def ordinal(x):
    """Categories first, as codes; what training did not have is missing."""
    words, numbers = by_kind(x)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=math.nan)
    return ColumnTransformer([("words", codes, words), ("numbers", "passthrough", numbers)]), len(words)


def sklearn_mlp(x, classes, seed, threads):
    if classes:
        return make_pipeline(one_hot(x, True), MLPClassifier(random_state=seed))
    return make_pipeline(
        one_hot(x, True), TransformedTargetRegressor(MLPRegressor(random_state=seed), transformer=StandardScaler())
    )


def sklearn_hist(x, classes, seed, threads):
    columns, count = ordinal(x)
    model = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return make_pipeline(columns, model(random_state=seed, categorical_features=list(range(count)) or None))


def xgboost_default(x, classes, seed, threads):
    import xgboost

    model = xgboost.XGBClassifier if classes else xgboost.XGBRegressor
    return make_pipeline(one_hot(x, False), model(random_state=seed, n_jobs=threads))


PEERS = {"sklearn_mlp": sklearn_mlp, "sklearn_hist": sklearn_hist, "xgboost": xgboost_default}


def error_of(y, p, classes):
    return float((p != y).mean()) if classes else math.sqrt(float(((p - y) ** 2).mean()))


def run_peer(make, train, judged, seed, threads):
    classes = is_classification(train.y)
    y, truth = train.y, judged.y
    if classes:
        names = LabelEncoder().fit(pandas.concat([y, truth]))
        y, truth = names.transform(y), names.transform(truth)
    begun = time.perf_counter()
    model = make(train.x, classes, seed, threads).fit(train.x, y)
    seconds = time.perf_counter() - begun
    return error_of(truth, model.predict(judged.x), classes), seconds


def run_ours(program, flags, folder, train, part, seed, threads):
    with tempfile.TemporaryDirectory() as out:
        command = [program, "train", str(folder / "train.csv.gz"), "--target", train.target]
        command += ["--valid", str(folder / "valid.csv.gz"), "--seed", str(seed), "--threads", str(threads)]
        command += ["--out", out, "--json", "--no-report", *flags]
        if part == "test":
            command += ["--test", str(folder / "test.csv.gz")]
        begun = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - begun
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stderr}")
        results = json.loads(done.stdout)
    judged = results["test" if part == "test" else "validation"]
    error = 1 - judged["accuracy"] if "accuracy" in judged else judged["rmse"]
    return error, seconds, {k: results[k] for k in ("fingerprint", "epochs", "best_epoch", "parameters")}


def summary(runs):
    errors = [run["error"] for run in runs]
    mean = sum(errors) / len(errors)
    sd = math.sqrt(sum((e - mean) ** 2 for e in errors) / (len(errors) - 1)) if len(errors) > 1 else None
    return {"mean": mean, "sd": sd, "seconds": sum(run["seconds"] for run in runs) / len(runs), "runs": runs}


def against_trees(results, name):
    """Geometric mean over the sets of our error by that of the better tree peer; sets where one of them is 0 are out."""
    ratios = []
    for here in results.values():
        best = min(here[peer]["mean"] for peer in ("sklearn_hist", "xgboost"))
        if here[name]["mean"] > 0 and best > 0:
            ratios.append(here[name]["mean"] / best)
    return math.exp(sum(map(math.log, ratios)) / len(ratios)), len(ratios)


def named(text):
    name, _, flags = text.partition("=")
    return name, flags.split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--program", default="build/release/retrograd", help="the retrograd to measure [%(default)s]")
    parser.add_argument("--ours", action="append", type=named, metavar="NAME=FLAGS",
                        help="one of our settings; may be repeated [default=: no flags at all]")
    parser.add_argument("--seeds", type=int, default=5, help="fits of each that depends on a seed [%(default)s]")
    parser.add_argument("--threads", type=int, default=2, help="of retrograd and XGBoost [%(default)s]")
    parser.add_argument("--part", choices=("valid", "test"), default="test", help="what is measured on [%(default)s]")
    parser.add_argument("--no-peers", action="store_true", help="leave out the peers")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench/quality.json"))
    options = parser.parse_args()

    results = {}
    for folder in options.folders:
        train = Table(folder / "train.csv.gz")
        judged = Table(folder / f"{options.part}.csv.gz")
        classes = is_classification(train.y)
        here = {"error": "share of wrong rows" if classes else "RMSE", "part": options.part, "rows": len(train.y)}
        print(f"{folder.name}: {len(train.y)} rows, {train.x.shape[1]} columns, {here['error']} on {options.part}")

        def report(name, runs):
            here[name] = summary(runs)
            sd = here[name]["sd"]
            spread = "" if sd is None else f" ± {sd:.4g}"
            print(f"  {name:24} {here[name]['mean']:.5g}{spread}   {here[name]['seconds']:.1f} s", flush=True)

        for name, flags in options.ours or [("retrograd", [])]:
            runs = []
            for seed in range(1, options.seeds + 1):
                error, seconds, more = run_ours(options.program, flags, folder, train, options.part, seed,
                                                options.threads)
                runs.append({"seed": seed, "error": error, "seconds": seconds, **more})
            report(name, runs)
        for name, make in ({} if options.no_peers else PEERS).items():
            runs = []
            # Trees without subsampling do not depend on the seed.
            for seed in range(1, (options.seeds if name == "sklearn_mlp" else 1) + 1):
                error, seconds = run_peer(make, train, judged, seed, options.threads)
                runs.append({"seed": seed, "error": error, "seconds": seconds})
            report(name, runs)
        results[folder.name] = here
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n")
    if not options.no_peers:
        for name, _ in options.ours or [("retrograd", [])]:
            mean, sets = against_trees(results, name)
            print(f"{name}: {mean:.3f} of the better of the trees' errors, geometric mean over {sets} sets")
    print(f"written: {options.out}")


main()
