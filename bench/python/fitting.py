#!/usr/bin/python3
"""How fast a fit from Python is: RetrogradClassifier and scikit-learn's MLPClassifier in turns, in one run.

Both train the same network (numbers standardised, categories one-hot, one hidden layer of --hidden units, relu,
softmax) on the same rows with the same optimiser (Adam, rate 0.001, batches of 200, L2 of 0.0001 over the batch). Two
classes are one logistic output in scikit-learn, z1 - z0 of ours; it would move twice as fast as each of the two does, so
that the rate of our output layer is halved there. Both train for the
same number of epochs, without early stopping. Adam's rate is constant, as scikit-learn has no other way; --schedule
gives ours another. What is timed is fit: ours prepares the inputs inside the network, scikit-learn's in a pipeline in
front of it. digits are scikit-learn's 1,797 images of 8 × 8, a quarter of them for the test, drawn anew for each pair
of fits; each DIR holds train.csv.gz and test.csv.gz with the target as the last column.
"""
import argparse
import json
import pathlib
import statistics
import sys
import time
import warnings

import numpy as np
import pandas
import sklearn
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import retrograd

BATCH, RATE, ALPHA = 200, 1e-3, 1e-4


def digits(seed):
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=seed, stratify=y)
    return x_train, y_train, x_test, y_test


def table(folder):
    train, test = (pandas.read_csv(folder / f"{part}.csv.gz") for part in ("train", "test"))
    target = train.columns[-1]
    return train.drop(columns=target), train[target].to_numpy(), test.drop(columns=target), test[target].to_numpy()


def theirs(options, epochs, seed, x):
    network = MLPClassifier(
        (options.hidden,), batch_size=BATCH, alpha=ALPHA, learning_rate_init=RATE, max_iter=epochs, random_state=seed,
        n_iter_no_change=epochs, tol=0,
    )
    if isinstance(x, np.ndarray):
        return make_pipeline(StandardScaler(), network)
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encode = make_column_transformer(
        (words, make_column_selector(dtype_include=object)), (numbers, make_column_selector(dtype_exclude=object))
    )
    return make_pipeline(encode, network)


def ours(options, epochs, seed, classes):
    return retrograd.RetrogradClassifier(
        preset="plain", hidden=(options.hidden,), dropout=0, initializer="glorot_uniform", optimizer="adam",
        learning_rate=RATE, schedule=options.schedule, batch=BATCH, l2=ALPHA / BATCH, weight_decay=0, epochs=epochs, patience=0,
        validation_fraction=0, threads=options.threads, random_state=seed,
        options={"rates": {"output": 0.5}} if classes == 2 else None,
    )


def fit(model, x, y):
    start = time.perf_counter()
    model.fit(x, y)
    return time.perf_counter() - start


def measure(name, data_of, epochs, options):
    found = {"scikit-learn": ([], []), "retrograd": ([], [])}
    for seed in range(options.seeds):
        x_train, y_train, x_test, y_test = data_of(seed)
        for who, model in (
            ("scikit-learn", theirs(options, epochs, seed, x_train)),
            ("retrograd", ours(options, epochs, seed, len(np.unique(y_train)))),
        ):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                found[who][0].append(fit(model, x_train, y_train))
            found[who][1].append(model.score(x_test, y_test))
    (slow, their_scores), (fast, our_scores) = found["scikit-learn"], found["retrograd"]
    ratios = [a / b for a, b in zip(slow, fast)]
    differences = np.subtract(our_scores, their_scores)
    result = {
        "data": name,
        "rows": len(x_train),
        "columns": x_train.shape[1],
        "epochs": epochs,
        "seconds": {who: statistics.median(times) for who, (times, _) in found.items()},
        "test_accuracy": {who: float(np.mean(scores)) for who, (_, scores) in found.items()},
        "times_faster": {"median": statistics.median(ratios), "least": min(ratios), "most": max(ratios)},
        "accuracy_gained": {
            "mean": float(differences.mean()),
            "standard_error": float(differences.std(ddof=1) / len(differences) ** 0.5) if len(differences) > 1 else None,
        },
    }
    print(f"{name}: {len(x_train)} rows of {x_train.shape[1]} columns, {epochs} epochs, {options.seeds} fits each")
    for who, (times, scores) in found.items():
        print(f"  {who:13} {statistics.median(times):8.3f} s ({min(times):.3f} to {max(times):.3f})   "
              f"test accuracy {np.mean(scores):.4f}")
    print(f"  {result['times_faster']['median']:.1f} times faster ({min(ratios):.1f} to {max(ratios):.1f}), "
          f"accuracy {differences.mean():+.4f}", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, metavar="DIR", help="tables besides digits")
    parser.add_argument("--hidden", type=int, default=100, help="units [%(default)s]")
    parser.add_argument("--epochs", type=int, default=20, help="of a table; digits take five times as many [%(default)s]")
    parser.add_argument("--schedule", default="constant", help="of retrograd's learning rate [%(default)s]")
    parser.add_argument("--seeds", type=int, default=5, help="fits of each [%(default)s]")
    parser.add_argument("--threads", type=int, default=0, help="of retrograd; scikit-learn's BLAS takes all [by the work]")
    parser.add_argument("--least", type=float, help="fail unless every median is so many times faster")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench/python.json"))
    options = parser.parse_args()
    print(f"retrograd {retrograd.__version__}, scikit-learn {sklearn.__version__}, NumPy {np.__version__}")
    sources = [("digits", digits, 5 * options.epochs)]
    for folder in options.folders:
        data = table(folder)
        sources.append((folder.name, lambda seed, data=data: data, options.epochs))
    results = [measure(name, data, epochs, options) for name, data, epochs in sources]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    slowest = min(r["times_faster"]["median"] for r in results)
    return 1 if options.least and slowest < options.least else 0


if __name__ == "__main__":
    sys.exit(main())
