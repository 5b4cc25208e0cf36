"""The network API: the C++ library's functions, with keyword arguments, arrays and frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from typing import Any

import numpy as np

from . import _convert, _core, _options
from .progress import Progress


def load_training(source: str | PathLike, **options: Any) -> _core.Loaded:
    """Reads training data from a file, as the command line does.

    `source` is a CSV or TSV file (plain or gzip), "idx:IMAGES,LABELS", "idx:DIR", "npy:X.npy,Y.npy" or "npz:FILE".
    `options`: targets (of a table: the names of the columns to predict), weight, ignore, types (column name to
    "numeric", "categorical" or "boolean"), task ("classification", "multilabel" or "regression"), missing (texts that
    mean "no value"), max_categories, separator (one character, or "tab"), decimal ("." or ",": the decimal mark of
    numbers in a table), on_bad_row ("fail", or "skip": rows of a table that cannot be read are left out; the dataset's
    `skipped` says which), cache (a file from which the rows of a table that is larger than memory are read). Returns a
    Loaded: its `spec` and its `data`. Raises Error for every kind of bad input, naming file, line and column.
    """
    return _core.load_training(fspath(source), _options.data_options(**options))


def load_with(
    source: str | PathLike,
    spec: _core.DataSpec,
    *,
    need_target: bool = True,
    part: str = "test",
    on_bad_row: str = "fail",
    cache: str | PathLike = "",
) -> _core.Dataset:
    """Reads data for a model trained on `spec`; `part` ("train" or "test") says which files of "idx:DIR" are meant.
    `on_bad_row` and `cache` as in load_training."""
    if part not in ("train", "test"):
        raise ValueError(f"part is {part!r}, expected 'train' or 'test'")
    return _core.load_with(fspath(source), spec, part == "test", need_target, on_bad_row, fspath(cache))


def from_arrays(x: Any, y: Any, **options: Any) -> _core.Loaded:
    """Training data from arrays: `x` [rows, ...] of numbers, `y` [rows] or [rows, targets].

    float32 and uint8 arrays in C order are borrowed, not copied; others become float32. NaN is a missing number. The
    task is inferred from `y` unless `task` says. Classes are numbers here; the estimators take any labels.
    """
    return _core.from_arrays(_convert.numbers(x), np.asarray(y, dtype=np.float64), _options.data_options(**options))


def from_frame(frame: Any, targets: str | Sequence[str], **options: Any) -> _core.Loaded:
    """Training data from a pandas DataFrame, by the rules of CSV files: the same table gives the same data.

    Columns may be numbers, booleans, texts or pandas categories, with missing values. `options` as in load_training.
    """
    types = {**_convert.categories_of(frame), **options.pop("types", {})}
    wanted = [targets] if isinstance(targets, str) else list(targets)
    types = {name: kind for name, kind in types.items() if name not in wanted or name in options.get("types", {})}
    made = _options.data_options(targets=wanted, types=types, **options)
    return _core.from_columns(_convert.columns_of_frame(frame), made)


def with_frame(frame: Any, spec: _core.DataSpec, *, need_target: bool = True) -> _core.Dataset:
    """A pandas DataFrame as data for a model trained on `spec`."""
    return _core.with_columns(_convert.columns_of_frame(frame), spec, need_target)


def split(
    data: _core.Dataset, fraction: float, seed: int = 1, stratified: bool = False
) -> tuple[_core.Dataset, _core.Dataset]:
    """Draws `fraction` of the rows at random: (the others, those). A function of its arguments alone."""
    return _core.split(data, fraction, seed, stratified)


def make_network(
    spec: _core.DataSpec, data: _core.Dataset, *, preset: str = "plain", **options: Any
) -> _core.Prepared:
    """Preprocessing, hidden layers, loss and prediction for this data.

    `preset` ("plain", "table", "tabm", "ensemble", "realmlp", "image", "fast", "auto") sets what is not given or None;
    what that leaves open is decided by the data, and the result's `decisions` say how and why. `options`: hidden
    (widths), activation, dropout,
    normalise ("none", "layer_norm", "batch_norm"), loss, smoothing, initializer, scaling, embedding, bins, bins_of,
    one_hot_limit, scaling_layer, parametric, ntk, clip_outputs, members, share_weights, rates, decays.
    """
    made = _options.fill(_core.NetworkOptions, options, _core.preset(preset, spec, data.rows).network)
    return _core.make_network(spec, data, made)


def go_on(model: _core.Model, state: _core.TrainState | None = None) -> _core.Prepared:
    """What to train to go on from `model`: its network with its parameters as they are.

    With the `state` of the run that made it (Trained.state, filled if keep_state=True) and schedule="constant", runs
    of a and b epochs make the same bits as one of a + b.
    """
    return _core.go_on(model) if state is None else _core.go_on(model, state)


def train(
    prepared: _core.Prepared,
    spec: _core.DataSpec,
    data: _core.Dataset,
    valid: _core.Dataset | None = None,
    *,
    on_epoch: Callable[[_core.EpochReport], Any] | None = None,
    on_step: Callable[[int, int], Any] | None = None,
    on_log: Callable[[str], Any] | None = None,
    progress: bool = False,
    preset: str = "plain",
    **options: Any,
) -> _core.Trained:
    """Trains, without holding the interpreter's lock.

    `on_epoch` is called with an EpochReport and may return True to stop, or a Control; `on_step` with (step, steps) and
    may return True to stop; `on_log` with each decision and warning. `progress` shows a line in a terminal or notebook.
    Ctrl-C, and an exception of a callback, end the training at the next step; they are raised with the attribute
    `trained`, the Trained of what was done until then.

    `preset` is that of make_network, and sets what is not given or None. `options`: optimizer, learning_rate, schedule,
    batch, epochs, patience, augment (of images: "shift=2,rotate=10,elastic=34:4,flip"), augment_schedule, metric,
    weight_decay, decay_schedule, dropout_schedule, l1, l2, max_norm, clip_norm, clip_value, balanced_classes, class_weights,
    reduction, seed, threads, precision, on_divergence, keep_state, time_limit (seconds), checkpoint_folder,
    checkpoint_every, resume.
    """
    made = _options.fill(_core.TrainOptions, options, _core.preset(preset, spec, data.rows).training)
    with listening(on_epoch, progress) as epoch:
        trained, raised = _core.train(prepared, spec, data, valid, made, epoch, on_step, on_log)
    if raised is not None:
        raised.trained = trained
        raise raised
    return trained


@contextmanager
def listening(on_epoch: Callable | None, progress: bool) -> Iterator[Callable | None]:
    """The epoch callback of a run, which shows progress if that is asked for."""
    shown = Progress() if progress else None
    try:
        yield together(call for call in (on_epoch, shown) if call is not None)
    finally:
        if shown is not None:
            shown.close()


def together(callbacks: Iterable[Callable]) -> Callable | None:
    """One epoch callback of several: any of them stops, and their factors of the learning rate multiply."""
    callbacks = list(callbacks)
    if not callbacks:
        return None

    def call(report: _core.EpochReport) -> _core.Control:
        answer = _core.Control()
        for callback in callbacks:
            given = callback(report)
            if isinstance(given, _core.Control):
                answer.stop |= given.stop
                if given.learning_rate_factor is not None:
                    answer.learning_rate_factor = (answer.learning_rate_factor or 1.0) * given.learning_rate_factor
            elif given:
                answer.stop = True
        return answer

    return call


def check_before_training(
    prepared: _core.Prepared, spec: _core.DataSpec, data: _core.Dataset, **options: Any
) -> list[str]:
    """Warnings of classic mistakes, a line each; empty for healthy set-ups. `options` as in train."""
    return _core.check_before_training(prepared, spec, data, _options.fill(_core.TrainOptions, options))


def evaluate(model: _core.Model, data: _core.Dataset, threads: int = 0) -> _core.Results:
    """Predicts and compares with the targets of `data`. print() the result, or ask it for a metric."""
    return _core.evaluate(model, data, threads)


def explain(
    model: _core.Model,
    data: _core.Dataset,
    row: int = 0,
    *,
    rows: Sequence[int] | None = None,
    weight: str = "",
    bias: str = "",
    top: int = 5,
    trained: _core.Trained | None = None,
    seed: int = 1,
    step: int = 1,
) -> _core.Explanation:
    """The chain rule of a gradient with its numbers, and the reverse network that computes it.

    One `row` of `data` (from 0, with its target), or a training step on several `rows`. `weight` is "LAYER:FROM:TO",
    `bias` "LAYER:TO", counted from 1 or by names; without them the `top` parameters with the largest gradients are
    opened. `trained` adds the step that its optimiser makes. In a notebook the result shows itself; print() gives text.
    """
    target = _core.ExplainTarget()
    target.weight, target.bias, target.top = weight, bias, top
    chosen = [row] if rows is None else list(rows)
    return _core.explain(model, data, chosen, rows is not None, target, trained, seed, step)


def verify(receipt: str) -> tuple[bool, int, str]:
    """Re-derives every number of a receipt (Explanation.to_json()): (all follow, how many did, the first fault)."""
    return _core.verify(receipt)


def gradcheck(
    model: _core.Model, data: _core.Dataset, rows: int = 8, per_tensor: int = 200, seed: int = 1
) -> _core.GradientCheck:
    """The gradients of the model on the first rows, three ways: analytic and by differences in double, and in float."""
    return _core.gradcheck(model, data, rows, per_tensor, seed)


def diagnose(
    model: _core.Model, data: _core.Dataset, trained: _core.Trained | None = None, rows: int = 1024
) -> _core.Diagnosis:
    """What is wrong with a training set-up, with remedies that were tried and measured. `data`: the training data."""
    return _core.diagnose(model, data, trained, rows)


def _predict(self: _core.Model, x: Any, threads: int = 0) -> np.ndarray:
    """[rows, outputs]: probabilities, or values in the target's unit.

    `x`: a Dataset, a pandas DataFrame with the columns of the training table, an array, or a dict of arrays by input.
    """
    return self._predict(_convert.dataset_for(self, x), threads)



_core.Model.predict = _predict
_predict.__name__, _predict.__qualname__ = "predict", "Model.predict"
