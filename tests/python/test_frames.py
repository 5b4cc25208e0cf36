"""pandas frames: the same data, and the same bits, as the CSV file of the same table."""

import numpy as np
import pandas as pd
import pytest

import retrograd


def trained_on(loaded):
    prepared = retrograd.make_network(loaded.spec, loaded.data, hidden=[16])
    return retrograd.train(prepared, loaded.spec, loaded.data, epochs=3).model


def test_a_frame_is_its_file(guests, later_guests, tmp_path):
    guests.to_csv(tmp_path / "guests.csv", index=False)
    file = retrograd.load_training(tmp_path / "guests.csv", targets="cancelled")
    frame = retrograd.from_frame(guests, "cancelled")
    assert frame.spec.to_dict() == file.spec.to_dict()
    assert trained_on(frame).fingerprint == trained_on(file).fingerprint
    for name, values in file.data.inputs.items():
        np.testing.assert_array_equal(frame.data.inputs[name], values)
    later_guests.to_csv(tmp_path / "later.csv", index=False)
    by_file = retrograd.load_with(tmp_path / "later.csv", frame.spec)
    by_frame = retrograd.with_frame(later_guests, frame.spec)
    np.testing.assert_array_equal(by_frame.inputs["categorical"], by_file.inputs["categorical"])
    np.testing.assert_array_equal(by_frame.target, by_file.target)


def test_models_predict_from_frames(guests, later_guests):
    loaded = retrograd.from_frame(guests, "cancelled")
    model = trained_on(loaded)
    p = model.predict(later_guests.drop(columns="cancelled"))
    np.testing.assert_array_equal(p, model.predict(retrograd.with_frame(later_guests, loaded.spec)))
    unseen = later_guests.assign(country="unheard of")
    assert np.isfinite(model.predict(unseen)).all()
    with pytest.raises(retrograd.Error, match="nights"):
        model.predict(later_guests.drop(columns="nights"))


@pytest.mark.parametrize(
    "column, expected",
    [
        (pd.Series([1, 2, None, 4], dtype="Int64"), [1, 2, np.nan, 4]),
        (pd.Series([0.5, None, 2, 3], dtype="Float64"), [0.5, np.nan, 2, 3]),
        (pd.Series([5, 6, 7, 9], dtype="int8"), [5, 6, 7, 9]),
        (pd.Series([True, False, None, True], dtype="boolean"), [1, 0, np.nan, 1]),
        (pd.Series([True, False, False, True]), [1, 0, 0, 1]),
        (pd.Series(["no", "yes", None, "no"], dtype="string"), [0, 1, np.nan, 0]),
        (pd.Series(["1.5", "2", "", "7"]), [1.5, 2, np.nan, 7]),
    ],
)
def test_kinds_of_columns(column, expected):
    loaded = retrograd.from_frame(pd.DataFrame({"a": column, "y": [0.5, 1.5, 2.5, 9]}), "y")
    np.testing.assert_array_equal(loaded.data.inputs["numeric"][:, 0], expected)


def test_categories_stay_categories():
    years = pd.Categorical([2020, 2021, 2020, None, 2021], categories=[1999, 2020, 2021])
    loaded = retrograd.from_frame(pd.DataFrame({"year": years, "y": [0.5, 1, 2.5, 9, 11]}), "y")
    column = loaded.spec.to_dict()["columns"][0]
    assert column["categories"] == ["2020", "2021", "(missing)"]  # none that no row has
    np.testing.assert_array_equal(loaded.data.inputs["categorical"][:, 0], [0, 1, 0, 2, 1])


def test_refusals_name_the_column():
    with pytest.raises(TypeError, match="'when' holds datetime64"):
        retrograd.from_frame(pd.DataFrame({"when": pd.to_datetime(["2020-01-01"]), "y": [1.0]}), "y")
    with pytest.raises(retrograd.Error, match="'z'"):
        retrograd.from_frame(pd.DataFrame({"a": [1.0, 2], "y": [1.0, 3]}), "z")
    with pytest.raises(TypeError, match="unexpected keyword"):
        retrograd.from_frame(pd.DataFrame({"a": [1.0, 2], "y": [1.0, 3]}), "y", nonsense=1)
