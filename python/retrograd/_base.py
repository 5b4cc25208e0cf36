"""What the classifier and the regressor share: data in, training, and what is kept of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from . import _api, _choose, _convert, _core, _options
from ._reader import Reader, RetrogradWarning

# Below this a held-out part would say nothing; above it is a fifth, and at most so many rows. The command line's rule.
_WORTH_HOLDING_OUT = 20
_MOST_HELD_OUT = 10_000
_OF_SOME_RUNS = ("temperature_", "trials_", "out_of_fold_", "fold_results_", "out_of_fold_results_")
_OF_A_TRIAL = "number changes metric value epochs best_epoch seconds ended fingerprint improved".split()


class Estimator(Reader):
    """The parameters are those of the C++ library, under its names; None is "by the preset"."""

    _task_parameters: tuple[str, ...] = ()

    def __init__(
        self,
        preset="auto",
        hidden=None,
        activation=None,
        dropout=None,
        normalise=None,
        loss=None,
        initializer=None,
        scaling=None,
        embedding=None,
        bins=None,
        members=None,
        optimizer=None,
        learning_rate=None,
        schedule=None,
        batch=None,
        epochs=None,
        patience=None,
        validation_fraction="auto",
        image_shape=None,
        augment=None,
        metric=None,
        weight_decay=None,
        l1=None,
        l2=None,
        max_norm=None,
        clip_norm=None,
        clip_value=None,
        precision="float32",
        threads=0,
        random_state=1,
        warm_start=False,
        verbose=False,
        time_limit=0.0,
        folds=0,
        time_budget=0.0,
        trials=0,
        options=None,
    ):
        self.preset = preset
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.normalise = normalise
        self.loss = loss
        self.initializer = initializer
        self.scaling = scaling
        self.embedding = embedding
        self.bins = bins
        self.members = members
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.batch = batch
        self.epochs = epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.image_shape = image_shape
        self.augment = augment
        self.metric = metric
        self.weight_decay = weight_decay
        self.l1 = l1
        self.l2 = l2
        self.max_norm = max_norm
        self.clip_norm = clip_norm
        self.clip_value = clip_value
        self.precision = precision
        self.threads = threads
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.time_limit = time_limit
        self.folds = folds
        self.time_budget = time_budget
        self.trials = trials
        self.options = options

    # ---- Training. --------------------------------------------------------------------------------------------------

    def _network_options(self) -> dict[str, Any]:
        names = "activation dropout normalise loss initializer scaling embedding bins members"
        hidden = None if self.hidden is None else self._widths()
        given = self._given(_core.NetworkOptions, [*names.split(), *self._task_parameters]) | {"hidden": hidden}
        if self.optimizer is not None and _core.full_batch(self.optimizer):  # one fixed function, and for lm a small one
            if given["dropout"] is None:
                given["dropout"] = 0.0
            if hidden is None and self.optimizer.strip().startswith("lm"):
                given["hidden"] = [16]
        return given

    def _widths(self) -> list[int]:
        widths = np.atleast_1d(self.hidden)
        if widths.ndim != 1 or not widths.size or widths.dtype.kind not in "iu":
            raise ValueError(
                f"hidden is {self.hidden!r}, expected the widths of the hidden layers, e.g. (256, 128), or None: by the "
                "preset and the data"
            )
        return [int(width) for width in widths]

    def _train_options(self, seed: int) -> dict[str, Any]:
        names = (
            "optimizer learning_rate schedule batch epochs patience augment metric weight_decay l1 l2 max_norm "
            "clip_norm clip_value precision threads time_limit"
        )
        return self._given(_core.TrainOptions, names.split()) | {"seed": seed}

    def _given(self, kind: type, names: list[str]) -> dict[str, Any]:
        """Parameters of these names, and what `options` has for this structure."""
        known = [*_options.names(_core.NetworkOptions), *_options.names(_core.TrainOptions)]
        if unknown := [name for name in self.options or {} if name not in known]:
            raise TypeError(f"options has {unknown[0]!r}, expected names among {', '.join(sorted(known))}")
        more = {name: value for name, value in (self.options or {}).items() if name in _options.names(kind)}
        return {name: getattr(self, name) for name in names} | more

    def _choose_preset(self, rows: int, in_parts: bool = False) -> None:
        """The preset by name, "auto" by the command line's rule; what is decided is told first in decisions_."""
        if self.preset == "auto" and (why := self._given_by_hand(in_parts)):
            self.preset_ = "plain"
            self._said = [f"preset plain: {why}; the settings of the others belong together, and plan a whole run"]
            return
        chosen = _core.preset(self.preset, self._spec, rows)
        self.preset_, self._said = chosen.name, list(chosen.decisions)

    def _given_by_hand(self, in_parts: bool) -> str:
        """What a recipe does not fit, or nothing."""
        if in_parts:
            return "rows come part by part"
        if self.warm_start:
            return "fits go on from each other"
        given = {name for name, value in (self.options or {}).items() if value is not None}
        given |= {name for name in _core.by_hand() if getattr(self, name, None) is not None}
        if "precision" not in (self.options or {}) and self.precision in ("float32", _core.Precision.float32):
            given.discard("precision")  # the parameter's default
        return next((f"{name} is given" for name in _core.by_hand() if name in given), "")

    def _seed(self) -> int:
        if isinstance(self.random_state, (int, np.integer)):
            if not 0 <= self.random_state < 2**64:
                raise ValueError(f"random_state is {self.random_state}, expected a seed of 0 to 2**64 - 1")
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any, callbacks: Iterable[Callable], again: bool
    ) -> Any:
        """`again`: the network that is there learns on (warm start)."""
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
            )
        X = self._rows_in(X, reset=not again)
        y = self._targets_in(y, reset=not again)
        if y.shape[0] != X.shape[0]:
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: {[X.shape[0], y.shape[0]]}"
            )
        weights = self._weights(X, y, sample_weight)
        rows, kept = X.shape[0], None
        if weights is not None and not weights.all():  # rows without weight leave nothing behind, not even their mean
            kept = weights > 0
            X, y, weights = (X.loc[kept] if _convert.is_frame(X) else X[kept]), y[kept], weights[kept]
        data = self._dataset(X) if again else self._first_dataset(X)
        self._set_target(data, y)
        data.weight = weights
        if not again:
            self._describe_target(y)
        seed = self._seed()
        self._check_ways(again, validation_data)
        valid = None
        if not self.folds:
            data, valid = self._validation(data, validation_data, seed)
            self._check_valid(valid)
        if not again:
            self._choose_preset(data.rows - (data.rows // self.folds if self.folds else 0))
        self._state = None
        for name in _OF_SOME_RUNS:
            self.__dict__.pop(name, None)
        listening = {"on_epoch": _api.together(callbacks or ()), "progress": bool(self.verbose)}
        made = self._train(data, valid, again, listening, self._train_options(seed) | {"preset": self.preset_})
        if getattr(self, "calibrate", False):
            calibration = _choose.calibrate(*((made, data) if self.folds else (made.model, valid)), self.threads)
            self.model_, self.temperature_ = calibration.model, calibration.temperature
        if self.folds:
            self._keep_folds(made, np.arange(rows) if kept is None else np.flatnonzero(kept), rows)
        return self

    def _train(self, data: Any, valid: Any, again: bool, listening: dict, options: dict) -> Any:
        """The one of the ways to train that the parameters ask for."""
        if again:
            return self._run(_api.train, _api.go_on(self.model_), self._spec, data, valid, **listening, **options)
        network = self._network_options()
        if self.folds:
            return self._run(_choose.train_folds, self._spec, data, self.folds, **listening, **network, **options)
        if self.time_budget or self.trials:
            limits = {"seconds": self.time_budget or math.inf, "trials": self.trials}
            found = self._run(_choose.search, self._spec, data, valid, **limits, **listening, **network, **options)
            self.trials_ = [{name: getattr(trial, name) for name in _OF_A_TRIAL} for trial in found.trials]
            return found.trained
        prepared = _api.make_network(self._spec, data, preset=self.preset_, **network)
        return self._run(_api.train, prepared, self._spec, data, valid, **listening, **options)

    def _check_ways(self, again: bool, validation_data: Any) -> None:
        """Refuses parameters that do not go together."""
        for name in ("folds", "time_budget", "trials"):
            if again and getattr(self, name):
                raise ValueError(f"{name} trains networks anew; leave out {name}, or warm_start")
        if self.folds and (self.time_budget or self.trials):
            raise ValueError("folds beside time_budget or trials: search first, then train with folds what was found")
        if self.folds and (validation_data is not None or self.validation_fraction not in ("auto", 0)):
            raise ValueError("folds hold out every row once; leave out validation_data and validation_fraction")
        if (self.time_budget or self.trials) and self.time_limit:
            raise ValueError("time_budget is the limit of all trials together; leave out time_limit")

    def _check_valid(self, valid: Any) -> None:
        for name in ("time_budget", "trials", "calibrate"):
            if valid is None and getattr(self, name, False):
                raise ValueError(f"{name} goes by validation data; give validation_data, or more rows")

    def _validation(self, data: Any, validation_data: Any, seed: int) -> tuple[Any, Any]:
        if validation_data is not None:
            X, y, *rest = validation_data
            X, y = self._rows_in(X, reset=False), self._targets_in(y, reset=False)
            valid = self._dataset(X)
            self._set_target(valid, y)
            valid.weight = self._weights(X, y, rest[0] if rest else None)
            return data, valid
        fraction = self.validation_fraction
        if isinstance(fraction, str):
            if fraction != "auto":
                raise ValueError(f"validation_fraction is {fraction!r}, expected 'auto' or a number from 0 to 1")
            fraction = 0 if data.rows < _WORTH_HOLDING_OUT else min(0.2, _MOST_HELD_OUT / data.rows)
        if not fraction:
            return data, None
        return _api.split(data, fraction, seed, self._spec.task == _core.Task.classification)

    def _run(self, train: Callable, *args: Any, **options: Any) -> Any:
        """Trains and keeps the result, also that of a run that was interrupted."""
        try:
            made = train(*args, **options)
        except BaseException as raised:
            if hasattr(raised, "trained"):
                self._keep(raised.trained)
                del raised.trained
            raise
        self._keep(getattr(made, "trained", made))
        return made

    def _keep(self, trained: Any) -> None:
        self.model_ = trained.model
        self.n_iter_ = len(trained.history)
        self.best_epoch_ = trained.best_epoch
        self.stopped_ = trained.stopped
        self.decisions_ = self._said + list(trained.decisions)
        self.history_ = {
            "loss": [report.train_loss for report in trained.history],
            "valid_loss": [report.valid_loss for report in trained.history],
            "valid_metric": [report.valid_metric for report in trained.history],
            "learning_rate": [report.learning_rate for report in trained.history],
            "seconds": [report.seconds for report in trained.history],
        }
        self.loss_ = self.history_["loss"][-1]
        self._state = trained.state

    def _keep_folds(self, made: Any, kept: np.ndarray, rows: int) -> None:
        """Results, and predictions out of fold for all rows of fit: NaN for those of weight 0 and of folds that were
        not begun. `kept`: which rows of fit the data had."""
        answers = self._answers(made.predictions)
        self.out_of_fold_ = np.full((rows, *answers.shape[1:]), np.nan, answers.dtype)
        self.out_of_fold_[kept[made.rows]] = answers
        self.fold_results_ = [fold.results.to_dict() for fold in made.folds]
        self.out_of_fold_results_ = made.out_of_fold.to_dict()

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, first: bool) -> Any:
        X = self._rows_in(X, reset=first)
        y = self._targets_in(y, reset=False)
        if y.shape[0] != X.shape[0]:
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: {[X.shape[0], y.shape[0]]}"
            )
        data = self._first_dataset(X) if first else self._dataset(X)
        self._set_target(data, y)
        data.weight = self._weights(X, y, sample_weight)
        for name in ("folds", "time_budget", "trials", "calibrate"):
            if getattr(self, name, False):
                raise ValueError(f"partial_fit makes one pass over its rows; leave out {name}, or use fit")
        if first:
            self._describe_target(y)
            self._choose_preset(data.rows, in_parts=True)
            prepared = _api.make_network(self._spec, data, preset=self.preset_, **self._network_options())
        else:
            prepared = _api.go_on(self.model_, self._state)
        options = self._train_options(self._seed()) | {"epochs": 1, "schedule": "constant", "keep_state": True}
        self._run(_api.train, prepared, self._spec, data, preset=self.preset_, progress=bool(self.verbose), **options)
        return self

    def _free_name(self, name: str) -> str:
        """A name for a target that no column has."""
        while self._columns is not None and name in self._columns:
            name += "_"
        return name

    # ---- What subclasses say of their targets. ------------------------------------------------------------------------

    def _targets_in(self, y: Any, reset: bool) -> np.ndarray:
        """y, checked; with `reset` it defines what the targets are."""
        raise NotImplementedError

    def _set_target(self, data: Any, y: np.ndarray) -> None:
        """Codes, labels or numbers into the dataset."""
        raise NotImplementedError

    def _describe_target(self, y: np.ndarray) -> None:
        """The target's part of the dataspec."""
        raise NotImplementedError

    def _answers(self, outputs: np.ndarray) -> np.ndarray:
        """What the estimator answers with, of a model's outputs [rows, outputs]."""
        return outputs

    # ---- Predicting. ------------------------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        outputs = self.model_.predict(self._dataset(self._rows_in(X, reset=False)))
        if len(none := np.flatnonzero(np.isnan(outputs).any(axis=1))):
            warnings.warn(
                f"{len(none)} of {len(outputs)} rows have no prediction, the first is row {none[0]}: their numbers are "
                "missing where training had none, or so far from those of training that 32-bit floats overflow",
                RetrogradWarning,
                stacklevel=3,
            )
        return outputs

    def save(self, path: str) -> None:
        """Writes the model as one ONNX file, with its preprocessing; `retrograd.Model.load` and the command line read
        it."""
        check_is_fitted(self)
        self.model_.save(str(path))

    def explain(self, X: Any, y: Any, row: int = 0, **options: Any) -> _core.Explanation:
        """The chain rule on one row of X and its target; `options` as in `retrograd.explain`."""
        check_is_fitted(self)
        data = self._dataset(self._rows_in(X, reset=False))
        self._set_target(data, self._targets_in(y, reset=False))
        return _api.explain(self.model_, data, row, **options)

    def _more_tags(self) -> dict[str, Any]:
        return {
            "allow_nan": True,  # a missing number becomes the mean
            "_xfail_checks": {
                "check_sample_weights_invariance": "rows of weight 0 are left out, but the order of the others decides "
                "the last bits, and the check shuffles them"
            },
        }
