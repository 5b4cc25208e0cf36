"""Classifier and regressor by scikit-learn's conventions."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from . import _core
from ._base import Estimator
from ._reader import RetrogradWarning

__all__ = ["RetrogradClassifier", "RetrogradRegressor", "RetrogradWarning"]

_PARAMETERS = """
    Parameters
    ----------
    preset : "plain", "table", "tabm", "ensemble", "realmlp", "image", "fast" or "auto": decides every parameter below
        that is None. "auto" is the command line's rule: "table", of images "fast"; but "plain" where an optimizer, a
        learning rate, a normalisation, an initializer or a precision is given, for warm_start and for partial_fit.
    hidden : widths of the hidden layers, e.g. (256, 128); None: by preset and data, as for the others.
    activation : relu, gelu, silu, tanh, … after each hidden layer.
    dropout : share of units dropped after each hidden layer while training.
    normalise : "none", "layer_norm" or "batch_norm" before each activation.
    loss : softmax_xent, sigmoid_bce or squared; of a regressor also absolute, huber.
    initializer : of the weights, e.g. "he_normal".
    scaling : of numbers: "standard", "robust" or "quantile" (to a normal distribution).
    embedding : of numbers: "none", "periodic" (trained waves beside them) or "plr" (rectified sums of more waves);
        "periodic:sigma=0.3" scales their first frequencies.
    bins : quantiles of every number with bins between them, whose filling is an input too; 0: none.
    members : networks trained side by side; the prediction is the mean of theirs.
    optimizer : a name, or "adam:beta1=0.8". "lbfgs" and, for small regressions, "lm" read all rows in every epoch;
        dropout is then 0, and hidden (16,) for "lm", unless given.
    learning_rate : η at its highest.
    schedule : "auto" (cosine), "constant", "step:every=30,factor=0.1", …
    batch : rows a step; -1: all rows.
    epochs : at most so many passes over the data.
    patience : epochs without improvement on validation data before stopping; 0: never stop early.
    validation_fraction : share of the rows held out; "auto": a fifth (at most 10,000), none below 20 rows.
    image_shape : of images, one a row of X, e.g. (28, 28), (32, 32, 3) or (3, 32, 32); None: numbers without neighbours.
    augment : changes of the training images, "shift=2,rotate=10,elastic=34:4,flip"; see the guide of data.
    metric : what validation watches: "loss", "accuracy", "auc", "macro_f1", "rmse", "mae", "r2".
    weight_decay, l1, l2, max_norm, clip_norm, clip_value : regularisation; see `retrograd.train`.
    precision : "float32" or "float64" (slow: the plain references).
    threads : 0: by the work of a step. The result does not depend on it.
    random_state : a seed (the same model to the bit each time), a RandomState, or None (another model each time).
    warm_start : whether fit goes on from the model that is there.
    verbose : shows progress.
    time_limit : seconds after which training stops; 0: none.
    folds : cross-validation: as many networks, each trained without its part of the rows and scored on it; the model is
        all of them, and `out_of_fold_` what each row is predicted by the network that did not see it. 0: one network.
    time_budget : seconds of a search for better settings, by the validation rows; 0: no limit.
    trials : of that search, at most; without time_budget so many, with the same result each time. 0 of both: train once.
    options : further options of `retrograd.make_network` and `retrograd.train` by their names, a dict.{more}

    Attributes
    ----------
    model_ : retrograd.Model, the trained network.
    n_iter_ : epochs done. best_epoch_ : the one that the model is of. stopped_ : why training ended.
    loss_ : the last epoch's training loss. history_ : lists by epoch (means over folds).
    preset_ : the preset that was chosen.
    decisions_ : what was inferred and why, a line each.
    n_features_in_, feature_names_in_ : of X.
    out_of_fold_ : [n, …] (with folds). fold_results_, out_of_fold_results_ : dicts of metrics.
    trials_ : a dict a trial (with time_budget or trials).{attributes}
