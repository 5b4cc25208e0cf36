"""The same training from Python, from C++ and from the command line makes the same model, to the bit.

RETROGRAD_BINARY and RETROGRAD_FINGERPRINT name the two programs.
"""

import os
import subprocess

import numpy as np
import pytest

import retrograd
from retrograd import RetrogradClassifier, RetrogradRegressor


def command_line(folder, *arguments, preset="plain"):
    """The fingerprint of what `retrograd train` makes."""
    out = folder / "run"
    command = [os.environ["RETROGRAD_BINARY"], "train", *arguments, "--out", out, "--epochs", "4", "--quiet"]
    subprocess.run([*command, "--preset", preset, "--no-report"], check=True, cwd=folder)
    return retrograd.Model.load(str(out / "model.onnx")).fingerprint


def in_cpp(folder, source, target=""):
    """The fingerprint of what a C++ program makes."""
    command = [os.environ["RETROGRAD_FINGERPRINT"], source, target]
    return subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("threads", [1, 2])
def test_arrays(digits, tmp_path, threads):
    x, y = digits
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    expected = command_line(tmp_path, "npy:x.npy,y.npy")
    assert in_cpp(tmp_path, "npy:x.npy,y.npy") == expected
    assert RetrogradClassifier("plain", epochs=4, threads=threads).fit(x, y).model_.fingerprint == expected
    loaded = retrograd.from_arrays(x, y)
    rest, valid = retrograd.split(loaded.data, 0.2, 1, stratified=True)
    prepared = retrograd.make_network(loaded.spec, rest)
    trained = retrograd.train(prepared, loaded.spec, rest, valid, epochs=4, threads=threads)
    assert trained.model.fingerprint == expected


@pytest.mark.parametrize("target, kind", [("cancelled", RetrogradClassifier), ("price", RetrogradRegressor)])
def test_tables(guests, tmp_path, target, kind):
    guests.to_csv(tmp_path / "guests.csv", index=False)
    expected = command_line(tmp_path, "guests.csv", "--target", target)
    assert in_cpp(tmp_path, "guests.csv", target) == expected
    assert kind("plain", epochs=4).fit(guests.drop(columns=target), guests[target]).model_.fingerprint == expected


def test_defaults(digits, guests, tmp_path):
    x, y = digits
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    expected = command_line(tmp_path, "npy:x.npy,y.npy", preset="auto")
    assert RetrogradClassifier(epochs=4).fit(x, y).model_.fingerprint == expected
    guests.to_csv(tmp_path / "guests.csv", index=False)
    expected = command_line(tmp_path, "guests.csv", "--target", "price", preset="auto")
    model = RetrogradRegressor(epochs=4).fit(guests.drop(columns="price"), guests["price"])
    assert model.model_.fingerprint == expected


def test_folds_and_temperature(guests, tmp_path):
    guests.to_csv(tmp_path / "guests.csv", index=False)
    given = ["--hidden", "8", "--folds", "3", "--calibrate"]
    expected = command_line(tmp_path, "guests.csv", "--target", "cancelled", *given, preset="auto")
    model = RetrogradClassifier(hidden=(8,), folds=3, calibrate=True, epochs=4)
    assert model.fit(guests.drop(columns="cancelled"), guests["cancelled"]).model_.fingerprint == expected


def test_presets(guests, tmp_path):
    guests.to_csv(tmp_path / "guests.csv", index=False)
    small = ["--hidden", "16,8"]
    expected = command_line(tmp_path, "guests.csv", "--target", "cancelled", *small, preset="realmlp")
    model = RetrogradClassifier("realmlp", hidden=(16, 8), epochs=4)
    assert model.fit(guests.drop(columns="cancelled"), guests["cancelled"]).model_.fingerprint == expected
