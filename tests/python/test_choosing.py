"""Folds, calibration, a search within a time: functions and estimators; the preset that is chosen by default."""

import ast
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import retrograd
from retrograd import RetrogradClassifier, RetrogradRegressor, _core

SMALL = dict(hidden=(8,), epochs=4)


@pytest.fixture(scope="module")
def loaded(digits):
    x, y = digits
    return retrograd.from_arrays(x, y, task="classification")


def test_folds_are_one_model(loaded):
    reports = []
    made = retrograd.train_folds(loaded.spec, loaded.data, 3, on_epoch=reports.append, threads=1, **SMALL)
    assert [fold.number for fold in made.folds] == [1, 2, 3] and len(reports) == 12
    assert sorted(row for fold in made.folds for row in fold.rows) == list(range(300)) == made.rows.tolist()
    assert made.predictions.shape == (300, 3)
    p = np.mean([fold.trained.model.predict(loaded.data) for fold in made.folds], axis=0)
    np.testing.assert_allclose(made.trained.model.predict(loaded.data), p, atol=1e-6)
    held = made.folds[1]
    alone = held.trained.model.predict(loaded.data.take(held.rows))
    np.testing.assert_array_equal(made.predictions[held.rows], alone)
    scores = [fold.results["accuracy"] for fold in made.folds]
    assert made.spread("accuracy") == pytest.approx((np.mean(scores), np.std(scores, ddof=1)))
    assert "3 folds" in repr(made)
    with pytest.raises(retrograd.Error, match="folds"):
        retrograd.train_folds(loaded.spec, loaded.data, 1)
    with pytest.raises(TypeError, match="did you mean 'epochs'"):
        retrograd.train_folds(loaded.spec, loaded.data, 3, epoch=1)


def test_an_interrupted_cross_validation_has_a_model(loaded):
    def interrupt(report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as raised:
        retrograd.train_folds(loaded.spec, loaded.data, 3, on_epoch=interrupt, **SMALL)
    assert raised.value.trained.model.outputs == 3


def test_calibration_makes_the_log_loss_smaller(loaded):
    rest, valid = retrograd.split(loaded.data, 0.3, stratified=True)
    prepared = retrograd.make_network(loaded.spec, rest, hidden=[8], smoothing=0.3)
    model = retrograd.train(prepared, loaded.spec, rest, epochs=20).model
    assert retrograd.temperature(model) is None
    made = retrograd.calibrate(model, valid)
    assert retrograd.temperature(made.model) == pytest.approx(made.temperature)
    assert made.after.log_loss < made.before.log_loss and made.rows == len(valid)
    np.testing.assert_array_equal(made.model.predict(valid).argmax(axis=1), model.predict(valid).argmax(axis=1))
    folds = retrograd.train_folds(loaded.spec, loaded.data, 2, smoothing=0.3, **SMALL)
    of_folds = retrograd.calibrate(folds, loaded.data)
    assert of_folds.model == folds.trained.model and retrograd.temperature(folds.trained.model) is not None


def test_a_search_by_trials_is_the_same_each_time(digits, loaded):
    rest, valid = retrograd.split(loaded.data, 0.3)
    found = [retrograd.search(loaded.spec, rest, valid, trials=4, **SMALL) for _ in range(2)]
    assert len(found[0].trials) == 4
    assert [t.fingerprint for t in found[0].trials] == [t.fingerprint for t in found[1].trials]
    with pytest.raises(ValueError, match="seconds"):
        retrograd.search(loaded.spec, rest, valid, **SMALL)
    x, y = digits
    model = RetrogradClassifier(trials=3, **SMALL).fit(x, y)
    assert len(model.trials_) == 3 and model.preset_ == "table"
    assert model.model_ == RetrogradClassifier(trials=3, **SMALL).fit(x, y).model_


def test_a_search_keeps_the_best(loaded):
    rest, valid = retrograd.split(loaded.data, 0.3)
    told = []
    found = retrograd.search(
        loaded.spec, rest, valid, 0.5, fixed=["members"], on_trial=told.append, epochs=15, hidden=[4], patience=0
    )
    assert len(told) == len(found.trials) > 1 and told[0].changes == {} and told[0].improved
    best = found.trials[found.best]
    assert best.value == min(trial.value for trial in found.trials if trial.value is not None)
    assert found.trained.model.fingerprint == best.fingerprint
    assert not any({"members", "hidden"} & trial.changes.keys() for trial in found.trials)
    with pytest.raises(ValueError, match="fixed has 'colour'"):
        retrograd.search(loaded.spec, rest, valid, 1, fixed=["colour"])
    with pytest.raises(ZeroDivisionError) as raised:
        retrograd.search(loaded.spec, rest, valid, 60, on_trial=lambda trial: 1 / 0, **SMALL)
    assert raised.value.trained.model.outputs == 3


def test_an_estimator_of_folds(digits):
    x, y = digits
    weight = np.ones(300)
    weight[:7] = 0
    model = RetrogradClassifier(folds=3, calibrate=True, **SMALL).fit(x, y, weight)
    assert np.isnan(model.out_of_fold_[:7]).all() and np.isfinite(model.out_of_fold_[7:]).all()
    held = (model.out_of_fold_[7:].argmax(axis=1) == y[7:]).mean()
    assert held == pytest.approx(model.out_of_fold_results_["accuracy"]) and len(model.fold_results_) == 3
    assert model.temperature_ == pytest.approx(retrograd.temperature(model.model_))
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba(x), model.predict_proba(x))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1]})
    numbers = RetrogradRegressor(folds=2, **SMALL).fit(frame, x[:, 0])
    assert numbers.out_of_fold_.shape == (300,) and numbers.out_of_fold_.dtype == np.float64
    assert not hasattr(numbers.set_params(folds=0).fit(frame, x[:, 0]), "out_of_fold_")


