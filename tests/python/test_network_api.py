"""The network API: describe, train, predict, evaluate, save, explain."""

import pickle

import numpy as np
import pytest

import retrograd


def xor():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    return retrograd.from_arrays(x, [0, 1, 1, 0], task="classification")


def network():
    return retrograd.Network().input("x", 2).linear(4).activation("tanh").linear(2).loss("softmax_xent")


def train_xor(**options):
    data = xor()
    given = dict(optimizer="sgd", learning_rate=0.5, schedule="constant", batch=-1, reduction="sum", epochs=300)
    return retrograd.train(retrograd.Prepared(network()), data.spec, data.data, **(given | options)), data


def test_a_description_is_trained_and_predicts():
    trained, data = train_xor()
    p = trained.model.predict(data.data)
    assert p.shape == (4, 2) and p.dtype == np.float32
    assert p.argmax(axis=1).tolist() == [0, 1, 1, 0]
    assert len(trained.history) == 300 and trained.history[-1].train_loss < 0.1
    assert trained.model.predict(np.array([[0, 1]])).argmax() == 1  # an array is the network's input
    np.testing.assert_array_equal(trained.model.predict({"x": data.data.inputs["x"]}), p)
    results = retrograd.evaluate(trained.model, data.data)
    assert results["accuracy"] == results.metric("accuracy") == results.to_dict()["accuracy"] == 1
    assert "accuracy" in repr(results) and "precision" in str(results)
    with pytest.raises(retrograd.Error, match="rmse"):
        results.metric("rmse")


def test_programs_print():
    text = network().program()
    assert "z1 = linear(x" in text and "delta_z1" in text
    assert "linear" in str(network())
    assert network() == network() and network() != network().dropout(0.5)


def test_mistakes_are_errors_of_python():
    with pytest.raises(ValueError, match="wobble"):
        retrograd.Network().input("x", 2).linear(2).activation("wobble").linear(2).loss("softmax_xent").program()
    with pytest.raises(TypeError, match="did you mean 'epochs'"):
        train_xor(epoch=3)
    with pytest.raises(TypeError, match="epochs"):
        train_xor(epochs="many")
    with pytest.raises(ValueError, match="'seed' is -1, which is out of its range"):
        train_xor(seed=-1)
    with pytest.raises(ValueError, match="float32, float64"):
        train_xor(precision="float16")
    with pytest.raises(retrograd.Error, match="nowhere"):
        retrograd.load_training("/nowhere/at/all.csv", targets="y")


def test_save_load_and_pickle_keep_every_bit(tmp_path):
    trained, data = train_xor(epochs=20)
    trained.model.save(str(tmp_path / "xor.onnx"))
    for other in (
        retrograd.Model.load(str(tmp_path / "xor.onnx")),
        pickle.loads(pickle.dumps(trained.model)),
        retrograd.Model.from_bytes(trained.model.to_bytes()),
    ):
        assert other == trained.model and other.fingerprint == trained.model.fingerprint
        np.testing.assert_array_equal(other.predict(data.data), trained.model.predict(data.data))
    with pytest.raises(retrograd.Error):
        retrograd.Model.from_bytes(trained.model.to_bytes()[:-10])
    weights = trained.model.parameters
    assert weights["W1"].shape == (2, 4) and weights["b1"].shape == (4,)


def test_arrays_are_borrowed_not_copied():
    x = np.arange(40, dtype=np.float32).reshape(20, 2)
    loaded = retrograd.from_arrays(x, np.arange(20) % 2, task="classification")
    assert np.shares_memory(loaded.data.inputs["x"], x)
    assert not loaded.data.inputs["x"].flags.writeable
    view = loaded.data.inputs["x"]
    del loaded, x  # the view keeps the memory alive
    assert view[19, 1] == 39
    pixels = np.zeros((20, 4, 4), dtype=np.uint8)
    data = retrograd.from_arrays(pixels, np.arange(20) % 2, task="classification").data
    assert data.inputs["x"].dtype == np.uint8 and np.shares_memory(data.inputs["x"], pixels)
    turned = np.asfortranarray(np.arange(40, dtype=np.float64).reshape(20, 2))
    assert retrograd.Dataset({"x": turned}).inputs["x"][3, 1] == 7  # another order or type is converted