"""


class RetrogradClassifier(ClassifierMixin, Estimator):
    __doc__ = (
        """A multi-layer neural network that predicts classes, or several yes/no labels.

    X is an array of numbers or a pandas DataFrame of numbers, booleans, texts and categories; both may have missing
    values. Numbers are standardised, categories become one-hot, inside the network.
    """
        + _PARAMETERS.format(
            more="""
    smoothing : label smoothing, 0 to 0.999.
    calibrate : whether, after training, the logits are divided by the temperature that makes the log loss on the
        validation rows (with folds: on rows out of fold) smallest.
    class_weight : None, "balanced", or a weight by class.""",
            attributes="""
    classes_ : the labels, sorted.
    temperature_ : with calibrate.""",
        )
    )

    _task_parameters = ("smoothing",)

    def __init__(
        self,
        preset="auto",
        hidden=None,
        activation=None,
        dropout=None,
        normalise=None,
        loss=None,
        smoothing=None,
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
        class_weight=None,
        precision="float32",
        threads=0,
        random_state=1,
        warm_start=False,
        verbose=False,
        time_limit=0.0,
        folds=0,
        time_budget=0.0,
        trials=0,
        calibrate=False,
        options=None,
    ):
        super().__init__(
            preset=preset,
            hidden=hidden,
            activation=activation,
            dropout=dropout,
            normalise=normalise,
            loss=loss,
            initializer=initializer,
            scaling=scaling,
            embedding=embedding,
            bins=bins,
            members=members,
            optimizer=optimizer,
            learning_rate=learning_rate,
            schedule=schedule,
            batch=batch,
            epochs=epochs,
            patience=patience,
            validation_fraction=validation_fraction,
            image_shape=image_shape,
            augment=augment,
            metric=metric,
            weight_decay=weight_decay,
            l1=l1,
            l2=l2,
            max_norm=max_norm,
            clip_norm=clip_norm,
            clip_value=clip_value,
            precision=precision,
            threads=threads,
            random_state=random_state,
            warm_start=warm_start,
            verbose=verbose,
            time_limit=time_limit,
            folds=folds,
            time_budget=time_budget,
            trials=trials,
            options=options,
        )
        self.smoothing = smoothing
        self.class_weight = class_weight
        self.calibrate = calibrate

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None, callbacks: Any = ()
    ) -> RetrogradClassifier:
        """Trains on rows X [n, features] with labels y [n] (or [n, labels] of 0 and 1).

        `sample_weight` [n]: what each row counts; rows of weight 0 leave nothing behind. `validation_data`: (X, y) or
        (X, y, sample_weight) instead of a held-out part. `callbacks`: called with a `retrograd.EpochReport` after each
        epoch; True stops, a `retrograd.Control` stops or changes the learning rate. After Ctrl-C, or an exception in a
        callback, the estimator keeps what was trained until then, and the exception goes on.
        """
        return self._fit(X, y, sample_weight, validation_data, callbacks, self.warm_start and hasattr(self, "model_"))

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> RetrogradClassifier:
        """One pass over these rows, going on from the ones before; the learning rate is constant.

        The first call needs `classes`, all labels that will come (of multi-label targets nothing), and its rows decide
        how columns are scaled and which categories are known. preset "auto" is "plain" here: k calls with the same rows
        are one fit of k epochs of preset "plain" without validation, to the bit.
        """
        first = not hasattr(self, "model_")
        if first:
            if classes is None and type_of_target(y) != "multilabel-indicator":
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self._labels_are(np.asarray(y) if classes is None else np.unique(classes), classes is None)
        elif classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError(f"classes are {classes!r}, but the calls before had {self.classes_!r}")
        return self._partial_fit(X, y, sample_weight, first)

    def _labels_are(self, labels: np.ndarray, multilabel: bool) -> None:
        self._multilabel = multilabel
        self.classes_ = np.arange(labels.shape[1]) if multilabel else labels
        if not multilabel and len(labels) < 2:
            raise ValueError(f"{type(self).__name__} needs samples of at least 2 classes, found 1 class: {labels[0]!r}")

    def _targets_in(self, y: Any, reset: bool) -> np.ndarray:
        y = check_array(y, input_name="y", ensure_2d=False, dtype=None, ensure_min_samples=0)
        check_classification_targets(y)
        multilabel = type_of_target(y) == "multilabel-indicator"
        if not multilabel:
            y = column_or_1d(y, warn=True)
        if reset:
            self._labels_are(y if multilabel else np.unique(y), multilabel)
        elif multilabel != self._multilabel or (multilabel and y.shape[1] != len(self.classes_)):
            raise ValueError(f"y has the shape {y.shape}, which is not that of the labels of training")
        return y

    def _set_target(self, data: Any, y: np.ndarray) -> None:
        if self._multilabel:
            data.target = y
            return
        codes = np.searchsorted(self.classes_, y)
        codes[codes == len(self.classes_)] = 0
        if (unknown := self.classes_[codes] != y).any():
            raise ValueError(f"the label {y[unknown][0]!r} is not one of the classes {list(self.classes_)}")
        data.target = codes

    def _describe_target(self, y: np.ndarray) -> None:
        names = [str(label) for label in self.classes_]
        if self._multilabel:
            names = [self._free_name(f"y{i}") for i in range(len(names))]
            self._spec._set_target(_core.Task.multilabel, "", names, [])
        else:
            counts = [int((y == label).sum()) for label in self.classes_]
            self._spec._set_target(_core.Task.classification, self._free_name("y"), names, counts)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each row (multi-label: those above one half, [n, labels])."""
        p = self._outputs(X)
        return (p > 0.5).astype(int) if self._multilabel else self.classes_[p.argmax(axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """[n, classes] in the order of `classes_`, float32."""
        return self._outputs(X)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """ln of predict_proba."""
        with np.errstate(divide="ignore"):
            return np.log(self._outputs(X))

    def _more_tags(self) -> dict[str, Any]:
        return super()._more_tags() | {"multilabel": True}


class RetrogradRegressor(RegressorMixin, Estimator):
    __doc__ = (
        """A multi-layer neural network that predicts one number, or several.

    X is an array of numbers or a pandas DataFrame of numbers, booleans, texts and categories; both may have missing
    values. Inputs and targets are standardised inside the network; predictions are in the target's unit.
    """
        + _PARAMETERS.format(more="", attributes="")
    )

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None, callbacks: Any = ()
    ) -> RetrogradRegressor:
        """Trains on rows X [n, features] with numbers y [n] or [n, outputs].

        `sample_weight` [n]: what each row counts; rows of weight 0 leave nothing behind. `validation_data`: (X, y) or
        (X, y, sample_weight) instead of a held-out part. `callbacks`: called with a `retrograd.EpochReport` after each
        epoch; True stops, a `retrograd.Control` stops or changes the learning rate. After Ctrl-C, or an exception in a
        callback, the estimator keeps what was trained until then, and the exception goes on.
        """
        return self._fit(X, y, sample_weight, validation_data, callbacks, self.warm_start and hasattr(self, "model_"))

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> RetrogradRegressor:
        """One pass over these rows, going on from the ones before; the learning rate is constant.

        The rows of the first call decide how columns and targets are scaled and which categories are known. preset
        "auto" is "plain" here: k calls with the same rows are one fit of k epochs of preset "plain" without validation,
        to the bit.
        """
        first = not hasattr(self, "model_")
        if first:
            self._targets_in(y, reset=True)
        return self._partial_fit(X, y, sample_weight, first)

    def _targets_in(self, y: Any, reset: bool) -> np.ndarray:
        y = check_array(y, input_name="y", ensure_2d=False, dtype=np.float64, ensure_min_samples=0)
        if y.ndim != 2 or y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        outputs = 1 if y.ndim == 1 else y.shape[1]
        if reset:
            self.n_outputs_ = outputs
        elif outputs != self.n_outputs_:
            raise ValueError(f"y has {outputs} outputs, but training had {self.n_outputs_}")
        return y

    def _set_target(self, data: Any, y: np.ndarray) -> None:
        data.target = y

    def _describe_target(self, y: np.ndarray) -> None:
        names = ["y"] if y.ndim == 1 else [f"y{i}" for i in range(y.shape[1])]
        self._spec._set_target(_core.Task.regression, "", [self._free_name(name) for name in names], [])

    def predict(self, X: Any) -> np.ndarray:
        """[n], or [n, outputs], in the target's unit."""
        return self._answers(self._outputs(X))

    def _answers(self, outputs: np.ndarray) -> np.ndarray:
        values = outputs.astype(np.float64)
        return values[:, 0] if self.n_outputs_ == 1 else values

    def _more_tags(self) -> dict[str, Any]:
        return super()._more_tags() | {"multioutput": True}