def test_an_estimator_that_searches(digits):
    x, y = digits
    model = RetrogradClassifier(time_budget=0.5, calibrate=True, preset="plain", **SMALL).fit(x, y)
    assert model.trials_[0]["changes"] == {} and model.temperature_ > 0
    best = min((t for t in model.trials_ if t["value"] is not None), key=lambda trial: trial["value"])
    assert model.n_iter_ == best["epochs"] and model.score(x, y) > 0.5
    assert pickle.loads(pickle.dumps(model)).trials_ == model.trials_


def test_what_does_not_go_together(digits):
    x, y = digits
    given = dict(hidden=(4,), epochs=1)
    for parameters, fit, message in (
        (dict(folds=3, time_budget=1), {}, "search first"),
        (dict(folds=3), dict(validation_data=(x, y)), "hold out every row"),
        (dict(folds=3, validation_fraction=0.5), {}, "hold out every row"),
        (dict(time_budget=1, time_limit=1), {}, "leave out time_limit"),
        (dict(time_budget=1, validation_fraction=0), {}, "time_budget goes by validation data"),
        (dict(calibrate=True, validation_fraction=0), {}, "calibrate goes by validation data"),
    ):
        with pytest.raises(ValueError, match=message):
            RetrogradClassifier(**given, **parameters).fit(x, y, **fit)
    with pytest.raises(ValueError, match="partial_fit makes one pass"):
        RetrogradClassifier(folds=2).partial_fit(x, y, classes=[0, 1, 2])
    again = RetrogradClassifier(warm_start=True, **given).fit(x, y)
    with pytest.raises(ValueError, match="warm_start"):
        again.set_params(folds=2).fit(x, y)