def test_a_dataset_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="3 rows"):
        retrograd.Dataset({"x": np.zeros((2, 2))}, target=np.zeros(3))
    data = retrograd.Dataset({"x": np.zeros((2, 2))})
    assert data.target is None and data.weight is None and len(data) == 2
    with pytest.raises(ValueError, match="rows"):
        data.weight = np.ones(5)
    with pytest.raises(TypeError):
        retrograd.from_arrays(np.array([["a"]]), [0])
    for wrong in (np.zeros(2, complex), np.array(["1", "2"]), np.zeros(2, "datetime64[s]")):
        with pytest.raises(TypeError, match="array of numbers"):
            data.target = wrong


def test_two_runs_are_one():
    whole, data = train_xor(epochs=10, keep_state=True, optimizer="adam", learning_rate=0.01)
    first, _ = train_xor(epochs=4, keep_state=True, optimizer="adam", learning_rate=0.01)
    state = pickle.loads(pickle.dumps(first.state))
    second = retrograd.train(
        retrograd.go_on(first.model, state), data.spec, data.data, optimizer="adam", learning_rate=0.01,
        schedule="constant", batch=-1, reduction="sum", epochs=6,
    )
    assert second.model.fingerprint == whole.model.fingerprint


def test_explanations_show_themselves():
    trained, data = train_xor(epochs=50)
    explanation = retrograd.explain(trained.model, data.data, 1, weight="1:2:3", trained=trained)
    assert explanation.ok and explanation.audited > 0 and explanation.rows == [1]
    assert explanation.derivations[0].symbol == "W1[2,3]"
    assert abs(explanation.derivations[0].gradient - explanation.derivations[0].central_difference) < 1e-5
    html = explanation._repr_html_()
    assert html.startswith("<iframe") and html.endswith("</iframe>") and "<!DOCTYPE" not in html[:30]
    inside = html.split('srcdoc="')[1].split('"')[0]
    assert inside.replace("&quot;", '"').replace("&amp;", "&") == explanation.to_html()
    assert "row 2 of data in Python (rows counted from 1)" in " ".join(str(explanation).split())
    assert "W1[2,3]" in str(explanation) and "\\begin{document}" in explanation.to_latex()
    ok, checked, fault = retrograd.verify(explanation.to_json())
    assert ok and checked > 0 and fault == ""
    step = retrograd.explain(trained.model, data.data, rows=[0, 1, 2])
    assert step.rows == [0, 1, 2] and len(step.derivations) == 5
    for row in -1, data.data.rows:
        with pytest.raises(retrograd.Error, match=f"no row {row}; the data have .* rows, numbered from 0"):
            retrograd.explain(trained.model, data.data, row)


def test_gradients_and_diagnosis():
    trained, data = train_xor(epochs=5)
    check = retrograd.gradcheck(trained.model, data.data)
    assert check and check.ok and {t.name for t in check.tensors} == {"W1", "b1", "W2", "b2"}
    assert "numeric error" in str(check) and "the gradients are right" in str(check)
    x = np.random.RandomState(1).normal(size=(200, 3)).astype(np.float32)
    loaded = retrograd.from_arrays(x, x[:, 0] > 0, task="classification")
    prepared = retrograd.make_network(loaded.spec, loaded.data, hidden=[16], dropout=0)
    assert retrograd.check_before_training(prepared, loaded.spec, loaded.data) == []
    made = retrograd.train(prepared, loaded.spec, loaded.data, epochs=30)
    assert retrograd.diagnose(made.model, loaded.data, made).to_dict() is not None
