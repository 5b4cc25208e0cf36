#!/usr/bin/python3
"""How good the results are that nobody tuned: retrograd's defaults and its peers' on the same parts of the same data.

Each DIR holds train.csv.gz, valid.csv.gz and test.csv.gz with the target as the last column. A target of words or of at
most two values is a class (error: share of wrong rows), another number is a regression (error: RMSE). Everyone trains
on train; retrograd picks its epoch on valid, as the peers' defaults do not. `--part valid` measures on the validation
part and never opens the test part: for choosing between settings. The test part is for the last word alone.

Every fit is kept in a journal beside the results: what was stopped goes on where it was.
"""
import argparse
import json
import math
import pathlib
import time

import pandas
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, OrdinalEncoder, StandardScaler

from runs import Journal, Table, error_name, geometric_mean, is_classification, summary


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
TREES = ("sklearn_hist", "xgboost")
OURS = [("retrograd", []), ("ensemble", ["--preset", "ensemble"])]


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
    return {"error": error_of(truth, model.predict(judged.x), classes), "seconds": seconds}


def against_trees(results, name):
    """Our error by that of the better tree peer: its geometric mean, and the sets that are out, an error there being 0."""
    errors = {of: (here[name]["mean"], min(here[peer]["mean"] for peer in TREES)) for of, here in results.items()}
    out = [of for of, pair in errors.items() if min(pair) <= 0]
    ratios = [ours / trees for of, (ours, trees) in errors.items() if of not in out]
    return (geometric_mean(ratios) if ratios else math.nan), len(ratios), out


def markdown(results, names):
    """The results as a table of Markdown: mean ± standard deviation, and seconds of a fit."""
    rows = [["set", "error", *names], ["---", "---", *["---:"] * len(names)]]
    for folder, here in results.items():
        cells = []
        for name in names:
            of = here[name]
            spread = "" if of["sd"] is None else f" ± {of['sd']:.2g}"
            cells.append(f"{of['mean']:.4g}{spread} ({of['seconds']:.1f} s)")
        rows.append([folder, here["error"], *cells])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def named(text):
    name, _, flags = text.partition("=")
    return name, flags.split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--program", default="build/release/retrograd", help="the retrograd to measure [%(default)s]")
    parser.add_argument("--ours", action="append", type=named, metavar="NAME=FLAGS",
                        help="one of our settings; may be repeated [retrograd=, which is no flags at all, and "
                        "ensemble=--preset ensemble]")
    parser.add_argument("--seeds", type=int, default=5, help="fits of each that depends on a seed [%(default)s]")
    parser.add_argument("--threads", type=int, default=2, help="of retrograd and XGBoost [%(default)s]")
    parser.add_argument("--part", choices=("valid", "test"), default="test", help="what is measured on [%(default)s]")
    parser.add_argument("--no-peers", action="store_true", help="leave out the peers")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench/quality.json"),
                        help="the results; the journal is FILE.journal [%(default)s]")
    options = parser.parse_args()

    journal = Journal(f"{options.out}.journal", options.program)
    ours = options.ours or OURS
    peers = {} if options.no_peers else PEERS
    results = {}
    for folder in options.folders:
        train = Table(folder / "train.csv.gz")
        judged = Table(folder / f"{options.part}.csv.gz")
        classes = is_classification(train.y)
        here = {"error": error_name(classes), "part": options.part, "rows": len(train.y)}
        print(f"{folder.name}: {len(train.y)} rows, {train.x.shape[1]} columns, {here['error']} on {options.part}")

        def report(name, runs):
            here[name] = summary(runs)
            sd = here[name]["sd"]
            spread = "" if sd is None else f" ± {sd:.4g}"
            print(f"  {name:24} {here[name]['mean']:.5g}{spread}   {here[name]['seconds']:.1f} s", flush=True)

        for name, flags in ours:
            seeds = range(1, options.seeds + 1)
            report(name, [{"seed": seed, **journal.ours(options.program, flags, folder, train.target, options.part,
                                                        seed, options.threads)} for seed in seeds])
        for name, make in peers.items():
            # Trees without subsampling do not depend on the seed.
            seeds = range(1, (options.seeds if name == "sklearn_mlp" else 1) + 1)
            of = [name, folder.name, journal.data_of(folder, options.part), options.part]
            report(name, [{"seed": seed, **journal.get([*of, seed, options.threads], lambda: run_peer(
                make, train, judged, seed, options.threads))} for seed in seeds])
        results[folder.name] = here
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n")
    print(markdown(results, [*(name for name, _ in ours), *peers]))
    if peers:
        for name, _ in ours:
            mean, sets, out = against_trees(results, name)
            without = f", without {', '.join(out)}, where an error is 0" if out else ""
            print(f"{name}: {mean:.3f} of the better of the trees' errors, geometric mean over {sets} sets{without}")
    print(f"written: {options.out}")


if __name__ == "__main__":
    main()
