"""Callbacks, Ctrl-C, threads, and progress."""

import io
import os
import signal
import threading
import time

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import retrograd


@pytest.fixture(scope="module")
def problem():
    random = np.random.RandomState(5)
    x = random.normal(size=(2000, 20)).astype(np.float32)
    loaded = retrograd.from_arrays(x, x[:, 0] + x[:, 1] ** 2 > 1, task="classification")
    return retrograd.make_network(loaded.spec, loaded.data, hidden=[32], dropout=0), loaded


def train(problem, **options):
    prepared, loaded = problem
    return retrograd.train(prepared, loaded.spec, loaded.data, **({"epochs": 3} | options))


def test_callbacks_hear_and_stop(problem):
    seen, lines, steps = [], [], []
    trained = train(
        problem, epochs=50, on_epoch=lambda report: seen.append(report.epoch) or report.epoch == 4,
        on_log=lines.append, on_step=lambda step, total: steps.append((step, total)),
    )
    assert seen == [1, 2, 3, 4] and trained.stopped == "stopped by request" and not trained.finished
    assert any("batch" in line for line in lines)
    assert steps[-1] == (len(steps), 50 * len(steps) // 4)
    assert train(problem, on_step=lambda step, total: step == 2).history[-1].steps == 2


def test_a_control_changes_the_rate(problem):
    def halve(report):
        return retrograd.Control(learning_rate_factor=0.5)

    rates = [r.learning_rate for r in train(problem, schedule="constant", on_epoch=halve).history]
    assert rates[1] == rates[0] / 2 and rates[2] == rates[0] / 4


def test_an_exception_of_a_callback_ends_the_run(problem):
    def burst(report):
        if report.epoch == 2:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        train(problem, epochs=1000, on_epoch=burst)
    assert len(caught.value.trained.history) <= 3
    assert caught.value.trained.model.predict(problem[1].data).shape == (2000, 2)


def test_ctrl_c_stops_at_a_step(problem):
    asked = []

    def interrupt():
        time.sleep(0.3)
        asked.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt) as caught:
        train(problem, epochs=10_000_000, patience=0)
    thread.join()
    assert asked
    assert caught.value.trained.stopped == "stopped by request"
    assert caught.value.trained.model.predict(problem[1].data).shape == (2000, 2)


def test_other_threads_run_while_it_trains(problem):
    counted, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    train(problem, epochs=10**9, time_limit=1.0)
    during = counted[0]
    stop.set()
    thread.join()
    assert during > 20


def test_two_trainings_at_once_have_the_bits_of_one(problem):
    expected = train(problem).model.fingerprint
    found = []
    threads = [threading.Thread(target=lambda: found.append(train(problem).model.fingerprint)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected, expected]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_one_line_in_a_terminal_and_lines_elsewhere(problem):
    plain, terminal = io.StringIO(), Terminal()
    for stream in (plain, terminal):
        progress = retrograd.Progress(stream)
        train(problem, on_epoch=progress)
        progress.close()
    assert len(plain.getvalue().splitlines()) == 3
    assert plain.getvalue().startswith("epoch 1/3  loss ")
    assert terminal.getvalue().count("\n") == 1 and terminal.getvalue().count("\r") >= 1
    assert "epoch 3/3" in terminal.getvalue()


def test_progress_in_a_notebook_is_one_output_that_changes(problem, monkeypatch):
    IPython = pytest.importorskip("IPython")
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    def display(data, raw, display_id):
        shown.append(data["text/plain"])
        return Handle()

    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(IPython.display, "display", display)
    progress = retrograd.Progress()
    train(problem, on_epoch=progress)
    progress.close()
    assert "epoch 1/3" in shown[0] and "epoch 3/3" in shown[-1]


def test_lbfgs_reaches_the_optimum_of_logistic_regression():
    iris = load_iris()
    x = StandardScaler().fit_transform(iris.data).astype(np.float32)
    data = retrograd.from_arrays(x, iris.target, task="classification")
    net = retrograd.Network().input("x", 4).linear(3).loss("softmax_xent")
    trained = retrograd.train(
        retrograd.Prepared(net), data.spec, data.data, optimizer="lbfgs:tolerance=1e-9", l2=1 / (10 * len(x)),
        epochs=200, precision="float64",
    )
    peer = LogisticRegression(C=10, solver="newton-cg", tol=1e-7).fit(x.astype(np.float64), iris.target)
    np.testing.assert_allclose(trained.model.predict(data.data), peer.predict_proba(x), atol=1e-6)
    assert trained.finished and len(trained.history) < 100


def test_estimators_know_full_batch_methods():
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, (150, 2)).astype(np.float32)
    y = np.sin(x[:, 0]) * x[:, 1]
    model = retrograd.RetrogradRegressor(optimizer="lm", epochs=60, random_state=3).fit(x, y)
    assert model.score(x, y) > 0.97
    assert [w.shape for name, w in model.model_.parameters.items() if name == "W1"] == [(2, 16)]
    again = retrograd.RetrogradRegressor(optimizer="lm", epochs=60, random_state=3, threads=2).fit(x, y)
    assert again.model_.fingerprint == model.model_.fingerprint
    labels = retrograd.RetrogradClassifier(hidden=(8,), optimizer="lbfgs", epochs=60).fit(x, y > 0)
    assert labels.score(x, y > 0) > 0.9
    with pytest.raises(retrograd.Error, match="batch 32 of"):
        retrograd.RetrogradRegressor(optimizer="lbfgs", batch=32).fit(x, y)