def test_the_preset_by_default(digits):
    x, y = digits
    model = RetrogradClassifier(epochs=2).fit(x, y)
    assert model.preset_ == "table" and model.decisions_[0].startswith("preset table: the default for tables")
    assert clone(model).preset == "auto"
    for word, given in (
        ("learning_rate", dict(learning_rate=0.01)),
        ("optimizer", dict(optimizer="sgd")),
        ("ntk", dict(options={"ntk": False})),
        ("precision", dict(precision="float64")),
    ):
        plain = RetrogradClassifier(epochs=1, hidden=(4,), **given).fit(x, y)
        assert plain.preset_ == "plain" and plain.decisions_[0].startswith(f"preset plain: {word} is given")
    assert RetrogradClassifier(epochs=1).partial_fit(x, y, classes=[0, 1, 2]).preset_ == "plain"
    assert RetrogradClassifier(preset="tabm", epochs=1).partial_fit(x, y, classes=[0, 1, 2]).preset_ == "tabm"
    images = np.random.RandomState(1).rand(40, 64).astype(np.float32)
    assert RetrogradClassifier(epochs=1, image_shape=(8, 8)).fit(images, y[:40]).preset_ == "fast"
    assert RetrogradClassifier(epochs=1, warm_start=True).fit(x, y).preset_ == "plain"
    warm = RetrogradClassifier("table", epochs=1, hidden=(4,), warm_start=True).fit(x, y).fit(x, y)
    assert warm.preset_ == "table"


def test_keywords_of_the_network(digits):
    x, y = digits
    model = RetrogradRegressor(scaling="quantile", embedding="plr", bins=8, members=2, epochs=1, hidden=(4,)).fit(x, y)
    text = model.model_.program()
    for word in ("interpolate", "periodic", "piecewise", "mean"):
        assert word in text, word
    with pytest.raises(ValueError, match="scaling"):
        RetrogradRegressor(scaling="wide", epochs=1).fit(x, y)


def test_bad_rows_and_caches(guests, tmp_path):
    guests.to_csv(tmp_path / "t.csv", index=False)
    lines = (tmp_path / "t.csv").read_text().splitlines()
    lines[10] = "too,few"
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(retrograd.Error, match="line 11"):
        retrograd.load_training(tmp_path / "t.csv", targets="cancelled")
    loaded = retrograd.load_training(tmp_path / "t.csv", targets="cancelled", on_bad_row="skip", separator=",")
    assert loaded.data.rows == 499 and loaded.data.skipped == [9] and "line 11" in loaded.data.skipped_lines[1]
    cached = retrograd.load_with(tmp_path / "t.csv", loaded.spec, on_bad_row="skip", cache=tmp_path / "cache")
    assert (tmp_path / "cache").exists()
    np.testing.assert_array_equal(cached.target, loaded.data.target)
    with pytest.raises(ValueError, match="expected fail or skip"):
        retrograd.load_with(tmp_path / "t.csv", loaded.spec, on_bad_row="maybe")


def test_decimal_commas(guests, tmp_path):
    guests.to_csv(tmp_path / "points.csv", index=False)
    guests.to_csv(tmp_path / "commas.csv", index=False, sep=";", decimal=",")
    points = retrograd.load_training(tmp_path / "points.csv", targets="cancelled")
    commas = retrograd.load_training(tmp_path / "commas.csv", targets="cancelled", decimal=",")
    assert "decimal" not in points.spec.to_dict() and commas.spec.to_dict()["decimal"] == ","
    for name, values in points.data.inputs.items():
        np.testing.assert_array_equal(commas.data.inputs[name], values)
    again = retrograd.load_with(tmp_path / "commas.csv", commas.spec)
    np.testing.assert_array_equal(again.target, points.data.target)
    with pytest.raises(retrograd.Error, match="the decimal mark is 'x'"):
        retrograd.load_training(tmp_path / "commas.csv", targets="cancelled", decimal="x")


def test_the_stub_is_the_module():
    tree = ast.parse((Path(retrograd.__file__).parent / "_core.pyi").read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    public = {name for name in vars(_core) if not name.startswith("_")}
    assert public == functions | set(classes)
    for name, node in classes.items():
        for member in node.body:
            if isinstance(member, (ast.AnnAssign, ast.FunctionDef)):
                told = member.target.id if isinstance(member, ast.AnnAssign) else member.name
                assert hasattr(getattr(_core, name), told), f"{name}.{told}"
        known = {m for m in vars(getattr(_core, name)) if not m.startswith("_")}
        told = {m.target.id if isinstance(m, ast.AnnAssign) else getattr(m, "name", "") for m in node.body}
        assert known <= told | {"name", "value"}, f"{name}: {known - told}"
