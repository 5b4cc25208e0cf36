"""Runs that train several networks, and calibration: the C++ library's functions, with keyword arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from . import _core, _options
from ._api import listening

# What a search varies.
_SEARCHED = ("hidden", "dropout", "lr", "members", "bins", "bins_of", "embedding")


def train_folds(
    spec: _core.DataSpec,
    data: _core.Dataset,
    folds: int = 5,
    *,
    on_epoch: Callable[[_core.EpochReport], Any] | None = None,
    on_step: Callable[[int, int], Any] | None = None,
    on_log: Callable[[str], Any] | None = None,
    progress: bool = False,
    preset: str = "plain",
    **options: Any,
) -> _core.FoldsTrained:
    """Cross-validation: as many networks as `folds`, each trained without its part of the rows and scored on it. The
    model is all of them together: it predicts the mean.

    The parts hold equally many rows of every class and follow from the seed. A fold's own rows also choose its best
    epoch. `options`: those of make_network and of train; callbacks, `preset` and what is raised as in train, epochs of
    one fold after the other. `.trained.model` is the model, `.predictions` and `.out_of_fold` what each row is
    predicted by the network that did not see it, and `.spread("accuracy")` mean and deviation over the folds.
    """
    network, training = _both(preset, spec, data.rows - data.rows // max(folds, 1), options)
    with listening(on_epoch, progress) as epoch:
        made, raised = _core.train_folds(spec, data, folds, network, training, epoch, on_step, on_log)
    if raised is not None:
        raised.trained = made.trained
        raise raised
    return made


def search(
    spec: _core.DataSpec,
    data: _core.Dataset,
    valid: _core.Dataset,
    seconds: float = math.inf,
    *,
    trials: int = 0,
    fixed: Sequence[str] = (),
    on_trial: Callable[[_core.Trial], Any] | None = None,
    on_epoch: Callable[[_core.EpochReport], Any] | None = None,
    on_log: Callable[[str], Any] | None = None,
    progress: bool = False,
    preset: str = "plain",
    **options: Any,
) -> _core.Searched:
    """Looks for better settings for so many `seconds`, or by so many `trials` at most (without `seconds`: as many, and
    the same result to the bit every time); the rows of `valid` decide. `.trained` is the best trial's run.

    The first trial is the run of `preset` and `options` (those of make_network and of train) as they are; then hidden,
    dropout, lr, members, bins, bins_of and embedding are varied, but for those in `fixed` and those in `options`.
    Trials that are behind are given up early. `on_trial` is called with each Trial that has ended. Ctrl-C, and an
    exception of a callback, end the search; they are raised with the attribute `trained`, the Trained of the best trial
    so far.
    """
    names = {"learning_rate": "lr"}
    given = [names.get(name, name) for name, value in options.items() if value is not None]
    chosen = _core.SearchOptions()
    chosen.seconds, chosen.trials = seconds, trials
    chosen.fixed = [name for name in _SEARCHED if name in {*given, *fixed}]
    if unknown := set(fixed) - set(_SEARCHED):
        raise ValueError(f"fixed has {sorted(unknown)[0]!r}, expected names among {', '.join(_SEARCHED)}")
    network, training = _both(preset, spec, data.rows, options)
    with listening(on_epoch, progress) as epoch:
        found, raised = _core.search(spec, data, valid, network, training, chosen, on_trial, epoch, on_log)
    if raised is not None:
        raised.trained = found.trained
        raise raised
    return found


def _both(preset: str, spec: _core.DataSpec, rows: int, options: dict[str, Any]) -> tuple[Any, Any]:
    """NetworkOptions and TrainOptions of a preset, with options of both."""
    kinds = (_core.NetworkOptions, _core.TrainOptions)
    of_network = {name: value for name, value in options.items() if name in _options.names(kinds[0])}
    of_training = {name: value for name, value in options.items() if name not in of_network}
    chosen = _core.preset(preset, spec, rows)
    for name in of_training:
        if name not in _options.names(kinds[1]):
            _options.refuse(name, [*_options.names(kinds[0]), *_options.names(kinds[1])])
    return _options.fill(kinds[0], of_network, chosen.network), _options.fill(kinds[1], of_training, chosen.training)


def calibrate(
    model: _core.Model | _core.FoldsTrained, data: _core.Dataset, threads: int = 0
) -> _core.Calibration:
    """The model with its logits divided by the one temperature that makes the log loss on `data` smallest.

    `data`: rows that it was not trained on, best the validation rows. Of a FoldsTrained, and the data that it was
    trained on: one temperature for all folds, fitted to the rows out of fold, and the folds in it become the calibrated
    ones. `.model` is the calibrated model, `.before` and `.after` the scores on these rows.
    """
    return _core.calibrate(model, data, threads)
