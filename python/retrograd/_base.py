"""What the classifier and the regressor share: data in, training, and what is kept of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from . import _api, _convert, _core, _options

# Below this a held-out part would say nothing; above it is a fifth, and at most so many rows. The command line's rule.
_WORTH_HOLDING_OUT = 20
_MOST_HELD_OUT = 10_000


class RetrogradWarning(UserWarning):
    """Something that was noticed in the training data, such as a column that is ignored."""


class Estimator(BaseEstimator):
    """The parameters are those of the C++ library, under its names; None is "by the preset"."""

    _task_parameters: tuple[str, ...] = ()

    def __init__(
        self,
        preset="plain",
        hidden=None,
        activation=None,
        dropout=None,
        normalise=None,
        loss=None,
        initializer=None,
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
        options=None,
    ):
        self.preset = preset
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.normalise = normalise
        self.loss = loss
        self.initializer = initializer
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
        self.options = options

    # ---- Rows in. ---------------------------------------------------------------------------------------------------

    def _rows_in(self, X: Any, reset: bool) -> Any:
        """X as a frame, or as a float32 or uint8 matrix; with `reset` it defines what the estimator reads."""
        self._check_feature_names(X, reset=reset)
        if _convert.is_frame(X):
            if X.shape[0] < 1 or X.shape[1] < 1:
                check_array(np.empty(X.shape))  # says what is missing, in scikit-learn's words
            if reset and X.shape[0] < 2:
                raise ValueError("Found a frame with 1 sample(s) while a minimum of 2 is required.")
        else:
            X = check_array(
                X,
                dtype=[np.float32, np.uint8],
                order="C",
                force_all_finite="allow-nan",
                ensure_min_samples=2 if reset else 1,
                estimator=self,
                input_name="X",
            )
        self._check_n_features(X, reset=reset)
        return X

    def _dataset(self, X: Any) -> Any:
        """Rows for the network that is there."""
        if self._columns is None:
            if _convert.is_frame(X):
                X = check_array(X, dtype=np.float32, force_all_finite="allow-nan", input_name="X")
            return _core.Dataset({"x": X})
        if _convert.is_frame(X):
            columns = _convert.columns_of_frame(X, self._columns)
        else:
            columns = _convert.columns_of_array(X, self._columns)
        return _core.with_columns(columns, self._spec, False)

    def _first_dataset(self, X: Any) -> Any:
        """The same where the rows decide what the network reads."""
        if not _convert.is_frame(X):
            self._columns = None
            shape = [X.shape[1]] if self.image_shape is None else [int(size) for size in self.image_shape]
            if int(np.prod(shape)) != X.shape[1]:
                raise ValueError(f"image_shape is {tuple(shape)}, but X has {X.shape[1]} features")
            self._spec = _core.array_spec(shape, X.shape[0])
            return _core.Dataset({"x": X})
        self._columns = [str(name) for name in X.columns]
        options = _options.data_options(types=_convert.categories_of(X))
        loaded = _core.from_columns(_convert.columns_of_frame(X, self._columns), options)
        for line in loaded.spec.warnings:
            warnings.warn(line, RetrogradWarning, stacklevel=4)
        self._spec = loaded.spec
        return loaded.data

    def _weights(self, X: Any, y: Any, sample_weight: Any) -> np.ndarray | None:
        """Sample weight times class weight; None: every row weighs 1."""
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, only_non_negative=True)
            if not sample_weight.any():
                raise ValueError("every sample weight is 0; at least one must be positive")
        class_weight = getattr(self, "class_weight", None)
        if class_weight is None:
            return sample_weight
        by_class = compute_sample_weight(class_weight, y)
        return by_class if sample_weight is None else by_class * sample_weight

    # ---- Training. --------------------------------------------------------------------------------------------------

    def _network_options(self) -> dict[str, Any]:
        names = ["activation", "dropout", "normalise", "loss", "initializer", *self._task_parameters]
        hidden = None if self.hidden is None else [int(width) for width in np.atleast_1d(self.hidden)]
        given = self._given(_core.NetworkOptions, names) | {"preset": self.preset, "hidden": hidden}
        if self.optimizer is not None and _core.full_batch(self.optimizer):  # one fixed function, and for lm a small one
            if given["dropout"] is None:
                given["dropout"] = 0.0
            if hidden is None and self.optimizer.strip().startswith("lm"):
                given["hidden"] = [16]
        return given

    def _train_options(self, seed: int) -> dict[str, Any]:
        names = (
            "optimizer learning_rate schedule batch epochs patience augment metric weight_decay l1 l2 max_norm "
            "clip_norm clip_value precision threads time_limit"
        )
        return self._given(_core.TrainOptions, names.split()) | {"preset": self.preset, "seed": seed}

    def _given(self, kind: type, names: list[str]) -> dict[str, Any]:
        """Parameters of these names, and what `options` has for this structure."""
        known = [*_options.names(_core.NetworkOptions), *_options.names(_core.TrainOptions)]
        if unknown := [name for name in self.options or {} if name not in known]:
            raise TypeError(f"options has {unknown[0]!r}, expected names among {', '.join(sorted(known))}")
        more = {name: value for name, value in (self.options or {}).items() if name in _options.names(kind)}
        return {name: getattr(self, name) for name in names} | more

    def _seed(self) -> int:
        if isinstance(self.random_state, (int, np.integer)):
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
        if weights is not None and not weights.all():  # rows without weight leave nothing behind, not even their mean
            kept = weights > 0
            X, y, weights = (X.loc[kept] if _convert.is_frame(X) else X[kept]), y[kept], weights[kept]
        data = self._dataset(X) if again else self._first_dataset(X)
        self._set_target(data, y)
        data.weight = weights
        if not again:
            self._describe_target(y)
        seed = self._seed()
        data, valid = self._validation(data, validation_data, seed)
        if again:
            prepared = _api.go_on(self.model_)
        else:
            prepared = _api.make_network(self._spec, data, **self._network_options())
        self._state = None
        self._run(prepared, data, valid, callbacks, self._train_options(seed))
        return self

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

    def _run(self, prepared: Any, data: Any, valid: Any, callbacks: Iterable[Callable], options: dict) -> None:
        """Trains and keeps the result, also that of a run that was interrupted."""
        try:
            trained = _api.train(
                prepared,
                self._spec,
                data,
                valid,
                on_epoch=_api.together(callbacks or ()),
                progress=bool(self.verbose),
                **options,
            )
        except BaseException as raised:
            if hasattr(raised, "trained"):
                self._keep(raised.trained, prepared)
                del raised.trained
            raise
        self._keep(trained, prepared)

    def _keep(self, trained: Any, prepared: Any) -> None:
        self.model_ = trained.model
        self.n_iter_ = len(trained.history)
        self.best_epoch_ = trained.best_epoch
        self.stopped_ = trained.stopped
        self.decisions_ = list(prepared.decisions) + [d for d in trained.decisions if d not in prepared.decisions]
        self.history_ = {
            "loss": [report.train_loss for report in trained.history],
            "valid_loss": [report.valid_loss for report in trained.history],
            "valid_metric": [report.valid_metric for report in trained.history],
            "learning_rate": [report.learning_rate for report in trained.history],
            "seconds": [report.seconds for report in trained.history],
        }
        self.loss_ = self.history_["loss"][-1]
        self._state = trained.state

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
        if first:
            self._describe_target(y)
            prepared = _api.make_network(self._spec, data, **self._network_options())
        else:
            prepared = _api.go_on(self.model_, self._state)
        options = self._train_options(self._seed()) | {"epochs": 1, "schedule": "constant", "keep_state": True}
        self._run(prepared, data, None, (), options)
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

    # ---- Predicting. ------------------------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self.model_.predict(self._dataset(self._rows_in(X, reset=False)))

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
