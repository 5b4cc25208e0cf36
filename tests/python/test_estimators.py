"""The estimators: scikit-learn's own checks, and what these do not look at."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_digits, make_regression
from sklearn.model_selection import GridSearchCV, cross_val_predict, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import retrograd
from retrograd import RetrogradClassifier, RetrogradRegressor


@parametrize_with_checks([RetrogradClassifier(), RetrogradRegressor()])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def checks_of(estimator):
    return {check.func.__name__ for _, check in check_estimator(estimator, generate_only=True)}


@pytest.mark.parametrize("ours, theirs", [(RetrogradClassifier, MLPClassifier), (RetrogradRegressor, MLPRegressor)])
def test_no_check_of_their_network_is_left_out(ours, theirs):
    # Missing numbers are taken here; infinite ones are not, below.
    assert checks_of(theirs()) - checks_of(ours()) <= {"check_estimators_nan_inf"}
    assert set(ours()._get_tags()["_xfail_checks"]) & checks_of(theirs()) == set()


@pytest.mark.parametrize("kind", [RetrogradClassifier, RetrogradRegressor])
def test_missing_numbers_are_taken_and_infinite_ones_are_not(kind, digits):
    x, y = digits
    gaps = x.copy()
    gaps[::7, 3] = np.nan
    model = kind(epochs=5).fit(gaps, y)
    assert np.isfinite(model.predict(gaps)).all()
    gaps[3, 3] = np.inf
    for call in (lambda: kind(epochs=1).fit(gaps, y), lambda: model.predict(gaps)):
        with pytest.raises(ValueError, match="infinity"):
            call()


def test_it_learns_with_default_settings():
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=1)
    assert RetrogradClassifier(epochs=30).fit(x_train, y_train).score(x_test, y_test) > 0.95
    x, y = make_regression(400, 8, noise=5, random_state=1)
    assert RetrogradRegressor(epochs=60).fit(x[:300], y[:300]).score(x[300:], y[300:]) > 0.9


def test_labels_may_be_anything(digits):
    x, y = digits
    for names in (["b", "a", "c"], [30, 10, 20], ["10", "9", "8"], [True, False, True]):
        labels = np.array(names)[y]
        model = RetrogradClassifier(epochs=20).fit(x, labels)
        assert list(model.classes_) == sorted(set(labels.tolist()))
        assert model.score(x, labels) > 0.9
        assert model.model_.spec.classes == [str(c) for c in model.classes_]
        assert model.predict_proba(x).shape == (300, len(model.classes_))


def test_several_labels_and_several_numbers(digits):
    x, y = digits
    labels = np.stack([y == 0, y > 0, y == 2], axis=1).astype(int)
    model = RetrogradClassifier(epochs=30).fit(x, labels)
    assert model.predict(x).shape == (300, 3) and model.score(x, labels) > 0.8
    numbers = np.stack([x[:, 0] * 100, x[:, 1] - 5], axis=1)
    model = RetrogradRegressor(epochs=60).fit(x, numbers)
    assert model.predict(x).shape == (300, 2) and model.score(x, numbers) > 0.8
    with pytest.raises(ValueError, match="outputs"):
        RetrogradRegressor(epochs=1, warm_start=True).fit(x, numbers).fit(x, numbers[:, 0])


def test_sample_weights_count(digits):
    x, y = digits
    only = (y != 2).astype(float)
    weighted = RetrogradClassifier(epochs=5, validation_fraction=0).fit(x, y, sample_weight=only)
    assert weighted.predict_proba(x[y != 2])[:, 2].max() < 0.5
    # Rows without weight leave nothing behind: the bits are those of the other rows alone.
    kept = RetrogradRegressor(epochs=5).fit(x[y != 2], x[y != 2, 0])
    assert RetrogradRegressor(epochs=5).fit(x, x[:, 0], only).model_ == kept.model_
    assert RetrogradRegressor(epochs=5).fit(x, x[:, 0], np.ones(300)).model_ == (
        RetrogradRegressor(epochs=5).fit(x, x[:, 0]).model_
    )
    with pytest.raises(ValueError, match="every sample weight is 0"):
        RetrogradRegressor().fit(x, y, np.zeros(300))


def test_class_weights_count(digits):
    x, y = digits
    x = x + 6 * np.random.RandomState(1).normal(size=x.shape)  # not to be told apart
    plain = RetrogradClassifier("plain", epochs=10).fit(x, y)
    heavy = RetrogradClassifier("plain", epochs=10, class_weight={0: 50, 1: 1, 2: 1}).fit(x, y)
    assert (heavy.predict(x) == 0).mean() > (plain.predict(x) == 0).mean() + 0.2
    few = np.concatenate([np.flatnonzero(y == 0)[:10], np.flatnonzero(y == 1)])
    balanced = RetrogradClassifier("plain", epochs=10, class_weight="balanced").fit(x[few], y[few])
    assert (balanced.predict(x) == 0).mean() > 0.2


def test_rows_of_weight_0_are_not_counted_for_balanced_classes(digits):
    x, y = digits
    few = np.zeros(len(y))
    few[np.flatnonzero(y == 0)[:10]] = 1
    few[y == 1] = 1
    options = dict(preset="plain", epochs=3, class_weight="balanced")
    rest = RetrogradClassifier(**options).fit(x[few > 0], y[few > 0]).predict_proba(x)
    weighted = RetrogradClassifier(**options).fit(x, np.where(few > 0, y, 1), few).predict_proba(x)
    np.testing.assert_array_equal(weighted, rest)


def test_rows_without_prediction_are_warned_of(digits):
    x, y = digits
    model = RetrogradClassifier("plain", epochs=1).fit((16 * x).astype(np.uint8), y)  # of bytes none is missing
    few = x[:3].astype(np.float32)
    few[1, 0] = np.nan
    with pytest.warns(retrograd.RetrogradWarning, match="1 of 3 rows have no prediction, the first is row 1"):
        model.predict(few)


def test_partial_fits_are_one_fit(digits):
    x, y = digits
    options = dict(preset="plain", epochs=3, validation_fraction=0, schedule="constant", batch=64)
    whole = RetrogradClassifier(**options).fit(x, y)
    parts = RetrogradClassifier(**options)
    for _ in range(3):
        parts.partial_fit(x, y, classes=[0, 1, 2])
        parts = pickle.loads(pickle.dumps(parts))  # the optimiser's state travels too
    assert parts.model_ == whole.model_
    with pytest.raises(ValueError, match="classes must be passed"):
        RetrogradClassifier().partial_fit(x, y)
    with pytest.raises(ValueError, match="label 7 is not one"):
        parts.partial_fit(x, np.full(300, 7))
    numbers = RetrogradRegressor(**options)
    for _ in range(3):
        numbers.partial_fit(x, x[:, 0])
    assert numbers.model_ == RetrogradRegressor(**options).fit(x, x[:, 0]).model_


def test_a_first_part_without_every_class(digits):
    x, y = digits
    model = RetrogradClassifier().partial_fit(x[y < 2], y[y < 2], classes=[0, 1, 2])
    for _ in range(30):
        model.partial_fit(x, y)
    assert model.score(x, y) > 0.9


def test_warm_start_goes_on(digits):
    x, y = digits
    options = dict(preset="plain", epochs=5, validation_fraction=0)
    once = RetrogradClassifier(**options).fit(x, y)
    loss = once.loss_
    twice = RetrogradClassifier(warm_start=True, **options).fit(x, y).fit(x, y)
    assert twice.history_["loss"][0] < once.history_["loss"][0] and twice.loss_ < loss
    assert RetrogradClassifier(**options).fit(x, y).fit(x, y).model_ == once.model_
    with pytest.raises(ValueError, match="features"):
        twice.fit(x[:, :5], y)


def test_validation_data_and_callbacks(digits):
    x, y = digits
    seen = []
    model = RetrogradClassifier(epochs=30, metric="accuracy", patience=0).fit(
        x[:200], y[:200], validation_data=(x[200:], y[200:]), callbacks=[seen.append, lambda r: r.epoch == 6]
    )
    assert [report.epoch for report in seen] == [1, 2, 3, 4, 5, 6] == list(range(1, model.n_iter_ + 1))
    best = max(report.valid_metric for report in seen)
    assert model.score(x[200:], y[200:]) == pytest.approx(best)
    assert seen[model.best_epoch_ - 1].valid_metric == best


def test_an_interrupted_fit_keeps_what_it_has(digits):
    x, y = digits

    def interrupt(report):
        if report.epoch == 3:
            raise KeyboardInterrupt

    model = RetrogradClassifier(epochs=10**6)
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, callbacks=[interrupt])
    assert 3 <= model.n_iter_ <= 4 and model.predict(x).shape == (300,)


def test_cloned_pickled_searched_piped(digits):
    x, y = digits
    model = RetrogradClassifier(epochs=40, hidden=(16,), random_state=7)
    assert clone(model).get_params() == model.get_params()
    search = GridSearchCV(model, {"hidden": [(4,), (32,)], "dropout": [0, 0.5]}, cv=2, n_jobs=2).fit(x, y)
    assert search.best_score_ > 0.7
    piped = make_pipeline(StandardScaler(), model).fit(x, y)
    copy = pickle.loads(pickle.dumps(piped))
    np.testing.assert_array_equal(copy.predict_proba(x), piped.predict_proba(x))
    assert cross_val_predict(model, x, y, cv=2).shape == (300,)
    TransformedTargetRegressor(RetrogradRegressor(epochs=2)).fit(x, x[:, 0]).predict(x)


def test_random_state(digits):
    x, y = digits
    fit = lambda state: RetrogradClassifier(epochs=1, random_state=state).fit(x, y).model_
    assert fit(1) == fit(1) != fit(2)
    assert fit(np.random.RandomState(3)) == fit(np.random.RandomState(3))
    assert fit(None) != fit(None)


def test_frames(guests, later_guests):
    x, y = guests.drop(columns="cancelled"), guests["cancelled"]
    later = later_guests.drop(columns="cancelled")
    model = RetrogradClassifier(epochs=60).fit(x, y)
    assert list(model.feature_names_in_) == list(x.columns) and list(model.classes_) == ["no", "yes"]
    assert model.score(later, later_guests["cancelled"]) > 0.8
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(later), model.predict_proba(later))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(later[later.columns[::-1]])
    numeric = x[["nights", "price"]].fillna(1)
    small = RetrogradRegressor(epochs=2).fit(numeric, x["price"])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        np.testing.assert_array_equal(small.predict(numeric.to_numpy()), small.predict(numeric))
    streamed = RetrogradClassifier().partial_fit(x, y, classes=["no", "yes"]).partial_fit(later, y[: len(later)])
    assert streamed.predict(later).shape == (len(later),)
    with pytest.warns(retrograd.RetrogradWarning, match="constant"):
        RetrogradClassifier(epochs=1).fit(x.assign(country="CH"), y)


def test_the_model_goes_everywhere(digits, guests, tmp_path):
    x, y = digits
    model = RetrogradClassifier(epochs=2).fit(x, y)
    model.save(tmp_path / "model.onnx")
    np.testing.assert_array_equal(retrograd.Model.load(str(tmp_path / "model.onnx")).predict(x), model.predict_proba(x))
    assert model.explain(x, y, row=5).ok
    table = RetrogradClassifier(epochs=2).fit(guests.drop(columns="cancelled"), guests["cancelled"])
    assert table.explain(guests.drop(columns="cancelled"), guests["cancelled"], 3)._repr_html_().startswith("<iframe")


def test_refusals(digits):
    x, y = digits
    with pytest.raises(ValueError, match="wobble"):
        RetrogradClassifier(activation="wobble").fit(x, y)
    with pytest.raises(TypeError, match="epochs"):
        RetrogradClassifier(epochs="many").fit(x, y)
    with pytest.raises(ValueError, match="validation_fraction"):
        RetrogradClassifier(validation_fraction="some").fit(x, y)
    with pytest.raises(ValueError, match="constant"):
        RetrogradRegressor().fit(x, np.ones(300))
    for hidden in (), "64,32", 2.5, [[3, 2]]:  # () trained the preset's layers, 2.5 two units
        with pytest.raises(ValueError, match="expected the widths of the hidden layers"):
            RetrogradClassifier(hidden=hidden).fit(x, y)
    with pytest.raises(ValueError, match="random_state is -1, expected a seed"):
        RetrogradClassifier(random_state=-1).fit(x, y)
    with pytest.raises(TypeError, match="column 'lists' holds what is neither number nor text"):
        RetrogradClassifier().fit(pd.DataFrame({"a": x[:, 0], "lists": [[1]] * len(x)}), y)
    with pytest.raises(ValueError, match="at least 2 classes"):
        RetrogradClassifier().fit(pd.DataFrame(x), np.ones(300))


def test_images_are_augmented():
    x, y = load_digits(return_X_y=True)
    x, y = x[:300].astype(np.uint8), y[:300]
    plain = RetrogradClassifier(epochs=3).fit(x, y)
    model = RetrogradClassifier(epochs=3, image_shape=(8, 8), augment="shift=1,elastic", threads=1).fit(x, y)
    again = RetrogradClassifier(epochs=3, image_shape=(8, 8), augment="shift=1,elastic", threads=2).fit(x, y)
    assert model.model_.fingerprint == again.model_.fingerprint != plain.model_.fingerprint
    assert any("elastic=1.63:1.14" in line for line in model.decisions_)
    with pytest.raises(ValueError, match="image_shape is \\(7, 8\\), but X has 64"):
        RetrogradClassifier(image_shape=(7, 8)).fit(x, y)
    with pytest.raises(retrograd.Error, match="--augment changes images"):
        RetrogradClassifier(augment="flip").fit(x, y)
